package sop

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"fishpond/internal/acquisition/acquisitionevent"
	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/segment/segmentevent"
	"fishpond/internal/timeline"
)

// SubscriberName is the name under which the module follows the timeline.
const SubscriberName = "sop"

// Subscribers returns the module's subscribers.
func (s *Service) Subscribers() []*timeline.Subscriber {
	return []*timeline.Subscriber{{
		Name: SubscriberName,
		Kinds: []string{carrierevent.FriendAdded, carrierevent.FriendRemoved, carrierevent.GroupJoined, carrierevent.MessageReceived, acquisitionevent.Arrived, segmentevent.Entered, segmentevent.Left,
			mallevent.OrderPaid, poolevent.ConsentWithdrawn, poolevent.Merged, poolevent.Split},
		Handle: s.follow,
	}}
}

// answers is how long after a message an answer is put down to it.
const answers = 72 * time.Hour

// following is one batch of facts.
type following struct {
	*Service
	tx      *db.Tx
	orgID   string
	org     OrgSettings
	rows    []*row
	speaker map[string]string
	inside  map[string]bool // who is or was in a series
	in      map[string][]incoming
	who     map[string]bool // of in
	chats   map[string]map[string]bool
}

func (s *Service) follow(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
	var any bool
	if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM sop_sop WHERE org_id = ? AND status <> 'draft')", orgID).Scan(&any); err != nil || !any {
		return err
	}
	f := &following{Service: s, tx: tx, orgID: orgID, in: map[string][]incoming{}, who: map[string]bool{}, chats: map[string]map[string]bool{}}
	if err := f.read(ctx, events); err != nil {
		return err
	}
	for _, e := range events {
		if err := f.take(ctx, e); err != nil {
			return err
		}
	}
	return f.flush(ctx)
}

func (f *following) read(ctx context.Context, events []timeline.Event) (err error) {
	if f.rows, err = running(ctx, f.tx, f.orgID); err != nil {
		return err
	}
	if f.org, err = f.Orgs.Settings(ctx, f.tx, f.orgID); err != nil {
		return err
	}
	ids := map[string]bool{}
	for _, e := range events {
		if e.PersonID != "" {
			ids[e.PersonID] = true
		}
		if e.Kind == poolevent.Merged || e.Kind == poolevent.Split {
			var m poolevent.Merge
			if err := e.Decode(&m); err != nil {
				return err
			}
			ids[m.WinnerID], ids[m.LoserID] = true, true
		}
	}
	if f.speaker, err = f.People.Speakers(ctx, f.tx, f.orgID, slices.Sorted(maps.Keys(ids))); err != nil {
		return err
	}
	for _, speaker := range f.speaker {
		ids[speaker] = true
	}
	f.inside = map[string]bool{}
	where, arg := f.tx.In("subject_id", slices.Sorted(maps.Keys(ids)))
	return f.tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		f.inside[id] = true
		return err
	}, "SELECT DISTINCT subject_id FROM sop_enrolment WHERE org_id = ? AND "+where, f.orgID, arg)
}

// take follows one fact.
func (f *following) take(ctx context.Context, e timeline.Event) error {
	switch e.Kind {
	case carrierevent.FriendAdded:
		var d carrierevent.Friend
		if err := e.Decode(&d); err != nil || d.Historic {
			return err
		}
		return f.came(ctx, e, ByFriend, func(t *Trigger) bool { return len(t.AccountIDs) == 0 || slices.Contains(t.AccountIDs, d.AccountID) })
	case acquisitionevent.Arrived:
		var d acquisitionevent.Arrival
		if err := e.Decode(&d); err != nil || d.Way == acquisitionevent.ByImport {
			return err // a file tells of people who came long ago, and of whom nobody is waiting for a greeting
		}
		return f.came(ctx, e, ByChannel, func(t *Trigger) bool {
			return d.ChannelID != "" && (len(t.ChannelIDs) == 0 || slices.Contains(t.ChannelIDs, d.ChannelID))
		})
	case segmentevent.Entered:
		var d segmentevent.Moved
		if err := e.Decode(&d); err != nil || d.Cause == segmentevent.Edited || d.Cause == segmentevent.Created {
			return err // the segment came to them, not they to the segment
		}
		return f.came(ctx, e, BySegment, func(t *Trigger) bool { return t.SegmentID == d.SegmentID })
	case carrierevent.GroupJoined:
		var d carrierevent.Group
		if err := e.Decode(&d); err != nil {
			return err
		}
		if f.chats[d.AccountID] == nil {
			f.chats[d.AccountID] = map[string]bool{}
		}
		f.chats[d.AccountID][d.ChatID] = true
		return nil
	}
	if !f.inside[e.PersonID] && !f.inside[f.speaker[e.PersonID]] && !f.who[e.PersonID] && !f.who[f.speaker[e.PersonID]] && e.Kind != poolevent.Merged && e.Kind != poolevent.Split {
		return nil
	}
	if err := f.flush(ctx); err != nil {
		return err
	}
	switch e.Kind {
	case poolevent.Merged, poolevent.Split:
		return f.move(ctx, e)
	case carrierevent.MessageReceived:
		var d carrierevent.Message
		if err := e.Decode(&d); err != nil || d.Automatic {
			return err
		}
		if err := f.answered(ctx, e); err != nil {
			return err
		}
		return f.leave(ctx, e, WhyReplied, func(x *enrolment, sp *edition) (bool, error) { return sp.Exits.Replied, nil })
	case mallevent.OrderPaid:
		return f.leave(ctx, e, WhyOrdered, func(x *enrolment, sp *edition) (bool, error) { return sp.Exits.Ordered, nil })
	case segmentevent.Left:
		var d segmentevent.Moved
		if err := e.Decode(&d); err != nil {
			return err
		}
		return f.leave(ctx, e, WhySegment, func(x *enrolment, sp *edition) (bool, error) {
			return sp.Exits.LeftSegment && sp.Trigger.Kind == BySegment && sp.Trigger.SegmentID == d.SegmentID, nil
		})
	case carrierevent.FriendRemoved:
		return f.unfriended(ctx, e)
	case poolevent.ConsentWithdrawn:
		return f.withdrawn(ctx, e)
	}
	return nil
}

