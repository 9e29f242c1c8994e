package clv

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/integrate/quad"
	"pgregory.net/rapid"
)

func near(a, b, relative float64) bool {
	return math.Abs(a-b) <= relative*math.Max(math.Abs(a), math.Abs(b))
}

// overGamma is the mean of f over Gamma(shape, rate), by brute force: pieces of
// Gauss-Legendre on the logarithm.
func overGamma(shape, rate float64, f func(v float64) float64) float64 {
	constant := shape*math.Log(rate) - lgamma(shape)
	top := math.Log(shape / rate)
	sum := 0.0
	piece := func(low, high float64, pieces int) {
		for i := range pieces {
			a, b := low+(high-low)*float64(i)/float64(pieces), low+(high-low)*float64(i+1)/float64(pieces)
			sum += quad.Fixed(func(y float64) float64 {
				v := math.Exp(y)
				return math.Exp(constant+shape*y-rate*v) * f(v)
			}, a, b, 8, nil, 0)
		}
	}
	piece(top-16-30/shape, top-6, 40) // a long tail, where shape is small
	piece(top-6, math.Log((shape+60+9*math.Sqrt(shape))/rate), 70)
	return sum
}

// overBeta is the mean of f(p, 1-p) over Beta(a, b), by brute force on ln(p/(1-p)).
func overBeta(a, b float64, f func(p, q float64) float64) float64 {
	sum := 0.0
	piece := func(low, high float64, pieces int) {
		for i := range pieces {
			from, to := low+(high-low)*float64(i)/float64(pieces), low+(high-low)*float64(i+1)/float64(pieces)
			sum += quad.Fixed(func(y float64) float64 {
				p, q := 1/(1+math.Exp(-y)), 1/(1+math.Exp(y))
				return math.Exp(a*math.Log(p)+b*math.Log(q)-lbeta(a, b)) * f(p, q)
			}, from, to, 8, nil, 0)
		}
	}
	piece(-12-40/a, -12, 12)
	piece(-12, 12, 40)
	piece(12, 12+40/b, 12)
	return sum
}

// The likelihoods of single lives, from which the closed forms are derived by
// integrating over everybody: FHL (3) and SMC.
func bgLife(rate, p, q float64, r Row) float64 {
	x := float64(r.X)
	v := math.Pow(q, x) * math.Exp(x*math.Log(rate)-rate*r.Age)
	if r.X > 0 {
		v += p * math.Pow(q, x-1) * math.Exp(x*math.Log(rate)-rate*r.Recency)
	}
	return v
}

func paretoLife(rate, death float64, r Row) float64 {
	both := rate + death
	return math.Exp(float64(r.X)*math.Log(rate)) * (death/both*math.Exp(-both*r.Recency) + rate/both*math.Exp(-both*r.Age))
}

func draw(t *rapid.T) Row {
	r := Row{X: rapid.IntRange(0, 30).Draw(t, "x"), Age: rapid.Float64Range(0.1, 200).Draw(t, "age"), People: 1}
	if r.X > 0 {
		r.Recency = r.Age * rapid.Float64Range(0, 1).Draw(t, "recency")
	}
	return r
}

// size is a parameter over four powers of ten.
func size(t *rapid.T, name string) float64 {
	return math.Pow(10, rapid.Float64Range(-1.3, 2).Draw(t, name))
}

func TestLikelihoodsAreMeansOverEverybody(t *testing.T) {
	src := rand.New(rand.NewPCG(3, 4))
	size := func() float64 { return math.Pow(10, -1.2+3*src.Float64()) }
	for range 12 {
		r := Row{X: src.IntN(25), Age: 0.1 + 100*src.Float64(), People: 1}
		if r.X > 0 {
			r.Recency = r.Age * src.Float64()
		}
		bg := BGNBD{size(), size(), size(), size()}
		brute := overGamma(bg.R, bg.Alpha, func(rate float64) float64 {
			return overBeta(bg.A, bg.B, func(p, q float64) float64 { return bgLife(rate, p, q, r) })
		})
		if got := math.Exp(bg.LogLikelihood(r)); !near(got, brute, 1e-6) {
			t.Errorf("%+v %+v: %v, brute force %v", bg, r, got, brute)
		}
		pareto := ParetoNBD{size(), size(), size(), size()}
		brute = overGamma(pareto.R, pareto.Alpha, func(rate float64) float64 {
			return overGamma(pareto.S, pareto.Beta, func(death float64) float64 { return paretoLife(rate, death, r) })
		})
		if got := math.Exp(pareto.LogLikelihood(r)); !near(got, brute, 1e-6) {
			t.Errorf("%+v %+v: %v, brute force %v", pareto, r, got, brute)
		}
	}
}

