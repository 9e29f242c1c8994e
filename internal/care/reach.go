package care

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// The ties between a person and an account.
const (
	tieFriend  = "friend"
	tieDeleted = "deleted" // by them
	tieEnded   = "ended"   // by us, or nobody knows
)

// refusals are codes of platforms that say: this person does not want to hear
// from this account any more. Others say that something is wrong with us.
var refusals = map[string]bool{
	"84061": true, // WeCom: there is no tie
	"43004": true, // official account: does not follow it
	"43101": true, // refuses such messages
	"45015": true, // has been gone for too long

	"fail_type_10": true, // customer service: the customer refuses messages
	"MOBILE_BLACK": true, // text messages: on the operator's blacklist
	"MK:0001":      true, // there is no such number
	"MN:0001":      true,
}

// failed is what care reads of message.failed.
type failed struct {
	AccountID  string `json:"account_id"`
	ExternalID string `json:"external_id"`
	Code       string `json:"code"`
}

// follower applies a batch of facts to who can be reached.
type follower struct {
	*Service
	tx    *db.Tx
	org   string
	zone  *time.Location
	names map[string]bool   // persons of whom it is asked who speaks for them now
	seen  map[string]signOf // the last thing that each did
}

type signOf struct {
	at   int64
	kind string
}

// reach follows what says that somebody is there or has gone.
func (s *Service) reach(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
	f := &follower{Service: s, tx: tx, org: orgID, names: map[string]bool{}, seen: map[string]signOf{}}
	var err error
	if f.zone, err = s.Orgs.Zone(ctx, tx, orgID); err != nil {
		return err
	}
	for _, e := range events {
		if err := f.take(ctx, e); err != nil {
			return err
		}
	}
	if err := f.signs(ctx); err != nil {
		return err
	}
	return f.speak(ctx)
}

// sign notes that somebody did something.
func (f *follower) sign(e timeline.Event) {
	if at := clock.Micros(e.OccurredAt); e.PersonID != "" && at > f.seen[e.PersonID].at {
		f.seen[e.PersonID] = signOf{at, e.Kind}
	}
}

func (f *follower) take(ctx context.Context, e timeline.Event) error {
	at := clock.Micros(e.OccurredAt)
	switch e.Kind {
	case carrierevent.FriendAdded, carrierevent.FriendRemoved, carrierevent.FriendTransferred:
		var d carrierevent.Friend
		if err := e.Decode(&d); err != nil {
			return err
		}
		return f.friend(ctx, e, d, at)
	case carrierevent.MessageReceived:
		var m said
		if err := e.Decode(&m); err != nil {
			return err
		}
		f.sign(e)
		return f.heard(ctx, e, m, at)
	case carrierevent.MessageFailed:
		var m failed
		if err := e.Decode(&m); err != nil || !refusals[m.Code] {
			return err
		}
		return f.blocked(ctx, e, tie{account: m.AccountID, external: m.ExternalID, kind: e.Source}, m.Code, at)
	case carrierevent.EmailBounced:
		var b carrierevent.Bounce
		if err := e.Decode(&b); err != nil || !b.Hard || e.PersonID == "" {
			return err
		}
		return f.blocked(ctx, e, tie{account: b.AccountID, external: e.PersonID, kind: "email"}, "bounced", at)
	case mallevent.OrderPaid, mallevent.OrderRefunded:
		if e.Kind == mallevent.OrderPaid {
			f.sign(e)
		}
		return f.order(ctx, e)
	case poolevent.Updated:
		f.names[e.PersonID] = true
	case poolevent.Merged, poolevent.Split:
		var m poolevent.Merge
		if err := e.Decode(&m); err != nil {
			return err
		}
		for _, id := range append(m.Members, m.WinnerID, m.LoserID) {
			f.names[id] = true
		}
	default: // they looked at a page
		f.sign(e)
	}
	return nil
}

// tie names a contact.
type tie struct{ account, external, user, kind, staff string }

func (f *follower) put(ctx context.Context, e timeline.Event, t tie) error {
	_, err := f.tx.Exec(ctx, `INSERT INTO care_reach (org_id, account_id, external_id, user_id, kind, spoken_id, person_id, staff_id, tie, tie_at, blocked, blocked_at, heard_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', 0, '', 0, 0) ON CONFLICT (org_id, account_id, external_id, user_id) DO UPDATE SET spoken_id = excluded.spoken_id, person_id = excluded.person_id,
		staff_id = CASE WHEN excluded.staff_id = '' THEN care_reach.staff_id ELSE excluded.staff_id END`,
		f.org, t.account, t.external, t.user, t.kind, e.PersonID, e.PersonID, t.staff)
	if err != nil {
		return fmt.Errorf("care: reach: %w", err)
	}
	f.names[e.PersonID] = true
	return nil
}

