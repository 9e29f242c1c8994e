package content

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// MaterialBrief is a material in a list.
type MaterialBrief struct {
	ID        string     `json:"id"`
	FolderID  string     `json:"folder_id"`
	Kind      string     `json:"kind" enum:"text,picture,video,file,link,mini_program,article"`
	Title     string     `json:"title"`
	Version   int64      `json:"version" doc:"The newest"`
	Revision  int64      `json:"revision" doc:"Grows with every change"`
	ExpiresAt *time.Time `json:"expires_at"`
	Expired   bool       `json:"expired"`
	Preview   string     `json:"preview" doc:"Its first words"`
	CoverID   string     `json:"cover_id" doc:"A picture of it, if there is one"`
	FileType  string     `json:"file_type,omitempty"`
	FileBytes int64      `json:"file_bytes,omitempty"`
	Used      int64      `json:"used" doc:"Times that it was taken to be sent"`
	Opens     int64      `json:"opens" doc:"Visits, those in briefcases too"`
	Visitors  int64      `json:"visitors"`
	CreatedAt time.Time  `json:"created_at"`
	UpdatedAt time.Time  `json:"updated_at"`
	DeletedAt *time.Time `json:"deleted_at"`
}

// Material is a material with what it says.
type Material struct {
	MaterialBrief
	Body      Body        `json:"body"`
	File      *StoredFile `json:"file"`
	CreatedBy string      `json:"created_by"`
}

// MaterialInput makes a material.
type MaterialInput struct {
	Kind      string     `json:"kind" enum:"text,picture,video,file,link,mini_program,article"`
	Title     string     `json:"title" maxLength:"400"`
	FolderID  string     `json:"folder_id,omitempty" maxLength:"64"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
	Body      Body       `json:"body"`
}

// MaterialPatch changes a material. What is left out stays. Another title or
// body makes a new version.
type MaterialPatch struct {
	Revision  int64      `json:"revision" minimum:"1" doc:"That was changed"`
	Title     *string    `json:"title,omitempty" maxLength:"400"`
	FolderID  *string    `json:"folder_id,omitempty" maxLength:"64" doc:"Empty: to the top"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
	NoExpiry  bool       `json:"no_expiry,omitempty" doc:"Takes the expiry away"`
	Body      *Body      `json:"body,omitempty"`
}

// MaterialVersion is what a material said once.
type MaterialVersion struct {
	Version   int64     `json:"version"`
	Title     string    `json:"title"`
	Body      Body      `json:"body"`
	CreatedBy string    `json:"created_by"`
	CreatedAt time.Time `json:"created_at"`
}

// material is a row of content_material.
type material struct {
	org, id, folder, kind, title, keys string
	version, revision, expires, used   int64
	createdBy                          string
	created, updated, deleted          int64
}

const materialColumns = "org_id, id, folder_id, kind, title, keys, version, revision, expires_at, used, created_by, created_at, updated_at, deleted_at"

func (m *material) scan(row interface{ Scan(...any) error }) error {
	return row.Scan(&m.org, &m.id, &m.folder, &m.kind, &m.title, &m.keys, &m.version, &m.revision, &m.expires, &m.used, &m.createdBy, &m.created, &m.updated, &m.deleted)
}

func (m *material) expiredAt(now int64) bool { return m.expires != 0 && m.expires <= now }

// materialByID finds a material of an org, deleted ones too.
func materialByID(ctx context.Context, tx *db.Tx, orgID, id string) (*material, error) {
	m := &material{}
	err := m.scan(tx.QueryRow(ctx, "SELECT "+materialColumns+" FROM content_material WHERE org_id = ? AND id = ?", orgID, id))
	if db.IsNoRows(err) {
		return nil, noSuchMaterial
	}
	return m, err
}

// there is materialByID for one that is not deleted.
func there(ctx context.Context, tx *db.Tx, orgID, id string) (*material, error) {
	m, err := materialByID(ctx, tx, orgID, id)
	if err == nil && m.deleted != 0 {
		return nil, noSuchMaterial
	}
	return m, err
}

func (m *material) insert(ctx context.Context, tx *db.Tx) error {
	_, err := tx.Exec(ctx, "INSERT INTO content_material ("+materialColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		m.org, m.id, m.folder, m.kind, m.title, m.keys, m.version, m.revision, m.expires, m.used, m.createdBy, m.created, m.updated, m.deleted)
	return err
}

