package campaign

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"fishpond/internal/campaign/campaignevent"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// SubscriberName is the name under which the module follows the timeline.
const SubscriberName = "campaign.outcome"

// pageViewed is a visit, however it came to be known.
const pageViewed = "page.viewed"

// Where somebody was seen: they wrote to us, or opened what we wrote.
const (
	messageReceived = "message.received"
	messageRead     = "message.read"
)

// Subscribers returns the module's subscribers.
func (s *Service) Subscribers() []*timeline.Subscriber {
	return []*timeline.Subscriber{{
		Name:  SubscriberName,
		Kinds: []string{pageViewed, mallevent.OrderPaid, mallevent.OrderRefunded, campaignevent.LinkClicked, messageReceived, messageRead, poolevent.ConsentWithdrawn, poolevent.Merged, poolevent.Split},
		Handle: func(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
			return s.follow(ctx, tx, orgID, events)
		},
		Reset: reset,
	}}
}

// reset empties what the log tells; who is in which campaign stays.
func reset(ctx context.Context, tx *db.Tx, orgID string) error {
	for _, table := range []string{"campaign_alias", "campaign_click", "campaign_habit"} {
		if _, err := tx.Exec(ctx, "DELETE FROM "+table+" WHERE org_id = ?", orgID); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `UPDATE campaign_person SET visits = 0, orders = 0, spent_minor = 0, clicks = 0, unsubscribed = 0, mixed = 0
		WHERE org_id = ? AND (visits <> 0 OR orders <> 0 OR spent_minor <> 0 OR clicks <> 0 OR unsubscribed <> 0 OR mixed <> 0)`, orgID)
	return err
}

// act is something that a person did.
type act struct {
	person                string
	at                    int64
	visits, orders, minor int64
	clicks, left          int64
	campaign              string // a click counts for the one it came from
	link                  int64
}

func (s *Service) follow(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
	org, err := s.Orgs.Settings(ctx, tx, orgID)
	if err != nil {
		return err
	}
	var acts []act
	habits := map[string]habit{}
	for _, e := range events {
		if e.Kind == poolevent.Merged || e.Kind == poolevent.Split {
			if err := s.count(ctx, tx, orgID, acts); err != nil {
				return err
			}
			acts = nil
			if err := move(ctx, tx, orgID, e); err != nil {
				return err
			}
			continue
		}
		if e.PersonID == "" {
			continue
		}
		if e.Kind == messageReceived || e.Kind == messageRead {
			if err := noteHabit(habits, e); err != nil {
				return err
			}
			continue
		}
		a := act{person: e.PersonID, at: clock.Micros(e.OccurredAt)}
		switch e.Kind {
		case pageViewed:
			a.visits = 1
		case mallevent.OrderPaid:
			var o mallevent.Order
			if err := e.Decode(&o); err != nil {
				return err
			}
			if a.orders = 1; o.Currency == org.Currency {
				a.minor = o.AmountMinor
			}
		case mallevent.OrderRefunded:
			var r mallevent.Refund
			if err := e.Decode(&r); err != nil {
				return err
			}
			if r.Currency != org.Currency {
				continue
			}
			a.minor = -r.AmountMinor
		case campaignevent.LinkClicked:
			var c campaignevent.Click
			if err := e.Decode(&c); err != nil {
				return err
			}
			a.clicks, a.campaign, a.link = 1, c.CampaignID, c.Link
		case poolevent.ConsentWithdrawn:
			var c poolevent.Consent
			if err := e.Decode(&c); err != nil {
				return err
			}
			if c.Purpose != Marketing {
				continue
			}
			a.left = 1
		}
		acts = append(acts, a)
	}
	if err := seen(ctx, tx, orgID, habits); err != nil {
		return err
	}
	return s.count(ctx, tx, orgID, acts)
}

