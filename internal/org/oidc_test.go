package org

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// sso configures single sign-on of a brand at a provider.
func (b *brand) sso(p *idp, more obj) {
	body := obj{"issuer": p.srv.URL, "client_id": p.client, "client_secret": p.secret, "enabled": true, "allowed_domains": []string{}}
	maps.Copy(body, more)
	b.owner.h.t.Helper()
	b.owner.want(200, "PUT", "/org/oidc", body, nil)
}

// through sends a browser through the provider and returns where it ends up.
func (b *brand) through(c *caller, p *idp, claims obj) string {
	b.owner.h.t.Helper()
	r := c.want(302, "GET", "/auth/oidc/start?org_id="+b.ID, nil, nil)
	back := p.login(r.header.Get("Location"), claims)
	return c.want(302, "GET", "/auth/oidc/callback?"+back.Encode(), nil, nil).header.Get("Location")
}

func person1(email string) obj {
	return obj{"sub": "u-" + email, "email": email, "email_verified": true, "name": "Somebody"}
}

func TestSignInThroughProvider(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.brand("Alpha")
		st, _ := b.hire("Mei", RoleOperator)
		p := newIDP(t, h.clock.Now)
		h.browser().want(200, "GET", "/auth/providers", nil, nil)
		b.sso(p, nil)
		var list struct{ Items []OrgChoice }
		h.browser().want(200, "GET", "/auth/providers", nil, &list)
		if !slices.Equal(list.Items, []OrgChoice{{b.ID, "Alpha"}}) {
			t.Fatalf("%+v", list.Items)
		}
		c := h.browser()
		start := c.want(302, "GET", "/auth/oidc/start?org_id="+b.ID, nil, nil)
		k := c.cookies[flowCookie]
		if k == nil || !k.HttpOnly || !k.Secure || k.SameSite != http.SameSiteLaxMode || k.MaxAge > 600 || start.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%+v", k)
		}
		back := p.login(start.header.Get("Location"), person1("MEI@alpha.example"))
		if got := c.want(302, "GET", "/auth/oidc/callback?"+back.Encode(), nil, nil).header.Get("Location"); got != "/" {
			t.Fatalf("sent to %s", got)
		}
		var me Me
		c.want(200, "GET", "/auth/me", nil, &me)
		if me.Staff.ID != st.ID || c.cookies[flowCookie] != nil {
			t.Fatalf("%+v, cookies %v", me, c.cookies)
		}
		// The answer works once.
		if got := c.want(302, "GET", "/auth/oidc/callback?"+back.Encode(), nil, nil).header.Get("Location"); got != "/sign-in?sso_error=expired" {
			t.Fatalf("a second time: %s", got)
		}
		got := h.actions(b.ID)
		if got[len(got)-1] != "staff.signed_in" || count(got, "oidc.configured") != 1 {
			t.Error(got)
		}
		b.owner.want(204, "DELETE", "/org/oidc", nil, nil)
		if got := c.want(302, "GET", "/auth/oidc/start?org_id="+b.ID, nil, nil).header.Get("Location"); got != "/sign-in?sso_error=not_found" {
			t.Fatalf("after removal: %s", got)
		}
	})
}

