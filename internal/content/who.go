package content

import (
	"context"
	"database/sql"
	"slices"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
)

// who looks up how things and people are called, all of a page at once.
// Persons whom the actor may not see have no name.
type who struct {
	s                           *Service
	org                         string
	materials, briefcases, wish []string

	titles  map[string][2]string // by id: title, kind
	persons map[string]Named
	staff   map[string]Member
}

func newWho(s *Service, orgID string) *who {
	return &who{s: s, org: orgID, titles: map[string][2]string{}, persons: map[string]Named{}}
}

func add(list *[]string, id string) {
	if id != "" && !slices.Contains(*list, id) {
		*list = append(*list, id)
	}
}

// want asks for names.
func (w *who) want(materialID, briefcaseID, personID string) {
	add(&w.materials, materialID)
	add(&w.briefcases, briefcaseID)
	add(&w.wish, personID)
}

// look finds them.
func (w *who) look(ctx context.Context, tx *db.Tx) (err error) {
	if w.staff, err = w.s.Staff.Members(ctx, tx, w.org); err != nil {
		return err
	}
	for _, t := range []struct {
		query string
		list  []string
	}{{"SELECT id, title, kind FROM content_material", w.materials}, {"SELECT id, title, '" + briefcaseKind + "' FROM content_briefcase", w.briefcases}} {
		if len(t.list) == 0 {
			continue
		}
		where, arg := tx.In("id", t.list)
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			var id, title, kind string
			err := rows.Scan(&id, &title, &kind)
			w.titles[id] = [2]string{title, kind}
			return err
		}, t.query+" WHERE org_id = ? AND "+where, w.org, arg); err != nil {
			return err
		}
	}
	if len(w.wish) == 0 {
		return nil
	}
	names, err := w.s.People.Names(ctx, tx, w.org, w.wish)
	if err != nil {
		return err
	}
	own := actorOf(ctx).OwnOnly
	for id, n := range names {
		if own {
			ok, err := w.s.People.Visible(ctx, tx, w.org, id)
			if err != nil && !errs.Is(err, errs.CodeNotFound) {
				return err
			}
			if !ok {
				continue
			}
		}
		w.persons[id] = n
	}
	return nil
}

// called is the title and kind of what a link leads to.
func (w *who) called(materialID, briefcaseID string) (title, kind string) {
	id := materialID
	if id == "" {
		id = briefcaseID
	}
	t := w.titles[id]
	return t[0], t[1]
}
