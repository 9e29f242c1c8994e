package app

import (
	"testing"
	"time"
)

// furnishFollowup puts everybody on the brand's list of the day.
func (b *brand) furnishFollowup(t *testing.T) {
	t.Helper()
	if err := b.h.Live.CatchUp(t.Context(), b.id); err != nil {
		t.Fatal(err)
	}
	var rule, promise struct{ ID string }
	b.must(t, 201, "POST", "/today/rules", `{"name":"Everybody","text":"everyone","anchor":"always","offset_days":0,"window_days":0,"carry_days":0,"rest_days":7,"decline_days":30,"weight":10,"suggestion":"","fallback":"none","enabled":true}`, &rule)
	b.ids["followrule"] = rule.ID
	b.must(t, 200, "POST", "/today/build", "", nil)
	var list struct{ Items []struct{ ID string } }
	b.must(t, 200, "GET", "/today?staff_id=all", "", &list)
	if len(list.Items) == 0 {
		t.Fatal("nobody is on the list")
	}
	b.ids["item"] = list.Items[0].ID
	b.must(t, 201, "POST", "/today/promises", `{"person_id":"`+b.ids["person3"]+`","due_at":"`+time.Now().Add(48*time.Hour).UTC().Format(time.RFC3339)+`","text":"Call back"}`, &promise)
	b.ids["promise"] = promise.ID
}

// foreignFollowup is foreign for lists of the day and what they are made by.
var foreignFollowup = map[string][]struct{ path, body string }{
	"get-today":           {{"/today?staff_id={staff}", ""}},
	"get-today-item":      {{"/today/items/{item}", ""}},
	"do-today-item":       {{"/today/items/{item}/done", `{"next_step":"x"}`}},
	"postpone-today-item": {{"/today/items/{item}/postpone", `{}`}},
	"decline-today-item":  {{"/today/items/{item}/decline", `{}`}},
	"undo-today-item":     {{"/today/items/{item}/undo", ""}},
	"assign-today-item":   {{"/today/items/{item}/assign", `{"staff_id":"{our:staff}"}`}, {"/today/items/{our:item}/assign", `{"staff_id":"{staff}"}`}},
	"list-promises":       {{"/today/promises?person_id={person}", ""}},
	"create-promise":      {{"/today/promises", `{"person_id":"{person}","due_at":"2026-12-01T00:00:00Z","text":"x"}`}},
	"update-promise":      {{"/today/promises/{promise}", `{"text":"x"}`}},
	"cancel-promise":      {{"/today/promises/{promise}", ""}},
	"create-today-rule":   {{"/today/rules", `{"name":"x","segment_id":"{segment}","anchor":"always","offset_days":0,"window_days":0,"carry_days":0,"rest_days":0,"decline_days":0,"weight":1,"suggestion":"","enabled":true}`}},
	"update-today-rule":   {{"/today/rules/{followrule}", `{"name":"x","text":"everyone","anchor":"always","offset_days":0,"window_days":0,"carry_days":0,"rest_days":0,"decline_days":0,"weight":1,"suggestion":"","enabled":true}`}},
	"delete-today-rule":   {{"/today/rules/{followrule}", ""}},
	"order-today-rules":   {{"/today/rules/order", `{"ids":["{followrule}"]}`}},
	"preview-today-rule":  {{"/today/rules/preview", `{"name":"x","rule_id":"{followrule}","text":"everyone","anchor":"always","offset_days":0,"window_days":0,"carry_days":0,"rest_days":0,"decline_days":0,"weight":1,"suggestion":"","enabled":true}`}},
}