// TestParetoNBDHypergeometric holds the integral against the closed form of FH,
// wherever that converges.
func TestParetoNBDHypergeometric(t *testing.T) {
	checked := 0
	rapid.Check(t, func(t *rapid.T) {
		m := ParetoNBD{size(t, "r"), size(t, "alpha"), size(t, "s"), size(t, "beta")}
		r := draw(t)
		x, all := float64(r.X), m.R+m.S+float64(r.X)
		part := func(time float64) (float64, bool) {
			if m.Alpha >= m.Beta {
				f, ok := hyp2F1(all, m.S+1, all+1, (m.Alpha-m.Beta)/(m.Alpha+time))
				return f * math.Exp(-all*math.Log(m.Alpha+time)), ok
			}
			f, ok := hyp2F1(all, m.R+x, all+1, (m.Beta-m.Alpha)/(m.Beta+time))
			return f * math.Exp(-all*math.Log(m.Beta+time)), ok
		}
		a, ok1 := part(r.Recency)
		b, ok2 := part(r.Age)
		alive := math.Exp(-(m.R+x)*math.Log(m.Alpha+r.Age) - m.S*math.Log(m.Beta+r.Age))
		want := alive + m.S/all*(a-b)
		if !ok1 || !ok2 || all*math.Log(math.Max(m.Alpha, m.Beta)+r.Age) > 600 || want < 1e-280 || m.S/all*a > 1e4*want {
			return // too slow, too small, or digits lost in the difference
		}
		checked++
		if got := math.Exp(m.death(r).log); !near(got, want, 1e-7) {
			t.Fatalf("%+v %+v: %v, closed form %v", m, r, got, want)
		}
		if got := m.Alive(r); !near(got, alive/want, 1e-8) && math.Abs(got-alive/want) > 1e-10 {
			t.Fatalf("%+v %+v: alive %v, closed form %v", m, r, got, alive/want)
		}
	})
	if checked < 30 {
		t.Errorf("only %d cases were compared", checked)
	}
}

// TestLikelihoodIsAProbability sums the density over every history that there can
// be: no purchase, or x of them with the last at t_x, the others anywhere before
// (which is worth t_x^(x-1)/(x-1)!).
func TestLikelihoodIsAProbability(t *testing.T) {
	for _, m := range []Model{
		BGNBD{0.243, 4.414, 0.793, 2.426}, BGNBD{2, 8, 0.2, 0.3}, BGNBD{1.5, 10, 3, 9},
		ParetoNBD{0.553, 10.578, 0.606, 11.669}, ParetoNBD{2, 8, 0.1, 0.5}, ParetoNBD{1.5, 10, 3, 40},
	} {
		const age = 12
		sum := math.Exp(m.LogLikelihood(Row{Age: age}))
		for x := 1; x < 150; x++ {
			p := 0.0
			const pieces = 8
			for i := range pieces {
				p += quad.Fixed(func(s float64) float64 {
					return math.Exp(m.LogLikelihood(Row{X: x, Recency: s, Age: age}) + float64(x-1)*math.Log(s) - lgamma(float64(x)))
				}, age*float64(i)/pieces, age*float64(i+1)/pieces, 16, nil, 0)
			}
			if want := m.Probability(x, age); !near(p, want, 1e-6) && p > 1e-12 {
				t.Errorf("%+v: P(X=%d) is %v, the density sums to %v", m, x, want, p)
			}
			sum += p
		}
		if !near(sum, 1, 1e-6) {
			t.Errorf("%+v: all histories together have probability %v", m, sum)
		}
	}
}

