package journey

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"strings"
	"time"

	"fishpond/internal/journey/graph"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

// Counts are how people fare in a journey.
type Counts struct {
	Entered   int64 `json:"entered"`
	Active    int64 `json:"active"`
	Done      int64 `json:"done"`
	Exited    int64 `json:"exited"`
	Cancelled int64 `json:"cancelled"`
	Failed    int64 `json:"failed"`
	Holdout   int64 `json:"holdout"`
	Converted int64 `json:"converted" doc:"Of those who were not left out"`
}

// Journey is a journey as it is listed.
type Journey struct {
	ID          string     `json:"id"`
	Name        string     `json:"name"`
	Status      string     `json:"status" enum:"draft,live,paused,ended"`
	Version     int64      `json:"version" doc:"That is valid; 0: none was published"`
	Revision    int64      `json:"revision" doc:"Of the draft"`
	Changed     bool       `json:"changed" doc:"The draft is not what was published last"`
	EntryText   string     `json:"entry_text"`
	Counts      Counts     `json:"counts"`
	UpdatedAt   time.Time  `json:"updated_at"`
	PublishedAt *time.Time `json:"published_at"`
	Problems    int        `json:"problems" doc:"How much keeps the draft from being published, as far as can be seen at once"`
}

// Full is a journey with its drawing.
type Full struct {
	Journey
	Draft      graph.Spec  `json:"draft"`
	Published  *graph.Spec `json:"published,omitempty"`
	ProblemsOf []Problem   `json:"problems_of" nullable:"false" doc:"What keeps the draft from being published"`
	Broken     int64       `json:"broken" doc:"People who wait because a condition cannot be read any more"`
	BrokenOf   []Problem   `json:"broken_of" nullable:"false" doc:"Why: what cannot be read any more in what is published, and where people wait for it"`
}

// tallied is a line of a tally.
type tallied struct {
	version, n       int64
	step, what, part string
}

// tallies reads what is counted of a journey; of a version: 0 is all.
func tallies(ctx context.Context, tx *db.Tx, orgID, id string, version int64) ([]tallied, error) {
	return db.All(ctx, tx, func(r *sql.Rows, t *tallied) error {
		return r.Scan(&t.version, &t.step, &t.what, &t.part, &t.n)
	}, "SELECT version, step, what, part, n FROM journey_tally WHERE org_id = ? AND journey_id = ? AND (? = 0 OR version = ?) AND n <> 0 ORDER BY version, step, what, part", orgID, id, version, version)
}

func (c *Counts) add(what, part string, n int64) {
	switch what {
	case "entered":
		c.Entered += n
	case Active:
		c.Active += n
	case Done:
		c.Done += n
	case Exited:
		c.Exited += n
	case Cancelled:
		c.Cancelled += n
	case Failed:
		c.Failed += n
	case Holdout:
		c.Holdout += n
	case "converted":
		if part == Treated {
			c.Converted += n
		}
	}
}

// countsOf reads the counts of journeys.
func countsOf(ctx context.Context, tx *db.Tx, orgID string, ids []string) (map[string]*Counts, error) {
	out := map[string]*Counts{}
	for _, id := range ids {
		out[id] = &Counts{}
	}
	where, arg := tx.In("journey_id", ids)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var id, what, part string
		var n int64
		if err := rows.Scan(&id, &what, &part, &n); err != nil {
			return err
		}
		out[id].add(what, part, n)
		return nil
	}, "SELECT journey_id, what, part, n FROM journey_tally WHERE org_id = ? AND version = 0 AND step = '' AND "+where, orgID, arg)
}

// Filter selects journeys.
type Filter struct {
	Q      string `query:"q" maxLength:"60" doc:"Part of the name"`
	Status string `query:"status" enum:",draft,live,paused,ended"`
}

// at is a place in a list.
type at struct {
	At int64  `json:"a"`
	ID string `json:"i"`
}

