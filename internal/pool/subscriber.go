package pool

import (
	"context"
	"fmt"

	"fishpond/internal/lifecycle/lifecycleevent"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/jsonscan"
	"fishpond/internal/timeline"
)

// Subscribers are the parts of the pool that follow the timeline: both keep
// columns of the customer list and can be rebuilt from the log.
func (s *Service) Subscribers() []*timeline.Subscriber {
	return []*timeline.Subscriber{
		{Name: "pool.purchases", Kinds: []string{mallevent.OrderPaid, mallevent.OrderRefunded}, Handle: s.takePurchases, Reset: resetPurchases},
		{Name: "pool.stage", Kinds: []string{lifecycleevent.StageChanged}, Handle: s.takeStages, Reset: resetStages},
	}
}

// bought is what a batch adds for one person.
type bought struct {
	orders, refunds, gmv, refunded, first, last int64
}

func (s *Service) takePurchases(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
	set, err := s.orgs.PoolSettings(ctx, tx, orgID)
	if err != nil {
		return fmt.Errorf("pool: settings: %w", err)
	}
	sums := map[string]*bought{}
	for _, e := range events {
		if e.PersonID == "" {
			continue // nobody in particular: not a customer's purchase
		}
		b := sums[e.PersonID]
		if b == nil {
			b = &bought{}
			sums[e.PersonID] = b
		}
		amount, currency, err := amountOf(e)
		if err != nil {
			return err
		}
		if currency != set.Currency {
			amount = 0 // no sum over currencies
		}
		if e.Kind == mallevent.OrderRefunded {
			b.refunds++
			b.refunded += amount
			continue
		}
		at := clock.Micros(e.OccurredAt)
		b.orders++
		b.gmv += amount
		if b.first == 0 || at < b.first {
			b.first = at
		}
		b.last = max(b.last, at)
	}
	return s.addPurchases(ctx, tx, orgID, sums)
}

// amountOf reads what orders and refunds have in common, without their lines:
// those are most of an event.
func amountOf(e timeline.Event) (minor int64, currency string, err error) {
	err = jsonscan.Object(e.Data, func(key, value []byte) (err error) {
		switch string(key) {
		case "amount_minor":
			minor, err = jsonscan.Int(value)
		case "currency":
			currency, err = jsonscan.Text(value)
		}
		return err
	})
	if err != nil {
		err = fmt.Errorf("event %s (%s): %w", e.ID, e.Kind, err)
	}
	return minor, currency, err
}

func (s *Service) addPurchases(ctx context.Context, tx *db.Tx, orgID string, sums map[string]*bought) error {
	persons := keys(sums)
	if len(persons) == 0 {
		return nil
	}
	if err := s.lock(ctx, tx, orgID); err != nil { // the list columns are rows that resolve writes too
		return err
	}
	n := len(persons)
	var col [6][]int64
	for _, id := range persons {
		b := sums[id]
		for i, v := range []int64{b.orders, b.refunds, b.gmv, b.refunded, b.first, b.last} {
			col[i] = append(col[i], v)
		}
	}
	// A first_order_at of 0 is none, which must not win the minimum.
	const tail = `ON CONFLICT (org_id, person_id) DO UPDATE SET orders = pool_purchase.orders + excluded.orders,
		refunds = pool_purchase.refunds + excluded.refunds, gmv_minor = pool_purchase.gmv_minor + excluded.gmv_minor,
		refunded_minor = pool_purchase.refunded_minor + excluded.refunded_minor,
		first_order_at = CASE WHEN excluded.first_order_at = 0 OR (pool_purchase.first_order_at <> 0 AND pool_purchase.first_order_at < excluded.first_order_at)
			THEN pool_purchase.first_order_at ELSE excluded.first_order_at END,
		last_order_at = CASE WHEN pool_purchase.last_order_at > excluded.last_order_at THEN pool_purchase.last_order_at ELSE excluded.last_order_at END`
	if _, err := tx.BulkInsert(ctx, "pool_purchase", tail, db.Same("org_id", orgID, n), db.Text("person_id", persons),
		db.Int("orders", col[0]), db.Int("refunds", col[1]), db.Int("gmv_minor", col[2]), db.Int("refunded_minor", col[3]),
		db.Int("first_order_at", col[4]), db.Int("last_order_at", col[5])); err != nil {
		return fmt.Errorf("pool: purchases: %w", err)
	}
	canonicals, err := canonicalOf(ctx, tx, orgID, persons)
	if err != nil {
		return err
	}
	return sumPurchases(ctx, tx, orgID, canonicals)
}

