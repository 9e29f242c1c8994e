package campaign

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
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
	audits testkit.Audits

	people   []Person
	segments map[string]*roaring.Bitmap
	noMail   map[string]bool // who has no address
	jobs     map[string]time.Time
	box      *box
	kept     []string // files
	left     []string // who wants no more, and of what
}

// box is the outbox in memory. It forgets what a transaction undid only as far
// as the tests need: it is written to last.
type box struct {
	plans map[string]Plan
	state map[string]string
	to    map[string][]Recipient
	added int
	fail  error
}

func newWorld(tb testing.TB, d *db.DB) *world {
	tb.Helper()
	w := &world{tb: tb, db: d, clock: testkit.NewClock(tb, "2026-11-22T04:00:00Z"), segments: map[string]*roaring.Bitmap{"seg_1": roaring.New()}, noMail: map[string]bool{}, jobs: map[string]time.Time{}}
	w.box = &box{plans: map[string]Plan{}, state: map[string]string{}, to: map[string][]Recipient{}}
	w.log = timeline.New(w.clock.Now)
	w.svc = w.service()
	w.runner = timeline.NewRunner(d, w.log, w, slog.New(slog.DiscardHandler), w.clock.Now, w.svc.Subscribers()...)
	w.api = testkit.NewAPI(w.svc.Routes, Permissions)
	w.api.Language = "en"
	return w
}

