package inbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/testkit"
)

func (w *world) makeTeam(body string) (t Team) {
	w.tb.Helper()
	w.want(boss, 201, "POST", "/inbox/teams", body, &t)
	return t
}

// list are the conversations that somebody's list shows, by id.
func (w *world) list(as, query string) (out []string) {
	w.tb.Helper()
	var p httpx.Page[Conversation]
	w.want(as, 200, "GET", "/inbox/conversations?limit=100"+query, "", &p)
	for _, c := range p.Items {
		out = append(out, c.ID)
	}
	slices.Sort(out)
	return out
}

func TestTeamsAreSetUp(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		sales := w.makeTeam(`{"name":" 售前 ","members":["stf_2","stf_1","stf_2"],"accounts":["acc_web"],"strategy":"round_robin","capacity":3}`)
		if sales.Name != "售前" || fmt.Sprint(sales.Members, sales.Accounts) != "[stf_1 stf_2] [acc_web]" || !strings.HasPrefix(sales.ID, "tem_") {
			t.Errorf("%+v", sales)
		}
		for _, bad := range []string{`{"name":"售前","members":["stf_1"],"accounts":[],"strategy":"off","capacity":0}`, `{"name":" ","members":["stf_1"],"accounts":[],"strategy":"off","capacity":0}`,
			`{"name":"x","members":[],"accounts":[],"strategy":"off","capacity":0}`, `{"name":"x","members":["stf_gone"],"accounts":[],"strategy":"off","capacity":0}`, `{"name":"x","members":["stf_view"],"accounts":[],"strategy":"off","capacity":0}`,
			`{"name":"x","members":["stf_1"],"accounts":["acc_none"],"strategy":"off","capacity":0}`, `{"name":"x","members":["stf_1"],"accounts":["acc_web"],"strategy":"off","capacity":0}`, `{"name":"x","members":["stf_1"],"accounts":[],"strategy":"lottery","capacity":0}`} {
			w.want(boss, 422, "POST", "/inbox/teams", bad, nil)
		}
		rename := `{"name":"Sales","members":["stf_1"],"accounts":["acc_web","acc_oa"],"strategy":"owner","capacity":0}`
		for _, try := range []struct{ method, body string }{{"PUT", rename}, {"DELETE", ""}} {
			w.want("org_b owner stf_1", 404, try.method, "/inbox/teams/"+sales.ID, try.body, nil)
			w.want(org+" associate stf_1", 403, try.method, "/inbox/teams/"+sales.ID, try.body, nil)
		}
		w.want(boss, 200, "PUT", "/inbox/teams/"+sales.ID, rename, nil)
		w.members["stf_1"] = Member{"小鱼", false, true} // who left is in no team any more
		text := w.want(org+" associate stf_2", 200, "GET", "/inbox/teams", "", nil)
		if !strings.Contains(text, `"items":[{"id":"`+sales.ID+`","name":"Sales","members":[],"accounts":["acc_oa","acc_web"],"strategy":"owner","capacity":0,"open":0}]`) {
			t.Error(text)
		}
		if text := w.want("org_b owner stf_1", 200, "GET", "/inbox/teams", "", nil); !strings.Contains(text, `"items":[]`) {
			t.Error(text)
		}
		w.want(boss, 204, "DELETE", "/inbox/teams/"+sales.ID, "", nil)
		w.want(boss, 404, "DELETE", "/inbox/teams/"+sales.ID, "", nil)
		var done []string
		for _, a := range w.audits {
			done = append(done, strings.Fields(a)[0])
		}
		if fmt.Sprint(done) != "[inbox.team.create inbox.team.update inbox.team.delete]" {
			t.Error(w.audits)
		}
	})
}

