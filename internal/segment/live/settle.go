package live

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/segment/predicate/plan"
	"fishpond/internal/segment/segmentevent"
	"fishpond/internal/timeline"
)

const (
	turnSize = 5_000   // changes that a turn records
	lookSize = 20_000  // persons that are looked at together
	maxNames = 200_000 // ids of persons that are kept at hand
)

// causes in the order in which they are looked at: who was moved by several is
// moved by the first.
var causes = []string{segmentevent.Created, segmentevent.Edited, segmentevent.Time, segmentevent.Changed, segmentevent.List}

// pending is what is left to be settled of a segment.
type pending struct {
	everybody string                     // why everybody is to be looked at; empty: only who is in by
	by        map[string]*roaring.Bitmap // who may have moved, by cause
}

func (o *org) pendingOf(id string) *pending {
	p := o.pending[id]
	if p == nil {
		p = &pending{by: map[string]*roaring.Bitmap{}}
		o.pending[id] = p
	}
	return p
}

func (p *pending) add(cause string, who *roaring.Bitmap) {
	if is := p.by[cause]; is != nil {
		is.Or(who)
	} else if !who.IsEmpty() {
		p.by[cause] = who.Clone()
	}
}

func (p *pending) remove(who *roaring.Bitmap) {
	for cause, is := range p.by {
		if is.AndNot(who); is.IsEmpty() {
			delete(p.by, cause)
		}
	}
}

// touch notes whom a batch may have moved, by dependent.
func (o *org) touch(affected map[string]*roaring.Bitmap) {
	for id, who := range affected {
		cause := segmentevent.Changed
		if len(id) > len(listed) && id[:len(listed)] == listed {
			id, cause = id[len(listed):], segmentevent.List
		}
		o.pendingOf(id).add(cause, who)
	}
}

// reconsider notes which segments mean something else than when pending was
// last worked out.
func (o *org) reconsider(defs *definitions) {
	was := o.settling
	if was == defs {
		return
	}
	o.settling = defs
	for id := range o.pending {
		if s := defs.segments[id]; s == nil || s.broken != nil {
			delete(o.pending, id)
		}
	}
	for _, s := range defs.order {
		if s.broken != nil {
			continue
		}
		if cause := reason(was, defs, s); cause != "" {
			o.pendingOf(s.ID).everybody = cause
		}
	}
}

// reason tells why everybody is to be looked at for a segment; empty: no need.
func reason(was, is *definitions, s *segment) string {
	if was == nil {
		return segmentevent.Changed // this process has just begun
	}
	before := was.segments[s.ID]
	switch {
	case before == nil || before.broken != nil:
		return segmentevent.Changed // unless its record says otherwise
	case before.Version != s.Version:
		return segmentevent.Edited
	case before.key == s.key:
		return ""
	case was.Revision == is.Revision, !was.stillAt(is.moment) && !edited(was, is, s):
		return segmentevent.Time
	}
	return segmentevent.Edited
}

// edited reports whether a segment that s refers to has another version.
func edited(was, is *definitions, s *segment) bool {
	return slices.ContainsFunc(s.needs.Segments, func(id string) bool {
		before := was.segments[id]
		return before == nil || before.Version != is.segments[id].Version
	})
}

// settle records one turn's worth of what is pending and reports whether
// something may be left.
func (o *org) settle(ctx context.Context) (more bool, err error) {
	v := o.view.Load()
	o.reconsider(v.defs)
	mine := v.mark()
	defer func() { o.status.unsettled(len(o.pending), mine) }()
	if len(o.pending) == 0 {
		return false, nil
	}
	if r := o.record.mark; r.beyond(mine) {
		o.floor.Store(max(o.floor.Load(), r.at))
		if r.at > mine.at {
			o.publish(define(v.defs.World, clock.Time(r.at)))
		}
		return true, nil // first see what others have seen
	}
	t := &turn{org: o, view: v, left: turnSize}
	if err := t.gather(ctx); err != nil {
		t.undo()
		return false, err
	}
	if len(t.updates) == 0 {
		return len(o.pending) > 0, nil
	}
	err = t.write(ctx, mine)
	if err != nil {
		t.undo()
	}
	if errors.Is(err, errTaken) {
		return true, nil
	}
	return len(o.pending) > 0, err
}

