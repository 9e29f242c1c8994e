package segment

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/segment/facts"
	"fishpond/internal/segment/predicate"
)

const (
	maxSegments = 500
	maxVersions = 200 // shown
	undoDays    = 30  // how long a deleted segment can be brought back
)

// Ref names a thing.
type Ref struct {
	ID   string `json:"id"`
	Name string `json:"name" doc:"Empty when it is no longer there"`
}

func sortRefs(r []Ref) {
	slices.SortFunc(r, func(a, b Ref) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
}

// SegmentInput makes a segment.
type SegmentInput struct {
	Predicate
	Name        string `json:"name" minLength:"1" maxLength:"80"`
	Description string `json:"description,omitempty" maxLength:"1000"`
}

// SegmentPatch changes what a segment is called; nil leaves as it is.
type SegmentPatch struct {
	Name        *string `json:"name,omitempty" minLength:"1" maxLength:"80"`
	Description *string `json:"description,omitempty" maxLength:"1000"`
}

// PredicateInput is a new predicate for a segment.
type PredicateInput struct {
	Predicate
	Version int64 `json:"version" minimum:"1" doc:"The version that was edited"`
}

// change runs fn in a transaction of the actor's org as the only one who
// changes what is defined, and has the live segments follow.
func (s *Service) change(ctx context.Context, fn func(tx *db.Tx, a access.Actor) error) error {
	a, _ := access.From(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if err := facts.Lock(ctx, tx, a.OrgID); err != nil {
			return err
		}
		if err := fn(tx, a); err != nil {
			return err
		}
		if err := facts.Revise(ctx, tx, a.OrgID); err != nil {
			return err
		}
		tx.OnCommit(func() { s.live.Wake(a.OrgID) })
		return nil
	})
}

