package care

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
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
	api      *testkit.API
	owners   map[string]string
	merged   map[string]string
	ways     map[string][]string
	agreed   func(Pair) bool
	unagreed error // when nobody can be asked
	lists    map[string][]string
	accounts map[string]Account // beside the usual
	handlers []Handler
	mails    []Mail
	mailed   map[string]bool // by key: the carrier sends none twice
	mailing  func(Mail) (MailOutcome, error)
	audits   testkit.Audits
	n        int
}

func newWorld(tb testing.TB, d *db.DB) *world {
	tb.Helper()
	w := &world{tb: tb, db: d, clock: testkit.NewClock(tb, "2026-06-15T04:00:00Z"), owners: map[string]string{}, merged: map[string]string{}, ways: map[string][]string{}, lists: map[string][]string{}, mailed: map[string]bool{},
		agreed: func(Pair) bool { return true }}
	w.log = timeline.New(w.clock.Now)
	w.svc = w.service()
	w.runner = timeline.NewRunner(d, w.log, w, slog.New(slog.DiscardHandler), w.clock.Now, w.svc.Subscribers()...)
	w.api = testkit.NewAPI(w.svc.Routes, Permissions, access.Permission{Key: "segment.write", Roles: []string{"owner"}})
	tb.Cleanup(w.svc.client.CloseIdleConnections)
	return w
}

// service is the module as another node has it.
func (w *world) service() *Service {
	return New(w.db, w.log, w.clock.Now, slog.New(slog.DiscardHandler), Ports{People: w, Carriers: w, Consent: w, Staff: w, Orgs: w, Lists: w, Sealer: w, Mailer: w, Auditor: w})
}

func (w *world) OrgIDs(context.Context) ([]string, error) { return []string{org, "org_b"}, nil }

func (w *world) Zone(context.Context, *db.Tx, string) (*time.Location, error) {
	return time.LoadLocation("Asia/Shanghai")
}

func (w *world) Accounts(_ context.Context, _ *db.Tx, orgID string) (map[string]Account, error) {
	if orgID != org {
		return map[string]Account{}, nil
	}
	out := map[string]Account{"acc_web": {"官网", "web"}, "acc_wecom": {"企业微信", "wecom"}, "acc_sms": {"短信", "sms"}}
	maps.Copy(out, w.accounts)
	return out, nil
}

func (w *world) Names(_ context.Context, _ *db.Tx, orgID string) (map[string]string, error) {
	if orgID != org {
		return map[string]string{}, nil
	}
	return map[string]string{"stf_1": "小鱼", "stf_2": "阿海", "stf_3": "老陈"}, nil
}

func (w *world) ByUserID(_ context.Context, _ *db.Tx, _ string, users []string) (map[string]string, error) {
	out := map[string]string{}
	for _, u := range users {
		if strings.HasPrefix(u, "u") {
			out[u] = "stf_" + u[1:]
		}
	}
	return out, nil
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

func (w *world) ByExternal(_ context.Context, _ *db.Tx, _ string, ids []string) (map[string]string, error) {
	out := map[string]string{}
	for _, id := range ids {
		out[id] = "per_" + id
	}
	return out, nil
}

func (w *world) Ways(_ context.Context, _ *db.Tx, _ string, ids []string) (map[string][]string, error) {
	out := map[string][]string{}
	for _, id := range ids {
		out[id] = w.ways[id]
	}
	return out, nil
}

func (w *world) Agreed(_ context.Context, _ string, pairs []Pair) (map[Pair]bool, error) {
	out := map[Pair]bool{}
	for _, p := range pairs {
		out[p] = w.agreed(p)
	}
	return out, w.unagreed
}

func (w *world) MakeList(_ context.Context, name string, persons []string) (string, error) {
	w.lists[name] = persons
	return "lst_1", nil
}

func (w *world) Handlers(_ context.Context, _ *db.Tx, orgID string) ([]Handler, error) {
	if orgID != org {
		return nil, nil
	}
	return w.handlers, nil
}

func (w *world) Mail(_ context.Context, _ string, m Mail) (MailOutcome, error) {
	if w.mailing != nil {
		if o, err := w.mailing(m); o.Status != "sent" || err != nil {
			return o, err
		}
	}
	if !w.mailed[m.Key] {
		w.mailed[m.Key], w.mails = true, append(w.mails, m)
	}
	return MailOutcome{Status: "sent"}, nil
}

func (w *world) Seal(orgID, purpose string, plain []byte) string {
	return orgID + purpose + "|" + string(plain)
}

func (w *world) Open(orgID, purpose, sealed string) ([]byte, error) {
	plain, ok := strings.CutPrefix(sealed, orgID+purpose+"|")
	if !ok {
		return nil, errors.New("sealed otherwise")
	}
	return []byte(plain), nil
}

func (w *world) Audit(_ context.Context, _ *db.Tx, action, _, id string, detail any) error {
	return w.audits.Add(action, id, detail)
}

// audited counts what is in the audit log of an action.
func (w *world) audited(action string) (n int) {
	for _, a := range w.audits {
		if strings.HasPrefix(a, action+" ") {
			n++
		}
	}
	return n
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

// fact is something that happened a second later.
func (w *world) fact(kind, person, source string, data any) timeline.Fact {
	w.n++
	w.clock.Advance(time.Second)
	return timeline.Fact{Kind: kind, PersonID: person, OccurredAt: w.clock.Now(), Source: source, DedupeKey: fmt.Sprint("fact ", w.n), Data: data}
}

// said has somebody write, or be written to.
func (w *world) said(kind, person, text string) {
	w.tb.Helper()
	w.tell(w.fact(kind, person, "web", carrierevent.Message{AccountID: "acc_web", ExternalID: "v_" + person, Type: "text", Text: text}))
	w.catchUp()
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

const (
	boss  = org + " owner stf_1"
	oper  = org + " operator stf_3"
	sales = org + " associate stf_2"
	other = "org_b owner stf_9"
)

// list makes a list with words.
func (w *world) list(body string, words ...string) WordList {
	w.tb.Helper()
	var l WordList
	w.want(boss, 201, "POST", "/care/lists", body, &l)
	if len(words) > 0 {
		var add []Word
		for _, one := range words {
			text, exception := strings.CutPrefix(one, "!")
			add = append(add, Word{Word: text, Exception: exception})
		}
		w.want(boss, 200, "POST", "/care/lists/"+l.ID+"/words", `{"add":`+db.JSON(add)+`}`, &l)
	}
	return l
}

// upload sends a file of words.
func (w *world) upload(id, query, content string) (int, string) {
	w.tb.Helper()
	return w.api.Serve(boss, testkit.Upload(w.tb, "/care/lists/"+id+"/import"+query, "words.txt", []byte(content)))
}

func (w *world) cases(query string) []Case {
	w.tb.Helper()
	var p httpx.CountedPage[Case]
	w.want(boss, 200, "GET", "/care/cases?limit=100"+query, "", &p)
	return p.Items
}

// rows reads one text column.
func (w *world) rows(query string, args ...any) []string {
	w.tb.Helper()
	return testkit.Texts(w.tb, w.db, org, query, args...)
}

func (w *world) kinds() string {
	return strings.Join(w.rows("SELECT kind FROM timeline_event WHERE org_id = ? AND source = 'care' ORDER BY recorded_at, seq", org), " ")
}
