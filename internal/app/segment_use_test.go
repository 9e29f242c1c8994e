package app

import (
	"strings"
	"testing"

	"fishpond/internal/platform/testkit"
)

// A segment on which something stands that runs is not deleted, and who asks is
// told what it is; when that has ended it can be.
func TestSegmentsInUseStay(t *testing.T) {
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			h := newHouseWith(t, e, ServeConfig{})
			b := h.brand(t, "Ours")
			segment := func(name string) string {
				var v struct{ ID string }
				b.must(t, 201, "POST", "/segments", `{"name":"`+name+`","text":"orders > 3"}`, &v)
				return v.ID
			}
			entry, exit, asked, series, free := segment("Entry"), segment("Exit"), segment("Asked"), segment("Series"), segment("Free")
			var v struct {
				ID       string
				Problems int
			}
			b.must(t, 201, "POST", "/journeys", `{"name":"Walk"}`, &v)
			spec := `{"entry":{"kind":"segment","segment_id":"` + entry + `"},"frequency":{"kind":"once"},"purpose":"service","exits":[{"segment_id":"` + exit + `","on":"left"}],"graph":{"steps":[
				{"id":"is","kind":"branch","ways":[{"when":"segment:Asked","next":"out"}],"next":"out"},{"id":"out","kind":"exit"}]}}`
			b.must(t, 200, "PUT", "/journeys/"+v.ID+"/draft", `{"name":"Walk","revision":1,"spec":`+spec+`}`, &v)
			if v.Problems != 0 {
				t.Fatalf("%+v", v)
			}
			b.must(t, 204, "DELETE", "/segments/"+free, "", nil) // a draft keeps nothing
			b.must(t, 200, "POST", "/journeys/"+v.ID+"/publish", `{"revision":2}`, nil)
			var s struct{ ID string }
			b.must(t, 201, "POST", "/sops", `{"name":"Steps","kind":"person","spec":{"trigger":{"kind":"segment","segment_id":"`+series+`"},"exits":{"replied":false,"ordered":false,"left_segment":false,"unfriended":false},"steps":[{"day":1,"at":"10:00","kind":"task","text":"Call"}]}}`, &s)
			b.must(t, 200, "POST", "/sops/"+s.ID+"/publish", `{"revision":1}`, nil)
			for id, by := range map[string]string{entry: "Walk", exit: "Walk", asked: "Walk", series: "Steps"} {
				var p struct{ Detail string }
				b.must(t, 409, "DELETE", "/segments/"+id, "", &p)
				if !strings.Contains(p.Detail, by) {
					t.Errorf("%q does not name %s", p.Detail, by)
				}
			}
			b.must(t, 200, "POST", "/journeys/"+v.ID+"/end", "", nil)
			b.must(t, 200, "POST", "/sops/"+s.ID+"/stop", "", nil)
			for _, id := range []string{entry, exit, asked, series} {
				b.must(t, 204, "DELETE", "/segments/"+id, "", nil)
			}
		})
	}
}