func (f *follower) friend(ctx context.Context, e timeline.Event, d carrierevent.Friend, at int64) error {
	if d.ExternalID == "" || e.PersonID == "" {
		return nil
	}
	set := func(user, staff, to string) error {
		if err := f.put(ctx, e, tie{d.AccountID, d.ExternalID, user, d.AccountKind, staff}); err != nil {
			return err
		}
		_, err := f.tx.Exec(ctx, `UPDATE care_reach SET tie = ?, tie_at = ?, blocked = CASE WHEN ? = 'friend' THEN '' ELSE blocked END WHERE org_id = ? AND account_id = ? AND external_id = ? AND user_id = ? AND tie_at <= ?`,
			to, at, to, f.org, d.AccountID, d.ExternalID, user, at)
		return err
	}
	switch {
	case e.Kind == carrierevent.FriendAdded:
		f.sign(e)
		return set(d.UserID, d.StaffID, tieFriend)
	case e.Kind == carrierevent.FriendTransferred:
		if d.FromUserID != "" {
			if err := set(d.FromUserID, "", tieEnded); err != nil {
				return err
			}
		}
		return set(d.UserID, d.StaffID, tieFriend)
	case d.By == "customer":
		return set(d.UserID, d.StaffID, tieDeleted)
	}
	return set(d.UserID, d.StaffID, tieEnded)
}

// heard notes where somebody wrote: whoever writes to us has not blocked us.
func (f *follower) heard(ctx context.Context, e timeline.Event, m said, at int64) error {
	if m.ExternalID == "" || m.AccountID == "" || e.PersonID == "" {
		return nil
	}
	if err := f.put(ctx, e, tie{m.AccountID, m.ExternalID, m.UserID, e.Source, m.StaffID}); err != nil {
		return err
	}
	if _, err := f.tx.Exec(ctx, "UPDATE care_reach SET blocked = '' WHERE org_id = ? AND account_id = ? AND external_id = ? AND blocked_at <= ?", f.org, m.AccountID, m.ExternalID, at); err != nil {
		return err
	}
	_, err := f.tx.Exec(ctx, "UPDATE care_reach SET heard_at = ? WHERE org_id = ? AND account_id = ? AND external_id = ? AND user_id = ? AND heard_at < ?", at, f.org, m.AccountID, m.ExternalID, m.UserID, at)
	return err
}

// blocked notes that nothing arrives any more.
func (f *follower) blocked(ctx context.Context, e timeline.Event, t tie, why string, at int64) error {
	if t.external == "" || e.PersonID == "" {
		return nil
	}
	n, err := f.tx.Changed(ctx, "UPDATE care_reach SET blocked = ?, blocked_at = ? WHERE org_id = ? AND account_id = ? AND external_id = ? AND heard_at <= ? AND tie <> 'deleted'", why, at, f.org, t.account, t.external, at)
	if err != nil || n > 0 {
		return err
	}
	if err := f.put(ctx, e, t); err != nil {
		return err
	}
	_, err = f.tx.Exec(ctx, "UPDATE care_reach SET blocked = ?, blocked_at = ? WHERE org_id = ? AND account_id = ? AND external_id = ? AND user_id = '' AND heard_at <= ? AND tie <> 'deleted'", why, at, f.org, t.account, t.external, at)
	return err
}

// signs stores the last sign of each person.
func (f *follower) signs(ctx context.Context) error {
	who := slices.Sorted(maps.Keys(f.seen))
	if len(who) == 0 {
		return nil
	}
	at, kind := make([]int64, len(who)), make([]string, len(who))
	for i, id := range who {
		at[i], kind[i] = f.seen[id].at, f.seen[id].kind
	}
	if err := f.newcomers(ctx, who); err != nil {
		return fmt.Errorf("care: newcomers: %w", err)
	}
	if _, err := f.tx.BulkInsert(ctx, "care_active", `ON CONFLICT (org_id, spoken_id) DO UPDATE SET
		last_kind = CASE WHEN excluded.last_at > care_active.last_at THEN excluded.last_kind ELSE care_active.last_kind END,
		last_at = CASE WHEN excluded.last_at > care_active.last_at THEN excluded.last_at ELSE care_active.last_at END`,
		db.Same("org_id", f.org, len(who)), db.Text("spoken_id", who), db.Text("person_id", who), db.Same("owner_staff_id", "", len(who)),
		db.Int("last_at", at), db.Text("last_kind", kind)); err != nil {
		return fmt.Errorf("care: signs: %w", err)
	}
	return nil
}

// newcomers has it asked who speaks for those of whom there is no row yet. Of
// the others facts have told that, and will tell when it changes.
func (f *follower) newcomers(ctx context.Context, who []string) error {
	known := map[string]bool{}
	where, arg := f.tx.In("spoken_id", who)
	if err := f.tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		known[id] = true
		return err
	}, "SELECT spoken_id FROM care_active WHERE org_id = ? AND "+where, f.org, arg); err != nil {
		return err
	}
	for _, id := range who {
		if !known[id] {
			f.names[id] = true
		}
	}
	return nil
}

