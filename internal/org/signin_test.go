package org

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

func TestSignIn(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.brand("Alpha")
		gone, _ := b.hire("Gone", RoleViewer)
		b.owner.want(200, "PATCH", "/staff/"+gone.ID, obj{"status": "disabled"}, nil)
		b.owner.want(201, "POST", "/staff", obj{"name": "New", "email": "new@alpha.example", "role": "viewer"}, nil)
		h.clock.Advance(time.Hour)
		wrong := ""
		for _, c := range []struct{ name, email, password string }{
			{"wrong password", "owner@alpha.example", "not the password"},
			{"unknown e-mail", "nobody@alpha.example", goodPass},
			{"disabled", gone.Email, goodPass},
			{"invited, has no password yet", "new@alpha.example", ""},
			{"not an e-mail", "owner", goodPass},
		} {
			h.clock.Advance(time.Minute)
			caller := h.browser()
			r := caller.want(401, "POST", "/auth/sign-in", obj{"email": c.email, "password": c.password}, nil)
			var p struct{ Detail, Code string }
			if err := json.Unmarshal([]byte(r.body), &p); err != nil || p.Code != "unauthenticated" {
				t.Fatal(r.body)
			}
			if wrong == "" {
				wrong = p.Detail
			}
			if p.Detail != wrong || len(caller.cookies) != 0 {
				t.Errorf("%s can be told apart: %s", c.name, r.body)
			}
		}
		zh := h.browser()
		zh.lang = ""
		if r := zh.do("POST", "/auth/sign-in", obj{"email": "x@y.example", "password": "x"}); !strings.Contains(r.body, "邮箱或密码不正确") {
			t.Errorf("in Chinese: %s", r.body)
		}
		c := h.signIn(" Owner@ALPHA.example ", goodPass)
		var me Me
		c.want(200, "GET", "/auth/me", nil, &me)
		if me.Staff.ID != b.Owner.ID || me.Org != b.Org || !me.Staff.HasPassword || !slices.Contains(me.Permissions, "pool.track") {
			t.Fatalf("%+v", me)
		}
		got := h.actions(b.ID)
		if n := count(got, "staff.sign_in_failed"); n != 3 {
			t.Errorf("%d failures audited in %v", n, got)
		}
		if n := count(h.actions(db.AllOrgs), "staff.sign_in_failed"); n != 2 {
			t.Errorf("%d failures of unknown e-mails audited", n)
		}
		if got[len(got)-1] != "staff.signed_in" {
			t.Errorf("audited %v", got)
		}
		c.want(204, "POST", "/auth/sign-out", nil, nil)
		if len(c.cookies) != 0 {
			t.Errorf("cookies left: %v", c.cookies)
		}
		c.want(401, "GET", "/auth/me", nil, nil)
		h.browser().want(204, "POST", "/auth/sign-out", nil, nil)
	})
}

func count(all []string, one string) (n int) {
	for _, a := range all {
		if a == one {
			n++
		}
	}
	return n
}

// A person may work for several brands with the same e-mail.
func TestSignInChoosesAmongOrgsWhosePasswordFits(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		a, b, other := h.brand("Alpha"), h.brand("Beta"), h.brand("Gamma")
		join := func(br *brand, password string) {
			var got struct {
				InviteURL string `json:"invite_url"`
			}
			br.owner.want(201, "POST", "/staff", obj{"name": "Mei", "email": "mei@many.example", "role": "operator"}, &got)
			h.browser().want(200, "POST", "/invites/"+got.InviteURL[strings.LastIndex(got.InviteURL, "/")+1:], obj{"password": password}, nil)
		}
		join(a, goodPass)
		join(b, goodPass)
		join(other, "another long password")
		c := h.browser()
		var got signInBody
		c.want(200, "POST", "/auth/sign-in", obj{"email": "mei@many.example", "password": goodPass}, &got)
		slices.SortFunc(got.Choose, func(x, y OrgChoice) int { return strings.Compare(x.OrgName, y.OrgName) })
		if got.Me != nil || len(c.cookies) != 0 || !slices.Equal(got.Choose, []OrgChoice{{a.ID, "Alpha"}, {b.ID, "Beta"}}) {
			t.Fatalf("%+v, cookies %v", got, c.cookies)
		}
		got = signInBody{}
		c.want(200, "POST", "/auth/sign-in", obj{"email": "mei@many.example", "password": goodPass, "org_id": b.ID}, &got)
		if got.Me == nil || got.Me.Org.ID != b.ID || got.Choose != nil {
			t.Fatalf("%+v", got)
		}
		c.want(401, "POST", "/auth/sign-in", obj{"email": "mei@many.example", "password": goodPass, "org_id": other.ID}, nil)
		got = signInBody{}
		c.want(200, "POST", "/auth/sign-in", obj{"email": "mei@many.example", "password": "another long password"}, &got)
		if got.Me == nil || got.Me.Org.ID != other.ID {
			t.Fatalf("%+v", got)
		}
	})
}