func TestProviderAnswersThatMustNotGetIn(t *testing.T) {
	h := newHouse(t, testkit.Open(t, db.SQLite, schema))
	b := h.brand("Alpha")
	st, _ := b.hire("Mei", RoleOperator)
	gone, _ := b.hire("Gone", RoleOperator)
	b.owner.want(200, "PATCH", "/staff/"+gone.ID, obj{"status": "disabled"}, nil)
	b.owner.want(201, "POST", "/staff", obj{"name": "New", "email": "new@alpha.example", "role": "viewer"}, nil)
	mei := person1(st.Email)
	with := func(more obj) obj {
		c := maps.Clone(mei)
		maps.Copy(c, more)
		return c
	}
	for _, c := range []struct {
		name   string
		claims obj
		break_ func(p *idp)
		want   string
	}{
		{name: "nothing wrong", claims: mei, want: "/"},
		{name: "wrong nonce", claims: with(obj{"nonce": "another"}), want: refusedProvider},
		{name: "no nonce", claims: with(obj{"nonce": ""}), want: refusedProvider},
		{name: "for another client", claims: with(obj{"aud": "another"}), want: refusedProvider},
		{name: "issued to another client", claims: with(obj{"aud": []string{"fishpond-client", "another"}, "azp": "another"}), want: refusedProvider},
		{name: "expired", claims: with(obj{"exp": time.Date(2026, 2, 28, 23, 0, 0, 0, time.UTC).Unix()}), want: refusedProvider},
		{name: "another issuer", claims: with(obj{"iss": "https://evil.example"}), want: refusedProvider},
		{name: "another key", claims: mei, break_: func(p *idp) { p.wrongKey = true }, want: refusedProvider},
		{name: "not signed", claims: mei, break_: func(p *idp) { p.algorithm = "none" }, want: refusedProvider},
		{name: "signed with the public key", claims: mei, break_: func(p *idp) { p.algorithm = "HS256" }, want: refusedProvider},
		{name: "client secret refused", claims: mei, break_: func(p *idp) { p.secret = "changed" }, want: refusedProvider},
		{name: "e-mail not verified", claims: with(obj{"email_verified": false}), want: refusedEmail},
		{name: "verification not said", claims: obj{"sub": "x", "email": st.Email}, want: refusedEmail},
		{name: "verified as text", claims: with(obj{"email_verified": "true"}), want: "/"},
		{name: "no e-mail at all", claims: obj{"sub": "x", "email_verified": true}, break_: func(p *idp) { p.userInfo = obj{"sub": "x"} }, want: refusedEmail},
		{name: "e-mail from user info", claims: obj{"sub": "u-" + st.Email}, break_: func(p *idp) { p.userInfo = obj{"sub": "u-" + st.Email, "email": st.Email, "email_verified": true} }, want: "/"},
		{name: "user info of another", claims: obj{"sub": "x"}, break_: func(p *idp) { p.userInfo = obj{"sub": "y", "email": st.Email, "email_verified": true} }, want: refusedProvider},
		{name: "domain not allowed", claims: person1("owner@beta.example"), want: refusedDomain},
		{name: "unknown", claims: person1("nobody@alpha.example"), want: refusedAccount},
		{name: "disabled", claims: person1(gone.Email), want: refusedAccount},
		{name: "invited only", claims: person1("new@alpha.example"), want: refusedAccount},
		{name: "another identity with the same e-mail", claims: with(obj{"sub": "somebody else"}), break_: func(p *idp) {
			if got := b.through(h.browser(), p, mei); got != "/" {
				t.Errorf("first sign-in: %s", got)
			}
		}, want: refusedIdentity},
	} {
		t.Run(c.name, func(t *testing.T) {
			h.clock.Advance(time.Minute) // fills the buckets again
			p := newIDP(t, h.clock.Now)
			b.sso(p, obj{"allowed_domains": []string{"Alpha.example"}})
			if c.break_ != nil {
				c.break_(p)
			}
			want := c.want
			if want != "/" {
				want = "/sign-in?sso_error=" + want
			}
			before := count(h.actions(b.ID), "staff.sign_in_failed")
			browser := h.browser()
			if got := b.through(browser, p, c.claims); got != want {
				t.Fatalf("sent to %s, want %s", got, want)
			}
			signedIn := browser.do("GET", "/auth/me", nil).status == 200
			failed := count(h.actions(b.ID), "staff.sign_in_failed") - before
			if signedIn != (c.want == "/") || (failed == 0) != signedIn {
				t.Errorf("signed in %v, %d failures audited", signedIn, failed)
			}
		})
	}
}

// The answer belongs to the browser that asked, for ten minutes.
func TestProviderAnswerBelongsToOneBrowser(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.brand("Alpha")
		st, _ := b.hire("Mei", RoleOperator)
		p := newIDP(t, h.clock.Now)
		b.sso(p, nil)
		start := func(c *caller) url.Values {
			return p.login(c.want(302, "GET", "/auth/oidc/start?org_id="+b.ID, nil, nil).header.Get("Location"), person1(st.Email))
		}
		finish := func(c *caller, back url.Values, want string) {
			t.Helper()
			if got := c.want(302, "GET", "/auth/oidc/callback?"+back.Encode(), nil, nil).header.Get("Location"); got != want {
				t.Errorf("sent to %s, want %s", got, want)
			}
		}
		attacker, victim := h.browser(), h.browser()
		theirs := start(attacker)
		finish(victim, theirs, "/sign-in?sso_error=expired") // no cookie
		start(victim)
		finish(victim, theirs, "/sign-in?sso_error=expired") // another state
		victim.want(401, "GET", "/auth/me", nil, nil)

		late := h.browser()
		back := start(late)
		h.clock.Advance(flowFor)
		finish(late, back, "/sign-in?sso_error=expired")

		cancelled := h.browser()
		back = start(cancelled)
		finish(cancelled, url.Values{"state": back["state"], "error": {"access_denied"}}, "/sign-in?sso_error=cancelled")
		cancelled = h.browser()
		back = start(cancelled)
		finish(cancelled, url.Values{"state": back["state"], "error": {"server_error"}}, "/sign-in?sso_error=provider")

		// What was never finished is cleared away.
		h.clock.Advance(flowFor)
		start(h.browser())
		var n int
		if err := d.Read(t.Context(), b.ID, func(tx *db.Tx) error {
			return tx.QueryRow(t.Context(), "SELECT COUNT(*) FROM org_oidc_flow WHERE org_id = ?", b.ID).Scan(&n)
		}); err != nil || n != 1 {
			t.Errorf("%d flows, %v", n, err)
		}
	})
}

