package carrier

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
)

// auth makes whoever names an org in a header its staff, with the permissions
// that the role has.
type auth struct{}

func (auth) Authenticate(r *http.Request) (access.Actor, bool, error) {
	a := access.Actor{Kind: access.Staff, OrgID: r.Header.Get("X-Org"), ID: "stf_a", Role: r.Header.Get("X-Role")}
	keys := []string{"pool.read"}
	for _, p := range Permissions {
		if slices.Contains(p.Roles, a.Role) {
			keys = append(keys, p.Key)
		}
	}
	return a.WithPermissions(keys), a.OrgID != "", nil
}

func (w *world) api() func(method, path, body, org, role, lang string) *httptest.ResponseRecorder {
	log := slog.New(slog.DiscardHandler)
	r := httpx.NewRouter(log, "test")
	w.s.Routes(r)
	h := httpx.Middleware(log, auth{}, false, r)
	return func(method, path, body, org, role, lang string) *httptest.ResponseRecorder {
		req := httptest.NewRequest(method, httpx.Prefix+path, strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Org", org)
		req.Header.Set("X-Role", role)
		req.Header.Set("Accept-Language", lang)
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, req)
		return rec
	}
}

const newWecom = `{"kind":"wecom","name":"Shop two","values":{"corp_id":"ww2","secret":"s3cret","callback_token":"tok","callback_key":"` + cbKey + `"}}`

func TestEndpoints(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.corp.befriend("li", "wm1", "Ann", w.clock.Now(), nil)
		w.sync()
		w.deliver(callback("add_external_contact", "li", "wm1", w.clock.Now().Unix(), "State=cod_1"))
		w.tick()
		call := w.api()
		acc := "/carriers/accounts/" + w.acc
		for _, c := range []struct {
			name, method, path, body, org, role string
			status                              int
			contains                            []string
			audits                              int
		}{
			{name: "kinds", path: "/carriers/kinds", role: "operator", status: 200, contains: []string{"企业微信管理后台", `"key":"callback_key"`, `"secret":true`}},
			{name: "viewers see nothing", path: "/carriers/accounts", role: "viewer", status: 403},
			{name: "accounts", path: "/carriers/accounts", role: "operator", status: 200, contains: []string{`"secrets_set":["callback_key","callback_token","secret"]`, "https://pond.example/callbacks/" + w.acc}},
			{name: "accounts of another org", path: "/carriers/accounts", org: "org_b", role: "owner", status: 200, contains: []string{`{"items":[]}`}},
			{name: "connect", method: "POST", path: "/carriers/accounts", body: newWecom, role: "operator", status: 201, contains: []string{`"platform_id":"ww2"`}, audits: 1},
			{name: "connect twice", method: "POST", path: "/carriers/accounts", body: newWecom, role: "operator", status: 409},
			{name: "connect without a secret", method: "POST", path: "/carriers/accounts", body: strings.Replace(newWecom, "s3cret", "", 1), role: "operator", status: 422, contains: []string{"body.values.secret"}},
			{name: "a key that is none", method: "POST", path: "/carriers/accounts", body: strings.Replace(newWecom, cbKey, "short", 1), role: "operator", status: 422, contains: []string{"body.values.callback_key"}},
			{name: "a value that is none", method: "POST", path: "/carriers/accounts", body: strings.Replace(newWecom, `"corp_id"`, `"x":"y","corp_id"`, 1), role: "operator", status: 422, contains: []string{"body.values.x"}},
			{name: "into our own network", method: "POST", path: "/carriers/accounts", body: strings.Replace(newWecom, `"corp_id"`, `"base_url":"http://127.0.0.1:5432","corp_id"`, 1), role: "operator", status: 422, contains: []string{"body.values.base_url"}},
			{name: "into our own network by a trick", method: "POST", path: "/carriers/accounts", body: strings.Replace(newWecom, `"corp_id"`, `"base_url":"https://qyapi.weixin.qq.com@evil.example","corp_id"`, 1), role: "operator", status: 422, contains: []string{"body.values.base_url"}},
			{name: "a mail server inside", method: "POST", path: "/carriers/accounts", body: `{"kind":"email","name":"M","values":{"from":"a@b.example","server":"127.0.0.1:25","user":"a","password":"p"}}`, role: "operator", status: 422, contains: []string{"body.values.server"}},
			{name: "a kind that is none", method: "POST", path: "/carriers/accounts", body: `{"kind":"fax","name":"F","values":{}}`, role: "operator", status: 422},
			{name: "one", path: acc, role: "owner", status: 200, contains: []string{`"kind":"wecom"`}},
			{name: "another org's", path: acc, org: "org_b", role: "owner", status: 404},
			{name: "rename", method: "PATCH", path: acc, body: `{"name":" Flagship\u0007 shop "}`, role: "operator", status: 200, contains: []string{`"name":"Flagship shop"`}, audits: 1},
			{name: "an owner who is nobody", method: "PATCH", path: acc, body: `{"owner_staff_id":"stf_ghost"}`, role: "operator", status: 404},
			{name: "a rule that is none", method: "PATCH", path: acc, body: `{"values":{"owner_rule":"mine"}}`, role: "operator", status: 422, contains: []string{"first、latest、none"}},
			{name: "test", method: "POST", path: acc + "/test", role: "operator", status: 200, contains: []string{`"ok":true`, `"step":"contacts"`, `"step":"callback","ok":true`}},
			{name: "health", path: acc + "/health", role: "operator", status: 200, contains: []string{`"health":"warning"`, `"no_owner"`, `"friends":1`}},
			{name: "staff", path: acc + "/staff", role: "operator", status: 200, contains: []string{`"user_id":"li"`, `"staff_id":"stf_li"`, `"friends":1`}},
			{name: "set staff", method: "PATCH", path: acc + "/staff/li", body: `{"staff_id":"stf_wu"}`, role: "operator", status: 204, audits: 1},
			{name: "set nobody", method: "PATCH", path: acc + "/staff/nobody", body: `{"shared":true}`, role: "operator", status: 404},
			{name: "sync", method: "POST", path: acc + "/sync", role: "operator", status: 202, contains: []string{`"status":"queued"`, `"kind":"reconcile"`}, audits: 1},
			{name: "syncs", path: acc + "/syncs", role: "operator", status: 200, contains: []string{`"status":"done"`}},
			{name: "contacts", path: acc + "/contacts?limit=1", role: "operator", status: 200, contains: []string{`"person_id":"per_wm1"`, `"status":"friend"`, `"state":"cod_1"`}},
			{name: "contacts of another org's account", path: acc + "/contacts", org: "org_b", role: "owner", status: 404},
			{name: "callbacks", path: acc + "/callbacks?status=done", role: "operator", status: 200, contains: []string{`"event":"change_external_contact/add_external_contact"`}},
			{name: "callbacks after garbage", path: acc + "/callbacks?cursor=!!", role: "operator", status: 422},
			{name: "duplicates", path: acc + "/duplicates", role: "operator", status: 200, contains: []string{`"items":[]`}},
			{name: "reach", path: "/carriers/reach", role: "operator", status: 200, contains: []string{`"persons":1`, `"only_here":1`}},
			{name: "a person's contacts", path: "/persons/per_wm1/contacts", role: "viewer", status: 200, contains: []string{`"change":"added"`}},
			{name: "somebody else's customer", path: "/persons/per_hidden/contacts", role: "viewer", status: 404},
			{name: "no person", path: "/persons/nobody/contacts", role: "viewer", status: 404},
			{name: "transfer to nobody", method: "POST", path: "/carriers/transfers", body: `{"account_id":"` + w.acc + `","kind":"in_service","from_user_id":"li","to_user_id":"wu"}`, role: "operator", status: 404},
			{name: "transfers", path: "/carriers/transfers", role: "operator", status: 200, contains: []string{`"items":[]`}},
			{name: "no transfer", path: "/carriers/transfers/trf_x", role: "operator", status: 404},
			{name: "disable", method: "PATCH", path: acc, body: `{"status":"disabled"}`, role: "operator", status: 200, audits: 1},
			{name: "sync what is disabled", method: "POST", path: acc + "/sync", role: "operator", status: 409},
		} {
			t.Run(c.name, func(t *testing.T) {
				w.pond.audits = nil
				if c.method == "" {
					c.method = "GET"
				}
				if c.org == "" {
					c.org = org
				}
				rec := call(c.method, c.path, c.body, c.org, c.role, "")
				if rec.Code != c.status || len(w.pond.audits) != c.audits {
					t.Fatalf("%d %s, audits %v", rec.Code, rec.Body, w.pond.audits)
				}
				for _, want := range c.contains {
					if !strings.Contains(rec.Body.String(), want) {
						t.Errorf("%s\nlacks %s", rec.Body, want)
					}
				}
				for _, secret := range []string{"s3cret", cbKey, cbToken, "tok1"} {
					if strings.Contains(rec.Body.String(), secret) || strings.Contains(strings.Join(w.pond.audits, " "), secret) {
						t.Errorf("tells the secret %s: %s %v", secret, rec.Body, w.pond.audits)
					}
				}
			})
		}
	})
}

