package db

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// Tx is one org's transaction. Its statements use ? for parameters.
type Tx struct {
	tx       *sql.Tx
	engine   Engine
	stmts    map[string]*sql.Stmt // SQLite: statements seen before in this transaction; nil value = seen once
	kept     *statements          // SQLite, when it writes: statements of earlier transactions
	often    *statements          // SQLite, when it reads: statements that run often
	open     map[string]bool      // of those, whose rows are being read
	onCommit []func()
	depth    int
	growth   *growth // PostgreSQL, when it writes
	shared   bool    // other callers' work is in the same SQLite transaction
}

// own keeps a caller's cancellation out of a transaction that it shares: SQLite
// answers an interrupted INSERT by rolling the whole transaction back, everybody's.
func (tx *Tx) own(ctx context.Context) context.Context {
	if tx.shared {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// Engine tells which engine runs the transaction, for the rare query that
// must differ.
func (tx *Tx) Engine() Engine { return tx.engine }

// SQL gives the transaction to libraries that take a *sql.Tx. Hand them a context
// without cancellation (see own).
func (tx *Tx) SQL() *sql.Tx { return tx.tx }

// OnCommit calls fn after the transaction has been committed, never when it
// was rolled back.
func (tx *Tx) OnCommit(fn func()) { tx.onCommit = append(tx.onCommit, fn) }

func (tx *Tx) committed() {
	for _, fn := range tx.onCommit {
		fn()
	}
}

func (tx *Tx) setOrg(ctx context.Context, orgID string) error {
	if orgID == "" {
		return fmt.Errorf("db: transaction without an org")
	}
	if tx.engine != Postgres {
		return nil
	}
	if _, err := tx.tx.ExecContext(ctx, "SELECT set_config('fishpond.org_id', $1, true)", orgID); err != nil {
		return fmt.Errorf("db: set org: %w", err)
	}
	return nil
}

// prepared returns the cached statement for a query that runs often, or for
// the second time in this transaction: loops then parse their SQL once.
// PostgreSQL's driver caches by itself.
func (tx *Tx) prepared(ctx context.Context, query string) *sql.Stmt {
	if tx.stmts == nil {
		return nil
	}
	st, seen := tx.stmts[query]
	if !seen {
		if kept := tx.kept.of(query); kept != nil {
			st = tx.tx.StmtContext(ctx, kept)
		}
		tx.stmts[query] = st
		return st
	}
	if st == nil {
		p, err := tx.tx.PrepareContext(ctx, query)
		if err != nil {
			return nil // running it plainly reports the error in context
		}
		tx.stmts[query], st = p, p
	}
	return st
}

// Exec runs a statement that returns no rows.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ctx = tx.own(ctx)
	if st := tx.prepared(ctx, query); st != nil {
		return st.ExecContext(ctx, args...)
	}
	return tx.tx.ExecContext(ctx, tx.bind(query), args...)
}

// Changed runs a statement and returns how many rows it touched: for
// compare-and-set updates.
func (tx *Tx) Changed(ctx context.Context, query string, args ...any) (int64, error) {
	r, err := tx.Exec(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// Query runs a statement that returns rows. Close them.
func (tx *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ctx = tx.own(ctx)
	if st := tx.prepared(ctx, query); st != nil {
		return st.QueryContext(ctx, args...)
	}
	return tx.tx.QueryContext(ctx, tx.bind(query), args...)
}

// QueryRow runs a statement that returns at most one row.
func (tx *Tx) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	ctx = tx.own(ctx)
	st := tx.prepared(ctx, query)
	if st == nil {
		st = tx.free(ctx, query)
	}
	if st != nil {
		return st.QueryRowContext(ctx, args...)
	}
	return tx.tx.QueryRowContext(ctx, tx.bind(query), args...)
}

// free is the kept statement of a query that runs often, in a transaction that
// only reads; nil when there is none, or when its rows are just being read:
// one statement has one result at a time.
func (tx *Tx) free(ctx context.Context, query string) *sql.Stmt {
	if tx.often == nil || tx.open[query] {
		return nil
	}
	if kept := tx.often.of(query); kept != nil {
		return tx.tx.StmtContext(ctx, kept)
	}
	return nil
}

// Each runs a query and calls scan for every row; scan reads the columns.
func (tx *Tx) Each(ctx context.Context, scan func(*sql.Rows) error, query string, args ...any) error {
	var rows *sql.Rows
	var err error
	if st := tx.free(ctx, query); st != nil {
		if tx.open == nil {
			tx.open = map[string]bool{}
		}
		tx.open[query] = true
		defer delete(tx.open, query)
		rows, err = st.QueryContext(ctx, args...)
	} else {
		rows, err = tx.Query(ctx, query, args...)
	}
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Savepoint runs fn so that its failure undoes only its own statements.
func (tx *Tx) Savepoint(ctx context.Context, fn func() error) error {
	ctx = tx.own(ctx)
	tx.depth++
	name := "sp" + strconv.Itoa(tx.depth)
	defer func() { tx.depth-- }()
	if _, err := tx.tx.ExecContext(ctx, "SAVEPOINT "+name); err != nil {
		return fmt.Errorf("db: savepoint: %w", err)
	}
	hooks := len(tx.onCommit)
	if err := fn(); err != nil {
		tx.onCommit = tx.onCommit[:hooks]
		for _, q := range []string{"ROLLBACK TO SAVEPOINT " + name, "RELEASE SAVEPOINT " + name} {
			if _, e := tx.tx.ExecContext(ctx, q); e != nil {
				return fmt.Errorf("db: %w (after %w)", e, err)
			}
		}
		return err
	}
	_, err := tx.tx.ExecContext(ctx, "RELEASE SAVEPOINT "+name)
	return err
}

var rebound sync.Map // query with ? → query with $n; queries are constants, so this is bounded

func (tx *Tx) bind(query string) string {
	if tx.engine == SQLite || !strings.Contains(query, "?") {
		return query
	}
	if q, ok := rebound.Load(query); ok {
		return q.(string)
	}
	q := rebind(query)
	rebound.Store(query, q)
	return q
}

// rebind turns ? outside quotes into $1, $2, …
func rebind(query string) string {
	var b strings.Builder
	n, quote := 0, byte(0)
	for i := 0; i < len(query); i++ {
		c := query[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '?':
			n++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}
