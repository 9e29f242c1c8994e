package carrier

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"fishpond/internal/carrier/wecom"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/ids"
)

// What is brought to the platform.
const (
	pushTag    = "tag"
	pushUntag  = "untag"
	pushRemark = "remark"
)

const (
	pushBatch = 200
	pushTries = 6
	pushLease = time.Minute
)

// pushRow is a change that the platform must hear of.
type pushRow struct {
	id, account, user, external, kind, value string
	attempts                                 int64
}

// push puts changes into the queue. They leave after the transaction.
func (s *Service) push(ctx context.Context, tx *db.Tx, a *account, rows []pushRow) error {
	for _, r := range rows {
		if _, err := tx.Exec(ctx, `INSERT INTO carrier_push (org_id, id, account_id, user_id, external_id, kind, value, status, next_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?)`,
			a.org, ids.New("psh"), a.id, r.user, r.external, r.kind, r.value, s.micros(), s.micros()); err != nil {
			return err
		}
	}
	if len(rows) > 0 {
		tx.OnCommit(s.rousePush)
	}
	return nil
}

// workPushes brings queued changes to the platform, one call for all changes of
// a contact, and returns how many there were.
func (s *Service) workPushes(ctx context.Context, org string) (int, error) {
	now := s.now()
	var due []string
	if err := s.db.Read(ctx, org, func(tx *db.Tx) error {
		due = nil
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			due = append(due, id)
			return err
		}, "SELECT id FROM carrier_push WHERE org_id = ? AND status = 'pending' AND next_at <= ? ORDER BY next_at, id LIMIT ?", org, clock.Micros(now), pushBatch)
	}); err != nil || len(due) == 0 {
		return 0, err
	}
	var taken []pushRow
	if err := s.db.Write(ctx, org, func(tx *db.Tx) error {
		taken = nil
		where, arg := tx.In("id", due)
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var r pushRow
			err := rows.Scan(&r.id, &r.account, &r.user, &r.external, &r.kind, &r.value, &r.attempts)
			taken = append(taken, r)
			return err
		}, "UPDATE carrier_push SET next_at = ?, attempts = attempts + 1 WHERE org_id = ? AND status = 'pending' AND next_at <= ? AND "+where+
			" RETURNING id, account_id, user_id, external_id, kind, value, attempts", clock.Micros(now.Add(pushLease)), org, clock.Micros(now), arg)
	}); err != nil {
		return 0, err
	}
	slices.SortFunc(taken, func(a, b pushRow) int { // ids are in the order in which the changes were asked for
		if a.id < b.id {
			return -1
		}
		return 1
	})
	groups := map[[3]string][]pushRow{}
	for _, r := range taken {
		k := [3]string{r.account, r.user, r.external}
		groups[k] = append(groups[k], r)
	}
	for k, rows := range groups {
		if err := s.pushOne(ctx, org, k, rows); err != nil {
			return 0, err
		}
	}
	return len(taken), nil
}

func (s *Service) pushOne(ctx context.Context, org string, k [3]string, rows []pushRow) error {
	a, c, err := s.client(ctx, org, k[0], impatient)
	if err != nil {
		return s.pushed(ctx, org, rows, err)
	}
	var add, remove []string
	for _, r := range rows {
		switch r.kind {
		case pushTag:
			add, remove = append(without(add, r.value), r.value), without(remove, r.value)
		case pushUntag:
			remove, add = append(without(remove, r.value), r.value), without(add, r.value)
		case pushRemark:
			if err := c.Remark(ctx, wecom.Remark{UserID: k[1], ExternalID: k[2], Remark: &r.value}); err != nil {
				return s.pushed(ctx, org, rows, err)
			}
		}
	}
	if len(add)+len(remove) > 0 {
		if err := c.MarkTags(ctx, k[1], k[2], add, remove); err != nil {
			return s.pushed(ctx, org, rows, err)
		}
	}
	// No callback tells of what we do ourselves: the local state changes here.
	err = s.db.Write(context.WithoutCancel(ctx), org, func(tx *db.Tx) error {
		if err := lockTies(ctx, tx, a, k[2]); err != nil {
			return err
		}
		ties, err := tiesOf(ctx, tx, org, a.id, []string{k[2]})
		if err != nil {
			return err
		}
		if t := ties[[2]string{k[1], k[2]}]; t != nil {
			for _, id := range remove {
				t.tags = without(t.tags, id)
			}
			for _, id := range add {
				t.tags = append(without(t.tags, id), id)
			}
			slices.Sort(t.tags)
			for _, r := range rows {
				if r.kind == pushRemark {
					t.remark = r.value
				}
			}
			if err := saveTies(ctx, tx, a, []*tie{t}, s.micros()); err != nil {
				return err
			}
		}
		where, arg := tx.In("id", pushIDs(rows))
		_, err = tx.Exec(ctx, "DELETE FROM carrier_push WHERE org_id = ? AND "+where, org, arg)
		return err
	})
	return err
}

// pushed keeps what failed for another time, or for a human.
func (s *Service) pushed(ctx context.Context, org string, rows []pushRow, cause error) error {
	status := "pending"
	next := s.now().Add(time.Duration(rows[0].attempts*rows[0].attempts) * 10 * time.Second)
	kind := wire.KindOf(cause)
	if rows[0].attempts >= pushTries || kind == wire.Missing || kind == wire.Other {
		status = "failed"
	}
	return s.db.Write(context.WithoutCancel(ctx), org, func(tx *db.Tx) error {
		where, arg := tx.In("id", pushIDs(rows))
		_, err := tx.Exec(ctx, "UPDATE carrier_push SET status = ?, next_at = ?, error = ? WHERE org_id = ? AND "+where, status, clock.Micros(next), oneLine(fmt.Sprint(cause), 300), org, arg)
		return err
	})
}

func pushIDs(rows []pushRow) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.id
	}
	return out
}

func without(list []string, v string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(x string) bool { return x == v })
}
