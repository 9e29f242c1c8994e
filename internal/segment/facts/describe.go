package facts

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"fishpond/internal/platform/db"
	"fishpond/internal/segment/predicate/plan"
)

// describe writes how the persons of a batch are now.
func (w *work) describe(ctx context.Context) error {
	if len(w.speaks) == 0 {
		return nil
	}
	if err := w.clear(ctx); err != nil {
		return fmt.Errorf("facts: clear: %w", err)
	}
	types, err := w.traitTypes(ctx)
	if err != nil {
		return err
	}
	if err := w.complete(ctx); err != nil {
		return err
	}
	var t traitRows
	var m markRows
	for _, p := range w.speaks {
		seq := int64(p.Person.Seq)
		w.change.Persons = append(w.change.Persons, p.Person.Seq)
		for _, key := range slices.Sorted(maps.Keys(p.Person.Traits)) {
			t.add(seq, key, types[key], p.Person.Traits[key])
		}
		for what, ids := range map[string][]string{Tag: p.Person.Tags, Identity: p.Person.Identities, Carrier: p.Person.Carriers, List: p.Person.Lists} {
			m.add(seq, what, ids...)
		}
		for purpose, yes := range p.Person.Consents {
			if yes {
				m.add(seq, Granted, purpose)
			} else {
				m.add(seq, Withdrawn, purpose)
			}
		}
	}
	if err := w.savePersons(ctx); err != nil {
		return fmt.Errorf("facts: persons: %w", err)
	}
	if n := len(t.key); n > 0 {
		if _, err := w.tx.BulkInsert(ctx, "segment_trait", "", db.Same("org_id", w.orgID, n), db.Int("seq", t.seq), db.Text("trait_key", t.key),
			db.Text("txt", t.text), db.Int("num", t.num)); err != nil {
			return fmt.Errorf("facts: traits: %w", err)
		}
	}
	if n := len(m.id); n > 0 {
		if _, err := w.tx.BulkInsert(ctx, "segment_mark", "", db.Same("org_id", w.orgID, n), db.Int("seq", m.seq), db.Text("what", m.what), db.Text("id", m.id)); err != nil {
			return fmt.Errorf("facts: marks: %w", err)
		}
	}
	return nil
}

// clear removes what was known of the persons and of all whom they speak for.
func (w *work) clear(ctx context.Context) error {
	var all, merged []int64
	for _, p := range w.speaks {
		for _, seq := range p.Members {
			all = append(all, int64(seq))
			if seq != p.Person.Seq {
				merged = append(merged, int64(seq))
			}
		}
	}
	slices.Sort(all)
	of, arg := numbers(w.tx, "seq", all)
	for _, table := range []string{"segment_trait", "segment_mark"} {
		if _, err := w.tx.Exec(ctx, "DELETE FROM "+table+" WHERE org_id = ? AND "+of, w.orgID, arg); err != nil {
			return err
		}
	}
	if len(merged) == 0 {
		return nil
	}
	of, arg = numbers(w.tx, "seq", merged)
	_, err := w.tx.Exec(ctx, "DELETE FROM segment_person WHERE org_id = ? AND "+of, w.orgID, arg)
	return err
}

func (w *work) traitTypes(ctx context.Context) (map[string]plan.Type, error) {
	declared, err := w.Projection.people.Traits(ctx, w.tx, w.orgID)
	if err != nil {
		return nil, fmt.Errorf("facts: traits: %w", err)
	}
	out := map[string]plan.Type{}
	for _, a := range declared {
		out[a.Name] = a.Type
	}
	return out, nil
}

// complete adds what the portraits leave out: lists, channels and scores.
func (w *work) complete(ctx context.Context) error {
	var speakers, members []string
	var seqs []int64
	for _, p := range w.speaks {
		speakers, seqs = append(speakers, p.ID), append(seqs, int64(p.Person.Seq))
		members = slices.AppendSeq(members, maps.Keys(p.Members))
	}
	slices.Sort(members)
	lists, err := w.lists.ListsOf(ctx, w.tx, w.orgID, members)
	if err != nil {
		return fmt.Errorf("facts: lists: %w", err)
	}
	scores, err := w.Projection.people.Scores(ctx, w.tx, w.orgID, speakers)
	if err != nil {
		return fmt.Errorf("facts: scores: %w", err)
	}
	came, err := channels(ctx, w.tx, w.orgID, seqs)
	if err != nil {
		return fmt.Errorf("facts: channels: %w", err)
	}
	for i := range w.speaks {
		p := &w.speaks[i].Person
		for id := range w.speaks[i].Members {
			p.Lists = append(p.Lists, lists[id]...)
		}
		rfm := scores[w.speaks[i].ID]
		p.Recency, p.Frequency, p.Monetary = rfm[0], rfm[1], rfm[2]
		p.Channel = came[p.Seq]
	}
	return nil
}

