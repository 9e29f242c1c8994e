package scorecard

import (
	"context"
	"database/sql"
	"log/slog"
	"testing"
	"time"

	"fishpond/internal/insight"
	"fishpond/internal/insight/follow"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

var schema = testkit.Migrations(timeline.Migration, insight.Migration)

// world is the scorecard with everything around it.
type world struct {
	tb      testing.TB
	db      *db.DB
	clock   *testkit.Clock
	log     *timeline.Log
	svc     *Service
	runner  *timeline.Runner
	org     string
	zone    *time.Location
	cost    int64
	entries int64
}

func newWorld(tb testing.TB, d *db.DB) *world {
	tb.Helper()
	w := &world{tb: tb, db: d, clock: testkit.NewClock(tb, "2026-06-15T00:00:00Z"), org: "org_a", zone: time.UTC}
	w.log = timeline.New(w.clock.Now)
	quiet := slog.New(slog.DiscardHandler)
	w.svc = New(d, w.clock.Now, quiet, w, w)
	w.runner = timeline.NewRunner(d, w.log, w, quiet, w.clock.Now, w.svc.Subscribers()...)
	return w
}

func (w *world) OrgIDs(context.Context) ([]string, error) { return []string{w.org}, nil }

func (w *world) Settings(context.Context, *db.Tx, string) (follow.OrgSettings, error) {
	return follow.OrgSettings{Zone: w.zone, Currency: "CNY"}, nil
}

func (w *world) Between(context.Context, string, time.Time, time.Time) (int64, int64, error) {
	return w.cost, w.entries, nil
}

func (w *world) tell(facts ...timeline.Fact) {
	w.tb.Helper()
	testkit.Must(w.tb, w.db.Write(w.tb.Context(), w.org, func(tx *db.Tx) error {
		_, err := w.log.Append(w.tb.Context(), tx, w.org, facts...)
		return err
	}))
	testkit.Must(w.tb, w.runner.CatchUp(w.tb.Context(), w.org))
}

func (w *world) refresh() Scorecard {
	w.tb.Helper()
	testkit.Must(w.tb, w.svc.Refresh(w.tb.Context(), w.org))
	return w.card("")
}

func (w *world) card(to string) Scorecard {
	w.tb.Helper()
	c, err := w.svc.Card(w.tb.Context(), w.org, to)
	testkit.Must(w.tb, err)
	return c
}

func (w *world) facts(month int64) (f Facts) {
	w.tb.Helper()
	testkit.Must(w.tb, w.db.Read(w.tb.Context(), w.org, func(tx *db.Tx) (err error) {
		f, err = factsOf(w.tb.Context(), tx, w.org, month)
		return err
	}))
	return f
}

// events reads the log as it is stored.
func (w *world) events() (out []timeline.Event) {
	w.tb.Helper()
	testkit.Must(w.tb, w.db.Read(w.tb.Context(), w.org, func(tx *db.Tx) error {
		return tx.Each(w.tb.Context(), func(rows *sql.Rows) error {
			var e timeline.Event
			var us int64
			var data []byte
			err := rows.Scan(&e.Kind, &e.PersonID, &us, &data)
			e.OccurredAt, e.Data = clock.Time(us), data
			out = append(out, e)
			return err
		}, "SELECT kind, person_id, occurred_at, data FROM timeline_event WHERE org_id = ? ORDER BY xid, seq", w.org)
	}))
	return out
}

func at(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		panic(err)
	}
	return t
}

func fact(kind, person string, when time.Time, data any) timeline.Fact {
	if data == nil {
		data = struct{}{}
	}
	return timeline.Fact{Kind: kind, PersonID: person, OccurredAt: when, Data: data}
}

func order(person string, when time.Time, minor int64, currency string) timeline.Fact {
	return fact(mallevent.OrderPaid, person, when, mallevent.Order{OrderID: "o", AmountMinor: minor, Currency: currency})
}

func identityOf(kind string) poolevent.Identity { return poolevent.Identity{Kind: kind, Value: "x"} }

func merged(kind, winner, loser string) timeline.Fact {
	return timeline.Fact{Kind: kind, PersonID: winner, OccurredAt: at("2026-06-14 00:00"), Data: poolevent.Merge{MergeID: "m", WinnerID: winner, LoserID: loser, Members: []string{loser}}}
}
