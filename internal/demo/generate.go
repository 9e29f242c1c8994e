package demo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/mall/mallevent"
)

// months is how long the brand has existed on its last day.
const months = 18

// Person is one invented customer with everything that ever happened.
type Person struct {
	Number   int // 1…n
	Name     string
	Gender   string // female, male or empty
	Birthday string // YYYY-MM-DD or empty
	Region   string
	Phone    string // of a range that is not given out to anybody
	Email    string // at .example, or empty
	WeCom    string // external user id, or empty
	Channel  string // key of its Entrance
	Owner    int    // which of the staff, from 0
	Tags     []string
	Income   string
	Arrived  time.Time
	Events   []Event // oldest first
}

// Event is something that happened to a Person.
type Event struct {
	At   time.Time
	Kind string
	Key  string // unique in the brand
	Data any
}

// Brandscape makes people one by one.
type Brandscape struct {
	seed uint64
	end  time.Time
}

// NewBrandscape returns the brand for a seed as it looks on the morning of
// end's day.
func NewBrandscape(seed uint64, end time.Time) *Brandscape {
	return &Brandscape{seed: seed, end: end.UTC().Truncate(24 * time.Hour)}
}

// Start is the day on which the brand opened.
func (b *Brandscape) Start() time.Time { return b.end.AddDate(0, -months, 0) }

