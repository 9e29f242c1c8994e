package journey

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"fishpond/internal/journey/walk"
	"fishpond/internal/platform/db"
	"fishpond/internal/timeline"
)

// run is somebody's walk as it is stored.
type run struct {
	id, journey, person, cameAs, entry, arm, status, why string
	outcome, source, kind, data                          string
	version, cameVersion, depth, first, tries            int64
	entered, ended                                       int64
	goalUntil, measureTo, converted, orders, spent, rev  int64
	walk.State
	fact timeline.Position
}

const runColumns = `id, journey_id, version, came_version, depth, person_id, came_as, entry, arm, first, status, why, step, visit, arrived_at, wait, wait_kind, due_at, due_until, outcome, tries,
	entered_at, ended_at, source, kind, data, goal_until, measure_to, converted_at, orders, spent_minor, fact_xid, fact_seq, rev`

func (r *run) fields() []any {
	return []any{&r.id, &r.journey, &r.version, &r.cameVersion, &r.depth, &r.person, &r.cameAs, &r.entry, &r.arm, &r.first, &r.status, &r.why, &r.Step, &r.Visit, &r.Arrived, &r.Wait, &r.Kind, &r.Due, &r.Until, &r.outcome, &r.tries,
		&r.entered, &r.ended, &r.source, &r.kind, &r.data, &r.goalUntil, &r.measureTo, &r.converted, &r.orders, &r.spent, &r.fact.XID, &r.fact.Seq, &r.rev}
}

// runsWhere reads runs.
func runsWhere(ctx context.Context, tx *db.Tx, orgID, where string, args ...any) (out []*run, err error) {
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		r := &run{}
		out = append(out, r)
		return rows.Scan(r.fields()...)
	}, "SELECT "+runColumns+" FROM journey_run WHERE org_id = ? AND "+where, append([]any{orgID}, args...)...)
}

// forUpdate has a query take its rows for this transaction; the engine passes over
// them until it ends. SQLite has one writer.
func forUpdate(tx *db.Tx) string {
	if tx.Engine() == db.Postgres {
		return " FOR UPDATE"
	}
	return ""
}

// fate is what became of what they waited for.
func (r *run) fate() walk.Fate {
	var f walk.Fate
	if err := json.Unmarshal([]byte(r.outcome), &f); err != nil {
		return walk.Fate{Over: true, Outcome: walk.WasFailed, Failed: true}
	}
	return f
}

func textOf(v any) string { return db.JSON(v) }

// insertRuns keeps new runs, and tells which of them are new indeed.
func insertRuns(ctx context.Context, tx *db.Tx, orgID string, all []*run) (map[string]bool, error) {
	k := len(all)
	text := func(name string, of func(*run) string) db.Column {
		out := make([]string, k)
		for i, r := range all {
			out[i] = of(r)
		}
		return db.Text(name, out)
	}
	num := func(name string, of func(*run) int64) db.Column {
		out := make([]int64, k)
		for i, r := range all {
			out[i] = of(r)
		}
		return db.Int(name, out)
	}
	n, err := tx.BulkInsert(ctx, "journey_run", "ON CONFLICT DO NOTHING", db.Same("org_id", orgID, k),
		text("id", func(r *run) string { return r.id }), text("journey_id", func(r *run) string { return r.journey }), num("version", func(r *run) int64 { return r.version }),
		num("came_version", func(r *run) int64 { return r.cameVersion }), num("depth", func(r *run) int64 { return r.depth }),
		text("person_id", func(r *run) string { return r.person }), text("came_as", func(r *run) string { return r.cameAs }), text("entry", func(r *run) string { return r.entry }),
		text("arm", func(r *run) string { return r.arm }), num("first", func(r *run) int64 { return r.first }), text("status", func(r *run) string { return r.status }), text("why", func(r *run) string { return r.why }),
		text("step", func(r *run) string { return r.Step }), num("visit", func(r *run) int64 { return r.Visit }), num("arrived_at", func(r *run) int64 { return r.Arrived }),
		text("wait", func(r *run) string { return r.Wait }), text("wait_kind", func(r *run) string { return r.Kind }), num("due_at", func(r *run) int64 { return r.Due }), num("due_until", func(r *run) int64 { return r.Until }),
		text("outcome", func(r *run) string { return r.outcome }), num("tries", func(r *run) int64 { return r.tries }), num("entered_at", func(r *run) int64 { return r.entered }), num("ended_at", func(r *run) int64 { return r.ended }),
		text("source", func(r *run) string { return r.source }), text("kind", func(r *run) string { return r.kind }), text("data", func(r *run) string { return r.data }),
		num("goal_until", func(r *run) int64 { return r.goalUntil }), num("measure_to", func(r *run) int64 { return r.measureTo }), num("converted_at", func(r *run) int64 { return r.converted }),
		num("orders", func(r *run) int64 { return r.orders }), num("spent_minor", func(r *run) int64 { return r.spent }), num("fact_xid", func(r *run) int64 { return r.fact.XID }), num("fact_seq", func(r *run) int64 { return r.fact.Seq }),
		num("rev", func(r *run) int64 { return r.rev }))
	if err != nil {
		return nil, fmt.Errorf("journey: enter: %w", err)
	}
	fresh := make(map[string]bool, k)
	if n == int64(k) {
		for _, r := range all {
			fresh[r.id] = true
		}
		return fresh, nil
	}
	mine := make([]string, k)
	for i, r := range all {
		mine[i] = r.id
	}
	where, arg := tx.In("id", mine)
	return fresh, tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		fresh[id] = true
		return err
	}, "SELECT id FROM journey_run WHERE org_id = ? AND "+where, orgID, arg)
}

