package carrier

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// system is a context in which the system works for the org.
func (w *world) system() context.Context {
	return access.With(w.tb.Context(), access.ForSystem(org, "test"))
}

func (w *world) sync() Sync {
	w.tb.Helper()
	r, err := w.s.StartSync(w.ctx(), w.acc)
	w.must(err)
	w.must(w.s.Sync(w.system(), org, r.ID))
	list, err := w.s.Syncs(w.ctx(), w.acc, "", 1)
	w.must(err)
	return list[0]
}

func TestSync(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		old := w.clock.Now().Add(-1000 * time.Hour)
		w.corp.pageSize = 7
		w.corp.tags = []map[string]any{{"group_id": "g", "group_name": "Level", "tag": []map[string]any{{"id": "et1", "name": "VIP"}, {"id": "et2", "name": "New"}}}}
		for i := range 30 {
			w.corp.befriend("li", fmt.Sprintf("wm%02d", i), "N", old.Add(time.Duration(i)*time.Hour), map[string]any{"tag_id": []string{"et1"}, "state": "old_code"})
		}
		w.corp.befriend("wu", "wm00", "N", old, nil)
		w.corp.groups["wr1"] = map[string]any{"chat_id": "wr1", "name": "G", "owner": "li", "member_list": []map[string]any{{"userid": "li", "type": 1, "join_time": old.Unix()}, {"userid": "wm01", "type": 2, "join_time": old.Unix()}}}
		var historic int
		w.pond.greet = func(a Arrival) (Greeting, error) {
			if a.Historic {
				historic++
			}
			return Greeting{Channel: "chn_1", Welcome: []Part{{Kind: PartText, Text: "much too late"}}}, nil
		}
		r := w.sync()
		if r.Kind != SyncFull || r.Status != syncDone || r.StaffTotal != 2 || r.StaffDone != 2 || r.Contacts != 31 || r.Added != 31 || r.Removed != 0 || r.Groups != 1 || r.FinishedAt == nil {
			t.Errorf("first: %+v", r)
		}
		if historic != 30 || len(w.corp.codes) != 0 {
			t.Errorf("%d old friends were looked up by their code, %d were greeted", historic, len(w.corp.codes))
		}
		w.expect("friend 31", "SELECT status || ' ' || count(*) FROM carrier_contact WHERE org_id = ? GROUP BY status", org)
		w.expect("M li stf_li active\nM wu stf_wu active", "SELECT name || ' ' || staff_id || ' ' || status FROM carrier_staff WHERE org_id = ? ORDER BY user_id", org)
		w.expect("31", "SELECT CAST(count(*) AS TEXT) FROM timeline_event WHERE org_id = ? AND kind = 'friend.added' AND data LIKE '%\"historic\":true%'", org)
		w.expect("30", "SELECT CAST(count(*) AS TEXT) FROM person_word WHERE org_id = ? AND word = 'tag VIP'", org)

		before := w.state()
		w.clock.Advance(24 * time.Hour)
		if r := w.sync(); r.Kind != SyncReconcile || r.Added != 0 || r.Removed != 0 || r.Contacts != 31 || w.state() != before {
			t.Errorf("nothing happened, but %+v\n%s\nbefore\n%s", r, w.state(), before)
		}

		// What nobody told us: some left, one came, one came back, tags changed, one was renamed.
		w.clock.Advance(time.Hour)
		for i := range 12 {
			w.corp.part("li", fmt.Sprintf("wm%02d", i))
		}
		w.corp.befriend("li", "wm90", "N", w.clock.Now(), nil)
		w.corp.befriend("li", "wm20", "Renamed", old.Add(20*time.Hour), map[string]any{"tag_id": []string{"et2"}})
		w.clock.Advance(23 * time.Hour)
		if r := w.sync(); r.Added != 1 || r.Removed != 12 {
			t.Errorf("changes: %+v", r)
		}
		w.expect("friend 20\nremoved_by_staff 12", "SELECT status || ' ' || count(*) FROM carrier_contact WHERE org_id = ? GROUP BY status ORDER BY status", org)
		w.expect("name N\nname Renamed\nowner stf_li\ntag New", "SELECT word FROM person_word WHERE org_id = ? AND person = 'per_wm20' ORDER BY word", org)
		w.expect("12", "SELECT CAST(count(*) AS TEXT) FROM timeline_event WHERE org_id = ? AND kind = 'friend.removed' AND data LIKE '%\"by\":\"sync\"%'", org)
		w.clock.Advance(time.Hour)
		w.corp.befriend("li", "wm03", "N", w.clock.Now(), nil)
		w.clock.Advance(24 * time.Hour)
		if r := w.sync(); r.Added != 1 || r.Removed != 0 {
			t.Errorf("one came back: %+v", r)
		}
	})
}

