package app

import (
	"context"

	"fishpond/internal/carrier"
	"fishpond/internal/org"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool"
)

// carrierPeople is the pool as carriers see it.
type carrierPeople struct{ *pool.Service }

func (p carrierPeople) Resolve(ctx context.Context, tx *db.Tx, orgID string, contacts []carrier.Contact) ([]string, error) {
	check, err := p.Checker(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	out := make([]pool.Contact, len(contacts))
	for i, c := range contacts {
		out[i] = check.Usable(pool.Contact{Source: c.Source, Identities: poolIdentities(c.Identities), Name: c.Name, Gender: c.Gender,
			OwnerStaffID: c.OwnerStaffID, Tags: c.Tags, SeenAt: c.SeenAt})
	}
	return resolved(p.Service.Resolve(ctx, tx, orgID, out))
}

func (p carrierPeople) Find(ctx context.Context, tx *db.Tx, orgID string, of []carrier.Identity) ([]string, error) {
	return p.ByIdentities(ctx, tx, orgID, poolIdentities(of))
}

func (p carrierPeople) Names(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]string, error) {
	named, err := p.Service.Names(ctx, tx, orgID, personIDs)
	out := make(map[string]string, len(named))
	for id, n := range named {
		out[id] = n.Name
	}
	return out, err
}

func poolIdentities(of []carrier.Identity) []pool.Identity {
	out := make([]pool.Identity, len(of))
	for i, id := range of {
		out[i] = pool.Identity(id)
	}
	return out
}

// carrierStaff tells carriers who works for an org.
type carrierStaff struct{ *org.Service }

func (s carrierStaff) ActiveStaff(ctx context.Context, tx *db.Tx, orgID string) ([]carrier.StaffMember, error) {
	all, err := s.StaffOf(ctx, tx, orgID)
	var out []carrier.StaffMember
	for _, st := range all {
		if st.Status != org.StatusDisabled {
			out = append(out, carrier.StaffMember{ID: st.ID, Name: st.Name, Email: st.Email})
		}
	}
	return out, err
}
