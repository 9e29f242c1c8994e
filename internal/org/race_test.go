package org

import (
	"errors"
	"runtime"
	"testing"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
)

// overtaken runs second while first's transaction is open: until second has
// to wait for it, or is done. It returns what second came to in the end.
func overtaken(t *testing.T, d *db.DB, orgID string, first func(tx *db.Tx) error, second func() error) error {
	t.Helper()
	result := make(chan error, 1)
	var early []error
	err := d.Write(t.Context(), orgID, func(tx *db.Tx) error {
		if err := first(tx); err != nil {
			return err
		}
		go func() { result <- second() }()
		for {
			select {
			case err := <-result:
				early = append(early, err)
				return nil
			default:
				runtime.Gosched()
			}
			var waiting int
			if err := tx.QueryRow(t.Context(), "SELECT COUNT(*) FROM pg_locks WHERE NOT granted").Scan(&waiting); err != nil || waiting > 0 {
				return err
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(early) > 0 {
		return early[0]
	}
	return <-result
}

// The races that only several connections can have.
func TestChangesOfOneAccountWaitForEachOther(t *testing.T) {
	d := testkit.Open(t, db.Postgres, schema)
	h := newHouse(t, d)
	b := h.brand("Alpha")
	viewer, disabled := RoleViewer, StatusDisabled

	second, _ := b.hire("Second", RoleOwner)
	err := overtaken(t, d, b.ID, func(tx *db.Tx) error {
		if err := lockOrg(t.Context(), tx, b.ID, h.clock.Now()); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), "UPDATE org_staff SET role = ? WHERE org_id = ? AND id = ?", viewer, b.ID, second.ID)
		return err
	}, func() error {
		_, err := h.svc.UpdateStaff(as(t.Context(), second, b.ID), b.Owner.ID, StaffPatch{Role: &viewer})
		return err
	})
	if !errors.Is(err, error(errLastOwner)) {
		t.Errorf("the last owner was demoted: %v", err)
	}

	mei, _ := b.hire("Mei", RoleOperator)
	disable := func(tx *db.Tx) error {
		before, err := staffByID(t.Context(), tx, b.ID, mei.ID)
		if err != nil {
			return err
		}
		after := before
		after.Status = disabled
		return h.svc.storeStaff(as(t.Context(), b.Owner, b.ID), tx, before, after)
	}
	enable := func() {
		active := StatusActive
		if _, err := h.svc.UpdateStaff(as(t.Context(), b.Owner, b.ID), mei.ID, StaffPatch{Status: &active}); err != nil {
			t.Fatal(err)
		}
	}
	err = overtaken(t, d, b.ID, disable, func() error {
		_, err := h.svc.SignIn(t.Context(), mei.Email, goodPass, "", client{})
		return err
	})
	if !errs.Is(err, errs.CodeUnauthenticated) {
		t.Errorf("a session slipped in while the account was disabled: %v", err)
	}
	enable()
	err = overtaken(t, d, b.ID, disable, func() error {
		ctx := access.With(t.Context(), access.Actor{Kind: access.Staff, OrgID: b.ID, ID: mei.ID}.WithPermissions([]string{"pool.read"}))
		_, _, err := h.svc.CreateAPIKey(ctx, "x", []string{"pool.read"})
		return err
	})
	if !errs.Is(err, errs.CodeConflict) {
		t.Errorf("a key slipped in while the account was disabled: %v", err)
	}
}

// Should a session survive its account in the store, it still opens nothing.
func TestSessionOfADisabledAccountIsNobody(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.brand("Alpha")
		mei, c := b.hire("Mei", RoleOperator)
		k, _ := b.key("pool.track")
		for _, id := range []string{mei.ID, b.Owner.ID} {
			if err := d.Write(t.Context(), b.ID, func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), "UPDATE org_staff SET status = ? WHERE org_id = ? AND id = ?", StatusDisabled, b.ID, id)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		h.clock.Advance(authCacheFor)
		c.want(401, "GET", "/auth/me", nil, nil)
		k.want(401, "POST", "/track", nil, nil)
	})
}