// Person makes customer number n, from 1. Each is independent of the others,
// so a larger brand begins with the people of a smaller one.
//
// Who buys, how often and for how long follows the BG/NBD story (Fader,
// Hardie & Lee 2005): a gamma-distributed rate of buying, and after each order
// a beta-distributed chance to be gone.
func (b *Brandscape) Person(n int) Person {
	r := rand.New(rand.NewPCG(b.seed, uint64(n)))
	p := Person{Number: n, Gender: []string{"female", "female", "female", "male", "male", ""}[r.IntN(6)], Owner: r.IntN(len(staff))}
	p.Name = string(surnames[r.IntN(len(surnames))]) + string(given[r.IntN(len(given))])
	if r.IntN(3) > 0 {
		p.Name += string(given[r.IntN(len(given))])
	}
	p.Region = regions[pick(r, len(regions), func(i int) float64 { return regions[i].weight })].name
	ch := channels[pick(r, len(channels), func(i int) float64 { return channels[i].weight })]
	p.Channel = ch.key
	p.Arrived = b.arrival(r)
	p.Phone = fmt.Sprintf("+86199%08d", n) // dense and invented
	if r.IntN(4) > 0 {
		p.WeCom = fmt.Sprintf("wmDEMO%012d", n)
	}
	if r.IntN(3) == 0 {
		p.Email = fmt.Sprintf("demo%06d@fishpond.example", n)
	}
	if r.IntN(2) == 0 {
		p.Birthday = time.Date(1960+r.IntN(44), time.Month(1+r.IntN(12)), 1+r.IntN(28), 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	}
	p.Income = []string{"", "5k-10k", "10k-20k", "20k-40k", "40k+"}[r.IntN(5)]
	for _, t := range tags {
		if r.Float64() < t.share {
			p.Tags = append(p.Tags, t.name)
		}
	}
	p.add(p.Arrived, carrierevent.FriendAdded, carrierevent.Friend{AccountKind: "wecom", ExternalID: p.WeCom, Channel: ch.key, Entrance: ch.key, First: true})
	b.buy(r, &p, ch)
	b.talk(r, &p)
	sort.SliceStable(p.Events, func(i, j int) bool { return p.Events[i].At.Before(p.Events[j].At) })
	for i := range p.Events {
		p.Events[i].Key = fmt.Sprintf("demo:%d:%d", n, i)
	}
	return p
}

func (p *Person) add(at time.Time, kind string, data any) {
	p.Events = append(p.Events, Event{At: at, Kind: kind, Data: data})
}

// arrival: the brand grows, and shopping festivals bring waves.
func (b *Brandscape) arrival(r *rand.Rand) time.Time {
	days := b.end.Sub(b.Start()).Hours() / 24
	for {
		d := math.Pow(r.Float64(), .8) * days
		at := b.daytime(r, b.Start().AddDate(0, 0, int(d)))
		if at.Before(b.end) && r.Float64() < festival(at)/2.6 {
			return at
		}
	}
}

// daytime is some moment of a day between 8 and 23 o'clock in China, busier
// in the evening.
func (b *Brandscape) daytime(r *rand.Rand, day time.Time) time.Time {
	hour := 8 + 15*math.Max(r.Float64(), r.Float64())
	return day.Add(time.Duration((hour - 8) * float64(time.Hour))).Truncate(time.Second)
}

// festival is how lively a day is against an ordinary one.
func festival(t time.Time) float64 {
	switch md := int(t.Month())*100 + t.Day(); {
	case md >= 1105 && md <= 1112:
		return 2.6
	case md >= 610 && md <= 619:
		return 2.1
	case md >= 901 && md <= 925:
		return 1.5
	case md >= 105 && md <= 125:
		return 1.6
	case md >= 126 && md <= 212:
		return .6
	case md >= 320 && md <= 420:
		return 1.5
	}
	return 1
}

func (b *Brandscape) buy(r *rand.Rand, p *Person, ch channel) {
	if r.Float64() > ch.convert {
		return
	}
	everyDays := 22 + 55/gamma(r, 1.6)                  // mean days between orders
	leave := math.Min(.9, .33/ch.loyalty*r.Float64()*2) // chance to be gone after an order
	at := p.Arrived.Add(time.Duration(r.ExpFloat64() * 3 * 24 * float64(time.Hour)))
	for n := 0; at.Before(b.end); n++ {
		at = b.daytime(r, at.Truncate(24*time.Hour))
		if at.Before(p.Arrived) {
			at = p.Arrived.Add(20 * time.Minute)
		}
		if !at.Before(b.end) {
			return
		}
		b.order(r, p, at, n)
		if r.Float64() < leave {
			return
		}
		at = at.Add(time.Duration((3 + r.ExpFloat64()*everyDays/festival(at)) * 24 * float64(time.Hour)))
	}
}

func (b *Brandscape) order(r *rand.Rand, p *Person, at time.Time, n int) {
	o := mallevent.Order{OrderID: fmt.Sprintf("D%06d-%02d", p.Number, n+1), Currency: "CNY", Region: p.Region}
	lines := 1 + min(4, int(r.ExpFloat64()*.9))
	seen := map[string]bool{}
	for range lines {
		x := products[pick(r, len(products), func(i int) float64 { return products[i].weight * liking(products[i].season, at) })]
		if seen[x.sku] {
			continue
		}
		seen[x.sku] = true
		quantity := int64(1)
		if r.IntN(5) == 0 {
			quantity = int64(2 + r.IntN(3))
		}
		amount := x.priceMinor * quantity
		if festival(at) > 2 {
			amount = amount * 85 / 100
		}
		o.Items = append(o.Items, mallevent.Item{SKU: x.sku, Name: x.name, Quantity: fmt.Sprint(quantity), AmountMinor: amount})
		o.AmountMinor += amount
	}
	p.add(at, mallevent.OrderPaid, o)
	if r.Float64() < .035 {
		back := at.Add(time.Duration(1+r.IntN(9)) * 24 * time.Hour)
		if back.Before(b.end) {
			item := o.Items[0]
			p.add(back, mallevent.OrderRefunded, mallevent.Refund{RefundID: "R" + o.OrderID, OrderID: o.OrderID, AmountMinor: item.AmountMinor, Currency: "CNY", Items: []mallevent.Item{item}})
		}
	}
}

// liking is how much a season's product is wanted at a time.
func liking(s season, at time.Time) float64 {
	m := at.Month()
	in := false
	switch s {
	case spring:
		in = m >= 3 && m <= 5
	case summer:
		in = m >= 5 && m <= 8
	case autumn:
		in = m >= 9 && m <= 11
	case winter:
		in = m == 12 || m <= 2
	case gifting:
		in = m == 1 || m == 9
	}
	if in {
		return 2.2
	}
	return .9
}

// open adds who opened what was sent to them: buyers more often than others.
func (b *Brandscape) open(r *rand.Rand, p *Person) {
	share := .18
	if len(moments(p)) > 1 {
		share = .42
	}
	for _, e := range slices.Clone(p.Events) {
		if e.Kind != "message.sent" || r.Float64() >= share {
			continue
		}
		if at := e.At.Add(time.Duration((2 + r.ExpFloat64()*240) * float64(time.Minute))); at.Before(b.end) {
			p.add(at, "message.opened", map[string]string{"carrier": "wecom"})
		}
	}
}

// moments are when somebody was here for sure: when they came, and when they
// bought.
func moments(p *Person) []time.Time {
	out := []time.Time{p.Arrived}
	for _, e := range p.Events {
		if e.Kind == mallevent.OrderPaid {
			out = append(out, e.At)
		}
	}
	return out
}

// talk adds visits and messages: dense in the first days, around orders, and
// thinning out.
func (b *Brandscape) talk(r *rand.Rand, p *Person) {
	for _, m := range moments(p) {
		for range min(6, int(r.ExpFloat64()*1.4)) {
			if at := m.Add(time.Duration((r.NormFloat64()*36 - 12) * float64(time.Hour))); at.After(p.Arrived) && at.Before(b.end) {
				p.add(at, "page.viewed", map[string]string{"title": pages[r.IntN(len(pages))]})
			}
		}
		if r.IntN(3) == 0 {
			if at := m.Add(time.Duration(r.ExpFloat64()*20*60) * time.Second); at.After(p.Arrived) && at.Before(b.end) {
				p.add(at, "message.received", map[string]string{"text": asks[r.IntN(len(asks))]})
				p.add(at.Add(time.Duration(1+r.IntN(90))*time.Minute), "message.sent", map[string]string{"text": "您好，" + staff[p.Owner] + "为您服务。", "staff": staff[p.Owner]})
			}
		}
	}
	for at := p.Arrived.AddDate(0, 0, 20+r.IntN(30)); at.Before(b.end); at = at.AddDate(0, 0, 25+r.IntN(40)) {
		p.add(b.daytime(r, at.Truncate(24*time.Hour)), "message.sent", map[string]string{"text": messages[r.IntN(len(messages))], "staff": staff[p.Owner]})
	}
	b.open(r, p)
	kept := p.Events[:0]
	for _, e := range p.Events { // a reply may have slipped past the last day
		if e.At.Before(b.end) {
			kept = append(kept, e)
		}
	}
	p.Events = kept
}

// pick draws an index with probability proportional to its weight.
func pick(r *rand.Rand, n int, weight func(int) float64) int {
	total := 0.0
	for i := range n {
		total += weight(i)
	}
	x := r.Float64() * total
	for i := range n {
		if x -= weight(i); x < 0 {
			return i
		}
	}
	return n - 1
}

// gamma draws from a gamma distribution with the given shape ≥ 1 and scale
// 1/shape, so its mean is 1 (Marsaglia & Tsang 2000).
func gamma(r *rand.Rand, shape float64) float64 {
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(1-r.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v / shape
		}
	}
}
