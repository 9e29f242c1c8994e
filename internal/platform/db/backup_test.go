package db_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
)

// pond has two tables that every transaction keeps equal.
var pond = testkit.Schema{Name: "backup", Migrate: func(ctx context.Context, d *db.DB) error {
	for _, q := range []string{
		"CREATE TABLE pond_migration (id INTEGER PRIMARY KEY)",
		"CREATE TABLE deposit (org_id TEXT NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (org_id, id))",
		"CREATE TABLE receipt (org_id TEXT NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (org_id, id))",
	} {
		if _, err := d.Writer().ExecContext(ctx, q); err != nil {
			return err
		}
	}
	return nil
}}

func deposit(ctx context.Context, d *db.DB, id int64) error {
	return d.Write(ctx, "o", func(tx *db.Tx) error {
		for _, table := range []string{"deposit", "receipt"} {
			if _, err := tx.Exec(ctx, "INSERT INTO "+table+" (org_id, id) VALUES ('o', ?)", id); err != nil {
				return err
			}
		}
		return nil
	})
}

func openFile(t *testing.T, path string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), "sqlite:"+path)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// balance returns the number of deposits and receipts.
func balance(t *testing.T, path string) (deposits, receipts int64) {
	t.Helper()
	d := openFile(t, path)
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	err := d.Read(t.Context(), "o", func(tx *db.Tx) error {
		return tx.QueryRow(t.Context(), "SELECT (SELECT count(*) FROM deposit), (SELECT count(*) FROM receipt)").Scan(&deposits, &receipts)
	})
	if err != nil {
		t.Fatal(err)
	}
	return deposits, receipts
}

func TestBackupDuringWritesIsOneMoment(t *testing.T) {
	d := testkit.Open(t, db.SQLite, pond)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var next, acknowledged atomic.Int64
	progress := make(chan struct{}, 1024)
	for range 4 {
		wg.Go(func() {
			for ctx.Err() == nil {
				err := deposit(ctx, d, next.Add(1))
				switch {
				case err == nil:
					acknowledged.Add(1)
					select {
					case progress <- struct{}{}:
					default:
					}
				case !errors.Is(err, context.Canceled):
					t.Error(err)
					return
				}
			}
		})
	}

	dir := t.TempDir()
	var before [3]int64
	for i := range before {
		for range 100 {
			<-progress
		}
		before[i] = acknowledged.Load()
		bytes, err := d.Backup(t.Context(), filepath.Join(dir, fmt.Sprint(i)))
		if err != nil {
			t.Fatal(err)
		}
		if bytes == 0 {
			t.Error("an empty backup")
		}
	}
	cancel()
	wg.Wait()

	for i, atLeast := range before {
		deposits, receipts := balance(t, filepath.Join(dir, fmt.Sprint(i)))
		if deposits != receipts {
			t.Errorf("backup %d has %d deposits and %d receipts", i, deposits, receipts)
		}
		if deposits < atLeast || deposits > next.Load() {
			t.Errorf("backup %d has %d deposits; %d were acknowledged when it began, %d asked for in all", i, deposits, atLeast, next.Load())
		}
	}
}

