package insight

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

// segmentAuth is auth whose owners may also change segments.
type segmentAuth struct{}

func (segmentAuth) Authenticate(r *http.Request) (access.Actor, bool, error) {
	a, ok, err := auth{}.Authenticate(r)
	if a.Role == "owner" {
		a = a.WithPermissions([]string{"insight.read", "segment.write"})
	}
	return a, ok, err
}

func TestMeasureEndpoints(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		see := func(person, kind, when string) timeline.Fact {
			return timeline.Fact{Kind: kind, PersonID: person, OccurredAt: at(when), Data: json.RawMessage(`{"amount_minor":500}`)}
		}
		w.tell(see("per_a", "friend.added", "2026-05-01 00:00"), see("per_a", "order.paid", "2026-05-02 00:00"), see("per_b", "friend.added", "2026-05-01 00:00"),
			see("per_b", "welcome.sent", "2026-05-01 00:00"))
		w.catchUp()
		log := slog.New(slog.DiscardHandler)
		r := httpx.NewRouter(log, "test")
		w.svc.Routes(r)
		h := httpx.Middleware(log, segmentAuth{}, false, r)
		funnel := `{"from":"2026-05-01","to":"2026-05-31","within_hours":48,"steps":[{"any":["friend.added"]},{"any":["order.paid"],"where":[{"property":"amount_minor","is":">=","values":["500"]}]}]`
		dropped := `{"funnel":` + funnel + `},"step":1,"not":2`
		cases := []struct {
			name, method, path, org, role, body string
			status                              int
			contains                            []string
		}{
			{"funnel", "POST", "/insight/funnel", "org_a", "viewer", funnel + `}`, 200, []string{`"persons":2,"dropped":0,"of_first":1`, `"persons":1,"dropped":1,"of_first":0.5,"of_before":0.5,"median_seconds":86400`, `"cannot":""`, `"time_zone":"UTC"`}},
			{"another org's is empty", "POST", "/insight/funnel", "org_b", "owner", `{"within_hours":48,"steps":[{"any":["friend.added"]},{"any":["order.paid"]}]}`, 200, []string{`"persons":0,"dropped":0,"of_first":null`, `"cannot":"还没有这些事件`}},
			{"another org's kinds are unknown", "POST", "/insight/funnel", "org_b", "owner", `{"within_hours":48,"steps":[{"any":["friend.added"]},{"any":["app.opened"]}]}`, 422, []string{"body.steps[1].any", "app.opened"}},
			{"people", "POST", "/insight/people?limit=1", "org_a", "finance", dropped + `}`, 200, []string{`"id":"per_b"`, `"total":1`, `"next_cursor":""`}},
			{"another org's people", "POST", "/insight/people", "org_b", "owner", `{"funnel":{"within_hours":48,"steps":[{"any":["friend.added"]},{"any":["order.paid"]}]},"step":1}`, 200, []string{`"items":[]`, `"total":0`}},
			{"segment", "POST", "/insight/people/segment", "org_a", "owner", dropped + `,"name":"加了没买"}`, 201, []string{`"segment_id":"seg_加了没买","persons":1`}},
			{"a segment of nobody", "POST", "/insight/people/segment", "org_b", "owner", `{"name":"空","funnel":{"within_hours":48,"steps":[{"any":["friend.added"]},{"any":["order.paid"]}]},"step":1}`, 409, []string{"没有人"}},
			{"viewers make no segments", "POST", "/insight/people/segment", "org_a", "viewer", dropped + `,"name":"x"}`, 403, nil},
			{"retention", "POST", "/insight/retention", "org_a", "viewer", `{"from":"2026-05-01","to":"2026-05-31","first":{"any":["friend.added"]},"back":{"any":["order.paid"]}}`, 200,
				[]string{`"unit":"month","mode":"classic","rows":[{"from":"2026-05-01","size":2,"cells":[{"persons":1,"share":0.5,"partial":false},{"persons":0,"share":0,"partial":true}]}]`}},
			{"no rows that have not begun", "POST", "/insight/retention", "org_a", "viewer", `{"from":"2026-06-01","to":"2026-12-31","first":{"any":["friend.added"]},"back":{"any":["order.paid"]}}`, 200,
				[]string{`"rows":[{"from":"2026-06-01","size":0,"cells":[{"persons":0,"share":null,"partial":true}]}]`}},
			{"paths", "POST", "/insight/paths", "org_a", "viewer", `{"from":"2026-05-01","to":"2026-05-31","within_hours":48,"start":{"any":["friend.added"]}}`, 200,
				[]string{`"persons":2`, `"next":[{"kind":"order.paid","label":"下单（已付款）","persons":1,"share":0.5,"next":[],"rest":{"ended":1,"others":0}}],"rest":{"ended":1,"others":0}`}},
			{"events", "GET", "/insight/events", "org_a", "viewer", "", 200, []string{`"kind":"friend.added","label":"加为好友","events":2`, `"kind":"welcome.sent","label":"发出欢迎语","events":1`, `{"name":"amount_minor","type":"number"}`}},
			{"ready funnel", "GET", "/insight/funnel/ready", "org_a", "viewer", "", 200, []string{`"key":"hatch"`, `"any":[]`, "无法统计"}},
			{"associates may not", "POST", "/insight/funnel", "org_a", "associate", funnel + `}`, 403, []string{"insight.read"}},
			{"associates see no people", "POST", "/insight/people", "org_a", "associate", dropped + `}`, 403, nil},
			{"nobody may not", "POST", "/insight/retention", "", "", `{}`, 401, nil},
			{"a broken cursor", "POST", "/insight/people?cursor=%21", "org_a", "owner", dropped + `}`, 422, nil},
			{"no window", "POST", "/insight/funnel", "org_a", "owner", strings.Replace(funnel, "48", "0", 1) + `}`, 422, []string{"body.within_hours"}},
			{"too many steps for the schema", "POST", "/insight/funnel", "org_a", "owner", `{"within_hours":1,"steps":[` + strings.Repeat(`{"any":["a.b"]},`, 9) + `{"any":["a.b"]}]}`, 422, nil},
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				req := httptest.NewRequest(c.method, httpx.Prefix+c.path, strings.NewReader(c.body))
				req.Header.Set("Content-Type", "application/json")
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
		if len(w.segments) != 1 || len(w.segments[0].seqs) != 1 || w.segments[0].seqs[0] != numberOf("per_b") {
			t.Fatalf("%+v", w.segments)
		}
	})
}
