package importer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// How long files are kept: they hold personal data and serve no one for long.
const (
	keepUploads  = 7 * 24 * time.Hour
	keepRejected = 30 * 24 * time.Hour
	keepTemp     = 24 * time.Hour // what a killed import has left
)

const previewRows = 20

// Preview is what an uploaded file looks like.
type Preview struct {
	UploadID  string     `json:"upload_id"`
	FileName  string     `json:"file_name"`
	Bytes     int64      `json:"bytes"`
	Format    string     `json:"format" enum:"csv,csv.gz,xlsx"`
	Encoding  string     `json:"encoding" doc:"As far as the first rows show"`
	Delimiter string     `json:"delimiter" doc:"Empty for XLSX"`
	Columns   []string   `json:"columns" nullable:"false"`
	Preview   [][]string `json:"preview" nullable:"false" doc:"The first rows"`
	Guess     Guess      `json:"guess"`
}

// The folders below the service's own. Their names hold nothing but ids that
// this program made: what a file was called is never part of a path.
func (s *Service) uploadPath(orgID, uploadID string) string {
	return filepath.Join(s.dir, orgID, uploadID)
}

func (s *Service) rejectedPath(orgID, importID string) string {
	return filepath.Join(s.dir, orgID, importID+".rejected.csv")
}

// tempDir makes a folder for the spill files of one import: on the disk of the
// data, since the system's temporary folder may be memory.
func (s *Service) tempDir() (string, error) {
	parent := filepath.Join(s.dir, "tmp")
	err := os.MkdirAll(parent, 0o700)
	dir := ""
	if err == nil {
		dir, err = os.MkdirTemp(parent, "import-")
	}
	if err != nil {
		return "", fmt.Errorf("importer: temporary folder: %w", err)
	}
	return dir, nil
}

// Upload keeps a file for an import and says what it looks like. A file that
// is not a table is refused and not kept.
func (s *Service) Upload(ctx context.Context, orgID, fileName string, body io.Reader) (Preview, error) {
	id := ids.New("upl")
	path := s.uploadPath(orgID, id)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return Preview{}, fmt.Errorf("importer: upload: %w", err)
	}
	kept := false
	defer func() {
		if !kept {
			_ = os.Remove(path)
		}
	}()
	n, err := s.receive(path, body)
	if err != nil {
		return Preview{}, err
	}
	v, err := preview(path, Options{})
	if err != nil {
		return Preview{}, err
	}
	v.UploadID, v.FileName, v.Bytes = id, displayName(fileName), n
	err = s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO importer_upload (org_id, id, file_name, bytes, created_by, created_at) VALUES (?, ?, ?, ?, ?, ?)",
			orgID, id, v.FileName, n, actorID(ctx), clock.Micros(s.now()))
		return err
	})
	kept = err == nil
	return v, err
}

func actorID(ctx context.Context) string {
	a, _ := access.From(ctx)
	return a.ID
}

func (s *Service) receive(path string, body io.Reader) (int64, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, fmt.Errorf("importer: upload: %w", err)
	}
	n, err := io.Copy(f, io.LimitReader(body, s.max+1))
	if e := f.Close(); err == nil {
		err = e
	}
	switch {
	case n > s.max:
		return n, errs.TooLarge(i18n.T("文件超过 %d MB 的上限；可以先用 gzip 压缩，或拆成几个文件", "The file is larger than %d MB; compress it with gzip or split it", s.max>>20))
	case errors.Is(err, io.ErrUnexpectedEOF):
		return n, errs.Invalid(i18n.Text{ZH: "文件没有传完，请重试", EN: "The upload broke off; try again"}).Because(err)
	case err != nil:
		return n, fmt.Errorf("importer: upload: %w", err)
	}
	return n, nil
}

// displayName makes what a file was called fit to be shown.
func displayName(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	return short(filepath.Base(strings.ReplaceAll(name, "\\", "/")))
}

// Preview shows an upload again, read with another encoding, separator or
// kind in mind.
func (s *Service) Preview(ctx context.Context, orgID, uploadID string, o Options) (Preview, error) {
	var name string
	var bytes int64
	err := s.db.Read(ctx, orgID, func(tx *db.Tx) (err error) {
		name, bytes, err = upload(ctx, tx, orgID, uploadID)
		return err
	})
	if err != nil {
		return Preview{}, err
	}
	v, err := preview(s.uploadPath(orgID, uploadID), o)
	v.UploadID, v.FileName, v.Bytes = uploadID, name, bytes
	return v, err
}

func preview(path string, o Options) (Preview, error) {
	t, rows, err := head(path, o, sampleRows)
	if err != nil {
		return Preview{}, err
	}
	if len(rows) == 0 {
		return Preview{}, errs.Invalid(i18n.Text{ZH: "文件只有表头，没有数据", EN: "The file has a header and no rows"})
	}
	v := Preview{Format: t.Format, Encoding: t.Encoding(), Delimiter: t.Delimiter, Columns: t.Columns, Preview: [][]string{}, Guess: guess(t, rows, o.Kind)}
	for _, r := range rows[:min(len(rows), previewRows)] {
		row := make([]string, len(r))
		for i, c := range r {
			row[i] = short(strings.ToValidUTF8(string(c), "\ufffd"))
		}
		v.Preview = append(v.Preview, row)
	}
	return v, nil
}

// Clean removes uploads and rejected lines past their time, and what killed
// imports have left.
func (s *Service) Clean(ctx context.Context) error {
	type stale struct{ org, id string }
	var uploads []stale
	err := s.db.Write(ctx, db.AllOrgs, func(tx *db.Tx) error {
		uploads = nil
		err := tx.Each(ctx, func(rows *sql.Rows) error {
			var u stale
			err := rows.Scan(&u.org, &u.id)
			uploads = append(uploads, u)
			return err
		}, `SELECT org_id, id FROM importer_upload u WHERE created_at < ? AND NOT EXISTS (SELECT 1 FROM importer_run r
			WHERE r.org_id = u.org_id AND r.upload_id = u.id AND r.status IN ('queued', 'reading', 'storing')) LIMIT 1000`, clock.Micros(s.now().Add(-keepUploads)))
		if err != nil {
			return err
		}
		for _, u := range uploads {
			if _, err := tx.Exec(ctx, "DELETE FROM importer_upload WHERE org_id = ? AND id = ?", u.org, u.id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("importer: clean: %w", err)
	}
	var failed []error
	for _, u := range uploads {
		if err := os.Remove(s.uploadPath(u.org, u.id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = append(failed, err)
		}
	}
	rejected, _ := filepath.Glob(filepath.Join(s.dir, "*", "*.rejected.csv*")) // the pattern is right
	failed = append(failed, s.removeOlder(rejected, keepRejected))
	temp, _ := filepath.Glob(filepath.Join(s.dir, "tmp", "import-*"))
	return errors.Join(append(failed, s.removeOlder(temp, keepTemp))...)
}

func (s *Service) removeOlder(paths []string, age time.Duration) error {
	var failed []error
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil || s.now().Sub(info.ModTime()) < age {
			continue
		}
		failed = append(failed, os.RemoveAll(p))
	}
	return errors.Join(failed...)
}
