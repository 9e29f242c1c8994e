package content

import (
	"context"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

const (
	// MaxFile is how many bytes a file may have.
	MaxFile = 10 << 20

	uploadsAMinute = 120                // of one staff member
	keepUnused     = 7 * 24 * time.Hour // uploads that nothing refers to
)

// StoredFile is a file of the library, without its content.
type StoredFile struct {
	ID         string    `json:"id"`
	Name       string    `json:"name" doc:"Cleaned: no path, no control characters"`
	Kind       string    `json:"kind" enum:"picture,video,file" doc:"Decided from the content"`
	Type       string    `json:"type" doc:"Media type, decided from the content"`
	Bytes      int64     `json:"bytes"`
	UploadedBy string    `json:"uploaded_by"`
	CreatedAt  time.Time `json:"created_at"`
}

var tooLarge = errs.TooLarge(i18n.T("文件最大 %d MB；请压缩后再传，长视频请改用“链接”素材", "A file may have %d MB at most; make it smaller, or give a long video as a link", MaxFile>>20))

// Upload keeps a file until something refers to it.
func (s *Service) Upload(ctx context.Context, name string, content []byte) (f StoredFile, err error) {
	a := actorOf(ctx)
	switch {
	case len(content) == 0:
		return f, errs.InvalidField("body.file", i18n.T("文件是空的", "The file is empty"))
	case len(content) > MaxFile:
		return f, tooLarge
	case !s.limits.Allow("upload "+a.OrgID+" "+a.ID, uploadsAMinute, time.Minute, s.now()):
		return f, errs.TooMany(i18n.T("上传太快了，请一分钟后再传", "Too many uploads; go on in a minute"), time.Minute)
	}
	kind := ""
	f = StoredFile{ID: ids.New("mfl"), Bytes: int64(len(content)), UploadedBy: a.ID, CreatedAt: clock.Time(s.micros())}
	f.Type, kind = s.Types.Sniff(content)
	f.Name = s.Types.Name(name, f.Type)
	switch kind {
	case "image":
		f.Kind = Picture
	case "video":
		f.Kind = Video
	default:
		f.Kind = File
	}
	return f, s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO content_file (org_id, id, name, kind, type, bytes, uploaded_by, created_at, used, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?)",
			a.OrgID, f.ID, f.Name, f.Kind, f.Type, f.Bytes, f.UploadedBy, clock.Micros(f.CreatedAt), content)
		return err
	})
}

func fileByID(ctx context.Context, tx *db.Tx, orgID, id string) (f StoredFile, err error) {
	var at int64
	err = tx.QueryRow(ctx, "SELECT id, name, kind, type, bytes, uploaded_by, created_at FROM content_file WHERE org_id = ? AND id = ?", orgID, id).
		Scan(&f.ID, &f.Name, &f.Kind, &f.Type, &f.Bytes, &f.UploadedBy, &at)
	if db.IsNoRows(err) {
		return f, noSuchFile
	}
	f.CreatedAt = clock.Time(at)
	return f, err
}

func fileContent(ctx context.Context, tx *db.Tx, orgID, id string) (f StoredFile, content []byte, err error) {
	if f, err = fileByID(ctx, tx, orgID, id); err != nil {
		return f, nil, err
	}
	err = tx.QueryRow(ctx, "SELECT content FROM content_file WHERE org_id = ? AND id = ?", orgID, id).Scan(&content)
	return f, content, err
}

// FileContent is a file of the library for its staff.
func (s *Service) FileContent(ctx context.Context, id string) (f StoredFile, content []byte, err error) {
	org := actorOf(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		f, content, err = fileContent(ctx, tx, org, id)
		return err
	})
	return f, content, err
}

// Clean forgets uploads that nothing has come to refer to. Call it once a day.
func (s *Service) Clean(ctx context.Context) error {
	return s.eachOrg(ctx, func(org string) error {
		return s.db.Write(ctx, org, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, "DELETE FROM content_file WHERE org_id = ? AND used = 0 AND created_at < ?", org, clock.Micros(s.now().Add(-keepUnused)))
			return err
		})
	})
}
