package carrier

import (
	"context"
	"errors"
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
}

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
	q.s.told(ctx, q.org, q.id, api, err)
}

// told counts a failed call and notes on the account what people must act upon.
// A failure to write that down is logged: the call's own outcome matters more.
func (s *Service) told(ctx context.Context, orgID, accountID, api string, cause error) {
	if cause == nil || errors.Is(cause, context.Canceled) {
		return
	}
	e, fromPlatform := errors.AsType[*wire.APIError](cause)
	err := s.db.Write(context.WithoutCancel(ctx), orgID, func(tx *db.Tx) error {
		now := s.micros()
		if _, err := tx.Exec(ctx, `INSERT INTO carrier_call (org_id, account_id, api, at, calls, failed) VALUES (?, ?, ?, ?, 0, 1)
			ON CONFLICT (org_id, account_id, api, at) DO UPDATE SET failed = carrier_call.failed + 1`, orgID, accountID, api, minuteOf(s.now())); err != nil {
			return err
		}
		if !fromPlatform || e.Kind != wire.Operator || strings.HasPrefix(api, "user/") || e.Code == wecom.CodeSyncForbidden { // members' names are welcome, not needed
			return nil
		}
		text := e.Shown().Text
		_, err := tx.Exec(ctx, "UPDATE carrier_account SET error_code = ?, error_zh = ?, error_en = ?, error_at = ? WHERE org_id = ? AND id = ?",
			e.Code, text.ZH, text.EN, now, orgID, accountID)
		return err
	})
	if err != nil {
		s.logger.WarnContext(ctx, "a failed call could not be counted", "account", accountID, "api", api, "error", err)
	}
}
