package journey

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strconv"

	"fishpond/internal/journey/graph"
	"fishpond/internal/journey/walk"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/killpoint"
)

// commit writes what walks came to. Whoever was moved meanwhile, by another node,
// an event or a pause, stays as they are.
func (w *round) commit(ctx context.Context, tx *db.Tx, all []walked) error {
	for _, one := range all {
		if changesPool(one.to.Acts) { // the log is in the order in which transactions begin to write
			if err := w.People.Lock(ctx, tx, w.orgID); err != nil {
				return err
			}
			break
		}
	}
	mine, err := w.claim(ctx, tx, all)
	if err != nil {
		return err
	}
	killpoint.Here("journey.claimed")
	w.missed = len(mine) < len(all)
	d := &deeds{round: w, tx: tx, tally: tally{}}
	moved := make([]*run, 0, len(all))
	for _, one := range all {
		if !mine[one.run.id] {
			continue
		}
		r := *one.run
		w.apply(&r, one.to)
		moved = append(moved, &r)
		d.ran = append(d.ran, one)
		d.record(one)
	}
	if err := d.do(ctx); err != nil {
		return err
	}
	if err := w.noteFacts(ctx, tx, d.ran, moved); err != nil {
		return err
	}
	saved, err := saveRuns(ctx, tx, w.orgID, moved)
	if err == nil && len(saved) != len(moved) { // they are ours until the transaction ends
		err = errTaken
	}
	if err != nil {
		return err
	}
	if err := d.enterOthers(ctx, moved); err != nil {
		return err
	}
	if err := keepVisits(ctx, tx, w.orgID, d.visits); err != nil {
		return err
	}
	if err := w.goals(ctx, tx, d, moved); err != nil {
		return err
	}
	if err := w.over(ctx, tx, d, moved); err != nil {
		return err
	}
	if err := d.tally.keep(ctx, tx, w.orgID); err != nil {
		return err
	}
	killpoint.Here("journey.committing")
	return nil
}

func changesPool(acts []walk.Act) bool {
	for _, a := range acts {
		if a.Step.Kind.Changes() {
			return true
		}
	}
	return false
}

// claim tells who of a batch is still there and may walk. Nobody else takes these
// until the transaction ends.
func (w *round) claim(ctx context.Context, tx *db.Tx, all []walked) (map[string]bool, error) {
	var ids, journeys []string
	rev := map[string]int64{}
	for _, one := range all {
		ids, journeys = append(ids, one.run.id), append(journeys, one.run.journey)
		rev[one.run.id] = one.run.rev
	}
	share, skip := "", ""
	if tx.Engine() == db.Postgres { // a pause waits for the batch, and the batch for a pause
		share, skip = " FOR SHARE", " FOR UPDATE SKIP LOCKED"
	}
	live := map[string]bool{}
	where, arg := tx.In("id", unique(journeys))
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var id, status string
		err := rows.Scan(&id, &status)
		live[id] = status == Live
		return err
	}, "SELECT id, status FROM journey_journey WHERE org_id = ? AND "+where+" ORDER BY id"+share, w.orgID, arg); err != nil {
		return nil, err
	}
	mine := map[string]bool{}
	where, arg = tx.In("id", ids)
	return mine, tx.Each(ctx, func(rows *sql.Rows) error {
		var id, journey string
		var n int64
		if err := rows.Scan(&id, &journey, &n); err != nil {
			return err
		}
		if live[journey] && n == rev[id] {
			mine[id] = true
		}
		return nil
	}, "SELECT id, journey_id, rev FROM journey_run WHERE org_id = ? AND status = 'active' AND "+where+skip, w.orgID, arg)
}

// apply is where a run is after it walked.
func (w *round) apply(r *run, to walk.Result) {
	r.State, r.tries = to.State, 0
	if to.Wait != walk.Answered {
		r.outcome = ""
	}
	if to.Status != "" {
		r.status, r.why, r.ended = to.Status, to.Why, w.now
	}
	if to.Goal && r.converted == 0 {
		r.converted = w.now
	}
}

// noteFacts notes for those who were changed up to where segments must know for
// their next branch, here or in the journeys to which they go on.
func (w *round) noteFacts(ctx context.Context, tx *db.Tx, all []walked, moved []*run) error {
	var changed []*run
	for i, one := range all {
		if changesPool(one.to.Acts) {
			changed = append(changed, moved[i])
		}
	}
	if len(changed) == 0 {
		return nil
	}
	end, err := w.Reading.End(ctx, tx, w.orgID)
	for _, r := range changed {
		r.fact = end
	}
	return err
}

