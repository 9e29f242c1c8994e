package importer

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// The states of an import. The last three are final.
const (
	StatusQueued    = "queued"
	StatusReading   = "reading"
	StatusStoring   = "storing"
	StatusDone      = "done"
	StatusFailed    = "failed"
	StatusCancelled = "cancelled"
)

// Run is an import that was asked for.
type Run struct {
	ID          string     `json:"id"`
	Kind        string     `json:"kind" enum:"orders,persons"`
	UploadID    string     `json:"upload_id"`
	FileName    string     `json:"file_name"`
	Status      string     `json:"status" enum:"queued,reading,storing,done,failed,cancelled"`
	RowsRead    int64      `json:"rows_read"`
	BytesRead   int64      `json:"bytes_read"`
	BytesTotal  int64      `json:"bytes_total"`
	OrdersDone  int64      `json:"orders_done" doc:"Orders stored; lines, when persons are imported"`
	OrdersTotal int64      `json:"orders_total" doc:"0 until the file has been read"`
	Currency    string     `json:"currency"`
	ChannelID   string     `json:"channel_id" doc:"To which people are credited who became known by the file; empty: none"`
	Result      *Result    `json:"result" doc:"Null until the import is done"`
	Error       string     `json:"error" doc:"Why it failed, in the caller's language"`
	CreatedBy   string     `json:"created_by"`
	CreatedAt   time.Time  `json:"created_at"`
	StartedAt   *time.Time `json:"started_at"`
	FinishedAt  *time.Time `json:"finished_at"`
	options     Options
	failure     i18n.Text
}

var (
	theImport = i18n.Text{ZH: "这次导入", EN: "import"}
	theUpload = i18n.Text{ZH: "这个上传的文件（可能已过期删除）", EN: "upload (it may have expired)"}
)

// Start queues an import of an upload. What can be seen to be wrong with the
// options is refused here.
func (s *Service) Start(ctx context.Context, orgID, uploadID string, o Options) (Run, error) {
	if s.ports.Jobs == nil {
		return Run{}, errors.New("importer: no jobs")
	}
	if err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		_, _, err := upload(ctx, tx, orgID, uploadID)
		return err
	}); err != nil {
		return Run{}, err
	}
	o.Lang = i18n.From(ctx)
	p, err := s.prepare(ctx, orgID, s.uploadPath(orgID, uploadID), o)
	if err != nil {
		return Run{}, err
	}
	// What was found out is kept, so that the import does what was shown.
	o = p.Options
	options, err := json.Marshal(o)
	if err != nil {
		return Run{}, err
	}
	id := ids.New("imp")
	var run Run
	err = s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		name, bytes, err := upload(ctx, tx, orgID, uploadID)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO importer_run (org_id, id, upload_id, kind, file_name, options, status, bytes_total, created_by, created_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, orgID, id, uploadID, o.Kind, name, string(options), StatusQueued, bytes, actorID(ctx), clock.Micros(s.now())); err != nil {
			return err
		}
		if err := s.ports.Jobs.EnqueueImport(ctx, tx, orgID, id); err != nil {
			return err
		}
		if err := s.ports.Auditor.Audit(ctx, tx, "import.started", "import", id, map[string]any{"kind": o.Kind, "file_name": name, "bytes": bytes}); err != nil {
			return err
		}
		run, err = runByID(ctx, tx, orgID, id)
		return err
	})
	return run, err
}

// errCancelled ends an import that somebody has cancelled.
var errCancelled = errors.New("importer: cancelled")

// progressEvery is how often progress is stored.
const progressEvery = 500 * time.Millisecond

// Run does an import that was queued, or does it again after the process
// died. An import that has ended stays as it is. What is wrong with the file or
// the options is stored with the import and is no error of Run; after an error
// the import may be run again, or given up with Abandon.
func (s *Service) Run(ctx context.Context, orgID, importID string) error {
	run, ok, err := s.begin(ctx, orgID, importID)
	if err != nil || !ok {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	run.options.RejectedPath = s.rejectedPath(orgID, importID)
	var shown time.Time
	phase := ""
	result, err := s.Import(ctx, orgID, s.uploadPath(orgID, run.UploadID), run.options, func(g Progress) {
		now := s.now()
		if g.Phase == phase && now.Sub(shown) < progressEvery {
			return
		}
		shown, phase = now, g.Phase
		if err := s.saveProgress(ctx, orgID, importID, g); err != nil {
			cancel(err)
		}
	})
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	switch {
	case errors.Is(err, errCancelled):
		return nil
	case err == nil:
		return s.finish(ctx, orgID, importID, result)
	case final(err):
		return s.fail(context.WithoutCancel(ctx), orgID, importID, err)
	}
	return err
}

// final reports whether trying again is of no use.
func final(err error) bool {
	return errs.Is(err, errs.CodeInvalid) || errs.Is(err, errs.CodeNotFound) || errs.Is(err, errs.CodeTooLarge)
}

// Abandon marks an import as failed that will not be run again, with the
// error of the last time.
func (s *Service) Abandon(ctx context.Context, orgID, importID string, cause error) error {
	return s.fail(ctx, orgID, importID, cause)
}

func (s *Service) begin(ctx context.Context, orgID, importID string) (run Run, ok bool, err error) {
	err = s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		n, err := tx.Changed(ctx, `UPDATE importer_run SET status = ?, started_at = CASE started_at WHEN 0 THEN ? ELSE started_at END,
			rows_read = 0, bytes_read = 0, orders_done = 0, orders_total = 0, error_zh = '', error_en = ''
			WHERE org_id = ? AND id = ? AND status IN (?, ?, ?)`, StatusReading, clock.Micros(s.now()), orgID, importID, StatusQueued, StatusReading, StatusStoring)
		if err != nil {
			return err
		}
		ok = n == 1
		run, err = runByID(ctx, tx, orgID, importID)
		return err
	})
	return run, ok, err
}

