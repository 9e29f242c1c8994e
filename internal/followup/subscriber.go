package followup

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

// SubscriberName is the name under which the module follows the timeline.
const SubscriberName = "followup"

// Subscribers returns the module's subscribers. after names those whose rows
// the ports read: what somebody waits for must be up to date.
func (s *Service) Subscribers(after ...string) []*timeline.Subscriber {
	return []*timeline.Subscriber{{
		Name:  SubscriberName,
		Kinds: []string{mallevent.OrderPaid, mallevent.OrderRefunded, carrierevent.MessageReceived, carrierevent.MessageSent, poolevent.Merged, poolevent.Split},
		After: after, Handle: s.follow,
	}}
}

// recentFor is how long it is remembered what customers did, for lists that
// are made meanwhile.
const recentFor = 24 * time.Hour

// act is something that a customer did, or that was done to them.
type act struct {
	event, person, kind string
	at                  int64
	order               string
	amount              int64
	currency            string
}

// follow notes what came of the lists. What happened long ago, as imports
// tell it, is passed over.
func (s *Service) follow(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
	oldest := s.now().Add(-61 * 24 * time.Hour)
	var acts []act
	var refunds []mallevent.Refund
	var moves []timeline.Event
	for _, e := range events {
		switch e.Kind {
		case poolevent.Merged, poolevent.Split:
			moves = append(moves, e)
			continue
		case mallevent.OrderRefunded:
			var r mallevent.Refund
			if err := e.Decode(&r); err != nil {
				return err
			}
			if r.OrderID != "" && !e.OccurredAt.Before(oldest) {
				refunds = append(refunds, r)
			}
			continue
		}
		if e.OccurredAt.Before(oldest) || e.PersonID == "" {
			continue
		}
		a := act{event: e.ID, person: e.PersonID, kind: e.Kind, at: clock.Micros(e.OccurredAt)}
		if e.Kind == mallevent.OrderPaid {
			var o mallevent.Order
			if err := e.Decode(&o); err != nil {
				return err
			}
			a.order, a.amount, a.currency = o.OrderID, o.AmountMinor, o.Currency
		}
		acts = append(acts, a)
	}
	if len(acts)+len(refunds)+len(moves) == 0 {
		return nil
	}
	if err := s.lock(ctx, tx, orgID); err != nil {
		return err
	}
	for _, e := range moves {
		if err := move(ctx, tx, orgID, e); err != nil {
			return err
		}
	}
	if len(acts) > 0 {
		if err := s.acted(ctx, tx, orgID, acts); err != nil {
			return err
		}
	}
	for _, r := range refunds {
		if err := refunded(ctx, tx, orgID, r); err != nil {
			return err
		}
	}
	return nil
}

// listed is an item as results look at it.
type listed struct {
	id, status                string
	day                       Day
	at, ordered, replied, ans int64
}

// credit is the work of noting results.
type credit struct {
	*Service
	tx    *db.Tx
	orgID string
	org   OrgSettings
	days  int64
	last  Day // of the present lists
	items map[string][]*listed
}

// acted notes acts on the items to which they belong.
func (s *Service) acted(ctx context.Context, tx *db.Tx, orgID string, acts []act) error {
	var ids []string
	for _, a := range acts {
		ids = append(ids, a.person)
	}
	slices.Sort(ids)
	at, err := s.Audience.Places(ctx, tx, orgID, slices.Compact(ids))
	if err != nil {
		return err
	}
	people := map[string]bool{}
	for i := range acts {
		if p, ok := at[acts[i].person]; ok {
			acts[i].person = p.ID
		}
		people[acts[i].person] = true
	}
	if err := s.remember(ctx, tx, orgID, acts); err != nil {
		return err
	}
	c, err := s.credit(ctx, tx, orgID, slices.Sorted(maps.Keys(people)))
	if err != nil {
		return err
	}
	return c.note(ctx, acts)
}

