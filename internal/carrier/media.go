package carrier

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/carrier/media"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// MaxMedia is how many bytes a file may have.
const MaxMedia = media.Most

const (
	mediaPrefix    = "med_"
	uploadsAMinute = 60                 // of one staff member
	keepUnused     = 7 * 24 * time.Hour // uploads that were never sent
)

// Media is a file, without its content.
type Media struct {
	ID         string    `json:"id"`
	Name       string    `json:"name" doc:"Cleaned: no path, no control characters"`
	Kind       string    `json:"kind" enum:"image,voice,video,file"`
	Type       string    `json:"type" doc:"Media type, decided from the content"`
	Bytes      int64     `json:"bytes"`
	Inline     bool      `json:"inline" doc:"A browser may show it: a raster picture, a sound, a film"`
	UploadedBy string    `json:"uploaded_by" doc:"Staff; empty: it came with a message"`
	CreatedAt  time.Time `json:"created_at"`
}

func errNoMedia() error { return errs.NotFound(i18n.T("这个文件", "file")) }

// newMedia decides what content is.
func newMedia(id, name, by string, content []byte, at int64) Media {
	m := Media{ID: id, Bytes: int64(len(content)), UploadedBy: by, CreatedAt: clock.Time(at)}
	m.Type, m.Kind = media.Sniff(content)
	m.Name, m.Inline = media.Name(name, m.Type), media.Shown(m.Type)
	return m
}

// SaveMedia keeps a file that the actor in ctx uploads, to be sent.
func (s *Service) SaveMedia(ctx context.Context, name string, content []byte) (Media, error) {
	a := actor(ctx)
	switch {
	case len(content) == 0:
		return Media{}, errs.InvalidField("body.file", i18n.T("文件是空的", "The file is empty"))
	case len(content) > MaxMedia:
		return Media{}, errs.TooLarge(i18n.T("文件最大 %d MB", "A file may have %d MB at most", MaxMedia>>20))
	}
	if err := s.limit("media "+a.OrgID+" "+a.ID, uploadsAMinute, time.Minute); err != nil {
		return Media{}, err
	}
	m := newMedia(ids.New("med"), name, a.ID, content, s.micros())
	return m, s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error { return insertMedia(ctx, tx, a.OrgID, m, content) })
}

// insertMedia keeps a file, unless it is there.
func insertMedia(ctx context.Context, tx *db.Tx, orgID string, m Media, content []byte) error {
	_, err := tx.Exec(ctx, "INSERT INTO carrier_media (org_id, id, name, kind, type, bytes, uploaded_by, created_at, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (org_id, id) DO NOTHING",
		orgID, m.ID, m.Name, m.Kind, m.Type, m.Bytes, m.UploadedBy, clock.Micros(m.CreatedAt), content)
	return err
}

// useMedia notes that a file stands in a conversation.
func useMedia(ctx context.Context, tx *db.Tx, a *account, external, person string, mediaIDs ...string) error {
	for _, id := range mediaIDs {
		if _, err := tx.Exec(ctx, "INSERT INTO carrier_media_use (org_id, media_id, account_id, external_id, person_id) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", a.org, id, a.id, external, person); err != nil {
			return err
		}
	}
	return nil
}

// Media returns a file and its content. Who sees only their own customers sees
// what they uploaded themselves and what stands in conversations that they may
// see; of everything else nobody tells that it exists.
func (s *Service) Media(ctx context.Context, id string) (m Media, content []byte, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		if m, err = mediaByID(ctx, tx, a.OrgID, id); err != nil {
			return err
		}
		if a.OwnOnly && m.UploadedBy != a.ID {
			if ok, err := s.maySeeMedia(ctx, tx, a.OrgID, id); err != nil || !ok {
				return errNoMediaOr(err)
			}
		}
		content, err = mediaContent(ctx, tx, a.OrgID, id)
		return err
	})
	return m, content, err
}

func errNoMediaOr(err error) error {
	if err != nil {
		return err
	}
	return errNoMedia()
}

func mediaByID(ctx context.Context, tx *db.Tx, orgID, id string) (m Media, err error) {
	var at int64
	err = tx.QueryRow(ctx, "SELECT id, name, kind, type, bytes, uploaded_by, created_at FROM carrier_media WHERE org_id = ? AND id = ?", orgID, id).
		Scan(&m.ID, &m.Name, &m.Kind, &m.Type, &m.Bytes, &m.UploadedBy, &at)
	if db.IsNoRows(err) {
		return m, errNoMedia()
	}
	m.Inline, m.CreatedAt = media.Shown(m.Type), clock.Time(at)
	return m, err
}

