package pool

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/pool/resolve"
	"fishpond/internal/timeline"
)

// PersonInput makes a person by hand.
type PersonInput struct {
	Name         string         `json:"name,omitempty" maxLength:"128"`
	Identities   []Identity     `json:"identities,omitempty" maxItems:"20" nullable:"false"`
	Region       string         `json:"region,omitempty" maxLength:"64"`
	Gender       string         `json:"gender,omitempty" enum:",male,female,other"`
	Birthday     string         `json:"birthday,omitempty" maxLength:"10" doc:"YYYY-MM-DD"`
	OwnerStaffID string         `json:"owner_staff_id,omitempty" maxLength:"64" doc:"Who looks after them; always the caller for those who see only their own customers"`
	Traits       map[string]any `json:"traits,omitempty" doc:"Declared traits and their values"`
}

// PersonPatch changes what is known of a person; nil leaves as it is, an
// empty text takes back.
type PersonPatch struct {
	Name         *string `json:"name,omitempty" maxLength:"128"`
	Region       *string `json:"region,omitempty" maxLength:"64"`
	Gender       *string `json:"gender,omitempty" enum:",male,female,other"`
	Birthday     *string `json:"birthday,omitempty" maxLength:"10" doc:"YYYY-MM-DD"`
	OwnerStaffID *string `json:"owner_staff_id,omitempty" maxLength:"64"`
}

// Create makes a person who is not known by any of the identities yet; if
// one is, that is errs.CodeConflict.
func (s *Service) Create(ctx context.Context, in PersonInput) (out PersonDetail, err error) {
	a, _ := access.From(ctx)
	if in.Name == "" && len(in.Identities) == 0 {
		return out, errs.InvalidField("body.name", i18n.T("姓名和身份至少填一项", "Give a name or an identity"))
	}
	if a.OwnOnly {
		in.OwnerStaffID = a.ID
	}
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		c, err := s.Checker(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		p, fields := c.prepare(Contact{Identities: in.Identities, Name: in.Name, Region: in.Region, Gender: in.Gender, Birthday: in.Birthday,
			Traits: in.Traits, Source: "console", OwnerStaffID: in.OwnerStaffID}, "body.")
		if len(in.Identities) == 0 {
			fields = fields[1:] // here a name is enough
		}
		if len(fields) > 0 {
			return invalid(fields)
		}
		if err := s.lock(ctx, tx, a.OrgID); err != nil {
			return err
		}
		w := &work{s: s, tx: tx, orgID: a.OrgID, now: s.now(), made: true}
		if err := w.consider(ctx, []prepared{p}); err != nil {
			return fmt.Errorf("pool: create: %w", err)
		}
		if !w.out[0].Created || len(w.created) != 1 || len(w.claims) > 0 && hasStrongClaim(w.claims) {
			return errs.Conflict(i18n.T("已有客户使用这个身份，请打开那位客户，或合并两位客户", "Somebody has this identity already: open that person, or merge the two"))
		}
		if err := w.write(ctx); err != nil {
			return fmt.Errorf("pool: create: %w", err)
		}
		if out, err = s.get(ctx, tx, a, w.out[0].PersonID); err != nil {
			return err
		}
		return s.audit.Audit(ctx, tx, poolevent.Created, "person", out.ID, map[string]any{"identities": len(in.Identities)})
	})
	return out, err
}

func hasStrongClaim(claims map[claim]int64) bool {
	for c := range claims {
		if c.key.Kind.Strong() {
			return true
		}
	}
	return false
}

