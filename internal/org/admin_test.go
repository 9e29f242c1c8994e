package org

import (
	"maps"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
)

func TestAdministrationFromTheCommandLine(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		b := h.brand("Alpha")
		if all, err := h.svc.Orgs(t.Context()); err != nil || len(all) != 1 || all[0] != b.Org {
			t.Fatalf("%+v %v", all, err)
		}
		b.owner.want(200, "GET", "/auth/me", nil, nil)
		if err := h.svc.SetPassword(t.Context(), b.ID, "Owner@Alpha.example", "staple battery horse"); err != nil {
			t.Fatal(err)
		}
		b.owner.want(401, "GET", "/auth/me", nil, nil)
		h.signIn("owner@alpha.example", "staple battery horse")
		if err := h.svc.SetPassword(t.Context(), b.ID, "nobody@alpha.example", "staple battery horse"); !errs.Is(err, errs.CodeNotFound) {
			t.Errorf("nobody: %v", err)
		}
		one, err := h.svc.EnsureStaff(t.Context(), b.ID, "Wu Lan", "WU@alpha.example", RoleAssociate)
		if err != nil || one.Status != StatusActive {
			t.Fatalf("%+v %v", one, err)
		}
		again, err := h.svc.EnsureStaff(t.Context(), b.ID, "Another", "wu@alpha.example", RoleViewer)
		if err != nil || again.ID != one.ID || again.Role != RoleAssociate {
			t.Fatalf("%+v %v", again, err)
		}
		// Active, but without a password nobody signs in.
		h.browser().want(401, "POST", "/auth/sign-in", obj{"email": "wu@alpha.example", "password": ""}, nil)

		b.owner = h.signIn("owner@alpha.example", "staple battery horse")
		gone, _ := b.hire("Gone", RoleViewer)
		for _, email := range []string{"t1@alpha.example", "t2@alpha.example", "t3@alpha.example"} {
			if _, err := h.svc.EnsureStaff(t.Context(), b.ID, "Twin", email, RoleViewer); err != nil {
				t.Fatal(err)
			}
		}
		disabled := StatusDisabled
		if _, err := h.svc.UpdateStaff(as(t.Context(), b.Owner, b.ID), gone.ID, StaffPatch{Status: &disabled}); err != nil {
			t.Fatal(err)
		}
		err = d.Read(t.Context(), b.ID, func(tx *db.Tx) error {
			names, err := h.svc.StaffByName(t.Context(), tx, b.ID)
			for _, twin := range []string{"t1", "t2", "t3"} {
				if names[twin+"@alpha.example"] == "" {
					t.Errorf("%s missing", twin)
				}
				delete(names, twin+"@alpha.example")
			}
			want := map[string]string{b.Owner.Name: b.Owner.ID, "owner@alpha.example": b.Owner.ID, "Wu Lan": one.ID, "wu@alpha.example": one.ID}
			if !maps.Equal(names, want) {
				t.Errorf("%v, want %v", names, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
