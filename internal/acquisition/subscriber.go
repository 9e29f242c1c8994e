package acquisition

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"fishpond/internal/acquisition/acquisitionevent"
	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// Names under which acquisition follows the timeline.
const (
	SubscriberName = "acquisition"          // the projection, which can be rebuilt
	ArrivalsName   = "acquisition.arrivals" // tells of arrivals; keeps nothing
	RewardsName    = "acquisition.rewards"  // sees that conditions of rewards are met
)

// Subscribers returns the module's subscribers.
func (s *Service) Subscribers() []*timeline.Subscriber {
	return []*timeline.Subscriber{
		{Name: RewardsName, Kinds: []string{acquisitionevent.Arrived, carrierevent.MessageReceived, mallevent.OrderPaid}, After: []string{SubscriberName},
			Batch: 2000, Handle: s.followRewards},
		{Name: ArrivalsName, Kinds: []string{carrierevent.FriendAdded, carrierevent.GroupJoined, poolevent.IdentityAdded}, Handle: s.announce},
		{
			Name: SubscriberName,
			Kinds: []string{acquisitionevent.Arrived, carrierevent.FriendRemoved, carrierevent.FriendTransferred, poolevent.Merged, poolevent.Split,
				mallevent.OrderPaid, mallevent.OrderRefunded},
			Batch: 5000, Handle: s.follow, Reset: s.reset,
		},
	}
}

// announce makes an arrival of each new friend. The dedupe key is that of the
// event, so that reading the log again announces nothing twice.
func (s *Service) announce(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
	var facts []timeline.Fact
	for _, e := range events {
		if e.Kind == poolevent.IdentityAdded {
			if err := s.identified(ctx, tx, orgID, e); err != nil {
				return err
			}
			continue
		}
		if e.PersonID == "" {
			continue // nobody whose path it could be on
		}
		if e.Kind == carrierevent.GroupJoined {
			a, err := s.joined(ctx, tx, orgID, e)
			if err != nil {
				return err
			}
			if a.CodeID != "" {
				facts = append(facts, timeline.Fact{Kind: acquisitionevent.Arrived, PersonID: e.PersonID, OccurredAt: e.OccurredAt, DedupeKey: "channel.arrived:" + e.ID, Source: e.Source, Data: a})
			}
			continue
		}
		var f carrierevent.Friend
		if err := e.Decode(&f); err != nil {
			return err
		}
		a := acquisitionevent.Arrival{Way: acquisitionevent.ByFriend, ChannelID: f.Channel, EntranceID: f.Entrance, CodeID: f.CodeID,
			StaffID: f.StaffID, AccountID: f.AccountID, UserID: f.UserID}
		if a.CodeID == "" && f.State != "" { // nobody was asked what it means
			g, err := s.Greet(ctx, tx, orgID, Newcomer{State: f.State, At: e.OccurredAt})
			if err != nil {
				return err
			}
			a.ChannelID, a.EntranceID, a.CodeID = g.ChannelID, g.EntranceID, g.CodeID
		}
		facts = append(facts, timeline.Fact{Kind: acquisitionevent.Arrived, PersonID: e.PersonID, OccurredAt: e.OccurredAt, DedupeKey: "channel.arrived:" + e.ID,
			Source: e.Source, Data: a})
	}
	_, err := s.log.Append(ctx, tx, orgID, facts...)
	return err
}

// joined is the arrival of who joined a group chat by a group code; without a
// code when they came otherwise, as most members of a group do.
func (s *Service) joined(ctx context.Context, tx *db.Tx, orgID string, e timeline.Event) (a acquisitionevent.Arrival, err error) {
	var g carrierevent.Group
	if err := e.Decode(&g); err != nil || g.State == "" {
		return a, err
	}
	c, err := codeByState(ctx, tx, orgID, g.State)
	if errs.Is(err, errs.CodeNotFound) || err == nil && c.kind != CodeGroup {
		return a, nil
	}
	if err != nil {
		return a, err
	}
	t, err := treeOf(ctx, tx, orgID)
	return acquisitionevent.Arrival{Way: acquisitionevent.ByGroup, ChannelID: c.channel, EntranceID: t.entrance(c.channel), CodeID: c.id, AccountID: g.AccountID}, err
}

