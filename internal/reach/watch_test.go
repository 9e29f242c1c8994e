package reach

import (
	"log/slog"
	"maps"
	"os"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
)

// clocks are a clock that somebody sets and one that nobody can.
type clocks struct {
	passed time.Duration
	off    time.Duration
	began  time.Time
}

func (c *clocks) wall() time.Time       { return c.began.Add(c.passed + c.off) }
func (c *clocks) steady() time.Duration { return c.passed }

// watched is a world whose clock can be wrong. Its true time is that of w.clock.
func (w *world) watched(o Options) *clocks {
	c := &clocks{began: w.clock.Now()}
	o.Steady = c.steady
	w.s = New(w.d, w.log, c.wall, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError + 4})), w.s.Ports, o)
	return c
}

// pass lets time pass, on all clocks.
func (w *world) pass(c *clocks, d time.Duration) {
	c.passed += d
	w.clock.Advance(d)
}

// A clock that jumps is not believed: nothing is sent, nothing expires and no
// limit is used up or forgotten, until it is right again, or stays so for long.
func TestClockJumps(t *testing.T) {
	for name, off := range map[string]time.Duration{"ahead": 24 * time.Hour, "back": -24 * time.Hour, "by three hours": 3 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
				w := newWorld(t, d)
				c := w.watched(Options{})
				w.put(func(s *Settings) {
					s.Quiet.Enabled, s.Caps = true, []CapSetting{{"all", 1, "day"}}
					s.Attention = Attention{Enabled: true, Size: 2, PerDay: 1}
				})
				w.plan("pln_1", nil, mailTo("per_1")...)
				w.plan("pln_short", func(p *Plan) { p.EndAt = w.clock.Now().Add(20 * time.Hour) }, mailTo("per_1", "per_2")...)
				w.send()
				want := map[string]string{"per_1": "waiting:cap", "per_2": "sent"}
				if got := w.states("pln_short"); got["per_2"] != "sent" || got["per_1"] == "sent" {
					t.Fatal(got)
				}
				before := w.states("pln_short")
				c.off = off
				w.pass(c, time.Minute)
				w.plan("pln_2", nil, mailTo("per_3")...)
				w.sendByClock()
				if got := w.states("pln_2"); got["per_3"] != "planned" || !maps.Equal(w.states("pln_short"), before) {
					t.Fatalf("%v %v, want %v", got, w.states("pln_short"), want)
				}
				st := w.s.Clock(w.ctx())
				if st.Believed || st.Why != ClockJumped || st.Text == "" || st.OffSeconds != int64(off/time.Second) || !st.Now.Equal(w.clock.Now()) || st.BelievedAt == nil {
					t.Errorf("%+v", st)
				}
				c.off = 0 // somebody has put it right
				w.sendByClock()
				if got := w.states("pln_2"); got["per_3"] != "sent" || len(w.ocean.got) != 3 {
					t.Fatal(got, w.ocean.got)
				}
				if !maps.Equal(w.states("pln_short"), before) {
					t.Errorf("%v, before %v", w.states("pln_short"), before)
				}
				// Now it is put and stays: it is believed, in the end.
				w.plan("pln_3", nil, mailTo("per_4")...)
				c.off = 2 * time.Hour // still day
				w.sendByClock()
				w.pass(c, clockTrial-time.Minute)
				w.sendByClock()
				if got := w.states("pln_3"); got["per_4"] != "planned" {
					t.Fatal(got)
				}
				w.pass(c, 2*time.Minute)
				w.sendByClock()
				if got := w.states("pln_3"); got["per_4"] != "sent" || !w.s.Clock(w.ctx()).Believed {
					t.Fatal(got)
				}
			})
		})
	}
}

// sendByClock is what Run does: nothing, while the clock is not believed.
func (w *world) sendByClock() {
	w.t.Helper()
	if w.s.dueByClock(w.ctx()) != nil {
		w.send()
	}
}

// Staff can say that the clock is right; then it is.
func TestClockIsSaidToBeRight(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.watched(Options{})
		w.put(nil)
		w.plan("pln_1", nil, mailTo("per_1")...)
		c.off = 72 * time.Hour
		if b, err := w.s.claim(w.ctx(), org, "pln_1"); b != nil || err != nil { // a claim by itself looks at the clock, too
			t.Fatal(b, err)
		}
		if got := w.states("pln_1"); got["per_1"] != "planned" {
			t.Fatal(got)
		}
		w.others = []string{"org_b"} // whose customers may be asleep
		if _, err := w.s.BelieveClock(w.ctx()); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("one of two brands: %v", err)
		}
		w.others = nil
		st, err := w.s.BelieveClock(w.ctx())
		if err != nil || !st.Believed || !st.Now.Equal(c.wall()) || w.audit[len(w.audit)-1] != "reach.clock_believed" {
			t.Fatalf("%+v %v %v", st, err, w.audit)
		}
		w.send()
		if got := w.states("pln_1"); got["per_1"] != "sent" {
			t.Fatal(got)
		}
	})
}

// Another clock that agrees ends the doubt; one that does not begins one, which
// nobody but it can end.
func TestClockOfTheDatabase(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.watched(Options{})
		c.off = 24 * time.Hour
		if w.s.Clock(w.ctx()).Believed {
			t.Fatal("it has jumped")
		}
		w.s.compare(c.wall().Add(time.Second))
		if !w.s.Clock(w.ctx()).Believed {
			t.Fatal("two clocks agree")
		}
		w.s.compare(c.wall().Add(-time.Hour))
		w.pass(c, 2*clockTrial)
		if st := w.s.Clock(w.ctx()); st.Believed || st.Why != ClockDatabase || st.OffSeconds != 3600 || st.BelievedAt != nil {
			t.Fatalf("%+v", st)
		}
		if _, err := w.s.BelieveClock(w.ctx()); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("%v", err)
		}
		w.s.compare(c.wall())
		if !w.s.Clock(w.ctx()).Believed {
			t.Error("they agree again")
		}
		// The database is asked for its time, which is not that of this test.
		w.s.watchClock(w.ctx())
		if st := w.s.Clock(w.ctx()); st.Believed != (d.Engine() == db.SQLite) || st.Why == ClockJumped {
			t.Errorf("%+v", st)
		}
	})
}

// A process that begins before its predecessor ended does not believe its clock.
func TestClockBehindTheLastProcess(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		dir := t.TempDir()
		w.watched(Options{Journal: dir})
		w.s.noteClock(w.ctx())
		for name, c := range map[string]struct {
			off      time.Duration
			believed bool
		}{"at once": {0, true}, "a day later": {24 * time.Hour, true}, "a day before": {-24 * time.Hour, false}} {
			next := &clocks{began: w.clock.Now(), off: c.off}
			s := New(d, w.log, next.wall, w.s.logger, w.s.Ports, Options{Journal: dir, Steady: next.steady})
			s.recallClock()
			if got := s.Clock(w.ctx()); got.Believed != c.believed {
				t.Errorf("%s: %+v", name, got)
			}
			next.off = 0
			if got := s.Clock(w.ctx()); !got.Believed && !c.believed {
				t.Errorf("%s, when it was put right: %+v", name, got)
			}
		}
	})
}
