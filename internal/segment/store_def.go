package segment

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"fishpond/internal/platform/db"
	"fishpond/internal/segment/predicate"
	"fishpond/internal/segment/predicate/plan"
)

// definition is a row of segment_def.
type definition struct {
	id, name, description string
	version               int64
	expr                  string // JSON, bound
	include, exclude      string // ids of the hidden lists; empty until needed
	createdAt             int64
	createdBy             string
	updatedAt             int64
	updatedBy             string
	deletedAt             int64
}

// tree reads the stored predicate.
func (d *definition) tree() (predicate.Expr, error) {
	e, err := predicate.Decode([]byte(d.expr))
	if err != nil {
		return nil, fmt.Errorf("segment %s: stored predicate: %w", d.id, err)
	}
	return e, nil
}

const defColumns = "id, name, description, version, expr, include_list, exclude_list, created_at, created_by, updated_at, updated_by, deleted_at"

func (d *definition) scan(row interface{ Scan(...any) error }) error {
	return row.Scan(&d.id, &d.name, &d.description, &d.version, &d.expr, &d.include, &d.exclude, &d.createdAt, &d.createdBy, &d.updatedAt, &d.updatedBy, &d.deletedAt)
}

// defByID finds a segment that is not deleted, else errNoSegment.
func defByID(ctx context.Context, tx *db.Tx, orgID, id string) (definition, error) {
	d, err := anyDefByID(ctx, tx, orgID, id)
	if err == nil && d.deletedAt != 0 {
		err = errNoSegment
	}
	return d, err
}

// anyDefByID also finds deleted ones.
func anyDefByID(ctx context.Context, tx *db.Tx, orgID, id string) (d definition, err error) {
	err = d.scan(tx.QueryRow(ctx, "SELECT "+defColumns+" FROM segment_def WHERE org_id = ? AND id = ?", orgID, id))
	if db.IsNoRows(err) {
		err = errNoSegment
	}
	return d, err
}

// defs lists the segments that are not deleted, those of ids or all, by id.
func defs(ctx context.Context, tx *db.Tx, orgID string, ids ...string) (out []definition, err error) {
	where, args := "org_id = ? AND deleted_at = 0", []any{orgID}
	if len(ids) > 0 {
		in, arg := tx.In("id", ids)
		where, args = where+" AND "+in, append(args, arg)
	}
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var d definition
		if err := d.scan(rows); err != nil {
			return err
		}
		out = append(out, d)
		return nil
	}, "SELECT "+defColumns+" FROM segment_def WHERE "+where+" ORDER BY id", args...)
	return out, err
}

func segmentNames(ctx context.Context, tx *db.Tx, orgID string) ([]predicate.Named, error) {
	return named(ctx, tx, "SELECT id, name FROM segment_def WHERE org_id = ? AND deleted_at = 0 ORDER BY id", orgID)
}

func named(ctx context.Context, tx *db.Tx, query string, args ...any) (out []predicate.Named, err error) {
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var n predicate.Named
		if err := rows.Scan(&n.ID, &n.Name); err != nil {
			return err
		}
		out = append(out, n)
		return nil
	}, query, args...)
	return out, err
}

func texts(ctx context.Context, tx *db.Tx, query string, args ...any) (out []string, err error) {
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var t string
		err := rows.Scan(&t)
		out = append(out, t)
		return err
	}, query, args...)
	return out, err
}

func insertDef(ctx context.Context, tx *db.Tx, orgID string, d *definition) error {
	_, err := tx.Exec(ctx, "INSERT INTO segment_def (org_id, "+defColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		orgID, d.id, d.name, d.description, d.version, d.expr, d.include, d.exclude, d.createdAt, d.createdBy, d.updatedAt, d.updatedBy, d.deletedAt)
	return err
}

// saveDef writes a row that was read in the same transaction, if its version
// is still before; it reports whether it was.
func saveDef(ctx context.Context, tx *db.Tx, orgID string, d *definition, before int64) (bool, error) {
	n, err := tx.Changed(ctx, `UPDATE segment_def SET name = ?, description = ?, version = ?, expr = ?, include_list = ?, exclude_list = ?,
		updated_at = ?, updated_by = ?, deleted_at = ? WHERE org_id = ? AND id = ? AND version = ?`,
		d.name, d.description, d.version, d.expr, d.include, d.exclude, d.updatedAt, d.updatedBy, d.deletedAt, orgID, d.id, before)
	return n == 1, err
}

// version is a row of segment_version.
type version struct {
	version int64
	expr    string
	at      int64
	by      string
}

