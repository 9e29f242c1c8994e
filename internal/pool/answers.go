package pool

import (
	"context"
	"database/sql"
	"slices"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool/resolve"
)

// TagName is a tag without what it takes to count its people.
type TagName struct{ ID, Name, Group, Color string }

// Definitions is what can be said of the persons of an org.
type Definitions struct {
	Traits     []TraitDef
	Tags       []TagName // by group and name
	Identities []string  // kinds
	Purposes   []string  // of consent, that somebody has said something about
}

// Definitions tells what can be said of the persons of an org.
func (s *Service) Definitions(ctx context.Context, tx *db.Tx, orgID string) (out Definitions, err error) {
	if out.Traits, err = traitDefs(ctx, tx, orgID); err != nil {
		return out, err
	}
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var t TagName
		err := rows.Scan(&t.ID, &t.Name, &t.Group, &t.Color)
		out.Tags = append(out.Tags, t)
		return err
	}, "SELECT id, name, group_name, color FROM pool_tag WHERE org_id = ? ORDER BY group_name, name", orgID); err != nil {
		return out, err
	}
	for _, r := range resolve.Rules {
		out.Identities = append(out.Identities, r.Name)
	}
	// A step from one purpose to the next by an index there is none for would
	// read them all; there are as many consents as people who were asked.
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var purpose string
		err := rows.Scan(&purpose)
		out.Purposes = append(out.Purposes, purpose)
		return err
	}, "SELECT DISTINCT purpose FROM pool_consent WHERE org_id = ? ORDER BY purpose", orgID)
	return out, err
}

// Speakers tells who speaks for each of the persons. Left out are unknown ids
// and those whom the actor may not see.
func (s *Service) Speakers(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]Place, error) {
	a, _ := access.From(ctx)
	out := map[string]Place{}
	where, arg := tx.In("p.person_id", personIDs)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var id, owner string
		var p Place
		if err := rows.Scan(&id, &p.ID, &p.Seq, &owner); err != nil {
			return err
		}
		p.Canonical = p.Seq
		if !a.OwnOnly || owner == a.ID {
			out[id] = p
		}
		return nil
	}, `SELECT p.person_id, c.person_id, c.seq, c.owner_staff_id FROM pool_person p JOIN pool_person c ON c.org_id = p.org_id AND c.person_id = p.canonical_id
		WHERE p.org_id = ? AND `+where, orgID, arg)
}

// MembersOf tells for whom each of the speakers speaks, themselves first.
func (s *Service) MembersOf(ctx context.Context, tx *db.Tx, orgID string, speakers []string) (map[string][]string, error) {
	return memberIDs(ctx, tx, orgID, speakers)
}

// ByIdentities finds for each identity, as a source would write it, the person
// who has it and speaks for it. The id is empty where nobody or more than one
// has it, and where it cannot be one.
func (s *Service) ByIdentities(ctx context.Context, tx *db.Tx, orgID string, of []Identity) ([]string, error) {
	set, err := s.orgs.PoolSettings(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	at := map[resolve.Key][]int{}
	var kinds, values []string
	for i, id := range of {
		key, problem := normalise(id, set.phoneRegion(), "")
		if !problem.IsZero() {
			continue
		}
		if at[key] == nil {
			values = append(values, key.Value)
		}
		if name := key.Kind.String(); !slices.Contains(kinds, name) {
			kinds = append(kinds, name)
		}
		at[key] = append(at[key], i)
	}
	out := make([]string, len(of))
	if len(values) == 0 {
		return out, nil
	}
	found := map[resolve.Key]string{}
	whereK, argK := tx.In("i.kind", kinds)
	whereV, argV := tx.In("i.value", values)
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var kind, id string
		var key resolve.Key
		if err := rows.Scan(&kind, &key.Value, &id); err != nil {
			return err
		}
		key.Kind, _ = resolve.Lookup(kind)
		if had, ok := found[key]; ok && had != id {
			id = "" // several: nobody in particular
		}
		found[key] = id
		return nil
	}, `SELECT i.kind, i.value, p.canonical_id FROM pool_identity i JOIN pool_person p ON p.org_id = i.org_id AND p.person_id = i.person_id
		WHERE i.org_id = ? AND `+whereK+" AND "+whereV, orgID, argK, argV); err != nil {
		return nil, err
	}
	for key, places := range at {
		for _, i := range places {
			out[i] = found[key]
		}
	}
	return out, nil
}

// IdentitiesOf gives the identities of speakers with those of all whom they
// speak for, masked for an actor who may not see them in full.
func (s *Service) IdentitiesOf(ctx context.Context, tx *db.Tx, orgID string, speakers []string) (map[string][]Identity, error) {
	a, _ := access.From(ctx)
	members, err := memberIDs(ctx, tx, orgID, speakers)
	if err != nil {
		return nil, err
	}
	speaker := map[string]string{}
	var all []string
	for c, ids := range members {
		for _, id := range ids {
			speaker[id], all = c, append(all, id)
		}
	}
	slices.Sort(all)
	rows, err := identities(ctx, tx, orgID, all)
	out := map[string][]Identity{}
	for _, i := range rows {
		c := speaker[i.person]
		out[c] = append(out[c], Identity{i.Kind, i.shown(a)})
	}
	return out, err
}
