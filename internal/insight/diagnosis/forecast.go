package diagnosis

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Bounds of a forecast.
const (
	draws       = 4000
	leastMonths = 6
	MostMonths  = 60
)

// Spread is a number that is not known: one in ten draws lies below Low, half
// below Mid, nine in ten below High.
type Spread struct{ Low, Mid, High float64 }

// Month is one month of a forecast; money in whole units.
type Month struct {
	N            int // 1 is the first
	Members      Spread
	Cost         Spread // of the month
	Contribution Spread // of the month
	Balance      Spread // of all months up to this one
}

// Driver is how much of the spread in the end comes from an assumption.
type Driver struct {
	Key         string
	Correlation float64 // Spearman's, −1 to 1, between the assumption and the last balance
}

// Verdict is what the forecast comes to.
type Verdict string

// Verdicts, by how many draws have earned back their cost in the end.
const (
	Pays    Verdict = "pays"     // nine in ten
	Open    Verdict = "open"     // between: it depends on the drivers
	PaysNot Verdict = "pays_not" // one in ten at most
)

// Forecast is what a pool would cost and bring.
type Forecast struct {
	Months     []Month
	BreakEven  Spread  // in months from the beginning; 0: not within the months
	Chance     float64 // that it has broken even by the last month and still has, 0 to 1
	Verdict    Verdict
	PerMember  Spread // contribution of all months for each who joined
	CostMember Spread // cost of all months for each who joined
	Return     Spread // (contribution − cost) ÷ cost over all months
	ExtraCost  Spread // cost of all months for each extra order: beside what the platforms take for a buyer
	Drivers    []Driver
}

// draw is one way in which it could go.
type draw struct {
	a       []float64 // in the order of the assumptions
	balance float64
	even    int
	joined  float64
	cost    float64
	brought float64
	extra   float64 // orders
}

// Run forecasts so many months (6 to [MostMonths]). It refuses numbers that make
// no sense with errs.CodeInvalid, naming the field.
func Run(b Business, all []Assumption, months int) (*Forecast, error) {
	return run(b, all, months, draws)
}

// Check refuses what [Run] would refuse.
func Check(b Business, all []Assumption, months int) error {
	if err := b.check(); err != nil {
		return err
	}
	if months < leastMonths || months > MostMonths {
		return errs.InvalidField("months", i18n.T("应在 %d 到 %d 个月之间", "From %d to %d months", leastMonths, MostMonths))
	}
	for _, a := range all {
		if err := a.check(); err != nil {
			return err
		}
	}
	return nil
}

func run(b Business, all []Assumption, months, draws int) (*Forecast, error) {
	if err := Check(b, all, months); err != nil {
		return nil, err
	}
	f := &Forecast{Months: make([]Month, months)}
	rows := make([][4][]float64, months)
	for m := range rows {
		for k := range rows[m] {
			rows[m][k] = make([]float64, draws)
		}
	}
	ways := make([]draw, draws)
	src := rand.NewPCG(1, 2) // the same questions have the same answers
	for i := range ways {
		ways[i] = walk(b, all, src, months, func(m int, members, cost, brought, balance float64) {
			for k, v := range [4]float64{members, cost, brought, balance} {
				rows[m][k][i] = v
			}
		})
	}
	for m := range rows {
		f.Months[m] = Month{m + 1, spread(rows[m][0]), spread(rows[m][1]), spread(rows[m][2]), spread(rows[m][3])}
	}
	f.sum(all, ways)
	return f, nil
}

// walk goes through the months of one draw.
func walk(b Business, all []Assumption, src rand.Source, months int, tell func(m int, members, cost, brought, balance float64)) draw {
	d := draw{a: make([]float64, len(all))}
	v := map[string]float64{}
	for i, a := range all {
		d.a[i] = pert(a.Range, src)
		v[a.Key] = d.a[i]
	}
	members := 0.0
	for m := range months {
		joined := b.Buyers*v[Catch] + members*v[Hatch]/12
		stayed := members * (1 - v[Leave])
		average := (members + stayed + joined) / 2
		members = stayed + joined
		cost := joined*v[CatchCost] + math.Max(1, math.Ceil(members/v[Associates]))*v[Wage] + v[Running]
		if m == 0 {
			cost += v[SetUp]
		}
		usual := average * b.OrdersYear / 12
		brought := usual*v[Extra]*b.Order*b.Margin + usual*v[Own]*b.Order*v[Fee]
		d.balance += brought - cost
		if d.balance < 0 {
			d.even = 0
		} else if d.even == 0 {
			d.even = m + 1
		}
		d.joined, d.cost, d.brought, d.extra = d.joined+joined, d.cost+cost, d.brought+brought, d.extra+usual*v[Extra]
		tell(m, members, cost, brought, d.balance)
	}
	return d
}

