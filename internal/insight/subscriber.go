package insight

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// SubscriberName is the name under which insight follows the timeline, and by
// which it is rebuilt.
const SubscriberName = "insight"

// Subscribers returns the module's subscribers.
func (s *Service) Subscribers() []*timeline.Subscriber {
	return []*timeline.Subscriber{{
		Name:   SubscriberName,
		Kinds:  []string{poolevent.Created, poolevent.Merged, poolevent.Split, mallevent.OrderPaid, mallevent.OrderRefunded},
		Batch:  5000, // orders of one month share their products' counters
		Handle: s.follow,
		Reset:  s.reset,
	}, s.streamSubscriber()}
}

// counting is the work on one batch of events.
type counting struct {
	tx    *db.Tx
	orgID string
	zone  *time.Location
	batch batch
	*tally
	saved []*person // rows to write
	gone  []string  // rows to delete
}

func (c *counting) monthOf(at int64) int64 { return monthOf(at, c.zone) }

func (s *Service) follow(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
	zone, currency, err := s.ground(ctx, tx, orgID)
	if err != nil {
		return err
	}
	b, err := read(events, zone, currency)
	if err != nil {
		return err
	}
	c := &counting{tx: tx, orgID: orgID, zone: zone, batch: b, tally: newTally()}
	mine := map[string][]fact{} // by original person
	var keep []fact
	for _, f := range b.facts {
		c.event(f)
		if f.person != "" {
			mine[f.person] = append(mine[f.person], f)
			keep = append(keep, f)
		}
	}
	if err := c.people(ctx, mine); err != nil {
		return err
	}
	if err := saveFacts(ctx, tx, orgID, keep); err != nil {
		return fmt.Errorf("insight: facts: %w", err)
	}
	if err := remove(ctx, tx, orgID, "insight_person", c.gone); err != nil {
		return fmt.Errorf("insight: persons: %w", err)
	}
	if err := savePersons(ctx, tx, orgID, c.saved); err != nil {
		return fmt.Errorf("insight: persons: %w", err)
	}
	if err := saveProducts(ctx, tx, orgID, b.products); err != nil {
		return fmt.Errorf("insight: products: %w", err)
	}
	if err := s.revalueSome(ctx, tx, orgID, c.saved, c.gone); err != nil {
		return fmt.Errorf("insight: value: %w", err)
	}
	if err := c.save(ctx, tx, orgID); err != nil {
		return err
	}
	to := int64(0)
	for _, e := range events {
		to = max(to, clock.Micros(e.RecordedAt))
	}
	if _, err := tx.Exec(ctx, "UPDATE insight_state SET counted_to = ? WHERE org_id = ? AND counted_to < ?", to, orgID, to); err != nil {
		return fmt.Errorf("insight: counted to: %w", err)
	}
	return nil
}

// people counts facts under those who speak for their persons.
func (c *counting) people(ctx context.Context, mine map[string][]fact) error {
	ids := slices.Collect(maps.Keys(mine))
	for _, m := range c.batch.merges {
		ids = append(append(ids, m.speaker, m.other), m.members...)
	}
	slices.Sort(ids)
	old, err := aliases(ctx, c.tx, c.orgID, slices.Compact(ids))
	if err != nil {
		return fmt.Errorf("insight: aliases: %w", err)
	}
	// anew: those, as they were before the batch, whose counts are taken back
	// and made again. Everybody whom a merge or split touches is among them.
	anew := map[string]bool{}
	for _, m := range c.batch.merges {
		for _, id := range append([]string{m.speaker, m.other}, m.members...) {
			anew[speaker(old, id)] = true
		}
	}
	further := map[string][]fact{}
	for id, facts := range mine {
		if s := speaker(old, id); !anew[s] {
			further[s] = append(further[s], facts...)
		}
	}
	rows, err := persons(ctx, c.tx, c.orgID, slices.Sorted(maps.Keys(further)))
	if err != nil {
		return fmt.Errorf("insight: persons: %w", err)
	}
	for id, facts := range further {
		p := rows[id]
		switch {
		case p == nil:
			c.saved = append(c.saved, c.whole(id, facts, 1))
		case c.further(p, facts, c.monthOf):
			c.saved = append(c.saved, p)
		default:
			anew[id] = true
		}
	}
	if len(anew) == 0 {
		return nil
	}
	return c.again(ctx, old, anew, mine)
}

func speaker(alias map[string]string, id string) string {
	if s, ok := alias[id]; ok {
		return s
	}
	return id
}

