package care

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

func TestWordsMakeCases(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.owners["per_1"] = "stf_2"
		in := w.list(`{"name":"辱骂","category":"辱骂","direction":"in"}`, "骗子")
		out := w.list(`{"name":"承诺","direction":"out"}`, "包治", "返利", "!返利网")
		w.said(carrierevent.MessageReceived, "per_1", "你们是骗 子！电话 13812345678")
		w.said(carrierevent.MessageReceived, "per_1", "返利吗") // not in this direction
		w.said(carrierevent.MessageSent, "per_1", "返利网没有，返利有")
		w.said(carrierevent.MessageSent, "per_1", "只说返利网")
		got := w.cases("")
		if len(got) != 2 {
			t.Fatalf("%d cases: %+v", len(got), got)
		}
		sent, said := got[0], got[1]
		if said.Direction != "in" || said.StaffID != "stf_2" || said.StaffName != "阿海" || said.PersonName != "客户 per_1" || said.Status != "open" || len(said.Hits) != 1 ||
			said.Hits[0] != (Hit{Word: "骗子", ListID: in.ID, List: "辱骂", Category: "辱骂", Action: "alert", Start: 3, End: 6}) {
			t.Errorf("what came in: %+v", said)
		}
		if said.Text != "你们是骗 子！电话 13812345678" || said.Hidden {
			t.Errorf("the owner sees %q", said.Text)
		}
		if sent.Direction != "out" || len(sent.Hits) != 1 || sent.Hits[0].Start != 6 || sent.Hits[0].ListID != out.ID {
			t.Errorf("what went out: %+v", sent)
		}
		if got := w.kinds(); got != "word.hit word.hit" {
			t.Errorf("the timeline tells %s", got)
		}
		// Switched off, then changed, the list counts at once.
		w.want(boss, 200, "PATCH", "/care/lists/"+in.ID, `{"enabled":false}`, nil)
		w.said(carrierevent.MessageReceived, "per_1", "骗子")
		w.want(boss, 200, "PATCH", "/care/lists/"+in.ID, `{"enabled":true}`, nil)
		w.want(boss, 200, "POST", "/care/lists/"+in.ID+"/words", `{"remove":[{"word":"骗子"}],"add":[{"word":"Liar"}]}`, nil)
		w.said(carrierevent.MessageReceived, "per_1", "骗子，ＬＩＡＲ")
		if got := w.cases("&list_id=" + in.ID); len(got) != 2 || got[0].Hits[0].Word != "Liar" {
			t.Errorf("after the change: %+v", got)
		}
		// Told again, the same facts make nothing new.
		w.must(d.Write(t.Context(), org, func(tx *db.Tx) error {
			told, err := w.log.Persons(t.Context(), tx, org, timeline.Query{PersonIDs: []string{"per_1"}, Kinds: w.svc.Subscribers()[0].Kinds, Limit: 100})
			if err != nil || len(told) != 6 {
				t.Errorf("%d facts, %v", len(told), err)
			}
			return w.svc.listen(t.Context(), tx, org, told)
		}))
		if n := len(w.cases("")); n != 3 {
			t.Errorf("%d cases after a second telling", n)
		}
		for q, want := range map[string]int{"&q=骗 子": 1, "&direction=out": 1, "&status=closed": 0, "&status=unclosed": 3, "&staff_id=stf_2": 3, "&from=2026-06-15&to=2026-06-15": 3, "&to=2026-06-14": 0, "&q=%25": 0} {
			if got := len(w.cases(strings.ReplaceAll(q, " ", "%20"))); got != want {
				t.Errorf("%s: %d, not %d", q, got, want)
			}
		}
		w.want(boss, 422, "GET", "/care/cases?from=June", "", nil)
		w.want(sales, 403, "GET", "/care/cases", "", nil)
		var csv string
		if csv = w.want(boss, 200, "GET", "/care/cases/export", "", nil); strings.Count(csv, "\n") != 4 {
			t.Errorf("the export: %s", csv)
		}
	})
}

