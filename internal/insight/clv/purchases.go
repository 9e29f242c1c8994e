package clv

import (
	"math"
)

// Model says of people how often they will buy. All times are in the unit of the
// rows that it was fitted to.
type Model interface {
	// LogLikelihood is how probable one person of the row is, as a logarithm.
	LogLikelihood(r Row) float64
	// Alive is the probability that she may still buy.
	Alive(r Row) float64
	// Expected is how many purchases she will make within t.
	Expected(r Row, t float64) float64
	// Discounted is the same, a purchase after s counting e^(-rate·s).
	Discounted(r Row, t, rate float64) float64
	// Mean is how many purchases a newcomer makes within t after the first.
	Mean(t float64) float64
	// Probability is how probable it is that a newcomer makes x of them.
	Probability(x int, t float64) float64
}

// The models of purchases.
const (
	NameBGNBD      = "bg_nbd"
	NameParetoNBD  = "pareto_nbd"
	NameGammaGamma = "gamma_gamma"
)

// FittedModel is a model fitted to data.
type FittedModel struct {
	Name          string           `json:"model"`
	Parameters    []ModelParameter `json:"parameters"`
	LogLikelihood float64          `json:"log_likelihood"`
	// Edge: a parameter ran off to nought or without bound, because the data show
	// no difference among people there. Predictions hold, the parameter means
	// nothing by itself.
	Edge  bool  `json:"edge,omitempty"`
	Model Model `json:"-"`
}

// roughRows is how many rows are enough for trying starts.
const roughRows = 6_000

// FitBGNBD finds the BG/NBD model that makes the rows most probable. Rows are
// best collapsed. The error is a *ValueRefusal.
func FitBGNBD(rows []Row) (FittedModel, error) {
	return fitPurchases(rows, NameBGNBD, []string{"r", "alpha", "a", "b"}, bgnbd, [][4]float64{
		{0.5, 0.5, 0.8, 2.5}, {1, 1, 1, 1}, {2, 2, 0.3, 5}, {0.3, 0.3, 2, 20},
	}, []bool{false, true, false, false}, func(p []float64) Model { return BGNBD{p[0], p[1], p[2], p[3]} })
}

// FitParetoNBD finds the Pareto/NBD model that makes the rows most probable. Rows
// are best collapsed. The error is a *ValueRefusal.
func FitParetoNBD(rows []Row) (FittedModel, error) {
	return fitPurchases(rows, NameParetoNBD, []string{"r", "alpha", "s", "beta"}, paretonbd, [][4]float64{
		{0.5, 0.5, 0.5, 0.5}, {1, 1, 1, 1}, {2, 2, 0.3, 0.1}, {0.3, 0.3, 2, 5},
	}, []bool{false, true, false, true}, func(p []float64) Model { return ParetoNBD{p[0], p[1], p[2], p[3]} })
}

func fitPurchases(rows []Row, name string, names []string, likelihood func(*table, []float64, []float64) float64,
	starts [][4]float64, timed []bool, model func([]float64) Model,
) (FittedModel, error) {
	if err := enough(rows); err != nil {
		return FittedModel{}, err
	}
	// In units of the mean age, parameters are near one whatever the unit.
	scale, people, purchases := 0.0, 0.0, 0.0
	for _, r := range rows {
		n := float64(r.People)
		scale += n * r.Age
		people += n
		purchases += n * float64(r.X)
	}
	scale /= people
	scaled := make([]Row, len(rows))
	for i, r := range rows {
		r.Age /= scale
		r.Recency /= scale
		scaled[i] = r
	}
	rate := purchases / people // of a scaled unit
	from := make([][]float64, len(starts))
	for i, s := range starts {
		from[i] = []float64{math.Log(s[0]), math.Log(s[1] / rate), math.Log(s[2]), math.Log(s[3])}
		if timed[3] {
			from[i][3] = math.Log(s[3])
		}
	}
	all := newTable(scaled)
	part := all
	if len(scaled) > roughRows {
		part = newTable(thin(scaled, roughRows))
	}
	f, ok := maximise(func(x, g []float64) float64 { return likelihood(all, x, g) }, all.people,
		func(x, g []float64) float64 { return likelihood(part, x, g) }, part.people, from)
	if !ok {
		return FittedModel{}, refuse(NotConverged)
	}
	values := make([]float64, 4)
	fit := FittedModel{Name: name, LogLikelihood: f.value - purchases*math.Log(scale), Edge: f.edge}
	for i, v := range f.theta {
		values[i] = math.Exp(v)
		e := ModelParameter{Name: names[i]}
		if f.errors != nil && !f.edge {
			e.Error = f.errors[i]
		}
		if timed[i] {
			values[i] *= scale
			e.Error *= scale
		}
		e.Value = values[i]
		fit.Parameters = append(fit.Parameters, e)
	}
	fit.Model = model(values)
	return fit, nil
}

