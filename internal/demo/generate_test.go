package demo

import (
	"encoding/json"
	"testing"
	"time"

	"fishpond/internal/mall/mallevent"
	"fishpond/internal/timeline"
)

var end = time.Date(2026, 11, 21, 15, 0, 0, 0, time.UTC)

func TestSameSeedSameBrand(t *testing.T) {
	a, b := NewBrandscape(7, end), NewBrandscape(7, end.Add(2*time.Hour))
	for n := 1; n <= 50; n++ {
		x, _ := json.Marshal(a.Person(n))
		y, _ := json.Marshal(b.Person(n))
		if string(x) != string(y) {
			t.Fatalf("person %d differs:\n%s\n%s", n, x, y)
		}
	}
	x, _ := json.Marshal(a.Person(1))
	y, _ := json.Marshal(NewBrandscape(8, end).Person(1))
	if string(x) == string(y) {
		t.Fatal("another seed made the same person")
	}
}

// The brand must look like life: most are not buyers for ever, some come
// back, nothing happens outside its 18 months, and every key is unique.
func TestBrandLooksLikeLife(t *testing.T) {
	const n = 4000
	b := NewBrandscape(1, end)
	keys := map[string]bool{}
	buyers, repeat, orders, refunds, other := 0, 0, 0, 0, 0
	for i := 1; i <= n; i++ {
		p := b.Person(i)
		mine := 0
		last := time.Time{}
		for _, e := range p.Events {
			if e.At.Before(b.Start()) || !e.At.Before(end) || e.At.Before(last) || e.At.Before(p.Arrived) {
				t.Fatalf("person %d: %s at %s (arrived %s, before it %s)", i, e.Kind, e.At, p.Arrived, last)
			}
			last = e.At
			if keys[e.Key] || !timeline.ValidKind(e.Kind) {
				t.Fatalf("bad event %+v", e)
			}
			keys[e.Key] = true
			switch e.Kind {
			case mallevent.OrderPaid:
				mine++
				o := e.Data.(mallevent.Order)
				sum := int64(0)
				for _, it := range o.Items {
					sum += it.AmountMinor
				}
				if sum != o.AmountMinor || sum <= 0 {
					t.Fatalf("order %+v does not add up", o)
				}
			case mallevent.OrderRefunded:
				refunds++
			default:
				other++
			}
		}
		orders += mine
		if mine > 0 {
			buyers++
		}
		if mine > 1 {
			repeat++
		}
	}
	share := func(a, b int) float64 { return float64(a) / float64(b) }
	for name, c := range map[string]struct{ got, low, high float64 }{
		"buyers":            {share(buyers, n), .4, .7},
		"repeat of buyers":  {share(repeat, buyers), .3, .8},
		"orders per buyer":  {share(orders, buyers), 1.8, 5},
		"refunds of orders": {share(refunds, orders), .01, .06},
		"talk per person":   {share(other, n), 4, 25},
	} {
		if c.got < c.low || c.got > c.high {
			t.Errorf("%s: %.3f is outside %v–%v", name, c.got, c.low, c.high)
		}
	}
	t.Logf("buyers %d, repeat %d, orders %d, refunds %d, other %d", buyers, repeat, orders, refunds, other)
}
