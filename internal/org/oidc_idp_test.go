package org

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"
)

// idp is a little OpenID Connect provider: discovery, keys, token and user
// info endpoints over real HTTP. Who is at its login page is up to the test.
type idp struct {
	t      *testing.T
	srv    *httptest.Server
	key    *rsa.PrivateKey
	now    func() time.Time
	client string
	secret string

	mu       sync.Mutex
	codes    map[string]grant
	requests []string

	// How it misbehaves.
	claims    func(c map[string]any) // changes an ID token's claims
	algorithm string                 // RS256 unless set
	wrongKey  bool
	userInfo  map[string]any
	discovery func(doc map[string]any)
	huge      bool
}

// grant is what a code stands for.
type grant struct {
	nonce, challenge, redirect string
	claims                     map[string]any
}

func newIDP(t *testing.T, now func() time.Time) *idp {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &idp{t: t, key: key, now: now, client: "fishpond-client", secret: "very secret indeed", codes: map[string]grant{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.serveDiscovery)
	mux.HandleFunc("GET /keys", p.serveKeys)
	mux.HandleFunc("POST /token", p.serveToken)
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, _ *http.Request) { reply200(w, p.userInfo) })
	p.srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.requests = append(p.requests, r.URL.Path)
		p.mu.Unlock()
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(p.srv.Close)
	return p
}

func reply200(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (p *idp) serveDiscovery(w http.ResponseWriter, _ *http.Request) {
	u := p.srv.URL
	doc := map[string]any{"issuer": u, "authorization_endpoint": u + "/authorize", "token_endpoint": u + "/token", "jwks_uri": u + "/keys",
		"userinfo_endpoint": u + "/userinfo", "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"}}
	if p.discovery != nil {
		p.discovery(doc)
	}
	if p.huge {
		doc["padding"] = string(make([]byte, providerMaxBody))
	}
	reply200(w, doc)
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (p *idp) serveKeys(w http.ResponseWriter, _ *http.Request) {
	pub := p.key.PublicKey
	reply200(w, map[string]any{"keys": []any{map[string]any{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "k1",
		"n": b64(pub.N.Bytes()), "e": b64(big.NewInt(int64(pub.E)).Bytes())}}})
}

// login is somebody signing in at the address that the browser was sent to;
// it returns the query of the way back.
func (p *idp) login(address string, claims map[string]any) url.Values {
	p.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		p.t.Fatal(err)
	}
	q := u.Query()
	if u.Path != "/authorize" || q.Get("response_type") != "code" || q.Get("client_id") != p.client || q.Get("code_challenge_method") != "S256" ||
		q.Get("scope") != "openid email profile" || len(q.Get("nonce")) < 40 || len(q.Get("state")) < 40 {
		p.t.Fatalf("authorization request %s", address)
	}
	code := "code-" + q.Get("state")[:8]
	p.mu.Lock()
	defer p.mu.Unlock()
	p.codes[code] = grant{q.Get("nonce"), q.Get("code_challenge"), q.Get("redirect_uri"), claims}
	return url.Values{"state": {q.Get("state")}, "code": {code}}
}

func (p *idp) serveToken(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	} else {
		id, _ = url.QueryUnescape(id)
		secret, _ = url.QueryUnescape(secret)
	}
	g, ok := p.codes[r.PostFormValue("code")]
	delete(p.codes, r.PostFormValue("code"))
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if id != p.client || secret != p.secret || !ok || b64(sum[:]) != g.challenge || r.PostFormValue("redirect_uri") != g.redirect {
		w.WriteHeader(http.StatusBadRequest)
		reply200(w, map[string]string{"error": "invalid_grant"})
		return
	}
	claims := map[string]any{"iss": p.srv.URL, "aud": p.client, "nonce": g.nonce, "iat": p.now().Unix(), "exp": p.now().Add(5 * time.Minute).Unix()}
	maps.Copy(claims, g.claims)
	if p.claims != nil {
		p.claims(claims)
	}
	reply200(w, map[string]any{"access_token": "opaque", "token_type": "Bearer", "expires_in": 300, "id_token": p.sign(claims)})
}

// sign makes a JWT (RFC 7519) by hand, so that a test can make a bad one.
func (p *idp) sign(claims map[string]any) string {
	alg := p.algorithm
	if alg == "" {
		alg = "RS256"
	}
	header, _ := json.Marshal(map[string]string{"alg": alg, "kid": "k1", "typ": "JWT"})
	body, _ := json.Marshal(claims)
	input := b64(header) + "." + b64(body)
	switch alg {
	case "none":
		return input + "."
	case "HS256": // the public key as the secret: the classic confusion
		m := hmac.New(sha256.New, p.key.PublicKey.N.Bytes())
		m.Write([]byte(input))
		return input + "." + b64(m.Sum(nil))
	}
	key := p.key
	if p.wrongKey {
		key, _ = rsa.GenerateKey(rand.Reader, 2048)
	}
	sum := sha256.Sum256([]byte(input))
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		p.t.Error(err)
	}
	return input + "." + b64(sig)
}