// came notes somebody for the series that such a fact lets them into.
func (f *following) came(ctx context.Context, e timeline.Event, kind string, fits func(*Trigger) bool) error {
	at := clock.Micros(e.OccurredAt)
	speaker, ok := f.speaker[e.PersonID]
	if !ok {
		return nil
	}
	for _, r := range f.rows {
		if r.kind != Person || at < r.started {
			continue
		}
		sp, err := f.edition(ctx, f.tx, f.orgID, r.id, r.version)
		if err != nil {
			return err
		}
		if sp.Trigger.Kind == kind && fits(&sp.Trigger) {
			f.in[r.id] = append(f.in[r.id], incoming{subject: speaker, spoken: e.PersonID, source: kind, anchor: at, start: at})
			f.who[speaker], f.who[e.PersonID] = true, true
		}
	}
	return nil
}

// flush takes those in who were noted.
func (f *following) flush(ctx context.Context) error {
	for _, r := range f.rows {
		if in := f.in[r.id]; len(in) > 0 {
			if _, err := f.enrol(ctx, f.tx, f.orgID, r, in); err != nil {
				return err
			}
			for _, x := range in {
				f.inside[x.subject] = true
			}
		}
	}
	clear(f.in)
	clear(f.who)
	if !slices.ContainsFunc(f.rows, func(r *row) bool { return r.kind == Group }) {
		clear(f.chats)
	}
	for _, account := range sorted(f.chats) {
		found, err := f.Groups.Chats(ctx, f.tx, f.orgID, ChatFilter{AccountID: account, ChatIDs: sorted(f.chats[account])})
		if err != nil {
			return err
		}
		if err := f.admit(ctx, f.tx, f.orgID, f.rows, found); err != nil {
			return err
		}
	}
	clear(f.chats)
	return nil
}

// ids are those under which a person's rows may stand: theirs, and who speaks for
// them by now.
func (f *following) ids(e timeline.Event) []string {
	out := []string{e.PersonID}
	if by := f.speaker[e.PersonID]; by != "" && by != e.PersonID {
		out = append(out, by)
	}
	return out
}

// leave ends a person's series of which it is so. What happened before they came
// in ends nothing.
func (f *following) leave(ctx context.Context, e timeline.Event, why string, is func(*enrolment, *edition) (bool, error)) error {
	where, arg := f.tx.In("subject_id", f.ids(e))
	all, err := enrolments(ctx, f.tx, f.orgID, "status = 'active' AND account_id = '' AND "+where, arg)
	if err != nil {
		return err
	}
	at := clock.Micros(e.OccurredAt)
	for _, x := range all {
		if at <= x.anchor && at < x.enrolled {
			continue
		}
		sp, err := f.edition(ctx, f.tx, f.orgID, x.sop, x.version)
		if err != nil {
			return err
		}
		ends, err := is(x, sp)
		if err != nil {
			return err
		}
		if ends {
			if err := f.end(ctx, f.tx, f.orgID, Ended, why, x); err != nil {
				return err
			}
		}
	}
	return nil
}

