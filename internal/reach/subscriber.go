package reach

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/reach/gate"
	"fishpond/internal/timeline"
)

// SubscriberName is the name under which the module follows the timeline.
const SubscriberName = "reach"

// Subscribers returns the module's subscribers.
func (s *Service) Subscribers() []*timeline.Subscriber {
	return []*timeline.Subscriber{{
		Name: SubscriberName,
		Kinds: []string{poolevent.ConsentGranted, poolevent.ConsentWithdrawn, poolevent.Updated, poolevent.Merged, poolevent.Split, carrierevent.MessageReceived, mallevent.OrderPaid,
			carrierevent.MessageDelivered, carrierevent.MessageRead, carrierevent.MessageFailed, carrierevent.EmailBounced, carrierevent.EmailComplained},
		Handle: s.follow,
	}}
}

// zoneTrait is the trait that tells a person's time zone, by its IANA name.
const zoneTrait = "time_zone"

// stale is how old an event may be to bring attention back: imports of long ago
// do not.
const stale = 7 * 24 * time.Hour

func (s *Service) follow(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
	words, gains := map[string]map[string]word{gate.Marketing: {}, gate.Service: {}}, map[string]gain{}
	flush := func() error { // what was told before persons became one is theirs before
		for purpose, said := range words {
			if err := keepWords(ctx, tx, orgID, purpose, said); err != nil {
				return err
			}
			clear(said)
		}
		defer clear(gains)
		return s.refill(ctx, tx, orgID, gains)
	}
	for _, e := range events {
		var err error
		switch e.Kind {
		case poolevent.ConsentGranted, poolevent.ConsentWithdrawn:
			var c poolevent.Consent
			if err = e.Decode(&c); err == nil && words[c.Purpose] != nil {
				say(words[c.Purpose], e.PersonID, e.Kind == poolevent.ConsentGranted, clock.Micros(e.OccurredAt))
			}
		case carrierevent.EmailComplained: // as clear a no as there is
			say(words[gate.Marketing], e.PersonID, false, clock.Micros(e.OccurredAt))
			err = s.bounced(ctx, tx, orgID, e, "complained")
		case carrierevent.EmailBounced:
			err = s.bounced(ctx, tx, orgID, e, WhyBounced)
		case carrierevent.MessageReceived:
			var m carrierevent.Message
			if err = e.Decode(&m); err == nil && !m.Automatic && s.now().Sub(e.OccurredAt) < stale {
				g := gains[e.PersonID]
				g.replies++
				gains[e.PersonID] = g
			}
		case mallevent.OrderPaid:
			if s.now().Sub(e.OccurredAt) < stale {
				g := gains[e.PersonID]
				g.orders++
				gains[e.PersonID] = g
			}
		case poolevent.Updated:
			err = keepZone(ctx, tx, orgID, e)
		case poolevent.Merged, poolevent.Split:
			if err = flush(); err == nil {
				err = s.merge(ctx, tx, orgID, e)
			}
		case carrierevent.MessageDelivered, carrierevent.MessageRead, carrierevent.MessageFailed:
			err = s.arrived(ctx, tx, orgID, e)
		}
		if err != nil {
			return err
		}
	}
	return flush()
}

// word is the last that somebody said about a purpose.
type word struct {
	granted bool
	at      int64
}

func say(all map[string]word, person string, granted bool, at int64) {
	if w, ok := all[person]; person != "" && (!ok || at >= w.at) {
		all[person] = word{granted, at}
	}
}

// keepWords writes down what people said, unless something later is known.
func keepWords(ctx context.Context, tx *db.Tx, orgID, purpose string, said map[string]word) error {
	persons := slices.Sorted(maps.Keys(said))
	value, at := make([]int64, len(persons)), make([]int64, len(persons))
	for i, p := range persons {
		value[i], at[i] = -1, said[p].at
		if said[p].granted {
			value[i] = 1
		}
	}
	_, err := tx.BulkInsert(ctx, "reach_person", "ON CONFLICT (org_id, person_id) DO UPDATE SET "+purpose+" = CASE WHEN excluded."+purpose+"_at >= reach_person."+purpose+"_at THEN excluded."+purpose+" ELSE reach_person."+purpose+" END, "+
		purpose+"_at = CASE WHEN excluded."+purpose+"_at >= reach_person."+purpose+"_at THEN excluded."+purpose+"_at ELSE reach_person."+purpose+"_at END",
		db.Same("org_id", orgID, len(persons)), db.Text("person_id", persons), db.Text("speaker_id", persons), db.Int(purpose, value), db.Int(purpose+"_at", at))
	return err
}

