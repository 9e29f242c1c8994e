package carrier

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
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

// Run works off what comes in, for all orgs, until ctx ends. What goes out
// without haste (tags, remarks) has a round of its own: a hundred slow calls
// must not keep a welcome waiting.
func (s *Service) Run(ctx context.Context) {
	if err := s.reclaim(ctx); err != nil {
		s.logger.WarnContext(ctx, "what the last process had taken waits for its lease", "error", err)
	}
	defer s.chat.bells.close() // whoever waits for a message is let go
	var wg sync.WaitGroup
	wg.Go(func() { s.rounds(ctx, s.wake, s.receiveAll) })
	wg.Go(func() { s.rounds(ctx, s.wakePush, s.pushAll) })
	wg.Go(func() { s.rounds(ctx, s.wakeMass, s.massAll) })
	wg.Go(func() { s.pollAll(ctx) })
	if s.o.BounceListen != "" {
		wg.Go(func() { s.listenBounces(ctx) })
	}
	wg.Wait()
}

// pollAll asks once a minute for what nobody has told of.
func (s *Service) pollAll(ctx context.Context) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.pollKf(ctx); err != nil && ctx.Err() == nil {
			s.logger.WarnContext(ctx, "customer service could not be asked", "error", err)
		}
	}
}

func (s *Service) rounds(ctx context.Context, wake <-chan struct{}, work func(context.Context) error) {
	tick := time.NewTicker(workPoll)
	defer tick.Stop()
	for {
		if err := work(ctx); err != nil && ctx.Err() == nil {
			s.logger.ErrorContext(ctx, "carrier work failed, will try again", "error", err)
			_ = s.o.Sleep(ctx, workBackoff) // the loop sees the end of ctx by itself
		}
		select {
		case <-ctx.Done():
			return
		case <-wake:
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
			if _, err := tx.Exec(ctx, "UPDATE carrier_welcome SET next_at = ? WHERE org_id = ? AND status = 'pending' AND next_at > ?", now, org, now); err != nil {
				return err
			}
			if err := s.reclaimMass(ctx, tx, org, now); err != nil {
				return err
			}
			// What this process sends meanwhile is not the last one's.
			_, err := tx.Exec(ctx, "UPDATE carrier_send SET lease_until = 0 WHERE org_id = ? AND status = 'queued' AND updated_at < ?", org, s.since)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// Tick works off everything that is due now, and returns when nothing is.
func (s *Service) Tick(ctx context.Context) error {
	if err := s.receiveAll(ctx); err != nil {
		return err
	}
	if err := s.pushAll(ctx); err != nil {
		return err
	}
	return s.massAll(ctx)
}

const (
	orgsAtOnce = 4
	turn       = 20 // rounds of one org before the others are looked at again
)

// The orgs that have something to do. Each query uses an index that holds
// nothing but what waits.
const (
	orgsReceiving = `SELECT org_id FROM carrier_callback WHERE status = 'stored' AND next_at <= ? UNION SELECT org_id FROM carrier_welcome WHERE status = 'pending' AND next_at <= ?`
	orgsPushing   = `SELECT DISTINCT org_id FROM carrier_push WHERE status = 'pending' AND next_at <= ?`
)

// receiveAll sends what is left of welcomes and works off callbacks.
func (s *Service) receiveAll(ctx context.Context) error {
	now := s.micros()
	return s.eachOrg(ctx, func(ctx context.Context, org string) (done int, err error) {
		for round := 0; round < turn && ctx.Err() == nil; round++ {
			n, err := s.receiveSome(ctx, org)
			if done += n; err != nil || n == 0 {
				return done, err
			}
		}
		return done, ctx.Err()
	}, orgsReceiving, now, now)
}

// pushAll brings to the platforms what waits for it.
func (s *Service) pushAll(ctx context.Context) error {
	return s.eachOrg(ctx, s.workPushes, orgsPushing, s.micros())
}

// eachOrg gives every org with work its turns until none gets anything done.
// One brand's trouble is not another's.
func (s *Service) eachOrg(ctx context.Context, work func(ctx context.Context, org string) (int, error), query string, args ...any) error {
	for {
		var orgs []string
		if err := s.db.Read(ctx, db.AllOrgs, func(tx *db.Tx) error {
			orgs = nil
			return tx.Each(ctx, func(rows *sql.Rows) error {
				var org string
				err := rows.Scan(&org)
				orgs = append(orgs, org)
				return err
			}, query, args...)
		}); err != nil {
			return err
		}
		var g errgroup.Group
		g.SetLimit(orgsAtOnce)
		var done atomic.Int64
		failed := make([]error, len(orgs))
		for i, org := range orgs {
			g.Go(func() error {
				n, err := work(access.With(ctx, access.ForSystem(org, "carrier")), org)
				done.Add(int64(n))
				if err != nil {
					failed[i] = fmt.Errorf("org %s: %w", org, err)
				}
				return nil
			})
		}
		_ = g.Wait() // the failures are kept by org
		if err := errors.Join(failed...); err != nil || done.Load() == 0 {
			return err
		}
	}
}

// receiveSome does one round for an org, and returns how much there was.
func (s *Service) receiveSome(ctx context.Context, org string) (int, error) {
	// Welcomes first: they have seconds to live.
	welcomed, err := s.workWelcomes(ctx, org)
	if err != nil {
		return 0, err
	}
	jobs, err := s.claim(ctx, org)
	if err != nil {
		return welcomed, err
	}
	var g errgroup.Group
	g.SetLimit(s.o.Parallel)
	for _, j := range jobs { // no two of one subject: see claim
		g.Go(func() error { return s.workOne(ctx, j) })
	}
	return welcomed + len(jobs), g.Wait()
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
	case KindSMS:
		return s.applySMS(ctx, a, j)
	case KindKf:
		return s.applyKf(ctx, a, j)
	case KindOfficial:
		return s.applyOfficial(ctx, a, j)
	}
	return fmt.Errorf("carrier: accounts of kind %s have no callbacks", a.kind)
}
