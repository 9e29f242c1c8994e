package currency

import (
	"math"
	"testing"
)

func TestDecimal(t *testing.T) {
	for _, c := range []struct {
		minor  int64
		digits int
		want   string
	}{{0, 2, "0.00"}, {-5, 2, "-0.05"}, {123456, 2, "1234.56"}, {-1234, 0, "-1234"}, {7, 3, "0.007"}, {math.MinInt64, 2, "-92233720368547758.08"}} {
		if got := Decimal(c.minor, c.digits); got != c.want {
			t.Errorf("%d with %d digits is %s, want %s", c.minor, c.digits, got, c.want)
		}
	}
}
