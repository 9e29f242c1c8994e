package clv

import (
	"cmp"
	"slices"
)

// Options say what is asked of a book.
type Options struct {
	// CalibrationEnd is the last day that models see when they are held to their
	// word; 0: two thirds of the time.
	CalibrationEnd Day
	// UnitDays is how many days the unit of time has, in which parameters are
	// given; 0: 7.
	UnitDays float64
	// Discount is the yearly rate at which later money counts less; 0.1 is 10 %.
	Discount float64
	// Horizon is for how many days the value of a person is summed up; 0: 1,095.
	Horizon int
	// Amounts: the book has amounts.
	Amounts bool
}

const (
	defaultUnit    = 7
	defaultHorizon = 3 * 365
	yearDays       = 365.25
)

// ValueAhead is what all people together will do within some days.
type ValueAhead struct {
	Days   int      `json:"days"`
	Orders float64  `json:"orders"`
	Worth  *float64 `json:"worth,omitempty"`
}

// AliveShare is one of ten parts of all people, by the probability that they will still
// buy or by what they are worth.
type AliveShare struct {
	From   float64 `json:"from"`
	To     float64 `json:"to"`
	People int64   `json:"people"`
}

// LifetimeValue is what people are worth from now on, later money discounted.
type LifetimeValue struct {
	Days     int     `json:"days"`
	Discount float64 `json:"discount"` // a year
	Total    float64 `json:"total"`
	Mean     float64 `json:"mean"`
	Median   float64 `json:"median"`
	P90      float64 `json:"p90"`
	// TopTenth is which part of Total the tenth of people brings that is worth most.
	TopTenth float64 `json:"top_tenth_share"`
}

// ValuePopulation is everybody as of the last day.
type ValuePopulation struct {
	People int64 `json:"people"`
	// Alive is how many of them, on average, will still buy.
	Alive float64      `json:"alive"`
	Ahead []ValueAhead `json:"ahead"`
	// Curve is the same over a wider grid of spans, from which Within answers for
	// any span.
	Curve    []ValueAhead   `json:"curve"`
	Alives   []AliveShare   `json:"alive_distribution"`
	Lifetime *LifetimeValue `json:"lifetime,omitempty"`
	// Returned is how many had everything paid back; their purchases count, their
	// value is nought.
	Returned int64 `json:"returned_everything,omitempty"`
}

// ValueResult is all there is to say of a book.
type ValueResult struct {
	People    int64   `json:"people"`
	Repeaters int64   `json:"repeaters"` // who bought on two days or more
	Purchases int64   `json:"purchases"` // days on which somebody bought
	Paid      float64 `json:"paid,omitempty"`
	Refunded  float64 `json:"refunded,omitempty"`
	First     string  `json:"first,omitempty"`
	Last      string  `json:"last,omitempty"`
	UnitDays  float64 `json:"unit_days"`
	// Rows is how many different (x, t_x, T) there are.
	Rows int `json:"distinct_rows"`

	Refusal      *ValueRefusal    `json:"refusal,omitempty"` // nothing can be told
	Models       []FittedModel    `json:"models,omitempty"`  // the likelier one first; it is the one used
	Value        *FittedValue     `json:"value,omitempty"`
	ValueRefusal *ValueRefusal    `json:"value_refusal,omitempty"`
	Population   *ValuePopulation `json:"population,omitempty"`

	Validation        *ValueValidation `json:"validation,omitempty"`
	ValidationRefusal *ValueRefusal    `json:"validation_refusal,omitempty"`

	// Customers are the people, in the order of their numbers, for who wants them one
	// by one.
	Customers []Customer `json:"-"`
	Horizon   int        `json:"horizon_days"`
	Discount  float64    `json:"discount"` // a year
}

// Analyse fits, checks and sums up.
func (b *Book) Analyse(o Options) ValueResult {
	o.UnitDays = cmp.Or(o.UnitDays, defaultUnit)
	o.Horizon = cmp.Or(o.Horizon, defaultHorizon)
	b.settle()
	r := ValueResult{UnitDays: o.UnitDays, Purchases: int64(len(b.lines)), Horizon: o.Horizon, Discount: o.Discount}
	if err := r.read(b, o); err != nil {
		r.Refusal = asRefusal(err)
		return r
	}
	rows := rowsOf(r.Customers)
	r.Rows = len(rows)
	fits, err := fitBoth(rows)
	if err != nil {
		r.Refusal = asRefusal(err)
		return r
	}
	r.Models = fits
	r.value(o)
	r.population(rows, o)
	end := o.CalibrationEnd
	if end == 0 {
		first, last := b.span()
		end = first + (last-first)*2/3
	}
	if r.Validation, err = b.validate(end, o.UnitDays, o.Amounts); err != nil {
		r.ValidationRefusal = asRefusal(err)
	}
	return r
}

