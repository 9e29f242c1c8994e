package importer

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

const runColumns = `id, upload_id, kind, file_name, options, status, rows_read, bytes_read, bytes_total, orders_done, orders_total,
	result, error_zh, error_en, created_by, created_at, started_at, finished_at`

func upload(ctx context.Context, tx *db.Tx, orgID, uploadID string) (name string, bytes int64, err error) {
	err = tx.QueryRow(ctx, "SELECT file_name, bytes FROM importer_upload WHERE org_id = ? AND id = ?", orgID, uploadID).Scan(&name, &bytes)
	if db.IsNoRows(err) {
		return "", 0, errs.NotFound(theUpload)
	}
	return name, bytes, err
}

func runByID(ctx context.Context, tx *db.Tx, orgID, id string) (Run, error) {
	run, err := scanRun(ctx, tx.QueryRow(ctx, "SELECT "+runColumns+" FROM importer_run WHERE org_id = ? AND id = ?", orgID, id))
	if db.IsNoRows(err) {
		return run, errs.NotFound(theImport)
	}
	return run, err
}

func runs(ctx context.Context, tx *db.Tx, orgID string, before int64, beforeID string, limit int) ([]Run, error) {
	query, args := "SELECT "+runColumns+" FROM importer_run WHERE org_id = ?", []any{orgID}
	if beforeID != "" {
		query, args = query+" AND (created_at, id) < (?, ?)", append(args, before, beforeID)
	}
	var list []Run
	err := tx.Each(ctx, func(rows *sql.Rows) error {
		r, err := scanRun(ctx, rows)
		list = append(list, r)
		return err
	}, query+" ORDER BY created_at DESC, id DESC LIMIT ?", append(args, limit)...)
	return list, err
}

func scanRun(ctx context.Context, row interface{ Scan(...any) error }) (r Run, err error) {
	var options, result string
	var created, started, finished int64
	if err := row.Scan(&r.ID, &r.UploadID, &r.Kind, &r.FileName, &options, &r.Status, &r.RowsRead, &r.BytesRead, &r.BytesTotal, &r.OrdersDone, &r.OrdersTotal,
		&result, &r.failure.ZH, &r.failure.EN, &r.CreatedBy, &created, &started, &finished); err != nil {
		return r, err
	}
	if err := json.Unmarshal([]byte(options), &r.options); err != nil {
		return r, fmt.Errorf("importer: options of %s: %w", r.ID, err)
	}
	if result != "" {
		r.Result = &Result{}
		if err := json.Unmarshal([]byte(result), r.Result); err != nil {
			return r, fmt.Errorf("importer: result of %s: %w", r.ID, err)
		}
	}
	r.Currency, r.ChannelID = r.options.Currency, r.options.Channel
	r.Error = r.failure.In(i18n.From(ctx))
	r.CreatedAt, r.StartedAt, r.FinishedAt = clock.Time(created), clock.Ptr(started), clock.Ptr(finished)
	return r, nil
}