// Create saves a segment.
func (s *Service) Create(ctx context.Context, in SegmentInput) (Segment, error) {
	name, err := cleanName(in.Name)
	if err != nil {
		return Segment{}, err
	}
	description, err := cleanText(in.Description)
	if err != nil {
		return Segment{}, err
	}
	now := s.now()
	id := ids.New("seg")
	err = s.change(ctx, func(tx *db.Tx, a access.Actor) error {
		cat, err := s.catalogue(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		compiled, err := in.compile(cat, now)
		if err != nil {
			return err
		}
		all, err := segmentNames(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		if len(all) >= maxSegments {
			return errs.Conflict(i18n.T("人群已达上限 %d 个，请先删除不用的", "There are %d segments already, the most that fit: delete some first", maxSegments))
		}
		d := definition{id: id, name: name, description: description, version: 1, expr: string(predicate.Encode(compiled.Expr)),
			createdAt: clock.Micros(now), createdBy: a.ID, updatedAt: clock.Micros(now), updatedBy: a.ID}
		if err := insertDef(ctx, tx, a.OrgID, &d); err != nil {
			return taken(err)
		}
		if err := insertVersion(ctx, tx, a.OrgID, &d); err != nil {
			return err
		}
		if err := saveRefs(ctx, tx, a.OrgID, id, compiled.Needs); err != nil {
			return err
		}
		return s.audit.Audit(ctx, tx, "segment.created", "segment", id, map[string]any{"name": name})
	})
	if err != nil {
		return Segment{}, err
	}
	return s.Get(ctx, id)
}

func taken(err error) error {
	if db.IsUnique(err) {
		return errs.Conflict(i18n.T("已有同名人群，请换个名称", "There is a segment of this name already: choose another"))
	}
	return err
}

func cleanText(s string) (string, error) {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		line, err := cleanLine("body.description", l, maxDescription)
		if err != nil {
			return "", err
		}
		lines[i] = line
	}
	return strings.TrimSpace(strings.Join(lines, "\n")), nil
}

// Rename changes a segment's name or description.
func (s *Service) Rename(ctx context.Context, id string, p SegmentPatch) (Segment, error) {
	err := s.change(ctx, func(tx *db.Tx, a access.Actor) error {
		d, err := defByID(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		before := d
		if p.Name != nil {
			if d.name, err = cleanName(*p.Name); err != nil {
				return err
			}
		}
		if p.Description != nil {
			if d.description, err = cleanText(*p.Description); err != nil {
				return err
			}
		}
		if d == before {
			return nil
		}
		return s.save(ctx, tx, a, &d, d.version, "segment.updated", map[string]any{"name": d.name})
	})
	if err != nil {
		return Segment{}, err
	}
	return s.Get(ctx, id)
}

// save writes a changed definition and the audit log.
func (s *Service) save(ctx context.Context, tx *db.Tx, a access.Actor, d *definition, before int64, action string, detail any) error {
	d.updatedAt, d.updatedBy = clock.Micros(s.now()), a.ID
	ok, err := saveDef(ctx, tx, a.OrgID, d, before)
	if err != nil {
		return taken(err)
	}
	if !ok {
		return meanwhile(d.version)
	}
	return s.audit.Audit(ctx, tx, action, "segment", d.id, detail)
}

func meanwhile(present int64) error {
	return errs.Conflict(i18n.T("这个人群刚刚被改过，现在是第 %d 版，请刷新后再改", "The segment was changed meanwhile and is at version %d now: reload, then edit", present))
}

// SetPredicate saves a new version of a segment's predicate. A predicate that
// says the same as the present one is not a new version.
func (s *Service) SetPredicate(ctx context.Context, id string, in PredicateInput) (Segment, error) {
	err := s.change(ctx, func(tx *db.Tx, a access.Actor) error {
		d, err := defByID(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		if d.version != in.Version {
			return meanwhile(d.version)
		}
		return s.edit(ctx, tx, a, &d, func(c *predicate.Catalogue) (predicate.Compiled, error) { return in.compile(c, s.now()) }, "segment.edited", nil)
	})
	if err != nil {
		return Segment{}, err
	}
	return s.Get(ctx, id)
}

// edit gives a segment the predicate that compile makes with the present
// catalogue.
func (s *Service) edit(ctx context.Context, tx *db.Tx, a access.Actor, d *definition,
	compile func(*predicate.Catalogue) (predicate.Compiled, error), action string, detail map[string]any) error {
	compiled, err := s.compiled(ctx, tx, a.OrgID, d.id, compile)
	if err != nil {
		return err
	}
	expr := string(predicate.Encode(compiled.Expr))
	if expr == d.expr {
		return nil
	}
	d.expr, d.version = expr, d.version+1
	if detail == nil {
		detail = map[string]any{}
	}
	detail["version"] = d.version
	if err := s.save(ctx, tx, a, d, d.version-1, action, detail); err != nil {
		return err
	}
	if err := insertVersion(ctx, tx, a.OrgID, d); err != nil {
		return err
	}
	return saveRefs(ctx, tx, a.OrgID, d.id, compiled.Needs)
}

// compiled compiles a predicate for the segment id (empty: a new one) and
// refuses one that would lead back to it, at the place where it does.
func (s *Service) compiled(ctx context.Context, tx *db.Tx, orgID, id string, compile func(*predicate.Catalogue) (predicate.Compiled, error)) (predicate.Compiled, error) {
	def, err := s.definitions(ctx, tx, orgID)
	if err != nil {
		return predicate.Compiled{}, err
	}
	out, err := compile(predicate.NewCatalogue(def))
	if err != nil || id == "" || len(out.Needs.Segments) == 0 {
		return out, err
	}
	g, err := loadGraph(ctx, tx, orgID)
	if err != nil {
		return out, err
	}
	way := g.way(id, out.Needs.Segments)
	if way == nil {
		return out, nil
	}
	names := make([]string, len(way))
	for i, step := range way {
		names[i] = g.names[step]
	}
	round := strings.Join(names, " → ")
	text := i18n.T("人群不能绕回自己：%s", "A segment must not lead back to itself: %s", round)
	// Where does it? Where a catalogue without that segment would not know it.
	def.Segments = slices.DeleteFunc(slices.Clone(def.Segments), func(n predicate.Named) bool { return n.ID == way[1] })
	_, missing := compile(predicate.NewCatalogue(def))
	refused := *errs.Invalid(text)
	refused.Fields = slices.Clone(errs.As(missing).Fields)
	for i := range refused.Fields {
		refused.Fields[i].Text = text
	}
	return predicate.Compiled{}, &refused
}

// Revert makes an old version's predicate the present one, as a new version.
func (s *Service) Revert(ctx context.Context, id string, to int64) (Segment, error) {
	err := s.change(ctx, func(tx *db.Tx, a access.Actor) error {
		d, err := defByID(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		old, err := versionOf(ctx, tx, a.OrgID, id, to)
		if db.IsNoRows(err) {
			return errs.InvalidField("body.version", i18n.T("没有这个版本", "There is no such version"))
		}
		if err != nil {
			return err
		}
		e, err := predicate.Decode([]byte(old))
		if err != nil {
			return err
		}
		compile := func(c *predicate.Catalogue) (predicate.Compiled, error) {
			out, err := predicate.Compile(e, c, s.now())
			return out, about(err, "body.version")
		}
		return s.edit(ctx, tx, a, &d, compile, "segment.reverted", map[string]any{"to": to})
	})
	if err != nil {
		return Segment{}, err
	}
	return s.Get(ctx, id)
}

// about moves what is wrong with a stored predicate to the field that brought
// it up.
func about(err error, path string) error {
	if !errs.Is(err, errs.CodeInvalid) {
		return err
	}
	e := *errs.As(err)
	e.Fields = slices.Clone(e.Fields)
	for i := range e.Fields {
		e.Fields[i].Path = path
	}
	return &e
}

// Delete removes a segment that nothing refers to. It can be restored for a
// month.
func (s *Service) Delete(ctx context.Context, id string) error {
	if err := s.unused(ctx, id); err != nil {
		return err
	}
	return s.change(ctx, func(tx *db.Tx, a access.Actor) error {
		d, err := defByID(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		g, err := loadGraph(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		if used := g.usedBy(refSegment, id); len(used) > 0 {
			return inUse(used)
		}
		d.deletedAt = clock.Micros(s.now())
		if err := s.save(ctx, tx, a, &d, d.version, "segment.deleted", map[string]any{"name": d.name}); err != nil {
			return err
		}
		return s.purge(ctx, tx, a.OrgID, clock.Micros(s.now().AddDate(0, 0, -undoDays)))
	})
}

// SetUsers tells who else may refer to segments. It is called once, before the
// module is used.
func (s *Service) SetUsers(users ...User) { s.users = users }

// unused refuses when something that runs stands on a segment.
func (s *Service) unused(ctx context.Context, id string) error {
	a, _ := access.From(ctx)
	if _, err := s.definitionOf(ctx, a, id); err != nil {
		return err
	}
	var zh, en []string
	for _, u := range s.users {
		by, err := u.SegmentUsed(ctx, a.OrgID, id)
		if err != nil {
			return err
		}
		for _, t := range by {
			zh, en = append(zh, t.ZH), append(en, t.EN)
		}
	}
	if len(zh) == 0 {
		return nil
	}
	const most = 5
	n := min(most, len(zh))
	more := ""
	if len(zh) > n {
		more = "…"
	}
	return errs.Conflict(i18n.Text{ZH: "正在使用，请先修改或停止：" + strings.Join(zh[:n], "、") + more, EN: "It is in use; change or end this first: " + strings.Join(en[:n], ", ") + more})
}

func inUse(by []Ref) error {
	const most = 5
	names := make([]string, 0, most)
	for _, r := range by[:min(most, len(by))] {
		names = append(names, r.Name)
	}
	zh, en := strings.Join(names, "、"), strings.Join(names, ", ")
	if len(by) > most {
		zh, en = zh+"…", en+"…"
	}
	return errs.Conflict(i18n.Text{ZH: "还有人群引用它，请先修改：" + zh, EN: "Segments refer to it; change them first: " + en})
}

// Restore brings a deleted segment back.
func (s *Service) Restore(ctx context.Context, id string) (Segment, error) {
	err := s.change(ctx, func(tx *db.Tx, a access.Actor) error {
		d, err := anyDefByID(ctx, tx, a.OrgID, id)
		if err != nil || d.deletedAt == 0 {
			return err
		}
		if d.deletedAt < clock.Micros(s.now().AddDate(0, 0, -undoDays)) {
			return errNoSegment
		}
		d.deletedAt = 0
		return s.save(ctx, tx, a, &d, d.version, "segment.restored", map[string]any{"name": d.name})
	})
	if err != nil {
		return Segment{}, err
	}
	return s.Get(ctx, id)
}