func mediaContent(ctx context.Context, tx *db.Tx, orgID, id string) (content []byte, err error) {
	err = tx.QueryRow(ctx, "SELECT content FROM carrier_media WHERE org_id = ? AND id = ?", orgID, id).Scan(&content)
	if db.IsNoRows(err) {
		err = errNoMedia()
	}
	return content, err
}

// maySeeMedia reports whether a file stands in a conversation that the actor
// may see: with a customer of theirs, or as the inbox says.
func (s *Service) maySeeMedia(ctx context.Context, tx *db.Tx, orgID, id string) (bool, error) {
	type use struct{ account, external, person string }
	var uses []use
	rows, err := tx.Query(ctx, "SELECT account_id, external_id, person_id FROM carrier_media_use WHERE org_id = ? AND media_id = ? AND account_id <> '' LIMIT 200", orgID, id)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	for rows.Next() {
		var u use
		if err := rows.Scan(&u.account, &u.external, &u.person); err != nil {
			return false, err
		}
		uses = append(uses, u)
	}
	if err := rows.Err(); err != nil {
		return false, err
	}
	for _, u := range uses {
		if u.person != "" {
			ok, err := s.ports.People.Visible(ctx, tx, orgID, u.person)
			if err != nil && !errs.Is(err, errs.CodeNotFound) || ok {
				return ok, err
			}
		}
		if s.ports.Talks != nil {
			if ok, err := s.ports.Talks.MaySee(ctx, tx, orgID, u.account, u.external); err != nil || ok {
				return ok, err
			}
		}
	}
	return false, nil
}

// attachedID is the id of what came with a message: the same for the same, so
// that a message that is worked off twice has it once.
func attachedID(accountID, messageID string, n int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d", accountID, messageID, n))
	return mediaPrefix + hex.EncodeToString(sum[:16])
}

// attach keeps what came with a message and fills the attachment in. Content
// that is too large is left out, and the attachment says so.
func attach(ctx context.Context, tx *db.Tx, a *account, id string, content []byte, at int64, x *carrierevent.Attachment) error {
	if len(content) == 0 || len(content) > MaxMedia {
		if x.Missing == "" && len(content) > 0 {
			x.Missing = "too_large"
		}
		return nil
	}
	m := newMedia(id, x.Name, "", content, at)
	x.MediaID, x.Kind, x.Name, x.Type, x.Bytes = m.ID, m.Kind, m.Name, m.Type, m.Bytes
	return insertMedia(ctx, tx, a.org, m, content)
}

// CleanMedia forgets uploads that were never sent. Call it once an hour.
func (s *Service) CleanMedia(ctx context.Context) error {
	orgs, err := s.ports.Orgs.OrgIDs(ctx)
	if err != nil {
		return err
	}
	for _, org := range orgs {
		if err := s.db.Write(ctx, org, func(tx *db.Tx) error {
			if _, err := tx.Exec(ctx, "DELETE FROM carrier_media_upload WHERE org_id = ? AND expires_at < ?", org, s.micros()); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `DELETE FROM carrier_media WHERE org_id = ? AND uploaded_by <> '' AND created_at < ?
				AND NOT EXISTS (SELECT 1 FROM carrier_media_use u WHERE u.org_id = carrier_media.org_id AND u.media_id = carrier_media.id)`, org, clock.Micros(s.now().Add(-keepUnused)))
			return err
		}); err != nil {
			return fmt.Errorf("carrier: files of %s: %w", org, err)
		}
	}
	return nil
}

// ours reports whether a part's media id is one of ours, and not a platform's.
func ours(mediaID string) bool { return strings.HasPrefix(mediaID, mediaPrefix) }

// mediaOf returns our files among the parts by id, without content. One that
// there is not, or of a kind that the part is not, is the part's fault.
func mediaOf(ctx context.Context, tx *db.Tx, orgID string, parts []Part) (map[string]Media, error) {
	out := map[string]Media{}
	for i, p := range parts {
		if !ours(p.MediaID) {
			continue
		}
		at := fmt.Sprintf("parts[%d].media_id", i)
		m, err := mediaByID(ctx, tx, orgID, p.MediaID)
		if errs.Is(err, errs.CodeNotFound) {
			return nil, errs.InvalidField(at, i18n.T("没有这个文件，请重新上传", "There is no such file; upload it again"))
		}
		if err != nil {
			return nil, err
		}
		wants := p.Kind
		if p.Kind == PartMiniProgram { // its cover
			wants = PartImage
		}
		if slices.Contains([]string{PartImage, PartVoice, PartVideo}, wants) && m.Kind != wants {
			return nil, errs.InvalidField(at, i18n.T("文件的内容不是这种类型，请作为文件发送", "The content of the file is not of this kind; send it as a file"))
		}
		out[p.MediaID] = m
	}
	return out, nil
}
