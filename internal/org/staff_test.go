package org

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
)

func TestInvitation(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.brand("Alpha")
		var got struct {
			Staff     Staff
			InviteURL string `json:"invite_url"`
		}
		b.owner.want(201, "POST", "/staff", obj{"name": "Mei", "email": "Mei@Alpha.example", "role": "associate"}, &got)
		if got.Staff.Status != StatusInvited || got.Staff.Email != "mei@alpha.example" || got.Staff.InviteExpiresAt == nil {
			t.Fatalf("%+v", got.Staff)
		}
		path := func(u string) string { return "/invites/" + strings.TrimPrefix(u, baseURL+"/invite/") }
		b.owner.want(409, "POST", "/staff", obj{"name": "Again", "email": "mei@alpha.example", "role": "viewer"}, nil)
		first := path(got.InviteURL)
		b.owner.want(200, "POST", "/staff/"+got.Staff.ID+"/invite", nil, &got)
		second := path(got.InviteURL)
		c := h.browser()
		c.want(404, "GET", first, nil, nil)
		var inv Invitation
		c.want(200, "GET", second, nil, &inv)
		if inv != (Invitation{"Alpha", "mei@alpha.example", "Mei"}) {
			t.Fatalf("%+v", inv)
		}
		c.want(422, "POST", second, obj{"password": "mei@alpha.example"}, nil)
		c.want(404, "POST", first, obj{"password": goodPass}, nil)
		var me Me
		c.want(200, "POST", second, obj{"password": goodPass}, &me)
		if me.Staff.ID != got.Staff.ID || me.Staff.Role != RoleAssociate || !slices.Equal(me.Permissions, []string{"pool.read", "pool.write"}) {
			t.Fatalf("%+v", me)
		}
		c.want(404, "POST", second, obj{"password": goodPass}, nil)
		c.want(404, "GET", second, nil, nil)
		c.want(200, "GET", "/auth/me", nil, nil)

		// A new link to somebody active is how a forgotten password is replaced.
		b.owner.want(200, "POST", "/staff/"+got.Staff.ID+"/invite", nil, &got)
		again := h.browser()
		h.clock.Advance(inviteFor - time.Second)
		again.want(200, "POST", path(got.InviteURL), obj{"password": "quite another one"}, nil)
		c.want(401, "GET", "/auth/me", nil, nil)
		again.want(200, "GET", "/auth/me", nil, nil)

		h.signIn("owner@alpha.example", goodPass).want(200, "POST", "/staff/"+got.Staff.ID+"/invite", nil, &got)
		h.clock.Advance(inviteFor)
		again.want(404, "GET", path(got.InviteURL), nil, nil)
	})
}

func TestInvitationIsAcceptedOnce(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.brand("Alpha")
		var got struct {
			InviteURL string `json:"invite_url"`
		}
		b.owner.want(201, "POST", "/staff", obj{"name": "Mei", "email": "mei@alpha.example", "role": "viewer"}, &got)
		token := got.InviteURL[strings.LastIndex(got.InviteURL, "/")+1:]
		results := make([]error, 6)
		var wg sync.WaitGroup
		for i := range results {
			wg.Go(func() { _, results[i] = h.svc.AcceptInvite(t.Context(), token, goodPass, client{}) })
		}
		wg.Wait()
		won := 0
		for _, err := range results {
			if err == nil {
				won++
			} else if !errs.Is(err, errs.CodeNotFound) {
				t.Errorf("loser got %v", err)
			}
		}
		if won != 1 {
			t.Fatalf("%d winners", won)
		}
	})
}