// TestSyncGoesOnWhereItStopped: what stops it half-way costs no more than the
// member that it was reading.
func TestSyncGoesOnWhereItStopped(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for _, user := range []string{"a", "b", "c"} {
			for i := range 3 {
				w.corp.befriend(user, fmt.Sprintf("wm_%s%d", user, i), "N", w.clock.Now().Add(-time.Hour), nil)
			}
		}
		r, err := w.s.StartSync(w.ctx(), w.acc)
		w.must(err)
		if again, err := w.s.StartSync(w.ctx(), w.acc); err != nil || again.ID != r.ID || len(w.pond.syncs) != 1 {
			t.Errorf("a second at the same time: %+v %v", again, err)
		}
		// "a" is read, and then the platform is down.
		w.corp.say("externalcontact/batch/get_by_user", `{"external_contact_list":[]}`)
		w.corp.say("externalcontact/batch/get_by_user", strings.Split(strings.TrimSuffix(strings.Repeat(`{"errcode":-1}|`, 3), "|"), "|")...)
		if err := w.s.Sync(w.system(), org, r.ID); err == nil {
			t.Fatal("the platform was down")
		}
		got, err := w.s.Syncs(w.ctx(), w.acc, "", 1)
		if err != nil || got[0].Status != syncRunning || got[0].Phase != phaseContacts || got[0].StaffDone != 1 {
			t.Errorf("half-way: %+v %v", got, err)
		}
		calls := w.corp.count("externalcontact/batch/get_by_user")
		w.must(w.s.Sync(w.system(), org, r.ID))
		if n := w.corp.count("externalcontact/batch/get_by_user") - calls; n != 2 {
			t.Errorf("%d more pages, want those of b and c", n)
		}
		w.expect("friend 6", "SELECT status || ' ' || count(*) FROM carrier_contact WHERE org_id = ? GROUP BY status", org)
		w.must(w.s.Sync(w.system(), org, r.ID)) // called once too often

		r, err = w.s.StartSync(w.ctx(), w.acc)
		w.must(err)
		w.corp.say("externalcontact/get_follow_user_list", `{"errcode":48002,"errmsg":"api forbidden"}`)
		w.must(w.s.Sync(w.system(), org, r.ID))
		got, err = w.s.Syncs(w.ctx(), w.acc, "", 1)
		if err != nil || got[0].Status != syncFailed || !strings.Contains(got[0].Error, "48002") {
			t.Errorf("forbidden: %+v %v", got, err)
		}
	})
}

