package acquisition

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strings"
	"time"

	"fishpond/internal/acquisition/acquisitionevent"
	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// The reference reads the log as plainly as possible and shares nothing with
// the module but the events.

type refTouch struct {
	at      time.Time
	seq     int64
	arrival acquisitionevent.Arrival
}

type refOrder struct {
	at               time.Time
	seq              int64
	id               string
	amount, refunded int64 // in CNY
	raw, rawBack     int64
	lone             bool
}

type refTie struct {
	at   time.Time
	seq  int64
	who  string
	ends bool
}

type refPerson struct {
	touches []refTouch
	orders  []*refOrder
	ties    []refTie
}

func refPeople(events []timeline.Event) map[string]*refPerson {
	speaker := map[string]string{}
	for _, e := range events {
		if e.Kind == poolevent.Merged || e.Kind == poolevent.Split {
			var m poolevent.Merge
			refDecode(e, &m)
			for _, id := range m.Members {
				speaker[id] = m.WinnerID
				if e.Kind == poolevent.Split {
					speaker[id] = m.LoserID
				}
			}
		}
	}
	out := map[string]*refPerson{}
	of := func(id string) *refPerson {
		if s := speaker[id]; s != "" {
			id = s
		}
		if out[id] == nil {
			out[id] = &refPerson{}
		}
		return out[id]
	}
	var refunds []timeline.Event
	for _, e := range events {
		seq := e.Position.Seq
		switch e.Kind {
		case acquisitionevent.Arrived:
			var a acquisitionevent.Arrival
			refDecode(e, &a)
			p := of(e.PersonID)
			p.touches = append(p.touches, refTouch{e.OccurredAt, seq, a})
			if a.Way == "friend" {
				p.ties = append(p.ties, refTie{e.OccurredAt, seq, a.AccountID + "/" + a.UserID, false})
			}
		case carrierevent.FriendRemoved:
			var f carrierevent.Friend
			refDecode(e, &f)
			p := of(e.PersonID)
			p.ties = append(p.ties, refTie{e.OccurredAt, seq, f.AccountID + "/" + f.UserID, true})
		case mallevent.OrderPaid:
			var o mallevent.Order
			refDecode(e, &o)
			r := &refOrder{at: e.OccurredAt, seq: seq, id: o.OrderID, raw: o.AmountMinor}
			if o.Currency == "CNY" {
				r.amount = o.AmountMinor
			}
			of(e.PersonID).orders = append(of(e.PersonID).orders, r)
		case mallevent.OrderRefunded:
			refunds = append(refunds, e)
		}
	}
	for _, p := range out {
		slices.SortFunc(p.touches, func(a, b refTouch) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.seq, b.seq)) })
		slices.SortFunc(p.orders, func(a, b *refOrder) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.seq, b.seq)) })
		slices.SortFunc(p.ties, func(a, b refTie) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.seq, b.seq)) })
	}
	for _, e := range refunds {
		var r mallevent.Refund
		refDecode(e, &r)
		p := of(e.PersonID)
		i := slices.IndexFunc(p.orders, func(o *refOrder) bool { return !o.lone && r.OrderID != "" && o.id == r.OrderID })
		if i < 0 {
			p.orders = append(p.orders, &refOrder{at: e.OccurredAt, refunded: r.AmountMinor, lone: true})
			continue
		}
		p.orders[i].refunded += r.AmountMinor
		p.orders[i].rawBack += r.AmountMinor
	}
	return out
}

func refDecode(e timeline.Event, v any) {
	if err := json.Unmarshal(e.Data, v); err != nil {
		panic(err)
	}
}

// refShares are exact shares of n touches.
func refShares(model string, n int) []*big.Rat {
	out := make([]*big.Rat, n)
	for i := range out {
		out[i] = big.NewRat(0, 1)
	}
	switch {
	case n == 1 || model == "first":
		out[0] = big.NewRat(1, 1)
	case model == "last":
		out[n-1] = big.NewRat(1, 1)
	case model == "linear" || n == 2:
		for i := range out {
			out[i] = big.NewRat(1, int64(n))
		}
	default:
		for i := range out {
			out[i] = big.NewRat(1, 5*int64(n-2))
		}
		out[0], out[n-1] = big.NewRat(2, 5), big.NewRat(2, 5)
	}
	return out
}

// refSplit is the largest remainder by exact arithmetic.
func refSplit(amount int64, shares []*big.Rat) []int64 {
	out := make([]int64, len(shares))
	type rest struct {
		i int
		r *big.Rat
	}
	var rests []rest
	left := int64(math.Abs(float64(amount)))
	for i, s := range shares {
		exact := new(big.Rat).Mul(s, big.NewRat(int64(math.Abs(float64(amount))), 1))
		floor := new(big.Int).Quo(exact.Num(), exact.Denom()).Int64()
		out[i] = floor
		left -= floor
		rests = append(rests, rest{i, exact.Sub(exact, big.NewRat(floor, 1))})
	}
	slices.SortStableFunc(rests, func(a, b rest) int { return b.r.Cmp(a.r) })
	for _, r := range rests[:left] {
		out[r.i]++
	}
	if amount < 0 {
		for i := range out {
			out[i] = -out[i]
		}
	}
	return out
}