func TestStaffListShowsNamesToAllAndTheRestToWhoManages(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.brand("Alpha")
		mei, asMei := b.hire("Mei", RoleAssociate)
		b.owner.want(201, "POST", "/staff", obj{"name": "Not Yet", "email": "not.yet@alpha.example", "role": "viewer"}, nil)
		var all struct{ Items []Staff }
		b.owner.want(200, "GET", "/staff", nil, &all)
		if len(all.Items) != 3 || all.Items[1].Email != "mei@alpha.example" || all.Items[1].LastSeenAt == nil || all.Items[2].Status != StatusInvited || all.Items[2].InviteExpiresAt == nil {
			t.Fatalf("%+v", all.Items)
		}
		r := asMei.want(200, "GET", "/staff", nil, &all)
		if len(all.Items) != 3 || strings.Contains(r.body, "not.yet@") || strings.Contains(r.body, "owner@") || strings.Contains(r.body, "invite") || all.Items[1].Email != "mei@alpha.example" {
			t.Fatal(r.body)
		}
		for query, want := range map[string]int{"?q=mei": 1, "?q=not.yet@": 0, "?status=invited": 0, "?status=active": 3} {
			if asMei.want(200, "GET", "/staff"+query, nil, &all); len(all.Items) != want {
				t.Errorf("%s as associate: %+v", query, all.Items)
			}
		}
		for query, want := range map[string]int{"?q=not.yet@": 1, "?status=invited": 1, "?status=disabled": 0} {
			if b.owner.want(200, "GET", "/staff"+query, nil, &all); len(all.Items) != want {
				t.Errorf("%s as owner: %+v", query, all.Items)
			}
		}
		asMei.want(403, "PATCH", "/staff/"+mei.ID, obj{"role": "owner"}, nil)
		asMei.want(403, "POST", "/staff", obj{"name": "X", "email": "x@alpha.example", "role": "owner"}, nil)
	})
}

func TestDisablingTakesEverythingAtOnce(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.brand("Alpha")
		st, c := b.hire("Wu", RoleOwner)
		var made createdKeyBody
		c.want(201, "POST", "/api-keys", obj{"name": "Shop", "permissions": []string{"pool.track"}}, &made)
		key := h.browser()
		key.key = made.Key
		key.want(200, "POST", "/track", nil, nil)
		var link inviteURLBody
		b.owner.want(200, "POST", "/staff/"+st.ID+"/invite", nil, &link)
		b.owner.want(200, "PATCH", "/staff/"+st.ID, obj{"status": "disabled"}, nil)
		c.want(401, "GET", "/auth/me", nil, nil)
		key.want(401, "POST", "/track", nil, nil)
		h.browser().want(404, "GET", "/invites/"+link.InviteURL[strings.LastIndex(link.InviteURL, "/")+1:], nil, nil)
		b.owner.want(409, "POST", "/staff/"+st.ID+"/invite", nil, nil)
		var back Staff
		b.owner.want(200, "PATCH", "/staff/"+st.ID, obj{"status": "active"}, &back)
		if back.Status != StatusActive {
			t.Fatalf("%+v", back)
		}
		c.want(401, "GET", "/auth/me", nil, nil)
		key.want(401, "POST", "/track", nil, nil) // what was revoked stays revoked
		h.signIn(st.Email, goodPass)
		got := h.actions(b.ID)
		if count(got, "staff.disabled") != 1 || count(got, "staff.enabled") != 1 {
			t.Error(got)
		}
	})
}

func TestLastOwnerStays(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.brand("Alpha")
		second, _ := b.hire("Wu", RoleOwner)
		b.owner.want(200, "PATCH", "/staff/"+second.ID, obj{"role": "viewer", "name": "Wu Lan"}, nil)
		for _, patch := range []obj{{"role": "viewer"}, {"status": "disabled"}} {
			b.owner.want(409, "PATCH", "/staff/"+b.Owner.ID, patch, nil)
		}
		// Somebody invited as owner does not count until they are there.
		b.owner.want(201, "POST", "/staff", obj{"name": "X", "email": "x@alpha.example", "role": "owner"}, nil)
		b.owner.want(409, "PATCH", "/staff/"+b.Owner.ID, obj{"role": "viewer"}, nil)
		b.owner.want(200, "PATCH", "/staff/"+b.Owner.ID, obj{"name": "Still here"}, nil)
	})
}

// Two owners who demote each other at the same moment: one stays.
func TestOwnersCannotDemoteEachOther(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.brand("Alpha")
		for round := range 5 {
			second, _ := b.hire("Wu"+string(rune('a'+round)), RoleOwner)
			viewer := RoleViewer
			var wg sync.WaitGroup
			results := make([]error, 2)
			for i, pair := range [][2]string{{b.Owner.ID, second.ID}, {second.ID, b.Owner.ID}} {
				wg.Go(func() {
					ctx := access.With(t.Context(), access.Actor{Kind: access.Staff, OrgID: b.ID, ID: pair[0]})
					_, results[i] = h.svc.UpdateStaff(ctx, pair[1], StaffPatch{Role: &viewer})
				})
			}
			wg.Wait()
			if (results[0] == nil) == (results[1] == nil) {
				t.Fatalf("%v, %v", results[0], results[1])
			}
			owner := RoleOwner
			ctx := access.With(t.Context(), access.ForSystem(b.ID, "test"))
			_ = d.Write(ctx, b.ID, func(tx *db.Tx) error { // put things back for the next round
				_, err := tx.Exec(ctx, "UPDATE org_staff SET role = CASE WHEN id = ? THEN ? ELSE ? END WHERE org_id = ?", b.Owner.ID, owner, viewer, b.ID)
				return err
			})
			h.svc.auth.forget(func(authenticated) bool { return true })
		}
	})
}

