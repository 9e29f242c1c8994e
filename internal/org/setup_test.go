package org

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
)

func (h *house) setupToken() string {
	h.t.Helper()
	link, needed, err := h.svc.SetupLink(h.t.Context())
	if err != nil || !needed {
		h.t.Fatalf("needed %v: %v", needed, err)
	}
	return tokenOf(h.t, link)
}

func tokenOf(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil || !strings.HasPrefix(link, baseURL+"/setup?") || u.Query().Get("token") == "" {
		t.Fatalf("link %q: %v", link, err)
	}
	return u.Query().Get("token")
}

func setupBody(token string) obj {
	return obj{"token": token, "org_name": "Rosehip", "name": "Lin", "email": "Lin@Rosehip.example", "password": goodPass,
		"time_zone": "Asia/Shanghai", "currency": "CNY", "locale": "zh-CN"}
}

func TestSetupMakesTheFirstOwnerOnce(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		old := h.setupToken()
		token := h.setupToken()
		c := h.browser()
		var st SetupState
		c.want(200, "GET", "/setup?token="+old, nil, &st)
		if st != (SetupState{Needed: true}) {
			t.Fatalf("a replaced link: %+v", st)
		}
		c.want(200, "GET", "/setup?token="+token, nil, &st)
		if !st.Valid || !st.Needed || st.Org != nil {
			t.Fatalf("%+v", st)
		}
		c.want(409, "POST", "/setup", setupBody(old), nil)
		var me Me
		r := c.want(200, "POST", "/setup", setupBody(token), &me)
		if me.Staff.Email != "lin@rosehip.example" || me.Staff.Role != RoleOwner || me.Org.Name != "Rosehip" || !slices.Contains(me.Permissions, permStaff) {
			t.Fatalf("%+v", me)
		}
		k := c.cookies["fishpond_session"]
		if k == nil || !k.HttpOnly || !k.Secure || k.SameSite != http.SameSiteLaxMode || k.Path != "/" || r.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("cookie %+v", k)
		}
		c.want(200, "GET", "/auth/me", nil, &me)
		c.want(200, "GET", "/setup?token="+token, nil, &st)
		if st.Needed || st.Valid {
			t.Fatalf("after set-up: %+v", st)
		}
		h.browser().want(409, "POST", "/setup", setupBody(token), nil)
		if link, needed, err := h.svc.SetupLink(t.Context()); err != nil || needed || link != "" {
			t.Fatalf("%q %v %v", link, needed, err)
		}
		if got := h.actions(me.Org.ID); !slices.Equal(got, []string{"org.created", "staff.created", "staff.signed_in"}) {
			t.Fatalf("audited %v", got)
		}
	})
}

func TestSetupLinkExpires(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		token := h.setupToken()
		h.clock.Advance(setupFor)
		h.browser().want(409, "POST", "/setup", setupBody(token), nil)
	})
}

func TestSetupSaysWhichFieldIsWrong(t *testing.T) {
	h := newHouse(t, testkit.Open(t, db.SQLite, schema))
	for field, value := range map[string]any{"org_name": " ", "email": "lin", "time_zone": "Mars/Olympus", "currency": "XXQ", "password": "rosehiprosehip", "name": "a\nb"} {
		body := setupBody(h.setupToken())
		body[field] = value
		r := h.browser().want(422, "POST", "/setup", body, nil)
		if !strings.Contains(r.body, `"location":"body.`+field+`"`) {
			t.Errorf("%s: %s", field, r.body)
		}
	}
}

// Two people open the link at the same moment: one becomes the owner.
func TestSetupRaceHasOneWinner(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		token := h.setupToken()
		const n = 8
		errors := make([]error, n)
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				_, errors[i] = h.svc.Setup(t.Context(), token, NewOrg{Name: "Brand " + string(rune('A'+i)), OwnerName: "x", OwnerEmail: "x@y.example", OwnerPassword: goodPass}, client{})
			})
		}
		wg.Wait()
		won := 0
		for _, err := range errors {
			if err == nil {
				won++
			} else if !errs.Is(err, errs.CodeConflict) {
				t.Errorf("loser got %v", err)
			}
		}
		all, err := h.svc.OrgIDs(t.Context())
		if won != 1 || err != nil || len(all) != 1 {
			t.Fatalf("%d winners, orgs %v, %v", won, all, err)
		}
	})
}