// changing are the columns of a run that change, with how each is stored.
var changing = []struct {
	name string
	text func(*run) string
	num  func(*run) int64
}{
	{name: "version", num: func(r *run) int64 { return r.version }},
	{name: "depth", num: func(r *run) int64 { return r.depth }},
	{name: "person_id", text: func(r *run) string { return r.person }},
	{name: "status", text: func(r *run) string { return r.status }},
	{name: "why", text: func(r *run) string { return r.why }},
	{name: "step", text: func(r *run) string { return r.Step }},
	{name: "visit", num: func(r *run) int64 { return r.Visit }},
	{name: "arrived_at", num: func(r *run) int64 { return r.Arrived }},
	{name: "wait", text: func(r *run) string { return r.Wait }},
	{name: "wait_kind", text: func(r *run) string { return r.Kind }},
	{name: "due_at", num: func(r *run) int64 { return r.Due }},
	{name: "due_until", num: func(r *run) int64 { return r.Until }},
	{name: "outcome", text: func(r *run) string { return r.outcome }},
	{name: "tries", num: func(r *run) int64 { return r.tries }},
	{name: "ended_at", num: func(r *run) int64 { return r.ended }},
	{name: "kind", text: func(r *run) string { return r.kind }},
	{name: "data", text: func(r *run) string { return r.data }},
	{name: "converted_at", num: func(r *run) int64 { return r.converted }},
	{name: "fact_xid", num: func(r *run) int64 { return r.fact.XID }},
	{name: "fact_seq", num: func(r *run) int64 { return r.fact.Seq }},
}

// saveOne and saveAll store changed runs, by compare-and-set on rev.
var saveOne, saveAll = saving()

func saving() (one, all string) {
	var set, from, casts, names []string
	for _, c := range changing {
		set = append(set, c.name+" = ?")
		from = append(from, c.name+" = u."+c.name)
		cast := "?::bigint[]"
		if c.text != nil {
			cast = "?::text[]"
		}
		casts, names = append(casts, cast), append(names, c.name)
	}
	one = "UPDATE journey_run SET rev = rev + 1, " + strings.Join(set, ", ") + " WHERE org_id = ? AND id = ? AND rev = ?"
	all = "UPDATE journey_run r SET rev = r.rev + 1, " + strings.Join(from, ", ") + " FROM unnest(" + strings.Join(casts, ", ") + ", ?::text[], ?::bigint[]) AS u(" + strings.Join(names, ", ") +
		", id, rev) WHERE r.org_id = ? AND r.id = u.id AND r.rev = u.rev RETURNING r.id"
	return one, all
}

// saveRuns stores runs that nobody else has changed since they were read, and
// tells which.
func saveRuns(ctx context.Context, tx *db.Tx, orgID string, all []*run) (map[string]bool, error) {
	saved := make(map[string]bool, len(all))
	if len(all) == 0 {
		return saved, nil
	}
	if tx.Engine() == db.Postgres {
		var args []any
		for _, c := range changing {
			if c.text != nil {
				v := make([]string, len(all))
				for i, r := range all {
					v[i] = c.text(r)
				}
				args = append(args, v)
				continue
			}
			v := make([]int64, len(all))
			for i, r := range all {
				v[i] = c.num(r)
			}
			args = append(args, v)
		}
		id, rev := make([]string, len(all)), make([]int64, len(all))
		for i, r := range all {
			id[i], rev[i] = r.id, r.rev
		}
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			saved[id] = true
			return err
		}, saveAll, append(args, id, rev, orgID)...); err != nil {
			return nil, fmt.Errorf("journey: save: %w", err)
		}
	} else {
		args := make([]any, len(changing)+3)
		for _, r := range all {
			for i, c := range changing {
				if c.text != nil {
					args[i] = c.text(r)
				} else {
					args[i] = c.num(r)
				}
			}
			args[len(changing)], args[len(changing)+1], args[len(changing)+2] = orgID, r.id, r.rev
			n, err := tx.Changed(ctx, saveOne, args...)
			if err != nil {
				return nil, fmt.Errorf("journey: save: %w", err)
			}
			if n == 1 {
				saved[r.id] = true
			}
		}
	}
	for _, r := range all {
		if saved[r.id] {
			r.rev++
		}
	}
	return saved, nil
}

// visit is a step that was left.
type visit struct {
	run, journey, step, kind, outcome, why string
	visit, version, arrived, left, way     int64
}

func keepVisits(ctx context.Context, tx *db.Tx, orgID string, all []visit) error {
	k := len(all)
	if k == 0 {
		return nil
	}
	var runID, journey, step, kind, outcome, why []string
	var n, version, arrived, left, way []int64
	for _, v := range all {
		runID, journey, step, kind, outcome, why = append(runID, v.run), append(journey, v.journey), append(step, v.step), append(kind, v.kind), append(outcome, v.outcome), append(why, v.why)
		n, version, arrived, left, way = append(n, v.visit), append(version, v.version), append(arrived, v.arrived), append(left, v.left), append(way, v.way)
	}
	_, err := tx.BulkInsert(ctx, "journey_visit", "", db.Same("org_id", orgID, k), db.Text("run_id", runID), db.Int("visit", n), db.Text("journey_id", journey), db.Int("version", version), db.Text("step", step),
		db.Text("kind", kind), db.Int("arrived_at", arrived), db.Int("left_at", left), db.Int("way", way), db.Text("outcome", outcome), db.Text("why", why))
	return err
}
