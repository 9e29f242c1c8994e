// Package currency knows how many digits a currency has behind the point.
package currency

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