func TestAccountsAreMadeOnlyWhereWanted(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.brand("Alpha")
		p := newIDP(t, h.clock.Now)
		b.owner.want(201, "POST", "/staff", obj{"name": "New", "email": "new@alpha.example", "role": "finance"}, nil)
		r := b.owner.want(422, "PUT", "/org/oidc", obj{"issuer": p.srv.URL, "client_id": p.client, "client_secret": p.secret, "enabled": true, "auto_role": "viewer"}, nil)
		if !strings.Contains(r.body, "allowed_domains") {
			t.Error(r.body)
		}
		b.owner.want(422, "PUT", "/org/oidc", obj{"issuer": p.srv.URL, "client_id": p.client, "client_secret": p.secret, "enabled": true, "auto_role": "owner", "allowed_domains": []string{"alpha.example"}}, nil)
		b.sso(p, obj{"auto_role": "viewer", "allowed_domains": []string{"alpha.example"}})
		c := h.browser()
		if got := b.through(c, p, obj{"sub": "1", "email": "wang@alpha.example", "email_verified": true, "name": "王\n芳"}); got != "/" {
			t.Fatal(got)
		}
		var me Me
		c.want(200, "GET", "/auth/me", nil, &me)
		if me.Staff.Role != RoleViewer || me.Staff.Name != "wang" || me.Staff.HasPassword {
			t.Fatalf("%+v", me.Staff)
		}
		c.want(409, "POST", "/auth/password", obj{"current": "", "new": "staple battery horse"}, nil)
		h.browser().want(401, "POST", "/auth/sign-in", obj{"email": "wang@alpha.example", "password": ""}, nil)
		if got := b.through(h.browser(), p, obj{"sub": "1", "email": "wang@alpha.example", "email_verified": true}); got != "/" {
			t.Fatalf("second time: %s", got)
		}
		// An invitation is accepted this way too, with the role that was given.
		c = h.browser()
		if got := b.through(c, p, person1("new@alpha.example")); got != "/" {
			t.Fatal(got)
		}
		c.want(200, "GET", "/auth/me", nil, &me)
		if me.Staff.Role != RoleFinance {
			t.Fatalf("%+v", me.Staff)
		}
		if got := b.through(h.browser(), p, person1("x@beta.example")); got != "/sign-in?sso_error=domain" {
			t.Fatal(got)
		}
	})
}

