package hook

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/ids"
)

// How a call stands.
const (
	waiting   = "waiting"
	done      = "done"
	failed    = "failed"
	cancelled = "cancelled"
)

// Enqueue asks for calls, in the transaction of the steps that make them. What was
// asked for before under the same identity stays as it is.
func (c *Caller) Enqueue(ctx context.Context, tx *db.Tx, orgID string, all ...Call) error {
	if len(all) == 0 {
		return nil
	}
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b Call) int {
		if d := strings.Compare(a.RunID, b.RunID); d != 0 {
			return d
		}
		return int(a.Visit - b.Visit)
	})
	n := len(all)
	text, whole := map[string][]string{}, map[string][]int64{}
	hosts := map[string]bool{}
	now := clock.Micros(c.now())
	for _, one := range all {
		one.Message.Event, one.Message.ID = EventStep, Key(one.RunID, one.Visit)
		body, err := one.Message.encode()
		if err != nil {
			return fmt.Errorf("hook: %w", err)
		}
		host := hostOf(one.URL)
		hosts[host] = true
		for column, v := range map[string]string{"run_id": one.RunID, "journey_id": one.JourneyID, "step": one.Step, "person_id": one.PersonID, "host": host, "url": one.URL, "secret": one.Secret, "body": body} {
			text[column] = append(text[column], v)
		}
		for column, v := range map[string]int64{"visit": one.Visit, "attempts": 0, "due_at": now, "off": 0, "answered": 0, "created_at": now, "settled_at": 0} {
			whole[column] = append(whole[column], v)
		}
	}
	cols := []db.Column{db.Same("org_id", orgID, n), db.Same("status", waiting, n), db.Same("claim", "", n), db.Same("why", "", n), db.Same("answer", "", n)}
	for _, column := range []string{"run_id", "journey_id", "step", "person_id", "host", "url", "secret", "body"} {
		cols = append(cols, db.Text(column, text[column]))
	}
	for _, column := range []string{"visit", "attempts", "due_at", "off", "answered", "created_at", "settled_at"} {
		cols = append(cols, db.Int(column, whole[column]))
	}
	if _, err := tx.BulkInsert(ctx, "journey_call", "ON CONFLICT (org_id, run_id, visit) DO NOTHING", cols...); err != nil {
		return err
	}
	for host := range hosts {
		if _, err := tx.Exec(ctx, "INSERT INTO journey_host (org_id, host, fails, open_until) VALUES (?, ?, 0, 0) ON CONFLICT (org_id, host) DO NOTHING", orgID, host); err != nil {
			return err
		}
	}
	tx.OnCommit(c.Ring)
	return nil
}

// CallOff withdraws the calls of runs that end: what waits is not made, and what
// is being made right now is not tried again. Nobody is told of them any more. It
// says how many had not been made yet.
func (c *Caller) CallOff(ctx context.Context, tx *db.Tx, orgID string, runIDs ...string) (n int64, err error) {
	if len(runIDs) == 0 {
		return 0, nil
	}
	in, arg := tx.In("run_id", runIDs)
	if n, err = tx.Changed(ctx, "UPDATE journey_call SET status = 'cancelled', why = ?, body = '', secret = '', settled_at = ? WHERE org_id = ? AND status = 'waiting' AND claim = '' AND "+in,
		WhyOff, clock.Micros(c.now()), orgID, arg); err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, "UPDATE journey_call SET off = 1 WHERE org_id = ? AND status = 'waiting' AND "+in, orgID, arg)
	return n, err
}

// Forget removes everything about persons.
func (c *Caller) Forget(ctx context.Context, tx *db.Tx, orgID string, personIDs ...string) error {
	in, arg := tx.In("person_id", personIDs)
	_, err := tx.Exec(ctx, "DELETE FROM journey_call WHERE org_id = ? AND "+in, orgID, arg)
	return err
}

// waitingPlace is a place with something to do.
type waitingPlace struct {
	place
	probe bool // it has not answered lately: one call tells whether it does now
	shut  bool // it is left alone, but somebody has waited for too long
}

// ill is after how many failures in a row a place is left alone for a while.
const ill = 5

// due lists places with calls that are due.
func (c *Caller) due(ctx context.Context) (out []waitingPlace, err error) {
	now := clock.Micros(c.now())
	err = c.db.Read(ctx, db.AllOrgs, func(tx *db.Tx) error {
		out = nil
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var p waitingPlace
			var fails, until int64
			err := rows.Scan(&p.orgID, &p.host, &fails, &until)
			p.probe, p.shut = fails >= ill, until > now
			out = append(out, p)
			return err
		}, `SELECT h.org_id, h.host, h.fails, h.open_until FROM journey_host h
			WHERE h.open_until <= ? AND EXISTS (SELECT 1 FROM journey_call c WHERE c.org_id = h.org_id AND c.host = h.host AND c.status = 'waiting' AND c.due_at <= ?)
			OR h.open_until > ? AND EXISTS (SELECT 1 FROM journey_call c WHERE c.org_id = h.org_id AND c.host = h.host AND c.status = 'waiting' AND c.due_at <= ? AND c.created_at <= ?)
			ORDER BY h.org_id, h.host`, now, now, now, now, now-Patience.Microseconds())
	})
	return out, err
}