func TestAliveIsAProbabilityAndGrowsWithRecency(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wide := func(name string) float64 { return math.Pow(10, rapid.Float64Range(-5, 6).Draw(t, name)) }
		models := []Model{BGNBD{wide("r"), wide("alpha"), wide("a"), wide("b")}, ParetoNBD{wide("r"), wide("alpha"), wide("s"), wide("beta")}}
		r := Row{X: rapid.IntRange(0, 5000).Draw(t, "x"), Age: rapid.Float64Range(0, 5000).Draw(t, "age"), People: 1}
		for _, m := range models {
			before := -1.0
			for i := range 11 {
				if r.X > 0 {
					r.Recency = r.Age * float64(i) / 10
				}
				alive, ll, next := m.Alive(r), m.LogLikelihood(r), m.Expected(r, 10)
				if !(alive >= 0 && alive <= 1) || math.IsNaN(ll) || math.IsInf(ll, 1) || !(next >= 0) || math.IsInf(next, 0) {
					t.Fatalf("%+v %+v: alive %v, log-likelihood %v, next %v", m, r, alive, ll, next)
				}
				if alive < before-1e-9 {
					t.Fatalf("%+v %+v: alive falls from %v to %v as the last purchase is later", m, r, before, alive)
				}
				before = alive
				if d := m.Discounted(r, 10, 0.1); !(d >= 0 && d <= next*(1+1e-6)) {
					t.Fatalf("%+v %+v: %v purchases, %v of them discounted", m, r, next, d)
				}
			}
		}
	})
}

// TestGradients holds slopes against differences.
func TestGradients(t *testing.T) {
	rows, spends := cdnow(t)
	tab := newTable(Collapse(rows))
	for name, f := range map[string]objective{
		NameBGNBD:      func(x, g []float64) float64 { return bgnbd(tab, x, g) },
		NameParetoNBD:  func(x, g []float64) float64 { return paretonbd(tab, x, g) },
		NameGammaGamma: func(x, g []float64) float64 { return gammagamma(spends, x, g) },
	} {
		for _, start := range [][]float64{{0.1, 0.2, 0.3, 0.4}, {-1, 2, 1, -2}, {2, 1, -3, 2}} {
			if name == NameGammaGamma {
				start = start[:3]
			}
			grad, other := make([]float64, len(start)), make([]float64, len(start))
			f(start, grad)
			for i := range start {
				const h = 1e-5
				x := append([]float64{}, start...)
				x[i] += h
				up := f(x, other)
				x[i] -= 2 * h
				down := f(x, other)
				if slope := (up - down) / (2 * h); !near(slope, grad[i], 1e-4) && math.Abs(slope-grad[i]) > 1e-3 {
					t.Errorf("%s at %v: slope %d is %v, by differences %v", name, start, i, grad[i], slope)
				}
			}
		}
	}
	// The sum over a table is the sum over people.
	sum := 0.0
	m := BGNBD{1.2, 3.4, 0.5, 2}
	for _, r := range rows {
		sum += float64(r.People) * m.LogLikelihood(r)
	}
	if got := bgnbd(tab, []float64{math.Log(1.2), math.Log(3.4), math.Log(0.5), math.Log(2)}, make([]float64, 4)); !near(got, sum, 1e-12) {
		t.Errorf("%v, by people %v", got, sum)
	}
}

