package acquisition

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// maxShowcase is how many items stand on a card of one's own, and as many more
// on everybody's.
const maxShowcase = 12

// ShowcaseItem is what stands on a business card: something from the content
// library.
type ShowcaseItem struct {
	ID        string `json:"id" minLength:"1" maxLength:"64" doc:"Of a material or a briefcase"`
	Briefcase bool   `json:"briefcase,omitempty" doc:"It is a briefcase's"`
	Shelf     string `json:"shelf" enum:"product,material" doc:"Under which heading it stands"`
}

// Showcased is an item of a card with what it is called.
type Showcased struct {
	ShowcaseItem
	Kind     string `json:"kind"`
	Title    string `json:"title"`
	Shown    bool   `json:"shown" doc:"false: it was deleted or has expired, and customers do not see it"`
	Everyone bool   `json:"everyone" doc:"It stands on everybody's card"`
	Looks    int64  `json:"looks" doc:"Times that it was opened from this card; of everybody's, from all cards"`
}

// Showcase is what stands on a card, in order.
type Showcase struct {
	Items []Showcased `json:"items" nullable:"false"`
}

// ShowcaseInput replaces what stands on a card.
type ShowcaseInput struct {
	Items []ShowcaseItem `json:"items" maxItems:"12" nullable:"false" doc:"In order, each once"`
}

// CardVisitor is a browser that opened somebody's card.
type CardVisitor struct {
	PersonID   string     `json:"person_id" doc:"Empty: nobody knows whose browser it is"`
	PersonName string     `json:"person_name"`
	Opens      int64      `json:"opens"`
	FirstAt    time.Time  `json:"first_at"`
	LastAt     time.Time  `json:"last_at"`
	Looks      []CardLook `json:"looks" nullable:"false" doc:"What they opened from it, the latest first"`

	visitor string
}

// CardLook is an item that was opened from a card.
type CardLook struct {
	Title  string    `json:"title"`
	Kind   string    `json:"kind"`
	Looks  int64     `json:"looks"`
	LastAt time.Time `json:"last_at"`
}

// showcaseOf reads what stands on a card, its own before everybody's.
func showcaseOf(ctx context.Context, tx *db.Tx, orgID, staffID string) ([]Showcased, error) {
	all, err := db.All(ctx, tx, func(rows *sql.Rows, i *Showcased) error {
		var staff string
		var briefcase int64
		err := rows.Scan(&staff, &i.ID, &briefcase, &i.Shelf)
		i.Briefcase, i.Everyone = briefcase == 1, staff == ""
		return err
	}, "SELECT staff_id, item_id, briefcase, shelf FROM acquisition_showcase WHERE org_id = ? AND staff_id IN (?, '') ORDER BY staff_id DESC, n", orgID, staffID)
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(i Showcased) bool {
		twice := seen[i.ID]
		seen[i.ID] = true
		return twice
	}), err
}

func itemsOf(all []Showcased) []ShowcaseItem {
	out := make([]ShowcaseItem, len(all))
	for i, one := range all {
		out[i] = one.ShowcaseItem
	}
	return out
}

// Showcase returns what stands on the card of a staff member, everybody's
// included; with an empty id on everybody's.
func (s *Service) Showcase(ctx context.Context, staffID string) (out Showcase, err error) {
	org := orgOf(ctx)
	looks := map[string]int64{}
	if err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		if out.Items, err = showcaseOf(ctx, tx, org, staffID); err != nil {
			return err
		}
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var id string
			var n int64
			err := rows.Scan(&id, &n)
			looks[id] = n
			return err
		}, "SELECT item_id, CAST(SUM(looks) AS BIGINT) FROM acquisition_card_look WHERE org_id = ? AND (? = '' OR staff_id = ?) GROUP BY item_id", org, staffID, staffID)
	}); err != nil {
		return out, err
	}
	tiles, err := s.Library.Tiles(ctx, org, "", itemsOf(out.Items))
	kept := []Showcased{}
	for _, i := range out.Items {
		t := tiles[i.ID]
		i.Kind, i.Title, i.Shown, i.Looks = t.Kind, t.Title, t.Shown, looks[i.ID]
		kept = append(kept, i)
	}
	out.Items = kept
	return out, err
}

