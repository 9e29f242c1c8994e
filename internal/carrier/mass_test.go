package carrier

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
)

const brand = "/corps/ww0000000000000001"

// teller keeps what it is told of mass messages.
type teller struct {
	mu   sync.Mutex
	told map[string][]string
}

func (l *teller) Told(_ context.Context, tx *db.Tx, _ string, all []MassOutcome) error {
	tx.OnCommit(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, o := range all {
			l.told[o.Key] = append(l.told[o.Key], strings.TrimSuffix(o.Status+" "+o.Code, " "))
		}
	})
	return nil
}

func (l *teller) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for k, v := range l.told {
		out = append(out, k+": "+strings.Join(v, ", "))
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

// massOcean is a corp with two members, each with customers of their own.
type massOcean struct {
	*ocean
	teller *teller
	of     map[string][]string // customers by member
	box    *Outbox
}

func newMassOcean(t *testing.T, d *db.DB, each int) *massOcean {
	o := &massOcean{ocean: newOcean(t, d), teller: &teller{told: map[string][]string{}}, of: map[string][]string{}}
	o.s.SetMassTeller(o.teller)
	o.s.o.MassGather, o.s.o.MassSettle = time.Nanosecond, time.Nanosecond
	o.box = o.s.NewOutbox(1)
	t.Cleanup(o.box.Close)
	for _, user := range []string{"li", "wu"} {
		o.control("POST", brand+"/contacts", fmt.Sprintf(`{"count":%d,"users":[%q],"from":1700000000,"to":1770000000}`, each, user), nil)
	}
	o.sync()
	for _, row := range o.rows("SELECT user_id || ' ' || external_id FROM carrier_contact WHERE org_id = ? ORDER BY user_id, external_id", org) {
		user, external, _ := strings.Cut(row, " ")
		o.of[user] = append(o.of[user], external)
	}
	if len(o.of["li"]) != each || len(o.of["wu"]) != each {
		t.Fatalf("%v", o.of)
	}
	return o
}

// deliver hands messages of one plan over: key user number text.
func (o *massOcean) hand(plan string, until time.Time, lines ...string) string {
	o.tb.Helper()
	var all []Outgoing
	for _, l := range lines {
		f := strings.SplitN(l, " ", 4)
		var n int
		_, err := fmt.Sscan(f[2], &n)
		o.must(err)
		external := o.of[f[1]][n]
		all = append(all, Outgoing{Key: f[0], AccountID: o.acc, PersonID: "per_" + external, To: MassAddress(f[1], external), Parts: text(f[3]), Plan: plan, Until: until})
	}
	got := make([]string, len(all))
	var mu sync.Mutex
	o.box.Deliver(o.system(), org, o.acc, all, func(i int, d Delivered) {
		mu.Lock()
		defer mu.Unlock()
		got[i] += d.Status
		if d.Untried {
			got[i] += "untried"
		}
	})
	return strings.Join(got, " ")
}

type simMass struct {
	MsgID string `json:"msgid"`
	Text  string
	Tasks []struct {
		UserID string
		Sends  []struct{ To string }
	}
	Cancelled bool
}

func (o *massOcean) masses() (out []simMass) {
	var list struct{ Items []simMass }
	o.control("GET", brand+"/masses", "", &list)
	return list.Items
}

// confirm lets a member send everything that waits for them.
func (o *massOcean) confirm(user string) {
	for _, m := range o.masses() {
		if len(m.Tasks) == 1 && m.Tasks[0].UserID == user && !m.Cancelled {
			o.control("POST", brand+"/confirm_mass", fmt.Sprintf(`{"id":%q,"userid":%q}`, m.MsgID, user), nil)
		}
	}
}

func (o *massOcean) look(origin string) {
	o.tb.Helper()
	o.must(o.d.Write(context.Background(), org, func(tx *db.Tx) error { return o.s.LookAtMass(context.Background(), tx, org, []string{origin}) }))
	o.tick()
}

// TestMass: messages of one plan, member and text are one thing to confirm;
// what became of each is told once, as the platform has it.
func TestMass(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		o := newMassOcean(t, d, 4)
		if got := o.hand("p1", time.Time{}, "a li 0 Tea", "b li 1 Tea", "c wu 0 Tea", "d li 2 Cake"); got != "asked asked asked asked" {
			t.Fatal(got)
		}
		if got := o.hand("p1", time.Time{}, "a li 0 Tea", "e li 3 Tea"); got != "asked asked" { // a second time, and one more
			t.Fatal(got)
		}
		o.tick()
		var made []string
		for _, m := range o.masses() {
			made = append(made, fmt.Sprint(m.Tasks[0].UserID, " ", m.Text, " ", len(m.Tasks[0].Sends)))
		}
		if slices.Sort(made); strings.Join(made, ", ") != "li Cake 1, li Tea 3, wu Tea 1" {
			t.Errorf("%v", made)
		}
		o.look("p1")
		if got := o.teller.String(); got != "" {
			t.Errorf("told before anybody confirmed: %s", got)
		}
		o.expect("2 1", "SELECT CAST(sum(CASE WHEN sender = 'li' THEN 1 ELSE 0 END) AS TEXT) || ' ' || CAST(sum(CASE WHEN sender = 'wu' THEN 1 ELSE 0 END) AS TEXT) FROM carrier_mass WHERE org_id = ? AND status = 'asked'", org)
		o.control("POST", brand+"/delete_member", fmt.Sprintf(`{"external_userid":%q,"userid":"li"}`, o.of["li"][1]), nil)
		o.confirm("li")
		o.look("p1")
		o.look("p1")
		if got := o.teller.String(); got != "a: sent; b: failed not_friend; d: sent; e: sent" {
			t.Errorf("%s", got)
		}
		var tasks []MassTask
		o.must(d.Read(t.Context(), org, func(tx *db.Tx) (err error) {
			tasks, err = o.s.MassTasks(t.Context(), tx, org, []string{"p1"}, "", 10)
			return err
		}))
		var shown []string
		for _, x := range tasks {
			shown = append(shown, fmt.Sprint(x.UserID, " ", x.Status, " ", x.Text, " ", x.Size, x.Waiting, x.Sent, x.NotFriend))
		}
		if slices.Sort(shown); strings.Join(shown, ", ") != "li done Cake 1 0 1 0, li done Tea 3 0 2 1, wu asked Tea 1 1 0 0" {
			t.Errorf("%v", shown)
		}
		// One a day: the second is the platform's to refuse, and we say so.
		o.control("POST", brand+"/mass_rule", `{"name":"day"}`, nil)
		o.hand("p2", time.Time{}, "f li 0 Again")
		o.tick()
		o.confirm2("Again", "li")
		o.look("p2")
		if got := o.teller.String(); !strings.Contains(got, "f: failed too_many") {
			t.Errorf("%s", got)
		}
		if len(o.masses()) != 4 {
			t.Errorf("%v", o.masses())
		}
	})
}