// claimed is a call that is being made.
type claimed struct {
	place
	runID    string
	visit    int64
	url      string
	secret   string
	body     string
	attempts int64 // this one included
	claim    string
}

// claim takes calls of a place. They are due again when whoever took them has not
// told in time what came of them.
func (c *Caller) claim(ctx context.Context, p place, most int) (out []*claimed, err error) {
	now := c.now()
	claim := ids.New("clm")
	err = c.db.Write(ctx, p.orgID, func(tx *db.Tx) error {
		out = nil
		lock := ""
		if tx.Engine() == db.Postgres {
			lock = " FOR UPDATE SKIP LOCKED"
		}
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			one := &claimed{place: p, claim: claim}
			err := rows.Scan(&one.runID, &one.visit, &one.url, &one.secret, &one.body, &one.attempts)
			one.attempts++
			out = append(out, one)
			return err
		}, "SELECT run_id, visit, url, secret, body, attempts FROM journey_call WHERE org_id = ? AND host = ? AND status = 'waiting' AND due_at <= ? AND off = 0 ORDER BY due_at LIMIT ?"+lock,
			p.orgID, p.host, clock.Micros(now), most); err != nil {
			return err
		}
		for _, one := range out {
			if _, err := tx.Exec(ctx, "UPDATE journey_call SET attempts = ?, claim = ?, due_at = ? WHERE org_id = ? AND run_id = ? AND visit = ?",
				one.attempts, claim, clock.Micros(now.Add(lease)), p.orgID, one.runID, one.visit); err != nil {
				return err
			}
		}
		// Called off while its maker died.
		_, err := tx.Exec(ctx, "UPDATE journey_call SET status = 'cancelled', why = ?, body = '', secret = '', settled_at = ? WHERE org_id = ? AND host = ? AND status = 'waiting' AND off = 1 AND due_at <= ?",
			WhyOff, clock.Micros(now), p.orgID, p.host, clock.Micros(now))
		return err
	})
	return out, err
}

// make makes one call and stores what came of it.
func (c *Caller) make(ctx context.Context, one *claimed) {
	r := c.try(ctx, one)
	if ctx.Err() != nil {
		return // we are stopping: it is made again when its time is over
	}
	err := c.settle(ctx, one, r)
	if err != nil && ctx.Err() == nil {
		c.log.WarnContext(ctx, "what came of a webhook could not be stored; it will be called again with the same key", "host", one.host, "error", err)
	} else if r.why != "" {
		c.log.InfoContext(ctx, "webhook failed", "host", one.host, "why", r.why, "status", r.status, "attempt", one.attempts)
	}
}

func (c *Caller) settle(ctx context.Context, one *claimed, r result) error {
	now := c.now()
	wait, retry := next(one.attempts, r)
	return c.db.Write(ctx, one.orgID, func(tx *db.Tx) error {
		if err := c.health(ctx, tx, one.place, r, now); err != nil {
			return err
		}
		if retry {
			n, err := tx.Changed(ctx, "UPDATE journey_call SET claim = '', due_at = ?, answered = ?, why = ?, answer = ? WHERE org_id = ? AND run_id = ? AND visit = ? AND status = 'waiting' AND claim = ? AND off = 0",
				clock.Micros(now.Add(wait)), r.status, r.why, r.answer, one.orgID, one.runID, one.visit, one.claim)
			if err != nil || n > 0 {
				return err
			}
		}
		status := done
		if r.why != "" {
			status = failed
		}
		n, err := tx.Changed(ctx, "UPDATE journey_call SET status = CASE WHEN off = 1 AND ? = 'failed' THEN 'cancelled' ELSE ? END, claim = '', answered = ?, why = ?, answer = ?, body = '', secret = '', settled_at = ? WHERE org_id = ? AND run_id = ? AND visit = ? AND status = 'waiting' AND claim = ?",
			status, status, r.status, r.why, r.answer, clock.Micros(now), one.orgID, one.runID, one.visit, one.claim)
		if err != nil || n == 0 { // somebody else has taken it since
			return err
		}
		return c.runs.Settled(ctx, tx, one.orgID, []Outcome{{RunID: one.runID, Visit: one.visit, OK: r.why == "", Why: r.why, Status: r.status}})
	})
}

