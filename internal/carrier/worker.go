package carrier

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

const (
	workAhead   = 2                // callbacks taken at once, for each that is worked on: what dies with us waits for the lease
	workLease   = 12 * time.Second // how long one may take before another node tries; a welcome can still be in time then
	workWithin  = 10 * time.Second // how long one takes at most
	workTries   = 8                // then it waits for a human
	workPoll    = time.Second      // how long another node's callbacks may go unseen
	workBackoff = 2 * time.Second  // after a failure of our own
)

// Run works off what comes in, for all orgs, until ctx ends.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(workPoll)
	defer tick.Stop()
	if err := s.reclaim(ctx); err != nil {
		s.logger.WarnContext(ctx, "what the last process had taken waits for its lease", "error", err)
	}
	for {
		if err := s.Tick(ctx); err != nil && ctx.Err() == nil {
			s.logger.ErrorContext(ctx, "carrier work failed, will try again", "error", err)
			_ = s.o.Sleep(ctx, workBackoff) // the loop sees the end of ctx by itself
		}
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-tick.C:
		}
	}
}

// reclaim takes up at once what the process before us was working on. Only
// SQLite has one process at a time; on PostgreSQL it may be another node's.
func (s *Service) reclaim(ctx context.Context) error {
	if s.db.Engine() != db.SQLite {
		return nil
	}
	orgs, err := s.ports.Orgs.OrgIDs(ctx)
	if err != nil {
		return err
	}
	for _, org := range orgs {
		if err := s.db.Write(ctx, org, func(tx *db.Tx) error {
			now := s.micros()
			if _, err := tx.Exec(ctx, "UPDATE carrier_callback SET next_at = ? WHERE org_id = ? AND status = 'stored' AND next_at > ?", now, org, now); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "UPDATE carrier_welcome SET next_at = ? WHERE org_id = ? AND status = 'pending' AND next_at > ?", now, org, now)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// Tick works off everything that is due now, and returns when nothing is.
func (s *Service) Tick(ctx context.Context) error {
	orgs, err := s.orgsWithWork(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, org := range orgs {
		if err := s.workOrg(access.With(ctx, access.ForSystem(org, "carrier")), org); err != nil {
			failed = append(failed, fmt.Errorf("org %s: %w", org, err)) // one brand's trouble is not another's
		}
	}
	return errors.Join(failed...)
}

func (s *Service) orgsWithWork(ctx context.Context) (orgs []string, err error) {
	now := s.micros()
	err = s.db.Read(ctx, db.AllOrgs, func(tx *db.Tx) error {
		orgs = nil
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var org string
			err := rows.Scan(&org)
			orgs = append(orgs, org)
			return err
		}, `SELECT org_id FROM carrier_callback WHERE status = 'stored' AND next_at <= ?
			UNION SELECT org_id FROM carrier_welcome WHERE status = 'pending' AND next_at <= ?
			UNION SELECT org_id FROM carrier_push WHERE status = 'pending' AND next_at <= ?`, now, now, now)
	})
	return orgs, err
}

func (s *Service) workOrg(ctx context.Context, org string) error {
	for ctx.Err() == nil {
		// Welcomes first: they have seconds to live.
		welcomed, err := s.workWelcomes(ctx, org)
		if err != nil {
			return err
		}
		jobs, err := s.claim(ctx, org)
		if err != nil {
			return err
		}
		var g errgroup.Group
		g.SetLimit(s.o.Parallel)
		for _, j := range jobs { // no two of one subject: see claim
			g.Go(func() error { return s.workOne(ctx, j) })
		}
		if err := g.Wait(); err != nil {
			return err
		}
		pushed, err := s.workPushes(ctx, org)
		if err != nil {
			return err
		}
		if len(jobs)+welcomed+pushed == 0 {
			return nil
		}
	}
	return ctx.Err()
}

// job is a callback that this process has taken.
type job struct {
	org, id, account, event string
	occurred, received      int64
	payload                 []byte
	attempts                int64 // this one included; nobody else finishes this attempt
}

// claimable are the ids of callbacks that are due and first in their line.
const claimable = `SELECT c.id FROM carrier_callback c WHERE c.org_id = ? AND c.status = 'stored' AND c.next_at <= ? AND (c.subject = '' OR NOT EXISTS (
				SELECT 1 FROM carrier_callback e WHERE e.org_id = c.org_id AND e.account_id = c.account_id AND e.subject = c.subject AND e.status = 'stored' AND e.id < c.id))
			ORDER BY c.next_at, c.id LIMIT ?`

// claim takes callbacks that are due and first in their line: of one account
// and subject, nothing older is waiting or being worked on.
func (s *Service) claim(ctx context.Context, org string) (jobs []job, err error) {
	now := s.now()
	var due []string
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		due = nil
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			due = append(due, id)
			return err
		}, claimable, org, clock.Micros(now), workAhead*s.o.Parallel)
	})
	if err != nil || len(due) == 0 {
		return nil, err
	}
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		jobs = nil
		where, arg := tx.In("id", due)
		return tx.Each(ctx, func(rows *sql.Rows) error {
			j := job{org: org}
			if err := rows.Scan(&j.id, &j.account, &j.event, &j.occurred, &j.received, &j.payload, &j.attempts); err != nil {
				return err
			}
			jobs = append(jobs, j)
			return nil
		}, `UPDATE carrier_callback SET next_at = ?, attempts = attempts + 1 WHERE org_id = ? AND status = 'stored' AND next_at <= ? AND `+where+`
			RETURNING id, account_id, event, occurred_at, received_at, payload, attempts`, clock.Micros(now.Add(workLease)), org, clock.Micros(now), arg)
	})
	return jobs, err
}

