package sop

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"fishpond/internal/platform/db"
)

// row is a series as it is stored.
type row struct {
	id, name, kind, status, draft         string
	revision, published, version, started int64
	created, changed, stopped             int64
	createdBy, changedBy, secret          string
}

const columns = "id, name, kind, status, draft, revision, published, version, started_at, created_at, created_by, changed_at, changed_by, stopped_at, secret"

func (r *row) scan(from interface{ Scan(...any) error }) error {
	return from.Scan(&r.id, &r.name, &r.kind, &r.status, &r.draft, &r.revision, &r.published, &r.version, &r.started, &r.created, &r.createdBy, &r.changed, &r.changedBy, &r.stopped, &r.secret)
}

func (r *row) spec() (*Spec, error) {
	sp := &Spec{}
	if err := json.Unmarshal([]byte(r.draft), sp); err != nil {
		return nil, fmt.Errorf("sop: a spec that we wrote does not read: %w", err)
	}
	return sp, nil
}

func load(ctx context.Context, tx *db.Tx, orgID, id string) (*row, error) {
	r := &row{}
	err := r.scan(tx.QueryRow(ctx, "SELECT "+columns+" FROM sop_sop WHERE org_id = ? AND id = ?", orgID, id))
	if db.IsNoRows(err) {
		return nil, errNoSOP
	}
	return r, err
}

// lock is load of a series that nobody else changes until tx ends.
func lock(ctx context.Context, tx *db.Tx, orgID, id string) (*row, error) {
	query := "SELECT " + columns + " FROM sop_sop WHERE org_id = ? AND id = ?"
	if tx.Engine() == db.Postgres {
		query += " FOR UPDATE"
	}
	r := &row{}
	err := r.scan(tx.QueryRow(ctx, query, orgID, id))
	if db.IsNoRows(err) {
		return nil, errNoSOP
	}
	return r, err
}

// running lists the series of an org that take people in: live and paused.
func running(ctx context.Context, tx *db.Tx, orgID string) ([]*row, error) {
	var out []*row
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		r := &row{}
		out = append(out, r)
		return r.scan(rows)
	}, "SELECT "+columns+" FROM sop_sop WHERE org_id = ? AND status IN ('live', 'paused') ORDER BY id", orgID)
}

// keptEditions bounds how many published versions are kept ready.
const keptEditions = 256

// edition is what was published as a version.
func (s *Service) edition(ctx context.Context, tx *db.Tx, orgID, sopID string, version int64) (*edition, error) {
	key := fmt.Sprintf("%s/%s/%d", orgID, sopID, version)
	s.mu.Lock()
	e := s.specs[key]
	s.mu.Unlock()
	if e != nil {
		return e, nil
	}
	var text string
	err := tx.QueryRow(ctx, "SELECT spec FROM sop_version WHERE org_id = ? AND sop_id = ? AND version = ?", orgID, sopID, version).Scan(&text)
	if db.IsNoRows(err) {
		return nil, errNoSOP
	}
	if err != nil {
		return nil, err
	}
	sp := &Spec{}
	if err := json.Unmarshal([]byte(text), sp); err != nil {
		return nil, fmt.Errorf("sop: a spec that we wrote does not read: %w", err)
	}
	if e, err = s.ready(sp); err != nil {
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

// ready reads a spec's texts.
func (s *Service) ready(sp *Spec) (*edition, error) {
	e := &edition{Spec: sp, texts: map[string]Text{}, subject: map[string]Text{}}
	for _, st := range sp.Steps {
		e.minutes = append(e.minutes, minute(st.At))
		if st.Kind != "message" {
			continue
		}
		text, err := s.Wording.Parse(st.Text)
		if err != nil {
			return nil, fmt.Errorf("sop: text of step %s: %w", st.ID, err)
		}
		if e.texts[st.ID] = text; st.Subject != "" {
			if e.subject[st.ID], err = s.Wording.Parse(st.Subject); err != nil {
				return nil, fmt.Errorf("sop: subject of step %s: %w", st.ID, err)
			}
		}
	}
	return e, nil
}

// step finds a step by its id.
func (e *edition) step(id string) *Step {
	if i := slices.IndexFunc(e.Steps, func(st Step) bool { return st.ID == id }); i >= 0 {
		return &e.Steps[i]
	}
	return nil
}

// enrolment is somebody in a series.
type enrolment struct {
	id, sop, account, subject, spoken, source string
	status, why, next, last, lastPlan         string
	version, anchor, start, enrolled, due     int64
	ended                                     int64
}

const enrolmentColumns = "id, sop_id, version, account_id, subject_id, spoken_id, source, status, why, anchor_at, start_at, enrolled_at, due_at, next_step, last_step, last_plan, ended_at"

func (e *enrolment) scan(from interface{ Scan(...any) error }) error {
	return from.Scan(&e.id, &e.sop, &e.version, &e.account, &e.subject, &e.spoken, &e.source, &e.status, &e.why, &e.anchor, &e.start, &e.enrolled, &e.due, &e.next, &e.last, &e.lastPlan, &e.ended)
}

func enrolments(ctx context.Context, tx *db.Tx, orgID, where string, args ...any) (out []*enrolment, err error) {
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		e := &enrolment{}
		out = append(out, e)
		return e.scan(rows)
	}, "SELECT "+enrolmentColumns+" FROM sop_enrolment WHERE org_id = ? AND "+where, append([]any{orgID}, args...)...)
}

