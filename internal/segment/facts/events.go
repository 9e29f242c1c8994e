package facts

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"fishpond/internal/acquisition/acquisitionevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/jsonscan"
	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
)

// arrived is the event that tells over which channel somebody came.
const arrived = acquisitionevent.Arrived

// storeEvents keeps the events of a batch.
func (w *work) storeEvents(ctx context.Context) error {
	var kind, data []string
	var seq, at, number, own []int64
	for _, e := range w.events {
		place, ok := w.places[e.PersonID]
		if !ok {
			continue // nobody in the pool
		}
		all, plain, err := w.own.keep(e.Kind, e.Data)
		if err != nil {
			return fmt.Errorf("facts: event %s: %w", e.ID, err)
		}
		kind, data = append(kind, e.Kind), append(data, string(all))
		seq, own = append(seq, int64(place.Speaker)), append(own, int64(place.Own))
		at, number = append(at, clock.Micros(e.OccurredAt)), append(number, e.Position.Seq)
		w.change.Events = append(w.change.Events, Event{Seq: place.Speaker, Kind: e.Kind, At: clock.Micros(e.OccurredAt), Data: plain})
	}
	n := len(kind)
	if n == 0 {
		return nil
	}
	added, err := w.tx.BulkInsert(ctx, "segment_event", "ON CONFLICT (org_id, seq, kind, at, log_seq) DO NOTHING", db.Same("org_id", w.orgID, n), db.Int("seq", seq),
		db.Text("kind", kind), db.Int("at", at), db.Int("log_seq", number), db.Int("own_seq", own), db.Text("data", data))
	if err != nil {
		return fmt.Errorf("facts: events: %w", err)
	}
	if added < int64(n) { // an event that was parked has come again: nobody counts it twice
		for _, e := range w.change.Events {
			w.change.Whole = append(w.change.Whole, e.Seq)
		}
		w.change.Events = nil
	}
	return nil
}

// properties are those of the house's own kinds of events that segments may
// ask for: by kind and name at the top the names within the elements of a
// list. Of other kinds everything is kept.
type properties map[string]map[string][]string

func ownProperties() properties {
	out := properties{}
	for _, e := range predicate.StandardEvents() {
		if e.Open {
			continue
		}
		out[e.Kind] = map[string][]string{}
		for _, p := range e.Properties {
			path := p.Path
			if path == "" {
				path = p.Name
			}
			list, element, _ := strings.Cut(path, "[].")
			out[e.Kind][list] = append(out[e.Kind][list], element)
		}
	}
	return out
}

// keep is what is stored of an event's data, and what of it the index may
// want: what is at the top and no list or object. Of the house's own events
// that is what segments can ask for: the values of identities, above all, are
// not among it.
func (own properties) keep(kind string, data json.RawMessage) (all, plain json.RawMessage, err error) {
	of, standard := own[kind]
	all, plain = []byte{'{'}, []byte{'{'}
	seen := map[string]bool{} // a name that comes twice is read differently by everybody
	err = jsonscan.Object(data, func(key, value []byte) error {
		elements, wanted := of[string(key)]
		if standard && !wanted || seen[string(key)] || bytes.Contains(key, zero) || unreadable(value) {
			return nil
		}
		seen[string(key)] = true
		if value[0] != '[' && value[0] != '{' {
			all, plain = member(all, key, value), member(plain, key, value)
			return nil
		}
		if !standard {
			all = member(all, key, value)
			return nil
		}
		if value[0] != '[' {
			return nil
		}
		list := []byte{'['}
		if err := jsonscan.Array(value, func(v []byte) error {
			element := []byte{'{'}
			if v[0] == '{' {
				if err := jsonscan.Object(v, func(key, value []byte) error {
					if slices.Contains(elements, string(key)) {
						element = member(element, key, value)
					}
					return nil
				}); err != nil {
					return err
				}
			}
			if len(list) > 1 {
				list = append(list, ',')
			}
			list = append(append(list, element...), '}')
			return nil
		}); err != nil {
			return err
		}
		all = member(all, key, append(list, ']'))
		return nil
	})
	return append(all, '}'), append(plain, '}'), err
}

// zero is the character that JSON has and PostgreSQL's texts have not; huge a
// number beyond all numeric types, at the start or within a list or object.
var (
	zero = []byte(`\u0000`)
	huge = regexp.MustCompile(`(^|[:,\[]\s*)-?[0-9.]+[eE][+-]?[0-9]{4,}`)
)

// unreadable reports whether some database could stumble over a piece of JSON.
// A text that only looks so is left out with it, which is no loss.
func unreadable(raw []byte) bool {
	return bytes.Contains(raw, zero) || raw[0] != '"' && bytes.ContainsAny(raw, "eE") && huge.Match(raw)
}

// member adds a member to an object that is being written.
func member(object, key, value []byte) []byte {
	if len(object) > 1 {
		object = append(object, ',')
	}
	return append(append(append(append(object, '"'), key...), '"', ':'), value...)
}

