package pool

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool/resolve"
)

// Person is a person as lists show them: with all who were merged into them.
type Person struct {
	ID            string     `json:"id"`
	Seq           uint32     `json:"seq" doc:"Dense number in the org"`
	Name          string     `json:"name"`
	Stage         string     `json:"stage" enum:"new,first_order,repeat,silent,lost"`
	Region        string     `json:"region"`
	OwnerStaffID  string     `json:"owner_staff_id"`
	Orders        int64      `json:"orders"`
	Refunds       int64      `json:"refunds"`
	GMVMinor      int64      `json:"gmv_minor" doc:"Paid, in minor units of currency; orders in other currencies are not in it"`
	RefundedMinor int64      `json:"refunded_minor"`
	Currency      string     `json:"currency"`
	FirstOrderAt  *time.Time `json:"first_order_at"`
	LastOrderAt   *time.Time `json:"last_order_at"`
	CreatedAt     time.Time  `json:"created_at" doc:"Since when the person is known"`
	Tags          []TagBrief `json:"tags" nullable:"false"`
	Identities    []Identity `json:"identities" nullable:"false" doc:"Values are masked for who lacks pool.reveal"`

	size   int64
	cursor Cursor
}

// TagBrief is a tag as it stands beside a person.
type TagBrief struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Color string `json:"color"`
}

// Filter selects persons. Zero values do not filter, except where said.
type Filter struct {
	Q            string // an identity, exactly; otherwise the beginning of a name
	Stage        string
	TagID        string
	Region       string
	OwnerStaffID string
	MinGMVMinor  int64
	MaxGMVMinor  int64 // negative: no limit
	MinOrders    int64
	MaxOrders    int64 // negative: no limit
	LastFrom     time.Time
	LastTo       time.Time // exclusive
	CreatedFrom  time.Time
	CreatedTo    time.Time // exclusive
	Sort         string    // one of Sorts; empty: -last_order_at
}

// Sorts are the orders of the list; a minus turns one round.
var Sorts = []string{"last_order_at", "-last_order_at", "gmv_minor", "-gmv_minor", "orders", "-orders", "created_at", "-created_at", "name", "-name"}

// Cursor is the place of a person in the list's order.
type Cursor struct {
	N   int64  `json:"n,omitempty"`
	S   string `json:"s,omitempty"`
	Seq uint32 `json:"q,omitempty"`
}

func (c Cursor) key(text bool) any {
	if text {
		return c.S
	}
	return c.N
}

// sorting splits the sort into its column and direction.
func (f Filter) sorting() (column string, text, desc bool) {
	name := f.Sort
	if name == "" {
		name = "-last_order_at"
	}
	name, desc = strings.CutPrefix(name, "-")
	if name == "name" {
		return "name_key", true, desc
	}
	return name, false, desc
}

// maxHits bounds how many persons one searched identity can mean: a weak one
// may belong to several.
const maxHits = 100

