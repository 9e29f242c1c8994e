package care

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/testkit"
)

type readPage struct {
	httpx.Page[ArchivedMessage]
	NewerCursor string `json:"newer_cursor"`
}

func (p readPage) texts() string {
	var out []string
	for _, m := range p.Items {
		out = append(out, m.Text)
	}
	return strings.Join(out, " ")
}

// talk fills the archive with n messages of a minute each, told as 00, 01 …
func (w *world) talk(n int) {
	w.tb.Helper()
	f := w.archive()
	f.add("in", "u1", "wm2", "别处", w.clock.Now())
	for i := range n {
		w.clock.Advance(time.Minute)
		f.add("in", "u1", "wm1", fmt.Sprintf("第%02d句", i), w.clock.Now())
	}
	w.pull()
}

func TestArchiveAround(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.talk(20)
		var found httpx.Page[FoundMessage]
		w.want(boss, 200, "GET", "/care/archive/search?q=第10句", "", &found)
		if len(found.Items) != 1 {
			t.Fatalf("%+v", found)
		}
		at := "/care/archive/threads/" + found.Items[0].ThreadID + "/messages"
		var p readPage
		w.want(boss, 200, "GET", at+"?limit=4&around="+found.Items[0].ID, "", &p)
		if p.texts() != "第12句 第11句 第10句 第09句 第08句" || p.NewerCursor == "" || p.NextCursor == "" {
			t.Fatalf("%s %+v", p.texts(), p)
		}
		newer, older := p.NewerCursor, p.NextCursor
		seen := strings.Fields(p.texts())
		for newer != "" {
			p = readPage{}
			w.want(boss, 200, "GET", at+"?limit=3&cursor="+newer, "", &p)
			seen, newer = append(strings.Fields(p.texts()), seen...), p.NewerCursor
		}
		for older != "" {
			p = readPage{}
			w.want(boss, 200, "GET", at+"?limit=3&cursor="+older, "", &p)
			seen, older = append(seen, strings.Fields(p.texts())...), p.NextCursor
		}
		if len(seen) != 20 {
			t.Fatalf("%v", seen)
		}
		for i, text := range seen {
			if text != fmt.Sprintf("第%02d句", 19-i) {
				t.Fatalf("both ways, each once, in order: %v", seen)
			}
		}
		p = readPage{}
		w.want(boss, 200, "GET", at+"?limit=4", "", &p)
		if p.texts() != "第19句 第18句 第17句 第16句" || p.NewerCursor != "" {
			t.Errorf("without around: %s", p.texts())
		}
		w.want(boss, 404, "GET", at+"?around=arc_nobody", "", nil)
		elsewhere := w.rows("SELECT id FROM care_message WHERE org_id = ? AND text = '别处'", org)
		w.want(boss, 404, "GET", at+"?around="+elsewhere[0], "", nil)
		w.want(other, 404, "GET", at+"?around="+found.Items[0].ID, "", nil)
		w.want(oper, 403, "GET", at+"?around="+found.Items[0].ID, "", nil)
	})
}

func TestArchiveExport(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		f := w.archive()
		f.most = 300
		for i := range exportPage + 3 {
			f.add("in", "u1", "wm1", fmt.Sprintf("话%d", i), w.clock.Now().Add(time.Duration(i/7)*time.Second)) // seven at one moment
		}
		evil := f.add("out", "u2", "wm2", "=cmd|' /C calc'!A0 身份证 11010519491231002X", w.clock.Now())
		evil.RoomID = ""
		for w.pull().Stored > 0 { //nolint:revive // until the sidecar has no more
		}
		text := w.want(boss, 200, "GET", "/care/archive/export", "", nil)
		lines := strings.Split(strings.TrimSpace(text), "\r\n")
		if len(lines) != 1+exportPage+4 {
			t.Fatalf("%d lines", len(lines))
		}
		for i := range exportPage + 3 {
			if strings.Count(text, fmt.Sprintf(",话%d,", i)) != 1 {
				t.Fatalf("话%d stands %d times", i, strings.Count(text, fmt.Sprintf(",话%d,", i)))
			}
		}
		testkit.Contains(t, text, "时间,方向,员工", "'=cmd|")
		if strings.Contains(text, "11010519491231002X") {
			t.Error("an identity card leaves")
		}
		if w.audited("care.archive.exported") != 1 {
			t.Errorf("%v", w.audits)
		}
		text = w.want(boss, 200, "GET", "/care/archive/export?staff_id=stf_2&reveal=true", "", nil)
		if strings.Count(text, "\r\n") != 2 || !strings.Contains(text, "11010519491231002X") {
			t.Errorf("by staff, in full: %s", text)
		}
		if last := w.audits[len(w.audits)-1]; !strings.Contains(last, `"revealed":true`) || !strings.Contains(last, `"staff_id":"stf_2"`) {
			t.Errorf("the audit log says not what left: %s", last)
		}
		if text := w.want(boss, 200, "GET", "/care/archive/export?person_id=per_wm2&from=2026-06-15&to=2026-06-15", "", nil); strings.Count(text, "\r\n") != 2 {
			t.Errorf("by customer and day: %s", text)
		}
		if text := w.want(boss, 200, "GET", "/care/archive/export?from=2027-01-01", "", nil); strings.Count(text, "\r\n") != 1 {
			t.Errorf("a day without messages: %s", text)
		}
		if text := w.want(boss, 200, "GET", "/care/archive/export?format=xlsx", "", nil); !strings.HasPrefix(text, "PK") {
			t.Error("not a workbook")
		}
		w.want(oper, 403, "GET", "/care/archive/export", "", nil)
		if text := w.want(other, 200, "GET", "/care/archive/export", "", nil); strings.Count(text, "\r\n") != 1 {
			t.Errorf("another org's: %s", text)
		}
		w.want(boss, 422, "GET", "/care/archive/export?from=x", "", nil)
	})
}
