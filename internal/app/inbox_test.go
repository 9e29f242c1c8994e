package app

import (
	"strings"
	"testing"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/carrier/wecom"
	"fishpond/internal/platform/db"
	"fishpond/internal/timeline"
)

// TestComposerHearsThePlatform: who serves a customer on WeChat customer service
// is what the carrier knows, and what the inbox says.
func TestComposerHearsThePlatform(t *testing.T) {
	h := newHouse(t, db.SQLite)
	b := h.brand(t, "Ours")
	var kf, conversations struct {
		ID    string
		Items []struct{ ID string }
	}
	b.must(t, 201, "POST", "/carriers/accounts", `{"kind":"wecom_kf","name":"Service","values":{"corp_id":"ww1234567890","secret":"s3cret","open_kfid":"wk1234567890","callback_token":"tok","callback_key":"jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"}}`, &kf)
	now := h.now().UnixMicro()
	if err := h.DB.Write(t.Context(), b.id, func(tx *db.Tx) error {
		for _, do := range []struct {
			query string
			args  []any
		}{
			{"INSERT INTO carrier_staff (org_id, account_id, user_id, name, email, status, staff_id, updated_at) VALUES (?, ?, 'li', 'Li', '', 'active', ?, 1)", []any{b.id, kf.ID, b.owner}},
			{`INSERT INTO carrier_contact (org_id, account_id, user_id, external_id, person_id, status, name, remark, state, add_way, tags, since, ended_at, told, profile_due, updated_at, heard_at)
				VALUES (?, ?, '', 'wm1', 'per_1', 'active', '', '', '', 0, '[]', 1, 0, '', 0, 1, ?)`, []any{b.id, kf.ID, now}},
			{"INSERT INTO carrier_kf_session (org_id, account_id, external_id, state, user_id, at) VALUES (?, ?, 'wm1', ?, 'li', 1)", []any{b.id, kf.ID, wecom.KfServed}},
		} {
			if _, err := tx.Exec(t.Context(), do.query, do.args...); err != nil {
				return err
			}
		}
		_, err := h.Timeline.Append(t.Context(), tx, b.id, timeline.Fact{Kind: carrierevent.MessageReceived, PersonID: "per_1", Source: "wecom_kf", OccurredAt: time.UnixMicro(now),
			Data: carrierevent.Message{AccountID: kf.ID, MessageID: "m1", ExternalID: "wm1", Type: "text", Text: "在吗"}})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := h.Runner.CatchUp(t.Context(), b.id); err != nil {
		t.Fatal(err)
	}
	b.must(t, 200, "GET", "/inbox/conversations", "", &conversations)
	if len(conversations.Items) != 1 {
		t.Fatalf("%+v", conversations)
	}
	path := "/inbox/conversations/" + conversations.Items[0].ID
	composer := func() (out struct {
		Open      bool
		Why, Note string
		Left      int
	}) {
		t.Helper()
		d := struct{ Composer any }{&out}
		b.must(t, 200, "GET", path, "", &d)
		return out
	}
	var me struct{ Staff struct{ Name string } }
	b.must(t, 200, "GET", "/auth/me", "", &me)
	if c := composer(); c.Open || c.Why != "served" || !strings.Contains(c.Note, me.Staff.Name) {
		t.Errorf("%+v", c)
	}
	b.must(t, 409, "POST", path+"/messages", `{"key":"key-00001","parts":[{"kind":"text","text":"x"}]}`, nil)
	if err := h.DB.Write(t.Context(), b.id, func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), "DELETE FROM carrier_kf_session WHERE org_id = ?", b.id)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if c := composer(); !c.Open || c.Why != "" || c.Left != 5 {
		t.Errorf("%+v", c)
	}
}