// TestEveryWordInBothLanguages: the wizard explains each value in Chinese and English.
func TestEveryWordInBothLanguages(t *testing.T) {
	for _, lang := range []i18n.Lang{i18n.ZH, i18n.EN} {
		for _, k := range Kinds(lang) {
			if k.Name == "" || k.About == "" || len(k.Fields) == 0 {
				t.Errorf("%s: %+v", lang, k)
			}
			for _, f := range k.Fields {
				if f.Label == "" || f.Help == "" || f.Pattern == "" {
					t.Errorf("%s %s: %+v", lang, k.Kind, f)
				}
			}
		}
	}
}

func TestContactsPage(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for _, id := range []string{"wm1", "wm2", "wm3", "wm4", "wm5"} {
			w.corp.befriend("li", id, "N", w.clock.Now(), nil) // all at the same moment
		}
		w.sync()
		call := w.api()
		var got []string
		for cursor, n := "", 0; n < 5; n++ {
			var p struct {
				Items []ContactItem
				Next  string `json:"next_cursor"`
			}
			rec := call("GET", "/carriers/accounts/"+w.acc+"/contacts?limit=2&cursor="+cursor, "", org, "owner", "")
			if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil || rec.Code != 200 {
				t.Fatalf("%v %s", err, rec.Body)
			}
			for _, c := range p.Items {
				got = append(got, c.ExternalID)
			}
			if cursor = p.Next; cursor == "" {
				break
			}
		}
		if strings.Join(got, " ") != "wm5 wm4 wm3 wm2 wm1" {
			t.Errorf("%v", got)
		}
	})
}
