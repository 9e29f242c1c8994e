package db

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
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
	kept := func(query string) (is bool, n int) {
		t.Helper()
		if err := d.Write(t.Context(), "o", func(*Tx) error { return nil }); err != nil { // what came before is done
			t.Fatal(err)
		}
		d.kept.mu.Lock()
		defer d.kept.mu.Unlock()
		return d.kept.kept[query] != nil, len(d.kept.kept)
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

// TestWhatIsReadOftenIsKept: by many at once, with one statement inside
// another of the same text, and while the table changes.
func TestWhatIsReadOftenIsKept(t *testing.T) {
	d, err := Open(t.Context(), "sqlite:"+t.TempDir()+"/t.db")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	exec := func(query string) {
		if err := d.Write(t.Context(), "o", func(tx *Tx) error {
			_, err := tx.Exec(context.Background(), query)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	exec("CREATE TABLE thing (id INTEGER PRIMARY KEY)")
	exec("INSERT INTO thing (id) VALUES (1), (2), (3)")
	const after, first = "SELECT id FROM thing WHERE id > ? ORDER BY id", "SELECT min(id) FROM thing WHERE id > ?"
	var walk func(tx *Tx, from int) (n int, err error) // paths upwards: 7 from 0 with three rows
	walk = func(tx *Tx, from int) (n int, err error) {
		return n, tx.Each(t.Context(), func(rows *sql.Rows) error {
			var id int
			if err := rows.Scan(&id); err != nil {
				return err
			}
			more, err := walk(tx, id)
			n += 1 + more
			return err
		}, after, from)
	}
	read := func() {
		if err := d.Read(t.Context(), "o", func(tx *Tx) error {
			n, err := walk(tx, 0)
			if err != nil {
				return err
			}
			var least int
			if err := tx.QueryRow(t.Context(), first, 1).Scan(&least); err != nil {
				return err
			}
			if n != 7 || least != 2 {
				return fmt.Errorf("%d paths, %d comes after 1", n, least)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 2 * readOften {
				read()
			}
		})
	}
	all.Wait()
	for _, query := range []string{after, first} {
		if d.often.kept[query] == nil {
			t.Errorf("not kept: %s", query)
		}
	}
	exec("ALTER TABLE thing ADD COLUMN name TEXT NOT NULL DEFAULT ''")
	read()
	for n := range maxKept + 10 { // more texts than are kept
		for range readOften {
			if err := d.Read(t.Context(), "o", func(tx *Tx) error {
				var id int
				return tx.QueryRow(t.Context(), fmt.Sprintf("SELECT min(id) + %d FROM thing", n)).Scan(&id)
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := len(d.often.kept); n == 0 || n > maxKept {
		t.Errorf("%d statements are kept, at most %d should be", n, maxKept)
	}
	read()
}