// gain is what brought somebody's attention back.
type gain struct{ replies, orders int64 }

// refill gives attention back to those who wrote or bought and had used some.
func (s *Service) refill(ctx context.Context, tx *db.Tx, orgID string, gains map[string]gain) error {
	delete(gains, "")
	if len(gains) == 0 {
		return nil
	}
	r, err := s.rulesOf(ctx, tx, orgID)
	if err != nil || !r.Purse.Enabled {
		return err
	}
	var used []string // most have used none: they have no row, or a full purse
	where, arg := tx.In("person_id", slices.Sorted(maps.Keys(gains)))
	if used, err = texts(ctx, tx, "SELECT person_id FROM reach_person WHERE org_id = ? AND (purse_at > 0 OR speaker_id <> person_id) AND "+where, orgID, arg); err != nil || len(used) == 0 {
		return err
	}
	people, err := s.people(ctx, tx, orgID, used, r, true)
	if err != nil {
		return err
	}
	for _, id := range used {
		p, g := people[id], gains[id]
		if !p.ownPurse.At.IsZero() {
			p.ownPurse = r.Purse.Add(p.ownPurse, g.replies*r.Purse.Reply+g.orders*r.Purse.Order, s.now())
			p.changed = true
		}
	}
	return keepPeople(ctx, tx, orgID, people, s.micros())
}

// keepZone notes where somebody is, when the trait tells.
func keepZone(ctx context.Context, tx *db.Tx, orgID string, e timeline.Event) error {
	var p poolevent.Person
	if err := e.Decode(&p); err != nil {
		return err
	}
	raw, ok := p.Traits[zoneTrait]
	if !ok {
		return nil
	}
	var name string
	if json.Unmarshal(raw, &name) != nil || zoneNamed(name) == nil {
		name = "" // taken back, or no zone that there is
	}
	_, err := tx.Exec(ctx, "INSERT INTO reach_person (org_id, person_id, speaker_id, zone) VALUES (?, ?, ?, ?) ON CONFLICT (org_id, person_id) DO UPDATE SET zone = excluded.zone", orgID, e.PersonID, e.PersonID, name)
	return err
}

// merge lets one person speak for others, or no longer.
func (s *Service) merge(ctx context.Context, tx *db.Tx, orgID string, e timeline.Event) error {
	var m poolevent.Merge
	if err := e.Decode(&m); err != nil {
		return err
	}
	ids := append(slices.Clone(m.Members), m.WinnerID)
	slices.Sort(ids)
	if err := ensurePeople(ctx, tx, orgID, slices.Compact(ids)); err != nil {
		return err
	}
	speaker := m.WinnerID
	if e.Kind == poolevent.Split {
		speaker = m.LoserID
	}
	where, arg := tx.In("person_id", m.Members)
	if _, err := tx.Exec(ctx, "UPDATE reach_person SET speaker_id = ? WHERE org_id = ? AND "+where, speaker, orgID, arg); err != nil {
		return err
	}
	if e.Kind == poolevent.Split {
		return nil
	}
	return s.oneEach(ctx, tx, orgID, m.WinnerID)
}

