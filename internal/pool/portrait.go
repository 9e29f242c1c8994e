package pool

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"fishpond/internal/platform/db"
)

// Portrait is all that the pool knows of a person and those they speak for,
// for parts that keep a picture of everybody.
type Portrait struct {
	ID                                   string
	Seq                                  uint32
	Members                              []Place // all whom they speak for, themselves first
	Name, Region, Gender                 string
	Birthday                             string // YYYY-MM-DD or empty
	OwnerStaffID                         string
	Stage                                string
	Source                               string // of the first identity
	Orders, Refunds                      int64
	GMV, Refunded                        int64 // minor units
	FirstOrderAt, LastOrderAt, CreatedAt int64 // UTC microseconds; 0: none
	Traits                               map[string]json.RawMessage
	Tags                                 []string        // ids
	Identities                           []string        // kinds
	Consents                             map[string]bool // purpose → last word
}

// Place is a person's number and the number of who speaks for them.
type Place struct {
	ID             string
	Seq, Canonical uint32
}

// Places tells the numbers of persons by id; unknown ids are left out.
func (s *Service) Places(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]Place, error) {
	out := make(map[string]Place, len(personIDs))
	if len(personIDs) == 0 {
		return out, nil
	}
	from, args := lookup(tx, "pool_person", "t.org_id = ?", []any{orgID}, "person_id", personIDs, 1)
	merged := map[string][]string{} // who speaks → for whom
	err := tx.Each(ctx, func(rows *sql.Rows) error {
		var p Place
		var canonical string
		if err := rows.Scan(&p.ID, &p.Seq, &canonical); err != nil {
			return err
		}
		p.Canonical = p.Seq
		if canonical != p.ID {
			merged[canonical] = append(merged[canonical], p.ID)
		}
		out[p.ID] = p
		return nil
	}, "SELECT t.person_id, t.seq, t.canonical_id"+from, args...)
	if err != nil || len(merged) == 0 {
		return out, err
	}
	from, args = lookup(tx, "pool_person", "t.org_id = ?", []any{orgID}, "person_id", keys(merged), 1)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var canonical string
		var seq uint32
		if err := rows.Scan(&canonical, &seq); err != nil {
			return err
		}
		for _, id := range merged[canonical] {
			p := out[id]
			p.Canonical = seq
			out[id] = p
		}
		return nil
	}, "SELECT t.person_id, t.seq"+from, args...)
}

// Portraits draws those who speak for the given persons, each once, by
// ascending seq. Unknown ids are left out.
func (s *Service) Portraits(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) ([]Portrait, error) {
	if len(personIDs) == 0 {
		return nil, nil
	}
	canonicals, err := canonicalOf(ctx, tx, orgID, personIDs)
	if err != nil {
		return nil, err
	}
	d := &drawing{at: make(map[string]*Portrait, len(canonicals)), of: map[string]*Portrait{}}
	for _, step := range []func(context.Context, *db.Tx, string, []string) error{d.faces, d.members, d.traits, d.tags, d.identities, d.consents} {
		if err := step(ctx, tx, orgID, canonicals); err != nil {
			return nil, err
		}
	}
	out := make([]Portrait, 0, len(d.at))
	for _, p := range d.at {
		slices.Sort(p.Tags)
		out = append(out, *p)
	}
	slices.SortFunc(out, func(a, b Portrait) int { return int(a.Seq) - int(b.Seq) })
	return out, nil
}

// drawing is portraits while they are drawn: by who speaks, and by everybody
// who is spoken for.
type drawing struct{ at, of map[string]*Portrait }

func (d *drawing) faces(ctx context.Context, tx *db.Tx, orgID string, canonicals []string) error {
	from, args := lookup(tx, "pool_person", "t.org_id = ?", []any{orgID}, "person_id", canonicals, 1)
	return tx.Each(ctx, func(rows *sql.Rows) error {
		p := &Portrait{}
		if err := rows.Scan(&p.ID, &p.Seq, &p.Name, &p.Region, &p.Gender, &p.Birthday, &p.OwnerStaffID, &p.Stage, &p.Orders, &p.Refunds, &p.GMV, &p.Refunded,
			&p.FirstOrderAt, &p.LastOrderAt, &p.CreatedAt); err != nil {
			return err
		}
		p.Members = []Place{{p.ID, p.Seq, p.Seq}}
		d.at[p.ID], d.of[p.ID] = p, p
		return nil
	}, `SELECT t.person_id, t.seq, t.name, t.region, t.gender, t.birthday, t.owner_staff_id, t.stage, t.orders, t.refunds, t.gmv_minor, t.refunded_minor,
		t.first_order_at, t.last_order_at, t.created_at`+from, args...)
}

