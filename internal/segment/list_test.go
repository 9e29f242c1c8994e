package segment

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/segment/facts"
	"fishpond/internal/segment/predicate/plan"
)

// changes are what the feed of facts tells, oldest first.
func (f *fixture) changes() (out []facts.Numbered) {
	f.t.Helper()
	err := f.d.Read(f.t.Context(), orgA, func(tx *db.Tx) (err error) {
		out, err = facts.After(f.t.Context(), tx, orgA, 0, 100)
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return out
}

func TestLists(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.population()
		f.world.byKey[Identity{"phone", "13800000002"}] = "per_2"
		vars := map[string]string{}
		f.play(vars, []step{
			{name: "l", method: "POST", path: "/lists", body: `{"name":" 员工 亲友 "}`, status: 201, contains: `"name":"员工 亲友"`},
			{name: "taken", method: "POST", path: "/lists", body: `{"name":"员工 亲友"}`, status: 409},
			{name: "no name", method: "POST", path: "/lists", body: `{"name":" "}`, status: 422, contains: "body.name"},
			{name: "viewer", role: "viewer", method: "POST", path: "/lists", body: `{"name":"x"}`, status: 403},
			{name: "add", method: "POST", path: "/lists/{l}/persons", body: `{"add":["per_1","per_0","per_1"],"identities":[{"kind":"phone","value":"13800000002"},{"kind":"phone","value":"1"}]}`,
				status: 200, contains: `{"added":2,"removed":0,"unknown":["1","per_0"]}`},
			{name: "add again", method: "POST", path: "/lists/{l}/persons", body: `{"add":["per_1"]}`, status: 200, contains: `"added":0`},
			{name: "who", method: "GET", path: "/lists/{l}/persons", status: 200, contains: `"total":2`},
			{name: "own", role: "associate", method: "GET", path: "/lists/{l}/persons", status: 200, contains: `"total":1`},
			{name: "foreign who", role: "foreign", method: "GET", path: "/lists/{l}/persons", status: 404},
			{name: "foreign add", role: "foreign", method: "POST", path: "/lists/{l}/persons", body: `{"add":["per_1"]}`, status: 404},
			{name: "sizes", method: "GET", path: "/lists?q=员工", status: 200, contains: `"size":2`},
			{name: "own sizes", role: "associate", method: "GET", path: "/lists", status: 200, contains: `"size":1`},
			{name: "foreign lists", role: "foreign", method: "GET", path: "/lists", status: 200, contains: `"items":[]`},
			{name: "s", method: "POST", path: "/segments", body: `{"name":"S","text":"stage = silent and not list:\"员工 亲友\""}`, status: 201, contains: `"size":1,`},
			{name: "used", method: "GET", path: "/lists", status: 200, contains: `"used_by":[{"id":"{s}","name":"S"}]`},
			{name: "delete in use", method: "DELETE", path: "/lists/{l}", status: 409, contains: "S"},
			{name: "rename", method: "PATCH", path: "/lists/{l}", body: `{"name":"内部"}`, status: 200, contains: `"name":"内部"`},
			{name: "renamed there", method: "GET", path: "/segments/{s}", status: 200, contains: `not list:内部"`},
			{name: "foreign rename", role: "foreign", method: "PATCH", path: "/lists/{l}", body: `{"name":"x"}`, status: 404},
			{name: "off", method: "POST", path: "/lists/{l}/persons", body: `{"remove":["per_2","per_3"]}`, status: 200, contains: `{"added":0,"removed":1,"unknown":[]}`},
			{name: "grown", method: "GET", path: "/segments/{s}", status: 200, contains: `"size":2,`},
			{name: "not used", method: "PUT", path: "/segments/{s}/predicate", body: `{"text":"everyone","version":1}`, status: 200},
			{name: "foreign delete", role: "foreign", method: "DELETE", path: "/lists/{l}", status: 404},
			{name: "delete", method: "DELETE", path: "/lists/{l}", status: 204},
			{name: "gone", method: "GET", path: "/lists/{l}/persons", status: 404},
			{name: "back to what is gone", method: "POST", path: "/segments/{s}/revert", body: `{"version":1}`, status: 422, contains: `"location":"body.version"`},
		})
		var told []string
		for _, c := range f.changes() {
			told = append(told, fmt.Sprint(c.Persons))
		}
		if want := []string{"[1 2]", "[2]", "[1]"}; !slices.Equal(told, want) {
			t.Errorf("the feed tells of %v, want %v", told, want)
		}
	})
}