// move gives the events of merged persons to who speaks for them, and those
// of parted ones back, whatever the order in which it was told.
func (w *work) move(ctx context.Context) error {
	if len(w.joined) == 0 {
		return nil
	}
	var involved []int64
	for _, p := range w.speaks {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(p.Members)), func(id string) bool { return w.joined[id] }) {
			continue
		}
		for _, seq := range p.Members {
			involved = append(involved, int64(seq))
		}
	}
	slices.Sort(involved)
	in, all := numbers(w.tx, "seq", involved)
	for _, p := range w.speaks {
		var members []int64
		for _, seq := range p.Members {
			members = append(members, int64(seq))
		}
		if !slices.ContainsFunc(members, func(seq int64) bool { _, ok := slices.BinarySearch(involved, seq); return ok }) {
			continue
		}
		own, arg := numbers(w.tx, "own_seq", members)
		speaker := int64(p.Person.Seq)
		if _, err := w.tx.Exec(ctx, "UPDATE segment_event SET seq = ? WHERE org_id = ? AND seq <> ? AND "+in+" AND "+own, speaker, w.orgID, speaker, all, arg); err != nil {
			return fmt.Errorf("facts: merged events: %w", err)
		}
	}
	for _, seq := range involved {
		w.change.Whole = append(w.change.Whole, uint32(seq))
	}
	return nil
}

// numbers is the condition that a column is one of the values.
func numbers(tx *db.Tx, column string, values []int64) (string, any) {
	list, err := json.Marshal(values)
	if err != nil {
		panic(err) // integers always are JSON
	}
	if tx.Engine() == db.Postgres {
		return column + " = ANY (ARRAY(SELECT CAST(v AS BIGINT) FROM json_array_elements_text(CAST(? AS JSON)) v))", string(list)
	}
	return column + " IN (SELECT value FROM json_each(?))", string(list)
}

// channels finds over which channel each person came first.
func channels(ctx context.Context, tx *db.Tx, orgID string, seqs []int64) (map[uint32]string, error) {
	out := map[uint32]string{}
	of, arg := numbers(tx, "seq", seqs)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var seq uint32
		var data []byte
		if err := rows.Scan(&seq, &data); err != nil {
			return err
		}
		var came struct {
			Channel any `json:"channel_id"`
		}
		if err := json.Unmarshal(data, &came); err != nil {
			return err
		}
		if name, ok := came.Channel.(string); ok && out[seq] == "" {
			out[seq] = name
		}
		return nil
	}, "SELECT seq, data FROM segment_event WHERE org_id = ? AND kind = ? AND "+of+" ORDER BY seq, at, log_seq", orgID, arrived, arg)
}

const (
	maxKinds      = 500 // of events, in an org
	maxProperties = 100 // of one kind
)

// propertyName is what a predicate can name.
var propertyName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)

// learnKinds notes kinds of events, and properties of them, that have not been
// seen before, so that pickers offer them.
func (w *work) learnKinds(ctx context.Context) error {
	if len(w.events) == 0 {
		return nil
	}
	known, err := Kinds(ctx, w.tx, w.orgID)
	if err != nil {
		return err
	}
	properties := map[string]map[string]plan.Type{}
	for _, k := range known {
		properties[k.Kind] = k.Properties
	}
	fresh := map[string]int64{}
	for _, e := range w.events {
		have, ok := properties[e.Kind]
		if !ok {
			if len(properties) >= maxKinds {
				continue
			}
			have = map[string]plan.Type{}
			properties[e.Kind] = have
			fresh[e.Kind] = clock.Micros(e.OccurredAt)
		}
		if err := jsonscan.Object(e.Data, func(key, value []byte) error {
			t := typeOf(value)
			if t == 0 || len(have) >= maxProperties || have[string(key)] != 0 || !propertyName.Match(key) {
				return nil
			}
			have[string(key)] = t
			fresh[e.Kind] = clock.Micros(e.OccurredAt)
			return nil
		}); err != nil {
			return fmt.Errorf("facts: event %s: %w", e.ID, err)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(fresh)) {
		text, err := json.Marshal(properties[kind])
		if err != nil {
			return err
		}
		if _, err := w.tx.Exec(ctx, `INSERT INTO segment_kind (org_id, kind, properties, first_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (org_id, kind) DO UPDATE SET properties = excluded.properties`, w.orgID, kind, string(text), fresh[kind]); err != nil {
			return fmt.Errorf("facts: kinds: %w", err)
		}
		w.revised = true
	}
	return nil
}

// typeOf is the type that a JSON value suggests, 0 for null and what cannot be
// asked for.
func typeOf(value []byte) plan.Type {
	switch value[0] {
	case '"':
		return plan.Text
	case 't', 'f':
		return plan.Bool
	case 'n', '{', '[':
		return 0
	}
	return plan.Number
}
