package importer

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

func TestParseNumber(t *testing.T) {
	good := map[string]string{
		"6": "6", "-6": "-6", "2.55": "2.55", " 2.50 ": "2.5", "+3": "3", "0": "0", "-0": "0", "0.001": "0.001", ".5": "0.5", "5.": "5",
		"¥1,234.50": "1234.5", "￥99": "99", "-¥99.9": "-99.9", "¥-99.9": "-99.9", "12元": "12", "CNY 8": "8", "1,234,567": "1234567", "$0.10": "0.1",
		"1e3": "1000", "1.5E-3": "0.0015", "2.5E+2": "250", "000000000000000000007": "7", "999999999999999": "999999999999999", "0.000000000000001": "0.000000000000001",
	}
	for in, want := range good {
		n, why := parseNumber([]byte(in), true)
		if !why.IsZero() || n.String() != want {
			t.Errorf("%q: %s %v, want %s", in, n, why, want)
		}
	}
	bad := map[string]string{
		"": "not a number", "-": "not a number", ".": "not a number", "abc": "not a number", "1e400": "more than 15 digits", "1e-400": "more than 15 digits", "1e99999999999999999999": "not a number",
		"1234567890123456": "more than 15 digits", "0.1234567890123456": "more than 15 digits", "1,23": "not a number", "12,345,6": "not a number", ",123": "not a number", "1.2.3": "not a number",
		"NaN": "not a number", "Inf": "not a number", "0x10": "not a number", "1_000": "not a number", "--1": "not a number", "1 2": "not a number", "٣": "not a number",
		strings.Repeat("9", 70): "more than 15 digits", "1e15": "more than 15 digits", "1,5": "not a number",
	}
	for in, want := range bad {
		if n, why := parseNumber([]byte(in), true); why.EN != want && why.EN != "a number of "+want {
			t.Errorf("%q: %s %q, want %q", in, n, why.EN, want)
		}
	}
	if _, why := parseNumber([]byte("1,234"), false); why.IsZero() {
		t.Error("1,234 in a file of semicolons was taken for 1234")
	}
}

func TestRounding(t *testing.T) {
	for _, c := range []struct {
		in     string
		digits int32
		want   int64
		ok     bool
	}{
		{"1.005", 2, 101, true}, {"1.004", 2, 100, true}, {"-1.005", 2, -101, true}, {"1234.5", 0, 1235, true}, {"0.0005", 3, 1, true}, {"0.00049", 3, 0, true},
		{"7", 2, 700, true}, {"100000000000", 2, 10_000_000_000_000, true}, {"100000000000.01", 2, 0, false}, {"999999999999999", 2, 0, false}, {"0.000000000000001", 2, 0, true},
	} {
		n, _ := parseNumber([]byte(c.in), true)
		if got, ok := n.roundMinor(c.digits); ok != c.ok || ok && got != c.want {
			t.Errorf("%s with %d digits: %d %v, want %d %v", c.in, c.digits, got, ok, c.want, c.ok)
		}
	}
}

func TestCurrencyDigits(t *testing.T) {
	for code, want := range map[string]int32{"CNY": 2, "GBP": 2, "JPY": 0, "KWD": 3, "KRW": 0, "BHD": 3} {
		if got, err := currencyDigits(code); err != nil || got != want {
			t.Errorf("%s: %d, %v", code, got, err)
		}
	}
	for _, code := range []string{"", "RMBX", "¥", "zz1"} {
		if got, err := currencyDigits(code); err == nil {
			t.Errorf("%q: %d", code, got)
		}
	}
}

func drawNumber(t *rapid.T, name string) number {
	return number{rapid.Int64Range(-999_999_999_999_999, 999_999_999_999_999).Draw(t, name), rapid.Int32Range(0, 15).Draw(t, name+" scale")}
}

// The quick arithmetic agrees with arbitrary precision wherever it answers.
func TestArithmeticIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawNumber(t, "a"), drawNumber(t, "b")
		if p, ok := a.times(b); ok && !p.decimal().Equal(a.decimal().Mul(b.decimal())) {
			t.Fatalf("%s × %s = %s", a, b, p)
		}
		parts := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) number { return drawNumber(t, "part") }), 1, 6).Draw(t, "parts")
		exact := decimal.Zero
		for _, p := range parts {
			exact = exact.Add(p.decimal())
		}
		total, ok := sum(parts)
		if ok && !total.decimal().Equal(exact) {
			t.Fatalf("sum of %v = %s, not %s", parts, total, exact)
		}
		digits := rapid.Int32Range(0, 3).Draw(t, "digits")
		if !ok {
			return
		}
		minor, ok := total.roundMinor(digits)
		if want := exact.Shift(digits).Round(0); ok && !decimal.NewFromInt(minor).Equal(want) {
			t.Fatalf("%s with %d digits is %d, not %s", exact, digits, minor, want)
		}
	})
}

