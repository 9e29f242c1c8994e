package campaign

import (
	"context"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// MassTask is what one member of staff was asked to send in WeCom, and how far
// they are.
type MassTask struct {
	ID          string      `json:"id"`
	AccountID   string      `json:"account_id"`
	UserID      string      `json:"user_id" doc:"The member on the platform"`
	UserName    string      `json:"user_name"`
	StaffID     string      `json:"staff_id" doc:"Who of the staff that is; empty: not known"`
	StaffName   string      `json:"staff_name"`
	Status      string      `json:"status" enum:"queued,asked,confirmed,done,cancelled,failed"`
	Text        string      `json:"text" doc:"The beginning of what they are to send"`
	Customers   int64       `json:"customers" doc:"Receivers: customers, or groups"`
	Waiting     int64       `json:"waiting"`
	Sent        int64       `json:"sent"`
	NotFriend   int64       `json:"not_friend" doc:"Not this member's contacts any more"`
	TooMany     int64       `json:"too_many" doc:"Have got as many mass messages as the platform allows"`
	Failed      int64       `json:"failed" doc:"For another reason"`
	Cancelled   int64       `json:"cancelled"`
	AskedAt     *time.Time  `json:"asked_at"`
	ConfirmedAt *time.Time  `json:"confirmed_at"`
	DoneAt      *time.Time  `json:"done_at"`
	EndAt       time.Time   `json:"end_at" doc:"Who has not confirmed by then need not"`
	Reminders   []time.Time `json:"reminders" nullable:"false" doc:"Of the last 24 hours; three at most"`
	Code        string      `json:"code" doc:"Why it failed, or is not asked yet"`
	Reason      string      `json:"reason"`

	Why i18n.Text `json:"-"`
}

// Mass answers for what members of staff are asked to send. Origins are plans
// in the outbox, or keys under which groups were asked.
type Mass interface {
	Tasks(ctx context.Context, tx *db.Tx, orgID string, origins []string, after string, limit int) ([]MassTask, error)
	// Task is one of them; errs.CodeNotFound.
	Task(ctx context.Context, tx *db.Tx, orgID string, origins []string, id string) (MassTask, error)
	// Look has the platform asked now how far they are.
	Look(ctx context.Context, tx *db.Tx, orgID string, origins []string) error
	// Remind tells a member once more; errs.CodeTooMany after three times in a day.
	Remind(ctx context.Context, orgID, taskID string) error
}

// asking is what needs the confirmation of members of staff.
type asking struct {
	mass  Mass
	posts Posts
}

// SetAsking connects who asks members of staff. It is called before Run.
func (s *Service) SetAsking(m Mass, p Posts) { s.asking = asking{m, p} }

var errNoMass = errs.Conflict(i18n.T("没有接入企业微信", "No WeCom account is connected"))

// massOrigins are the plans of a campaign in the outbox.
func massOrigins(id string) []string { return []string{id, restID(id)} }

// MassTasks lists whom a campaign waits for.
func (s *Service) MassTasks(ctx context.Context, id, after string, limit int) (out []MassTask, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		if _, err := load(ctx, tx, a.OrgID, id); err != nil {
			return err
		}
		out, err = s.tasksOf(ctx, tx, a.OrgID, massOrigins(id), after, limit)
		return err
	})
	return out, err
}

func (s *Service) tasksOf(ctx context.Context, tx *db.Tx, orgID string, origins []string, after string, limit int) ([]MassTask, error) {
	if s.mass == nil {
		return nil, nil
	}
	out, err := s.mass.Tasks(ctx, tx, orgID, origins, after, limit)
	if err != nil || len(out) == 0 {
		return nil, err
	}
	names, err := s.Orgs.StaffNames(ctx, tx, orgID)
	for i := range out {
		out[i].StaffName, out[i].Reason = names[out[i].StaffID], out[i].Why.In(i18n.From(ctx))
	}
	return out, err
}

// LookAtMass has the platform asked now how far a campaign is.
func (s *Service) LookAtMass(ctx context.Context, id string) error {
	return s.lookAt(ctx, massOrigins(id), func(ctx context.Context, tx *db.Tx, orgID string) error {
		_, err := load(ctx, tx, orgID, id)
		return err
	})
}

func (s *Service) lookAt(ctx context.Context, origins []string, there func(context.Context, *db.Tx, string) error) error {
	a := actor(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if err := there(ctx, tx, a.OrgID); err != nil {
			return err
		}
		if s.mass == nil {
			return errNoMass
		}
		return s.mass.Look(ctx, tx, a.OrgID, origins)
	})
}

// RemindMass tells a member once more of what a campaign asks them to send.
func (s *Service) RemindMass(ctx context.Context, id, taskID string) error {
	return s.remind(ctx, massOrigins(id), taskID, func(ctx context.Context, tx *db.Tx, orgID string) error {
		_, err := load(ctx, tx, orgID, id)
		return err
	})
}

func (s *Service) remind(ctx context.Context, origins []string, taskID string, there func(context.Context, *db.Tx, string) error) error {
	a := actor(ctx)
	if err := s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		if err := there(ctx, tx, a.OrgID); err != nil {
			return err
		}
		if s.mass == nil {
			return errNoMass
		}
		_, err := s.mass.Task(ctx, tx, a.OrgID, origins, taskID)
		return err
	}); err != nil {
		return err
	}
	return s.mass.Remind(ctx, a.OrgID, taskID)
}
