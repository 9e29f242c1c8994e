package campaign

import (
	"context"
	"slices"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// MomentResult is how far one member is who was asked to publish a moment.
type MomentResult struct {
	UserID      string     `json:"user_id"`
	UserName    string     `json:"user_name"`
	StaffID     string     `json:"staff_id"`
	StaffName   string     `json:"staff_name"`
	Status      string     `json:"status" enum:"queued,asked,published,cancelled,refused"`
	PublishedAt *time.Time `json:"published_at" doc:"When it was first seen to be published"`
	Customers   int64      `json:"customers" doc:"On how many timelines it is"`
	Comments    int64      `json:"comments"`
	Likes       int64      `json:"likes"`
}

// Reaction is a comment on, or a like of, a moment. The platform does not tell
// what a comment says.
type Reaction struct {
	UserID     string    `json:"user_id" doc:"Whose post"`
	UserName   string    `json:"user_name"`
	Kind       string    `json:"kind" enum:"comment,like"`
	PersonID   string    `json:"person_id" doc:"Empty: a member of staff, or nobody who is known"`
	PersonName string    `json:"person_name"`
	At         time.Time `json:"at"`

	Staff string `json:"-"` // whose post
}

// momentReaders counts whose timelines it could be on, and says what is wrong
// with whom it asks. Tags narrow it down; by how much only the platform knows.
func (s *Service) momentReaders(ctx context.Context, tx *db.Tx, orgID, account string, to Targets) (people int64, lack []errs.Field, err error) {
	if len(to.UserIDs) == 0 {
		return 0, []errs.Field{{Path: "targets.user_ids", Text: i18n.T("还没有选择由谁发表", "Nobody is chosen to publish it")}}, nil
	}
	if account == "" {
		return 0, nil, nil
	}
	members, err := s.posts.Members(ctx, tx, orgID, account)
	if err != nil {
		return 0, nil, err
	}
	gone := len(to.UserIDs)
	for _, m := range members {
		if slices.Contains(to.UserIDs, m.UserID) {
			people += m.Friends
			gone--
		}
	}
	if gone > 0 {
		lack = append(lack, errs.Field{Path: "targets.user_ids", Text: i18n.T("有 %d 位成员已不在，请重新选择", "%d of the members are not there any more; choose again", gone)})
	}
	if len(to.TagIDs) == 0 {
		return people, lack, nil
	}
	tags, err := s.posts.Tags(ctx, tx, orgID, account)
	if err != nil {
		return 0, nil, err
	}
	for _, id := range to.TagIDs {
		if !slices.ContainsFunc(tags, func(t PlatformTag) bool { return t.ID == id }) {
			return people, append(lack, errs.Field{Path: "targets.tag_ids", Text: i18n.T("有标签在企业微信里已经删除，请重新选择", "Some of the tags were deleted in WeCom; choose again")}), nil
		}
	}
	return people, lack, nil
}

// BroadcastPosts lists how far the members are who were asked for a moment.
func (s *Service) BroadcastPosts(ctx context.Context, id string) (out []MomentResult, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		b, err := s.asked(ctx, tx, a.OrgID, id, AsMoment)
		if err != nil || b.askKey == "" {
			return err
		}
		if out, err = s.posts.Published(ctx, tx, a.OrgID, b.askKey); err != nil {
			return err
		}
		names, err := s.Orgs.StaffNames(ctx, tx, a.OrgID)
		for i := range out {
			out[i].StaffName = names[out[i].StaffID]
		}
		return err
	})
	return out, err
}

// BroadcastReactions lists who liked a moment and commented on it, the newest first.
func (s *Service) BroadcastReactions(ctx context.Context, id string, offset, limit int) (out []Reaction, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		b, err := s.asked(ctx, tx, a.OrgID, id, AsMoment)
		if err != nil || b.askKey == "" {
			return err
		}
		if out, err = s.posts.Reactions(ctx, tx, a.OrgID, b.askKey, offset, limit); err != nil {
			return err
		}
		names, err := s.Orgs.StaffNames(ctx, tx, a.OrgID)
		for i := range out {
			out[i].UserName = nameOf(names, out[i].Staff, out[i].UserName)
		}
		return err
	})
	return out, err
}

// BroadcastChoices are what broadcasts can be made of.
type BroadcastChoices struct {
	Accounts []AccountView `json:"accounts" nullable:"false"`
	Members  []Member      `json:"members" nullable:"false" doc:"Of the account; who may publish moments"`
	Tags     []PlatformTag `json:"tags" nullable:"false" doc:"Of the account; by which moments choose who sees them"`
}

// BroadcastChoices returns them for the actor's org, and for an account.
func (s *Service) BroadcastChoices(ctx context.Context, account string) (out BroadcastChoices, err error) {
	a := actor(ctx)
	out = BroadcastChoices{Accounts: []AccountView{}, Members: []Member{}, Tags: []PlatformTag{}}
	if s.posts == nil {
		return out, nil
	}
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		accounts, err := s.posts.Accounts(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		out.Accounts = []AccountView{}
		for _, c := range accounts {
			out.Accounts = append(out.Accounts, AccountView{ID: c.ID, Name: c.Name, Carrier: c.Carrier, Active: c.Active})
		}
		if account == "" || !slices.ContainsFunc(accounts, func(c Account) bool { return c.ID == account }) {
			return nil
		}
		members, err := s.posts.Members(ctx, tx, a.OrgID, account)
		if err != nil {
			return err
		}
		names, err := s.Orgs.StaffNames(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		for i := range members {
			members[i].Name = nameOf(names, members[i].StaffID, members[i].Name)
		}
		tags, err := s.posts.Tags(ctx, tx, a.OrgID, account)
		out.Members, out.Tags = append([]Member{}, members...), append([]PlatformTag{}, tags...)
		return err
	})
	return out, err
}
