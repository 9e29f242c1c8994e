package content

import (
	"context"
	"database/sql"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/ids"
)

// Item is a material or a briefcase.
type Item struct {
	ID        string
	Briefcase bool
}

// Tile is what a page elsewhere shows of an item.
type Tile struct {
	Item
	Kind, Title, Text string
	Shown             bool   // false: deleted or expired
	URL, CoverURL     string // of a staff member's link; empty: there is none, or no picture
}

// Tiles tells of items, those that do not exist left out. With a staff member
// each has their link for nobody in particular, made where there is none.
func (s *Service) Tiles(ctx context.Context, orgID, staffID string, items []Item) (map[string]Tile, error) {
	out := map[string]Tile{}
	covers := map[string]string{}
	links := map[string]string{}
	err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		clear(out)
		var list []string
		for _, i := range items {
			if !i.Briefcase {
				list = append(list, i.ID)
				continue
			}
			b, err := briefcaseByID(ctx, tx, orgID, i.ID)
			if errs.Is(err, errs.CodeNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			out[i.ID] = Tile{Item: i, Kind: briefcaseKind, Title: b.title, Text: short(b.intro, 80), Shown: b.deleted == 0 && !b.expiredAt(s.micros())}
		}
		if err := s.materialTiles(ctx, tx, orgID, list, out, covers); err != nil || staffID == "" {
			return err
		}
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var material, briefcase, token string
			err := rows.Scan(&material, &briefcase, &token)
			links[material+briefcase] = token
			return err
		}, "SELECT material_id, briefcase_id, token FROM content_link WHERE org_id = ? AND staff_id = ? AND person_id = '' AND pinned = 0 AND withdrawn_at = 0", orgID, staffID)
	})
	if err != nil || staffID == "" {
		return out, err
	}
	if err := s.missingLinks(ctx, orgID, staffID, out, links); err != nil {
		return nil, err
	}
	for id, t := range out {
		if token := links[id]; token != "" && t.Shown {
			t.URL = s.linkURL(token)
			if covers[id] != "" {
				t.CoverURL = t.URL + "/f/" + covers[id]
			}
			out[id] = t
		}
	}
	return out, nil
}

func (s *Service) materialTiles(ctx context.Context, tx *db.Tx, orgID string, list []string, out map[string]Tile, covers map[string]string) error {
	if len(list) == 0 {
		return nil
	}
	where, arg := tx.In("id", list)
	all, err := db.All(ctx, tx, func(rows *sql.Rows, m *material) error { return m.scan(rows) }, "SELECT "+materialColumns+" FROM content_material WHERE org_id = ? AND "+where, orgID, arg)
	if err != nil {
		return err
	}
	each := make([]*material, len(all))
	for i := range all {
		each[i] = &all[i]
	}
	briefs, _, err := s.briefs(ctx, tx, orgID, each)
	for _, b := range briefs {
		out[b.ID] = Tile{Item: Item{ID: b.ID}, Kind: b.Kind, Title: b.Title, Text: b.Preview, Shown: b.DeletedAt == nil && !b.Expired}
		covers[b.ID] = b.CoverID
	}
	return err
}

// missingLinks makes the links that a staff member does not have yet.
func (s *Service) missingLinks(ctx context.Context, orgID, staffID string, tiles map[string]Tile, links map[string]string) error {
	var missing []Tile
	for id, t := range tiles {
		if t.Shown && links[id] == "" {
			missing = append(missing, t)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		for _, t := range missing {
			token, err := s.ensureLink(ctx, tx, orgID, staffID, "", t.Item)
			if err != nil {
				return err
			}
			links[t.ID] = token
		}
		return nil
	})
}

// PersonLink is the address at which a staff member shows an item to a person,
// whose reading it then tells of. It is not asked whether the item is still
// shown: the page says so.
func (s *Service) PersonLink(ctx context.Context, tx *db.Tx, orgID, staffID, personID string, i Item) (string, error) {
	token, err := s.ensureLink(ctx, tx, orgID, staffID, personID, i)
	return s.linkURL(token), err
}

func (s *Service) ensureLink(ctx context.Context, tx *db.Tx, orgID, staffID, personID string, i Item) (string, error) {
	l := &link{org: orgID, id: ids.New("rdl"), token: slug(), staff: staffID, person: personID, created: s.micros()}
	if l.material = i.ID; i.Briefcase {
		l.material, l.briefcase = "", i.ID
	}
	err := l.ensure(ctx, tx)
	return l.token, err
}
