package carrier

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"fishpond/internal/carrier/wecom"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// What WeCom allows each corp and API.
const (
	callsMinute = 10_000
	callsHour   = 150_000
)

// ledger keeps the calls that this process has reserved for the present minute.
// Reserving in blocks that double keeps a busy account to a write in 64 calls,
// and a quiet one's count exact.
type ledger struct{ meters sync.Map } // account and API → *meter

type meter struct {
	mu     sync.Mutex
	minute int64 // its start, UTC microseconds
	left   int64 // reserved and not used
	block  int64
	shut   int64 // no call before
}

const maxBlock = 64

// accountQuota counts the calls of one account. It implements wire.Quota.
type accountQuota struct {
	s       *Service
	org, id string
	share   int64 // percent of the limit that may be used; the rest is for others
	other   bool  // calls are made with another secret than the account's own: they prove nothing of it

	mu   sync.Mutex
	code int64 // of the failure that stands on the account; 0: none
	api  string
}

// quotaOf counts the calls of an account as it is now.
func (s *Service) quotaOf(a *account, share int64) *accountQuota {
	return &accountQuota{s: s, org: a.org, id: a.id, share: share, code: a.errorCode, api: a.errorAPI}
}

// single are failures that say something of one call only: that another
// succeeds does not show that they are over.
var single = []int64{40098, 41054, 48001, wecom.CodeForbidden, wecom.CodeOutOfRange}

func (q *accountQuota) meter(api string) *meter {
	v, _ := q.s.ledger.meters.LoadOrStore([2]string{q.id, api}, &meter{})
	return v.(*meter)
}

func minuteOf(t time.Time) int64 { return clock.Micros(t.Truncate(time.Minute)) }

// Take implements wire.Quota.
func (q *accountQuota) Take(ctx context.Context, api string) (time.Duration, error) {
	m := q.meter(api)
	m.mu.Lock()
	defer m.mu.Unlock()
	now := q.s.now()
	if now := clock.Micros(now); now < m.shut {
		return time.Duration(m.shut-now) * time.Microsecond, nil
	}
	if minute := minuteOf(now); m.minute != minute {
		m.minute, m.left, m.block = minute, 0, 1
	}
	if m.left == 0 {
		got, err := q.reserve(ctx, api, m.minute, m.block)
		if err != nil {
			return 0, err
		}
		if got == 0 {
			return untilNextMinute(now), nil
		}
		m.left, m.block = got, min(2*m.block, maxBlock)
	}
	m.left--
	return 0, nil
}

func untilNextMinute(now time.Time) time.Duration {
	return now.Truncate(time.Minute).Add(time.Minute).Sub(now)
}

// reserve counts up to n calls and returns how many are allowed.
func (q *accountQuota) reserve(ctx context.Context, api string, minute, n int64) (got int64, err error) {
	err = q.s.db.Write(ctx, q.org, func(tx *db.Tx) error {
		var used, hour int64
		if _, err := tx.Exec(ctx, `INSERT INTO carrier_call (org_id, account_id, api, at, calls, failed) VALUES (?, ?, ?, ?, 0, 0) ON CONFLICT (org_id, account_id, api, at) DO NOTHING`,
			q.org, q.id, api, minute); err != nil {
			return err
		}
		// Touching the row first keeps other nodes out until we have decided.
		if err := tx.QueryRow(ctx, "UPDATE carrier_call SET calls = calls + ? WHERE org_id = ? AND account_id = ? AND api = ? AND at = ? RETURNING calls", n, q.org, q.id, api, minute).Scan(&used); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, "SELECT COALESCE(SUM(calls), 0) FROM carrier_call WHERE org_id = ? AND account_id = ? AND api = ? AND at > ?",
			q.org, q.id, api, minute-time.Hour.Microseconds()).Scan(&hour); err != nil {
			return err
		}
		over := max(used-callsMinute*q.share/100, hour-callsHour*q.share/100, 0)
		if got = max(n-over, 0); got < n {
			_, err := tx.Exec(ctx, "UPDATE carrier_call SET calls = calls - ? WHERE org_id = ? AND account_id = ? AND api = ? AND at = ?", n-got, q.org, q.id, api, minute)
			return err
		}
		return nil
	})
	return got, err
}