// sumPurchases works out the purchase columns of canonical persons from all
// who they speak for.
func sumPurchases(ctx context.Context, tx *db.Tx, orgID string, canonicals []string) error {
	self, selfArgs := lookup(tx, "pool_person", "t.org_id = ?", []any{orgID}, "person_id", canonicals, 1)
	hidden, hiddenArg := tx.In("m.canonical_id", canonicals)
	// Both halves of the union find their rows by an index; an OR would not on
	// every engine. The left join gives zeros to who has no purchases (any more).
	_, err := tx.Exec(ctx, `WITH m AS (
			SELECT t.person_id, t.person_id AS id`+self+`
			UNION ALL SELECT m.person_id, m.canonical_id FROM pool_person m WHERE m.org_id = ? AND m.is_canonical = 0 AND `+hidden+`
		), s AS (
			SELECT m.id, CAST(COALESCE(SUM(q.orders), 0) AS BIGINT) AS orders, CAST(COALESCE(SUM(q.refunds), 0) AS BIGINT) AS refunds,
				CAST(COALESCE(SUM(q.gmv_minor), 0) AS BIGINT) AS gmv, CAST(COALESCE(SUM(q.refunded_minor), 0) AS BIGINT) AS refunded,
				COALESCE(MIN(NULLIF(q.first_order_at, 0)), 0) AS first_at, COALESCE(MAX(q.last_order_at), 0) AS last_at
			FROM m LEFT JOIN pool_purchase q ON q.org_id = ? AND q.person_id = m.person_id GROUP BY m.id
		) UPDATE pool_person SET orders = s.orders, refunds = s.refunds, gmv_minor = s.gmv, refunded_minor = s.refunded,
			first_order_at = s.first_at, last_order_at = s.last_at
		FROM s WHERE pool_person.org_id = ? AND pool_person.person_id = s.id`, append(selfArgs, orgID, hiddenArg, orgID, orgID)...)
	if err != nil {
		return fmt.Errorf("pool: sum purchases: %w", err)
	}
	return nil
}

func resetPurchases(ctx context.Context, tx *db.Tx, orgID string) error {
	if _, err := tx.Exec(ctx, "DELETE FROM pool_purchase WHERE org_id = ?", orgID); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE pool_person SET orders = 0, refunds = 0, gmv_minor = 0, refunded_minor = 0, first_order_at = 0, last_order_at = 0
		WHERE org_id = ? AND (orders <> 0 OR refunds <> 0)`, orgID)
	return err
}

// takeStages keeps the last stage told of each person. A merged person shows
// the stage of who speaks for them, which lifecycle tells anew after a merge.
func (s *Service) takeStages(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
	last := map[string]string{}
	for _, e := range events {
		var data lifecycleevent.Stage
		if err := e.Decode(&data); err != nil {
			return err
		}
		last[e.PersonID] = data.To
	}
	byStage := map[string][]string{}
	for _, id := range keys(last) {
		byStage[last[id]] = append(byStage[last[id]], id)
	}
	if err := s.lock(ctx, tx, orgID); err != nil {
		return err
	}
	for _, stage := range keys(byStage) {
		where, arg := tx.In("person_id", byStage[stage])
		if _, err := tx.Exec(ctx, "UPDATE pool_person SET stage = ? WHERE org_id = ? AND "+where, stage, orgID, arg); err != nil {
			return fmt.Errorf("pool: stages: %w", err)
		}
	}
	return nil
}

func resetStages(ctx context.Context, tx *db.Tx, orgID string) error {
	_, err := tx.Exec(ctx, "UPDATE pool_person SET stage = ? WHERE org_id = ? AND stage <> ?", lifecycleevent.New, orgID, lifecycleevent.New)
	return err
}
