package segment

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/segment"
	"fishpond/internal/segment/oracle"
	"fishpond/internal/segment/oracle/oracletest"
	"fishpond/internal/segment/predicate/plan"
)

// Indexes besides the primary keys. Those of events are covering: a window of
// all persons is read from the index alone.
var indexes = []string{
	"segment_person (org_id, stage, region, gmv_minor, seq)",
	"segment_person (org_id, region, stage, seq)",
	"segment_person (org_id, gmv_minor, seq)",
	"segment_person (org_id, orders, gmv_minor, seq)",
	"segment_person (org_id, birthday_md, seq)",
	"segment_person (org_id, seq, created_at)",
	"segment_mark (org_id, what, id, seq)",
	"segment_trait (org_id, trait_key, txt, num, seq)",
	"segment_event (org_id, kind, at, seq)",
	"segment_event (org_id, kind, seq, at)",
}

// store is an engine of SQL with the people in it.
type store struct {
	name    string
	db      *db.DB
	ask1    *sql.DB // tuned for asking; one connection
	server  *server
	indexes []string
	loading time.Duration
	version string
}

func openStore(ctx context.Context, name string, o Options, dir string) (s *store, err error) {
	s = &store{name: name}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("bench: %s: %w", name, err), s.close())
		}
	}()
	url := "sqlite:" + filepath.Join(dir, "facts.db")
	if name == "postgres" {
		if url = o.Postgres; url == "" {
			if s.server, err = startServer(ctx); err != nil {
				return s, err
			}
			url = s.server.url
		}
	}
	if s.db, err = db.Open(ctx, url); err != nil {
		return s, err
	}
	if err = s.db.Migrate(ctx, segment.Migration); err != nil {
		return s, err
	}
	if name == "postgres" {
		if s.ask1, err = sql.Open("pgx", url); err != nil {
			return s, err
		}
		// A parallel scan and large hash tables, whatever the server's defaults.
		s.ask1.SetMaxOpenConns(1)
		for _, q := range []string{"SET work_mem = '512MB'", "SET hash_mem_multiplier = 2", "SET max_parallel_workers_per_gather = 4", "SET jit = off",
			"SET random_page_cost = 1.1", "SET effective_cache_size = '8GB'", "SELECT set_config('fishpond.org_id', '" + org + "', false)"} {
			if _, err = s.ask1.ExecContext(ctx, q); err != nil {
				return s, err
			}
		}
		err = s.ask1.QueryRowContext(ctx, "SELECT current_setting('server_version')").Scan(&s.version)
	} else {
		s.ask1, err = sql.Open("sqlite", "file:"+filepath.Join(dir, "facts.db")+"?_pragma=cache_size(-2097152)&_pragma=mmap_size(17179869184)&_pragma=temp_store(MEMORY)&_pragma=threads(2)")
		if err != nil {
			return s, err
		}
		s.ask1.SetMaxOpenConns(1)
		err = s.ask1.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&s.version)
	}
	if err != nil {
		return s, err
	}
	var there int
	if err = s.ask1.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM segment_person LIMIT 1) x").Scan(&there); err == nil && there > 0 {
		err = errors.New("the database holds facts; give an empty one")
	}
	return s, err
}

func (s *store) close() error {
	var failed error
	if s.ask1 != nil {
		failed = s.ask1.Close()
	}
	if s.db != nil {
		failed = errors.Join(failed, s.db.Close())
	}
	if s.server != nil {
		failed = errors.Join(failed, s.server.stop())
	}
	return failed
}

func (s *store) add(ctx context.Context, persons []plan.Person, traits []plan.Attr) error {
	start := time.Now()
	defer func() { s.loading += time.Since(start) }()
	return s.db.Write(ctx, org, func(tx *db.Tx) error { return oracletest.Store(ctx, tx, org, persons, traits) })
}

