package journey

import (
	"context"
	"database/sql"
	"time"

	"fishpond/internal/journey/graph"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// Version is what was published once, and how many are told of it.
type Version struct {
	Version     int64     `json:"version"`
	PublishedAt time.Time `json:"published_at"`
	PublishedBy string    `json:"published_by" doc:"Name; empty: not by a member of staff"`
	Entered     int64     `json:"entered" doc:"How often somebody came in with it, those left out included"`
	Inside      int64     `json:"inside" doc:"Who is in it now, wherever they came in"`
}

// Versions lists what was published of a journey, the newest first.
func (s *Service) Versions(ctx context.Context, id string) (out []Version, err error) {
	a := actor(ctx)
	return out, s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		out = out[:0]
		r, err := load(ctx, tx, a.OrgID, id)
		if err == nil && r.deleted != 0 {
			err = errNoJourney
		}
		if err != nil {
			return err
		}
		staff, err := s.Orgs.StaffNames(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		all, err := tallies(ctx, tx, a.OrgID, id, 0)
		if err != nil {
			return err
		}
		entered, inside := map[int64]int64{}, map[int64]int64{}
		for _, t := range all {
			switch t.what {
			case "in":
				entered[t.version] += t.n
			case "here":
				inside[t.version] += t.n
			}
		}
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var v Version
			var at int64
			err := rows.Scan(&v.Version, &at, &v.PublishedBy)
			v.PublishedAt, v.PublishedBy = clock.Time(at), staff[v.PublishedBy]
			v.Entered, v.Inside = entered[v.Version], inside[v.Version]
			out = append(out, v)
			return err
		}, "SELECT version, published_at, published_by FROM journey_version WHERE org_id = ? AND journey_id = ? ORDER BY version DESC", a.OrgID, id)
	})
}

// Edition is a journey as it was published once, by the names of today.
func (s *Service) Edition(ctx context.Context, id string, version int64) (*graph.Spec, error) {
	a := actor(ctx)
	var text string
	if err := s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		r, err := load(ctx, tx, a.OrgID, id)
		if err == nil && r.deleted != 0 {
			err = errNoJourney
		}
		if err != nil {
			return err
		}
		err = tx.QueryRow(ctx, "SELECT spec FROM journey_version WHERE org_id = ? AND journey_id = ? AND version = ?", a.OrgID, id, version).Scan(&text)
		if db.IsNoRows(err) {
			err = errNoVersion
		}
		return err
	}); err != nil {
		return nil, err
	}
	spec, err := readSpec(text)
	if err != nil {
		return nil, err
	}
	return s.show(ctx, a.OrgID, spec)
}