// errLost: another node has taken the callback meanwhile.
var errLost = errors.New("carrier: the callback was taken by another")

// workOne works off one callback. Only the house's own trouble is returned;
// what is wrong with the callback is noted on its row.
func (s *Service) workOne(ctx context.Context, j job) error {
	within, cancel := context.WithTimeout(ctx, workWithin)
	defer cancel()
	err := s.apply(within, j)
	switch {
	case err == nil, errors.Is(err, errLost):
		return nil
	case ctx.Err() != nil: // the process stops: the lease runs out
		return nil
	}
	s.logger.WarnContext(ctx, "callback failed", "account", j.account, "callback", j.id, "event", j.event, "attempt", j.attempts, "error", err)
	status, next := callbackStored, s.now().Add(time.Duration(j.attempts*j.attempts)*time.Second)
	if j.attempts >= workTries && !db.IsTransient(err) {
		status = callbackFailed
	}
	return s.db.Write(ctx, j.org, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE carrier_callback SET status = ?, next_at = ?, error = ? WHERE org_id = ? AND id = ? AND status = 'stored' AND attempts = ?",
			status, clock.Micros(next), oneLine(err.Error(), 500), j.org, j.id, j.attempts)
		return err
	})
}

// finish marks the callback as done in the transaction that holds its effects,
// so that both are or neither is.
func (s *Service) finish(ctx context.Context, tx *db.Tx, j job) error {
	n, err := tx.Changed(ctx, "UPDATE carrier_callback SET status = 'done', error = '', done_at = ? WHERE org_id = ? AND id = ? AND status = 'stored' AND attempts = ?", s.micros(), j.org, j.id, j.attempts)
	if err == nil && n == 0 {
		err = errLost
	}
	return err
}

// apply does what a callback asks for.
func (s *Service) apply(ctx context.Context, j job) error {
	var a *account
	err := s.db.Read(ctx, j.org, func(tx *db.Tx) (err error) {
		a, err = s.accountByID(ctx, tx, j.org, j.account)
		return err
	})
	if err != nil {
		return err
	}
	switch a.kind {
	case KindWecom:
		return s.applyWecom(ctx, a, j)
	case KindOfficial:
		return s.applyOfficial(ctx, a, j)
	}
	return fmt.Errorf("carrier: accounts of kind %s have no callbacks", a.kind)
}
