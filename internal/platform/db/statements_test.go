package db

import (
	"context"
	"fmt"
	"testing"
)

// TestStatementsAreKeptAndGoOnAfterTheTableHasChanged: what runs in one
// transaction after the other is prepared once; a column that comes later, and
// more texts than are kept, do it no harm.
func TestStatementsAreKeptAndGoOnAfterTheTableHasChanged(t *testing.T) {
	d, err := Open(t.Context(), "sqlite:"+t.TempDir()+"/t.db")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	exec := func(query string, args ...any) {
		t.Helper()
		if err := d.Write(t.Context(), "o", func(tx *Tx) error {
			_, err := tx.Exec(context.Background(), query, args...)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	kept := func(query string) (is bool, n int) { // asked on the writer's goroutine, whose they are
		t.Helper()
		if err := d.Write(t.Context(), "o", func(tx *Tx) error {
			is, n = tx.kept.kept[query] != nil, len(tx.kept.kept)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return is, n
	}
	const insert = "INSERT INTO thing (id) VALUES (?)"
	exec("CREATE TABLE thing (id INTEGER)")
	for i := range keepAfter {
		if is, _ := kept(insert); is {
			t.Fatalf("kept after %d transactions", i)
		}
		exec(insert, i)
	}
	if is, _ := kept(insert); !is {
		t.Fatal("not kept")
	}
	exec("ALTER TABLE thing ADD COLUMN name TEXT NOT NULL DEFAULT ''")
	for n := range maxKept + 50 {
		for range keepAfter {
			exec(fmt.Sprintf("UPDATE thing SET name = '%d' WHERE id = ?", n), n%keepAfter)
		}
	}
	exec(insert, 10)
	if _, n := kept(insert); n == 0 || n > maxKept {
		t.Errorf("%d statements are kept, at most %d should be", n, maxKept)
	}
	var count int
	if err := d.Read(t.Context(), "o", func(tx *Tx) error {
		return tx.QueryRow(t.Context(), "SELECT count(*) FROM thing").Scan(&count)
	}); err != nil || count != keepAfter+1 {
		t.Errorf("%d rows, %v", count, err)
	}
}
