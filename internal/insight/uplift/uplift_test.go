package uplift_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"fishpond/internal/insight/uplift"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/stats"
)

func run(r io.Reader, o uplift.Options) (uplift.Report, error) {
	f, err := uplift.Open(r)
	if err != nil {
		return uplift.Report{}, err
	}
	return uplift.Run(context.Background(), f, o)
}

// mail is the file of K. Hillstrom's trial by e-mail (the MineThatData e-mail
// analytics challenge, 2008), made again from its published counts: who visited
// and who bought.
func mail() io.Reader {
	var b bytes.Buffer
	b.WriteString("segment,visit,conversion\n")
	for _, g := range []struct {
		name                   string
		people, visits, buyers int
	}{{"Mens E-Mail", 21307, 3894, 267}, {"No E-Mail", 21306, 2262, 122}, {"Womens E-Mail", 21387, 3238, 189}} {
		for i := range g.people {
			visit, bought := 0, 0
			if i < g.visits {
				visit = 1
			}
			if i < g.buyers {
				bought = 1
			}
			fmt.Fprintf(&b, "%s,%d,%d\n", g.name, visit, bought)
		}
	}
	return &b
}

// Reference: rates published with the data; intervals by maximising the
// likelihood numerically with SciPy.
func TestTrialByEMail(t *testing.T) {
	r, err := run(mail(), uplift.Options{Group: "segment", Control: "No E-Mail", Outcomes: []string{"visit", "conversion"}})
	if err != nil {
		t.Fatal(err)
	}
	if r.Rows != 64000 || len(r.Groups) != 3 || r.Groups[0].Name != "No E-Mail" || r.SampleRatio.Suspicious || len(r.Comparisons) != 4 {
		t.Fatalf("%+v", r)
	}
	for i, want := range []struct {
		outcome, treatment       string
		control, treated         float64
		difference, low, high, p float64
	}{
		{"visit", "Mens E-Mail", .106167, .182757, 76.590, 69.95993, 83.23394, 0},
		{"visit", "Womens E-Mail", .106167, .151401, 45.2328, 38.89838, 51.57926, 0},
		{"conversion", "Mens E-Mail", .005726, .012531, 6.80496, 5.02429, 8.64937, 0},
		{"conversion", "Womens E-Mail", .005726, .008837, 3.11107, 1.507309, 4.750758, 0.000157133},
	} {
		c := r.Comparisons[i]
		if c.Outcome != want.outcome || c.Treatment != want.treatment || c.Verdict != stats.Higher || !c.Rate {
			t.Errorf("comparison %d is %+v", i, c)
		}
		for what, v := range map[string][2]float64{"control": {c.Control.Mean, want.control}, "treated": {c.Treated.Mean, want.treated}, "difference": {c.Per1000.Difference, want.difference},
			"low": {c.Per1000.Low, want.low}, "high": {c.Per1000.High, want.high}, "p": {c.P, want.p}} {
			if math.Abs(v[0]-v[1]) > 0.0001*math.Max(math.Abs(v[1]), 0.01) {
				t.Errorf("%s of %s: %s is %v, want %v", want.outcome, want.treatment, what, v[0], v[1])
			}
		}
	}
	if last := r.Comparisons[3]; math.Abs(last.PHolm-last.P) > 1e-12 || r.Comparisons[0].PHolm != 2*r.Comparisons[0].P {
		t.Errorf("Holm doubles the smaller of two and leaves the larger: %v %v", last, r.Comparisons[0])
	}
	var out strings.Builder
	if err := r.Print(&out, i18n.EN); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"Mens E-Mail brings 76.59 more visit per 1,000 people (95% interval 69.96 to 83.23).", "21,306", "< 0.0001", "10.62 %"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("no %q in\n%s", part, out.String())
		}
	}
	if encoded, err := json.Marshal(r); err != nil || !strings.Contains(string(encoded), `"per_1000":{"difference":76.5`) {
		t.Errorf("%v in %s", err, encoded)
	}
}

func lines(control, treated int, line func(i int, group string) string) string {
	var b strings.Builder
	for i := range control {
		b.WriteString(line(i, "c"))
	}
	for i := range treated {
		b.WriteString(line(i, "t"))
	}
	return b.String()
}

