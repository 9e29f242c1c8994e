package insight

import (
	"context"
	"database/sql"
	"log/slog"
	"testing"
	"time"

	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

var schema = testkit.Migrations(timeline.Migration, Migration)

// world is the module with everything around it, for one org at a time.
type world struct {
	tb       testing.TB
	db       *db.DB
	clock    *testkit.Clock
	log      *timeline.Log
	svc      *Service
	runner   *timeline.Runner
	org      string
	zone     *time.Location
	currency string
	slices   map[string]string // person → what they have in common with others
	segments []savedSegment
	dense    map[string]uint32 // numbers without two alike, where set
}

func newWorld(tb testing.TB, d *db.DB) *world {
	tb.Helper()
	w := &world{tb: tb, db: d, clock: testkit.NewClock(tb, "2026-06-15T00:00:00Z"), org: "org_a", zone: time.UTC, currency: "CNY"}
	w.log = timeline.New(w.clock.Now)
	w.svc = New(d, w.clock.Now, w)
	w.svc.SetMeasure(MeasurePorts{People: w, Audience: w, Desk: w.desk()})
	w.svc.waiting = 5 // so that few events are sorted into parts already
	w.runner = timeline.NewRunner(d, w.log, w, slog.New(slog.DiscardHandler), w.clock.Now, w.svc.Subscribers()...)
	return w
}

func (w *world) OrgIDs(context.Context) ([]string, error) { return []string{w.org}, nil }

func (w *world) Settings(context.Context, *db.Tx, string) (OrgSettings, error) {
	return OrgSettings{Zone: w.zone, Currency: w.currency}, nil
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

func (w *world) overview(from, to string) Overview {
	w.tb.Helper()
	o, err := w.svc.Overview(context.Background(), w.org, from, to)
	w.must(err)
	return o
}

func (w *world) cohorts(from, to string) Cohorts {
	w.tb.Helper()
	c, err := w.svc.Cohorts(context.Background(), w.org, from, to)
	w.must(err)
	return c
}

func at(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		panic(err)
	}
	return t
}

func created(person string, t time.Time) timeline.Fact {
	return timeline.Fact{Kind: poolevent.Created, PersonID: person, OccurredAt: t, Data: poolevent.Person{}}
}

func order(person string, t time.Time, o mallevent.Order) timeline.Fact {
	return timeline.Fact{Kind: mallevent.OrderPaid, PersonID: person, OccurredAt: t, Data: o}
}

func refund(person string, t time.Time, amount int64) timeline.Fact {
	return timeline.Fact{Kind: mallevent.OrderRefunded, PersonID: person, OccurredAt: t, Data: mallevent.Refund{RefundID: "r", AmountMinor: amount, Currency: "CNY"}}
}

func merged(winner, loser string, members ...string) timeline.Fact {
	return timeline.Fact{Kind: poolevent.Merged, PersonID: winner, Data: poolevent.Merge{MergeID: "m", WinnerID: winner, LoserID: loser, Members: append([]string{loser}, members...)}}
}

func split(winner, loser string, members ...string) timeline.Fact {
	f := merged(winner, loser, members...)
	f.Kind = poolevent.Split
	return f
}

// events reads the log of the org as it is stored.
func (w *world) events() (out []timeline.Event) {
	w.tb.Helper()
	w.must(w.db.Read(context.Background(), w.org, func(tx *db.Tx) error {
		return tx.Each(context.Background(), func(rows *sql.Rows) error {
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
