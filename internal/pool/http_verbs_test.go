package pool

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// step is one request of a story: what comes back, and which events it leaves.
type step struct {
	name, role, method, path, body string
	status                         int
	contains                       string
	events                         string // kinds appended, with blanks between
}

// play makes the requests in order. {name} in a path or body is the id
// that the step of that name answered with.
func (f *fixture) play(h http.Handler, vars map[string]string, steps []step) {
	f.t.Helper()
	for _, s := range steps {
		path, body := s.path, s.body
		for k, v := range vars {
			path, body = strings.ReplaceAll(path, "{"+k+"}", v), strings.ReplaceAll(body, "{"+k+"}", v)
		}
		role := s.role
		if role == "" {
			role = "owner"
		}
		had := len(f.kinds())
		var out struct {
			ID string `json:"id"`
		}
		st, text := call(f.t, h, role, s.method, path, body, nil)
		if st != s.status || !strings.Contains(text, s.contains) {
			f.t.Errorf("%s: %d, want %d with %q: %.400s", s.name, st, s.status, s.contains, text)
		}
		if got := strings.Join(f.kinds()[had:], " "); got != s.events {
			f.t.Errorf("%s left events %q, want %q", s.name, got, s.events)
		}
		if st < 300 && strings.HasPrefix(text, `{"id"`) {
			if err := json.Unmarshal([]byte(text), &out); err == nil {
				vars[s.name] = out.ID
			}
		}
	}
}

