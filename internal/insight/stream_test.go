package insight

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fishpond/internal/insight/stream"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

// history makes up a random log with merges, and tells who speaks for whom in
// the end.
func (w *world) history(rt *rapid.T, events int) map[string]string {
	speaker := map[string]string{}
	for _, p := range people {
		speaker[p] = p
	}
	type join struct {
		winner, loser string
		members       []string
	}
	var joins []join
	var pending []timeline.Fact
	flush := func() {
		w.tell(pending...)
		pending = nil
	}
	for range rapid.IntRange(0, events).Draw(rt, "events") {
		person := rapid.SampledFrom(append([]string{"", "per_nobody"}, people...)).Draw(rt, "person")
		when := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(-60, 160).Draw(rt, "at")) * 20 * time.Hour)
		switch what := rapid.SampledFrom([]string{"page.viewed", "order.paid", "order.paid", "message.received", "app.opened", "merge", "split", "follow"}).Draw(rt, "what"); what {
		case "merge":
			winner, loser := speaker[person], speaker[rapid.SampledFrom(people).Draw(rt, "loser")]
			if winner == loser || winner == "" || loser == "" {
				continue
			}
			j := join{winner: winner, loser: loser}
			for _, p := range people {
				if speaker[p] == loser {
					speaker[p] = winner
					if p != loser {
						j.members = append(j.members, p)
					}
				}
			}
			joins = append(joins, j)
			pending = append(pending, merged(j.winner, j.loser, j.members...))
		case "split":
			if len(joins) == 0 {
				continue
			}
			j := joins[len(joins)-1]
			joins = joins[:len(joins)-1]
			for _, p := range append(j.members, j.loser) {
				speaker[p] = j.loser
			}
			pending = append(pending, split(j.winner, j.loser, j.members...))
		case "follow":
			flush()
			w.catchUp()
		default:
			data := fmt.Sprintf(`{"amount_minor":%d,"region":%q,"items":[{"sku":%q},{"sku":"S1"}]}`,
				rapid.IntRange(0, 5).Draw(rt, "amount")*100, rapid.SampledFrom([]string{"浙江", "上海", ""}).Draw(rt, "region"), rapid.SampledFrom([]string{"S1", "S2"}).Draw(rt, "sku"))
			pending = append(pending, timeline.Fact{Kind: what, PersonID: person, OccurredAt: when, Data: json.RawMessage(data)})
		}
	}
	flush()
	w.catchUp()
	return speaker
}

// kept is all events that the streams keep, in order, and what they know else.
func (w *world) kept() (out []string) {
	w.tb.Helper()
	ctx := context.Background()
	var events []stream.Event
	w.must(w.db.Read(ctx, w.org, func(tx *db.Tx) error {
		places, err := db.All(ctx, tx, func(r *sql.Rows, p *place) error { return r.Scan(&p.block, &p.kind, &p.month) },
			"SELECT DISTINCT block, kind, month FROM insight_stream_part WHERE org_id = ?", w.org)
		if err != nil {
			return err
		}
		for _, p := range places {
			rows, err := loadRows(ctx, tx, w.org, p, 0)
			if err != nil {
				return err
			}
			for _, r := range rows {
				if utcMonth(r.At) != p.month {
					return fmt.Errorf("%d is not in month %d", r.At, p.month)
				}
				events = append(events, stream.Event{Seq: stream.Seq(p.block, r.Offset), Kind: p.kind, At: r.At, Values: r.Values})
			}
		}
		waiting, err := tails(ctx, tx, w.org)
		events = append(events, waiting...)
		if err != nil {
			return err
		}
		for _, q := range []string{"SELECT 'name', kind, name, number FROM insight_stream_name", "SELECT 'kind', kind, events, first_at + last_at FROM insight_stream_kind", "SELECT 'alias', seq, speaker, 0 FROM insight_stream_alias"} {
			if err := tx.Each(ctx, func(rows *sql.Rows) error {
				var a, b, c, d string
				err := rows.Scan(&a, &b, &c, &d)
				out = append(out, a+" "+b+" "+c+" "+d)
				return err
			}, q+" WHERE org_id = ?", w.org); err != nil {
				return err
			}
		}
		return nil
	}))
	slices.SortStableFunc(events, func(a, b stream.Event) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.At, b.At))
	})
	slices.Sort(out)
	for _, e := range events {
		out = append(out, show(e))
	}
	return out
}

// show writes an event with its values in one order: parts keep those of one
// column together.
func show(e stream.Event) string {
	slices.SortStableFunc(e.Values, func(a, b stream.Value) int { return a.Compare(b.Column) })
	return fmt.Sprint(e.Seq, e.Kind, e.At, e.Values)
}

func TestStreamsHoldTheLogAndAreTheSameWhenBuiltAnew(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			w.org = fmt.Sprintf("org_%d", n)
			w.history(rt, 60)
			live := w.kept()
			var want []stream.Event
			for _, e := range w.events() {
				if e.PersonID != "" && e.PersonID != "per_nobody" {
					want = append(want, stream.Event{Seq: numberOf(e.PersonID), Kind: e.Kind, At: clock.Micros(e.OccurredAt), Values: values(e.Data)})
				}
			}
			slices.SortStableFunc(want, func(a, b stream.Event) int {
				return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.At, b.At))
			})
			for i, e := range want {
				if got := live[len(live)-len(want)+i]; got != show(e) {
					rt.Fatalf("%d: kept %s, the log has %s", i, got, show(e))
				}
			}
			if err := w.runner.Rebuild(t.Context(), StreamSubscriber, w.org); err != nil {
				rt.Fatal(err)
			}
			if rebuilt := w.kept(); !slices.Equal(live, rebuilt) {
				rt.Fatalf("live\n%v\nrebuilt\n%v", live, rebuilt)
			}
		})
	})
}

func TestPropertiesOfOneKindAreBounded(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for i := range 40 {
			w.tell(timeline.Fact{Kind: "app.opened", PersonID: "per_a", OccurredAt: at("2026-05-01 00:00"),
				Data: json.RawMessage(fmt.Sprintf(`{"p%02d":%d,"text":"what they wrote","nested":{"a":1},"n\\u0000":1,"big":1e300}`, i, i))})
		}
		w.catchUp()
		kinds, err := w.svc.EventKinds(t.Context(), w.org)
		w.must(err)
		i := slices.IndexFunc(kinds, func(k EventKind) bool { return k.Kind == "app.opened" })
		if k := kinds[i]; k.Events != 40 || len(k.Properties) != maxNames || !k.Full || k.Properties[0].Name != "p00" {
			t.Fatalf("%+v", k)
		}
		if _, err := w.svc.Funnel(t.Context(), w.org, FunnelInput{WithinHours: 24, Steps: []FunnelStep{
			{EventChoice: EventChoice{Any: []string{"app.opened"}}}, {EventChoice: EventChoice{Any: []string{"app.opened"}, Where: []EventCondition{{Property: "p39", Is: "=", Values: []string{"39"}}}}}}}); err == nil {
			t.Fatal("a property that is not kept was asked for")
		}
	})
}
