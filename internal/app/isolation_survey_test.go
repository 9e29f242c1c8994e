package app

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// furnishSurveys puts a survey with an answer into the brand.
func (b *brand) furnishSurveys(t *testing.T) {
	t.Helper()
	var made struct {
		ID, URL  string
		Revision int64
	}
	b.must(t, 201, "POST", "/surveys", `{"name":"Feeding","spec":{"title":"Feeding","intro":"We ask","color":"","open":"nameless","repeat":false,"endings":[],
		"questions":[{"id":"q1","type":"text","title":"How?"}]}}`, &made)
	b.ids["survey"] = made.ID
	b.must(t, 200, "POST", "/surveys/"+made.ID+"/publish", `{"revision":1}`, nil)
	answerSurvey(t, made.URL, url.Values{"do": {"start"}}, url.Values{"do": {"next"}, "p": {"0"}, "a.q1": {"well"}})
	var list struct{ Items []struct{ ID string } }
	b.must(t, 200, "GET", "/surveys/"+made.ID+"/responses", "", &list)
	b.ids["response"] = list.Items[0].ID
}

// answerSurvey sends pages of a survey one after the other, as a browser of
// its own that keeps cookies.
func answerSurvey(t *testing.T, address string, pages ...url.Values) (last *http.Response) {
	t.Helper()
	c := http.Client{Jar: newJar(t)}
	get, err := c.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	get.Body.Close()
	for _, form := range pages {
		resp, err := c.Post(address, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 200 {
			t.Fatalf("%v: %s", form, resp.Status)
		}
		last = resp
	}
	return last
}

// foreignSurveys is foreign for surveys and their answers.
var foreignSurveys = map[string][]struct{ path, body string }{
	"get-survey":             {{"/surveys/{survey}", ""}},
	"update-survey":          {{"/surveys/{survey}", `{"name":"x","revision":1}`}},
	"delete-survey":          {{"/surveys/{survey}", ""}},
	"publish-survey":         {{"/surveys/{survey}/publish", `{"revision":1}`}},
	"end-survey":             {{"/surveys/{survey}/end", ""}},
	"reopen-survey":          {{"/surveys/{survey}/reopen", ""}},
	"restore-survey":         {{"/surveys/{survey}/restore", ""}},
	"duplicate-survey":       {{"/surveys/{survey}/duplicate", ""}},
	"make-survey-links":      {{"/surveys/{survey}/links", `{"person_ids":["{our:person}"]}`}, {"/surveys/{our:survey}/links", `{"person_ids":["{person}"]}`}},
	"get-survey-qr":          {{"/surveys/{survey}/qr", ""}},
	"get-survey-results":     {{"/surveys/{survey}/results", ""}},
	"list-survey-responses":  {{"/surveys/{survey}/responses", ""}},
	"get-survey-response":    {{"/surveys/{survey}/responses/{response}", ""}, {"/surveys/{our:survey}/responses/{response}", ""}},
	"delete-survey-response": {{"/surveys/{survey}/responses/{response}", ""}, {"/surveys/{our:survey}/responses/{response}", ""}},
	"export-survey":          {{"/surveys/{survey}/export", ""}},
}