func TestVerbs(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		h := f.handler()
		f.play(h, map[string]string{}, []step{
			{name: "nothing at all", method: "POST", path: "/persons", body: `{}`, status: 422, contains: "body.name"},
			{name: "trait", method: "POST", path: "/traits", body: `{"key":"size","label":"尺码","type":"text","options":["S","M"]}`, status: 201, events: "trait.defined"},
			{name: "trait again", method: "POST", path: "/traits", body: `{"key":"size","label":"尺码","type":"text"}`, status: 409},
			{name: "options of a number", method: "POST", path: "/traits", body: `{"key":"age","label":"Age","type":"number","options":["1"]}`, status: 422},
			{name: "number trait", method: "POST", path: "/traits", body: `{"key":"age","label":"Age","type":"number"}`, status: 201, events: "trait.defined"},
			{name: "viewer declares", role: "viewer", method: "POST", path: "/traits", body: `{"key":"x","label":"x","type":"text"}`, status: 403},
			{name: "a", method: "POST", path: "/persons", body: `{"name":" 李\u0000 雷 ","identities":[{"kind":"phone","value":"13900000001"}],"traits":{"size":"M"}}`, status: 201,
				contains: `"name":"李 雷"`, events: "person.created person.updated identity.added"},
			{name: "bad fields", method: "POST", path: "/persons", body: `{"name":"x","identities":[{"kind":"phone","value":"1"}],"traits":{"size":"XXL","age":"old","nope":1},"birthday":"2020-13-01"}`, status: 422, contains: "body.identities[0].value"},
			{name: "known phone", method: "POST", path: "/persons", body: `{"name":"y","identities":[{"kind":"phone","value":"+86 139 0000 0001"}]}`, status: 409},
			{name: "by name alone", method: "POST", path: "/persons", body: `{"name":"韩梅梅"}`, status: 201, events: "person.created"},
			{name: "b", role: "associate", method: "POST", path: "/persons", body: `{"name":"小明","owner_staff_id":"stf_other"}`, status: 201, contains: `"owner_staff_id":"stf_associate"`, events: "person.created"},

			{name: "patch", method: "PATCH", path: "/persons/{a}", body: `{"name":"李雷","gender":"male","birthday":"1990-01-02"}`, status: 200, contains: `"birthday":"1990-01-02"`, events: "person.updated"},
			{name: "same again", method: "PATCH", path: "/persons/{a}", body: `{"name":"李雷"}`, status: 200},
			{name: "take back", method: "PATCH", path: "/persons/{a}", body: `{"birthday":""}`, status: 200, contains: `"birthday":""`, events: "person.updated"},
			{name: "bad birthday", method: "PATCH", path: "/persons/{a}", body: `{"birthday":"soon"}`, status: 422, contains: "body.birthday"},
			{name: "viewer patches", role: "viewer", method: "PATCH", path: "/persons/{a}", body: `{"name":"x"}`, status: 403},
			{name: "not own", role: "associate", method: "PATCH", path: "/persons/{a}", body: `{"name":"x"}`, status: 404},
			{name: "own", role: "associate", method: "PATCH", path: "/persons/{b}", body: `{"region":"杭州"}`, status: 200, events: "person.updated"},
			{name: "hands over", role: "associate", method: "PATCH", path: "/persons/{b}", body: `{"owner_staff_id":"stf_x"}`, status: 403},
			{name: "foreign", role: "foreign", method: "PATCH", path: "/persons/{a}", body: `{"name":"x"}`, status: 404},

			{name: "identity", method: "POST", path: "/persons/{a}/identities", body: `{"kind":"member_no","value":"M1"}`, status: 200, contains: "M1", events: "identity.added"},
			{name: "identity again", method: "POST", path: "/persons/{a}/identities", body: `{"kind":"member_no","value":"M1"}`, status: 200},
			{name: "second member number", method: "POST", path: "/persons/{a}/identities", body: `{"kind":"member_no","value":"M2"}`, status: 409},
			{name: "somebody's phone", method: "POST", path: "/persons/{b}/identities", body: `{"kind":"phone","value":"13900000001"}`, status: 409},
			{name: "device", method: "POST", path: "/persons/{a}/identities", body: `{"kind":"device","value":"ipad"}`, status: 200, events: "identity.added"},
			{name: "shared device", method: "POST", path: "/persons/{b}/identities", body: `{"kind":"device","value":"ipad"}`, status: 200, events: "identity.added"},
			{name: "duplicates", method: "GET", path: "/duplicates", status: 200, contains: `"value":"ipad"`},
			{name: "dismiss", method: "DELETE", path: "/duplicates?kind=device&value=ipad", status: 204},
			{name: "no duplicates", method: "GET", path: "/duplicates", status: 200, contains: `"items":[]`},
			{name: "too long", method: "POST", path: "/persons/{a}/identities", body: `{"kind":"device","value":"` + strings.Repeat("x", 4096) + `"}`, status: 422, contains: "body.value"},
			{name: "remove", method: "DELETE", path: "/persons/{a}/identities?kind=member_no&value=M1", status: 204, events: "identity.removed"},
			{name: "remove again", method: "DELETE", path: "/persons/{a}/identities?kind=member_no&value=M1", status: 404},
			{name: "now another", method: "POST", path: "/persons/{a}/identities", body: `{"kind":"member_no","value":"M2"}`, status: 200, events: "identity.added"},

			{name: "set traits", method: "PUT", path: "/persons/{a}/traits", body: `{"size":"S","age":33}`, status: 200, contains: `"traits":{"age":33,"size":"S"}`, events: "person.updated"},
			{name: "wrong traits", method: "PUT", path: "/persons/{a}/traits", body: `{"size":"XL","nope":true}`, status: 422, contains: "body.nope"},
			{name: "trait in use", method: "DELETE", path: "/traits/size", status: 409},
			{name: "null trait", method: "PUT", path: "/persons/{a}/traits", body: `{"size":null}`, status: 200, contains: `"traits":{"age":33}`, events: "person.updated"},
			{name: "trait unused", method: "DELETE", path: "/traits/size", status: 204, events: "trait.deleted"},
			{name: "trait by force", method: "DELETE", path: "/traits/age?force=true", status: 204, events: "trait.deleted"},
			{name: "trait gone", method: "DELETE", path: "/traits/age", status: 404},

			{name: "t", method: "POST", path: "/tags", body: `{"name":"VIP","group":"等级","color":"#ff0000"}`, status: 201, events: "tag.defined"},
			{name: "tag again", method: "POST", path: "/tags", body: `{"name":"VIP","group":"等级"}`, status: 409},
			{name: "u", method: "POST", path: "/tags", body: `{"name":"VIP","group":"渠道"}`, status: 201, events: "tag.defined"},
			{name: "bad colour", method: "POST", path: "/tags", body: `{"name":"x","color":"red"}`, status: 422},
			{name: "tag", method: "PUT", path: "/persons/{a}/tags/{t}", status: 204, events: "tag.added"},
			{name: "tag twice", method: "PUT", path: "/persons/{a}/tags/{t}", status: 204},
			{name: "tag many", method: "POST", path: "/persons/tags", body: `{"person_ids":["{a}","{b}"],"add":["{u}"],"remove":["{t}"]}`, status: 204, events: "tag.added tag.added tag.removed"},
			{name: "tag somebody unknown", method: "POST", path: "/persons/tags", body: `{"person_ids":["{a}","per_0"],"add":["{t}"]}`, status: 404},
			{name: "tag not own", role: "associate", method: "PUT", path: "/persons/{a}/tags/{t}", status: 404},
			{name: "by tag", method: "GET", path: "/persons?tag_id={u}", status: 200, contains: `"total":2`},
			{name: "tag counts", method: "GET", path: "/tags", status: 200, contains: `"count":2`},
			{name: "rename tag", method: "PATCH", path: "/tags/{u}", body: `{"name":"抖音"}`, status: 200, contains: "抖音", events: "tag.defined"},
			{name: "foreign tag", role: "foreign", method: "PATCH", path: "/tags/{u}", body: `{"name":"x"}`, status: 404},
			{name: "delete tag", method: "DELETE", path: "/tags/{u}", status: 204, events: "tag.removed tag.removed tag.deleted"},

			{name: "n", role: "associate", method: "POST", path: "/persons/{b}/notes", body: `{"text":"<b>喜欢</b>\n绿茶\u0001"}`, status: 201, contains: `"<b>喜欢</b>\n绿茶"`, events: "note.added"},
			{name: "empty note", method: "POST", path: "/persons/{b}/notes", body: `{"text":"  "}`, status: 422, contains: "body.text"},
			{name: "m", method: "POST", path: "/persons/{b}/notes", body: `{"text":"owner's"}`, status: 201, events: "note.added"},
			{name: "edit", role: "associate", method: "PATCH", path: "/persons/{b}/notes/{n}", body: `{"text":"红茶"}`, status: 200, contains: "红茶"},
			{name: "not mine", role: "associate", method: "PATCH", path: "/persons/{b}/notes/{m}", body: `{"text":"x"}`, status: 403},
			{name: "owner edits", method: "PATCH", path: "/persons/{b}/notes/{n}", body: `{"text":"白茶"}`, status: 200},
			{name: "wrong person", method: "PATCH", path: "/persons/{a}/notes/{n}", body: `{"text":"x"}`, status: 404},
			{name: "notes", method: "GET", path: "/persons/{b}/notes?limit=1", status: 200, contains: "owner's"},
			{name: "delete note", method: "DELETE", path: "/persons/{b}/notes/{n}", status: 204},

			{name: "consent", method: "POST", path: "/persons/{a}/consents", body: `{"purpose":"marketing","granted":true,"text_version":"v1","source":"store"}`, status: 201, events: "consent.granted"},
			{name: "withdrawn", method: "POST", path: "/persons/{a}/consents", body: `{"purpose":"marketing","granted":false}`, status: 201, events: "consent.withdrawn"},
			{name: "what holds", method: "GET", path: "/persons/{a}", status: 200, contains: `"purpose":"marketing","granted":false`},
			{name: "proof", method: "GET", path: "/persons/{a}/consents", status: 200, contains: `"text_version":"v1"`},
			{name: "bad purpose", method: "POST", path: "/persons/{a}/consents", body: `{"purpose":"Spam!","granted":true}`, status: 422},

			{name: "timeline", method: "GET", path: "/persons/{a}/timeline?kind=identity.added,note.added&limit=2", status: 200, contains: `"next_cursor":"e`},
			{name: "masked timeline", role: "viewer", method: "GET", path: "/persons/{a}/timeline?kind=identity.added", status: 200, contains: "139****0001"},
			{name: "not own timeline", role: "associate", method: "GET", path: "/persons/{a}/timeline", status: 404},

			{name: "g", method: "POST", path: "/persons/{b}/merge", body: `{"other_id":"{a}","reason":"同一人"}`, status: 200, contains: `"rule":"manual"`, events: "person.merged"},
			{name: "merge again", method: "POST", path: "/persons/{b}/merge", body: `{"other_id":"{a}"}`, status: 409},
			{name: "associate merges", role: "associate", method: "POST", path: "/persons/{b}/merge", body: `{"other_id":"{a}"}`, status: 403},
			{name: "merges", method: "GET", path: "/persons/{b}/merges", status: 200, contains: `"split_at":null`},
			{name: "foreign split", role: "foreign", method: "POST", path: "/merges/{g}/split", status: 404},
			{name: "split", method: "POST", path: "/merges/{g}/split", status: 200, contains: `"split_by":"stf_owner"`, events: "person.split"},
			{name: "split again", method: "POST", path: "/merges/{g}/split", status: 409},
			{name: "regions", method: "GET", path: "/persons/regions", status: 200, contains: `{"region":"杭州","count":1}`},
			{name: "nobody", method: "GET", path: "/persons/per_0", status: 404},
			{name: "not an id", method: "GET", path: "/persons/%00", status: 422},
			{name: "not text", method: "GET", path: "/persons?q=%00%ff&region=%00", status: 200},
		})
		for _, l := range f.audit.lines {
			if strings.Contains(l, "13900000001") {
				t.Errorf("a phone number in the audit log: %s", l)
			}
		}
		if n := len(f.audit.lines); n < 30 {
			t.Errorf("%d lines in the audit log", n)
		}
	})
}

