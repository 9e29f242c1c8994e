package survey

import (
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

var schema = testkit.Migrations(timeline.Migration, Migration)

const org = "org_a"

// world is the module with everything around it.
type world struct {
	tb       testing.TB
	db       *db.DB
	clock    *testkit.Clock
	svc      *Service
	api      *testkit.API
	server   *httptest.Server
	audits   testkit.Audits
	phones   map[string]string   // phone → person
	members  map[string][]string // who speaks → for whom
	learned  []Lesson
	unlearn  []Effects
	consents []string
	remarks  []string
	traits   map[string]TraitWord
}

func newWorld(tb testing.TB, d *db.DB) *world {
	tb.Helper()
	w := &world{tb: tb, db: d, clock: testkit.NewClock(tb, "2026-06-15T04:00:00Z"), phones: map[string]string{}, members: map[string][]string{"per_1": {"per_1"}, "per_2": {"per_2"}},
		traits: map[string]TraitWord{"months": {Type: "number"}, "milk": {Type: "text", Options: []string{"formula"}}}}
	logger := slog.New(slog.DiscardHandler)
	w.svc = New(d, timeline.New(w.clock.Now), w.clock.Now, logger, Ports{Orgs: w, People: w, Auditor: w, Remarker: w, QR: func(text, format string, _ int) ([]byte, error) { return []byte(format + " " + text), nil }}, Config{})
	w.api = testkit.NewAPI(w.svc.Routes, Permissions)
	w.api.Language = "en"
	w.server = httptest.NewServer(w.svc.Pages())
	tb.Cleanup(w.server.Close)
	w.svc.SetBaseURL(w.server.URL)
	return w
}

func (w *world) Settings(context.Context, *db.Tx, string) (OrgSettings, error) {
	return OrgSettings{Name: "鱼塘母婴", Zone: time.UTC, Locale: "zh-CN"}, nil
}

func (w *world) Audit(_ context.Context, _ *db.Tx, action, _, id string, detail any) error {
	return w.audits.Add(action, id, detail)
}

func (w *world) Remark(_ context.Context, _ *db.Tx, _ string, persons []string, text string) error {
	w.remarks = append(w.remarks, strings.Join(persons, "+")+"="+text)
	return nil
}

func (w *world) Phone(_ context.Context, _ *db.Tx, _, raw string) (string, error) {
	if len(raw) != 11 || strings.Trim(raw, "0123456789") != "" {
		return "", errs.InvalidField("phone", i18n.T("不是", "no"))
	}
	return "+86" + raw, nil
}

func (w *world) Enter(_ context.Context, _ *db.Tx, _, phone, purpose, version string, _ time.Time) (string, error) {
	if w.phones[phone] == "" {
		w.phones[phone] = "per_" + phone[len(phone)-4:]
		w.members[w.phones[phone]] = []string{w.phones[phone]}
	}
	w.consents = append(w.consents, purpose+" "+version)
	return w.phones[phone], nil
}

func (w *world) Speaks(_ context.Context, _ *db.Tx, _, id string) (string, []string, error) {
	for speaker, all := range w.members {
		if slices.Contains(all, id) {
			return speaker, all, nil
		}
	}
	return "", nil, errs.NotFound(i18n.T("客户", "person"))
}

func (w *world) Visible(ctx context.Context, _ *db.Tx, _, id string) (bool, error) {
	a, _ := access.From(ctx)
	_, _, err := w.Speaks(ctx, nil, "", id)
	return err == nil && (!a.OwnOnly || id == "per_1"), nil
}

func (w *world) Names(ctx context.Context, _ *db.Tx, _ string, list []string) (map[string]Named, error) {
	out := map[string]Named{}
	for _, id := range list {
		if speaker, _, err := w.Speaks(ctx, nil, "", id); err == nil {
			out[id] = Named{ID: speaker, Name: "客户" + speaker}
		}
	}
	return out, nil
}

func (w *world) Words(context.Context, *db.Tx, string) (Words, error) {
	return Words{Tags: map[string]TagWord{"tag_1": {Name: "母乳", Group: "喂养"}, "tag_2": {Name: "奶粉", Group: "喂养"}, "tag_3": {Name: "忠实"}}, Traits: w.traits}, nil
}

func (w *world) Declare(_ context.Context, _ *db.Tx, _, key, label, kind string) error {
	w.traits[key] = TraitWord{Label: label, Type: kind}
	return nil
}

func (w *world) Learn(_ context.Context, _ *db.Tx, _, _ string, l Lesson) (Effects, error) {
	w.learned = append(w.learned, l)
	var e Effects
	for _, id := range l.Add {
		e.TagsAdded = append(e.TagsAdded, Tagged{ID: id, Name: id})
	}
	return e, nil
}

func (w *world) Unlearn(_ context.Context, _ *db.Tx, _, _ string, e Effects) error {
	w.unlearn = append(w.unlearn, e)
	return nil
}

func (w *world) Consent(_ context.Context, _ *db.Tx, _, person, purpose string, granted bool, _ string) error {
	w.consents = append(w.consents, person+" "+purpose+map[bool]string{true: " yes", false: " no"}[granted])
	return nil
}

func (w *world) must(err error) {
	w.tb.Helper()
	testkit.Must(w.tb, err)
}

// do sends a request as "org role staff", in English.
func (w *world) do(as, method, path, body string) (int, string) {
	return w.api.Do(as, method, path, body)
}

// want is an owner's request with the status that it must have; into may be nil.
func (w *world) want(status int, method, path, body string, into any) string {
	w.tb.Helper()
	return w.api.Want(w.tb, org, status, method, path, body, into)
}

// published makes a survey of a spec and publishes it.
func (w *world) published(spec Spec) Survey {
	w.tb.Helper()
	spec.clean()
	body, err := json.Marshal(SurveyInput{Name: "喂养", Spec: &spec})
	w.must(err)
	var v Survey
	w.want(201, "POST", "/surveys", string(body), &v)
	w.want(200, "POST", "/surveys/"+v.ID+"/publish", `{"revision":1}`, &v)
	return v
}

// browser is somebody's.
type browser struct {
	w      *world
	client *http.Client
	lang   string
}

func (w *world) browser() *browser {
	jar, err := cookiejar.New(nil)
	w.must(err)
	return &browser{w: w, client: &http.Client{Jar: jar}, lang: "zh-CN"}
}

func (b *browser) do(req *http.Request) (int, string) {
	b.w.tb.Helper()
	req.Header.Set("Accept-Language", b.lang)
	resp, err := b.client.Do(req)
	b.w.must(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	b.w.must(err)
	if len(text) > 50_000 {
		b.w.tb.Errorf("a page of %d bytes", len(text))
	}
	return resp.StatusCode, string(text)
}

func (b *browser) get(address string) (int, string) {
	b.w.tb.Helper()
	req, err := http.NewRequest("GET", address, nil)
	b.w.must(err)
	return b.do(req)
}

// send sends a form: "do=next", "p=0", "a.q1=x".
func (b *browser) send(address string, fields ...string) (int, string) {
	b.w.tb.Helper()
	form := url.Values{}
	for _, f := range fields {
		k, v, _ := strings.Cut(f, "=")
		form.Add(k, v)
	}
	req, err := http.NewRequest("POST", address, strings.NewReader(form.Encode()))
	b.w.must(err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(req)
}

// events are the kinds of events of the org with their persons, in order.
func (w *world) events() (out []string) {
	w.tb.Helper()
	w.must(w.db.Read(context.Background(), org, func(tx *db.Tx) error {
		return tx.Each(context.Background(), func(rows *sql.Rows) error {
			var kind, person string
			err := rows.Scan(&kind, &person)
			out = append(out, strings.TrimSpace(kind+" "+person))
			return err
		}, "SELECT kind, person_id FROM timeline_event WHERE org_id = ? ORDER BY seq", org)
	}))
	return out
}

func (w *world) count(query string) (n int) {
	w.tb.Helper()
	w.must(w.db.Read(context.Background(), org, func(tx *db.Tx) error {
		return tx.QueryRow(context.Background(), query, org).Scan(&n)
	}))
	return n
}

var hidden = regexp.MustCompile(`name="b" value="([a-z2-9]{32})"`)

var contains = testkit.Contains

// feeding is a survey with everything in it.
func feeding() Spec {
	n := func(i int) *int { return &i }
	return Spec{Title: "宝宝喂养小调查", Intro: "我们想知道宝宝怎么喂", Open: "nameless", Questions: []Question{
		{ID: "q1", Type: Single, Title: "怎么喂？", Required: true, Options: []Option{{"a", "母乳"}, {"b", "奶粉"}},
			Rules: []Rule{{Options: []string{"a"}, Do: GroupTag, TagID: "tag_1"}, {Options: []string{"b"}, Do: GroupTag, TagID: "tag_2"}}},
		{ID: "q2", Type: Multiple, Title: "{{q1}}有什么烦恼？", Min: 1, Max: 2, Options: []Option{{"a", "胀气"}, {"b", "夜醒"}, {"c", "便秘"}},
			ShowIf: &Logic{Conditions: []Condition{{Question: "q1", Op: "any_of", Options: []string{"b"}}}}, Rules: []Rule{{Do: PainPoint}}},
		{ID: "q3", Type: Scale, Title: "推荐吗？", Required: true, From: 0, To: 10, Rules: []Rule{{Min: n(9), Do: AddTag, TagID: "tag_3"}, {Max: n(6), Do: RemoveTag, TagID: "tag_3"}, {Do: SetTrait, Trait: "months"}}},
		{ID: "q4", Type: Text, Title: "还有吗？", SamePage: true, Rules: []Rule{{Do: Remark, Value: "{{q1}}妈妈"}}},
		{ID: "q5", Type: Phone, Title: "手机号", Consent: "我同意"},
	}, Endings: []Ending{
		{ID: "sorry", Title: "我们会改", ShowIf: &Logic{Conditions: []Condition{{Question: "q3", Op: "at_most", Number: 6}}}},
		{ID: "thanks", Title: "谢谢{{q1}}家庭"},
	}}
}