func (s *Service) count(ctx context.Context, tx *db.Tx, orgID string, acts []act) error {
	if err := s.countClicks(ctx, tx, orgID, acts); err != nil {
		return err
	}
	return credit(ctx, tx, orgID, acts)
}

// measured is a campaign for which it is counted what people do.
type measured struct {
	id       string
	from, to int64
}

// credit adds what people did to the campaigns whose time it falls into.
func credit(ctx context.Context, tx *db.Tx, orgID string, acts []act) error {
	if len(acts) == 0 {
		return nil
	}
	oldest := slices.MinFunc(acts, func(a, b act) int { return cmp.Compare(a.at, b.at) }).at
	campaigns, err := db.All(ctx, tx, func(r *sql.Rows, m *measured) error { return r.Scan(&m.id, &m.from, &m.to) },
		`SELECT id, measure_from, measure_to FROM campaign_campaign WHERE org_id = ? AND measure_to > ? AND measure_from > 0
		UNION ALL SELECT id, from_at, to_at FROM campaign_quarter WHERE org_id = ? AND to_at > ?`, orgID, oldest, orgID, oldest)
	if err != nil || len(campaigns) == 0 {
		return err
	}
	people := map[string]bool{}
	for _, a := range acts {
		people[a.person] = true
	}
	rows, err := planned(ctx, tx, orgID, campaigns, slices.Sorted(maps.Keys(people)))
	if err != nil {
		return err
	}
	sums := map[[2]string]*act{}
	for _, a := range acts {
		for _, c := range campaigns {
			p, ok := rows[[2]string{c.id, a.person}]
			if !ok || a.at < p.since || a.at < c.from || a.at >= c.to || a.campaign != "" && a.campaign != c.id {
				continue
			}
			key := [2]string{c.id, p.person}
			sum := sums[key]
			if sum == nil {
				sum = &act{}
				sums[key] = sum
			}
			sum.visits, sum.orders, sum.minor, sum.clicks, sum.left = sum.visits+a.visits, sum.orders+a.orders, sum.minor+a.minor, sum.clicks+a.clicks, sum.left+a.left
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(sums), func(a, b [2]string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) }) {
		sum := sums[key]
		if _, err := tx.Exec(ctx, "UPDATE campaign_person SET visits = visits + ?, orders = orders + ?, spent_minor = spent_minor + ?, clicks = clicks + ?, unsubscribed = unsubscribed + ? WHERE org_id = ? AND campaign_id = ? AND person_id = ?",
			sum.visits, sum.orders, sum.minor, sum.clicks, sum.left, orgID, key[0], key[1]); err != nil {
			return fmt.Errorf("campaign: outcomes: %w", err)
		}
	}
	return nil
}

// member is as whom somebody is in a campaign, and from when what they do counts.
type member struct {
	person string
	since  int64
}

// planned finds as whom people are in campaigns: by campaign and who acts. Who
// speaks for several of one campaign is the first of them.
func planned(ctx context.Context, tx *db.Tx, orgID string, campaigns []measured, people []string) (map[[2]string]member, error) {
	speaker := map[string]string{}
	for _, p := range people {
		speaker[p] = p
	}
	where, arg := tx.In("speaker_id", people)
	if err := tx.Each(ctx, func(r *sql.Rows) error {
		var person, by string
		err := r.Scan(&person, &by)
		speaker[person] = by
		return err
	}, "SELECT person_id, speaker_id FROM campaign_alias WHERE org_id = ? AND "+where, orgID, arg); err != nil {
		return nil, err
	}
	ids := make([]string, len(campaigns))
	for i, c := range campaigns {
		ids[i] = c.id
	}
	inCampaign, campaignArg := tx.In("campaign_id", ids)
	inPerson, personArg := tx.In("person_id", slices.Sorted(maps.Keys(speaker)))
	out := map[[2]string]member{}
	return out, tx.Each(ctx, func(r *sql.Rows) error {
		var campaign string
		var m member
		if err := r.Scan(&campaign, &m.person, &m.since); err != nil {
			return err
		}
		key := [2]string{campaign, speaker[m.person]}
		if have, ok := out[key]; !ok || m.person < have.person {
			out[key] = m
		}
		return nil
	}, "SELECT campaign_id, person_id, since_at FROM campaign_person WHERE org_id = ? AND "+inCampaign+" AND "+inPerson, orgID, campaignArg, personArg)
}