// unfriended ends series that were about an account which does not have the
// person as a friend any more.
func (f *following) unfriended(ctx context.Context, e timeline.Event) error {
	var d carrierevent.Friend
	if err := e.Decode(&d); err != nil {
		return err
	}
	accounts, err := f.Accounts.Accounts(ctx, f.tx, f.orgID)
	if err != nil {
		return err
	}
	return f.leave(ctx, e, WhyFriend, func(x *enrolment, sp *edition) (bool, error) {
		about := slices.Contains(sp.AccountIDs, d.AccountID) || sp.Trigger.Kind == ByFriend && (len(sp.Trigger.AccountIDs) == 0 || slices.Contains(sp.Trigger.AccountIDs, d.AccountID))
		if !sp.Exits.Unfriended || !about {
			return false, nil
		}
		ways, err := f.Accounts.Addresses(ctx, f.tx, f.orgID, chosen([]string{d.AccountID}, accounts), []string{x.subject})
		return len(ways[x.subject]) == 0, err // another of the account's members may still have them
	})
}

// withdrawn ends series that still hold messages for which there is no consent.
func (f *following) withdrawn(ctx context.Context, e timeline.Event) error {
	var d poolevent.Consent
	if err := e.Decode(&d); err != nil {
		return err
	}
	return f.leave(ctx, e, WhyConsent, func(x *enrolment, sp *edition) (bool, error) {
		decided, err := decidedOf(ctx, f.tx, f.orgID, []string{x.id})
		return slices.ContainsFunc(sp.Steps, func(st Step) bool { return st.Purpose == d.Purpose && !decided[x.id][st.ID] }) || x.last != "" && stepPurpose(sp, x.last) == d.Purpose, err
	})
}

func stepPurpose(sp *edition, id string) string {
	if st := sp.step(id); st != nil {
		return st.Purpose
	}
	return ""
}

// answered puts an answer down to the last message of each series that the person
// had got by then.
func (f *following) answered(ctx context.Context, e timeline.Event) error {
	at := clock.Micros(e.OccurredAt)
	where, arg := f.tx.In("subject_id", f.ids(e))
	type had struct {
		of, sop, step string
		replied       int64
	}
	all, err := db.All(ctx, f.tx, func(r *sql.Rows, h *had) error { return r.Scan(&h.of, &h.sop, &h.step, &h.replied) },
		"SELECT enrolment_id, sop_id, step_id, replied_at FROM sop_step WHERE org_id = ? AND status = 'given' AND decided_at > ? AND decided_at <= ? AND "+where+" ORDER BY decided_at DESC, due_at DESC",
		f.orgID, at-int64(answers/time.Microsecond), at, arg)
	if err != nil {
		return err
	}
	t, seen := tally{}, map[string]bool{}
	for _, h := range all {
		if seen[h.of] {
			continue
		}
		seen[h.of] = true
		n, err := f.tx.Changed(ctx, "UPDATE sop_step SET replied_at = ? WHERE org_id = ? AND enrolment_id = ? AND step_id = ? AND replied_at = 0", at, f.orgID, h.of, h.step)
		if err != nil {
			return err
		}
		t.add(h.sop, h.step, "replied", "", n)
	}
	return t.keep(ctx, f.tx, f.orgID)
}

// move follows a merge or a split.
func (f *following) move(ctx context.Context, e timeline.Event) error {
	var m poolevent.Merge
	if err := e.Decode(&m); err != nil {
		return err
	}
	from, to, of, args := m.LoserID, m.WinnerID, "", []any{}
	if e.Kind == poolevent.Split {
		spoken, arg := f.tx.In("spoken_id", m.Members)
		from, to, of, args = m.WinnerID, m.LoserID, " AND "+spoken, []any{arg}
	}
	moving, err := enrolments(ctx, f.tx, f.orgID, "subject_id = ? AND account_id = ''"+of, append([]any{from}, args...)...)
	if err != nil || len(moving) == 0 {
		return err
	}
	there, err := enrolments(ctx, f.tx, f.orgID, "subject_id = ? AND account_id = '' AND status = 'active'", to)
	if err != nil {
		return err
	}
	for _, x := range moving {
		if x.status == Active && slices.ContainsFunc(there, func(y *enrolment) bool { return y.sop == x.sop }) {
			if err := f.end(ctx, f.tx, f.orgID, Ended, WhyMerged, x); err != nil {
				return err
			}
		}
		if _, err := f.tx.Exec(ctx, "UPDATE sop_enrolment SET subject_id = ? WHERE org_id = ? AND id = ?", to, f.orgID, x.id); err != nil {
			return fmt.Errorf("sop: move: %w", err)
		}
		if _, err := f.tx.Exec(ctx, "UPDATE sop_step SET subject_id = ? WHERE org_id = ? AND enrolment_id = ?", to, f.orgID, x.id); err != nil {
			return fmt.Errorf("sop: move: %w", err)
		}
	}
	f.inside[to] = true
	return nil
}