// List lists journeys, those changed last first.
func (s *Service) List(ctx context.Context, f Filter, after at, limit int) (out []Journey, next at, more bool, err error) {
	a := actor(ctx)
	names, err := s.names(ctx, a.OrgID)
	if err != nil {
		return nil, next, false, err
	}
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		where, args := "deleted_at = 0", []any{}
		if f.Q != "" {
			where, args = where+" AND LOWER(name) LIKE ? ESCAPE '!'", append(args, like(strings.ToLower(f.Q)))
		}
		if f.Status != "" {
			where, args = where+" AND status = ?", append(args, f.Status)
		}
		if after.ID != "" {
			where, args = where+" AND (changed_at, id) < (?, ?)", append(args, after.At, after.ID)
		}
		rows, err := rowsWhere(ctx, tx, a.OrgID, where+" ORDER BY changed_at DESC, id DESC LIMIT ?", append(args, limit+1)...)
		if err != nil {
			return err
		}
		if more = len(rows) > limit; more {
			rows = rows[:limit]
			next = at{rows[limit-1].changed, rows[limit-1].id}
		}
		ids := make([]string, len(rows))
		for i, r := range rows {
			ids[i] = r.id
		}
		counts, err := countsOf(ctx, tx, a.OrgID, ids)
		if err != nil {
			return err
		}
		out = out[:0]
		for _, r := range rows {
			spec, err := readSpec(r.draft)
			if err != nil {
				return err
			}
			out = append(out, r.view(ctx, spec, *counts[r.id], names))
		}
		return nil
	})
	return out, next, more, err
}

func (r *row) view(ctx context.Context, spec *graph.Spec, c Counts, segments map[string]string) Journey {
	return Journey{ID: r.id, Name: r.name, Status: r.status, Version: r.version, Revision: r.revision, Changed: r.published != r.revision, EntryText: entryText(&spec.Entry, segments).In(i18n.From(ctx)), Counts: c,
		UpdatedAt: clock.Time(r.changed), PublishedAt: clock.Ptr(r.publishedAt), Problems: len(spec.Check())}
}

// names are those of segments by their id and of events by their kind.
func (s *Service) names(ctx context.Context, orgID string) (map[string]string, error) {
	segments, err := s.Conditions.Names(ctx, orgID)
	if err != nil {
		return nil, err
	}
	kinds, err := s.Conditions.Kinds(ctx, orgID)
	if err != nil {
		return nil, err
	}
	out := maps.Clone(segments)
	if out == nil {
		out = map[string]string{}
	}
	for _, k := range kinds {
		out[k.Kind] = k.Label
	}
	return out, nil
}

// entryText says how people come in.
func entryText(e *graph.Entry, names map[string]string) i18n.Text {
	switch e.Kind {
	case graph.BySegment:
		return i18n.T("进入人群“%s”", "Enters the segment “%s”", names[e.SegmentID])
	case graph.ByEvent:
		return i18n.T("发生“%s”", "“%s” happens", cmp.Or(names[e.Event], e.Event))
	case graph.ByDate:
		return i18n.T("日期 %s", "Date %s", e.Trait)
	}
	return i18n.T("手动或接口加入", "By hand or API")
}

// Get is a journey of the actor's org.
func (s *Service) Get(ctx context.Context, id string) (out Full, err error) {
	a := actor(ctx)
	names, err := s.names(ctx, a.OrgID)
	if err != nil {
		return out, err
	}
	var broken []tallied
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		r, err := load(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		if r.deleted != 0 {
			return errNoJourney
		}
		spec, err := readSpec(r.draft)
		if err != nil {
			return err
		}
		counts, err := countsOf(ctx, tx, a.OrgID, []string{id})
		if err != nil {
			return err
		}
		out = Full{Journey: r.view(ctx, spec, *counts[id], names), Draft: *spec}
		if r.version == 0 {
			return nil
		}
		var text string
		if err := tx.QueryRow(ctx, "SELECT spec FROM journey_version WHERE org_id = ? AND journey_id = ? AND version = ?", a.OrgID, id, r.version).Scan(&text); err != nil {
			return err
		}
		published, err := readSpec(text)
		if err != nil {
			return err
		}
		out.Published = published
		broken, err = brokenAt(ctx, tx, a.OrgID, id, s.micros())
		return err
	})
	if err != nil {
		return out, err
	}
	if err := s.tellBroken(ctx, a.OrgID, &out, broken); err != nil {
		return out, err
	}
	for _, spec := range []*graph.Spec{&out.Draft, out.Published} {
		if spec != nil {
			if _, err := s.show(ctx, a.OrgID, spec); err != nil {
				return out, err
			}
		}
	}
	out.ProblemsOf, err = s.Check(ctx, out.Draft)
	out.Problems = len(out.ProblemsOf)
	return out, err
}
