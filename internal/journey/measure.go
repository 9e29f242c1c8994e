package journey

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/timeline"
)

// measured are the kinds of events by which it is told what a journey brought.
var measured = []string{mallevent.OrderPaid, mallevent.OrderRefunded}

// bought is what somebody did at a time.
type bought struct {
	person        string
	at            int64
	orders, minor int64
}

// measure counts what people bought in the window after they came in first, of
// those who walk and of those who were left out alike. What let them in does not
// count, nor does money in other currencies.
func (s *Service) measure(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
	var all []bought
	var currency string
	for _, e := range events {
		if e.PersonID == "" || !slices.Contains(measured, e.Kind) {
			continue
		}
		if currency == "" {
			org, err := s.Orgs.Settings(ctx, tx, orgID)
			if err != nil {
				return err
			}
			currency = org.Currency
		}
		b := bought{person: e.PersonID, at: clock.Micros(e.OccurredAt)}
		switch e.Kind {
		case mallevent.OrderPaid:
			var o mallevent.Order
			if err := e.Decode(&o); err != nil {
				return err
			}
			if b.orders = 1; o.Currency == currency {
				b.minor = o.AmountMinor
			}
		case mallevent.OrderRefunded:
			var r mallevent.Refund
			if err := e.Decode(&r); err != nil {
				return err
			}
			if r.Currency != currency {
				continue
			}
			b.minor = -r.AmountMinor
		}
		all = append(all, b)
	}
	if len(all) == 0 {
		return nil
	}
	return s.count(ctx, tx, orgID, all)
}

// count adds what was bought to the walks whose window it falls into: those of
// whom it was told of, or, once they are one with somebody, of who speaks for them.
// A merge may be known to the pool before we have read of it, so both are asked.
func (s *Service) count(ctx context.Context, tx *db.Tx, orgID string, all []bought) error {
	ids := map[string]bool{}
	oldest := all[0].at
	for _, b := range all {
		ids[b.person], oldest = true, min(oldest, b.at)
	}
	speakers, err := s.People.Speakers(ctx, tx, orgID, slices.Sorted(maps.Keys(ids)))
	if err != nil {
		return err
	}
	for _, by := range speakers {
		ids[by.ID] = true
	}
	type window struct {
		id, journey   string
		from, to      int64
		orders, minor int64
	}
	open := map[string][]*window{} // by person
	var order []*window
	where, arg := tx.In("person_id", slices.Sorted(maps.Keys(ids)))
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		w := &window{}
		var person string
		err := rows.Scan(&w.id, &w.journey, &person, &w.from, &w.to)
		open[person], order = append(open[person], w), append(order, w)
		return err
	}, "SELECT id, journey_id, person_id, entered_at, measure_to FROM journey_run WHERE org_id = ? AND first = 1 AND measure_to > ? AND "+where+" ORDER BY id"+forUpdate(tx), orgID, oldest, arg); err != nil {
		return err
	}
	for _, b := range all {
		own := map[string]bool{} // journeys in which they walk under their own name
		take := func(w *window) {
			if b.at > w.from && b.at <= w.to {
				w.orders, w.minor = w.orders+b.orders, w.minor+b.minor
			}
		}
		for _, w := range open[b.person] {
			own[w.journey] = true
			take(w)
		}
		if by, ok := speakers[b.person]; ok && by.ID != b.person {
			for _, w := range open[by.ID] {
				if !own[w.journey] {
					take(w)
				}
			}
		}
	}
	var id []string
	var orders, minor []int64
	for _, w := range order {
		if w.orders != 0 || w.minor != 0 {
			id, orders, minor = append(id, w.id), append(orders, w.orders), append(minor, w.minor)
		}
	}
	if err := addBought(ctx, tx, orgID, id, orders, minor); err != nil {
		return fmt.Errorf("journey: orders: %w", err)
	}
	return nil
}

// addBought adds orders and money to walks.
func addBought(ctx context.Context, tx *db.Tx, orgID string, id []string, orders, minor []int64) error {
	if len(id) == 0 {
		return nil
	}
	if tx.Engine() == db.Postgres { // each statement is a way there and back
		_, err := tx.Exec(ctx, "UPDATE journey_run r SET orders = r.orders + u.orders, spent_minor = r.spent_minor + u.minor FROM unnest(?::text[], ?::bigint[], ?::bigint[]) AS u(id, orders, minor) WHERE r.org_id = ? AND r.id = u.id",
			id, orders, minor, orgID)
		return err
	}
	for i := range id {
		if _, err := tx.Exec(ctx, "UPDATE journey_run SET orders = orders + ?, spent_minor = spent_minor + ? WHERE org_id = ? AND id = ?", orders[i], minor[i], orgID, id[i]); err != nil {
			return err
		}
	}
	return nil
}
