package carrier

import (
	"context"
	"strings"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/testkit"
)

// TestDirectoryThatMayNotBeRead: the secret that people find first, that of
// contact sync, reads no members. Customers are synced all the same.
func TestDirectoryThatMayNotBeRead(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		o := newOcean(t, d)
		if o.secrets["contacts"] == "" || o.secrets["agent"] == "" {
			t.Fatalf("apps %v", o.secrets)
		}
		_, err := o.s.Update(o.ctx(), o.acc, AccountPatch{Values: map[string]string{"directory_secret": o.secrets["contacts"]}})
		o.must(err)
		tested, err := o.s.Test(i18n.With(o.ctx(), i18n.EN), o.acc)
		o.must(err)
		step := tested.Steps[2]
		if !tested.OK || step.Step != "directory" || step.OK || !step.Warning || !strings.Contains(step.Text, "contact sync") || !strings.Contains(step.Text, "48009") {
			t.Errorf("test: %+v", tested)
		}
		r := o.sync()
		if r.Status != syncDone || r.StaffTotal != 2 || r.Error != "" {
			t.Errorf("sync: %+v", r)
		}
		o.expect("li active\nwu active", "SELECT user_id || ' ' || status FROM carrier_staff WHERE org_id = ? ORDER BY user_id", org)
		if a, err := o.s.Account(o.ctx(), o.acc); err != nil || a.Error != "" {
			t.Errorf("a secret that is not needed is the account's failure: %+v %v", a, err)
		}

		_, err = o.s.Update(o.ctx(), o.acc, AccountPatch{Values: map[string]string{"directory_secret": o.secrets["agent"]}})
		o.must(err)
		if r := o.sync(); r.Status != syncDone {
			t.Errorf("with an app of our own: %+v", r)
		}
		o.expect("Li\nWu", "SELECT name FROM carrier_staff WHERE org_id = ? ORDER BY user_id", org)
	})
}

// TestDirectoryInPieces: names come where details do not, and details one by
// one where the secret of customer contact may read them.
func TestDirectoryInPieces(t *testing.T) {
	const forbidden = `{"errcode":48009,"errmsg":"api forbidden"}`
	for name, c := range map[string]struct{ simple, member, want string }{
		"one by one":          {simple: forbidden, want: "li M li li@brand.example stf_li"},
		"names and details":   {simple: `{"userlist":[{"userid":"li","name":"Li"}]}`, want: "li M li li@brand.example stf_li"},
		"names only":          {simple: `{"userlist":[{"userid":"li","name":"Li"}]}`, member: forbidden, want: "li Li  "},
		"nothing but the ids": {simple: forbidden, member: `{"errcode":48002,"errmsg":"api forbidden"}`, want: "li   "},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
				w := newWorld(t, d)
				w.corp.befriend("li", "wm1", "Ann", w.clock.Now(), nil)
				_, err := w.s.Update(w.ctx(), w.acc, AccountPatch{Values: map[string]string{"directory_secret": "s3cret"}})
				w.must(err)
				w.corp.say("user/list", forbidden)
				w.corp.say("user/simplelist", c.simple)
				if c.member != "" {
					w.corp.say("user/get", c.member)
				}
				if r := w.sync(); r.Status != syncDone || r.Contacts != 1 {
					t.Errorf("%+v", r)
				}
				w.expect(c.want, "SELECT user_id || ' ' || name || ' ' || email || ' ' || staff_id FROM carrier_staff WHERE org_id = ?", org)
			})
		})
	}
}

// TestMemberWhoMayNotBeRead: a member's change is worked off, whatever the
// directory's secret may do.
func TestMemberWhoMayNotBeRead(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, err := w.s.Update(w.ctx(), w.acc, AccountPatch{Values: map[string]string{"directory_secret": "s3cret"}})
		w.must(err)
		w.corp.say("user/get", `{"errcode":48009,"errmsg":"api forbidden"}`)
		w.deliver("Event=change_contact ChangeType=update_user UserID=li CreateTime=1772352000")
		w.tick()
		w.expect("li li@brand.example", "SELECT user_id || ' ' || email FROM carrier_staff WHERE org_id = ?", org)
		w.expect("done", "SELECT status FROM carrier_callback WHERE org_id = ?", org)
	})
}

// TestSyncSaysWhyItIsTriedAgain: who looks at a sync that waits for its next
// attempt sees what was wrong with the last.
func TestSyncSaysWhyItIsTriedAgain(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.corp.befriend("li", "wm1", "Ann", w.clock.Now(), nil)
		run, err := w.s.StartSync(w.ctx(), w.acc)
		w.must(err)
		latest := func(ctx context.Context) Sync {
			list, err := w.s.Syncs(ctx, w.acc, "", 1)
			w.must(err)
			return list[0]
		}
		w.corp.say("externalcontact/get_follow_user_list", `{"errcode":81234,"errmsg":"strange"}`)
		if err := w.s.Sync(w.system(), org, run.ID); err == nil {
			t.Fatal("no failure")
		}
		zh, en := latest(w.ctx()), latest(i18n.With(w.ctx(), i18n.EN))
		if zh.Status != syncRunning || zh.Phase != phaseStaff || !strings.Contains(zh.Error, "平台错误码 81234") || !strings.Contains(en.Error, "platform error code 81234") {
			t.Errorf("%+v\n%s", zh, en.Error)
		}
		// A process that stops is no failure.
		stopped, stop := context.WithCancel(w.system())
		stop()
		if err := w.s.Sync(stopped, org, run.ID); err == nil || latest(w.ctx()).Error != zh.Error {
			t.Errorf("stopped: %v %+v", err, latest(w.ctx()))
		}
		w.must(w.s.Sync(w.system(), org, run.ID))
		if r := latest(w.ctx()); r.Status != syncDone || r.Error != "" {
			t.Errorf("%+v", r)
		}
	})
}
