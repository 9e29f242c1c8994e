package reach

import (
	"context"
	"database/sql"
	"sync"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/reach/journal"
)

// Run is the outbox of this node, until ctx ends: one loop that claims batches
// and a few goroutines that send them.
func (s *Service) Run(ctx context.Context) {
	if s.o.Journal != "" {
		var err error
		if s.journal, err = journal.Open(s.o.Journal, s.node); err != nil {
			s.logger.ErrorContext(ctx, "no journal can be kept: when this process is killed, all that it is sending by mail is doubtful", "error", err)
		}
		defer func() {
			if err := s.journal.Close(); err != nil {
				s.logger.WarnContext(ctx, "the journal could not be ended", "error", err)
			}
		}()
	}
	s.recallClock()
	s.watchClock(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	s.adopt(ctx)
	if err := s.forget(ctx); err != nil && ctx.Err() == nil {
		s.logger.WarnContext(ctx, "batches of nodes that died long ago could not be dropped", "error", err)
	}
	if s.db.Engine() == db.SQLite { // nobody else can be alive
		s.bury(ctx, "node <> ?", s.node)
	}
	wg.Go(func() { s.keepAlive(ctx) })
	slots := newSlots(s.o.InFlight)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		progress := false
		for _, p := range s.dueByClock(ctx) {
			if !slots.take(p[1]) {
				continue // one of its batches rings when it is through
			}
			b, err := s.claim(ctx, p[0], p[1])
			if err != nil && ctx.Err() == nil {
				s.logger.WarnContext(ctx, "messages could not be claimed, will try again", "org", p[0], "plan", p[1], "error", err)
			}
			if b == nil {
				slots.give(p[1])
				continue
			}
			progress = true
			wg.Go(func() {
				defer s.ring()
				defer slots.give(p[1])
				s.deliver(ctx, b)
			})
		}
		if progress {
			continue
		}
		timer.Reset(s.o.Poll)
		select {
		case <-ctx.Done():
			return
		case <-s.bell:
		case <-timer.C:
		}
	}
}

// dueByClock is due while the clock is believed.
func (s *Service) dueByClock(ctx context.Context) [][2]string {
	if _, d := s.watch.look(); d != nil {
		return nil
	}
	return s.due(ctx)
}

// due lists plans in which something may be done now.
func (s *Service) due(ctx context.Context) (out [][2]string) {
	err := s.db.Read(ctx, db.AllOrgs, func(tx *db.Tx) error {
		out = nil
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var p [2]string
			err := rows.Scan(&p[0], &p[1])
			out = append(out, p)
			return err
		}, "SELECT org_id, id FROM reach_plan WHERE status IN ('running', 'cancelling') AND wake_at <= ? ORDER BY org_id, id", s.micros())
	})
	if err != nil && ctx.Err() == nil {
		s.logger.WarnContext(ctx, "plans could not be read, will try again", "error", err)
	}
	return out
}

// keepAlive says that this node lives, and finds out which do not.
func (s *Service) keepAlive(ctx context.Context) {
	tick := time.NewTicker(s.o.Lease / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		s.watchClock(ctx)
		var orgs []string
		err := s.db.Read(ctx, db.AllOrgs, func(tx *db.Tx) (err error) {
			orgs, err = texts(ctx, tx, "SELECT DISTINCT org_id FROM reach_batch WHERE node = ?", s.node)
			return err
		})
		for _, org := range orgs {
			err = s.db.Write(ctx, org, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, "UPDATE reach_batch SET lease_until = ? WHERE org_id = ? AND node = ?", clock.Micros(s.now().Add(s.o.Lease)), org, s.node)
				return err
			})
			if err != nil {
				break
			}
		}
		if err != nil && ctx.Err() == nil {
			s.logger.WarnContext(ctx, "that the outbox lives could not be noted", "error", err)
		}
		s.adopt(ctx)
		if now, d := s.watch.look(); d == nil { // else others would be thought dead
			s.bury(ctx, "node <> ? AND lease_until < ?", s.node, clock.Micros(now))
		}
	}
}
