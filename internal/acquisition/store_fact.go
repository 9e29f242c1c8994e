package acquisition

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"fishpond/internal/platform/db"
)

// saveArrivals keeps the arrivals among facts for lists and statistics.
func saveArrivals(ctx context.Context, tx *db.Tx, orgID string, facts []fact) error {
	var all []fact
	for _, f := range facts {
		if f.kind == factArrival {
			all = append(all, f)
		}
	}
	_, err := tx.BulkInsert(ctx, "acquisition_arrival", "", db.Same("org_id", orgID, len(all)),
		texts(all, "person_id", func(f fact) string { return f.person }),
		numbers(all, "at", func(f fact) int64 { return f.at }),
		numbers(all, "seq", func(f fact) int64 { return f.seq }),
		numbers(all, "source", func(f fact) int64 { return f.ref }))
	return err
}

// sourceNumbers fills in the numbers of the sources that are known, and
// returns the last number that was given.
func sourceNumbers(ctx context.Context, tx *db.Tx, orgID string, keys map[string]int64) (last int64, err error) {
	if err := tx.QueryRow(ctx, "SELECT COALESCE(MAX(no), 0) FROM acquisition_source WHERE org_id = ?", orgID).Scan(&last); err != nil {
		return 0, err
	}
	where, arg := tx.In("key", slices.Sorted(maps.Keys(keys)))
	return last, tx.Each(ctx, func(rows *sql.Rows) error {
		var key string
		var no int64
		err := rows.Scan(&key, &no)
		keys[key] = no
		return err
	}, "SELECT key, no FROM acquisition_source WHERE org_id = ? AND "+where, orgID, arg)
}

const sourceColumns = "way, channel_id, entrance_id, code_id, link_id, batch_id, form_id, staff_id, account_id, user_id"

func saveSources(ctx context.Context, tx *db.Tx, orgID string, first int64, all []source) error {
	no := make([]int64, len(all))
	for i := range no {
		no[i] = first + int64(i)
	}
	cols := []db.Column{db.Same("org_id", orgID, len(all)), db.Int("no", no), texts(all, "key", source.key)}
	for i, name := range []string{"way", "channel_id", "entrance_id", "code_id", "link_id", "batch_id", "form_id", "staff_id", "account_id", "user_id"} {
		cols = append(cols, texts(all, name, func(s source) string { return *s.fields()[i] }))
	}
	_, err := tx.BulkInsert(ctx, "acquisition_source", "", cols...)
	return err
}

// sourcesOf reads all sources of an org by number.
func sourcesOf(ctx context.Context, tx *db.Tx, orgID string) (map[int64]source, error) {
	out := map[int64]source{}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var no int64
		var s source
		into := []any{&no}
		for _, f := range s.fields() {
			into = append(into, f)
		}
		err := rows.Scan(into...)
		out[no] = s
		return err
	}, "SELECT no, "+sourceColumns+" FROM acquisition_source WHERE org_id = ?", orgID)
}

// aliasesOf reads who speaks for merged persons.
func aliasesOf(ctx context.Context, tx *db.Tx, orgID string) (map[string]string, error) {
	out := map[string]string{}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var id, speaker string
		err := rows.Scan(&id, &speaker)
		out[id] = speaker
		return err
	}, "SELECT person_id, canonical_id FROM acquisition_alias WHERE org_id = ?", orgID)
}

// revisionOf is how much the projection has taken, and of how many facts.
func revisionOf(ctx context.Context, tx *db.Tx, orgID string) (revision, facts int64, err error) {
	err = tx.QueryRow(ctx, "SELECT revision, facts FROM acquisition_state WHERE org_id = ?", orgID).Scan(&revision, &facts)
	if db.IsNoRows(err) {
		err = nil
	}
	return revision, facts, err
}

// inNumbers is tx.In for a column of numbers.
func inNumbers(tx *db.Tx, column string, values []int64) (string, any) {
	b, err := json.Marshal(append([]int64{}, values...))
	if err != nil {
		panic("acquisition: numbers do not marshal: " + err.Error()) // cannot happen
	}
	if tx.Engine() == db.Postgres {
		return column + " = ANY(?::bigint[])", "{" + strings.Trim(string(b), "[]") + "}"
	}
	return column + " IN (SELECT value FROM json_each(?))", string(b)
}

// thingNames are what codes, links, batches of cards and forms are called.
func thingNames(ctx context.Context, tx *db.Tx, orgID string) (map[string]string, error) {
	out := map[string]string{}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var id, name string
		err := rows.Scan(&id, &name)
		out[id] = name
		return err
	}, `SELECT id, name FROM acquisition_code WHERE org_id = ? UNION ALL SELECT id, name FROM acquisition_link WHERE org_id = ?
		UNION ALL SELECT id, name FROM acquisition_batch WHERE org_id = ? UNION ALL SELECT id, name FROM acquisition_form WHERE org_id = ?`, orgID, orgID, orgID, orgID)
}
