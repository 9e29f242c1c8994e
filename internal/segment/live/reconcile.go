package live

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/segment/facts"
	"fishpond/internal/segment/index"
	"fishpond/internal/segment/segmentevent"
)

// Drift is a segment of which something else was known than the facts say.
type Drift struct {
	SegmentID      string    `json:"segment_id"`
	At             time.Time `json:"at"`
	Index          int64     `json:"index" doc:"Persons of whom the index was wrong"`
	IndexExamples  []string  `json:"index_examples" doc:"Ids of some of them"`
	Record         int64     `json:"record" doc:"Persons whose recorded membership was wrong"`
	RecordExamples []string  `json:"record_examples" doc:"Ids of some of them"`
}

const (
	examples   = 5
	fewToHeal  = 10_000 // persons that are read anew; with more the index is built anew
	rechecks   = 20     // how often a quiet moment is waited for
	keepDrifts = 90 * 24 * time.Hour
)

// suspect is what seems to be wrong of a segment.
type suspect struct {
	segment       *segment
	index, record *roaring.Bitmap
}

// Reconcile compares every segment with the facts themselves, over the whole
// pool: what the index says, and who is recorded. What is wrong is reported,
// noted, and put right; people whose recorded membership was wrong enter or
// leave with an event. No drift is expected.
func (e *Engine) Reconcile(ctx context.Context, orgID string) ([]Drift, error) {
	o := e.org(orgID)
	if err := o.catchUp(ctx); err != nil {
		return nil, err
	}
	suspects, err := o.suspects(ctx)
	if err != nil {
		return nil, wrap("reconcile", err)
	}
	drifts, err := o.confirm(ctx, suspects)
	if err != nil {
		return nil, wrap("reconcile", err)
	}
	for _, d := range drifts {
		o.logger.WarnContext(ctx, "a segment had drifted from the facts", "org", orgID, "segment", d.SegmentID,
			"index", d.Index, "index_examples", d.IndexExamples, "record", d.Record, "record_examples", d.RecordExamples)
	}
	return drifts, wrap("reconcile", o.note(ctx, drifts))
}

// suspects compares everything, while facts and index move on.
func (o *org) suspects(ctx context.Context) (out []suspect, err error) {
	v := o.view.Load()
	for _, s := range v.defs.order {
		if s.broken != nil {
			continue
		}
		says, err := v.members(ctx, s.ID)
		if err != nil {
			return nil, err
		}
		var is *roaring.Bitmap
		r := newRecord()
		if err := o.db.Read(ctx, o.id, func(tx *db.Tx) error {
			if is, err = v.defs.judge(ctx, tx, o.id, s.plan, nil); err != nil {
				return err
			}
			_, err = r.refresh(ctx, tx, o.id)
			return err
		}); err != nil {
			return nil, err
		}
		x := suspect{s, roaring.Xor(is, says), roaring.Xor(is, r.of(s.ID).all())}
		if !x.index.IsEmpty() || !x.record.IsEmpty() {
			out = append(out, x)
		}
	}
	return out, nil
}

