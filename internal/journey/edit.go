package journey

import (
	"context"
	"strings"
	"time"

	"fishpond/internal/journey/graph"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/platform/plaintext"
	"fishpond/internal/platform/secret"
)

const (
	mostName     = 60
	restoreFor   = 30 * 24 * time.Hour // how long a deleted journey can be brought back
	mostJourneys = 1000
)

// manual is what a new journey begins with.
func manual() graph.Spec {
	return graph.Spec{Entry: graph.Entry{Kind: graph.ByHand}, Frequency: graph.Frequency{Kind: graph.Once}, Purpose: graph.Marketing, Graph: graph.Graph{Steps: []graph.Step{}}}
}

func cleanName(name string) (string, error) {
	if name = strings.TrimSpace(plaintext.Line(name, mostName)); name == "" {
		return "", errs.InvalidField("body.name", i18n.T("请写名称", "A name is needed"))
	}
	return name, nil
}

// Create makes a draft; spec nil: an empty one.
func (s *Service) Create(ctx context.Context, name string, spec *graph.Spec) (out Full, err error) {
	a := actor(ctx)
	if name, err = cleanName(name); err != nil {
		return out, err
	}
	if spec == nil {
		m := manual()
		spec = &m
	}
	if err := s.bind(ctx, a.OrgID, spec, nil); err != nil {
		return out, err
	}
	s.seal(a.OrgID, spec, nil)
	r := &row{id: s.newID("jny"), name: name, status: Draft, revision: 1, secret: ids.Token(), created: s.micros(), createdBy: a.ID, changed: s.micros(), changedBy: a.ID}
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		var n int64
		if err := tx.QueryRow(ctx, "SELECT COUNT(*) FROM journey_journey WHERE org_id = ? AND deleted_at = 0", a.OrgID).Scan(&n); err != nil {
			return err
		}
		if n >= mostJourneys {
			return errs.Conflict(i18n.T("最多 %d 个旅程", "At most %d journeys", mostJourneys))
		}
		if _, err := tx.Exec(ctx, `INSERT INTO journey_journey (org_id, id, name, status, draft, revision, published, version, secret, started_at, dates_to, created_at, created_by, changed_at, changed_by, published_at, ended_at, deleted_at)
			VALUES (?, ?, ?, ?, ?, 1, 0, 0, ?, 0, 0, ?, ?, ?, ?, 0, 0, 0)`, a.OrgID, r.id, r.name, r.status, db.JSON(spec), r.secret, r.created, r.createdBy, r.changed, r.changedBy); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "journey.created", "journey", r.id, map[string]any{"name": r.name})
	})
	if err != nil {
		return out, err
	}
	return s.Get(ctx, r.id)
}

// seal hides the secrets that were written, and keeps those that were not.
func (s *Service) seal(orgID string, spec, was *graph.Spec) {
	for i := range spec.Graph.Steps {
		st := &spec.Graph.Steps[i]
		if st.Webhook == nil {
			continue
		}
		w := *st.Webhook
		w.Sealed, w.HasSecret = "", false
		if w.Secret != "" {
			w.Sealed = s.Calls.Seal(orgID, secret.Redacted(w.Secret))
		} else if was != nil {
			if old := was.Graph.Step(st.ID); old != nil && old.Webhook != nil {
				w.Sealed = old.Webhook.Sealed
			}
		}
		w.Secret = ""
		st.Webhook = &w
	}
}

// unseal makes a spec fit to be shown.
func unseal(spec *graph.Spec) *graph.Spec {
	for i := range spec.Graph.Steps {
		if st := &spec.Graph.Steps[i]; st.Webhook != nil {
			st.Webhook.HasSecret = st.Webhook.Sealed != ""
			st.Webhook.Sealed, st.Webhook.Secret = "", ""
		}
	}
	if spec.Graph.Steps == nil {
		spec.Graph.Steps = []graph.Step{}
	}
	return spec
}

// change changes a journey that is not ended, by compare-and-set on its revision.
func (s *Service) change(ctx context.Context, id string, fn func(tx *db.Tx, r *row) error) error {
	a := actor(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		r, err := lock(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		if r.deleted != 0 {
			return errNoJourney
		}
		return fn(tx, r)
	})
}

