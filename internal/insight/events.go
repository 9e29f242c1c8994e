package insight

import (
	"fmt"
	"strings"
	"time"

	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/jsonscan"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// fact is what counts of one event.
type fact struct {
	person  string
	at, seq int64
	month   int64
	kind    int64
	amount  int64 // in the org's currency
	region  string
}

const (
	factKnown int64 = iota
	factOrder
	factRefund
)

// merge: members are known as speaker from here on.
type merge struct {
	speaker, other string
	members        []string
}

type productKey struct {
	month int64
	sku   string
}

type product struct {
	name             string
	quantity, amount int64
}

// batch is what some events say.
type batch struct {
	facts    []fact
	merges   []merge // in the log's order
	products map[productKey]*product
}

// Limits on what customers' data may bring into keys and sums.
const (
	maxAmount   = 1_000_000_000_000_000 // minor units of one order or line: nine thousand of them fit into a sum
	maxQuantity = 1_000_000_000         // pieces of one line
	maxKey      = 100                   // characters of a region or SKU
	maxName     = 200                   // characters of a product's name
)

// read picks what counts out of events. Orders of nobody in particular are
// facts with an empty person.
func read(events []timeline.Event, zone *time.Location, currency string) (batch, error) {
	b := batch{products: map[productKey]*product{}}
	for _, e := range events {
		f := fact{person: e.PersonID, at: e.OccurredAt.UnixMicro(), seq: e.Position.Seq}
		f.month = monthOf(f.at, zone)
		var err error
		switch e.Kind {
		case poolevent.Created:
			f.kind = factKnown
		case mallevent.OrderPaid:
			f.kind = factOrder
			err = b.order(&f, e.Data, currency)
		case mallevent.OrderRefunded:
			f.kind = factRefund
			err = b.order(&f, e.Data, currency)
		case poolevent.Merged, poolevent.Split:
			if err := b.merge(e); err != nil {
				return b, err
			}
			continue
		default:
			continue
		}
		if err != nil {
			return b, fmt.Errorf("event %s (%s): %w", e.ID, e.Kind, err)
		}
		b.facts = append(b.facts, f)
	}
	return b, nil
}

func (b *batch) merge(e timeline.Event) error {
	var m poolevent.Merge
	if err := e.Decode(&m); err != nil {
		return err
	}
	if m.WinnerID == "" || m.LoserID == "" || len(m.Members) == 0 {
		return fmt.Errorf("event %s (%s): winner_id, loser_id or members is missing", e.ID, e.Kind)
	}
	if e.Kind == poolevent.Split {
		m.WinnerID, m.LoserID = m.LoserID, m.WinnerID
	}
	b.merges = append(b.merges, merge{speaker: m.WinnerID, other: m.LoserID, members: m.Members})
	return nil
}

// order reads an order or refund. Only what was sold is counted by product.
func (b *batch) order(f *fact, data []byte, currency string) error {
	var items []byte
	in := currency
	err := jsonscan.Object(data, func(key, value []byte) (err error) {
		switch string(key) {
		case "amount_minor":
			f.amount, err = amount(value)
		case "currency":
			in, err = jsonscan.Text(value)
		case "region":
			f.region, err = jsonscan.Text(value)
		case "items":
			items = value
		}
		return err
	})
	if err != nil {
		return err
	}
	foreign := in != "" && in != currency
	if foreign {
		f.amount = 0
	}
	f.region = short(f.region, maxKey)
	if f.kind != factOrder || items == nil {
		return nil
	}
	return jsonscan.Array(items, func(item []byte) error { return b.line(f.month, item, foreign) })
}

func (b *batch) line(month int64, item []byte, foreign bool) error {
	var p product
	var sku string
	err := jsonscan.Object(item, func(key, value []byte) (err error) {
		switch string(key) {
		case "sku":
			sku, err = jsonscan.Text(value)
		case "name":
			p.name, err = jsonscan.Text(value)
		case "quantity":
			p.quantity = quantity(value)
		case "amount_minor":
			p.amount, err = amount(value)
		}
		return err
	})
	if err != nil || sku == "" {
		return err
	}
	if foreign {
		p.amount = 0
	}
	key := productKey{month, short(sku, maxKey)}
	sum := b.products[key]
	if sum == nil {
		sum = &product{}
		b.products[key] = sum
	}
	sum.quantity, sum.amount = sum.quantity+p.quantity, sum.amount+p.amount
	if p.name != "" { // the newest name is the product's
		sum.name = short(p.name, maxName)
	}
	return nil
}

func amount(value []byte) (int64, error) {
	n, err := jsonscan.Int(value)
	if err == nil && (n < 0 || n > maxAmount) {
		err = fmt.Errorf("amount_minor %d is outside 0 … %d", n, int64(maxAmount))
	}
	return n, err
}

// quantity reads a plain decimal, given as a number or as a string, in
// millionths; finer digits are cut off. What cannot be read, or is out of all
// proportion, counts as nothing: an order's money must not be lost over it.
func quantity(value []byte) int64 {
	s := strings.Trim(string(value), `"`)
	s, negative := strings.CutPrefix(s, "-")
	whole, fraction, _ := strings.Cut(s, ".")
	if whole == "" && fraction == "" || len(whole) > 10 {
		return 0
	}
	var n int64
	for i := range len(whole) + 6 {
		c := byte('0')
		if i < len(whole) {
			c = whole[i]
		} else if j := i - len(whole); j < len(fraction) {
			c = fraction[j]
		}
		if c < '0' || c > '9' {
			return 0
		}
		n = n*10 + int64(c-'0')
	}
	if n > maxQuantity*1_000_000 {
		return 0
	}
	if negative {
		return -n
	}
	return n
}

// short makes hostile text fit for a key: without NUL, which PostgreSQL does
// not store, and not longer than n characters.
func short(s string, n int) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
