package carrier

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fishpond/internal/carrier/email"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

const (
	temporary       = 3 * 24 * time.Hour // how long platforms keep what is uploaded
	temporaryMargin = 30 * time.Minute
	maxMailFiles    = 20 << 20 // of one mail, together
)

// sizes are what platforms take, in bytes, by the kind of file.
var sizes = map[string]map[string]int64{
	KindKf:       {PartImage: 10 << 20, PartVoice: 2 << 20, PartVideo: 10 << 20, PartFile: 20 << 20},
	KindOfficial: {PartImage: 10 << 20, PartVoice: 2 << 20},
}

// types are what platforms take of a kind of file.
var types = map[string]map[string][]string{
	KindKf:       {PartImage: {"image/png", "image/jpeg"}, PartVoice: {"audio/amr"}, PartVideo: {"video/mp4"}},
	KindOfficial: {PartImage: {"image/png", "image/jpeg", "image/gif", "image/bmp"}, PartVoice: {"audio/amr", "audio/mpeg"}},
}

// fitFiles tells whether an account can send the files of a message.
func (m *sending) fitFiles(kind string, files map[string]Media) error {
	total := int64(0)
	for i, p := range m.Parts {
		f, ok := files[p.MediaID]
		if !ok {
			continue
		}
		at := fmt.Sprintf("parts[%d].media_id", i)
		total += f.Bytes
		if most := sizes[kind][p.Kind]; most > 0 && f.Bytes > most {
			return errs.InvalidField(at, i18n.T("平台最多接受 %d MB", "The platform takes %d MB at most", most>>20))
		}
		if list := types[kind][p.Kind]; list != nil && !slices.Contains(list, f.Type) {
			return errs.InvalidField(at, i18n.T("平台不接受 %s，请作为文件发送或换一种格式", "The platform does not take %s; send it as a file or in another format", f.Type))
		}
	}
	if kind == KindEmail && total > maxMailFiles {
		return errs.InvalidField("parts", i18n.T("一封邮件的附件最多 %d MB", "The files of a mail may have %d MB together", maxMailFiles>>20))
	}
	return nil
}

// uploader puts a temporary material on a platform.
type uploader func(ctx context.Context, kind, name, contentType string, content []byte) (string, error)

// platformMedia returns the platform's id of a part's file: what was uploaded
// before while it lives there, or else it is uploaded now.
func (s *Service) platformMedia(ctx context.Context, a *account, p Part, upload uploader) (string, error) {
	if !ours(p.MediaID) {
		return p.MediaID, nil
	}
	var id string
	var m Media
	var content []byte
	err := s.db.Read(ctx, a.org, func(tx *db.Tx) error {
		err := tx.QueryRow(ctx, "SELECT platform_id FROM carrier_media_upload WHERE org_id = ? AND media_id = ? AND account_id = ? AND expires_at > ?", a.org, p.MediaID, a.id, clock.Micros(s.now().Add(temporaryMargin))).Scan(&id)
		if !db.IsNoRows(err) {
			return err
		}
		if m, err = mediaByID(ctx, tx, a.org, p.MediaID); err != nil {
			return err
		}
		content, err = mediaContent(ctx, tx, a.org, p.MediaID)
		return err
	})
	if err != nil || id != "" {
		return id, err
	}
	kind := p.Kind
	if kind == PartMiniProgram { // its cover
		kind = PartImage
	}
	if id, err = upload(ctx, kind, m.Name, m.Type, content); err != nil {
		return "", err
	}
	return id, s.db.Write(ctx, a.org, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO carrier_media_upload (org_id, media_id, account_id, platform_id, expires_at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (org_id, media_id, account_id) DO UPDATE SET platform_id = excluded.platform_id, expires_at = excluded.expires_at`, a.org, p.MediaID, a.id, id, clock.Micros(s.now().Add(temporary)))
		return err
	})
}

// mailFiles reads the files of a mail.
func (s *Service) mailFiles(ctx context.Context, a *account, parts []Part) (out []*email.Attachment, err error) {
	err = s.db.Read(ctx, a.org, func(tx *db.Tx) error {
		out = nil
		for _, p := range parts {
			if !ours(p.MediaID) {
				continue
			}
			m, err := mediaByID(ctx, tx, a.org, p.MediaID)
			if err != nil {
				return err
			}
			content, err := mediaContent(ctx, tx, a.org, p.MediaID)
			if err != nil {
				return err
			}
			f, err := email.NewAttachment(m.Name, m.Type, content)
			if err != nil {
				return err
			}
			out = append(out, f)
		}
		return nil
	})
	return out, err
}
