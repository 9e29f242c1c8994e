package app

import "testing"

const journeySpec = `{"entry":{"kind":"manual"},"frequency":{"kind":"once"},"purpose":"service","graph":{"steps":[{"id":"a","kind":"wait","seconds":3600,"next":"b"},{"id":"b","kind":"exit"}]}}`

// furnishJourneys publishes a journey of the brand and lets somebody in.
func (b *brand) furnishJourneys(t *testing.T) {
	t.Helper()
	var v struct{ ID string }
	b.must(t, 201, "POST", "/journeys", `{"name":"Journey of `+b.id+`","spec":`+journeySpec+`}`, &v)
	b.ids["journey"] = v.ID
	b.must(t, 200, "POST", "/journeys/"+v.ID+"/publish", `{"revision":1}`, nil)
	b.must(t, 200, "POST", "/journeys/"+v.ID+"/enter", `{"person_ids":["`+b.ids["person"]+`"]}`, nil)
	var all struct{ Items []struct{ ID string } }
	b.must(t, 200, "GET", "/journeys/"+v.ID+"/runs", "", &all)
	b.ids["journey_run"] = all.Items[0].ID
}

// foreignJourneys is foreign for journeys.
var foreignJourneys = map[string][]struct{ path, body string }{
	"get-journey":             {{"/journeys/{journey}", ""}},
	"save-journey-draft":      {{"/journeys/{journey}/draft", `{"name":"x","revision":1,"spec":` + journeySpec + `}`}},
	"duplicate-journey":       {{"/journeys/{journey}/duplicate", ""}},
	"delete-journey":          {{"/journeys/{journey}", ""}},
	"restore-journey":         {{"/journeys/{journey}/restore", ""}},
	"preview-journey-publish": {{"/journeys/{journey}/publish/preview", `{}`}},
	"publish-journey":         {{"/journeys/{journey}/publish", `{"revision":1}`}},
	"pause-journey":           {{"/journeys/{journey}/pause", ""}},
	"resume-journey":          {{"/journeys/{journey}/resume", ""}},
	"end-journey":             {{"/journeys/{journey}/end", ""}},
	"enter-journey":           {{"/journeys/{journey}/enter", `{"person_ids":["{our:person}"]}`}},
	"enter-journey-segment":   {{"/journeys/{journey}/enter-segment", `{"segment_id":"{our:segment}"}`}, {"/journeys/{our:journey}/enter-segment", `{"segment_id":"{segment}"}`}},
	"get-journey-counts":      {{"/journeys/{journey}/counts", ""}},
	"list-journey-runs":       {{"/journeys/{journey}/runs", ""}},
	"get-journey-run":         {{"/journeys/{journey}/runs/{journey_run}", ""}, {"/journeys/{our:journey}/runs/{journey_run}", ""}},
	"exit-journey-run":        {{"/journeys/{journey}/runs/{journey_run}/exit", ""}, {"/journeys/{our:journey}/runs/{journey_run}/exit", ""}},
	"retry-journey-run":       {{"/journeys/{journey}/runs/{journey_run}/retry", ""}, {"/journeys/{our:journey}/runs/{journey_run}/retry", ""}},
	"get-journey-report":      {{"/journeys/{journey}/report", ""}, {"/journeys/{journey}/report?version=1", ""}},
	"list-journey-versions":   {{"/journeys/{journey}/versions", ""}},
	"get-journey-version":     {{"/journeys/{journey}/versions/1", ""}},
	"dry-run-journey":         {{"/journeys/{journey}/dry-run", `{"person_id":"{our:person}"}`}, {"/journeys/{our:journey}/dry-run", `{"person_id":"{person}"}`}},
	"list-person-journeys":    {{"/persons/{person}/journeys", ""}},
}