// SaveDraft keeps what is drawn; what is live stays as it is until it is
// published. It need not be complete.
func (s *Service) SaveDraft(ctx context.Context, id, name string, revision int64, spec graph.Spec) (out Full, err error) {
	a := actor(ctx)
	if name, err = cleanName(name); err != nil {
		return out, err
	}
	was, err := s.draftOf(ctx, id)
	if err != nil {
		return out, err
	}
	if err := s.bind(ctx, a.OrgID, &spec, was); err != nil {
		return out, err
	}
	err = s.change(ctx, id, func(tx *db.Tx, r *row) error {
		was, err := readSpec(r.draft)
		if err != nil {
			return err
		}
		in := spec
		in.Graph.Steps = append([]graph.Step(nil), spec.Graph.Steps...)
		s.seal(a.OrgID, &in, was)
		n, err := tx.Changed(ctx, "UPDATE journey_journey SET name = ?, draft = ?, revision = revision + 1, changed_at = ?, changed_by = ? WHERE org_id = ? AND id = ? AND revision = ?",
			name, db.JSON(in), s.micros(), a.ID, a.OrgID, id, revision)
		if err != nil {
			return err
		}
		if n == 0 {
			return errMoved
		}
		return s.Auditor.Audit(ctx, tx, "journey.changed", "journey", id, map[string]any{"name": name})
	})
	if err != nil {
		return out, err
	}
	return s.Get(ctx, id)
}

// draftOf is what is drawn of a journey.
func (s *Service) draftOf(ctx context.Context, id string) (*graph.Spec, error) {
	a := actor(ctx)
	var r *row
	if err := s.db.Read(ctx, a.OrgID, func(tx *db.Tx) (err error) {
		r, err = load(ctx, tx, a.OrgID, id)
		return err
	}); err != nil {
		return nil, err
	}
	return readSpec(r.draft)
}

// Duplicate makes a draft of the same.
func (s *Service) Duplicate(ctx context.Context, id string) (out Full, err error) {
	a := actor(ctx)
	var r *row
	if err := s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		r, err = load(ctx, tx, a.OrgID, id)
		return err
	}); err != nil {
		return out, err
	}
	spec, err := readSpec(r.draft)
	if err != nil {
		return out, err
	}
	if spec, err = s.show(ctx, a.OrgID, spec); err != nil {
		return out, err
	}
	suffix := i18n.T("（副本）", " (copy)").In(i18n.From(ctx))
	name := plaintext.Line(r.name, mostName-len([]rune(suffix))) + suffix
	return s.Create(ctx, name, spec)
}

// Delete throws a journey away that is not live: for 30 days it can be brought
// back.
func (s *Service) Delete(ctx context.Context, id string) error {
	a := actor(ctx)
	return s.change(ctx, id, func(tx *db.Tx, r *row) error {
		if r.takesIn() {
			return errs.Conflict(i18n.T("请先结束这个旅程", "End the journey first"))
		}
		if _, err := tx.Exec(ctx, "UPDATE journey_journey SET deleted_at = ? WHERE org_id = ? AND id = ?", s.micros(), a.OrgID, id); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "journey.deleted", "journey", id, map[string]any{"name": r.name})
	})
}

// Restore brings a deleted journey back.
func (s *Service) Restore(ctx context.Context, id string) (Full, error) {
	a := actor(ctx)
	err := s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		n, err := tx.Changed(ctx, "UPDATE journey_journey SET deleted_at = 0, changed_at = ? WHERE org_id = ? AND id = ? AND deleted_at > ?", s.micros(), a.OrgID, id, s.micros()-int64(restoreFor/time.Microsecond))
		if err != nil {
			return err
		}
		if n == 0 {
			return errNoJourney
		}
		return s.Auditor.Audit(ctx, tx, "journey.restored", "journey", id, nil)
	})
	if err != nil {
		return Full{}, err
	}
	return s.Get(ctx, id)
}
