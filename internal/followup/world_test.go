package followup

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
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

	zone     string
	people   []*Described
	members  map[string]Member
	merged   map[string]string
	waiting  []Waiting
	upcoming []Change
	entered  map[string]int64
	audits   []string
	refuse   bool // the audit log does not take anything
}

func newWorld(tb testing.TB, d *db.DB) *world {
	tb.Helper()
	w := &world{tb: tb, db: d, zone: "Asia/Shanghai", clock: testkit.NewClock(tb, "2026-11-22T04:00:00Z"), merged: map[string]string{}, entered: map[string]int64{}}
	w.members = map[string]Member{"stf_1": {"小鱼", true, true}, "stf_2": {"阿海", true, true}, "stf_gone": {"离职", false, true}, "stf_boss": {"老板", true, false}}
	w.log = timeline.New(w.clock.Now)
	w.svc = w.service()
	w.runner = timeline.NewRunner(d, w.log, w, slog.New(slog.DiscardHandler), w.clock.Now, w.svc.Subscribers()...)
	w.api = testkit.NewAPI(w.svc.Routes, Permissions)
	return w
}

// service is another node.
func (w *world) service() *Service {
	s := New(w.db, w.log, w.clock.Now, slog.New(slog.DiscardHandler), Ports{Orgs: w, Staff: w, Audience: audience{w}, Lives: w, Conversations: w, Auditor: w})
	s.chunk = 7
	return s
}

func (w *world) OrgIDs(context.Context) ([]string, error) { return []string{org}, nil }

func (w *world) Settings(context.Context, *db.Tx, string) (OrgSettings, error) {
	z, err := time.LoadLocation(w.zone)
	return OrgSettings{Zone: z, Currency: "CNY"}, err
}

func (w *world) Members(_ context.Context, _ *db.Tx, orgID string) (map[string]Member, error) {
	if orgID != org {
		return map[string]Member{}, nil
	}
	return w.members, nil
}

func (w *world) Audit(_ context.Context, _ *db.Tx, action, _, _ string, _ any) error {
	if w.refuse {
		return fmt.Errorf("audit: refused")
	}
	w.audits = append(w.audits, action)
	return nil
}

// audience is the world as segments and the pool see it; predicates are few.
var predicates = map[string]func(*Described) bool{
	"":                   func(*Described) bool { return true },
	"everyone":           func(*Described) bool { return true },
	"nobody":             func(*Described) bool { return false },
	"orders = 1":         func(p *Described) bool { return p.Orders == 1 },
	"orders > 0":         func(p *Described) bool { return p.Orders > 0 },
	"orders = 0":         func(p *Described) bool { return p.Orders == 0 },
	"stage = repeat":     func(p *Described) bool { return p.Stage == "repeat" },
	builtinsExpr("talk"): func(p *Described) bool { return p.Events["message.received"][1] > 0 && p.Orders == 0 },
	builtinsExpr("friend"): func(p *Described) bool {
		return p.Events["friend.added"][1] > 0 && p.Events["message.received"][1] == 0 && p.Orders == 0
	},
}

func builtinsExpr(of string) string {
	if of == "talk" {
		return builtinOf("talked_no_order").rule.expr
	}
	return builtinOf("friend_silent").rule.expr
}

func (w *world) Bind(_ context.Context, _, text string) (string, error) {
	if predicates[text] == nil {
		return "", errs.InvalidField("body.text", i18n.T("不认识", "Not understood"))
	}
	return text, nil
}
func (w *world) Text(_ context.Context, _, expr string) (string, error) { return expr, nil }
func (w *world) SegmentName(_ context.Context, orgID, id string) (string, error) {
	if id != "seg_1" || orgID != org {
		return "", errs.NotFound(i18n.T("人群", "segment"))
	}
	return "复购客", nil
}
func (w *world) Traits(context.Context, string) (map[string]string, error) {
	return map[string]string{"wedding": "结婚纪念日"}, nil
}

type audience struct{ *world }

func (a audience) Members(_ context.Context, orgID string, q Query) (*roaring.Bitmap, error) {
	expr := q.Expr
	if q.SegmentID == "seg_1" {
		expr = "stage = repeat"
	} else if q.SegmentID != "" || predicates[expr] == nil {
		return nil, errs.NotFound(i18n.T("人群", "segment"))
	}
	out := roaring.New() // anchors are not looked at: the module looks itself
	for _, p := range a.people {
		if orgID == org && a.merged[p.ID] == "" && predicates[expr](p) {
			out.Add(p.Seq)
		}
	}
	return out, nil
}

func (w *world) Described(_ context.Context, _ *db.Tx, orgID string, seqs []uint32, _ Wanted) (out []Described, err error) {
	for _, p := range w.people {
		if orgID == org && w.merged[p.ID] == "" && slices.Contains(seqs, p.Seq) {
			out = append(out, *p)
		}
	}
	slices.SortFunc(out, func(a, b Described) int { return int(a.Seq) - int(b.Seq) })
	return out, nil
}

