package db

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Of SQLite's connections, how much of the file each keeps in memory, in KiB of
// pages. What that takes is about twice as much: a page of 4 KiB with its header
// has a place of 8.
const (
	writerCache = 14 << 10
	roomyCache  = 32 << 10 // of the writer while something large is written
	readerCache = 2 << 10
)

// roomyAfter is how long there stays room when it is no longer asked for: what
// follows the log catches up with what was written.
const roomyAfter = time.Minute

// room says how much of the file the writer may keep in memory.
type room struct {
	asked atomic.Int64 // how many want it large
	ended atomic.Int64 // when the last one stopped wanting it, UnixNano
	wide  bool         // it is; the writer's goroutine alone knows
}

// Roomy lets SQLite's writer keep more of the file in memory, about 36 MB more,
// until release is called and a little longer: for imports, which change the same
// pages again and again. On PostgreSQL it does nothing.
func (d *DB) Roomy() (release func()) {
	d.room.asked.Add(1)
	return sync.OnceFunc(func() {
		d.room.ended.Store(time.Now().UnixNano())
		d.room.asked.Add(-1)
	})
}

// makeRoom is called between transactions by the writer's goroutine.
func (d *DB) makeRoom(now time.Time) error {
	ended := d.room.ended.Load()
	wide := d.room.asked.Load() > 0 || ended != 0 && now.UnixNano()-ended < int64(roomyAfter)
	if wide == d.room.wide {
		return nil
	}
	size := writerCache
	if wide {
		size = roomyCache
	}
	if _, err := d.write.Exec(fmt.Sprintf("PRAGMA cache_size = -%d", size)); err != nil {
		return fmt.Errorf("db: cache: %w", err)
	}
	d.room.wide = wide
	return nil
}