// service is another node.
func (w *world) service() *Service {
	s := New(w.db, w.clock.Now, slog.New(slog.DiscardHandler), Ports{Orgs: w, Audience: w, Accounts: accounts{w}, Outbox: w.box, Jobs: w, People: w, Auditor: w, Log: w.log})
	s.chunk = 50
	return s
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

func (w *world) EnqueueCampaign(_ context.Context, _ *db.Tx, _, id string, at time.Time) error {
	w.jobs[id] = at
	return nil
}

func (w *world) Members(_ context.Context, orgID, id string) (*roaring.Bitmap, string, error) {
	if m := w.segments[id]; m != nil && orgID == org {
		return m.Clone(), "人群", nil
	}
	return nil, "", errs.NotFound(i18n.T("人群", "segment"))
}

func (w *world) SegmentNames(context.Context, string) (map[string]string, error) {
	return map[string]string{"seg_1": "人群"}, nil
}

func (w *world) Persons(_ context.Context, _ *db.Tx, orgID string, seqs []uint32, traits []string, region bool) (out []Person, err error) {
	for _, seq := range seqs {
		if int(seq) < len(w.people) && orgID == org && w.people[seq].ID != "" {
			p := w.people[seq]
			if len(traits) == 0 {
				p.Traits = nil
			}
			if !region {
				p.Region = ""
			}
			out = append(out, p)
		}
	}
	return out, nil
}

func (w *world) Seq(_ context.Context, _ *db.Tx, orgID, personID string) (uint32, error) {
	for _, p := range w.people {
		if p.ID == personID && orgID == org {
			return p.Seq, nil
		}
	}
	return 0, errs.NotFound(i18n.T("这位客户", "person"))
}

func (w *world) Names(_ context.Context, _ *db.Tx, orgID string, ids []string) (map[string]string, error) {
	out := map[string]string{}
	for _, p := range w.people {
		if slices.Contains(ids, p.ID) && orgID == org {
			out[p.ID] = p.Name
		}
	}
	return out, nil
}

func (w *world) BySeq(_ context.Context, _ *db.Tx, orgID string, seq uint32) (string, error) {
	if int(seq) < len(w.people) && orgID == org && w.people[seq].ID != "" {
		return w.people[seq].ID, nil
	}
	return "", errs.NotFound(i18n.T("这位客户", "person"))
}

func (w *world) Leave(ctx context.Context, tx *db.Tx, orgID, personID, purpose string) error {
	if _, err := w.Seq(ctx, tx, orgID, personID); err != nil {
		return err
	}
	w.left = append(w.left, personID+" "+purpose)
	return nil
}

type accounts struct{ *world }

func (a accounts) Accounts(_ context.Context, _ *db.Tx, orgID string) ([]Account, error) {
	if orgID != org {
		return nil, nil
	}
	return []Account{{ID: "acc_mail", Name: "Mail", Carrier: "email", Active: true, Subject: true}, {ID: "acc_sms", Name: "SMS", Carrier: "sms", Active: true, Template: true}, {ID: "acc_off", Name: "Off", Carrier: "email", Subject: true}}, nil
}

func (a accounts) Addresses(_ context.Context, _ *db.Tx, _ string, over []Account, ids []string) (map[string][]Address, error) {
	out := map[string][]Address{}
	for _, id := range ids {
		for _, acc := range over {
			if !a.noMail[id] {
				out[id] = append(out[id], Address{AccountID: acc.ID, Carrier: acc.Carrier, To: id + "@example.com"})
			}
		}
	}
	return out, nil
}

func (a accounts) CheckFiles(_ context.Context, _ *db.Tx, _ string, ids []string) error {
	if slices.Contains(ids, "med_large") {
		return errs.InvalidField("body.attachments", i18n.T("太大", "Too large"))
	}
	return nil
}

func (a accounts) KeepFiles(_ context.Context, _ *db.Tx, _, id string, ids []string) error {
	a.kept = append(a.kept, id+" "+strings.Join(ids, " "))
	return nil
}

func (b *box) CreatePlan(_ context.Context, _ *db.Tx, p Plan) error {
	if _, ok := b.plans[p.ID]; ok {
		return errs.Conflict(i18n.T("有了", "there"))
	}
	b.plans[p.ID], b.state[p.ID] = p, "draft"
	return nil
}

func (b *box) Add(_ context.Context, _ *db.Tx, _, id string, r []Recipient) error {
	if b.fail != nil {
		return b.fail
	}
	b.added++
	b.to[id] = append(b.to[id], r...)
	return nil
}

func (b *box) turn(id, to string, from ...string) error {
	if !slices.Contains(from, b.state[id]) {
		return errs.Conflict(i18n.T("不行", "plan is %s", b.state[id]))
	}
	b.state[id] = to
	return nil
}

func (b *box) Start(_ context.Context, _ *db.Tx, _, id string) error {
	return b.turn(id, "running", "draft")
}
func (b *box) Pause(_ context.Context, _ *db.Tx, _, id string) error {
	return b.turn(id, "paused", "running")
}
func (b *box) Resume(_ context.Context, _ *db.Tx, _, id string) error {
	return b.turn(id, "running", "paused")
}
func (b *box) Cancel(_ context.Context, _ *db.Tx, _, id string) error {
	return b.turn(id, "cancelling", "draft", "running", "paused")
}
func (b *box) Preview(_ context.Context, _, _ string, _ time.Time, all iter.Seq[Recipient]) (Tally, error) {
	t := Tally{Wait: map[string]int{}, Held: map[string]int{}}
	for r := range all {
		if len(r.Addresses) == 0 {
			t.Held["no_address"]++
		} else {
			t.Go++
		}
	}
	return t, nil
}
func (b *box) Progress(_ context.Context, _ *db.Tx, _, id string) (Progress, error) {
	return Progress{Status: b.state[id], Total: int64(len(b.to[id]))}, nil
}

// populate makes people with stages and earlier orders, all in seg_1.
func (w *world) populate(n int) {
	stages := []string{"new", "first_order", "repeat", "silent", "lost"}
	for i := range n {
		p := Person{Seq: uint32(i), ID: fmt.Sprintf("per_%05d", i), Name: fmt.Sprintf("客户%d", i), Stage: stages[i%7%5], Region: "上海", Orders: int64(i % 4), GMVMinor: int64(i%4) * 9900}
		if i%10 == 3 {
			p.Name = ""
		}
		w.people = append(w.people, p)
		w.segments["seg_1"].Add(uint32(i))
	}
}

func as(role, staff string) context.Context {
	return access.With(i18n.With(context.Background(), i18n.EN), testkit.Actor(Permissions, org, role, staff))
}

func (w *world) input(change func(*Input)) Input {
	none := 0
	in := Input{Name: "双十二", SegmentID: "seg_1", Purpose: Marketing, AccountIDs: []string{"acc_mail"}, Subject: "{{ name | default \"朋友\" }}，您好", Text: "您好", HoldoutBP: &none}
	if change != nil {
		change(&in)
	}
	return in
}

func (w *world) draft(change func(*Input)) Campaign {
	w.tb.Helper()
	c, err := w.svc.Create(as("operator", "stf_1"), w.input(change))
	testkit.Must(w.tb, err)
	return c
}

// start submits a campaign, approves it where that is asked for, and plans it.
func (w *world) start(c Campaign) Campaign {
	w.tb.Helper()
	c, err := w.svc.Submit(as("operator", "stf_1"), c.ID, c.Version)
	testkit.Must(w.tb, err)
	if c.Status == Awaiting {
		_, err := w.svc.Approve(as("operator", "stf_2"), c.ID)
		testkit.Must(w.tb, err)
	}
	testkit.Must(w.tb, w.svc.Plan(context.Background(), org, c.ID))
	return w.get(c.ID)
}

func (w *world) get(id string) Campaign {
	w.tb.Helper()
	c, err := w.svc.Get(as("owner", "stf_1"), id)
	testkit.Must(w.tb, err)
	return c
}

// variants are who is in which group.
func (w *world) variants(id string) map[string]string {
	w.tb.Helper()
	out := map[string]string{}
	for _, line := range testkit.Texts(w.tb, w.db, org, "SELECT person_id || ' ' || variant FROM campaign_person WHERE org_id = ? AND campaign_id = ?", org, id) {
		var person, variant string
		_, err := fmt.Sscan(line, &person, &variant)
		testkit.Must(w.tb, err)
		out[person] = variant
	}
	return out
}

// happened puts facts on the timeline, and follows it.
func (w *world) happened(facts ...timeline.Fact) {
	w.tb.Helper()
	testkit.Write(w.tb, w.db, org, func(ctx context.Context, tx *db.Tx) error {
		_, err := w.log.Append(ctx, tx, org, facts...)
		return err
	})
	testkit.Must(w.tb, w.runner.CatchUp(context.Background(), org))
}