func (w *world) Places(_ context.Context, _ *db.Tx, orgID string, ids []string) (map[string]Place, error) {
	out := map[string]Place{}
	for _, id := range ids {
		now := id
		if to := w.merged[id]; to != "" {
			now = to
		}
		for _, p := range w.people {
			if p.ID == now && orgID == org {
				out[id] = Place{p.ID, p.Seq}
			}
		}
	}
	return out, nil
}

func (w *world) Entered(_ context.Context, _ *db.Tx, _, _ string, ids []string) (map[string]int64, error) {
	out := map[string]int64{}
	for _, id := range ids {
		if at, ok := w.entered[id]; ok {
			out[id] = at
		}
	}
	return out, nil
}

func (w *world) Upcoming(_ context.Context, _ *db.Tx, _, stage string, from, to int64) (out []Change, err error) {
	for _, c := range w.upcoming {
		if c.At >= from && c.At < to && (stage == "" || c.Stage == stage) {
			out = append(out, c)
		}
	}
	return out, nil
}

func (w *world) Waiting(_ context.Context, _ *db.Tx, _ string, ids []string) (out []Waiting, err error) {
	for _, c := range w.waiting {
		if ids == nil || slices.Contains(ids, c.PersonID) {
			out = append(out, c)
		}
	}
	return out, nil
}

// person adds somebody; edit says more of them.
func (w *world) person(owner string, edit func(*Described)) *Described {
	n := len(w.people) + 1
	p := &Described{Seq: uint32(n), ID: fmt.Sprintf("per_%03d", n), Name: fmt.Sprintf("客户%d", n), Owner: owner, Stage: "new", Events: map[string][2]int64{}, Dates: map[string]string{}} //nolint:gosec // small
	if edit != nil {
		edit(p)
	}
	w.people = append(w.people, p)
	return p
}

// at is an hour of a day before or after the present one, in UTC microseconds.
func (w *world) at(days, hour int) int64 {
	z, err := time.LoadLocation(w.zone)
	if err != nil {
		w.tb.Fatal(err)
	}
	d := DayOf(w.clock.Now().In(z)) + Day(days)
	return d.At(hour*60, z).UnixMicro()
}

func as(role, staff string) context.Context {
	return access.With(context.Background(), testkit.Actor(Permissions, org, role, staff))
}

// call is a request of our org's; "foreign" is an owner of another.
func (w *world) call(role, staff, method, path, body string, out any) int {
	w.tb.Helper()
	as := org + " " + role + " " + staff
	if role == "foreign" {
		as = "org_b owner " + staff
	}
	status, text := w.api.Do(as, method, path, body)
	if out != nil {
		if err := json.Unmarshal([]byte(text), out); err != nil {
			w.tb.Fatalf("%s %s: %d %s: %v", method, path, status, text, err)
		}
	}
	return status
}

// rules switches all built-in rules off and makes those given.
func (w *world) rules(in ...RuleInput) []Rule {
	w.tb.Helper()
	ctx := as("owner", "stf_boss")
	all, err := w.svc.Rules(ctx)
	w.must(err)
	for _, r := range all {
		r.Enabled = r.Builtin == "promised"
		_, err := w.svc.UpdateRule(ctx, r.ID, 0, r.RuleInput)
		w.must(err)
	}
	var out []Rule
	for _, r := range in {
		made, err := w.svc.CreateRule(ctx, r)
		w.must(err)
		out = append(out, made)
	}
	return out
}

func (w *world) must(err error) {
	w.tb.Helper()
	testkit.Must(w.tb, err)
}

// build makes the present day's lists.
func (w *world) build() Built {
	w.tb.Helper()
	b, err := w.svc.Rebuild(as("owner", "stf_boss"))
	w.must(err)
	return b
}

// list is somebody's list; "all" and "none" as in a request.
func (w *world) list(staff string) List {
	w.tb.Helper()
	out, _, err := w.svc.Today(i18n.With(as("owner", "stf_boss"), i18n.EN), ListFilter{StaffID: staff}, ListPlace{}, 1000)
	w.must(err)
	return out
}

// lineup are the persons of a list, in order, with the names of rules.
func lineup(l List) (out []string) {
	for _, i := range l.Items {
		s := i.PersonID
		for _, r := range i.Reasons {
			s += " " + r.Rule
		}
		out = append(out, s)
	}
	return out
}

func (w *world) next(days int) { w.clock.Advance(time.Duration(days) * 24 * time.Hour) }

// happens records facts and lets the module follow them.
func (w *world) happens(facts ...timeline.Fact) {
	w.tb.Helper()
	testkit.Write(w.tb, w.db, org, func(ctx context.Context, tx *db.Tx) error {
		_, err := w.log.Append(ctx, tx, org, facts...)
		return err
	})
	w.must(w.runner.CatchUp(context.Background(), org))
}
