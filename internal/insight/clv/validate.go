package clv

import (
	"cmp"
	"math"
	"runtime"
	"slices"
	"sync"
)

// Rules against which models are held: what a person did so far goes on at the
// same pace; everybody does as the average did.
const (
	RuleSameRate = "same_rate"
	RuleMean     = "mean"
)

// ValueCheck is how far a model's or a rule's word was from what came. Errors are of one
// person, in purchases or in the file's money.
type ValueCheck struct {
	Name     string  `json:"name"`
	Expected float64 `json:"expected"` // of all people together
	Actual   float64 `json:"actual"`
	Bias     float64 `json:"bias"` // Expected/Actual - 1
	MAE      float64 `json:"mean_absolute_error"`
	RMSE     float64 `json:"root_mean_square_error"`
}

// ValueGroup is people with as many purchases after the first one in the earlier
// period, and what they did in the later one, a person on average.
type ValueGroup struct {
	X        int                `json:"x"`
	AndMore  bool               `json:"and_more,omitempty"`
	People   int64              `json:"people"`
	Actual   float64            `json:"actual"`
	Expected map[string]float64 `json:"expected"`
}

// FrequencyBar is how many people made X purchases after the first one in the earlier
// period, and how many should have by each model.
type FrequencyBar struct {
	X        int                `json:"x"`
	AndMore  bool               `json:"and_more,omitempty"`
	Actual   int64              `json:"actual"`
	Expected map[string]float64 `json:"expected"`
}

// TrackingPoint is how many purchases after the first one there were until a day.
type TrackingPoint struct {
	Day      string             `json:"day"`
	Later    bool               `json:"later"` // after the models were fitted
	Actual   int64              `json:"actual"`
	Expected map[string]float64 `json:"expected"`
}

// ValueValidation is what the models, fitted to the earlier period alone, said of the
// later one.
type ValueValidation struct {
	CalibrationEnd string          `json:"calibration_end"`
	HoldoutEnd     string          `json:"holdout_end"`
	HoldoutDays    int             `json:"holdout_days"`
	People         int64           `json:"people"` // who first bought in the earlier period
	Models         []FittedModel   `json:"models"`
	Value          *FittedValue    `json:"value,omitempty"`
	ValueRefusal   *ValueRefusal   `json:"value_refusal,omitempty"`
	Purchases      []ValueCheck    `json:"purchases"`
	Worth          []ValueCheck    `json:"worth,omitempty"`
	Groups         []ValueGroup    `json:"groups"`
	Frequencies    []FrequencyBar  `json:"frequencies"`
	Tracking       []TrackingPoint `json:"tracking"`
	Best           string          `json:"best"` // of all in Purchases, by RootMeanSquare
}

// each works out f for every distinct row, on all cores.
func each(rows []Row, f func(Row) float64) []float64 {
	out := make([]float64, len(rows))
	workers := min(runtime.GOMAXPROCS(0), 1+len(rows)/256)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(rows); i += workers {
				out[i] = f(rows[i])
			}
		})
	}
	wg.Wait()
	return out
}

// locate says at which of the collapsed rows each customer is.
func locate(rows []Row, customers []Customer) []int32 {
	at := make([]int32, len(customers))
	for i, c := range customers {
		k, _ := slices.BinarySearchFunc(rows, c.Row, func(a, b Row) int {
			return cmp.Or(cmp.Compare(a.Age, b.Age), cmp.Compare(a.X, b.X), cmp.Compare(a.Recency, b.Recency))
		})
		at[i] = int32(k) //nolint:gosec // an index of rows in memory
	}
	return at
}

// fitBoth fits the models of purchases, the likelier one first.
func fitBoth(rows []Row) ([]FittedModel, error) {
	bg, err1 := FitBGNBD(rows)
	pareto, err2 := FitParetoNBD(rows)
	switch {
	case err1 != nil && err2 != nil:
		return nil, err1
	case err1 != nil:
		return []FittedModel{pareto}, nil
	case err2 != nil:
		return []FittedModel{bg}, nil
	case pareto.LogLikelihood > bg.LogLikelihood:
		return []FittedModel{pareto, bg}, nil
	}
	return []FittedModel{bg, pareto}, nil
}

