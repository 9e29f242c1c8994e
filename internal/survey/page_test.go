package survey

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

func TestAnsweredStepByStep(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		v := w.published(feeding())
		b := w.browser()
		code, page := b.get(v.URL)
		if code != 200 {
			t.Fatal(code, page)
		}
		contains(t, page, "鱼塘母婴", "我们想知道宝宝怎么喂", "开始", "不想再收到问卷", `lang="zh-CN"`)
		if strings.Contains(page, "<script") || strings.Contains(page, "per_") {
			t.Error("a page without script and without anybody's id")
		}
		_, page = b.send(v.URL, "do=start")
		contains(t, page, "怎么喂？", `value="a"`, "下一步")
		code, page = b.send(v.URL, "do=next", "p=0")
		if code != 422 {
			t.Error(code)
		}
		contains(t, page, "这道题需要回答", `role="alert"`, "请改正 · ")
		_, page = b.send(v.URL, "do=next", "p=0", "a.q1=b")
		contains(t, page, "奶粉有什么烦恼？", "请选 1–2 项", "上一步")
		code, page = b.send(v.URL, "do=next", "p=1", "a.q2=a", "a.q2=b", "a.q2=c")
		if code != 422 || strings.Count(page, `" checked>`) != 3 {
			t.Error("too many, still ticked:", code, page)
		}
		_, page = b.send(v.URL, "do=back", "p=1")
		contains(t, page, `value="b" checked`)
		_, page = b.send(v.URL, "do=next", "p=0", "a.q1=b")
		_, page = b.send(v.URL, "do=next", "p=1", "a.q2=a", "a.q2=c")
		contains(t, page, "推荐吗？", "还有吗？")
		// Who comes back goes on where they were, with what they had answered.
		if _, page = b.get(v.URL); !strings.Contains(page, "推荐吗？") {
			t.Error(page)
		}
		if _, page = b.get(v.URL + "?p=1"); !strings.Contains(page, `value="c" checked`) {
			t.Error(page)
		}
		if _, page = b.get(v.URL + "?p=3"); !strings.Contains(page, "推荐吗？") {
			t.Error("past what must be answered:", page)
		}
		_, page = b.send(v.URL, "do=next", "p=2", "a.q3=9", "a.q4=<b>好</b>")
		contains(t, page, "手机号", "我同意", "提交")
		code, page = b.send(v.URL, "do=next", "p=3", "a.q5=13800138000")
		if code != 422 {
			t.Error(code)
		}
		contains(t, page, "请先阅读并勾选同意", `value="13800138000"`)
		_, page = b.send(v.URL, "do=next", "p=3", "a.q5=13800138000", "c.q5=yes")
		contains(t, page, "谢谢奶粉家庭")
		_, page = b.send(v.URL, "do=next", "p=3", "a.q5=13900139000", "c.q5=yes") // again, and other
		contains(t, page, "谢谢奶粉家庭")
		_, page = b.get(v.URL)
		contains(t, page, "谢谢奶粉家庭", "你已经填过")

		if got := w.events(); !slices.Equal(got, []string{"survey.started", "survey.answered per_8000"}) {
			t.Error(got)
		}
		if len(w.learned) != 1 || !slices.Equal(w.learned[0].Alone, []string{"tag_2"}) || !slices.Equal(w.learned[0].Add, []string{"tag_3"}) ||
			!slices.Equal(w.learned[0].Append[PainPointsTrait], []string{"胀气", "便秘"}) || w.learned[0].Set["months"] != 9.0 || w.learned[0].Set[RemarkTrait] != "奶粉妈妈" {
			t.Errorf("%+v", w.learned)
		}
		if !slices.Equal(w.remarks, []string{"per_8000=奶粉妈妈"}) || len(w.consents) != 1 || !strings.HasPrefix(w.consents[0], "profiling survey-") {
			t.Error(w.remarks, w.consents)
		}
		var list struct{ Items []ResponseView }
		w.want(200, "GET", "/surveys/"+v.ID+"/responses", "", &list)
		if len(list.Items) != 1 || list.Items[0].PersonID != "per_8000" || list.Items[0].Answers[3].Text != "<b>好</b>" || len(list.Items[0].Effects.TagsAdded) != 1 {
			t.Errorf("%+v", list.Items)
		}
		if got := list.Items[0].Answers[4].Text; got != "+86138****8000" && got != "+86138"+"****"+"8000" {
			t.Errorf("a phone as seen by who may not: %s", got)
		}
	})
}