// FittedValue is the model of value fitted to data.
type FittedValue struct {
	Name          string           `json:"model"`
	Parameters    []ModelParameter `json:"parameters"`
	LogLikelihood float64          `json:"log_likelihood"`
	People        int64            `json:"people"` // who bought again, and for something
	// ValuePopulation is what a purchase is worth on average by the model.
	Population float64 `json:"mean_purchase"`
	// Correlation of how often people buy and for how much. The model takes them
	// for independent; beyond ±0.3 or so it should not be believed much.
	Correlation float64    `json:"correlation"`
	Edge        bool       `json:"edge,omitempty"`
	Model       GammaGamma `json:"-"`
}

// FitGammaGamma finds the Gamma-Gamma model that makes the means most probable.
// The error is a *ValueRefusal.
func FitGammaGamma(spends []Spend) (FittedValue, error) {
	sum, n := 0.0, 0
	for _, s := range spends {
		if s.X < 1 || !(s.Mean > 0) || math.IsInf(s.Mean, 0) {
			return FittedValue{}, refuse(NegativeTotals)
		}
		sum += s.Mean
		n++
	}
	if n < fewestRepeaters {
		return FittedValue{}, refuse(TooFewValues)
	}
	scale := sum / float64(n)
	scaled := make([]Spend, n)
	same := true
	for i, s := range spends {
		scaled[i] = Spend{s.X, s.Mean / scale}
		same = same && s.Mean == spends[0].Mean
	}
	if same {
		return FittedValue{}, refuse(SameValue)
	}
	part := scaled
	if n > roughRows {
		part = make([]Spend, roughRows)
		for i := range part {
			part[i] = scaled[i*n/roughRows]
		}
	}
	var starts [][]float64
	for _, s := range [][3]float64{{6, 4, 0.5}, {1, 2, 1}, {2, 10, 4}, {50, 3, 0.05}} {
		starts = append(starts, []float64{math.Log(s[0]), math.Log(s[1]), math.Log(s[2])})
	}
	f, ok := maximise(func(x, g []float64) float64 { return gammagamma(scaled, x, g) }, float64(n),
		func(x, g []float64) float64 { return gammagamma(part, x, g) }, float64(len(part)), starts)
	if !ok {
		return FittedValue{}, refuse(NotConverged)
	}
	m := GammaGamma{math.Exp(f.theta[0]), math.Exp(f.theta[1]), scale * math.Exp(f.theta[2])}
	fit := FittedValue{Name: NameGammaGamma, Model: m, LogLikelihood: f.value - float64(n)*math.Log(scale), People: int64(n), Edge: f.edge, Correlation: correlation(spends)}
	for i, e := range []ModelParameter{{Name: "p", Value: m.P}, {Name: "q", Value: m.Q}, {Name: "gamma", Value: m.Gamma}} {
		if f.errors != nil && !f.edge {
			e.Error = f.errors[i]
			if i == 2 {
				e.Error *= scale
			}
		}
		fit.Parameters = append(fit.Parameters, e)
	}
	if fit.Population, ok = m.Population(); !ok {
		return fit, refuse(NoMean)
	}
	return fit, nil
}

func correlation(spends []Spend) float64 {
	n, mx, mz := float64(len(spends)), 0.0, 0.0
	for _, s := range spends {
		mx += float64(s.X) / n
		mz += s.Mean / n
	}
	xx, zz, xz := 0.0, 0.0, 0.0
	for _, s := range spends {
		dx, dz := float64(s.X)-mx, s.Mean-mz
		xx += dx * dx
		zz += dz * dz
		xz += dx * dz
	}
	if xx == 0 || zz == 0 {
		return 0
	}
	return xz / math.Sqrt(xx*zz)
}