// byIdentity finds the persons who have q as an identity of any kind.
func byIdentity(ctx context.Context, tx *db.Tx, orgID, q, phoneRegion string) ([]string, error) {
	var kinds, values []string
	for _, r := range resolve.Rules {
		key, problem := normalise(Identity{Kind: r.Name, Value: q}, phoneRegion, "")
		if problem.IsZero() {
			kinds, values = append(kinds, r.Name), append(values, key.Value)
		}
	}
	if strings.HasPrefix(q, "per_") {
		return canonicalOf(ctx, tx, orgID, []string{q})
	}
	where, arg := tx.In("i.kind", kinds)
	whereV, argV := tx.In("i.value", values)
	var out []string
	rows, err := tx.Query(ctx, `SELECT DISTINCT p.canonical_id FROM pool_identity i JOIN pool_person p ON p.org_id = i.org_id AND p.person_id = i.person_id
		WHERE i.org_id = ? AND `+where+" AND "+whereV+" LIMIT ?", orgID, arg, argV, maxHits)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

// Page is one page of the customer list.
type Page struct {
	Persons []Person
	Next    Cursor // zero on the last page
	Total   int64  // counted up to 10,000
	Exact   bool   // false when there may be more than Total
}

// List returns a page of persons whom the actor may see, and how many there are.
func (s *Service) List(ctx context.Context, f Filter, after Cursor, limit int) (out Page, err error) {
	a, _ := access.From(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		set, err := s.orgs.PoolSettings(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		q, err := s.newListQuery(ctx, tx, a, f, set.phoneRegion())
		if err != nil {
			return err
		}
		if out.Total, out.Exact, err = q.count(ctx, s.most); err != nil {
			return err
		}
		out.Total = min(out.Total, s.most)
		rows, err := q.page(ctx, after, limit+1, out.Exact)
		if err != nil {
			return err
		}
		if len(rows) > limit {
			rows, out.Next = rows[:limit], rows[limit-1].cursor
		}
		out.Persons = rows
		return s.dress(ctx, tx, a, rows, set.Currency)
	})
	return out, err
}

// maxCount is how far lists count exactly.
const maxCount = 10_000

// dress adds what stands in other tables: identities and tags.
func (s *Service) dress(ctx context.Context, tx *db.Tx, a access.Actor, ps []Person, currency string) error {
	if len(ps) == 0 {
		return nil
	}
	at := make(map[string]*Person, len(ps))
	var canonicals, merged []string
	for i := range ps {
		p := &ps[i]
		p.Currency, p.Tags, p.Identities = currency, []TagBrief{}, []Identity{}
		at[p.ID] = p
		canonicals = append(canonicals, p.ID)
		if p.size > 1 {
			merged = append(merged, p.ID)
		}
	}
	members, err := memberIDs(ctx, tx, a.OrgID, merged)
	if err != nil {
		return err
	}
	all := canonicals
	for c, ids := range members {
		for _, id := range ids[1:] {
			all, at[id] = append(all, id), at[c]
		}
	}
	found, err := identities(ctx, tx, a.OrgID, all)
	if err != nil {
		return err
	}
	for _, i := range found {
		p := at[i.person]
		p.Identities = append(p.Identities, Identity{i.Kind, i.shown(a)})
	}
	return tagsOf(ctx, tx, a.OrgID, canonicals, func(person string, t TagBrief) { at[person].Tags = append(at[person].Tags, t) })
}

// PersonDetail is everything that is known of a person but their timeline.
type PersonDetail struct {
	Person
	Gender     string                     `json:"gender" enum:",male,female,other"`
	Birthday   string                     `json:"birthday" doc:"YYYY-MM-DD or empty"`
	Traits     map[string]json.RawMessage `json:"traits" nullable:"false"`
	Identities []IdentityDetail           `json:"identities" nullable:"false"`
	Consents   []Consent                  `json:"consents" nullable:"false" doc:"What holds for each purpose"`
	MergedFrom []string                   `json:"merged_from" nullable:"false" doc:"Whom this person also speaks for"`
	UpdatedAt  time.Time                  `json:"updated_at"`
}

// Get returns a person whom the actor may see. The id of a person who was
// merged gives the one who speaks for them.
func (s *Service) Get(ctx context.Context, personID string) (out PersonDetail, err error) {
	a, _ := access.From(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		out, err = s.get(ctx, tx, a, personID)
		return err
	})
	return out, err
}

func (s *Service) get(ctx context.Context, tx *db.Tx, a access.Actor, personID string) (out PersonDetail, err error) {
	canonical, members, err := s.visible(ctx, tx, a, personID)
	if err != nil {
		return out, err
	}
	set, err := s.orgs.PoolSettings(ctx, tx, a.OrgID)
	if err != nil {
		return out, err
	}
	rows, err := personRows(ctx, tx, a.OrgID, []string{canonical})
	if err != nil {
		return out, err
	}
	persons, err := listRows(ctx, tx, "last_order_at", false, "org_id = ? AND person_id = ?", a.OrgID, canonical)
	if err != nil {
		return out, err
	}
	if err := s.dress(ctx, tx, a, persons, set.Currency); err != nil {
		return out, err
	}
	out.Person, out.Identities, out.MergedFrom = persons[0], []IdentityDetail{}, append([]string{}, members[1:]...)
	out.Gender, out.Birthday, out.UpdatedAt = rows[0].shown.gender.v, rows[0].shown.birthday.v, clock.Time(rows[0].updated)
	found, err := identities(ctx, tx, a.OrgID, members)
	if err != nil {
		return out, err
	}
	for _, i := range found {
		i.Value = i.shown(a)
		out.Identities = append(out.Identities, i.IdentityDetail)
	}
	if out.Traits, err = traitValues(ctx, tx, a.OrgID, members); err != nil {
		return out, err
	}
	out.Consents, err = consentsNow(ctx, tx, a.OrgID, members)
	return out, err
}
