package campaign

import (
	"context"
	"fmt"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Ask is a broadcast that members of staff are asked to send.
type Ask struct {
	OrgID, Key, AccountID string
	Parts                 []Part
	Targets               Targets
	At, EndAt             time.Time
}

// Far is how far those are who were asked.
type Far struct {
	Status string // queued, asked, done, cancelled, failed
	Code   string
	Reason i18n.Text
	Counts Counts
}

// Chat is a group of customers.
type Chat struct {
	ChatID    string `json:"chat_id"`
	Name      string `json:"name"`
	OwnerID   string `json:"owner_user_id"`
	OwnerName string `json:"owner_name"`
	Members   int64  `json:"members"`

	Owner string `json:"-"` // staff
}

// Member is a member of the corp who may publish moments.
type Member struct {
	UserID  string `json:"user_id"`
	Name    string `json:"name"`
	StaffID string `json:"staff_id"`
	Friends int64  `json:"friends"`
}

// PlatformTag is a tag by which a moment chooses who sees it.
type PlatformTag struct {
	ID    string `json:"id"`
	Group string `json:"group"`
	Name  string `json:"name"`
}

// ChatFilter chooses groups.
type ChatFilter struct {
	AccountID, Owner, Q string
	ChatIDs             []string
	After               string
	Limit               int
}

// Posts answers for what members of staff send into groups and publish.
type Posts interface {
	// Accounts are those of WeCom.
	Accounts(ctx context.Context, tx *db.Tx, orgID string) ([]Account, error)
	// Check tells what is wrong with parts for a kind; errs.CodeInvalid names it.
	Check(ctx context.Context, tx *db.Tx, orgID, kind string, parts []Part) error
	// Keep keeps the files of a draft from being swept.
	Keep(ctx context.Context, tx *db.Tx, orgID, id string, parts []Part) error
	// Ask asks, once for each key.
	Ask(ctx context.Context, tx *db.Tx, kind string, a Ask) error
	Cancel(ctx context.Context, tx *db.Tx, orgID, kind, key string) error
	HowFar(ctx context.Context, tx *db.Tx, orgID, kind, key string) (Far, error)
	LookAtMoment(ctx context.Context, tx *db.Tx, orgID, key string) error
	Groups(ctx context.Context, tx *db.Tx, orgID, key string) ([]GroupResult, error)
	Published(ctx context.Context, tx *db.Tx, orgID, key string) ([]MomentResult, error)
	Reactions(ctx context.Context, tx *db.Tx, orgID, key string, offset, limit int) ([]Reaction, error)
	Chats(ctx context.Context, tx *db.Tx, orgID string, f ChatFilter) ([]Chat, error)
	Members(ctx context.Context, tx *db.Tx, orgID, accountID string) ([]Member, error)
	Tags(ctx context.Context, tx *db.Tx, orgID, accountID string) ([]PlatformTag, error)
}

// ready says what a broadcast lacks to be sent, and counts who could read it.
func (s *Service) ready(ctx context.Context, tx *db.Tx, orgID string, b *broadcast) (people int64, err error) {
	if s.posts == nil {
		return 0, errNoMass
	}
	parts, to, err := b.content()
	if err != nil {
		return 0, err
	}
	var fields []errs.Field
	if b.account == "" {
		fields = append(fields, errs.Field{Path: "account_id", Text: i18n.T("还没有选择企业微信账号", "No WeCom account is chosen")})
	}
	if err := s.posts.Check(ctx, tx, orgID, b.kind, parts); errs.Is(err, errs.CodeInvalid) {
		fields = append(fields, errs.As(err).Fields...)
	} else if err != nil {
		return 0, err
	}
	if b.kind == ToGroups {
		var lack *errs.Field
		if people, lack, err = s.groupReaders(ctx, tx, orgID, b.account, to); lack != nil {
			fields = append(fields, *lack)
		}
	} else {
		var lack []errs.Field
		if people, lack, err = s.momentReaders(ctx, tx, orgID, b.account, to); lack != nil {
			fields = append(fields, lack...)
		}
	}
	if err == nil && len(fields) > 0 {
		err = errs.Invalid(i18n.T("还不能提交", "It cannot be submitted yet"), fields...)
	}
	return people, err
}

// SubmitBroadcast hands a draft in, if it is still as the caller saw it. A large
// one then waits for a second person; others are asked for at once, or when
// their time has come.
func (s *Service) SubmitBroadcast(ctx context.Context, id string, version int64) (Broadcast, error) {
	a := actor(ctx)
	err := s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		b, err := loadBroadcast(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		if b.status != Draft {
			return broadcastConflict(b.status)
		}
		if b.version != version {
			return errs.Conflict(i18n.T("别人刚改过，请重新打开", "Somebody has changed it meanwhile; open it again"))
		}
		if b.people, err = s.ready(ctx, tx, a.OrgID, b); err != nil {
			return err
		}
		set, err := settingsOf(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		to := Awaiting
		if b.people <= int64(set.ApproveOver) {
			to = "asked"
		}
		if err := s.turnBroadcast(ctx, tx, a.OrgID, b, to, Draft, "people = ?, submitted_at = ?, submitted_by = ?", b.people, s.micros(), a.ID); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "campaign.broadcast_submitted", "broadcast", id, map[string]any{"people": b.people, "awaiting": to == Awaiting})
	})
	if err != nil {
		return Broadcast{}, err
	}
	return s.Broadcast(ctx, id)
}