// TestTagsGoBothWays: what is tagged here reaches the platform once, what came
// from there does not go back.
func TestTagsGoBothWays(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.corp.tags = []map[string]any{{"group_id": "g", "tag": []map[string]any{{"id": "et1", "name": "VIP"}, {"id": "et2", "name": "New"}}}}
		w.corp.befriend("li", "wm1", "Ann", w.clock.Now().Add(-time.Hour), map[string]any{"tag_id": []string{"et2"}})
		w.sync()
		log := timeline.New(w.clock.Now)
		runner := timeline.NewRunner(d, log, w.pond, w.s.logger, w.clock.Now, w.s.Subscribers()...)
		tell := func(kind, source, name string) {
			t.Helper()
			w.must(d.Write(t.Context(), org, func(tx *db.Tx) error {
				_, err := log.Append(t.Context(), tx, org, timeline.Fact{Kind: kind, PersonID: "per_wm1", Source: source, Data: poolevent.Tag{TagID: "tag_1", Name: name}})
				return err
			}))
			w.must(runner.CatchUp(t.Context(), org))
			w.tick()
		}
		tell(poolevent.TagAdded, "console", "VIP")
		tell(poolevent.TagAdded, "console", "VIP")       // it has it already
		tell(poolevent.TagAdded, "wecom", "VIP")         // it came from there
		tell(poolevent.TagAdded, "console", "Only here") // it has none of the name
		w.expect(`["et1","et2"]`, "SELECT tags FROM carrier_contact WHERE org_id = ?", org)
		tell(poolevent.TagRemoved, "console", "New")
		w.expect(`["et1"]`, "SELECT tags FROM carrier_contact WHERE org_id = ?", org)
		want := `externalcontact/mark_tag {"add_tag":["et1"],"external_userid":"wm1","userid":"li"}
externalcontact/mark_tag {"external_userid":"wm1","remove_tag":["et2"],"userid":"li"}`
		if got := strings.Join(w.corp.order, "\n"); got != want {
			t.Errorf("told the platform\n%s\nwant\n%s", got, want)
		}
		w.corp.say("externalcontact/mark_tag", `{"errcode":45009}`)
		tell(poolevent.TagAdded, "console", "New")
		w.expect("pending", "SELECT status FROM carrier_push WHERE org_id = ?", org)
		w.clock.Advance(5 * time.Minute)
		w.tick()
		w.expect(`["et1","et2"]`, "SELECT tags FROM carrier_contact WHERE org_id = ?", org)
		w.expect("", "SELECT status FROM carrier_push WHERE org_id = ?", org)
	})
}

func TestContactsFollowMerges(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.corp.befriend("li", "wm1", "Ann", w.clock.Now().Add(-time.Hour), nil)
		w.corp.befriend("li", "wm2", "Ann too", w.clock.Now().Add(-time.Hour), nil)
		w.sync()
		log := timeline.New(w.clock.Now)
		runner := timeline.NewRunner(d, log, w.pond, w.s.logger, w.clock.Now, w.s.Subscribers()...)
		tell := func(kind, holder string) {
			t.Helper()
			w.must(d.Write(t.Context(), org, func(tx *db.Tx) error {
				if _, err := tx.Exec(t.Context(), "UPDATE person_key SET person = ? WHERE org_id = ? AND value = 'wm2'", holder, org); err != nil {
					return err
				}
				_, err := log.Append(t.Context(), tx, org, timeline.Fact{Kind: kind, PersonID: "per_wm1", Data: poolevent.Merge{MergeID: "m", WinnerID: "per_wm1", LoserID: "per_wm2", Members: []string{"per_wm2"}}})
				return err
			}))
			w.must(runner.CatchUp(t.Context(), org))
		}
		tell(poolevent.Merged, "per_wm1")
		w.expect("per_wm1\nper_wm1", "SELECT person_id FROM carrier_contact WHERE org_id = ? ORDER BY external_id", org)
		tell(poolevent.Split, "per_wm2")
		w.expect("per_wm1\nper_wm2", "SELECT person_id FROM carrier_contact WHERE org_id = ? ORDER BY external_id", org)
	})
}