// confirm looks at suspects again at a moment at which facts, index and record
// are equally far, and puts right what is wrong then.
func (o *org) confirm(ctx context.Context, suspects []suspect) ([]Drift, error) {
	if len(suspects) == 0 {
		return nil, nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for range rechecks {
		if err := o.catchUpLocked(ctx); err != nil {
			return nil, err
		}
		drifts, wrong, quiet, err := o.recheck(ctx, suspects)
		if err != nil {
			return nil, err
		}
		if quiet {
			return drifts, o.heal(ctx, wrong)
		}
	}
	return nil, fmt.Errorf("the facts change too fast to tell whether %d segments have drifted", len(suspects))
}

func (o *org) catchUpLocked(ctx context.Context) error {
	for more := true; more; {
		var err error
		if more, err = o.stepLocked(ctx); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// recheck reports quiet if nothing has changed since the index was caught up.
func (o *org) recheck(ctx context.Context, suspects []suspect) (drifts []Drift, wrong []suspect, quiet bool, err error) {
	v := o.view.Load()
	says := map[string]*roaring.Bitmap{}
	for _, x := range suspects {
		id := x.segment.ID
		if _, err := v.find(id); err != nil {
			continue // it was deleted meanwhile
		}
		if says[id], err = v.among(ctx, id, roaring.Or(x.index, x.record)); err != nil {
			return nil, nil, false, err
		}
	}
	err = o.db.Read(ctx, o.id, func(tx *db.Tx) error {
		n, revision, err := facts.Position(ctx, tx, o.id)
		if err != nil {
			return err
		}
		if quiet = n == v.snap.Position().Seq && revision == v.defs.Revision; !quiet {
			return nil
		}
		r := newRecord() // not what this process believes to be recorded
		if _, err := r.refresh(ctx, tx, o.id); err != nil {
			return err
		}
		for _, x := range suspects {
			if says[x.segment.ID] == nil {
				continue
			}
			s, who := v.defs.segments[x.segment.ID], roaring.Or(x.index, x.record)
			is, err := v.defs.judge(ctx, tx, o.id, s.plan, who)
			if err != nil {
				return err
			}
			y := suspect{s, roaring.Xor(is, says[s.ID]), roaring.Xor(is, r.of(s.ID).among(who))}
			if y.index.IsEmpty() && y.record.IsEmpty() {
				continue
			}
			d, err := o.drift(ctx, tx, y)
			if err != nil {
				return err
			}
			wrong, drifts = append(wrong, y), append(drifts, d)
		}
		return nil
	})
	return drifts, wrong, quiet, err
}

func (o *org) drift(ctx context.Context, tx *db.Tx, x suspect) (Drift, error) {
	d := Drift{SegmentID: x.segment.ID, At: o.now(), Index: int64(x.index.GetCardinality()), Record: int64(x.record.GetCardinality())} //nolint:gosec // below 2³²
	for who, out := range map[*roaring.Bitmap]*[]string{x.index: &d.IndexExamples, x.record: &d.RecordExamples} {
		some := first(who, examples)
		ids, err := personIDs(ctx, tx, o.id, some)
		if err != nil {
			return d, err
		}
		*out = []string{}
		for _, seq := range some.ToArray() {
			if id := ids[seq]; id != "" {
				*out = append(*out, id)
			}
		}
	}
	return d, nil
}

// heal makes the index and what is recorded what the facts say.
func (o *org) heal(ctx context.Context, wrong []suspect) error {
	indexed := roaring.New()
	for _, x := range wrong {
		indexed.Or(x.index)
		o.pendingOf(x.segment.ID).add(segmentevent.Changed, roaring.Or(x.index, x.record))
	}
	if len(wrong) > 0 { // what this process believes to be recorded may be what is wrong
		o.record = newRecord()
	}
	if !indexed.IsEmpty() {
		if err := o.reread(ctx, indexed); err != nil {
			return err
		}
	}
	return o.catchUpLocked(ctx)
}

// reread reads persons anew, with all their events.
func (o *org) reread(ctx context.Context, who *roaring.Bitmap) error {
	if who.GetCardinality() > fewToHeal {
		return o.build(ctx)
	}
	v := o.view.Load()
	set := map[uint32]bool{}
	for _, seq := range who.ToArray() {
		set[seq] = true
	}
	b := index.NewBatch()
	err := o.db.Read(ctx, o.id, func(tx *db.Tx) error {
		n, _, err := facts.Position(ctx, tx, o.id)
		if err != nil {
			return err
		}
		persons, err := o.load(ctx, tx, set, v.defs.Traits, true)
		for seq, p := range persons {
			if p != nil {
				b.Put(p, v.defs.Traits)
			} else {
				b.Remove(seq)
				delete(o.ids, seq)
			}
			if n > v.snap.Position().Seq {
				o.ahead[seq] = n
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	o.touch(b.Affected(v.snap, v.defs.dependents))
	o.x.Apply(b, v.snap.Position())
	o.publish(nil)
	return nil
}

// note keeps what a reconciliation found.
func (o *org) note(ctx context.Context, drifts []Drift) error {
	now := clock.Micros(o.now())
	return o.db.Write(ctx, o.id, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO segment_live (org_id, turn, n, revision, at, reconciled_at) VALUES (?, 0, 0, 0, 0, ?)
			ON CONFLICT (org_id) DO UPDATE SET reconciled_at = excluded.reconciled_at`, o.id, now); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "DELETE FROM segment_drift WHERE org_id = ? AND at < ?", o.id, now-keepDrifts.Microseconds()); err != nil {
			return err
		}
		for _, d := range drifts {
			of, err := json.Marshal([2][]string{d.IndexExamples, d.RecordExamples})
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, "INSERT INTO segment_drift (org_id, at, segment_id, index_wrong, record_wrong, examples) VALUES (?, ?, ?, ?, ?, ?)",
				o.id, now, d.SegmentID, d.Index, d.Record, string(of)); err != nil {
				return err
			}
		}
		return nil
	})
}

// lastDrift is what the last reconciliation found, and when it was.
func lastDrift(ctx context.Context, tx *db.Tx, orgID string) (out []Drift, at int64, err error) {
	out = []Drift{}
	err = tx.QueryRow(ctx, "SELECT reconciled_at FROM segment_live WHERE org_id = ?", orgID).Scan(&at)
	if db.IsNoRows(err) {
		return out, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		d := Drift{At: clock.Time(at)}
		var of []byte
		if err := rows.Scan(&d.SegmentID, &d.Index, &d.Record, &of); err != nil {
			return err
		}
		var both [2][]string
		if err := json.Unmarshal(of, &both); err != nil {
			return err
		}
		d.IndexExamples, d.RecordExamples = both[0], both[1]
		out = append(out, d)
		return nil
	}, "SELECT segment_id, index_wrong, record_wrong, examples FROM segment_drift WHERE org_id = ? AND at = ? ORDER BY segment_id", orgID, at)
	return slices.Clip(out), at, err
}
