package inbox

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

func (w *world) there(staff ...string) {
	w.tb.Helper()
	for _, s := range staff {
		w.must(w.svc.seen(context.Background(), org, s))
	}
}

func (w *world) due() {
	w.tb.Helper()
	w.must(w.svc.Due(context.Background()))
}

func (w *world) desk(account, body string) {
	w.tb.Helper()
	w.want(boss, 200, "PUT", "/inbox/desks/"+account, body, nil)
}

func TestAssignment(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		who := func(n int) string {
			w.there("stf_1", "stf_2")
			return w.conv(w.hear(fmt.Sprint("per_", n), "acc_web", fmt.Sprint("v", n), "x")).AssigneeID
		}
		if got := who(0); got != "" {
			t.Errorf("no desk was set up: %s", got)
		}
		w.desk("acc_web", `{"strategy":"round_robin","members":["stf_1","stf_2","stf_3"]}`)
		if got := who(1) + who(2) + who(3); got != "stf_1stf_2stf_1" {
			t.Error(got)
		}
		w.desk("acc_web", `{"strategy":"least_loaded"}`)
		if got := who(4); got != "stf_2" {
			t.Error(got)
		}
		// Full: the rest waits, and is given away as there is room, who waits longest first.
		w.desk("acc_web", `{"strategy":"least_loaded","capacity":2}`)
		first, second := conversationID("acc_web", "v5"), conversationID("acc_web", "v6")
		if got := who(5) + who(6); got != "" {
			t.Error(got)
		}
		w.due()
		if got := w.conv(first).AssigneeID; got != "" {
			t.Error(got)
		}
		w.want(boss, 200, "PATCH", "/inbox/conversations/"+conversationID("acc_web", "v1"), `{"status":"resolved"}`, nil)
		w.want(boss, 200, "PATCH", "/inbox/conversations/"+conversationID("acc_web", "v3"), `{"status":"pending"}`, nil)
		w.due() // first of all the one of before there was a desk
		if got := w.conv(conversationID("acc_web", "v0")).AssigneeID + w.conv(first).AssigneeID + w.conv(second).AssigneeID; got != "stf_1stf_1" {
			t.Error(got)
		}
		// Opened again while its old colleague is not there: to somebody who is.
		w.desk("acc_web", `{"strategy":"least_loaded"}`)
		w.clock.Advance(time.Hour)
		w.there("stf_3")
		again := w.hear("per_1", "acc_web", "v1", "again")
		if got := w.conv(again).AssigneeID; got != "stf_3" {
			t.Error(got)
		}
		w.clock.Advance(time.Hour)
		w.there("stf_2")
		w.hear("per_1", "acc_web", "v1", "and again") // in the same stretch it stays
		if got := w.conv(again).AssigneeID; got != "stf_3" {
			t.Error(got)
		}
		// The owner's own; who is away takes none.
		w.desk("acc_oa", `{"strategy":"owner","hours":[{"days":[1,2,3,4,5],"from":"09:00","to":"18:00"}]}`)
		w.owners["per_own"] = "stf_1"
		w.want(org+" owner stf_2", 204, "PUT", "/inbox/away", `{"away":true}`, nil)
		w.clock.Advance(20 * time.Hour) // Tuesday, 10 o'clock in Shanghai
		w.there("stf_2", "stf_3")
		own, other := w.hear("per_own", "acc_oa", "o1", "x"), w.hear("per_x", "acc_oa", "o2", "x")
		if got := w.conv(own).AssigneeID + w.conv(other).AssigneeID; got != "stf_3stf_3" {
			t.Error(got)
		}
		w.there("stf_1")
		if got := w.conv(w.hear("per_own", "acc_oa", "o3", "x")).AssigneeID; got != "stf_1" {
			t.Error(got)
		}
		// Outside hours nobody is given anything; it waits until they begin.
		w.clock.Advance(10 * time.Hour)
		w.there("stf_3")
		late := w.hear("per_l", "acc_oa", "o9", "x")
		if got := w.conv(late).AssigneeID; got != "" {
			t.Error(got)
		}
		w.clock.Advance(13 * time.Hour)
		w.there("stf_3")
		w.due()
		if got := w.conv(late).AssigneeID; got != "stf_3" {
			t.Error(got)
		}
		if text := w.want(boss, 200, "GET", "/inbox/staff", "", nil); !strings.Contains(text, `{"staff_id":"stf_2","name":"阿海","there":false,"away":true`) || strings.Contains(text, "stf_gone") {
			t.Error(text)
		}
		for _, bad := range []string{`{"strategy":"x"}`, `{"strategy":"off","members":["stf_gone"]}`, `{"strategy":"off","hours":[{"days":[8],"from":"09:00","to":"18:00"}]}`, `{"strategy":"off","hours":[{"days":[1],"from":"9:00","to":"18:00"}]}`} {
			w.want(boss, 422, "PUT", "/inbox/desks/acc_web", bad, nil)
		}
		w.want(boss, 404, "PUT", "/inbox/desks/acc_none", `{"strategy":"off"}`, nil)
		w.want("org_b owner stf_1", 404, "PUT", "/inbox/desks/acc_web", `{"strategy":"off"}`, nil)
		w.want(org+" associate stf_1", 403, "PUT", "/inbox/desks/acc_web", `{"strategy":"off"}`, nil)
	})
}

