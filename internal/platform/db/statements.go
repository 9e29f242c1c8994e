package db

import (
	"context"
	"database/sql"
	"sync"
)

const (
	keepAfter  = 3    // transactions of the writer that ran a statement before it is kept
	readOften  = 30   // times that readers run one before it is kept, on each of their connections
	maxKept    = 300  // statements; with more than these in use, it begins anew
	maxCounted = 2000 // texts that are counted
	maxKeptSQL = 16 << 10
)

// statements are those that SQLite runs again and again. Understanding their
// text anew in each transaction would take longer than most of them run.
type statements struct {
	pool  *sql.DB
	after int // times before one is kept

	mu   sync.Mutex
	seen map[string]int
	kept map[string]*sql.Stmt
	due  []string
}

func newStatements(pool *sql.DB, after int) *statements {
	return &statements{pool: pool, after: after, seen: map[string]int{}, kept: map[string]*sql.Stmt{}}
}

// of is the kept statement of a text, nil when there is none (yet).
func (s *statements) of(query string) *sql.Stmt {
	s.mu.Lock()
	defer s.mu.Unlock()
	if st := s.kept[query]; st != nil {
		return st
	}
	if len(query) > maxKeptSQL {
		return nil
	}
	if len(s.seen) >= maxCounted {
		clear(s.seen)
	}
	if s.seen[query]++; s.seen[query] == s.after {
		s.due = append(s.due, query)
	}
	return nil
}

// keep prepares what is due. The caller has no transaction open: this needs a
// connection.
func (s *statements) keep() {
	s.mu.Lock()
	due := s.due
	s.due = nil
	s.mu.Unlock()
	for _, query := range due {
		st, err := s.pool.PrepareContext(context.Background(), query)
		s.mu.Lock()
		delete(s.seen, query)
		if len(s.kept) >= maxKept {
			for _, st := range s.kept {
				_ = st.Close() // who runs it still, runs it to its end
			}
			clear(s.kept)
		}
		if err == nil { // if not, running it says why
			s.kept[query] = st
		}
		s.mu.Unlock()
	}
}