// move follows a merge or a split. People of different groups of a campaign who
// turn out to be one are no longer counted there: they got it and were left out.
func move(ctx context.Context, tx *db.Tx, orgID string, e timeline.Event) error {
	var m poolevent.Merge
	if err := e.Decode(&m); err != nil {
		return err
	}
	speaker := m.WinnerID
	if e.Kind == poolevent.Split {
		speaker = m.LoserID
	}
	for _, member := range m.Members {
		if _, err := tx.Exec(ctx, "INSERT INTO campaign_alias (org_id, person_id, speaker_id) VALUES (?, ?, ?) ON CONFLICT (org_id, person_id) DO UPDATE SET speaker_id = excluded.speaker_id", orgID, member, speaker); err != nil {
			return err
		}
	}
	for _, by := range []string{m.WinnerID, m.LoserID} {
		if err := mix(ctx, tx, orgID, by); err != nil {
			return err
		}
	}
	return nil
}

// What rows of several people who turned out to be one are: of different groups,
// and not counted; or of the same, and counted together as one.
const (
	mixedGroups = 1
	sameGroup   = 2
)

// mix says anew which rows of a speaker are not counted, or together.
func mix(ctx context.Context, tx *db.Tx, orgID, speaker string) error {
	people, err := texts(ctx, tx, "SELECT person_id FROM campaign_alias WHERE org_id = ? AND speaker_id = ?", orgID, speaker)
	if err != nil {
		return err
	}
	if !slices.Contains(people, speaker) {
		moved, err := texts(ctx, tx, "SELECT speaker_id FROM campaign_alias WHERE org_id = ? AND person_id = ?", orgID, speaker)
		if err != nil {
			return err
		}
		if len(moved) == 0 || moved[0] == speaker {
			people = append(people, speaker)
		}
	}
	if len(people) == 0 {
		return nil
	}
	where, arg := tx.In("person_id", people)
	campaigns, err := texts(ctx, tx, "SELECT id FROM campaign_campaign WHERE org_id = ? AND frozen_at > 0 UNION ALL SELECT id FROM campaign_quarter WHERE org_id = ?", orgID, orgID)
	if err != nil || len(campaigns) == 0 {
		return err
	}
	inCampaign, campaignArg := tx.In("campaign_id", campaigns)
	type place struct{ campaign, person, variant string }
	rows, err := db.All(ctx, tx, func(r *sql.Rows, m *place) error { return r.Scan(&m.campaign, &m.person, &m.variant) },
		"SELECT campaign_id, person_id, variant FROM campaign_person WHERE org_id = ? AND "+inCampaign+" AND "+where+" ORDER BY campaign_id, person_id", orgID, campaignArg, arg)
	if err != nil {
		return err
	}
	groups := map[string]map[string]int{}
	for _, m := range rows {
		if groups[m.campaign] == nil {
			groups[m.campaign] = map[string]int{}
		}
		groups[m.campaign][m.variant]++
	}
	for _, m := range rows {
		mixed := 0
		switch {
		case len(groups[m.campaign]) > 1:
			mixed = mixedGroups
		case groups[m.campaign][m.variant] > 1:
			mixed = sameGroup
		}
		if _, err := tx.Exec(ctx, "UPDATE campaign_person SET mixed = ? WHERE org_id = ? AND campaign_id = ? AND person_id = ?", mixed, orgID, m.campaign, m.person); err != nil {
			return err
		}
	}
	return nil
}
