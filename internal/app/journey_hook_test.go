package app

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"fishpond/internal/journey"
	"fishpond/internal/journey/hook"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// A webhook step tells another system what was chosen, signed, and the person goes
// on when it has answered; the secret is never given out again.
func TestJourneyCallsOut(t *testing.T) {
	var mu sync.Mutex
	var header http.Header
	var body []byte
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		header = r.Header
		body, _ = io.ReadAll(r.Body)
	}))
	defer other.Close()
	h := newHouseWith(t, db.SQLite, ServeConfig{WebhookInside: []string{strings.TrimPrefix(other.URL, "http://")}})
	b := h.brand(t, "Ours")
	var p, v struct{ ID string }
	b.must(t, 201, "POST", "/persons", `{"name":"Ann","region":"浙江","identities":[{"kind":"email","value":"ann@x.example"}]}`, &p)
	b.must(t, 201, "POST", "/journeys", `{"name":"Tell"}`, &v)
	spec := func(url string) string {
		return `{"entry":{"kind":"manual"},"frequency":{"kind":"once"},"purpose":"service","graph":{"steps":[
			{"id":"tell","kind":"webhook","name":"Tell","webhook":{"url":"` + url + `","secret":"s3cret-of-ours","fields":["name"]},"next":"out"},{"id":"out","kind":"exit"}]}}`
	}
	var full journey.Full
	b.must(t, 200, "PUT", "/journeys/"+v.ID+"/draft", `{"name":"Tell","revision":1,"spec":`+spec("https://169.254.169.254/latest")+`}`, &full)
	if len(full.ProblemsOf) != 1 || full.ProblemsOf[0].Step != "tell" {
		t.Errorf("an address inside: %+v", full.ProblemsOf)
	}
	var raw json.RawMessage
	b.must(t, 200, "PUT", "/journeys/"+v.ID+"/draft", `{"name":"Tell","revision":2,"spec":`+spec(other.URL+"/in")+`}`, &raw)
	if s := string(raw); strings.Contains(s, "s3cret") || strings.Contains(s, "fp1.") || !strings.Contains(s, `"has_secret":true`) {
		t.Errorf("the secret is told: %s", s)
	}
	b.must(t, 200, "POST", "/journeys/"+v.ID+"/publish", `{"revision":3}`, nil)
	b.must(t, 200, "POST", "/journeys/"+v.ID+"/enter", `{"person_ids":["`+p.ID+`"]}`, nil)
	testkit.Must(t, h.Journeys.TickOrg(t.Context(), b.id))
	if n, err := h.calls.Once(t.Context()); err != nil || n != 1 {
		t.Fatalf("%d calls, %v", n, err)
	}
	testkit.Must(t, h.Journeys.TickOrg(t.Context(), b.id))
	var runs struct{ Items []journey.Run }
	b.must(t, 200, "GET", "/journeys/"+v.ID+"/runs", "", &runs)
	if len(runs.Items) != 1 || runs.Items[0].Status != journey.Done {
		t.Fatalf("%+v", runs)
	}
	if !hook.Verify("s3cret-of-ours", header, body, time.Now()) || header.Get(hook.HeaderKey) != runs.Items[0].ID+":1" {
		t.Errorf("%v", header)
	}
	var got hook.Message
	testkit.Must(t, json.Unmarshal(body, &got))
	if len(got.Person) != 2 || got.Person["id"] != p.ID || got.Person["name"] != "Ann" || got.Journey.Name != "Tell" || got.Step.ID != "tell" {
		t.Errorf("%s", body)
	}
	b.must(t, 422, "GET", "/journeys/"+v.ID+"/report?from=yesterday", "", nil)
}
