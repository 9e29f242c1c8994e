package reach

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/reach/gate"
	"fishpond/internal/timeline"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const org = "org_1"

var schema = testkit.Migrations(timeline.Migration, Migration)

// world is the module with everything around it played.
type world struct {
	t     *testing.T
	s     *Service
	d     *db.DB
	clock *testkit.Clock
	log   *timeline.Log
	ocean *ocean
	audit []string

	unlucky int      // how often making what says so goes wrong on our side
	others  []string // more brands
}

// ocean plays accounts and carriers.
type ocean struct {
	mu       sync.Mutex
	accounts map[string]Account
	windows  map[string]gate.PlatformWindow // recipient
	returned map[string]string
	got      map[string][]string           // key → texts that arrived
	at       map[string]time.Time          // key → when
	answer   func(Delivery) (Result, bool) // false: it says nothing of it
	known    map[string]Result             // repeatable carriers know keys
	clock    *testkit.Clock
}

func (o *ocean) Deliver(_ context.Context, _, accountID string, all []Delivery, told func(int, Result)) {
	for i, m := range all {
		if err := m.Begin(); err != nil {
			told(i, Result{})
			continue
		}
		o.mu.Lock()
		kind := o.accounts[accountID].Kind
		if r, ok := o.known[m.Key]; ok && o.Repeatable(kind) {
			o.mu.Unlock()
			told(i, r)
			continue
		}
		r, says := Result{Status: Sent}, true
		if o.answer != nil {
			r, says = o.answer(m)
		}
		if r.Status == Sent || r.Status == Doubtful {
			o.got[m.Key] = append(o.got[m.Key], m.Text)
			o.at[m.Key] = o.clock.Now()
			o.known[m.Key] = r
		}
		o.mu.Unlock()
		if says {
			told(i, r)
		}
	}
}

func (o *ocean) Repeatable(carrier string) bool { return carrier != "email" }

func (o *ocean) Accounts(context.Context, *db.Tx, string) (map[string]Account, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := map[string]Account{}
	for k, v := range o.accounts {
		out[k] = v
	}
	return out, nil
}

func (o *ocean) Windows(_ context.Context, _ *db.Tx, _, _ string, to []string) (map[string]gate.PlatformWindow, error) {
	return o.windows, nil
}

func (o *ocean) WindowOf(_ context.Context, _ *db.Tx, _, _, person string) (gate.PlatformWindow, error) {
	return o.windows[person], nil
}

func (o *ocean) Returned(context.Context, *db.Tx, string, []string) (map[string]string, error) {
	return o.returned, nil
}

func (w *world) OrgIDs(context.Context) ([]string, error) {
	return append([]string{org}, w.others...), nil
}

func (w *world) Zone(context.Context, *db.Tx, string) (*time.Location, error) {
	return time.LoadLocation("Asia/Shanghai")
}

func (w *world) Names(_ context.Context, _ *db.Tx, _ string, ids []string) (map[string]Named, error) {
	out := map[string]Named{}
	for _, id := range ids {
		out[id] = Named{Name: "Name of " + id}
	}
	return out, nil
}

func (w *world) Speaker(_ context.Context, _ *db.Tx, _, id string) (string, error) { return id, nil }

func (w *world) Audit(_ context.Context, _ *db.Tx, action, _, _ string, _ any) error {
	w.audit = append(w.audit, action)
	return nil
}

// Render makes a text of the data; people whose data says so have none.
func (w *world) Render(_ context.Context, _ string, p Plan, r []Recipient) []Rendered {
	out := make([]Rendered, len(r))
	for i, one := range r {
		out[i] = Rendered{Subject: p.Title, Text: "to " + one.PersonID + " " + string(one.Data)}
		if string(one.Data) == `"broken"` {
			out[i] = Rendered{Err: errs.Invalid(i18n.T("缺少变量", "a variable is missing"))}
		}
		if string(one.Data) == `"unlucky"` && w.unlucky > 0 {
			w.unlucky--
			out[i] = Rendered{Err: context.Canceled}
		}
	}
	return out
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{t: t, d: d, clock: testkit.NewClock(t, "2026-03-02T04:00:00Z")} // noon in Shanghai
	w.log = timeline.New(w.clock.Now)
	w.ocean = &ocean{accounts: map[string]Account{"acc_mail": {Name: "Mail", Kind: "email", Active: true}, "acc_kf": {Name: "Kf", Kind: "wecom_kf", Active: true, Window: true}, "acc_web": {Kind: "web", Active: true}},
		got: map[string][]string{}, at: map[string]time.Time{}, known: map[string]Result{}, windows: map[string]gate.PlatformWindow{}, clock: w.clock}
	w.s = New(d, w.log, w.clock.Now, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError + 4})), Ports{Contents: map[string]Contents{"test": w}, Transport: w.ocean, Accounts: w.ocean, Orgs: w, People: w, Auditor: w}, Options{})
	return w
}