// turn is what is recorded at once.
type turn struct {
	*org

	view    *view
	left    int // how many changes still fit
	updates []*update
	taken   []taken
}

// taken is who was taken out of what is pending.
type taken struct {
	id, cause string
	who       *roaring.Bitmap
}

func (t *turn) undo() {
	for _, k := range t.taken {
		t.pendingOf(k.id).add(k.cause, k.who)
	}
	for _, u := range t.updates {
		t.pendingOf(u.segment.ID) // its version is still to be recorded
	}
}

// gather finds who has moved among who may have.
func (t *turn) gather(ctx context.Context) error {
	for _, s := range t.view.defs.order {
		p := t.pending[s.ID]
		if p == nil || t.left == 0 {
			continue
		}
		if err := t.everybody(ctx, s, p); err != nil {
			return err
		}
		u := &update{segment: s, in: map[string]*roaring.Bitmap{}, out: map[string]*roaring.Bitmap{}}
		for _, cause := range causes {
			for t.left > 0 && p.by[cause] != nil {
				if err := t.look(ctx, u, p, cause); err != nil {
					return err
				}
			}
		}
		u.finish = len(p.by) == 0
		if u.finish {
			delete(t.pending, s.ID)
		}
		if len(u.in)+len(u.out) > 0 || u.finish && t.record.of(s.ID).version != s.Version {
			t.updates = append(t.updates, u)
		}
	}
	return nil
}

// everybody finds who is recorded otherwise than the segment means, when that
// is not known of a few.
func (t *turn) everybody(ctx context.Context, s *segment, p *pending) error {
	if p.everybody == "" {
		return nil
	}
	want, err := t.view.members(ctx, s.ID)
	if err != nil {
		return err
	}
	r := t.record.of(s.ID)
	cause := p.everybody
	switch r.version {
	case 0:
		cause = segmentevent.Created
	case s.Version:
	default:
		cause = segmentevent.Edited
	}
	p.everybody = ""
	p.add(cause, roaring.Xor(want, r.all()))
	return nil
}

// look takes some of who is pending and finds who of them has moved.
func (t *turn) look(ctx context.Context, u *update, p *pending, cause string) error {
	part := first(p.by[cause], lookSize)
	want, err := t.view.among(ctx, u.segment.ID, part)
	if err != nil {
		return err
	}
	moved := roaring.Xor(want, t.record.of(u.segment.ID).among(part))
	if n := int(moved.GetCardinality()); n > t.left { //nolint:gosec // below 2³²
		moved = first(moved, t.left)
		part.RemoveRange(uint64(moved.Maximum())+1, 1<<32)
	}
	t.left -= int(moved.GetCardinality()) //nolint:gosec // below 2³²
	t.taken = append(t.taken, taken{u.segment.ID, cause, part})
	p.remove(part)
	if !moved.IsEmpty() {
		add(u.in, cause, roaring.And(moved, want))
		add(u.out, cause, roaring.AndNot(moved, want))
	}
	return nil
}

func add(by map[string]*roaring.Bitmap, cause string, who *roaring.Bitmap) {
	switch is := by[cause]; {
	case who.IsEmpty():
	case is == nil:
		by[cause] = who
	default:
		is.Or(who)
	}
}

// first is the first n of some.
func first(of *roaring.Bitmap, n int) *roaring.Bitmap {
	out := roaring.New()
	buf := make([]uint32, min(n, 4096))
	for it := of.ManyIterator(); n > 0; {
		k := it.NextMany(buf[:min(n, len(buf))])
		if k == 0 {
			break
		}
		out.AddMany(buf[:k])
		n -= k
	}
	return out
}

// stored is an update as it goes into the tables.
type stored struct {
	*update

	chunks        map[uint32]*roaring.Bitmap
	entered, gone int64
	size, version int64
	facts         []timeline.Fact
}

