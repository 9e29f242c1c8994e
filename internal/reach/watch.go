package reach

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// The machine's clock decides who sleeps, what counts as today and which plans
// are over. It may be wrong: set by hand, by a host that is wrong itself, or
// when a machine is thawed. A watch goes on beside it by what time has passed,
// which no setting changes; while the two disagree nothing is sent, and time
// goes on as the watch has it, so that nothing that is written down is wrong.
const (
	clockPlay  = 2 * time.Minute  // so far apart they may be
	clockTrial = 20 * time.Minute // after so long the clock is believed: whoever keeps it right would have put it back
)

// watch tells whether the clock can be believed.
type watch struct {
	wall   clock.Clock
	steady func() time.Duration // time that has passed since whenever; nil: the clock is believed

	mu    sync.Mutex
	known time.Time     // a time that was believed
	when  time.Duration // and when that was
	doubt *doubt        // nil: the clock is believed
}

// doubt is that the clock shows another time than the one that has passed.
type doubt struct {
	off   time.Duration // how far it is ahead
	since time.Duration // by what has passed
	why   string
}

// Why the clock is not believed.
const (
	ClockJumped   = "jumped"   // it shows another time than the one that has passed
	ClockBehind   = "behind"   // it shows a time before one that was seen
	ClockDatabase = "database" // the database has another time
)

func newWatch(wall clock.Clock, steady func() time.Duration) *watch {
	w := &watch{wall: wall, steady: steady}
	if steady != nil {
		w.known, w.when = wall().Round(0), steady()
	}
	return w
}

// now is the time, as far as it can be believed.
func (w *watch) now() time.Time {
	t, _ := w.look()
	return t
}

// look tells the time, and why the clock is not believed.
func (w *watch) look() (time.Time, *doubt) {
	if w.steady == nil {
		return w.wall(), nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now, passed := w.wall(), w.steady()
	expected := w.known.Add(passed - w.when)
	off := now.Round(0).Sub(expected)
	d := w.doubt
	switch {
	case d != nil && d.why == ClockDatabase: // only the database can end it
	case off.Abs() <= clockPlay, d != nil && (d.off-off).Abs() <= clockPlay && passed-d.since >= clockTrial:
		w.known, w.when, w.doubt = now.Round(0), passed, nil
		return now, nil
	case d == nil || (d.off-off).Abs() > clockPlay: // it has moved, or again
		w.doubt = &doubt{off: off, since: passed, why: ClockJumped}
	}
	known := *w.doubt
	return expected, &known
}

// suspect begins to doubt the clock for another reason than that it jumped. True
// is the time that others believe; the zero time: nobody knows.
func (w *watch) suspect(why string, truth time.Time) {
	if w.steady == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	passed := w.steady()
	if w.doubt == nil || w.doubt.why != why {
		w.doubt = &doubt{since: passed, why: why}
	}
	w.known, w.when = truth.Round(0), passed
	w.doubt.off = w.wall().Round(0).Sub(truth)
}

// believe ends all doubt: the clock is right.
func (w *watch) believe() {
	if w.steady == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.known, w.when, w.doubt = w.wall().Round(0), w.steady(), nil
}

// watchClock looks after the clock beside the outbox: at the beginning and from
// time to time.
func (s *Service) watchClock(ctx context.Context) {
	if s.watch.steady == nil {
		return
	}
	_, before := s.watch.look()
	s.askDatabase(ctx)
	_, after := s.watch.look()
	switch {
	case before == nil && after != nil, after != nil && before.why != after.why:
		s.logger.ErrorContext(ctx, "the clock cannot be believed; nothing is sent until it can", "why", after.why, "off", after.off.Round(time.Second).String())
	case before != nil && after == nil:
		s.logger.WarnContext(ctx, "the clock is believed again; sending goes on")
		s.ring()
	}
	if after == nil {
		s.noteClock(ctx)
	}
}

// askDatabase compares the clock with that of the database's server, which is
// another machine's, or at least another witness. An embedded database has none.
func (s *Service) askDatabase(ctx context.Context) {
	if s.db.Engine() != db.Postgres {
		return
	}
	var micros int64
	err := s.db.Read(ctx, db.AllOrgs, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)").Scan(&micros)
	})
	if err != nil {
		if ctx.Err() == nil {
			s.logger.WarnContext(ctx, "the database was not asked for the time, will try again", "error", err)
		}
		return
	}
	s.compare(clock.Time(micros))
}

// compare weighs the clock against another.
func (s *Service) compare(other time.Time) {
	_, d := s.watch.look()
	agree := s.watch.wall().Sub(other).Abs() <= clockPlay
	switch {
	case agree && d != nil: // two clocks that agree are right
		s.watch.believe()
	case !agree && (d == nil || d.why == ClockDatabase):
		s.watch.suspect(ClockDatabase, other)
	}
}

