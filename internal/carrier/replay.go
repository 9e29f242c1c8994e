package carrier

import (
	"context"
	"database/sql"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Callback is a fact that a platform told us.
type Callback struct {
	ID         string     `json:"id"`
	Event      string     `json:"event" doc:"As the platform calls it"`
	Subject    string     `json:"subject" doc:"What it is about"`
	Status     string     `json:"status" enum:"stored,done,failed,unknown"`
	Attempts   int64      `json:"attempts"`
	Error      string     `json:"error" doc:"Of the last attempt"`
	OccurredAt time.Time  `json:"occurred_at" doc:"By the platform's clock"`
	ReceivedAt time.Time  `json:"received_at"`
	DoneAt     *time.Time `json:"done_at"`
}

// CallbackFilter selects callbacks; empty: all.
type CallbackFilter struct {
	Status string
	Event  string
	Before string // the id of the last one of the page before
	Limit  int
}

// CallbackList lists an account's callbacks, the newest first.
func (s *Service) CallbackList(ctx context.Context, accountID string, f CallbackFilter) (out []Callback, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		if _, err := s.accountByID(ctx, tx, org, accountID); err != nil {
			return err
		}
		out = nil
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var c Callback
			var occurred, received, done int64
			if err := rows.Scan(&c.ID, &c.Event, &c.Subject, &c.Status, &c.Attempts, &c.Error, &occurred, &received, &done); err != nil {
				return err
			}
			c.OccurredAt, c.ReceivedAt, c.DoneAt = clock.Time(occurred), clock.Time(received), clock.Ptr(done)
			out = append(out, c)
			return nil
		}, `SELECT id, event, subject, status, attempts, error, occurred_at, received_at, done_at FROM carrier_callback
			WHERE org_id = ? AND account_id = ? AND (? = '' OR status = ?) AND (? = '' OR event = ?) AND (? = '' OR id < ?) ORDER BY id DESC LIMIT ?`,
			org, accountID, f.Status, f.Status, f.Event, f.Event, f.Before, f.Before, f.Limit)
	})
	return out, err
}

// ReplayCallback works a failed callback off once more.
func (s *Service) ReplayCallback(ctx context.Context, accountID, id string) error {
	org := actor(ctx).OrgID
	return s.db.Write(ctx, org, func(tx *db.Tx) error {
		var status string
		err := tx.QueryRow(ctx, "SELECT status FROM carrier_callback WHERE org_id = ? AND account_id = ? AND id = ?", org, accountID, id).Scan(&status)
		if db.IsNoRows(err) {
			return errs.NotFound(i18n.T("这条回调", "callback"))
		}
		if err != nil {
			return err
		}
		n, err := tx.Changed(ctx, "UPDATE carrier_callback SET status = 'stored', attempts = 0, next_at = ? WHERE org_id = ? AND id = ? AND status = 'failed'", s.micros(), org, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.Conflict(i18n.T("只有处理失败的回调可以重试", "Only a callback that failed can be tried again"))
		}
		tx.OnCommit(s.rouse)
		return s.ports.Auditor.Audit(ctx, tx, "carrier.callback_replayed", "callback", id, nil)
	})
}

// keepCallbacks is how long facts that are worked off are kept for looking up.
const keepCallbacks = 30 * 24 * time.Hour

// Clean deletes what has been worked off long ago, of all orgs, in small steps;
// counts of calls are kept for two days, pages that nobody known has seen for a month.
func (s *Service) Clean(ctx context.Context) error {
	orgs, err := s.ports.Orgs.OrgIDs(ctx)
	if err != nil {
		return err
	}
	before := clock.Micros(s.now().Add(-keepCallbacks))
	for _, org := range orgs {
		for n := int64(1); n > 0 && ctx.Err() == nil; {
			if err := s.db.Write(ctx, org, func(tx *db.Tx) (err error) {
				n, err = tx.Changed(ctx, `DELETE FROM carrier_callback WHERE org_id = ? AND id IN (
					SELECT id FROM carrier_callback WHERE org_id = ? AND status IN ('done', 'unknown') AND received_at < ? ORDER BY id LIMIT 1000)`, org, org, before)
				return err
			}); err != nil {
				return err
			}
		}
		if err := s.db.Write(ctx, org, func(tx *db.Tx) error {
			if _, err := tx.Exec(ctx, "DELETE FROM carrier_call WHERE org_id = ? AND at < ?", org, clock.Micros(s.now().Add(-48*time.Hour))); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, "DELETE FROM carrier_web_visit WHERE org_id = ? AND at < ?", org, clock.Micros(s.now().Add(-keepVisits))); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "DELETE FROM carrier_order WHERE org_id = ? AND at < ?", org, clock.Micros(s.now().Add(-keepOrders)))
			return err
		}); err != nil {
			return err
		}
	}
	return ctx.Err()
}