// oneEach sees to it that somebody who goes by several ids gets one message of
// a plan, not one for each id.
func (s *Service) oneEach(ctx context.Context, tx *db.Tx, orgID, speaker string) error {
	ids, err := texts(ctx, tx, "SELECT person_id FROM reach_person WHERE org_id = ? AND speaker_id = ?", orgID, speaker)
	if err != nil {
		return err
	}
	type found struct {
		plan, status, why, purpose, person, carrier string
		n, reserved                                 int64
	}
	var all []found
	where, arg := tx.In("m.person_id", append(ids, speaker))
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var f found
		err := rows.Scan(&f.plan, &f.status, &f.why, &f.purpose, &f.person, &f.carrier, &f.n, &f.reserved)
		all = append(all, f)
		return err
	}, `SELECT m.plan_id, m.status, m.why, p.purpose, m.person_id, m.carrier, m.n, m.reserved_at FROM reach_message m JOIN reach_plan p ON p.org_id = m.org_id AND p.id = m.plan_id
		WHERE m.org_id = ? AND m.entry = '' AND p.status IN ('draft', 'running', 'paused') AND `+where+` ORDER BY m.plan_id, CASE WHEN m.status IN ('planned', 'waiting') THEN 1 ELSE 0 END, m.n`, orgID, arg); err != nil {
		return err
	}
	taken := map[string]bool{}
	for _, f := range all {
		open := f.status == Planned || f.status == Waiting
		if !open && (f.status != Held || f.why == WhyHoldout) || open && !taken[f.plan] {
			taken[f.plan] = true
			continue
		}
		if !open {
			continue
		}
		n, err := tx.Changed(ctx, "UPDATE reach_message SET status = 'held', why = ?, reserved_at = 0, changed_at = ? WHERE org_id = ? AND plan_id = ? AND n = ? AND status = ?", WhyDuplicate, s.micros(), orgID, f.plan, f.n, f.status)
		if err != nil {
			return err
		}
		t := tally{}
		t.move(f.status, f.why, Held, WhyDuplicate, n)
		if err := t.keep(ctx, tx, orgID, f.plan); err != nil {
			return err
		}
		if f.reserved != 0 {
			back := map[string][]returned{f.person: {{Send: reservation(f.reserved, f.carrier, f.purpose)}}}
			if err := s.giveBack(ctx, tx, orgID, f.purpose, back, s.now()); err != nil {
				return err
			}
		}
	}
	return nil
}

// arrived notes what carriers tell of a message after they have taken it.
func (s *Service) arrived(ctx context.Context, tx *db.Tx, orgID string, e timeline.Event) error {
	var o carrierevent.Outcome
	if err := e.Decode(&o); err != nil || o.Key == "" {
		return err
	}
	switch e.Kind {
	case carrierevent.MessageDelivered:
		return s.become(ctx, tx, orgID, o.Key, fate{status: Delivered}, Sent, Doubtful)
	case carrierevent.MessageRead:
		return s.become(ctx, tx, orgID, o.Key, fate{status: ReadState}, Sent, Delivered, Doubtful)
	}
	f := fate{status: Failed, why: o.Code}
	f.detail.ZH, f.detail.EN = o.Reason, o.ReasonEN
	if f.why == "" {
		f.why = "refused"
	}
	return s.become(ctx, tx, orgID, o.Key, f, Sent, Doubtful)
}

// bounced notes that a mail of a plan came back.
func (s *Service) bounced(ctx context.Context, tx *db.Tx, orgID string, e timeline.Event, why string) error {
	var b carrierevent.Bounce
	if err := e.Decode(&b); err != nil || b.SendID == "" || e.Kind == carrierevent.EmailBounced && !b.Hard {
		return err
	}
	f := fate{status: Failed, why: why}
	f.detail.ZH, f.detail.EN = b.Reason, b.Reason
	return s.become(ctx, tx, orgID, b.SendID, f, Sent, Delivered, Doubtful)
}

// become moves a message that has left to a later state; others stay as they are.
func (s *Service) become(ctx context.Context, tx *db.Tx, orgID, id string, f fate, from ...string) error {
	where, arg := tx.In("status", from)
	var plan, status, why string
	var n int64
	query := "SELECT plan_id, n, status, why FROM reach_message WHERE org_id = ? AND id = ? AND " + where
	if tx.Engine() == db.Postgres {
		query += " FOR UPDATE"
	}
	err := tx.QueryRow(ctx, query, orgID, id, arg).Scan(&plan, &n, &status, &why)
	if db.IsNoRows(err) {
		return nil // not ours, or further already
	}
	if err != nil {
		return err
	}
	changed, err := tx.Changed(ctx, "UPDATE reach_message SET status = ?, why = ?, detail_zh = ?, detail_en = ?, changed_at = ? WHERE org_id = ? AND plan_id = ? AND n = ? AND status = ?",
		f.status, f.why, f.detail.ZH, f.detail.EN, s.micros(), orgID, plan, n, status)
	if err != nil {
		return err
	}
	t := tally{}
	t.move(status, why, f.status, f.why, changed)
	return t.keep(ctx, tx, orgID, plan)
}