// Patch changes what is known of a person. What a human says now is newer
// than what any source said before.
func (s *Service) Patch(ctx context.Context, personID string, p PersonPatch) (out PersonDetail, err error) {
	a, _ := access.From(ctx)
	now := s.now()
	c := &Checker{now: now}
	var fields []errs.Field
	clean := func(path string, v *string, fn func(string) (string, i18n.Text)) {
		if v == nil {
			return
		}
		t, problem := fn(*v)
		if *v = t; !problem.IsZero() {
			fields = append(fields, errs.Field{Path: "body." + path, Text: problem})
		}
	}
	line := func(most int) func(string) (string, i18n.Text) {
		return func(s string) (string, i18n.Text) { return cleanLine(s, most) }
	}
	clean("name", p.Name, line(maxName))
	clean("region", p.Region, line(maxRegion))
	clean("gender", p.Gender, cleanGender)
	clean("birthday", p.Birthday, c.cleanBirthday)
	if len(fields) > 0 {
		return out, invalid(fields)
	}
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if err := s.lock(ctx, tx, a.OrgID); err != nil {
			return err
		}
		canonical, _, err := s.visible(ctx, tx, a, personID)
		if err != nil {
			return err
		}
		rows, err := personRows(ctx, tx, a.OrgID, []string{canonical})
		if err != nil {
			return err
		}
		r := rows[0]
		if p.OwnerStaffID != nil && a.OwnOnly && *p.OwnerStaffID != a.ID {
			return errs.Forbidden(i18n.T("只有运营和企业所有者可以把客户交给别人", "Only operators and owners hand customers over"))
		}
		changed := map[string]bool{}
		set := func(name string, f *fact, shown string, v *string) {
			if v != nil && *v != shown {
				*f, changed[name] = fact{*v, clock.Micros(now)}, true
			}
		}
		set("name", &r.own.name, r.shown.name.v, p.Name)
		set("region", &r.own.region, r.shown.region.v, p.Region)
		set("gender", &r.own.gender, r.shown.gender.v, p.Gender)
		set("birthday", &r.own.birthday, r.shown.birthday.v, p.Birthday)
		set("owner_staff_id", &r.own.owner, r.shown.owner.v, p.OwnerStaffID)
		if len(changed) > 0 {
			if err := saveRows(ctx, tx, a.OrgID, rows); err != nil {
				return err
			}
			if err := s.updated(ctx, tx, a, canonical, nil); err != nil {
				return err
			}
			if err := s.audit.Audit(ctx, tx, poolevent.Updated, "person", canonical, map[string]any{"fields": slices.Sorted(maps.Keys(changed))}); err != nil {
				return err
			}
		}
		out, err = s.get(ctx, tx, a, canonical)
		return err
	})
	return out, err
}

// updated works out what is shown of a person again and tells of the change.
func (s *Service) updated(ctx context.Context, tx *db.Tx, a access.Actor, canonical string, traits map[string]fact) error {
	fresh, err := s.refresh(ctx, tx, a.OrgID, []string{canonical})
	if err != nil {
		return err
	}
	data := fresh[canonical].event()
	for key, f := range traits {
		if data.Traits == nil {
			data.Traits = map[string]json.RawMessage{}
		}
		data.Traits[key] = f.json()
	}
	_, err = s.log.Append(ctx, tx, a.OrgID, timeline.Fact{Kind: poolevent.Updated, PersonID: canonical, Source: "console", Data: data})
	return err
}

// AddIdentity gives a person a further identity. One that another person has
// is errs.CodeConflict: merging is for that.
func (s *Service) AddIdentity(ctx context.Context, personID string, id Identity) (out PersonDetail, err error) {
	a, _ := access.From(ctx)
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		out, err = s.AddIdentityIn(ctx, tx, personID, id)
		return err
	})
	return out, err
}

// AddIdentityIn is AddIdentity within the caller's transaction.
func (s *Service) AddIdentityIn(ctx context.Context, tx *db.Tx, personID string, id Identity) (out PersonDetail, err error) {
	a, _ := access.From(ctx)
	c, err := s.Checker(ctx, tx, a.OrgID)
	if err != nil {
		return out, err
	}
	key, problem := normalise(id, c.region, "console")
	if !problem.IsZero() {
		return out, errs.InvalidField("body.value", problem)
	}
	if err := s.lock(ctx, tx, a.OrgID); err != nil {
		return out, err
	}
	canonical, members, err := s.visible(ctx, tx, a, personID)
	if err != nil {
		return out, err
	}
	if out, err = s.attach(ctx, tx, a, canonical, members, key); err != nil {
		return out, err
	}
	return out, s.audit.Audit(ctx, tx, poolevent.IdentityAdded, "person", canonical, map[string]any{"kind": id.Kind, "value": mask(id.Kind, key.Value)})
}