// follow keeps the facts of a batch of events. What they amount to is worked
// out when a report is asked for.
func (s *Service) follow(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
	facts, merges, err := readFacts(events)
	if err != nil {
		return err
	}
	if err := number(ctx, tx, orgID, facts); err != nil {
		return fmt.Errorf("acquisition: sources: %w", err)
	}
	if err := savePaths(ctx, tx, orgID, facts); err != nil {
		return fmt.Errorf("acquisition: facts: %w", err)
	}
	if err := saveArrivals(ctx, tx, orgID, facts); err != nil {
		return fmt.Errorf("acquisition: arrivals: %w", err)
	}
	if err := alias(ctx, tx, orgID, merges); err != nil {
		return fmt.Errorf("acquisition: aliases: %w", err)
	}
	if err := s.countedDown(ctx, tx, orgID, facts); err != nil {
		return err
	}
	if slices.ContainsFunc(facts, func(f fact) bool { return f.kind == factArrival }) {
		tx.OnCommit(func() { s.streams.Wake(orgID) })
	}
	_, err = tx.Exec(ctx, `INSERT INTO acquisition_state (org_id, revision, facts) VALUES (?, 1, ?)
		ON CONFLICT (org_id) DO UPDATE SET revision = acquisition_state.revision + 1, facts = acquisition_state.facts + excluded.facts`, orgID, len(facts))
	return err
}

// countedDown has the codes looked at again through which somebody came just
// now: a cap may be reached, and it is the next one's turn.
func (s *Service) countedDown(ctx context.Context, tx *db.Tx, orgID string, facts []fact) error {
	since := clock.Micros(s.now().Add(-24 * time.Hour))
	seen := map[string]bool{}
	for _, f := range facts {
		if f.kind != factArrival || f.source.code == "" || f.at < since || seen[f.source.code] {
			continue
		}
		seen[f.source.code] = true
		if err := s.refreshSoon(ctx, tx, orgID, f.source.code); err != nil {
			return err
		}
	}
	return nil
}

// number gives the arrivals' sources their numbers, new ones in the order in
// which they come.
func number(ctx context.Context, tx *db.Tx, orgID string, facts []fact) error {
	keys := map[string]int64{}
	for _, f := range facts {
		if f.kind == factArrival {
			keys[f.source.key()] = 0
		}
	}
	if len(keys) == 0 {
		return nil
	}
	last, err := sourceNumbers(ctx, tx, orgID, keys)
	if err != nil {
		return err
	}
	var fresh []source
	first := last + 1
	for i := range facts {
		f := &facts[i]
		if f.kind != factArrival {
			continue
		}
		key := f.source.key()
		if keys[key] == 0 {
			last++
			keys[key] = last
			fresh = append(fresh, f.source)
		}
		f.ref = keys[key]
	}
	return saveSources(ctx, tx, orgID, first, fresh)
}

// alias applies merges and splits, in their order, to who speaks for whom.
func alias(ctx context.Context, tx *db.Tx, orgID string, merges []merge) error {
	now := map[string]string{} // "": speaks for themselves
	for _, m := range merges {
		for _, id := range m.members {
			now[id] = m.speaker
		}
		now[m.speaker] = ""
	}
	ids := slices.Sorted(maps.Keys(now))
	if len(ids) == 0 {
		return nil
	}
	where, arg := tx.In("person_id", ids)
	if _, err := tx.Exec(ctx, "DELETE FROM acquisition_alias WHERE org_id = ? AND "+where, orgID, arg); err != nil {
		return err
	}
	var members, speakers []string
	for _, id := range ids {
		if now[id] != "" && now[id] != id {
			members, speakers = append(members, id), append(speakers, now[id])
		}
	}
	_, err := tx.BulkInsert(ctx, "acquisition_alias", "", db.Same("org_id", orgID, len(members)), db.Text("person_id", members), db.Text("canonical_id", speakers))
	return err
}

func (s *Service) reset(ctx context.Context, tx *db.Tx, orgID string) error {
	for _, table := range []string{"acquisition_path", "acquisition_arrival", "acquisition_source", "acquisition_alias"} {
		if _, err := tx.Exec(ctx, "DELETE FROM "+table+" WHERE org_id = ?", orgID); err != nil {
			return fmt.Errorf("acquisition: reset: %w", err)
		}
	}
	// The revision goes on: a report of before must not pass for one of now.
	_, err := tx.Exec(ctx, "UPDATE acquisition_state SET revision = revision + 1, facts = 0 WHERE org_id = ?", orgID)
	return err
}
