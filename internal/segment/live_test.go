package segment

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/segment/live"
	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
	"fishpond/internal/timeline"
)

// The module with the engine that it runs with: what is defined, renamed,
// deleted and done by hand comes through, and who enters and leaves is told.
func TestWithTheEngine(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		engine := live.New(d, timeline.New(f.clock.Now), f.Service, f.clock.Now, slog.New(slog.DiscardHandler), live.Options{})
		f.Follow(engine)
		f.population()
		catchUp := func() {
			t.Helper()
			if err := engine.CatchUp(t.Context(), orgA); err != nil {
				t.Fatal(err)
			}
		}
		vars := map[string]string{}
		f.play(vars, []step{
			{name: "a", method: "POST", path: "/segments", body: `{"name":"A","text":"stage = silent"}`, status: 201, contains: `"size":3,"size_known":true,"settled":false`},
			{name: "b", method: "POST", path: "/segments", body: `{"name":"B","text":"segment:A and tag:母婴"}`, status: 201, contains: `"size":2,`},
			{name: "own", role: "associate", method: "GET", path: "/segments/{b}", status: 200, contains: `"size":1,`},
		})
		catchUp()
		f.play(vars, []step{
			{name: "settled", method: "GET", path: "/segments?sort=-size", status: 200, contains: `"size":3,"size_known":true,"settled":true,"trend":[{"day":"2026-11-21","size":3}]`},
			{name: "history", method: "GET", path: "/segments/{a}/history?days=2", status: 200, contains: `{"items":[{"day":"2026-11-21","size":3,"entered":3,"left":0}]}`},
			{name: "own history", role: "associate", method: "GET", path: "/segments/{a}/history", status: 200, contains: `{"items":[]}`},
			{name: "foreign history", role: "foreign", method: "GET", path: "/segments/{a}/history", status: 404},
			{name: "in", method: "POST", path: "/segments/{a}/people", body: `{"person_ids":["per_3"],"as":"include"}`, status: 200, contains: `"changed":1`},
			{name: "seen at once", method: "GET", path: "/segments/{a}", status: 200, contains: `"size":4,`},
			{name: "out", method: "POST", path: "/segments/{a}/people", body: `{"person_ids":["per_1"],"as":"exclude"}`, status: 200, contains: `"changed":1`},
			{name: "in who refers too", method: "GET", path: "/segments/{b}", status: 200, contains: `"size":1,`},
			{name: "edit", method: "PUT", path: "/segments/{b}/predicate", body: `{"text":"segment:A","version":1}`, status: 200, contains: `"size":3,`},
			{name: "preview", method: "POST", path: "/segments/preview", body: `{"text":"not segment:B and gmv > 0","parts":true,"sample":5}`, status: 200, contains: `"name":"安"`},
			{name: "profile", method: "GET", path: "/segments/{a}/profile", status: 200, contains: `"size":3,"pool":4`},
			{name: "overlap", method: "POST", path: "/segments/overlap", body: `{"ids":["{a}","{b}"]}`, status: 200, contains: `"jaccard":1}`},
			{name: "vocabulary", method: "GET", path: "/segments/vocabulary", status: 200, contains: `{"id":"tag_1","name":"母婴","group":"","count":2}`},
			{name: "status", method: "GET", path: "/segments/status", status: 200, contains: `"broken":[]`},
			{name: "reconcile", method: "POST", path: "/segments/reconcile", status: 202},
			{name: "viewer reconciles", role: "viewer", method: "POST", path: "/segments/reconcile", status: 403},
		})
		if f.later.reconcile != 1 {
			t.Errorf("%d reconciliations were asked for", f.later.reconcile)
		}
		catchUp()

		// A tag that a segment speaks of is deleted: it stays as it was, says so,
		// and no list of segments breaks.
		f.must("PUT", "/segments/"+vars["a"]+"/predicate", `{"text":"stage = silent and not tag:易退款","version":1}`, nil)
		catchUp()
		tags := f.world.def.Tags
		f.world.def.Tags = slices.DeleteFunc(slices.Clone(tags), func(t0 predicate.TagDef) bool { return t0.ID == "tag_2" })
		f.must("PATCH", "/segments/"+vars["b"], `{"name":"B2"}`, nil) // so that definitions are read again
		catchUp()
		f.play(vars, []step{
			{name: "list with a broken one", method: "GET", path: "/segments", status: 200, contains: `"problem":"there is no such tag: 易退款. The members stay as they are`},
			{name: "last size", method: "GET", path: "/segments/{a}", status: 200, contains: `"size":2,"size_known":true,"settled":true`},
			{name: "text still there", method: "GET", path: "/segments/{a}", status: 200, contains: "not tag:风险/易退款"},
			{name: "members cannot be told", method: "GET", path: "/segments/{a}/persons", status: 409},
			{name: "nor those of who refers to it", method: "GET", path: "/segments/{b}", status: 200, contains: `"problem":"`},
			{name: "status tells", method: "GET", path: "/segments/status", status: 200, contains: `"broken":[{"id":"{a}","name":"A"`},
			{name: "mended", method: "PUT", path: "/segments/{a}/predicate", body: `{"text":"stage = silent","version":2}`, status: 200, contains: `"problem":"","version":3,"size":3,`},
			{name: "and so is the other", method: "GET", path: "/segments/{b}", status: 200, contains: `"problem":"","version":2,"size":3,`},
		})
		catchUp()
		drifts, err := engine.Reconcile(t.Context(), orgA)
		if err != nil || len(drifts) > 0 {
			t.Errorf("drift: %+v, %v", drifts, err)
		}
		moved := map[string]string{}
		err = d.Read(t.Context(), orgA, func(tx *db.Tx) error {
			all, err := texts(t.Context(), tx, "SELECT kind || ' ' || person_id || ' ' || data FROM timeline_event WHERE org_id = ? AND kind LIKE 'segment.%' ORDER BY seq", orgA)
			for _, e := range all {
				parts := strings.SplitN(e, " ", 3)
				if strings.Contains(parts[2], vars["a"]) {
					moved[parts[1]] += strings.TrimPrefix(parts[0], "segment.") + " "
				}
			}
			return err
		})
		want := map[string]string{"per_1": "entered left ", "per_2": "entered left entered ", "per_3": "entered ", "per_4": "entered "}
		if err != nil || len(moved) != len(want) {
			t.Errorf("%v %v", moved, err)
		}
		for id, w := range want {
			if moved[id] != w {
				t.Errorf("%s: %s, want %s", id, moved[id], w)
			}
		}
	})
}

