package reach

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

const keysAtOnce = 1000

// Open tells which of the messages that were added to a plan under these keys
// have not come to an end: planned, waiting, on their way, or asked of staff.
func (s *Service) Open(ctx context.Context, tx *db.Tx, orgID, planID string, keys []string) (map[string]bool, error) {
	out := map[string]bool{}
	for part := range slices.Chunk(keys, keysAtOnce) {
		where, arg := tx.In("entry", part)
		found, err := texts(ctx, tx, "SELECT entry FROM reach_message WHERE org_id = ? AND plan_id = ? AND entry <> '' AND status IN ('planned', 'waiting', 'sending', 'asked') AND "+where, orgID, planID, arg)
		if err != nil {
			return nil, fmt.Errorf("reach: open: %w", err)
		}
		for _, k := range found {
			out[k] = true
		}
	}
	return out, nil
}

// CallOff cancels what was added to a plan under these keys and has not left.
// What has stays as it is.
func (s *Service) CallOff(ctx context.Context, tx *db.Tx, orgID, planID string, keys []string) error {
	p, err := s.lockPlan(ctx, tx, orgID, planID)
	if err != nil {
		return err
	}
	c := &claiming{s: s, tx: tx, p: p, at: s.now(), tally: tally{}}
	for part := range slices.Chunk(keys, keysAtOnce) {
		where, arg := tx.In("entry", part)
		some, err := c.left(ctx, "entry <> '' AND "+where+" ORDER BY n", arg)
		if err != nil {
			return err
		}
		if err := c.giveUp(ctx, some, Cancelled, ""); err != nil {
			return err
		}
	}
	return c.tally.keep(ctx, tx, orgID, planID)
}

// leaving is a message that is given up before it left.
type leaving struct {
	n               int64
	status, why     string
	reserved        int64
	person, carrier string
}

// left reads messages of the plan that have not left.
func (c *claiming) left(ctx context.Context, where string, args ...any) (some []leaving, err error) {
	return some, c.tx.Each(ctx, func(rows *sql.Rows) error {
		var l leaving
		err := rows.Scan(&l.n, &l.status, &l.why, &l.reserved, &l.person, &l.carrier)
		some = append(some, l)
		return err
	}, "SELECT n, status, why, reserved_at, person_id, carrier FROM reach_message WHERE org_id = ? AND plan_id = ? AND status IN ('planned', 'waiting') AND "+where, append([]any{c.p.orgID, c.p.id}, args...)...)
}

// giveUp moves messages that have not left to their end; they stop counting.
func (c *claiming) giveUp(ctx context.Context, some []leaving, status, why string) error {
	if len(some) == 0 {
		return nil
	}
	ns, back := make([]int64, len(some)), map[string][]returned{}
	for i, l := range some {
		ns[i] = l.n
		c.tally.move(l.status, l.why, status, why, 1)
		if l.reserved != 0 {
			back[l.person] = append(back[l.person], returned{Send: reservation(l.reserved, l.carrier, c.p.purpose)})
		}
	}
	if err := c.s.giveBack(ctx, c.tx, c.p.orgID, c.p.purpose, back, c.at); err != nil {
		return err
	}
	where, arg := inNumbers(c.tx, "n", ns)
	n, err := c.tx.Changed(ctx, "UPDATE reach_message SET status = ?, why = ?, due_at = 0, reserved_at = 0, changed_at = ? WHERE org_id = ? AND plan_id = ? AND status IN ('planned', 'waiting') AND "+where,
		status, why, clock.Micros(c.at), c.p.orgID, c.p.id, arg)
	if err != nil {
		return err
	}
	if n != int64(len(ns)) {
		return errTaken
	}
	return nil
}