// remember keeps what happened just now, for lists that are being made.
func (s *Service) remember(ctx context.Context, tx *db.Tx, orgID string, acts []act) error {
	recent := clock.Micros(s.now().Add(-recentFor))
	var id, person, kind, order, currency []string
	var at, amount []int64
	for _, a := range acts {
		if a.at >= recent && a.kind != carrierevent.MessageSent {
			id, person, kind, order, currency = append(id, a.event), append(person, a.person), append(kind, a.kind), append(order, a.order), append(currency, a.currency)
			at, amount = append(at, a.at), append(amount, a.amount)
		}
	}
	if len(id) == 0 {
		return nil
	}
	_, err := tx.BulkInsert(ctx, "followup_recent", "ON CONFLICT DO NOTHING", db.Same("org_id", orgID, len(id)), db.Text("event_id", id), db.Text("person_id", person), db.Text("kind", kind), db.Int("at", at),
		db.Text("order_id", order), db.Int("amount_minor", amount), db.Text("currency", currency))
	return err
}

func (s *Service) credit(ctx context.Context, tx *db.Tx, orgID string, people []string) (*credit, error) {
	c := &credit{Service: s, tx: tx, orgID: orgID, items: map[string][]*listed{}}
	set, err := settingsOf(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	c.days = int64(set.CreditDays)
	if c.org, err = s.Orgs.Settings(ctx, tx, orgID); err != nil {
		return nil, err
	}
	if err := tx.QueryRow(ctx, "SELECT COALESCE(MAX(day), 0) FROM followup_day WHERE org_id = ?", orgID).Scan(&c.last); err != nil {
		return nil, err
	}
	where, arg := tx.In("person_id", people)
	return c, tx.Each(ctx, func(rows *sql.Rows) error {
		var person string
		i := &listed{}
		err := rows.Scan(&i.id, &person, &i.status, &i.day, &i.at, &i.ordered, &i.replied, &i.ans)
		c.items[person] = append(c.items[person], i)
		return err
	}, "SELECT id, person_id, status, day, listed_at, ordered_at, replied_at, answered_at FROM followup_item WHERE org_id = ? AND status <> 'merged' AND day >= ? AND "+where+" ORDER BY person_id, day DESC",
		orgID, int64(c.last)-130, arg)
}

// of is the item to which something belongs that happened at a time: the
// latest that was listed before, not too long ago.
func (c *credit) of(person string, at int64) *listed {
	for _, i := range c.items[person] {
		if i.at <= at {
			if at-i.at > c.days*int64(24*time.Hour/time.Microsecond) {
				return nil
			}
			return i
		}
	}
	return nil
}

func (c *credit) note(ctx context.Context, acts []act) error {
	sent := map[string]bool{}
	for _, a := range acts {
		i := c.of(a.person, a.at)
		if i == nil {
			continue
		}
		var err error
		switch a.kind {
		case mallevent.OrderPaid:
			err = c.ordered(ctx, i, a)
		case carrierevent.MessageReceived:
			if i.replied == 0 {
				i.replied = a.at
				_, err = c.tx.Exec(ctx, "UPDATE followup_item SET replied_at = ? WHERE org_id = ? AND id = ? AND replied_at = 0", a.at, c.orgID, i.id)
			}
		case carrierevent.MessageSent:
			if i.day == c.last && i.ans == 0 {
				sent[a.person] = true
			}
		}
		if err != nil {
			return err
		}
	}
	return c.answered(ctx, slices.Sorted(maps.Keys(sent)))
}

// ordered credits an order to an item.
func (c *credit) ordered(ctx context.Context, i *listed, a act) error {
	amount := a.amount
	if a.currency != c.org.Currency {
		amount = 0 // money in others is not added up
	}
	n, err := c.tx.Changed(ctx, "INSERT INTO followup_gain (org_id, event_id, item_id, order_id, amount_minor, currency, at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (org_id, event_id) DO NOTHING",
		c.orgID, a.event, i.id, a.order, amount, a.currency, a.at)
	if err != nil || n == 0 {
		return err
	}
	now := clock.Micros(c.now())
	_, err = c.tx.Exec(ctx, `UPDATE followup_item SET ordered_at = CASE WHEN ordered_at = 0 OR ordered_at > ? THEN ? ELSE ordered_at END, orders = orders + 1, gain_minor = gain_minor + ?, currency = ?,
		changed_at = ?, status = CASE WHEN status = 'open' THEN 'converted' ELSE status END WHERE org_id = ? AND id = ?`, a.at, a.at, amount, c.org.Currency, now, c.orgID, i.id)
	if i.status == Open {
		i.status = Converted
	}
	return err
}

// refunded takes back what a refund takes from a result.
func refunded(ctx context.Context, tx *db.Tx, orgID string, r mallevent.Refund) error {
	var event, item, currency string
	var amount int64
	err := tx.QueryRow(ctx, "SELECT event_id, item_id, amount_minor, currency FROM followup_gain WHERE org_id = ? AND order_id = ? ORDER BY at LIMIT 1", orgID, r.OrderID).Scan(&event, &item, &amount, &currency)
	if db.IsNoRows(err) || err == nil && currency != r.Currency {
		return nil
	}
	if err != nil {
		return err
	}
	back := min(amount, r.AmountMinor)
	if _, err := tx.Exec(ctx, "UPDATE followup_gain SET amount_minor = amount_minor - ? WHERE org_id = ? AND event_id = ?", back, orgID, event); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "UPDATE followup_item SET gain_minor = gain_minor - ? WHERE org_id = ? AND id = ?", back, orgID, item)
	return err
}

