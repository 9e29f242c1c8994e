// Package oracletest puts persons as plan.Eval knows them into the tables of
// facts, for tests and measurements of what reads them.
package oracletest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"fishpond/internal/platform/db"
	"fishpond/internal/segment/predicate/plan"
)

// Store adds persons who are not there yet, with their traits of the given
// types, marks and events. What they are members of is not stored: a segment
// is what its plan says. Call it for some thousand persons at a time, in the
// order of seq; that is fastest.
func Store(ctx context.Context, tx *db.Tx, orgID string, persons []plan.Person, traits []plan.Attr) error {
	s := rows{}
	for i := range persons {
		if err := s.add(&persons[i], traits); err != nil {
			return err
		}
	}
	n := len(s.seq)
	var cols []db.Column
	cols = append(cols, db.Same("org_id", orgID, n), db.Int("seq", s.seq))
	for i, name := range textColumns {
		cols = append(cols, db.Text(name, s.texts[i]))
	}
	for i, name := range intColumns {
		cols = append(cols, db.Int(name, s.ints[i]))
	}
	if _, err := tx.BulkInsert(ctx, "segment_person", "", cols...); err != nil {
		return err
	}
	if _, err := tx.BulkInsert(ctx, "segment_trait", "", db.Same("org_id", orgID, len(s.trait.seq)), db.Int("seq", s.trait.seq),
		db.Text("trait_key", s.trait.key), db.Text("txt", s.trait.txt), db.Int("num", s.trait.num)); err != nil {
		return err
	}
	if _, err := tx.BulkInsert(ctx, "segment_mark", "", db.Same("org_id", orgID, len(s.mark.seq)), db.Int("seq", s.mark.seq),
		db.Text("what", s.mark.what), db.Text("id", s.mark.id)); err != nil {
		return err
	}
	e := s.event
	_, err := tx.BulkInsert(ctx, "segment_event", "", db.Same("org_id", orgID, len(e.seq)), db.Int("seq", e.seq), db.Text("kind", e.kind),
		db.Int("at", e.at), db.Int("log_seq", e.log), db.Int("own_seq", e.seq), db.Text("data", e.data))
	return err
}

var (
	textColumns = []string{"person_id", "stage", "region", "gender", "owner", "name", "channel", "source"}
	intColumns  = []string{"birthday", "birthday_md", "orders", "refunds", "gmv_minor", "refunded_minor", "first_order_at", "last_order_at",
		"created_at", "rfm_recency", "rfm_frequency", "rfm_monetary"}
)

type rows struct {
	seq   []int64
	texts [8][]string
	ints  [12][]int64
	trait struct {
		seq      []int64
		key, txt []string
		num      []int64
	}
	mark struct {
		seq      []int64
		what, id []string
	}
	event struct {
		seq        []int64
		kind, data []string
		at, log    []int64
	}
}

func (s *rows) add(p *plan.Person, traits []plan.Attr) error {
	seq := int64(p.Seq)
	s.seq = append(s.seq, seq)
	for i, v := range []string{"per_" + strconv.FormatInt(seq, 10), p.Stage, p.Region, p.Gender, p.Owner, p.Name, p.Channel, p.Source} {
		s.texts[i] = append(s.texts[i], v)
	}
	day, known := plan.ParseDay(p.Birthday)
	md := int64(0)
	if known {
		md = day.OfYear()
	} else {
		day = 0
	}
	for i, v := range []int64{int64(day), md, p.Orders, p.Refunds, p.GMV, p.Refunded, p.FirstOrder, p.LastOrder, p.Created, p.Recency, p.Frequency, p.Monetary} {
		s.ints[i] = append(s.ints[i], v)
	}
	for _, a := range traits {
		s.addTrait(seq, a, p.Traits[a.Name])
	}
	mark := func(what string, ids ...string) {
		for _, id := range ids {
			s.mark.seq, s.mark.what, s.mark.id = append(s.mark.seq, seq), append(s.mark.what, what), append(s.mark.id, id)
		}
	}
	mark("tag", p.Tags...)
	mark("identity", p.Identities...)
	mark("carrier", p.Carriers...)
	mark("list", p.Lists...)
	for purpose, granted := range p.Consents {
		if granted {
			mark("granted", purpose)
		} else {
			mark("withdrawn", purpose)
		}
	}
	for i, e := range p.Events {
		data := []byte("{}")
		if len(e.Data) > 0 {
			var err error
			if data, err = json.Marshal(e.Data); err != nil {
				return fmt.Errorf("oracletest: %w", err)
			}
		}
		t := &s.event
		t.seq, t.kind, t.at = append(t.seq, seq), append(t.kind, e.Kind), append(t.at, e.At)
		t.log, t.data = append(t.log, int64(i+1)), append(t.data, string(data))
	}
	return nil
}

func (s *rows) addTrait(seq int64, a plan.Attr, value any) {
	put := func(txt string, num int64) {
		t := &s.trait
		t.seq, t.key, t.txt, t.num = append(t.seq, seq), append(t.key, a.Name), append(t.txt, txt), append(t.num, num)
	}
	switch a.Type {
	case plan.Text:
		if v, _ := value.(string); v != "" && utf8.ValidString(v) {
			put(v, 0)
		}
	case plan.List:
		var texts []string
		switch l := value.(type) {
		case []string:
			texts = slices.Clone(l)
		case []any:
			for _, e := range l {
				if v, ok := e.(string); ok {
					texts = append(texts, v)
				}
			}
		}
		slices.Sort(texts)
		for _, v := range slices.Compact(texts) {
			put(v, 0)
		}
	case plan.Number:
		if f, ok := value.(float64); ok {
			if v, ok := plan.Fixed(f); ok {
				put("", v)
			}
		}
	case plan.Date:
		v, _ := value.(string)
		if day, ok := plan.ParseDay(v); ok {
			put("", int64(day))
		}
	case plan.Bool:
		switch value {
		case true:
			put("", 1)
		case false:
			put("", 0)
		}
	}
}