// Shares add up to the order's amount and each is within one unit of its line.
func TestSharesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.Int32Range(0, 3).Draw(t, "digits")
		parts := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) number {
			return number{rapid.Int64Range(-50_000, 9_999_999).Draw(t, "units"), rapid.Int32Range(0, 5).Draw(t, "scale")}
		}), 1, 20).Draw(t, "parts")
		total, ok := sum(parts)
		minor, fits := total.roundMinor(digits)
		if !ok || !fits {
			t.Fatal("small numbers must fit")
		}
		var got int64
		for i, s := range shares(parts, minor, digits) {
			got += s
			if off := decimal.NewFromInt(s).Sub(parts[i].decimal().Shift(digits)).Abs(); off.GreaterThan(decimal.NewFromInt(1)) {
				t.Fatalf("share %d is %d for %s", i, s, parts[i])
			}
		}
		if got != minor {
			t.Fatalf("shares of %v add up to %d, not %d", parts, got, minor)
		}
	})
}

func FuzzParseNumber(f *testing.F) {
	for _, s := range []string{"1", "-2.5", "¥1,000.00", "1e400", "1E-5", "元", "+-1"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		n, why := parseNumber(in, true)
		if !why.IsZero() {
			return
		}
		if n.scale < 0 || n.scale > maxDigits || magnitude(n.units) >= 1e15 {
			t.Fatalf("%q is %+v", in, n)
		}
		again, why := parseNumber([]byte(n.String()), true)
		if !why.IsZero() || !again.decimal().Equal(n.decimal()) {
			t.Fatalf("%q is %s, which reads as %s %v", in, n, again, why)
		}
	})
}

func FuzzLayout(f *testing.F) {
	f.Add("2006-01-02", []byte("2011-02-03"))
	f.Add("%d/%m/%Y %H:%M", []byte("31/12/2011 23:59"))
	f.Add(layoutExcel, []byte("40513.35"))
	f.Fuzz(func(t *testing.T, pattern string, in []byte) {
		l, err := newLayout(pattern, time.UTC)
		if err != nil {
			return
		}
		if at, ok := l.parse(in); ok {
			if y := time.UnixMicro(at).UTC().Year(); y < firstYear-1 || y > lastYear+1 {
				t.Fatalf("%q as %q is in the year %d", in, pattern, y)
			}
		}
	})
}

func TestLayouts(t *testing.T) {
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ layout, in, want string }{
		{"2006-01-02 15:04:05", "2011-12-09 12:50:00", "2011-12-09T04:50:00Z"},
		{"%Y-%m-%d %H:%M", " 2011-12-09 12:50 ", "2011-12-09T04:50:00Z"},
		{"%d/%m/%Y", "09/12/2011", "2011-12-08T16:00:00Z"},
		{time.RFC3339, "2011-12-09T12:50:00+01:00", "2011-12-09T11:50:00Z"},
		{layoutUnix, "1323406200", "2011-12-09T04:50:00Z"},
		{layoutUnixMS, "1323406200000", "2011-12-09T04:50:00Z"},
		{layoutExcel, "40886.534722222219", "2011-12-09T04:50:00Z"},
		{"2006-01-02", "2011-02-30", ""},
		{"2006-01-02", "0011-02-03", ""},
		{layoutExcel, "1e300", ""},
		{layoutUnix, "-5", ""},
		{"2006-01-02", strings.Repeat("2", 100), ""},
	} {
		l, err := newLayout(c.layout, shanghai)
		if err != nil {
			t.Fatalf("%s: %v", c.layout, err)
		}
		got := ""
		if at, ok := l.parse([]byte(c.in)); ok {
			got = time.UnixMicro(at).UTC().Format(time.RFC3339)
		}
		if got != c.want {
			t.Errorf("%q as %s: %q, want %q", c.in, c.layout, got, c.want)
		}
	}
	for _, bad := range []string{"", "hello", "15:04", "%Y", "%Q", "%", "2006-01", strings.Repeat(" ", 200) + "2006-01-02"} {
		if _, err := newLayout(bad, time.UTC); err == nil {
			t.Errorf("layout %q was taken", bad)
		}
	}
}

func TestGuessLayout(t *testing.T) {
	for _, c := range []struct{ samples, first, second string }{
		{"2010-12-01 08:26:00,,2010-12-02 09:00:00", "2006-1-2 15:04:05", ""},
		{"2024/1/5 9:03,2024/11/25 19:13", "2006/1/2 15:04", ""},
		{"2024年1月5日 9:03", "2006年1月2日 15:04", ""},
		{"12/1/2010 8:26,12/13/2010 9:00", "1/2/2006 15:04", ""},
		{"1/12/2010 8:26,13/12/2010 9:00", "2/1/2006 15:04", ""},
		{"12/1/2010 8:26,12/2/2010 9:00", "1/2/2006 15:04", "2/1/2006 15:04"},
		{"5/5/2010,6/6/2010", "1/2/2006", ""}, // both ways mean the same days
		{"20240105,20241231", "20060102", ""},
		{"1704424980,1704425000", layoutUnix, ""},
		{"1704424980123", layoutUnixMS, ""},
		{"40513.35,40514", layoutExcel, ""},
		{"2024-01-05 09:03:00 +0800", "2006-1-2 15:04:05 -0700", ""},
		{"yesterday", "", ""},
		{",", "", ""},
	} {
		var samples [][]byte
		for s := range strings.SplitSeq(c.samples, ",") {
			samples = append(samples, []byte(s))
		}
		if first, second := guessLayout(samples); first != c.first || second != c.second {
			t.Errorf("%s: %q %q, want %q %q", c.samples, first, second, c.first, c.second)
		}
	}
}
