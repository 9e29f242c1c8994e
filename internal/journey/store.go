package journey

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"fishpond/internal/journey/graph"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// row is a journey as it is stored.
type row struct {
	id, name, status, draft, secret, createdBy, changedBy string
	revision, published, version, started, datesTo        int64
	created, changed, publishedAt, ended, deleted         int64
}

const columns = "id, name, status, draft, revision, published, version, secret, started_at, dates_to, created_at, created_by, changed_at, changed_by, published_at, ended_at, deleted_at"

var leanColumns = strings.Replace(columns, "draft", "'' AS draft", 1)

func (r *row) scan(from interface{ Scan(...any) error }) error {
	return from.Scan(&r.id, &r.name, &r.status, &r.draft, &r.revision, &r.published, &r.version, &r.secret, &r.started, &r.datesTo, &r.created, &r.createdBy, &r.changed, &r.changedBy, &r.publishedAt, &r.ended, &r.deleted)
}

// takesIn tells whether people come in.
func (r *row) takesIn() bool { return r.status == Live || r.status == Paused }

func load(ctx context.Context, tx *db.Tx, orgID, id string) (*row, error) {
	return one(ctx, tx, orgID, id, "")
}

// lock is load of a journey that nobody else changes until tx ends.
func lock(ctx context.Context, tx *db.Tx, orgID, id string) (*row, error) {
	if tx.Engine() == db.Postgres {
		return one(ctx, tx, orgID, id, " FOR UPDATE")
	}
	return one(ctx, tx, orgID, id, "")
}

func one(ctx context.Context, tx *db.Tx, orgID, id, tail string) (*row, error) {
	r := &row{}
	err := r.scan(tx.QueryRow(ctx, "SELECT "+columns+" FROM journey_journey WHERE org_id = ? AND id = ?"+tail, orgID, id))
	if db.IsNoRows(err) {
		return nil, errNoJourney
	}
	return r, err
}

// rowsWhere lists journeys.
func rowsWhere(ctx context.Context, tx *db.Tx, orgID, where string, args ...any) (out []*row, err error) {
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		r := &row{}
		out = append(out, r)
		return r.scan(rows)
	}, "SELECT "+columns+" FROM journey_journey WHERE org_id = ? AND "+where, append([]any{orgID}, args...)...)
}

// leanRows is rowsWhere without what is being drawn, which may be large.
func leanRows(ctx context.Context, tx *db.Tx, orgID, where string, args ...any) (out []*row, err error) {
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		r := &row{}
		out = append(out, r)
		return r.scan(rows)
	}, "SELECT "+leanColumns+" FROM journey_journey WHERE org_id = ? AND "+where, append([]any{orgID}, args...)...)
}

// running lists the journeys of an org that take people in: live and paused.
func running(ctx context.Context, tx *db.Tx, orgID string) ([]*row, error) {
	return leanRows(ctx, tx, orgID, "status IN ('live', 'paused') AND deleted_at = 0 ORDER BY id")
}

// keptEditions bounds how many published versions are kept ready.
const keptEditions = 512

// edition is what was published as a version. It is not changed once made.
type edition struct {
	*graph.Spec
	journey string
	version int64
	texts   map[string]Text // of steps, by id
	subject map[string]Text
	html    map[string]Text
	ahead   map[string]*ahead // what may come from a step on without waiting
}

// edition is what was published as a version.
func (s *Service) edition(ctx context.Context, tx *db.Tx, orgID, journeyID string, version int64) (*edition, error) {
	key := fmt.Sprintf("%s/%s/%d", orgID, journeyID, version)
	s.mu.Lock()
	e := s.specs[key]
	s.mu.Unlock()
	if e != nil {
		return e, nil
	}
	var text string
	err := tx.QueryRow(ctx, "SELECT spec FROM journey_version WHERE org_id = ? AND journey_id = ? AND version = ?", orgID, journeyID, version).Scan(&text)
	if db.IsNoRows(err) {
		return nil, errNoJourney
	}
	if err != nil {
		return nil, err
	}
	sp, err := readSpec(text)
	if err != nil {
		return nil, err
	}
	if e, err = s.ready(journeyID, version, sp); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.specs) >= keptEditions {
		clear(s.specs)
	}
	s.specs[key] = e
	return e, nil
}

func readSpec(text string) (*graph.Spec, error) {
	sp := &graph.Spec{}
	if err := json.Unmarshal([]byte(text), sp); err != nil {
		return nil, fmt.Errorf("journey: a spec that we wrote does not read: %w", err)
	}
	return sp, nil
}