// prepare makes the indexes and the statistics.
func (s *store) prepare(ctx context.Context) error {
	start := time.Now()
	defer func() { s.loading += time.Since(start) }()
	s.indexes = append(s.indexes, "primary keys")
	all := indexes
	if s.name == "postgres" {
		// The amounts of orders, to be summed without the table.
		all = append(all[:len(all):len(all)], "segment_event (org_id, kind, at) INCLUDE (seq, data) WHERE kind = 'order.paid'")
	} else {
		all = append(all[:len(all):len(all)], "segment_event (org_id, kind, at, seq, data) WHERE kind = 'order.paid'")
	}
	for i, columns := range all {
		if _, err := s.db.Writer().ExecContext(ctx, fmt.Sprintf("CREATE INDEX bench_%d ON %s", i, columns)); err != nil {
			return fmt.Errorf("bench: index %s: %w", columns, err)
		}
		s.indexes = append(s.indexes, columns)
	}
	statements := []string{"ANALYZE"}
	if s.name == "postgres" {
		statements = []string{"VACUUM (ANALYZE) segment_person", "VACUUM (ANALYZE) segment_mark", "VACUUM (ANALYZE) segment_trait", "VACUUM (ANALYZE) segment_event", "CHECKPOINT"}
	}
	for _, q := range statements {
		if _, err := s.db.Writer().ExecContext(ctx, q); err != nil && q != "CHECKPOINT" { // which takes a right that we may not have
			return fmt.Errorf("bench: %s: %w", q, err)
		}
	}
	return nil
}

// ask counts who a plan describes, in each form of the statement that might be
// the fastest, and gives the time of the fastest.
func (s *store) ask(ctx context.Context, budget time.Duration, n, nested plan.Node) (ms float64, count uint64, err error) {
	query, args := oracle.Select(s.db.Engine(), org, n, oracle.Options{Segment: func(id string) (plan.Node, bool) { return nested, id == "seg_1" }})
	query = "SELECT count(*) FROM (" + query + ") x"
	forms := [][]string{nil}
	if s.name == "postgres" {
		forms = [][]string{{"SET enable_nestloop = on"}, {"SET enable_nestloop = off"}}
	}
	for i, settings := range forms {
		for _, q := range settings {
			if _, err := s.ask1.ExecContext(ctx, q); err != nil {
				return 0, 0, err
			}
		}
		var found uint64
		took := repeat(budget, func() error { return s.ask1.QueryRowContext(ctx, query, args...).Scan(&found) }, &err)
		if err != nil {
			return 0, 0, err
		}
		if i > 0 && found != count {
			return 0, 0, fmt.Errorf("%w with itself: %d people and %d", ErrDisagree, count, found)
		}
		if count = found; ms == 0 || took < ms {
			ms = took
		}
	}
	return ms, count, nil
}

// sum adds what is known of the store to the summary.
func (s *store) sum(ctx context.Context, sum *Summary) {
	if s.name == "sqlite" {
		var pages, size float64
		_ = s.ask1.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages) // 0 when it cannot be told
		_ = s.ask1.QueryRowContext(ctx, "PRAGMA page_size").Scan(&size)
		sum.SQLiteIndexes, sum.SQLiteLoadS, sum.SQLiteMB = s.indexes, round(s.loading.Seconds()), round(pages*size/1e6)
		return
	}
	var bytes float64
	_ = s.ask1.QueryRowContext(ctx, "SELECT pg_database_size(current_database())").Scan(&bytes)
	sum.PostgresIndexes, sum.PostgresLoadS, sum.PostgresMB = s.indexes, round(s.loading.Seconds()), round(bytes/1e6)
}

// explain gives an engine's plan of a query, for those who wonder.
func (s *store) explain(ctx context.Context, n, nested plan.Node) (string, error) {
	query, args := oracle.Select(s.db.Engine(), org, n, oracle.Options{Segment: func(id string) (plan.Node, bool) { return nested, id == "seg_1" }})
	prefix := "EXPLAIN QUERY PLAN "
	if s.name == "postgres" {
		prefix = "EXPLAIN (ANALYZE, BUFFERS OFF) "
	}
	rows, err := s.ask1.QueryContext(ctx, prefix+"SELECT count(*) FROM ("+query+") x", args...)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for rows.Next() {
		cells := make([]any, len(columns))
		for i := range cells {
			cells[i] = new(string)
		}
		if err := rows.Scan(cells...); err != nil {
			return "", err
		}
		fmt.Fprintln(&out, *cells[len(cells)-1].(*string)) //nolint:forcetypeassert // made above
	}
	return out.String(), rows.Err()
}
