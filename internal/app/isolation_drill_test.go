package app

import "testing"

// furnishDrills keeps a drill of the brand.
func (b *brand) furnishDrills(t *testing.T) {
	t.Helper()
	var v struct{ ID, Status string }
	b.must(t, 202, "POST", "/insight/drills", `{"name":"Drill of `+b.id+`","purpose":"service","kept":true}`, &v)
	if err := b.h.Drill.Do(t.Context(), b.id, v.ID); err != nil {
		t.Fatal(err)
	}
	b.ids["drill"] = v.ID
	var r struct{ Run struct{ Status string } }
	if b.must(t, 200, "GET", "/insight/drills/"+v.ID, "", &r); r.Run.Status != "done" {
		t.Fatalf("the drill is %s", r.Run.Status)
	}
}

// foreignDrills is foreign for drills.
var foreignDrills = map[string][]struct{ path, body string }{
	"get-drill":          {{"/insight/drills/{drill}", ""}},
	"update-drill":       {{"/insight/drills/{drill}", `{"name":"Theirs"}`}},
	"delete-drill":       {{"/insight/drills/{drill}", ""}},
	"prepare-drill-plan": {{"/insight/drills/{drill}/prepare", `{"steps":[1]}`}},
	"compare-drills":     {{"/insight/drills/compare?before={drill}&after={our:drill}", ""}, {"/insight/drills/compare?before={our:drill}&after={drill}", ""}},
	"list-drill-people": {{"/insight/drills/people", `{"run_id":"{drill}","figure":"persons"}`}, {"/insight/drills/people", `{"run_id":"{our:drill}","figure":"gained","before_id":"{drill}"}`},
		{"/insight/drills/people", `{"run_id":"{our:drill}","figure":"lost","kind":"account","unit_id":"{account}"}`}},
	"make-segment-of-drill-people": {{"/insight/drills/people/segment", `{"run_id":"{drill}","figure":"persons","name":"Theirs"}`}},
	"export-drill-people":          {{"/insight/drills/people/export?q=%7B%22run_id%22%3A%22{drill}%22%2C%22figure%22%3A%22persons%22%7D", ""}},
}
