package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Backup writes a consistent copy of an embedded database to path while d goes on
// working; writers do not wait. See BackupFile.
func (d *DB) Backup(ctx context.Context, path string) (bytes int64, err error) {
	if d.engine != SQLite {
		return 0, errs.Invalid(i18n.T(
			"PostgreSQL 请用 pg_dump 或服务商的备份",
			"Back PostgreSQL up with pg_dump or your provider's backups"))
	}
	return BackupFile(ctx, d.Path(), path)
}

// BackupFile copies the embedded database in the file from, which any process may
// be using, into the new file to (mode 0600), and returns its size in bytes. The
// copy is one moment's state, compacted and checked; it appears under its name only
// when it is whole and on disk. It fails when to exists.
//
// The copy is made by VACUUM INTO rather than page by page: a single read
// transaction, which a write-ahead log lets run beside any number of writers,
// whereas the page-wise copy starts over whenever another process writes.
func BackupFile(ctx context.Context, from, to string) (bytes int64, err error) {
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return 0, errs.Conflict(i18n.T(
			"%s 已存在，请换一个文件名", "%s exists; choose another file name", to)).Because(err)
	}
	draft, err := copyInto(ctx, from, filepath.Dir(to))
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.Remove(draft) }()

	info, err := os.Stat(draft)
	if err != nil {
		return 0, fmt.Errorf("db: backup: %w", err)
	}
	// Link, unlike Rename, does not replace what appeared meanwhile.
	if err := os.Link(draft, to); err != nil {
		return 0, fmt.Errorf("db: backup: %w", err)
	}
	return info.Size(), syncDir(filepath.Dir(to))
}

// Restore puts the backup in the file from in the place of the embedded database in
// the file to. It fails when to exists, unless force is set; what was there is then
// kept beside it as "to.replaced". It fails when a process uses the database, and
// when from is damaged or is not one of ours; to is then as it was.
func Restore(ctx context.Context, from, to string, force bool) error {
	_, err := os.Lstat(to)
	exists := !errors.Is(err, fs.ErrNotExist)
	if exists && !force {
		return errs.Conflict(i18n.T(
			"%s 已存在；确认要替换时请加 --force", "%s exists; add --force to replace it", to)).Because(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return fmt.Errorf("db: restore: %w", err)
	}
	draft, err := copyInto(ctx, from, filepath.Dir(to))
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(draft) }()

	if exists {
		if err := foldLog(ctx, to); err != nil {
			return err
		}
		if err := os.Rename(to, to+".replaced"); err != nil {
			return fmt.Errorf("db: restore: %w", err)
		}
	}
	// A log of another database under this name would be played into the copy.
	for _, leftover := range []string{to + "-wal", to + "-shm"} {
		if err := os.Remove(leftover); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("db: restore: %w", err)
		}
	}
	if err := os.Rename(draft, to); err != nil {
		return fmt.Errorf("db: restore: %w", err)
	}
	return syncDir(filepath.Dir(to))
}

// copyInto copies the database in the file from into a new file in dir, checks the
// copy, forces it to disk and returns its name.
func copyInto(ctx context.Context, from, dir string) (draft string, err error) {
	if err := checkHeader(from); err != nil {
		return "", err
	}
	file, err := os.CreateTemp(dir, ".fishpond-copy-*") // mode 0600
	if err != nil {
		return "", fmt.Errorf("db: copy: %w", err)
	}
	name := file.Name()
	defer func() {
		if closeErr := file.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			_ = os.Remove(name)
		}
	}()

	// VACUUM INTO takes an existing file if it is empty.
	err = withFile(ctx, from, "mode=ro&_pragma=busy_timeout(10000)", func(conn *sql.Conn) error {
		_, err := conn.ExecContext(ctx, "VACUUM INTO ?", name)
		return err
	})
	if err == nil {
		err = withFile(ctx, name, "mode=ro&_pragma=busy_timeout(10000)", func(conn *sql.Conn) error { return check(ctx, conn) })
	}
	if err != nil {
		if _, ours := errors.AsType[*errs.Error](err); !ours && damaged(err) {
			return "", notADatabase(from, err)
		}
		return "", fmt.Errorf("db: copy %s: %w", from, err)
	}
	if err := file.Sync(); err != nil {
		return "", fmt.Errorf("db: copy: %w", err)
	}
	return name, nil
}

// check reports whether a database is sound and one of ours.
func check(ctx context.Context, conn *sql.Conn) error {
	var verdict string
	if err := conn.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return errs.Invalid(i18n.T("数据库已损坏：%s", "The database is damaged: %s", verdict))
	}
	var modules int
	const migrated = `SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name LIKE '%\_migration' ESCAPE '\'`
	if err := conn.QueryRowContext(ctx, migrated).Scan(&modules); err != nil {
		return err
	}
	if modules == 0 {
		return errs.Invalid(i18n.T("这不是 Fishpond 的数据库", "This is not a Fishpond database"))
	}
	return nil
}

// checkHeader keeps SQLite from creating or misreading what is no database.
func checkHeader(path string) error {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return errs.NotFound(i18n.T("数据库文件 %s", "database file %s", path)).Because(err)
	}
	if err != nil {
		return fmt.Errorf("db: %w", err)
	}
	defer func() { _ = file.Close() }()
	const magic = "SQLite format 3\x00"
	head := make([]byte, len(magic))
	if n, _ := file.Read(head); string(head[:n]) != magic {
		return notADatabase(path, nil)
	}
	return nil
}

func notADatabase(path string, cause error) error {
	return errs.Invalid(i18n.T("%s 已损坏，或不是数据库文件", "%s is damaged or not a database", path)).Because(cause)
}

// damaged reports whether SQLite could not make sense of a file.
func damaged(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && (e.Code()&0xff == sqlite3.SQLITE_CORRUPT || e.Code()&0xff == sqlite3.SQLITE_NOTADB)
}

// foldLog folds the write-ahead log into a database file that no process uses, so
// that the file alone is the database. A process that has it open holds a shared
// lock, against which the exclusive one fails.
func foldLog(ctx context.Context, path string) error {
	err := withFile(ctx, path, "_pragma=locking_mode(EXCLUSIVE)", func(conn *sql.Conn) error {
		for _, statement := range []string{"BEGIN EXCLUSIVE", "COMMIT", "PRAGMA wal_checkpoint(TRUNCATE)"} {
			if _, err := conn.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
	if e, ok := errors.AsType[*sqlite.Error](err); ok && (e.Code()&0xff == sqlite3.SQLITE_BUSY || e.Code()&0xff == sqlite3.SQLITE_LOCKED) {
		return errs.Conflict(i18n.T(
			"数据库正在使用，请先停止 Fishpond", "The database is in use; stop Fishpond first")).Because(err)
	}
	if err != nil && !damaged(err) { // a damaged one is what a restore replaces
		return fmt.Errorf("db: restore over %s: %w", path, err)
	}
	return nil
}

// withFile runs fn on a connection of its own to a database file.
func withFile(ctx context.Context, path, query string, fn func(*sql.Conn) error) (err error) {
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	pool, err := sql.Open("sqlite", "file:"+escaped+"?"+query)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	conn, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	return fn(conn)
}

// syncDir makes a new name in a directory survive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("db: %w", err)
	}
	defer func() { _ = d.Close() }()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("db: %w", err)
	}
	return nil
}
