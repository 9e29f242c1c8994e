package insight

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"fishpond/internal/mall/mallevent"
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
		w.tell(order("per_a", at("2026-05-01 00:00"), mallevent.Order{OrderID: "1", AmountMinor: 1001, Currency: "CNY", Region: "浙江",
			Items: []mallevent.Item{{SKU: "A", Name: "鱼食", Quantity: "1.5", AmountMinor: 1001}}}),
			order("per_a", at("2026-05-02 00:00"), mallevent.Order{OrderID: "2", AmountMinor: 1000, Currency: "CNY", Region: "浙江"}),
			refund("per_a", at("2026-05-03 00:00"), 7))
		w.catchUp()
		log := slog.New(slog.DiscardHandler)
		r := httpx.NewRouter(log, "test")
		w.svc.Routes(r)
		h := httpx.Middleware(log, auth{}, false, r)
		cases := []struct {
			name, path, org, role string
			status                int
			contains              []string
		}{
			{"overview", "/insight/overview?from=2026-05&to=2026-05", "org_a", "viewer", 200, []string{
				`"period":{"from":"2026-05","to":"2026-05","time_zone":"UTC","start_at":"2026-05-01T00:00:00Z","end_at":"2026-06-01T00:00:00Z"},"currency":"CNY"`,
				`"persons":1,"new_persons":1,"buyers":1,"orders":2,"gmv_minor":2001,"refunds":1,"refunded_minor":7,"average_order_minor":1001,"repurchase_rate":1,"previous":{"from":"2026-04","to":"2026-04","persons":0`,
				`"months":[{"month":"2026-05","orders":2,"gmv_minor":2001,"refunded_minor":7,"new_persons":1,"buyers":1}]`,
				`"top_regions":[{"region":"浙江","persons":1,"orders":2,"gmv_minor":2001}]`, `"top_products":[{"sku":"A","name":"鱼食","quantity":1.5,"amount_minor":1001}]`,
				`"first_month":"2026-05","last_month":"2026-05"`}},
			{"cohorts", "/insight/cohorts?from=2026-05&to=2026-06&by=first_order", "org_a", "finance", 200, []string{
				`"months":[{"month":"2026-05","size":1,"cells":[{"offset":0,"persons":1,"share":1,"gmv_minor":2001},{"offset":1,"persons":0,"share":0,"gmv_minor":0}]},{"month":"2026-06","size":0,"cells":[{"offset":0,`}},
			{"another org sees nothing of it", "/insight/overview?from=2026-05&to=2026-05", "org_b", "owner", 200, []string{`"persons":0,"new_persons":0,"buyers":0,"orders":0`, `"top_regions":[]`}},
			{"associates may not", "/insight/overview", "org_a", "associate", 403, []string{"insight.read"}},
			{"nobody may not", "/insight/cohorts", "", "", 401, nil},
			{"no month", "/insight/overview?from=2026-13", "org_a", "owner", 422, []string{"query.from", "2026-03"}},
			{"backwards", "/insight/cohorts?from=2026-03&to=2026-02", "org_a", "owner", 422, []string{"query.from"}},
			{"too long", "/insight/overview?from=2026-000000003", "org_a", "owner", 422, nil},
			{"another kind of cohort", "/insight/cohorts?by=moon", "org_a", "owner", 422, []string{"query.by"}},
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				req := httptest.NewRequest("GET", httpx.Prefix+c.path, nil)
				req.Header.Set("X-Org", c.org)
				req.Header.Set("X-Role", c.role)
				rec := httptest.NewRecorder()
				h.ServeHTTP(rec, req)
				if rec.Code != c.status {
					t.Fatalf("%d %s", rec.Code, rec.Body)
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
