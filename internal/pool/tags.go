package pool

import (
	"context"
	"database/sql"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/pool/poolevent"
)

// Tag is a label for persons. Names are unique within a group.
type Tag struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Group     string    `json:"group"`
	Color     string    `json:"color" doc:"#rrggbb or empty"`
	Count     int64     `json:"count" doc:"Persons who have it"`
	CreatedAt time.Time `json:"created_at"`
}

// TagInput makes a tag.
type TagInput struct {
	Name  string `json:"name" minLength:"1" maxLength:"40"`
	Group string `json:"group,omitempty" maxLength:"40"`
	Color string `json:"color,omitempty" pattern:"^(#[0-9a-f]{6})?$"`
}

// TagPatch changes a tag; nil leaves as it is.
type TagPatch struct {
	Name  *string `json:"name,omitempty" minLength:"1" maxLength:"40"`
	Group *string `json:"group,omitempty" maxLength:"40"`
	Color *string `json:"color,omitempty" pattern:"^(#[0-9a-f]{6})?$"`
}

const (
	maxTags        = 3000 // as many as WeCom has
	maxBulkPersons = 500  // a call
)

func errNoTag() error { return errs.NotFound(i18n.T("这个标签", "tag")) }

// Tags lists the org's tags by group and name. The counts are of everybody,
// also for who sees only their own customers.
func (s *Service) Tags(ctx context.Context) (out []Tag, err error) {
	a, _ := access.From(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		out, err = tagRows(ctx, tx, a.OrgID, "")
		return err
	})
	return out, err
}

// tagRows lists all tags, or one.
func tagRows(ctx context.Context, tx *db.Tx, orgID, id string) (out []Tag, err error) {
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var t Tag
		var at int64
		if err := rows.Scan(&t.ID, &t.Name, &t.Group, &t.Color, &at, &t.Count); err != nil {
			return err
		}
		t.CreatedAt = clock.Time(at)
		out = append(out, t)
		return nil
	}, `SELECT t.id, t.name, t.group_name, t.color, t.created_at,
			(SELECT count(DISTINCT l.canonical_id) FROM pool_tag_link l WHERE l.org_id = t.org_id AND l.tag_id = t.id)
		FROM pool_tag t WHERE t.org_id = ? AND (? = '' OR t.id = ?) ORDER BY t.group_name, t.name`, orgID, id, id)
	return out, err
}

func tagByID(ctx context.Context, tx *db.Tx, orgID, id string) (Tag, error) {
	found, err := tagRows(ctx, tx, orgID, id)
	if err == nil && (len(found) == 0 || id == "") {
		err = errNoTag()
	}
	if err != nil {
		return Tag{}, err
	}
	return found[0], nil
}

// CreateTag makes a tag.
func (s *Service) CreateTag(ctx context.Context, in TagInput) (out Tag, err error) {
	a, _ := access.From(ctx)
	name, group, err := tagNames(in.Name, in.Group)
	if err != nil {
		return out, err
	}
	out = Tag{ID: ids.New("tag"), Name: name, Group: group, Color: in.Color, CreatedAt: s.now()}
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		var n int64
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM pool_tag WHERE org_id = ?", a.OrgID).Scan(&n); err != nil {
			return err
		}
		if n >= maxTags {
			return errs.Conflict(i18n.T("标签已达上限 %d 个", "There are %d tags already, the most that fit", maxTags))
		}
		if err := s.insertTag(ctx, tx, a.OrgID, out.ID, out.Name, out.Group, out.Color, out.CreatedAt); err != nil {
			return err
		}
		return s.audit.Audit(ctx, tx, "tag.created", "tag", out.ID, map[string]any{"name": out.Name, "group": out.Group})
	})
	return out, tagTaken(err)
}

func tagNames(name, group string) (string, string, error) {
	name, problem := cleanLine(name, maxTagName)
	if problem.IsZero() && name == "" {
		return "", "", required("body.name")
	}
	if !problem.IsZero() {
		return "", "", errs.InvalidField("body.name", problem)
	}
	group, problem = cleanLine(group, maxTagName)
	if !problem.IsZero() {
		return "", "", errs.InvalidField("body.group", problem)
	}
	return name, group, nil
}

func tagTaken(err error) error {
	if db.IsUnique(err) {
		return errs.Conflict(i18n.T("这个分组里已有同名标签", "There is a tag of this name in the group"))
	}
	return err
}