// answered settles the items of people who were listed because they waited
// and wait no longer. Where there are other reasons, the item stays open.
func (c *credit) answered(ctx context.Context, people []string) error {
	if len(people) == 0 {
		return nil
	}
	waits := map[string]bool{}
	if c.Conversations != nil {
		all, err := c.Conversations.Waiting(ctx, c.tx, c.orgID, people)
		if err != nil {
			return err
		}
		for _, w := range all {
			waits[w.PersonID] = true
		}
	}
	rules, err := rulesOf(ctx, c.tx, c.orgID)
	if err != nil {
		return err
	}
	waiting := map[string]bool{}
	for _, r := range rules {
		waiting[r.ID] = r.Anchor == Waits
	}
	now := clock.Micros(c.now())
	for _, p := range people {
		i := c.items[p][0] // the latest: day is the last
		if waits[p] || i.status != Open {
			continue
		}
		why, err := strings1(ctx, c.tx, "SELECT rule_id FROM followup_reason WHERE org_id = ? AND item_id = ?", c.orgID, i.id)
		if err != nil {
			return err
		}
		others := slices.ContainsFunc(why, func(rule string) bool { return !waiting[rule] })
		if !slices.ContainsFunc(why, func(rule string) bool { return waiting[rule] }) {
			continue
		}
		status := Answered
		if others {
			status = Open
		}
		if _, err := c.tx.Exec(ctx, "UPDATE followup_item SET status = ?, answered_at = ?, changed_at = ? WHERE org_id = ? AND id = ? AND status = 'open'", status, now, now, c.orgID, i.id); err != nil {
			return err
		}
		i.status, i.ans = status, now
	}
	return nil
}

