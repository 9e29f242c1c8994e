package app

import (
	"strings"
	"testing"

	"fishpond/internal/inbox"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
)

// TestForbiddenWordsAreNotSent: the inbox's way to the carriers is closed to
// what has a word of a blocking list, wherever in the message it stands.
func TestForbiddenWordsAreNotSent(t *testing.T) {
	h := newHouse(t, db.SQLite)
	b := h.brand(t, "Ours")
	var made struct{ ID string }
	b.must(t, 201, "POST", "/care/lists", `{"name":"Promises","direction":"out","action":"block"}`, &made)
	b.must(t, 200, "POST", "/care/lists/"+made.ID+"/words", `{"add":[{"word":"包治百病"}]}`, nil)
	sender := inboxSender{h.Carrier, h.Care, h.Reach}
	for i, o := range []inbox.Outgoing{
		{Parts: []inbox.Part{{Kind: "text", Text: "真的包治 百病"}}},
		{Parts: []inbox.Part{{Kind: "text", Text: "您好"}, {Kind: "link", Title: "包治百病", URL: "https://brand.example/"}}},
		{Subject: "包-治-百-病"},
		{Template: "t1", Parameters: []string{"包治百病"}},
	} {
		o.Key, o.AccountID, o.StaffID = "key"+string(rune('0'+i)), "acc_none", b.owner
		if _, err := sender.Send(t.Context(), b.id, o); !errs.Is(err, errs.CodeInvalid) || !strings.Contains(errs.As(err).Text.ZH, "包治百病") {
			t.Errorf("%+v: %v", o, err)
		}
	}
	var list struct {
		Items []struct {
			Source  string
			StaffID string `json:"staff_id"`
		}
	}
	b.must(t, 200, "GET", "/care/cases?source=stopped", "", &list)
	if len(list.Items) != 4 || list.Items[0].StaffID != b.owner {
		t.Errorf("cases: %+v", list.Items)
	}
	if _, err := sender.Send(t.Context(), b.id, inbox.Outgoing{Key: "fine", AccountID: "acc_none", To: "x", Parts: []inbox.Part{{Kind: "text", Text: "您好"}}}); errs.Is(err, errs.CodeInvalid) {
		t.Errorf("a harmless message: %v", err)
	}
}
