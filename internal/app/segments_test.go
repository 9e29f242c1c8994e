package app

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool"
	"fishpond/internal/segment/facts"
	"fishpond/internal/segment/predicate/plan"
	"fishpond/internal/timeline"
)

// TestFactsFollowThePool: after any history of imports, merges, splits, orders
// and changes by hand, the facts say of everybody what the pool says, have
// each event once, and are the same when they are built anew from the log.
func TestFactsFollowThePool(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			h := newHouse(t, engine)
			for seed := range uint64(4) {
				h.live(t, seed)
			}
		})
	}
}

type life struct {
	*house
	t       *testing.T
	r       *rand.Rand
	brand   *brand
	ctx     context.Context
	persons []string
	tags    []string
	merges  []string
}

// live lets a brand live through a random history and compares.
func (h *house) live(t *testing.T, seed uint64) {
	b := h.brand(t, fmt.Sprintf("Life%d", seed))
	l := &life{house: h, t: t, r: rand.New(rand.NewPCG(seed, 7)), brand: b, ctx: access.With(t.Context(), access.ForSystem(b.id, "test"))}
	for _, tag := range []string{"母婴", "易退款"} {
		var out struct{ ID string }
		b.must(t, 201, "POST", "/tags", `{"name":"`+tag+`"}`, &out)
		l.tags = append(l.tags, out.ID)
	}
	for key, typ := range map[string]string{"skin": "text", "score": "number", "wedding": "date", "vip": "boolean", "likes": "list"} {
		b.must(t, 201, "POST", "/traits", fmt.Sprintf(`{"key":%q,"label":%q,"type":%q,"options":[]}`, key, key, typ), nil)
	}
	for range 120 {
		l.step()
		if l.r.IntN(6) == 0 {
			l.catchUp()
		}
	}
	l.catchUp()
	l.compare()
	b.must(t, 201, "POST", "/segments", `{"name":"Known","text":"name is set and not did page.viewed"}`, nil)
	told := l.settle()
	before := l.dump()
	if err := h.Runner.Rebuild(t.Context(), facts.SubscriberName, b.id); err != nil {
		t.Fatal(err)
	}
	if after := l.dump(); !slices.Equal(before, after) {
		t.Fatalf("seed %d: built anew, the facts are\n%q, were\n%q", seed, after, before)
	}
	if again := l.settle(); told == 0 || again != told {
		t.Fatalf("seed %d: %d had entered or left, %d after the facts were built anew", seed, told, again)
	}
}

func (l *life) catchUp() {
	if err := l.Runner.CatchUp(l.ctx, l.brand.id); err != nil {
		l.t.Fatal(err)
	}
}

// settle has segments come to where the facts are, and counts who has ever
// entered or left.
func (l *life) settle() (moves int) {
	if err := l.Live.CatchUp(l.ctx, l.brand.id); err != nil {
		l.t.Fatal(err)
	}
	l.catchUp()
	if err := l.DB.Read(l.ctx, l.brand.id, func(tx *db.Tx) error {
		return tx.QueryRow(l.ctx, "SELECT count(*) FROM timeline_event WHERE org_id = ? AND kind IN ('segment.entered', 'segment.left')", l.brand.id).Scan(&moves)
	}); err != nil {
		l.t.Fatal(err)
	}
	return moves
}

func (l *life) anybody() string { return l.persons[l.r.IntN(len(l.persons))] }

func (l *life) step() {
	if len(l.persons) < 3 || l.r.IntN(4) == 0 {
		l.meet()
		return
	}
	id := l.anybody()
	switch l.r.IntN(9) {
	case 0, 1:
		l.track(fmt.Sprintf(`{"kind":"order.paid","person_id":%q,"occurred_at":"2026-0%d-11T08:00:00Z","data":{"order_id":"o%d","amount_minor":%d,"currency":"CNY","items":[{"sku":"A","name":"A","quantity":"1","amount_minor":1}]}}`,
			id, 1+l.r.IntN(9), l.r.Uint32(), l.r.IntN(90000)))
	case 2:
		l.track(fmt.Sprintf(`{"kind":"order.refunded","person_id":%q,"occurred_at":"2026-09-12T08:00:00Z","data":{"refund_id":"r%d","amount_minor":500,"currency":"CNY"}}`, id, l.r.Uint32()))
	case 3:
		l.track(fmt.Sprintf(`{"kind":"page.viewed","person_id":%q,"occurred_at":"2026-09-13T08:00:00Z","data":{"path":"/p%d"}}`, id, l.r.IntN(3)))
	case 4:
		l.track(fmt.Sprintf(`{"kind":"channel.arrived","person_id":%q,"occurred_at":"2026-0%d-01T08:00:00Z","data":{"channel_id":"chn_%d"}}`, id, 1+l.r.IntN(9), l.r.IntN(3)))
	case 5:
		l.brand.must(l.t, 200, "PUT", "/persons/"+id+"/traits", []string{`{"skin":"油性"}`, `{"skin":null}`, `{"score":12.345678}`, `{"wedding":"2020-02-29"}`, `{"vip":true}`, `{"likes":["咖啡","猫"]}`}[l.r.IntN(6)], nil)
	case 6:
		l.brand.must(l.t, 204, []string{"PUT", "DELETE"}[l.r.IntN(2)], "/persons/"+id+"/tags/"+l.tags[l.r.IntN(2)], "", nil)
	case 7:
		l.brand.must(l.t, 201, "POST", "/persons/"+id+"/consents", fmt.Sprintf(`{"purpose":"marketing","granted":%t}`, l.r.IntN(2) == 0), nil)
	case 8:
		if len(l.merges) > 0 && l.r.IntN(2) == 0 {
			i := l.r.IntN(len(l.merges))
			l.brand.call(l.t, "POST", "/merges/"+l.merges[i]+"/split", "") // may be refused: split already, or hidden by a later merge
			return
		}
		if status, body := l.brand.call(l.t, "POST", "/persons/"+id+"/merge", fmt.Sprintf(`{"other_id":%q,"reason":"test"}`, l.anybody())); status < 300 {
			var m pool.Merge
			if err := json.Unmarshal(body, &m); err != nil {
				l.t.Fatal(err)
			}
			l.merges = append(l.merges, m.ID)
		}
	}
}