// An org that the command line made has no owner; its link makes one and
// leaves the settings alone.
func TestOwnerLinkAdoptsAnOrg(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		o, st, err := h.svc.CreateOrg(t.Context(), NewOrg{Name: "Retail", TimeZone: "Europe/London", Currency: "GBP", Locale: "en"})
		if err != nil || st.ID != "" {
			t.Fatalf("%+v %v", st, err)
		}
		other := h.brand("Other") // has an owner: set-up is not needed, the owner link still is
		if _, err := h.svc.OwnerLink(t.Context(), other.ID); !errs.Is(err, errs.CodeConflict) {
			t.Fatalf("an org with an owner: %v", err)
		}
		link, err := h.svc.OwnerLink(t.Context(), o.ID)
		if err != nil {
			t.Fatal(err)
		}
		token := tokenOf(t, link)
		c := h.browser()
		var state SetupState
		c.want(200, "GET", "/setup?token="+token, nil, &state)
		if !state.Needed || !state.Valid || *state.Org != (SetupOrg{"Retail", "Europe/London", "GBP", "en"}) {
			t.Fatalf("%+v", state)
		}
		var me Me
		c.want(200, "POST", "/setup", setupBody(token), &me)
		if me.Org != o || me.Staff.Role != RoleOwner || me.Staff.Locale != "zh-CN" {
			t.Fatalf("%+v, want org %+v", me, o)
		}
		h.browser().want(409, "POST", "/setup", setupBody(token), nil)
		if _, err := h.svc.OwnerLink(t.Context(), o.ID); !errs.Is(err, errs.CodeConflict) {
			t.Fatalf("after adoption: %v", err)
		}
	})
}

func TestSetupLinkIsForTheOnlyOrgWithoutOwner(t *testing.T) {
	h := newHouse(t, testkit.Open(t, db.SQLite, schema))
	o, _, err := h.svc.CreateOrg(t.Context(), NewOrg{Name: "Retail"})
	if err != nil {
		t.Fatal(err)
	}
	var me Me
	h.browser().want(200, "POST", "/setup", setupBody(h.setupToken()), &me)
	if me.Org.ID != o.ID || me.Org.Name != "Retail" {
		t.Fatalf("%+v", me.Org)
	}
}

func TestOrgsAreFoundByNameAndListed(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		if all, err := h.svc.OrgIDs(t.Context()); err != nil || len(all) != 0 {
			t.Fatalf("%v %v", all, err)
		}
		a := h.brand("Alpha")
		h.clock.Advance(time.Microsecond)
		b := h.brand("Beta")
		if all, err := h.svc.OrgIDs(t.Context()); err != nil || !slices.Equal(all, []string{a.ID, b.ID}) {
			t.Fatalf("stale after CreateOrg: %v %v", all, err)
		}
		for _, name := range []string{b.ID, "Beta", "  bETA "} {
			if o, err := h.svc.FindOrg(t.Context(), name); err != nil || o != b.Org {
				t.Errorf("%q: %+v %v", name, o, err)
			}
		}
		if _, err := h.svc.FindOrg(t.Context(), "Gamma"); !errs.Is(err, errs.CodeNotFound) {
			t.Errorf("unknown: %v", err)
		}
		if _, _, err := h.svc.CreateOrg(t.Context(), NewOrg{Name: "BETA "}); !errs.Is(err, errs.CodeConflict) {
			t.Errorf("same name: %v", err)
		}
		err := d.Read(t.Context(), b.ID, func(tx *db.Tx) error {
			set, err := h.svc.Settings(t.Context(), tx, b.ID)
			if err == nil && (set.TimeZone.String() != "Asia/Shanghai" || set.TimeZoneName != "Asia/Shanghai" || set.Currency != "CNY" || set.Locale != "zh-CN") {
				t.Errorf("%+v", set)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
