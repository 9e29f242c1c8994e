package acquisition

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"fishpond/internal/acquisition/acquisitionevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/ids"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// A visit is remembered under the anonymous id of a browser. When it turns out
// whose browser it was, the visits become that person's arrivals, at the times
// at which they were.

// visitorKinds are the pool's identities that may be anonymous ids.
var visitorKinds = []string{"cookie", "device"}

// maxVisits is how many visits of a browser become arrivals: the latest.
const maxVisits = 50

type visit struct {
	visitor, id, way, thing, card, channel, staff string
	at                                            int64
}

// visited keeps a visit, and tells of the arrival when the visitor is known.
func (s *Service) visited(ctx context.Context, tx *db.Tx, orgID string, v visit) error {
	v.id, v.at = ids.New("vis"), clock.Micros(s.now())
	if err := hit(ctx, tx, orgID, v.thing, v.at); err != nil || v.visitor == "" {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO acquisition_visit (org_id, visitor, at, id, way, thing, card_id, channel_id, staff_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		orgID, v.visitor, v.at, v.id, v.way, v.thing, v.card, v.channel, v.staff); err != nil {
		return err
	}
	var person string
	err := tx.QueryRow(ctx, "SELECT person_id FROM acquisition_visitor WHERE org_id = ? AND visitor = ?", orgID, v.visitor).Scan(&person)
	if db.IsNoRows(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.tellVisits(ctx, tx, orgID, person, []visit{v})
}

// tellVisits makes visits arrivals of a person. Each is told of once.
func (s *Service) tellVisits(ctx context.Context, tx *db.Tx, orgID, person string, visits []visit) error {
	t, err := treeOf(ctx, tx, orgID)
	if err != nil {
		return err
	}
	var facts []timeline.Fact
	for _, v := range visits {
		a := acquisitionevent.Arrival{Way: v.way, ChannelID: v.channel, EntranceID: t.entrance(v.channel), StaffID: v.staff}
		if v.way == acquisitionevent.ByCard {
			a.BatchID, a.CardID = v.thing, v.card
		} else {
			a.LinkID = v.thing
		}
		facts = append(facts, timeline.Fact{Kind: acquisitionevent.Arrived, PersonID: person, OccurredAt: clock.Time(v.at), DedupeKey: "channel.arrived:" + v.id, Source: "page", Data: a})
	}
	_, err = s.log.Append(ctx, tx, orgID, facts...)
	return err
}

// recognise learns whose browser a visitor is. The first whose it was stays:
// a browser that is handed round must not take one person's path to another.
func (s *Service) recognise(ctx context.Context, tx *db.Tx, orgID, visitor, person string) error {
	n, err := tx.Changed(ctx, "INSERT INTO acquisition_visitor (org_id, visitor, person_id) VALUES (?, ?, ?) ON CONFLICT (org_id, visitor) DO NOTHING", orgID, visitor, person)
	if err != nil || n == 0 {
		return err
	}
	var visits []visit
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		v := visit{visitor: visitor}
		err := rows.Scan(&v.id, &v.at, &v.way, &v.thing, &v.card, &v.channel, &v.staff)
		visits = append(visits, v)
		return err
	}, "SELECT id, at, way, thing, card_id, channel_id, staff_id FROM acquisition_visit WHERE org_id = ? AND visitor = ? ORDER BY at DESC, id DESC LIMIT ?", orgID, visitor, maxVisits); err != nil {
		return err
	}
	slices.Reverse(visits)
	if err := s.tellVisits(ctx, tx, orgID, person, visits); err != nil {
		return err
	}
	return s.assign(ctx, tx, orgID, visitor, person)
}

// identified recognises visitors from identities that the pool learned.
func (s *Service) identified(ctx context.Context, tx *db.Tx, orgID string, e timeline.Event) error {
	var id poolevent.Identity
	if err := e.Decode(&id); err != nil {
		return err
	}
	if e.PersonID == "" || !slices.Contains(visitorKinds, id.Kind) || !visitorForm.MatchString(id.Value) {
		return nil
	}
	return s.recognise(ctx, tx, orgID, id.Value, e.PersonID)
}

// CleanVisits forgets visits of browsers that nobody turned out to be for a
// year, and ends claims of rewards that have waited for too long. Call it once
// a day.
func (s *Service) CleanVisits(ctx context.Context) error {
	orgs, err := s.Orgs.OrgIDs(ctx)
	if err != nil {
		return err
	}
	before := clock.Micros(s.now().Add(-366 * 24 * time.Hour))
	for _, org := range orgs {
		if err := s.db.Write(ctx, org, func(tx *db.Tx) error {
			for _, old := range []string{"DELETE FROM acquisition_visit WHERE org_id = ? AND at < ?", "DELETE FROM acquisition_card_visitor WHERE org_id = ? AND last_at < ?", "DELETE FROM acquisition_card_look WHERE org_id = ? AND last_at < ?"} {
				if _, err := tx.Exec(ctx, old, org, before); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
		if err := s.lapse(ctx, org); err != nil {
			return err
		}
	}
	return nil
}
