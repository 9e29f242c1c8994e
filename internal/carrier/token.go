package carrier

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/secret"
)

const (
	tokenPurpose = "carrier.token"
	tokenMargin  = 5 * time.Minute        // a token is not given out in its last minutes
	tokenLease   = 15 * time.Second       // how long one node may take to fetch
	tokenPoll    = 100 * time.Millisecond // how often the others look whether it has
)

// tokenCache keeps what this process has seen, so that a call costs no query.
type tokenCache struct{ slots sync.Map } // account and slot → *tokenSlot

type tokenSlot struct {
	mu      sync.Mutex // one of this process looks or fetches at a time
	token   secret.Redacted
	expires int64
}

func (c *tokenCache) slot(accountID, slot string) *tokenSlot {
	v, _ := c.slots.LoadOrStore([2]string{accountID, slot}, &tokenSlot{})
	return v.(*tokenSlot)
}

// forget drops an account's tokens after its secret changed.
func (c *tokenCache) forget(accountID string) {
	c.slots.Range(func(key, _ any) bool {
		if key.([2]string)[0] == accountID {
			c.slots.Delete(key)
		}
		return true
	})
}

// accountTokens gives the tokens of one account and secret. It implements
// wire.Tokens: tokens live in the database, sealed, and whoever takes the lease
// on the row is the only one who fetches, over all nodes.
type accountTokens struct {
	s             *Service
	org, id, slot string
	fetch         wire.Fetch
}

// Token implements wire.Tokens.
func (t *accountTokens) Token(ctx context.Context, refused string) (string, error) {
	slot := t.s.tokens.slot(t.id, t.slot)
	slot.mu.Lock()
	defer slot.mu.Unlock()
	if slot.token != "" && slot.token.Reveal() != refused && slot.expires > t.s.micros() {
		return slot.token.Reveal(), nil
	}
	for began := t.s.now(); ; {
		token, expires, mine, err := t.look(ctx, refused)
		if err == nil && mine {
			token, expires, err = t.renew(ctx)
		}
		if err != nil {
			return "", err
		}
		if token != "" {
			slot.token, slot.expires = token, expires
			return token.Reveal(), nil
		}
		if t.s.now().Sub(began) > 2*tokenLease {
			return "", errs.Unavailable(i18n.T("正在获取平台凭证，请稍后再试", "An access token is being fetched; try again shortly"), errors.New("carrier: waited too long for another node's token"))
		}
		if err := t.s.o.Sleep(ctx, tokenPoll); err != nil {
			return "", err
		}
	}
}

// look returns the stored token and when to look again, or takes the lease to
// fetch one: mine. Neither: another node is fetching. A token that came between
// is seen, because whoever holds the row looks again.
func (t *accountTokens) look(ctx context.Context, refused string) (token secret.Redacted, expires int64, mine bool, err error) {
	err = t.s.db.Read(ctx, t.org, func(tx *db.Tx) error {
		token, expires, err = t.stored(ctx, tx, refused)
		return err
	})
	if err != nil || token != "" {
		return token, expires, false, err
	}
	err = t.s.db.Write(ctx, t.org, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, "INSERT INTO carrier_token (org_id, account_id, slot) VALUES (?, ?, ?) ON CONFLICT (org_id, account_id, slot) DO NOTHING", t.org, t.id, t.slot); err != nil {
			return err
		}
		now := t.s.now()
		n, err := tx.Changed(ctx, "UPDATE carrier_token SET lease_by = ?, lease_until = ? WHERE org_id = ? AND account_id = ? AND slot = ? AND lease_until <= ?",
			t.s.node, clock.Micros(now.Add(tokenLease)), t.org, t.id, t.slot, clock.Micros(now))
		if mine = n == 1; err != nil || !mine {
			return err
		}
		if token, expires, err = t.stored(ctx, tx, refused); err != nil || token == "" {
			return err
		}
		mine = false
		_, err = tx.Exec(ctx, "UPDATE carrier_token SET lease_until = 0 WHERE org_id = ? AND account_id = ? AND slot = ?", t.org, t.id, t.slot)
		return err
	})
	return token, expires, mine, err
}

// stored returns the token in the database, empty when there is none that will
// live a while or when it is the one that was refused.
func (t *accountTokens) stored(ctx context.Context, tx *db.Tx, refused string) (token secret.Redacted, expires int64, err error) {
	var sealed string
	err = tx.QueryRow(ctx, "SELECT sealed, expires_at FROM carrier_token WHERE org_id = ? AND account_id = ? AND slot = ?", t.org, t.id, t.slot).Scan(&sealed, &expires)
	expires -= tokenMargin.Microseconds()
	if db.IsNoRows(err) || err == nil && (sealed == "" || expires <= t.s.micros()) {
		return "", 0, nil
	}
	if err != nil {
		return "", 0, err
	}
	token, err = t.s.ports.Sealer.OpenString(t.org, tokenPurpose+"."+t.id+"."+t.slot, sealed)
	if err != nil || token.Reveal() == refused {
		return "", 0, nil //nolint:nilerr // sealed under a key that is gone: fetch another
	}
	return token, expires, nil
}

// renew fetches a token and stores it; the lease ends with it, also when
// nothing was fetched.
func (t *accountTokens) renew(ctx context.Context) (token secret.Redacted, expires int64, err error) {
	fetch, cancel := context.WithTimeout(ctx, tokenLease-2*time.Second)
	defer cancel()
	plain, lives, cause := t.fetch(fetch)
	t.s.told(ctx, t.org, t.id, "gettoken", cause)
	sealed, until := "", int64(0)
	if cause == nil {
		sealed = t.s.ports.Sealer.SealString(t.org, tokenPurpose+"."+t.id+"."+t.slot, secret.Redacted(plain))
		until = clock.Micros(t.s.now().Add(lives))
	}
	// Also when the caller has gone: others wait for the lease.
	err = t.s.db.Write(context.WithoutCancel(ctx), t.org, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE carrier_token SET sealed = ?, expires_at = ?, lease_until = 0 WHERE org_id = ? AND account_id = ? AND slot = ? AND lease_by = ?",
			sealed, until, t.org, t.id, t.slot, t.s.node)
		return err
	})
	if cause != nil {
		return "", 0, cause
	}
	if err != nil {
		return "", 0, fmt.Errorf("carrier: keep token: %w", err)
	}
	return secret.Redacted(plain), until - tokenMargin.Microseconds(), nil
}
