package insight

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"fishpond/internal/insight/stream"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// StreamSubscriber is the name under which the streams follow the timeline,
// and by which they are rebuilt.
const StreamSubscriber = "insight.streams"

// tailMost is how many events may wait unsorted. tailRow is how many of them
// share a row.
const (
	tailMost = 60_000
	tailRow  = 2_000
)

// streamSubscriber keeps every event that concerns a person.
func (s *Service) streamSubscriber() *timeline.Subscriber {
	return &timeline.Subscriber{Name: StreamSubscriber, Batch: 5000, Handle: s.followStream, Reset: s.resetStream}
}

// taking is the work on one batch for the streams.
type taking struct {
	tx     *db.Tx
	orgID  string
	seqs   map[string]uint32
	kept   map[string]map[stream.Column]bool // by kind
	names  []named                           // to be added
	events []stream.Event
	kinds  map[string]*kindSum
	most   int64 // events that may wait
}

type named struct {
	kind string
	stream.Column
}

type kindSum struct{ events, first, last int64 }

func (s *Service) followStream(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
	merges, ids, err := whom(events)
	if err != nil {
		return err
	}
	t := &taking{tx: tx, orgID: orgID, kinds: map[string]*kindSum{}, most: cmp.Or(s.waiting, tailMost)}
	if t.seqs, err = s.measure.People.Numbers(ctx, tx, orgID, ids); err != nil {
		return fmt.Errorf("insight: numbers of persons: %w", err)
	}
	if err := t.read(ctx, events); err != nil {
		return err
	}
	if err := t.alias(ctx, merges); err != nil {
		return fmt.Errorf("insight: streams: merges: %w", err)
	}
	if err := t.saveNames(ctx); err != nil {
		return fmt.Errorf("insight: streams: properties: %w", err)
	}
	if err := t.append(ctx); err != nil {
		return fmt.Errorf("insight: streams: %w", err)
	}
	to := int64(0)
	for _, e := range events {
		to = max(to, clock.Micros(e.RecordedAt))
	}
	_, err = tx.Exec(ctx, `INSERT INTO insight_stream_state (org_id, counted_to) VALUES (?, ?) ON CONFLICT (org_id) DO UPDATE SET
		counted_to = CASE WHEN excluded.counted_to > insight_stream_state.counted_to THEN excluded.counted_to ELSE insight_stream_state.counted_to END`, orgID, to)
	return err
}

// whom lists the persons in events, and the merges and splits.
func whom(events []timeline.Event) (merges []merge, ids []string, err error) {
	var b batch
	for _, e := range events {
		if e.PersonID != "" {
			ids = append(ids, e.PersonID)
		}
		if e.Kind != poolevent.Merged && e.Kind != poolevent.Split {
			continue
		}
		if err := b.merge(e); err != nil {
			return nil, nil, err
		}
		m := b.merges[len(b.merges)-1]
		ids = append(append(ids, m.speaker, m.other), m.members...)
	}
	slices.Sort(ids)
	return b.merges, slices.Compact(ids), nil
}

// read turns the log's events into those of the streams. Events of persons
// whom the pool does not know are nobody's.
func (t *taking) read(ctx context.Context, events []timeline.Event) error {
	kinds := map[string]bool{}
	for _, e := range events {
		kinds[e.Kind] = true
	}
	if err := t.loadNames(ctx, slices.Sorted(maps.Keys(kinds))); err != nil {
		return fmt.Errorf("insight: streams: properties: %w", err)
	}
	for _, e := range events {
		seq, known := t.seqs[e.PersonID]
		if !known {
			continue
		}
		out := stream.Event{Seq: seq, Kind: e.Kind, At: clock.Micros(e.OccurredAt)}
		for _, v := range values(e.Data) {
			if t.keeps(e.Kind, v.Column) {
				out.Values = append(out.Values, v)
			}
		}
		t.events = append(t.events, out)
		k := t.kinds[e.Kind]
		if k == nil {
			k = &kindSum{first: out.At, last: out.At}
			t.kinds[e.Kind] = k
		}
		k.events, k.first, k.last = k.events+1, min(k.first, out.At), max(k.last, out.At)
	}
	return nil
}

