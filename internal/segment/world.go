package segment

import (
	"context"
	"maps"
	"slices"
	"strings"

	"fishpond/internal/platform/db"
	"fishpond/internal/segment/facts"
	"fishpond/internal/segment/live"
	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
)

// definitions gathers what predicates of an org can speak about: everything
// that people may refer to. Deleted segments and the hidden lists of segments
// are not among it.
func (s *Service) definitions(ctx context.Context, tx *db.Tx, orgID string) (predicate.Definitions, error) {
	def, err := s.people.Definitions(ctx, tx, orgID)
	if err != nil {
		return def, err
	}
	set, err := s.orgs.Settings(ctx, tx, orgID)
	if err != nil {
		return def, err
	}
	def.Zone, def.CurrencyDigits = set.Zone, set.Digits
	if def.Staff, err = s.orgs.Staff(ctx, tx, orgID); err != nil {
		return def, err
	}
	if def.Segments, err = segmentNames(ctx, tx, orgID); err != nil {
		return def, err
	}
	if def.Lists, err = listNames(ctx, tx, orgID); err != nil {
		return def, err
	}
	kinds, err := facts.Kinds(ctx, tx, orgID)
	def.Events = events(kinds)
	return def, err
}

// catalogue is that of definitions.
func (s *Service) catalogue(ctx context.Context, tx *db.Tx, orgID string) (*predicate.Catalogue, error) {
	def, err := s.definitions(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	return predicate.NewCatalogue(def), nil
}

// events are the kinds that can be asked for: those of the house, and those
// that the org's sources have sent with what was seen in them.
func events(seen []facts.Kind) []predicate.Event {
	out := predicate.StandardEvents()
	for _, k := range seen {
		if strings.HasPrefix(k.Kind, "segment.") {
			continue // membership says it, without a history
		}
		i := slices.IndexFunc(out, func(e predicate.Event) bool { return e.Kind == k.Kind })
		if i < 0 {
			out = append(out, predicate.Event{Kind: k.Kind, Open: true})
			i = len(out) - 1
		}
		if !out[i].Open {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(k.Properties)) {
			if !slices.ContainsFunc(out[i].Properties, func(p predicate.Property) bool { return p.Name == name }) {
				out[i].Properties = append(out[i].Properties, predicate.Property{Name: name, Type: k.Properties[name]})
			}
		}
	}
	return out
}

// attrs are the declared traits as the index takes them.
func attrs(traits []predicate.Trait) []plan.Attr {
	out := make([]plan.Attr, len(traits))
	for i, t := range traits {
		out[i] = plan.Attr{Name: t.Key, Trait: true, Type: t.Type}
	}
	return out
}

// whole is what a segment means: its predicate, and who was put in or left
// out by hand. Leaving out has the last word.
func (d *definition) whole(e predicate.Expr) predicate.Expr {
	byID := func(id string) predicate.Expr { return &predicate.List{Ref: predicate.Ref{ID: id, Name: id}} }
	if d.include != "" {
		e = &predicate.Or{Of: []predicate.Expr{e, byID(d.include)}}
	}
	if d.exclude != "" {
		e = &predicate.And{Of: []predicate.Expr{e, &predicate.Not{Of: byID(d.exclude)}}}
	}
	return e
}

// wholePlan is whole for a plan.
func (d *definition) wholePlan(n plan.Node) plan.Node {
	if d.include != "" {
		n = plan.Or{Of: []plan.Node{n, plan.InList{ID: d.include}}}
	}
	if d.exclude != "" {
		n = plan.And{Of: []plan.Node{n, plan.Not{Of: plan.InList{ID: d.exclude}}}}
	}
	return n
}

// withHidden adds the hidden lists of segments, which have no name but their
// id.
func withHidden(def predicate.Definitions, defs []definition) predicate.Definitions {
	def.Lists = slices.Clone(def.Lists)
	for i := range defs {
		for _, id := range []string{defs[i].include, defs[i].exclude} {
			if id != "" {
				def.Lists = append(def.Lists, predicate.Named{ID: id, Name: id})
			}
		}
	}
	return def
}

// OrgIDs lists all orgs, for the live engine.
func (s *Service) OrgIDs(ctx context.Context) ([]string, error) { return s.orgs.OrgIDs(ctx) }

// World is what the live engine follows: the whole meaning of every segment,
// and the catalogue by which to read it.
func (s *Service) World(ctx context.Context, tx *db.Tx, orgID string) (live.World, error) {
	def, err := s.definitions(ctx, tx, orgID)
	if err != nil {
		return live.World{}, err
	}
	all, err := defs(ctx, tx, orgID)
	if err != nil {
		return live.World{}, err
	}
	w := live.World{Catalogue: predicate.NewCatalogue(withHidden(def, all)), Traits: attrs(def.Traits), Segments: make([]live.Segment, len(all))}
	for i := range all {
		d := &all[i]
		e, err := d.tree()
		if err != nil {
			return live.World{}, err
		}
		w.Segments[i] = live.Segment{ID: d.id, Version: d.version, Name: d.name, Expr: d.whole(e)}
	}
	return w, nil
}