func TestRestoreBringsBackTheBackup(t *testing.T) {
	dir := t.TempDir()
	live, saved := filepath.Join(dir, "data", "fishpond.db"), filepath.Join(dir, "saved.db")
	d := testkit.Open(t, db.SQLite, pond)
	for id := range int64(10) {
		if err := deposit(t.Context(), d, id); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Backup(t.Context(), saved); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(saved); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("backup has mode %v, %v; want 0600", info.Mode(), err)
	}

	// Into nothing.
	if err := db.Restore(t.Context(), saved, live, false); err != nil {
		t.Fatal(err)
	}
	if n, _ := balance(t, live); n != 10 {
		t.Fatalf("restored %d deposits, want 10", n)
	}

	// Over newer state: only when asked twice, and not under a running process.
	running := openFile(t, live)
	if err := deposit(t.Context(), running, 100); err != nil {
		t.Fatal(err)
	}
	if err := db.Restore(t.Context(), saved, live, false); !errs.Is(err, errs.CodeConflict) || !strings.Contains(err.Error(), "--force") {
		t.Errorf("restore over an existing database: %v", err)
	}
	if err := db.Restore(t.Context(), saved, live, true); !errs.Is(err, errs.CodeConflict) || !strings.Contains(err.Error(), "in use") {
		t.Errorf("restore under a running process: %v", err)
	}
	if err := deposit(t.Context(), running, 101); err != nil {
		t.Errorf("the refused restore disturbed the running process: %v", err)
	}
	if err := running.Close(); err != nil {
		t.Fatal(err)
	}
	if n, _ := balance(t, live); n != 12 {
		t.Fatalf("%d deposits before the restore, want 12", n)
	}
	if err := db.Restore(t.Context(), saved, live, true); err != nil {
		t.Fatal(err)
	}
	if n, _ := balance(t, live); n != 10 {
		t.Errorf("%d deposits after the restore, want 10", n)
	}
	if n, _ := balance(t, live+".replaced"); n != 12 {
		t.Errorf("%d deposits in what was replaced, want 12", n)
	}
}

func TestBackupOfALogThatWasNotFolded(t *testing.T) {
	// A killed process leaves its newest writes in the log beside the file.
	d := testkit.Open(t, db.SQLite, pond)
	if err := deposit(t.Context(), d, 1); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	dead := filepath.Join(dir, "dead.db")
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(d.Path() + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dead+suffix, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.BackupFile(t.Context(), dead, filepath.Join(dir, "saved.db")); err != nil {
		t.Fatal(err)
	}
	if n, _ := balance(t, filepath.Join(dir, "saved.db")); n != 1 {
		t.Errorf("%d deposits, want 1", n)
	}
}

func TestBackupAndRestoreRefuse(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	d := testkit.Open(t, db.SQLite, pond)
	for id := range int64(2000) { // some hundred pages, to have a middle to damage
		if err := deposit(t.Context(), d, id); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Backup(t.Context(), path("good")); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Backup(t.Context(), path("good")); !errs.Is(err, errs.CodeConflict) {
		t.Errorf("backup over a file: %v", err)
	}

	good, err := os.ReadFile(path("good"))
	if err != nil {
		t.Fatal(err)
	}
	torn := append([]byte{}, good...)
	for i := len(torn) / 3; i < len(torn)/2; i++ {
		torn[i] ^= 0x5a
	}
	stranger := testkit.Open(t, db.SQLite, testkit.Schema{Name: "stranger", Migrate: func(ctx context.Context, d *db.DB) error {
		_, err := d.Writer().ExecContext(ctx, "CREATE TABLE recipe (id INTEGER PRIMARY KEY)")
		return err
	}})
	for name, content := range map[string][]byte{
		"torn": torn, "half": good[:len(good)/2], "text": []byte("not a database at all"), "empty": nil,
	} {
		if err := os.WriteFile(path(name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}

	for name, from := range map[string]string{
		"torn": path("torn"), "half": path("half"), "text": path("text"), "empty": path("empty"),
		"stranger": stranger.Path(),
	} {
		if err := db.Restore(t.Context(), from, path("target"), false); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("restore of %s: %v", name, err)
		}
	}
	if err := db.Restore(t.Context(), path("nothing"), path("target"), false); !errs.Is(err, errs.CodeNotFound) {
		t.Errorf("restore of nothing: %v", err)
	}
	if _, err := os.Stat(path("target")); err == nil {
		t.Error("a refused restore left a target")
	}
	left, err := filepath.Glob(path(".fishpond-copy-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("drafts left behind: %v %v", left, err)
	}

	if _, err := testkit.Open(t, db.Postgres, pond).Backup(t.Context(), path("pg")); !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("backup of PostgreSQL: %v", err)
	}
}