func TestVocabulary(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.population()
		err := d.Write(t.Context(), orgA, func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO segment_kind (org_id, kind, properties, first_at) VALUES (?, 'quiz.taken', ?, 1)`, orgA, fmt.Sprintf(`{"score":%d}`, plan.Number))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		var l List
		f.must("POST", "/lists", `{"name":"L"}`, &l)
		f.must("POST", "/lists/"+l.ID+"/persons", `{"add":["per_1","per_2"]}`, nil)
		for role, want := range map[string]struct{ tag, list, regions int64 }{"owner": {2, 2, 3}, "associate": {1, 1, 1}} {
			var v Vocabulary
			if st, text := f.call(role, "GET", "/segments/vocabulary", "", &v); st != 200 {
				t.Fatalf("%d %s", st, text)
			}
			if v.Tags[0].Count != want.tag || *v.Lists[0].Size != want.list || int64(len(v.Regions)) != want.regions || v.Regions[0].Region != "山东" {
				t.Errorf("%s: %+v %+v %+v", role, v.Tags, v.Lists, v.Regions)
			}
			i := slices.IndexFunc(v.Events, func(e VocabularyEvent) bool { return e.Kind == "quiz.taken" })
			if i < 0 || v.Events[i].Label != "quiz.taken" || !v.Events[i].Open || v.Events[i].Properties[0] != (VocabularyProperty{"score", "number"}) {
				t.Errorf("%+v", v.Events)
			}
			if v.Fields[0].Name != "stage" || v.Fields[0].Label != "Stage" || len(v.Fields[0].Values) != 5 || v.Traits[0].Label != "肤质" || v.CurrencyDigits != 2 || v.Limits.Depth != 64 {
				t.Errorf("%+v", v)
			}
		}
		if st, text := f.call("viewer", "GET", "/segments/schema", "", nil); st != 200 || !strings.Contains(text, "$schema") {
			t.Errorf("%d %.100s", st, text)
		}
	})
}
