package insight

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"pgregory.net/rapid"

	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

// Beginnings agree with a plain walk through everybody's events, one by one.
func TestBeginningsAgreeWithAPlainWalk(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			w.org = fmt.Sprintf("org_%d", n)
			speaker := w.history(rt, 60)
			stay := rapid.SampledFrom([]string{"", StayAgain, StayActive}).Draw(rt, "stay")
			days := rapid.IntRange(1, 40).Draw(rt, "days")
			got, err := w.svc.Beginnings(t.Context(), w.org, stay, days)
			if err != nil {
				rt.Fatal(err)
			}
			of := map[string][]timeline.Event{}
			end := int64(0)
			for _, e := range w.events() {
				if s := speaker[e.PersonID]; s != "" && !slices.Contains(quiet, e.Kind) {
					of[s] = append(of[s], e)
					end = max(end, clock.Micros(e.OccurredAt))
				}
			}
			want := map[string]*roaring.Bitmap{}
			add := func(what, who string) {
				if want[what] == nil {
					want[what] = roaring.New()
				}
				want[what].Add(numberOf(who))
			}
			for who, mine := range of {
				slices.SortStableFunc(mine, func(a, b timeline.Event) int { return a.OccurredAt.Compare(b.OccurredAt) })
				first := clock.Micros(mine[0].OccurredAt)
				if first+7*dayMicros <= end {
					add("begun", who)
				}
				var orders []int64
				var sold []string
				stayed := false
				for _, e := range mine {
					at := clock.Micros(e.OccurredAt)
					if at < first+7*dayMicros {
						add("week "+e.Kind, who)
					}
					stayed = stayed || !slices.Contains(passive, e.Kind) && at > end-int64(days)*dayMicros
					if e.Kind != mallevent.OrderPaid {
						continue
					}
					if orders = append(orders, at); at == orders[0] {
						var o mallevent.Order
						if err := json.Unmarshal(e.Data, &o); err != nil {
							rt.Fatal(err)
						}
						for _, i := range o.Items {
							sold = append(sold, i.SKU)
						}
					}
				}
				if stay == StayActive && first+int64(7+days)*dayMicros <= end {
					add("base", who)
					if stayed {
						add("stayed", who)
					}
				}
				if len(orders) == 0 {
					continue
				}
				add("buyers", who)
				for _, sku := range sold {
					add("product "+sku, who)
				}
				if stay != StayAgain || orders[0]+int64(days)*dayMicros > end {
					continue
				}
				add("base", who)
				if slices.ContainsFunc(orders, func(at int64) bool { return at-orders[0] >= dayMicros && at-orders[0] <= int64(days)*dayMicros }) {
					add("stayed", who)
				}
			}
			have := map[string]*roaring.Bitmap{"begun": got.Begun, "buyers": got.Buyers, "base": got.Base, "stayed": got.Stayed}
			for _, sl := range got.Week {
				have["week "+sl.Value] = sl.Members
			}
			for _, sl := range got.Products {
				have["product "+sl.Value] = sl.Members
			}
			for _, k := range notes {
				delete(want, "week "+k)
			}
			for what, b := range have {
				if b != nil && b.IsEmpty() || b == nil {
					delete(have, what)
				}
			}
			keys := func(m map[string]*roaring.Bitmap) (out []string) {
				for k := range m {
					out = append(out, k)
				}
				slices.SortFunc(out, cmp.Compare)
				return out
			}
			if !slices.Equal(keys(want), keys(have)) {
				rt.Fatalf("%v, walked %v", keys(have), keys(want))
			}
			for what, b := range want {
				if !b.Equals(have[what]) {
					rt.Fatalf("%s in %d days: %v, walked %v", what, days, have[what], b)
				}
			}
		})
	})
}