// MyShowcase is that of whoever acts.
func (s *Service) MyShowcase(ctx context.Context) (Showcase, error) {
	id, err := s.meRead(ctx)
	if err != nil {
		return Showcase{}, err
	}
	return s.Showcase(ctx, id)
}

// PutMyShowcase replaces what stands on the card of whoever acts.
func (s *Service) PutMyShowcase(ctx context.Context, in ShowcaseInput) (Showcase, error) {
	id, err := s.meRead(ctx)
	if err != nil {
		return Showcase{}, err
	}
	return s.PutShowcase(ctx, id, in)
}

func (s *Service) meRead(ctx context.Context) (id string, err error) {
	err = s.db.Read(ctx, orgOf(ctx), func(tx *db.Tx) error {
		id, _, err = s.me(ctx, tx)
		return err
	})
	return id, err
}

// PutShowcase replaces what stands on the card of a staff member; with an empty
// id on everybody's. All must be in the library.
func (s *Service) PutShowcase(ctx context.Context, staffID string, in ShowcaseInput) (Showcase, error) {
	org := orgOf(ctx)
	if len(in.Items) > maxShowcase {
		return Showcase{}, errs.InvalidField("body.items", i18n.T("最多放 %d 个", "At most %d", maxShowcase))
	}
	tiles, err := s.Library.Tiles(ctx, org, "", in.Items)
	if err != nil {
		return Showcase{}, err
	}
	seen := map[string]bool{}
	for n, i := range in.Items {
		if _, ok := tiles[i.ID]; !ok {
			return Showcase{}, errs.NotFound(i18n.T("内容库里的第 %d 个内容", "item %d in the library", n+1))
		}
		if seen[i.ID] {
			return Showcase{}, errs.InvalidField("body.items", i18n.T("第 %d 个重复了", "Number %d stands there twice", n+1))
		}
		seen[i.ID] = true
	}
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		if err := lock(ctx, tx, org, "showcase"); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "DELETE FROM acquisition_showcase WHERE org_id = ? AND staff_id = ?", org, staffID); err != nil {
			return err
		}
		for n, i := range in.Items {
			if _, err := tx.Exec(ctx, "INSERT INTO acquisition_showcase (org_id, staff_id, item_id, briefcase, shelf, n) VALUES (?, ?, ?, ?, ?, ?)", org, staffID, i.ID, db.Bit(i.Briefcase), i.Shelf, n); err != nil {
				return err
			}
		}
		return s.Auditor.Audit(ctx, tx, "showcase.updated", "staff", staffID, map[string]any{"items": len(in.Items)})
	})
	if err != nil {
		return Showcase{}, err
	}
	return s.Showcase(ctx, staffID)
}

