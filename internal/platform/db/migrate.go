package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/pressly/goose/v3/lock"
)

// Migration is one module's tables: a file system that holds
// migrations/sqlite and migrations/postgres with the same numbers.
type Migration struct {
	Module string
	FS     fs.FS
}

// Migrate brings every module's tables up to date, each with a version table
// of its own. On PostgreSQL several nodes may call it at once.
func (d *DB) Migrate(ctx context.Context, modules ...Migration) error {
	for _, m := range modules {
		if err := d.migrate(ctx, m); err != nil {
			return fmt.Errorf("db: migrate %s: %w", m.Module, err)
		}
	}
	if d.engine == SQLite {
		return d.assumeLargeOrgs(ctx)
	}
	return nil
}

func (d *DB) migrate(ctx context.Context, m Migration) error {
	files, err := fs.Sub(m.FS, "migrations/"+string(d.engine))
	if err != nil {
		return err
	}
	if _, err := fs.Stat(files, "."); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("no migrations for %s", d.engine)
	}
	dialect := database.DialectSQLite3
	opts := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if d.engine == Postgres {
		dialect = database.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return err
		}
		opts = append(opts, goose.WithSessionLocker(locker))
	}
	store, err := database.NewStore(dialect, m.Module+"_migration")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider("", d.write, files, append(opts, goose.WithStore(store))...)
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}