// What was answered before an answer changed the way counts for nothing.
func TestHiddenAnswersAreDropped(t *testing.T) {
	w := newWorld(t, testkit.Open(t, db.SQLite, schema))
	v := w.published(feeding())
	b := w.browser()
	b.send(v.URL, "do=start")
	b.send(v.URL, "do=next", "p=0", "a.q1=b")
	b.send(v.URL, "do=next", "p=1", "a.q2=a")
	b.send(v.URL, "do=back", "p=2", "a.q3=5")
	b.send(v.URL, "do=back", "p=1", "a.q2=a")
	b.send(v.URL, "do=next", "p=0", "a.q1=a")
	b.send(v.URL, "do=next", "p=2", "a.q3=5")
	_, page := b.send(v.URL, "do=next", "p=3")
	contains(t, page, "我们会改")
	var list struct{ Items []ResponseView }
	w.want(200, "GET", "/surveys/"+v.ID+"/responses", "", &list)
	if len(list.Items) != 1 || len(list.Items[0].Answers) != 2 || list.Items[0].PersonID != "" || len(w.learned) != 0 {
		t.Errorf("%+v %+v", list.Items, w.learned)
	}
}

func TestPersonalAddress(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		spec := feeding()
		spec.Open = "off"
		v := w.published(spec)
		var links struct{ Items []PersonalLink }
		w.want(200, "POST", "/surveys/"+v.ID+"/links", `{"person_ids":["per_1","per_2"]}`, &links)
		mine := links.Items[0].URL
		if code, _ := w.browser().get(v.URL); code != 403 {
			t.Error("the open address is closed:", code)
		}
		if code, _ := w.browser().get(strings.Replace(mine, "per_1", "per_2", 1)); code != 404 {
			t.Error("somebody else's signature:", code)
		}
		phone, desk := w.browser(), w.browser()
		phone.send(mine, "do=start")
		phone.send(mine, "do=next", "p=0", "a.q1=a")
		_, page := desk.get(mine) // the same person elsewhere goes on
		contains(t, page, "推荐吗？")
		desk.send(mine, "do=next", "p=2", "a.q3=10")
		_, page = desk.send(mine, "do=next", "p=3")
		contains(t, page, "谢谢母乳家庭")
		_, page = phone.get(mine)
		contains(t, page, "你已经填过")

		// per_2 turns out to be per_1: both have only one answer.
		w.members["per_1"] = []string{"per_1", "per_2"}
		delete(w.members, "per_2")
		_, page = w.browser().get(links.Items[1].URL)
		contains(t, page, "你已经填过")
		if got := w.events(); !slices.Equal(got, []string{"survey.started per_1", "survey.answered per_1"}) {
			t.Error(got)
		}

		// Deleting the response takes back what followed; they may answer again.
		var list struct{ Items []ResponseView }
		w.want(200, "GET", "/surveys/"+v.ID+"/responses", "", &list)
		w.want(204, "DELETE", "/surveys/"+v.ID+"/responses/"+list.Items[0].ID, "", nil)
		if len(w.unlearn) != 1 || w.unlearn[0].TagsAdded[0].ID != "tag_3" {
			t.Errorf("%+v", w.unlearn)
		}
		_, page = phone.get(mine)
		contains(t, page, "开始")
	})
}

// Two who finish the same response at once finish it once.
func TestTwiceAtOnceIsOnce(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		v := w.published(Spec{Title: "T", Intro: "I", Open: "nameless", Questions: []Question{{ID: "q1", Type: Text, Title: "T"}}})
		b := w.browser()
		b.get(v.URL)
		b.send(v.URL, "do=start")
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if code, page := b.send(v.URL, "do=next", "p=0", "a.q1=x"); code != 200 {
					t.Error(code, page)
				}
			})
		}
		all.Wait()
		if got := w.events(); !slices.Equal(got, []string{"survey.started", "survey.answered"}) {
			t.Error(got)
		}
	})
}

