package timeline

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"fmt"
	"regexp"
	"sort"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/ids"
)

//go:embed migrations
var migrations embed.FS

// Migration makes the module's tables.
var Migration = db.Migration{Module: "timeline", FS: migrations}

// Position is a place in an org's log. Positions grow; they are not dense.
type Position struct {
	XID int64 // the writing transaction on PostgreSQL, 0 on SQLite
	Seq int64
}

func (p Position) before(q Position) bool { return p.Compare(q) < 0 }

// Compare is below 0 when p comes before q in the log, above 0 when after.
func (p Position) Compare(q Position) int {
	return cmp.Or(cmp.Compare(p.XID, q.XID), cmp.Compare(p.Seq, q.Seq))
}

// Event is a fact that was recorded.
type Event struct {
	Position   Position
	ID         string
	Kind       string // noun.verbed, e.g. order.paid
	PersonID   string // empty when the fact concerns nobody in particular
	OccurredAt time.Time
	RecordedAt time.Time
	Source     string // which part of the outside it came from: import, track, console, …
	Data       json.RawMessage
}

// Decode reads the event's data into v.
func (e Event) Decode(v any) error {
	if err := json.Unmarshal(e.Data, v); err != nil {
		return fmt.Errorf("event %s (%s): %w", e.ID, e.Kind, err)
	}
	return nil
}

// Fact is something to be recorded.
type Fact struct {
	Kind       string
	PersonID   string
	OccurredAt time.Time // zero: now
	DedupeKey  string    // the same key in the same org is recorded once; empty: never a duplicate
	Source     string
	Data       any // marshalled to JSON; json.RawMessage is taken as it is; nil is {}
}

var kindPattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}\.[a-z][a-z0-9_]{0,39}$`)

// ValidKind reports whether kind has the form noun.verbed, each part at most
// 40 lower-case letters, digits and underscores.
func ValidKind(kind string) bool { return kindPattern.MatchString(kind) }

// Log appends to and reads the timeline.
type Log struct {
	now    clock.Clock
	notify func(orgID string)
}

// New returns the log. now tells the time at which facts are recorded.
func New(now clock.Clock) *Log { return &Log{now: now} }

// Append records facts in the caller's transaction and returns, for each
// fact, whether it was new. Facts are recorded in the order given.
func (l *Log) Append(ctx context.Context, tx *db.Tx, orgID string, facts ...Fact) ([]bool, error) {
	fresh := make([]bool, len(facts))
	if len(facts) == 0 {
		return fresh, nil
	}
	rows, err := l.rows(orgID, facts)
	if err != nil {
		return nil, err
	}
	written, err := l.insert(ctx, tx, rows)
	if err != nil {
		return nil, err
	}
	if written == int64(len(facts)) {
		for i := range fresh {
			fresh[i] = true
		}
	} else if err := markFresh(ctx, tx, orgID, rows, fresh); err != nil {
		return nil, err
	}
	if l.notify != nil && written > 0 {
		tx.OnCommit(func() { l.notify(orgID) })
	}
	return fresh, nil
}

// record is the columns of new rows, one slice a column.
type record struct {
	org, id, kind, person, dedupe, source, data []string
	occurred, recorded                          []int64
}

func (l *Log) rows(orgID string, facts []Fact) (*record, error) {
	now := l.now()
	r := &record{}
	for i, f := range facts {
		if !ValidKind(f.Kind) {
			return nil, fmt.Errorf("timeline: fact %d: kind %q is not noun.verbed", i, f.Kind)
		}
		data, err := encode(f.Data)
		if err != nil {
			return nil, fmt.Errorf("timeline: fact %d (%s): %w", i, f.Kind, err)
		}
		at := f.OccurredAt
		if at.IsZero() {
			at = now
		}
		id := ids.New("evt")
		key := f.DedupeKey
		if key == "" {
			key = id
		}
		r.org = append(r.org, orgID)
		r.id = append(r.id, id)
		r.kind = append(r.kind, f.Kind)
		r.person = append(r.person, f.PersonID)
		r.dedupe = append(r.dedupe, key)
		r.source = append(r.source, f.Source)
		r.data = append(r.data, data)
		r.occurred = append(r.occurred, clock.Micros(at))
		r.recorded = append(r.recorded, clock.Micros(now))
	}
	return r, nil
}

func encode(data any) (string, error) {
	switch d := data.(type) {
	case nil:
		return "{}", nil
	case json.RawMessage:
		if len(d) == 0 {
			return "{}", nil
		}
		return string(d), nil
	}
	b, err := json.Marshal(data)
	return string(b), err
}

func (l *Log) insert(ctx context.Context, tx *db.Tx, r *record) (int64, error) {
	return tx.BulkInsert(ctx, "timeline_event", "ON CONFLICT (org_id, dedupe_key) DO NOTHING",
		db.Text("org_id", r.org), db.Text("id", r.id), db.Text("kind", r.kind), db.Text("person_id", r.person),
		db.Int("occurred_at", r.occurred), db.Int("recorded_at", r.recorded), db.Text("dedupe_key", r.dedupe),
		db.Text("source", r.source), db.Text("data", r.data))
}

// markFresh finds which of the rows are ours by the ids that were just made.
func markFresh(ctx context.Context, tx *db.Tx, orgID string, r *record, fresh []bool) error {
	at := make(map[string]int, len(r.id))
	for i, id := range r.id {
		at[id] = i
	}
	where, arg := tx.In("id", r.id)
	rows, err := tx.Query(ctx, "SELECT id FROM timeline_event WHERE org_id = ? AND "+where, orgID, arg)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		fresh[at[id]] = true
	}
	return rows.Err()
}

const eventColumns = "xid, seq, id, kind, person_id, occurred_at, recorded_at, source, data"

// Query selects events of some persons.
type Query struct {
	PersonIDs []string // the ids that speak for one person; at least one
	Kinds     []string // empty: all
	Before    Cursor   // zero: from the newest
	Limit     int      // 1 or more
}

// Cursor is the place after which a page of a person's events goes on,
// newest first.
type Cursor struct {
	OccurredAt int64 // UTC microseconds
	Seq        int64
}

// Persons returns events of the given persons, newest first.
func (l *Log) Persons(ctx context.Context, tx *db.Tx, orgID string, q Query) ([]Event, error) {
	where, arg := tx.In("person_id", q.PersonIDs)
	query, args := "SELECT "+eventColumns+" FROM timeline_event WHERE org_id = ? AND "+where, []any{orgID, arg}
	if len(q.Kinds) > 0 {
		w, a := tx.In("kind", q.Kinds)
		query, args = query+" AND "+w, append(args, a)
	}
	if q.Before != (Cursor{}) {
		query, args = query+" AND (occurred_at, seq) < (?, ?)", append(args, q.Before.OccurredAt, q.Before.Seq)
	}
	return l.events(ctx, tx, query+" ORDER BY occurred_at DESC, seq DESC LIMIT ?", append(args, q.Limit)...)
}

// Facts calls fn for every event of the given kinds of many persons, grouped
// by person and oldest first within each.
func (l *Log) Facts(ctx context.Context, tx *db.Tx, orgID string, personIDs, kinds []string, fn func(Event) error) error {
	sort.Strings(personIDs)
	const chunk = 500 // bounds the memory of one step
	for len(personIDs) > 0 {
		n := min(chunk, len(personIDs))
		where, arg := tx.In("person_id", personIDs[:n])
		kind, kindArg := tx.In("kind", kinds)
		events, err := l.events(ctx, tx, "SELECT "+eventColumns+" FROM timeline_event WHERE org_id = ? AND "+where+" AND "+kind+
			" ORDER BY person_id, occurred_at, seq", orgID, arg, kindArg)
		if err != nil {
			return err
		}
		for _, e := range events {
			if err := fn(e); err != nil {
				return err
			}
		}
		personIDs = personIDs[n:]
	}
	return nil
}

// beyond is the condition "behind position p" in the log's order. SQLite has
// one writer, so seq alone orders; and it would not use an index on a pair
// whose first half is always the same.
func beyond(tx *db.Tx, p Position) (string, []any) {
	if tx.Engine() == db.SQLite {
		return "seq > ?", []any{p.Seq}
	}
	return "(xid, seq) > (?, ?)", []any{p.XID, p.Seq}
}

func ordered(tx *db.Tx) string {
	if tx.Engine() == db.SQLite {
		return " ORDER BY seq"
	}
	return " ORDER BY xid, seq"
}

// settled is the condition that nothing can still come before an event. On
// PostgreSQL the oldest transaction that still runs may yet commit events
// that belong earlier.
func settled(tx *db.Tx) string {
	if tx.Engine() == db.SQLite {
		return ""
	}
	return " AND xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
}

// after looks at up to scan events behind p in the log's order and returns up
// to limit of them that have one of the kinds (all when empty), the position
// up to which it has looked, and how many events that is at least; 0 means
// that there is nothing behind p.
func (l *Log) after(ctx context.Context, tx *db.Tx, orgID string, p Position, kinds []string, limit, scan int) (events []Event, to Position, n int, err error) {
	where, from := beyond(tx, p)
	err = tx.QueryRow(ctx, "SELECT coalesce(max(seq), 0), count(*) FROM (SELECT seq FROM timeline_event WHERE org_id = ? AND "+where+settled(tx)+
		ordered(tx)+" LIMIT ?) AS ahead", append(append([]any{orgID}, from...), scan)...).Scan(&to.Seq, &n)
	if err != nil || n == 0 {
		return nil, p, n, err
	}
	if tx.Engine() == db.Postgres {
		// The greatest pair is not the pair of the greatest: find it as a row.
		err = tx.QueryRow(ctx, "SELECT xid, seq FROM timeline_event WHERE org_id = ? AND "+where+settled(tx)+ordered(tx)+" OFFSET ? LIMIT 1",
			append(append([]any{orgID}, from...), n-1)...).Scan(&to.XID, &to.Seq)
		if err != nil {
			return nil, p, 0, err
		}
	}
	query, args := "SELECT "+eventColumns+" FROM timeline_event WHERE org_id = ? AND "+where, append([]any{orgID}, from...)
	if tx.Engine() == db.SQLite {
		query, args = query+" AND seq <= ?", append(args, to.Seq)
	} else {
		query, args = query+" AND (xid, seq) <= (?, ?)", append(args, to.XID, to.Seq)
	}
	if len(kinds) > 0 {
		w, a := tx.In("kind", kinds)
		query, args = query+" AND "+w, append(args, a)
	}
	if events, err = l.events(ctx, tx, query+ordered(tx)+" LIMIT ?", append(args, limit)...); err != nil {
		return nil, p, 0, err
	}
	if len(events) == limit {
		to = events[limit-1].Position
		n = limit
	}
	return events, to, n, nil
}

// newest returns all events behind p and how many they are, unless they are
// more than limit. held tells whether others are committed that the log does
// not give out yet.
func (l *Log) newest(ctx context.Context, tx *db.Tx, orgID string, p Position, limit int) (events []Event, n int, held bool, err error) {
	where, from := beyond(tx, p)
	args := append(append([]any{orgID}, from...), limit+1)
	ahead, all := "SELECT 1 AS given FROM timeline_event WHERE org_id = ? AND "+where+" LIMIT ?", 0
	if tx.Engine() == db.Postgres {
		ahead = "SELECT CASE WHEN TRUE" + settled(tx) + " THEN 1 END AS given FROM timeline_event WHERE org_id = ? AND " + where + ordered(tx) + " LIMIT ?"
	}
	if err = tx.QueryRow(ctx, "SELECT count(given), count(*) FROM ("+ahead+") AS ahead", args...).Scan(&n, &all); err != nil || n == 0 || n > limit {
		return nil, n, all > n, err
	}
	events, err = l.first(ctx, tx, orgID, p, n)
	return events, n, all > n, err
}

// first returns the first n events behind p, of every kind.
func (l *Log) first(ctx context.Context, tx *db.Tx, orgID string, p Position, n int) ([]Event, error) {
	where, from := beyond(tx, p)
	return l.events(ctx, tx, "SELECT "+eventColumns+" FROM timeline_event WHERE org_id = ? AND "+where+settled(tx)+ordered(tx)+" LIMIT ?",
		append(append([]any{orgID}, from...), n)...)
}

// End is the position of the last event, be it given out already or not; zero
// when there is none.
func (l *Log) End(ctx context.Context, tx *db.Tx, orgID string) (p Position, err error) {
	err = tx.QueryRow(ctx, "SELECT xid, seq FROM timeline_event WHERE org_id = ? ORDER BY "+newestFirst(tx)+" LIMIT 1", orgID).Scan(&p.XID, &p.Seq)
	if db.IsNoRows(err) {
		err = nil
	}
	return p, err
}

func newestFirst(tx *db.Tx) string {
	if tx.Engine() == db.SQLite {
		return "seq DESC"
	}
	return "xid DESC, seq DESC"
}

// byID returns one event.
func (l *Log) byID(ctx context.Context, tx *db.Tx, orgID, id string) (Event, error) {
	events, err := l.events(ctx, tx, "SELECT "+eventColumns+" FROM timeline_event WHERE org_id = ? AND id = ?", orgID, id)
	if err != nil {
		return Event{}, err
	}
	if len(events) == 0 {
		return Event{}, db.ErrNoRows
	}
	return events[0], nil
}

func (l *Log) events(ctx context.Context, tx *db.Tx, query string, args ...any) (out []Event, err error) {
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var e Event
		var occurred, recorded int64
		var data []byte
		err := rows.Scan(&e.Position.XID, &e.Position.Seq, &e.ID, &e.Kind, &e.PersonID, &occurred, &recorded, &e.Source, &data)
		e.OccurredAt, e.RecordedAt, e.Data = clock.Time(occurred), clock.Time(recorded), data
		out = append(out, e)
		return err
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("timeline: %w", err)
	}
	return out, nil
}
