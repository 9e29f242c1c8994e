package insight

import (
	"cmp"
	"context"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/insight/steps"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// PathsInput asks which way people went.
type PathsInput struct {
	Days                    // the start is in it
	Start       EventChoice `json:"start" doc:"One kind of events: a person's first of these in the period"`
	Direction   string      `json:"direction,omitempty" enum:"next,previous" default:"next"`
	Depth       int         `json:"depth,omitempty" minimum:"1" maximum:"5" default:"3"`
	WithinHours int64       `json:"within_hours" doc:"From the start to the last step, 1 to 87840"`
	// Only and Skip choose the steps.
	Only    []string `json:"only,omitempty" maxItems:"60" nullable:"false" doc:"Kinds that count as steps; empty: all that persons do"`
	Skip    []string `json:"skip,omitempty" maxItems:"60" nullable:"false" doc:"Kinds that do not"`
	Repeats bool     `json:"repeats,omitempty" doc:"Count the same event again and again as steps of their own"`
}

// Paths is which way people went.
type Paths struct {
	Fresh
	Period  DayPeriod  `json:"period"`
	Persons int64      `json:"persons" doc:"Who started"`
	Skipped []string   `json:"skipped" nullable:"false" doc:"Kinds that were passed over"`
	Next    []PathNode `json:"next" nullable:"false" doc:"The most frequent steps, at most 8"`
	Rest    PathRest   `json:"rest"`
	cell    *roaring.Bitmap
}

// PathNode is a step and what came after, or before, it.
type PathNode struct {
	Kind    string     `json:"kind"`
	Label   string     `json:"label"`
	Persons int64      `json:"persons"`
	Share   *float64   `json:"share" doc:"Of those at the step before"`
	Next    []PathNode `json:"next" nullable:"false"`
	Rest    PathRest   `json:"rest"`
}

// PathRest is who did not go one of the ways that are shown.
type PathRest struct {
	Ended  int64 `json:"ended" doc:"Took no further step"`
	Others int64 `json:"others" doc:"Took one that is not among those shown"`
}

const (
	mostNext  = 8
	mostKinds = 200 // of a sweep
)

// Paths answers.
func (s *Service) Paths(ctx context.Context, orgID string, in PathsInput) (out Paths, err error) {
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		out, err = s.paths(ctx, tx, orgID, in, nil)
		return err
	})
	return out, err
}

// paths counts; want, when not nil, is the way of the people to be gathered.
func (s *Service) paths(ctx context.Context, tx *db.Tx, orgID string, in PathsInput, want *[]string) (out Paths, err error) {
	q, err := s.ask(ctx, tx, orgID)
	if err != nil {
		return out, err
	}
	p := &steps.Paths{Back: in.Direction == "previous", Depth: cmp.Or(in.Depth, 3), Repeats: in.Repeats}
	if len(in.Start.Any) > 1 {
		return out, errs.InvalidField("body.start.any", i18n.T("路径只能从一种事件开始", "A path starts with one kind of event"))
	}
	start, err := q.what(in.Start, "body.start")
	if err != nil {
		return out, err
	}
	p.Start = start[0]
	if p.Within, err = within(in.WithinHours); err != nil {
		return out, err
	}
	if out.Period, err = q.days(in.Days); err != nil { // by the start's events
		return out, err
	}
	q.nothing(ctx)
	out.Fresh, out.Next = q.fresh, []PathNode{}
	if out.Skipped, err = q.steps(in); err != nil {
		return out, err
	}
	p.From, p.To = clock.Micros(out.Period.StartAt), clock.Micros(out.Period.EndAt)
	var way []int
	if want != nil {
		if way, err = q.way(*want); err != nil {
			return out, err
		}
	}
	counts := make([]map[uint64]int64, sweepWorkers())
	cells := bitmaps(sweepWorkers())
	for i := range counts {
		counts[i] = map[uint64]int64{}
	}
	from, to := p.From, p.To+p.Within
	if p.Back {
		from, to = p.From-p.Within, p.To
	}
	if out.Fresh.Events > 0 {
		if err := q.sweep(ctx, from, to, func(worker int, seq uint32, lanes []steps.Lane) {
			w := p.Go(lanes)
			if !w.Found {
				return
			}
			key := uint64(0)
			counts[worker][key]++
			for k := range w.Length {
				key = key<<8 | uint64(w.Lanes[k]+1) //nolint:gosec // at most 200
				counts[worker][key]++
			}
			if want != nil && w.Length >= len(way) && slices.Equal(w.Lanes[:len(way)], way) {
				cells[worker].Add(seq)
			}
		}); err != nil {
			return out, err
		}
	}
	out.cell = roaring.FastOr(cells...)
	all := counts[0]
	for _, c := range counts[1:] {
		for k, n := range c {
			all[k] += n
		}
	}
	t := &pathTree{q: q, ctx: ctx, children: map[uint64][]uint64{}, counts: all}
	for key := range all {
		if key != 0 {
			t.children[key>>8] = append(t.children[key>>8], key)
		}
	}
	out.Persons = all[0]
	out.Next, out.Rest = t.below(0)
	return out, nil
}

