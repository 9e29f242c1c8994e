package reach

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

// allowance is how many messages may go now at so many a minute, and when the
// next may when none may. Any sixty seconds hold no more than that: messages
// are counted a little slower, which leaves room for those of one second to go
// at once. A clock that was put back by more than a minute is not waited for.
func allowance(rateAt, perMinute, now int64) (n, next int64) {
	step := rateStep(perMinute)
	at := rateFrom(rateAt, step, now)
	if at > now {
		return 0, at
	}
	return (now-at)/step + 1, 0
}

// spend is the new state of a rate after n messages.
func spend(rateAt, perMinute, now, n int64) int64 {
	step := rateStep(perMinute)
	return rateFrom(rateAt, step, now) + n*step
}

const second = int64(time.Second / time.Microsecond)

func rateStep(perMinute int64) int64 { return (62*second + perMinute - 1) / perMinute }

func rateFrom(rateAt, step, now int64) int64 {
	if rateAt > now+62*second+step {
		rateAt = now
	}
	return max(rateAt, now-second)
}

// The breaker of an account opens after so many failures in a row that are the
// account's, and lets one message through after a while that doubles.
const (
	breakAfter = 5
	breakFirst = 30 * time.Second
	breakMost  = 30 * time.Minute
)

// accountState is how it stands with sending over an account.
type accountState struct {
	id, carrier                 string
	paused, perMinute, rateAt   int64
	failures, openUntil, opened int64
	reason                      i18n.Text
	rate                        int64 // a minute, after all; 0: none
	probing                     bool  // the breaker lets one through
	changed                     bool
}

const accountColumns = "account_id, carrier, paused, per_minute, rate_at, failures, open_until, opened, reason_zh, reason_en"

func (a *accountState) scan(rows *sql.Rows) error {
	return rows.Scan(&a.id, &a.carrier, &a.paused, &a.perMinute, &a.rateAt, &a.failures, &a.openUntil, &a.opened, &a.reason.ZH, &a.reason.EN)
}

const pausedAgain = 10 * time.Second // how soon an account that somebody paused is looked at again

// admit tells why nothing goes over the account now, and when to ask again.
func (a *accountState) admit(now int64) (why string, until int64) {
	if a.paused == 1 {
		return WhyAccount, now + clock.Micros(time.Unix(0, 0).Add(pausedAgain))
	}
	if a.openUntil != 0 {
		if now < a.openUntil {
			return WhyAccount, a.openUntil
		}
		if a.probing {
			return WhyAccount, now + 5*second
		}
	}
	if a.rate > 0 {
		if n, next := allowance(a.rateAt, a.rate, now); n == 0 {
			return WhyRate, next
		}
	}
	return "", 0
}

// take counts a message that goes.
func (a *accountState) take(now int64) {
	if a.rate > 0 {
		a.rateAt, a.changed = spend(a.rateAt, a.rate, now, 1), true
	}
	if a.openUntil != 0 {
		// One goes to see whether it works; until that is known nobody else asks.
		a.probing, a.openUntil, a.changed = true, now+60*second, true
	}
}

// accountStates reads the states of all accounts over which messages may go;
// those with a rate or an open breaker are the caller's until tx ends.
func accountStates(ctx context.Context, tx *db.Tx, orgID string, all []*message, r *rules) (map[string]*accountState, error) {
	out := map[string]*accountState{}
	for _, m := range all {
		addresses, err := m.addresses()
		if err != nil {
			return nil, err
		}
		for _, a := range addresses {
			if out[a.AccountID] == nil {
				out[a.AccountID] = &accountState{id: a.AccountID, carrier: a.Carrier, rate: r.rates[a.Carrier]}
			}
		}
	}
	err := loadChanging(ctx, tx, orgID, out, func(a *accountState) bool { return a.rate > 0 || a.openUntil != 0 })
	return out, err
}

// loadChanging fills in what is stored of accounts, and makes those that will
// change the caller's until tx ends. The rest are only read: otherwise all who
// take messages of an account, and all who write down what became of some,
// would stand in line for nothing.
func loadChanging(ctx context.Context, tx *db.Tx, orgID string, out map[string]*accountState, will func(*accountState) bool) error {
	if err := readAccounts(ctx, tx, orgID, out); err != nil || tx.Engine() == db.SQLite {
		return err // SQLite has one writer: whatever is read is its own
	}
	ours := map[string]*accountState{}
	for id, a := range out {
		if will(a) {
			ours[id] = a
		}
	}
	if len(ours) == 0 {
		return nil
	}
	return loadAccounts(ctx, tx, orgID, ours)
}

