package content

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"image"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

var schema = testkit.Migrations(timeline.Migration, Migration)

const (
	org       = "org_a"
	owner     = org + " owner stf_1"
	associate = org + " associate stf_2"
)

// world is the module with everything around it.
type world struct {
	tb      testing.TB
	db      *db.DB
	clock   *testkit.Clock
	svc     *Service
	api     *testkit.API
	server  *httptest.Server
	audits  testkit.Audits
	speaks  map[string]string // person → who speaks for them
	carried []string
}

func newWorld(tb testing.TB, d *db.DB) *world {
	tb.Helper()
	w := &world{tb: tb, db: d, clock: testkit.NewClock(tb, "2026-06-15T04:00:00Z"), speaks: map[string]string{"per_1": "per_1", "per_2": "per_2", "per_9": "per_9"}}
	logger := slog.New(slog.DiscardHandler)
	w.svc = New(d, timeline.New(w.clock.Now), w.clock.Now, logger, Ports{Orgs: w, Staff: w, People: w, Contacts: w, Carrier: w, Auditor: w, Types: types,
		QR: func(text, format string, _ int) ([]byte, error) { return []byte(format + " " + text), nil }}, Config{})
	w.api = testkit.NewAPI(w.svc.Routes, Permissions)
	w.api.Language = "en"
	w.server = httptest.NewServer(w.svc.Pages())
	tb.Cleanup(w.server.Close)
	w.svc.SetBaseURL(w.server.URL)
	return w
}