// steps adds the lanes of all kinds that count as steps, in order of their
// names behind the start, and tells which are passed over.
func (q *question) steps(in PathsInput) (skipped []string, err error) {
	skipped = []string{}
	for _, kind := range append(slices.Clone(in.Only), in.Skip...) {
		if err := q.kind(kind, "body.only"); err != nil {
			return nil, err
		}
	}
	var kinds []string
	for kind, k := range q.known {
		switch {
		case k.Events == 0 || kind == in.Start.Any[0]:
		case len(in.Only) > 0 && !slices.Contains(in.Only, kind), slices.Contains(in.Skip, kind), len(in.Only) == 0 && slices.Contains(quiet, kind):
			skipped = append(skipped, kind)
		default:
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(skipped)
	slices.Sort(kinds)
	if len(kinds) > mostKinds {
		return nil, errs.InvalidField("body.only", i18n.T("事件种类超过 %d 种，请选择要看的事件", "There are more than %d kinds of events: choose which count", mostKinds))
	}
	first, last, events := q.first, q.last, q.fresh.Events
	for _, kind := range kinds {
		q.lane(kind)
	}
	if events == 0 { // nothing starts anywhere
		q.first, q.last, q.fresh.Events = first, last, 0
	}
	return skipped, nil
}

func (q *question) way(kinds []string) (way []int, err error) {
	if len(kinds) > steps.MaxDepth {
		return nil, errs.InvalidField("body.path", i18n.T("路径最多 %d 步", "A path has at most %d steps", steps.MaxDepth))
	}
	for _, kind := range kinds {
		lane, there := q.laneOf[kind]
		if !there {
			return nil, errs.InvalidField("body.path", i18n.T("“%.80s”不在所看的事件里", "%.80s is not among the events looked at", kind))
		}
		way = append(way, lane)
	}
	return way, nil
}

type pathTree struct {
	q        *question
	ctx      context.Context //nolint:containedctx // lives as long as one answer
	children map[uint64][]uint64
	counts   map[uint64]int64
}

// below lists the most frequent steps behind a way.
func (t *pathTree) below(key uint64) ([]PathNode, PathRest) {
	kids := t.children[key]
	slices.SortFunc(kids, func(a, b uint64) int {
		return cmp.Or(cmp.Compare(t.counts[b], t.counts[a]), cmp.Compare(a, b))
	})
	out := []PathNode{}
	rest := PathRest{Ended: t.counts[key]}
	for i, k := range kids {
		n := t.counts[k]
		rest.Ended -= n
		if i >= mostNext {
			rest.Others += n
			continue
		}
		kind := t.q.lanes[k&0xff-1].kind
		node := PathNode{Kind: kind, Label: t.q.known[kind].Label, Persons: n, Share: share(n, t.counts[key])}
		node.Next, node.Rest = t.below(k)
		out = append(out, node)
	}
	return out, rest
}