// again takes back what was counted for people and counts them once more,
// with the batch's facts, under those who speak for them now.
func (c *counting) again(ctx context.Context, alias map[string]string, anew map[string]bool, mine map[string][]fact) error {
	speakers := slices.Sorted(maps.Keys(anew))
	spoken, err := members(ctx, c.tx, c.orgID, speakers)
	if err != nil {
		return fmt.Errorf("insight: members: %w", err)
	}
	originals := append(slices.Collect(maps.Keys(spoken)), speakers...)
	before, err := factsOf(ctx, c.tx, c.orgID, originals, c.monthOf)
	if err != nil {
		return fmt.Errorf("insight: facts: %w", err)
	}
	groups := map[string][]fact{}
	for _, f := range before {
		s := speaker(spoken, f.person)
		groups[s] = append(groups[s], f)
	}
	for id, facts := range groups {
		c.whole(id, facts, -1)
		c.gone = append(c.gone, id)
	}
	now := maps.Clone(spoken)
	if err := c.merge(ctx, now); err != nil {
		return err
	}
	clear(groups)
	for _, f := range before {
		s := speaker(now, f.person)
		groups[s] = append(groups[s], f)
	}
	for id, facts := range mine {
		if anew[speaker(alias, id)] {
			s := speaker(now, id)
			groups[s] = append(groups[s], facts...)
		}
	}
	for id, facts := range groups {
		c.saved = append(c.saved, c.whole(id, facts, 1))
	}
	return nil
}

// merge applies the batch's merges and splits to the stored aliases and to
// now, which holds those of everybody concerned.
func (c *counting) merge(ctx context.Context, now map[string]string) error {
	if len(c.batch.merges) == 0 {
		return nil
	}
	touched := map[string]bool{}
	for _, m := range c.batch.merges {
		touched[m.speaker] = true
		for _, id := range m.members {
			touched[id] = true
		}
	}
	for _, m := range c.batch.merges {
		for _, id := range m.members {
			now[id] = m.speaker
		}
		delete(now, m.speaker)
	}
	ids := slices.Sorted(maps.Keys(touched))
	if err := remove(ctx, c.tx, c.orgID, "insight_alias", ids); err != nil {
		return fmt.Errorf("insight: aliases: %w", err)
	}
	var merged, speakers []string
	for _, id := range ids {
		if s, ok := now[id]; ok {
			merged, speakers = append(merged, id), append(speakers, s)
		}
	}
	if _, err := c.tx.BulkInsert(ctx, "insight_alias", "", db.Same("org_id", c.orgID, len(merged)), db.Text("person_id", merged), db.Text("canonical_id", speakers)); err != nil {
		return fmt.Errorf("insight: aliases: %w", err)
	}
	return nil
}

// ground returns the time zone and currency in which the org is counted,
// settling them with the first event.
func (s *Service) ground(ctx context.Context, tx *db.Tx, orgID string) (zone *time.Location, currency string, err error) {
	st, err := stateOf(ctx, tx, orgID)
	if err != nil {
		return nil, "", err
	}
	if st == nil {
		org, err := s.orgs.Settings(ctx, tx, orgID)
		if err != nil {
			return nil, "", err
		}
		_, err = tx.Exec(ctx, "INSERT INTO insight_state (org_id, zone, currency) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", orgID, org.Zone.String(), org.Currency)
		return org.Zone, org.Currency, err
	}
	return st.zone, st.currency, nil
}

type state struct {
	zone      *time.Location
	currency  string
	countedTo int64 // when the newest event was recorded that is counted
}

// stateOf is nil while nothing has been counted.
func stateOf(ctx context.Context, tx *db.Tx, orgID string) (*state, error) {
	var zone string
	st := &state{}
	err := tx.QueryRow(ctx, "SELECT zone, currency, counted_to FROM insight_state WHERE org_id = ?", orgID).Scan(&zone, &st.currency, &st.countedTo)
	if db.IsNoRows(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("insight: state: %w", err)
	}
	if st.zone, err = time.LoadLocation(zone); err != nil {
		return nil, fmt.Errorf("insight: state: %w", err)
	}
	return st, nil
}

func (s *Service) reset(ctx context.Context, tx *db.Tx, orgID string) error {
	for _, table := range []string{"insight_fact", "insight_alias", "insight_person", "insight_month", "insight_rhythm", "insight_cohort",
		"insight_region", "insight_product", "insight_state", "insight_value"} {
		if _, err := tx.Exec(ctx, "DELETE FROM "+table+" WHERE org_id = ?", orgID); err != nil {
			return fmt.Errorf("insight: reset: %w", err)
		}
	}
	return nil
}

// RebuildOutdated rebuilds the projection of every org that has moved to
// another time zone or currency since it was counted. rebuild replays the log
// into a subscriber, as timeline.Runner.Rebuild does. While it runs, answers
// tell of what has been replayed.
func (s *Service) RebuildOutdated(ctx context.Context, rebuild func(ctx context.Context, subscriber, orgID string) error) error {
	orgs, err := s.orgs.OrgIDs(ctx)
	if err != nil {
		return err
	}
	for _, org := range orgs {
		if outdated, err := s.Outdated(ctx, org); err != nil {
			return err
		} else if !outdated {
			continue
		}
		if err := rebuild(ctx, SubscriberName, org); err != nil {
			return fmt.Errorf("insight: rebuild of org %s: %w", org, err)
		}
	}
	return nil
}

// Outdated reports whether the org has moved to another time zone or currency
// since it was counted.
func (s *Service) Outdated(ctx context.Context, orgID string) (outdated bool, err error) {
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		st, err := stateOf(ctx, tx, orgID)
		if err != nil || st == nil {
			return err
		}
		org, err := s.orgs.Settings(ctx, tx, orgID)
		outdated = err == nil && (org.Zone.String() != st.zone.String() || org.Currency != st.currency)
		return err
	})
	return outdated, err
}
