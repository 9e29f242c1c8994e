package insight

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// deed is an order, refund or creation, under who speaks for its person in the end.
type deed struct {
	kind, person, month string
	at                  time.Time
	order               mallevent.Order
}

// recount reads the log once, as plainly as possible.
func recount(events []timeline.Event, zone *time.Location) (deeds []deed) {
	speaker := map[string]string{}
	for _, e := range events {
		var m poolevent.Merge
		switch e.Kind {
		case poolevent.Merged, poolevent.Split:
			if err := json.Unmarshal(e.Data, &m); err != nil {
				panic(err)
			}
			for _, id := range m.Members {
				speaker[id] = m.WinnerID
				if e.Kind == poolevent.Split {
					speaker[id] = m.LoserID
				}
			}
		}
	}
	for _, e := range events {
		d := deed{kind: e.Kind, person: e.PersonID, at: e.OccurredAt, month: e.OccurredAt.In(zone).Format("2006-01")}
		if s := speaker[d.person]; s != "" {
			d.person = s
		}
		switch e.Kind {
		case poolevent.Created:
		case mallevent.OrderPaid, mallevent.OrderRefunded: // a refund's amount is in the same place
			if err := json.Unmarshal(e.Data, &d.order); err != nil {
				panic(err)
			}
		default:
			continue
		}
		deeds = append(deeds, d)
	}
	slices.SortStableFunc(deeds, func(a, b deed) int { return cmp.Compare(a.at.UnixMicro(), b.at.UnixMicro()) })
	return deeds
}

func (d deed) amount() int64 {
	if d.order.Currency == "USD" { // the only foreign one in tests
		return 0
	}
	return d.order.AmountMinor
}

func countNumbers(deeds []deed, from, to string) (n Numbers) {
	seen, orders := map[string]bool{}, map[string]int{}
	for _, d := range deeds {
		in := d.month >= from && d.month <= to
		if d.person != "" && !seen[d.person] && d.month <= to {
			seen[d.person] = true
			n.Persons++
			if in {
				n.NewPersons++
			}
		}
		switch {
		case in && d.kind == mallevent.OrderPaid:
			n.Orders, n.GMVMinor = n.Orders+1, n.GMVMinor+d.amount()
			if d.person != "" {
				orders[d.person]++
			}
		case in && d.kind == mallevent.OrderRefunded:
			n.Refunds, n.RefundedMinor = n.Refunds+1, n.RefundedMinor+d.amount()
		}
	}
	n.Buyers = int64(len(orders))
	again := 0
	for _, k := range orders {
		if k >= 2 {
			again++
		}
	}
	if n.Orders > 0 {
		q := decimal.NewFromInt(n.GMVMinor).Div(decimal.NewFromInt(n.Orders))
		n.AverageMinor = q.Round(0).IntPart()
	}
	if n.Buyers > 0 {
		n.RepurchaseRate = float64(again) / float64(n.Buyers)
	}
	return n
}

func countRegions(deeds []deed, from, to string) []Region {
	by, persons := map[string]*Region{}, map[string]map[string]bool{}
	for _, d := range deeds {
		r := d.order.Region
		if d.kind != mallevent.OrderPaid || d.month < from || d.month > to || r == "" {
			continue
		}
		if by[r] == nil {
			by[r], persons[r] = &Region{Region: r}, map[string]bool{}
		}
		by[r].Orders, by[r].GMVMinor = by[r].Orders+1, by[r].GMVMinor+d.amount()
		if d.person != "" {
			persons[r][d.person] = true
		}
	}
	out := []Region{}
	for r, v := range by {
		v.Persons = int64(len(persons[r]))
		out = append(out, *v)
	}
	slices.SortFunc(out, func(a, b Region) int {
		return cmp.Or(-cmp.Compare(a.GMVMinor, b.GMVMinor), cmp.Compare(a.Region, b.Region))
	})
	return out[:min(top, len(out))]
}

