package app

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"fishpond/internal/platform/testkit"
)

// A journey walks somebody from an order through a tag and a branch on what the
// tag makes true, to its end.
func TestJourneyFromOrderToTag(t *testing.T) {
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			h := newHouseWith(t, e, ServeConfig{})
			b := h.brand(t, "Ours")
			var label, p struct{ ID string }
			b.must(t, 201, "POST", "/tags", `{"name":"walked"}`, &label)
			b.must(t, 201, "POST", "/persons", `{"name":"Ann","identities":[{"kind":"email","value":"ann@x.example"}]}`, &p)
			var v struct {
				ID         string
				Problems   int
				ProblemsOf []any `json:"problems_of"`
				Revision   int64
			}
			b.must(t, 201, "POST", "/journeys", `{"name":"First"}`, &v)
			spec := `{"entry":{"kind":"event","event":"order.paid","where":"amount > 10"},"frequency":{"kind":"key","key":"order_id"},"purpose":"service","graph":{"steps":[
				{"id":"tag","kind":"tag","use":"` + label.ID + `","next":"is"},
				{"id":"is","kind":"branch","ways":[{"name":"yes","when":"tag:walked","next":"wait"}],"next":"out"},
				{"id":"wait","kind":"wait_event","event":"page.viewed","where":"url contains shop","seconds":3600,"ways":[{"next":"out"}],"next":"out"},
				{"id":"out","kind":"exit"}]}}`
			b.must(t, 200, "PUT", "/journeys/"+v.ID+"/draft", `{"name":"First","revision":1,"spec":`+spec+`}`, &v)
			if v.Problems != 0 {
				t.Fatalf("%+v", v)
			}
			b.must(t, 200, "POST", "/journeys/"+v.ID+"/publish", `{"revision":2}`, nil)
			b.must(t, 200, "POST", "/events/batch", `{"events":[{"kind":"order.paid","person_id":"`+p.ID+`","data":{"order_id":"o1","amount_minor":500,"currency":"CNY","items":[]}},{"kind":"order.paid","person_id":"`+p.ID+`","data":{"order_id":"o2","amount_minor":5000,"currency":"CNY","items":[]}}]}`, nil)
			var runs struct {
				Items []struct{ ID, Status, Step, Wait, EntryKey string }
			}
			settle := func(want string) {
				t.Helper()
				for range 300 {
					ctx := context.Background()
					testkit.Must(t, h.Runner.CatchUp(ctx, b.id))
					testkit.Must(t, h.Live.CatchUp(ctx, b.id))
					testkit.Must(t, h.Journeys.TickOrg(ctx, b.id))
					b.must(t, 200, "GET", "/journeys/"+v.ID+"/runs", "", &runs)
					if len(runs.Items) == 1 && runs.Items[0].Status+" "+runs.Items[0].Step+" "+runs.Items[0].Wait == want {
						return
					}
					time.Sleep(10 * time.Millisecond)
				}
				t.Fatalf("%+v", runs)
			}
			settle("active wait event")
			b.must(t, 200, "POST", "/events/batch", `{"events":[{"kind":"page.viewed","person_id":"`+p.ID+`","data":{"url":"https://shop.example"}}]}`, nil)
			settle("done out ")
			var one struct {
				Path []struct{ Step, Outcome string }
			}
			b.must(t, 200, "GET", "/journeys/"+v.ID+"/runs/"+runs.Items[0].ID, "", &one)
			text, _ := json.Marshal(one.Path)
			if got := string(text); got != `[{"Step":"tag","Outcome":"done"},{"Step":"is","Outcome":""},{"Step":"wait","Outcome":"happened"},{"Step":"out","Outcome":""}]` {
				t.Errorf("path %s", got)
			}
			var counts struct{ Steps []map[string]any }
			b.must(t, 200, "GET", "/journeys/"+v.ID+"/counts", "", &counts)
			for _, s := range counts.Steps {
				if s["here"] != 0.0 || s["entered"] != 1.0 {
					t.Errorf("%v", s)
				}
			}
		})
	}
}