// A merge takes a list along, a split gives it back, and whoever speaks for
// several is on a list once.
func TestListsFollowMerges(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.population()
		var l List
		f.must("POST", "/lists", `{"name":"L"}`, &l)
		f.world.speaker["per_9"] = "per_1" // merged into 1 long ago
		change := func(body string) (c ListChanged) {
			f.must("POST", "/lists/"+l.ID+"/persons", body, &c)
			return c
		}
		if c := change(`{"add":["per_9"]}`); c.Added != 1 {
			t.Errorf("%+v", c)
		}
		if c := change(`{"add":["per_1"]}`); c.Added != 0 {
			t.Errorf("somebody was on it already: %+v", c)
		}
		err := d.Read(t.Context(), orgA, func(tx *db.Tx) error {
			of, err := f.ListsOf(t.Context(), tx, orgA, []string{"per_1", "per_9", "per_2"})
			if len(of) != 2 || !slices.Equal(of["per_1"], []string{l.ID}) || !slices.Equal(of["per_9"], []string{l.ID}) {
				t.Errorf("%v", of)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if c := change(`{"remove":["per_1"]}`); c.Removed != 1 {
			t.Errorf("%+v", c)
		}
		var who struct{ Total int64 }
		f.must("GET", "/lists/"+l.ID+"/persons", "", &who)
		if who.Total != 0 {
			t.Errorf("%d are still on it", who.Total)
		}
	})
}

func TestByHand(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.population()
		vars := map[string]string{}
		f.play(vars, []step{
			{name: "s", method: "POST", path: "/segments", body: `{"name":"S","text":"stage = silent"}`, status: 201, contains: `"size":3,`},
			{name: "in", method: "POST", path: "/segments/{s}/people", body: `{"person_ids":["per_3"],"as":"include"}`, status: 200, contains: `{"changed":1}`},
			{name: "out", method: "POST", path: "/segments/{s}/people", body: `{"person_ids":["per_1","per_2"],"as":"exclude"}`, status: 200, contains: `{"changed":2}`},
			{name: "sizes", method: "GET", path: "/segments/{s}", status: 200, contains: `"includes":1,"excludes":2`},
			{name: "size", method: "GET", path: "/segments/{s}", status: 200, contains: `"size":2,`},
			{name: "own", role: "associate", method: "GET", path: "/segments/{s}", status: 200, contains: `"includes":1,"excludes":1`},
			{name: "no new version", method: "GET", path: "/segments/{s}", status: 200, contains: `"version":1`},
			{name: "via", method: "GET", path: "/segments/{s}/persons?limit=1", status: 200, contains: `"via":"rule"`},
			{name: "via include", role: "associate", method: "GET", path: "/segments/{s}/persons", status: 200, contains: `"via":"include"`},
			{name: "in a preview", method: "POST", path: "/segments/preview", body: `{"text":"stage = silent","segment_id":"{s}","parts":true}`, status: 200, contains: `"count":2,`},
			{name: "its tree alone", method: "POST", path: "/segments/preview", body: `{"text":"stage = silent","segment_id":"{s}","parts":true}`, status: 200, contains: `"parts":[{"path":"","count":3}]`},
			{name: "out who was in", method: "POST", path: "/segments/{s}/people", body: `{"person_ids":["per_3"],"as":"exclude"}`, status: 200, contains: `{"changed":1}`},
			{name: "out twice", method: "POST", path: "/segments/{s}/people", body: `{"person_ids":["per_3"],"as":"exclude"}`, status: 200, contains: `{"changed":0}`},
			{name: "as the rule", method: "POST", path: "/segments/{s}/people", body: `{"person_ids":["per_1","per_2","per_3","per_4"],"as":"rule"}`, status: 200, contains: `{"changed":3}`},
			{name: "as before", method: "GET", path: "/segments/{s}", status: 200, contains: `"size":3,`},
			{name: "hidden lists stay hidden", method: "GET", path: "/lists", status: 200, contains: `"items":[]`},
			{name: "somebody unknown", method: "POST", path: "/segments/{s}/people", body: `{"person_ids":["per_1","per_0"],"as":"include"}`, status: 404},
			{name: "nonsense", method: "POST", path: "/segments/{s}/people", body: `{"person_ids":["per_1"],"as":"maybe"}`, status: 422},
			{name: "foreign", role: "foreign", method: "POST", path: "/segments/{s}/people", body: `{"person_ids":["per_1"],"as":"include"}`, status: 404},
			{name: "associate", role: "associate", method: "POST", path: "/segments/{s}/people", body: `{"person_ids":["per_1"],"as":"include"}`, status: 403},
			{name: "foreign members", role: "foreign", method: "GET", path: "/segments/{s}/persons", status: 404},
		})
		var all []string
		for cursor := ""; ; {
			var page struct {
				Items      []PersonBrief
				NextCursor string `json:"next_cursor"`
				Total      int64
			}
			f.must("GET", "/segments/"+vars["s"]+"/persons?limit=2&cursor="+cursor, "", &page)
			for _, p := range page.Items {
				all = append(all, p.ID)
			}
			if page.Total != 3 || len(page.Items) == 0 {
				t.Fatalf("%+v", page)
			}
			if cursor = page.NextCursor; cursor == "" {
				break
			}
		}
		if !slices.Equal(all, []string{"per_4", "per_2", "per_1"}) {
			t.Errorf("pages give %v", all)
		}
	})
}

