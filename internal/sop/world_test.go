package sop

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

var schema = testkit.Migrations(timeline.Migration, Migration)

const org = "org_a"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is the module with everything around it.
type world struct {
	tb     testing.TB
	db     *db.DB
	clock  *testkit.Clock
	log    *timeline.Log
	svc    *Service
	runner *timeline.Runner
	api    *testkit.API
	audits testkit.Audits

	people  map[string]Known
	speaks  map[string]string
	members map[string][]string // of segments
	chats   map[string]Chat
	noWay   map[string]bool // whom no account reaches
	box     *box
	asks    map[string]GroupAsk
	askedAt map[string]GroupState
	tasks   map[string]Task
	off     []string // tasks taken off
	cards   []string
	later   []string
}

// box is the outbox in memory. Like the real one it takes a key once.
type box struct {
	plans map[string]string // id → state
	to    map[string]Recipient
	order []string // keys as they came
	open  map[string]bool
	off   []string
	fail  error // of the next that is handed over
	mu    sync.Mutex
}

func newWorld(tb testing.TB, d *db.DB) *world {
	tb.Helper()
	w := &world{tb: tb, db: d, clock: testkit.NewClock(tb, "2026-11-23T02:00:00Z"), // Monday 10:00 in Shanghai
		people: map[string]Known{}, speaks: map[string]string{}, members: map[string][]string{}, chats: map[string]Chat{}, noWay: map[string]bool{}, asks: map[string]GroupAsk{}, askedAt: map[string]GroupState{}, tasks: map[string]Task{},
		box: &box{plans: map[string]string{}, to: map[string]Recipient{}, open: map[string]bool{}}}
	for _, id := range []string{"per_1", "per_2", "per_3"} {
		w.person(Known{ID: id, Name: "客户" + id[4:], Owner: "stf_1"})
	}
	w.log = timeline.New(w.clock.Now)
	w.svc = w.service()
	w.runner = timeline.NewRunner(d, w.log, w, slog.New(slog.DiscardHandler), w.clock.Now, w.svc.Subscribers()...)
	w.api = testkit.NewAPI(w.svc.Routes, Permissions)
	w.api.Language = "en"
	return w
}

// service is another node.
func (w *world) service() *Service {
	return New(w.db, w.clock.Now, slog.New(slog.DiscardHandler), Ports{Orgs: w, People: w, Segments: segments{w}, Channels: w, Accounts: accounts{w}, Groups: groups{w}, Outbox: w.box, Wording: words{}, Library: w, Tasks: w, Ways: w, Later: w, Auditor: w})
}

func (w *world) person(k Known) {
	w.people[k.ID] = k
	w.speaks[k.ID] = k.ID
}

func (w *world) OrgIDs(context.Context) ([]string, error) { return []string{org}, nil }

func (w *world) Settings(context.Context, *db.Tx, string) (OrgSettings, error) {
	zone, err := time.LoadLocation("Asia/Shanghai")
	return OrgSettings{Name: "鱼塘", Zone: zone, Currency: "CNY", Digits: 2}, err
}

func (w *world) StaffNames(context.Context, *db.Tx, string) (map[string]string, error) {
	return map[string]string{"stf_1": "小鱼", "stf_2": "阿海"}, nil
}

func (w *world) Audit(_ context.Context, _ *db.Tx, action, _, id string, detail any) error {
	return w.audits.Add(action, id, detail)
}

func (w *world) Persons(_ context.Context, _ *db.Tx, _ string, ids []string) (map[string]Known, error) {
	out := map[string]Known{}
	for _, id := range ids {
		if k, ok := w.people[w.speaks[id]]; ok {
			out[id] = k
		}
	}
	return out, nil
}

func (w *world) Speakers(_ context.Context, _ *db.Tx, _ string, ids []string) (map[string]string, error) {
	out := map[string]string{}
	for _, id := range ids {
		if by, ok := w.speaks[id]; ok {
			out[id] = by
		}
	}
	return out, nil
}