// Who knows more of what a customer asks for is asked, while they are there.
func TestSkills(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.desk("acc_web", `{"strategy":"round_robin","members":["stf_1","stf_2","stf_3"],"skills":[{"name":"发票","words":["发票","Invoice"],"members":["stf_3"]}]}`)
		ask := func(n int, text string, there ...string) string {
			w.there(there...)
			return w.conv(w.hear(fmt.Sprint("per_", n), "acc_web", fmt.Sprint("v", n), text)).AssigneeID
		}
		w.there("stf_1", "stf_2", "stf_3")
		if got := ask(1, "可以开发票吗", "stf_1", "stf_2", "stf_3") + ask(2, "an ＩＮＶＯＩＣＥ please", "stf_1", "stf_2", "stf_3"); got != "stf_3stf_3" {
			t.Error(got)
		}
		if got := ask(3, "在吗", "stf_1", "stf_2", "stf_3"); got != "stf_1" {
			t.Error(got)
		}
		w.clock.Advance(time.Hour) // nobody is there any more
		if got := ask(4, "发票", "stf_2"); got != "stf_2" {
			t.Error("none of those who know is there:", got)
		}
		for _, bad := range []string{`[{"name":"x","words":[" "],"members":["stf_1"]}]`, `[{"name":"x","words":["a"],"members":["stf_gone"]}]`, `[{"name":"x","words":["a"],"members":["stf_3"]}]`} {
			w.want(boss, 422, "PUT", "/inbox/desks/acc_web", `{"strategy":"off","members":["stf_1"],"capacity":0,"hours":[],"skills":`+bad+`}`, nil)
		}
	})
}

// Conversations of somebody who left are free again, and go to who is there.
func TestWhoLeftLetsGo(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.desk("acc_web", `{"strategy":"round_robin","members":["stf_1","stf_2"]}`)
		w.there("stf_1")
		id := w.hear("per_1", "acc_web", "v1", "x")
		if got := w.conv(id).AssigneeID; got != "stf_1" {
			t.Fatal(got)
		}
		w.members["stf_1"] = Member{"小鱼", false, true}
		w.due()
		if got := w.conv(id).AssigneeID; got != "" {
			t.Error(got)
		}
		w.there("stf_2")
		w.due()
		if got := w.conv(id).AssigneeID; got != "stf_2" {
			t.Error(got)
		}
	})
}

func TestHours(t *testing.T) {
	night := &Desk{Hours: []Shift{{Days: []int{5}, From: "22:00", To: "02:00"}, {Days: []int{7}, From: "00:00", To: "24:00"}}}
	for at, want := range map[string]bool{"2026-06-12 21:59": false, "2026-06-12 22:00": true, "2026-06-13 01:59": true, "2026-06-13 02:00": false, "2026-06-14 00:00": true, "2026-06-14 23:59": true, "2026-06-15 00:00": false, "2026-06-12 01:00": false} {
		day, err := time.Parse("2006-01-02 15:04", at)
		if err != nil || night.open(day) != want {
			t.Errorf("%s: %v %v", at, !want, err)
		}
	}
}