func TestTransfer(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for _, id := range []string{"wm1", "wm2", "wm3", "wm4", "wm_bad"} {
			w.corp.befriend("li", id, "N", w.clock.Now().Add(-time.Hour), nil)
		}
		w.corp.befriend("wu", "wm9", "N", w.clock.Now().Add(-time.Hour), nil)
		w.sync()
		for _, bad := range []NewTransfer{
			{AccountID: w.acc, Kind: TransferInService, FromUser: "li", ToUser: "li"},
			{AccountID: w.acc, Kind: TransferInService, FromUser: "li", ToUser: "nobody"},
			{AccountID: w.acc, Kind: TransferInService, FromUser: "li", ToUser: "wu", ExternalIDs: []string{"wm1", "wm9"}},
		} {
			if _, err := w.s.StartTransfer(w.ctx(), bad); err == nil {
				t.Errorf("%+v was taken", bad)
			}
		}
		tr, err := w.s.StartTransfer(w.ctx(), NewTransfer{AccountID: w.acc, Kind: TransferInService, FromUser: "li", ToUser: "wu", Words: "Wu looks after you now"})
		w.must(err)
		if tr.Counts[transferQueued] != 5 || len(w.pond.moves) != 1 {
			t.Errorf("%+v", tr)
		}
		w.must(w.s.RunTransfer(w.system(), org, tr.ID))
		w.expect("wm1 waiting 0\nwm2 waiting 0\nwm3 waiting 0\nwm4 waiting 0\nwm_bad failed 40128", "SELECT external_id || ' ' || status || ' ' || code FROM carrier_transfer_customer WHERE org_id = ? ORDER BY external_id", org)
		w.corp.transfer = map[string]int{"wm1": 1, "wm2": 3}
		w.must(w.s.RunTransfer(w.system(), org, tr.ID))
		at := w.clock.Now().Unix()
		w.deliver(callback("del_external_contact", "li", "wm3", at, "Source=DELETE_BY_TRANSFER"))
		w.deliver(callback("transfer_fail", "li", "wm4", at, "FailReason=customer_limit_exceed"))
		w.tick() // and with the last of them it is done, without another question
		got, customers, err := w.s.TransferCustomers(w.ctx(), tr.ID, "", "", 10)
		w.must(err)
		var all []string
		for _, c := range customers {
			all = append(all, c.ExternalID+" "+c.Status)
		}
		if s := strings.Join(all, ", "); s != "wm1 done, wm2 refused, wm3 done, wm4 full, wm_bad failed" || got.Status != "done" || !strings.Contains(customers[4].Reason, "40128") || customers[0].Name != "N per_wm1" {
			t.Errorf("%s %+v %+v", s, got, customers[4])
		}
		w.expect("per_wm3", "SELECT person_id FROM timeline_event WHERE org_id = ? AND kind = 'friend.transferred'", org)
		w.expect("transferred", "SELECT status FROM carrier_contact WHERE org_id = ? AND external_id = 'wm3'", org)
	})
}

// Two callbacks at once settle the last two customers of a hand-over.
func TestTransferEndsWithTwoAtOnce(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for _, id := range []string{"wm1", "wm2"} {
			w.corp.befriend("li", id, "N", w.clock.Now().Add(-time.Hour), nil)
		}
		w.corp.befriend("wu", "wm9", "N", w.clock.Now().Add(-time.Hour), nil)
		w.sync()
		tr, err := w.s.StartTransfer(w.ctx(), NewTransfer{AccountID: w.acc, Kind: TransferInService, FromUser: "li", ToUser: "wu"})
		w.must(err)
		w.must(w.s.RunTransfer(w.system(), org, tr.ID))
		a := &account{org: org, id: w.acc}
		settle := func(tx *db.Tx, external string) error {
			return w.s.transferSettled(context.Background(), tx, a, "li", external, transferDone, 0)
		}
		other := make(chan error, 1)
		w.must(d.Write(t.Context(), org, func(tx *db.Tx) error {
			if err := settle(tx, "wm1"); err != nil {
				return err
			}
			go func() {
				other <- d.Write(context.Background(), org, func(tx *db.Tx) error { return settle(tx, "wm2") })
			}()
			if d.Engine() == db.SQLite {
				return nil // where one writes after the other
			}
			for { // until the other one has come through, or waits
				var waits bool
				if err := d.Read(t.Context(), org, func(tx *db.Tx) error {
					return tx.QueryRow(t.Context(), "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')").Scan(&waits)
				}); err != nil || waits {
					return err
				}
				select {
				case err := <-other:
					other <- err
					return err
				case <-time.After(time.Millisecond):
				}
			}
		}))
		w.must(<-other)
		w.expect("done", "SELECT status FROM carrier_transfer WHERE org_id = ?", org)
	})
}

