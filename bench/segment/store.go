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

// Indexes with the amounts of orders, to be summed without the table.
var sumIndexes = map[string]string{
	"postgres": "segment_event (org_id, kind, at) INCLUDE (seq, data) WHERE kind = 'order.paid'",
	"sqlite":   "segment_event (org_id, kind, seq, at, data)",
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
		// Large hash tables, and all that is read in memory, whatever the server's
		// defaults.
		s.ask1.SetMaxOpenConns(1)
		for _, q := range []string{"SET work_mem = '512MB'", "SET hash_mem_multiplier = 2", "SET jit = off",
			"SET seq_page_cost = 0.1", "SET random_page_cost = 0.1", "SET effective_cache_size = '8GB'", "SELECT set_config('fishpond.org_id', '" + org + "', false)"} {
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
	all := append(indexes[:len(indexes):len(indexes)], sumIndexes[s.name])
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

// form is a way to ask an engine. Which is best depends on the question, and an
// operator of a database could choose it: each is tried.
type form struct {
	name     string
	byPerson bool     // everybody looked up one by one, see oracle.Options
	settings []string // of the connection
}

var forms = map[string][]form{
	"sqlite": {{name: "sets"}, {name: "by person", byPerson: true}},
	"postgres": {
		{"joins", false, []string{"enable_nestloop = on", "max_parallel_workers_per_gather = 0"}},
		{"joins, parallel", false, []string{"enable_nestloop = on", "max_parallel_workers_per_gather = 2"}},
		{"hash and merge joins, parallel", false, []string{"enable_nestloop = off", "max_parallel_workers_per_gather = 2"}},
		{"by person", true, []string{"enable_nestloop = on", "max_parallel_workers_per_gather = 0"}},
		{"by person, parallel", true, []string{"enable_nestloop = on", "max_parallel_workers_per_gather = 2"}},
	},
}

// timing is how an engine did on a query.
type timing struct {
	ms    float64
	form  string
	count uint64
}

// ask counts who a plan describes, in each form once and then in the fastest.
// A form that takes over twice as long as the best so far is given up.
func (s *store) ask(ctx context.Context, budget time.Duration, n, nested plan.Node) (best timing, err error) {
	run := func(f form, limit time.Duration, count *uint64) error {
		query, args := s.statement(n, nested, f)
		inTime, cancel := ctx, func() {}
		if s.name == "sqlite" && limit > 0 {
			inTime, cancel = context.WithTimeout(ctx, limit)
		}
		defer cancel()
		return s.ask1.QueryRowContext(inTime, query, args...).Scan(count)
	}
	all := forms[s.name]
	if err := s.set(ctx, all[0], 0); err != nil {
		return best, err
	}
	var count uint64
	if err := run(all[0], 0, &count); err != nil { // brings all that it reads into memory
		return best, err
	}
	var fastest form
	for i, f := range all {
		limit := time.Duration(0)
		if i > 0 {
			limit = time.Duration(2*best.ms+50) * time.Millisecond
		}
		if err := s.set(ctx, f, limit); err != nil {
			return best, err
		}
		var found uint64
		start := time.Now()
		err := run(f, limit, &found)
		took := float64(time.Since(start).Nanoseconds()) / 1e6
		if err != nil {
			if i > 0 && took >= 2*best.ms && ctx.Err() == nil {
				continue
			}
			return best, fmt.Errorf("%s: %w", f.name, err)
		}
		if found != count {
			return best, fmt.Errorf("%w with itself: %d people, and %s %d", ErrDisagree, count, f.name, found)
		}
		if best.ms == 0 || took < best.ms {
			best, fastest = timing{took, f.name, found}, f
		}
	}
	if err := s.set(ctx, fastest, 0); err != nil {
		return best, err
	}
	best.ms = repeat(budget, func() error { return run(fastest, 0, &count) }, &err)
	return best, err
}

func (s *store) set(ctx context.Context, f form, limit time.Duration) error {
	if s.name != "postgres" {
		return nil
	}
	for _, q := range append(f.settings[:len(f.settings):len(f.settings)], fmt.Sprintf("statement_timeout = %d", limit.Milliseconds())) {
		if _, err := s.ask1.ExecContext(ctx, "SET "+q); err != nil {
			return err
		}
	}
	return nil
}

func (s *store) statement(n, nested plan.Node, f form) (query string, args []any) {
	query, args = oracle.Select(s.db.Engine(), org, n, oracle.Options{ByPerson: f.byPerson, Segment: func(id string) (plan.Node, bool) { return nested, id == "seg_1" }})
	return "SELECT count(*) FROM (" + query + ") x", args
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

// explain gives an engine's plan of a query in a form, for those who wonder.
func (s *store) explain(ctx context.Context, name string, n, nested plan.Node) (string, error) {
	var f form
	for _, f = range forms[s.name] {
		if f.name == name {
			break
		}
	}
	if err := s.set(ctx, f, 0); err != nil {
		return "", err
	}
	query, args := s.statement(n, nested, f)
	prefix := "EXPLAIN QUERY PLAN "
	if s.name == "postgres" {
		prefix = "EXPLAIN (ANALYZE, BUFFERS OFF) "
	}
	rows, err := s.ask1.QueryContext(ctx, prefix+query, args...)
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
