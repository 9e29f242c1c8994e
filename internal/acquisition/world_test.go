package acquisition

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
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
	api     *testkit.API
	zone    *time.Location
	locale  string
	staff   map[string]Member
	audits  testkit.Audits
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
	w.svc = New(d, w.log, w.clock.Now, slog.New(slog.DiscardHandler), Ports{Orgs: w, Staff: w, People: w, Auditor: w, Later: w, Library: w, Carrier: w.carrier},
		Config{BaseURL: "https://pond.example"})
	w.runner = timeline.NewRunner(d, w.log, w, slog.New(slog.DiscardHandler), w.clock.Now, w.svc.Subscribers()...)
	w.api = testkit.NewAPI(w.svc.Routes, Permissions)
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
	return w.audits.Add(action, id, detail)
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

func (w *world) Visible(_ context.Context, _ *db.Tx, _, personID string) (bool, error) {
	return personID != "per_hidden", nil
}

// Tiles is a library with one deleted material and a briefcase.
func (w *world) Tiles(_ context.Context, _, staffID string, items []ShowcaseItem) (map[string]Tile, error) {
	all := map[string]Tile{"mat_1": {Kind: "article", Title: "怎么泡茶", Text: "三步", Shown: true}, "mat_2": {Kind: "link", Title: "春茶 <新>", Shown: true}, "mat_gone": {Kind: "file", Title: "旧价目"}, "brc_1": {Kind: "briefcase", Title: "入门", Shown: true}}
	out := map[string]Tile{}
	for _, i := range items {
		t, ok := all[i.ID]
		if !ok || i.Briefcase != (t.Kind == "briefcase") {
			continue
		}
		if staffID != "" && t.Shown {
			t.URL = "https://pond.example/m/" + staffID + i.ID
		}
		out[i.ID] = t
	}
	return out, nil
}

func (w *world) PersonLink(_ context.Context, _ *db.Tx, _, staffID, personID string, item ShowcaseItem) (string, error) {
	return "https://pond.example/m/" + staffID + item.ID + personID, nil
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

func (c *fakeCarrier) PutServiceLink(_ context.Context, _, accountID, state string) (string, error) {
	c.calls++
	return "https://work.weixin.example/kfid/" + accountID + "?enc_scene=E&scene_param=" + state, c.fail
}

func (c *fakeCarrier) AccountKinds(context.Context, *db.Tx, string) (map[string]string, error) {
	return map[string]string{"acc_1": kindStaff, "acc_kf": kindService}, nil
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
	return map[string]string{"acc_1": "企业微信主体", "acc_kf": "客服"}, nil
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

func actor(orgID, role string) access.Actor {
	return testkit.Actor(Permissions, orgID, role, "stf_1")
}

func (w *world) ctx() context.Context {
	return access.With(context.Background(), actor(org, "owner"))
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

func (w *world) catchUp() {
	w.tb.Helper()
	w.must(w.runner.CatchUp(context.Background(), org))
}

// do sends a request as "org role staff".
func (w *world) do(as, method, path, body string) (int, string) {
	return w.api.Do(as, method, path, body)
}

// want is an owner's request with the status that it must have; into may be nil.
func (w *world) want(status int, method, path, body string, into any) string {
	w.tb.Helper()
	return w.api.Want(w.tb, org, status, method, path, body, into)
}

func (w *world) upload(path string, data []byte, lang string) (int, string) {
	w.tb.Helper()
	req := testkit.Upload(w.tb, path, "f", data)
	req.Header.Set("Accept-Language", lang)
	return w.api.Serve(org, req)
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

var contains = testkit.Contains