// An account's conversations come to its team, which gives them to its members
// in its own way; a transfer to a team does the same.
func TestTeamsAnswer(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.desk("acc_web", `{"strategy":"round_robin","members":["stf_3"],"hours":[{"days":[1,2,3,4,5],"from":"09:00","to":"18:00"}]}`)
		sales := w.makeTeam(`{"name":"售前","members":["stf_1","stf_2"],"accounts":["acc_web"],"strategy":"round_robin","capacity":0}`)
		care := w.makeTeam(`{"name":"售后","members":["stf_3"],"accounts":[],"strategy":"least_loaded","capacity":1}`)
		w.there("stf_1", "stf_2", "stf_3")
		var got []string
		for n := range 3 {
			c := w.conv(w.hear(fmt.Sprint("per_", n), "acc_web", fmt.Sprint("v", n), "x"))
			got = append(got, c.AssigneeID+" "+c.TeamName)
		}
		if fmt.Sprint(got) != "[stf_1 售前 stf_2 售前 stf_1 售前]" {
			t.Error(got)
		}
		one, two := conversationID("acc_web", "v0"), conversationID("acc_web", "v1")
		move := func(id, body string) (c Conversation) {
			w.want(boss, 200, "POST", "/inbox/conversations/"+id+"/transfer", body, &c)
			return c
		}
		if c := move(one, `{"team_id":"`+care.ID+`","note":"要退货"}`); c.TeamID != care.ID || c.AssigneeID != "stf_3" {
			t.Errorf("%+v", c)
		}
		h := w.conv(one).History // the latest first: the team's choice, the transfer, the first team's choice
		if len(h) != 3 || h[0].By != "desk" || h[0].StaffID != "stf_3" || h[1].TeamName != "售后" || h[1].By != "staff" || h[1].Note != "要退货" || h[1].FromStaffID != "stf_1" || h[2].TeamID != "" {
			t.Errorf("%+v", h)
		}
		if last := w.history(one); last[len(last)-1].Direction != DirectionNote || last[len(last)-1].Text != "要退货" {
			t.Errorf("%+v", last)
		}
		// Its only member has no room: it waits with the team until there is some.
		if c := move(two, `{"team_id":"`+care.ID+`"}`); c.AssigneeID != "" || c.TeamName != "售后" {
			t.Errorf("%+v", c)
		}
		w.due()
		if c := w.conv(two); c.AssigneeID != "" {
			t.Error(c.AssigneeID)
		}
		w.want(boss, 200, "PATCH", "/inbox/conversations/"+one, `{"status":"resolved"}`, nil)
		w.there("stf_1", "stf_3")
		w.due()
		if c := w.conv(two); c.AssigneeID != "stf_3" || c.TeamID != care.ID {
			t.Errorf("%+v", c.Conversation)
		}
		// A colleague takes it beside the team; given back, it is the team's. Undone, it is nobody's.
		move(two, `{"staff_id":"stf_1"}`)
		if c := w.conv(two); c.AssigneeID != "stf_1" || c.TeamID != care.ID {
			t.Errorf("%+v", c.Conversation)
		}
		w.want(boss, 200, "PATCH", "/inbox/conversations/"+two, `{"team_id":"`+sales.ID+`","assignee_staff_id":"stf_2"}`, nil)
		if c := w.conv(two); c.AssigneeID != "stf_2" || c.TeamID != sales.ID {
			t.Errorf("%+v", c.Conversation)
		}
		w.want(boss, 200, "PATCH", "/inbox/conversations/"+two, `{"team_id":"","assignee_staff_id":""}`, nil)
		if c := w.conv(two); c.AssigneeID != "" || c.TeamID != "" {
			t.Errorf("%+v", c.Conversation)
		}
		for _, bad := range []string{`{}`, `{"staff_id":"stf_1","team_id":"` + care.ID + `"}`, `{"team_id":"tem_none"}`} {
			w.want(boss, 422, "POST", "/inbox/conversations/"+two+"/transfer", bad, nil)
		}
		w.want(boss, 422, "PATCH", "/inbox/conversations/"+two, `{"team_id":"tem_none"}`, nil)
		// Outside of the desk's hours nobody of the team is given anything.
		w.clock.Advance(8 * time.Hour)
		w.there("stf_1", "stf_2")
		if c := w.conv(w.hear("per_9", "acc_web", "v9", "x")); c.AssigneeID != "" || c.TeamID != sales.ID {
			t.Errorf("%+v", c.Conversation)
		}
		// A rebuild leaves them where they are.
		w.must(w.runner.Rebuild(t.Context(), SubscriberName, org))
		if c := w.conv(one); c.TeamID != care.ID {
			t.Errorf("%+v", c.Conversation)
		}
		// Without the team they are with the desk, whose member is there in the morning.
		w.want(boss, 204, "DELETE", "/inbox/teams/"+sales.ID, "", nil)
		w.clock.Advance(14 * time.Hour)
		w.there("stf_3")
		w.due()
		if c := w.conv(conversationID("acc_web", "v9")); c.AssigneeID != "stf_3" || c.TeamID != "" {
			t.Errorf("%+v", c.Conversation)
		}
	})
}