// loadAccounts fills in what is stored of accounts.
func loadAccounts(ctx context.Context, tx *db.Tx, orgID string, out map[string]*accountState) error {
	tail := ""
	if tx.Engine() == db.Postgres {
		tail = " ORDER BY account_id FOR UPDATE"
		var id, carrier []string
		for _, a := range slices.Sorted(maps.Keys(out)) {
			id, carrier = append(id, a), append(carrier, out[a].carrier)
		}
		if err := insertAccounts(ctx, tx, orgID, id, carrier, "ON CONFLICT (org_id, account_id) DO NOTHING"); err != nil {
			return err
		}
	}
	return scanAccounts(ctx, tx, orgID, out, tail)
}

// readAccounts is loadAccounts for those who only read.
func readAccounts(ctx context.Context, tx *db.Tx, orgID string, out map[string]*accountState) error {
	return scanAccounts(ctx, tx, orgID, out, "")
}

func scanAccounts(ctx context.Context, tx *db.Tx, orgID string, out map[string]*accountState, tail string) error {
	where, arg := tx.In("account_id", slices.Sorted(maps.Keys(out)))
	return tx.Each(ctx, func(rows *sql.Rows) error {
		var a accountState
		if err := a.scan(rows); err != nil {
			return err
		}
		a.rate = out[a.id].rate
		if a.perMinute > 0 {
			a.rate = a.perMinute
		}
		*out[a.id] = a
		return nil
	}, "SELECT "+accountColumns+" FROM reach_account WHERE org_id = ? AND "+where+tail, orgID, arg)
}

func insertAccounts(ctx context.Context, tx *db.Tx, orgID string, id, carrier []string, tail string) error {
	n := len(id)
	zero := make([]int64, n)
	_, err := tx.BulkInsert(ctx, "reach_account", tail, db.Same("org_id", orgID, n), db.Text("account_id", id), db.Text("carrier", carrier), db.Int("paused", zero), db.Int("per_minute", zero),
		db.Int("rate_at", zero), db.Int("failures", zero), db.Int("open_until", zero), db.Int("opened", zero), db.Same("reason_zh", "", n), db.Same("reason_en", "", n), db.Int("changed_at", zero))
	return err
}

func keepAccounts(ctx context.Context, tx *db.Tx, orgID string, all map[string]*accountState, now int64) error {
	for _, id := range slices.Sorted(maps.Keys(all)) {
		a := all[id]
		if !a.changed {
			continue
		}
		if _, err := tx.Exec(ctx, `INSERT INTO reach_account (org_id, account_id, carrier, paused, per_minute, rate_at, failures, open_until, opened, reason_zh, reason_en, changed_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (org_id, account_id) DO UPDATE SET paused = excluded.paused, per_minute = excluded.per_minute, rate_at = excluded.rate_at,
			failures = excluded.failures, open_until = excluded.open_until, opened = excluded.opened, reason_zh = excluded.reason_zh, reason_en = excluded.reason_en, changed_at = excluded.changed_at`,
			orgID, a.id, a.carrier, a.paused, a.perMinute, a.rateAt, a.failures, a.openUntil, a.opened, a.reason.ZH, a.reason.EN, now); err != nil {
			return err
		}
	}
	return nil
}

// cares tells whether what sending over the account came to changes anything.
func (a *accountState) cares(works, failures int) bool {
	return failures > 0 || works > 0 && (a.failures != 0 || a.openUntil != 0 || a.opened != 0)
}

// heard counts what sending over the account came to.
func (a *accountState) heard(works, failures int, reason i18n.Text, now int64) (opened bool) {
	if works > 0 {
		if a.failures != 0 || a.openUntil != 0 || a.opened != 0 {
			a.failures, a.openUntil, a.opened, a.reason, a.changed = 0, 0, 0, i18n.Text{}, true
		}
		return false
	}
	if failures == 0 {
		return false
	}
	a.failures += int64(failures)
	a.reason, a.changed = reason, true
	if a.failures < breakAfter && a.opened == 0 {
		return false
	}
	wait := breakFirst
	for range a.opened {
		if wait *= 2; wait >= breakMost {
			wait = breakMost
			break
		}
	}
	a.opened++
	a.openUntil = now + wait.Microseconds()
	return true
}
