package importer

import (
	"bytes"
	"math"
	"math/bits"
	"slices"
	"strconv"

	"github.com/shopspring/decimal"
	"golang.org/x/text/currency"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// number is an exact decimal: units × 10^-scale, scale from 0 to 30.
type number struct {
	units int64
	scale int32
}

const (
	maxDigits = 15 // of a number in the file; more is an id in the wrong column
	// maxAmount is the most that one order may come to, in minor units: every
	// reader of JSON holds it exactly, and 900,000 such orders still fit an int64.
	maxAmount = 10_000_000_000_000
)

var (
	notANumber    = i18n.Text{ZH: "不是数字", EN: "not a number"}
	tooManyDigits = i18n.T("数字超过 %d 位", "a number of more than %d digits", maxDigits)
	tooBig        = i18n.Text{ZH: "金额太大", EN: "the amount is too large"}
)

var currencyMarks = [][]byte{[]byte("¥"), []byte("￥"), []byte("£"), []byte("€"), []byte("$"), []byte("US$"), []byte("HK$"), []byte("CNY"), []byte("RMB"), []byte("元")}

// parseNumber reads a decimal as people write it: with a sign, a currency
// mark, a small exponent, and groups of thousands where grouped allows (in
// files whose separator is a semicolon, a comma may be a decimal point).
func parseNumber(b []byte, grouped bool) (number, i18n.Text) {
	b = bytes.TrimSpace(b)
	if n, ok := parsePlain(b); ok {
		return n, i18n.Text{}
	}
	b = trimMark(b)
	neg := false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		neg = b[0] == '-'
		b = trimMark(b[1:])
	}
	if len(b) > 64 {
		return number{}, tooManyDigits
	}
	mantissa, exp := b, 0
	if i := bytes.IndexAny(b, "eE"); i >= 0 {
		e, err := strconv.Atoi(string(b[i+1:]))
		if err != nil {
			return number{}, notANumber
		}
		if e < -maxDigits || e > maxDigits {
			return number{}, tooManyDigits
		}
		mantissa, exp = b[:i], e
	}
	whole, fraction, dotted := bytes.Cut(mantissa, []byte("."))
	if bytes.IndexByte(whole, ',') >= 0 {
		var ok bool
		if whole, ok = ungroup(whole); !ok || !grouped {
			return number{}, notANumber
		}
	}
	if len(whole)+len(fraction) == 0 || dotted && len(whole) == 0 && len(fraction) == 0 {
		return number{}, notANumber
	}
	var units int64
	digits := 0
	for _, part := range [][]byte{whole, fraction} {
		for _, c := range part {
			if c < '0' || c > '9' {
				return number{}, notANumber
			}
			if units != 0 || c != '0' {
				digits++
			}
			if digits > maxDigits {
				return number{}, tooManyDigits
			}
			units = units*10 + int64(c-'0')
		}
	}
	scale := len(fraction) - exp
	for ; scale < 0; scale++ {
		if units *= 10; units >= 1e15 {
			return number{}, tooManyDigits
		}
	}
	for scale > 0 && units%10 == 0 && scale > maxDigits {
		units, scale = units/10, scale-1
	}
	if scale > maxDigits {
		return number{}, tooManyDigits
	}
	if neg {
		units = -units
	}
	return number{units, int32(scale)}, i18n.Text{}
}

// parsePlain is the short way for what nearly every cell holds.
func parsePlain(b []byte) (number, bool) {
	i, neg := 0, false
	if len(b) > 0 && b[0] == '-' {
		i, neg = 1, true
	}
	if len(b) == i || len(b)-i > maxDigits {
		return number{}, false
	}
	var n number
	dot := -1
	for j := i; j < len(b); j++ {
		c := b[j]
		switch {
		case c >= '0' && c <= '9':
			n.units = n.units*10 + int64(c-'0')
		case c == '.' && dot < 0 && j > i && j < len(b)-1:
			dot = j
		default:
			return number{}, false
		}
	}
	if dot >= 0 {
		n.scale = int32(len(b) - 1 - dot) //nolint:gosec // at most maxDigits
	}
	if neg {
		n.units = -n.units
	}
	return n, true
}

func trimMark(b []byte) []byte {
	b = bytes.TrimSpace(b)
	for _, m := range currencyMarks {
		if rest, ok := bytes.CutPrefix(b, m); ok {
			return bytes.TrimSpace(rest)
		}
		if rest, ok := bytes.CutSuffix(b, m); ok {
			return bytes.TrimSpace(rest)
		}
	}
	return b
}

// ungroup takes the commas out of 1,234,567.
func ungroup(b []byte) ([]byte, bool) {
	parts := bytes.Split(b, []byte(","))
	for i, p := range parts {
		if i == 0 && (len(p) == 0 || len(p) > 3) || i > 0 && len(p) != 3 {
			return nil, false
		}
	}
	return bytes.Join(parts, nil), true
}

