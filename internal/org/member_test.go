package org

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
)

// corp stands in for carriers: accounts by id, and codes that work once.
type corp struct {
	orgs  map[string]string // by account
	codes map[string]Member
	down  error
}

func (c *corp) SignInURL(_ context.Context, accountID, redirect, state string) (string, string, error) {
	if c.orgs[accountID] == "" {
		return "", "", errs.NotFound(i18n.T("账号", "account"))
	}
	return c.orgs[accountID], "https://platform.example/authorize?" + url.Values{"redirect_uri": {redirect}, "state": {state}}.Encode(), nil
}

func (c *corp) ByCode(_ context.Context, accountID, code string) (string, Member, error) {
	m, ok := c.codes[code]
	if delete(c.codes, code); c.down != nil {
		return "", Member{}, c.down
	}
	if !ok {
		return "", Member{}, errs.Forbidden(i18n.T("登录凭证已失效", "The code has been used"))
	}
	return c.orgs[accountID], m, nil
}

// stateOf is what the platform hands back.
func stateOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil || u.Query().Get("redirect_uri") != baseURL+"/api/v1/auth/wecom/callback" {
		t.Fatalf("%s %v", address, err)
	}
	return u.Query().Get("state")
}

func TestMembersSignIn(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		a, b := h.brand("Alpha"), h.brand("Beta")
		mei, _ := a.hire("Mei", RoleAssociate)
		gone, _ := a.hire("Gone", RoleAssociate)
		a.owner.want(200, "PATCH", "/staff/"+gone.ID, obj{"status": "disabled"}, nil)
		var invited struct{ Staff Staff }
		a.owner.want(201, "POST", "/staff", obj{"name": "New", "email": "new@alpha.example", "role": "viewer"}, &invited)
		c := &corp{orgs: map[string]string{"acc_a": a.ID, "acc_b": b.ID}, codes: map[string]Member{}}
		start := func(v *caller, account string) string {
			return v.want(302, "GET", "/auth/wecom/start?account="+account, nil, nil).header.Get("Location")
		}
		finish := func(v *caller, state, code string) string {
			return v.want(302, "GET", "/auth/wecom/callback?"+url.Values{"state": {state}, "code": {code}}.Encode(), nil, nil).header.Get("Location")
		}
		if got := start(h.browser(), "acc_a"); got != "/sign-in?return=%2Fsidebar%3Faccount%3Dacc_a&sso_error=not_found&via=wecom" {
			t.Errorf("without a platform: %s", got)
		}
		h.svc.SetMembers(c)

		v := h.browser()
		c.codes["1"] = Member{"mei", mei.ID, true}
		state := stateOf(t, start(v, "acc_a"))
		if strings.Trim(state, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" || len(state) < 26 {
			t.Errorf("a state that the platform may refuse: %s", state)
		}
		k := v.cookies[memberCookie]
		if k == nil || !k.HttpOnly || !k.Secure || k.SameSite != http.SameSiteLaxMode || k.MaxAge > 600 || k.Path != "/api/v1/auth/wecom" || k.Value == state {
			t.Fatalf("%+v", k)
		}
		if got := finish(v, state, "1"); got != "/sidebar?account=acc_a" {
			t.Fatalf("sent to %s", got)
		}
		var me Me
		v.want(200, "GET", "/auth/me", nil, &me)
		if me.Staff.ID != mei.ID || v.cookies[memberCookie] != nil {
			t.Errorf("%+v, cookies %v", me, v.cookies)
		}

		// Nothing of these gets in, and each is told why.
		refused := func(name, want string, v *caller, state, code string) {
			t.Helper()
			got, err := url.Parse(finish(v, state, code))
			if err != nil || got.Path != "/sign-in" || got.Query().Get("sso_error") != want || got.Query().Get("via") != "wecom" {
				t.Errorf("%s: %s", name, got)
			}
			if back := got.Query().Get("return"); back != "" && !strings.HasPrefix(back, "/sidebar?account=acc_") {
				t.Errorf("%s: leads to %s", name, back)
			}
			if v.cookies["fishpond_session"] != nil {
				t.Errorf("%s: got in", name)
			}
		}
		begin := func(account string) (*caller, string) {
			v := h.browser()
			return v, stateOf(t, start(v, account))
		}
		c.codes["2"] = Member{"mei", mei.ID, true}
		refused("the same answer again", refusedExpired, h.browser(), state, "2")
		one, state1 := begin("acc_a")
		other, _ := begin("acc_a")
		refused("another browser's answer", refusedExpired, other, state1, "2")
		refused("once it was tried with a wrong state", refusedExpired, other, state1, "2")
		refused("a made-up state", refusedExpired, one, "x", "2")
		late, stateLate := begin("acc_a")
		h.clock.Advance(flowFor)
		refused("ten minutes later", refusedExpired, late, stateLate, "2")
		for name, m := range map[string]struct {
			who  Member
			want string
		}{
			"nobody of the corp":        {Member{}, refusedMember},
			"a member who is nobody":    {Member{UserID: "li"}, refusedMember},
			"somebody who has gone":     {Member{"li", "stf_nobody", true}, refusedMember},
			"whom the owner has not":    {Member{"mei", mei.ID, false}, refusedUnproved},
			"a disabled account":        {Member{"gone", gone.ID, true}, refusedDisabled},
			"who has not come yet":      {Member{"new", invited.Staff.ID, true}, refusedDisabled},
			"staff of another org":      {Member{"x", b.Owner.ID, true}, refusedMember},
			"no code":                   {Member{}, refusedCancelled},
			"a code that does not work": {Member{}, refusedExpired},
		} {
			v, state := begin("acc_a")
			code := "3"
			switch m.want {
			case refusedCancelled:
				code = ""
			case refusedExpired:
			default:
				c.codes[code] = m.who
			}
			refused(name, m.want, v, state, code)
		}
		moved, stateMoved := begin("acc_a")
		c.codes["4"], c.orgs["acc_a"] = Member{"mei", mei.ID, true}, b.ID
		refused("an account that is another org's now", refusedProvider, moved, stateMoved, "4")
		c.orgs["acc_a"] = a.ID
		broken, stateBroken := begin("acc_a")
		c.down = errs.Unavailable(i18n.T("平台没有应答", "The platform does not answer"), nil)
		refused("a platform that is down", refusedProvider, broken, stateBroken, "4")
		c.down = nil

		// A sign-in through the org's provider is none on the platform, nor the other way.
		v, state = begin("acc_a")
		c.codes["5"] = Member{"mei", mei.ID, true}
		v.cookies[flowCookie] = &http.Cookie{Name: flowCookie, Value: v.cookies[memberCookie].Value}
		if got := v.want(302, "GET", "/auth/oidc/callback?state="+state+"&code=5", nil, nil).header.Get("Location"); got != "/sign-in?sso_error=expired" {
			t.Errorf("as the provider's answer: %s", got)
		}
		for _, account := range []string{"https://evil.example", "/evil", "a%0d%0aLocation:x", ""} {
			if r := v.do("GET", "/auth/wecom/start?account="+url.QueryEscape(account), nil); r.status != 422 {
				t.Errorf("%q: %d %s", account, r.status, r.header.Get("Location"))
			}
		}
		got := h.actions(a.ID)
		if n := count(got, "staff.sign_in_failed"); n < 10 || !slices.Contains(got, "staff.signed_in") {
			t.Errorf("%d failures of %v", n, got)
		}
		var log struct {
			Items []struct {
				Action string
				Detail map[string]string
			}
		}
		a.owner.want(200, "GET", "/audit?action=staff.sign&limit=100", nil, &log)
		if i := slices.IndexFunc(log.Items, func(e struct {
			Action string
			Detail map[string]string
		}) bool {
			return e.Detail["method"] == "wecom" && e.Detail["reason"] == refusedUnproved
		}); i < 0 || log.Items[i].Detail["user_id"] != "mei" || log.Items[i].Detail["account"] != "acc_a" {
			t.Errorf("%+v", log.Items)
		}

		// Machines that knock are slowed down.
		knock := h.browser()
		knock.ip = "198.51.100.4"
		for range triesPerAddress {
			start(knock, "acc_a")
		}
		if got := start(knock, "acc_a"); !strings.Contains(got, "sso_error=too_many") {
			t.Errorf("the 31st try: %s", got)
		}
	})
}