// health notes how it stands with a place. One that fails ill times in a row is
// left alone for a minute, then tried with a single call, then for two minutes, up
// to ten.
func (c *Caller) health(ctx context.Context, tx *db.Tx, p place, r result, now time.Time) error {
	if !r.ill {
		_, err := tx.Exec(ctx, "UPDATE journey_host SET fails = 0, open_until = 0 WHERE org_id = ? AND host = ? AND fails > 0", p.orgID, p.host)
		return err
	}
	// What was begun before it was left alone tells nothing new.
	var fails int64
	err := tx.QueryRow(ctx, "UPDATE journey_host SET fails = fails + 1 WHERE org_id = ? AND host = ? AND open_until <= ? RETURNING fails", p.orgID, p.host, clock.Micros(now)).Scan(&fails)
	switch {
	case db.IsNoRows(err):
		return nil
	case err != nil:
		return err
	case fails < ill:
		return nil
	}
	pause := min(time.Minute<<min(fails-ill, 10), 10*time.Minute)
	_, err = tx.Exec(ctx, "UPDATE journey_host SET open_until = ? WHERE org_id = ? AND host = ?", clock.Micros(now.Add(pause)), p.orgID, p.host)
	return err
}

// mostGivenUp is how many calls are given up in a transaction.
const mostGivenUp = 500

// giveUp fails the calls that have waited for a place that answers nobody for
// longer than Patience: the people of the journey do not stand there for ever.
func (c *Caller) giveUp(ctx context.Context, p place) error {
	now := clock.Micros(c.now())
	return c.db.Write(ctx, p.orgID, func(tx *db.Tx) error {
		var over []Outcome
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			o := Outcome{Why: WhyClosed}
			err := rows.Scan(&o.RunID, &o.Visit, &o.Status)
			over = append(over, o)
			return err
		}, "SELECT run_id, visit, answered FROM journey_call WHERE org_id = ? AND host = ? AND status = 'waiting' AND due_at <= ? AND created_at <= ? ORDER BY due_at LIMIT ?",
			p.orgID, p.host, now, now-Patience.Microseconds(), mostGivenUp); err != nil {
			return err
		}
		settled := over[:0]
		for _, o := range over {
			n, err := tx.Changed(ctx, "UPDATE journey_call SET status = CASE WHEN off = 1 THEN 'cancelled' ELSE 'failed' END, claim = '', why = ?, body = '', secret = '', settled_at = ? WHERE org_id = ? AND run_id = ? AND visit = ? AND status = 'waiting' AND due_at <= ?",
				WhyClosed, now, p.orgID, o.RunID, o.Visit, now)
			if err != nil {
				return err
			}
			if n > 0 {
				settled = append(settled, o)
			}
		}
		if len(settled) == 0 {
			return nil
		}
		return c.runs.Settled(ctx, tx, p.orgID, settled)
	})
}

// sweep forgets calls that were settled long ago.
func (c *Caller) sweep(ctx context.Context) error {
	before := clock.Micros(c.now().Add(-keep))
	var orgs []string
	if err := c.db.Read(ctx, db.AllOrgs, func(tx *db.Tx) error {
		orgs = nil
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var org string
			err := rows.Scan(&org)
			orgs = append(orgs, org)
			return err
		}, "SELECT DISTINCT org_id FROM journey_host")
	}); err != nil {
		return err
	}
	for _, org := range orgs {
		for n := int64(1); n > 0; {
			if err := c.db.Write(ctx, org, func(tx *db.Tx) (err error) {
				n, err = tx.Changed(ctx, `DELETE FROM journey_call WHERE org_id = ? AND (run_id, visit) IN
					(SELECT run_id, visit FROM journey_call WHERE org_id = ? AND status <> 'waiting' AND settled_at < ? LIMIT 1000)`, org, org, before)
				return err
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Status is how a call stands, for the page that shows a person's way.
type Status struct {
	Status    string     `json:"status" enum:"waiting,done,failed,cancelled"`
	Attempts  int64      `json:"attempts"`
	Answered  int64      `json:"answered,omitempty" doc:"Status of the last answer"`
	Why       string     `json:"why,omitempty"`
	Answer    string     `json:"answer,omitempty" doc:"How the answer began, of one that failed"`
	NextAt    *time.Time `json:"next_at,omitempty"`
	SettledAt *time.Time `json:"settled_at,omitempty"`
}

// Of tells how the calls of a run stand, by visit.
func (c *Caller) Of(ctx context.Context, tx *db.Tx, orgID, runID string) (map[int64]Status, error) {
	out := map[int64]Status{}
	err := tx.Each(ctx, func(rows *sql.Rows) error {
		var s Status
		var visit, due, settled int64
		if err := rows.Scan(&visit, &s.Status, &s.Attempts, &s.Answered, &s.Why, &s.Answer, &due, &settled); err != nil {
			return err
		}
		if s.SettledAt = clock.Ptr(settled); s.Status == waiting {
			s.NextAt = clock.Ptr(due)
		}
		out[visit] = s
		return nil
	}, "SELECT visit, status, attempts, answered, why, answer, due_at, settled_at FROM journey_call WHERE org_id = ? AND run_id = ?", orgID, runID)
	return out, err
}