func TestSayingNo(t *testing.T) {
	w := newWorld(t, testkit.Open(t, db.SQLite, schema))
	v := w.published(feeding())
	var links struct{ Items []PersonalLink }
	w.want(200, "POST", "/surveys/"+v.ID+"/links", `{"person_ids":["per_1"]}`, &links)
	b := w.browser()
	_, page := b.send(links.Items[0].URL, "do=decline")
	contains(t, page, "不再打扰", "我还是想填")
	b.send(links.Items[0].URL, "do=decline")
	_, page = b.send(links.Items[0].URL, "do=accept")
	contains(t, page, "怎么喂？")
	if !slices.Equal(w.consents, []string{"per_1 survey no", "per_1 survey no", "per_1 survey yes"}) {
		t.Error(w.consents)
	}
	if got := w.events(); !slices.Equal(got, []string{"survey.declined per_1"}) {
		t.Error(got)
	}
	_, page = w.browser().send(v.URL, "do=decline")
	contains(t, page, "不再打扰")
}

// A new version does not disturb who is in the middle of the old one.
func TestVersions(t *testing.T) {
	w := newWorld(t, testkit.Open(t, db.SQLite, schema))
	v := w.published(feeding())
	b := w.browser()
	b.send(v.URL, "do=start")
	b.send(v.URL, "do=next", "p=0", "a.q1=a")
	w.want(200, "PATCH", "/surveys/"+v.ID, `{"revision":1,"spec":{"title":"新","intro":"新","color":"","open":"nameless","repeat":false,"endings":[],"questions":[{"id":"q1","type":"text","title":"新的第一题"}]}}`, &v)
	if !v.Changed || v.Version != 1 {
		t.Errorf("%+v", v.SurveyBrief)
	}
	w.want(409, "POST", "/surveys/"+v.ID+"/publish", `{"revision":1}`, nil)
	w.want(200, "POST", "/surveys/"+v.ID+"/publish", `{"revision":2}`, &v)
	if v.Version != 2 || v.Changed {
		t.Errorf("%+v", v.SurveyBrief)
	}
	_, page := b.get(v.URL)
	contains(t, page, "推荐吗？")
	_, page = w.browser().send(v.URL, "do=start")
	contains(t, page, "新的第一题")
	b.send(v.URL, "do=next", "p=2", "a.q3=10")
	b.send(v.URL, "do=next", "p=3")
	var r Results
	w.want(200, "GET", "/surveys/"+v.ID+"/results", "", &r)
	if r.Answered != 1 || r.Started != 2 || r.Results[0].Title != "新的第一题" || !r.Results[2].Gone || r.Results[2].NPS == nil || r.Results[2].NPS.Score != 100 {
		t.Errorf("%+v", r)
	}

	w.want(200, "POST", "/surveys/"+v.ID+"/end", "", nil)
	if code, page := w.browser().get(v.URL); code != 410 || !strings.Contains(page, "已经结束") {
		t.Error(code, page)
	}
	if code, _ := w.browser().send(v.URL, "do=start"); code != 410 {
		t.Error(code)
	}
	w.want(200, "POST", "/surveys/"+v.ID+"/reopen", "", nil)
	w.want(204, "DELETE", "/surveys/"+v.ID, "", nil)
	if code, _ := w.browser().get(v.URL); code != 404 {
		t.Error(code)
	}
	w.want(404, "GET", "/surveys/"+v.ID, "", nil)
	w.want(200, "POST", "/surveys/"+v.ID+"/restore", "", nil)
	if code, _ := w.browser().get(v.URL); code != 200 {
		t.Error(code)
	}
}

