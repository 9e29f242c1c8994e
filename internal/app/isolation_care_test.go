package app

import (
	"testing"

	"fishpond/internal/platform/db"
)

// furnishCare puts words, a complaint and an archived conversation into the brand.
func (b *brand) furnishCare(t *testing.T) {
	t.Helper()
	var made struct{ ID string }
	b.must(t, 201, "POST", "/care/lists", `{"name":"Promises"}`, &made)
	b.ids["words"] = made.ID
	b.must(t, 200, "POST", "/care/lists/"+made.ID+"/words", `{"add":[{"word":"cure"}]}`, nil)
	b.must(t, 201, "POST", "/care/complaints", `{"person_id":"`+b.ids["person3"]+`","staff_id":"`+b.ids["staff"]+`","text":"rude"}`, &made)
	b.ids["case"], b.ids["thread"] = made.ID, "thr_"+b.id
	err := b.h.DB.Write(t.Context(), b.id, func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), "INSERT INTO care_thread (org_id, id, user_id, external_id, room_id, staff_id, person_id, messages, first_at, last_at) VALUES (?, ?, 'li', 'wm1', '', ?, ?, 1, 1, 1)",
			b.id, b.ids["thread"], b.ids["staff"], b.ids["person3"])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// foreignCare is foreign for words, cases and the archive.
var foreignCare = map[string][]struct{ path, body string }{
	"update-word-list":    {{"/care/lists/{words}", `{"name":"x"}`}},
	"delete-word-list":    {{"/care/lists/{words}", ""}},
	"list-words":          {{"/care/lists/{words}/words", ""}},
	"change-words":        {{"/care/lists/{words}/words", `{"add":[{"word":"x"}]}`}},
	"import-words":        {{"/care/lists/{words}/import", upload}},
	"export-words":        {{"/care/lists/{words}/export", ""}},
	"get-case":            {{"/care/cases/{case}", ""}},
	"change-case":         {{"/care/cases/{case}", `{"version":1,"do":"take"}`}, {"/care/cases/{our:case}", `{"version":1,"do":"hand","handler_id":"{staff}"}`}},
	"reveal-case":         {{"/care/cases/{case}/reveal", ""}},
	"enter-complaint":     {{"/care/complaints", `{"person_id":"{person}","text":"x"}`}, {"/care/complaints", `{"staff_id":"{staff}","text":"x"}`}, {"/care/complaints", `{"account_id":"{account}","text":"x"}`}},
	"read-archive-thread": {{"/care/archive/threads/{thread}/messages", ""}},
}
