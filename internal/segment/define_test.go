package segment

import (
	"context"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/segment/live"
	"fishpond/internal/segment/predicate/plan"
)

// step is one request of a story. {name} in a path or body is the id that the
// step of that name answered with.
type step struct {
	name, role, method, path, body string
	status                         int
	contains                       string
}

func (f *fixture) play(vars map[string]string, steps []step) {
	f.t.Helper()
	for _, s := range steps {
		path, body := s.path, s.body
		for k, v := range vars {
			path, body = strings.ReplaceAll(path, "{"+k+"}", v), strings.ReplaceAll(body, "{"+k+"}", v)
		}
		role := s.role
		if role == "" {
			role = "operator"
		}
		st, text := f.call(role, s.method, path, body, nil)
		contains := s.contains
		for k, v := range vars {
			contains = strings.ReplaceAll(contains, "{"+k+"}", v)
		}
		if st != s.status || !strings.Contains(text, contains) {
			f.t.Errorf("%s: %d, want %d with %q: %.500s", s.name, st, s.status, contains, text)
		}
		if id, ok := strings.CutPrefix(text, `{"id":"`); ok && st < 300 {
			vars[s.name] = id[:strings.IndexByte(id, '"')]
		}
	}
}

func (f *fixture) population() {
	for _, p := range []plan.Person{
		{Seq: 1, Name: "安", Stage: "silent", Region: "山东", GMV: 60000, Orders: 3, Owner: "stf_associate", Tags: []string{"tag_1"}},
		{Seq: 2, Name: "白", Stage: "silent", Region: "河南", GMV: 90000, Orders: 2, Tags: []string{"tag_1", "tag_2"}},
		{Seq: 3, Name: "陈", Stage: "repeat", Region: "山东", GMV: 70000, Orders: 5, Owner: "stf_associate"},
		{Seq: 4, Name: "=cmd()", Stage: "silent", Region: "北京", GMV: 100, Orders: 1},
	} {
		f.person(p)
	}
}

func TestVerbs(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.population()
		vars := map[string]string{}
		f.play(vars, []step{
			{name: "a", method: "POST", path: "/segments", body: `{"name":" 沉默 大客 ","text":"stage = silent and gmv > 500"}`, status: 201, contains: `"text":"stage = silent and gmv > 500"`},
			{name: "size", method: "GET", path: "/segments/{a}", status: 200, contains: `"size":2,`},
			{name: "own size", role: "associate", method: "GET", path: "/segments/{a}", status: 200, contains: `"size":1,`},
			{name: "name taken", method: "POST", path: "/segments", body: `{"name":"沉默 大客","text":"everyone"}`, status: 409},
			{name: "no name", method: "POST", path: "/segments", body: `{"name":"  ","text":"everyone"}`, status: 422, contains: "body.name"},
			{name: "no predicate", method: "POST", path: "/segments", body: `{"name":"x"}`, status: 422, contains: "body.tree"},
			{name: "two predicates", method: "POST", path: "/segments", body: `{"name":"x","text":"everyone","tree":{"op":"everyone"}}`, status: 422, contains: "body.text"},
			{name: "viewer saves", role: "viewer", method: "POST", path: "/segments", body: `{"name":"x","text":"everyone"}`, status: 403},
			{name: "associate saves", role: "associate", method: "POST", path: "/segments", body: `{"name":"x","text":"everyone"}`, status: 403},
			{name: "b", method: "POST", path: "/segments", body: `{"name":"B","tree":{"op":"segment","segment":{"name":"沉默 大客"}}}`, status: 201, contains: `"text":"segment:\"沉默 大客\""`},
			{name: "refers", method: "GET", path: "/segments/{b}", status: 200, contains: `"refers":[{"id":"{a}","name":"沉默 大客"}]`},
			{name: "used by", method: "GET", path: "/segments/{a}", status: 200, contains: `"used_by":[{"id":"{b}","name":"B"}]`},
			{name: "list", method: "GET", path: "/segments?sort=-size&limit=1", status: 200, contains: `"total":2`},
			{name: "search", method: "GET", path: "/segments?q=b", status: 200, contains: `"total":1`},
			{name: "foreign list", role: "foreign", method: "GET", path: "/segments", status: 200, contains: `"items":[]`},
			{name: "foreign get", role: "foreign", method: "GET", path: "/segments/{a}", status: 404},

			{name: "rename", method: "PATCH", path: "/segments/{a}", body: `{"name":"沉默高客单","description":"  两行\n说明 "}`, status: 200, contains: `"description":"两行\n说明"`},
			{name: "reference renamed", method: "GET", path: "/segments/{b}", status: 200, contains: `"text":"segment:沉默高客单"`},
			{name: "rename to another's", method: "PATCH", path: "/segments/{a}", body: `{"name":"B"}`, status: 409},
			{name: "foreign rename", role: "foreign", method: "PATCH", path: "/segments/{a}", body: `{"name":"x"}`, status: 404},

			{name: "edit", method: "PUT", path: "/segments/{a}/predicate", body: `{"text":"stage = silent","version":1}`, status: 200, contains: `"version":2`},
			{name: "same again", method: "PUT", path: "/segments/{a}/predicate", body: `{"text":"stage=silent","version":2}`, status: 200, contains: `"version":2`},
			{name: "edited meanwhile", method: "PUT", path: "/segments/{a}/predicate", body: `{"text":"everyone","version":1}`, status: 409, contains: "version 2"},
			{name: "versions", method: "GET", path: "/segments/{a}/versions", status: 200, contains: `"items":[{"version":2,"text":"stage = silent"`},
			{name: "revert", method: "POST", path: "/segments/{a}/revert", body: `{"version":1}`, status: 200, contains: `"version":3`},
			{name: "revert to nothing", method: "POST", path: "/segments/{a}/revert", body: `{"version":9}`, status: 422, contains: "body.version"},
			{name: "foreign revert", role: "foreign", method: "POST", path: "/segments/{a}/revert", body: `{"version":1}`, status: 404},
			{name: "foreign versions", role: "foreign", method: "GET", path: "/segments/{a}/versions", status: 404},
			{name: "foreign edit", role: "foreign", method: "PUT", path: "/segments/{a}/predicate", body: `{"text":"everyone","version":3}`, status: 404},

			{name: "itself", method: "PUT", path: "/segments/{a}/predicate", body: `{"text":"orders > 1 and segment:沉默高客单","version":3}`, status: 422, contains: "沉默高客单 → 沉默高客单"},
			{name: "itself, where", method: "PUT", path: "/segments/{a}/predicate", body: `{"text":"orders > 1 and segment:沉默高客单","version":3}`, status: 422, contains: `"location":"body.text"`},
			{name: "round", method: "PUT", path: "/segments/{a}/predicate", body: `{"tree":{"op":"and","of":[{"op":"everyone"},{"op":"not","of":{"op":"segment","segment":{"id":"{b}"}}}]},"version":3}`,
				status: 422, contains: `"location":"body.tree/of/1/of/segment","message":"A segment must not lead back to itself: 沉默高客单 → B → 沉默高客单"`},
			{name: "round in a preview", method: "POST", path: "/segments/preview", body: `{"text":"segment:B","segment_id":"{a}"}`, status: 422, contains: "→ B →"},

			{name: "delete in use", method: "DELETE", path: "/segments/{a}", status: 409, contains: "B"},
			{name: "foreign delete", role: "foreign", method: "DELETE", path: "/segments/{b}", status: 404},
			{name: "delete", method: "DELETE", path: "/segments/{b}", status: 204},
			{name: "gone", method: "GET", path: "/segments/{b}", status: 404},
			{name: "delete again", method: "DELETE", path: "/segments/{b}", status: 404},
			{name: "now unused", method: "DELETE", path: "/segments/{a}", status: 204},
			{name: "restore", method: "POST", path: "/segments/{b}/restore", status: 200, contains: `"name":"B"`},
			{name: "broken by that", method: "GET", path: "/segments/{b}", status: 200, contains: `"problem":"there is no such segment`},
			{name: "foreign restore", role: "foreign", method: "POST", path: "/segments/{a}/restore", status: 404},
			{name: "restore the other", method: "POST", path: "/segments/{a}/restore", status: 200},
			{name: "whole again", method: "GET", path: "/segments/{b}", status: 200, contains: `"problem":""`},
			{name: "not an id", method: "GET", path: "/segments/%00", status: 422},
		})
		want := []string{"segment.created", "segment.created", "segment.updated", "segment.edited", "segment.reverted", "segment.deleted", "segment.deleted", "segment.restored", "segment.restored"}
		var got []string
		for _, l := range f.audit.lines {
			got = append(got, strings.Fields(l)[0])
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("audit log %v", got)
		}
		if f.plain.woken.Load() == 0 {
			t.Error("nobody was woken")
		}
	})
}

