package lifecycle

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"fishpond/internal/lifecycle/lifecycleevent"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

var schema = testkit.Migrations(timeline.Migration, Migration)

// world is the module with everything around it, for one org at a time.
type world struct {
	tb      testing.TB
	db      *db.DB
	clock   *testkit.Clock
	log     *timeline.Log
	svc     *Service
	runner  *timeline.Runner
	org     string
	zone    *time.Location
	hidden  map[string]bool   // persons whom the actor may not see
	speaker map[string]string // what the pool says about merged persons
	audits  []string
}

func newWorld(tb testing.TB, d *db.DB) *world {
	tb.Helper()
	w := &world{tb: tb, db: d, clock: testkit.NewClock(tb, "2026-06-01T00:00:00Z"), org: "org_a", zone: time.UTC,
		hidden: map[string]bool{}, speaker: map[string]string{}}
	logger := slog.New(slog.DiscardHandler)
	w.log = timeline.New(w.clock.Now)
	w.svc = New(d, w.log, w.clock.Now, logger, w, w, w, nil)
	w.runner = timeline.NewRunner(d, w.log, w, logger, w.clock.Now, w.svc.Subscribers()...)
	return w
}

func (w *world) OrgIDs(context.Context) ([]string, error) { return []string{w.org}, nil }

func (w *world) Settings(context.Context, *db.Tx, string) (OrgSettings, error) {
	return OrgSettings{Zone: w.zone, Currency: "CNY"}, nil
}

func (w *world) Members(_ context.Context, _ *db.Tx, _, id string) (string, []string, error) {
	if id == "per_nobody" {
		return "", nil, errs.NotFound(i18n.T("客户", "customer"))
	}
	if s := w.speaker[id]; s != "" {
		return s, []string{s, id}, nil
	}
	return id, []string{id}, nil
}

func (w *world) Visible(_ context.Context, _ *db.Tx, _, id string) (bool, error) {
	return !w.hidden[id], nil
}

func (w *world) Audit(_ context.Context, _ *db.Tx, action, _, _ string, detail any) error {
	w.audits = append(w.audits, fmt.Sprint(action, " ", detail))
	return nil
}

func (w *world) must(err error) {
	w.tb.Helper()
	if err != nil {
		w.tb.Fatal(err)
	}
}

func (w *world) tell(facts ...timeline.Fact) {
	w.tb.Helper()
	w.must(w.db.Write(context.Background(), w.org, func(tx *db.Tx) error {
		_, err := w.log.Append(context.Background(), tx, w.org, facts...)
		return err
	}))
}

func (w *world) catchUp() {
	w.tb.Helper()
	w.must(w.runner.CatchUp(context.Background(), w.org))
}

func at(s string) time.Time {
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		panic(err)
	}
	return t
}

func created(person string, t time.Time) timeline.Fact {
	return timeline.Fact{Kind: poolevent.Created, PersonID: person, OccurredAt: t, Data: poolevent.Person{}}
}

func order(person, id string, t time.Time, amount int64) timeline.Fact {
	return timeline.Fact{Kind: mallevent.OrderPaid, PersonID: person, OccurredAt: t, Data: mallevent.Order{OrderID: id, AmountMinor: amount, Currency: "CNY"}}
}

func refund(person, id string, t time.Time, amount int64) timeline.Fact {
	return timeline.Fact{Kind: mallevent.OrderRefunded, PersonID: person, OccurredAt: t, Data: mallevent.Refund{RefundID: "r", OrderID: id, AmountMinor: amount, Currency: "CNY"}}
}

func merged(winner, loser string, members ...string) timeline.Fact {
	return timeline.Fact{Kind: poolevent.Merged, PersonID: winner, Data: poolevent.Merge{MergeID: "m", WinnerID: winner, LoserID: loser, Members: append([]string{loser}, members...)}}
}

func split(winner, loser string, members ...string) timeline.Fact {
	f := merged(winner, loser, members...)
	f.Kind = poolevent.Split
	return f
}

// news lists a person's announcements, oldest first in the log's order.
func (w *world) news(person string) (out []string) {
	w.tb.Helper()
	w.must(w.db.Read(context.Background(), w.org, func(tx *db.Tx) error {
		rows, err := tx.Query(context.Background(), "SELECT data FROM timeline_event WHERE org_id = ? AND person_id = ? AND kind = ? ORDER BY xid, seq",
			w.org, person, lifecycleevent.StageChanged)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var data []byte
			if err := rows.Scan(&data); err != nil {
				return err
			}
			var s lifecycleevent.Stage
			if err := (timeline.Event{Data: data}).Decode(&s); err != nil {
				return err
			}
			out = append(out, s.From+">"+s.To+"@"+s.At.Format("2006-01-02"))
		}
		return rows.Err()
	}))
	return out
}

// dump is everything that the module keeps about people, comparable.
func (w *world) dump() (out []string) {
	w.tb.Helper()
	w.must(w.db.Read(context.Background(), w.org, func(tx *db.Tx) error {
		for _, q := range []string{
			`SELECT 'person', person_id, stage || ' ' || next_stage || ' ' || announced, since || ' ' || next_change_at || ' ' || known_at || ' ' || orders || ' ' ||
				gmv_minor || ' ' || refunded_minor || ' ' || named_refunds || ' ' || first_order_at || ' ' || last_order_at FROM lifecycle_person WHERE org_id = ? AND stage <> '' ORDER BY person_id`,
			"SELECT 'step', person_id, stage, at || '' FROM lifecycle_stage_history WHERE org_id = ? ORDER BY person_id, at",
			"SELECT 'alias', person_id, canonical_id, '' FROM lifecycle_alias WHERE org_id = ? ORDER BY person_id",
			"SELECT 'flow', from_stage, to_stage, month || ' ' || moves FROM lifecycle_flow WHERE org_id = ? AND moves <> 0 ORDER BY month, from_stage, to_stage",
		} {
			rows, err := tx.Query(context.Background(), q, w.org)
			if err != nil {
				return err
			}
			for rows.Next() {
				var a, b, c, d string
				if err := rows.Scan(&a, &b, &c, &d); err != nil {
					return err
				}
				out = append(out, a+" "+b+" "+c+" "+d)
			}
			if err := rows.Close(); err != nil {
				return err
			}
		}
		return nil
	}))
	return out
}
