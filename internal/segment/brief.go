package segment

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/segment/facts"
	"fishpond/internal/segment/predicate/plan"
)

// PersonBrief is a person as pages of members show them.
type PersonBrief struct {
	ID          string     `json:"id"`
	Seq         uint32     `json:"seq"`
	Name        string     `json:"name"`
	Stage       string     `json:"stage"`
	Region      string     `json:"region"`
	Orders      int64      `json:"orders"`
	GMVMinor    int64      `json:"gmv_minor"`
	Currency    string     `json:"currency"`
	LastOrderAt *time.Time `json:"last_order_at"`
	Tags        []TagBrief `json:"tags" nullable:"false"`
	Via         string     `json:"via" enum:"rule,include" doc:"include: put in by hand"`

	owner             string
	refunds, refunded int64 // minor units
	first, created    int64 // UTC microseconds
}

// TagBrief is a tag as it stands beside a person.
type TagBrief struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Color string `json:"color"`
}

// briefs describes persons in the order given. Who has left the pool
// meanwhile, or is no longer the actor's to see, is left out.
func (s *Service) briefs(ctx context.Context, a access.Actor, seqs []uint32) (out []PersonBrief, err error) {
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		out, err = s.briefsIn(ctx, tx, a, seqs)
		return err
	})
	return out, err
}

func (s *Service) briefsIn(ctx context.Context, tx *db.Tx, a access.Actor, seqs []uint32) ([]PersonBrief, error) {
	out := []PersonBrief{}
	if len(seqs) == 0 {
		return out, nil
	}
	set, err := s.orgs.Settings(ctx, tx, a.OrgID)
	if err != nil {
		return nil, err
	}
	found := map[uint32]*PersonBrief{}
	in, arg := among(tx, seqs)
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		p := PersonBrief{Currency: set.Currency, Tags: []TagBrief{}, Via: ByRule}
		var last int64
		if err := rows.Scan(&p.Seq, &p.ID, &p.Name, &p.Stage, &p.Region, &p.Orders, &p.GMVMinor, &last, &p.owner, &p.refunds, &p.refunded, &p.first, &p.created); err != nil {
			return err
		}
		p.LastOrderAt = clock.Ptr(last)
		if !a.OwnOnly || p.owner == a.ID && a.ID != "" {
			found[p.Seq] = &p
		}
		return nil
	}, `SELECT seq, person_id, name, stage, region, orders, gmv_minor, last_order_at, owner, refunds, refunded_minor, first_order_at, created_at
		FROM segment_person WHERE org_id = ? AND `+in, a.OrgID, arg)
	if err != nil {
		return nil, err
	}
	if err := s.tagged(ctx, tx, a.OrgID, found, in, arg); err != nil {
		return nil, err
	}
	for _, seq := range seqs {
		if p := found[seq]; p != nil {
			out = append(out, *p)
		}
	}
	return out, nil
}

// tagged adds the tags, by group and name.
func (s *Service) tagged(ctx context.Context, tx *db.Tx, orgID string, found map[uint32]*PersonBrief, in string, arg any) error {
	def, err := s.people.Definitions(ctx, tx, orgID)
	if err != nil {
		return err
	}
	colors, err := s.people.TagColors(ctx, tx, orgID)
	if err != nil {
		return err
	}
	place := make(map[string]int, len(def.Tags))
	for i, t := range def.Tags {
		place[t.ID] = i
	}
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var seq uint32
		var id string
		if err := rows.Scan(&seq, &id); err != nil {
			return err
		}
		if i, ok := place[id]; ok && found[seq] != nil {
			found[seq].Tags = append(found[seq].Tags, TagBrief{id, def.Tags[i].Name, colors[id]})
		}
		return nil
	}, "SELECT seq, id FROM segment_mark WHERE org_id = ? AND what = '"+facts.Tag+"' AND "+in, orgID, arg)
	for _, p := range found {
		slices.SortFunc(p.Tags, func(a, b TagBrief) int { return place[a.ID] - place[b.ID] })
	}
	return err
}

// PersonPage is one page of members, the newest customers first.
type PersonPage struct {
	Items []PersonBrief
	Next  uint32 // where the next page begins; 0 on the last
	Total int64
}

// pageOf reads a page of the members below the seq before (0: from the top).
func (s *Service) pageOf(ctx context.Context, a access.Actor, m *roaring.Bitmap, before uint32, limit int) (out PersonPage, err error) {
	out.Total = int64(m.GetCardinality())
	left := m.GetCardinality()
	if before > 0 {
		left = m.Rank(before - 1)
	}
	var seqs []uint32
	for left > 0 && len(seqs) < limit {
		left--
		seq, err := m.Select(uint32(left)) //nolint:gosec // a rank among uint32
		if err != nil {
			return out, err
		}
		seqs = append(seqs, seq)
	}
	if left > 0 {
		out.Next = seqs[len(seqs)-1]
	}
	out.Items, err = s.briefs(ctx, a, seqs)
	return out, err
}

// Persons returns a page of a segment's members.
func (s *Service) Persons(ctx context.Context, id string, before uint32, limit int) (out PersonPage, err error) {
	a, _ := access.From(ctx)
	d, err := s.definitionOf(ctx, a, id)
	if err != nil {
		return out, err
	}
	members, err := s.members(ctx, a, id)
	if err != nil {
		return out, err
	}
	if out, err = s.pageOf(ctx, a, members, before, limit); err != nil || d.include == "" {
		return out, err
	}
	byHand, err := s.eval(ctx, a, plan.InList{ID: d.include})
	if err != nil {
		return out, err
	}
	for i := range out.Items {
		if byHand.Contains(out.Items[i].Seq) {
			out.Items[i].Via = ByInclude
		}
	}
	return out, nil
}

// ListPersons returns a page of who is on a list.
func (s *Service) ListPersons(ctx context.Context, id string, before uint32, limit int) (out PersonPage, err error) {
	a, _ := access.From(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		_, err := listByID(ctx, tx, a.OrgID, id)
		return err
	})
	if err != nil {
		return out, err
	}
	members, err := s.eval(ctx, a, plan.InList{ID: id})
	if err != nil {
		return out, err
	}
	out, err = s.pageOf(ctx, a, members, before, limit)
	for i := range out.Items {
		out.Items[i].Via = ByInclude
	}
	return out, err
}

// definitionOf reads a segment's definition.
func (s *Service) definitionOf(ctx context.Context, a access.Actor, id string) (d definition, err error) {
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		d, err = defByID(ctx, tx, a.OrgID, id)
		return err
	})
	return d, err
}