// TestAgainstLives holds what is expected against lives lived.
func TestAgainstLives(t *testing.T) {
	if testing.Short() {
		t.Skip("lives take seconds")
	}
	const lives, age, ahead, yearly = 200_000, 30, 20, 0.02
	w := newWorld(11)
	bg, pareto := BGNBD{0.6, 5, 0.8, 2.5}, ParetoNBD{0.6, 5, 0.7, 12}
	for _, c := range []struct {
		m    Model
		live func() []float64
	}{
		{bg, func() []float64 { return w.bgnbd(bg, age+ahead) }},
		{pareto, func() []float64 { return w.pareto(pareto, age+ahead) }},
	} {
		type pile struct{ n, next, square, expected, discounted, worth float64 }
		piles := make([]pile, 5)
		total := pile{}
		for range lives {
			times := c.live()
			r := row(times, age)
			// Alike in x, and in thirds of recency: the mean of what is expected of them.
			p := &piles[min(r.X, 4)]
			next, worth := 0.0, 0.0
			for _, s := range times {
				if s > age {
					next++
					worth += math.Exp(-yearly * (s - age))
				}
			}
			p.n++
			p.next += next
			p.square += next * next
			p.worth += worth
			p.expected += c.m.Expected(r, ahead)
			if int(total.n)%40 == 0 {
				p.discounted += 40 * c.m.Discounted(r, ahead, yearly)
			}
			total.n++
			total.next += float64(r.X)
		}
		if mean := total.next / lives; !near(mean, c.m.Mean(age), 0.015) {
			t.Errorf("%+v: a life has %v purchases, expected %v", c.m, mean, c.m.Mean(age))
		}
		sumWorth, sumDiscounted := 0.0, 0.0
		for x, p := range piles {
			mean := p.next / p.n
			sd := math.Sqrt((p.square/p.n - mean*mean) / p.n)
			if off := p.expected/p.n - mean; math.Abs(off) > 4*sd {
				t.Errorf("%+v, x=%d: %v expected, %v came, standard error %v", c.m, x, p.expected/p.n, mean, sd)
			}
			sumWorth += p.worth
			sumDiscounted += p.discounted
		}
		if !near(sumWorth, sumDiscounted, 0.04) {
			t.Errorf("%+v: discounted %v, lived %v", c.m, sumDiscounted, sumWorth)
		}
	}
}

// TestPurchasesHaveNoHoles walks over the places where the closed forms divide by
// nought or subtract what is alike.
func TestPurchasesHaveNoHoles(t *testing.T) {
	for _, a := range []float64{0.01, 0.3, 0.999, 0.99999, 1, 1.00001, 1.0011, 1.5, 40, 1e4} {
		for _, b := range []float64{0.01, 0.3, 0.7, 1, 5, 1e4} {
			for _, time := range []float64{1e-6, 0.1, 3, 200, 4000} {
				m := BGNBD{0.7, 6, a, b}
				got := m.purchases(time)
				want := betaMean(a, b, func(p float64) float64 {
					if p < 1e-300 {
						return m.R * time / m.Alpha
					}
					return powerLoss(p*time/m.Alpha, m.R) / p
				})
				if !near(got, want, 1e-6) {
					t.Errorf("%+v until %v: %v, by integration %v", m, time, got, want)
				}
				if most := m.R / m.Alpha * time; got > most*(1+1e-9) {
					t.Errorf("%+v until %v: %v, more than the %v of somebody who never goes", m, time, got, most)
				}
			}
		}
	}
	for _, s := range []float64{0.5, 1 - 1e-9, 1, 1 + 1e-9, 1.5} {
		m := ParetoNBD{0.7, 6, s, 9}
		want := quad.Fixed(func(u float64) float64 { return m.R / m.Alpha * math.Pow(m.Beta/(m.Beta+u), s) }, 0, 30, 40, nil, 0)
		if got := m.Mean(30); !near(got, want, 1e-9) {
			t.Errorf("s = %v: %v, by integration %v", s, got, want)
		}
	}
}

// TestDERT holds an endless horizon against the closed form of RFM (2), whose
// confluent hypergeometric function Ψ is integrated from its definition.
func TestDERT(t *testing.T) {
	m, rate := ParetoNBD{0.553, 10.578, 0.606, 11.669}, 0.0027
	for _, r := range []Row{{X: 2, Recency: 30.43, Age: 38.86}, {X: 7, Recency: 35, Age: 38}, {Age: 30}} {
		z := rate * (m.Beta + r.Age)
		// Ψ(s, s; z) = 1/Γ(s) ∫ e^(-zu) u^(s-1) (1+u)^-1 du
		psi := 0.0
		const pieces = 200
		low, high := -60.0, math.Log(60/z)
		for i := range pieces {
			a, b := low+(high-low)*float64(i)/pieces, low+(high-low)*float64(i+1)/pieces
			psi += quad.Fixed(func(y float64) float64 {
				u := math.Exp(y)
				return math.Exp(-z*u+m.S*y) / (1 + u)
			}, a, b, 8, nil, 0)
		}
		psi /= math.Exp(lgamma(m.S))
		x := float64(r.X)
		want := math.Exp(m.R*math.Log(m.Alpha) + m.S*math.Log(m.Beta) + (m.S-1)*math.Log(rate) + lgamma(m.R+x+1) + math.Log(psi) -
			lgamma(m.R) - (m.R+x+1)*math.Log(m.Alpha+r.Age) - m.LogLikelihood(r))
		if got := m.Discounted(r, 20_000, rate); !near(got, want, 1e-5) {
			t.Errorf("%+v: %v, closed form %v", r, got, want)
		}
	}
}

