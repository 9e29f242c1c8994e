package org

import (
	"context"
	"strings"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// The states of a staff member.
const (
	StatusInvited  = "invited" // has not yet used the invitation
	StatusActive   = "active"
	StatusDisabled = "disabled"
)

// Staff is somebody who works for the org.
type Staff struct {
	ID              string     `json:"id"`
	Name            string     `json:"name"`
	Email           string     `json:"email" doc:"Empty for readers without org.staff"`
	Role            string     `json:"role" enum:"owner,operator,associate,finance,viewer"`
	Status          string     `json:"status" enum:"invited,active,disabled" doc:"Readers without org.staff see invited as active"`
	Locale          string     `json:"locale" enum:"zh-CN,en"`
	CreatedAt       time.Time  `json:"created_at"`
	LastSeenAt      *time.Time `json:"last_seen_at,omitempty" doc:"To the minute; only for readers with org.staff"`
	InviteExpiresAt *time.Time `json:"invite_expires_at,omitempty" doc:"While an invitation is open; only for readers with org.staff"`
}

var (
	staffThing    = i18n.T("员工", "member of staff")
	errEmailTaken = errs.Conflict(i18n.T("这个邮箱已经是企业的员工", "This e-mail already belongs to a member of staff"))
	errMeanwhile  = errs.Conflict(i18n.T("有人刚刚修改过，请刷新后重试", "Somebody changed this just now; reload and try again"))
	errLastOwner  = errs.Conflict(i18n.T("这是最后一位所有者，请先让另一位员工成为所有者", "This is the last owner; make somebody else an owner first"))
)

// newStaffRow is a staff member to be stored, invited and without a password.
func (s *Service) newStaffRow(orgID, name, email, role, locale string) (*staffRow, error) {
	var wrong []errs.Field
	cleanedName, err := cleanName(name)
	if err != nil {
		wrong = append(wrong, errs.Field{Path: "body.name", Text: errs.As(err).Text})
	}
	cleanedEmail, err := cleanEmail(email)
	if err != nil {
		wrong = append(wrong, errs.As(err).Fields...)
	}
	if !validRole(role) {
		wrong = append(wrong, errs.Field{Path: "body.role", Text: i18n.T("没有这个角色", "No such role")})
	}
	if len(wrong) > 0 {
		return nil, errs.Invalid(i18n.T("有内容填写不正确，请按下面的提示修改", "Some of the input is not right; see each field"), wrong...)
	}
	return &staffRow{OrgID: orgID, Staff: Staff{ID: ids.New("stf"), Name: cleanedName, Email: cleanedEmail, Role: role, Status: StatusInvited,
		Locale: locale, CreatedAt: s.now().Truncate(time.Microsecond)}}, nil
}

// ListStaff lists the actor's colleagues, the longest here first. q looks in
// names and, for actors with org.staff, e-mails; status filters.
func (s *Service) ListStaff(ctx context.Context, q, status string) ([]Staff, error) {
	actor, err := actorOf(ctx)
	if err != nil {
		return nil, err
	}
	var all []Staff
	var invites map[string]time.Time
	err = s.db.Read(ctx, actor.OrgID, func(tx *db.Tx) (err error) {
		if all, err = listStaff(ctx, tx, actor.OrgID); err != nil {
			return err
		}
		invites, err = openInvites(ctx, tx, actor.OrgID, s.now())
		return err
	})
	if err != nil {
		return nil, err
	}
	q = nameKey(q)
	out := make([]Staff, 0, len(all))
	for _, st := range all {
		if until, ok := invites[st.ID]; ok {
			st.InviteExpiresAt = &until
		}
		st = visibleTo(actor, st)
		if (status == "" || st.Status == status) && (strings.Contains(nameKey(st.Name), q) || strings.Contains(st.Email, q)) {
			out = append(out, st)
		}
	}
	return out, nil
}

// visibleTo takes away what only those who manage staff may see.
func visibleTo(a access.Actor, st Staff) Staff {
	if a.Can(permStaff) {
		return st
	}
	if st.ID != a.ID {
		st.Email, st.LastSeenAt = "", nil
	}
	st.InviteExpiresAt = nil
	if st.Status == StatusInvited {
		st.Status = StatusActive
	}
	return st
}

// InviteStaff adds a member of staff and returns the link that they choose
// their password with.
func (s *Service) InviteStaff(ctx context.Context, name, email, role string) (Staff, string, error) {
	actor, err := person(ctx)
	if err != nil {
		return Staff{}, "", err
	}
	var row *staffRow
	var url string
	err = s.db.Write(ctx, actor.OrgID, func(tx *db.Tx) error {
		o, err := orgByID(ctx, tx, actor.OrgID)
		if err != nil {
			return err
		}
		if row, err = s.newStaffRow(o.ID, name, email, role, o.Locale); err != nil {
			return err
		}
		if err := insertStaff(ctx, tx, row); err != nil {
			return err
		}
		if url, err = s.inviteLink(ctx, tx, row); err != nil {
			return err
		}
		return s.Audit(ctx, tx, "staff.invited", "staff", row.ID, map[string]any{"role": role})
	})
	if err != nil {
		return Staff{}, "", err
	}
	return row.Staff, url, nil
}

// Reinvite returns a new link for a staff member who lost the first one, or
// the password. Links given before stop working.
func (s *Service) Reinvite(ctx context.Context, staffID string) (url string, err error) {
	actor, err := person(ctx)
	if err != nil {
		return "", err
	}
	err = s.db.Write(ctx, actor.OrgID, func(tx *db.Tx) error {
		st, err := staffByID(ctx, tx, actor.OrgID, staffID)
		if err != nil {
			return err
		}
		if st.Status == StatusDisabled {
			return errs.Conflict(i18n.T("员工已停用，请先启用", "This member of staff is disabled; enable them first"))
		}
		if url, err = s.inviteLink(ctx, tx, &st); err != nil {
			return err
		}
		return s.Audit(ctx, tx, "staff.link_made", "staff", st.ID, nil)
	})
	return url, err
}

// StaffPatch changes a staff member; nil leaves as it is.
type StaffPatch struct {
	Name   *string `json:"name,omitempty" minLength:"1" maxLength:"100"`
	Role   *string `json:"role,omitempty" enum:"owner,operator,associate,finance,viewer"`
	Status *string `json:"status,omitempty" enum:"active,disabled"`
}

// UpdateStaff changes a staff member's name, role or status. Disabling ends
// their sessions, keys and links. The last active owner stays one.
func (s *Service) UpdateStaff(ctx context.Context, staffID string, p StaffPatch) (Staff, error) {
	actor, err := person(ctx)
	if err != nil {
		return Staff{}, err
	}
	var after staffRow
	err = s.db.Write(ctx, actor.OrgID, func(tx *db.Tx) error {
		if err := lockOrg(ctx, tx, actor.OrgID, s.now()); err != nil {
			return err
		}
		before, err := staffByID(ctx, tx, actor.OrgID, staffID)
		if err != nil {
			return err
		}
		if after, err = patched(before, p); err != nil || after == before {
			return err
		}
		if isActiveOwner(before) && !isActiveOwner(after) {
			n, err := activeOwners(ctx, tx, actor.OrgID)
			if err != nil {
				return err
			}
			if n <= 1 {
				return errLastOwner
			}
		}
		return s.storeStaff(ctx, tx, before, after)
	})
	return after.Staff, err
}

func isActiveOwner(s staffRow) bool { return s.Role == RoleOwner && s.Status == StatusActive }

// patched applies p to a staff member.
func patched(st staffRow, p StaffPatch) (staffRow, error) {
	if p.Name != nil {
		name, err := cleanName(*p.Name)
		if err != nil {
			return st, errs.InvalidField("body.name", errs.As(err).Text)
		}
		st.Name = name
	}
	if p.Role != nil {
		if !validRole(*p.Role) {
			return st, errs.InvalidField("body.role", i18n.T("没有这个角色", "No such role"))
		}
		st.Role = *p.Role
	}
	if p.Status == nil || *p.Status == st.Status {
		return st, nil
	}
	switch *p.Status {
	case StatusDisabled:
		st.Status = StatusDisabled
	case StatusActive:
		if st.Status == StatusInvited {
			return st, errs.Conflict(i18n.T("员工还没有接受邀请", "This member of staff has not accepted the invitation yet"))
		}
		st.Status = StatusActive
		if st.Password == "" && st.OIDCSubject == "" { // was disabled before ever signing in
			st.Status = StatusInvited
		}
	default:
		return st, errs.InvalidField("body.status", i18n.T("状态应为 active 或 disabled", "The status must be active or disabled"))
	}
	return st, nil
}

func (s *Service) storeStaff(ctx context.Context, tx *db.Tx, before, after staffRow) error {
	if err := updateStaff(ctx, tx, before, after); err != nil {
		return err
	}
	if after.Status == StatusDisabled && before.Status != StatusDisabled {
		if err := deleteSessions(ctx, tx, after.OrgID, after.ID, ""); err != nil {
			return err
		}
		if err := revokeKeysOf(ctx, tx, after.OrgID, after.ID, s.now()); err != nil {
			return err
		}
		if err := dropLinks(ctx, tx, after.OrgID, linkInvite, after.ID); err != nil {
			return err
		}
	}
	s.forgetStaff(tx, after.ID)
	return s.Audit(ctx, tx, staffAction(before, after), "staff", after.ID, changes(
		change{"name", before.Name, after.Name}, change{"role", before.Role, after.Role}, change{"status", before.Status, after.Status}))
}

// staffAction names the weightiest thing that changed.
func staffAction(before, after staffRow) string {
	switch {
	case before.Status != after.Status && after.Status == StatusDisabled:
		return "staff.disabled"
	case before.Status != after.Status:
		return "staff.enabled"
	case before.Role != after.Role:
		return "staff.role_changed"
	}
	return "staff.updated"
}
