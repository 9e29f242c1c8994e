package inbox

import (
	"context"
	"fmt"
	"slices"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/plaintext"
)

// Private chats that are archived stand in lists beside conversations. Nothing
// of them is kept here: they are asked for when somebody looks, and they go
// when the archive lets go of them.

var onlyThere = i18n.T("这是员工的企业微信私聊存档，只能查看。回复请到企业微信", "A private chat of WeCom from the session archive: it can only be read here. Answer in WeCom")

// archived tells whether a filter lets archived chats through: they have no
// status of ours, and nobody waits in them here.
func (f *ListFilter) archived() bool {
	return f.Archive != "without" && f.Tab != "unassigned" && (f.Status == "" || f.Status == "active" || f.Status == "all") && f.TeamID == "" && !f.Waiting && f.Sort != "waiting"
}

// chats are the archived chats that a filter selects, as conversations.
func (s *Service) chats(ctx context.Context, tx *db.Tx, orgID string, f ChatFilter, limit int) ([]*conversation, error) {
	found, err := s.ports.Archive.Chats(ctx, tx, orgID, f, limit)
	out := make([]*conversation, 0, len(found))
	for _, chat := range found {
		out = append(out, &conversation{id: chat.ID, account: chat.AccountID, kind: "wecom", external: chat.ExternalID, person: chat.PersonID, status: StatusOpen, assignee: chat.StaffID, lastAt: chat.LastAt, chat: &chat})
	}
	return out, err
}

// chat is one archived chat that whoever acts may read; nil: there is none.
func (s *Service) chat(ctx context.Context, tx *db.Tx, orgID, id string) (*conversation, error) {
	found, err := s.chats(ctx, tx, orgID, ChatFilter{IDs: []string{id}}, 1)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// withChats puts archived chats between conversations, the latest first.
func (s *Service) withChats(ctx context.Context, tx *db.Tx, orgID string, found []*conversation, f *ListFilter, after Place, limit int) ([]*conversation, error) {
	if !f.archived() {
		return found, nil
	}
	chats, err := s.chats(ctx, tx, orgID, ChatFilter{AccountID: f.AccountID, StaffID: f.StaffID, PersonID: f.PersonID, Before: after}, limit)
	if err != nil {
		return nil, err
	}
	found = append(found, chats...)
	slices.SortFunc(found, func(a, b *conversation) int { return later(a.lastAt, a.id, b.lastAt, b.id) })
	return found[:min(len(found), limit)], nil
}

// later orders by time and id, the latest first.
func later(at int64, id string, otherAt int64, otherID string) int {
	switch {
	case at > otherAt || at == otherAt && id > otherID:
		return -1
	case at == otherAt && id == otherID:
		return 0
	}
	return 1
}

// readOnly is said to whoever wants to change an archived chat.
func readOnly() error { return errs.Conflict(onlyThere) }

// chatMessages is a page of an archived chat, the latest first.
func (s *Service) chatMessages(ctx context.Context, orgID string, c *conversation, before historyMark, limit int, staff map[string]Member) ([]Message, error) {
	said, err := s.ports.Archive.ChatMessages(ctx, orgID, c.id, before.At, before.ID, limit)
	lang := i18n.From(ctx)
	out := make([]Message, len(said))
	for i, m := range said {
		row := message{id: m.ID, direction: m.Direction, senderKind: senderPerson, sender: c.person, kind: kindOf(m.Type), text: plaintext.Tidy(m.Text), at: m.At}
		if m.Direction == DirectionOut {
			row.senderKind, row.sender = senderStaff, c.assignee
		}
		if row.text == "" && m.AmountMinor > 0 {
			row.kind, row.text = "text", i18n.T("红包或转账 %s", "Red packet or transfer %s", money(m.AmountMinor, m.Currency)).In(lang)
		}
		out[i] = row.shown(staff)
		out[i].Hidden = m.Hidden
		if row.senderKind == senderStaff && out[i].SenderName == "" {
			out[i].SenderName = c.chat.UserID
		}
	}
	return out, err
}

// chatPage is Messages for an archived chat.
func (s *Service) chatPage(ctx context.Context, c *conversation, p MessagePage, staff map[string]Member) (out []Message, before historyMark, err error) {
	if p.After > 0 {
		return nil, before, nil // numbers are given to what comes to us
	}
	out, err = s.chatMessages(ctx, actor(ctx).OrgID, c, p.Before, p.Limit+1, staff)
	if err != nil {
		return nil, before, err
	}
	if len(out) > p.Limit {
		out = out[:p.Limit]
		last := out[p.Limit-1]
		before = historyMark{clock.Micros(last.At), last.ID}
	}
	slices.Reverse(out)
	return out, before, nil
}

// chatDetails is Conversation for an archived chat.
func (s *Service) chatDetails(ctx context.Context, tx *db.Tx, id string, out *Details) error {
	a := actor(ctx)
	c, err := s.chat(ctx, tx, a.OrgID, id)
	if err != nil {
		return err
	}
	if c == nil {
		return noConversation()
	}
	shown, err := s.showAll(ctx, tx, []*conversation{c})
	if err != nil {
		return err
	}
	out.Conversation = shown[0]
	out.Composer = Composer{Why: "archive", Note: onlyThere.In(i18n.From(ctx)), Parts: []string{}, Needs: []string{}, Left: -1}
	out.Chat = &ChatThere{c.chat.UserID, c.chat.ExternalID}
	return nil
}

// money writes an amount with its currency, as the platforms do.
func money(minor int64, currency string) string {
	if currency == "CNY" {
		return fmt.Sprintf("¥%d.%02d", minor/100, minor%100)
	}
	return fmt.Sprintf("%d.%02d %s", minor/100, minor%100, currency)
}