func TestGammaGamma(t *testing.T) {
	m := GammaGamma{6.25, 3.74, 15.44}
	for _, x := range []int{1, 3, 40} {
		// The density of the mean sums to one, and its mean is the population's.
		sum, mean := 0.0, 0.0
		const pieces = 300
		for i := range pieces {
			a, b := -10+20*float64(i)/pieces, -10+20*float64(i+1)/pieces
			sum += quad.Fixed(func(y float64) float64 { return math.Exp(m.LogLikelihood(Spend{x, math.Exp(y)}) + y) }, a, b, 8, nil, 0)
			mean += quad.Fixed(func(y float64) float64 { return math.Exp(m.LogLikelihood(Spend{x, math.Exp(y)}) + 2*y) }, a, b, 8, nil, 0)
		}
		want, _ := m.Population()
		if !near(sum, 1, 1e-6) || !near(mean, want, 1e-3) {
			t.Errorf("x = %d: sums to %v, mean %v of %v", x, sum, mean, want)
		}
		// Brute force over everybody's ν.
		s := Spend{x, 41}
		n := float64(x)
		density := func(rate float64) float64 { // of a mean of x draws of Gamma(p, rate)
			return math.Exp(m.P*n*math.Log(n*rate) - lgamma(m.P*n) + (m.P*n-1)*math.Log(s.Mean) - n*rate*s.Mean)
		}
		brute := overGamma(m.Q, m.Gamma, density)
		if got := math.Exp(m.LogLikelihood(s)); !near(got, brute, 1e-6) {
			t.Errorf("x = %d: %v, brute force %v", x, got, brute)
		}
		conditional := overGamma(m.Q, m.Gamma, func(rate float64) float64 { return density(rate) * m.P / rate }) / brute
		if got, _ := m.Expected(s); !near(got, conditional, 1e-6) {
			t.Errorf("x = %d: expects %v, brute force %v", x, got, conditional)
		}
	}
	if _, ok := (GammaGamma{1, 0.9, 3}).Population(); ok {
		t.Error("a mean where there is none")
	}
	same := make([]Spend, 50)
	for i := range same {
		same[i] = Spend{1 + i%3, 9.5}
	}
	if _, err := FitGammaGamma(same); err == nil || err.Error() != reasons[SameValue].EN {
		t.Errorf("everybody's purchases are worth the same: %v", err)
	}
}

// TestDiscountedIsTheIntegral holds it against sums over short steps, from people
// just seen to old ones and over any horizon.
func TestDiscountedIsTheIntegral(t *testing.T) {
	for _, m := range []Model{BGNBD{0.243, 4.414, 0.793, 2.426}, BGNBD{2, 1, 0.3, 0.4}, ParetoNBD{0.553, 10.578, 0.606, 11.669}, ParetoNBD{2, 1, 3, 0.5}} {
		for _, r := range []Row{{People: 1}, {X: 3, Recency: 20, Age: 25, People: 1}, {X: 90, Recency: 300, Age: 301, People: 1}} {
			for _, horizon := range []float64{1, 156, 1500} {
				const rate, steps = 0.0018, 4000
				sum, before := 0.0, 0.0
				for i := range steps {
					end := horizon * math.Pow(float64(i+1)/steps, 2)
					begin := horizon * math.Pow(float64(i)/steps, 2)
					now := m.Expected(r, end)
					sum += (now - before) * math.Exp(-rate*(begin+end)/2)
					before = now
				}
				if got := m.Discounted(r, horizon, rate); !near(got, sum, 1e-5) {
					t.Errorf("%+v %+v over %v: %v, step by step %v", m, r, horizon, got, sum)
				}
			}
		}
	}
}
