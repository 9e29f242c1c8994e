package app

import "testing"

// furnishSOPs writes a series of the brand and puts somebody in.
func (b *brand) furnishSOPs(t *testing.T) {
	t.Helper()
	var v struct{ ID string }
	b.must(t, 201, "POST", "/sops", `{"name":"SOP of `+b.id+`","kind":"person","spec":{"trigger":{"kind":"manual"},"exits":{"replied":false,"ordered":false,"left_segment":false,"unfriended":false},"steps":[{"day":1,"at":"10:00","kind":"task","text":"Call"}]}}`, &v)
	b.ids["sop"] = v.ID
	b.must(t, 200, "POST", "/sops/"+v.ID+"/publish", `{"revision":1}`, nil)
	b.must(t, 200, "POST", "/sops/"+v.ID+"/enrolments", `{"person_ids":["`+b.ids["person"]+`"]}`, nil)
	var all struct{ Items []struct{ ID string } }
	b.must(t, 200, "GET", "/sops/"+v.ID+"/enrolments", "", &all)
	b.ids["sop_enrolment"] = all.Items[0].ID
}

const sopSpec = `{"trigger":{"kind":"manual"},"exits":{"replied":false,"ordered":false,"left_segment":false,"unfriended":false},"steps":[]}`

// foreignSOPs is foreign for series.
var foreignSOPs = map[string][]struct{ path, body string }{
	"create-sop": {{"/sops", `{"name":"x","kind":"person","spec":{"trigger":{"kind":"segment","segment_id":"{segment}"},"exits":{"replied":false,"ordered":false,"left_segment":false,"unfriended":false},"steps":[]}}`},
		{"/sops", `{"name":"x","kind":"person","spec":{"trigger":{"kind":"manual"},"account_ids":["{account}"],"exits":{"replied":false,"ordered":false,"left_segment":false,"unfriended":false},"steps":[]}}`}},
	"get-sop":    {{"/sops/{sop}", ""}},
	"update-sop": {{"/sops/{sop}", `{"name":"x","kind":"person","revision":1,"spec":` + sopSpec + `}`}},
	"delete-sop": {{"/sops/{sop}", ""}},
	"copy-sop":   {{"/sops/{sop}/copy", ""}},
	"preview-sop": {{"/sop-preview", `{"kind":"person","person_id":"{person}","spec":` + sopSpec + `}`},
		{"/sop-preview", `{"kind":"group","account_id":"{account}","chat_id":"chat","spec":` + sopSpec + `}`}},
	"publish-sop":         {{"/sops/{sop}/publish", `{"revision":1}`}},
	"move-sop":            {{"/sops/{sop}/move", ""}},
	"pause-sop":           {{"/sops/{sop}/pause", ""}},
	"resume-sop":          {{"/sops/{sop}/resume", ""}},
	"stop-sop":            {{"/sops/{sop}/stop", ""}},
	"list-sop-steps":      {{"/sops/{sop}/steps", ""}},
	"list-sop-enrolments": {{"/sops/{sop}/enrolments", ""}},
	"enrol-sop": {{"/sops/{sop}/enrolments", `{"person_ids":["{our:person}"]}`}, {"/sops/{our:sop}/enrolments", `{"person_ids":["{person}"]}`},
		{"/sops/{our:sop}/enrolments", `{"segment_id":"{segment}"}`}},
	"get-sop-enrolment":    {{"/sops/{sop}/enrolments/{sop_enrolment}", ""}, {"/sops/{our:sop}/enrolments/{sop_enrolment}", ""}},
	"remove-sop-enrolment": {{"/sops/{sop}/enrolments/{sop_enrolment}", ""}, {"/sops/{our:sop}/enrolments/{sop_enrolment}", ""}},
}