// speak asks who speaks for the persons of this batch now, and whose they are.
func (f *follower) speak(ctx context.Context) error {
	if len(f.names) == 0 {
		return nil
	}
	cards, err := f.People.Cards(ctx, f.tx, f.org, slices.Sorted(maps.Keys(f.names)))
	if err != nil {
		return fmt.Errorf("care: who speaks: %w", err)
	}
	stale, err := f.stale(ctx, cards)
	if err != nil {
		return fmt.Errorf("care: who spoke: %w", err)
	}
	for _, id := range stale {
		c := cards[id]
		// The rows of whoever is spoken for have the owner of who speaks.
		if _, err := f.tx.Exec(ctx, "UPDATE care_active SET person_id = ?, owner_staff_id = ? WHERE org_id = ? AND spoken_id = ?", c.ID, c.OwnerStaffID, f.org, id); err != nil {
			return err
		}
		if _, err := f.tx.Exec(ctx, "UPDATE care_active SET owner_staff_id = ? WHERE org_id = ? AND person_id = ? AND owner_staff_id <> ?", c.OwnerStaffID, f.org, c.ID, c.OwnerStaffID); err != nil {
			return err
		}
		if _, err := f.tx.Exec(ctx, "UPDATE care_reach SET person_id = ? WHERE org_id = ? AND spoken_id = ?", c.ID, f.org, id); err != nil {
			return err
		}
	}
	return nil
}

// stale finds of whom some row says otherwise than their card. Mostly that is
// nobody: persons change for many reasons.
func (f *follower) stale(ctx context.Context, cards map[string]Card) ([]string, error) {
	asked := slices.Sorted(maps.Keys(cards))
	by := map[string]string{} // of those who speak: one whom it was asked for
	for _, id := range asked {
		by[cards[id].ID] = id
	}
	spoken, spokenArg := f.tx.In("spoken_id", asked)
	speaks, speaksArg := f.tx.In("person_id", slices.Sorted(maps.Keys(by)))
	out := map[string]bool{}
	for _, q := range []struct {
		query string
		arg   any
		right func(spoken, person, owner string) (id string, ok bool)
	}{
		{"SELECT spoken_id, person_id, owner_staff_id FROM care_active WHERE org_id = ? AND " + spoken, spokenArg, func(spoken, person, owner string) (string, bool) {
			c := cards[spoken]
			return spoken, person == c.ID && owner == c.OwnerStaffID
		}},
		{"SELECT spoken_id, person_id, owner_staff_id FROM care_active WHERE org_id = ? AND " + speaks, speaksArg, func(_, person, owner string) (string, bool) {
			return by[person], owner == cards[by[person]].OwnerStaffID
		}},
		{"SELECT spoken_id, person_id, '' FROM care_reach WHERE org_id = ? AND " + spoken, spokenArg, func(spoken, person, _ string) (string, bool) {
			return spoken, person == cards[spoken].ID
		}},
	} {
		if err := f.tx.Each(ctx, func(rows *sql.Rows) error {
			var spoken, person, owner string
			if err := rows.Scan(&spoken, &person, &owner); err != nil {
				return err
			}
			if id, ok := q.right(spoken, person, owner); !ok {
				out[id] = true
			}
			return nil
		}, q.query, f.org, q.arg); err != nil {
			return nil, err
		}
	}
	return slices.Sorted(maps.Keys(out)), nil
}

// resetReach empties what comes from the log.
func (s *Service) resetReach(ctx context.Context, tx *db.Tx, orgID string) error {
	for _, query := range []string{"DELETE FROM care_reach WHERE org_id = ?", "DELETE FROM care_active WHERE org_id = ?", "DELETE FROM care_money WHERE org_id = ? AND source = 'order'"} {
		if _, err := tx.Exec(ctx, query, orgID); err != nil {
			return err
		}
	}
	return nil
}

// order books an order or a refund that says over whom of the staff it went.
func (f *follower) order(ctx context.Context, e timeline.Event) error {
	var o struct {
		AmountMinor int64  `json:"amount_minor"`
		Currency    string `json:"currency"`
		StaffID     string `json:"staff_id"`
		AccountID   string `json:"account_id"`
	}
	if err := e.Decode(&o); err != nil || o.StaffID == "" && o.AccountID == "" || o.AmountMinor <= 0 {
		return err
	}
	m := money{id: e.ID, source: "order", kind: "order", direction: DirectionIn, staff: o.StaffID, account: o.AccountID, person: e.PersonID, minor: o.AmountMinor, currency: o.Currency, at: clock.Micros(e.OccurredAt)}
	if e.Kind == mallevent.OrderRefunded {
		m.kind, m.direction = "refund", DirectionOut
	}
	return putMoney(ctx, f.tx, f.org, f.zone, m)
}