func TestStatusCannotJumpOverTheInvitation(t *testing.T) {
	h := newHouse(t, testkit.Open(t, db.SQLite, schema))
	b := h.brand("Alpha")
	var got struct{ Staff Staff }
	b.owner.want(201, "POST", "/staff", obj{"name": "Mei", "email": "mei@alpha.example", "role": "viewer"}, &got)
	b.owner.want(409, "PATCH", "/staff/"+got.Staff.ID, obj{"status": "active"}, nil)
	b.owner.want(200, "PATCH", "/staff/"+got.Staff.ID, obj{"status": "disabled"}, &got.Staff)
	b.owner.want(200, "PATCH", "/staff/"+got.Staff.ID, obj{"status": "active"}, &got.Staff)
	if got.Staff.Status != StatusInvited {
		t.Fatalf("%+v", got.Staff)
	}
}

func TestRolesAndPermissions(t *testing.T) {
	h := newHouse(t, testkit.Open(t, db.SQLite, schema))
	b := h.brand("Alpha")
	var roles struct{ Items []rolePermissionsBody }
	b.owner.want(200, "GET", "/roles", nil, &roles)
	if len(roles.Items) != 5 || roles.Items[0].Role != RoleOwner || len(roles.Items[0].Permissions) != len(Permissions)+len(others) ||
		!slices.Equal(roles.Items[3].Permissions, []string{"org.audit", "pool.read"}) {
		t.Fatalf("%+v", roles.Items)
	}
	var perms struct{ Items []permissionBody }
	b.owner.want(200, "GET", "/permissions", nil, &perms)
	if perms.Items[0].Key != permSettings || perms.Items[0].Module != "org" || !slices.Equal(perms.Items[0].Roles, []string{RoleOwner}) || !strings.Contains(perms.Items[0].Text, "sign-on") {
		t.Fatalf("%+v", perms.Items[0])
	}
	// An associate sees own customers only.
	_, c := b.hire("Mei", RoleAssociate)
	a, ok, err := h.svc.bySession(t.Context(), c.cookies["fishpond_session"].Value)
	if err != nil || !ok || !a.OwnOnly || a.Role != RoleAssociate || a.Session == "" || !a.Can("pool.read") || a.Can("pool.track") {
		t.Fatalf("%+v", a)
	}
}

func TestOrgSettings(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.brand("Alpha")
		h.brand("Beta")
		_, viewer := b.hire("Mei", RoleViewer)
		viewer.want(200, "GET", "/org", nil, nil)
		viewer.want(403, "PATCH", "/org", obj{"name": "Mine"}, nil)
		var o Org
		b.owner.want(200, "PATCH", "/org", obj{"name": "Alpha Tea", "time_zone": "Europe/London", "currency": "gbp", "locale": "en"}, &o)
		if o.Name != "Alpha Tea" || o.TimeZone != "Europe/London" || o.Currency != "GBP" || o.Locale != "en" {
			t.Fatalf("%+v", o)
		}
		b.owner.want(409, "PATCH", "/org", obj{"name": "beta"}, nil)
		for _, bad := range []obj{{"time_zone": "Local"}, {"time_zone": "../../etc/passwd"}, {"currency": "ABC"}, {"locale": "de"}, {"name": " "}} {
			b.owner.want(422, "PATCH", "/org", bad, nil)
		}
		var again Org
		b.owner.want(200, "GET", "/org", nil, &again)
		if again != o {
			t.Fatalf("%+v, want %+v", again, o)
		}
		var log struct{ Items []AuditEntry }
		b.owner.want(200, "GET", "/audit?action=org.updated", nil, &log)
		var detail map[string]struct{ From, To string }
		if err := json.Unmarshal(log.Items[0].Detail, &detail); err != nil || detail["currency"].To != "GBP" || detail["name"].From != "Alpha" {
			t.Fatalf("%v %s", err, log.Items[0].Detail)
		}
	})
}