// meet has a source tell of somebody, known or not.
func (l *life) meet() {
	ids := []pool.Identity{{Kind: "phone", Value: fmt.Sprintf("1390000%04d", l.r.IntN(40))}}
	if l.r.IntN(4) == 0 { // who shares both a phone and an address with others joins them
		ids = append(ids, pool.Identity{Kind: "email", Value: fmt.Sprintf("p%d@mail.example", l.r.IntN(20))})
	}
	var out []pool.Resolved
	if err := l.DB.Write(l.ctx, l.brand.id, func(tx *db.Tx) (err error) {
		out, err = l.Pool.Resolve(l.ctx, tx, l.brand.id, []pool.Contact{{
			Identities: ids, Name: fmt.Sprintf("客%d", l.r.IntN(100)), Region: []string{"山东", "河南", ""}[l.r.IntN(3)], Birthday: "1990-05-0" + fmt.Sprint(1+l.r.IntN(9)), Source: "import"}})
		return err
	}); err != nil {
		l.t.Fatal(err)
	}
	if !slices.Contains(l.persons, out[0].PersonID) {
		l.persons = append(l.persons, out[0].PersonID)
	}
}

func (l *life) track(event string) {
	l.brand.must(l.t, 200, "POST", "/events/batch", `{"events":[`+event+`]}`, nil)
}

// compare asks the pool for everybody, and the facts.
func (l *life) compare() {
	type known struct {
		Name, Region, Birthday, Stage string
		Orders, GMV                   int64
		Tags, Identities              []string
		Traits                        map[string]any
		Marketing                     *bool
		Events                        int
	}
	var have []plan.Person
	ids := map[uint32]string{}
	if err := l.DB.Read(l.ctx, l.brand.id, func(tx *db.Tx) error {
		traits, err := segmentFacts{l.Pool, l.Lifecycle}.Traits(l.ctx, tx, l.brand.id)
		if err != nil {
			return err
		}
		return facts.Each(l.ctx, tx, l.brand.id, traits, func(p *plan.Person) error { have = append(have, *p); return nil })
	}); err != nil {
		l.t.Fatal(err)
	}
	want := map[uint32]known{}
	for _, id := range l.persons {
		p, err := l.Pool.Get(l.ctx, id)
		if err != nil {
			l.t.Fatal(err)
		}
		k := known{Name: p.Name, Region: p.Region, Birthday: p.Birthday, Stage: p.Stage, Orders: p.Orders, GMV: p.GMVMinor, Traits: map[string]any{}}
		for _, t := range p.Tags {
			k.Tags = append(k.Tags, t.ID)
		}
		for _, i := range p.Identities {
			if !slices.Contains(k.Identities, i.Kind) {
				k.Identities = append(k.Identities, i.Kind)
			}
		}
		for key, raw := range p.Traits {
			var v any
			if err := json.Unmarshal(raw, &v); err != nil {
				l.t.Fatal(err)
			}
			if f, ok := v.(float64); ok { // to four places, as numbers are kept
				n, _ := plan.Fixed(f)
				v = float64(n) / plan.Scale
			}
			k.Traits[key] = v
		}
		for _, c := range p.Consents {
			k.Marketing = &c.Granted
		}
		if err := l.DB.Read(l.ctx, l.brand.id, func(tx *db.Tx) error {
			_, members, err := l.Pool.Members(l.ctx, tx, l.brand.id, p.ID)
			if err != nil {
				return err
			}
			events, err := l.Timeline.Persons(l.ctx, tx, l.brand.id, timeline.Query{PersonIDs: members, Limit: 10_000})
			for _, e := range events {
				if e.Kind != "person.updated" && e.Kind != "person.merged" && e.Kind != "person.split" && !strings.HasPrefix(e.Kind, "segment.") {
					k.Events++
				}
			}
			return err
		}); err != nil {
			l.t.Fatal(err)
		}
		slices.Sort(k.Tags)
		slices.Sort(k.Identities)
		want[p.Seq], ids[p.Seq] = k, p.ID
	}
	if len(have) < 10 {
		l.t.Errorf("%d persons are too few to say anything", len(have))
	}
	if len(have) != len(want) {
		l.t.Errorf("the facts know %d persons, the pool %d", len(have), len(want))
	}
	for _, p := range have {
		k := known{Name: p.Name, Region: p.Region, Birthday: p.Birthday, Stage: p.Stage, Orders: p.Orders, GMV: p.GMV, Tags: p.Tags, Identities: p.Identities,
			Traits: map[string]any{}, Events: len(p.Events)}
		for key, v := range p.Traits {
			if list, ok := v.([]string); ok {
				elements := make([]any, len(list))
				for i, e := range list {
					elements[i] = e
				}
				v = elements
			}
			k.Traits[key] = v
		}
		if granted, ok := p.Consents["marketing"]; ok {
			k.Marketing = &granted
		}
		if w := want[p.Seq]; !reflect.DeepEqual(k, w) {
			l.t.Errorf("person %s: the facts say\n%+v, the pool\n%+v", ids[p.Seq], k, w)
		}
	}
}

