package economics

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/insight"
	"fishpond/internal/insight/behind"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

var schema = testkit.Migrations(timeline.Migration, insight.Migration)

const org = "org_a"

// world is the module over people who are told to it.
type world struct {
	tb       testing.TB
	db       *db.DB
	clock    *testkit.Clock
	svc      *Service
	api      *testkit.API
	ledger   Ledger
	walks    []Walk
	refusal  string // of values
	active   []uint32
	segments map[string][]uint32
	audits   testkit.Audits
	drawn    int
	revision int64
}

func newWorld(tb testing.TB, d *db.DB) *world {
	tb.Helper()
	w := &world{tb: tb, db: d, clock: testkit.NewClock(tb, "2026-06-15T04:00:00Z"), refusal: "too_few", segments: map[string][]uint32{}}
	w.ledger = Ledger{Sources: map[int64]Source{1: {Channels: []string{"chn_1"}, Staff: "stf_1", Account: "acc_1"}, 2: {Channels: []string{"chn_2"}}},
		Channels: []Channel{{ID: "chn_1", Name: "Stream", Level: "platform", Path: []string{"Stream"}}, {ID: "chn_2", Name: "Video", Level: "platform", Path: []string{"Video"}}},
		Names:    map[string]string{"stf_1": "Ann"}, Accounts: map[string]string{}}
	w.svc = New(d, w.clock.Now, Ports{Orgs: w, Acquisition: w, Streams: w, People: w, Desk: &behind.Desk{Ports: w, Now: w.clock.Now, Log: slog.New(slog.DiscardHandler)}, Auditor: w})
	w.api = testkit.NewAPI(w.svc.Routes, append([]access.Permission{{Key: "segment.write", Roles: []string{"owner"}}, {Key: "insight.read", Roles: []string{"owner", "operator", "finance", "viewer"}}}, Permissions...))
	return w
}

func (w *world) OrgIDs(context.Context) ([]string, error) { return []string{org}, nil }

func (w *world) Settings(context.Context, *db.Tx, string) (insight.OrgSettings, error) {
	return insight.OrgSettings{Zone: time.UTC, Currency: "CNY"}, nil
}

func (w *world) Revision(context.Context, *db.Tx, string) (int64, int64, error) {
	return w.revision, int64(len(w.walks)), nil
}

func (w *world) Ledger(_ context.Context, _ *db.Tx, _ string, from, to int64) (Ledger, error) {
	out := w.ledger
	out.Costs = nil
	for _, c := range w.ledger.Costs {
		if c.Month >= from && c.Month <= to {
			out.Costs = append(out.Costs, c)
		}
	}
	return out, nil
}

func (w *world) EachWalk(_ context.Context, _ *db.Tx, _ string, fn func(*Walk) error) error {
	w.drawn++
	for i := range w.walks {
		if err := fn(&w.walks[i]); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) CostMonths(context.Context, *db.Tx, string) (first, last int64, ok bool, err error) {
	for i, c := range w.ledger.Costs {
		if i == 0 {
			first, last, ok = c.Month, c.Month, true
		}
		first, last = min(first, c.Month), max(last, c.Month)
	}
	return first, last, ok, nil
}

func (w *world) Active(context.Context, *db.Tx, string, []string, time.Time, time.Time) (*roaring.Bitmap, *time.Time, error) {
	if w.active == nil {
		return roaring.New(), nil, nil
	}
	now := w.clock.Now()
	return roaring.BitmapOf(w.active...), &now, nil
}

func (w *world) ValueState(context.Context, *db.Tx, string) (string, bool, int64, error) {
	return w.refusal, w.refusal == "", 1, nil
}

func (w *world) Numbers(_ context.Context, _ *db.Tx, _ string, ids []string) (map[string]uint32, error) {
	out := map[string]uint32{}
	for i := range w.walks {
		for _, id := range ids {
			if w.walks[i].PersonID == id {
				out[id] = uint32(i + 1) //nolint:gosec // few
			}
		}
	}
	return out, nil
}

func (w *world) Persons(_ context.Context, _ string, seqs []uint32) ([]behind.PersonBehind, error) {
	var out []behind.PersonBehind
	for _, s := range seqs {
		out = append(out, behind.PersonBehind{Seq: s, ID: w.walks[s-1].PersonID})
	}
	return out, nil
}

func (w *world) SaveSegment(_ context.Context, _, name, _ string, seqs []uint32) (string, error) {
	w.segments[name] = seqs
	return "seg_1", nil
}

func (w *world) Exported(_ context.Context, _, list string, detail any) error {
	return w.audits.Add("people.exported", list, detail)
}

func (w *world) Audit(_ context.Context, _ *db.Tx, action, _, id string, detail any) error {
	return w.audits.Add(action, id, detail)
}

// at is a moment; days are counted from the first of January 2026.
func at(days int64) int64 {
	return time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC).UnixMicro() + days*dayMicros
}

func month(year, m int64) int64 { return year*12 + m - 1 }

// came is somebody won by a source on a day, with orders of 100.00 each on
// other days.
func came(id string, source, day int64, orders ...int64) Walk {
	w := Walk{PersonID: id, Source: source, At: at(day)}
	if source == 0 {
		w.At = 0
	}
	for _, d := range orders {
		w.Orders = append(w.Orders, Order{At: at(d), AmountMinor: 10_000})
	}
	return w
}

func english() context.Context { return i18n.With(context.Background(), i18n.EN) }

// onEngines runs a test on every engine.
func onEngines(t *testing.T, test func(t *testing.T, d *db.DB)) {
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) { test(t, testkit.Open(t, e, schema)) })
	}
}