func TestSignInIsRateLimited(t *testing.T) {
	h := newHouse(t, testkit.Open(t, db.SQLite, schema))
	h.brand("Alpha")
	h.clock.Advance(time.Hour)
	try := func(c *caller, email, password string) reply {
		return c.do("POST", "/auth/sign-in", obj{"email": email, "password": password})
	}
	c := h.browser()
	for range triesPerAccount {
		if r := try(c, "owner@alpha.example", "wrong"); r.status != 401 {
			t.Fatalf("%d %s", r.status, r.body)
		}
	}
	r := try(c, "owner@alpha.example", goodPass)
	if r.status != 429 || r.header.Get("Retry-After") != "30" {
		t.Fatalf("%d, retry after %q", r.status, r.header.Get("Retry-After"))
	}
	if r := try(c, "somebody@alpha.example", goodPass); r.status != 401 {
		t.Fatalf("another account from there: %d", r.status)
	}
	elsewhere := h.browser()
	elsewhere.ip = "198.51.100.9"
	if r := try(elsewhere, "owner@alpha.example", goodPass); r.status != 200 {
		t.Fatalf("from elsewhere: %d", r.status)
	}
	h.clock.Advance(accountRefill)
	if r := try(c, "owner@alpha.example", goodPass); r.status != 200 {
		t.Fatalf("after waiting: %d %s", r.status, r.body)
	}
	// Success gives the tries back.
	for range triesPerAccount {
		if r := try(c, "owner@alpha.example", "wrong"); r.status != 401 {
			t.Fatalf("after success: %d", r.status)
		}
	}
	// Many accounts from one address run out as well.
	var last reply
	for i := range triesPerAddress {
		last = try(c, fmt.Sprintf("guess%d@alpha.example", i), "wrong")
	}
	if last.status != 429 {
		t.Fatalf("an address may try on: %d", last.status)
	}
}

func TestPasswordChangeEndsOtherSessions(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.brand("Alpha")
		other := h.signIn("owner@alpha.example", goodPass)
		other.want(200, "GET", "/auth/me", nil, nil)
		const next = "staple battery horse"
		r := b.owner.want(422, "POST", "/auth/password", obj{"current": "wrong wrong", "new": next}, nil)
		if !strings.Contains(r.body, "body.current") {
			t.Fatal(r.body)
		}
		for _, weak := range []string{goodPass, "owner@alpha.example", "1234567890", "Owner  of ALPHA", "aaaaaaaaaaaa"} {
			if r := b.owner.want(422, "POST", "/auth/password", obj{"current": goodPass, "new": weak}, nil); !strings.Contains(r.body, "body.new") {
				t.Errorf("%q: %s", weak, r.body)
			}
			h.clock.Advance(time.Minute)
		}
		b.owner.want(204, "POST", "/auth/password", obj{"current": goodPass, "new": next}, nil)
		b.owner.want(200, "GET", "/auth/me", nil, nil)
		other.want(401, "GET", "/auth/me", nil, nil)
		h.browser().want(401, "POST", "/auth/sign-in", obj{"email": "owner@alpha.example", "password": goodPass}, nil)
		h.signIn("owner@alpha.example", next)
		if count(h.actions(b.ID), "staff.password_changed") != 1 {
			t.Error(h.actions(b.ID))
		}
	})
}

func TestCurrentPasswordCannotBeGuessed(t *testing.T) {
	h := newHouse(t, testkit.Open(t, db.SQLite, schema))
	b := h.brand("Alpha")
	for range triesPerAccount {
		b.owner.want(422, "POST", "/auth/password", obj{"current": "wrong", "new": "staple battery horse"}, nil)
	}
	b.owner.want(429, "POST", "/auth/password", obj{"current": goodPass, "new": "staple battery horse"}, nil)
}

func TestMeCanBeChanged(t *testing.T) {
	h := newHouse(t, testkit.Open(t, db.SQLite, schema))
	b := h.brand("Alpha")
	var me Me
	b.owner.want(200, "PATCH", "/auth/me", obj{"name": " 林晓 ", "locale": "en"}, &me)
	if me.Staff.Name != "林晓" || me.Staff.Locale != "en" {
		t.Fatalf("%+v", me.Staff)
	}
	b.owner.want(422, "PATCH", "/auth/me", obj{"locale": "fr"}, nil)
	b.owner.want(200, "GET", "/auth/me", nil, &me)
	if me.Staff.Name != "林晓" || me.Staff.Locale != "en" {
		t.Fatalf("%+v", me.Staff)
	}
}

// When the costs are raised, hashes are made anew as people sign in.
func TestPasswordIsRehashedWhenCostsChange(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.brand("Alpha")
		stored := func() (p string) {
			if err := d.Read(t.Context(), b.ID, func(tx *db.Tx) error {
				st, err := staffByID(t.Context(), tx, b.ID, b.Owner.ID)
				p = st.Password
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return p
		}
		before := stored()
		h.signIn("owner@alpha.example", goodPass)
		if stored() != before {
			t.Error("hashed anew without need")
		}
		h.svc.hash.params.passes = 2
		h.signIn("owner@alpha.example", goodPass)
		after := stored()
		if after == before || !strings.Contains(after, ",t=2,") {
			t.Fatalf("%s", after)
		}
		h.signIn("owner@alpha.example", goodPass)
	})
}