func TestWhatAFileMayLookLike(t *testing.T) {
	plain := "组;花费;去年\n" + lines(50, 50, func(i int, g string) string { return fmt.Sprintf("%s;%d.5;%d\n", g, i%7, i%5) })
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write([]byte(plain)); err != nil || z.Close() != nil {
		t.Fatal("gzip")
	}
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(plain)
	if err != nil {
		t.Fatal(err)
	}
	for name, in := range map[string]string{
		"plain": plain, "with a mark": "\uFEFF" + plain, "from a Chinese Windows": gb, "gzip": zipped.String(),
		"tabs": strings.ReplaceAll(plain, ";", "\t"), "spaces, CRLF and quotes": strings.ReplaceAll(strings.ReplaceAll(plain, ";", `," `), "\n", "\"\r\n") + "",
	} {
		if name == "spaces, CRLF and quotes" {
			in = strings.ReplaceAll(strings.ReplaceAll(plain, ";", " , "), "\n", "\r\n")
		}
		r, err := run(strings.NewReader(in), uplift.Options{Group: "组", Control: "c", Outcomes: []string{"花费"}, Covariate: "去年"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c := r.Comparisons[0]; r.Rows != 100 || c.Verdict != stats.CannotTell || c.Control.Mean != c.Treated.Mean || c.Control.Mean < 3 {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestWhatIsWrongIsFound(t *testing.T) {
	good := lines(20, 20, func(i int, g string) string { return fmt.Sprintf("%s,%d,1\n", g, i%2) })
	for _, c := range []struct {
		name, in string
		o        uplift.Options
		says     string
	}{
		{"not a number", "g,y,x\n" + good + "t,many,1\n", uplift.Options{}, "line 42, column 3 (y): “many” is neither a number nor yes or no"},
		{"empty", "g,y,x\n" + good + "t,,1\n", uplift.Options{}, "line 42, column 3 (y): is empty; if that means zero, add --empty-zero"},
		{"not finite", "g,y,x\nt,NaN,1\n", uplift.Options{}, "line 2, column 3 (y): “NaN” is neither"},
		{"overflow", "g,y,x\nt,1e300,1\n", uplift.Options{}, "line 2, column 3 (y): “1e300”"},
		{"no group", "g,y,x\n" + good + ",1,1\n", uplift.Options{}, "line 42, column 1 (g): does not say which group"},
		{"a line too short", "g,y,x\n" + good + "t,1\n", uplift.Options{}, "Line 42 has 2 columns, the header has 3"},
		{"a stray quote", "g,y,x\nt,1\"2,1\n", uplift.Options{}, "Line 2, column 4: not valid CSV"},
		{"a quote left open", "g,y,x\nt,\"1," + strings.Repeat("x\n", 1<<20), uplift.Options{}, "too long"},
		{"numbers of people", "g,y,x\n" + lines(100, 0, func(i int, _ string) string { return fmt.Sprintf("%d,1,1\n", i) }), uplift.Options{}, "line 66, column 1 (g): already 64 different groups"},
		{"no such column", "g,z,x\n" + good, uplift.Options{}, `There is no column “y”; the file has ["g" "z" "x"]`},
		{"two of a name", "g,y,y\n" + good, uplift.Options{}, "Two columns are called “y”"},
		{"no such control", "g,y,x\n" + good, uplift.Options{Control: "k"}, `There is no group “k”; the file has ["c" "t"]`},
		{"nothing to compare", "g,y,x\nc,1,1\n", uplift.Options{}, "nothing to compare"},
		{"twice", "g,y,x\n" + good, uplift.Options{Covariate: "y"}, "Column “y” is used twice"},
		{"no outcome", "g,y,x\n" + good, uplift.Options{Outcomes: []string{}}, "At least one"},
		{"nothing", "", uplift.Options{}, "The file is empty"},
		{"a share too few", "g,y,x\n" + good, uplift.Options{Shares: map[string]float64{"c": 1}}, "Group “t” is given no share above zero"},
		{"a share too many", "g,y,x\n" + good, uplift.Options{Shares: map[string]float64{"c": 1, "t": 1, "u": 1}}, "A share is given for a group that the file does not have"},
	} {
		o := c.o
		o.Group = "g"
		if o.Control == "" {
			o.Control = "c"
		}
		if o.Outcomes == nil {
			o.Outcomes = []string{"y"}
		}
		_, err := run(strings.NewReader(c.in), o)
		if !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		e := errs.As(err)
		said := e.Text.EN
		for _, f := range e.Fields {
			said += "\n" + f.Path + ": " + f.Text.EN
		}
		if !strings.Contains(said, c.says) {
			t.Errorf("%s: said %q, want %q", c.name, said, c.says)
		}
	}
}

func TestGroupsOfTheWrongSizeAreSaidFirst(t *testing.T) {
	in := "g,y\n" + lines(1000, 9000, func(i int, g string) string { return fmt.Sprintf("%s,%d\n", g, i%2) })
	even, err := run(strings.NewReader(in), uplift.Options{Group: "g", Control: "c", Outcomes: []string{"y"}})
	if err != nil || !even.SampleRatio.Suspicious {
		t.Errorf("equal groups were meant: %+v %v", even.SampleRatio, err)
	}
	tenth, err := run(strings.NewReader(in), uplift.Options{Group: "g", Control: "c", Outcomes: []string{"y"}, Shares: map[string]float64{"c": 10, "t": 90}})
	if err != nil || tenth.SampleRatio.Suspicious {
		t.Errorf("a tenth was meant: %+v %v", tenth.SampleRatio, err)
	}
	var out strings.Builder
	if err := even.Print(&out, i18n.ZH); err != nil || !strings.Contains(out.String(), "先弄清少了谁") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// endless makes lines without holding them.
type endless struct {
	left int
	now  func() // called each 100,000 lines
	rest []byte
}

func (e *endless) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(e.rest) == 0 {
			if e.left == 0 {
				return n, io.EOF
			}
			if e.left--; e.left%100_000 == 0 {
				e.now()
			}
			e.rest = fmt.Appendf(nil, "%c,%d,%d.25\n", 'c'+rune(e.left&1)*('t'-'c'), e.left%3&1, e.left%997)
		}
		k := copy(p[n:], e.rest)
		n, e.rest = n+k, e.rest[k:]
	}
	return n, nil
}

func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	if testing.Short() {
		t.Skip("reads two million lines")
	}
	kept := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc) //nolint:gosec // far below 2⁶³
	}
	peak := func(n int) (most int64) {
		before := kept()
		lines := &endless{left: n, now: func() { most = max(most, kept()-before) }}
		r, err := run(io.MultiReader(strings.NewReader("g,y,m\n"), lines), uplift.Options{Group: "g", Control: "c", Outcomes: []string{"y", "m"}})
		if err != nil || r.Rows != int64(n) {
			t.Fatalf("%d of %d lines: %v", r.Rows, n, err)
		}
		return most
	}
	small, large := peak(100_000), peak(2_000_000)
	if small == 0 || large > small+(4<<20) {
		t.Errorf("while 100,000 lines are read %d bytes are kept, while 2,000,000 are %d", small, large)
	}
}

// The year of a real shop, cut in half: what its customers bought in the second
// half, with the first half as what was known before. They are dealt into two
// groups at random a thousand times, so the truth is that the groups do not
// differ, and 95 of 100 intervals must say so, though a handful of wholesale
// customers spend more than a thousand others.
//
//	FISHPOND_RETAIL_CSV=…/online-retail.csv.gz go test -run RealSpending -v ./internal/insight/uplift
func TestRealSpending(t *testing.T) {
	path := os.Getenv("FISHPOND_RETAIL_CSV")
	if path == "" {
		t.Skip("FISHPOND_RETAIL_CSV names no file")
	}
	people := halves(t, path)
	t.Logf("%d customers", len(people))
	for _, share := range []float64{0.1, 0.5} {
		for _, what := range []string{"ordered", "money", "money, with the first half"} {
			random := rand.New(rand.NewPCG(7, 8))
			held, told, widths := 0, 0, 0.0
			const times = 1000
			for range times {
				var control, treated stats.Sample
				for _, p := range people {
					to := &treated
					if random.Float64() < share {
						to = &control
					}
					switch {
					case what != "ordered":
						to.AddWith(p[0], p[1])
					case p[1] > 0:
						to.Add(1)
					default:
						to.Add(0)
					}
				}
				theta := 0.0
				if strings.Contains(what, "first half") {
					theta = stats.Theta(control, treated)
				}
				e := stats.Compare(control, treated, theta)
				if e.Low <= 0 && 0 <= e.High {
					held++
				}
				if e.Verdict != stats.CannotTell {
					told++
				}
				widths += (e.High - e.Low) / times
			}
			t.Logf("%.0f %% left out, %s: %.1f %% of the intervals hold the truth, %.1f %% end in a verdict, mean width %.4g", 100*share, what, float64(held)/times*100, float64(told)/times*100, widths)
			if held < 927 { // 0.95 less 3.3 standard errors
				t.Errorf("only %d of %d intervals hold the truth", held, times)
			}
		}
	}
}

// halves adds up what each customer bought, returns taken off, in the two halves
// of the year; who only bought in the second half was not yet known.
func halves(t *testing.T, path string) [][2]float64 {
	t.Helper()
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	z, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(z)
	sums, order := map[string]*[2]float64{}, []string{}
	header, err := r.Read()
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) int { return slices.Index(header, name) }
	quantity, price, date, customer := at("Quantity"), at("UnitPrice"), at("InvoiceDate"), at("CustomerID")
	for {
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		q, err1 := strconv.ParseFloat(row[quantity], 64)
		p, err2 := strconv.ParseFloat(row[price], 64)
		day, err3 := time.Parse("2006-1-2", strings.Fields(row[date])[0])
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Fatal(err)
		}
		half := 0
		if !day.Before(time.Date(2011, 6, 10, 0, 0, 0, 0, time.UTC)) {
			half = 1
		}
		who := row[customer]
		if who == "" || half == 1 && sums[who] == nil {
			continue
		}
		if sums[who] == nil {
			sums[who] = new([2]float64)
			order = append(order, who)
		}
		sums[who][half] += q * p
	}
	people := make([][2]float64, len(order))
	for i, who := range order {
		people[i] = *sums[who]
	}
	return people
}