// keeps tells whether a property is kept of a kind, and keeps it from now on
// while there is room.
func (t *taking) keeps(kind string, c stream.Column) bool {
	of := t.kept[kind]
	if of[c] {
		return true
	}
	if len(of) >= maxNames {
		return false
	}
	if of == nil {
		of = map[stream.Column]bool{}
		t.kept[kind] = of
	}
	of[c] = true
	t.names = append(t.names, named{kind, c})
	return true
}

func (t *taking) loadNames(ctx context.Context, kinds []string) error {
	t.kept = map[string]map[stream.Column]bool{}
	where, arg := t.tx.In("kind", kinds)
	return t.tx.Each(ctx, func(rows *sql.Rows) error {
		var n named
		var num int64
		err := rows.Scan(&n.kind, &n.Name, &num)
		n.Number = num == 1
		if t.kept[n.kind] == nil {
			t.kept[n.kind] = map[stream.Column]bool{}
		}
		t.kept[n.kind][n.Column] = true
		return err
	}, "SELECT kind, name, number FROM insight_stream_name WHERE org_id = ? AND "+where, t.orgID, arg)
}

func (t *taking) saveNames(ctx context.Context) error {
	_, err := t.tx.BulkInsert(ctx, "insight_stream_name", "", db.Same("org_id", t.orgID, len(t.names)),
		text(t.names, "kind", func(n named) string { return n.kind }),
		text(t.names, "name", func(n named) string { return n.Name }),
		column(t.names, "number", func(n named) int64 { return db.Bit(n.Number) }))
	if err != nil {
		return err
	}
	type row struct {
		kind string
		*kindSum
	}
	var rows []row
	for _, kind := range slices.Sorted(maps.Keys(t.kinds)) {
		rows = append(rows, row{kind, t.kinds[kind]})
	}
	_, err = t.tx.BulkInsert(ctx, "insight_stream_kind", `ON CONFLICT (org_id, kind) DO UPDATE SET events = insight_stream_kind.events + excluded.events,
		first_at = CASE WHEN excluded.first_at < insight_stream_kind.first_at THEN excluded.first_at ELSE insight_stream_kind.first_at END,
		last_at = CASE WHEN excluded.last_at > insight_stream_kind.last_at THEN excluded.last_at ELSE insight_stream_kind.last_at END`,
		db.Same("org_id", t.orgID, len(rows)),
		text(rows, "kind", func(r row) string { return r.kind }),
		column(rows, "events", func(r row) int64 { return r.events }),
		column(rows, "first_at", func(r row) int64 { return r.first }),
		column(rows, "last_at", func(r row) int64 { return r.last }))
	return err
}

// alias notes who speaks for whom from here on, by their numbers.
func (t *taking) alias(ctx context.Context, merges []merge) error {
	for _, m := range merges {
		speaker, known := t.seqs[m.speaker]
		if !known {
			continue
		}
		for _, id := range append([]string{m.speaker}, m.members...) {
			seq, known := t.seqs[id]
			if !known {
				continue
			}
			if _, err := t.tx.Exec(ctx, "DELETE FROM insight_stream_alias WHERE org_id = ? AND seq = ?", t.orgID, seq); err != nil {
				return err
			}
			if seq == speaker {
				continue
			}
			if _, err := t.tx.Exec(ctx, "INSERT INTO insight_stream_alias (org_id, seq, speaker) VALUES (?, ?, ?)", t.orgID, seq, speaker); err != nil {
				return err
			}
		}
	}
	return nil
}

// append puts the events behind those that wait, or sorts all of them into
// parts when too many would.
func (t *taking) append(ctx context.Context) error {
	if len(t.events) == 0 {
		return nil
	}
	var waiting, last int64
	if err := t.tx.QueryRow(ctx, "SELECT coalesce(sum(events), 0), coalesce(max(id), 0) FROM insight_stream_tail WHERE org_id = ?", t.orgID).Scan(&waiting, &last); err != nil {
		return err
	}
	if waiting+int64(len(t.events)) > t.most {
		return t.compact(ctx)
	}
	events, data := int64(len(t.events)), stream.EncodeTail(t.events)
	if last > 0 {
		var had int64
		var before []byte
		if err := t.tx.QueryRow(ctx, "SELECT events, data FROM insight_stream_tail WHERE org_id = ? AND id = ?", t.orgID, last).Scan(&had, &before); err != nil {
			return err
		}
		if had+events <= tailRow {
			_, err := t.tx.Exec(ctx, "UPDATE insight_stream_tail SET events = ?, data = ? WHERE org_id = ? AND id = ?", had+events, append(before, data...), t.orgID, last)
			return err
		}
	}
	_, err := t.tx.Exec(ctx, "INSERT INTO insight_stream_tail (org_id, id, events, data) VALUES (?, ?, ?, ?)", t.orgID, last+1, events, data)
	return err
}

