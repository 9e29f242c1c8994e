package app

import (
	"testing"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/timeline"
)

// furnishInbox has a customer write to the brand.
func (b *brand) furnishInbox(t *testing.T) {
	t.Helper()
	err := b.h.DB.Write(t.Context(), b.id, func(tx *db.Tx) error {
		_, err := b.h.Timeline.Append(t.Context(), tx, b.id, timeline.Fact{Kind: carrierevent.MessageReceived, PersonID: b.ids["person3"],
			Data: carrierevent.Message{AccountID: b.ids["account"], MessageID: "m1", ExternalID: "wm" + b.id, Type: "text", Text: "Is it in stock?"}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var conversations, messages struct{ Items []struct{ ID string } }
	// The log gives nothing out while a transaction before it is open, and jobs
	// have theirs.
	for deadline := time.Now().Add(20 * time.Second); len(conversations.Items) == 0; {
		if err := b.h.Runner.CatchUp(t.Context(), b.id); err != nil {
			t.Fatal(err)
		}
		if b.must(t, 200, "GET", "/inbox/conversations", "", &conversations); time.Now().After(deadline) {
			t.Fatal("no conversation came about")
		}
	}
	b.ids["conversation"] = conversations.Items[0].ID
	b.must(t, 200, "GET", "/inbox/conversations/"+b.ids["conversation"]+"/messages", "", &messages)
	b.ids["message"] = messages.Items[0].ID
	var thing struct{ ID string }
	b.must(t, 201, "POST", "/inbox/quick-replies", `{"scope":"org","title":"Hello","parts":[{"kind":"text","text":"Hello"}]}`, &thing)
	b.ids["quick"] = thing.ID
	b.must(t, 201, "POST", "/inbox/rules", `{"name":"Price","kind":"contains","words":["price"],"parts":[{"kind":"text","text":"See the shop"}],"enabled":true}`, &thing)
	b.ids["rule"] = thing.ID
	b.must(t, 201, "POST", "/inbox/teams", `{"name":"Sales","members":["`+b.owner+`"],"accounts":[],"strategy":"off","capacity":0}`, &thing)
	b.ids["team"] = thing.ID
}

// foreignInbox is foreign for conversations and what answers them.
var foreignInbox = map[string][]struct{ path, body string }{
	"get-conversation": {{"/inbox/conversations/{conversation}", ""}},
	"update-conversation": {{"/inbox/conversations/{conversation}", `{"status":"resolved"}`}, {"/inbox/conversations/{our:conversation}", `{"assignee_staff_id":"{staff}"}`},
		{"/inbox/conversations/{our:conversation}", `{"team_id":"{team}"}`}},
	"transfer-conversation": {{"/inbox/conversations/{conversation}/transfer", `{"staff_id":"{our:staff}","note":"x"}`},
		{"/inbox/conversations/{our:conversation}/transfer", `{"staff_id":"{staff}","note":"x"}`}, {"/inbox/conversations/{our:conversation}/transfer", `{"team_id":"{team}"}`}},
	"create-team":            {{"/inbox/teams", `{"name":"x","members":["{staff}"],"accounts":[],"strategy":"off","capacity":0}`}, {"/inbox/teams", `{"name":"x","members":["{our:staff}"],"accounts":["{account}"],"strategy":"off","capacity":0}`}},
	"update-team":            {{"/inbox/teams/{team}", `{"name":"x","members":["{our:staff}"],"accounts":[],"strategy":"off","capacity":0}`}, {"/inbox/teams/{our:team}", `{"name":"x","members":["{staff}"],"accounts":[],"strategy":"off","capacity":0}`}},
	"delete-team":            {{"/inbox/teams/{team}", ""}},
	"read-conversation":      {{"/inbox/conversations/{conversation}/read", `{"incoming":1}`}},
	"save-draft":             {{"/inbox/conversations/{conversation}/draft", `{"text":"x"}`}},
	"look-at-conversation":   {{"/inbox/conversations/{conversation}/presence", `{"typing":true}`}},
	"list-messages":          {{"/inbox/conversations/{conversation}/messages", ""}},
	"list-person-messages":   {{"/inbox/persons/{person3}/messages", ""}},
	"post-message":           {{"/inbox/conversations/{conversation}/messages", `{"key":"key-00001","parts":[{"kind":"text","text":"x"}]}`}},
	"retry-message":          {{"/inbox/conversations/{conversation}/messages/{message}/retry", ""}, {"/inbox/conversations/{our:conversation}/messages/{message}/retry", ""}},
	"post-conversation-note": {{"/inbox/conversations/{conversation}/notes", `{"key":"key-00001","text":"x"}`}},
	"set-desk": {{"/inbox/desks/{account}", `{"strategy":"off","members":[],"capacity":5,"hours":[]}`},
		{"/inbox/desks/{our:account}", `{"strategy":"round_robin","members":["{staff}"],"capacity":5,"hours":[]}`}},
	"create-rule": {{"/inbox/rules", `{"name":"x","kind":"first_message","account_id":"{account}","parts":[{"kind":"text","text":"x"}],"enabled":true}`}},
	"update-rule": {{"/inbox/rules/{rule}", `{"name":"x","kind":"first_message","parts":[{"kind":"text","text":"x"}],"enabled":true}`},
		{"/inbox/rules/{our:rule}", `{"name":"x","kind":"first_message","account_id":"{account}","parts":[{"kind":"text","text":"x"}],"enabled":true}`}},
	"suggest-answer":     {{"/inbox/conversations/{conversation}/suggestion", ""}},
	"delete-rule":        {{"/inbox/rules/{rule}", ""}},
	"create-quick-reply": {{"/inbox/quick-replies", `{"scope":"team","account_id":"{account}","title":"x","parts":[{"kind":"text","text":"x"}]}`}},
	"update-quick-reply": {{"/inbox/quick-replies/{quick}", `{"scope":"org","title":"x","parts":[{"kind":"text","text":"x"}]}`}},
	"delete-quick-reply": {{"/inbox/quick-replies/{quick}", ""}},
	"use-quick-reply": {{"/inbox/quick-replies/{quick}/use", `{"conversation_id":"{our:conversation}"}`},
		{"/inbox/quick-replies/{our:quick}/use", `{"conversation_id":"{conversation}"}`}},
	"stream-inbox": {},
}
