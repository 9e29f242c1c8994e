package insight

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

// buyers are orders of n people in the year before the world's now, some of whom
// stop.
func buyers(n int) (facts []timeline.Fact) {
	src := rand.New(rand.NewPCG(4, 4))
	begin := at("2025-06-20 10:00")
	k := 0
	for who := range n {
		id := fmt.Sprintf("per_%03d", who)
		facts = append(facts, created(id, begin))
		rate, gone := 0.01+0.05*src.ExpFloat64(), 20+200*src.ExpFloat64()
		for day, since := 100*src.Float64(), 0.0; day < 358 && since < gone; {
			facts = append(facts, order(id, begin.Add(time.Duration(day*24)*time.Hour), mallevent.Order{OrderID: fmt.Sprint(k), AmountMinor: 2000 + 100*int64(who%30) + int64(src.IntN(900)), Currency: "CNY"}))
			k++
			gap := src.ExpFloat64() / rate
			day += gap
			since += gap
		}
	}
	return facts
}

type storedValue struct{ asOf, alive, orders, worth, lifetime int64 }

func (w *world) values() map[string]storedValue {
	w.tb.Helper()
	out := map[string]storedValue{}
	w.must(w.db.Read(context.Background(), w.org, func(tx *db.Tx) error {
		return tx.Each(context.Background(), func(rows *sql.Rows) error {
			var id string
			var v storedValue
			err := rows.Scan(&id, &v.asOf, &v.alive, &v.orders, &v.worth, &v.lifetime)
			out[id] = v
			return err
		}, "SELECT person_id, as_of, alive_ppm, orders_ppm, worth_minor, lifetime_minor FROM insight_value WHERE org_id = ?", w.org)
	}))
	return out
}

func TestValueOfPeopleFollowsTheirOrders(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		w := newWorld(t, d)
		v, err := w.svc.Value(ctx, w.org)
		w.must(err)
		if v.Known || v.Refusal.Code != "not_yet" || v.History == nil {
			t.Fatalf("%+v", v)
		}
		w.tell(buyers(300)...)
		w.catchUp()
		if done, err := w.svc.RefitIfDue(ctx, w.org); err != nil || !done {
			t.Fatal(done, err)
		}
		if done, err := w.svc.RefitIfDue(ctx, w.org); err != nil || done {
			t.Fatal("fits twice", err)
		}
		v, err = w.svc.Value(ctx, w.org)
		w.must(err)
		if !v.Known || v.Currency != "CNY" || len(v.History) != 1 || len(v.Result.Models) != 2 || v.Result.Value == nil || v.Result.Validation == nil || v.Result.People != 300 {
			t.Fatalf("%+v", v)
		}
		// Stored values of everybody sum up to what is told of all together.
		all := w.values()
		alive, orders, worth := 0.0, 0.0, 0.0
		for _, p := range all {
			alive += float64(p.alive) / 1e6
			orders += float64(p.orders) / 1e6
			worth += float64(p.worth)
		}
		year := v.Result.Population.Ahead[2]
		const lag = 1.0 // people are told as of today, all together as of the last order
		if len(all) != 300 || math.Abs(alive/v.Result.Population.Alive-1) > 0.05*lag || math.Abs(orders/year.Orders-1) > 0.05*lag || math.Abs(worth / *year.Worth - 1) > 0.05*lag {
			t.Errorf("%d people: alive %v of %v, orders %v of %v, worth %v of %v", len(all), alive, v.Result.Population.Alive, orders, year.Orders, worth, *year.Worth)
		}
		// An order raises what is expected of her, at once and of nobody else.
		var silent string
		for id, p := range all {
			if silent == "" || p.alive < all[silent].alive {
				silent = id
			}
		}
		w.tell(order(silent, at("2026-06-14 12:00"), mallevent.Order{OrderID: "new", AmountMinor: 3000, Currency: "CNY"}))
		w.catchUp()
		after := w.values()
		if after[silent].alive <= all[silent].alive || after[silent].orders <= all[silent].orders {
			t.Errorf("%+v, before her order %+v", after[silent], all[silent])
		}
		for id, p := range after {
			if id != silent && p != all[id] {
				t.Errorf("%s had no order: %+v, before %+v", id, p, all[id])
			}
		}
		asked, err := w.svc.PersonValue(ctx, w.org, silent, ValueDays)
		w.must(err)
		if !asked.Known || ppm(asked.Alive) != after[silent].alive || ppm(asked.ExpectedOrders) != after[silent].orders || asked.ExpectedMinor != after[silent].worth || asked.LastDay != "2026-06-14" {
			t.Errorf("%+v, stored %+v", asked, after[silent])
		}
		// Merged people are one, and two again after.
		person := func(id string) PersonWorth {
			t.Helper()
			v, err := w.svc.PersonValue(ctx, w.org, id, 30)
			w.must(err)
			if !v.Known || v.Days != 30 {
				t.Fatalf("%s: %+v", id, v)
			}
			return v
		}
		one, two := person("per_001"), person("per_002")
		w.tell(merged("per_001", "per_002"))
		w.catchUp()
		both := person("per_001")
		if m := w.values(); len(m) != 299 || both.Purchases <= max(one.Purchases, two.Purchases) || both.Purchases > one.Purchases+two.Purchases || ppm(both.Alive) != m["per_001"].alive {
			t.Errorf("%d people, %+v of %+v and %+v", len(m), both, one, two)
		}
		if other := person("per_002"); other.Purchases != both.Purchases || other.Alive != both.Alive {
			t.Errorf("%+v by the merged person's id, %+v", other, both)
		}
		w.tell(split("per_001", "per_002"))
		w.catchUp()
		if m := w.values(); m["per_001"] != all["per_001"] || m["per_002"] != all["per_002"] {
			t.Errorf("%+v %+v, before %+v %+v", m["per_001"], m["per_002"], all["per_001"], all["per_002"])
		}
		// Rebuilt from the log it is the same.
		live := w.values()
		w.must(w.runner.Rebuild(ctx, SubscriberName, w.org))
		if done, err := w.svc.RefitIfDue(ctx, w.org); err != nil || done {
			t.Fatal("a rebuild brings on a fit", err)
		}
		if rebuilt := w.values(); len(rebuilt) != len(live) {
			t.Errorf("%d people have a value, %d before", len(rebuilt), len(live))
		} else {
			for id, p := range rebuilt {
				if p != live[id] {
					t.Errorf("%s: %+v, live %+v", id, p, live[id])
				}
			}
		}
		// The next night keeps the history.
		w.clock.Advance(24 * time.Hour)
		w.must(w.svc.RefitAll(ctx))
		if v, err = w.svc.Value(ctx, w.org); err != nil || len(v.History) != 2 || v.History[1].Models[0].Parameters[0].Value == 0 {
			t.Errorf("%+v %v", v.History, err)
		}
		if again := w.values(); again[silent].asOf != after[silent].asOf+1 || again["per_005"].alive > all["per_005"].alive {
			t.Errorf("a day later: %+v", again[silent])
		}
	})
}