func (s *Service) saveProgress(ctx context.Context, orgID, importID string, g Progress) error {
	return s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		n, err := tx.Changed(ctx, `UPDATE importer_run SET status = ?, rows_read = ?, bytes_read = ?, bytes_total = ?, orders_done = ?, orders_total = ?
			WHERE org_id = ? AND id = ? AND status IN (?, ?)`, g.Phase, g.RowsRead, g.BytesRead, g.BytesTotal, g.OrdersDone, g.OrdersTotal,
			orgID, importID, StatusReading, StatusStoring)
		if err == nil && n == 0 {
			return errCancelled
		}
		return err
	})
}

func (s *Service) finish(ctx context.Context, orgID, importID string, r Result) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		// Cancelled at the last moment: then it stays cancelled, with all stored.
		_, err := tx.Changed(ctx, `UPDATE importer_run SET status = ?, result = ?, rows_read = ?, bytes_read = bytes_total, orders_done = orders_total, finished_at = ?
			WHERE org_id = ? AND id = ? AND status IN (?, ?)`, StatusDone, string(b), r.Rows, clock.Micros(s.now()), orgID, importID, StatusReading, StatusStoring)
		return err
	})
}

func (s *Service) fail(ctx context.Context, orgID, importID string, cause error) error {
	e := errs.As(cause)
	text := e.Text
	if len(e.Fields) > 0 {
		text = e.Fields[0].Text
	}
	return s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		_, err := tx.Changed(ctx, "UPDATE importer_run SET status = ?, error_zh = ?, error_en = ?, finished_at = ? WHERE org_id = ? AND id = ? AND status IN (?, ?, ?)",
			StatusFailed, text.ZH, text.EN, clock.Micros(s.now()), orgID, importID, StatusQueued, StatusReading, StatusStoring)
		return err
	})
}

// Cancel stops an import. What it has stored stays: whole orders, which the
// next run of the same file finds again.
func (s *Service) Cancel(ctx context.Context, orgID, importID string) (run Run, err error) {
	err = s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		if _, err := runByID(ctx, tx, orgID, importID); err != nil {
			return err
		}
		n, err := tx.Changed(ctx, "UPDATE importer_run SET status = ?, finished_at = ? WHERE org_id = ? AND id = ? AND status IN (?, ?, ?)",
			StatusCancelled, clock.Micros(s.now()), orgID, importID, StatusQueued, StatusReading, StatusStoring)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.Conflict(i18n.Text{ZH: "这次导入已经结束", EN: "The import has ended already"})
		}
		if err := s.ports.Auditor.Audit(ctx, tx, "import.cancelled", "import", importID, nil); err != nil {
			return err
		}
		run, err = runByID(ctx, tx, orgID, importID)
		return err
	})
	return run, err
}

// Get returns one import.
func (s *Service) Get(ctx context.Context, orgID, importID string) (run Run, err error) {
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) (err error) {
		run, err = runByID(ctx, tx, orgID, importID)
		return err
	})
	return run, err
}

// List returns up to limit imports, the newest first, that come after the
// given one; zero values for the first page.
func (s *Service) List(ctx context.Context, orgID string, before time.Time, beforeID string, limit int) (list []Run, err error) {
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) (err error) {
		list, err = runs(ctx, tx, orgID, clock.Micros(before), beforeID, limit)
		return err
	})
	return list, err
}

// Rejected opens the rejected lines of an import, as CSV. Close the file.
func (s *Service) Rejected(ctx context.Context, orgID, importID string) (*os.File, error) {
	var f *os.File
	err := s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		if _, err := runByID(ctx, tx, orgID, importID); err != nil {
			return err
		}
		return s.ports.Auditor.Audit(ctx, tx, "import.rejected_downloaded", "import", importID, nil)
	})
	if err != nil {
		return nil, err
	}
	if f, err = os.Open(s.rejectedPath(orgID, importID)); errors.Is(err, os.ErrNotExist) {
		return nil, errs.NotFound(i18n.Text{ZH: "被拒的行：没有，或已过期删除", EN: "rejected lines: there were none, or they have expired"})
	}
	return f, err
}
