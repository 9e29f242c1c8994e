package plan

import (
	"slices"
	"strings"
)

// Needs is what the truth of a plan depends on. A change of anything else
// leaves its members as they are. Each list is sorted and without repeats.
type Needs struct {
	Attrs      []Attr   // built-in attributes and traits
	Tags       []string // ids
	TagGroups  []string // groups meant as a whole: a tag that joins or leaves one changes the plan
	Events     []string // kinds
	Segments   []string // ids: their members, and their own needs
	Lists      []string // ids
	Identities []string // kinds
	Purposes   []string // of consent
	Carriers   []string // empty text: any
}

// NeedsOf tells what a plan depends on.
func NeedsOf(n Node) Needs {
	var out Needs
	out.add(n)
	slices.SortFunc(out.Attrs, func(a, b Attr) int {
		if a.Trait != b.Trait {
			if a.Trait {
				return 1
			}
			return -1
		}
		return strings.Compare(a.Name, b.Name)
	})
	out.Attrs = slices.Compact(out.Attrs)
	for _, l := range []*[]string{&out.Tags, &out.TagGroups, &out.Events, &out.Segments, &out.Lists, &out.Identities, &out.Purposes, &out.Carriers} {
		slices.Sort(*l)
		*l = slices.Compact(*l)
	}
	return out
}

func (d *Needs) add(n Node) {
	switch n := n.(type) {
	case And:
		for _, m := range n.Of {
			d.add(m)
		}
	case Or:
		for _, m := range n.Of {
			d.add(m)
		}
	case Not:
		d.add(n.Of)
	case IsSet:
		d.Attrs = append(d.Attrs, n.Attr)
	case Texts:
		d.Attrs = append(d.Attrs, n.Attr)
	case Match:
		d.Attrs = append(d.Attrs, n.Attr)
	case Range:
		d.Attrs = append(d.Attrs, n.Attr)
	case Flag:
		d.Attrs = append(d.Attrs, n.Attr)
	case Has:
		d.Attrs = append(d.Attrs, n.Attr)
	case Days:
		d.Attrs = append(d.Attrs, n.Attr)
	case Tagged:
		d.Tags, d.TagGroups = append(d.Tags, n.IDs...), append(d.TagGroups, n.Groups...)
	case Identity:
		d.Identities = append(d.Identities, n.Kind)
	case Reachable:
		d.Carriers = append(d.Carriers, n.Carrier)
	case Consent:
		d.Purposes = append(d.Purposes, n.Purpose)
	case InSegment:
		d.Segments = append(d.Segments, n.ID)
	case InList:
		d.Lists = append(d.Lists, n.ID)
	case Measure:
		d.Events = append(d.Events, n.Kind)
		if n.Window.Joined {
			d.Attrs = append(d.Attrs, Attr{Name: "created", Type: Instant})
		}
	}
}

// Cycle looks for a way from the segment id back to itself. refers gives the
// segments that a segment refers to. The way begins and ends with id; it is
// nil when there is none.
func Cycle(id string, refers func(id string) []string) []string {
	seen := map[string]bool{}
	var walk func(at string, way []string) []string
	walk = func(at string, way []string) []string {
		for _, next := range refers(at) {
			if next == id {
				return append(way, next)
			}
			if seen[next] {
				continue
			}
			seen[next] = true
			if found := walk(next, append(slices.Clip(way), next)); found != nil {
				return found
			}
		}
		return nil
	}
	return walk(id, []string{id})
}