// write records the updates: members, sizes and events in one transaction.
func (t *turn) write(ctx context.Context, m mark) error {
	ids, err := t.names(ctx)
	if err != nil {
		return wrap("settle", err)
	}
	number := t.record.turn + 1
	rows := make([]*stored, len(t.updates))
	var facts []timeline.Fact
	for i, u := range t.updates {
		rows[i] = t.prepare(u, ids, number)
		facts = append(facts, rows[i].facts...)
	}
	day := plan.DayOf(t.moment().In(t.view.defs.Catalogue.Zone()))
	err = t.db.Write(ctx, t.id, func(tx *db.Tx) error {
		if err := takeTurn(ctx, tx, t.id, t.record.turn, m); err != nil {
			return err
		}
		for _, s := range rows {
			if err := s.store(ctx, tx, t.id, number, day); err != nil {
				return err
			}
		}
		_, err := t.log.Append(ctx, tx, t.id, facts...)
		return err
	})
	if err != nil {
		return wrap("settle", err)
	}
	t.record.turn, t.record.mark = number, m
	for _, s := range rows {
		r := t.record.of(s.segment.ID)
		r.version = s.version
		maps.Copy(r.chunks, s.chunks)
	}
	return nil
}

// names tells the ids of those who move and are in the pool. Who moves in one
// segment is likely to move in the next.
func (t *turn) names(ctx context.Context) (map[uint32]string, error) {
	unknown := roaring.New()
	for _, u := range t.updates {
		in, out := u.bits()
		for _, who := range []*roaring.Bitmap{in, out} {
			for it := who.Iterator(); it.HasNext(); {
				if seq := it.Next(); t.ids[seq] == "" {
					unknown.Add(seq)
				}
			}
		}
	}
	if unknown.IsEmpty() {
		return t.ids, nil
	}
	if len(t.ids) > maxNames {
		clear(t.ids)
		return t.names(ctx)
	}
	err := t.db.Read(ctx, t.id, func(tx *db.Tx) error {
		found, err := personIDs(ctx, tx, t.id, unknown)
		maps.Copy(t.ids, found)
		return err
	})
	return t.ids, err
}

// prepare works out what an update stores. Who has no id is not in the pool
// any more: they do not come in, and go without an event.
func (t *turn) prepare(u *update, ids map[uint32]string, number int64) *stored {
	s := &stored{update: u}
	tell := func(kind, cause string, seq uint32) {
		s.facts = append(s.facts, timeline.Fact{
			Kind: kind, PersonID: ids[seq], Source: "segment",
			DedupeKey: fmt.Sprintf("segment/%s/%s/%d", u.segment.ID, ids[seq], number),
			Data:      segmentevent.Moved{SegmentID: u.segment.ID, Version: u.segment.Version, Cause: cause},
		})
	}
	for _, cause := range causes {
		if in := u.in[cause]; in != nil {
			for _, seq := range in.ToArray() {
				if ids[seq] == "" {
					in.Remove(seq)
				} else {
					tell(segmentevent.Entered, cause, seq)
				}
			}
		}
		if out := u.out[cause]; out != nil {
			for it := out.Iterator(); it.HasNext(); {
				if seq := it.Next(); ids[seq] != "" {
					tell(segmentevent.Left, cause, seq)
				}
			}
		}
	}
	r := t.record.of(u.segment.ID)
	in, out := u.bits()
	s.entered, s.gone = int64(in.GetCardinality()), int64(out.GetCardinality()) //nolint:gosec // below 2³²
	s.chunks, s.version = r.after(in, out), r.version
	s.size = r.size(s.chunks)
	if u.finish {
		s.version = u.segment.Version
	}
	return s
}

func (s *stored) store(ctx context.Context, tx *db.Tx, orgID string, number int64, day plan.Day) error {
	if err := storeChunks(ctx, tx, orgID, s.segment.ID, number, s.chunks); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO segment_settled (org_id, segment_id, version, size) VALUES (?, ?, ?, ?)
		ON CONFLICT (org_id, segment_id) DO UPDATE SET version = excluded.version, size = excluded.size`,
		orgID, s.segment.ID, s.version, s.size); err != nil {
		return fmt.Errorf("record size: %w", err)
	}
	if _, err := tx.Exec(ctx, `INSERT INTO segment_day (org_id, segment_id, day, size, entered, gone) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (org_id, segment_id, day) DO UPDATE SET size = excluded.size, entered = segment_day.entered + excluded.entered, gone = segment_day.gone + excluded.gone`,
		orgID, s.segment.ID, int64(day), s.size, s.entered, s.gone); err != nil {
		return fmt.Errorf("record day: %w", err)
	}
	return nil
}