// save writes a material that was read at a revision.
func (m *material) save(ctx context.Context, tx *db.Tx, revision int64) error {
	n, err := tx.Changed(ctx, "UPDATE content_material SET folder_id = ?, title = ?, keys = ?, version = ?, revision = ?, expires_at = ?, updated_at = ?, deleted_at = ? WHERE org_id = ? AND id = ? AND revision = ?",
		m.folder, m.title, m.keys, m.version, m.revision, m.expires, m.updated, m.deleted, m.org, m.id, revision)
	if err == nil && n == 0 {
		return movedOn
	}
	return err
}

func (m *material) addVersion(ctx context.Context, tx *db.Tx, body Body, by string) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "INSERT INTO content_version (org_id, material_id, version, title, body, created_by, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)", m.org, m.id, m.version, m.title, string(text), by, m.updated)
	return err
}

func versionOf(ctx context.Context, tx *db.Tx, orgID, id string, version int64) (v MaterialVersion, err error) {
	var text string
	var at int64
	err = tx.QueryRow(ctx, "SELECT version, title, body, created_by, created_at FROM content_version WHERE org_id = ? AND material_id = ? AND version = ?", orgID, id, version).
		Scan(&v.Version, &v.Title, &text, &v.CreatedBy, &at)
	if db.IsNoRows(err) {
		return v, errs.NotFound(i18n.T("这个版本", "version"))
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &v.Body)
	}
	v.CreatedAt = clock.Time(at)
	return v, err
}

// folderThere demands a folder that there is, or none.
func folderThere(ctx context.Context, tx *db.Tx, orgID, id string) error {
	if id == "" {
		return nil
	}
	var n int
	if err := tx.QueryRow(ctx, "SELECT count(*) FROM content_folder WHERE org_id = ? AND id = ?", orgID, id).Scan(&n); err != nil {
		return err
	}
	if n == 0 {
		return errs.InvalidField("body.folder_id", i18n.T("没有这个文件夹", "There is no such folder"))
	}
	return nil
}

// CreateMaterial makes a material with its first version.
func (s *Service) CreateMaterial(ctx context.Context, in MaterialInput) (out Material, err error) {
	a := actorOf(ctx)
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		m, err := s.newMaterial(ctx, tx, a.OrgID, a.ID, in)
		if err != nil {
			return err
		}
		out, err = s.showMaterial(ctx, tx, m)
		return err
	})
	return out, err
}

func (s *Service) newMaterial(ctx context.Context, tx *db.Tx, orgID, by string, in MaterialInput) (*material, error) {
	now := s.micros()
	title, err := titleOf("body.title", in.Title)
	if err != nil {
		return nil, err
	}
	if err := folderThere(ctx, tx, orgID, in.FolderID); err != nil {
		return nil, err
	}
	if err := in.Body.check(ctx, tx, orgID, in.Kind); err != nil {
		return nil, err
	}
	m := &material{org: orgID, id: ids.New("mat"), folder: in.FolderID, kind: in.Kind, title: title, keys: keysOf(title, in.Body.more()), version: 1, revision: 1, createdBy: by, created: now, updated: now}
	if in.ExpiresAt != nil {
		m.expires = clock.Micros(*in.ExpiresAt)
	}
	if err := m.insert(ctx, tx); err != nil {
		return nil, err
	}
	if err := m.addVersion(ctx, tx, in.Body, by); err != nil {
		return nil, err
	}
	return m, s.Auditor.Audit(ctx, tx, "material.created", "material", m.id, map[string]any{"title": m.title, "kind": m.kind})
}

// BatchInput makes a material of each of some files.
type BatchInput struct {
	FileIDs  []string `json:"file_ids" minItems:"1" maxItems:"50" nullable:"false"`
	FolderID string   `json:"folder_id,omitempty" maxLength:"64"`
}

// CreateBatch makes a material of each file, of the kind that its content is,
// titled as the file is called. All or none.
func (s *Service) CreateBatch(ctx context.Context, in BatchInput) (out []Material, err error) {
	a := actorOf(ctx)
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		out = nil
		for _, id := range in.FileIDs {
			f, err := fileByID(ctx, tx, a.OrgID, id)
			if errs.Is(err, errs.CodeNotFound) {
				return errs.InvalidField("body.file_ids", i18n.T("没有这个文件，请重新上传", "There is no such file; upload it again"))
			}
			if err != nil {
				return err
			}
			title := f.Name
			if i := strings.LastIndexByte(title, '.'); i > 0 {
				title = title[:i]
			}
			m, err := s.newMaterial(ctx, tx, a.OrgID, a.ID, MaterialInput{Kind: f.Kind, Title: title, FolderID: in.FolderID, Body: Body{FileID: f.ID}})
			if err != nil {
				return err
			}
			shown, err := s.showMaterial(ctx, tx, m)
			if err != nil {
				return err
			}
			out = append(out, shown)
		}
		return nil
	})
	return out, err
}