func asRefusal(err error) *ValueRefusal {
	r, _ := err.(*ValueRefusal) //nolint:errorlint // nothing in this package wraps one
	return r
}

// read takes stock, and refuses what no model can be fitted to.
func (r *ValueResult) read(b *Book, o Options) error {
	if len(b.lines) == 0 {
		return refuse(NoOrders)
	}
	first, last := b.span()
	r.First, r.Last = first.String(), last.String()
	for _, l := range b.lines {
		r.Paid += l.amount
	}
	for _, l := range b.refunds {
		r.Refunded += l.amount
	}
	r.Customers = b.customers(last, o.UnitDays)
	r.People = int64(len(r.Customers))
	for _, c := range r.Customers {
		if c.X > 0 {
			r.Repeaters++
		}
	}
	if first == last {
		return refuse(OneDay)
	}
	if r.Repeaters == 0 {
		return refuse(OneOrderEach)
	}
	if err := b.gap(); err != nil {
		return err
	}
	if r.People < fewestPeople || r.Repeaters < fewestRepeaters {
		return refuse(TooFew)
	}
	if last-first < shortestDays {
		return refuse(TooShort)
	}
	return nil
}

func (r *ValueResult) value(o Options) {
	switch {
	case !o.Amounts:
		r.ValueRefusal = refuse(NoAmounts)
	case r.Paid-r.Refunded <= 0:
		r.ValueRefusal = refuse(NegativeTotals)
	default:
		fit, err := FitGammaGamma(spendsOf(r.Customers))
		if err != nil {
			r.ValueRefusal = asRefusal(err)
			return
		}
		r.Value = &fit
	}
}

// aheadDays are the spans for which all people together are told.
var aheadDays = [...]int{30, 90, 365}

// curveDays are those from which the others are told, aheadDays among them: closer
// where the curve bends more.
var curveDays = [...]int{7, 30, 90, 180, 365, 545, 730, 1095, 1460, 1825, 2555, MostDays}

// MostDays is how far ahead anything is told.
const MostDays = 3650

func (r *ValueResult) population(rows []Row, o Options) {
	m := r.Models[0].Model
	p := &ValuePopulation{People: r.People, Alives: make([]AliveShare, 10)}
	r.Population = p
	for i := range p.Alives {
		p.Alives[i] = AliveShare{From: float64(i) / 10, To: float64(i+1) / 10}
	}
	for i, alive := range each(rows, m.Alive) {
		n := rows[i].People
		p.Alive += alive * float64(n)
		p.Alives[min(9, int(alive*10))].People += n
	}
	at := locate(rows, r.Customers)
	for _, days := range curveDays {
		a := ValueAhead{Days: days}
		orders := each(rows, func(row Row) float64 { return m.Expected(row, float64(days)/o.UnitDays) })
		worth := 0.0
		for i, c := range r.Customers {
			a.Orders += orders[at[i]]
			if r.Value != nil {
				worth += orders[at[i]] * r.Value.worth(c)
			}
		}
		if r.Value != nil {
			a.Worth = &worth
		}
		p.Curve = append(p.Curve, a)
		if slices.Contains(aheadDays[:], days) {
			p.Ahead = append(p.Ahead, a)
		}
	}
	for _, c := range r.Customers {
		if c.Returned {
			p.Returned++
		}
	}
	if r.Value == nil {
		return
	}
	discounted := each(rows, func(row Row) float64 { return m.Discounted(row, float64(o.Horizon)/o.UnitDays, r.rate()) })
	values := make([]float64, len(r.Customers))
	l := &LifetimeValue{Days: o.Horizon, Discount: o.Discount}
	for i, c := range r.Customers {
		values[i] = discounted[at[i]] * r.Value.worth(c)
		l.Total += values[i]
	}
	slices.Sort(values)
	n := len(values)
	l.Mean, l.Median, l.P90 = l.Total/float64(n), values[n/2], values[n*9/10]
	top := 0.0
	for _, v := range values[n-n/10:] {
		top += v
	}
	if l.Total > 0 {
		l.TopTenth = top / l.Total
	}
	p.Lifetime = l
}