// place is where events are kept: of one kind, in one month, of one block.
type place struct {
	block int64
	kind  string
	month int64
}

// compact sorts what waits and the new events into parts.
func (t *taking) compact(ctx context.Context) error {
	waiting, err := tails(ctx, t.tx, t.orgID)
	if err != nil {
		return err
	}
	places := map[place][]stream.Row{}
	for _, e := range append(waiting, t.events...) {
		p := place{stream.Block(e.Seq), e.Kind, utcMonth(e.At)}
		places[p] = append(places[p], stream.Row{Offset: stream.Offset(e.Seq), At: e.At, Values: e.Values})
	}
	order := slices.SortedFunc(maps.Keys(places), func(a, b place) int {
		return cmp.Or(cmp.Compare(a.block, b.block), cmp.Compare(a.kind, b.kind), cmp.Compare(a.month, b.month))
	})
	for _, p := range order {
		if err := t.savePart(ctx, p, places[p]); err != nil {
			return fmt.Errorf("part of %s: %w", p.kind, err)
		}
	}
	_, err = t.tx.Exec(ctx, "DELETE FROM insight_stream_tail WHERE org_id = ?", t.orgID)
	return err
}

// savePart adds rows that come behind all others of their place. Parts before
// it that are not at least twice as large become one with it: so there are few
// of them, and each row is written a few times only.
func (t *taking) savePart(ctx context.Context, p place, rows []stream.Row) error {
	type size struct{ part, events int64 }
	parts, err := db.All(ctx, t.tx, func(r *sql.Rows, s *size) error { return r.Scan(&s.part, &s.events) },
		"SELECT part, events FROM insight_stream_part WHERE org_id = ? AND block = ? AND kind = ? AND month = ? ORDER BY part DESC", t.orgID, p.block, p.kind, p.month)
	if err != nil {
		return err
	}
	number, events := int64(1), int64(len(rows))
	if len(parts) > 0 {
		number = parts[0].part + 1
	}
	from := number // the first part that becomes one with the new rows
	for _, s := range parts {
		if s.events >= 2*events {
			break
		}
		from, events = s.part, events+s.events
	}
	if from < number {
		before, err := loadRows(ctx, t.tx, t.orgID, p, from)
		if err != nil {
			return err
		}
		rows, number = append(before, rows...), from
		for _, table := range []string{"insight_stream_part", "insight_stream_column"} {
			if _, err := t.tx.Exec(ctx, "DELETE FROM "+table+" WHERE org_id = ? AND block = ? AND kind = ? AND month = ? AND part >= ?", t.orgID, p.block, p.kind, p.month, from); err != nil {
				return err
			}
		}
	}
	stream.Sort(rows)
	if _, err := t.tx.Exec(ctx, "INSERT INTO insight_stream_part (org_id, block, kind, month, part, events, times) VALUES (?, ?, ?, ?, ?, ?, ?)",
		t.orgID, p.block, p.kind, p.month, number, len(rows), stream.EncodeTimes(rows)); err != nil {
		return err
	}
	for _, c := range stream.Columns(rows) {
		if _, err := t.tx.Exec(ctx, "INSERT INTO insight_stream_column (org_id, block, kind, month, part, name, number, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			t.orgID, p.block, p.kind, p.month, number, c.Name, db.Bit(c.Number), stream.EncodeColumn(rows, c)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) resetStream(ctx context.Context, tx *db.Tx, orgID string) error {
	for _, table := range []string{"part", "column", "tail", "name", "kind", "alias", "state"} {
		if _, err := tx.Exec(ctx, "DELETE FROM insight_stream_"+table+" WHERE org_id = ?", orgID); err != nil {
			return fmt.Errorf("insight: streams: reset: %w", err)
		}
	}
	return nil
}
