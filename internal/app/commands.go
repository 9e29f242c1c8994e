package app

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"

	"fishpond/internal/importer"
	"fishpond/internal/insight/clv"
	"fishpond/internal/insight/csvfile"
	"fishpond/internal/insight/uplift"
	"fishpond/internal/org"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// ImportFile imports a file into the brand of that name or id, made when
// there is none, and brings everything that follows up to date.
func (a *App) ImportFile(ctx context.Context, nameOrID, path string, o importer.Options, progress func(importer.Progress)) (importer.Result, error) {
	brand, err := a.Org.FindOrg(ctx, nameOrID)
	if errs.Is(err, errs.CodeNotFound) {
		if o.Channel != "" { // a new brand has none
			return importer.Result{}, errs.InvalidField("channel", i18n.T("没有品牌“%s”，也就没有渠道“%s”；请先建品牌和渠道", "There is no brand %q and so no channel %q; make both first", nameOrID, o.Channel))
		}
		zone, currency := o.TimeZone, o.Currency
		if p, ok := importer.PresetNamed(o.Preset); ok {
			zone, currency = cmp.Or(zone, p.TimeZone), cmp.Or(currency, p.Currency)
		}
		brand, _, err = a.Org.CreateOrg(ctx, org.NewOrg{Name: nameOrID, TimeZone: zone, Currency: currency})
	}
	if err != nil {
		return importer.Result{}, err
	}
	ctx = access.With(ctx, access.ForSystem(brand.ID, "command line"))
	result, err := a.Importer.Import(ctx, brand.ID, path, o, progress)
	if err != nil {
		return result, err
	}
	return result, a.settle(ctx, brand.ID)
}

// Rebuild builds one projection, or all, of one brand, or of every brand,
// from the log. say hears what is being done.
func (a *App) Rebuild(ctx context.Context, projection, nameOrID string, say func(string)) error {
	var brands []org.Org
	if nameOrID == "" {
		var err error
		if brands, err = a.Org.Orgs(ctx); err != nil {
			return err
		}
	} else {
		b, err := a.Org.FindOrg(ctx, nameOrID)
		if err != nil {
			return err
		}
		brands = append(brands, b)
	}
	names := []string{projection}
	if projection == "all" {
		names = a.Runner.Names()
	}
	for _, b := range brands {
		for _, n := range names {
			say(fmt.Sprintf("%s: %s", b.Name, n))
			if err := a.Runner.Rebuild(ctx, n, b.ID); err != nil {
				return err
			}
		}
		if err := a.settle(ctx, b.ID); err != nil {
			return err
		}
	}
	return nil
}

// OwnerLink is a one-time link that makes the first owner of a brand.
func (a *App) OwnerLink(ctx context.Context, nameOrID string) (string, error) {
	b, err := a.Org.FindOrg(ctx, nameOrID)
	if err != nil {
		return "", err
	}
	return a.Org.OwnerLink(ctx, b.ID)
}

var errNotEmbedded = errs.Invalid(i18n.T("备份和恢复只用于内嵌数据库；PostgreSQL 请用 pg_dump 或 pg_basebackup", "Backup and restore are for the embedded database; with PostgreSQL use pg_dump or pg_basebackup"))

// Backup copies the embedded database to a new file, while a server may run,
// and returns the copy's size in bytes.
func Backup(ctx context.Context, c Config, to string) (int64, error) {
	if c.Database != "" {
		return 0, errNotEmbedded
	}
	return db.BackupFile(ctx, c.databaseFile(), to)
}

// Restore puts a backup in the place of the embedded database. The server
// must not run. force replaces a database that is there; it is kept beside.
func Restore(ctx context.Context, c Config, from string, force bool) error {
	if c.Database != "" {
		return errNotEmbedded
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	return db.Restore(ctx, from, c.databaseFile(), force)
}

// Uplift reads the file of an experiment and tells what it brought. It touches
// no database.
func Uplift(ctx context.Context, r io.Reader, o uplift.Options) (uplift.Report, error) {
	file, err := uplift.Open(r)
	if err != nil {
		return uplift.Report{}, err
	}
	return uplift.Run(ctx, file, o)
}

// CLV reads a file of orders and tells what the customers are worth. It touches
// no database.
func CLV(ctx context.Context, r io.Reader, o clv.FileOptions) (clv.Report, error) {
	file, err := csvfile.Open(r)
	if err != nil {
		return clv.Report{}, err
	}
	return clv.Run(ctx, file, o)
}
