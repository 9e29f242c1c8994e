package pool

import (
	"fmt"
	"strings"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

func TestTrack(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		h := f.handler()
		person := f.resolved(contact("", "phone", "13800000001"))[0].PersonID
		deep := strings.Repeat(`{"a":`, 12) + "1" + strings.Repeat("}", 12)
		cases := []struct{ name, event, problem string }{
			{"a view", `{"kind":"page.viewed","identities":[{"kind":"phone","value":"13800000001"}],"data":{"url":"/"}}`, ""},
			{"by id", `{"kind":"page.viewed","person_id":"` + person + `","occurred_at":"2025-01-01T08:00:00+08:00"}`, ""},
			{"an order", `{"kind":"order.paid","person_id":"` + person + `","data":{"order_id":"o1","amount_minor":1200,"currency":"CNY","items":[{"sku":"a","quantity":2,"amount_minor":1200}],"shop":"x"}}`, ""},
			{"a refund", `{"kind":"order.refunded","person_id":"` + person + `","data":{"refund_id":"r1","amount_minor":200,"currency":"CNY"}}`, ""},
			{"not an object", `7`, "Not an event"},
			{"misspelt", `{"kind":"page.viewed","person_id":"` + person + `","idempotencyKey":"x"}`, "idempotencyKey"},
			{"no verb", `{"kind":"page","person_id":"` + person + `"}`, "noun.verbed"},
			{"reserved", `{"kind":"person.merged","person_id":"` + person + `"}`, "person"},
			{"reserved stage", `{"kind":"stage.changed","person_id":"` + person + `"}`, "stage"},
			{"nobody", `{"kind":"page.viewed"}`, "person_id or identities"},
			{"both", `{"kind":"page.viewed","person_id":"` + person + `","identities":[{"kind":"phone","value":"13800000001"}]}`, "person_id or identities"},
			{"unknown person", `{"kind":"page.viewed","person_id":"per_0"}`, "No such person"},
			{"bad phone", `{"kind":"page.viewed","identities":[{"kind":"phone","value":"1"}]}`, "phone"},
			{"4 kB id", `{"kind":"page.viewed","identities":[{"kind":"device","value":"` + strings.Repeat("x", 4096) + `"}]}`, "256"},
			{"zero byte", `{"kind":"page.viewed","identities":[{"kind":"device","value":"a\u0000b"}]}`, "control"},
			{"before the web", `{"kind":"page.viewed","person_id":"` + person + `","occurred_at":"1989-01-01T00:00:00Z"}`, "1990"},
			{"the day after tomorrow", `{"kind":"page.viewed","person_id":"` + person + `","occurred_at":"2026-03-03T00:00:00Z"}`, "tomorrow"},
			{"not a time", `{"kind":"page.viewed","person_id":"` + person + `","occurred_at":"yesterday"}`, "Not an event"},
			{"data of 33 KiB", `{"kind":"page.viewed","person_id":"` + person + `","data":{"x":"` + strings.Repeat("x", 33<<10) + `"}}`, "32 KiB"},
			{"deep data", `{"kind":"page.viewed","person_id":"` + person + `","data":` + deep + `}`, "levels"},
			{"data is a list", `{"kind":"page.viewed","person_id":"` + person + `","data":[1]}`, "object"},
			{"order without id", `{"kind":"order.paid","person_id":"` + person + `","data":{"amount_minor":1,"currency":"CNY"}}`, "order_id"},
			{"order without amount", `{"kind":"order.paid","person_id":"` + person + `","data":{"order_id":"x","currency":"CNY"}}`, "amount_minor"},
			{"negative order", `{"kind":"order.paid","person_id":"` + person + `","data":{"order_id":"x","amount_minor":-1,"currency":"CNY"}}`, "amount_minor"},
			{"huge order", `{"kind":"order.paid","person_id":"` + person + `","data":{"order_id":"x","amount_minor":9000000000000000000,"currency":"CNY"}}`, "amount_minor"},
			{"fractions", `{"kind":"order.paid","person_id":"` + person + `","data":{"order_id":"x","amount_minor":1.5,"currency":"CNY"}}`, "order.paid"},
			{"no currency", `{"kind":"order.paid","person_id":"` + person + `","data":{"order_id":"x","amount_minor":1,"currency":"yuan"}}`, "currency"},
			{"quantity 1e400", `{"kind":"order.paid","person_id":"` + person + `","data":{"order_id":"x","amount_minor":1,"currency":"CNY","items":[{"sku":"a","quantity":"1e400","amount_minor":1}]}}`, "items[0]"},
			{"broken text", `{"kind":"page.viewed","person_id":"` + person + "\",\"data\":{\"x\":\"\xff\"}}", "UTF-8"},
		}
		var events []string
		for _, c := range cases {
			events = append(events, c.event)
		}
		var out Tracked
		st, body := call(t, h, "owner", "POST", "/events/batch", `{"events":[`+strings.Join(events, ",")+`]}`, &out)
		if st != 200 || out.Accepted != 4 || out.Duplicates != 0 {
			t.Fatalf("%d %s", st, body)
		}
		why := map[int]string{}
		for _, r := range out.Rejected {
			why[r.Index] = r.Message
		}
		for i, c := range cases {
			if got, rejected := why[i]; rejected != (c.problem != "") || !strings.Contains(got, c.problem) {
				t.Errorf("%s: %q, want %q", c.name, got, c.problem)
			}
		}
		if err := f.run.CatchUp(f.ctx, org); err != nil {
			t.Fatal(err)
		}
		p := f.person(person)
		if p.Orders != 1 || p.GMVMinor != 1200 || p.RefundedMinor != 200 || p.CreatedAt.Year() != 2026 {
			t.Errorf("%+v", p)
		}
		if data := f.texts("SELECT data FROM timeline_event WHERE kind = 'order.paid'")[0]; data != `{"amount_minor":1200,"currency":"CNY","items":[{"sku":"a","quantity":"2","amount_minor":1200}],"order_id":"o1","shop":"x"}` {
			t.Errorf("order data %s", data)
		}
		// The same again: what has a key of its own or an order's id is known.
		call(t, h, "owner", "POST", "/events/batch", `{"events":[`+events[2]+","+events[3]+`]}`, &out)
		if out.Accepted != 0 || out.Duplicates != 2 {
			t.Errorf("%+v", out)
		}
		keyed := `{"kind":"page.viewed","identities":[{"kind":"cookie","value":"c1"}],"idempotency_key":"k1","source":"shop"}`
		for i, want := range []string{`"accepted":1,"duplicates":0`, `"accepted":0,"duplicates":1`} {
			if st, body := call(t, h, "owner", "POST", "/events", keyed, nil); st != 200 || !strings.Contains(body, want) {
				t.Errorf("time %d: %d %s", i, st, body)
			}
		}
		var one Tracked
		call(t, h, "owner", "POST", "/events/batch", `{"events":[`+strings.ReplaceAll(keyed, "k1", "k2")+","+strings.ReplaceAll(keyed, "k1", "k2")+`]}`, &one)
		if one.Accepted != 1 || one.Duplicates != 1 {
			t.Errorf("twice in one call: %+v", one)
		}
		if st, body := call(t, h, "owner", "POST", "/events", `{"kind":"stage.changed","person_id":"x"}`, nil); st != 422 || !strings.Contains(body, "stage") {
			t.Errorf("%d %s", st, body)
		}
		if st, _ := call(t, h, "associate", "POST", "/events", keyed, nil); st != 403 {
			t.Errorf("associate: %d", st)
		}
		if st, _ := call(t, h, "owner", "POST", "/events/batch", `{"events":[`+strings.Repeat(keyed+",", 500)+keyed+`]}`, nil); st != 422 {
			t.Errorf("501 events: %d", st)
		}
		if st, _ := call(t, h, "owner", "POST", "/events/batch", `{"events":["`+strings.Repeat("x", 5<<20)+`"]}`, nil); st != 413 {
			t.Errorf("5 MiB: %d", st)
		}
	})
}

func FuzzTrackParse(f *testing.F) {
	for _, s := range []string{`{}`, `{"kind":"order.paid","person_id":"p","data":{"order_id":"x","amount_minor":1,"currency":"CNY","items":[{"sku":"a","quantity":1,"amount_minor":1}]}}`,
		`{"kind":"a.b","identities":[{"kind":"email","value":"a@bücher.example"}],"data":{"a":[[["\\\""]]]}}`} {
		f.Add(s)
	}
	p := trackParser{now: oldest.AddDate(30, 0, 0), region: "CN"}
	f.Fuzz(func(t *testing.T, s string) {
		it, problem := p.parse([]byte(s))
		if !problem.IsZero() {
			return
		}
		if it.person == "" && len(it.who.keys) == 0 {
			t.Error("nobody")
		}
		for _, k := range it.who.keys { // what is normal stays as it is
			again, problem := normalise(Identity{k.Kind.String(), k.Value}, "CN", "x")
			if !problem.IsZero() || again != k {
				t.Errorf("%v is %v the second time: %v", k, again, problem)
			}
		}
		if s := fmt.Sprint(it.fact.Data); s == "" {
			t.Error("no data")
		}
	})
}
