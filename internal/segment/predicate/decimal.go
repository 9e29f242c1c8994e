package predicate

import (
	"math/big"
	"strconv"
	"strings"
)

// maxDigits bounds a number as written.
const maxDigits = 40

// decimal reads digits with at most one point and a sign into the form in
// which values hold them: no needless zeros, no exponent, no -0.
func decimal(s string) (string, bool) {
	digits, negative := strings.CutPrefix(s, "-")
	if digits == "" || len(digits) > maxDigits {
		return "", false
	}
	whole, part, point := strings.Cut(digits, ".")
	if whole == "" || point && part == "" || !allDigits(whole) || !allDigits(part) {
		return "", false
	}
	whole, part = strings.TrimLeft(whole, "0"), strings.TrimRight(part, "0")
	if whole == "" {
		whole = "0"
	}
	if part != "" {
		whole += "." + part
	}
	if negative && whole != "0" {
		whole = "-" + whole
	}
	return whole, true
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// jsonDecimal is decimal for JSON numbers, whose exponents are written out.
func jsonDecimal(s string) (string, bool) {
	mantissa, exponent, ok := strings.Cut(fold(s), "e")
	if !ok {
		return decimal(s)
	}
	e, err := strconv.Atoi(exponent)
	if err != nil || e > maxDigits || e < -maxDigits || len(mantissa) > maxDigits {
		return "", false
	}
	r, ok := new(big.Rat).SetString(mantissa + "e" + strconv.Itoa(e))
	if !ok {
		return "", false
	}
	return decimal(r.FloatString(maxDigits / 2))
}

// scaled gives a decimal in units of 10^-digits; false when it has more
// digits than that behind the point, or does not fit.
func scaled(s string, digits int) (int64, bool) {
	whole, part, _ := strings.Cut(s, ".")
	if len(part) > digits {
		return 0, false
	}
	n, err := strconv.ParseInt(whole+part+strings.Repeat("0", digits-len(part)), 10, 64)
	return n, err == nil
}

// Number makes a number value of a decimal such as "12.5". It panics when s
// is none.
func Number(s string) Value {
	d, ok := decimal(s)
	if !ok {
		panic("predicate: not a decimal: " + s)
	}
	return Value{Kind: NumberValue, Text: d}
}

// Bool makes a boolean value.
func Bool(b bool) Value { return Value{Kind: BoolValue, Text: strconv.FormatBool(b)} }