func TestOIDCConfiguration(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.brand("Alpha")
		_, operator := b.hire("Op", RoleOperator)
		operator.want(403, "GET", "/org/oidc", nil, nil)
		var cfg OIDCConfig
		b.owner.want(200, "GET", "/org/oidc", nil, &cfg)
		if cfg.Enabled || cfg.HasSecret || cfg.RedirectURI != baseURL+"/api/v1/auth/oidc/callback" {
			t.Fatalf("%+v", cfg)
		}
		p := newIDP(t, h.clock.Now)
		b.sso(p, obj{"allowed_domains": []string{"@Alpha.example", "alpha.example"}})
		r := b.owner.want(200, "GET", "/org/oidc", nil, &cfg)
		if !cfg.Enabled || !cfg.HasSecret || cfg.Issuer != p.srv.URL || !slices.Equal(cfg.AllowedDomains, []string{"alpha.example"}) || strings.Contains(r.body, p.secret) {
			t.Fatal(r.body)
		}
		var sealed string
		if err := d.Read(t.Context(), b.ID, func(tx *db.Tx) error {
			return tx.QueryRow(t.Context(), "SELECT client_secret FROM org_oidc WHERE org_id = ?", b.ID).Scan(&sealed)
		}); err != nil || strings.Contains(sealed, p.secret) || !strings.HasPrefix(sealed, "fp1.") {
			t.Fatalf("stored %q, %v", sealed, err)
		}
		// The same again without the secret keeps it; another issuer must not get it.
		b.owner.want(200, "PUT", "/org/oidc", cfg, &cfg)
		if !cfg.HasSecret {
			t.Error("secret lost")
		}
		q := newIDP(t, h.clock.Now)
		cfg.Issuer = q.srv.URL
		if r := b.owner.want(422, "PUT", "/org/oidc", cfg, nil); !strings.Contains(r.body, "client_secret") {
			t.Error(r.body)
		}
		before := len(q.requests)
		q.mu.Lock()
		if slices.Contains(q.requests, "/token") {
			t.Errorf("the secret went out: %d requests", before)
		}
		q.mu.Unlock()
		for name, bad := range map[string]obj{
			"issuer":          {"issuer": "http://login.example", "client_id": "x", "client_secret": "x", "enabled": false},
			"issuer.":         {"issuer": "https://user:pw@login.example", "client_id": "x", "client_secret": "x", "enabled": false},
			"issuer..":        {"issuer": "file:///etc/passwd", "client_id": "x", "client_secret": "x", "enabled": false},
			"client_id":       {"issuer": "https://login.example", "client_id": " ", "client_secret": "x", "enabled": false},
			"allowed_domains": {"issuer": "https://login.example", "client_id": "x", "client_secret": "x", "enabled": false, "allowed_domains": []string{"not a domain"}},
			"auto_role":       {"issuer": "https://login.example", "client_id": "x", "client_secret": "x", "enabled": false, "auto_role": "boss"},
		} {
			r := b.owner.want(422, "PUT", "/org/oidc", bad, nil)
			if !strings.Contains(r.body, "body."+strings.TrimRight(name, ".")) {
				t.Errorf("%s: %s", name, r.body)
			}
		}
		// Not enabled: kept for later without asking the provider.
		b.owner.want(200, "PUT", "/org/oidc", obj{"issuer": "https://login.example", "client_id": "x", "client_secret": "x", "enabled": false}, nil)
		var list struct{ Items []OrgChoice }
		h.browser().want(200, "GET", "/auth/providers", nil, &list)
		if len(list.Items) != 0 {
			t.Errorf("%+v", list.Items)
		}
	})
}

// A provider's description decides where secrets and browsers go.
func TestProviderDescriptionIsNotTrustedBlindly(t *testing.T) {
	h := newHouse(t, testkit.Open(t, db.SQLite, schema))
	b := h.brand("Alpha")
	for name, p := range map[string]func(p *idp){
		"calls itself something else": func(p *idp) { p.discovery = func(d map[string]any) { d["issuer"] = "https://other.example" } },
		"sends browsers to a script": func(p *idp) {
			p.discovery = func(d map[string]any) { d["authorization_endpoint"] = "javascript:alert(1)" }
		},
		"sends browsers over http": func(p *idp) {
			p.discovery = func(d map[string]any) { d["authorization_endpoint"] = "http://login.example/" }
		},
		"talks without end": func(p *idp) { p.huge = true },
		"is gone":           func(p *idp) { p.srv.Close() },
	} {
		idp := newIDP(t, h.clock.Now)
		p(idp)
		r := b.owner.want(422, "PUT", "/org/oidc", obj{"issuer": idp.srv.URL, "client_id": idp.client, "client_secret": idp.secret, "enabled": true}, nil)
		if !strings.Contains(r.body, "body.issuer") {
			t.Errorf("%s: %s", name, r.body)
		}
	}
	// A token endpoint in the clear elsewhere gets no code and no secret.
	p := newIDP(t, h.clock.Now)
	st, _ := b.hire("Mei", RoleOperator)
	p.discovery = func(d map[string]any) { d["token_endpoint"] = "http://collector.example/token" }
	b.sso(p, nil)
	if got := b.through(h.browser(), p, person1(st.Email)); got != "/sign-in?sso_error=provider" {
		t.Error(got)
	}
}

// An issuer on the network must not lead us to services of this machine.
func TestGuardOfProviderClient(t *testing.T) {
	p := newIDP(t, time.Now)
	for issuer, allowed := range map[string]bool{"https://login.example": false, p.srv.URL: true} {
		resp, err := providerClient(issuer).Get(p.srv.URL + "/keys")
		if (err == nil) != allowed {
			t.Errorf("as %s: %v", issuer, err)
		}
		if err == nil {
			_ = resp.Body.Close()
		} else if !strings.Contains(err.Error(), "not https") {
			t.Errorf("as %s: %v", issuer, err)
		}
	}
}
