package app

import (
	"testing"

	"fishpond/internal/platform/db"
)

// furnishBroadcasts writes broadcasts of the brand, and a task that waits for a
// member of staff.
func (b *brand) furnishBroadcasts(t *testing.T) {
	t.Helper()
	var c struct{ ID string }
	b.must(t, 201, "POST", "/broadcasts", `{"kind":"group","name":"Groups of `+b.id+`","account_id":"`+b.ids["account"]+`","parts":[{"kind":"text","text":"Hello"}],"targets":{"chat_ids":["chat"],"user_ids":[],"tag_ids":[]}}`, &c)
	b.ids["broadcast"] = c.ID
	b.must(t, 201, "POST", "/broadcasts", `{"kind":"moment","name":"Moment of `+b.id+`","account_id":"`+b.ids["account"]+`","parts":[{"kind":"text","text":"Hello"}],"targets":{"chat_ids":[],"user_ids":["li"],"tag_ids":[]}}`, &c)
	b.ids["moment"], b.ids["mass"] = c.ID, "mas_"+b.id
	if err := b.h.DB.Write(t.Context(), b.id, func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO carrier_mass (org_id, id, account_id, kind, origin, sender, digest, content, status, size, msgid, end_at, next_at, attempts, since, called_at, called_off, asked_at, confirmed_at, done_at, reminded, code, error_zh, error_en, created_at)
			VALUES (?, ?, ?, 'single', ?, 'li', 'd', '[]', 'asked', 1, ?, 9000000000000000, 9000000000000000, 0, 1, 1, 0, 1, 0, 0, '[]', '', '', '', 1)`, b.id, b.ids["mass"], b.ids["account"], b.ids["campaign"], "msg"+b.id)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// foreignBroadcasts is foreign for what members of staff are asked to send.
var foreignBroadcasts = map[string][]struct{ path, body string }{
	"list-campaign-tasks":    {{"/campaigns/{campaign}/tasks", ""}},
	"refresh-campaign-tasks": {{"/campaigns/{campaign}/tasks/refresh", ""}},
	"remind-campaign-task":   {{"/campaigns/{campaign}/tasks/{mass}/remind", ""}, {"/campaigns/{our:campaign}/tasks/{mass}/remind", ""}},
	"create-broadcast":       {{"/broadcasts", `{"kind":"group","name":"x","account_id":"{account}","parts":[],"targets":{"chat_ids":[],"user_ids":[],"tag_ids":[]}}`}},
	"get-broadcast":          {{"/broadcasts/{broadcast}", ""}},
	"update-broadcast": {{"/broadcasts/{broadcast}", `{"name":"x","account_id":"","parts":[],"targets":{"chat_ids":[],"user_ids":[],"tag_ids":[]},"version":1}`},
		{"/broadcasts/{our:broadcast}", `{"name":"x","account_id":"{account}","parts":[],"targets":{"chat_ids":[],"user_ids":[],"tag_ids":[]},"version":1}`}},
	"delete-broadcast":         {{"/broadcasts/{broadcast}", ""}},
	"submit-broadcast":         {{"/broadcasts/{broadcast}/submit", `{"version":1}`}},
	"approve-broadcast":        {{"/broadcasts/{broadcast}/approve", ""}},
	"withdraw-broadcast":       {{"/broadcasts/{broadcast}/withdraw", ""}},
	"cancel-broadcast":         {{"/broadcasts/{broadcast}/cancel", ""}},
	"refresh-broadcast":        {{"/broadcasts/{broadcast}/refresh", ""}},
	"list-broadcast-tasks":     {{"/broadcasts/{broadcast}/tasks", ""}},
	"remind-broadcast-task":    {{"/broadcasts/{broadcast}/tasks/{mass}/remind", ""}, {"/broadcasts/{our:broadcast}/tasks/{mass}/remind", ""}},
	"list-broadcast-results":   {{"/broadcasts/{broadcast}/groups", ""}},
	"list-broadcast-posts":     {{"/broadcasts/{moment}/posts", ""}},
	"list-broadcast-reactions": {{"/broadcasts/{moment}/reactions", ""}},
}