func broadcastConflict(status string) error {
	return errs.Conflict(i18n.T("群发现在的状态（%s）不能这样做", "The broadcast is %s: that cannot be done now", status))
}

// turnBroadcast moves one on by compare-and-set, and asks if that is what it is
// to come to.
func (s *Service) turnBroadcast(ctx context.Context, tx *db.Tx, orgID string, b *broadcast, to, from, set string, args ...any) error {
	all := append([]any{to, s.micros()}, args...)
	n, err := tx.Changed(ctx, "UPDATE campaign_broadcast SET status = ?, changed_at = ?, "+set+" WHERE org_id = ? AND id = ? AND status = ? AND version = ?", append(all, orgID, b.id, from, b.version)...)
	if err != nil {
		return err
	}
	if n == 0 {
		return broadcastConflict(b.status)
	}
	if to != "asked" {
		return nil
	}
	parts, targets, err := b.content()
	if err != nil {
		return err
	}
	key := fmt.Sprintf("%s_%d", b.id, b.version)
	at := s.now()
	if b.start > clock.Micros(at) {
		at = clock.Time(b.start)
	}
	if err := s.posts.Ask(ctx, tx, b.kind, Ask{OrgID: orgID, Key: key, AccountID: b.account, Parts: parts, Targets: targets, At: at, EndAt: at.AddDate(0, 0, int(b.days))}); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "UPDATE campaign_broadcast SET ask_key = ? WHERE org_id = ? AND id = ?", key, orgID, b.id)
	return err
}

// ApproveBroadcast lets one go that somebody else submitted.
func (s *Service) ApproveBroadcast(ctx context.Context, id string) (Broadcast, error) {
	a := actor(ctx)
	err := s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		b, err := loadBroadcast(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		if b.status != Awaiting {
			return broadcastConflict(b.status)
		}
		if b.submittedBy == a.ID {
			return errs.Forbidden(i18n.T("要由提交人以外的人批准", "Somebody else than who submitted it must approve"))
		}
		if _, err := s.ready(ctx, tx, a.OrgID, b); err != nil {
			return err
		}
		if err := s.turnBroadcast(ctx, tx, a.OrgID, b, "asked", Awaiting, "approved_at = ?, approved_by = ?", s.micros(), a.ID); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "campaign.broadcast_approved", "broadcast", id, map[string]any{"people": b.people})
	})
	if err != nil {
		return Broadcast{}, err
	}
	return s.Broadcast(ctx, id)
}

// WithdrawBroadcast makes a draft of one that nobody was asked for yet.
func (s *Service) WithdrawBroadcast(ctx context.Context, id string) (Broadcast, error) {
	a := actor(ctx)
	err := s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		b, err := loadBroadcast(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		planned := b.status == "asked" && b.start > s.micros()
		if b.status != Awaiting && !planned {
			return broadcastConflict(b.status)
		}
		if planned {
			if err := s.posts.Cancel(ctx, tx, a.OrgID, b.kind, b.askKey); err != nil {
				return err
			}
		}
		if err := s.turnBroadcast(ctx, tx, a.OrgID, b, Draft, b.status, "people = 0, ask_key = '', submitted_at = 0, submitted_by = '', approved_at = 0, approved_by = '', version = version + 1"); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "campaign.broadcast_withdrawn", "broadcast", id, nil)
	})
	if err != nil {
		return Broadcast{}, err
	}
	return s.Broadcast(ctx, id)
}

// CancelBroadcast calls off what nobody has confirmed yet.
func (s *Service) CancelBroadcast(ctx context.Context, id string) (Broadcast, error) {
	a := actor(ctx)
	err := s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		b, err := loadBroadcast(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		if b.status != Awaiting && b.status != "asked" {
			return broadcastConflict(b.status)
		}
		if b.askKey != "" && s.posts != nil {
			if err := s.posts.Cancel(ctx, tx, a.OrgID, b.kind, b.askKey); err != nil {
				return err
			}
		}
		if err := s.turnBroadcast(ctx, tx, a.OrgID, b, Cancelled, b.status, "cancelled_at = ?", s.micros()); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "campaign.broadcast_cancelled", "broadcast", id, nil)
	})
	if err != nil {
		return Broadcast{}, err
	}
	return s.Broadcast(ctx, id)
}

// asked reads a broadcast within tx, with the key under which it was asked.
func (s *Service) asked(ctx context.Context, tx *db.Tx, orgID, id, kind string) (*broadcast, error) {
	b, err := loadBroadcast(ctx, tx, orgID, id)
	if err != nil {
		return nil, err
	}
	if kind != "" && b.kind != kind {
		return nil, errNoBroadcast
	}
	return b, nil
}

// LookAtBroadcast has the platform asked now how far one is.
func (s *Service) LookAtBroadcast(ctx context.Context, id string) error {
	a := actor(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		b, err := s.asked(ctx, tx, a.OrgID, id, "")
		if err != nil || b.askKey == "" {
			return err
		}
		if b.kind == AsMoment {
			return s.posts.LookAtMoment(ctx, tx, a.OrgID, b.askKey)
		}
		return s.mass.Look(ctx, tx, a.OrgID, []string{b.askKey})
	})
}
