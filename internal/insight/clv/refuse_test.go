package clv_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"fishpond/internal/insight/clv"
	"fishpond/internal/insight/csvfile"
	"fishpond/internal/platform/i18n"
)

var columns = map[string]string{"customer": "c", "time": "t", "amount": "a"}

func read(in io.Reader, o clv.FileOptions) (clv.Report, error) {
	f, err := csvfile.Open(in)
	if err != nil {
		return clv.Report{}, err
	}
	if o.Columns == nil {
		o.Columns = columns
	}
	return clv.Run(context.Background(), f, o)
}

// shop is orders of n people over some days; change may alter a line or drop it.
func shop(n, days int, change func(who, day int, amount float64) string) string {
	src := rand.New(rand.NewPCG(8, 8))
	first := clv.Day(19_700)
	var b strings.Builder
	b.WriteString("c,t,a\n")
	for who := range n {
		rate, value := 0.05*src.ExpFloat64()+0.005, 20+30*src.Float64()
		for day := src.Float64() * float64(days) / 3; day < float64(days); day += src.ExpFloat64() / rate {
			amount := value * (0.5 + src.Float64())
			if change != nil {
				b.WriteString(change(who, int(first)+int(day), amount))
				continue
			}
			fmt.Fprintf(&b, "p%d,%s,%.2f\n", who, first+clv.Day(day), amount)
			if src.Float64() < 0.06 {
				break
			}
		}
	}
	return b.String()
}