const seenFile = "clock"

// noteClock writes down what time it was, for the next process on this machine.
func (s *Service) noteClock(ctx context.Context) {
	if s.o.Journal == "" {
		return
	}
	path := filepath.Join(s.o.Journal, seenFile)
	err := os.WriteFile(path+"."+s.node, []byte(strconv.FormatInt(s.micros(), 10)), 0o600)
	if err == nil {
		err = os.Rename(path+"."+s.node, path)
	}
	if err != nil {
		s.logger.WarnContext(ctx, "what time it is could not be noted", "error", err)
	}
}

// recallClock compares the clock with the last time that a process on this
// machine noted. Before that it cannot be; long after, nobody ran for a while.
func (s *Service) recallClock() {
	if s.o.Journal == "" {
		return
	}
	text, err := os.ReadFile(filepath.Join(s.o.Journal, seenFile))
	if err != nil {
		return // the first
	}
	micros, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if seen := clock.Time(micros); err == nil && s.watch.wall().Add(clockPlay).Before(seen) {
		s.watch.suspect(ClockBehind, seen)
	}
}

// ClockStatus tells whether the machine's clock is believed.
type ClockStatus struct {
	Believed   bool       `json:"believed"`
	Why        string     `json:"why" enum:",jumped,behind,database" doc:"jumped: it shows another time than the one that has passed; behind: a time before one that was seen; database: the database's server has another"`
	Text       string     `json:"text"`
	OffSeconds int64      `json:"off_seconds" doc:"How far the clock is ahead of the time that is believed"`
	Now        time.Time  `json:"now" doc:"The time that is believed"`
	BelievedAt *time.Time `json:"believed_at" doc:"When the clock is believed by itself if it stays so, by the time that is believed; null: not by itself"`
}

// Clock tells whether the clock of the machine that answers is believed. While
// it is not, that machine sends nothing.
func (s *Service) Clock(ctx context.Context) ClockStatus {
	now, d := s.watch.look()
	out := ClockStatus{Believed: d == nil, Now: now}
	if d == nil {
		return out
	}
	out.Why, out.OffSeconds = d.why, int64(d.off/time.Second)
	if d.why != ClockDatabase {
		at := now.Add(max(0, clockTrial-(s.watch.steady()-d.since)))
		out.BelievedAt = &at
	}
	out.Text = clockTexts[d.why].In(i18n.From(ctx))
	return out
}

var clockTexts = map[string]i18n.Text{
	ClockJumped:   i18n.T("服务器时钟突然跳变，暂停发送；若时钟无误可确认后继续，否则请校准", "The server's clock has jumped; nothing is sent. Say that it is right to go on, or set it right"),
	ClockBehind:   i18n.T("服务器时钟早于上次运行的时间，暂停发送；若时钟无误可确认后继续，否则请校准", "The server's clock shows a time before it last ran; nothing is sent. Say that it is right to go on, or set it right"),
	ClockDatabase: i18n.T("服务器与数据库的时钟不一致，暂停发送；请校准其中不准的一个", "The server's clock and the database's differ; nothing is sent. Set right the one that is wrong"),
}

// BelieveClock lets sending go on by the clock as it is. When it differs from
// the database's that is found out anew: errs.CodeConflict. So it is where several
// brands share the server: none of them says for the others' customers that it is
// not night.
func (s *Service) BelieveClock(ctx context.Context) (ClockStatus, error) {
	a := actor(ctx)
	orgs, err := s.Orgs.OrgIDs(ctx)
	if err != nil {
		return ClockStatus{}, err
	}
	_, d := s.watch.look()
	if d != nil && len(orgs) > 1 {
		return ClockStatus{}, errs.Conflict(i18n.T("这台服务器上有多家企业，不能由一家替其他企业确认时钟；请校准服务器时钟，若时钟无误，不再变动 20 分钟后会自动继续发送",
			"Several brands share this server, and none can say for the others that its clock is right. Set the clock right; if it is, sending goes on by itself once it has stayed so for 20 minutes"))
	}
	if d != nil && d.why == ClockDatabase {
		return ClockStatus{}, errs.Conflict(clockTexts[ClockDatabase])
	}
	if d != nil {
		if err := s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
			return s.Auditor.Audit(ctx, tx, "reach.clock_believed", "clock", "", map[string]int64{"off_seconds": int64(d.off / time.Second)})
		}); err != nil {
			return ClockStatus{}, err
		}
		s.watch.believe()
		s.ring()
	}
	return s.Clock(ctx), nil
}