// times multiplies exactly; ok is false when the product does not fit.
func (n number) times(m number) (number, bool) {
	n, m = n.short(), m.short()
	hi, lo := bits.Mul64(magnitude(n.units), magnitude(m.units))
	if hi != 0 || lo > math.MaxInt64 {
		return number{}, false
	}
	p := number{int64(lo), n.scale + m.scale}
	if (n.units < 0) != (m.units < 0) {
		p.units = -p.units
	}
	return p, true
}

// short drops zeros at the end of the fraction.
func (n number) short() number {
	for n.scale > 0 && n.units%10 == 0 {
		n.units, n.scale = n.units/10, n.scale-1
	}
	return n
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return uint64(-v)
	}
	return uint64(v)
}

func (n number) decimal() decimal.Decimal { return decimal.New(n.units, -n.scale) }

// String writes n as a plain decimal without needless zeros.
func (n number) String() string {
	n = n.short()
	if n.scale == 0 {
		return strconv.FormatInt(n.units, 10)
	}
	return n.decimal().String()
}

var pow10 = func() (p [19]int64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

// roundMinor rounds to minor units of a currency with the given digits,
// halves away from zero; ok is false above maxAmount.
func (n number) roundMinor(digits int32) (int64, bool) {
	if n.scale <= digits {
		factor := digits - n.scale
		if factor > 18 || magnitude(n.units) > maxAmount/uint64(pow10[factor]) {
			return 0, n.units == 0
		}
		return n.units * pow10[factor], true
	}
	cut := n.scale - digits
	if cut > 18 {
		n, cut = number{n.units / pow10[cut-18], 0}, 18 // far below half a unit
	}
	q, r := n.units/pow10[cut], n.units%pow10[cut]
	if 2*magnitude(r) >= uint64(pow10[cut]) {
		if n.units < 0 {
			q--
		} else {
			q++
		}
	}
	return q, magnitude(q) <= maxAmount
}

// sum adds exactly; ok is false when the sum does not fit.
func sum(parts []number) (number, bool) {
	var total number
	for _, p := range parts {
		total.scale = max(total.scale, p.short().scale)
	}
	for _, p := range parts {
		p = p.short()
		factor := total.scale - p.scale
		if factor > 18 || magnitude(p.units) > math.MaxInt64/uint64(pow10[factor]) {
			return sumSlow(parts)
		}
		add := p.units * pow10[factor]
		next := total.units + add
		if (next > total.units) != (add > 0) && add != 0 {
			return sumSlow(parts)
		}
		total.units = next
	}
	return total, true
}

func sumSlow(parts []number) (number, bool) {
	total := decimal.Zero
	for _, p := range parts {
		total = total.Add(p.decimal())
	}
	c := total.Coefficient()
	if !c.IsInt64() {
		return number{}, false
	}
	return number{c.Int64(), -total.Exponent()}, true
}

// shares splits total minor units among the parts in proportion to what each
// comes to, by largest remainder: first come the whole units of each, then
// what is left goes to those that lost most by it. The parts sum to total
// before rounding, so each share is within one unit of its part.
func shares(parts []number, total int64, digits int32) []int64 {
	out := make([]int64, len(parts))
	exact := true
	for i, p := range parts {
		p = p.short()
		if p.scale > digits {
			exact = false
			break
		}
		v, ok := p.roundMinor(digits)
		if !ok {
			exact = false
			break
		}
		out[i] = v
	}
	if exact {
		return out
	}
	type rest struct {
		at   int
		lost decimal.Decimal
	}
	left := total
	rests := make([]rest, len(parts))
	for i, p := range parts {
		d := p.decimal().Shift(digits)
		whole := d.Floor()
		out[i] = whole.IntPart()
		left -= out[i]
		rests[i] = rest{i, d.Sub(whole)}
	}
	slices.SortStableFunc(rests, func(a, b rest) int { return b.lost.Cmp(a.lost) })
	for i := 0; left > 0 && i < len(rests); i++ {
		out[rests[i].at]++
		left--
	}
	return out
}

// currencyDigits is how many digits the minor unit of an ISO 4217 currency
// has: 2 for CNY, 0 for JPY, 3 for KWD.
func currencyDigits(code string) (int32, error) {
	unit, err := currency.ParseISO(code)
	if err != nil || len(code) != 3 {
		return 0, errs.InvalidField("currency", i18n.T("“%s”不是 ISO 4217 货币代码", "%s is not an ISO 4217 currency code", code))
	}
	digits, _ := currency.Standard.Rounding(unit)
	return int32(digits), nil
}