// dump is all rows of the facts but the feed.
func (l *life) dump() (out []string) {
	if err := l.DB.Read(l.ctx, l.brand.id, func(tx *db.Tx) error {
		for table, columns := range map[string]string{
			"segment_person": "seq, person_id, stage, region, birthday, birthday_md, owner, name, channel, source, orders, refunds, gmv_minor, refunded_minor, first_order_at, last_order_at, created_at",
			"segment_trait":  "seq, trait_key, txt, num", "segment_mark": "seq, what, id", "segment_event": "seq, kind, at, log_seq, own_seq, data", "segment_kind": "kind, properties",
		} {
			rows, err := tx.Query(l.ctx, "SELECT "+columns+" FROM "+table+" WHERE org_id = ?", l.brand.id)
			if err != nil {
				return err
			}
			names, err := rows.Columns()
			if err != nil {
				return err
			}
			for rows.Next() {
				values := make([]any, len(names))
				for i := range values {
					values[i] = new(string)
				}
				if err := rows.Scan(values...); err != nil {
					return err
				}
				line := table
				for _, v := range values {
					line += "|" + *v.(*string)
				}
				out = append(out, line)
			}
			if err := rows.Close(); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		l.t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

// TestScoresOfSegmentsFollowTime: what lifecycle would say of somebody today is
// in the facts after the nightly look, though nothing has happened.
func TestScoresOfSegmentsFollowTime(t *testing.T) {
	h := newHouse(t, db.SQLite)
	b := h.brand(t, "Scores")
	for i, day := range []string{"2026-01-05", "2026-03-05", "2026-05-05", "2026-07-05", "2026-09-05"} {
		b.must(t, 200, "POST", "/events/batch", fmt.Sprintf(`{"events":[{"kind":"order.paid","identities":[{"kind":"phone","value":"1390000000%d"}],"occurred_at":"%sT08:00:00Z",
			"data":{"order_id":"o%d","amount_minor":%d00,"currency":"CNY"}}]}`, i, day, i, i+1), nil)
	}
	ctx := t.Context()
	if err := h.Runner.CatchUp(ctx, b.id); err != nil {
		t.Fatal(err)
	}
	scores := func() (out []int64) {
		if err := h.DB.Read(ctx, b.id, func(tx *db.Tx) error {
			return facts.Each(ctx, tx, b.id, nil, func(p *plan.Person) error { out = append(out, p.Recency); return nil })
		}); err != nil {
			t.Fatal(err)
		}
		slices.Sort(out)
		return out
	}
	if got := scores(); !slices.Equal(got, []int64{0, 0, 0, 0, 0}) {
		t.Fatalf("before anything was measured the scores are %v", got)
	}
	if err := h.Lifecycle.Measure(ctx, b.id); err != nil {
		t.Fatal(err)
	}
	if n, err := h.facts.Rescore(ctx, h.DB, b.id); n != 5 || err != nil {
		t.Fatalf("%d changed, %v", n, err)
	}
	if got := scores(); !slices.Equal(got, []int64{1, 2, 3, 4, 5}) {
		t.Errorf("the scores are %v", got)
	}
	if n, err := h.facts.Rescore(ctx, h.DB, b.id); n != 0 || err != nil {
		t.Errorf("nothing has changed since, but %d did, %v", n, err)
	}
}
