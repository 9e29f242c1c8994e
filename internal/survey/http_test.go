package survey

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

func TestPublishSaysWhatLacks(t *testing.T) {
	w := newWorld(t, testkit.Open(t, db.SQLite, schema))
	bad := Spec{Title: "", Intro: "I", Open: "phone", Questions: []Question{
		{ID: "q1", Type: Single, Title: "", Options: []Option{{"a", "x"}, {"b", "x"}}, ShowIf: &Logic{Conditions: []Condition{{Question: "q2", Op: "answered"}}}},
		{ID: "q2", Type: Text, Title: "{{q3}} {{zz}}", Rules: []Rule{{Do: AddTag, TagID: "tag_9"}, {Do: GroupTag, TagID: "tag_3"}, {Do: SetTrait, Trait: "months"}, {Do: SetTrait, Trait: "none"}}},
		{ID: "q3", Type: Multiple, Title: "T", Min: 3, Max: 2, Options: []Option{{"a", "x"}}, ShowIf: &Logic{Conditions: []Condition{{Question: "q2", Op: "at_least"}, {Question: "q1", Op: "any_of", Options: []string{"zz"}}}}},
		{ID: "q4", Type: Scale, Title: "T", From: 1, To: 2, Rules: []Rule{{Do: PainPoint}}},
		{ID: "q5", Type: Phone, Title: "T"},
		{ID: "q5", Type: Date, Title: "T"},
	}, Endings: []Ending{{ID: "e", Title: "", URL: "javascript:alert(1)"}}}
	body, err := json.Marshal(SurveyInput{Name: "x", Spec: &bad})
	w.must(err)
	var v Survey
	w.want(201, "POST", "/surveys", string(body), &v) // a draft may be anything
	text := w.want(422, "POST", "/surveys/"+v.ID+"/publish", `{"revision":1}`, nil)
	for _, at := range []string{"title", "open", "questions[0].title", "questions[0].options[1].text", "questions[0].show_if.conditions[0].question", "questions[1].title", "questions[1].rules[0].tag_id",
		"questions[1].rules[1].tag_id", "questions[1].rules[2].trait", "questions[1].rules[3].trait", "questions[2].options", "questions[2].min", "questions[2].max", "questions[2].show_if.conditions[0].op",
		"questions[2].show_if.conditions[1].options", "questions[3].to", "questions[3].rules[0].value", "questions[4].consent", "questions[5].id", "endings[0].title", "endings[0].url", "endings[0].button"} {
		if !strings.Contains(text, `"location":"body.spec.`+at+`"`) {
			t.Errorf("nothing is said of %s", at)
		}
	}
	if len(v.Problems) < 20 || !strings.Contains(text, "Two questions have this id") {
		t.Error(len(v.Problems), text)
	}
	if code, _ := w.browser().get(v.URL); code != 404 {
		t.Error("a draft is seen by nobody:", code)
	}
	w.want(409, "PATCH", "/surveys/"+v.ID, `{"revision":7,"name":"y"}`, nil)
	w.want(422, "POST", "/surveys", `{"name":" "}`, nil)
	w.want(409, "POST", "/surveys/"+v.ID+"/end", "", nil)
}

func TestSampleCanBePublished(t *testing.T) {
	w := newWorld(t, testkit.Open(t, db.SQLite, schema))
	var v Survey
	w.want(201, "POST", "/surveys", `{"sample":true}`, &v)
	if len(v.Problems) != 0 || v.Name != "How is it going?" {
		t.Errorf("%+v", v)
	}
	w.want(200, "POST", "/surveys/"+v.ID+"/publish", `{"revision":1}`, &v)
	if w.traits[PainPointsTrait].Type != "list" {
		t.Error("pain points have no trait")
	}
	var c Survey
	w.want(201, "POST", "/surveys/"+v.ID+"/duplicate", "", &c)
	if c.Status != Draft || c.URL == v.URL || len(c.Spec.Questions) != 3 || c.Name != "How is it going? (copy)" {
		t.Errorf("%+v", c)
	}
	var list struct {
		Items []SurveyBrief
		Total int64
	}
	w.want(200, "GET", "/surveys?q=COPY&status=draft", "", &list)
	if list.Total != 1 || list.Items[0].ID != c.ID {
		t.Errorf("%+v", list)
	}
	if text := w.want(200, "GET", "/surveys/"+v.ID+"/qr?format=svg", "", nil); text != "svg "+v.URL {
		t.Error(text)
	}
}