// cardVisited notes that a browser opened a card, or an item from it. Who asked
// not to be followed, and machines, are nobody.
func cardVisited(ctx context.Context, tx *db.Tx, orgID, staffID, visitor string, item ShowcaseItem, now int64) error {
	if visitor == "" {
		return nil
	}
	if item.ID != "" {
		if _, err := tx.Exec(ctx, `INSERT INTO acquisition_card_look (org_id, staff_id, visitor, item_id, briefcase, looks, last_at) VALUES (?, ?, ?, ?, ?, 1, ?)
			ON CONFLICT (org_id, staff_id, visitor, item_id) DO UPDATE SET looks = acquisition_card_look.looks + 1, last_at = excluded.last_at`, orgID, staffID, visitor, item.ID, db.Bit(item.Briefcase), now); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "UPDATE acquisition_card_visitor SET last_at = ? WHERE org_id = ? AND staff_id = ? AND visitor = ?", now, orgID, staffID, visitor)
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO acquisition_card_visitor (org_id, staff_id, visitor, opens, first_at, last_at) VALUES (?, ?, ?, 1, ?, ?)
		ON CONFLICT (org_id, staff_id, visitor) DO UPDATE SET opens = acquisition_card_visitor.opens + 1, last_at = excluded.last_at`, orgID, staffID, visitor, now, now)
	return err
}

// visitorPlace is where a page of visitors ends.
type visitorPlace struct {
	At      int64
	Visitor string
}

// CardVisitors lists who opened somebody's card, the latest first. Who sees
// only their own customers sees their own card's visitors.
func (s *Service) CardVisitors(ctx context.Context, staffID string, after visitorPlace, limit int) (out []CardVisitor, next visitorPlace, more bool, err error) {
	a, _ := access.From(ctx)
	if a.OwnOnly || staffID == "" {
		staffID = a.ID
	}
	where, args := "v.org_id = ? AND v.staff_id = ?", []any{a.OrgID, staffID}
	if after.Visitor != "" {
		where, args = where+" AND (v.last_at < ? OR v.last_at = ? AND v.visitor < ?)", append(args, after.At, after.At, after.Visitor)
	}
	looks := map[string][]CardLook{}
	ids := map[string][]string{}
	items := map[string]ShowcaseItem{}
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		if members, err := s.Staff.Members(ctx, tx, a.OrgID); err != nil {
			return err
		} else if _, ok := members[staffID]; !ok {
			return noSuchNamecard
		}
		var visitors, people []string
		if out, err = db.All(ctx, tx, func(rows *sql.Rows, v *CardVisitor) error {
			var first, last int64
			err := rows.Scan(&v.visitor, &v.Opens, &first, &last, &v.PersonID)
			v.FirstAt, v.LastAt = clock.Time(first), clock.Time(last)
			return err
		}, `SELECT v.visitor, v.opens, v.first_at, v.last_at, COALESCE(p.person_id, '') FROM acquisition_card_visitor v
			LEFT JOIN acquisition_visitor p ON p.org_id = v.org_id AND p.visitor = v.visitor WHERE `+where+" ORDER BY v.last_at DESC, v.visitor DESC LIMIT ?", append(args, limit+1)...); err != nil {
			return err
		}
		if more = len(out) > limit; more {
			out = out[:limit]
			last := out[limit-1]
			next = visitorPlace{clock.Micros(last.LastAt), last.visitor}
		}
		for _, v := range out {
			if visitors = append(visitors, v.visitor); v.PersonID != "" {
				people = append(people, v.PersonID)
			}
		}
		if len(out) == 0 {
			return nil
		}
		names, err := s.People.Names(ctx, tx, a.OrgID, people)
		if err != nil {
			return err
		}
		for i := range out {
			n := names[out[i].PersonID]
			if a.OwnOnly && n.ID != "" {
				if ok, err := s.People.Visible(ctx, tx, a.OrgID, n.ID); err != nil || !ok {
					if err != nil && !errs.Is(err, errs.CodeNotFound) {
						return err
					}
					n = Named{}
				}
			}
			out[i].PersonID, out[i].PersonName = n.ID, n.Name
		}
		in, arg := tx.In("visitor", visitors)
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var who string
			var item ShowcaseItem
			var l CardLook
			var briefcase, last int64
			err := rows.Scan(&who, &item.ID, &briefcase, &l.Looks, &last)
			item.Briefcase, l.LastAt = briefcase == 1, clock.Time(last)
			looks[who], ids[who], items[item.ID] = append(looks[who], l), append(ids[who], item.ID), item
			return err
		}, "SELECT visitor, item_id, briefcase, looks, last_at FROM acquisition_card_look WHERE org_id = ? AND staff_id = ? AND "+in+" ORDER BY last_at DESC, item_id", a.OrgID, staffID, arg)
	})
	if err != nil {
		return nil, next, false, err
	}
	var list []ShowcaseItem
	for _, i := range items {
		list = append(list, i)
	}
	tiles, err := s.Library.Tiles(ctx, a.OrgID, "", list)
	for i := range out {
		out[i].Looks = []CardLook{}
		for n, l := range looks[out[i].visitor] {
			t := tiles[ids[out[i].visitor][n]]
			l.Title, l.Kind = t.Title, t.Kind
			out[i].Looks = append(out[i].Looks, l)
		}
	}
	return out, next, more, err
}