func countProducts(deeds []deed, from, to string) []Product {
	quantity, by := map[string]decimal.Decimal{}, map[string]*Product{}
	for _, d := range deeds {
		if d.kind != mallevent.OrderPaid || d.month < from || d.month > to {
			continue
		}
		for _, i := range d.order.Items {
			if by[i.SKU] == nil {
				by[i.SKU] = &Product{SKU: i.SKU, Name: "name of " + i.SKU}
			}
			quantity[i.SKU] = quantity[i.SKU].Add(decimal.RequireFromString(i.Quantity))
			if d.order.Currency != "USD" {
				by[i.SKU].AmountMinor += i.AmountMinor
			}
		}
	}
	out := []Product{}
	for sku, p := range by {
		p.Quantity = quantity[sku].InexactFloat64()
		out = append(out, *p)
	}
	slices.SortFunc(out, func(a, b Product) int {
		return cmp.Or(-cmp.Compare(a.AmountMinor, b.AmountMinor), cmp.Compare(a.SKU, b.SKU))
	})
	return out[:min(top, len(out))]
}

func countCohorts(deeds []deed) string {
	first := map[string]string{}
	active, money := map[string]map[string]bool{}, map[string]int64{}
	for _, d := range deeds {
		if d.kind != mallevent.OrderPaid || d.person == "" {
			continue
		}
		if first[d.person] == "" {
			first[d.person] = d.month
		}
		cell := first[d.person] + " " + d.month
		if active[cell] == nil {
			active[cell] = map[string]bool{}
		}
		active[cell][d.person] = true
		money[cell] += d.amount()
	}
	var out []string
	for _, cell := range slices.Sorted(maps.Keys(active)) {
		out = append(out, fmt.Sprint(cell, " ", len(active[cell]), " ", money[cell]))
	}
	return strings.Join(out, "\n")
}

func showCohorts(c Cohorts) string {
	var out []string
	for _, row := range c.Months {
		m, err := parseMonth("", row.Month)
		if err != nil {
			panic(err)
		}
		for _, cell := range row.Cells {
			if cell.Persons == 0 && cell.GMVMinor == 0 {
				continue
			}
			if want := float64(cell.Persons) / float64(row.Size); cell.Share != want {
				panic(fmt.Sprint(row, cell))
			}
			out = append(out, fmt.Sprint(row.Month, " ", monthName(m+cell.Offset), " ", cell.Persons, " ", cell.GMVMinor))
		}
	}
	return strings.Join(out, "\n")
}

// agree compares everything that the module says with a recount of the log.
func (w *world) agree(t interface{ Fatalf(string, ...any) }, from, to string) {
	deeds := recount(w.events(), w.zone)
	o := w.overview(from, to)
	if want := countNumbers(deeds, from, to); o.Numbers != want {
		t.Fatalf("%s … %s: got %+v, want %+v", from, to, o.Numbers, want)
	}
	if want := countNumbers(deeds, o.Previous.From, o.Previous.To); o.Previous.Numbers != want {
		t.Fatalf("before: got %+v, want %+v", o.Previous, want)
	}
	for _, m := range o.Months {
		n := countNumbers(deeds, m.Month, m.Month)
		if want := (Month{m.Month, n.Orders, n.GMVMinor, n.RefundedMinor, n.NewPersons, n.Buyers}); m != want {
			t.Fatalf("got %+v, want %+v", m, want)
		}
	}
	if want := countRegions(deeds, from, to); !slices.Equal(o.Regions, want) {
		t.Fatalf("got %+v, want %+v", o.Regions, want)
	}
	if want := countProducts(deeds, from, to); !slices.Equal(o.Products, want) {
		t.Fatalf("got %+v, want %+v", o.Products, want)
	}
	if got, want := showCohorts(w.cohorts("2025-01", "2026-06")), countCohorts(deeds); got != want {
		t.Fatalf("got\n%s\nwant\n%s", got, want)
	}
}