// ready reads a spec's texts.
func (s *Service) ready(journeyID string, version int64, sp *graph.Spec) (*edition, error) {
	e := &edition{Spec: sp, journey: journeyID, version: version, texts: map[string]Text{}, subject: map[string]Text{}, html: map[string]Text{}}
	for i := range sp.Graph.Steps {
		st := &sp.Graph.Steps[i]
		if st.Message == nil || st.Kind != graph.Message {
			continue
		}
		for _, part := range []struct {
			into map[string]Text
			from string
		}{{e.texts, st.Message.Text}, {e.subject, st.Message.Subject}, {e.html, st.Message.HTML}} {
			if part.from == "" {
				continue
			}
			text, err := s.Wording.Parse(part.from)
			if err != nil {
				return nil, fmt.Errorf("journey: text of step %s: %w", st.ID, err)
			}
			part.into[st.ID] = text
		}
	}
	e.ahead = lookAhead(&sp.Graph)
	return e, nil
}

// ahead is what a walk may need that goes on from a step without waiting.
type ahead struct {
	steps   []*graph.Step
	person  bool // their portrait
	pool    bool // persons are changed
	message bool
}

// lookAhead tells for each step what may come from there on until time must pass.
func lookAhead(g *graph.Graph) map[string]*ahead {
	out := make(map[string]*ahead, len(g.Steps))
	for i := range g.Steps {
		a := &ahead{}
		seen := map[string]bool{g.Steps[i].ID: true}
		for todo := []*graph.Step{&g.Steps[i]}; len(todo) > 0; {
			s := todo[0]
			todo = todo[1:]
			a.steps = append(a.steps, s)
			a.person = a.person || s.Kind == graph.WaitUntil || s.Kind == graph.WaitDate || s.Kind == graph.Message || s.Kind == graph.Task || s.Kind == graph.Webhook
			a.pool = a.pool || s.Kind.Changes()
			a.message = a.message || s.Kind == graph.Message
			ways := []int{graph.Default}
			for n := range s.Ways {
				ways = append(ways, n)
			}
			for _, n := range ways {
				if next := g.Step(s.Follow(n)); next != nil && !seen[next.ID] {
					seen[next.ID] = true
					todo = append(todo, next)
				}
			}
			if len(a.steps) > 1 && (s.Kind == graph.Wait || s.Kind == graph.WaitUntil || s.Kind == graph.WaitEvent) {
				continue
			}
		}
		out[g.Steps[i].ID] = a
	}
	return out
}

// tallyKey is what is counted: of a journey, or of a step in a version.
type tallyKey struct {
	journey          string
	version          int64
	step, what, part string
}

// tally counts what came to what.
type tally map[tallyKey]int64

func (t tally) add(journey string, version int64, step, what, part string, n int64) {
	t[tallyKey{journey, version, step, what, part}] += n
}

// came counts somebody who has come in, by the day where the brand is.
func (t tally) came(r *run, zone *time.Location) {
	t.add(r.journey, r.cameVersion, "", "in", clock.Time(r.entered).In(zone).Format(time.DateOnly), 1)
	if r.first == 1 {
		t.add(r.journey, r.cameVersion, "", "first", r.arm, 1)
	}
}

// stop counts a walk that ended early where it did, and takes it back with -1.
func (t tally) stop(r *run, n int64) {
	if r.status == Exited || r.status == Cancelled || r.status == Failed {
		t.add(r.journey, r.version, r.Step, "stop", r.status+"/"+r.why, n)
	}
}

// keep adds the tally to what is stored. Rows are touched in order: nobody waits
// for each other.
func (t tally) keep(ctx context.Context, tx *db.Tx, orgID string) error {
	var journey, step, what, part []string
	var version, n []int64
	keys := slices.SortedFunc(maps.Keys(t), func(a, b tallyKey) int {
		if c := strings.Compare(a.journey, b.journey); c != 0 {
			return c
		}
		if a.version != b.version {
			return int(a.version - b.version)
		}
		return slices.Compare([]string{a.step, a.what, a.part}, []string{b.step, b.what, b.part})
	})
	for _, k := range keys {
		if t[k] != 0 {
			journey, version, step, what, part, n = append(journey, k.journey), append(version, k.version), append(step, k.step), append(what, k.what), append(part, k.part), append(n, t[k])
		}
	}
	if len(n) == 0 {
		return nil
	}
	_, err := tx.BulkInsert(ctx, "journey_tally", "ON CONFLICT (org_id, journey_id, version, step, what, part) DO UPDATE SET n = journey_tally.n + excluded.n",
		db.Same("org_id", orgID, len(n)), db.Text("journey_id", journey), db.Int("version", version), db.Text("step", step), db.Text("what", what), db.Text("part", part), db.Int("n", n))
	return err
}

// like is a pattern that finds a text within a name; its signs mean themselves.
func like(q string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(q) + "%"
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