// insert keeps an enrolment; false: they are in the series already.
func (e *enrolment) insert(ctx context.Context, tx *db.Tx, orgID string) (bool, error) {
	n, err := tx.Changed(ctx, "INSERT INTO sop_enrolment (org_id, "+enrolmentColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		orgID, e.id, e.sop, e.version, e.account, e.subject, e.spoken, e.source, e.status, e.why, e.anchor, e.start, e.enrolled, e.due, e.next, e.last, e.lastPlan, e.ended)
	return n == 1, err
}

// decidedOf are the steps that are behind each enrolment.
func decidedOf(ctx context.Context, tx *db.Tx, orgID string, ids []string) (map[string]map[string]bool, error) {
	out := make(map[string]map[string]bool, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	where, arg := tx.In("enrolment_id", ids)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var id, step string
		if err := rows.Scan(&id, &step); err != nil {
			return err
		}
		if out[id] == nil {
			out[id] = map[string]bool{}
		}
		out[id][step] = true
		return nil
	}, "SELECT enrolment_id, step_id FROM sop_step WHERE org_id = ? AND "+where, orgID, arg)
}

// tally counts what came to what, by series, step, state and reason.
type tally map[[4]string]int64

func (t tally) add(sop, step, status, why string, n int64) {
	t[[4]string{sop, step, status, why}] += n
}

// keep adds the tally to what is stored. Rows are touched in order: nobody waits
// for each other.
func (t tally) keep(ctx context.Context, tx *db.Tx, orgID string) error {
	var sop, step, status, why []string
	var n []int64
	for _, k := range slices.SortedFunc(maps.Keys(t), func(a, b [4]string) int { return slices.Compare(a[:], b[:]) }) {
		if t[k] != 0 {
			sop, step, status, why, n = append(sop, k[0]), append(step, k[1]), append(status, k[2]), append(why, k[3]), append(n, t[k])
		}
	}
	if len(n) == 0 {
		return nil
	}
	_, err := tx.BulkInsert(ctx, "sop_tally", "ON CONFLICT (org_id, sop_id, step_id, status, why) DO UPDATE SET n = sop_tally.n + excluded.n",
		db.Same("org_id", orgID, len(n)), db.Text("sop_id", sop), db.Text("step_id", step), db.Text("status", status), db.Text("why", why), db.Int("n", n))
	return err
}

// like is a pattern that finds a text within a name; its signs mean themselves.
func like(q string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(q) + "%"
}