// refCell is what is credited to one source in one month.
type refCell struct {
	arrival acquisitionevent.Arrival
	month   string
}

type refSum struct{ persons, known, first, repeat, ripe, soon, friends, staying, orders, gmv, refunded, cost int64 }

type refBook struct {
	cells  map[refCell]*refSum
	back   map[string]int64 // "month offset" → net
	nobody refSum
}

func (b *refBook) at(a acquisitionevent.Arrival, month string) *refSum {
	k := refCell{a, month}
	if b.cells[k] == nil {
		b.cells[k] = &refSum{}
	}
	return b.cells[k]
}

func refMonths(from, to time.Time, zone *time.Location) int {
	f, t := from.In(zone), to.In(zone)
	return (t.Year()-f.Year())*12 + int(t.Month()) - int(f.Month())
}

func refDraw(people map[string]*refPerson, model string, window time.Duration, zone *time.Location, now time.Time) *refBook {
	b := &refBook{cells: map[refCell]*refSum{}, back: map[string]int64{}}
	month := func(t time.Time) string { return t.In(zone).Format("2006-01") }
	for _, p := range people {
		for _, o := range p.orders {
			var touches []refTouch
			for _, t := range p.touches {
				if !t.at.After(o.at) && o.at.Sub(t.at) <= window {
					touches = append(touches, t)
				}
			}
			count := int64(10000)
			if o.lone {
				count = 0
			}
			if len(touches) == 0 {
				if m := month(o.at); m >= "2025-07" && m <= "2026-06" {
					b.nobody.orders += count
					b.nobody.gmv += o.amount
					b.nobody.refunded += o.refunded
				}
				continue
			}
			shares := refShares(model, len(touches))
			c, g, r := refSplit(count, shares), refSplit(o.amount, shares), refSplit(o.refunded, shares)
			for i, t := range touches {
				s := b.at(t.arrival, month(o.at))
				s.orders, s.gmv, s.refunded = s.orders+c[i], s.gmv+g[i], s.refunded+r[i]
			}
		}
		if len(p.touches) == 0 {
			continue
		}
		first := p.touches[0]
		var mine []refTouch
		for _, t := range p.touches {
			if t.at.Sub(first.at) <= window {
				mine = append(mine, t)
			}
		}
		shares := refShares(model, len(mine))
		bought, soon, known := 0, int64(0), false
		net := map[int]int64{}
		for _, o := range p.orders {
			if !o.at.Before(first.at) {
				net[refMonths(first.at, o.at, zone)] += o.amount - o.refunded
			}
			if o.lone || o.rawBack > 0 && o.rawBack >= o.raw {
				continue
			}
			if o.at.Before(first.at) {
				known = true
				continue
			}
			bought++
			if o.at.Sub(first.at) <= 30*24*time.Hour {
				soon++
			}
		}
		ripe := now.Sub(first.at) >= 30*24*time.Hour
		staying := false
		for who := range maps.Keys(refStanding(p.ties, first.at.Add(30*24*time.Hour))) {
			staying = staying || who != ""
		}
		for i, share := range refSplit(10000, shares) {
			s := b.at(mine[i].arrival, month(first.at))
			add := func(to *int64, yes bool, n int64) {
				if yes {
					*to += share * n
				}
			}
			add(&s.persons, true, 1)
			add(&s.known, known, 1)
			add(&s.first, bought > 0, 1)
			add(&s.repeat, bought > 1, 1)
			add(&s.ripe, ripe, 1)
			add(&s.soon, ripe, soon)
			add(&s.friends, ripe && first.arrival.Way == "friend", 1)
			add(&s.staying, ripe && first.arrival.Way == "friend" && staying, 1)
		}
		for offset, n := range net {
			b.back[fmt.Sprint(month(first.at), " ", offset)] += n
		}
	}
	return b
}

func refStanding(ties []refTie, at time.Time) map[string]bool {
	out := map[string]bool{}
	for _, t := range ties {
		if !t.at.After(at) {
			out[t.who] = true
			if t.ends {
				delete(out, t.who)
			}
		}
	}
	return out
}

