package segment

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/segment/facts"
	"fishpond/internal/segment/predicate/plan"
)

const (
	maxLists       = 500     // of an org, hidden ones apart
	maxListPersons = 100_000 // on one list
)

// List is a list of persons made by hand.
type List struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Size      int64     `json:"size" doc:"Persons on it whom the caller may see"`
	UsedBy    []Ref     `json:"used_by" nullable:"false" doc:"Segments that refer to it"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at" doc:"When it was renamed, or who is on it changed by hand"`
}

// ListInput names a list.
type ListInput struct {
	Name string `json:"name" minLength:"1" maxLength:"80"`
}

// ListChange puts persons on a list and takes others off it.
type ListChange struct {
	Add        []string   `json:"add,omitempty" maxItems:"5000" nullable:"false" doc:"Person ids"`
	Remove     []string   `json:"remove,omitempty" maxItems:"5000" nullable:"false" doc:"Person ids"`
	Identities []Identity `json:"identities,omitempty" maxItems:"5000" nullable:"false" doc:"Persons to add by an identity of theirs, such as a phone number"`
}

// ListChanged says what came of a ListChange.
type ListChanged struct {
	Added   int64    `json:"added" doc:"Persons who were not on the list before"`
	Removed int64    `json:"removed"`
	Unknown []string `json:"unknown" nullable:"false" doc:"Ids and values of identities, as given, that are nobody's"`
}

