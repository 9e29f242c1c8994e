package insight

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

// TestOnlineRetail counts a year of a real shop. It needs the (unpacked) file
// of the UCI Online Retail data set: FISHPOND_RETAIL_CSV=…/online-retail.csv.
func TestOnlineRetail(t *testing.T) {
	path := os.Getenv("FISHPOND_RETAIL_CSV")
	if path == "" {
		t.Skip("FISHPOND_RETAIL_CSV names no file")
	}
	facts := retail(t, path)
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		london, err := time.LoadLocation("Europe/London")
		w.must(err)
		w.zone, w.currency = london, "GBP"
		for i := 0; i < len(facts); i += 5000 {
			w.tell(facts[i:min(i+5000, len(facts))]...)
		}
		began := time.Now()
		w.catchUp()
		t.Logf("%d events in %v", len(facts), time.Since(began))
		began = time.Now()
		o := w.overview("2010-12", "2011-12")
		c := w.cohorts("2010-12", "2011-12")
		t.Logf("overview and cohorts in %v", time.Since(began))
		if o.Buyers != 4339 || o.Orders != 18536 || o.GMVMinor != 891140790 || o.Refunds != 3654 || o.RefundedMinor != 61134209 ||
			o.First != "2010-12" || o.Last != "2011-12" || o.Persons != 4372 || o.NewPersons != 4372 {
			t.Errorf("%+v", o)
		}
		if c.Months[0].Size != 885 || len(c.Months[0].Cells) != 13 {
			t.Errorf("%+v", c.Months[0])
		}
		var gmv, size int64
		for _, row := range c.Months {
			size += row.Size
			for _, cell := range row.Cells {
				gmv += cell.GMVMinor
			}
		}
		if gmv != o.GMVMinor || size != o.Buyers {
			t.Errorf("the grid adds up to %d persons and %d", size, gmv)
		}
		began = time.Now()
		w.must(w.svc.Refit(t.Context(), w.org))
		v, err := w.svc.Value(t.Context(), w.org)
		w.must(err)
		t.Logf("worth of everybody in %v: %d people, %s, as of %s", time.Since(began), len(w.values()), v.Result.Models[0].Name, v.AsOf)
		if !v.Known || v.AsOf != "2011-12-09" || v.Result.People != o.Buyers || int64(len(w.values())) != o.Buyers || v.Result.Value == nil || v.Result.Validation == nil {
			t.Errorf("%+v", v)
		}
		deeds := recount(w.events(), london)
		if want := countNumbers(deeds, "2010-12", "2011-12"); o.Numbers != want {
			t.Errorf("got %+v, want %+v", o.Numbers, want)
		}
	})
}

// retail reads the file into events as an import leaves them.
func retail(t *testing.T, path string) (facts []timeline.Fact) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(f)
	if _, err := r.Read(); err != nil {
		t.Fatal(err)
	}
	type invoice struct {
		person, region string
		at             time.Time
		items          []mallevent.Item
		total          decimal.Decimal
	}
	invoices, numbers, people := map[string]*invoice{}, []string{}, map[string]bool{}
	for {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if rec[6] == "" {
			continue
		}
		inv := invoices[rec[0]]
		if inv == nil {
			at, err := time.ParseInLocation("2006-01-02 15:04:05", rec[4], london)
			if err != nil {
				t.Fatal(err)
			}
			inv = &invoice{person: fmt.Sprintf("per_%032s", rec[6]), region: rec[7], at: at.UTC()}
			invoices[rec[0]], numbers = inv, append(numbers, rec[0])
			if !people[inv.person] {
				people[inv.person] = true
				facts = append(facts, created(inv.person, inv.at))
			}
		}
		amount := decimal.RequireFromString(rec[3]).Mul(decimal.RequireFromString(rec[5])).Abs()
		inv.total = inv.total.Add(amount)
		inv.items = append(inv.items, mallevent.Item{SKU: rec[1], Name: rec[2], Quantity: strings.TrimPrefix(rec[3], "-"), AmountMinor: amount.Shift(2).Round(0).IntPart()})
	}
	for _, no := range numbers {
		inv := invoices[no]
		total := inv.total.Shift(2).Round(0).IntPart()
		if strings.HasPrefix(no, "C") {
			facts = append(facts, timeline.Fact{Kind: mallevent.OrderRefunded, PersonID: inv.person, OccurredAt: inv.at,
				Data: mallevent.Refund{RefundID: no, AmountMinor: total, Currency: "GBP", Items: inv.items}})
			continue
		}
		facts = append(facts, order(inv.person, inv.at, mallevent.Order{OrderID: no, AmountMinor: total, Currency: "GBP", Region: inv.region, Items: inv.items}))
	}
	return facts
}
