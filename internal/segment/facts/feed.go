package facts

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"fishpond/internal/platform/db"
)

// Change says what one transaction changed.
type Change struct {
	// Persons are those of whom anything but events changed. Who is no longer
	// in the facts has left the pool.
	Persons []uint32 `json:"p,omitempty"`
	// Whole are those who may also have lost events or got somebody else's.
	Whole []uint32 `json:"w,omitempty"`
	// Events are new.
	Events []Event `json:"e,omitempty"`
}

// Event is a new event of a person.
type Event struct {
	Seq  uint32          `json:"s"`
	Kind string          `json:"k"`
	At   int64           `json:"t"` // UTC microseconds
	Data json.RawMessage `json:"d,omitempty"`
}

// Numbered is a change with its number.
type Numbered struct {
	N  int64
	At int64 // when it was made, UTC microseconds
	Change
}

// ErrGone is the error of [After] when changes that were asked for have been
// deleted.
var ErrGone = errors.New("facts: changes are no longer kept")

// Lock makes the caller the only one who changes an org's facts until its
// transaction ends. Take it before the first write to any of its tables.
func Lock(ctx context.Context, tx *db.Tx, orgID string) error {
	_, err := tx.Exec(ctx, `INSERT INTO segment_state (org_id, n, revision) VALUES (?, 0, 0)
		ON CONFLICT (org_id) DO UPDATE SET n = segment_state.n`, orgID)
	if err != nil {
		return fmt.Errorf("facts: lock: %w", err)
	}
	return nil
}

// Publish tells what a transaction changed and returns the number of the
// change. The caller holds the [Lock].
func Publish(ctx context.Context, tx *db.Tx, orgID string, at int64, c Change) (n int64, err error) {
	changes, err := json.Marshal(c)
	if err != nil {
		return 0, fmt.Errorf("facts: changes: %w", err)
	}
	if err := tx.QueryRow(ctx, "UPDATE segment_state SET n = n + 1 WHERE org_id = ? RETURNING n", orgID).Scan(&n); err != nil {
		return 0, fmt.Errorf("facts: number: %w", err)
	}
	if _, err := tx.Exec(ctx, "INSERT INTO segment_feed (org_id, n, at, changes) VALUES (?, ?, ?, ?)", orgID, n, at, string(changes)); err != nil {
		return 0, fmt.Errorf("facts: publish: %w", err)
	}
	return n, nil
}

// Revise tells that something that predicates refer to, or a predicate
// itself, is defined differently from now on.
func Revise(ctx context.Context, tx *db.Tx, orgID string) error {
	_, err := tx.Exec(ctx, `INSERT INTO segment_state (org_id, n, revision) VALUES (?, 0, 1)
		ON CONFLICT (org_id) DO UPDATE SET revision = segment_state.revision + 1`, orgID)
	if err != nil {
		return fmt.Errorf("facts: revise: %w", err)
	}
	return nil
}

// Position is the number of the last change of an org's facts, and how often
// its definitions have changed.
func Position(ctx context.Context, tx *db.Tx, orgID string) (n, revision int64, err error) {
	err = tx.QueryRow(ctx, "SELECT n, revision FROM segment_state WHERE org_id = ?", orgID).Scan(&n, &revision)
	if db.IsNoRows(err) {
		err = nil
	}
	if err != nil {
		err = fmt.Errorf("facts: position: %w", err)
	}
	return n, revision, err
}

// Made tells when a change was made, and false when it is not kept. With the
// number it tells whether a copy of the facts from elsewhere, or from before a
// restored backup, has the same past.
func Made(ctx context.Context, tx *db.Tx, orgID string, n int64) (at int64, ok bool, err error) {
	err = tx.QueryRow(ctx, "SELECT at FROM segment_feed WHERE org_id = ? AND n = ?", orgID, n).Scan(&at)
	if db.IsNoRows(err) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("facts: change: %w", err)
	}
	return at, true, nil
}

// After returns the changes after number n in their order, at most limit. It
// is [ErrGone] when the next one has been deleted.
func After(ctx context.Context, tx *db.Tx, orgID string, n int64, limit int) ([]Numbered, error) {
	last, _, err := Position(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	var out []Numbered
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var c Numbered
		var changes []byte
		if err := rows.Scan(&c.N, &c.At, &changes); err != nil {
			return err
		}
		if err := json.Unmarshal(changes, &c.Change); err != nil {
			return fmt.Errorf("change %d: %w", c.N, err)
		}
		out = append(out, c)
		return nil
	}, "SELECT n, at, changes FROM segment_feed WHERE org_id = ? AND n > ? ORDER BY n LIMIT ?", orgID, n, limit)
	switch {
	case err != nil:
		return nil, fmt.Errorf("facts: feed: %w", err)
	case n > last, n < last && (len(out) == 0 || out[0].N != n+1):
		return nil, ErrGone
	}
	return out, nil
}

// Trim deletes the changes below a number. Indexes that have not read them
// are built anew.
func Trim(ctx context.Context, tx *db.Tx, orgID string, before int64) error {
	if _, err := tx.Exec(ctx, "DELETE FROM segment_feed WHERE org_id = ? AND n < ?", orgID, before); err != nil {
		return fmt.Errorf("facts: trim: %w", err)
	}
	return nil
}