// later is what each person who is known on end did after it.
type later struct {
	purchases int
	worth     float64
}

func (b *Book) after(customers []Customer, end Day) []later {
	b.settle()
	out := make([]later, len(customers))
	i := 0
	for k, c := range customers {
		for i < len(b.lines) && b.lines[i].person < c.Person {
			i++
		}
		for ; i < len(b.lines) && b.lines[i].person == c.Person; i++ {
			if b.lines[i].day > end {
				out[k].purchases++
				out[k].worth += b.lines[i].amount
			}
		}
	}
	return out
}

const topGroup = 7 // and more

// validate fits what was known on end and compares with what came after.
func (b *Book) validate(end Day, days float64, amounts bool) (*ValueValidation, error) {
	_, last := b.span()
	if end >= last {
		return nil, refuse(NoHoldout)
	}
	customers := b.customers(end, days)
	rows := rowsOf(customers)
	fits, err := fitBoth(rows)
	if err != nil {
		return nil, err
	}
	at, actual := locate(rows, customers), b.after(customers, end)
	length := float64(last-end) / days
	v := &ValueValidation{
		CalibrationEnd: end.String(), HoldoutEnd: last.String(), HoldoutDays: int(last - end), People: int64(len(customers)), Models: fits,
	}
	rules := map[string][]float64{}
	var names []string
	for _, f := range fits {
		names = append(names, f.Name)
		rules[f.Name] = spread(each(rows, func(r Row) float64 { return f.Model.Expected(r, length) }), at)
	}
	purchases, age := 0.0, 0.0
	for _, c := range customers {
		purchases += float64(c.X)
		age += c.Age
	}
	names = append(names, RuleSameRate, RuleMean)
	for _, c := range customers {
		rate := 0.0
		if c.Age > 0 {
			rate = float64(c.X) / c.Age
		}
		rules[RuleSameRate] = append(rules[RuleSameRate], rate*length)
		rules[RuleMean] = append(rules[RuleMean], purchases/age*length)
	}
	for _, name := range names {
		v.Purchases = append(v.Purchases, check(name, rules[name], func(i int) float64 { return float64(actual[i].purchases) }))
	}
	v.Best = slices.MinFunc(v.Purchases, func(a, b ValueCheck) int { return cmp.Compare(a.RMSE, b.RMSE) }).Name
	v.groups(customers, actual, names, rules)
	v.frequencies(rows)
	v.tracking(b, end, last, days)
	if !amounts {
		v.ValueRefusal = refuse(NoAmounts)
		return v, nil
	}
	v.worth(customers, actual, rules)
	return v, nil
}

func spread(values []float64, at []int32) []float64 {
	out := make([]float64, len(at))
	for i, k := range at {
		out[i] = values[k]
	}
	return out
}

func check(name string, expected []float64, actual func(i int) float64) ValueCheck {
	c := ValueCheck{Name: name}
	for i, e := range expected {
		a := actual(i)
		c.Expected += e
		c.Actual += a
		c.MAE += math.Abs(e - a)
		c.RMSE += (e - a) * (e - a)
	}
	n := float64(len(expected))
	c.MAE /= n
	c.RMSE = math.Sqrt(c.RMSE / n)
	if c.Actual > 0 {
		c.Bias = c.Expected/c.Actual - 1
	}
	return c
}

func (v *ValueValidation) groups(customers []Customer, actual []later, names []string, rules map[string][]float64) {
	groups := make([]ValueGroup, topGroup+1)
	for x := range groups {
		groups[x] = ValueGroup{X: x, AndMore: x == topGroup, Expected: map[string]float64{}}
	}
	for i, c := range customers {
		g := &groups[min(c.X, topGroup)]
		g.People++
		g.Actual += float64(actual[i].purchases)
		for _, name := range names {
			g.Expected[name] += rules[name][i]
		}
	}
	for _, g := range groups {
		if g.People == 0 {
			continue
		}
		g.Actual /= float64(g.People)
		for name := range g.Expected {
			g.Expected[name] /= float64(g.People)
		}
		v.Groups = append(v.Groups, g)
	}
}