// finite walks over everything in a report: no number may be NaN or endless.
func finite(t *testing.T, path string, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Float64:
		if math.IsNaN(v.Float()) || math.IsInf(v.Float(), 0) {
			t.Errorf("%s is %v", path, v.Float())
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			finite(t, path, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			finite(t, path+"."+v.Type().Field(i).Name, v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			finite(t, fmt.Sprintf("%s[%d]", path, i), v.Index(i))
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			finite(t, path+"."+k.String(), v.MapIndex(k))
		}
	}
}

func TestSaysWhyNot(t *testing.T) {
	line := func(format string) func(int, int, float64) string {
		return func(who, day int, amount float64) string {
			return fmt.Sprintf(format, who, clv.Day(day), amount)
		}
	}
	plain := line("p%d,%s,%.2f\n")
	for _, c := range []struct {
		name, in         string
		o                clv.FileOptions
		purchases, value string // codes
		say              string
	}{
		{name: "no orders", in: "c,t,a\n", purchases: clv.NoOrders, say: "there is no order"},
		{name: "only refunds", in: "c,t,a\nx,2024-01-01,-5\n", purchases: clv.NoOrders},
		{name: "one order each", in: shop(300, 200, func(who, day int, a float64) string {
			return fmt.Sprintf("p%d-%d-%f,%s,%f\n", who, day, a, clv.Day(day), a)
		}), purchases: clv.OneOrderEach},
		{name: "all on one day", in: shop(300, 200, func(who, _ int, a float64) string { return fmt.Sprintf("p%d,2024-05-05,%f\n", who, a) }), purchases: clv.OneDay},
		{name: "too few", in: shop(40, 200, plain), purchases: clv.TooFew, say: "at least 100, 30 of whom"},
		{name: "too short", in: shop(900, 200, func(who, day int, a float64) string {
			return fmt.Sprintf("p%d,%s,%f\n", who, clv.Day(19_700+(day-19_700)/10), a)
		}), purchases: clv.TooShort},
		{name: "ten years of nothing", in: shop(300, 200, plain) + "p1,2034-01-01,5\n", purchases: clv.LongGap, say: "before 2034-01-01"},
		{name: "a slip of the pen", in: shop(300, 200, plain) + "p1,1971-01-01,5\n", purchases: clv.LongGap, say: "after 1971-01-01"},
		{name: "currencies", in: "c,t,a,w\n" + strings.ReplaceAll(strings.ReplaceAll(shop(300, 200, line("p%d,%s,%.2f\n")), "\n", ",cny\n"), "c,t,a,cny\n", "") + "p1,2024-01-01,5,USD\n", o: clv.FileOptions{Columns: map[string]string{"customer": "c", "time": "t", "amount": "a", "currency": "w"}}, purchases: clv.CurrencyMix, say: "CNY, USD"},
		{name: "one of the currencies", in: "c,t,a,w\n" + strings.ReplaceAll(strings.ReplaceAll(shop(300, 200, line("p%d,%s,%.2f\n")), "\n", ",cny\n"), "c,t,a,cny\n", "") + "p1,2024-01-01,5,USD\n", o: clv.FileOptions{Currency: "cny", Columns: map[string]string{"customer": "c", "time": "t", "amount": "a", "currency": "w"}}, say: "worth"},
		{name: "everything came back", in: shop(300, 200, func(who, day int, a float64) string {
			return fmt.Sprintf("p%d,%s,%f\np%d,%s,%f\n", who, clv.Day(day), a, who, clv.Day(day+1), -1.1*a)
		}), value: clv.NegativeTotals, say: "cannot be said: refunds"},
		{name: "no amounts", in: shop(300, 200, plain), o: clv.FileOptions{Columns: map[string]string{"customer": "c", "time": "t"}}, value: clv.NoAmounts},
		{name: "all is well", in: shop(300, 200, nil), say: "orders in the year to come worth"},
	} {
		r, err := read(strings.NewReader(c.in), c.o)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		code := func(r *clv.ValueRefusal) string {
			if r == nil {
				return ""
			}
			if r.ZH == "" || r.EN == "" {
				t.Errorf("%s: %s says nothing", c.name, r.Code)
			}
			return r.Code
		}
		if got := code(r.Refusal); got != c.purchases {
			t.Errorf("%s: %q, not %q: %s", c.name, got, c.purchases, r.En)
		}
		if got := code(r.ValueRefusal); got != c.value {
			t.Errorf("%s: value %q, not %q", c.name, got, c.value)
		}
		if !strings.Contains(r.En, c.say) {
			t.Errorf("%s: %s", c.name, r.En)
		}
		if c.purchases != "" && (r.Models != nil || r.Population != nil || !strings.HasPrefix(r.En, "Cannot say: ") || !strings.HasPrefix(r.Zh, "说不出来：")) {
			t.Errorf("%s: refuses and tells all the same: %s", c.name, r.En)
		}
		finite(t, c.name, reflect.ValueOf(r))
		if _, err := json.Marshal(r); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		for _, l := range []i18n.Lang{i18n.ZH, i18n.EN} {
			var b strings.Builder
			if err := r.Print(&b, l); err != nil || strings.Contains(b.String(), "NaN") || strings.Contains(b.String(), "Inf") {
				t.Errorf("%s: %v\n%s", c.name, err, b.String())
			}
		}
	}
}

// TestWhatIsWrongWithAFile names line and column.
func TestWhatIsWrongWithAFile(t *testing.T) {
	good := "c,t,a\nx,2024-01-01,5\n"
	for _, c := range []struct {
		name, in string
		o        clv.FileOptions
		want     string
	}{
		{"nothing", "", clv.FileOptions{}, "The file is empty"},
		{"no such column", "c,t,b\n", clv.FileOptions{}, "There is no column “a”"},
		{"a product without its factor", "c,t,b\n", clv.FileOptions{Columns: map[string]string{"customer": "c", "time": "t", "amount": "b*n"}}, "There is no column “n”"},
		{"no customer", good, clv.FileOptions{Columns: map[string]string{"time": "t"}}, "does not say which column customer is"},
		{"another column", good, clv.FileOptions{Columns: map[string]string{"customer": "c", "time": "t", "colour": "a"}}, "“colour” is none of"},
		{"an amount", good + "y,2024-01-02,five\n", clv.FileOptions{}, "line 3, column 14 (a): “five” is not a number"},
		{"NaN", good + "y,2024-01-02,NaN\n", clv.FileOptions{}, "“NaN” is not a number"},
		{"an empty amount", good + "y,2024-01-02,\n", clv.FileOptions{}, "line 3, column 14 (a): is empty"},
		{"a time", good + "y,yesterday,5\n", clv.FileOptions{}, "line 3, column 3 (t): “yesterday” is no time like"},
		{"day or month", "c,t,a\nx,03/04/2024,5\n", clv.FileOptions{}, "--time-layout"},
		{"a year beyond reason", good + "y,0024-01-02,5\n", clv.FileOptions{}, "line 3, column 3"},
		{"a line too short", good + "y,2024-01-02\n", clv.FileOptions{}, "Line 3 has 2 columns"},
		{"a unit", good, clv.FileOptions{Unit: "year"}, "one of day, week and month"},
		{"a discount", good, clv.FileOptions{Discount: -1}, "a yearly rate"},
		{"a date", good, clv.FileOptions{CalibrationEnd: "May"}, "“May” is no date"},
	} {
		_, err := read(strings.NewReader(c.in), c.o)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

// TestTheSameHoweverWritten: encodings, separators, compression, the order of
// lines and the unit of time change nothing.
func TestTheSameHoweverWritten(t *testing.T) {
	in := shop(400, 250, nil)
	want, err := read(strings.NewReader(in), clv.FileOptions{})
	if err != nil || want.Refusal != nil {
		t.Fatal(err, want.En)
	}
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	if _, err := w.Write([]byte(in)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	chinese, err := simplifiedchinese.GB18030.NewEncoder().String(strings.Replace(in, "c,t,a", "客户,时间,金额", 1))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(in, "\n")
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(lines)-2, func(i, j int) { lines[i+1], lines[j+1] = lines[j+1], lines[i+1] })
	for name, c := range map[string]struct {
		in io.Reader
		o  clv.FileOptions
	}{
		"gzip":       {&z, clv.FileOptions{}},
		"GB18030":    {strings.NewReader(chinese), clv.FileOptions{Columns: map[string]string{"customer": "客户", "time": "时间", "amount": "金额"}}},
		"semicolons": {strings.NewReader(strings.ReplaceAll(in, ",", ";")), clv.FileOptions{}},
		"shuffled":   {strings.NewReader(strings.Join(lines, "")), clv.FileOptions{}},
		"in days":    {strings.NewReader(in), clv.FileOptions{Unit: "day"}},
	} {
		got, err := read(c.in, c.o)
		if err != nil || got.Refusal != nil {
			t.Errorf("%s: %v, %s", name, err, got.En)
			continue
		}
		for i, a := range want.Population.Ahead {
			if b := got.Population.Ahead[i]; math.Abs(b.Orders/a.Orders-1) > 1e-4 || math.Abs(*b.Worth / *a.Worth - 1) > 1e-4 {
				t.Errorf("%s: %v orders worth %v in %d days, not %v worth %v", name, b.Orders, *b.Worth, a.Days, a.Orders, *a.Worth)
			}
		}
		if a, b := want.Validation.Purchases[0], got.Validation.Purchases[0]; math.Abs(b.Expected/a.Expected-1) > 1e-4 || a.Actual != b.Actual {
			t.Errorf("%s: %+v, not %+v", name, b, a)
		}
		if name == "in days" {
			for i, e := range want.Models[0].Parameters {
				times := 1.0
				if e.Name == "alpha" || e.Name == "beta" {
					times = 7
				}
				if g := got.Models[0].Parameters[i].Value; math.Abs(g/e.Value/times-1) > 1e-3 {
					t.Errorf("%s is %v in days and %v in weeks", e.Name, g, e.Value)
				}
			}
		}
	}
}

// TestAnyFileHasAnAnswer: whatever is bought, there is a report without NaN or a
// reason.
func TestAnyFileHasAnAnswer(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		src := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		people, span := rapid.IntRange(1, 220).Draw(rt, "people"), rapid.IntRange(1, 3000).Draw(rt, "span")
		heavy, each := rapid.Float64Range(0, 8).Draw(rt, "heavy"), rapid.IntRange(1, 6).Draw(rt, "each")
		b := clv.NewBook()
		for who := range people {
			for range 1 + src.IntN(each) {
				day := clv.Day(10_000 + src.IntN(span))
				amount := math.Exp(heavy * src.NormFloat64())
				if src.IntN(10) == 0 {
					b.Refund(int32(who), day, amount)
				} else {
					b.Buy(int32(who), day, amount)
				}
			}
		}
		r := b.Analyse(clv.Options{Amounts: true, Discount: 0.1})
		finite(t, "report", reflect.ValueOf(r))
		if r.Refusal == nil && (r.Population == nil || r.Population.Alive > float64(r.People)+1e-6 || len(r.Models) == 0) {
			rt.Fatalf("%+v", r)
		}
		if _, err := json.Marshal(r); err != nil {
			rt.Fatal(err)
		}
	})
}