// deeds are what a batch does besides moving people.
type deeds struct {
	*round
	tx     *db.Tx
	ran    []walked
	visits []visit
	tally  tally
}

// record notes the steps that somebody left and came to.
func (d *deeds) record(one walked) {
	r := one.run
	if r.Wait == walk.Begin && one.to.Status != Cancelled {
		d.tally.add(r.journey, r.version, "", "begin", "", -1)
	}
	for i, l := range one.to.Left {
		d.visits = append(d.visits, visit{run: r.id, journey: r.journey, step: l.Step.ID, kind: string(l.Step.Kind), outcome: l.Outcome, why: l.Why, visit: l.Visit, version: r.version, arrived: l.Arrived, left: l.At, way: int64(l.Way)})
		d.tally.add(r.journey, r.version, l.Step.ID, "here", "", -1)
		d.tally.add(r.journey, r.version, l.Step.ID, "left", strconv.Itoa(l.Way), 1)
		d.tally.add(r.journey, r.version, l.Step.ID, "sec", secBucket(l.At-l.Arrived), 1)
		if l.Outcome != "" {
			d.tally.add(r.journey, r.version, l.Step.ID, "outcome", l.Outcome, 1)
		}
		if i < len(one.to.Left)-1 {
			d.arrived(r, one.to.Left[i+1].Step.ID)
		}
	}
	if n := len(one.to.Left); n > 0 && one.to.Step != one.to.Left[n-1].Step.ID || n > 0 && one.to.Visit != one.to.Left[n-1].Visit {
		d.arrived(r, one.to.Step)
	}
}

func (d *deeds) arrived(r *run, step string) {
	d.tally.add(r.journey, r.version, step, "here", "", 1)
	d.tally.add(r.journey, r.version, step, "entered", "", 1)
}

// secBucket is a quarter of a doubling of how long somebody stayed.
func secBucket(us int64) string {
	return strconv.Itoa(int(math.Floor(4 * math.Log2(1+float64(max(us, 0))/1e6))))
}

// over settles those whose walk has ended by itself.
func (w *round) over(ctx context.Context, tx *db.Tx, d *deeds, moved []*run) error {
	var gone []*run
	for i, r := range moved {
		if r.status == Active {
			continue
		}
		d.tally.add(r.journey, 0, "", "active", "", -1)
		d.tally.add(r.journey, 0, "", r.status, "", 1)
		d.tally.stop(r, 1)
		switch r.status {
		case Failed:
			d.tally.add(r.journey, r.version, r.Step, "stopped", r.why, 1)
		case Cancelled:
			if was := d.ran[i].run; was.Wait == walk.Begin {
				d.tally.add(r.journey, r.version, "", "begin", "", -1)
			}
			gone = append(gone, r)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	return w.leaveStep(ctx, tx, w.orgID, d.tally, gone)
}

// goals counts those who came by a step that says that the goal is reached.
func (w *round) goals(ctx context.Context, tx *db.Tx, d *deeds, moved []*run) error {
	var reached []*run
	for i, r := range moved {
		if d.ran[i].to.Goal && d.ran[i].run.converted == 0 {
			reached = append(reached, r)
		}
	}
	return w.countGoal(ctx, tx, w.orgID, d.tally, reached)
}

// layer is the nth deed of everybody, by step: so that much is done at once, and
// everybody's in their order.
type layer struct {
	edition *edition
	step    *graph.Step
	of      []walked
	visits  []int64
}

func (d *deeds) do(ctx context.Context) error {
	for n := 0; ; n++ {
		var order []string
		more := false
		layers := map[string]*layer{}
		for _, one := range d.ran {
			if n >= len(one.to.Acts) {
				continue
			}
			a := one.to.Acts[n]
			more = true
			if a.Step.Kind == graph.Enter {
				continue
			}
			key := editionKey(one.run) + "/" + a.Step.ID
			if layers[key] == nil {
				layers[key] = &layer{edition: d.editions[editionKey(one.run)], step: a.Step}
				order = append(order, key)
			}
			l := layers[key]
			l.of, l.visits = append(l.of, one), append(l.visits, a.Visit)
		}
		if !more {
			return nil
		}
		for _, key := range order {
			if err := d.act(ctx, layers[key]); err != nil {
				return fmt.Errorf("journey: step %s: %w", key, err)
			}
		}
	}
}