func (s *Service) attach(ctx context.Context, tx *db.Tx, a access.Actor, canonical string, members []string, key resolve.Key) (out PersonDetail, err error) {
	var holders []string
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		holders = append(holders, id)
		return err
	}, "SELECT person_id FROM pool_identity WHERE org_id = ? AND kind = ? AND value = ?", a.OrgID, key.Kind.String(), key.Value)
	if err != nil {
		return out, err
	}
	rows, err := personRows(ctx, tx, a.OrgID, []string{canonical})
	if err != nil {
		return out, err
	}
	r := rows[0]
	switch held := slices.ContainsFunc(holders, func(h string) bool { return slices.Contains(members, h) }); {
	case held:
		return s.get(ctx, tx, a, canonical)
	case len(holders) > 0 && key.Kind.Strong():
		return out, errs.Conflict(i18n.T("这个身份属于另一位客户；若是同一个人，请合并", "Another person has this identity; merge the two if they are one"))
	case key.Kind.Rule().Single && r.shown.kinds&key.Kind.Bit() != 0:
		return out, errs.Conflict(i18n.T("这位客户已有一个这类身份，请先移除旧的", "This person has an identity of this kind already; remove the old one first"))
	}
	w := &work{s: s, tx: tx, orgID: a.OrgID, now: s.now(), nodes: []*row{r}, before: []row{*r}, claims: map[claim]int64{},
		current: &prepared{seen: clock.Micros(s.now()), source: "console"}, graph: resolve.NewGraph(1)}
	w.graph.Add(r.shown.kinds)
	w.Held(key, 0)
	if len(holders) > 0 && len(holders) < resolve.WeakCap {
		others, err := personRows(ctx, tx, a.OrgID, holders[:1])
		if err != nil {
			return out, err
		}
		w.nodes, w.before = append(w.nodes, others...), append(w.before, *others[0])
		w.Claimed(key, 1, 0)
	}
	if err := w.write(ctx); err != nil {
		return out, fmt.Errorf("pool: add identity: %w", err)
	}
	return s.get(ctx, tx, a, canonical)
}

// RemoveIdentity takes an identity from a person. Who comes with it next is
// somebody else.
func (s *Service) RemoveIdentity(ctx context.Context, personID string, id Identity) error {
	a, _ := access.From(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error { return s.RemoveIdentityIn(ctx, tx, personID, id) })
}

// RemoveIdentityIn is RemoveIdentity within the caller's transaction.
func (s *Service) RemoveIdentityIn(ctx context.Context, tx *db.Tx, personID string, id Identity) error {
	a, _ := access.From(ctx)
	c, err := s.Checker(ctx, tx, a.OrgID)
	if err != nil {
		return err
	}
	key, problem := normalise(id, c.region, "console")
	if !problem.IsZero() {
		return errs.InvalidField("query.value", problem)
	}
	if err := s.lock(ctx, tx, a.OrgID); err != nil {
		return err
	}
	canonical, members, err := s.visible(ctx, tx, a, personID)
	if err != nil {
		return err
	}
	where, arg := tx.In("person_id", members)
	var from []string
	for _, table := range []string{"pool_claim", "pool_identity"} {
		from = nil
		err := tx.Each(ctx, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			from = append(from, id)
			return err
		}, "DELETE FROM "+table+" WHERE org_id = ? AND kind = ? AND value = ? AND "+where+" RETURNING person_id", a.OrgID, key.Kind.String(), key.Value, arg)
		if err != nil {
			return err
		}
	}
	if len(from) == 0 {
		return errs.NotFound(i18n.T("这个身份", "identity"))
	}
	rows, err := personRows(ctx, tx, a.OrgID, from)
	if err != nil {
		return err
	}
	for _, r := range rows {
		r.own.kinds = 0
		left, err := identities(ctx, tx, a.OrgID, []string{r.id})
		if err != nil {
			return err
		}
		for _, i := range left {
			if k, ok := resolve.Lookup(i.Kind); ok {
				r.own.kinds |= k.Bit()
			}
		}
	}
	if err := saveRows(ctx, tx, a.OrgID, rows); err != nil {
		return err
	}
	if _, err := s.refresh(ctx, tx, a.OrgID, []string{canonical}); err != nil {
		return err
	}
	if _, err := s.log.Append(ctx, tx, a.OrgID, timeline.Fact{Kind: poolevent.IdentityRemoved, PersonID: canonical, Source: "console",
		Data: poolevent.Identity{Kind: id.Kind, Value: key.Value}}); err != nil {
		return err
	}
	return s.audit.Audit(ctx, tx, poolevent.IdentityRemoved, "person", canonical, map[string]any{"kind": id.Kind, "value": mask(id.Kind, key.Value)})
}

// RegionCount is a region and how many persons are shown with it.
type RegionCount struct {
	Region string `json:"region"`
	Count  int64  `json:"count"`
}

// Regions lists the regions of the persons whom the actor may see, the
// largest first, at most 500.
func (s *Service) Regions(ctx context.Context) (out []RegionCount, err error) {
	a, _ := access.From(ctx)
	where, args := "", []any{a.OrgID}
	if a.OwnOnly {
		where, args = " AND owner_staff_id <> '' AND owner_staff_id = ?", append(args, a.ID)
	}
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var r RegionCount
			err := rows.Scan(&r.Region, &r.Count)
			out = append(out, r)
			return err
		}, "SELECT region, count(*) FROM pool_person WHERE org_id = ? AND is_canonical = 1 AND region <> ''"+where+
			" GROUP BY region ORDER BY count(*) DESC, region LIMIT 500", args...)
	})
	return out, err
}