// refReport adds cells and costs up by what a report is asked for.
func (w *world) refReport(by string, b *refBook, costs []cost) (rows map[string]*refSum, total refSum) {
	var t *tree
	var order []string
	w.must(w.db.Read(w.ctx(), org, func(tx *db.Tx) (err error) {
		if t, err = treeOf(w.ctx(), tx, org); err != nil {
			return err
		}
		sources, err := sourcesOf(w.ctx(), tx, org)
		for _, no := range slices.Sorted(maps.Keys(sources)) {
			order = append(order, sources[no].key())
		}
		return err
	}))
	parents := func(id string) (out []string) { // from the channel up
		for n := t.nodes[id]; n != nil; n = t.nodes[n.parent] {
			out = append(out, n.id)
		}
		return out
	}
	rows = map[string]*refSum{}
	keys := func(a acquisitionevent.Arrival, month, channel string) []string {
		up := parents(channel)
		switch by {
		case "month":
			return []string{month}
		case "staff":
			return []string{a.StaffID}
		case "code":
			return []string{a.CodeID}
		case "link":
			return []string{a.LinkID}
		case "channel":
			if len(up) == 0 {
				return []string{""}
			}
			return up
		}
		if len(up) == 0 {
			return []string{""}
		}
		deep := map[string]int{"platform": 1, "campaign": 2, "entrance": 3}[by]
		return []string{up[max(0, len(up)-deep)]}
	}
	put := func(k []string, fn func(*refSum)) {
		fn(&total)
		for _, key := range k {
			if rows[key] == nil {
				rows[key] = &refSum{}
			}
			fn(rows[key])
		}
	}
	for c, s := range b.cells {
		if c.month < "2025-07" || c.month > "2026-06" {
			continue
		}
		put(keys(c.arrival, c.month, c.arrival.ChannelID), func(to *refSum) {
			to.persons += s.persons
			to.known += s.known
			to.first += s.first
			to.repeat += s.repeat
			to.ripe += s.ripe
			to.soon += s.soon
			to.friends += s.friends
			to.staying += s.staying
			to.orders += s.orders
			to.gmv += s.gmv
			to.refunded += s.refunded
		})
	}
	spent := map[[2]string]int64{}
	for _, c := range costs {
		if m := dayName(c.day)[:7]; m >= "2025-07" && m <= "2026-06" {
			spent[[2]string{c.channel, m}] += c.minor
		}
	}
	for k, minor := range spent {
		var cells []refCell
		var persons int64
		for c, s := range b.cells {
			if c.month == k[1] && s.persons > 0 && slices.Contains(parents(c.arrival.ChannelID), k[0]) {
				cells = append(cells, c)
				persons += s.persons
			}
		}
		if len(cells) == 0 {
			put(keys(acquisitionevent.Arrival{}, k[1], k[0]), func(s *refSum) { s.cost += minor })
			continue
		}
		slices.SortFunc(cells, func(x, y refCell) int {
			return cmp.Compare(slices.Index(order, refKey(x.arrival)), slices.Index(order, refKey(y.arrival)))
		})
		var shares []*big.Rat
		for _, c := range cells {
			shares = append(shares, big.NewRat(b.cells[c].persons, persons))
		}
		for i, part := range refSplit(minor, shares) {
			put(keys(cells[i].arrival, k[1], cells[i].arrival.ChannelID), func(s *refSum) { s.cost += part })
		}
	}
	return rows, total
}

func refKey(a acquisitionevent.Arrival) string {
	return strings.Join([]string{a.Way, a.ChannelID, a.EntranceID, a.CodeID, a.LinkID, a.BatchID, a.FormID, a.StaffID, a.AccountID, a.UserID}, "\x1f")
}

// refFigures is a sum as a report shows it.
func refFigures(s refSum) string {
	div := func(a, b int64) string {
		if b == 0 {
			return "-"
		}
		return fmt.Sprintf("%.9f", float64(a)/float64(b))
	}
	cac := "-"
	if s.persons > 0 {
		cac = fmt.Sprint(int64(math.Round(float64(s.cost) / (float64(s.persons) / 10000))))
	}
	return fmt.Sprintf("cost %d persons %.4f cac %s known %.4f first %s repeat %s ripe %.4f soon %s stay %s orders %.4f gmv %d back %d roi %s", s.cost, float64(s.persons)/10000, cac,
		float64(s.known)/10000, div(s.first, s.persons), div(s.repeat, s.persons), float64(s.ripe)/10000, div(s.soon, s.ripe), div(s.staying, s.friends), float64(s.orders)/10000,
		s.gmv, s.refunded, div(s.gmv-s.refunded, s.cost))
}

func figuresText(f Figures) string {
	num := func(n *float64) string {
		if n == nil {
			return "-"
		}
		return fmt.Sprintf("%.9f", *n)
	}
	cac := "-"
	if f.CACMinor != nil {
		cac = fmt.Sprint(*f.CACMinor)
	}
	return fmt.Sprintf("cost %d persons %.4f cac %s known %.4f first %s repeat %s ripe %.4f soon %s stay %s orders %.4f gmv %d back %d roi %s", f.CostMinor, f.Persons, cac,
		f.KnownBefore, num(f.ReachedFirst), num(f.ReachedRepeat), f.RipePersons, num(f.Orders30), num(f.StillFriend30), f.Orders, f.GMVMinor, f.RefundedMinor, num(f.ROI))
}
