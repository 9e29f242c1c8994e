package sop

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// mostBatches bounds how many batches of one series a tick takes, so that others
// have their turn.
const mostBatches = 500

// Tick does what is due in all orgs. Any node may do it, at any time, also several
// at once.
func (s *Service) Tick(ctx context.Context) error { return s.eachOrg(ctx, s.TickOrg) }

func (s *Service) eachOrg(ctx context.Context, do func(ctx context.Context, orgID string) error) error {
	orgs, err := s.Orgs.OrgIDs(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, id := range orgs {
		if err := do(access.With(ctx, access.ForSystem(id, "sop")), id); err != nil && ctx.Err() == nil {
			failed = append(failed, fmt.Errorf("org %s: %w", id, err))
		}
	}
	return errors.Join(append(failed, ctx.Err())...)
}

// TickOrg does what is due in one org.
func (s *Service) TickOrg(ctx context.Context, orgID string) error {
	var all []*row
	if err := s.db.Read(ctx, orgID, func(tx *db.Tx) (err error) {
		all, err = running(ctx, tx, orgID)
		return err
	}); err != nil {
		return err
	}
	var failed []error
	for _, r := range all {
		if r.status != Live {
			continue
		}
		for range mostBatches {
			n, err := s.advance(ctx, orgID, r)
			if err != nil {
				failed = append(failed, fmt.Errorf("series %s: %w", r.id, err))
			}
			if err != nil || n < s.batch {
				break
			}
		}
	}
	return errors.Join(failed...)
}

// step is what became of one step, before it is stored.
type decision struct {
	verdict
	of               *enrolment
	status, why, ref string
}

// round is one batch being decided.
type round struct {
	*Service
	tx    *db.Tx
	orgID string
	org   OrgSettings
	row   *row
	now   int64

	editions map[int64]*edition
	all      []*enrolment
	decided  map[string]map[string]bool
	people   map[string]Known
	chats    map[string]Chat // by account and id
	cards    map[string]card
	open     map[string]bool // by enrolment
	ways     map[int64]map[string][]Address
	accounts []Account

	decisions []decision
	messages  map[string][]Recipient // by plan
	over      []*enrolment
}

// advance decides what is due for a batch of a series, and says for how many.
func (s *Service) advance(ctx context.Context, orgID string, r *row) (n int, err error) {
	cards := map[string]card{}
	if r.kind == Group {
		if cards, err = s.prepare(ctx, orgID, r); err != nil {
			return 0, err
		}
	}
	err = s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		w := &round{Service: s, tx: tx, orgID: orgID, row: r, now: s.micros(), cards: cards, messages: map[string][]Recipient{}, ways: map[int64]map[string][]Address{}}
		if err := w.read(ctx); err != nil {
			return err
		}
		if n = len(w.all); n == 0 {
			return nil
		}
		for _, x := range w.all {
			if err := w.decide(ctx, x); err != nil {
				return err
			}
		}
		return w.write(ctx)
	})
	if err == nil && n > 0 && s.decided != nil {
		err = s.decided()
	}
	return n, err
}

// read takes the batch: nobody else takes these until the transaction ends.
func (w *round) read(ctx context.Context) error {
	query := "SELECT status FROM sop_sop WHERE org_id = ? AND id = ?"
	tail := ""
	if w.tx.Engine() == db.Postgres { // a pause waits for the batch, and the batch for a pause
		query, tail = query+" FOR SHARE", " FOR UPDATE SKIP LOCKED"
	}
	var status string
	if err := w.tx.QueryRow(ctx, query, w.orgID, w.row.id).Scan(&status); err != nil {
		return err
	}
	if status != Live {
		return nil
	}
	var err error
	if w.all, err = enrolments(ctx, w.tx, w.orgID, "sop_id = ? AND status = 'active' AND due_at <= ? ORDER BY due_at LIMIT ?"+tail, w.row.id, w.now, w.batch); err != nil || len(w.all) == 0 {
		return err
	}
	if w.org, err = w.Orgs.Settings(ctx, w.tx, w.orgID); err != nil {
		return err
	}
	w.editions = map[int64]*edition{}
	var ids, subjects []string
	last := map[string][]string{}
	for _, x := range w.all {
		ids, subjects = append(ids, x.id), append(subjects, x.subject)
		if w.editions[x.version] == nil {
			if w.editions[x.version], err = w.edition(ctx, w.tx, w.orgID, x.sop, x.version); err != nil {
				return err
			}
		}
		if x.lastPlan != "" && x.account == "" {
			last[x.lastPlan] = append(last[x.lastPlan], x.id+":"+x.last)
		}
	}
	if w.decided, err = decidedOf(ctx, w.tx, w.orgID, ids); err != nil {
		return err
	}
	if w.row.kind == Group {
		w.chats, err = w.chatsOf(ctx, w.tx, w.orgID, w.all)
		return err
	}
	if w.people, err = w.People.Persons(ctx, w.tx, w.orgID, subjects); err != nil {
		return err
	}
	if w.accounts, err = w.Accounts.Accounts(ctx, w.tx, w.orgID); err != nil {
		return err
	}
	w.open = map[string]bool{}
	for _, plan := range sorted(last) {
		open, err := w.Outbox.Open(ctx, w.tx, w.orgID, plan, last[plan])
		if err != nil {
			return err
		}
		for key, is := range open {
			w.open[key] = is
		}
	}
	return nil
}

func (w *round) zone(x *enrolment) *time.Location {
	if w.row.kind == Group {
		return w.org.Zone
	}
	return zoneOf(w.people[x.subject].Zone, w.org.Zone)
}

