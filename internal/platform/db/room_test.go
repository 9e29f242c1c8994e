package db

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

// The writer's cache is large while somebody wants it, and for a minute longer.
func TestRoomy(t *testing.T) {
	d, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	asked := 0
	size := func() (kib int64) {
		t.Helper()
		asked++ // SQLite answers when the statement is prepared, and we keep statements
		if err := d.Write(t.Context(), "org_a", func(tx *Tx) error {
			return tx.QueryRow(context.Background(), fmt.Sprintf("PRAGMA cache_size -- %d", asked)).Scan(&kib)
		}); err != nil {
			t.Fatal(err)
		}
		return -kib
	}
	if n := size(); n != writerCache {
		t.Errorf("at first %d KiB", n)
	}
	one, two := d.Roomy(), d.Roomy()
	one()
	one() // twice is once
	if n := size(); n != roomyCache {
		t.Errorf("while one wants it, %d KiB", n)
	}
	two()
	if n := size(); n != roomyCache {
		t.Errorf("right after it, %d KiB", n)
	}
	d.room.ended.Store(time.Now().Add(-roomyAfter).UnixNano())
	if n := size(); n != writerCache {
		t.Errorf("a minute after it, %d KiB", n)
	}
}