func TestPreview(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.population()
		var p Preview
		f.must("POST", "/segments/preview", `{"text":"stage = silent and (region in (山东, 河南) or not tag:母婴)","parts":true,"sample":2}`, &p)
		parts := map[string]int64{}
		for _, part := range p.Parts {
			parts[part.Path] = part.Count
		}
		want := map[string]int64{"": 3, "/of/0": 3, "/of/1": 4, "/of/1/of/0": 3, "/of/1/of/1": 2, "/of/1/of/1/of": 2}
		if p.Count != 3 || p.Pool != 4 || len(p.Sample) != 2 || p.Sample[0].Name != "安" || p.Sample[0].Currency != "CNY" || p.Sample[0].Tags[0] != (TagBrief{"tag_1", "母婴", "#2a7f8e"}) {
			t.Errorf("%+v", p)
		}
		for path, n := range want {
			if parts[path] != n || len(parts) != len(want) {
				t.Errorf("part %q: %d of %v", path, parts[path], parts)
			}
		}
		if !strings.Contains(string(p.Tree), `"id":"tag_1"`) {
			t.Errorf("not bound: %s", p.Tree)
		}
		var mine Preview
		if st, text := f.call("associate", "POST", "/segments/preview", `{"text":"gmv > 0","parts":true,"sample":20}`, &mine); st != 200 || mine.Count != 2 || mine.Pool != 2 || len(mine.Sample) != 2 || mine.Parts[0].Count != 2 {
			t.Errorf("an associate sees %s", text)
		}
	})
}

// slow is an engine that never comes to an end with events.
type slow struct{ *plain }

func (l slow) Eval(ctx context.Context, orgID string, n plan.Node) (live.Answer, error) {
	if m, ok := n.(plan.Measure); ok && m.Kind == "message.opened" {
		<-ctx.Done()
		return live.Answer{}, ctx.Err()
	}
	return l.plain.Eval(ctx, orgID, n)
}

// Parts that take too long are left out; the count is not.
func TestPreviewDoesNotWaitForParts(t *testing.T) {
	f := newFixture(t, testkit.Open(t, db.SQLite, schema))
	f.population()
	f.Follow(slow{f.plain})
	f.partsFor = 50 * time.Millisecond
	var p Preview
	f.must("POST", "/segments/preview", `{"text":"stage = silent and not did message.opened","parts":true}`, &p)
	if len(p.Parts) < 1 || p.Count != 3 || p.Parts[0].Count != 3 {
		t.Errorf("%+v", p)
	}
	for _, part := range p.Parts {
		if part.Path == "/of/1/of" {
			t.Errorf("counted: %+v", part)
		}
	}
}
