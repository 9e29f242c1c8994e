// Package db is the storage of every module: one set of hand-written SQL over
// two engines, SQLite inside the process or a PostgreSQL server.
//
// Statements use ? for their parameters and the SQL subset that both engines
// share. Every transaction belongs to one org: on PostgreSQL row level
// security hides all other rows, and AllOrgs lifts that for the few system
// tasks that must see everyone.
//
// On SQLite all writes go through one goroutine that commits many callers'
// work with one fsync (group commit): each caller's statements stand in a
// savepoint of their own, so that one failing does not touch the others.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers "pgx"
	_ "modernc.org/sqlite"             // registers "sqlite"
)

// Engine is the database behind a DB.
type Engine string

// The engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// AllOrgs as the org of a transaction makes every org's rows visible. It is
// for start-up, sign-in and housekeeping only.
const AllOrgs = "*"

// DB is an open database.
type DB struct {
	engine Engine
	url    string
	read   *sql.DB
	write  *sql.DB // the same as read on PostgreSQL
	queue  chan *writeRequest
	stop   chan struct{}
	idle   chan struct{} // closed when the writer goroutine has ended
	kept   *statements   // of the writer, SQLite only
	often  *statements   // of readers, SQLite only
	room   room          // SQLite only
	growth *growth       // PostgreSQL only
}

// Open opens url: "sqlite:PATH" (created when missing) or "postgres://…".
func Open(ctx context.Context, url string) (*DB, error) {
	switch {
	case strings.HasPrefix(url, "sqlite:"):
		return openSQLite(ctx, url)
	case strings.HasPrefix(url, "postgres://"), strings.HasPrefix(url, "postgresql://"):
		return openPostgres(ctx, url)
	}
	return nil, fmt.Errorf("db: address must start with sqlite: or postgres://")
}

func openSQLite(ctx context.Context, url string) (*DB, error) {
	path := strings.TrimPrefix(url, "sqlite:")
	// busy_timeout comes first so that switching to WAL waits for another process.
	// synchronous=FULL: an answered write survives a power cut, not only a crash.
	// A checkpoint each 32 MiB of log rather than each 4: during an import the
	// same pages change again and again, and each checkpoint writes them anew.
	base := "file:" + strings.NewReplacer("?", "%3f", "#", "%23").Replace(path) +
		"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=foreign_keys(1)&_pragma=temp_store(MEMORY)&_pragma=wal_autocheckpoint(8000)"
	write, err := sql.Open("sqlite", base+fmt.Sprintf("&_pragma=cache_size(-%d)&_txlock=immediate", writerCache))
	if err != nil {
		return nil, fmt.Errorf("db: open %s: %w", path, err)
	}
	write.SetMaxOpenConns(1)
	if err := write.PingContext(ctx); err != nil {
		_ = write.Close()
		return nil, fmt.Errorf("db: open %s: %w", path, err)
	}
	read, err := sql.Open("sqlite", base+fmt.Sprintf("&_pragma=cache_size(-%d)&_pragma=query_only(1)&_txlock=deferred", readerCache))
	if err != nil {
		_ = write.Close()
		return nil, fmt.Errorf("db: open %s: %w", path, err)
	}
	readers := max(4, 2*runtime.GOMAXPROCS(0))
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	d := &DB{engine: SQLite, url: url, read: read, write: write, kept: newStatements(write, keepAfter), often: newStatements(read, readOften),
		queue: make(chan *writeRequest, 1024), stop: make(chan struct{}), idle: make(chan struct{})}
	go d.writeLoop()
	return d, nil
}

func openPostgres(ctx context.Context, url string) (*DB, error) {
	pool, err := sql.Open("pgx", url)
	if err != nil {
		return nil, fmt.Errorf("db: open PostgreSQL: %w", err)
	}
	conns := max(16, 4*runtime.GOMAXPROCS(0))
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	if err := pool.PingContext(ctx); err != nil {
		_ = pool.Close()
		return nil, fmt.Errorf("db: open PostgreSQL: %w", err)
	}
	return &DB{engine: Postgres, url: url, read: pool, write: pool, growth: watchGrowth(pool)}, nil
}

// Engine tells which engine is behind d.
func (d *DB) Engine() Engine { return d.engine }

// URL is the address that d was opened with. It may hold a password: never log it.
func (d *DB) URL() string { return d.url }

// Path is the file of a SQLite database, empty on PostgreSQL.
func (d *DB) Path() string {
	if d.engine != SQLite {
		return ""
	}
	return strings.TrimPrefix(d.url, "sqlite:")
}

// Writer is the raw pool that may write, for libraries that bring their own
// SQL (jobs, migrations). On SQLite it has a single connection, shared with
// Write: hold it briefly and never inside Write.
func (d *DB) Writer() *sql.DB { return d.write }

// Ping reports whether the database answers.
func (d *DB) Ping(ctx context.Context) error {
	return d.Read(ctx, AllOrgs, func(tx *Tx) error {
		var one int
		return tx.QueryRow(ctx, "SELECT 1").Scan(&one)
	})
}

// Close waits for the writes that were begun and closes the database.
func (d *DB) Close() error {
	if d.engine == SQLite {
		close(d.stop)
		<-d.idle
		return errors.Join(d.read.Close(), d.write.Close())
	}
	d.growth.close()
	return d.write.Close()
}

// Read runs fn in a read-only transaction of one org: all its queries see the
// same moment.
func (d *DB) Read(ctx context.Context, orgID string, fn func(tx *Tx) error) error {
	var o sql.TxOptions
	if d.engine == Postgres { // where each query would otherwise see a moment of its own
		o = sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	t, err := d.read.BeginTx(ctx, &o)
	if err != nil {
		return fmt.Errorf("db: begin: %w", err)
	}
	if d.engine == SQLite {
		defer d.often.keep() // once the transaction has ended
	}
	defer t.Rollback() //nolint:errcheck // nothing was written
	tx := &Tx{tx: t, engine: d.engine, often: d.often}
	if err := tx.setOrg(ctx, orgID); err != nil {
		return err
	}
	return fn(tx)
}

// Write runs fn in a read-write transaction of one org. When fn returns an
// error, nothing of it stays. fn must not call Read or Write of the same DB,
// and must be safe to run again: on PostgreSQL a deadlock or a serialisation
// failure runs it afresh, up to three times.
//
// On SQLite fn runs on the writer goroutine; cancelling ctx withdraws fn
// while it waits, and does not interrupt it once it runs.
func (d *DB) Write(ctx context.Context, orgID string, fn func(tx *Tx) error) error {
	if d.engine == SQLite {
		return d.enqueue(ctx, fn)
	}
	for attempt := 1; ; attempt++ {
		err := d.writePostgres(ctx, orgID, fn)
		if err == nil || attempt == 3 || !isRetryable(err) {
			return err
		}
	}
}

func (d *DB) writePostgres(ctx context.Context, orgID string, fn func(tx *Tx) error) error {
	t, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("db: begin: %w", err)
	}
	defer t.Rollback() //nolint:errcheck // after Commit it is a no-op
	tx := &Tx{tx: t, engine: Postgres, growth: d.growth}
	if err := tx.setOrg(ctx, orgID); err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return err
	}
	if err := t.Commit(); err != nil {
		return fmt.Errorf("db: commit: %w", err)
	}
	tx.committed()
	return nil
}