// lately notes what customers did since gathering began, and forgets what is
// older than lists take to be made.
func (w *writing) lately(ctx context.Context, chosen []*candidate) error {
	on := map[string]bool{}
	for _, c := range chosen {
		on[c.who.ID] = true
	}
	var acts []act
	if err := w.tx.Each(ctx, func(rows *sql.Rows) error {
		var a act
		err := rows.Scan(&a.event, &a.person, &a.kind, &a.at, &a.order, &a.amount, &a.currency)
		if on[a.person] {
			acts = append(acts, a)
		}
		return err
	}, "SELECT event_id, person_id, kind, at, order_id, amount_minor, currency FROM followup_recent WHERE org_id = ? AND at >= ? ORDER BY at, event_id", w.orgID, w.at); err != nil {
		return err
	}
	if len(acts) > 0 {
		people := map[string]bool{}
		for _, a := range acts {
			people[a.person] = true
		}
		c, err := w.credit(ctx, w.tx, w.orgID, slices.Sorted(maps.Keys(people)))
		if err != nil {
			return err
		}
		if err := c.note(ctx, acts); err != nil {
			return err
		}
	}
	_, err := w.tx.Exec(ctx, "DELETE FROM followup_recent WHERE org_id = ? AND at < ?", w.orgID, clock.Micros(w.now.Add(-recentFor)))
	return err
}

// move gives what was noted of persons to who speaks for them now.
func move(ctx context.Context, tx *db.Tx, orgID string, e timeline.Event) error {
	var m poolevent.Merge
	if err := e.Decode(&m); err != nil {
		return err
	}
	if e.Kind == poolevent.Split {
		spoken, arg := tx.In("spoken_id", m.Members)
		for _, stmt := range []string{
			"UPDATE followup_promise SET person_id = ? WHERE org_id = ? AND person_id = ? AND " + spoken,
			"UPDATE followup_item SET person_id = ? WHERE org_id = ? AND person_id = ? AND status <> 'merged' AND " + spoken,
			"UPDATE followup_mark SET person_id = ? WHERE org_id = ? AND person_id = ? AND " + spoken,
		} {
			if _, err := tx.Exec(ctx, stmt, m.LoserID, orgID, m.WinnerID, arg); err != nil {
				return fmt.Errorf("followup: split: %w", err)
			}
		}
		return nil
	}
	// Where both are on a list, the winner's item takes the reasons.
	both, err := itemsWhere(ctx, tx, orgID, `person_id = ? AND EXISTS (SELECT 1 FROM followup_item w WHERE w.org_id = followup_item.org_id AND w.person_id = ? AND w.day = followup_item.day AND w.status <> 'merged')`,
		m.LoserID, m.WinnerID)
	if err != nil {
		return err
	}
	for _, i := range both {
		if _, err := tx.Exec(ctx, `UPDATE followup_reason SET n = n + 1 + (SELECT MAX(r.n) FROM followup_reason r WHERE r.org_id = ? AND r.item_id = w.id), item_id = w.id
			FROM (SELECT id FROM followup_item WHERE org_id = ? AND person_id = ? AND day = ? AND status <> 'merged') AS w WHERE followup_reason.org_id = ? AND followup_reason.item_id = ?`,
			orgID, orgID, m.WinnerID, int64(i.day), orgID, i.ID); err != nil {
			return fmt.Errorf("followup: reasons of merged persons: %w", err)
		}
		if _, err := tx.Exec(ctx, "UPDATE followup_item SET status = ? WHERE org_id = ? AND id = ?", merged, orgID, i.ID); err != nil {
			return err
		}
	}
	for _, table := range []string{"followup_promise", "followup_item"} {
		if _, err := tx.Exec(ctx, "UPDATE "+table+" SET person_id = ? WHERE org_id = ? AND person_id = ? AND status <> 'merged'", m.WinnerID, orgID, m.LoserID); err != nil {
			return fmt.Errorf("followup: merge: %w", err)
		}
	}
	_, err = tx.Exec(ctx, `UPDATE followup_mark SET person_id = ? WHERE org_id = ? AND person_id = ?
		AND NOT EXISTS (SELECT 1 FROM followup_mark w WHERE w.org_id = followup_mark.org_id AND w.rule_id = followup_mark.rule_id AND w.person_id = ?)`, m.WinnerID, orgID, m.LoserID, m.WinnerID)
	return err
}