type segments struct{ *world }

func (segments) Names(context.Context, string) (map[string]string, error) {
	return map[string]string{"seg_1": "新客"}, nil
}

func (w segments) Each(_ context.Context, _, id string, fn func([]string) error) error {
	return fn(w.members[id])
}

func (w *world) Channels(context.Context, *db.Tx, string) ([]Named, error) {
	return []Named{{"chn_1", "门店"}}, nil
}

type accounts struct{ *world }

func (accounts) Accounts(_ context.Context, _ *db.Tx, orgID string) ([]Account, error) {
	if orgID != org {
		return nil, nil
	}
	return []Account{{ID: "acc_mail", Name: "Mail", Carrier: "email", Active: true, Subject: true}, {ID: "acc_wx", Name: "WeCom", Carrier: "wecom", Active: true, Confirm: true}}, nil
}

func (a accounts) Addresses(_ context.Context, _ *db.Tx, _ string, over []Account, ids []string) (map[string][]Address, error) {
	out := map[string][]Address{}
	for _, id := range ids {
		for _, acc := range over {
			if !a.noWay[id+acc.ID] {
				out[id] = append(out[id], Address{acc.ID, acc.Carrier, id + "@example.com"})
			}
		}
	}
	return out, nil
}

type groups struct{ *world }

func (groups) Accounts(_ context.Context, _ *db.Tx, orgID string) ([]Named, error) {
	if orgID != org {
		return nil, nil
	}
	return []Named{{"acc_wx", "WeCom"}}, nil
}

func (g groups) Chats(_ context.Context, _ *db.Tx, orgID string, f ChatFilter) (out []Chat, err error) {
	for _, id := range sorted(g.chats) {
		c := g.chats[id]
		if orgID != org || f.AccountID != "" && c.AccountID != f.AccountID || len(f.ChatIDs) > 0 && !slices.Contains(f.ChatIDs, id) || len(f.ChatIDs) == 0 && (c.Dismissed || id <= f.After) || !strings.Contains(c.Name, f.Q) {
			continue
		}
		out = append(out, c)
	}
	return out, nil
}

func (g groups) Ask(_ context.Context, _ *db.Tx, a GroupAsk) error {
	g.asks[a.Key] = a
	g.askedAt[a.Key] = GroupState{}
	for _, c := range a.ChatIDs {
		g.askedAt[a.Key][c] = "asked"
	}
	return nil
}

func (g groups) States(_ context.Context, _ *db.Tx, _ string, keys []string) (map[string]GroupState, error) {
	out := map[string]GroupState{}
	for _, k := range keys {
		out[k] = g.askedAt[k]
	}
	return out, nil
}

func (g groups) Cancel(_ context.Context, _ *db.Tx, _, key string) error {
	for c, st := range g.askedAt[key] {
		if st == "asked" {
			g.askedAt[key][c] = "cancelled"
		}
	}
	return nil
}

func (b *box) CreatePlan(_ context.Context, _ *db.Tx, p Plan) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.plans[p.ID] = "running"
	return nil
}

func (b *box) Add(_ context.Context, _ *db.Tx, _, plan string, r []Recipient) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail != nil {
		return b.fail
	}
	for _, one := range r {
		key := plan + "/" + one.Key
		if _, ok := b.to[key]; ok {
			continue
		}
		b.to[key] = one
		b.order = append(b.order, one.Key)
	}
	return nil
}

func (b *box) Open(_ context.Context, _ *db.Tx, _, _ string, keys []string) (map[string]bool, error) {
	out := map[string]bool{}
	for _, k := range keys {
		out[k] = b.open[k]
	}
	return out, nil
}

func (b *box) CallOff(_ context.Context, _ *db.Tx, _, _ string, keys []string) error {
	b.off = append(b.off, keys...)
	return nil
}

func (b *box) turn(id, to string) error {
	b.plans[id] = to
	return nil
}

