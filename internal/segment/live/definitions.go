package live

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/segment/index"
	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
)

// definitions are what the saved segments of an org mean at a moment. They are
// not changed once made.
type definitions struct {
	World

	moment     time.Time
	until      time.Time // when some of them will mean something else; zero: never
	segments   map[string]*segment
	order      []*segment // whoever is referred to comes first
	dependents *index.Dependents
}

// segment is a saved segment.
type segment struct {
	Segment

	plan   plan.Node
	key    string     // the same only for the same plan, also of all that it refers to
	needs  plan.Needs // also those of what it refers to
	refers []string
	until  time.Time
	broken error // why nobody can tell who is in it
}

// listed marks, among dependents, that a segment depends on a list by hand.
const listed = "list:"

var errBroken = errs.Conflict(i18n.T("这个人群的条件已失效，请修改后再用", "The conditions of this segment no longer make sense; change them first"))

// define works out what segments mean at a moment.
func define(w World, moment time.Time) *definitions {
	d := &definitions{World: w, moment: moment, segments: map[string]*segment{}}
	for _, s := range w.Segments {
		out := &segment{Segment: s}
		c, err := predicate.Compile(s.Expr, w.Catalogue, moment)
		if err != nil {
			out.broken = errBroken.Because(err)
		}
		out.plan, out.needs, out.until, out.refers = c.Plan, c.Needs, c.Until, c.Needs.Segments
		d.segments[s.ID] = out
	}
	reached := map[string]bool{}
	for _, s := range w.Segments {
		d.reach(s.ID, reached, nil)
	}
	needs := map[string]plan.Needs{}
	for _, s := range d.order {
		if s.broken != nil {
			continue
		}
		d.until = earlier(d.until, s.until)
		byHand := plan.Needs{Lists: s.needs.Lists}
		rest := s.needs
		rest.Lists, rest.Segments = nil, nil // what segments need is needed
		needs[s.ID] = rest
		if len(byHand.Lists) > 0 {
			needs[listed+s.ID] = byHand
		}
	}
	d.dependents = index.NewDependents(needs)
	return d
}

// reach puts a segment behind all that it refers to and takes over what those
// depend on. way is how it was come to.
func (d *definitions) reach(id string, reached map[string]bool, way []string) {
	s := d.segments[id]
	if s == nil || reached[id] {
		return
	}
	if at := slices.Index(way, id); at >= 0 {
		for _, in := range way[at:] {
			d.segments[in].broken = errBroken.Because(fmt.Errorf("it refers to itself: %s", strings.Join(append(way[at:], id), " → ")))
		}
		return
	}
	way = append(slices.Clip(way), id)
	hash := sha256.New()
	if s.plan != nil {
		hash.Write([]byte(plan.Key(s.plan)))
	}
	for _, ref := range s.refers {
		d.reach(ref, reached, way)
		r := d.segments[ref]
		switch {
		case s.broken != nil:
		case r == nil:
			s.broken = errBroken.Because(fmt.Errorf("there is no segment %s", ref))
		case r.broken != nil:
			s.broken = errBroken.Because(fmt.Errorf("segment %s: %w", ref, r.broken))
		default:
			s.until = earlier(s.until, r.until)
			s.needs = together(s.needs, r.needs)
			hash.Write([]byte(r.key))
		}
	}
	if reached[id] { // on the way round a circle
		return
	}
	s.key = string(hash.Sum(nil))
	reached[id] = true
	d.order = append(d.order, s)
}

// earlier is the earlier of two times; zero is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func together(a, b plan.Needs) plan.Needs {
	return plan.Needs{
		Attrs: union(a.Attrs, b.Attrs, func(x, y plan.Attr) int { return strings.Compare(x.Name, y.Name) }),
		Tags:  texts(a.Tags, b.Tags), TagGroups: texts(a.TagGroups, b.TagGroups), Events: texts(a.Events, b.Events),
		Segments: texts(a.Segments, b.Segments), Lists: texts(a.Lists, b.Lists), Identities: texts(a.Identities, b.Identities),
		Purposes: texts(a.Purposes, b.Purposes), Carriers: texts(a.Carriers, b.Carriers),
	}
}

func texts(a, b []string) []string { return union(a, b, strings.Compare) }

func union[T comparable](a, b []T, by func(x, y T) int) []T {
	all := slices.Concat(a, b)
	slices.SortFunc(all, by)
	return slices.Compact(all)
}

// stillAt reports whether the definitions mean the same at a moment.
func (d *definitions) stillAt(moment time.Time) bool {
	return d.until.IsZero() || moment.Before(d.until)
}

func sameTraits(a, b []plan.Attr) bool {
	if len(a) != len(b) {
		return false
	}
	for _, t := range a {
		if !slices.Contains(b, t) {
			return false
		}
	}
	return true
}