// types stands for what decides about files in the server.
var types = Types{
	Sniff: func(c []byte) (string, string) {
		t, _, _ := strings.Cut(http.DetectContentType(c), ";")
		switch {
		case bytes.Contains(c, []byte("<svg")):
			return "image/svg+xml", "file"
		case strings.HasPrefix(t, "image/"):
			return t, "image"
		case t == "video/mp4":
			return t, "video"
		}
		return t, "file"
	},
	Name: func(name, _ string) string { return name[strings.LastIndexAny(name, `/\`)+1:] },
	Served: func(t string) string {
		if strings.HasPrefix(t, "image/") && t != "image/svg+xml" || strings.HasPrefix(t, "video/") {
			return t
		}
		return "application/octet-stream"
	},
	Shown: func(t string) bool {
		return strings.HasPrefix(t, "image/") && t != "image/svg+xml" || strings.HasPrefix(t, "video/")
	},
}

func (w *world) OrgIDs(context.Context) ([]string, error) { return []string{org, "org_b"}, nil }

func (w *world) Settings(context.Context, *db.Tx, string) (OrgSettings, error) {
	return OrgSettings{Name: "鱼塘母婴", Zone: time.FixedZone("CST", 8*3600)}, nil
}

func (w *world) Insider(r *http.Request) bool { return r.Header.Get("X-Insider") != "" }

func (w *world) Members(context.Context, *db.Tx, string) (map[string]Member, error) {
	return map[string]Member{"stf_1": {"老板", true}, "stf_2": {"小美", true}, "stf_3": {"离职", false}}, nil
}

func (w *world) Visible(ctx context.Context, _ *db.Tx, _, id string) (bool, error) {
	a, _ := access.From(ctx)
	return w.speaks[id] != "" && (!a.OwnOnly || id != "per_9"), nil
}

func (w *world) Names(_ context.Context, _ *db.Tx, _ string, list []string) (map[string]Named, error) {
	out := map[string]Named{}
	for _, id := range list {
		if s := w.speaks[id]; s != "" {
			out[id] = Named{ID: s, Name: "客户" + s}
		}
	}
	return out, nil
}

func (w *world) Contact(_ context.Context, _, staff string) (Contact, error) {
	if staff != "stf_2" {
		return Contact{}, nil
	}
	return Contact{Name: "小美", Title: "店长", CardURL: "https://brand.example/b/xiaomei"}, nil
}

func (w *world) Carry(_ context.Context, name string, content []byte) (string, error) {
	w.carried = append(w.carried, name)
	return "med_" + name, nil
}

func (w *world) Audit(_ context.Context, _ *db.Tx, action, _, id string, detail any) error {
	return w.audits.Add(action, id, detail)
}

// want is a request of "org role staff" with the status that it must have.
func (w *world) want(as string, status int, method, path, body string, into any) string {
	w.tb.Helper()
	return w.api.Want(w.tb, as, status, method, path, body, into)
}

// made makes a material as the owner.
func (w *world) made(body string) (m Material) {
	w.tb.Helper()
	w.want(owner, 201, "POST", "/materials", body, &m)
	return m
}

// link makes a radar link of stf_2.
func (w *world) link(body string) RadarLink {
	w.tb.Helper()
	var l struct{ Items []RadarLink }
	w.want(associate, 200, "POST", "/radar-links", body, &l)
	return l.Items[0]
}

func (w *world) upload(name string, content []byte) (f StoredFile) {
	w.tb.Helper()
	code, text := w.api.Serve(owner, testkit.Upload(w.tb, "/material-files", name, content))
	if code != 201 {
		w.tb.Fatalf("%s: %d %s", name, code, text)
	}
	testkit.Must(w.tb, json.Unmarshal([]byte(text), &f))
	return f
}

const phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.50 Language/zh_CN"

// browser is somebody's.
type browser struct {
	w     *world
	c     *http.Client
	agent string
	lang  string
	last  http.Header
}

func (w *world) browser() *browser {
	jar, err := cookiejar.New(nil)
	testkit.Must(w.tb, err)
	return &browser{w: w, c: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, agent: phone, lang: "zh-CN"}
}

func (b *browser) do(method, url, body string, headers ...string) (int, string) {
	b.w.tb.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	testkit.Must(b.w.tb, err)
	req.Header.Set("User-Agent", b.agent)
	req.Header.Set("Accept-Language", b.lang)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := b.c.Do(req)
	testkit.Must(b.w.tb, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	testkit.Must(b.w.tb, err)
	b.last = resp.Header
	return resp.StatusCode, string(text)
}

var visitIn = regexp.MustCompile(`visit="(mvs_[0-9a-f]{32})"`)

// open opens a page, and returns the visit that its script would tell of.
func (b *browser) open(url string) (visit, page string) {
	b.w.tb.Helper()
	code, page := b.do("GET", url, "")
	if code != 200 {
		b.w.tb.Fatalf("%s: %d %s", url, code, page)
	}
	if len(page) > 50_000 {
		b.w.tb.Errorf("a page of %d bytes", len(page))
	}
	if m := visitIn.FindStringSubmatch(page); m != nil {
		visit = m[1]
	}
	return visit, page
}

func (b *browser) beat(url, visit string, ms, depth int) int {
	b.w.tb.Helper()
	data, err := json.Marshal(map[string]any{"v": visit, "t": ms, "d": depth})
	testkit.Must(b.w.tb, err)
	code, _ := b.do("POST", url+"/beat", string(data))
	return code
}

// events are the kinds of events of the org with their persons, in order.
func (w *world) events() (out []string) {
	w.tb.Helper()
	testkit.Must(w.tb, w.db.Read(context.Background(), org, func(tx *db.Tx) error {
		return tx.Each(context.Background(), func(rows *sql.Rows) error {
			var kind, person string
			err := rows.Scan(&kind, &person)
			out = append(out, kind+" "+person)
			return err
		}, "SELECT kind, person_id FROM timeline_event WHERE org_id = ? ORDER BY seq", org)
	}))
	return out
}

func (w *world) sweep() {
	w.tb.Helper()
	testkit.Must(w.tb, w.svc.Sweep(context.Background()))
}

func picture(tb testing.TB) []byte {
	tb.Helper()
	var b bytes.Buffer
	testkit.Must(tb, png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 4, 4))))
	return b.Bytes()
}

var contains = testkit.Contains
