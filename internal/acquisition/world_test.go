package acquisition

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

var schema = testkit.Migrations(timeline.Migration, Migration)

// world is the module with everything around it.
type world struct {
	tb      testing.TB
	db      *db.DB
	clock   *testkit.Clock
	log     *timeline.Log
	svc     *Service
	runner  *timeline.Runner
	handler http.Handler
	zone    *time.Location
	locale  string
	staff   map[string]Member
	audits  []string
	people  map[string]string // phone → person
	later   []string          // codes to refresh
	carrier *fakeCarrier
}

const org = "org_a"

func newWorld(tb testing.TB, d *db.DB) *world {
	tb.Helper()
	w := &world{tb: tb, db: d, clock: testkit.NewClock(tb, "2026-06-15T04:00:00Z"), zone: zoneOf("Asia/Shanghai"), locale: "zh-CN", people: map[string]string{}, carrier: &fakeCarrier{}}
	w.staff = map[string]Member{"stf_1": {"小鱼", true}, "stf_2": {"阿海", true}, "stf_3": {"老陈", true}, "stf_gone": {"离职", false}}
	w.log = timeline.New(w.clock.Now)
	w.svc = New(d, w.log, w.clock.Now, slog.New(slog.DiscardHandler), Ports{Orgs: w, Staff: w, People: w, Auditor: w, Later: w, Carrier: w.carrier},
		Config{BaseURL: "https://pond.example"})
	w.runner = timeline.NewRunner(d, w.log, w, slog.New(slog.DiscardHandler), w.clock.Now, w.svc.Subscribers()...)
	r := httpx.NewRouter(slog.New(slog.DiscardHandler), "test")
	w.svc.Routes(r)
	w.handler = httpx.Middleware(slog.New(slog.DiscardHandler), auth{}, false, r)
	return w
}

func zoneOf(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return zone
}

func (w *world) OrgIDs(context.Context) ([]string, error) { return []string{org, "org_b"}, nil }

func (w *world) Settings(context.Context, *db.Tx, string) (OrgSettings, error) {
	return OrgSettings{Name: "鱼塘", Zone: w.zone, Currency: "CNY", Locale: w.locale}, nil
}

func (w *world) Members(context.Context, *db.Tx, string) (map[string]Member, error) {
	return w.staff, nil
}

func (w *world) Audit(_ context.Context, _ *db.Tx, action, _, id string, detail any) error {
	b, err := json.Marshal(detail)
	w.audits = append(w.audits, action+" "+id+" "+string(b))
	return err
}

func (w *world) Enter(_ context.Context, _ *db.Tx, _ string, e Entrant) (string, error) {
	if len(e.Phone) < 7 || strings.Trim(e.Phone, "+0123456789 ") != "" {
		return "", errs.InvalidField("body.phone", i18n.T("手机号不正确", "not a phone number"))
	}
	if w.people[e.Phone] == "" {
		w.people[e.Phone] = fmt.Sprintf("per_form%d", len(w.people)+1)
	}
	return w.people[e.Phone], nil
}

func (w *world) Names(_ context.Context, _ *db.Tx, _ string, ids []string) (map[string]Named, error) {
	out := map[string]Named{}
	for _, id := range ids {
		out[id] = Named{ID: id, Name: "客户" + id}
	}
	return out, nil
}

func (w *world) RefreshCode(_ context.Context, _ *db.Tx, _, codeID string) error {
	w.later = append(w.later, codeID)
	return nil
}

// fakeCarrier is a platform that remembers what it was told.
type fakeCarrier struct {
	ways   map[string]ContactWay
	joins  map[string]JoinWay
	calls  int
	fail   error
	sizes  map[string]int
	forgot []string
}

func (c *fakeCarrier) PutContactWay(_ context.Context, _, _ string, w ContactWay) (Way, error) {
	c.calls++
	if c.fail != nil {
		return Way{}, c.fail
	}
	qr := "" // told only once
	if w.ConfigID == "" {
		w.ConfigID = "cfg_" + w.Key
		qr = "https://wework.qpic.cn/" + w.ConfigID
	}
	if c.ways == nil {
		c.ways = map[string]ContactWay{}
	}
	c.ways[w.ConfigID] = w
	return Way{ConfigID: w.ConfigID, QRURL: qr}, nil
}

func (c *fakeCarrier) PutJoinWay(_ context.Context, _, _ string, w JoinWay) (Way, error) {
	c.calls++
	if c.fail != nil {
		return Way{}, c.fail
	}
	if w.ConfigID == "" {
		w.ConfigID = "join_" + w.Key
	}
	if c.joins == nil {
		c.joins = map[string]JoinWay{}
	}
	c.joins[w.ConfigID] = w
	return Way{ConfigID: w.ConfigID, QRURL: "https://wework.qpic.cn/" + w.ConfigID}, nil
}