// Full implements wire.Quota: nobody calls the API again within this minute.
func (q *accountQuota) Full(ctx context.Context, api string) (time.Duration, error) {
	now := q.s.now()
	wait := untilNextMinute(now)
	m := q.meter(api)
	m.mu.Lock()
	m.shut, m.left = clock.Micros(now.Add(wait)), 0
	m.mu.Unlock()
	return wait, q.s.db.Write(ctx, q.org, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO carrier_call (org_id, account_id, api, at, calls, failed) VALUES (?, ?, ?, ?, ?, 0)
			ON CONFLICT (org_id, account_id, api, at) DO UPDATE SET calls = CASE WHEN carrier_call.calls > excluded.calls THEN carrier_call.calls ELSE excluded.calls END`,
			q.org, q.id, api, minuteOf(now), callsMinute)
		return err
	})
}

// Told implements wire.Quota.
func (q *accountQuota) Told(ctx context.Context, api string, err error) {
	if err != nil {
		q.s.told(ctx, q.org, q.id, api, err)
		if e, ok := blamed(api, err); ok {
			q.mu.Lock()
			q.code, q.api = int64(e.Code), api
			q.mu.Unlock()
		}
		return
	}
	q.mu.Lock()
	over := q.code != 0 && !q.other && (q.api == api || q.api == "" || !slices.Contains(single, q.code))
	if over {
		q.code = 0
	}
	q.mu.Unlock()
	if over {
		if err := q.s.mended(context.WithoutCancel(ctx), q.org, q.id); err != nil {
			q.s.logger.WarnContext(ctx, "that an account works again could not be noted", "account", q.id, "error", err)
		}
	}
}

// blamed returns the failure when it is one that people must act upon.
func blamed(api string, cause error) (*wire.APIError, bool) {
	e, ok := errors.AsType[*wire.APIError](cause)
	// Members' names are welcome, not needed.
	return e, ok && e.Kind == wire.Operator && !strings.HasPrefix(api, "user/") && e.Code != wecom.CodeSyncForbidden
}

// mended takes the last failure off an account that works again.
func (s *Service) mended(ctx context.Context, orgID, accountID string) error {
	return s.db.Write(ctx, orgID, func(tx *db.Tx) error { return mend(ctx, tx, orgID, accountID) })
}

func mend(ctx context.Context, tx *db.Tx, orgID, accountID string) error {
	_, err := tx.Exec(ctx, "UPDATE carrier_account SET error_code = 0, error_zh = '', error_en = '', error_at = 0, error_api = '' WHERE org_id = ? AND id = ? AND error_code <> 0", orgID, accountID)
	return err
}

// told counts a failed call and notes on the account what people must act upon.
// A failure to write that down is logged: the call's own outcome matters more.
func (s *Service) told(ctx context.Context, orgID, accountID, api string, cause error) {
	if cause == nil || errors.Is(cause, context.Canceled) {
		return
	}
	e, blame := blamed(api, cause)
	err := s.db.Write(context.WithoutCancel(ctx), orgID, func(tx *db.Tx) error {
		now := s.micros()
		if _, err := tx.Exec(ctx, `INSERT INTO carrier_call (org_id, account_id, api, at, calls, failed) VALUES (?, ?, ?, ?, 0, 1)
			ON CONFLICT (org_id, account_id, api, at) DO UPDATE SET failed = carrier_call.failed + 1`, orgID, accountID, api, minuteOf(s.now())); err != nil {
			return err
		}
		if !blame {
			return nil
		}
		text := e.Shown().Text
		_, err := tx.Exec(ctx, "UPDATE carrier_account SET error_code = ?, error_zh = ?, error_en = ?, error_at = ?, error_api = ? WHERE org_id = ? AND id = ?",
			e.Code, text.ZH, text.EN, now, api, orgID, accountID)
		return err
	})
	if err != nil {
		s.logger.WarnContext(ctx, "a failed call could not be counted", "account", accountID, "api", api, "error", err)
	}
}
