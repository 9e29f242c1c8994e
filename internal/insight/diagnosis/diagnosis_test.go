package diagnosis

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fishpond/internal/platform/errs"
)

var tea = Business{Buyers: 1000, Order: 100, Margin: 0.5, Cost: 40, OrdersYear: 6}

// known are assumptions of which everything is known.
func known(values map[string]float64) []Assumption {
	all := Assume(tea, "CNY", Ready(nil))
	for i := range all {
		v := values[all[i].Key]
		all[i].Range = Range{v, v, v}
	}
	return all
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-6*math.Max(1, math.Abs(want)) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// With nothing unknown the forecast is one path, which can be counted by hand.
func TestByHand(t *testing.T) {
	all := known(map[string]float64{Catch: 0.1, CatchCost: 3, Leave: 0.5, Extra: 0.2, Own: 0.4, Fee: 0.1, Hatch: 0.6, Associates: 100, Wage: 500, Running: 50, SetUp: 1000})
	f, err := Run(tea, all, 6)
	if err != nil {
		t.Fatal(err)
	}
	// Month 1: 100 join, 100 members, average 50: 25 usual orders; 5 extra at 50
	// bring 250, 10 direct at 10 save 100. Cost: 300 + one associate + 50 + 1,000.
	m := f.Months[0]
	near(t, "members 1", m.Members.Mid, 100)
	near(t, "cost 1", m.Cost.Mid, 300+500+50+1000)
	near(t, "contribution 1", m.Contribution.Mid, 250+100)
	near(t, "balance 1", m.Balance.Mid, 350-1850)
	// Month 2: 100 and 5 hatched join, 50 stayed: 155 members, average 127.5: 63.75
	// usual orders; 12.75 extra, 25.5 direct. Two associates.
	m = f.Months[1]
	near(t, "members 2", m.Members.Mid, 155)
	near(t, "cost 2", m.Cost.Mid, 315+1000+50)
	near(t, "contribution 2", m.Contribution.Mid, 12.75*50+25.5*10)
	near(t, "balance 2", m.Balance.Mid, 350-1850+892.5-1365)
	if f.Chance != 0 || f.Verdict != PaysNot || f.BreakEven != (Spread{}) {
		t.Errorf("it never breaks even: %+v %v %v", f.BreakEven, f.Chance, f.Verdict)
	}
	if len(f.Drivers) != 0 {
		t.Errorf("nothing is unknown, yet %v drives it", f.Drivers)
	}
}

func TestBreakEvenIsForGood(t *testing.T) {
	// 100 join each month and stay; one associate for all; set-up is earned back.
	all := known(map[string]float64{Catch: 0.1, Extra: 0.2, Associates: 1e6, Wage: 100, SetUp: 2000})
	f, err := Run(tea, all, 12)
	if err != nil {
		t.Fatal(err)
	}
	// Contribution of month n: (100n − 50) ÷ 2 × 0.2 × 50 = 500n − 250; balance 250n² − 100n − 2,000.
	want := 0
	for n := 1; want == 0; n++ {
		if 250*n*n-100*n-2000 >= 0 {
			want = n
		}
	}
	near(t, "break even", f.BreakEven.Mid, float64(want))
	near(t, "last balance", f.Months[11].Balance.Mid, 250*144-1200-2000)
	if f.Chance != 1 || f.Verdict != Pays {
		t.Errorf("chance %v, verdict %v", f.Chance, f.Verdict)
	}
	near(t, "a member brings", f.PerMember.Mid, (250*144)/1200.0)
	near(t, "return", f.Return.Mid, (250*144-3200)/3200.0)
}

// The mean of a PERT distribution is (low + 4·likely + high) ÷ 6.
func TestPertMean(t *testing.T) {
	src := rand.NewPCG(7, 7)
	r := Range{2, 3, 10}
	sum, n := 0.0, 200_000
	for range n {
		x := pert(r, src)
		if x < r.Low || x > r.High {
			t.Fatalf("%v lies outside %v", x, r)
		}
		sum += x
	}
	// Its deviation is 1.5 or less: four of the mean's are 0.014.
	if mean := sum / float64(n); math.Abs(mean-4) > 0.014 {
		t.Errorf("mean %v, want 4", mean)
	}
}

func TestDriversFindWhatMatters(t *testing.T) {
	all := known(map[string]float64{Catch: 0.1, Extra: 0.2, Leave: 0.02, Associates: 1e6, Wage: 100, SetUp: 2000, Own: 0.1, Fee: 0.1})
	for i := range all {
		switch all[i].Key {
		case Extra:
			all[i].Range = Range{0, 0.2, 0.5}
		case SetUp:
			all[i].Range = Range{1900, 2000, 2100}
		}
	}
	f, err := Run(tea, all, 24)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Drivers) != 2 || f.Drivers[0].Key != Extra || f.Drivers[0].Correlation < 0.9 || f.Drivers[1].Correlation > 0.1 {
		t.Errorf("%+v", f.Drivers)
	}
}

