package jobs

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"

	"fishpond/internal/platform/db"
)

// A killed process leaves its jobs marked as running. River takes them up after an
// hour, because from a time alone a slow job and a dead one look alike. Here the
// two can be told apart: an embedded database has one process, so at the start
// nothing can be running; and on PostgreSQL every node holds a session lock for as
// long as it is connected, which the server releases when the process dies.

// rescueBatch is how many interrupted jobs one look takes up.
const rescueBatch = 1000

// startSweeper takes up the jobs of dead processes now, and on PostgreSQL goes on
// doing so until background ends.
func (s *Service) startSweeper(ctx, background context.Context) error {
	if s.db.Engine() == db.SQLite {
		return s.rescueDeadNodes(ctx, func(string) (bool, error) { return true, nil })
	}

	life := &nodeLife{pool: s.db.Writer(), key: lockKey(s.nodeID)}
	if err := life.hold(ctx); err != nil {
		return err
	}
	// A node whose connection broke comes back and locks anew; hence the wait
	// between the first look that misses it and the one that gives it up.
	absent := map[string]time.Time{}
	sweep := func(ctx context.Context) error {
		now := time.Now()
		return s.rescueDeadNodes(ctx, func(node string) (bool, error) {
			held, err := life.heldElsewhere(ctx, node)
			if err != nil || held {
				delete(absent, node)
				return false, err
			}
			if _, ok := absent[node]; !ok {
				absent[node] = now
			}
			return now.Sub(absent[node]) >= s.deadAfter, nil
		})
	}
	if err := sweep(ctx); err != nil {
		life.release()
		return err
	}

	s.sweeper.Go(func() {
		defer life.release()
		ticker := time.NewTicker(s.deadAfter / 2)
		defer ticker.Stop()
		for {
			select {
			case <-background.Done():
				return
			case <-ticker.C:
			}
			err := life.hold(background)
			if err == nil {
				err = sweep(background)
			}
			if err != nil && background.Err() == nil {
				s.log.WarnContext(background, "jobs: looking for dead nodes", "error", err)
			}
			if s.swept != nil {
				s.swept()
			}
		}
	})
	return nil
}

// rescueDeadNodes puts the running jobs of the nodes that dead approves of back in
// line, or among the dead letters when that was their last attempt: a job that
// kills the process each time must not do so for ever.
func (s *Service) rescueDeadNodes(ctx context.Context, dead func(node string) (bool, error)) error {
	now := time.Now()
	stuck, err := s.exec.JobGetStuck(ctx, &riverdriver.JobGetStuckParams{Max: rescueBatch, StuckHorizon: now.Add(time.Hour)})
	if err != nil {
		return fmt.Errorf("find interrupted jobs: %w", err)
	}

	verdicts := map[string]bool{s.nodeID: false}
	params := &riverdriver.JobRescueManyParams{}
	for _, job := range stuck {
		node := ""
		if n := len(job.AttemptedBy); n > 0 {
			node = job.AttemptedBy[n-1]
		}
		gone, known := verdicts[node]
		if !known {
			if gone, err = dead(node); err != nil {
				return fmt.Errorf("ask for node %s: %w", node, err)
			}
			verdicts[node] = gone
		}
		if !gone {
			continue
		}
		if err := appendRescue(params, job, now); err != nil {
			return err
		}
	}
	if len(params.ID) == 0 {
		return nil
	}
	if _, err := s.exec.JobRescueMany(ctx, params); err != nil {
		return fmt.Errorf("take up interrupted jobs: %w", err)
	}
	s.log.LogAttrs(ctx, slog.LevelWarn, "took up jobs of a process that died", slog.Int("jobs", len(params.ID)))
	return nil
}

func appendRescue(params *riverdriver.JobRescueManyParams, job *rivertype.JobRow, now time.Time) error {
	note, err := json.Marshal(rivertype.AttemptError{
		At: now.UTC(), Attempt: job.Attempt, Error: "the process ended while the job ran",
	})
	if err != nil {
		return fmt.Errorf("describe interrupted job: %w", err)
	}
	state, finalized := rivertype.JobStateAvailable, (*time.Time)(nil)
	if job.Attempt >= job.MaxAttempts {
		state, finalized = rivertype.JobStateDiscarded, &now
	}
	params.ID = append(params.ID, job.ID)
	params.Error = append(params.Error, note)
	params.FinalizedAt = append(params.FinalizedAt, finalized)
	// Its own time, not now: it keeps its place, ahead of what came later.
	params.ScheduledAt = append(params.ScheduledAt, job.ScheduledAt)
	params.State = append(params.State, string(state))
	return nil
}

// nodeLife is the session lock that says that a node lives.
type nodeLife struct {
	pool *sql.DB
	key  int64
	conn *sql.Conn
}

// hold makes sure that the lock is held, over a new connection if the old one broke.
func (l *nodeLife) hold(ctx context.Context) error {
	if l.conn != nil {
		if l.conn.PingContext(ctx) == nil {
			return nil
		}
		l.release()
	}
	conn, err := l.pool.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connection for the node's lock: %w", err)
	}
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", l.key); err != nil {
		_ = conn.Close()
		return fmt.Errorf("lock the node's name: %w", err)
	}
	l.conn = conn
	return nil
}

// heldElsewhere reports whether a node's lock is held. It is tried in a transaction
// of its own, so that trying leaves nothing behind.
func (l *nodeLife) heldElsewhere(ctx context.Context, node string) (bool, error) {
	tx, err := l.conn.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer func() { _ = tx.Rollback() }()
	var free bool
	if err := tx.QueryRowContext(ctx, "SELECT pg_try_advisory_xact_lock($1)", lockKey(node)).Scan(&free); err != nil {
		return false, err
	}
	return !free, nil
}

// release gives the lock back and the connection to the pool.
func (l *nodeLife) release() {
	if l.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, _ = l.conn.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", l.key)
	_ = l.conn.Close()
	l.conn = nil
}

// lockKey is a node's name as PostgreSQL wants it.
func lockKey(node string) int64 {
	sum := sha256.Sum256([]byte("fishpond jobs node\x00" + node))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}