// What was deleted a month ago is gone for good, its hidden lists too.
func TestDeletedForGood(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.population()
		var a, b Segment
		f.must("POST", "/segments", `{"name":"A","text":"everyone"}`, &a)
		f.must("POST", "/segments", `{"name":"B","text":"everyone"}`, &b)
		f.must("POST", "/segments/"+a.ID+"/people", `{"person_ids":["per_3"],"as":"include"}`, nil)
		f.must("DELETE", "/segments/"+a.ID, "", nil)
		f.clock.Advance(29 * 24 * 3600 * 1e9)
		f.must("POST", "/segments/"+a.ID+"/restore", "", nil)
		f.must("DELETE", "/segments/"+a.ID, "", nil)
		f.clock.Advance(31 * 24 * 3600 * 1e9)
		if st, text := f.call("owner", "POST", "/segments/"+a.ID+"/restore", "", nil); st != 404 {
			t.Errorf("restored after a month: %d %s", st, text)
		}
		f.must("DELETE", "/segments/"+b.ID, "", nil)
		err := d.Read(t.Context(), orgA, func(tx *db.Tx) error {
			left, err := texts(t.Context(), tx, `SELECT 'def ' || id FROM segment_def WHERE org_id = ? AND id <> ? UNION ALL SELECT 'version' FROM segment_version WHERE org_id = ? AND segment_id <> ?
				UNION ALL SELECT 'list ' || id FROM segment_list WHERE org_id = ? UNION ALL SELECT 'on list' FROM segment_list_person WHERE org_id = ?
				UNION ALL SELECT 'mark' FROM segment_mark WHERE org_id = ? AND what = 'list'`, orgA, b.ID, orgA, b.ID, orgA, orgA, orgA)
			if len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestExport(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		for i, name := range []string{`=HYPERLINK("http://evil")`, "+1", "-2", "@SUM(A1)", "普通, \"引号\"", "\tcmd"} {
			f.person(plan.Person{Seq: uint32(i + 1), Name: name, Stage: "silent", Region: "山东", GMV: 123405, Tags: []string{"tag_1"}}) //nolint:gosec // small
		}
		f.world.byKey[Identity{"phone", "+8613800000001"}] = "per_1"
		f.world.byKey[Identity{"member_no", "=M1"}] = "per_1"
		var s Segment
		f.must("POST", "/segments", `{"name":"S","text":"stage = silent"}`, &s)
		f.must("POST", "/segments/"+s.ID+"/people", `{"person_ids":["per_6"],"as":"include"}`, nil)
		st, text := f.call("operator", "GET", "/segments/"+s.ID+"/export?format=csv", "", nil)
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\uFEFF"))).ReadAll()
		if st != 200 || err != nil || len(rows) != 7 || !strings.HasPrefix(text, "\uFEFF") {
			t.Fatalf("%d %v %q", st, err, text)
		}
		if rows[0][1] != "Name" || rows[1][1] != `'=HYPERLINK("http://evil")` || rows[1][7] != "1234.05" || rows[1][14] != "'+8613800000001" || rows[1][16] != "member_no:=M1" ||
			rows[1][13] != "母婴" || rows[1][17] != "Rule" || rows[6][17] != "By hand" {
			t.Errorf("%q", rows)
		}
		for _, row := range rows[1:] {
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
					t.Errorf("a cell that a spreadsheet evaluates: %q", cell)
				}
			}
		}
		st, text = f.call("owner", "GET", "/segments/"+s.ID+"/export?format=xlsx", "", nil)
		x, err := excelize.OpenReader(strings.NewReader(text))
		if st != 200 || err != nil {
			t.Fatalf("%d %v", st, err)
		}
		sheet, err := x.GetRows("Sheet1")
		if err != nil || len(sheet) != 7 || sheet[1][1] != `'=HYPERLINK("http://evil")` || sheet[1][7] != "1234.05" {
			t.Errorf("%v %q", err, sheet)
		}
		audited := slices.Clone(f.audit.lines)
		for role, status := range map[string]int{"associate": 403, "viewer": 403, "finance": 403, "foreign": 404} {
			if st, text := f.call(role, "GET", "/segments/"+s.ID+"/export", "", nil); st != status {
				t.Errorf("%s: %d %s", role, st, text)
			}
		}
		if st, _ := f.call("owner", "GET", "/segments/seg_0/export", "", nil); st != 404 {
			t.Errorf("unknown: %d", st)
		}
		if n := slices.IndexFunc(audited, func(l string) bool {
			return strings.HasPrefix(l, "segment.exported") && strings.Contains(l, `"count":6`)
		}); n < 0 || len(f.audit.lines) != len(audited) {
			t.Errorf("audit log: %v", f.audit.lines)
		}
	})
}
