package segment

import (
	"cmp"
	"context"
	"encoding/json"
	"math"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
)

const (
	significantQ  = 0.05
	fewestMembers = 20  // below, nothing is called significant
	maxItems      = 300 // shown
)

// ProfileKinds are what a profile looks at.
var ProfileKinds = []string{"stage", "region", "gender", "tag", "trait", "product", "channel", "source", "owner", "orders", "age"}

// Profile says what the members of a segment have in common, against everybody
// else in the pool.
type Profile struct {
	Size  int64         `json:"size"`
	Pool  int64         `json:"pool" doc:"Everybody whom the caller may see, the members too"`
	Items []ProfileItem `json:"items" nullable:"false" doc:"What is significant first, then by lift; at most 300"`
}

// ProfileItem is one thing that members may have in common.
type ProfileItem struct {
	Kind        string          `json:"kind" enum:"stage,region,gender,tag,trait,product,channel,source,owner,orders,age"`
	Label       string          `json:"label" doc:"Of a trait or tag group, its name; of a product, its name"`
	Value       string          `json:"value" doc:"As people read it: of a tag or member of staff, the name"`
	Members     int64           `json:"members" doc:"Members who have it"`
	Share       float64         `json:"share" doc:"Of the members, 0 to 1"`
	PoolMembers int64           `json:"pool_members" doc:"Everybody who has it"`
	PoolShare   float64         `json:"pool_share"`
	Lift        *float64        `json:"lift" doc:"Share of the members, divided by the share of everybody else; null when nobody else has it"`
	P           float64         `json:"p_value"`
	Q           float64         `json:"q_value" doc:"Benjamini–Hochberg over all that was looked at"`
	Significant bool            `json:"significant" doc:"q below 0.05, and at least 20 members"`
	ByRule      bool            `json:"by_rule" doc:"The segment's own predicate asks for this, so that it tells nothing new"`
	Sampled     bool            `json:"sampled" doc:"Counts are estimates from 20,000 persons on either side"`
	Tree        json.RawMessage `json:"tree" doc:"A predicate of who has it"`
	Text        string          `json:"text" doc:"The same as text"`
}

// candidate is something to look at.
type candidate struct {
	kind, label, value string
	expr               predicate.Expr
}

// Profile compares the members of a segment with everybody else. kinds are of
// ProfileKinds; none: all of them.
func (s *Service) Profile(ctx context.Context, id string, kinds []string) (out Profile, err error) {
	a, _ := access.From(ctx)
	for _, k := range kinds {
		if !slices.Contains(ProfileKinds, k) {
			return out, errs.InvalidField("query.kinds", i18n.T("没有 %.40s 这个维度", "There is nothing called %.40s to compare by", k))
		}
	}
	var seg []Segment
	var def predicate.Definitions
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		d, err := defByID(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		if seg, err = s.show(ctx, tx, a, d); err != nil {
			return err
		}
		def, err = s.definitions(ctx, tx, a.OrgID)
		return err
	})
	if err != nil {
		return out, err
	}
	seen, err := s.values(ctx, a)
	if err != nil {
		return out, err
	}
	members, err := s.members(ctx, a, id)
	if err != nil {
		return out, err
	}
	pool, err := s.eval(ctx, a, plan.All{})
	if err != nil {
		return out, err
	}
	p := &profiler{s: s, a: a, lang: i18n.From(ctx), def: def, cat: predicate.NewCatalogue(def), seen: seen, needs: seg[0].needs, members: roaring.And(members, pool), pool: pool}
	out.Size, out.Pool = int64(p.members.GetCardinality()), int64(pool.GetCardinality())
	out.Items, err = p.items(ctx, kinds)
	return out, err
}

// profiler compares members with the rest of a pool.
type profiler struct {
	s             *Service
	a             access.Actor
	lang          i18n.Lang
	def           predicate.Definitions
	cat           *predicate.Catalogue
	seen          values
	needs         plan.Needs
	members, pool *roaring.Bitmap
	found         []ProfileItem
	tables        []fourfold
}

func (p *profiler) items(ctx context.Context, kinds []string) ([]ProfileItem, error) {
	if p.members.IsEmpty() {
		return []ProfileItem{}, nil
	}
	wanted := func(kind string) bool { return len(kinds) == 0 || slices.Contains(kinds, kind) }
	all, err := p.candidates(ctx, wanted)
	if err != nil {
		return nil, err
	}
	of, restOf := int64(p.members.GetCardinality()), int64(p.pool.GetCardinality()-p.members.GetCardinality())
	for _, c := range all {
		compiled, err := predicate.Compile(c.expr, p.cat, p.s.now())
		if err != nil {
			return nil, err // candidates are made of what is defined
		}
		who, err := p.s.eval(ctx, p.a, compiled.Plan)
		if err != nil {
			return nil, err
		}
		with := int64(who.AndCardinality(p.members))
		c.expr = compiled.Expr
		p.add(c, fourfold{with, of, int64(who.GetCardinality()) - with, restOf}, 1, 1)
	}
	if wanted("product") {
		if err := p.products(ctx); err != nil {
			return nil, err
		}
	}
	ps := make([]float64, len(p.tables))
	for i, t := range p.tables {
		ps[i] = t.p()
	}
	for i, q := range discoveries(ps) {
		p.found[i].P, p.found[i].Q, p.found[i].Significant = ps[i], q, q < significantQ && of >= fewestMembers
	}
	slices.SortStableFunc(p.found, func(x, y ProfileItem) int {
		if x.Significant != y.Significant {
			if x.Significant {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(liftOf(y), liftOf(x)), cmp.Compare(x.P, y.P))
	})
	return p.found[:min(len(p.found), maxItems)], nil
}

func liftOf(i ProfileItem) float64 {
	if i.Lift == nil {
		return math.Inf(1)
	}
	return *i.Lift
}

// add takes a table in, of which each person in the segment and in the rest
// stands for so many. What nobody has is not worth a test.
func (p *profiler) add(c candidate, t fourfold, each, restEach float64) {
	if t.with+t.restWith == 0 {
		return
	}
	share, rest := ratio(t.with, t.of), ratio(t.restWith, t.restOf)
	has := int64(math.Round(float64(t.with) * each))
	item := ProfileItem{Kind: c.kind, Label: c.label, Value: c.value, Members: has, Share: share,
		PoolMembers: has + int64(math.Round(float64(t.restWith)*restEach)), Sampled: each != 1 || restEach != 1,
		ByRule: p.byRule(c), Tree: predicate.Encode(c.expr), Text: predicate.Format(c.expr)}
	item.PoolShare = ratio(item.PoolMembers, int64(p.pool.GetCardinality()))
	if rest > 0 {
		lift := share / rest
		item.Lift = &lift
	}
	p.found, p.tables = append(p.found, item), append(p.tables, t)
}

func ratio(n, of int64) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

// byRule reports whether the segment's own predicate asks for a candidate.
func (p *profiler) byRule(c candidate) bool {
	asks := func(name string, trait bool) bool {
		return slices.ContainsFunc(p.needs.Attrs, func(a plan.Attr) bool { return a.Name == name && a.Trait == trait })
	}
	switch e := c.expr.(type) {
	case *predicate.Tag:
		return slices.Contains(p.needs.Tags, e.Any[0].ID)
	case *predicate.Compare:
		return asks(e.Field.Name, e.Field.Trait) || e.Field.Name == "age" && !e.Field.Trait && asks("birthday", false)
	}
	return false
}
