// Package currency knows how many digits a currency has behind the point, and
// puts the point there.
package currency

import (
	"strconv"
	"strings"
)

// Digits is the number of decimal digits of an ISO 4217 currency's minor
// unit: 2 for CNY, 0 for JPY; 2 for codes that are not known.
func Digits(code string) int {
	switch code {
	case "JPY", "KRW", "VND", "CLP", "ISK", "XAF", "XOF":
		return 0
	case "BHD", "KWD", "OMR", "JOD", "TND":
		return 3
	}
	return 2
}

// Decimal writes minor units with so many digits behind the point, without
// arithmetic in floats: -5 with 2 digits is -0.05.
func Decimal(minor int64, digits int) string {
	sign, s := "", strconv.FormatInt(minor, 10)
	if minor < 0 {
		sign, s = "-", s[1:]
	}
	if digits == 0 {
		return sign + s
	}
	if len(s) <= digits {
		s = strings.Repeat("0", digits+1-len(s)) + s
	}
	return sign + s[:len(s)-digits] + "." + s[len(s)-digits:]
}