func TestNumbersAgreeWithARecountOfTheLog(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			w.org = fmt.Sprintf("org_%d", n)
			name := rapid.SampledFrom([]string{"UTC", "Asia/Shanghai", "America/New_York", "Asia/Kathmandu"}).Draw(rt, "zone")
			zone, err := time.LoadLocation(name)
			if err != nil {
				rt.Fatal(err)
			}
			w.zone = zone
			people := []string{"per_a", "per_b", "per_c", "per_d", ""}
			speaker := map[string]string{}
			for _, p := range people {
				speaker[p] = p
			}
			type join struct {
				winner, loser string
				members       []string
			}
			var pending []timeline.Fact // told together: one commit, as an import does
			flush := func() {
				w.tell(pending...)
				pending = nil
			}
			var joins []join
			for range rapid.IntRange(0, 30).Draw(rt, "events") {
				person := rapid.SampledFrom(people).Draw(rt, "person")
				// Close to the turn of a month, where zones matter.
				when := time.Date(2026, time.Month(rapid.IntRange(-8, 6).Draw(rt, "month")), 1, rapid.IntRange(-14, 14).Draw(rt, "hour"), 0, 0, 0, time.UTC)
				switch rapid.SampledFrom([]string{"order", "order", "order", "order", "refund", "created", "merge", "split", "follow", "follow"}).Draw(rt, "what") {
				case "created":
					if person != "" {
						pending = append(pending, created(person, when))
					}
				case "order":
					o := mallevent.Order{OrderID: "o", AmountMinor: rapid.Int64Range(0, 1000).Draw(rt, "amount"),
						Currency: rapid.SampledFrom([]string{"CNY", "CNY", "CNY", "USD"}).Draw(rt, "currency"),
						Region:   rapid.SampledFrom([]string{"浙江", "浙江", "上海", ""}).Draw(rt, "region")}
					for range rapid.IntRange(0, 3).Draw(rt, "lines") {
						sku := rapid.SampledFrom([]string{"A", "B", "C"}).Draw(rt, "sku")
						o.Items = append(o.Items, mallevent.Item{SKU: sku, Name: "name of " + sku, AmountMinor: rapid.Int64Range(0, 300).Draw(rt, "line"),
							Quantity: rapid.SampledFrom([]string{"1", "2.5", "0.125", "12"}).Draw(rt, "quantity")})
					}
					pending = append(pending, order(person, when, o))
				case "refund":
					pending = append(pending, refund(person, when, rapid.Int64Range(0, 1000).Draw(rt, "amount")))
				case "merge":
					j := join{winner: speaker[person], loser: speaker[rapid.SampledFrom(people).Draw(rt, "loser")]}
					if j.winner == j.loser || j.winner == "" || j.loser == "" {
						continue
					}
					for _, p := range people {
						if speaker[p] == j.loser {
							speaker[p] = j.winner
							if p != j.loser {
								j.members = append(j.members, p)
							}
						}
					}
					joins = append(joins, j)
					pending = append(pending, merged(j.winner, j.loser, j.members...))
				case "split":
					if len(joins) == 0 {
						continue
					}
					j := joins[len(joins)-1]
					joins = joins[:len(joins)-1]
					for _, p := range append(j.members, j.loser) {
						speaker[p] = j.loser
					}
					pending = append(pending, split(j.winner, j.loser, j.members...))
				case "follow":
					flush()
					w.catchUp()
				}
			}
			flush()
			w.catchUp()
			from := rapid.IntRange(0, 11).Draw(rt, "from")
			to := rapid.IntRange(from, 11).Draw(rt, "to")
			month := func(i int) string { return monthName(2025*12 + 6 + int64(i)) }
			w.agree(rt, month(from), month(to))
			w.agree(rt, month(0), month(11))
			live := w.dump()
			if err := w.runner.Rebuild(t.Context(), SubscriberName, w.org); err != nil {
				rt.Fatal(err)
			}
			if rebuilt := w.dump(); !slices.Equal(live, rebuilt) {
				rt.Fatalf("live\n%s\nrebuilt\n%s", strings.Join(live, "\n"), strings.Join(rebuilt, "\n"))
			}
		})
	})
}
