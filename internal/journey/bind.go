package journey

import (
	"context"

	"fishpond/internal/journey/graph"
)

// conditions goes through the predicates about persons that name things.
func conditions(spec *graph.Spec, each func(step *graph.Step, way *graph.Way) error) error {
	for i := range spec.Graph.Steps {
		st := &spec.Graph.Steps[i]
		if st.Kind != graph.Branch {
			continue
		}
		for n := range st.Ways {
			if st.Ways[n].When != "" {
				if err := each(st, &st.Ways[n]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// free makes a spec's own copy of what binding changes, and takes off what only we
// may write there.
func free(spec *graph.Spec) {
	spec.Graph.Steps = append([]graph.Step(nil), spec.Graph.Steps...)
	for i := range spec.Graph.Steps {
		st := &spec.Graph.Steps[i]
		st.Ways = append([]graph.Way(nil), st.Ways...)
		for n := range st.Ways {
			st.Ways[n].Bound = ""
		}
	}
}

// bind binds the conditions of what somebody has drawn. One that cannot be read is
// kept as it is, for a draft need not be right; if it stood so in what was there
// before, and could be read then, it means what it meant.
func (s *Service) bind(ctx context.Context, orgID string, spec, was *graph.Spec) error {
	free(spec)
	return conditions(spec, func(st *graph.Step, w *graph.Way) (err error) {
		w.Bound, err = s.Conditions.Bind(ctx, orgID, w.When)
		if !unreadable(err) {
			return err
		}
		w.Bound = ""
		if was == nil {
			return nil
		}
		if old := was.Graph.Step(st.ID); old != nil {
			for _, o := range old.Ways {
				if o.When == w.When {
					w.Bound = o.Bound
				}
			}
		}
		return nil
	})
}

// bindRest binds what is to be published where that was not done, or where what it
// was bound to is gone while the words mean something again.
func (s *Service) bindRest(ctx context.Context, orgID string, spec *graph.Spec) error {
	return conditions(spec, func(_ *graph.Step, w *graph.Way) error {
		if w.Bound != "" {
			if err := s.Conditions.Check(ctx, orgID, w.Bound); !unreadable(err) {
				return err
			}
		}
		bound, err := s.Conditions.Bind(ctx, orgID, w.When)
		if unreadable(err) {
			return nil // it is told by the check
		}
		w.Bound = bound
		return err
	})
}

// show makes a spec fit to be shown: by the names of today, without secrets. What
// nobody has renamed reads as it was written.
func (s *Service) show(ctx context.Context, orgID string, spec *graph.Spec) (*graph.Spec, error) {
	err := conditions(spec, func(_ *graph.Step, w *graph.Way) error {
		if w.Bound == "" {
			return nil
		}
		then, now, err := s.Conditions.Words(ctx, orgID, w.Bound)
		if unreadable(err) {
			return nil
		}
		if then != now {
			w.When = now
		}
		w.Bound = ""
		return err
	})
	return unseal(spec), err
}
