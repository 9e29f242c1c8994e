package inbox

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fishpond/internal/carrier/carrierevent"
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
	testkit.AsProcess(sendOff)
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
	api      *testkit.API
	sender   *fakeSender
	owners   map[string]string
	merged   map[string]string
	accounts map[string]Account
	members  map[string]Member
	audits   testkit.Audits
	signs    []string
	chats    []Chat
	window   *Window                  // nil: open, as far as the carrier knows
	archived map[string][]ChatMessage // of chats, the latest first
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
	w.svc = New(d, w.log, w.clock.Now, slog.New(slog.DiscardHandler), Ports{Sender: w.sender, Accounts: w, Windows: w, People: w, Staff: w, Signs: w, Orgs: w, Archive: w, Auditor: w})
	w.runner = timeline.NewRunner(d, w.log, w, slog.New(slog.DiscardHandler), w.clock.Now, w.svc.Subscribers()...)
	w.api = testkit.NewAPI(w.svc.Routes, Permissions)
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

func (w *world) Count(context.Context, *db.Tx, string, string) (int64, error) { return 400, nil }

func (w *world) Window(context.Context, *db.Tx, string, string, string) (Window, error) {
	if w.window != nil {
		return *w.window, nil
	}
	return Window{Open: true, Left: -1}, nil
}

func (w *world) Seen(_ context.Context, _ *db.Tx, _, _, external string) error {
	w.signs = append(w.signs, "seen "+external)
	return nil
}

func (w *world) Typing(_, external string) { w.signs = append(w.signs, "typing "+external) }

func (w *world) Audit(_ context.Context, _ *db.Tx, action, _, id string, detail any) error {
	return w.audits.Add(action, id, detail)
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

func (w *world) must(err error) {
	w.tb.Helper()
	testkit.Must(w.tb, err)
}

func (w *world) tell(facts ...timeline.Fact) {
	w.tb.Helper()
	testkit.Write(w.tb, w.db, org, func(ctx context.Context, tx *db.Tx) error {
		_, err := w.log.Append(ctx, tx, org, facts...)
		return err
	})
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
	return w.api.Do(as, method, path, body)
}

// want is do with the status that it must have; into may be nil.
func (w *world) want(as string, status int, method, path, body string, into any) string {
	w.tb.Helper()
	return w.api.Want(w.tb, as, status, method, path, body, into)
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
func (w *world) rows(query string, args ...any) []string {
	w.tb.Helper()
	return testkit.Texts(w.tb, w.db, org, query, args...)
}

var errDown = errs.Unavailable(i18n.T("稍后", "later"), nil)