type traitRows struct {
	seq, num  []int64
	key, text []string
}

// add keeps a value that is of its declared type.
func (r *traitRows) add(seq int64, key string, t plan.Type, value any) {
	var texts []string
	var num int64
	switch t {
	case plan.Text:
		if s, _ := value.(string); s != "" {
			texts = []string{s}
		}
	case plan.List:
		list, _ := value.([]any)
		for _, e := range list {
			if s, ok := e.(string); ok && !slices.Contains(texts, s) {
				texts = append(texts, s)
			}
		}
	case plan.Bool:
		if b, ok := value.(bool); ok {
			texts = []string{""}
			if b {
				num = 1
			}
		}
	case plan.Number:
		f, ok := value.(float64)
		if num, ok = fixed(f, ok); ok {
			texts = []string{""}
		}
	case plan.Date:
		s, _ := value.(string)
		if day, ok := plan.ParseDay(s); ok {
			texts, num = []string{""}, int64(day)
		}
	}
	for _, text := range texts {
		r.seq, r.num = append(r.seq, seq), append(r.num, num)
		r.key, r.text = append(r.key, key), append(r.text, text)
	}
}

func fixed(f float64, ok bool) (int64, bool) {
	if !ok {
		return 0, false
	}
	return plan.Fixed(f)
}

type markRows struct {
	seq      []int64
	what, id []string
}

func (r *markRows) add(seq int64, what string, ids ...string) {
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		r.seq, r.what, r.id = append(r.seq, seq), append(r.what, what), append(r.id, id)
	}
}

func (w *work) savePersons(ctx context.Context) error {
	n := len(w.speaks)
	text := func(name string, get func(*plan.Person) string) db.Column {
		v := make([]string, n)
		for i := range w.speaks {
			v[i] = get(&w.speaks[i].Person)
		}
		return db.Text(name, v)
	}
	num := func(name string, get func(*plan.Person) int64) db.Column {
		v := make([]int64, n)
		for i := range w.speaks {
			v[i] = get(&w.speaks[i].Person)
		}
		return db.Int(name, v)
	}
	ids := make([]string, n)
	for i, p := range w.speaks {
		ids[i] = p.ID
	}
	_, err := w.tx.BulkInsert(ctx, "segment_person", `ON CONFLICT (org_id, seq) DO UPDATE SET person_id = excluded.person_id, stage = excluded.stage,
		region = excluded.region, gender = excluded.gender, birthday = excluded.birthday, birthday_md = excluded.birthday_md, owner = excluded.owner,
		name = excluded.name, channel = excluded.channel, source = excluded.source, orders = excluded.orders, refunds = excluded.refunds,
		gmv_minor = excluded.gmv_minor, refunded_minor = excluded.refunded_minor, first_order_at = excluded.first_order_at,
		last_order_at = excluded.last_order_at, created_at = excluded.created_at, rfm_recency = excluded.rfm_recency,
		rfm_frequency = excluded.rfm_frequency, rfm_monetary = excluded.rfm_monetary`,
		db.Same("org_id", w.orgID, n),
		num("seq", func(p *plan.Person) int64 { return int64(p.Seq) }),
		db.Text("person_id", ids),
		text("stage", func(p *plan.Person) string { return p.Stage }),
		text("region", func(p *plan.Person) string { return p.Region }),
		text("gender", func(p *plan.Person) string { return p.Gender }),
		num("birthday", func(p *plan.Person) int64 { d, _ := plan.ParseDay(p.Birthday); return int64(d) }),
		num("birthday_md", func(p *plan.Person) int64 {
			if d, ok := plan.ParseDay(p.Birthday); ok {
				return d.OfYear()
			}
			return 0
		}),
		text("owner", func(p *plan.Person) string { return p.Owner }),
		text("name", func(p *plan.Person) string { return p.Name }),
		text("channel", func(p *plan.Person) string { return p.Channel }),
		text("source", func(p *plan.Person) string { return p.Source }),
		num("orders", func(p *plan.Person) int64 { return p.Orders }),
		num("refunds", func(p *plan.Person) int64 { return p.Refunds }),
		num("gmv_minor", func(p *plan.Person) int64 { return p.GMV }),
		num("refunded_minor", func(p *plan.Person) int64 { return p.Refunded }),
		num("first_order_at", func(p *plan.Person) int64 { return p.FirstOrder }),
		num("last_order_at", func(p *plan.Person) int64 { return p.LastOrder }),
		num("created_at", func(p *plan.Person) int64 { return p.Created }),
		num("rfm_recency", func(p *plan.Person) int64 { return p.Recency }),
		num("rfm_frequency", func(p *plan.Person) int64 { return p.Frequency }),
		num("rfm_monetary", func(p *plan.Person) int64 { return p.Monetary }))
	return err
}