// confirm2 confirms one message by its text.
func (o *massOcean) confirm2(text, user string) {
	o.tb.Helper()
	for _, m := range o.masses() {
		if m.Text == text && m.Tasks[0].UserID == user {
			o.control("POST", brand+"/confirm_mass", fmt.Sprintf(`{"id":%q,"userid":%q}`, m.MsgID, user), nil)
		}
	}
}

// TestMassLost: whatever becomes of the answers, nobody is asked twice for the
// same, and everybody is asked.
func TestMassLost(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		o := newMassOcean(t, d, 2)
		for i, fault := range []string{
			`{"kind":"reset_after","path":"externalcontact/add_msg_template","times":2}`,
			`{"kind":"reset","path":"externalcontact/add_msg_template","times":1}`,
			`{"kind":"http_status","status":502,"path":"externalcontact/add_msg_template","times":2}`,
			`{"kind":"errcode","code":-1,"path":"externalcontact/*","times":2}`,
			`{"kind":"errcode","code":42001,"path":"externalcontact/add_msg_template","times":1}`,
			`{"kind":"http_status","status":503,"path":"externalcontact/get_groupmsg_list_v2","times":2}`,
		} {
			o.control("POST", "/faults", fault, nil)
			if i == 5 {
				o.control("POST", "/faults", `{"kind":"reset_after","path":"externalcontact/add_msg_template","times":1}`, nil)
			}
			word := fmt.Sprint("Tea ", i)
			o.hand(fmt.Sprint("p", i), time.Time{}, fmt.Sprintf("l%d li 0 %s", i, word), fmt.Sprintf("m%d li 1 %s", i, word), fmt.Sprintf("w%d wu 0 %s", i, word))
			o.patiently(fmt.Sprint("p", i))
			var made []string
			for _, m := range o.masses() {
				if m.Text == word {
					made = append(made, fmt.Sprint(m.Tasks[0].UserID, " ", len(m.Tasks[0].Sends)))
				}
			}
			if slices.Sort(made); strings.Join(made, ", ") != "li 2, wu 1" {
				t.Errorf("%s: %v", fault, made)
			}
			o.control("DELETE", "/faults", "", nil)
		}
		o.confirm("li")
		for i := range 6 {
			o.look(fmt.Sprint("p", i))
		}
		if got := o.teller.String(); strings.Count(got, "sent") != 12 || strings.Contains(got, ",") {
			t.Errorf("%s", got)
		}
	})
}

// patiently works until all of a plan's messages were asked, whenever they are due.
func (o *massOcean) patiently(origin string) {
	o.tb.Helper()
	for range 50 {
		o.tick()
		if len(o.rows("SELECT id FROM carrier_mass WHERE org_id = ? AND origin = ? AND status IN ('gathering', 'asking')", org, origin)) == 0 {
			return
		}
		o.must(o.d.Write(context.Background(), org, func(tx *db.Tx) error {
			_, err := tx.Exec(context.Background(), "UPDATE carrier_mass SET next_at = 0 WHERE org_id = ? AND origin = ?", org, origin)
			return err
		}))
	}
	o.tb.Fatalf("%v", o.rows("SELECT status || ' ' || code || ' ' || error_en FROM carrier_mass WHERE org_id = ? AND origin = ?", org, origin))
}

