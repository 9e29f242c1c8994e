package db

import (
	"context"
	"database/sql"
)

const (
	keepAfter  = 3    // transactions that ran a statement before it is kept
	maxKept    = 300  // statements; with more than these in use, it begins anew
	maxCounted = 2000 // texts that are counted
	maxKeptSQL = 16 << 10
)

// statements are those that SQLite's writer runs again and again. Understanding
// their text anew in each transaction would take longer than most of them run.
// Only the writer goroutine uses them.
type statements struct {
	pool *sql.DB // of one connection
	seen map[string]int
	kept map[string]*sql.Stmt
	due  []string
}

func newStatements(pool *sql.DB) *statements {
	return &statements{pool: pool, seen: map[string]int{}, kept: map[string]*sql.Stmt{}}
}

// of is the kept statement of a text, nil when there is none (yet).
func (s *statements) of(query string) *sql.Stmt {
	if st := s.kept[query]; st != nil {
		return st
	}
	if len(query) > maxKeptSQL {
		return nil
	}
	if len(s.seen) >= maxCounted {
		clear(s.seen)
	}
	if s.seen[query]++; s.seen[query] == keepAfter {
		s.due = append(s.due, query)
	}
	return nil
}

// keep prepares what is due. No transaction may be open: it needs the
// connection.
func (s *statements) keep() {
	for _, query := range s.due {
		delete(s.seen, query)
		if len(s.kept) >= maxKept {
			for _, st := range s.kept {
				_ = st.Close()
			}
			clear(s.kept)
		}
		if st, err := s.pool.PrepareContext(context.Background(), query); err == nil { // if not, running it says why
			s.kept[query] = st
		}
	}
	s.due = s.due[:0]
}
