package lifecycle

import (
	"fmt"
	"hash/fnv"

	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/jsonscan"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// maxAmount bounds a single amount: nine thousand orders of it still fit into
// a person's sum.
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
	orderID  string
	amount   int64
	currency string
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
	m, err := readMoney(e)
	if err != nil {
		return fact{}, fmt.Errorf("event %s (%s): %w", e.ID, e.Kind, err)
	}
	if m.amount < 0 || m.amount > maxAmount {
		return fact{}, fmt.Errorf("event %s (%s): amount_minor %d is outside 0 … %d", e.ID, e.Kind, m.amount, int64(maxAmount))
	}
	f := fact{person: e.PersonID, at: e.OccurredAt.UnixMicro(), seq: e.Position.Seq, kind: factOrder,
		orderKey: orderKey(m.orderID), amount: m.amount, currency: m.currency}
	if e.Kind == mallevent.OrderRefunded {
		f.kind = factRefund
	}
	if len(m.currency) > 3 {
		return fact{}, fmt.Errorf("event %s (%s): currency is not of ISO 4217", e.ID, e.Kind)
	}
	return f, nil
}

// readMoney steps over the lines of the order, which are most of the event.
func readMoney(e timeline.Event) (m money, err error) {
	err = jsonscan.Object(e.Data, func(key, value []byte) (err error) {
		switch string(key) {
		case "order_id":
			m.orderID, err = jsonscan.Text(value)
		case "amount_minor":
			m.amount, err = jsonscan.Int(value)
		case "currency":
			m.currency, err = jsonscan.Text(value)
		}
		return err
	})
	return m, err
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