func TestBlocked(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		if v, err := w.svc.Check(t.Context(), org, "加微信"); err != nil || v.Blocked {
			t.Fatalf("without words: %+v %v", v, err)
		}
		w.list(`{"name":"导流","direction":"out","action":"block"}`, "加微信", "vx")
		w.list(`{"name":"提醒","direction":"both"}`, "价格")
		v, err := w.svc.Check(t.Context(), org, "请加 微 信 VX，价格好")
		if err != nil || !v.Blocked || len(v.Hits) != 3 || strings.Join(v.Words(), " ") != "加微信 vx" {
			t.Errorf("checked: %+v %v", v, err)
		}
		if v, err := w.svc.Check(t.Context(), "org_b", "加微信"); err != nil || v.Blocked {
			t.Errorf("another brand's words count: %+v %v", v, err)
		}
		draft := Draft{Key: "msg_1", AccountID: "acc_web", PersonID: "per_1", StaffID: "stf_2", Text: "请加微信"}
		for range 2 {
			if err := w.svc.Clear(t.Context(), org, draft); !errs.Is(err, errs.CodeInvalid) || !strings.Contains(errs.As(err).Text.ZH, "加微信") {
				t.Errorf("sent: %v", err)
			}
		}
		draft.Text = "价格见官网"
		w.must(w.svc.Clear(t.Context(), org, draft))
		got := w.cases("")
		if len(got) != 1 || got[0].Source != "stopped" || got[0].Action != "block" || got[0].StaffID != "stf_2" {
			t.Errorf("cases: %+v", got)
		}
		// Another node notices.
		far := w.service()
		if v, err := far.Check(t.Context(), org, "新词"); err != nil || v.Blocked {
			t.Fatalf("%+v %v", v, err)
		}
		w.list(`{"name":"新","direction":"out","action":"block"}`, "新词")
		w.must(far.Refresh(t.Context()))
		if v, err := far.Check(t.Context(), org, "新词"); err != nil || !v.Blocked {
			t.Errorf("another node does not know the new word: %+v %v", v, err)
		}
		w.want(boss, 422, "POST", "/care/lists", `{"name":"x","direction":"in","action":"block"}`, nil)
		w.want(boss, 422, "POST", "/care/lists", `{"name":"x","direction":"both","action":"complaint"}`, nil)
		w.want(boss, 422, "POST", "/care/lists", `{"name":" "}`, nil)
	})
}

func TestImport(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		l := w.list(`{"name":"大词库"}`)
		var b strings.Builder
		const n = 200_000
		for i := range n {
			fmt.Fprintf(&b, "词%c%c%d\n", rune(0x4e00+i%5000), rune(0x4e00+i/5000), i%7)
		}
		begun := time.Now()
		code, text := w.upload(l.ID, "", "\xef\xbb\xbf敏感词\n# a remark\n"+b.String()+"词一\n词 一\n")
		if code != 200 || !strings.Contains(text, fmt.Sprintf(`"added":%d,"repeated":1`, n+1)) {
			t.Fatalf("import: %d %s", code, text)
		}
		t.Logf("%d words imported and built in %v", n, time.Since(begun))
		if v, err := w.svc.Check(t.Context(), org, "说到词一，"); err != nil || len(v.Hits) != 1 {
			t.Errorf("%+v %v", v, err)
		}
		code, text = w.upload(l.ID, "", "好词\n！！！\n"+strings.Repeat("长", 65)+"\n")
		if code != 422 || !strings.Contains(text, "第 2 行") || !strings.Contains(text, "第 3 行") || strings.Contains(text, "第 1 行") {
			t.Errorf("mistakes: %d %s", code, text)
		}
		code, text = w.upload(l.ID, "?replace=true", "word,exception\n=cmd(),\n赠品,\n赠品活动,例外\n")
		if code != 200 || !strings.Contains(text, `"words":2,"exceptions":1`) {
			t.Errorf("replaced: %d %s", code, text)
		}
		file := w.want(boss, 200, "GET", "/care/lists/"+l.ID+"/export", "", nil)
		if !strings.Contains(file, "'=cmd()") || !strings.Contains(file, "赠品活动,exception") {
			t.Errorf("export: %s", file)
		}
		if code, text = w.upload(l.ID, "?replace=true", file); code != 200 || !strings.Contains(text, `"words":2,"exceptions":1`) {
			t.Errorf("an export comes back: %d %s", code, text)
		}
		var p httpx.Page[Word]
		w.want(boss, 200, "GET", "/care/lists/"+l.ID+"/words?q="+url.QueryEscape("赠 品")+"&limit=1", "", &p)
		if len(p.Items) != 1 || p.NextCursor == "" || p.Items[0].Exception {
			t.Errorf("words: %+v", p)
		}
		w.want(boss, 200, "GET", "/care/lists/"+l.ID+"/words?q="+url.QueryEscape("赠品")+"&limit=1&cursor="+p.NextCursor, "", &p)
		if len(p.Items) != 1 || p.NextCursor != "" || !p.Items[0].Exception {
			t.Errorf("exceptions: %+v", p)
		}
		if code, _ := w.upload(l.ID, "", "\xff\xfe\x00\x01\xc3"); code != 422 {
			t.Errorf("rubbish: %d", code)
		}
		w.want(boss, 204, "DELETE", "/care/lists/"+l.ID, "", nil)
		if v, err := w.svc.Check(t.Context(), org, "赠品"); err != nil || len(v.Hits) != 0 {
			t.Errorf("deleted words count: %+v %v", v, err)
		}
	})
}

