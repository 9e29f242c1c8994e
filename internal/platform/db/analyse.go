package db

import (
	"context"
	"database/sql"
	"sync"
	"time"
)

// growth has PostgreSQL look at tables that have grown a lot. Its own
// autovacuum does so too, but only a minute or more after the rows of a new
// brand are there; until then plans are made for a table of which nothing is
// known, and a batch of a thousand rows is compared with every row there is.
type growth struct {
	pool *sql.DB
	ctx  context.Context
	end  context.CancelFunc
	done chan struct{}
	wake chan struct{}

	mu   sync.Mutex
	rows map[string]int64 // written by this process
	next map[string]int64 // at so many the table is looked at again
	due  map[string]bool
}

const (
	firstLook = 500 // rows
	nextLook  = 4   // times as many
)

func watchGrowth(pool *sql.DB) *growth {
	ctx, end := context.WithCancel(context.Background())
	g := &growth{pool: pool, ctx: ctx, end: end, done: make(chan struct{}), wake: make(chan struct{}, 1),
		rows: map[string]int64{}, next: map[string]int64{}, due: map[string]bool{}}
	go g.run()
	return g
}

// add counts rows that have been committed.
func (g *growth) add(table string, n int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.rows[table] += n
	if g.rows[table] < max(firstLook, g.next[table]) {
		return
	}
	g.next[table] = nextLook * g.rows[table]
	g.due[table] = true
	select {
	case g.wake <- struct{}{}:
	default: // awake already
	}
}

func (g *growth) take() (table string, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for table = range g.due {
		delete(g.due, table)
		return table, true
	}
	return "", false
}

func (g *growth) run() {
	defer close(g.done)
	for {
		select {
		case <-g.ctx.Done():
			return
		case <-g.wake:
		}
		for g.ctx.Err() == nil {
			table, ok := g.take()
			if !ok {
				break
			}
			ctx, cancel := context.WithTimeout(g.ctx, time.Minute)
			// If it fails, autovacuum will look at the table some day: plans are
			// slower until then, and nothing else is.
			_, _ = g.pool.ExecContext(ctx, "ANALYZE "+table)
			cancel()
		}
	}
}

func (g *growth) close() {
	g.end()
	<-g.done
}