func (d *drawing) members(ctx context.Context, tx *db.Tx, orgID string, canonicals []string) error {
	where, arg := tx.In("canonical_id", canonicals)
	return tx.Each(ctx, func(rows *sql.Rows) error {
		var canonical, id string
		var seq uint32
		if err := rows.Scan(&canonical, &id, &seq); err != nil {
			return err
		}
		if p := d.at[canonical]; p != nil {
			p.Members = append(p.Members, Place{id, seq, p.Seq})
			d.of[id] = p
		}
		return nil
	}, "SELECT canonical_id, person_id, seq FROM pool_person WHERE org_id = ? AND is_canonical = 0 AND "+where+" ORDER BY seq", orgID, arg)
}

// few is how many rows of one person are looked up at most: more than anybody
// has of anything.
const few = 10_000

// rows reads what is kept by the very person.
func (d *drawing) rows(ctx context.Context, tx *db.Tx, orgID, table, columns, order string, scan func(*sql.Rows) error) error {
	from, args := lookup(tx, table, "t.org_id = ?", []any{orgID}, "person_id", keys(d.of), few)
	return tx.Each(ctx, scan, "SELECT "+columns+from+order, args...)
}

func (d *drawing) traits(ctx context.Context, tx *db.Tx, orgID string, _ []string) error {
	type place struct {
		p   *Portrait
		key string
	}
	newest := map[place]fact{}
	err := d.rows(ctx, tx, orgID, "pool_trait", "t.person_id, t.trait_key, t.value, t.updated_at", "", func(rows *sql.Rows) error {
		var id, key string
		var f fact
		if err := rows.Scan(&id, &key, &f.v, &f.at); err != nil {
			return err
		}
		at := place{d.of[id], key}
		if old, ok := newest[at]; !ok || f.at > old.at || f.at == old.at && f.v > old.v {
			newest[at] = f
		}
		return nil
	})
	for at, f := range newest {
		if f.v == "" {
			continue
		}
		if at.p.Traits == nil {
			at.p.Traits = map[string]json.RawMessage{}
		}
		at.p.Traits[at.key] = json.RawMessage(f.v)
	}
	return err
}

func (d *drawing) tags(ctx context.Context, tx *db.Tx, orgID string, _ []string) error {
	return d.rows(ctx, tx, orgID, "pool_tag_link", "t.person_id, t.tag_id", "", func(rows *sql.Rows) error {
		var id, tag string
		err := rows.Scan(&id, &tag)
		if p := d.of[id]; !slices.Contains(p.Tags, tag) {
			p.Tags = append(p.Tags, tag)
		}
		return err
	})
}

func (d *drawing) identities(ctx context.Context, tx *db.Tx, orgID string, _ []string) error {
	first := map[*Portrait]int64{}
	return d.rows(ctx, tx, orgID, "pool_identity", "t.person_id, t.kind, t.source, t.created_at", " ORDER BY t.created_at, t.kind, t.value", func(rows *sql.Rows) error {
		var id, kind, source string
		var at int64
		if err := rows.Scan(&id, &kind, &source, &at); err != nil {
			return err
		}
		p := d.of[id]
		if since, ok := first[p]; !ok || at < since {
			p.Source, first[p] = source, at
		}
		if !slices.Contains(p.Identities, kind) {
			p.Identities = append(p.Identities, kind)
		}
		return nil
	})
}

func (d *drawing) consents(ctx context.Context, tx *db.Tx, orgID string, _ []string) error {
	return d.rows(ctx, tx, orgID, "pool_consent", "t.person_id, t.purpose, t.granted", " ORDER BY t.at, t.id", func(rows *sql.Rows) error {
		var id, purpose string
		var granted int64
		if err := rows.Scan(&id, &purpose, &granted); err != nil {
			return err
		}
		p := d.of[id]
		if p.Consents == nil {
			p.Consents = map[string]bool{}
		}
		p.Consents[purpose] = granted == 1
		return nil
	})
}
