package app

import (
	"context"
	"fmt"
	"testing"

	"fishpond/internal/platform/testkit"
)

// What staff and other systems do with journeys: publishing what is whole and
// fresh, letting people in once, pausing, taking out, moving to another version
// by a mapping that leaves nobody nowhere, ending, throwing away.
func TestJourneyVerbs(t *testing.T) {
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			h := newHouseWith(t, e, ServeConfig{})
			b := h.brand(t, "Ours")
			var people []string
			for i := range 3 {
				var p struct{ ID string }
				b.must(t, 201, "POST", "/persons", fmt.Sprintf(`{"name":"P%d","identities":[{"kind":"email","value":"p%d@x.example"}]}`, i, i), &p)
				people = append(people, p.ID)
			}
			spec := func(wait, id string) string {
				return fmt.Sprintf(`{"entry":{"kind":"manual"},"frequency":{"kind":"once"},"purpose":"service","graph":{"steps":[{"id":%q,"kind":"wait","seconds":%s,"next":"b"},{"id":"b","kind":"exit"}]}}`, id, wait)
			}
			var v struct{ ID string }
			b.must(t, 201, "POST", "/journeys", `{"name":"J","spec":{"entry":{"kind":"manual"},"frequency":{"kind":"once"},"purpose":"service","graph":{"steps":[]}}}`, &v)
			path := "/journeys/" + v.ID
			b.must(t, 422, "POST", path+"/publish", `{"revision":1}`, nil)
			b.must(t, 409, "POST", path+"/enter", `{"person_ids":["`+people[0]+`"]}`, nil)
			b.must(t, 200, "PUT", path+"/draft", `{"name":"J","revision":1,"spec":`+spec("3600", "a")+`}`, nil)
			b.must(t, 409, "PUT", path+"/draft", `{"name":"J","revision":1,"spec":`+spec("3600", "a")+`}`, nil)
			b.must(t, 409, "POST", path+"/publish", `{"revision":1}`, nil)
			b.must(t, 200, "POST", path+"/publish", `{"revision":2}`, nil)

			var let struct {
				Entered int
				Refused []struct {
					PersonID string `json:"person_id"`
					Why      string
				}
			}
			in := `{"person_ids":["` + people[0] + `","` + people[1] + `","per_nobody"],"identities":[{"kind":"email","value":"p2@x.example"}],"idempotency_key":"k"}`
			for range 2 { // the same again is answered as the first time
				b.must(t, 200, "POST", path+"/enter", in, &let)
				if let.Entered != 3 || len(let.Refused) != 1 || let.Refused[0].Why != "unknown" {
					t.Errorf("%+v", let)
				}
			}
			b.must(t, 200, "POST", path+"/enter", `{"person_ids":["`+people[0]+`"]}`, &let)
			if let.Entered != 0 || let.Refused[0].Why != "before" {
				t.Errorf("%+v", let)
			}

			tick := func() { testkit.Must(t, h.Journeys.TickOrg(context.Background(), b.id)) }
			var full struct {
				Status   string
				Revision int64
				Counts   struct{ Entered, Active, Cancelled int64 }
			}
			var counts struct {
				WaitingToBegin int64 `json:"waiting_to_begin"`
				Steps          []struct {
					Step string
					Here int64
				}
			}
			b.must(t, 200, "POST", path+"/pause", "", nil)
			b.must(t, 409, "POST", path+"/pause", "", nil)
			tick()
			b.must(t, 200, "GET", path+"/counts", "", &counts)
			if counts.WaitingToBegin != 3 {
				t.Errorf("paused: %+v", counts)
			}
			b.must(t, 200, "POST", path+"/resume", "", nil)
			tick()
			b.must(t, 200, "GET", path+"/counts", "", &counts)
			if counts.WaitingToBegin != 0 || counts.Steps[0].Here != 3 {
				t.Errorf("resumed: %+v", counts)
			}

			var runs struct {
				Items []struct{ ID, Step, Status, Why string }
			}
			b.must(t, 200, "GET", path+"/runs?status=active", "", &runs)
			b.must(t, 204, "POST", path+"/runs/"+runs.Items[0].ID+"/exit", "", nil)
			b.must(t, 409, "POST", path+"/runs/"+runs.Items[0].ID+"/exit", "", nil)
			b.must(t, 409, "POST", path+"/runs/"+runs.Items[0].ID+"/retry", "", nil)

			// Another version without the step where they are.
			b.must(t, 200, "PUT", path+"/draft", `{"name":"J","revision":2,"spec":`+spec("60", "c")+`}`, &full)
			b.must(t, 409, "POST", path+"/publish", fmt.Sprintf(`{"revision":%d,"move":true}`, full.Revision), nil)
			var preview struct {
				Inside []struct {
					Step, To, How string
					People        int64
				}
			}
			b.must(t, 200, "POST", path+"/publish/preview", `{"mapping":{"a":"c"}}`, &preview)
			if len(preview.Inside) != 1 || preview.Inside[0].How != "arrives" || preview.Inside[0].People != 2 {
				t.Errorf("preview %+v", preview)
			}
			b.must(t, 200, "POST", path+"/publish", fmt.Sprintf(`{"revision":%d,"move":true,"mapping":{"a":"c"}}`, full.Revision), nil)
			testkit.Must(t, h.Journeys.MoveInside(context.Background(), b.id, v.ID, 2))
			b.must(t, 200, "GET", path+"/runs?status=active&step=c&version=2", "", &runs)
			if len(runs.Items) != 2 {
				t.Errorf("moved %+v", runs)
			}
			var versions struct {
				Items []struct{ Version, Entered, Inside int64 }
			}
			b.must(t, 200, "GET", path+"/versions", "", &versions)
			if fmt.Sprint(versions.Items) != "[{2 0 2} {1 3 0}]" {
				t.Errorf("versions %+v", versions)
			}
			var first struct {
				Spec struct {
					Graph struct{ Steps []struct{ ID string } }
				}
			}
			b.must(t, 200, "GET", path+"/versions/1", "", &first)
			if first.Spec.Graph.Steps[0].ID != "a" {
				t.Errorf("%+v", first)
			}
			b.must(t, 404, "GET", path+"/versions/3", "", nil)
			b.must(t, 404, "GET", path+"/report?version=3", "", nil)
			var report struct {
				Arms []struct{ People int64 }
				Days []struct{ Entered int64 }
			}
			for version, people := range []int64{3, 3, 0} {
				b.must(t, 200, "GET", fmt.Sprintf("%s/report?version=%d", path, version), "", &report)
				if report.Arms[0].People != people {
					t.Errorf("report of version %d: %+v", version, report)
				}
			}

			b.must(t, 409, "DELETE", path, "", nil)
			b.must(t, 200, "POST", path+"/end", "", nil)
			testkit.Must(t, h.Journeys.EndInside(context.Background(), b.id, v.ID))
			b.must(t, 200, "GET", path, "", &full)
			if full.Status != "ended" || full.Counts.Active != 0 || full.Counts.Cancelled != 3 || full.Counts.Entered != 3 {
				t.Errorf("ended %+v", full)
			}
			b.must(t, 204, "DELETE", path, "", nil)
			b.must(t, 404, "GET", path, "", nil)
			b.must(t, 200, "POST", path+"/restore", "", nil)
			b.must(t, 200, "GET", path, "", nil)
		})
	}
}
