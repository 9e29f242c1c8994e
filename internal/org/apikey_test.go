package org

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/ids"
	"fishpond/internal/platform/testkit"
)

func (b *brand) key(permissions ...string) (*caller, createdKeyBody) {
	b.owner.h.t.Helper()
	var made createdKeyBody
	b.owner.want(201, "POST", "/api-keys", obj{"name": "Shop", "permissions": permissions}, &made)
	c := b.owner.h.browser()
	c.key = made.Key
	return c, made
}

func TestAPIKeys(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.brand("Alpha")
		c, made := b.key("pool.track", "pool.read", "pool.track")
		k := made.APIKey
		if !strings.HasPrefix(made.Key, "fp_") || !strings.HasPrefix(made.Key, k.Prefix) || len(k.Prefix) > 10 || !slices.Equal(k.Permissions, []string{"pool.read", "pool.track"}) || k.CreatedBy != b.Owner.ID {
			t.Fatalf("%+v", made)
		}
		if r := c.want(200, "POST", "/track", nil, nil); !strings.Contains(r.body, k.ID) {
			t.Fatalf("acts as %s", r.body)
		}
		var me Me
		c.want(200, "GET", "/auth/me", nil, &me)
		if me.Staff != nil || me.APIKeyID != k.ID || me.Org.ID != b.ID || !slices.Equal(me.Permissions, k.Permissions) {
			t.Fatalf("%+v", me)
		}
		c.want(403, "GET", "/audit", nil, nil)
		var list struct{ Items []APIKey }
		r := b.owner.want(200, "GET", "/api-keys", nil, &list)
		if len(list.Items) != 1 || list.Items[0].LastUsedAt == nil || !list.Items[0].LastUsedAt.Equal(h.clock.Now()) || strings.Contains(r.body, made.Key) || strings.Contains(r.body, ids.Hash(made.Key)) {
			t.Fatal(r.body)
		}
		h.clock.Advance(30 * time.Second)
		c.want(200, "POST", "/track", nil, nil)
		b.owner.want(200, "GET", "/api-keys", nil, &list)
		if list.Items[0].LastUsedAt.Equal(h.clock.Now()) {
			t.Error("last use written again within a minute")
		}
		b.owner.want(204, "DELETE", "/api-keys/"+k.ID, nil, nil)
		c.want(401, "POST", "/track", nil, nil)
		b.owner.want(404, "DELETE", "/api-keys/"+k.ID, nil, nil)
		b.owner.want(200, "GET", "/api-keys", nil, &list)
		if len(list.Items) != 0 {
			t.Fatalf("%+v", list.Items)
		}
		for _, key := range []string{"fp_" + strings.Repeat("a", tokenLength), "fp_x", "secret", ""} {
			c.key = key + " "
			if r := c.do("GET", "/auth/providers", nil); r.status != 401 || strings.Contains(r.body, "sign in") {
				t.Errorf("%q: %d %s", key, r.status, r.body)
			}
		}
	})
}

// A key must not be a ladder to more than it holds.
func TestAPIKeyHoldsNoMoreThanItsMaker(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.brand("Alpha")
		r := b.owner.want(422, "POST", "/api-keys", obj{"name": "x", "permissions": []string{"pool.read", "no.such"}}, nil)
		if !strings.Contains(r.body, "no.such") {
			t.Error(r.body)
		}
		_, operator := b.hire("Op", RoleOperator)
		operator.want(403, "POST", "/api-keys", obj{"name": "x", "permissions": []string{"pool.read"}}, nil)

		all := make([]string, 0, 8)
		for _, p := range append(slices.Clone(Permissions), others...) {
			all = append(all, p.Key)
		}
		c, _ := b.key(all...)
		for _, try := range []struct {
			method, path string
			body         any
		}{
			{"POST", "/api-keys", obj{"name": "x", "permissions": []string{"pool.read"}}},
			{"POST", "/staff", obj{"name": "x", "email": "x@alpha.example", "role": "owner"}},
			{"PATCH", "/staff/" + b.Owner.ID, obj{"name": "x"}},
			{"POST", "/staff/" + b.Owner.ID + "/invite", nil},
			{"PUT", "/org/oidc", obj{"issuer": "https://evil.example", "client_id": "x", "client_secret": "x", "enabled": false}},
			{"DELETE", "/org/oidc", nil},
			{"POST", "/auth/password", obj{"current": goodPass, "new": "staple battery horse"}},
			{"PATCH", "/auth/me", obj{"name": "x"}},
			{"GET", "/sessions", nil},
		} {
			c.want(403, try.method, try.path, try.body, nil)
		}
		c.want(200, "GET", "/audit", nil, nil)

		// Its maker is demoted: the key shrinks with them.
		second, asSecond := b.hire("Wu", RoleOwner)
		var made createdKeyBody
		asSecond.want(201, "POST", "/api-keys", obj{"name": "x", "permissions": []string{"pool.track", "pool.read"}}, &made)
		c.key = made.Key
		c.want(200, "POST", "/track", nil, nil)
		b.owner.want(200, "PATCH", "/staff/"+second.ID, obj{"role": "associate"}, nil)
		c.want(403, "POST", "/track", nil, nil)
		a, ok, err := h.svc.byKey(t.Context(), made.Key)
		if err != nil || !ok || !a.Can("pool.read") || !a.OwnOnly {
			t.Fatalf("%+v %v %v", a, ok, err)
		}
	})
}