// TestMassEnds: what nobody confirms in time, and what is called off, is
// cancelled in WeCom; who confirmed before has sent.
func TestMassEnds(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		o := newMassOcean(t, d, 3)
		o.hand("p1", time.Now().Add(time.Hour), "a li 0 Tea", "b wu 0 Tea")
		o.hand("p2", time.Time{}, "c li 1 Cake")
		o.tick()
		task := o.rows("SELECT id FROM carrier_mass WHERE org_id = ? AND origin = 'p1' AND sender = 'wu'", org)[0]
		for i := range 4 {
			err := o.s.RemindTask(o.ctx(), org, task)
			if i < 3 && err != nil || i == 3 && !errs.Is(err, errs.CodeTooMany) {
				t.Errorf("reminder %d: %v", i, err)
			}
		}
		if err := o.s.RemindTask(o.ctx(), "org_b", task); !errs.Is(err, errs.CodeNotFound) {
			t.Errorf("another brand's: %v", err)
		}
		o.confirm2("Tea", "li") // and not wu
		o.must(d.Write(t.Context(), org, func(tx *db.Tx) error {
			if _, err := tx.Exec(t.Context(), "UPDATE carrier_mass SET end_at = ?, next_at = 0 WHERE org_id = ? AND origin = 'p1'", clock.Micros(time.Now().Add(-time.Second)), org); err != nil {
				return err
			}
			return o.s.RecallMass(t.Context(), tx, org, "p2")
		}))
		o.tick()
		if got := o.teller.String(); got != "a: sent; b: cancelled unconfirmed; c: cancelled called_off" {
			t.Errorf("%s", got)
		}
		for _, m := range o.masses() { // also what had been sent: stopping that stops nothing
			if !m.Cancelled {
				t.Errorf("still there: %+v", m)
			}
		}
		o.hand("p3", time.Now().Add(-time.Minute), "e li 2 Late") // its time is over before it was asked
		o.tick()
		if got := o.teller.String(); !strings.Contains(got, "e: cancelled unconfirmed") || len(o.masses()) != 3 {
			t.Errorf("%s", got)
		}
		if got := o.hand("p4", time.Time{}, "g li 0 "+strings.Repeat("x", 4001)); got != "failed" {
			t.Errorf("%s", got)
		}
	})
}

// TestGroupAsk: each owner confirms once for all of their groups.
func TestGroupAsk(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		o := newMassOcean(t, d, 2)
		var chats []string
		for _, user := range []string{"li", "li", "wu"} {
			var chat struct {
				ChatID string `json:"chat_id"`
			}
			o.control("POST", brand+"/make_group", fmt.Sprintf(`{"userid":%q,"name":"Tea friends","userids":[],"customers":[]}`, user), &chat)
			chats = append(chats, chat.ChatID)
		}
		o.settle()
		ask := GroupAsk{OrgID: org, Key: "sop_1", AccountID: o.acc, ChatIDs: append(chats, "gone"), Parts: append(text("Good morning"), Part{Kind: PartLink, Title: "Shop", URL: "https://shop.example/"})}
		write := func(fn func(tx *db.Tx) error) { o.must(d.Write(t.Context(), org, fn)) }
		for range 2 {
			write(func(tx *db.Tx) error { return o.s.AskGroups(t.Context(), tx, ask) })
		}
		state := func() string {
			var all map[string]GroupStatus
			o.must(d.Read(t.Context(), org, func(tx *db.Tx) (err error) {
				all, err = o.s.GroupAsks(t.Context(), tx, org, []string{"sop_1", "none"})
				return err
			}))
			var out []string
			for _, g := range all["sop_1"].Groups {
				out = append(out, strings.TrimSuffix(g.OwnerUserID+" "+g.Status+" "+g.Code, " "))
			}
			slices.Sort(out)
			return all["sop_1"].Status + ": " + strings.Join(out, ", ")
		}
		if got := state(); got != "queued: li queued, li queued, wu queued" {
			t.Errorf("%s", got)
		}
		o.tick()
		if got := state(); got != "asked: li asked, li asked, wu asked" || len(o.masses()) != 2 {
			t.Errorf("%s", got)
		}
		o.confirm("li")
		o.look("sop_1")
		write(func(tx *db.Tx) error { return o.s.CancelAsk(t.Context(), tx, org, "sop_1") })
		o.tick()
		if got := state(); got != "done: li sent, li sent, wu cancelled called_off" {
			t.Errorf("%s", got)
		}
		if got := o.teller.String(); got != "" {
			t.Errorf("the outbox is told of groups: %s", got)
		}
		bad := ask
		bad.Key, bad.ChatIDs = "sop_2", []string{"gone"}
		if err := d.Write(t.Context(), org, func(tx *db.Tx) error { return o.s.AskGroups(t.Context(), tx, bad) }); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("no group is left: %v", err)
		}
	})
}
