package timeline_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

// Many who have a long log to catch up with, and one who has not, read it in
// pages together: each gets all that it wants, once and in order, whatever its
// batches are and whomever it waits for.
func TestManyCatchUpWithALongLog(t *testing.T) {
	const long = 12_000 // more than two pages
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		kinds := []string{"page.viewed", "message.opened", "form.sent"}
		tell := func(from, to int) {
			t.Helper()
			for ; from < to; from += 1000 {
				var facts []timeline.Fact
				for i := from; i < min(from+1000, to); i++ {
					facts = append(facts, timeline.Fact{Kind: kinds[i%3], PersonID: fmt.Sprint(i)})
				}
				h.append(t, facts...)
			}
		}
		var mu sync.Mutex
		got := map[string][]string{}
		follower := func(name string, batch int, after []string, kinds ...string) *timeline.Subscriber {
			return &timeline.Subscriber{Name: name, Batch: batch, Kinds: kinds, After: after,
				Handle: func(_ context.Context, tx *db.Tx, _ string, events []timeline.Event) error {
					var who []string
					for _, e := range events {
						who = append(who, e.PersonID)
					}
					tx.OnCommit(func() {
						mu.Lock()
						defer mu.Unlock()
						got[name] = append(got[name], who...)
					})
					return nil
				}}
		}
		subs := []*timeline.Subscriber{follower("early", 0, nil)}
		catchUp := func() {
			t.Helper()
			r := timeline.NewRunner(d, h.log, orgs{org}, slog.New(slog.DiscardHandler), h.clock.Now, subs...)
			if err := r.CatchUp(t.Context(), org); err != nil {
				t.Fatal(err)
			}
		}
		tell(0, 3_000)
		catchUp()
		subs = append(subs, follower("small", 170, nil), follower("large", 9_000, nil), follower("some", 0, nil, "form.sent"),
			follower("none", 0, nil, "order.paid"), follower("last", 0, []string{"small", "some"}), follower("beyond", 400, []string{"last"}, "message.opened"))
		tell(3_000, long)
		catchUp()
		for _, s := range subs {
			n := 0
			for i := range long {
				if want := fmt.Sprint(i); len(s.Kinds) == 0 || s.Kinds[0] == kinds[i%3] {
					if n >= len(got[s.Name]) || got[s.Name][n] != want {
						t.Fatalf("%s: event %d is not what it got as its %d. of %d", s.Name, i, n, len(got[s.Name]))
					}
					n++
				}
			}
			if n != len(got[s.Name]) {
				t.Errorf("%s got %d events, wants %d", s.Name, len(got[s.Name]), n)
			}
		}
	})
}
