package wecom

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// lifetime of an access token and of a ticket.
const lifetime = 7200 * time.Second

// token lets an app call the API until it expires.
type token struct {
	Value   string    `json:"value"`
	Corp    string    `json:"corp"`
	App     string    `json:"app"` // App.ID
	Expires time.Time `json:"expires"`
}

// tokens are all that were given out in the last two days. Older ones count as never
// given out: 40014 rather than 42001.
type tokens struct {
	mu    *sync.Mutex
	all   map[string]*token
	valid map[string]*token // by corp and app
}

func newTokens() tokens {
	return tokens{mu: &sync.Mutex{}, all: map[string]*token{}, valid: map[string]*token{}}
}

func (t *tokens) find(value string) *token {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.all[value]
}

// current returns the app's token, a new one when the last has expired.
func (t *tokens) current(corp, app string, now time.Time) token {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := corp + "/" + app
	if have := t.valid[key]; have != nil && now.Before(have.Expires) {
		return *have
	}
	for value, old := range t.all {
		if now.Sub(old.Expires) > 48*time.Hour {
			delete(t.all, value)
		}
	}
	fresh := &token{Value: random(200), Corp: corp, App: app, Expires: now.Add(lifetime)}
	t.all[fresh.Value], t.valid[key] = fresh, fresh
	return *fresh
}

// expire ends all tokens of a corp ("" for all) now.
func (t *tokens) expire(corp string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, tok := range t.all {
		if (corp == "" || tok.Corp == corp) && now.Before(tok.Expires) {
			tok.Expires = now
		}
	}
}

func (t *tokens) list() []token {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]token, 0, len(t.all))
	for _, tok := range t.all {
		out = append(out, *tok)
	}
	slices.SortFunc(out, func(a, b token) int { return a.Expires.Compare(b.Expires) })
	return out
}

func (t *tokens) replace(list []*token) {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.all)
	clear(t.valid)
	for _, tok := range list { // the last to expire of an app is its valid one
		t.all[tok.Value], t.valid[tok.Corp+"/"+tok.App] = tok, tok
	}
}

// ExpireTokens ends the access tokens of a corp now, "" for all corps.
func (w *World) ExpireTokens(corp string) { w.tokens.expire(corp, w.Clock()) }

// HasToken reports whether an access token was given out by a corp here.
func (w *World) HasToken(value string) bool { return w.tokens.find(value) != nil }

// gettoken gives an access token for a corp id and the secret of one of its apps.
// Repeated calls give the same token while it is valid. Documentation page:
// 「获取access_token」.
func (w *World) gettoken(c *call) (any, error) {
	corpid, secret := c.query.Get("corpid"), c.query.Get("corpsecret")
	switch {
	case corpid == "":
		return nil, fail(41002, "")
	case secret == "":
		return nil, fail(41004, "")
	}
	corp := w.Corp(corpid)
	if corp == nil {
		return nil, fail(40013, "")
	}
	app := corp.appOfSecret(secret)
	if app == nil {
		for _, other := range w.Corps() {
			if other != corp && other.appOfSecret(secret) != nil {
				return nil, fail(40091, "")
			}
		}
		return nil, fail(40001, "")
	}
	if !app.trusts(c.r) {
		return nil, fail(60020, "from ip: %s", address(c.r))
	}
	now := w.Clock()
	tok := w.tokens.current(corp.ID, app.ID, now)
	return reply{"access_token": tok.Value, "expires_in": int(tok.Expires.Sub(now) / time.Second)}, nil
}

// address is the caller's IP address.
func address(r *http.Request) string {
	host := r.RemoteAddr
	if i := strings.LastIndexByte(host, ':'); i > 0 {
		host = strings.Trim(host[:i], "[]")
	}
	return host
}
