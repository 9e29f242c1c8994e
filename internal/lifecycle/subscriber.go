package lifecycle

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// SubscriberName is the name under which lifecycle follows the timeline, and
// by which it is rebuilt.
const SubscriberName = "lifecycle"

// Subscribers returns the module's subscribers.
func (s *Service) Subscribers() []*timeline.Subscriber {
	return []*timeline.Subscriber{{
		Name:   SubscriberName,
		Kinds:  []string{poolevent.Created, poolevent.Merged, poolevent.Split, mallevent.OrderPaid, mallevent.OrderRefunded},
		Lock:   exclude,
		Handle: s.follow,
		Reset:  s.reset,
	}}
}

// follow takes a batch of events: it keeps their facts, draws everybody whom
// they touch anew and announces the net changes.
func (s *Service) follow(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
	b, err := read(events)
	if err != nil {
		return err
	}
	d, err := s.sit(ctx, tx, orgID)
	if err != nil {
		return err
	}
	fresh, err := saveFacts(ctx, tx, orgID, b.facts)
	if err != nil {
		return fmt.Errorf("lifecycle: facts: %w", err)
	}
	alias, merged, err := d.speakers(ctx, b)
	if err != nil {
		return fmt.Errorf("lifecycle: merges: %w", err)
	}
	touched := map[string][]fact{}
	for _, f := range b.facts {
		id := f.person
		if a, ok := alias[id]; ok {
			id = a
		}
		touched[id] = append(touched[id], f)
	}
	for id := range merged {
		touched[id] = append(touched[id], nil...)
	}
	ids := slices.Sorted(maps.Keys(touched))
	rows, err := persons(ctx, tx, orgID, ids)
	if err != nil {
		return fmt.Errorf("lifecycle: persons: %w", err)
	}
	old, err := histories(ctx, tx, orgID, ids)
	if err != nil {
		return fmt.Errorf("lifecycle: history: %w", err)
	}
	var all, whole []*person
	for _, id := range ids {
		p := rows[id]
		all = append(all, p)
		switch {
		case merged[id] && alias[id] != "":
			p.clear(ruleGone)
		case merged[id] || fresh < int64(len(b.facts)): // something here was counted before
			whole = append(whole, p)
		case p.rule == ruleBlank:
			d.draw(p, touched[id])
		case !d.append(p, old[id], touched[id]):
			whole = append(whole, p)
		}
	}
	if err := d.redrawn(ctx, whole); err != nil {
		return err
	}
	if err := d.finish(ctx, all, old); err != nil {
		return err
	}
	return d.moveOn(ctx, b)
}

// speakers applies the batch's merges and splits to the aliases. It returns
// who speaks now for the batch's merged persons, and everybody whom the
// merges and splits touch.
func (d *desk) speakers(ctx context.Context, b batch) (alias map[string]string, touched map[string]bool, err error) {
	ask := map[string]bool{}
	for _, f := range b.facts {
		ask[f.person] = true
	}
	touched = map[string]bool{}
	for _, m := range b.merges {
		touched[m.speaker], touched[m.other] = true, true
		for _, id := range m.members {
			touched[id] = true
		}
	}
	maps.Copy(ask, touched)
	alias = map[string]string{}
	where, arg := d.tx.In("person_id", slices.Sorted(maps.Keys(ask)))
	if err := d.tx.Each(ctx, func(rows *sql.Rows) error {
		var id, speaker string
		if err := rows.Scan(&id, &speaker); err != nil {
			return err
		}
		alias[id] = speaker
		return nil
	}, "SELECT person_id, canonical_id FROM lifecycle_alias WHERE org_id = ? AND "+where, d.orgID, arg); err != nil {
		return nil, nil, err
	}
	if len(b.merges) == 0 {
		return alias, touched, nil
	}
	for _, m := range b.merges {
		for _, id := range m.members {
			alias[id] = m.speaker
		}
		delete(alias, m.speaker)
	}
	where, arg = d.tx.In("person_id", slices.Sorted(maps.Keys(touched)))
	if _, err := d.tx.Exec(ctx, "DELETE FROM lifecycle_alias WHERE org_id = ? AND "+where, d.orgID, arg); err != nil {
		return nil, nil, err
	}
	var ids, speakers []string
	for _, id := range slices.Sorted(maps.Keys(touched)) {
		if speaker, ok := alias[id]; ok {
			ids, speakers = append(ids, id), append(speakers, speaker)
			// The speaker is touched too: it was the speaker of a merge, or
			// already spoke for a member before this batch.
			touched[speaker] = true
		}
	}
	_, err = d.tx.BulkInsert(ctx, "lifecycle_alias", "", db.Same("org_id", d.orgID, len(ids)), db.Text("person_id", ids), db.Text("canonical_id", speakers))
	return alias, touched, err
}

// moveOn remembers how far the log was followed. Where a rebuild comes back
// to its beginning, what changed meanwhile by time alone is announced.
func (d *desk) moveOn(ctx context.Context, b batch) error {
	d.st.orderFacts += b.orders
	if before(d.st.seen, b.last) {
		d.st.seen = b.last
	}
	if d.st.replaying() && !before(d.st.seen, d.st.replay) {
		d.st.replay = timeline.Position{}
		if _, err := d.announcePending(ctx); err != nil {
			return err
		}
	}
	return d.st.save(ctx, d.tx, d.orgID)
}

// reset empties the projection. What was announced stays, so that the rebuild
// knows what not to say again.
func (s *Service) reset(ctx context.Context, tx *db.Tx, orgID string) error {
	st, err := lock(ctx, tx, orgID)
	if err != nil {
		return err
	}
	for _, q := range []string{
		"DELETE FROM lifecycle_fact WHERE org_id = ?",
		"DELETE FROM lifecycle_alias WHERE org_id = ?",
		"DELETE FROM lifecycle_stage_history WHERE org_id = ?",
		"DELETE FROM lifecycle_flow WHERE org_id = ?",
		`UPDATE lifecycle_person SET stage = '', since = 0, next_stage = '', next_change_at = 0, known_at = 0, orders = 0, gmv_minor = 0,
			refunded_minor = 0, named_refunds = 0, first_order_at = 0, last_order_at = 0, rule = 0 WHERE org_id = ?`,
	} {
		if _, err := tx.Exec(ctx, q, orgID); err != nil {
			return fmt.Errorf("lifecycle: reset: %w", err)
		}
	}
	if before(st.replay, st.seen) {
		st.replay = st.seen
	}
	st.seen, st.orderFacts, st.zone = timeline.Position{}, 0, ""
	st.redraw, st.redrawAfter, st.redrawDone, st.redrawTotal = false, "", 0, 0
	return st.save(ctx, tx, orgID)
}
