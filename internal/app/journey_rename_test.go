package app

import (
	"context"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/testkit"
)

// What a published branch asks for may be renamed while people are inside: it means
// what it meant, and whoever edits the journey reads today's names. What is deleted
// is said by name, or cannot be deleted.
func TestJourneyConditionsSurviveRenaming(t *testing.T) {
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			h := newHouseWith(t, e, ServeConfig{})
			b := h.brand(t, "Ours")
			var label, p, seg, v struct{ ID string }
			b.must(t, 201, "POST", "/tags", `{"name":"vip","group":"value"}`, &label)
			b.must(t, 201, "POST", "/traits", `{"key":"skin","label":"Skin","type":"text"}`, nil)
			b.must(t, 201, "POST", "/persons", `{"name":"Ann","region":"Bern","traits":{"skin":"dry"},"identities":[{"kind":"email","value":"ann@x.example"}]}`, &p)
			b.must(t, 204, "POST", "/persons/tags", `{"person_ids":["`+p.ID+`"],"add":["`+label.ID+`"]}`, nil)
			b.must(t, 201, "POST", "/segments", `{"name":"Bernese","text":"region = Bern"}`, &seg)
			when := `tag:value/vip and segment:Bernese and Skin = dry`
			spec := `{"entry":{"kind":"manual"},"frequency":{"kind":"once"},"purpose":"service","graph":{"steps":[
				{"id":"wait","kind":"wait_event","event":"page.viewed","seconds":3600,"ways":[{"next":"is"}],"next":"out"},
				{"id":"is","kind":"branch","ways":[{"name":"yes","when":"` + when + `","next":"again"}],"next":"out"},
				{"id":"again","kind":"wait_event","event":"page.viewed","seconds":3600,"ways":[{"next":"still"}],"next":"out"},
				{"id":"still","kind":"branch","ways":[{"name":"yes","when":"` + when + `","next":"good"}],"next":"out"},
				{"id":"good","kind":"exit"},{"id":"out","kind":"exit"}]}}`
			b.must(t, 201, "POST", "/journeys", `{"name":"J","spec":`+spec+`}`, &v)
			path := "/journeys/" + v.ID
			b.must(t, 200, "POST", path+"/publish", `{"revision":1}`, nil)
			b.must(t, 200, "POST", path+"/enter", `{"person_ids":["`+p.ID+`"]}`, nil)

			var runs struct {
				Items []struct{ Status, Step, Wait string }
			}
			settle := func(want string) {
				t.Helper()
				ctx := context.Background()
				for range 500 {
					testkit.Must(t, h.Runner.CatchUp(ctx, b.id))
					testkit.Must(t, h.Live.CatchUp(ctx, b.id))
					testkit.Must(t, h.Journeys.TickOrg(ctx, b.id))
					b.must(t, 200, "GET", path+"/runs", "", &runs)
					if got := runs.Items[0].Status + " " + runs.Items[0].Step + " " + runs.Items[0].Wait; got == want {
						return
					}
					time.Sleep(10 * time.Millisecond) // conditions are asked again a moment later
				}
				t.Fatalf("%+v, want %s", runs, want)
			}
			see := func() {
				t.Helper()
				b.must(t, 200, "POST", "/events/batch", `{"events":[{"kind":"page.viewed","person_id":"`+p.ID+`","data":{}}]}`, nil)
			}
			type full struct {
				Draft, Published struct {
					Graph struct {
						Steps []struct{ Ways []struct{ When string } }
					}
				}
				Revision   int64
				Broken     int64
				ProblemsOf []struct{ Text string }       `json:"problems_of"`
				BrokenOf   []struct{ Step, Text string } `json:"broken_of"`
			}
			read := func() (j full, draft string) {
				t.Helper()
				b.must(t, 200, "GET", path, "", &j)
				draft = j.Draft.Graph.Steps[1].Ways[0].When
				if is := j.Published.Graph.Steps[1].Ways[0].When; is != draft {
					t.Errorf("published %q, drawn %q", is, draft)
				}
				return j, draft
			}
			settle("active wait event")
			if _, is := read(); is != when {
				t.Errorf("it reads %q", is)
			}

			b.must(t, 200, "PATCH", "/tags/"+label.ID, `{"name":"gold","group":""}`, nil)
			b.must(t, 200, "PATCH", "/traits/skin", `{"label":"Complexion"}`, nil)
			b.must(t, 200, "PATCH", "/segments/"+seg.ID, `{"name":"From Bern"}`, nil)
			b.must(t, 201, "POST", "/tags", `{"name":"vip","group":"value"}`, nil) // another of the old name
			see()
			settle("active again event")
			j, is := read()
			if is != `tag:gold and segment:"From Bern" and skin = dry` || len(j.ProblemsOf)+len(j.BrokenOf) != 0 {
				t.Errorf("it reads %q, %+v", is, j)
			}
			// A copy, and what is saved and published again, mean the same.
			var copied full
			b.must(t, 201, "POST", path+"/duplicate", "", &copied)
			if got := copied.Draft.Graph.Steps[1].Ways[0].When; got != is || len(copied.ProblemsOf) != 0 {
				t.Errorf("the copy reads %q: %v", got, copied.ProblemsOf)
			}
			stale := strings.ReplaceAll(strings.ReplaceAll(spec, "Skin = dry", "skin = dry"), "value/vip", "gold")
			b.must(t, 200, "PUT", path+"/draft", `{"name":"J","revision":1,"spec":`+strings.ReplaceAll(stale, "segment:Bernese", `segment:\"From Bern\"`)+`}`, &j)
			b.must(t, 200, "POST", path+"/publish", `{"revision":2}`, nil)

			// A segment that a journey stands on is not deleted, even by its new name.
			b.must(t, 409, "DELETE", "/segments/"+seg.ID, "", nil)
			b.must(t, 204, "DELETE", "/tags/"+label.ID, "", nil)
			see()
			settle("active still broken")
			if j, _ = read(); j.Broken != 1 || len(j.BrokenOf) == 0 || !strings.Contains(j.BrokenOf[0].Text, "gold") {
				t.Errorf("of a tag that is gone: %+v", j)
			}
		})
	}
}