func TestValueOverHTTP(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		log := slog.New(slog.DiscardHandler)
		r := httpx.NewRouter(log, "test")
		w.svc.Routes(r)
		h := httpx.Middleware(log, auth{}, false, r)
		get := func(path, org, role string, status int, contains ...string) {
			t.Helper()
			req := httptest.NewRequest("GET", httpx.Prefix+path, nil)
			req.Header.Set("X-Org", org)
			req.Header.Set("X-Role", role)
			req.Header.Set("Accept-Language", "en")
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, req)
			if rec.Code != status {
				t.Fatalf("%s: %d %s", path, rec.Code, rec.Body)
			}
			for _, want := range contains {
				if !strings.Contains(rec.Body.String(), want) {
					t.Errorf("%s: %s\nlacks %s", path, rec.Body, want)
				}
			}
		}
		get("/insight/clv", "org_a", "viewer", 200, `"known":false,"refusal":{"code":"not_yet"`, `"history":[]`)
		w.tell(buyers(20)...)
		w.tell(created("per_none", at("2026-06-01 00:00")))
		w.catchUp()
		get("/persons/per_001/value", "org_a", "owner", 200, `"code":"not_yet"`)
		w.must(w.svc.RefitAll(context.Background()))
		get("/insight/clv", "org_a", "viewer", 200, `"known":false,"refusal":{"code":"too_few","text":"too few people`)
		get("/persons/per_001/value", "org_a", "owner", 200, `"known":false,"refusal":{"code":"too_few"`)
		if got := w.values(); len(got) != 0 {
			t.Errorf("values without a model: %v", got)
		}
		w.tell(buyers(300)[len(buyers(20)):]...)
		w.catchUp()
		w.must(w.svc.RefitAll(context.Background()))
		get("/insight/clv", "org_a", "viewer", 200, `"known":true`, `"model":"pareto_nbd"`, `"model":"gamma_gamma"`, `"tracking":[{`, `"alive_distribution":[{`)
		if v, err := w.svc.Value(context.Background(), w.org); err != nil || len(v.History) == 0 || v.History[0].Refusal != "" {
			t.Errorf("%+v %v", v.History, err)
		}
		get("/persons/per_001/value?days=90", "org_a", "finance", 200, `"known":true`, `"days":90`, `"currency":"CNY"`, `"worth_known":true`)
		get("/persons/per_none/value", "org_a", "finance", 200, `"refusal":{"code":"no_orders"`)
		get("/persons/per_zzz/value", "org_a", "finance", 404)
		get("/persons/per_001/value", "org_b", "finance", 404)
		get("/persons/per_001/value?days=0", "org_a", "finance", 422, "query.days")
		get("/persons/per_001/value", "org_a", "associate", 403)
		get("/insight/clv", "org_b", "owner", 200, `"code":"not_yet"`)
		get("/insight/clv", "org_a", "associate", 403)
	})
}
