package lifecycle

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/testkit"
)

// auth makes whoever names an org in a header its staff, with the
// permissions that the role has.
type auth struct{}

func (auth) Authenticate(r *http.Request) (access.Actor, bool, error) {
	a := access.Actor{Kind: access.Staff, OrgID: r.Header.Get("X-Org"), ID: "stf_a", Role: r.Header.Get("X-Role")}
	var keys []string
	for _, p := range Permissions {
		for _, role := range p.Roles {
			if role == a.Role {
				keys = append(keys, p.Key)
			}
		}
	}
	return a.WithPermissions(keys), a.OrgID != "", nil
}

func TestEndpoints(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.tell(created("per_a", at("2026-05-01")), order("per_a", "1", at("2026-05-10"), 100), order("per_h", "2", at("2026-05-11"), 100), merged("per_a", "per_b"))
		w.catchUp()
		w.hidden["per_h"], w.speaker["per_b"] = true, "per_a"
		log := slog.New(slog.DiscardHandler)
		r := httpx.NewRouter(log, "test")
		w.svc.Routes(r)
		h := httpx.Middleware(log, auth{}, false, r)
		const life = `{"stage":"first_order","since":"2026-05-10T00:00:00Z","rfm":null,"next_change_at":"2026-08-08T00:00:00Z","next_stage":"silent","orders":1,` +
			`"first_order_at":"2026-05-10T00:00:00Z","last_order_at":"2026-05-10T00:00:00Z","history":[{"stage":"new","at":"2026-05-01T00:00:00Z","until":"2026-05-10T00:00:00Z"},` +
			`{"stage":"first_order","at":"2026-05-10T00:00:00Z","until":null}]}`
		cases := []struct {
			name, method, path, body, org, role string
			status                              int
			contains                            []string
			audits                              int
		}{
			{name: "a person", path: "/persons/per_a/lifecycle", org: "org_a", role: "associate", status: 200, contains: []string{life}},
			{name: "a merged person", path: "/persons/per_b/lifecycle", org: "org_a", role: "viewer", status: 200, contains: []string{life}},
			{name: "one not come to yet", path: "/persons/per_z/lifecycle", org: "org_a", role: "viewer", status: 200,
				contains: []string{`{"stage":"new","since":null,"rfm":null,"next_change_at":null,"next_stage":"","orders":0,"first_order_at":null,"last_order_at":null,"history":[]}`}},
			{name: "somebody else's customer", path: "/persons/per_h/lifecycle", org: "org_a", role: "associate", status: 404, contains: []string{"找不到"}},
			{name: "nobody", path: "/persons/per_nobody/lifecycle", org: "org_a", role: "owner", status: 404},
			{name: "not signed in", path: "/lifecycle/stages", status: 401},
			{name: "stages", path: "/lifecycle/stages", org: "org_a", role: "finance", status: 200,
				contains: []string{`{"items":[{"stage":"new","persons":0},{"stage":"first_order","persons":2},{"stage":"repeat","persons":0},{"stage":"silent","persons":0},{"stage":"lost","persons":0}]}`}},
			{name: "stages of another org", path: "/lifecycle/stages", org: "org_b", role: "owner", status: 200, contains: []string{`{"stage":"first_order","persons":0}`}},
			{name: "flow", path: "/lifecycle/flow?from=2026-05&to=2026-05", org: "org_a", role: "viewer", status: 200,
				contains: []string{`{"time_zone":"UTC","months":[{"month":"2026-05","counts":{"first_order":2,"lost":0,"new":0,"repeat":0,"silent":0},"moves":[{"from":"","to":"new","persons":1},{"from":"","to":"first_order","persons":1},{"from":"new","to":"first_order","persons":1}]}]}`}},
			{name: "flow without a month", path: "/lifecycle/flow?from=may", org: "org_a", role: "viewer", status: 422, contains: []string{"query.from"}},
			{name: "flow of a century", path: "/lifecycle/flow?from=1926-01&to=2026-01", org: "org_a", role: "viewer", status: 422, contains: []string{"120"}},
			{name: "settings", path: "/lifecycle/settings", org: "org_a", role: "viewer", status: 200,
				contains: []string{`{"silent_days":90,"lost_days":180,"source":"default","gaps":{"count":0,"p50":0,"p80":0,"p90":0,"p95":0},"suggested":{"silent_days":90,"lost_days":180},"redraw":null}`}},
			{name: "viewers set nothing", method: "PUT", path: "/lifecycle/settings", body: `{"silent_days":10,"lost_days":20}`, org: "org_a", role: "viewer", status: 403},
			{name: "lost before silent", method: "PUT", path: "/lifecycle/settings", body: `{"silent_days":20,"lost_days":20}`, org: "org_a", role: "operator", status: 422, contains: []string{"body.lost_days"}},
			{name: "half of it", method: "PUT", path: "/lifecycle/settings", body: `{"silent_days":20}`, org: "org_a", role: "operator", status: 422},
			{name: "both ways", method: "PUT", path: "/lifecycle/settings", body: `{"silent_days":20,"lost_days":30,"source":"data"}`, org: "org_a", role: "operator", status: 422},
			{name: "nothing", method: "PUT", path: "/lifecycle/settings", body: `{}`, org: "org_a", role: "operator", status: 422},
			{name: "too far", method: "PUT", path: "/lifecycle/settings", body: `{"silent_days":20,"lost_days":99999}`, org: "org_a", role: "operator", status: 422},
			{name: "by hand", method: "PUT", path: "/lifecycle/settings", body: `{"silent_days":10,"lost_days":20}`, org: "org_a", role: "operator", status: 200, audits: 1,
				contains: []string{`"silent_days":10,"lost_days":20,"source":"manual"`, `"redraw":{"done":0,"total":2}`}},
			{name: "by the data again", method: "PUT", path: "/lifecycle/settings", body: `{"source":"data"}`, org: "org_a", role: "owner", status: 200, audits: 1,
				contains: []string{`"silent_days":90,"lost_days":180,"source":"default"`}},
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				w.audits = nil
				method := c.method
				if method == "" {
					method = "GET"
				}
				req := httptest.NewRequest(method, httpx.Prefix+c.path, strings.NewReader(c.body))
				req.Header.Set("Content-Type", "application/json")
				req.Header.Set("X-Org", c.org)
				req.Header.Set("X-Role", c.role)
				rec := httptest.NewRecorder()
				h.ServeHTTP(rec, req)
				if rec.Code != c.status || len(w.audits) != c.audits {
					t.Fatalf("%d %s, audits %v", rec.Code, rec.Body, w.audits)
				}
				for _, want := range c.contains {
					if !strings.Contains(rec.Body.String(), want) {
						t.Errorf("%s\nlacks %s", rec.Body, want)
					}
				}
			})
		}
	})
}