func (b *box) Pause(_ context.Context, _ *db.Tx, _, id string) error  { return b.turn(id, "paused") }
func (b *box) Resume(_ context.Context, _ *db.Tx, _, id string) error { return b.turn(id, "running") }
func (b *box) Cancel(_ context.Context, _ *db.Tx, _, id string) error { return b.turn(id, "cancelled") }
func (b *box) Progress(_ context.Context, _ *db.Tx, _, id string) (Progress, error) {
	p := Progress{Held: map[string]int64{}, Waiting: map[string]int64{}, Failed: map[string]int64{}}
	for key := range b.to {
		if strings.HasPrefix(key, id+"/") {
			p.Total++
			p.Sent++
		}
	}
	return p, nil
}

// words is a language of which only {{ name }} and {{ brand }} are known.
type words struct{}

type wordsText string

func (words) Parse(source string) (Text, error) {
	rest := strings.NewReplacer("{{ name }}", "", "{{ brand }}", "").Replace(source)
	if strings.Contains(rest, "{{") {
		return nil, errs.Invalid(i18n.T("第 1 行：不认识", "Line 1: unknown"))
	}
	return wordsText(source), nil
}

func (words) Variables() []Variable { return []Variable{{"name", i18n.T("姓名", "Name")}} }

func (t wordsText) Uses() (out []string) {
	for _, name := range []string{"brand", "name"} {
		if strings.Contains(string(t), "{{ "+name+" }}") {
			out = append(out, name)
		}
	}
	return out
}

func (t wordsText) Write(values map[string]any) (string, error) {
	out := string(t)
	for _, name := range t.Uses() {
		v, ok := values[name]
		if !ok {
			return "", errs.Invalid(i18n.T("没有“%s”", "no “%s”", name))
		}
		out = strings.ReplaceAll(out, "{{ "+name+" }}", fmt.Sprint(v))
	}
	return out, nil
}

func (w *world) Card(_ context.Context, _ string, m Material, staff, person string) ([]Part, error) {
	if m.ID == "mat_gone" {
		return nil, errs.NotFound(i18n.T("素材", "material"))
	}
	w.cards = append(w.cards, m.ID+"/"+staff+"/"+person)
	return []Part{{Kind: "link", URL: "https://x.example/m/" + staff + person}}, nil
}

func (w *world) Titles(_ context.Context, _ string, ids []string) (map[string]string, error) {
	out := map[string]string{}
	for _, id := range ids {
		if strings.HasPrefix(id, "mat_") {
			out[id] = "素材" + id
		}
	}
	return out, nil
}

func (w *world) Assign(_ context.Context, _ *db.Tx, _ string, t Task) (string, error) {
	if t.StaffID == "stf_left" {
		return "", errs.NotFound(i18n.T("员工", "staff"))
	}
	id := fmt.Sprintf("task_%d", len(w.tasks)+1)
	w.tasks[id] = t
	return id, nil
}

func (w *world) Withdraw(_ context.Context, _ *db.Tx, _ string, ids []string) error {
	w.off = append(w.off, ids...)
	return nil
}

func (w *world) Out(orgID, sopID, secret, personID string) string {
	return "https://x.example/u/" + personID
}

func (w *world) EnrolSegment(_ context.Context, _ *db.Tx, _, sopID, segmentID string) error {
	w.later = append(w.later, sopID+" "+segmentID)
	return nil
}

func as(role, staff string) context.Context {
	return access.With(i18n.With(context.Background(), i18n.EN), testkit.Actor(Permissions, org, role, staff))
}

var operator = as("operator", "stf_2")

// message is a step.
func message(id string, day int, at, text string) Step {
	return Step{ID: id, Day: day, At: at, Kind: "message", Purpose: Care, Text: text}
}

// spec is a series of persons by hand, with these steps.
func spec(steps ...Step) Spec {
	return Spec{Trigger: Trigger{Kind: ByHand}, AccountIDs: []string{"acc_mail"}, Steps: steps}
}