// UpdateTag changes a tag's name, group or colour.
func (s *Service) UpdateTag(ctx context.Context, id string, p TagPatch) (out Tag, err error) {
	a, _ := access.From(ctx)
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if out, err = tagByID(ctx, tx, a.OrgID, id); err != nil {
			return err
		}
		if p.Name != nil {
			out.Name = *p.Name
		}
		if p.Group != nil {
			out.Group = *p.Group
		}
		if p.Color != nil {
			out.Color = *p.Color
		}
		if out.Name, out.Group, err = tagNames(out.Name, out.Group); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "UPDATE pool_tag SET name = ?, group_name = ?, color = ? WHERE org_id = ? AND id = ?", out.Name, out.Group, out.Color, a.OrgID, id); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, a.OrgID, poolevent.TagDefined, poolevent.Tag{TagID: id, Name: out.Name}); err != nil {
			return err
		}
		return s.audit.Audit(ctx, tx, "tag.updated", "tag", id, map[string]any{"name": out.Name, "group": out.Group, "color": out.Color})
	})
	return out, tagTaken(err)
}

// DeleteTag takes a tag from everybody and removes it. A tag that many have
// goes in several transactions, so that others can write in between; if it
// stops half-way, deleting again finishes it.
func (s *Service) DeleteTag(ctx context.Context, id string) error {
	a, _ := access.From(ctx)
	for {
		done := false
		err := s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
			if err := s.lock(ctx, tx, a.OrgID); err != nil {
				return err
			}
			t, err := tagByID(ctx, tx, a.OrgID, id)
			if err != nil {
				return err
			}
			var persons []string
			err = tx.Each(ctx, func(rows *sql.Rows) error {
				var p string
				err := rows.Scan(&p)
				persons = append(persons, p)
				return err
			}, "SELECT DISTINCT canonical_id FROM pool_tag_link WHERE org_id = ? AND tag_id = ? LIMIT 1000", a.OrgID, id)
			if err != nil {
				return err
			}
			if done = len(persons) == 0; !done {
				return s.unlink(ctx, tx, a.OrgID, "console", persons, []string{id}, map[string]string{id: t.Name})
			}
			if _, err := tx.Exec(ctx, "DELETE FROM pool_tag WHERE org_id = ? AND id = ?", a.OrgID, id); err != nil {
				return err
			}
			if err := s.tell(ctx, tx, a.OrgID, poolevent.TagDeleted, poolevent.Tag{TagID: id, Name: t.Name}); err != nil {
				return err
			}
			return s.audit.Audit(ctx, tx, "tag.deleted", "tag", id, map[string]any{"name": t.Name, "group": t.Group})
		})
		if err != nil || done {
			return err
		}
	}
}

// TagPersons gives tags to and takes tags from up to 500 persons. All
// persons and tags must be there, or nothing happens.
func (s *Service) TagPersons(ctx context.Context, persons, add, remove []string) error {
	a, _ := access.From(ctx)
	if len(persons) > maxBulkPersons {
		return errs.TooLarge(i18n.T("一次最多 %d 位客户", "At most %d customers at once", maxBulkPersons))
	}
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if err := s.lock(ctx, tx, a.OrgID); err != nil {
			return err
		}
		canonicals, err := s.visibleAll(ctx, tx, a, persons)
		if err != nil {
			return err
		}
		nameOf := map[string]string{}
		for _, list := range [][]string{add, remove} {
			for _, id := range list {
				t, err := tagByID(ctx, tx, a.OrgID, id)
				if err != nil {
					return err
				}
				nameOf[id] = t.Name
			}
		}
		var pairs []tagging
		for _, p := range canonicals {
			for _, t := range add {
				pairs = append(pairs, tagging{p, t})
			}
		}
		if err := s.link(ctx, tx, a.OrgID, pairs, nameOf, "console"); err != nil {
			return err
		}
		if err := s.unlink(ctx, tx, a.OrgID, "console", canonicals, remove, nameOf); err != nil {
			return err
		}
		object := ""
		if len(canonicals) == 1 {
			object = canonicals[0]
		}
		return s.audit.Audit(ctx, tx, "person.tagged", "person", object, map[string]any{"persons": len(canonicals), "add": add, "remove": remove})
	})
}

// visibleAll finds who speaks for each of the persons; one who is not there,
// or not for the actor to see, is errs.CodeNotFound.
func (s *Service) visibleAll(ctx context.Context, tx *db.Tx, a access.Actor, persons []string) ([]string, error) {
	where, arg := tx.In("p.person_id", persons)
	canonical, unseen := map[string]string{}, false
	err := tx.Each(ctx, func(rows *sql.Rows) error {
		var id, c, owner string
		if err := rows.Scan(&id, &c, &owner); err != nil {
			return err
		}
		canonical[id] = c
		unseen = unseen || a.OwnOnly && owner != a.ID
		return nil
	}, `SELECT p.person_id, c.person_id, c.owner_staff_id FROM pool_person p JOIN pool_person c ON c.org_id = p.org_id AND c.person_id = p.canonical_id
		WHERE p.org_id = ? AND `+where, a.OrgID, arg)
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, id := range persons {
		c, ok := canonical[id]
		if !ok || unseen {
			return nil, errNoPerson()
		}
		out[c] = true
	}
	return keys(out), nil
}
