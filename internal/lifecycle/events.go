package lifecycle

import (
	"fmt"
	"hash/fnv"

	"fishpond/internal/mall/mallevent"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// maxAmount bounds a single amount, so that no sum of a person's can overflow
// before there are nine thousand orders of ten thousand billion.
const maxAmount = 1_000_000_000_000_000

// batch is what some events say, sorted by what they touch.
type batch struct {
	facts  []fact
	merges []merge // in the log's order
	orders int64
	last   timeline.Position
}

// merge: members are known as speaker from here on.
type merge struct {
	speaker string
	other   string // who was joined or parted
	members []string
}

// money is the part of order.paid and order.refunded that lifecycle reads.
type money struct {
	OrderID     string `json:"order_id"`
	AmountMinor int64  `json:"amount_minor"`
	Currency    string `json:"currency"`
}

func read(events []timeline.Event) (batch, error) {
	var b batch
	for _, e := range events {
		b.last = e.Position
		switch e.Kind {
		case poolevent.Created:
			b.facts = append(b.facts, fact{person: e.PersonID, at: e.OccurredAt.UnixMicro(), seq: e.Position.Seq, kind: factKnown})
		case poolevent.Merged, poolevent.Split:
			m, err := readMerge(e)
			if err != nil {
				return b, err
			}
			b.merges = append(b.merges, m)
		case mallevent.OrderPaid, mallevent.OrderRefunded:
			if e.PersonID == "" {
				continue // nobody's order changes nobody's stage
			}
			f, err := readOrder(e)
			if err != nil {
				return b, err
			}
			if f.kind == factOrder {
				b.orders++
			}
			b.facts = append(b.facts, f)
		}
	}
	return b, nil
}

func readOrder(e timeline.Event) (fact, error) {
	var m money
	if err := e.Decode(&m); err != nil {
		return fact{}, err
	}
	if m.AmountMinor < 0 || m.AmountMinor > maxAmount {
		return fact{}, fmt.Errorf("event %s (%s): amount_minor %d is outside 0 … %d", e.ID, e.Kind, m.AmountMinor, int64(maxAmount))
	}
	f := fact{person: e.PersonID, at: e.OccurredAt.UnixMicro(), seq: e.Position.Seq, kind: factOrder,
		orderKey: orderKey(m.OrderID), amount: m.AmountMinor, currency: m.Currency}
	if e.Kind == mallevent.OrderRefunded {
		f.kind = factRefund
	}
	if len(m.Currency) > 3 {
		return fact{}, fmt.Errorf("event %s (%s): currency is not of ISO 4217", e.ID, e.Kind)
	}
	return f, nil
}

// orderKey stands for an order id among the orders of one person, where 64
// bits do not collide by chance.
func orderKey(id string) int64 {
	if id == "" {
		return 0
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(id)) // never fails
	if k := int64(h.Sum64()); k != 0 {
		return k
	}
	return 1
}

func readMerge(e timeline.Event) (merge, error) {
	var m poolevent.Merge
	if err := e.Decode(&m); err != nil {
		return merge{}, err
	}
	if m.WinnerID == "" || m.LoserID == "" || len(m.Members) == 0 {
		return merge{}, fmt.Errorf("event %s (%s): winner_id, loser_id or members is missing", e.ID, e.Kind)
	}
	if e.Kind == poolevent.Split {
		return merge{speaker: m.LoserID, other: m.WinnerID, members: m.Members}, nil
	}
	return merge{speaker: m.WinnerID, other: m.LoserID, members: m.Members}, nil
}
