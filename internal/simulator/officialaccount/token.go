package officialaccount

import (
	"time"
)

const (
	lifetime = 7200 * time.Second
	// overlap is how long the former token still works after a new one was fetched.
	overlap = 5 * time.Minute
)

// identify finds an account by appid and secret, and checks where the call comes from.
func (c *call) identify(appid, secret string) (*Account, error) {
	switch {
	case appid == "":
		return nil, fail(41002)
	case secret == "":
		return nil, fail(41004)
	}
	a := c.w.accounts[appid]
	switch {
	case a == nil:
		return nil, fail(40013)
	case a.Secret != secret:
		return nil, fail(40125)
	case !a.trusts(c.r):
		return nil, fail(40164)
	}
	return a, nil
}

// getToken answers 「获取Access token」: every call makes a new token, and the one before
// works for five minutes more.
func getToken(c *call) (any, error) {
	if c.q.Get("grant_type") != "client_credential" {
		return nil, fail(40002)
	}
	a, err := c.identify(c.q.Get("appid"), c.q.Get("secret"))
	if err != nil {
		return nil, err
	}
	return c.fresh(a), nil
}

// stableToken answers 「获取稳定版接口调用凭据」: the same token while it is valid, unless a new
// one is forced.
func stableToken(c *call) (any, error) {
	var in struct {
		Grant string `json:"grant_type"`
		AppID string `json:"appid"`
		Key   string `json:"secret"`
		Force bool   `json:"force_refresh"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.Grant != "client_credential" {
		return nil, fail(40002)
	}
	a, err := c.identify(in.AppID, in.Key)
	if err != nil {
		return nil, err
	}
	if !in.Force {
		var best *token
		for _, t := range c.w.tokens {
			if t.App == a.ID && t.Person == "" && c.at.Before(t.Expires) && (best == nil || t.Expires.After(best.Expires)) {
				best = t
			}
		}
		if best != nil {
			return reply{"access_token": best.Value, "expires_in": int(best.Expires.Sub(c.at) / time.Second)}, nil
		}
	}
	return c.fresh(a), nil
}

func (c *call) fresh(a *Account) reply {
	for value, t := range c.w.tokens {
		switch {
		case c.at.Sub(t.Expires) > 48*time.Hour:
			delete(c.w.tokens, value)
		case t.App == a.ID && t.Person == "" && t.Expires.After(c.at.Add(overlap)):
			t.Expires = c.at.Add(overlap)
		}
	}
	t := &token{Value: "9" + random(140), App: a.ID, Expires: c.at.Add(lifetime)}
	c.w.tokens[t.Value] = t
	return reply{"access_token": t.Value, "expires_in": int(lifetime / time.Second)}
}
