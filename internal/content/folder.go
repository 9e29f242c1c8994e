package content

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/platform/plaintext"
)

const (
	maxFolders     = 1000
	maxFolderDepth = 6
	maxFolderName  = 50
)

// Folder holds materials and other folders.
type Folder struct {
	ID        string    `json:"id"`
	ParentID  string    `json:"parent_id" doc:"Empty: at the top"`
	Name      string    `json:"name"`
	Materials int64     `json:"materials" doc:"Right in it"`
	CreatedAt time.Time `json:"created_at"`
}

// FolderInput makes or changes a folder.
type FolderInput struct {
	Name     string `json:"name" minLength:"1" maxLength:"100"`
	ParentID string `json:"parent_id,omitempty" maxLength:"64" doc:"Empty: at the top"`
}

var (
	folderTaken = errs.InvalidField("body.name", i18n.T("这里已有同名的文件夹", "There is a folder of this name here"))
	folderFull  = errs.Conflict(i18n.T("文件夹里还有内容，请先移走或删除", "There is something in the folder; move or delete that first"))
)

// Folders lists all folders of the org, by name.
func (s *Service) Folders(ctx context.Context) (out []Folder, err error) {
	org := actorOf(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		out, err = folders(ctx, tx, org)
		return err
	})
	return out, err
}

func folders(ctx context.Context, tx *db.Tx, orgID string) (out []Folder, err error) {
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var f Folder
		var at int64
		err := rows.Scan(&f.ID, &f.ParentID, &f.Name, &at, &f.Materials)
		f.CreatedAt = clock.Time(at)
		out = append(out, f)
		return err
	}, `SELECT id, parent_id, name, created_at, (SELECT count(*) FROM content_material m WHERE m.org_id = f.org_id AND m.folder_id = f.id AND m.deleted_at = 0)
		FROM content_folder f WHERE org_id = ?`, orgID)
	slices.SortFunc(out, func(a, b Folder) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	return out, err
}

// place demands that a folder may stand below a parent: there is one, not
// itself nor below itself, not too deep.
func place(all []Folder, id, parent string) error {
	by := map[string]Folder{}
	for _, f := range all {
		by[f.ID] = f
	}
	depth := 1
	for at := parent; at != ""; at, depth = by[at].ParentID, depth+1 {
		if _, ok := by[at]; !ok {
			return errs.InvalidField("body.parent_id", i18n.T("没有这个上级文件夹", "There is no such folder above"))
		}
		if at == id {
			return errs.InvalidField("body.parent_id", i18n.T("文件夹不能放进自己里面", "A folder cannot be put into itself"))
		}
	}
	if depth+below(all, id) > maxFolderDepth {
		return errs.InvalidField("body.parent_id", i18n.T("文件夹最多 %d 层", "Folders go %d deep at most", maxFolderDepth))
	}
	return nil
}

// below is how many levels there are under a folder.
func below(all []Folder, id string) (deepest int) {
	if id == "" {
		return 0
	}
	for _, f := range all {
		if f.ParentID == id {
			deepest = max(deepest, 1+below(all, f.ID))
		}
	}
	return deepest
}

func folderName(name string) (string, error) {
	name = plaintext.Line(name, 10*maxFolderName)
	if name == "" || len([]rune(name)) > maxFolderName {
		return "", errs.InvalidField("body.name", i18n.T("文件夹名需要 1–%d 个字", "A folder's name has 1–%d characters", maxFolderName))
	}
	return name, nil
}

// CreateFolder makes a folder.
func (s *Service) CreateFolder(ctx context.Context, in FolderInput) (out Folder, err error) {
	org := actorOf(ctx).OrgID
	if in.Name, err = folderName(in.Name); err != nil {
		return out, err
	}
	return out, s.db.Write(ctx, org, func(tx *db.Tx) error {
		all, err := folders(ctx, tx, org)
		if err == nil {
			err = place(all, "", in.ParentID)
		}
		if err != nil {
			return err
		}
		if len(all) >= maxFolders {
			return errs.Conflict(i18n.T("文件夹太多了（最多 %d 个）", "There are too many folders (%d at most)", maxFolders))
		}
		out = Folder{ID: ids.New("mfd"), ParentID: in.ParentID, Name: in.Name, CreatedAt: clock.Time(s.micros())}
		n, err := tx.Changed(ctx, "INSERT INTO content_folder (org_id, id, parent_id, name, created_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", org, out.ID, out.ParentID, out.Name, clock.Micros(out.CreatedAt))
		if err != nil {
			return err
		}
		if n == 0 {
			return folderTaken
		}
		return s.Auditor.Audit(ctx, tx, "material_folder.created", "material_folder", out.ID, map[string]any{"name": out.Name})
	})
}

// UpdateFolder renames or moves a folder.
func (s *Service) UpdateFolder(ctx context.Context, id string, in FolderInput) (out Folder, err error) {
	org := actorOf(ctx).OrgID
	if in.Name, err = folderName(in.Name); err != nil {
		return out, err
	}
	return out, s.db.Write(ctx, org, func(tx *db.Tx) error {
		all, err := folders(ctx, tx, org)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(f Folder) bool { return f.ID == id })
		if i < 0 {
			return noSuchFolder
		}
		if err := place(all, id, in.ParentID); err != nil {
			return err
		}
		if slices.ContainsFunc(all, func(f Folder) bool { return f.ID != id && f.ParentID == in.ParentID && f.Name == in.Name }) {
			return folderTaken
		}
		out = all[i]
		out.Name, out.ParentID = in.Name, in.ParentID
		if _, err := tx.Exec(ctx, "UPDATE content_folder SET name = ?, parent_id = ? WHERE org_id = ? AND id = ?", in.Name, in.ParentID, org, id); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "material_folder.updated", "material_folder", id, map[string]any{"name": in.Name})
	})
}

// DeleteFolder deletes an empty folder.
func (s *Service) DeleteFolder(ctx context.Context, id string) error {
	org := actorOf(ctx).OrgID
	return s.db.Write(ctx, org, func(tx *db.Tx) error {
		all, err := folders(ctx, tx, org)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(f Folder) bool { return f.ID == id })
		if i < 0 {
			return noSuchFolder
		}
		if all[i].Materials > 0 || below(all, id) > 0 {
			return folderFull
		}
		if _, err := tx.Exec(ctx, "DELETE FROM content_folder WHERE org_id = ? AND id = ?", org, id); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "material_folder.deleted", "material_folder", id, map[string]any{"name": all[i].Name})
	})
}
