package app

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"fishpond/internal/acquisition/acquisitionevent"
	"fishpond/internal/insight/economics"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

// pondWorld is a brand with people, arrivals, orders, refunds, merges and costs of
// a fixed seed, told to the log directly.
type pondWorld struct {
	t        *testing.T
	h        *house
	b        *brand
	people   []string
	channels []string          // the platform and two entrances below it
	speaks   map[string]string // merged → who speaks for them
}

func newPondWorld(t *testing.T, e db.Engine, seed uint64, people int) *pondWorld {
	t.Helper()
	w := &pondWorld{t: t, h: newHouse(t, e), speaks: map[string]string{}}
	w.b = w.h.brand(t, "Ours")
	r := rand.New(rand.NewPCG(8, seed))
	channel := func(name, parent string) string {
		var c struct{ ID string }
		w.b.must(t, 201, "POST", "/channels", fmt.Sprintf(`{"name":%q,"parent_id":%q}`, name, parent), &c)
		w.channels = append(w.channels, c.ID)
		return c.ID
	}
	top := channel("Douyin", "")
	campaign := channel("Spring", top)
	channel("Stream", campaign)
	channel("Video", campaign)
	channel("Leaflets", "")
	now := time.Now().UTC().Truncate(time.Second)
	for i := range people {
		var p struct{ ID string }
		w.b.must(t, 201, "POST", "/persons", fmt.Sprintf(`{"name":"P%d","identities":[{"kind":"phone","value":"1380013%04d"}]}`, i, i), &p)
		w.people = append(w.people, p.ID)
		var facts []timeline.Fact
		tell := func(kind string, at time.Time, data any) {
			if at.Before(now) {
				facts = append(facts, timeline.Fact{Kind: kind, PersonID: p.ID, OccurredAt: at, Data: data})
			}
		}
		at := now.Add(-time.Duration(r.IntN(400*24*60)) * time.Minute)
		if r.IntN(6) > 0 {
			for k := range 1 + r.IntN(2) {
				ch := w.channels[2+r.IntN(3)]
				a := acquisitionevent.Arrival{Way: acquisitionevent.ByLink, ChannelID: ch, EntranceID: ch, StaffID: []string{w.b.owner, "stf_other", ""}[r.IntN(3)],
					AccountID: []string{"acc_1", "acc_2"}[r.IntN(2)], CodeID: []string{"cod_1", "cod_2", ""}[r.IntN(3)], LinkID: []string{"lnk_1", "", "lnk_2"}[(i+k)%3]}
				tell(acquisitionevent.Arrived, at.Add(time.Duration(k*r.IntN(40))*24*time.Hour), a)
			}
		}
		when := at.Add(time.Duration(r.IntN(20*24)-48) * time.Hour)
		for k := range r.IntN(6) {
			id := fmt.Sprintf("o%d-%d", i, k)
			currency := "CNY"
			if r.IntN(15) == 0 {
				currency = "USD"
			}
			minor := int64(1000 + r.IntN(50_000))
			tell(mallevent.OrderPaid, when, mallevent.Order{OrderID: id, AmountMinor: minor, Currency: currency})
			if r.IntN(7) == 0 {
				back := minor
				if r.IntN(2) == 0 {
					back = minor / 3
				}
				tell(mallevent.OrderRefunded, when.Add(50*time.Hour), mallevent.Refund{RefundID: "r" + id, OrderID: id, AmountMinor: back, Currency: currency})
			}
			when = when.Add(time.Duration(1+r.IntN(45*24)) * time.Hour)
		}
		if r.IntN(3) == 0 {
			tell("page.viewed", now.Add(-time.Duration(r.IntN(60*24))*time.Hour), map[string]any{"url": "https://shop.example"})
		}
		if len(facts) == 0 {
			continue
		}
		if err := w.h.DB.Write(t.Context(), w.b.id, func(tx *db.Tx) error {
			_, err := w.h.Timeline.Append(t.Context(), tx, w.b.id, facts...)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	for range 6 {
		i, j := r.IntN(people), r.IntN(people)
		if i == j || w.speaks[w.people[i]] != "" || w.speaks[w.people[j]] != "" {
			continue
		}
		var m struct {
			WinnerID string `json:"winner_id"`
			LoserID  string `json:"loser_id"`
		}
		w.b.must(t, 200, "POST", "/persons/"+w.people[i]+"/merge", `{"other_id":"`+w.people[j]+`","reason":"test"}`, &m)
		for id, s := range w.speaks {
			if s == m.LoserID {
				w.speaks[id] = m.WinnerID
			}
		}
		w.speaks[m.LoserID] = m.WinnerID
	}
	month := now.AddDate(0, -12, 0)
	for range 12 {
		first := time.Date(month.Year(), month.Month(), 1, 0, 0, 0, 0, time.UTC)
		for _, k := range []int{0, 2, 3} { // Leaflets have none; Douyin's is above both entrances
			w.b.must(t, 200, "PUT", "/channels/"+w.channels[k]+"/costs", fmt.Sprintf(`{"from":%q,"to":%q,"amount_minor":%d}`,
				first.Format(time.DateOnly), first.AddDate(0, 1, -1).Format(time.DateOnly), 10_000+r.IntN(90_000)), nil)
		}
		month = month.AddDate(0, 1, 0)
	}
	if err := w.h.settle(t.Context(), w.b.id); err != nil {
		t.Fatal(err)
	}
	return w
}

// logged is what the log says of one person, read by plain SQL.
type logged struct {
	arrivals []touched
	orders   []bought
	seen     int64
	ahead    int64
	active   bool
}

type touched struct {
	at, seq int64
	acquisitionevent.Arrival
}

type bought struct {
	at, seq, minor, refunded int64
	id                       string
	foreign                  bool
}

// read tells of everybody who speaks for themselves.
func (w *pondWorld) read(active [2]int64) map[string]*logged {
	w.t.Helper()
	out := map[string]*logged{}
	at := func(id string) *logged {
		if s := w.speaks[id]; s != "" {
			id = s
		}
		if out[id] == nil {
			out[id] = &logged{}
		}
		return out[id]
	}
	type back struct {
		order string
		minor int64
		usd   bool
	}
	refunds := map[*logged][]back{}
	err := w.h.DB.Read(context.Background(), w.b.id, func(tx *db.Tx) error {
		if err := tx.Each(context.Background(), func(rows *sql.Rows) error {
			var kind, person string
			var us, seq int64
			var data []byte
			if err := rows.Scan(&kind, &person, &us, &seq, &data); err != nil || person == "" {
				return err
			}
			k := at(person)
			if kind == "person.created" || kind == "order.paid" || kind == "order.refunded" {
				if k.seen == 0 || us < k.seen {
					k.seen = us
				}
			}
			switch kind {
			case "page.viewed", "order.paid", "channel.arrived", "message.received", "link.clicked":
				k.active = k.active || us >= active[0] && us < active[1]
			}
			var d struct {
				OrderID     string `json:"order_id"`
				AmountMinor int64  `json:"amount_minor"`
				Currency    string `json:"currency"`
			}
			switch kind {
			case "channel.arrived":
				a := touched{at: us, seq: seq}
				k.arrivals = append(k.arrivals, a)
				return json.Unmarshal(data, &k.arrivals[len(k.arrivals)-1].Arrival)
			case "order.paid":
				err := json.Unmarshal(data, &d)
				k.orders = append(k.orders, bought{at: us, seq: seq, minor: d.AmountMinor, id: d.OrderID, foreign: d.Currency == "USD"})
				return err
			case "order.refunded":
				err := json.Unmarshal(data, &d)
				refunds[k] = append(refunds[k], back{d.OrderID, d.AmountMinor, d.Currency == "USD"})
				return err
			}
			return nil
		}, "SELECT kind, person_id, occurred_at, seq, data FROM timeline_event WHERE org_id = ?", w.b.id); err != nil {
			return err
		}
		return tx.Each(context.Background(), func(rows *sql.Rows) error {
			var id string
			var n int64
			err := rows.Scan(&id, &n)
			at(id).ahead = n
			return err
		}, "SELECT person_id, lifetime_minor FROM insight_value WHERE org_id = ?", w.b.id)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, k := range out {
		slices.SortFunc(k.arrivals, func(a, b touched) int { return int(a.at-b.at) + int(a.seq-b.seq)*boolInt(a.at == b.at) })
		slices.SortFunc(k.orders, func(a, b bought) int { return int(a.at-b.at) + int(a.seq-b.seq)*boolInt(a.at == b.at) })
		for _, r := range refunds[k] {
			for i := range k.orders {
				if k.orders[i].id == r.order {
					k.orders[i].refunded += r.minor
				}
			}
		}
	}
	return out
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// recounted is a row as the log says it.
type recounted struct {
	persons, arrived, known, buyers, again, orders, foreign, net, ahead int64
	ripe, done                                                          [3]int64
}

func (r *recounted) add(k *logged, asOf int64) {
	start := k.seen
	if len(k.arrivals) > 0 {
		start = k.arrivals[0].at
		r.arrived++
	}
	r.persons++
	r.ahead += k.ahead
	var before bool
	var n, first int64
	for _, o := range k.orders {
		full := o.refunded >= o.minor
		if o.at < start {
			before = before || !full
			continue
		}
		if !o.foreign {
			r.net += o.minor - o.refunded
		}
		if full {
			continue
		}
		if n++; n == 1 {
			first = o.at
		}
		r.foreign += int64(boolInt(o.foreign))
	}
	r.orders += n
	r.known += int64(boolInt(before))
	r.buyers += int64(boolInt(n > 0))
	r.again += int64(boolInt(n > 1))
	for i, days := range []int64{7, 30, 90} {
		within := days * 86_400_000_000
		if len(k.arrivals) > 0 && !before && start+within <= asOf {
			r.ripe[i]++
			r.done[i] += int64(boolInt(n > 0 && first <= start+within))
		}
	}
}

// Every figure of unit economics is counted anew from the log, in plain Go over
// plain SQL, and the people behind each count are as many as it says.
func TestEconomicsRecounted(t *testing.T) {
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			w := newPondWorld(t, e, 50, 220)
			b := w.b
			if err := w.h.Insight.Refit(t.Context(), b.id); err != nil {
				t.Fatal(err)
			}
			b.must(t, 200, "PUT", "/insight/economics/settings", `{"margin_bp":4000}`, nil)
			zone, err := time.LoadLocation("Asia/Shanghai")
			if err != nil {
				t.Fatal(err)
			}
			present := time.Now().In(zone)
			from, to := present.AddDate(0, -9, 1-present.Day()), present.AddDate(0, -1, 1-present.Day())
			start := time.Date(from.Year(), from.Month(), 1, 0, 0, 0, 0, zone)
			last := time.Date(to.Year(), to.Month(), 1, 0, 0, 0, 0, zone)
			end := last.AddDate(0, 1, 0)
			query := fmt.Sprintf("from=%s&to=%s", start.Format("2006-01"), last.Format("2006-01"))
			everybody := w.read([2]int64{last.UnixMicro(), end.UnixMicro()})
			in := func(us int64) bool { return us >= start.UnixMicro() && us < end.UnixMicro() }
			month := func(us int64) string { return time.UnixMicro(us).In(zone).Format("2006-01") }
			var ledger int64
			if err := w.h.DB.Read(t.Context(), b.id, func(tx *db.Tx) error {
				return tx.QueryRow(t.Context(), "SELECT SUM(minor) FROM acquisition_cost WHERE org_id = ? AND day >= ? AND day < ?", b.id,
					time.Date(start.Year(), start.Month(), 1, 0, 0, 0, 0, time.UTC).Unix()/86400, time.Date(end.Year(), end.Month(), 1, 0, 0, 0, 0, time.UTC).Unix()/86400).Scan(&ledger)
			}); err != nil {
				t.Fatal(err)
			}
			above := map[string][]string{}
			for i, id := range w.channels {
				above[id] = [][]string{{id}, {id, w.channels[0]}, {id, w.channels[1], w.channels[0]}, {id, w.channels[1], w.channels[0]}, {id}}[i]
			}
			keys := map[string]func(k *logged) []string{
				"channel": func(k *logged) []string { return above[k.arrivals[0].ChannelID] },
				"staff":   func(k *logged) []string { return []string{k.arrivals[0].StaffID} },
				"account": func(k *logged) []string { return []string{k.arrivals[0].AccountID} },
				"code":    func(k *logged) []string { return []string{k.arrivals[0].CodeID} },
				"link":    func(k *logged) []string { return []string{k.arrivals[0].LinkID} },
				// Spring's entrances are below Douyin; the leaflets are a platform without campaigns, which stands for itself.
				"platform": func(k *logged) []string {
					return above[k.arrivals[0].ChannelID][len(above[k.arrivals[0].ChannelID])-1:]
				},
				"campaign": func(k *logged) []string {
					up := above[k.arrivals[0].ChannelID]
					return up[max(0, len(up)-2) : max(0, len(up)-2)+1]
				},
				"entrance": func(k *logged) []string { return []string{k.arrivals[0].ChannelID} },
				"month":    func(k *logged) []string { return []string{month(k.arrivals[0].at)} },
			}
			for by, keysOf := range keys {
				var got economics.Economics
				b.must(t, 200, "GET", "/insight/economics?by="+by+"&"+query, "", &got)
				asOf := got.AsOf.UnixMicro()
				total, rows := &recounted{}, map[string]*recounted{}
				for _, k := range everybody {
					at, of := k.seen, []string{""}
					if len(k.arrivals) > 0 {
						at, of = k.arrivals[0].at, keysOf(k)
					} else if by == "month" {
						of = []string{month(k.seen)}
					}
					if !in(at) {
						continue
					}
					total.add(k, asOf)
					for _, key := range of {
						if rows[key] == nil {
							rows[key] = &recounted{}
						}
						rows[key].add(k, asOf)
					}
				}
				compare := func(what string, f economics.RowFigures, r *recounted) {
					t.Helper()
					have := recounted{persons: f.Persons, arrived: f.Arrived, known: f.KnownBefore, buyers: f.Buyers, again: f.Again, orders: f.Orders, foreign: f.ForeignOrders, net: r.net, ahead: r.ahead}
					for i, c := range f.Conversion {
						have.ripe[i], have.done[i] = c.Ripe, c.Done
						if (c.Ripe == 0) != (c.Share.Value == nil) || c.Ripe > 0 && math.Abs(*c.Share.Value*float64(c.Ripe)-float64(c.Done)) > 1e-9 {
							t.Errorf("%s %s: %+v", by, what, c)
						}
					}
					if have != *r {
						t.Errorf("%s %s:\nhave %+v\nwant %+v", by, what, have, *r)
					}
					if r.persons == 0 {
						return
					}
					if f.Net.Minor == nil || *f.Net.Minor != r.net {
						t.Errorf("%s %s: net %+v, not %d", by, what, f.Net, r.net)
					}
					if want := math.Round(float64(r.net+r.ahead) / float64(r.persons)); r.net+r.ahead >= 0 && (f.Value.Minor == nil || *f.Value.Minor != int64(want)) {
						t.Errorf("%s %s: value %+v, not %v", by, what, f.Value, want)
					}
					if f.CAC.Minor != nil {
						cost := float64(f.CostMinor)
						if want := math.Round(cost / float64(r.persons)); *f.CAC.Minor != int64(want) {
							t.Errorf("%s %s: CAC %d, not %v", by, what, *f.CAC.Minor, want)
						}
						if want := (float64(r.net)*.4 - cost) / cost; math.Abs(*f.ROI.Value-want) > 1e-9 {
							t.Errorf("%s %s: ROI %v, not %v", by, what, *f.ROI.Value, want)
						}
						if want := float64(r.net+r.ahead) / cost; math.Abs(*f.ValueToCAC.Value-want) > 1e-9 || math.Abs(*f.MarginToCAC.Value-want*.4) > 1e-9 {
							t.Errorf("%s %s: CLV : CAC %v, not %v", by, what, *f.ValueToCAC.Value, want)
						}
					}
				}
				compare("total", got.Total, total)
				if got.Total.CostMinor != ledger || got.Total.CAC.Minor == nil {
					t.Errorf("%s: costs %d, not %d", by, got.Total.CostMinor, ledger)
				}
				var costs int64
				w.costed(by, got, everybody, above, func(k *logged) string { return keysOf(k)[0] }, month)
				for _, row := range got.Rows {
					r := rows[row.Key]
					if r == nil {
						r = &recounted{}
					}
					compare(row.Key, row.RowFigures, r)
					delete(rows, row.Key)
					if by != "channel" || row.ParentID == "" {
						costs += row.CostMinor
					}
				}
				if len(rows) > 0 || costs != ledger {
					t.Errorf("%s: not answered %v; costs of rows %d, not %d", by, rows, costs, ledger)
				}
				w.period(by, got, everybody, in, zone, end.UnixMicro())
				w.behind(by, query, start.Format("2006-01"), last.Format("2006-01"), got)
			}
			w.sales(query, everybody, in)
			w.curves(query, everybody, in, zone)
		})
	}
}

// period counts what is told of all orders of the months.
func (w *pondWorld) period(by string, got economics.Economics, everybody map[string]*logged, in func(int64) bool, zone *time.Location, end int64) {
	w.t.Helper()
	var buyers, again, orders, foreign, gmv, active, pool int64
	var gaps []int64
	day := func(us int64) int64 {
		y, m, d := time.UnixMicro(us).In(zone).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
	}
	for _, k := range everybody {
		var n int64
		for i, o := range k.orders {
			if !in(o.at) {
				continue
			}
			n++
			orders++
			if o.foreign {
				foreign++
			} else {
				gmv += o.minor
			}
			if i > 0 {
				gaps = append(gaps, day(o.at)-day(k.orders[i-1].at))
			}
		}
		buyers += int64(boolInt(n > 0))
		again += int64(boolInt(n > 1))
		active += int64(boolInt(k.active))
		pool += int64(boolInt(k.seen > 0 && k.seen < end || k.seen == 0))
	}
	slices.Sort(gaps)
	at := func(p float64) int64 { return gaps[int(math.Ceil(p*float64(len(gaps))))-1] }
	r, s, a := got.Repurchase, got.Sales, got.Active
	if r.Buyers != buyers || r.Again != again || math.Abs(*r.Rate.Value-float64(again)/float64(buyers)) > 1e-12 || r.Gaps != int64(len(gaps)) ||
		*r.Median.Count != at(.5) || *r.P25.Count != at(.25) || *r.P75.Count != at(.75) {
		w.t.Errorf("%s: repurchase %+v; %d of %d, %d gaps %d %d %d", by, r, again, buyers, len(gaps), at(.25), at(.5), at(.75))
	}
	if s.Orders != orders || s.ForeignOrders != foreign || s.GMVMinor != gmv || *s.Average.Minor != int64(math.Round(float64(gmv)/float64(orders-foreign))) {
		w.t.Errorf("%s: sales %+v; %d orders, %d foreign, %d", by, s, orders, foreign, gmv)
	}
	if a.Persons != active || a.Pool != pool || math.Abs(*a.Rate.Value-float64(active)/float64(pool)) > 1e-12 {
		w.t.Errorf("%s: interaction %+v; %d of %d", by, a, active, pool)
	}
	var o struct {
		RepurchaseRate float64 `json:"repurchase_rate"`
		Buyers, Orders int64
	}
	w.b.must(w.t, 200, "GET", "/insight/overview?from="+got.Period.From+"&to="+got.Period.To, "", &o)
	if o.Buyers != buyers || o.Orders != orders || math.Abs(o.RepurchaseRate-*r.Rate.Value) > 1e-12 {
		w.t.Errorf("the overview says otherwise: %+v", o)
	}
}

// behind asks for the people behind every count of every row.
func (w *pondWorld) behind(by, _, from, to string, got economics.Economics) {
	w.t.Helper()
	ask := func(key *string, figure string, days, want int64) {
		w.t.Helper()
		body, err := json.Marshal(economics.EconomicsPeopleInput{From: from, To: to, By: by, Key: key, Figure: figure, Days: days})
		if err != nil {
			w.t.Fatal(err)
		}
		var page struct{ Total int64 }
		w.b.must(w.t, 200, "POST", "/insight/economics/people?limit=1", string(body), &page)
		if page.Total != want {
			w.t.Errorf("behind %s: %d, not %d", body, page.Total, want)
		}
	}
	row := func(key *string, f economics.RowFigures) {
		w.t.Helper()
		ask(key, "persons", 0, f.Persons)
		ask(key, "buyers", 0, f.Buyers)
		ask(key, "again", 0, f.Again)
		ask(key, "converted", 30, f.Conversion[1].Done)
		ask(key, "not_converted", 30, f.Conversion[1].Ripe-f.Conversion[1].Done)
	}
	row(nil, got.Total)
	for i, r := range got.Rows {
		if i < 3 {
			row(&r.Key, r.RowFigures)
		}
	}
	if by != "channel" {
		return
	}
	ask(nil, "arrived", 0, got.Total.Arrived)
	ask(nil, "known_before", 0, got.Total.KnownBefore)
	ask(nil, "not_bought", 0, got.Total.Persons-got.Total.Buyers)
	ask(nil, "not_again", 0, got.Total.Buyers-got.Total.Again)
	ask(nil, "repurchase_buyers", 0, got.Repurchase.Buyers)
	ask(nil, "repurchase_again", 0, got.Repurchase.Again)
	ask(nil, "active", 0, got.Active.Persons)
	var made struct {
		SegmentID string `json:"segment_id"`
		Persons   int64
	}
	w.b.must(w.t, 201, "POST", "/insight/economics/people/segment", fmt.Sprintf(`{"from":%q,"to":%q,"figure":"again","name":"Came back"}`, from, to), &made)
	if err := w.h.settle(w.t.Context(), w.b.id); err != nil {
		w.t.Fatal(err)
	}
	var seg struct{ Size int64 }
	w.b.must(w.t, 200, "GET", "/segments/"+made.SegmentID, "", &seg)
	if made.Persons != got.Total.Again || seg.Size != made.Persons {
		w.t.Errorf("segment %+v of %d", seg, got.Total.Again)
	}
}

// sales counts orders by whom the credit goes to: the first arrival within 90
// days before.
func (w *pondWorld) sales(query string, everybody map[string]*logged, in func(int64) bool) {
	w.t.Helper()
	for by, of := range map[string]func(acquisitionevent.Arrival) string{
		"staff":   func(a acquisitionevent.Arrival) string { return a.StaffID },
		"account": func(a acquisitionevent.Arrival) string { return a.AccountID },
	} {
		type sums struct{ orders, gmv, refunded int64 }
		want := map[string]sums{}
		for _, k := range everybody {
			for _, o := range k.orders {
				if !in(o.at) {
					continue
				}
				key := ""
				for _, a := range k.arrivals {
					if a.at <= o.at && o.at-a.at <= 90*86_400_000_000 {
						key = of(a.Arrival)
						break
					}
				}
				s := want[key]
				s.orders++
				if !o.foreign {
					s.gmv, s.refunded = s.gmv+o.minor, s.refunded+o.refunded
				}
				want[key] = s
			}
		}
		var got economics.SalesBy
		w.b.must(w.t, 200, "GET", "/insight/economics/sales?by="+by+"&"+query, "", &got)
		if len(got.Rows) != len(want) {
			w.t.Errorf("%s: %d rows, not %d", by, len(got.Rows), len(want))
		}
		for _, r := range got.Rows {
			if (sums{r.Orders, r.GMVMinor, r.RefundedMinor}) != want[r.Key] || r.NetMinor != r.GMVMinor-r.RefundedMinor {
				w.t.Errorf("%s %q: %+v, not %+v", by, r.Key, r, want[r.Key])
			}
		}
	}
}

// curves counts the payback and the cohorts of the channels, which must say what
// acquisition's own payback says month by month.
func (w *pondWorld) curves(query string, everybody map[string]*logged, in func(int64) bool, zone *time.Location) {
	w.t.Helper()
	var got economics.Curves
	w.b.must(w.t, 200, "GET", "/insight/economics/curves?by=entrance&"+query, "", &got)
	number := func(us int64) int64 {
		t := time.UnixMicro(us).In(zone)
		return int64(t.Year())*12 + int64(t.Month()) - 1
	}
	present := number(time.Now().UnixMicro())
	check := func(row economics.CurveRow, mine func(*logged) bool) {
		w.t.Helper()
		if len(row.Cells) == 0 {
			w.t.Errorf("%s has no cells", row.Key)
		}
		for _, c := range row.Cells {
			var of, net, persons int64
			for _, k := range everybody {
				start := k.seen
				if len(k.arrivals) > 0 {
					start = k.arrivals[0].at
				}
				if !in(start) || !mine(k) || number(start)+c.Offset > present {
					continue
				}
				of++
				hit := false
				for _, o := range k.orders {
					offset := number(o.at) - number(start)
					if o.at < start || offset > c.Offset {
						continue
					}
					if !o.foreign {
						net += o.minor - o.refunded
					}
					hit = hit || offset == c.Offset && o.refunded < o.minor
				}
				persons += int64(boolInt(hit))
			}
			if c.Of != of || c.NetMinor != net || c.Persons != persons || math.Abs(c.Share*float64(of)-float64(persons)) > 1e-9 {
				w.t.Errorf("%s + %d: %+v; %d people, %d, %d bought", row.Key, c.Offset, c, of, net, persons)
			}
		}
	}
	check(got.Total, func(*logged) bool { return true })
	for _, row := range got.Rows {
		if row.Key != "" {
			check(row, func(k *logged) bool { return len(k.arrivals) > 0 && k.arrivals[0].ChannelID == row.Key })
		}
	}
	var cohort struct{ Total int64 }
	c := got.Total.Cells[1]
	w.b.must(w.t, 200, "POST", "/insight/economics/people?limit=1", fmt.Sprintf(`{"from":%q,"to":%q,"figure":"cohort","offset":1}`, got.Period.From, got.Period.To), &cohort)
	if cohort.Total != c.Persons {
		w.t.Errorf("behind the cohort: %d, not %d", cohort.Total, c.Persons)
	}
}