// decide says what becomes of the steps that are due for one.
func (w *round) decide(ctx context.Context, x *enrolment) error {
	e := w.editions[x.version]
	if w.row.kind == Group {
		if c, ok := w.chats[x.account+"/"+x.subject]; !ok || c.Dismissed {
			return w.end(ctx, w.tx, w.orgID, Ended, WhyDismissed, x)
		}
	} else if _, ok := w.people[x.subject]; !ok {
		return w.end(ctx, w.tx, w.orgID, Ended, WhyGone, x)
	}
	verdicts, next, again := e.advance(place{anchor: x.anchor, start: x.start, zone: w.zone(x), decided: w.decided[x.id], open: w.open[x.id+":"+x.last]}, w.now)
	for _, v := range verdicts {
		d := decision{verdict: v, of: x, status: Skipped, why: v.skip}
		if v.skip == "" {
			if err := w.hand(ctx, e, &d); err != nil {
				return err
			}
		}
		if d.status == "" { // not now: its cards are not made yet
			next, again = v.step, w.now+minuteMicros
			break
		}
		w.decisions = append(w.decisions, d)
	}
	if next == nil {
		w.over = append(w.over, x)
		return w.moved(ctx, x, "", x.due)
	}
	return w.moved(ctx, x, next.ID, again)
}

// moved notes where somebody is now; it is still as it was read, or nothing is.
func (w *round) moved(ctx context.Context, x *enrolment, next string, due int64) error {
	n, err := w.tx.Changed(ctx, "UPDATE sop_enrolment SET next_step = ?, due_at = ?, last_step = ?, last_plan = ? WHERE org_id = ? AND id = ? AND status = 'active' AND due_at = ? AND version = ?",
		next, due, x.last, x.lastPlan, w.orgID, x.id, x.due, x.version)
	if err == nil && n == 0 {
		err = fmt.Errorf("sop: enrolment %s moved meanwhile", x.id) // impossible: it is locked
	}
	return err
}

// write stores what was decided, and hands it on, in one transaction.
func (w *round) write(ctx context.Context) error {
	if err := w.askGroups(ctx); err != nil {
		return err
	}
	t := tally{}
	var of, step, subject, status, why, ref []string
	var version, due, at, none []int64
	for _, d := range w.decisions {
		of, step, subject, status, why, ref = append(of, d.of.id), append(step, d.step.ID), append(subject, d.of.subject), append(status, d.status), append(why, d.why), append(ref, d.ref)
		version, due, at, none = append(version, d.of.version), append(due, d.due), append(at, w.now), append(none, 0)
		t.add(w.row.id, d.step.ID, d.status, d.why, 1)
	}
	if k := len(of); k > 0 {
		if _, err := w.tx.BulkInsert(ctx, "sop_step", "", db.Same("org_id", w.orgID, k), db.Text("enrolment_id", of), db.Text("step_id", step), db.Same("sop_id", w.row.id, k), db.Int("version", version),
			db.Text("subject_id", subject), db.Text("status", status), db.Text("why", why), db.Int("due_at", due), db.Int("decided_at", at), db.Text("ref", ref), db.Int("replied_at", none)); err != nil {
			return fmt.Errorf("sop: steps: %w", err)
		}
	}
	for _, plan := range sorted(w.messages) {
		if err := w.Outbox.Add(ctx, w.tx, w.orgID, plan, w.messages[plan]); err != nil {
			return fmt.Errorf("sop: hand over: %w", err)
		}
	}
	if err := t.keep(ctx, w.tx, w.orgID); err != nil {
		return err
	}
	return w.end(ctx, w.tx, w.orgID, Done, "", w.over...)
}

// Look takes groups in that fit a rule and of which no fact told: those that were
// renamed, or handed to another owner.
func (s *Service) Look(ctx context.Context) error {
	return s.eachOrg(ctx, func(ctx context.Context, orgID string) error {
		var all []*row
		if err := s.db.Read(ctx, orgID, func(tx *db.Tx) (err error) {
			all, err = running(ctx, tx, orgID)
			return err
		}); err != nil {
			return err
		}
		if !slices.ContainsFunc(all, func(r *row) bool { return r.kind == Group }) {
			return nil
		}
		for after := ""; ; {
			var found []Chat
			err := s.db.Write(ctx, orgID, func(tx *db.Tx) (err error) {
				if found, err = s.Groups.Chats(ctx, tx, orgID, ChatFilter{After: after, Limit: 1000}); err != nil {
					return err
				}
				return s.admit(ctx, tx, orgID, all, found)
			})
			if err != nil || len(found) < 1000 {
				return err
			}
			after = found[len(found)-1].ChatID
		}
	})
}

// admit takes groups in that fit the rules of series.
func (s *Service) admit(ctx context.Context, tx *db.Tx, orgID string, all []*row, chats []Chat) error {
	org, err := s.Orgs.Settings(ctx, tx, orgID)
	if err != nil {
		return err
	}
	slices.SortFunc(chats, func(a, b Chat) int {
		return cmp.Or(cmp.Compare(a.AccountID, b.AccountID), cmp.Compare(a.ChatID, b.ChatID))
	})
	for _, r := range all {
		if r.kind != Group {
			continue
		}
		e, err := s.edition(ctx, tx, orgID, r.id, r.version)
		if err != nil {
			return err
		}
		var in []incoming
		for _, c := range chats {
			// Groups from before the series are taken in by hand.
			if e.Trigger.matches(c) && (c.Created.IsZero() || clock.Micros(c.Created) >= r.started || e.Trigger.Since == SinceDate) {
				in = append(in, s.groupIn(&e.Trigger, r, c, org.Zone, ByGroup))
			}
		}
		if _, err := s.enrol(ctx, tx, orgID, r, in); err != nil {
			return err
		}
	}
	return nil
}
