package app

import "testing"

// furnishInsight keeps a diagnosis of the brand.
func (b *brand) furnishInsight(t *testing.T) {
	t.Helper()
	var v struct{ ID string }
	b.must(t, 201, "POST", "/insight/diagnoses", `{"name":"Diagnosis of `+b.id+`","input":{"answers":{},"months":12,"business":{"buyers":100,"order_minor":10000,"margin_bp":5000,"cost_minor":100,"orders_year":2}}}`, &v)
	b.ids["diagnosis"] = v.ID
	b.must(t, 201, "POST", "/insight/questions", `{"kind":"funnel","name":"Funnel of `+b.id+`","question":{"within_hours":24,"steps":[{"any":["page.viewed"]},{"any":["order.paid"]}]}}`, &v)
	b.ids["question"] = v.ID
}

// foreignInsight is foreign for insight.
var foreignInsight = map[string][]struct{ path, body string }{
	"get-person-value":      {{"/persons/{person}/value", ""}},
	"ask-what-if":           {{"/insight/economics/what-if", `{"key":"{channel}"}`}},
	"delete-diagnosis":      {{"/insight/diagnoses/{diagnosis}", ""}},
	"change-kept-question":  {{"/insight/questions/{question}", `{"name":"Theirs"}`}},
	"delete-kept-question":  {{"/insight/questions/{question}", ""}},
	"restore-kept-question": {{"/insight/questions/{question}/restore", ""}},
}
