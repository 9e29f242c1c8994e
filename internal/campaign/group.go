package campaign

import (
	"context"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// GroupResult is what became of a message into one group.
type GroupResult struct {
	ChatID    string     `json:"chat_id"`
	Name      string     `json:"name"`
	OwnerID   string     `json:"owner_user_id"`
	OwnerName string     `json:"owner_name"`
	TaskID    string     `json:"task_id"`
	Status    string     `json:"status" enum:"queued,asked,sent,failed,cancelled"`
	Code      string     `json:"code"`
	Reason    string     `json:"reason"`
	AskedAt   *time.Time `json:"asked_at"`
	SentAt    *time.Time `json:"sent_at"`

	Why   i18n.Text `json:"-"`
	Owner string    `json:"-"` // staff
}

// nameOf is what colleagues call a member: by who of the staff they are, if
// that is known.
func nameOf(staff map[string]string, id, name string) string {
	if n := staff[id]; n != "" {
		return n
	}
	return name
}

// groupReaders counts who is in the groups, and says what is wrong with them.
func (s *Service) groupReaders(ctx context.Context, tx *db.Tx, orgID, account string, to Targets) (people int64, lack *errs.Field, err error) {
	if len(to.ChatIDs) == 0 {
		return 0, &errs.Field{Path: "targets.chat_ids", Text: i18n.T("还没有选择客户群", "No groups are chosen")}, nil
	}
	if account == "" {
		return 0, nil, nil
	}
	chats, err := s.posts.Chats(ctx, tx, orgID, ChatFilter{AccountID: account, ChatIDs: to.ChatIDs, Limit: len(to.ChatIDs)})
	if err != nil {
		return 0, nil, err
	}
	for _, c := range chats {
		people += c.Members
	}
	if gone := len(to.ChatIDs) - len(chats); gone > 0 {
		lack = &errs.Field{Path: "targets.chat_ids", Text: i18n.T("有 %d 个客户群不在了，请重新选择", "%d of the groups are not there any more; choose again", gone)}
	}
	return people, lack, nil
}

// BroadcastGroups lists what became of a broadcast in each group.
func (s *Service) BroadcastGroups(ctx context.Context, id string) (out []GroupResult, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		b, err := s.asked(ctx, tx, a.OrgID, id, ToGroups)
		if err != nil || b.askKey == "" {
			return err
		}
		if out, err = s.posts.Groups(ctx, tx, a.OrgID, b.askKey); err != nil {
			return err
		}
		names, err := s.Orgs.StaffNames(ctx, tx, a.OrgID)
		for i := range out {
			out[i].Reason, out[i].OwnerName = out[i].Why.In(i18n.From(ctx)), nameOf(names, out[i].Owner, out[i].OwnerName)
		}
		return err
	})
	return out, err
}

// BroadcastTasks lists which owners of groups must confirm a broadcast.
func (s *Service) BroadcastTasks(ctx context.Context, id, after string, limit int) (out []MassTask, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		b, err := s.asked(ctx, tx, a.OrgID, id, ToGroups)
		if err != nil || b.askKey == "" {
			return err
		}
		out, err = s.tasksOf(ctx, tx, a.OrgID, []string{b.askKey}, after, limit)
		return err
	})
	return out, err
}

// RemindBroadcast tells an owner of groups once more.
func (s *Service) RemindBroadcast(ctx context.Context, id, taskID string) error {
	a := actor(ctx)
	var b *broadcast
	if err := s.db.Read(ctx, a.OrgID, func(tx *db.Tx) (err error) {
		b, err = s.asked(ctx, tx, a.OrgID, id, ToGroups)
		return err
	}); err != nil {
		return err
	}
	return s.remind(ctx, []string{b.askKey}, taskID, func(context.Context, *db.Tx, string) error { return nil })
}

// BroadcastChats lists the groups that a broadcast can go into.
func (s *Service) BroadcastChats(ctx context.Context, f ChatFilter) (out []Chat, err error) {
	a := actor(ctx)
	if s.posts == nil {
		return nil, nil
	}
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		if out, err = s.posts.Chats(ctx, tx, a.OrgID, f); err != nil {
			return err
		}
		names, err := s.Orgs.StaffNames(ctx, tx, a.OrgID)
		for i := range out {
			out[i].OwnerName = nameOf(names, out[i].Owner, out[i].OwnerName)
		}
		return err
	})
	return out, err
}
