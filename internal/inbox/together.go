package inbox

import (
	"context"
	"slices"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// mostTalks is over how many conversations of one person messages are read
// together: those with the latest messages.
const mostTalks = 30

// Placed is a message with the conversation in which it stands.
type Placed struct {
	Message
	ConversationID string `json:"conversation_id"`
	AccountID      string `json:"account_id"`
	AccountName    string `json:"account_name"`
	AccountKind    string `json:"account_kind"`
	Archived       bool   `json:"archived" doc:"Of a private chat from the session archive"`
}

// Together lists a person's messages over all conversations that whoever acts
// may see, archived chats included, in the order in which they happened, the
// latest page first. before is where the page before goes on.
func (s *Service) Together(ctx context.Context, personID string, mark historyMark, limit int) (out []Placed, before historyMark, err error) {
	a := actor(ctx)
	var chats []*conversation
	var f faces
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		out = nil
		v, err := s.viewer(ctx, tx, a)
		if err != nil {
			return err
		}
		mine, args := v.where(tx, "")
		talks, err := conversations(ctx, tx, a.OrgID, "person_id = ?"+mine+" ORDER BY last_at DESC, id DESC LIMIT ?", append(append([]any{personID}, args...), mostTalks)...)
		if err != nil {
			return err
		}
		if chats, err = s.chats(ctx, tx, a.OrgID, ChatFilter{PersonID: personID}, mostTalks); err != nil {
			return err
		}
		if len(talks)+len(chats) == 0 {
			return errs.NotFound(i18n.T("这位客户的会话", "conversation with this person"))
		}
		if f, err = s.faces(ctx, tx, a.OrgID, slices.Concat(talks, chats)...); err != nil {
			return err
		}
		var found []*message
		of := map[string]*conversation{}
		for _, c := range talks { // one by one: each walks its index from the mark on
			of[c.id] = c
			where, args := "conversation_id = ?", []any{c.id}
			if mark.ID != "" {
				where, args = where+" AND (at, id) < (?, ?)", append(args, mark.At, mark.ID)
			}
			page, err := messages(ctx, tx, a.OrgID, where+" ORDER BY at DESC, id DESC LIMIT ?", append(args, limit+1)...)
			if err != nil {
				return err
			}
			found = append(found, page...)
		}
		slices.SortFunc(found, func(a, b *message) int { return later(a.at, a.id, b.at, b.id) })
		found = found[:min(len(found), limit+1)]
		shown, err := s.shownMessages(ctx, tx, a.OrgID, found)
		for i := range shown {
			out = append(out, f.placed(of[found[i].conversation], shown[i]))
		}
		return err
	})
	if err != nil {
		return nil, before, err
	}
	for _, c := range chats {
		said, err := s.chatMessages(ctx, a.OrgID, c, mark, limit+1, f.staff)
		if err != nil {
			return nil, before, err
		}
		for _, m := range said {
			out = append(out, f.placed(c, m))
		}
	}
	slices.SortStableFunc(out, func(a, b Placed) int { return later(a.At.UnixMicro(), a.ID, b.At.UnixMicro(), b.ID) })
	if len(out) > limit {
		out = out[:limit]
		before = historyMark{out[limit-1].At.UnixMicro(), out[limit-1].ID}
	}
	slices.Reverse(out)
	return out, before, nil
}

func (f *faces) placed(c *conversation, m Message) Placed {
	return Placed{Message: m, ConversationID: c.id, AccountID: c.account, AccountName: f.accounts[c.account].Name, AccountKind: c.kind, Archived: c.chat != nil}
}