func TestResponsesAndExport(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		v := w.published(feeding())
		for i := range 25 {
			b := w.browser()
			b.send(v.URL, "do=start")
			b.send(v.URL, "do=next", "p=0", "a.q1="+[]string{"a", "b"}[i%2])
			b.send(v.URL, "do=next", "p=1", "a.q2=a")
			b.send(v.URL, "do=next", "p=2", "a.q3="+itoa(i%11), "a.q4==cmd()")
			b.send(v.URL, "do=next", "p=3")
		}
		seen := map[string]bool{}
		for cursor := ""; ; {
			var page struct {
				Items      []ResponseView
				NextCursor string `json:"next_cursor"`
			}
			w.want(200, "GET", "/surveys/"+v.ID+"/responses?limit=10&question=q1&option=b&cursor="+cursor, "", &page)
			for _, r := range page.Items {
				if seen[r.ID] || r.Answers[0].Text != "奶粉" {
					t.Errorf("%+v", r)
				}
				seen[r.ID] = true
			}
			if cursor = page.NextCursor; cursor == "" {
				break
			}
		}
		if len(seen) != 12 {
			t.Error(len(seen))
		}
		var r Results
		w.want(200, "GET", "/surveys/"+v.ID+"/results", "", &r)
		if q := r.Results[0]; q.Answered != 25 || q.Options[0].Count != 13 || q.Options[1].Count != 12 {
			t.Errorf("%+v", q)
		}
		// 0–10 twice and 0, 1, 2 once more: 4 promoters, 17 detractors of 25.
		if q := r.Results[2]; q.NPS.Promoters != 4 || q.NPS.Detractors != 17 || q.NPS.Score != -52 || *q.Mean != 4.52 {
			t.Errorf("%+v %v", q.NPS, *q.Mean)
		}
		text := w.want(200, "GET", "/surveys/"+v.ID+"/export", "", nil)
		if n := strings.Count(text, "\n"); n != 26 || strings.Contains(text, ",=cmd") {
			t.Error(n, text[:300])
		}
		file, err := excelize.OpenReader(bytes.NewReader([]byte(w.want(200, "GET", "/surveys/"+v.ID+"/export?format=xlsx", "", nil))))
		w.must(err)
		rows, err := file.GetRows(file.GetSheetName(0))
		w.must(err)
		if len(rows) != 26 || rows[0][1] != "Person" {
			t.Error(len(rows), rows[0])
		}
		if !slices.ContainsFunc(w.audits, func(a string) bool { return strings.HasPrefix(a, "survey.exported") }) {
			t.Error(w.audits)
		}
	})
}

func TestWhoMayWhat(t *testing.T) {
	w := newWorld(t, testkit.Open(t, db.SQLite, schema))
	v := w.published(feeding())
	var links struct{ Items []PersonalLink }
	w.want(200, "POST", "/surveys/"+v.ID+"/links", `{"person_ids":["per_1","per_2"]}`, &links)
	for _, l := range links.Items {
		b := w.browser()
		b.send(l.URL, "do=start")
		b.send(l.URL, "do=next", "p=0", "a.q1=a")
		b.send(l.URL, "do=next", "p=2", "a.q3=1")
		b.send(l.URL, "do=next", "p=3")
	}
	at := "/surveys/" + v.ID
	for _, try := range []struct {
		as, method, path, body string
		status                 int
	}{
		{"org_a viewer", "GET", at, "", 200},
		{"org_a viewer", "POST", at + "/links", `{"person_ids":["per_1"]}`, 403},
		{"org_a associate", "POST", at + "/links", `{"person_ids":["per_1"]}`, 200},
		{"org_a associate", "POST", at + "/links", `{"person_ids":["per_1","per_2"]}`, 404},
		{"org_a associate", "PATCH", at, `{"revision":1,"name":"x"}`, 403},
		{"org_a associate", "GET", at + "/export", "", 403},
		{"org_a finance", "POST", at + "/publish", `{"revision":1}`, 403},
		{"org_a operator", "POST", at + "/duplicate", "", 201},
		{"org_b owner", "GET", at, "", 404},
		{"org_b owner", "DELETE", at, "", 404},
		{"org_b owner", "GET", at + "/responses", "", 404},
		{"org_b owner", "GET", at + "/results", "", 404},
		{"org_b owner", "GET", at + "/export", "", 404},
		{"org_b owner", "GET", at + "/qr", "", 404},
		{"org_b owner", "POST", at + "/links", `{"person_ids":["per_1"]}`, 404},
	} {
		if code, text := w.do(try.as, try.method, try.path, try.body); code != try.status {
			t.Errorf("%s %s %s: %d, not %d: %s", try.as, try.method, try.path, code, try.status, text)
		}
	}
	_, text := w.do("org_a associate", "GET", at+"/responses", "")
	var list struct{ Items []ResponseView }
	w.must(json.Unmarshal([]byte(text), &list))
	if len(list.Items) != 1 || list.Items[0].PersonID != "per_1" {
		t.Errorf("an associate sees %+v", list.Items)
	}
}