func TestExportIsSafeAndAudited(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		h := f.handler()
		var cs []Contact
		for i, name := range []string{"=HYPERLINK(\"http://evil\")", "+1", "-2", "@SUM(A1)", "普通, \"引号\"", "0=1"} {
			c := contact(fmt.Sprintf("2025-01-0%dT00:00:00Z", i+1), "phone", fmt.Sprintf("1380000000%d", i))
			c.Name = name
			if i == 5 {
				c.OwnerStaffID = "stf_associate"
			}
			cs = append(cs, c)
		}
		got := f.resolved(cs...)
		f.bought(got[5].PersonID, "2025-06-01T00:00:00Z", 123405)
		st, text := call(t, h, "operator", "GET", "/persons/export?format=csv&sort=created_at", "", nil)
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\uFEFF"))).ReadAll()
		if st != 200 || err != nil || !strings.HasPrefix(text, "\uFEFF") || len(rows) != 7 {
			t.Fatalf("%d %v %q", st, err, text)
		}
		if rows[0][1] != "Name" || rows[1][1] != "'=HYPERLINK(\"http://evil\")" || rows[2][1] != "'+1" || rows[3][1] != "'-2" || rows[4][1] != "'@SUM(A1)" || rows[6][1] != "0=1" {
			t.Errorf("%q", rows)
		}
		if rows[6][7] != "1234.05" || rows[6][14] != "'+8613800000005" || rows[6][2] != "New" {
			t.Errorf("%q", rows[6])
		}
		for _, row := range rows[1:] {
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
					t.Errorf("a cell that a spreadsheet evaluates: %q", cell)
				}
			}
		}
		st, text = call(t, h, "operator", "GET", "/persons/export?format=xlsx&min_orders=1", "", nil)
		x, err := excelize.OpenReader(strings.NewReader(text))
		if st != 200 || err != nil {
			t.Fatal(st, err)
		}
		defer x.Close() //nolint:errcheck // a reader in memory
		sheet, err := x.GetRows("Sheet1")
		if err != nil || len(sheet) != 2 || sheet[1][7] != "1234.05" || sheet[1][14] != "+8613800000005" {
			t.Errorf("%v %q", err, sheet)
		}
		if formula, err := x.GetCellFormula("Sheet1", "B2"); err != nil || formula != "" {
			t.Errorf("formula %q %v", formula, err)
		}
		for role, want := range map[string]int{"associate": 403, "viewer": 403, "finance": 403} {
			if st, _ := call(t, h, role, "GET", "/persons/export", "", nil); st != want {
				t.Errorf("%s: %d", role, st)
			}
		}
		if want := "person.exported person map[count:1 filter:map[min_orders:1] format:xlsx]"; f.audit.lines[len(f.audit.lines)-1] != want {
			t.Errorf("audit %q", f.audit.lines)
		}
	})
}

// An export of more than a page has everybody once.
func TestExportPages(t *testing.T) {
	d := testkit.Open(t, db.SQLite, schema)
	f := newFixture(t, d)
	f.fill(2500)
	for _, format := range []string{CSV, XLSX} {
		st, text := call(t, f.handler(), "owner", "GET", "/persons/export?sort=name&format="+format, "", nil)
		seen := map[string]bool{}
		var rows [][]string
		var err error
		if format == CSV {
			rows, err = csv.NewReader(strings.NewReader(text)).ReadAll()
		} else {
			x, openErr := excelize.OpenReader(strings.NewReader(text))
			if openErr != nil {
				t.Fatal(openErr)
			}
			rows, err = x.GetRows("Sheet1")
		}
		for _, r := range rows {
			seen[r[0]] = true
		}
		if st != 200 || err != nil || len(rows) != 2501 || len(seen) != 2501 {
			t.Errorf("%s: %d %v, %d rows, %d persons", format, st, err, len(rows), len(seen))
		}
	}
}