// pert draws from a range.
func pert(r Range, src rand.Source) float64 {
	width := r.High - r.Low
	if width == 0 {
		return r.Low
	}
	mode := (r.Likely - r.Low) / width
	return r.Low + width*distuv.Beta{Alpha: 1 + 4*mode, Beta: 1 + 4*(1-mode), Src: src}.Rand()
}

// spread sorts v.
func spread(v []float64) Spread {
	slices.Sort(v)
	at := func(p float64) float64 { return stat.Quantile(p, stat.LinInterp, v, nil) }
	return Spread{at(0.1), at(0.5), at(0.9)}
}

// sum fills in what all draws come to.
func (f *Forecast) sum(all []Assumption, ways []draw) {
	of := func(fn func(d *draw) (value float64, ok bool)) Spread {
		var v []float64
		for i := range ways {
			if x, ok := fn(&ways[i]); ok {
				v = append(v, x)
			}
		}
		if len(v) == 0 {
			return Spread{}
		}
		return spread(v)
	}
	never := math.Inf(1)
	even := 0
	f.BreakEven = of(func(d *draw) (float64, bool) {
		if d.even == 0 {
			return never, true
		}
		even++
		return float64(d.even), true
	})
	for _, p := range []*float64{&f.BreakEven.Low, &f.BreakEven.Mid, &f.BreakEven.High} {
		if *p = math.Ceil(*p); math.IsInf(*p, 0) || math.IsNaN(*p) {
			*p = 0
		}
	}
	f.Chance = float64(even) / float64(len(ways))
	switch {
	case f.Chance >= 0.9:
		f.Verdict = Pays
	case f.Chance <= 0.1:
		f.Verdict = PaysNot
	default:
		f.Verdict = Open
	}
	f.PerMember = of(func(d *draw) (float64, bool) { return d.brought / d.joined, d.joined > 0 })
	f.CostMember = of(func(d *draw) (float64, bool) { return d.cost / d.joined, d.joined > 0 })
	f.Return = of(func(d *draw) (float64, bool) { return (d.brought - d.cost) / d.cost, d.cost > 0 })
	f.ExtraCost = of(func(d *draw) (float64, bool) { return d.cost / d.extra, d.extra > 0 })
	f.Drivers = drivers(all, ways)
}

// drivers ranks assumptions by how much the end depends on them.
func drivers(all []Assumption, ways []draw) []Driver {
	end := make([]float64, len(ways))
	for i := range ways {
		end[i] = ways[i].balance
	}
	end = ranks(end)
	out := []Driver{}
	for k, a := range all {
		if a.Range.High == a.Range.Low {
			continue
		}
		v := make([]float64, len(ways))
		for i := range ways {
			v[i] = ways[i].a[k]
		}
		if c := stat.Correlation(ranks(v), end, nil); !math.IsNaN(c) {
			out = append(out, Driver{a.Key, c})
		}
	}
	slices.SortFunc(out, func(a, b Driver) int {
		switch d := math.Abs(b.Correlation) - math.Abs(a.Correlation); {
		case d > 0:
			return 1
		case d < 0:
			return -1
		}
		return 0
	})
	return out
}

// ranks gives each value its place; equal ones are rare among draws, and their
// order does not matter.
func ranks(v []float64) []float64 {
	order := make([]int, len(v))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case v[a] < v[b]:
			return -1
		case v[a] > v[b]:
			return 1
		}
		return 0
	})
	out := make([]float64, len(v))
	for place, i := range order {
		out[i] = float64(place)
	}
	return out
}