// Material returns a material, deleted ones too.
func (s *Service) Material(ctx context.Context, id string) (out Material, err error) {
	org := actorOf(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		m, err := materialByID(ctx, tx, org, id)
		if err == nil {
			out, err = s.showMaterial(ctx, tx, m)
		}
		return err
	})
	return out, err
}

// UpdateMaterial changes a material.
func (s *Service) UpdateMaterial(ctx context.Context, id string, in MaterialPatch) (out Material, err error) {
	a := actorOf(ctx)
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		m, err := there(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		if m.revision != in.Revision {
			return movedOn
		}
		last, err := versionOf(ctx, tx, a.OrgID, id, m.version)
		if err != nil {
			return err
		}
		body, said := last.Body, false
		if in.Title != nil {
			if m.title, err = titleOf("body.title", *in.Title); err != nil {
				return err
			}
			said = m.title != last.Title
		}
		if in.Body != nil {
			body = *in.Body
			if err := body.check(ctx, tx, a.OrgID, m.kind); err != nil {
				return err
			}
			said = said || body != last.Body
		}
		if in.FolderID != nil && *in.FolderID != m.folder {
			if err := folderThere(ctx, tx, a.OrgID, *in.FolderID); err != nil {
				return err
			}
			m.folder = *in.FolderID
		}
		switch {
		case in.NoExpiry:
			m.expires = 0
		case in.ExpiresAt != nil:
			m.expires = clock.Micros(*in.ExpiresAt)
		}
		m.revision, m.updated, m.keys = m.revision+1, s.micros(), keysOf(m.title, body.more())
		if said {
			m.version++
			if err := m.addVersion(ctx, tx, body, a.ID); err != nil {
				return err
			}
		}
		if err := m.save(ctx, tx, in.Revision); err != nil {
			return err
		}
		if err := s.Auditor.Audit(ctx, tx, "material.updated", "material", id, map[string]any{"title": m.title, "version": m.version}); err != nil {
			return err
		}
		out, err = s.showMaterial(ctx, tx, m)
		return err
	})
	return out, err
}

// DeleteMaterial takes a material away; its links then say so. Deleted again,
// nothing changes.
func (s *Service) DeleteMaterial(ctx context.Context, id string) error {
	_, err := s.setDeleted(ctx, id, true)
	return err
}

// RestoreMaterial takes the deletion back. When its folder is gone by then it
// is at the top.
func (s *Service) RestoreMaterial(ctx context.Context, id string) (Material, error) {
	return s.setDeleted(ctx, id, false)
}

func (s *Service) setDeleted(ctx context.Context, id string, deleted bool) (out Material, err error) {
	org := actorOf(ctx).OrgID
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		m, err := materialByID(ctx, tx, org, id)
		if err != nil {
			return err
		}
		if (m.deleted != 0) != deleted {
			was, action := m.revision, "material.deleted"
			m.revision, m.updated, m.deleted = m.revision+1, s.micros(), s.micros()
			if !deleted {
				m.deleted, action = 0, "material.restored"
				if err := folderThere(ctx, tx, org, m.folder); errs.Is(err, errs.CodeInvalid) {
					m.folder = ""
				} else if err != nil {
					return err
				}
			}
			if err := m.save(ctx, tx, was); err != nil {
				return err
			}
			if err := s.Auditor.Audit(ctx, tx, action, "material", id, map[string]any{"title": m.title}); err != nil {
				return err
			}
		}
		out, err = s.showMaterial(ctx, tx, m)
		return err
	})
	return out, err
}

// Versions lists what a material has said, the newest first.
func (s *Service) Versions(ctx context.Context, id string) (out []MaterialVersion, err error) {
	org := actorOf(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		m, err := materialByID(ctx, tx, org, id)
		if err != nil {
			return err
		}
		for n := m.version; n > 0 && len(out) < 100; n-- {
			v, err := versionOf(ctx, tx, org, id, n)
			if err != nil {
				return err
			}
			out = append(out, v)
		}
		return nil
	})
	return out, err
}