// What is unassigned in a team is seen by its members, and by those who see all.
func TestTeamsSee(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		free := w.hear("per_0", "acc_oa", "o0", "x")
		w.makeTeam(`{"name":"售前","members":["stf_1"],"accounts":["acc_web"],"strategy":"off","capacity":0}`)
		care := w.makeTeam(`{"name":"售后","members":["stf_1","stf_2"],"accounts":["acc_oa"],"strategy":"off","capacity":0}`)
		web, oa := w.hear("per_1", "acc_web", "v1", "x"), w.hear("per_2", "acc_oa", "o2", "x")
		waits := map[string]string{}
		w.must(d.Read(t.Context(), org, func(tx *db.Tx) error {
			all, err := w.svc.Waits(t.Context(), tx, org, nil)
			for _, x := range all {
				waits[x.ConversationID] = strings.Join(x.Desk, " ")
			}
			return err
		}))
		if waits[web] != "stf_1" || waits[oa] != "stf_1 stf_2" || waits[free] != "" {
			t.Error(waits)
		}
		sorted := func(ids ...string) string { slices.Sort(ids); return fmt.Sprint(ids) }
		for _, see := range []struct{ as, query, want string }{
			{boss, "", sorted(free, web, oa)},
			{boss, "&team_id=mine", sorted(web, oa)},
			{org + " operator stf_3", "&team_id=mine", sorted()},
			{boss, "&team_id=" + care.ID, sorted(oa)},
			{boss, "&team_id=tem_none", sorted()},
			{org + " associate stf_1", "", sorted(free, web, oa)},
			{org + " associate stf_2", "", sorted(free, oa)},
			{org + " associate stf_2", "&team_id=mine", sorted(oa)},
			{org + " associate stf_3", "", sorted(free)},
			{"org_b owner stf_1", "&team_id=" + care.ID, sorted()},
		} {
			if got := fmt.Sprint(w.list(see.as, see.query)); got != see.want {
				t.Errorf("%s%s: %s, not %s", see.as, see.query, got, see.want)
			}
		}
		w.want(org+" associate stf_3", 404, "GET", "/inbox/conversations/"+oa, "", nil)
		w.want(org+" associate stf_2", 200, "GET", "/inbox/conversations/"+oa, "", nil)
		w.want(boss, 200, "PATCH", "/inbox/conversations/"+oa, `{"assignee_staff_id":"stf_1"}`, nil)
		w.want(org+" associate stf_2", 404, "GET", "/inbox/conversations/"+oa, "", nil)
	})
}

func TestTeamsAreMeasured(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.makeTeam(`{"name":"售前","members":["stf_1"],"accounts":["acc_web"],"strategy":"off","capacity":0}`)
		care := w.makeTeam(`{"name":"售后","members":["stf_2"],"accounts":[],"strategy":"off","capacity":0}`)
		w.hear("per_1", "acc_web", "v1", "x")
		moved := w.hear("per_2", "acc_web", "v2", "x")
		w.hear("per_3", "acc_oa", "o3", "x")
		w.want(boss, 200, "POST", "/inbox/conversations/"+moved+"/transfer", `{"team_id":"`+care.ID+`"}`, nil)
		w.clock.Advance(30 * time.Second)
		w.post(moved, "key-00001", "来了")
		w.send()
		var m Measures
		w.want(boss, 200, "GET", "/inbox/measures?from=2026-06-01T00:00:00Z&to=2026-07-01T00:00:00Z", "", &m)
		got := map[string]string{}
		for _, x := range m.Teams {
			got[x.Name] = fmt.Sprint(x.Opened, x.Replied, x.FirstReplyMedian, x.Open)
		}
		if fmt.Sprint(got) != "map[售前:1 0 0 1 售后:1 1 31 1]" || m.All.Opened != 3 {
			t.Error(got, m.All)
		}
	})
}