func TestDuplicatesAndReach(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		at := w.clock.Now().Add(-100 * time.Hour)
		w.corp.befriend("li", "wm1", "Ann", at.Add(time.Hour), nil)
		w.corp.befriend("wu", "wm1", "Ann", at, nil)
		w.corp.befriend("desk", "wm1", "Ann", at.Add(-time.Hour), nil)
		w.corp.befriend("desk", "wm2", "Bo", at, nil)
		w.corp.befriend("li", "wm2", "Bo", at, nil)
		w.sync()
		w.must(w.s.SetStaff(w.ctx(), w.acc, "desk", StaffPatch{Shared: new(true)}))
		list, err := w.s.Duplicates(w.ctx(), w.acc, "", 10)
		if err != nil || len(list) != 1 || list[0].PersonID != "per_wm1" || list[0].OwnerID != "wu" || len(list[0].Holders) != 2 || list[0].Name != "N per_wm1" {
			t.Errorf("%+v %v", list, err)
		}
		_, err = w.s.Update(w.ctx(), w.acc, AccountPatch{Values: map[string]string{"owner_rule": "latest"}})
		w.must(err)
		if list, err := w.s.Duplicates(w.ctx(), w.acc, "", 10); err != nil || list[0].OwnerID != "li" {
			t.Errorf("%+v %v", list, err)
		}
		r, err := w.s.Reach(w.ctx())
		if err != nil || r.Persons != 2 || r.OnlyOne != 2 || len(r.Accounts) != 1 || r.Accounts[0].Persons != 2 || r.Accounts[0].OnlyHere != 2 {
			t.Errorf("%+v %v", r, err)
		}
	})
}

func TestHealth(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		codes := func() string {
			t.Helper()
			h, err := w.s.Health(w.ctx(), w.acc)
			w.must(err)
			out := h.Health
			for _, p := range h.Problems {
				if p.Text == "" {
					t.Errorf("%s says nothing", p.Code)
				}
				out += " " + p.Code
			}
			return out
		}
		if got := codes(); got != "warning no_callbacks not_synced no_owner" {
			t.Errorf("new: %s", got)
		}
		w.corp.befriend("li", "wm1", "Ann", w.clock.Now(), nil)
		w.sync()
		w.deliver(callback("add_external_contact", "li", "wm1", w.clock.Now().Unix(), ""))
		w.tick()
		_, err := w.s.Update(w.ctx(), w.acc, AccountPatch{OwnerStaffID: new("stf_li"), SecretExpiresAt: new(w.clock.Now().Add(3 * 24 * time.Hour).Format(time.RFC3339))})
		w.must(err)
		if got := codes(); got != "warning secret_expiring" {
			t.Errorf("tended: %s", got)
		}
		w.must(w.s.CheckHealth(t.Context()))
		w.corp.say("externalcontact/get_corp_tag_list", `{"errcode":60020,"errmsg":"not allow to access from your ip"}`)
		if _, err := w.s.wecomOf(w.account(), slotContact, impatient).Tags(t.Context()); err == nil {
			t.Error("no failure")
		}
		if got := codes(); got != "failing platform_error secret_expiring" {
			t.Errorf("shut out: %s", got)
		}
		w.must(w.s.CheckHealth(t.Context()))
		w.must(w.s.CheckHealth(t.Context()))
		w.expect("2", "SELECT CAST(count(*) AS TEXT) FROM timeline_event WHERE org_id = ? AND kind = 'account.unhealthy'", org)
		if got, err := w.s.Account(w.ctx(), w.acc); err != nil || got.Health != HealthFailing {
			t.Errorf("%+v %v", got, err)
		}
	})
}

// BenchmarkSync: contacts of a first pull, and of the nightly one after it that
// finds everything known.
func BenchmarkSync(b *testing.B) {
	for _, e := range testkit.Engines {
		w := newWorld(b, testkit.Open(b, e, schema))
		for user := range 4 {
			for i := range 1000 {
				w.corp.befriend(fmt.Sprint("u", user), fmt.Sprintf("wm%d_%04d", user, i), "N", w.clock.Now().Add(-time.Hour), map[string]any{"unionid": fmt.Sprint(user, "-", i)})
			}
		}
		for _, name := range []string{"first", "again"} {
			b.Run(string(e)+"/"+name, func(b *testing.B) {
				contacts := int64(0)
				for range b.N {
					contacts += w.sync().Contacts
					w.clock.Advance(time.Hour)
				}
				b.ReportMetric(float64(contacts)/b.Elapsed().Seconds(), "contacts/s")
			})
		}
	}
}
