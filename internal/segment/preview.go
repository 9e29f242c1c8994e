package segment

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
)

const (
	maxSample = 20
	maxParts  = 200 // counted in one preview; those further down are left out
)

// PreviewInput asks who a predicate describes, without saving it.
type PreviewInput struct {
	Predicate
	SegmentID string `json:"segment_id,omitempty" maxLength:"64" pattern:"^[A-Za-z0-9_-]*$" doc:"The segment that is being edited: circles are found, and who was put in or left out by hand counts"`
	Parts     bool   `json:"parts,omitempty" doc:"Also count every part of the tree by itself"`
	Sample    int    `json:"sample,omitempty" minimum:"0" maximum:"20" doc:"How many of the members to show"`
}

// Preview is who a predicate describes now. An associate's own customers only
// are counted and shown.
type Preview struct {
	Tree     json.RawMessage `json:"tree"`
	Text     string          `json:"text"`
	Count    int64           `json:"count"`
	Pool     int64           `json:"pool" doc:"Everybody whom the caller may see"`
	TookUS   int64           `json:"took_us" doc:"Microseconds that the count took"`
	Fallback bool            `json:"fallback" doc:"The index alone could not tell, SQL had to"`
	Until    *time.Time      `json:"until" doc:"When time alone may change the members; null when it does not"`
	Parts    []Part          `json:"parts" nullable:"false" doc:"With parts: the tree itself and all below it, at most 200, and as many as can be counted in three seconds"`
	Sample   []PersonBrief   `json:"sample" nullable:"false"`
}

// Part is how many one part of a tree describes by itself.
type Part struct {
	Path  string `json:"path" doc:"JSON pointer into tree; empty for the tree itself" example:"/of/0"`
	Count int64  `json:"count"`
}

// Preview tells who a predicate describes.
func (s *Service) Preview(ctx context.Context, in PreviewInput) (out Preview, err error) {
	a, _ := access.From(ctx)
	var cat *predicate.Catalogue
	var compiled predicate.Compiled
	var d definition
	now := s.now()
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		if in.SegmentID != "" {
			if d, err = defByID(ctx, tx, a.OrgID, in.SegmentID); err != nil {
				return err
			}
		}
		compiled, err = s.compiled(ctx, tx, a.OrgID, d.id, func(c *predicate.Catalogue) (predicate.Compiled, error) {
			cat = c
			return in.compile(c, now)
		})
		return err
	})
	if err != nil {
		return out, err
	}
	out = Preview{Tree: predicate.Encode(compiled.Expr), Text: predicate.Format(compiled.Expr), Parts: []Part{}, Sample: []PersonBrief{}}
	if !compiled.Until.IsZero() {
		out.Until = &compiled.Until
	}
	answer, err := s.live.Eval(ctx, a.OrgID, plan.Simplify(own(a, d.wholePlan(compiled.Plan))))
	if err != nil {
		return out, err
	}
	out.Count, out.TookUS, out.Fallback = int64(answer.Members.GetCardinality()), answer.Took.Microseconds(), answer.Fallback
	if out.Pool, err = s.count(ctx, a, plan.All{}); err != nil {
		return out, err
	}
	if in.Parts {
		if out.Parts, err = s.parts(ctx, a, compiled.Expr, cat, now); err != nil {
			return out, err
		}
	}
	if in.Sample > 0 {
		out.Sample, err = s.briefs(ctx, a, spread(answer.Members, min(in.Sample, maxSample)))
	}
	return out, err
}

// parts counts a tree and everything in it, from above, as far as it comes in
// the time there is.
func (s *Service) parts(ctx context.Context, a access.Actor, root predicate.Expr, cat *predicate.Catalogue, now time.Time) ([]Part, error) {
	type part struct {
		path string
		expr predicate.Expr
	}
	limited, cancel := context.WithTimeout(ctx, s.partsFor)
	defer cancel()
	queue, out := []part{{"", root}}, []Part{}
	for len(queue) > 0 && len(out) < maxParts {
		p := queue[0]
		queue = queue[1:]
		compiled, err := predicate.Compile(p.expr, cat, now)
		if err != nil {
			return nil, err
		}
		n, err := s.count(limited, a, compiled.Plan)
		if err != nil && limited.Err() != nil && ctx.Err() == nil {
			break
		}
		if err != nil {
			return nil, err
		}
		out = append(out, Part{p.path, n})
		var of []predicate.Expr
		switch e := p.expr.(type) {
		case *predicate.And:
			of = e.Of
		case *predicate.Or:
			of = e.Of
		case *predicate.Not:
			queue = append(queue, part{p.path + "/of", e.Of})
		}
		for i, e := range of {
			queue = append(queue, part{p.path + "/of/" + strconv.Itoa(i), e})
		}
	}
	return out, nil
}

// spread picks n members from all over, the same ones each time.
func spread(m *roaring.Bitmap, n int) []uint32 {
	size := m.GetCardinality()
	n = int(min(uint64(n), size)) //nolint:gosec // at most n
	out := make([]uint32, 0, n)
	for i := range n {
		seq, err := m.Select(uint32(uint64(i) * size / uint64(n))) //nolint:gosec // below size
		if err != nil {
			break // cannot be: the rank is below the size
		}
		out = append(out, seq)
	}
	return out
}
