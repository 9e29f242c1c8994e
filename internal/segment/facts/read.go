package facts

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"fishpond/internal/platform/db"
	"fishpond/internal/segment/predicate/plan"
)

// Persons reads persons by seq, in ascending order, with their events if asked
// for. Whoever is not in the result is not in the pool. traits tells the types
// of the declared traits; others are passed over.
func Persons(ctx context.Context, tx *db.Tx, orgID string, seqs []uint32, traits []plan.Attr, events bool) ([]plan.Person, error) {
	if len(seqs) == 0 {
		return nil, nil
	}
	of, arg := among(tx, seqs)
	return read(ctx, tx, traits, events, of, orgID, arg)
}

// chunk is how many numbers Each reads at a time: few enough to hold, many
// enough to be fast.
const chunk = 20_000

// Each calls fn with everybody in the pool, by ascending seq, with their
// events.
func Each(ctx context.Context, tx *db.Tx, orgID string, traits []plan.Attr, fn func(*plan.Person) error) error {
	var last int64
	if err := tx.QueryRow(ctx, "SELECT COALESCE(MAX(seq), 0) FROM segment_person WHERE org_id = ?", orgID).Scan(&last); err != nil {
		return fmt.Errorf("facts: last person: %w", err)
	}
	for from := int64(1); from <= last; from += chunk {
		persons, err := read(ctx, tx, traits, true, "seq BETWEEN ? AND ?", orgID, from, from+chunk-1)
		if err != nil {
			return err
		}
		for i := range persons {
			if err := fn(&persons[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// among is the condition that seq is one of seqs, with its argument.
func among(tx *db.Tx, seqs []uint32) (string, any) {
	values := make([]int64, len(seqs))
	for i, s := range seqs {
		values[i] = int64(s)
	}
	return numbers(tx, "seq", values)
}

func read(ctx context.Context, tx *db.Tx, traits []plan.Attr, events bool, of string, args ...any) ([]plan.Person, error) {
	out, err := readPersons(ctx, tx, of, args)
	if err != nil {
		return nil, fmt.Errorf("facts: persons: %w", err)
	}
	for _, part := range []struct {
		what string
		read func() error
	}{
		{"traits", func() error { return readTraits(ctx, tx, traits, out, of, args) }},
		{"marks", func() error { return readMarks(ctx, tx, out, of, args) }},
		{"events", func() error {
			if !events {
				return nil
			}
			return readEvents(ctx, tx, out, of, args)
		}},
	} {
		if err := part.read(); err != nil {
			return nil, fmt.Errorf("facts: %s: %w", part.what, err)
		}
	}
	return out, nil
}

func readPersons(ctx context.Context, tx *db.Tx, of string, args []any) (out []plan.Person, err error) {
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var p plan.Person
		var birthday, monthDay int64
		if err := rows.Scan(&p.Seq, &p.Stage, &p.Region, &p.Gender, &birthday, &monthDay, &p.Owner, &p.Name, &p.Channel, &p.Source,
			&p.Orders, &p.Refunds, &p.GMV, &p.Refunded, &p.FirstOrder, &p.LastOrder, &p.Created, &p.Recency, &p.Frequency, &p.Monetary); err != nil {
			return err
		}
		if monthDay != 0 {
			p.Birthday = plan.Day(birthday).String()
		}
		out = append(out, p)
		return nil
	}, `SELECT seq, stage, region, gender, birthday, birthday_md, owner, name, channel, source, orders, refunds, gmv_minor, refunded_minor,
		first_order_at, last_order_at, created_at, rfm_recency, rfm_frequency, rfm_monetary FROM segment_person WHERE org_id = ? AND `+of+" ORDER BY seq", args...)
	return out, err
}

// decimal is a number that [plan.Fixed] makes scaled of. There is one: scaled
// was made of it.
func decimal(scaled int64) float64 {
	f := float64(scaled) / plan.Scale
	for _, g := range []float64{f, math.Nextafter(f, math.Inf(1)), math.Nextafter(f, math.Inf(-1))} {
		if again, ok := plan.Fixed(g); ok && again == scaled {
			return g
		}
	}
	return f
}

// follower finds the persons of rows that come in ascending order of seq.
type follower struct {
	persons []plan.Person
	at      int
}

func (f *follower) find(seq uint32) *plan.Person {
	for f.at < len(f.persons) && f.persons[f.at].Seq < seq {
		f.at++
	}
	if f.at < len(f.persons) && f.persons[f.at].Seq == seq {
		return &f.persons[f.at]
	}
	return nil
}

func readTraits(ctx context.Context, tx *db.Tx, traits []plan.Attr, persons []plan.Person, of string, args []any) error {
	types := map[string]plan.Type{}
	for _, a := range traits {
		types[a.Name] = a.Type
	}
	at := follower{persons: persons}
	return tx.Each(ctx, func(rows *sql.Rows) error {
		var seq uint32
		var key, text string
		var num int64
		if err := rows.Scan(&seq, &key, &text, &num); err != nil {
			return err
		}
		p, t := at.find(seq), types[key]
		if p == nil || t == 0 {
			return nil
		}
		if p.Traits == nil {
			p.Traits = map[string]any{}
		}
		switch t {
		case plan.Text:
			p.Traits[key] = text
		case plan.List:
			list, _ := p.Traits[key].([]string)
			p.Traits[key] = append(list, text)
		case plan.Number:
			p.Traits[key] = decimal(num)
		case plan.Date:
			p.Traits[key] = plan.Day(num).String()
		case plan.Bool:
			p.Traits[key] = num == 1
		}
		return nil
	}, "SELECT seq, trait_key, txt, num FROM segment_trait WHERE org_id = ? AND "+of+" ORDER BY seq, trait_key, txt", args...)
}

func readMarks(ctx context.Context, tx *db.Tx, persons []plan.Person, of string, args []any) error {
	at := follower{persons: persons}
	return tx.Each(ctx, func(rows *sql.Rows) error {
		var seq uint32
		var what, id string
		if err := rows.Scan(&seq, &what, &id); err != nil {
			return err
		}
		p := at.find(seq)
		if p == nil {
			return nil
		}
		switch what {
		case Tag:
			p.Tags = append(p.Tags, id)
		case Identity:
			p.Identities = append(p.Identities, id)
		case Carrier:
			p.Carriers = append(p.Carriers, id)
		case List:
			p.Lists = append(p.Lists, id)
		case Granted, Withdrawn:
			if p.Consents == nil {
				p.Consents = map[string]bool{}
			}
			p.Consents[id] = what == Granted
		}
		return nil
	}, "SELECT seq, what, id FROM segment_mark WHERE org_id = ? AND "+of+" ORDER BY seq, what, id", args...)
}

// What a row of segment_mark says.
const (
	Tag       = "tag"
	Identity  = "identity"
	Carrier   = "carrier"
	List      = "list"
	Granted   = "granted"
	Withdrawn = "withdrawn"
)

func readEvents(ctx context.Context, tx *db.Tx, persons []plan.Person, of string, args []any) error {
	at := follower{persons: persons}
	return tx.Each(ctx, func(rows *sql.Rows) error {
		var seq uint32
		var e plan.Event
		var data []byte
		if err := rows.Scan(&seq, &e.Kind, &e.At, &data); err != nil {
			return err
		}
		p := at.find(seq)
		if p == nil {
			return nil
		}
		if len(data) > len("{}") {
			if err := json.Unmarshal(data, &e.Data); err != nil {
				return fmt.Errorf("event of person %d: %w", seq, err)
			}
		}
		p.Events = append(p.Events, e)
		return nil
	}, "SELECT seq, kind, at, data FROM segment_event WHERE org_id = ? AND "+of+" ORDER BY seq, kind, at", args...)
}

// Kind is a kind of event that has occurred.
type Kind struct {
	Kind       string
	Properties map[string]plan.Type // seen in its data, at the top
}

// Kinds lists the kinds of events that have occurred, by name.
func Kinds(ctx context.Context, tx *db.Tx, orgID string) (out []Kind, err error) {
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var k Kind
		var properties []byte
		if err := rows.Scan(&k.Kind, &properties); err != nil {
			return err
		}
		out = append(out, k)
		return json.Unmarshal(properties, &out[len(out)-1].Properties)
	}, "SELECT kind, properties FROM segment_kind WHERE org_id = ?", orgID)
	if err != nil {
		return nil, fmt.Errorf("facts: kinds: %w", err)
	}
	slices.SortFunc(out, func(a, b Kind) int { return cmp.Compare(a.Kind, b.Kind) })
	return out, nil
}