// Lists lists those whose name has q in it, by name.
func (s *Service) Lists(ctx context.Context, q string) ([]List, error) {
	a, _ := access.From(ctx)
	out := []List{}
	err := s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		all, err := lists(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		g, err := loadGraph(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		find := strings.ToLower(strings.TrimSpace(q))
		for _, l := range all {
			if strings.Contains(strings.ToLower(l.name), find) {
				out = append(out, l.shown(g))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range out {
		if out[i].Size, err = s.count(ctx, a, plan.InList{ID: out[i].ID}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (l list) shown(g *graph) List {
	return List{ID: l.id, Name: l.name, UsedBy: g.usedBy(refList, l.id), CreatedAt: clock.Time(l.createdAt), UpdatedAt: clock.Time(l.updatedAt)}
}

func (s *Service) list(ctx context.Context, id string) (out List, err error) {
	a, _ := access.From(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		l, err := listByID(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		g, err := loadGraph(ctx, tx, a.OrgID)
		out = l.shown(g)
		return err
	})
	if err != nil {
		return out, err
	}
	out.Size, err = s.count(ctx, a, plan.InList{ID: id})
	return out, err
}

// CreateList makes an empty list.
func (s *Service) CreateList(ctx context.Context, in ListInput) (List, error) {
	name, err := cleanName(in.Name)
	if err != nil {
		return List{}, err
	}
	l := list{id: ids.New("lst"), name: name, createdAt: clock.Micros(s.now()), updatedAt: clock.Micros(s.now())}
	err = s.change(ctx, func(tx *db.Tx, a access.Actor) error {
		all, err := listNames(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		if len(all) >= maxLists {
			return errs.Conflict(i18n.T("名单已达上限 %d 份，请先删除不用的", "There are %d lists already, the most that fit: delete some first", maxLists))
		}
		l.createdBy = a.ID
		if err := insertList(ctx, tx, a.OrgID, l); err != nil {
			return listTaken(err)
		}
		return s.audit.Audit(ctx, tx, "list.created", "list", l.id, map[string]any{"name": name})
	})
	if err != nil {
		return List{}, err
	}
	return l.shown(&graph{}), nil
}

func listTaken(err error) error {
	if db.IsUnique(err) {
		return errs.Conflict(i18n.T("已有同名名单，请换个名称", "There is a list of this name already: choose another"))
	}
	return err
}

// RenameList gives a list another name.
func (s *Service) RenameList(ctx context.Context, id string, in ListInput) (List, error) {
	name, err := cleanName(in.Name)
	if err != nil {
		return List{}, err
	}
	err = s.change(ctx, func(tx *db.Tx, a access.Actor) error {
		if _, err := listByID(ctx, tx, a.OrgID, id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "UPDATE segment_list SET name = ?, updated_at = ? WHERE org_id = ? AND id = ?", name, clock.Micros(s.now()), a.OrgID, id); err != nil {
			return listTaken(err)
		}
		return s.audit.Audit(ctx, tx, "list.updated", "list", id, map[string]any{"name": name})
	})
	if err != nil {
		return List{}, err
	}
	return s.list(ctx, id)
}

// DeleteList removes a list that no segment refers to.
func (s *Service) DeleteList(ctx context.Context, id string) error {
	return s.change(ctx, func(tx *db.Tx, a access.Actor) error {
		l, err := listByID(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		g, err := loadGraph(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		if used := g.usedBy(refList, id); len(used) > 0 {
			return inUse(used)
		}
		if err := s.dropList(ctx, tx, a.OrgID, id); err != nil {
			return err
		}
		return s.audit.Audit(ctx, tx, "list.deleted", "list", id, map[string]any{"name": l.name})
	})
}

// dropList removes a list and takes everybody off it. The caller holds the
// lock of the facts.
func (s *Service) dropList(ctx context.Context, tx *db.Tx, orgID, id string) error {
	persons, err := texts(ctx, tx, "SELECT person_id FROM segment_list_person WHERE org_id = ? AND list_id = ?", orgID, id)
	if err != nil {
		return err
	}
	off := map[uint32]bool{}
	for part := range slices.Chunk(persons, 10_000) {
		speakers, err := s.people.Speakers(ctx, tx, orgID, part)
		if err != nil {
			return err
		}
		for _, sp := range speakers {
			off[sp.Seq] = true
		}
	}
	for _, table := range []string{"segment_list_person WHERE org_id = ? AND list_id = ?", "segment_list WHERE org_id = ? AND id = ?"} {
		if _, err := tx.Exec(ctx, "DELETE FROM "+table, orgID, id); err != nil {
			return err
		}
	}
	return s.mark(ctx, tx, orgID, id, clock.Micros(s.now()), nil, slices.Sorted(maps.Keys(off)))
}

// ChangeList puts persons on a list and takes others off. Who is named in both
// is off it afterwards.
func (s *Service) ChangeList(ctx context.Context, id string, in ListChange) (out ListChanged, err error) {
	a, _ := access.From(ctx)
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		out = ListChanged{Unknown: []string{}}
		if err := facts.Lock(ctx, tx, a.OrgID); err != nil {
			return err
		}
		if _, err := listByID(ctx, tx, a.OrgID, id); err != nil {
			return err
		}
		add := slices.Clone(in.Add)
		found, err := s.people.ByIdentities(ctx, tx, a.OrgID, in.Identities)
		if err != nil {
			return err
		}
		for i, person := range found {
			if person == "" {
				out.Unknown = append(out.Unknown, in.Identities[i].Value)
			} else {
				add = append(add, person)
			}
		}
		added, unknown, err := s.putOn(ctx, tx, a, id, add)
		if err != nil {
			return err
		}
		removed, unknownToo, err := s.takeOff(ctx, tx, a, id, in.Remove)
		if err != nil {
			return err
		}
		out.Added, out.Removed, out.Unknown = added, removed, append(out.Unknown, append(unknown, unknownToo...)...)
		if added+removed == 0 {
			return nil
		}
		if _, err := tx.Exec(ctx, "UPDATE segment_list SET updated_at = ? WHERE org_id = ? AND id = ?", clock.Micros(s.now()), a.OrgID, id); err != nil {
			return err
		}
		return s.audit.Audit(ctx, tx, "list.changed", "list", id, map[string]any{"added": added, "removed": removed})
	})
	if err == nil && out.Added+out.Removed > 0 {
		s.patience(ctx, a.OrgID)
	}
	return out, err
}

// patience lets the index take in what was done by hand, so that whoever did
// it finds it done. When the index is far behind, they need not wait for it.
func (s *Service) patience(ctx context.Context, orgID string) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := s.live.CatchUp(ctx, orgID); err != nil && ctx.Err() == nil {
		s.logger.WarnContext(ctx, "segments do not catch up", "error", err)
	}
}

// standing is how some persons stand to a list before it changes.
type standing struct {
	of      map[string]Speaker  // by the ids that were given
	members map[string][]string // by speaker
	on      map[string]bool     // by very person
	unknown []string
}

func (s *Service) stand(ctx context.Context, tx *db.Tx, orgID, listID string, given []string) (*standing, error) {
	st := &standing{}
	var err error
	if st.of, err = s.people.Speakers(ctx, tx, orgID, given); err != nil {
		return nil, err
	}
	speakers := map[string]bool{}
	for _, id := range given {
		if sp, ok := st.of[id]; ok {
			speakers[sp.PersonID] = true
		} else {
			st.unknown = append(st.unknown, id)
		}
	}
	if st.members, err = s.people.Members(ctx, tx, orgID, slices.Sorted(maps.Keys(speakers))); err != nil {
		return nil, err
	}
	var all []string
	for _, m := range st.members {
		all = append(all, m...)
	}
	st.on, err = onList(ctx, tx, orgID, listID, all)
	return st, err
}

// already reports whether anybody for whom the speaker speaks is on the list.
func (st *standing) already(speaker string) bool {
	return slices.ContainsFunc(st.members[speaker], func(id string) bool { return st.on[id] })
}

// putOn puts persons on a list and returns how many were not on it, and which
// ids are nobody's. The caller holds the lock of the facts.
func (s *Service) putOn(ctx context.Context, tx *db.Tx, a access.Actor, listID string, given []string) (int64, []string, error) {
	if len(given) == 0 {
		return 0, nil, nil
	}
	st, err := s.stand(ctx, tx, a.OrgID, listID, given)
	if err != nil {
		return 0, nil, err
	}
	now := clock.Micros(s.now())
	fresh, rows := map[uint32]bool{}, map[string]bool{}
	for id, sp := range st.of {
		rows[id] = true
		if !st.already(sp.PersonID) {
			fresh[sp.Seq] = true
		}
	}
	put := slices.Sorted(maps.Keys(rows))
	at := slices.Repeat([]int64{now}, len(put))
	if _, err := tx.BulkInsert(ctx, "segment_list_person", "ON CONFLICT DO NOTHING", db.Same("org_id", a.OrgID, len(put)), db.Same("list_id", listID, len(put)),
		db.Text("person_id", put), db.Int("added_at", at), db.Same("added_by", a.ID, len(put))); err != nil {
		return 0, nil, err
	}
	var n int64
	if err := tx.QueryRow(ctx, "SELECT count(*) FROM segment_list_person WHERE org_id = ? AND list_id = ?", a.OrgID, listID).Scan(&n); err != nil {
		return 0, nil, err
	}
	if n > maxListPersons {
		return 0, nil, errs.Conflict(i18n.T("一份名单最多 %d 人；人更多时请用标签或条件", "A list has at most %d persons; use a tag or a condition for more", maxListPersons))
	}
	return int64(len(fresh)), st.unknown, s.mark(ctx, tx, a.OrgID, listID, now, slices.Sorted(maps.Keys(fresh)), nil)
}

// takeOff is the opposite of putOn: it takes all off for whom the same one
// speaks.
func (s *Service) takeOff(ctx context.Context, tx *db.Tx, a access.Actor, listID string, given []string) (int64, []string, error) {
	if len(given) == 0 {
		return 0, nil, nil
	}
	st, err := s.stand(ctx, tx, a.OrgID, listID, given)
	if err != nil {
		return 0, nil, err
	}
	gone := map[uint32]bool{}
	for _, sp := range st.of {
		if st.already(sp.PersonID) {
			gone[sp.Seq] = true
		}
	}
	in, arg := tx.In("person_id", slices.Sorted(maps.Keys(st.on)))
	if _, err := tx.Exec(ctx, "DELETE FROM segment_list_person WHERE org_id = ? AND list_id = ? AND "+in, a.OrgID, listID, arg); err != nil {
		return 0, nil, err
	}
	return int64(len(gone)), st.unknown, s.mark(ctx, tx, a.OrgID, listID, clock.Micros(s.now()), nil, slices.Sorted(maps.Keys(gone)))
}
