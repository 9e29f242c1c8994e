package lifecycle

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

func TestStagesFollowOrdersAndTime(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.tell(created("per_a", at("2026-05-01")), order("per_a", "1", at("2026-05-10"), 100))
		w.catchUp()
		w.tell(order("per_a", "2", at("2026-05-20"), 100))
		w.catchUp()
		w.catchUp()
		want := []string{">first_order@2026-05-10", "first_order>repeat@2026-05-20"}
		if got := w.news("per_a"); !slices.Equal(got, want) {
			t.Fatalf("%v", got)
		}
		// The server was away while she turned silent and then lost.
		w.clock.Advance(200 * 24 * time.Hour)
		if n, err := w.svc.Sweep(t.Context(), w.org); err != nil || n != 1 {
			t.Fatal(n, err)
		}
		if n, err := w.svc.Sweep(t.Context(), w.org); err != nil || n != 0 {
			t.Fatal(n, err)
		}
		want = append(want, "repeat>lost@2026-11-16")
		if got := w.news("per_a"); !slices.Equal(got, want) {
			t.Fatalf("%v", got)
		}
		life, err := w.svc.Of(t.Context(), w.org, "per_a")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range life.History {
			got = append(got, s.Stage+"@"+s.At.Format("2006-01-02"))
		}
		if s := strings.Join(got, " "); s != "new@2026-05-01 first_order@2026-05-10 repeat@2026-05-20 silent@2026-08-18 lost@2026-11-16" {
			t.Fatal(s)
		}
		w.tell(order("per_a", "3", w.clock.Now(), 100))
		w.catchUp()
		if got := w.news("per_a"); got[len(got)-1] != "lost>repeat@"+w.clock.Now().Format("2006-01-02") {
			t.Fatalf("%v", got)
		}
	})
}

func TestMergeIsTheUnionAndSplitRestores(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.tell(order("per_a", "1", at("2026-05-10"), 100), order("per_b", "2", at("2026-05-01"), 50), created("per_c", at("2026-04-01")))
		w.catchUp()
		apart := w.dump()
		w.tell(merged("per_a", "per_b"))
		w.catchUp()
		w.tell(merged("per_c", "per_a", "per_b"))
		w.catchUp()
		life, err := w.svc.Of(t.Context(), w.org, "per_c")
		if err != nil || life.Stage != "repeat" || len(life.History) != 3 || life.Orders != 2 {
			t.Fatalf("%v %+v", err, life)
		}
		stages, err := w.svc.Stages(t.Context(), w.org)
		if err != nil || stages[2] != (StageCount{"repeat", 1}) || stages[0].Persons+stages[1].Persons != 0 {
			t.Fatal(err, stages)
		}
		w.tell(split("per_c", "per_a", "per_b"))
		w.catchUp()
		w.tell(split("per_a", "per_b"))
		w.catchUp()
		if got := w.dump(); !slices.Equal(got, apart) {
			t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(apart, "\n"))
		}
		want := []string{">first_order@2026-05-10", "first_order>repeat@2026-05-10", "repeat>first_order@2026-05-10"}
		if got := w.news("per_a"); !slices.Equal(got, want) {
			t.Fatalf("%v", got)
		}
	})
}

func TestRebuildAnnouncesOnlyWhatIsNew(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.tell(order("per_a", "1", at("2025-12-01"), 100), order("per_b", "b1", at("2026-05-01"), 100), order("per_c", "c1", at("2026-05-01"), 100))
		w.catchUp()
		var filler []timeline.Fact // more than a batch, so that a rebuild passes through what once was
		for range 1100 {
			filler = append(filler, timeline.Fact{Kind: "page.viewed", PersonID: "per_x"})
		}
		w.tell(filler...)
		w.tell(order("per_a", "2", at("2026-05-20"), 100), merged("per_b", "per_c"))
		w.catchUp()
		want := []string{">lost@2026-05-30", "lost>repeat@2026-05-20"} // 180 days after 2025-12-01, as it looked then
		if got := w.news("per_a"); !slices.Equal(got, want) {
			t.Fatalf("%v", got)
		}
		w.clock.Advance(100 * 24 * time.Hour) // per_a turns silent on 2026-08-18, and no sweep has said so
		w.must(w.runner.Rebuild(t.Context(), SubscriberName, w.org))
		want = append(want, "repeat>silent@2026-08-18")
		if got := w.news("per_a"); !slices.Equal(got, want) {
			t.Fatalf("%v", got)
		}
		if got := w.news("per_b"); len(got) != 3 {
			t.Fatalf("%v", got)
		}
		if n, err := w.svc.Sweep(t.Context(), w.org); err != nil || n != 0 {
			t.Fatal(n, err)
		}
		// A rebuild that stops half-way says nothing and lets no sweep speak either.
		w.clock.Advance(100 * 24 * time.Hour)
		told := len(w.news("per_a"))
		w.must(d.Write(t.Context(), w.org, func(tx *db.Tx) error {
			if err := w.svc.reset(t.Context(), tx, w.org); err != nil {
				return err
			}
			var events []timeline.Event
			if err := w.log.Facts(t.Context(), tx, w.org, []string{"per_a"}, w.svc.Subscribers()[0].Kinds, func(e timeline.Event) error {
				events = append(events, e)
				return nil
			}); err != nil {
				return err
			}
			return w.svc.follow(t.Context(), tx, w.org, events[:1])
		}))
		if n, err := w.svc.Sweep(t.Context(), w.org); err != nil || n != 0 || len(w.news("per_a")) != told {
			t.Fatal(n, err, w.news("per_a"))
		}
	})
}