// One phone, one browser, one answer; who may repeat repeats.
func TestOnce(t *testing.T) {
	w := newWorld(t, testkit.Open(t, db.SQLite, schema))
	spec := Spec{Title: "T", Intro: "I", Open: "phone", Questions: []Question{{ID: "q1", Type: Phone, Title: "P", Required: true, Consent: "C"}}}
	v := w.published(spec)
	for range 2 {
		_, page := w.browser().send(v.URL, "do=start")
		contains(t, page, "P")
		b := w.browser()
		b.send(v.URL, "do=start")
		_, page = b.send(v.URL, "do=next", "p=0", "a.q1=13800138000", "c.q1=yes")
		contains(t, page, "已经收到", "只计第一次") // the same for both
	}
	if done, repeated := w.count("SELECT count(*) FROM survey_response WHERE org_id = ? AND status = 'done'"), w.count("SELECT count(*) FROM survey_response WHERE org_id = ? AND status = 'repeated'"); done != 1 || repeated != 1 {
		t.Error(done, repeated)
	}
	spec.Repeat = true
	v = w.published(spec)
	b := w.browser()
	for range 2 {
		b.send(v.URL, "do=start")
		b.send(v.URL, "do=next", "p=0", "a.q1=13800138000", "c.q1=yes")
	}
	if done := w.count("SELECT count(*) FROM survey_response WHERE org_id = ? AND status = 'done'"); done != 3 {
		t.Error(done)
	}
}

// A browser without cookies answers too: the page carries what it needs.
func TestWithoutCookies(t *testing.T) {
	w := newWorld(t, testkit.Open(t, db.SQLite, schema))
	v := w.published(feeding())
	b := w.browser()
	b.client.Jar = nil
	_, page := b.get(v.URL)
	me := "b=" + hidden.FindStringSubmatch(page)[1]
	_, page = b.send(v.URL, "do=start", me)
	contains(t, page, "怎么喂？", me[2:])
	_, page = b.send(v.URL, "do=next", "p=0", "a.q1=a", me)
	contains(t, page, "推荐吗？")
	b.send(v.URL, "do=next", "p=2", "a.q3=10", me)
	_, page = b.send(v.URL, "do=next", "p=3", me)
	contains(t, page, "谢谢母乳家庭")
}

func TestHostile(t *testing.T) {
	w := newWorld(t, testkit.Open(t, db.SQLite, schema))
	spec := feeding()
	spec.Title, spec.Color = `<script>alert(1)</script>`, "#ffee00"
	v := w.published(spec)
	b := w.browser()
	b.lang = "en"
	_, page := b.get(v.URL)
	contains(t, page, "&lt;script&gt;", "Begin", `lang="en"`, "--c:#ffee00", "--on:#000")
	post := func(kind, body string, headers ...string) (int, string) {
		req, err := http.NewRequest("POST", v.URL, strings.NewReader(body))
		w.must(err)
		req.Header.Set("Content-Type", kind)
		for i := 0; i+1 < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		return b.do(req)
	}
	const form = "application/x-www-form-urlencoded"
	for _, try := range []struct {
		status     int
		kind, body string
		headers    []string
		says       string
	}{
		{413, form, "a.q4=" + strings.Repeat("x", 5<<20), nil, "too large"},
		{415, "application/json", `{"do":"start"}`, nil, "cannot be read"},
		{415, "multipart/form-data; boundary=x", "--x--", nil, "cannot be read"},
		{400, form, "do=%zz", nil, "cannot be read"},
		{403, form, "do=start", []string{"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"}, "another site"},
		{200, form, "do=nonsense&p=999999999999999999999", nil, "怎么喂"},
		{200, form, "do=next&p=2&a.q3=10", nil, "怎么喂"}, // a page that is not open yet
		{422, form, "do=next&p=0&a.q1=zz&a.q1=%00", nil, "needs an answer"},
	} {
		if code, text := post(try.kind, try.body, try.headers...); code != try.status || !strings.Contains(text, try.says) {
			t.Errorf("%.40s: %d, not %d: %.300s", try.body, code, try.status, text)
		}
	}
	for _, path := range []string{"/s/", "/s/x", "/s/aaaaaaaaaaaaaaaa", "/s/" + strings.Repeat("a", 5000), v.URL[len(w.server.URL):] + ".per_1.x", v.URL[len(w.server.URL):] + "."} {
		if code, text := b.get(w.server.URL + path); code != 404 || !strings.Contains(text, "does not exist") {
			t.Errorf("%.60s: %d %.200s", path, code, text)
		}
	}
	for i := range sendsIn10Min + 1 {
		code, text := post(form, "do=start")
		if code == 429 {
			contains(t, text, "Too many")
			return
		}
		if i == sendsIn10Min {
			t.Error("never too often")
		}
	}
}