func (w *world) ctx() context.Context {
	return i18n.With(access.With(w.t.Context(), access.Actor{Kind: access.Staff, ID: "stf_1", OrgID: org, Role: "owner"}), i18n.EN)
}

func (w *world) write(fn func(tx *db.Tx) error) {
	w.t.Helper()
	if err := w.d.Write(w.ctx(), org, fn); err != nil {
		w.t.Fatal(err)
	}
}

// put changes the settings of the gate.
func (w *world) put(change func(*Settings)) {
	w.t.Helper()
	set := DefaultSettings()
	set.OptIn, set.Caps, set.Quiet.Enabled, set.Attention.Enabled = []string{}, []CapSetting{}, false, false
	if change != nil {
		change(&set)
	}
	if _, err := w.s.PutSettings(w.ctx(), set); err != nil {
		w.t.Fatal(err)
	}
}

// mailTo are recipients with one mail address each.
func mailTo(persons ...string) (out []Recipient) {
	for _, p := range persons {
		out = append(out, Recipient{PersonID: p, Addresses: []Address{{"acc_mail", "email", p + "@x.example"}}, Data: json.RawMessage(fmt.Sprintf("%q", p))})
	}
	return out
}

// plan makes a plan and starts it.
func (w *world) plan(id string, change func(*Plan), r ...Recipient) {
	w.t.Helper()
	p := Plan{ID: id, OrgID: org, Origin: "test", OriginID: "o", Purpose: gate.Marketing, Title: "Hello"}
	if change != nil {
		change(&p)
	}
	w.write(func(tx *db.Tx) error {
		if err := w.s.CreatePlan(w.ctx(), tx, p); err != nil {
			return err
		}
		if err := w.s.Add(w.ctx(), tx, org, id, r); err != nil {
			return err
		}
		return w.s.Start(w.ctx(), tx, org, id)
	})
}

// send lets the outbox do all that it can do now.
func (w *world) send() {
	w.t.Helper()
	for range 1000 {
		moved := false
		for _, p := range w.s.due(w.ctx()) {
			b, err := w.s.claim(w.ctx(), p[0], p[1])
			if err != nil {
				w.t.Fatal(err)
			}
			if moved = true; b != nil {
				w.s.deliver(w.ctx(), b)
			}
		}
		if !moved {
			return
		}
	}
	w.t.Fatal("the outbox does not come to rest")
}

// states are the states of a plan's messages by person, with why.
func (w *world) states(plan string) map[string]string {
	w.t.Helper()
	out := map[string]string{}
	if err := w.d.Read(w.ctx(), org, func(tx *db.Tx) error {
		rows, err := tx.Query(w.ctx(), "SELECT person_id, status, why FROM reach_message WHERE org_id = ? AND plan_id = ?", org, plan)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var p, st, why string
			if err := rows.Scan(&p, &st, &why); err != nil {
				return err
			}
			if why != "" {
				st += ":" + why
			}
			out[p] = st
		}
		return rows.Err()
	}); err != nil {
		w.t.Fatal(err)
	}
	w.check(plan)
	return out
}

// check compares a plan's tally with its messages.
func (w *world) check(plan string) {
	w.t.Helper()
	count := func(query string) map[string]int64 {
		out := map[string]int64{}
		if err := w.d.Read(w.ctx(), org, func(tx *db.Tx) error {
			rows, err := tx.Query(w.ctx(), query, org, plan)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var st, why string
				var n int64
				if err := rows.Scan(&st, &why, &n); err != nil {
					return err
				}
				out[st+":"+why] = n
			}
			return rows.Err()
		}); err != nil {
			w.t.Fatal(err)
		}
		return out
	}
	told := count("SELECT status, why, n FROM reach_tally WHERE org_id = ? AND plan_id = ? AND n <> 0")
	real := count("SELECT status, why, COUNT(*) FROM reach_message WHERE org_id = ? AND plan_id = ? GROUP BY status, why")
	if fmt.Sprint(told) != fmt.Sprint(real) {
		w.t.Errorf("the tally says %v, the messages %v", told, real)
	}
}

func (w *world) planStatus(plan string) (status string) {
	w.t.Helper()
	if err := w.d.Read(w.ctx(), org, func(tx *db.Tx) error {
		return tx.QueryRow(w.ctx(), "SELECT status FROM reach_plan WHERE org_id = ? AND id = ?", org, plan).Scan(&status)
	}); err != nil {
		w.t.Fatal(err)
	}
	return status
}
