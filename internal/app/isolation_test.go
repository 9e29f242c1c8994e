package app

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"fishpond/internal/org"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/jobs"
	"fishpond/internal/platform/secret"
	"fishpond/internal/platform/testkit"
)

var schema = testkit.Schema{Name: "app", Migrate: Migrate}

// house is a running app for tests, with two brands that know nothing of each
// other.
type house struct {
	*App
	server *httptest.Server
}

func newHouse(t *testing.T, e db.Engine) *house {
	t.Helper()
	url := testkit.URL(t, e, schema)
	a, err := Open(t.Context(), Config{Data: t.TempDir(), Database: secret.Redacted(url), LogFormat: "text"}, ServeConfig{}, testWriter{t})
	if err != nil {
		t.Fatal(err)
	}
	return houseOf(t, a)
}

// houseOf serves an open house until the test ends.
func houseOf(t *testing.T, a *App) *house {
	t.Helper()
	h := &house{App: a, server: httptest.NewServer(a.Handler())}
	a.setBaseURL(h.server.URL)
	t.Cleanup(func() {
		h.server.Close()
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

// brand is a brand with an owner who is signed in.
type brand struct {
	h     *house
	id    string
	owner string // staff id
	jar   http.CookieJar
	ids   map[string]string // what exists in it, by kind
}

func (h *house) brand(t *testing.T, name string) *brand {
	t.Helper()
	email := strings.ToLower(name) + "@brand.example"
	o, st, err := h.Org.CreateOrg(t.Context(), org.NewOrg{Name: name, OwnerName: "Owner", OwnerEmail: email, OwnerPassword: "correct horse battery"})
	if err != nil {
		t.Fatal(err)
	}
	b := &brand{h: h, id: o.ID, owner: st.ID, ids: map[string]string{"staff": st.ID, "org": o.ID}, jar: newJar(t)}
	b.must(t, 200, "POST", "/auth/sign-in", `{"email":"`+email+`","password":"correct horse battery"}`, nil)
	return b
}

// call sends a request as the brand's owner.
func (b *brand) call(t *testing.T, method, path, body string) (int, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, b.h.server.URL+httpx.Prefix+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if strings.HasPrefix(body, "--") {
		req.Header.Set("Content-Type", "multipart/form-data; boundary="+strings.TrimPrefix(strings.SplitN(body, "\r\n", 2)[0], "--"))
	}
	c := http.Client{Jar: b.jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, data
}

func (b *brand) must(t *testing.T, status int, method, path, body string, out any) {
	t.Helper()
	got, data := b.call(t, method, path, body)
	if got != status {
		t.Fatalf("%s %s: %d %s", method, path, got, data)
	}
	if out != nil {
		if err := json.Unmarshal(data, out); err != nil {
			t.Fatalf("%s %s: %v in %s", method, path, err, data)
		}
	}
}

const upload = "--bound\r\nContent-Disposition: form-data; name=\"file\"; filename=\"orders.csv\"\r\nContent-Type: text/csv\r\n\r\n" +
	"customer,order,time,amount\r\n7,A1,2026-01-02 10:00:00,12.50\r\n8,A2,2026-01-03 10:00:00,9.90\r\n\r\n--bound--\r\n"

// furnish puts one of everything into the brand, through the API.
func (b *brand) furnish(t *testing.T, trait string) {
	t.Helper()
	var thing struct {
		ID       string `json:"id"`
		UploadID string `json:"upload_id"`
		MergeID  string `json:"merge_id"`
		Staff    struct{ ID string }
		APIKey   struct{ ID string } `json:"api_key"`
	}
	get := func(kind, method, path, body string) {
		t.Helper()
		thing.ID, thing.UploadID = "", ""
		status, data := b.call(t, method, path, body)
		if status/100 != 2 {
			t.Fatalf("%s %s: %d %s", method, path, status, data)
		}
		if err := json.Unmarshal(data, &thing); err != nil {
			t.Fatalf("%s: %v in %s", path, err, data)
		}
		for _, id := range []string{thing.ID, thing.UploadID} {
			if id != "" {
				b.ids[kind] = id
			}
		}
	}
	get("person", "POST", "/persons", `{"name":"Ann","identities":[{"kind":"phone","value":"13800138001"}]}`)
	get("person2", "POST", "/persons", `{"name":"Bea","identities":[{"kind":"phone","value":"13800138002"}]}`)
	get("person3", "POST", "/persons", `{"name":"Cleo","identities":[{"kind":"phone","value":"13800138003"}]}`)
	get("tag", "POST", "/tags", `{"name":"vip","group":"g","color":"#b5524a"}`)
	get("note", "POST", "/persons/"+b.ids["person"]+"/notes", `{"text":"likes tea"}`)
	get("merge", "POST", "/persons/"+b.ids["person"]+"/merge", `{"other_id":"`+b.ids["person2"]+`","reason":"same phone book"}`)
	get("upload", "POST", "/imports/uploads", upload)
	get("import", "POST", "/imports", `{"upload_id":"`+b.ids["upload"]+`","kind":"orders","mapping":{"customer":"customer","order":"order","time":"time","amount":"amount"}}`)
	get("segment", "POST", "/segments", `{"name":"Tea drinkers","text":"orders = 0"}`)
	get("list", "POST", "/lists", `{"name":"Friends"}`)
	get("", "POST", "/lists/"+b.ids["list"]+"/persons", `{"add":["`+b.ids["person3"]+`"]}`)
	b.must(t, 201, "POST", "/staff", `{"name":"Dan","email":"dan@brand.example","role":"associate"}`, &thing)
	b.ids["staff"] = thing.Staff.ID
	b.must(t, 201, "POST", "/api-keys", `{"name":"shop","permissions":["pool.read"]}`, &thing)
	b.ids["key"] = thing.APIKey.ID
	b.must(t, 201, "POST", "/traits", `{"key":"`+trait+`","label":"Size","type":"text"}`, nil)
	var sessions struct{ Items []struct{ ID string } }
	b.must(t, 200, "GET", "/sessions", "", &sessions)
	b.ids["session"] = sessions.Items[0].ID
	waiting, err := b.h.Jobs.List(t.Context(), b.id, jobs.Available, 0, 1)
	if err != nil || len(waiting) != 1 {
		t.Fatalf("the import's job: %v %v", waiting, err)
	}
	b.ids["job"] = strconv.FormatInt(waiting[0].ID, 10)
	b.park(t)
	for _, r := range rooms {
		r.furnish(b, t)
	}
}

// park puts an event aside as if a subscriber had choked on it.
func (b *brand) park(t *testing.T) {
	t.Helper()
	b.ids["parked"] = "prk_" + b.id
	err := b.h.DB.Write(t.Context(), b.id, func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO timeline_parked (org_id, id, subscriber, event_id, error, attempts, parked_at)
			SELECT org_id, ?, 'lifecycle', id, 'broken', 3, 1 FROM timeline_event WHERE org_id = ? AND person_id = ? LIMIT 1`, b.ids["parked"], b.id, b.ids["person"])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// foreign says, for every endpoint that takes an id, how to call it with ids
// of another brand. {kind} stands for that brand's id of the kind, {our:kind}
// for one of ours. An endpoint that is missing here fails the test, so that
// no new one is forgotten.
var foreign = map[string][]struct{ path, body string }{
	"revoke-api-key":          {{"/api-keys/{key}", ""}},
	"preview-import-file":     {{"/import-uploads/{upload}", ""}},
	"start-import":            {{"/imports", `{"upload_id":"{upload}","kind":"orders","mapping":{"customer":"customer","time":"time","amount":"amount"}}`}},
	"get-import":              {{"/imports/{import}", ""}},
	"cancel-import":           {{"/imports/{import}/cancel", ""}},
	"download-rejected-lines": {{"/imports/{import}/rejected", ""}},
	"split-merge":             {{"/merges/{merge}/split", ""}},
	"get-person":              {{"/persons/{person}", ""}},
	"update-person":           {{"/persons/{person}", `{"name":"x"}`}},
	"tag-persons": {{"/persons/tags", `{"person_ids":["{person}"],"add":["{our:tag}"]}`}, {"/persons/tags", `{"person_ids":["{our:person}"],"add":["{tag}"]}`},
		{"/persons/tags", `{"person_ids":["{our:person}"],"remove":["{tag}"]}`}},
	"list-consents":        {{"/persons/{person}/consents", ""}},
	"record-consent":       {{"/persons/{person}/consents", `{"purpose":"marketing","granted":true}`}},
	"remove-identity":      {{"/persons/{person}/identities?kind=phone&value=%2B8613800138001", ""}},
	"add-identity":         {{"/persons/{person}/identities", `{"kind":"phone","value":"13800138009"}`}},
	"get-person-lifecycle": {{"/persons/{person}/lifecycle", ""}},
	"merge-persons":        {{"/persons/{person}/merge", `{"other_id":"{person3}"}`}, {"/persons/{our:person}/merge", `{"other_id":"{person}"}`}, {"/persons/{person}/merge", `{"other_id":"{our:person}"}`}},
	"list-merges":          {{"/persons/{person}/merges", ""}},
	"list-notes":           {{"/persons/{person}/notes", ""}},
	"add-note":             {{"/persons/{person}/notes", `{"text":"x"}`}},
	"delete-note":          {{"/persons/{person}/notes/{note}", ""}, {"/persons/{our:person}/notes/{note}", ""}},
	"edit-note":            {{"/persons/{person}/notes/{note}", `{"text":"x"}`}, {"/persons/{our:person}/notes/{note}", `{"text":"x"}`}},
	"untag-person":         {{"/persons/{person}/tags/{tag}", ""}, {"/persons/{our:person}/tags/{tag}", ""}, {"/persons/{person}/tags/{our:tag}", ""}},
	"tag-person":           {{"/persons/{person}/tags/{tag}", ""}, {"/persons/{our:person}/tags/{tag}", ""}, {"/persons/{person}/tags/{our:tag}", ""}},
	"person-timeline":      {{"/persons/{person}/timeline", ""}},
	"set-traits":           {{"/persons/{person}/traits", `{"ours":"XL"}`}},
	"end-session":          {{"/sessions/{session}", ""}},
	"update-staff":         {{"/staff/{staff}", `{"name":"x"}`}},
	"reinvite-staff":       {{"/staff/{staff}/invite", ""}},
	"delete-job":           {{"/system/jobs/{job}", ""}},
	"retry-job":            {{"/system/jobs/{job}/retry", ""}},
	"replay-parked-event":  {{"/system/parked/{parked}/replay", ""}},
	"delete-tag":           {{"/tags/{tag}", ""}},
	"update-tag":           {{"/tags/{tag}", `{"name":"x"}`}},
	"delete-trait":         {{"/traits/theirs", ""}},
	"track-event":          {{"/events", `{"kind":"page.viewed","person_id":"{person}","source":"test"}`}},
	"update-trait":         {{"/traits/theirs", `{"label":"x"}`}},
	"delete-list":          {{"/lists/{list}", ""}},
	"update-list":          {{"/lists/{list}", `{"name":"x"}`}},
	"list-list-persons":    {{"/lists/{list}/persons", ""}},
	"change-list":          {{"/lists/{list}/persons", `{"add":["{our:person}"]}`}},
	"overlap-segments":     {{"/segments/overlap", `{"ids":["{segment}","{our:segment}"]}`}},
	"delete-segment":       {{"/segments/{segment}", ""}},
	"get-segment":          {{"/segments/{segment}", ""}},
	"update-segment":       {{"/segments/{segment}", `{"name":"x"}`}},
	"export-segment":       {{"/segments/{segment}/export", ""}},
	"get-segment-history":  {{"/segments/{segment}/history", ""}},
	"put-segment-people": {{"/segments/{segment}/people", `{"person_ids":["{our:person}"],"as":"include"}`},
		{"/segments/{our:segment}/people", `{"person_ids":["{person}"],"as":"include"}`}},
	"list-segment-persons":  {{"/segments/{segment}/persons", ""}},
	"set-segment-predicate": {{"/segments/{segment}/predicate", `{"text":"everyone","version":1}`}},
	"get-segment-profile":   {{"/segments/{segment}/profile", ""}},
	"restore-segment":       {{"/segments/{segment}/restore", ""}},
	"revert-segment":        {{"/segments/{segment}/revert", `{"version":1}`}},
	"list-segment-versions": {{"/segments/{segment}/versions", ""}},
}

// rooms are further parts of the house, each with what it puts into a brand
// and its part of foreign.
var rooms = []struct {
	furnish func(*brand, *testing.T)
	foreign map[string][]struct{ path, body string }
}{
	{(*brand).furnishCatch, foreignCatch},
	{(*brand).furnishInbox, foreignInbox},
	{(*brand).furnishSurveys, foreignSurveys},
	{(*brand).furnishFollowup, foreignFollowup},
	{(*brand).furnishCare, foreignCare},
	{(*brand).furnishContent, foreignContent},
	{(*brand).furnishReach, foreignReach},
	{(*brand).furnishCampaigns, foreignCampaigns},
	{(*brand).furnishBroadcasts, foreignBroadcasts},
	{(*brand).furnishSOPs, foreignSOPs},
	{(*brand).furnishJourneys, foreignJourneys},
	{(*brand).furnishInsight, foreignInsight},
	{(*brand).furnishDrills, foreignDrills},
	{(*brand).furnishReports, foreignReports},
}

var pathID = regexp.MustCompile(`\{(\w+)\}`)

// fill puts ids in the place of {kind}, and of {our:kind} those of ours.
func (b *brand) fill(t *testing.T, ours *brand, s string) string {
	t.Helper()
	var pairs []string
	for kind, id := range b.ids {
		pairs = append(pairs, "{"+kind+"}", id)
	}
	for kind, id := range ours.ids {
		pairs = append(pairs, "{our:"+kind+"}", id)
	}
	s = strings.NewReplacer(pairs...).Replace(s)
	if m := regexp.MustCompile(`\{[\w:]+\}`).FindString(s); m != "" {
		t.Fatalf("the test has no id for %s", m)
	}
	return s
}

// TestNobodyElsesData walks every endpoint that names something by id, with
// the ids of another brand: the answer is 403 or 404, nothing changes there,
// and lists hold nothing of the other's.
func TestNobodyElsesData(t *testing.T) {
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			h := newHouse(t, e)
			ours, theirs := h.brand(t, "Ours"), h.brand(t, "Theirs")
			theirs.furnish(t, "theirs")
			ours.furnish(t, "ours")
			if err := h.Runner.CatchUp(t.Context(), theirs.id); err != nil {
				t.Fatal(err)
			}
			before := theirs.fingerprint(t)
			for _, op := range h.Router.Ops() {
				if op.Public {
					continue
				}
				cases, listed := foreign[op.ID]
				for _, r := range rooms {
					if !listed {
						cases, listed = r.foreign[op.ID]
					}
				}
				if !listed && pathID.MatchString(op.Path) {
					t.Errorf("%s (%s %s) takes an id and is not in the table", op.ID, op.Method, op.Path)
				}
				for _, c := range cases {
					path, body := theirs.fill(t, ours, c.path), theirs.fill(t, ours, c.body)
					if status, data := ours.call(t, op.Method, path, body); status != 403 && status != 404 && !(status == 422 && unknownField(data)) {
						t.Errorf("%s with another brand's ids: %s %s: %d %s", op.ID, path, body, status, data)
					}
				}
				if !listed && op.Method == "GET" {
					if _, data := ours.call(t, "GET", op.Path, ""); leaks(string(data), theirs.ids) {
						t.Errorf("%s shows another brand's: %s", op.ID, data)
					}
				}
			}
			if after := theirs.fingerprint(t); after != before {
				t.Errorf("something of theirs changed:\n%s\n%s", before, after)
			}
		})
	}
}

// unknownField reports whether an answer says of one field of the body that
// there is nothing of that id, which is what it says of any made-up id.
func unknownField(data []byte) bool {
	var e struct {
		Errors []struct{ Location, Message string }
	}
	if json.Unmarshal(data, &e) != nil || len(e.Errors) != 1 {
		return false
	}
	m := e.Errors[0].Message
	return strings.HasPrefix(e.Errors[0].Location, "body.") && (strings.HasPrefix(m, "没有这") || strings.Contains(m, "不存在"))
}

// TestPredicatesNameNothingForeign: a predicate that refers to another brand's
// things by id is refused like one that refers to nothing, and an add to a list
// finds nobody.
func TestPredicatesNameNothingForeign(t *testing.T) {
	h := newHouse(t, db.SQLite)
	ours, theirs := h.brand(t, "Ours"), h.brand(t, "Theirs")
	theirs.furnish(t, "theirs")
	ours.furnish(t, "ours")
	for _, b := range []*brand{ours, theirs} {
		if err := h.Runner.CatchUp(t.Context(), b.id); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range []string{"segment:#{segment}", "list:#{list}", "tag:#{tag}", "owner = #{staff}"} {
		body := fmt.Sprintf(`{"text":%q}`, theirs.fill(t, ours, text))
		if status, data := ours.call(t, "POST", "/segments/preview", body); status != 422 || strings.Contains(string(data), "Tea") {
			t.Errorf("%s: %d %s", text, status, data)
		}
		if status, data := theirs.call(t, "POST", "/segments/preview", body); status != 200 {
			t.Errorf("%s of one's own: %d %s", text, status, data)
		}
	}
	status, data := ours.call(t, "POST", "/lists/"+ours.ids["list"]+"/persons", theirs.fill(t, ours, `{"add":["{person}"]}`))
	if status == 200 && strings.Contains(string(data), `"added":1`) {
		t.Errorf("somebody else's customer is on our list: %s", data)
	}
}

func leaks(body string, ids map[string]string) bool {
	for _, id := range ids {
		if len(id) > 20 && strings.Contains(body, id) { // jobs have small numbers
			return true
		}
	}
	return false
}

// fingerprint tells the state of a brand as its owner sees it.
func (b *brand) fingerprint(t *testing.T) string {
	t.Helper()
	var s strings.Builder
	for _, path := range []string{"/persons", "/persons/{person}", "/persons/{person}/notes", "/persons/{person}/merges", "/tags", "/traits", "/staff", "/api-keys", "/imports", "/org", "/system/parked", "/persons/{person}/timeline", "/segments/{segment}", "/segments/{segment}/versions", "/lists", "/lists/{list}/persons"} {
		status, data := b.call(t, "GET", b.fill(t, b, path), "")
		if status != 200 {
			t.Fatalf("%s: %d %s", path, status, data)
		}
		fmt.Fprintf(&s, "%s %s\n", path, data)
	}
	return s.String()
}

// Every endpoint but the public ones asks who is there.
func TestNobodyGetsNothing(t *testing.T) {
	h := newHouse(t, db.SQLite)
	nobody := &brand{h: h, jar: newJar(t)}
	for _, op := range h.Router.Ops() {
		if op.Public {
			continue
		}
		if status, data := nobody.call(t, op.Method, pathID.ReplaceAllString(op.Path, "x"), "{}"); status != 401 {
			t.Errorf("%s: %d %s", op.ID, status, data)
		}
		if op.Permission == "" && !op.SignedIn {
			t.Errorf("%s says neither which permission it needs nor that anybody signed in may call it", op.ID)
		}
	}
}