// live writes a series and publishes it.
func (w *world) live(kind string, sp Spec) SOP {
	w.tb.Helper()
	v, err := w.svc.Create(operator, Input{Name: "七天", Kind: kind, Spec: sp})
	testkit.Must(w.tb, err)
	v, err = w.svc.Publish(operator, v.ID, v.Revision, false)
	testkit.Must(w.tb, err)
	return v
}

func (w *world) enrol(id string, people ...string) {
	w.tb.Helper()
	out, err := w.svc.Enrol(operator, id, EnrolInput{PersonIDs: people})
	testkit.Must(w.tb, err)
	if out.Enrolled != len(people) {
		w.tb.Fatalf("%d of %d came in", out.Enrolled, len(people))
	}
}

func (w *world) tick() {
	w.tb.Helper()
	testkit.Must(w.tb, w.svc.Tick(context.Background()))
}

// to moves the clock to a moment of Shanghai and does what is due.
func (w *world) to(local string) {
	w.tb.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", local, time.FixedZone("", 8*3600))
	testkit.Must(w.tb, err)
	w.clock.Advance(at.Sub(w.clock.Now()))
	w.tick()
}

// got are the steps that a person was given, in the order in which they were.
func (w *world) got(person string) string {
	var out []string
	for _, key := range w.box.order {
		_, step, _ := strings.Cut(key, ":")
		for _, r := range w.box.to {
			if r.Key == key && r.PersonID == person {
				out = append(out, step)
			}
		}
	}
	return strings.Join(out, " ")
}

// steps are "step status why" of a series, in the order of their time.
func (w *world) steps(sopID string) string {
	w.tb.Helper()
	return strings.Join(testkit.Texts(w.tb, w.db, org, "SELECT step_id || ' ' || status || CASE WHEN why = '' THEN '' ELSE '/' || why END FROM sop_step WHERE org_id = ? AND sop_id = ? ORDER BY due_at, enrolment_id, step_id", org, sopID), ", ")
}

// state is "status/why" of everybody in a series.
func (w *world) state(sopID string) string {
	w.tb.Helper()
	return strings.Join(testkit.Texts(w.tb, w.db, org, "SELECT subject_id || ' ' || status || CASE WHEN why = '' THEN '' ELSE '/' || why END FROM sop_enrolment WHERE org_id = ? AND sop_id = ? ORDER BY enrolled_at, id", org, sopID), ", ")
}

// happened puts a fact on the timeline, and follows it.
func (w *world) happened(kind, person string, data any) {
	w.tb.Helper()
	testkit.Write(w.tb, w.db, org, func(ctx context.Context, tx *db.Tx) error {
		_, err := w.log.Append(ctx, tx, org, timeline.Fact{Kind: kind, PersonID: person, OccurredAt: w.clock.Now(), Source: "test", Data: data})
		return err
	})
	testkit.Must(w.tb, w.runner.CatchUp(context.Background(), org))
}

// tallied fails unless the tallies are what counting says.
func (w *world) tallied() {
	w.tb.Helper()
	query := func(q string) map[string]string {
		out := map[string]string{}
		for _, line := range testkit.Texts(w.tb, w.db, org, q, org) {
			key, n, _ := strings.Cut(line, "=")
			out[key] = n
		}
		return out
	}
	kept := query("SELECT sop_id || '/' || step_id || '/' || status || '/' || why || '=' || n FROM sop_tally WHERE org_id = ? AND n <> 0 AND status <> 'replied'")
	counted := query("SELECT sop_id || '/' || step_id || '/' || status || '/' || why || '=' || count(*) FROM sop_step WHERE org_id = ? GROUP BY sop_id, step_id, status, why")
	maps.Copy(counted, query("SELECT sop_id || '//' || status || '/' || why || '=' || count(*) FROM sop_enrolment WHERE org_id = ? GROUP BY sop_id, status, why"))
	if !maps.Equal(kept, counted) {
		w.tb.Fatalf("tallies %v, counted %v", kept, counted)
	}
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