func (v *ValueValidation) frequencies(rows []Row) {
	bars := make([]FrequencyBar, topGroup+1)
	for x := range bars {
		bars[x] = FrequencyBar{X: x, AndMore: x == topGroup, Expected: map[string]float64{}}
	}
	var ages []Row // one row an age
	total := 0.0
	for _, r := range rows { // ordered by age
		bars[min(r.X, topGroup)].Actual += r.People
		total += float64(r.People)
		if n := len(ages); n > 0 && ages[n-1].Age == r.Age {
			ages[n-1].People += r.People
			continue
		}
		ages = append(ages, Row{Age: r.Age, People: r.People})
	}
	for _, f := range v.Models {
		rest := total
		for x := range topGroup {
			sum := 0.0
			for i, p := range each(ages, func(r Row) float64 { return f.Model.Probability(x, r.Age) }) {
				sum += p * float64(ages[i].People)
			}
			bars[x].Expected[f.Name] = sum
			rest -= sum
		}
		bars[topGroup].Expected[f.Name] = math.Max(0, rest)
	}
	v.Frequencies = bars
}

// tracking counts, week by week, the purchases after the first one of those who
// first bought until end, and what the models expect.
func (v *ValueValidation) tracking(b *Book, end, last Day, days float64) {
	first, _ := b.span()
	born := make([]float64, last-first+1)
	bought := make([]int64, last-first+1)
	for i, l := range b.lines {
		if i == 0 || b.lines[i-1].person != l.person {
			if l.day <= end {
				born[l.day-first]++
			}
			continue
		}
		bought[l.day-first]++
	}
	// Who first bought later is no part of it.
	for i := 0; i < len(b.lines); {
		j := i + 1
		for j < len(b.lines) && b.lines[j].person == b.lines[i].person {
			if b.lines[i].day > end {
				bought[b.lines[j].day-first]--
			}
			j++
		}
		i = j
	}
	means := make([][]float64, len(v.Models))
	ages := make([]Row, last-first+1)
	for d := range ages {
		ages[d].Age = float64(d) / days
	}
	for i, f := range v.Models {
		means[i] = each(ages, func(r Row) float64 { return f.Model.Mean(r.Age) })
	}
	sum, next := int64(0), first
	for day := first + 6; ; day += 7 {
		day = min(day, last)
		for ; next <= day; next++ {
			sum += bought[next-first]
		}
		p := TrackingPoint{Day: day.String(), Later: day > end, Actual: sum, Expected: map[string]float64{}}
		for i, f := range v.Models {
			total := 0.0
			for d := first; d <= min(day, end); d++ {
				if n := born[d-first]; n > 0 {
					total += n * means[i][day-d]
				}
			}
			p.Expected[f.Name] = total
		}
		v.Tracking = append(v.Tracking, p)
		if day == last {
			return
		}
	}
}

func (v *ValueValidation) worth(customers []Customer, actual []later, rules map[string][]float64) {
	fit, err := FitGammaGamma(spendsOf(customers))
	if err != nil {
		v.ValueRefusal, _ = err.(*ValueRefusal) //nolint:errorlint // FitGammaGamma says so
		return
	}
	v.Value = &fit
	best := v.Models[0].Name
	expected, same := make([]float64, len(customers)), make([]float64, len(customers))
	for i, c := range customers {
		expected[i] = rules[best][i] * fit.worth(c)
		same[i] = rules[RuleSameRate][i] * c.Spend.Mean
	}
	truth := func(i int) float64 { return actual[i].worth }
	v.Worth = []ValueCheck{check(best, expected, truth), check(RuleSameRate, same, truth)}
}

// worth is what one of a person's next purchases is worth.
func (f FittedValue) worth(c Customer) float64 {
	if c.Returned {
		return 0
	}
	if mean, ok := f.Model.Expected(c.Spend); ok {
		return mean
	}
	return f.Population
}