func (c *fakeCarrier) DeleteJoinWay(_ context.Context, _, _, configID string) error {
	c.forgot = append(c.forgot, "group "+configID)
	return nil
}

func (c *fakeCarrier) DeleteContactWay(_ context.Context, _, _, configID string) error {
	c.forgot = append(c.forgot, configID)
	return nil
}

func (c *fakeCarrier) Accounts(context.Context, *db.Tx, string) (map[string]string, error) {
	return map[string]string{"acc_1": "企业微信主体"}, nil
}

func (c *fakeCarrier) GroupSizes(_ context.Context, _ *db.Tx, _, _ string, chats []string) (map[string]int, error) {
	out := map[string]int{}
	for _, id := range chats {
		if n, ok := c.sizes[id]; ok {
			out[id] = n
		}
	}
	return out, nil
}

// auth makes whoever names an org in a header its staff, with the permissions
// that the role has.
type auth struct{}

func (auth) Authenticate(r *http.Request) (access.Actor, bool, error) {
	return actor(r.Header.Get("X-Org"), r.Header.Get("X-Role")), r.Header.Get("X-Org") != "", nil
}

func actor(orgID, role string) access.Actor {
	a := access.Actor{Kind: access.Staff, OrgID: orgID, ID: "stf_1", Role: role, OwnOnly: role == "associate"}
	var keys []string
	for _, p := range Permissions {
		for _, r := range p.Roles {
			if r == role {
				keys = append(keys, p.Key)
			}
		}
	}
	return a.WithPermissions(keys)
}

func (w *world) ctx() context.Context {
	return access.With(context.Background(), actor(org, "owner"))
}

func (w *world) must(err error) {
	w.tb.Helper()
	if err != nil {
		w.tb.Fatal(err)
	}
}

func (w *world) tell(facts ...timeline.Fact) {
	w.tb.Helper()
	w.must(w.db.Write(context.Background(), org, func(tx *db.Tx) error {
		_, err := w.log.Append(context.Background(), tx, org, facts...)
		return err
	}))
}

func (w *world) catchUp() {
	w.tb.Helper()
	w.must(w.runner.CatchUp(context.Background(), org))
}

// do sends a request as an org's staff with a role ("org_a owner").
func (w *world) do(as, method, path, body string) (int, string) {
	w.tb.Helper()
	req := httptest.NewRequest(method, httpx.Prefix+path, strings.NewReader(body))
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return w.send(as, req)
}

func (w *world) send(as string, req *http.Request) (int, string) {
	orgID, role, _ := strings.Cut(as, " ")
	req.Header.Set("X-Org", orgID)
	req.Header.Set("X-Role", role)
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, req)
	return rec.Code, rec.Body.String()
}

// want is do by an owner with the status that it must have; into may be nil.
func (w *world) want(status int, method, path, body string, into any) string {
	w.tb.Helper()
	code, text := w.do(org+" owner", method, path, body)
	if code != status {
		w.tb.Fatalf("%s %s %s: %d, not %d: %s", method, path, body, code, status, text)
	}
	if into != nil {
		w.must(json.Unmarshal([]byte(text), into))
	}
	return text
}

func (w *world) upload(path string, data []byte, lang string) (int, string) {
	w.tb.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	part, err := m.CreateFormFile("file", "f")
	w.must(err)
	_, err = io.Copy(part, bytes.NewReader(data))
	w.must(err)
	w.must(m.Close())
	req := httptest.NewRequest("POST", httpx.Prefix+path, &b)
	req.Header.Set("Content-Type", m.FormDataContentType())
	req.Header.Set("Accept-Language", lang)
	return w.send(org+" owner", req)
}

// events reads the log of the org as it is stored.
func (w *world) events(kinds ...string) (out []timeline.Event) {
	w.tb.Helper()
	w.must(w.db.Read(context.Background(), org, func(tx *db.Tx) error {
		return tx.Each(context.Background(), func(rows *sql.Rows) error {
			var e timeline.Event
			var us int64
			var data []byte
			err := rows.Scan(&e.ID, &e.Kind, &e.PersonID, &us, &data, &e.Position.Seq)
			e.OccurredAt, e.Data = clock.Time(us), data
			if len(kinds) == 0 || strings.Contains(strings.Join(kinds, " "), e.Kind) {
				out = append(out, e)
			}
			return err
		}, "SELECT id, kind, person_id, occurred_at, data, seq FROM timeline_event WHERE org_id = ? ORDER BY xid, seq", org)
	}))
	return out
}

func at(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		panic(err)
	}
	return t
}

func contains(tb testing.TB, text string, parts ...string) {
	tb.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			tb.Errorf("%s\nlacks %s", text, p)
		}
	}
}
