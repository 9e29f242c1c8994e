// Package testkit gives tests real databases on both engines, cheaply: a
// PostgreSQL server of the test process's own, a template database per
// schema, and a clone of it per test.
package testkit

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// Schema names a set of tables and makes them. Schemas with the same name are
// taken to be the same.
type Schema struct {
	Name    string
	Migrate func(ctx context.Context, d *db.DB) error
}

// Migrations is the schema of the given modules together.
func Migrations(modules ...db.Migration) Schema {
	name := ""
	for _, m := range modules {
		name += m.Module + "_"
	}
	return Schema{Name: name, Migrate: func(ctx context.Context, d *db.DB) error { return d.Migrate(ctx, modules...) }}
}

// Engines are all engines; every store test runs on each.
var Engines = []db.Engine{db.SQLite, db.Postgres}

// Run runs fn as a subtest on each engine with an empty database of the
// schema. A missing PostgreSQL fails the test and says what to install.
func Run(t *testing.T, s Schema, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	for _, e := range Engines {
		t.Run(string(e), func(t *testing.T) { fn(t, Open(t, e, s)) })
	}
}

// Open gives an empty database of the schema that is closed and removed when
// the test ends.
func Open(tb testing.TB, e db.Engine, s Schema) *db.DB {
	tb.Helper()
	url := URL(tb, e, s)
	d, err := db.Open(tb.Context(), url)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := d.Close(); err != nil {
			tb.Errorf("close database: %v", err)
		}
	})
	return d
}

// URL is Open for tests that open the database themselves, such as those that
// start a process of their own.
func URL(tb testing.TB, e db.Engine, s Schema) string {
	tb.Helper()
	if e == db.Postgres {
		return postgresClone(tb, s)
	}
	path := filepath.Join(tb.TempDir(), "test.db")
	data, err := sqliteTemplate(s)
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		tb.Fatal(err)
	}
	return "sqlite:" + path
}

var (
	templatesMu     sync.Mutex
	sqliteTemplates = map[string][]byte{}
)

func sqliteTemplate(s Schema) ([]byte, error) {
	templatesMu.Lock()
	defer templatesMu.Unlock()
	if b, ok := sqliteTemplates[s.Name]; ok {
		return b, nil
	}
	dir, err := os.MkdirTemp("", "fishpond-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "t.db")
	d, err := db.Open(context.Background(), "sqlite:"+path)
	if err != nil {
		return nil, err
	}
	err = s.Migrate(context.Background(), d)
	if e := d.Close(); err == nil { // closing the last connection folds the WAL into the file
		err = e
	}
	if err != nil {
		return nil, fmt.Errorf("testkit: %s: %w", s.Name, err)
	}
	b, err := os.ReadFile(path)
	if err == nil {
		sqliteTemplates[s.Name] = b
	}
	return b, err
}

// Clock is a clock that stands still until told otherwise. It is safe for
// concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock starts at the given RFC 3339 time.
func NewClock(tb testing.TB, at string) *Clock {
	tb.Helper()
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		tb.Fatal(err)
	}
	return &Clock{now: t.UTC()}
}

// Now is the clock to inject.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock forward by d.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

var _ clock.Clock = (*Clock)(nil).Now