func TestReadiness(t *testing.T) {
	a := Answers{}
	for _, p := range Parts {
		for _, q := range p.Questions {
			a[q.Key] = Best
		}
	}
	if r := Ready(a); r.Total != 100 || len(r.First) != 0 || len(r.Missing) != 0 {
		t.Errorf("all best: %+v", r)
	}
	a["leaving"], a["worth"], a["plan"], a["voice"] = 0, 1, 1, 1
	r := Ready(a)
	if r.Weakest != Content || r.Parts[Content] != 50 || r.Parts[System] != 75 {
		t.Errorf("%+v", r)
	}
	var first []string
	for _, q := range r.First {
		first = append(first, q.Key)
	}
	if !slices.Equal(first, []string{"leaving", "worth", "plan"}) {
		t.Errorf("first: %v", first)
	}
	if r := Ready(nil); r.Total != 50 || len(r.Missing) != 16 {
		t.Errorf("no answers: %+v", r)
	}
	likely := func(r Readiness, key string) float64 {
		for _, a := range Assume(tea, "CNY", r) {
			if a.Key == key {
				return a.Range.Likely
			}
		}
		return math.NaN()
	}
	none := Answers{}
	for k := range a {
		none[k] = 0
	}
	worst, half, best := Ready(none), Ready(nil), Ready(Answers{"parcel": 3, "counter": 3, "ocean": 3, "carriers": 3})
	if !(likely(worst, Catch) < likely(half, Catch) && likely(half, Catch) < likely(best, Catch)) || likely(half, Catch) != 0.08 {
		t.Error("who is ready catches more")
	}
	if likely(worst, Leave) <= likely(half, Leave) {
		t.Error("who has nothing to say loses more")
	}
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		change func(b *Business, all []Assumption, months *int)
		field  string
	}{
		"no buyers":    {func(b *Business, _ []Assumption, _ *int) { b.Buyers = 0 }, "business.buyers"},
		"not a number": {func(b *Business, _ []Assumption, _ *int) { b.Order = math.NaN() }, "business.order"},
		"margin":       {func(b *Business, _ []Assumption, _ *int) { b.Margin = 1.5 }, "business.margin"},
		"negative":     {func(b *Business, _ []Assumption, _ *int) { b.Cost = -1 }, "business.cost"},
		"months":       {func(_ *Business, _ []Assumption, m *int) { *m = 61 }, "months"},
		"turned round": {func(_ *Business, all []Assumption, _ *int) { all[0].Range = Range{0.3, 0.2, 0.1} }, "assumptions.catch"},
		"over one":     {func(_ *Business, all []Assumption, _ *int) { all[0].Range = Range{0.3, 0.4, 1.1} }, "assumptions.catch"},
		"nobody":       {func(_ *Business, all []Assumption, _ *int) { all[7].Range = Range{0, 1, 2} }, "assumptions.people_per_associate"},
	} {
		t.Run(name, func(t *testing.T) {
			b, all, months := tea, Assume(tea, "CNY", Ready(nil)), 24
			c.change(&b, all, &months)
			_, err := Run(b, all, months)
			e := errs.As(err)
			if e.Code != errs.CodeInvalid || len(e.Fields) != 1 || e.Fields[0].Path != c.field {
				t.Errorf("%v", err)
			}
		})
	}
	if _, err := Run(tea, Assume(tea, "EUR", Ready(nil)), 24); err == nil || !strings.Contains(err.Error(), "associate") && !strings.Contains(err.Error(), "成本") {
		t.Errorf("in euros nobody knows a wage: %v", err)
	}
}

// Whatever is asked, there is an answer in numbers, low to high, and the same one
// again.
func TestAnswersAreNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f64 := func(low, high float64, what string) float64 { return rapid.Float64Range(low, high).Draw(t, what) }
		b := Business{f64(1, 1e6, "buyers"), f64(0.01, 1e5, "order"), f64(0, 1, "margin"), f64(0, 1e4, "cost"), f64(0.01, 100, "orders")}
		a := Answers{}
		for _, p := range Parts {
			for _, q := range p.Questions {
				if v := rapid.IntRange(-1, Best).Draw(t, q.Key); v >= 0 {
					a[q.Key] = v
				}
			}
		}
		all := Assume(b, "CNY", Ready(a))
		f, err := run(b, all, 6, 200)
		if err != nil {
			t.Fatal(err)
		}
		again, err := run(b, all, 6, 200)
		if err != nil || again.Months[5] != f.Months[5] {
			t.Fatalf("another answer: %+v, %+v, %v", again.Months[5], f.Months[5], err)
		}
		spreads := []Spread{f.PerMember, f.CostMember, f.Return, f.ExtraCost}
		for _, m := range f.Months {
			spreads = append(spreads, m.Members, m.Cost, m.Contribution, m.Balance)
		}
		for _, s := range spreads {
			if math.IsNaN(s.Low+s.Mid+s.High) || math.IsInf(s.Low+s.Mid+s.High, 0) || s.Low > s.Mid || s.Mid > s.High {
				t.Fatalf("%+v", s)
			}
		}
	})
}