func insertVersion(ctx context.Context, tx *db.Tx, orgID string, d *definition) error {
	_, err := tx.Exec(ctx, "INSERT INTO segment_version (org_id, segment_id, version, expr, saved_at, saved_by) VALUES (?, ?, ?, ?, ?, ?)",
		orgID, d.id, d.version, d.expr, d.updatedAt, d.updatedBy)
	return err
}

// versions lists the newest versions of a segment, the newest first.
func versions(ctx context.Context, tx *db.Tx, orgID, id string, limit int) (out []version, err error) {
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var v version
		if err := rows.Scan(&v.version, &v.expr, &v.at, &v.by); err != nil {
			return err
		}
		out = append(out, v)
		return nil
	}, "SELECT version, expr, saved_at, saved_by FROM segment_version WHERE org_id = ? AND segment_id = ? ORDER BY version DESC LIMIT ?", orgID, id, limit)
	return out, err
}

func versionOf(ctx context.Context, tx *db.Tx, orgID, id string, n int64) (expr string, err error) {
	err = tx.QueryRow(ctx, "SELECT expr FROM segment_version WHERE org_id = ? AND segment_id = ? AND version = ?", orgID, id, n).Scan(&expr)
	return expr, err
}

// What a row of segment_ref refers to.
const (
	refSegment = "segment"
	refList    = "list"
)

// saveRefs replaces what a segment refers to.
func saveRefs(ctx context.Context, tx *db.Tx, orgID, id string, needs plan.Needs) error {
	if _, err := tx.Exec(ctx, "DELETE FROM segment_ref WHERE org_id = ? AND segment_id = ?", orgID, id); err != nil {
		return err
	}
	for what, refs := range map[string][]string{refSegment: needs.Segments, refList: needs.Lists} {
		n := len(refs)
		if _, err := tx.BulkInsert(ctx, "segment_ref", "", db.Same("org_id", orgID, n), db.Same("segment_id", id, n), db.Same("what", what, n), db.Text("ref_id", refs)); err != nil {
			return err
		}
	}
	return nil
}

// graph is who refers to whom among the segments that are not deleted.
type graph struct {
	names    map[string]string
	segments map[string][]string // by segment: those it refers to
	lists    map[string][]string // by segment: lists it refers to
}

func loadGraph(ctx context.Context, tx *db.Tx, orgID string) (*graph, error) {
	all, err := segmentNames(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	g := &graph{names: map[string]string{}, segments: map[string][]string{}, lists: map[string][]string{}}
	for _, n := range all {
		g.names[n.ID] = n.Name
	}
	return g, tx.Each(ctx, func(rows *sql.Rows) error {
		var id, what, ref string
		if err := rows.Scan(&id, &what, &ref); err != nil {
			return err
		}
		if g.names[id] == "" {
			return nil // deleted
		}
		if what == refSegment {
			g.segments[id] = append(g.segments[id], ref)
		} else {
			g.lists[id] = append(g.lists[id], ref)
		}
		return nil
	}, "SELECT segment_id, what, ref_id FROM segment_ref WHERE org_id = ? ORDER BY segment_id, what, ref_id", orgID)
}

// usedBy lists who refers to a segment or list, by name.
func (g *graph) usedBy(what, id string) []Ref {
	of := g.segments
	if what == refList {
		of = g.lists
	}
	out := []Ref{}
	for from, refs := range of {
		if slices.Contains(refs, id) {
			out = append(out, Ref{from, g.names[from]})
		}
	}
	sortRefs(out)
	return out
}

// refers lists the segments that a segment refers to, by name.
func (g *graph) refers(id string) []Ref {
	out := []Ref{}
	for _, ref := range g.segments[id] {
		out = append(out, Ref{ref, g.names[ref]})
	}
	sortRefs(out)
	return out
}

// way is the way round when the segment id referred to refs, as names.
func (g *graph) way(id string, refs []string) []string {
	return plan.Cycle(id, func(of string) []string {
		if of == id {
			return refs
		}
		return g.segments[of]
	})
}

// recorded is how far the live engine has come with a segment.
type recorded struct {
	version int64 // that the recorded members have come to; 0: none yet
	size    int64
}

func recordedOf(ctx context.Context, tx *db.Tx, orgID string) (map[string]recorded, error) {
	out := map[string]recorded{}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		var r recorded
		err := rows.Scan(&id, &r.version, &r.size)
		out[id] = r
		return err
	}, "SELECT segment_id, version, size FROM segment_settled WHERE org_id = ?", orgID)
}