func TestRules(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		rule := func(body string) (r Rule) {
			w.want(boss, 201, "POST", "/inbox/rules", body, &r)
			return r
		}
		text := func(s string) string { return `"parts":[{"kind":"text","text":"` + s + `"}],"enabled":true` }
		rule(`{"name":"发货","kind":"contains","words":["发货","物流"],"position":1,` + text("48 小时内发出") + `}`)
		rule(`{"name":"单号","kind":"regex","words":["^\\s*[A-Z]{2}[0-9]{6,}$"],"position":2,` + text("正在查") + `}`)
		rule(`{"name":"价目","kind":"exact","words":["价格"],"account_id":"acc_web","position":3,` + text("见官网") + `}`)
		first := rule(`{"name":"欢迎","kind":"first_message","position":4,` + text("欢迎") + `}`)
		rule(`{"name":"下班","kind":"outside_hours","account_id":"acc_oa","position":5,` + text("明早回复") + `}`)
		rule(`{"name":"久等","kind":"no_answer","minutes":5,` + text("请稍候") + `}`)
		answers := func(id string) string {
			w.send()
			w.sender.mu.Lock()
			defer w.sender.mu.Unlock()
			out := strings.Join(w.sender.order, " ")
			w.sender.order = nil
			return out
		}
		say := func(external, what, want string) string {
			t.Helper()
			w.clock.Advance(61 * time.Second)
			account := "acc_web"
			if strings.HasPrefix(external, "o") {
				account = "acc_oa"
			}
			id := w.hear("per_"+external, account, external, what)
			if got := answers(id); got != want {
				t.Errorf("%s: %q, not %q", what, got, want)
			}
			return id
		}
		id := say("v1", "你好", "欢迎")
		say("v1", "在吗", "")
		say("v1", "什么时候发货呀", "48 小时内发出")
		say("v1", "价格", "见官网")
		say("v1", "价格呢", "")
		say("v1", "SF1234567", "正在查")
		say("o1", "价格", "欢迎")
		// Twice within a minute: once.
		w.hear("per_v1", "acc_web", "v1", "物流")
		w.hear("per_v1", "acc_web", "v1", "物流！")
		if got := answers(id); got != "48 小时内发出" {
			t.Error(got)
		}
		if c := w.conv(id); c.WaitingSince == nil || c.LastText == "" {
			t.Error("a machine's answer is none: they still wait")
		}
		// Nobody answers: said once.
		w.clock.Advance(5 * time.Minute)
		w.due()
		w.due()
		if got := answers(id); !strings.Contains(got, "请稍候") || strings.Count(got, "请稍候") != 2 { // both conversations
			t.Error(got)
		}
		// Staff talk: the machine is quiet.
		w.post(id, "key-00001", "我来")
		say("v1", "发货", "我来")
		w.clock.Advance(10 * time.Minute)
		say("v1", "发货", "48 小时内发出")
		// A human is asked for: nothing answers until it is resolved.
		say("v1", "转人工！", "")
		if c := w.conv(id); !c.HandedOver || c.Priority != 2 {
			t.Errorf("%+v", c)
		}
		say("v1", "发货", "")
		w.want(boss, 200, "PATCH", "/inbox/conversations/"+id, `{"status":"resolved"}`, nil)
		say("v1", "发货", "48 小时内发出")
		w.desk("acc_oa", `{"strategy":"off","hours":[{"days":[6],"from":"09:00","to":"10:00"}]}`)
		say("o1", "在吗", "明早回复")
		say("o1", "在吗", "")
		// Old news is not answered.
		w.tell(w.said("per_v9", "acc_web", "v9", "发货", w.clock.Now().Add(-time.Hour)))
		w.catchUp()
		if got := answers(id); got != "" {
			t.Error(got)
		}
		// A rebuild answers nobody again.
		w.must(w.runner.Rebuild(t.Context(), SubscriberName, org))
		if got := answers(id); got != "" {
			t.Error(got)
		}
		if text := w.want(boss, 200, "POST", "/inbox/rules/test", `{"text":"查物流","account_id":"acc_web"}`, nil); !strings.Contains(text, "发货") || !strings.Contains(text, `"human":false`) {
			t.Error(text)
		}
		for _, bad := range []string{`"kind":"contains"`, `"kind":"regex","words":["("]`, `"kind":"regex","words":["(a{1000}){1000}"]`, `"kind":"first_message","words":["x"]`, `"kind":"no_answer"`, `"kind":"exact","words":[" "]`,
			`"kind":"exact","words":["x"],"account_id":"acc_none"`, `"kind":"first_message","parts":[]`, `"kind":"first_message","parts":[{"kind":"link","title":"x","url":"javascript:alert(1)"}]`} {
			body := `{"name":"x","enabled":true,` + bad
			if !strings.Contains(bad, "parts") {
				body += `,"parts":[{"kind":"text","text":"x"}]`
			}
			if code, text := w.do(boss, "POST", "/inbox/rules", body+"}"); code != 422 {
				t.Errorf("%s: %d %s", bad, code, text)
			}
		}
		for _, try := range []struct{ method, path, body string }{{"PUT", "/inbox/rules/" + first.ID, `{"name":"x","kind":"first_message",` + text("x") + `}`}, {"DELETE", "/inbox/rules/" + first.ID, ""}} {
			w.want("org_b owner stf_1", 404, try.method, try.path, try.body, nil)
			w.want(org+" associate stf_1", 403, try.method, try.path, try.body, nil)
			want := 200
			if try.method == "DELETE" {
				want = 204
			}
			w.want(boss, want, try.method, try.path, try.body, nil)
			if try.method == "DELETE" {
				w.want(boss, 404, try.method, try.path, try.body, nil)
			}
		}
	})
}
