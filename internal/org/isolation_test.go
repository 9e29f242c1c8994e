package org

import (
	"strings"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/testkit"
)

// The owner of one brand reaches nothing of another: every endpoint that
// takes an id is tried with the other brand's.
func TestEveryRouteRefusesAnotherOrgsIDs(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		a, b := h.brand("Alpha"), h.brand("Beta")
		_, key := b.key("pool.read")
		var sessions struct{ Items []Session }
		b.owner.want(200, "GET", "/sessions", nil, &sessions)
		foreign := map[string]string{
			"DELETE /sessions/{id}":    sessions.Items[0].ID,
			"PATCH /staff/{id}":        b.Owner.ID,
			"POST /staff/{id}/invite":  b.Owner.ID,
			"DELETE /api-keys/{id}":    key.APIKey.ID,
			"GET /invites/{token}":     "x",
			"POST /invites/{token}":    "x",
			"GET /auth/oidc/start":     "",
			"GET /auth/oidc/callback":  "",
			"GET /auth/wecom/start":    "", // the account says whose it is; nobody acts yet
			"GET /auth/wecom/callback": "",
			"GET /setup":               "",
			"POST /setup":              "",
			"POST /auth/sign-in":       "",
			"POST /auth/sign-out":      "",
			"GET /auth/providers":      "",
			"GET /auth/me":             "",
			"PATCH /auth/me":           "",
			"POST /auth/password":      "",
			"GET /sessions":            "",
			"GET /staff":               "",
			"POST /staff":              "",
			"GET /roles":               "",
			"GET /permissions":         "",
			"GET /api-keys":            "",
			"POST /api-keys":           "",
			"GET /audit":               "",
			"GET /org":                 "",
			"PATCH /org":               "",
			"GET /org/oidc":            "",
			"PUT /org/oidc":            "",
			"DELETE /org/oidc":         "",
		}
		bodies := map[string]any{"PATCH /staff/{id}": obj{"name": "Taken over"}, "POST /invites/{token}": obj{"password": goodPass}}
		r := httpx.NewRouter(h.svc.log, "test")
		h.svc.Routes(r)
		for _, op := range r.Ops() {
			name := op.Method + " " + op.Path
			id, known := foreign[name]
			if !known {
				t.Errorf("%s is new: say here which foreign id it takes", name)
				continue
			}
			if !op.Public {
				h.browser().want(401, op.Method, strings.NewReplacer("{id}", "x").Replace(op.Path), nil, nil)
			}
			if id != "" {
				a.owner.want(404, op.Method, strings.NewReplacer("{id}", id, "{token}", id).Replace(op.Path), bodies[name], nil)
			}
		}
		// What has no id in its path answers from the asker's own org.
		for _, path := range []string{"/staff", "/api-keys", "/sessions", "/audit?limit=100", "/audit?actor=" + b.Owner.ID, "/audit?object=" + b.ID, "/org", "/auth/me", "/org/oidc"} {
			got := a.owner.want(200, "GET", path, nil, nil)
			for _, secret := range []string{b.ID, b.Owner.ID, "beta.example", key.APIKey.ID, sessions.Items[0].ID} {
				if strings.Contains(got.body, secret) {
					t.Errorf("%s shows %s of another org", path, secret)
				}
			}
		}
		b.owner.want(200, "GET", "/auth/me", nil, nil)
		// A key of one org is of no use in another.
		k, _ := b.key("pool.track")
		if got := k.want(200, "GET", "/org", nil, nil); !strings.Contains(got.body, b.ID) {
			t.Error(got.body)
		}
	})
}

// PostgreSQL says it again below the code.
func TestRowsOfAnotherOrgAreHidden(t *testing.T) {
	d := testkit.Open(t, db.Postgres, schema)
	h := newHouse(t, d)
	a, b := h.brand("Alpha"), h.brand("Beta")
	b.key("pool.read")
	for _, table := range []string{"org", "org_staff", "org_session", "org_api_key", "org_link", "org_oidc", "org_oidc_flow", "org_audit"} {
		err := d.Read(t.Context(), a.ID, func(tx *db.Tx) error {
			var foreign int
			if err := tx.QueryRow(t.Context(), "SELECT COUNT(*) FROM "+table+" WHERE org_id <> ?", a.ID).Scan(&foreign); err != nil || foreign != 0 {
				t.Errorf("%s shows %d rows of others: %v", table, foreign, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
