package app

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/testkit"
)

// A funnel in the whole house: events that were reported, persons who were
// merged, cut by what the pool and segments know, kept as a segment.
func TestFunnelsInTheHouse(t *testing.T) {
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			h := newHouse(t, e)
			b := h.brand(t, "Ours")
			b.must(t, 201, "POST", "/traits", `{"key":"skin","label":"Skin","type":"text","options":["dry","oily"]}`, nil)
			b.must(t, 201, "POST", "/traits", `{"key":"nickname","label":"Nickname","type":"text"}`, nil)
			var tag struct{ ID string }
			b.must(t, 201, "POST", "/tags", `{"name":"VIP","group":"level"}`, &tag)
			now := time.Now().UTC()
			person := func(phone, region, skin string, kinds ...string) string {
				var p struct{ ID string }
				b.must(t, 201, "POST", "/persons", `{"name":"P `+phone+`","region":"`+region+`","identities":[{"kind":"phone","value":"`+phone+`"}],"traits":{"skin":"`+skin+`"}}`, &p)
				for i, kind := range kinds {
					b.must(t, 200, "POST", "/events", fmt.Sprintf(`{"kind":%q,"person_id":%q,"source":"test","occurred_at":%q,"data":{"order_id":"o%s%d","amount_minor":500,"currency":"CNY"}}`,
						kind, p.ID, now.Add(time.Duration(i-10)*time.Hour).Format(time.RFC3339), phone, i), nil)
				}
				return p.ID
			}
			whole := person("13800138061", "浙江", "dry", "page.viewed", "order.paid")
			half := person("13800138062", "浙江", "oily", "page.viewed")
			other := person("13800138063", "上海", "dry", "page.viewed")
			ordered := person("13800138064", "上海", "dry", "app.opened", "order.paid")
			b.must(t, 204, "PUT", "/persons/"+whole+"/tags/"+tag.ID, "", nil)
			settle := func() {
				t.Helper()
				if err := h.settle(t.Context(), b.id); err != nil {
					t.Fatal(err)
				}
			}
			settle()
			type funnel struct {
				Steps  []struct{ Persons int64 }
				Groups []struct {
					Value   string
					Persons []int64
				}
			}
			question := func(by string) string {
				return `"within_hours":24,"steps":[{"any":["page.viewed"]},{"any":["order.paid"]}]` + by
			}
			for by, want := range map[string]map[string][2]int64{
				"":                           {},
				`,"by":"region"`:             {"浙江": {2, 1}, "上海": {1, 0}},
				`,"by":"trait","key":"skin"`: {"dry": {2, 1}, "oily": {1, 0}},
				`,"by":"tag","key":"level"`:  {tag.ID: {1, 1}, "": {2, 0}},
				`,"by":"channel"`:            {"": {3, 1}},
				`,"by":"owner"`:              {"": {3, 1}},
				`,"by":"stage"`:              {"new": {2, 0}, "first_order": {1, 1}},
			} {
				var f funnel
				b.must(t, 200, "POST", "/insight/funnel", `{`+question(by)+`}`, &f)
				if f.Steps[0].Persons != 3 || f.Steps[1].Persons != 1 || len(f.Groups) != len(want) {
					t.Errorf("%s: %+v", by, f)
				}
				for _, g := range f.Groups {
					if w, there := want[g.Value]; !there || g.Persons[0] != w[0] || g.Persons[1] != w[1] {
						t.Errorf("%s: %+v, want %v", by, g, want)
					}
				}
			}
			b.must(t, 422, "POST", "/insight/funnel", `{`+question(`,"by":"trait","key":"nickname"`)+`}`, nil)
			b.must(t, 422, "POST", "/insight/funnel", `{`+question(`,"by":"trait","key":"moon"`)+`}`, nil)

			dropped := `{"funnel":{` + question("") + `},"step":1,"not":2`
			var page struct {
				Items []struct{ ID, Region string }
				Total int64
			}
			b.must(t, 200, "POST", "/insight/people", dropped+`}`, &page)
			if page.Total != 2 || len(page.Items) != 2 || page.Items[0].ID != other || page.Items[1].ID != half || page.Items[0].Region != "上海" {
				t.Fatalf("%+v", page)
			}
			// A file holds the same people, and it is known who took it.
			status, file := b.call(t, "GET", "/insight/people/export?format=csv&q="+url.QueryEscape(dropped+`}`), "")
			if lines := strings.Split(strings.TrimSpace(string(file)), "\r\n"); status != 200 || len(lines) != 3 || !strings.HasPrefix(lines[1], other+",") || !strings.HasPrefix(lines[2], half+",") {
				t.Errorf("%q", lines)
			}
			var audit struct{ Items []struct{ Action string } }
			b.must(t, 200, "GET", "/audit?limit=1", "", &audit)
			if audit.Items[0].Action != "people.exported" {
				t.Errorf("%+v", audit)
			}
			b.must(t, 422, "GET", "/insight/people/export?q=moon", "", nil)
			var made struct {
				SegmentID string `json:"segment_id"`
				Persons   int64
			}
			b.must(t, 201, "POST", "/insight/people/segment", dropped+`,"name":"Looked, not bought"}`, &made)
			settle()
			var seg struct{ Size int64 }
			b.must(t, 200, "GET", "/segments/"+made.SegmentID, "", &seg)
			if made.Persons != 2 || seg.Size != 2 {
				t.Fatalf("%+v %+v", made, seg)
			}
			b.must(t, 409, "POST", "/insight/people/segment", dropped+`,"name":"Looked, not bought"}`, nil)

			// The one who only bought and one who only looked are the same person.
			b.must(t, 200, "POST", "/persons/"+half+"/merge", `{"other_id":"`+ordered+`","reason":"test"}`, nil)
			settle()
			var f funnel
			b.must(t, 200, "POST", "/insight/funnel", `{`+question("")+`}`, &f)
			if f.Steps[0].Persons != 3 || f.Steps[1].Persons != 2 {
				t.Errorf("merged: %+v", f)
			}

			// Another brand sees nothing of it, not even the kind of event.
			theirs := h.brand(t, "Theirs")
			theirs.must(t, 200, "POST", "/insight/funnel", `{`+question("")+`}`, &f)
			if f.Steps[0].Persons != 0 {
				t.Errorf("another brand: %+v", f)
			}
			theirs.must(t, 422, "POST", "/insight/funnel", `{"within_hours":24,"steps":[{"any":["app.opened"]},{"any":["order.paid"]}]}`, nil)
		})
	}
}
