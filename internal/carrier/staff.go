package carrier

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"fishpond/internal/carrier/wecom"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// AccountStaff is a member of a corp and who they are here.
type AccountStaff struct {
	UserID    string    `json:"user_id"`
	Name      string    `json:"name"`
	Email     string    `json:"email"`
	Status    string    `json:"status" enum:"active,inactive,left"`
	StaffID   string    `json:"staff_id" doc:"Empty: nobody here yet"`
	ByHand    bool      `json:"by_hand" doc:"The tie to staff_id was set by a human and is kept"`
	Shared    bool      `json:"shared" doc:"May have customers of others without being reported as a duplicate, such as a service desk"`
	SignIn    bool      `json:"sign_in" doc:"May sign in as staff_id from inside WeCom, without a password"`
	Friends   int64     `json:"friends" doc:"Customers who can be reached through them"`
	UpdatedAt time.Time `json:"updated_at"`
}

// saveMembers stores members and ties those to staff whose e-mail address says
// who they are. all: these are all there are, the others have left.
func (s *Service) saveMembers(ctx context.Context, tx *db.Tx, a *account, list []wecom.Member, all bool) error {
	staff, err := s.ports.Staff.ActiveStaff(ctx, tx, a.org)
	if err != nil {
		return err
	}
	byEmail := map[string]string{}
	for _, m := range staff {
		byEmail[strings.ToLower(m.Email)] = m.ID
	}
	known, err := membersOf(ctx, tx, a.org, a.id)
	if err != nil {
		return err
	}
	now := s.micros()
	if all {
		if _, err := tx.Exec(ctx, "UPDATE carrier_staff SET status = 'left', updated_at = ? WHERE org_id = ? AND account_id = ?", now, a.org, a.id); err != nil {
			return err
		}
	}
	for _, m := range list {
		if m.UserID == "" || len(m.UserID) > maxID {
			continue
		}
		had := known[m.UserID]
		email := oneLine(m.BizMail, 254)
		if email == "" {
			email = oneLine(m.Email, 254)
		}
		tied := had.staff
		if id := byEmail[strings.ToLower(email)]; id != "" && email != "" && !had.byHand {
			tied = id
		}
		status := "active"
		switch m.Status {
		case 2, 4:
			status = "inactive"
		case 5:
			status = "left"
		}
		if _, err := tx.Exec(ctx, `INSERT INTO carrier_staff (org_id, account_id, user_id, name, email, status, staff_id, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (org_id, account_id, user_id) DO UPDATE SET name = CASE WHEN excluded.name = '' THEN carrier_staff.name ELSE excluded.name END,
				email = CASE WHEN excluded.email = '' THEN carrier_staff.email ELSE excluded.email END, status = excluded.status, staff_id = excluded.staff_id, updated_at = excluded.updated_at`,
			a.org, a.id, m.UserID, oneLine(m.Name, 64), email, status, tied, now); err != nil {
			return err
		}
	}
	// A name that is given again may be another's.
	_, err = tx.Exec(ctx, "UPDATE carrier_staff SET sign_in = '' WHERE org_id = ? AND account_id = ? AND status = 'left' AND sign_in <> ''", a.org, a.id)
	return err
}

// Staff lists the members of an account.
func (s *Service) Staff(ctx context.Context, accountID string) (out []AccountStaff, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		if _, err := s.accountByID(ctx, tx, org, accountID); err != nil {
			return err
		}
		out = nil
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var m AccountStaff
			var byHand, shared, at int64
			var mayBe string
			if err := rows.Scan(&m.UserID, &m.Name, &m.Email, &m.Status, &m.StaffID, &byHand, &shared, &mayBe, &at, &m.Friends); err != nil {
				return err
			}
			m.ByHand, m.Shared, m.UpdatedAt = byHand == 1, shared == 1, clock.Time(at)
			m.SignIn = m.StaffID != "" && m.StaffID == mayBe
			out = append(out, m)
			return nil
		}, `SELECT m.user_id, m.name, m.email, m.status, m.staff_id, m.by_hand, m.shared, m.sign_in, m.updated_at,
				(SELECT count(*) FROM carrier_contact c WHERE c.org_id = m.org_id AND c.account_id = m.account_id AND c.user_id = m.user_id AND c.status IN ('friend', 'half'))
			FROM carrier_staff m WHERE m.org_id = ? AND m.account_id = ? ORDER BY m.name, m.user_id`, org, accountID)
	})
	return out, err
}

// StaffPatch changes who a member is; nil leaves as it is.
type StaffPatch struct {
	StaffID *string `json:"staff_id,omitempty" maxLength:"64" doc:"Empty: nobody"`
	Shared  *bool   `json:"shared,omitempty"`
	SignIn  *bool   `json:"sign_in,omitempty" doc:"May sign in as staff_id from inside WeCom. Needs carrier.sign_in"`
}

// SetStaff ties a member to staff by hand, or puts them on the list of those who
// may share customers.
func (s *Service) SetStaff(ctx context.Context, accountID, userID string, p StaffPatch) error {
	if p.SignIn != nil {
		if err := maySignInOthers(ctx); err != nil {
			return err
		}
	}
	org := actor(ctx).OrgID
	return s.db.Write(ctx, org, func(tx *db.Tx) error {
		a, err := s.accountByID(ctx, tx, org, accountID)
		if err != nil {
			return err
		}
		all, err := membersOf(ctx, tx, org, a.id)
		if err != nil {
			return err
		}
		m, ok := all[userID]
		if !ok {
			return errs.NotFound(i18n.T("这位成员", "member"))
		}
		if p.StaffID != nil {
			if err := s.knownStaff(ctx, tx, org, "body.staff_id", *p.StaffID); err != nil {
				return err
			}
			m.staff, m.byHand = *p.StaffID, true
		}
		if p.Shared != nil {
			m.shared = *p.Shared
		}
		if p.SignIn != nil {
			if m.mayBe = ""; *p.SignIn {
				if m.mayBe = m.staff; m.staff == "" || m.status == "left" {
					return errs.Conflict(i18n.T("先选这位成员是哪位员工；已离职的成员不能登录", "Say first which staff this member is; who has left cannot sign in"))
				}
			}
		}
		if _, err := tx.Exec(ctx, "UPDATE carrier_staff SET staff_id = ?, by_hand = ?, shared = ?, sign_in = ?, updated_at = ? WHERE org_id = ? AND account_id = ? AND user_id = ?",
			m.staff, db.Bit(m.byHand), db.Bit(m.shared), m.mayBe, s.micros(), org, a.id, userID); err != nil {
			return err
		}
		return s.ports.Auditor.Audit(ctx, tx, "carrier.staff_set", "account", a.id, map[string]any{"user_id": userID, "staff_id": m.staff, "shared": m.shared, "sign_in": m.staff != "" && m.mayBe == m.staff})
	})
}
