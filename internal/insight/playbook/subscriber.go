package playbook

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"fishpond/internal/insight/follow"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// SubscriberName is the name under which the playbook follows the timeline, and
// by which it is rebuilt.
const SubscriberName = "insight.playbook"

// Subscribers returns the part's subscriber.
func (s *Service) Subscribers() []*timeline.Subscriber {
	return []*timeline.Subscriber{{Name: SubscriberName, Kinds: []string{poolevent.Merged, poolevent.Split, mallevent.OrderPaid}, Batch: 5000, Handle: s.follow, Reset: s.reset}}
}

type buyKey struct {
	month  int64
	sku    string // empty: the order as a whole
	person string
}

type buy struct{ orders, amount int64 }

func (s *Service) follow(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
	org, err := follow.Ground(ctx, tx, orgID, "insight_playbook_state", s.orgs)
	if err != nil {
		return err
	}
	buys, names := map[buyKey]*buy{}, map[string]string{}
	for _, e := range events {
		// An order of nobody says nothing about buying again; one in another
		// currency has an amount that cannot be added.
		if e.Kind != mallevent.OrderPaid || e.PersonID == "" {
			continue
		}
		var o mallevent.Order
		if err := e.Decode(&o); err != nil {
			return err
		}
		if o.Currency != org.Currency {
			continue
		}
		month := follow.MonthOf(clock.Micros(e.OccurredAt), org.Zone)
		add := func(sku string, orders, amount int64) {
			k := buyKey{month, sku, e.PersonID}
			if buys[k] == nil {
				buys[k] = &buy{}
			}
			buys[k].orders += orders
			buys[k].amount += amount
		}
		add("", 1, o.AmountMinor)
		lines := map[string]int64{} // two lines of one product are one order of it
		for _, i := range o.Items {
			if i.SKU == "" {
				continue
			}
			lines[i.SKU] += i.AmountMinor
			if i.Name != "" {
				names[i.SKU] = i.Name
			}
		}
		for sku, amount := range lines {
			add(sku, 1, amount)
		}
	}
	if err := follow.Merges(ctx, tx, orgID, "insight_playbook_alias", events); err != nil {
		return err
	}
	if err := saveBuys(ctx, tx, orgID, buys); err != nil {
		return fmt.Errorf("playbook: %w", err)
	}
	skus := slices.Sorted(maps.Keys(names))
	called := make([]string, len(skus))
	for i, sku := range skus {
		called[i] = names[sku]
	}
	_, err = tx.BulkInsert(ctx, "insight_playbook_name", "ON CONFLICT (org_id, sku) DO UPDATE SET name = excluded.name", db.Same("org_id", orgID, len(skus)), db.Text("sku", skus), db.Text("name", called))
	return err
}

func saveBuys(ctx context.Context, tx *db.Tx, orgID string, buys map[buyKey]*buy) error {
	keys := slices.SortedFunc(maps.Keys(buys), func(a, b buyKey) int {
		return cmp.Or(cmp.Compare(a.month, b.month), cmp.Compare(a.sku, b.sku), cmp.Compare(a.person, b.person))
	})
	n := len(keys)
	months, orders, amounts := make([]int64, n), make([]int64, n), make([]int64, n)
	skus, people := make([]string, n), make([]string, n)
	for i, k := range keys {
		months[i], skus[i], people[i], orders[i], amounts[i] = k.month, k.sku, k.person, buys[k].orders, buys[k].amount
	}
	_, err := tx.BulkInsert(ctx, "insight_playbook_buy", `ON CONFLICT (org_id, month, sku, person_id) DO UPDATE SET
		orders = insight_playbook_buy.orders + excluded.orders, amount_minor = insight_playbook_buy.amount_minor + excluded.amount_minor`,
		db.Same("org_id", orgID, n), db.Int("month", months), db.Text("sku", skus), db.Text("person_id", people), db.Int("orders", orders), db.Int("amount_minor", amounts))
	return err
}

// reset empties the projection; what was set and last counted stays.
func (s *Service) reset(ctx context.Context, tx *db.Tx, orgID string) error {
	return follow.Clear(ctx, tx, orgID, "insight_playbook_state", "insight_playbook_alias", "insight_playbook_buy", "insight_playbook_name")
}