func TestCaseSteps(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.list(`{"name":"客户投诉","direction":"in","action":"complaint"}`, "投诉")
		w.said(carrierevent.MessageReceived, "per_1", "我要投诉，身份证11010519491231002X")
		w.tell(w.fact(carrierevent.EmailComplained, "per_2", "email", carrierevent.Bounce{AccountID: "acc_mail", SendID: "snd_1", Reason: "abuse"}))
		w.catchUp()
		all := w.cases("&kind=complaint")
		if len(all) != 2 || all[0].Source != "mail" || all[1].Action != "complaint" || all[1].DueAt == nil || all[1].DueAt.Sub(all[1].OccurredAt) != 24*time.Hour {
			t.Fatalf("complaints: %+v", all)
		}
		if c := all[1]; !c.Hidden || strings.Contains(c.Text, "19491231") {
			t.Errorf("an identity number is shown: %s", c.Text)
		}
		path := "/care/cases/" + all[1].ID
		do := func(as string, status int, version int64, rest string) (c CaseDetails) {
			t.Helper()
			w.want(as, status, "POST", path, fmt.Sprintf(`{"version":%d,%s}`, version, rest), nil)
			w.want(boss, 200, "GET", path, "", &c)
			return c
		}
		do(sales, 403, 1, `"do":"take"`)
		if c := do(oper, 200, 1, `"do":"take"`); c.Status != "taken" || c.HandlerID != "stf_3" || c.HandlerName != "老陈" || c.TakenAt == nil || c.Version != 2 {
			t.Errorf("taken: %+v", c)
		}
		do(boss, 409, 1, `"do":"take"`) // as it was before
		do(boss, 409, 2, `"do":"take"`) // somebody has it
		do(boss, 422, 2, `"do":"hand","handler_id":"stf_9"`)
		do(boss, 200, 2, `"do":"hand","handler_id":"stf_1"`)
		do(boss, 200, 3, `"do":"release"`)
		do(boss, 200, 4, `"do":"note","memo":"电话 13800138000 已打"`)
		do(boss, 422, 5, `"do":"close","outcome":"warned"`) // satisfaction
		w.clock.Advance(25 * time.Hour)
		var counts CaseCounts
		if w.want(boss, 200, "GET", "/care/counts", "", &counts); counts != (CaseCounts{Open: 2, Complaints: 2, Overdue: 2}) {
			t.Errorf("counts: %+v", counts)
		}
		if c := do(boss, 200, 5, `"do":"close","outcome":"warned","memo":"已道歉","satisfaction":"satisfied"`); c.Status != "closed" || c.Outcome != "warned" || c.HandlerID != "stf_1" || c.ClosedAt == nil || len(c.Steps) != 6 || c.Steps[5].Step != "closed" || c.Steps[5].ByName != "小鱼" {
			t.Errorf("closed: %+v", c)
		}
		do(boss, 409, 6, `"do":"close","outcome":"normal","satisfaction":"unknown"`)
		do(boss, 200, 6, `"do":"reopen"`)
		do(boss, 200, 7, `"do":"close","outcome":"normal","satisfaction":"unknown"`)
		var c CaseDetails
		if w.want(boss, 200, "POST", path+"/reveal", "", &c); !strings.Contains(c.Text, "11010519491231002X") || w.audited("care.case.revealed") != 1 {
			t.Errorf("revealed: %s", c.Text)
		}
		if got := w.kinds(); got != "complaint.made complaint.made case.closed case.closed" {
			t.Errorf("the timeline tells %s", got)
		}
		w.want(oper, 201, "POST", "/care/complaints", `{"person_id":"per_3","staff_id":"stf_2","text":"态度差","due_hours":2}`, &c)
		if c.Source != "staff" || c.DueAt.Sub(c.CreatedAt) != 2*time.Hour || c.StaffName != "阿海" || c.Steps[0].ByName != "老陈" {
			t.Errorf("entered: %+v", c)
		}
		w.want(oper, 422, "POST", "/care/complaints", `{"staff_id":"stf_9","text":"x"}`, nil)
		var staff httpx.List[StaffCases]
		w.want(boss, 200, "GET", "/care/cases/staff", "", &staff)
		if len(staff.Items) != 3 || staff.Items[0].Cases != 2 || staff.Items[1].Complaints != 1 || staff.Items[2].Handled != 1 {
			t.Errorf("per staff: %+v", staff.Items)
		}
		for _, try := range []struct{ method, path, body string }{{"GET", path, ""}, {"POST", path, `{"version":8,"do":"reopen"}`}, {"POST", path + "/reveal", ""}} {
			w.want(other, 404, try.method, try.path, try.body, nil)
		}
	})
}
