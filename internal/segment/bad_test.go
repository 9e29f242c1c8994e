package segment

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/testkit"
)

// What cannot be is refused at its place, quickly, and leaves nothing behind.
func TestBadPredicates(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		var s Segment
		f.must("POST", "/segments", `{"name":"S","text":"everyone"}`, &s)
		text := func(s string) string {
			b, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			return `"text":` + string(b)
		}
		tree := func(s string) string { return `"tree":` + s }
		many := strings.Repeat(`"x",`, 9_999) + `"x"`
		cases := []struct {
			name, predicate string
			location        string
			column          int // of text
			says            string
		}{
			{"unknown trait", text("orders > 1 and shoe = 42"), "body.text", 16, "shoe"},
			{"unknown trait in a tree", tree(`{"op":"and","of":[{"op":"everyone"},{"op":"compare","field":"shoe","is":"=","value":"42"}]}`), "body.tree/of/1/field", 0, "shoe"},
			{"wrong type", text("gmv contains 5"), "body.text", 1, ""},
			{"wrong type of value", tree(`{"op":"compare","field":"gmv","is":">","value":"much"}`), "body.tree/value", 0, ""},
			{"depth 1,000", text(strings.Repeat("(", 1000) + "everyone" + strings.Repeat(")", 1000)), "body.text", 64, "64"},
			{"depth 1,000 in a tree", tree(strings.Repeat(`{"op":"not","of":`, 1000) + `{"op":"everyone"}` + strings.Repeat("}", 1000)), "body.tree", 0, "64"},
			{"10,000 list items", tree(`{"op":"compare","field":"region","is":"in","values":[` + many + `]}`), "body.tree/values", 0, "1000"},
			{"10,000 list items as text", text("region in (" + many + ")"), "body.text", 0, "1000"},
			{"window of -5 days", text("did order.paid in -5d"), "body.text", 19, ""},
			{"window of -5 days in a tree", tree(`{"op":"did","event":"order.paid","window":{"last":"-5d"}}`), "body.tree/window/last", 0, ""},
			{"an operator that is not there", text("name ~ (a+)+$"), "body.text", 0, ""},
			{"no such segment", text("segment:nothing"), "body.text", 9, "nothing"},
			{"no such tag", tree(`{"op":"tag","any":[{"id":"tag_0"}]}`), "body.tree/any/0", 0, "tag_0"},
			{"not a tree", tree(`[1,2]`), "body.tree", 0, ""},
			{"a number", tree(`7`), "body.tree", 0, ""},
			{"unknown member", tree(`{"op":"everyone","x":1}`), "body.tree/x", 0, ""},
			{"not finished", text("stage = "), "body.text", 9, ""},
			{"itself", text("segment:S"), "body.text", 9, "S → S"},
		}
		for _, c := range cases {
			for _, to := range []struct{ method, path, rest string }{
				{"POST", "/segments/preview", `,"segment_id":"` + s.ID + `","parts":true,"sample":20`},
				{"PUT", "/segments/" + s.ID + "/predicate", `,"version":1`},
			} {
				began := time.Now()
				st, body := f.call("owner", to.method, to.path, "{"+c.predicate+to.rest+"}", nil)
				took := time.Since(began)
				var p httpx.Problem
				if err := json.Unmarshal([]byte(body), &p); err != nil || st != 422 || len(p.Errors) == 0 {
					t.Errorf("%s: %d %.300s", c.name, st, body)
					continue
				}
				first := p.Errors[0]
				if first.Location != c.location && (c.column > 0 || !strings.HasPrefix(first.Location, c.location)) || !strings.Contains(first.Message, c.says) {
					t.Errorf("%s: %+v", c.name, first)
				}
				if at, ok := first.Value.(map[string]any); strings.HasPrefix(c.predicate, `"text"`) && (!ok || c.column > 0 && at["column"] != float64(c.column)) {
					t.Errorf("%s: at %v", c.name, first.Value)
				}
				if took > 2*time.Second { // it takes well under a millisecond; machines that test are busy
					t.Errorf("%s took %v", c.name, took)
				}
			}
		}
		// A regular expression is a text like any other.
		var p Preview
		f.must("POST", "/segments/preview", `{`+text(`name contains "(a+)+$"`)+`}`, &p)
		if st, body := f.call("owner", "POST", "/segments/preview", `{"text":"`+strings.Repeat("x", 400<<10)+`"}`, nil); st != 413 {
			t.Errorf("too large: %d %.200s", st, body)
		}
		if st, body := f.call("owner", "POST", "/segments/preview", `{"tree":"`+strings.Repeat("x", 270<<10)+`"}`, nil); st != 422 || !strings.Contains(body, "256 KB") {
			t.Errorf("a tree that is too large: %d %.200s", st, body)
		}
		var after Segment
		f.must("GET", "/segments/"+s.ID, "", &after)
		if after.Version != 1 || after.Text != "everyone" {
			t.Errorf("something stayed: %+v", after)
		}
		for _, body := range []string{"", "{", "[]", `{"name":7}`, `{"name":"x","text":"everyone","extra":1}`, fmt.Sprintf(`{"name":%q,"text":"everyone"}`, strings.Repeat("长", 81))} {
			if st, text := f.call("owner", "POST", "/segments", body, nil); st != 422 && st != 400 {
				t.Errorf("%q: %d %s", body, st, text)
			}
		}
	})
}
