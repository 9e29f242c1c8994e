package org

import (
	"context"
	"strings"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
)

// SetBaseURL changes where links lead, once the server knows the address that
// it listens on. Call it before requests are served.
func (s *Service) SetBaseURL(url string) { s.baseURL = strings.TrimRight(url, "/") }

// Orgs lists the brands of the installation, the oldest first.
func (s *Service) Orgs(ctx context.Context) (out []Org, err error) {
	err = s.db.Read(ctx, db.AllOrgs, func(tx *db.Tx) error {
		out = nil
		all, err := orgIDs(ctx, tx)
		if err != nil {
			return err
		}
		for _, id := range all {
			o, err := orgByID(ctx, tx, id)
			if err != nil {
				return err
			}
			out = append(out, o)
		}
		return nil
	})
	return out, err
}

// SetPassword gives a member of staff a new password and ends their sessions.
// It is for whoever administers the machine: nothing but the storage guards it,
// and a disabled account is active again.
func (s *Service) SetPassword(ctx context.Context, orgID, email, password string) error {
	email, err := cleanEmail(email)
	if err != nil {
		return err
	}
	hash, err := s.hash.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		before, err := staffByEmail(ctx, tx, orgID, email)
		if err != nil {
			return err
		}
		after := before
		after.Password, after.Status = hash, StatusActive
		if err := updateStaff(ctx, tx, before, after); err != nil {
			return err
		}
		if err := deleteSessions(ctx, tx, orgID, before.ID, ""); err != nil {
			return err
		}
		s.forgetStaff(tx, before.ID)
		return s.auditIn(ctx, tx, orgID, "staff.password_set", "staff", before.ID, nil)
	})
}

// EnsureStaff returns the member of staff with that e-mail, and adds them as
// active, without a password, when there is none.
func (s *Service) EnsureStaff(ctx context.Context, orgID, name, email, role string) (out Staff, err error) {
	if email, err = cleanEmail(email); err != nil {
		return Staff{}, err
	}
	err = s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		there, err := staffByEmail(ctx, tx, orgID, email)
		if !errs.Is(err, errs.CodeNotFound) {
			out = there.Staff
			return err
		}
		o, err := orgByID(ctx, tx, orgID)
		if err != nil {
			return err
		}
		row, err := s.newStaffRow(orgID, name, email, role, o.Locale)
		if err != nil {
			return err
		}
		row.Status = StatusActive
		if err := insertStaff(ctx, tx, row); err != nil {
			return err
		}
		out = row.Staff
		return s.auditIn(ctx, tx, orgID, "staff.created", "staff", row.ID, map[string]any{"role": role})
	})
	return out, err
}

// StaffNames gives the names of all who work or worked for an org, by id.
func (s *Service) StaffNames(ctx context.Context, tx *db.Tx, orgID string) (map[string]string, error) {
	all, err := listStaff(ctx, tx, orgID)
	out := make(map[string]string, len(all))
	for _, st := range all {
		out[st.ID] = st.Name
	}
	return out, err
}

// StaffOf lists all who work or worked for an org, within the caller's
// transaction.
func (s *Service) StaffOf(ctx context.Context, tx *db.Tx, orgID string) ([]Staff, error) {
	return listStaff(ctx, tx, orgID)
}

// StaffByName gives the ids of an org's active staff by lower-case e-mail and
// by name, inside the caller's transaction; a name that two bear is left out.
func (s *Service) StaffByName(ctx context.Context, tx *db.Tx, orgID string) (map[string]string, error) {
	all, err := listStaff(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, st := range all {
		if st.Status == StatusDisabled {
			continue
		}
		out[strings.ToLower(st.Email)] = st.ID
		if _, twice := out[st.Name]; twice {
			out[st.Name] = ""
		} else {
			out[st.Name] = st.ID
		}
	}
	for k, v := range out {
		if v == "" {
			delete(out, k)
		}
	}
	return out, nil
}
