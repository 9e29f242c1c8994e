package inbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

var schema = testkit.Migrations(timeline.Migration, Migration)

const org = "org_a"

func TestMain(m *testing.M) {
	if killed() {
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// world is the module with everything around it.
type world struct {
	tb       testing.TB
	db       *db.DB
	clock    *testkit.Clock
	log      *timeline.Log
	svc      *Service
	runner   *timeline.Runner
	handler  http.Handler
	sender   *fakeSender
	owners   map[string]string
	merged   map[string]string
	accounts map[string]Account
	members  map[string]Member
	audits   []string
	n        int
}

func newWorld(tb testing.TB, d *db.DB) *world {
	tb.Helper()
	w := &world{tb: tb, db: d, clock: testkit.NewClock(tb, "2026-06-15T04:00:00Z"), sender: &fakeSender{}, owners: map[string]string{}, merged: map[string]string{}}
	w.accounts = map[string]Account{
		"acc_web":   {Name: "官网", Kind: "web", Active: true, Can: Capability{Direct: true, Parts: []string{"text", "image", "link"}, MaxParts: 5, MaxText: 8000}},
		"acc_oa":    {Name: "公众号", Kind: "official_account", Active: true, Can: Capability{Direct: true, Parts: []string{"text"}, MaxParts: 5, MaxText: 2048, WindowHours: 48, WindowMessages: 5}},
		"acc_wecom": {Name: "企业微信", Kind: "wecom", Active: true, Can: Capability{Note: i18n.T("企业微信不允许", "WeCom lets nothing be sent")}},
	}
	w.members = map[string]Member{"stf_1": {"小鱼", true, true}, "stf_2": {"阿海", true, true}, "stf_3": {"老陈", true, true}, "stf_view": {"看客", true, false}, "stf_gone": {"离职", false, true}}
	w.log = timeline.New(w.clock.Now)
	w.svc = New(d, w.log, w.clock.Now, slog.New(slog.DiscardHandler), Ports{Sender: w.sender, Accounts: w, People: w, Staff: w, Orgs: w, Auditor: w})
	w.runner = timeline.NewRunner(d, w.log, w, slog.New(slog.DiscardHandler), w.clock.Now, w.svc.Subscribers()...)
	r := httpx.NewRouter(slog.New(slog.DiscardHandler), "test")
	w.svc.Routes(r)
	w.handler = httpx.Middleware(slog.New(slog.DiscardHandler), auth{}, false, r)
	return w
}

func (w *world) OrgIDs(context.Context) ([]string, error) { return []string{org, "org_b"}, nil }

func (w *world) Zone(context.Context, *db.Tx, string) (*time.Location, error) {
	return time.LoadLocation("Asia/Shanghai")
}

func (w *world) Accounts(_ context.Context, _ *db.Tx, orgID string) (map[string]Account, error) {
	if orgID != org {
		return map[string]Account{}, nil
	}
	return w.accounts, nil
}

func (w *world) Members(_ context.Context, _ *db.Tx, orgID string) (map[string]Member, error) {
	if orgID != org {
		return map[string]Member{}, nil
	}
	return w.members, nil
}

func (w *world) Cards(_ context.Context, _ *db.Tx, _ string, ids []string) (map[string]Card, error) {
	out := map[string]Card{}
	for _, id := range ids {
		now := id
		if to := w.merged[id]; to != "" {
			now = to
		}
		out[id] = Card{ID: now, Name: "客户 " + now, OwnerStaffID: w.owners[now]}
	}
	return out, nil
}

func (w *world) Audit(_ context.Context, _ *db.Tx, action, _, id string, detail any) error {
	b, err := json.Marshal(detail)
	w.audits = append(w.audits, action+" "+id+" "+string(b))
	return err
}

// fakeSender is a platform that keeps what it took, by key.
type fakeSender struct {
	mu     sync.Mutex
	taken  map[string]Receipt
	order  []string
	sent   []Outgoing
	answer func(o Outgoing) (Receipt, error) // nil: all is well
	before func(o Outgoing)
}

func (f *fakeSender) Send(_ context.Context, _ string, o Outgoing) (Receipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r, ok := f.taken[o.Key]; ok && (r.Status != SendFailed || !r.Again) {
		return r, nil
	}
	if f.before != nil {
		f.before(o)
	}
	r := Receipt{ID: "snd_" + o.Key, Status: SendSent, PlatformID: "p" + o.Key}
	if f.answer != nil {
		var err error
		if r, err = f.answer(o); err != nil {
			return r, err
		}
	}
	if f.taken == nil {
		f.taken = map[string]Receipt{}
	}
	f.taken[o.Key] = r
	if r.Status != SendFailed {
		f.sent, f.order = append(f.sent, o), append(f.order, textOf(o.Parts))
	}
	return r, nil
}

func failing(code string, again bool) func(Outgoing) (Receipt, error) {
	return func(o Outgoing) (Receipt, error) {
		return Receipt{ID: "snd_" + o.Key, Status: SendFailed, Code: code, Reason: i18n.T("平台不接受", "not accepted"), Again: again}, nil
	}
}

// auth makes whoever names an org in a header its staff, with the permissions
// that the role has.
type auth struct{}

func (auth) Authenticate(r *http.Request) (access.Actor, bool, error) {
	return actorOf(r.Header.Get("X-Org"), r.Header.Get("X-Role"), r.Header.Get("X-Staff")), r.Header.Get("X-Org") != "", nil
}

func actorOf(orgID, role, staff string) access.Actor {
	a := access.Actor{Kind: access.Staff, OrgID: orgID, ID: staff, Role: role, OwnOnly: role == "associate"}
	var keys []string
	for _, p := range Permissions {
		if slices.Contains(p.Roles, role) {
			keys = append(keys, p.Key)
		}
	}
	return a.WithPermissions(keys)
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

// catchUp has the subscribers take what is there.
func (w *world) catchUp() {
	w.tb.Helper()
	w.must(w.runner.CatchUp(context.Background(), org))
}

// said is a message that came in.
func (w *world) said(person, account, external, text string, at time.Time) timeline.Fact {
	w.n++
	return timeline.Fact{Kind: carrierevent.MessageReceived, PersonID: person, OccurredAt: at, Source: w.accounts[account].Kind, DedupeKey: fmt.Sprint("message.received:", account, external, w.n),
		Data: carrierevent.Message{AccountID: account, ExternalID: external, Type: "text", Text: text}}
}

// hear has somebody write, and returns the conversation.
func (w *world) hear(person, account, external, text string) string {
	w.tb.Helper()
	w.clock.Advance(time.Second)
	w.tell(w.said(person, account, external, text, w.clock.Now()))
	w.catchUp()
	return conversationID(account, external)
}

// do sends a request as "org role staff".
func (w *world) do(as, method, path, body string) (int, string) {
	w.tb.Helper()
	req := httptest.NewRequest(method, httpx.Prefix+path, strings.NewReader(body))
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	identify(req, as)
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, req)
	return rec.Code, rec.Body.String()
}

func identify(req *http.Request, as string) {
	f := append(strings.Fields(as), "owner", "stf_1")
	if len(f) == 4 {
		f[2] = "stf_1"
	}
	req.Header.Set("X-Org", f[0])
	req.Header.Set("X-Role", f[1])
	req.Header.Set("X-Staff", f[2])
}

// want is do with the status that it must have; into may be nil.
func (w *world) want(as string, status int, method, path, body string, into any) string {
	w.tb.Helper()
	code, text := w.do(as, method, path, body)
	if code != status {
		w.tb.Fatalf("%s %s %s: %d, not %d: %s", method, path, body, code, status, text)
	}
	if into != nil {
		w.must(json.Unmarshal([]byte(text), into))
	}
	return text
}

const boss = org + " owner stf_1"

func (w *world) post(conv, key, text string) Message {
	w.tb.Helper()
	var m Message
	w.want(boss, 202, "POST", "/inbox/conversations/"+conv+"/messages", fmt.Sprintf(`{"key":%q,"parts":[{"kind":"text","text":%q}]}`, key, text), &m)
	return m
}

func (w *world) conv(id string) Details {
	w.tb.Helper()
	var d Details
	w.want(boss, 200, "GET", "/inbox/conversations/"+id, "", &d)
	return d
}

func (w *world) history(id string) []Message {
	w.tb.Helper()
	var p httpx.Page[Message]
	w.want(boss, 200, "GET", "/inbox/conversations/"+id+"/messages?limit=100", "", &p)
	return p.Items
}

func (w *world) send() {
	w.tb.Helper()
	w.must(w.svc.SendDue(context.Background()))
}

// rows reads one text column.
func (w *world) rows(query string, args ...any) (out []string) {
	w.tb.Helper()
	w.must(w.db.Read(context.Background(), org, func(tx *db.Tx) error {
		out = nil
		return tx.Each(context.Background(), func(r *sql.Rows) error {
			var s string
			err := r.Scan(&s)
			out = append(out, s)
			return err
		}, query, args...)
	}))
	return out
}

var errDown = errs.Unavailable(i18n.T("稍后", "later"), nil)
