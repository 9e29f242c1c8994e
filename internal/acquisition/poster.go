package acquisition

import (
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"io"
	"time"

	"fishpond/internal/acquisition/paper"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// Poster is a picture on which codes are put.
type Poster struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Kind      string    `json:"kind" enum:"png,jpeg"`
	Width     int64     `json:"width" doc:"In pixels"`
	Height    int64     `json:"height"`
	X         int64     `json:"x" doc:"The upper left corner of the code"`
	Y         int64     `json:"y"`
	Size      int64     `json:"size" doc:"A side of the code"`
	CreatedAt time.Time `json:"created_at"`
}

const maxPosters = 200

var (
	noSuchPoster = errs.NotFound(i18n.T("这张海报", "poster"))
	badPicture   = errs.InvalidField("body.file", i18n.T("应是 PNG 或 JPEG 图片，每边 %d–4096 像素", "must be a PNG or JPEG of %d to 4096 pixels a side", paper.MinSize))
)

// CreatePoster keeps a picture and where the code goes on it; size 0 puts it
// into the lower right corner, a quarter of the picture's width.
func (s *Service) CreatePoster(ctx context.Context, name string, picture []byte, x, y, size int64) (out Poster, err error) {
	org := orgOf(ctx)
	kind, w, h, err := paper.Picture(picture)
	if err != nil {
		return out, badPicture.Because(err)
	}
	if size == 0 {
		size = int64(max(min(w, h)/4, paper.MinSize))
		x, y = int64(w)-size-size/8, int64(h)-size-size/8
	}
	if size < paper.MinSize || size > paper.MaxSize || x < 0 || y < 0 || x+size > int64(w) || y+size > int64(h) {
		return out, errs.InvalidField("query.size", i18n.T("二维码要完整落在图片内，边长至少 %d 像素（图片为 %d×%d）", "the code must lie within the picture of %[2]d × %[3]d and be at least %[1]d pixels wide", paper.MinSize, w, h))
	}
	if name = line(name); name == "" {
		return out, required("query.name")
	}
	out = Poster{ID: ids.New("pst"), Name: name, Kind: kind, Width: int64(w), Height: int64(h), X: x, Y: y, Size: size, CreatedAt: s.now()}
	data := base64.StdEncoding.EncodeToString(picture)
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		var n int64
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM acquisition_poster WHERE org_id = ?", org).Scan(&n); err != nil {
			return err
		}
		if n >= maxPosters {
			return errs.Conflict(i18n.T("最多 %d 张海报，请先删除不用的", "There can be %d posters at most; delete some first", maxPosters))
		}
		if _, err := tx.Exec(ctx, "INSERT INTO acquisition_poster (org_id, id, name, picture, kind, width, height, x, y, size, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			org, out.ID, name, data, kind, out.Width, out.Height, x, y, size, clock.Micros(out.CreatedAt)); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "poster.created", "poster", out.ID, map[string]any{"name": name})
	})
	return out, err
}

// Posters lists posters, the newest first.
func (s *Service) Posters(ctx context.Context, after string, limit int) (out []Poster, more bool, total int64, err error) {
	org := orgOf(ctx)
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM acquisition_poster WHERE org_id = ?", org).Scan(&total); err != nil {
			return err
		}
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			var p Poster
			var at int64
			err := rows.Scan(&p.ID, &p.Name, &p.Kind, &p.Width, &p.Height, &p.X, &p.Y, &p.Size, &at)
			p.CreatedAt = clock.Time(at)
			out = append(out, p)
			return err
		}, "SELECT id, name, kind, width, height, x, y, size, created_at FROM acquisition_poster WHERE org_id = ? AND (id < ? OR ? = '') ORDER BY id DESC LIMIT ?", org, after, after, limit+1); err != nil {
			return err
		}
		if more = len(out) > limit; more {
			out = out[:limit]
		}
		return nil
	})
	return out, more, total, err
}

// DeletePoster forgets a picture.
func (s *Service) DeletePoster(ctx context.Context, id string) error {
	org := orgOf(ctx)
	return s.db.Write(ctx, org, func(tx *db.Tx) error {
		n, err := tx.Changed(ctx, "DELETE FROM acquisition_poster WHERE org_id = ? AND id = ?", org, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return noSuchPoster
		}
		return s.Auditor.Audit(ctx, tx, "poster.deleted", "poster", id, nil)
	})
}

// picture reads a poster with its picture.
func (s *Service) picture(ctx context.Context, id string) (p Poster, data []byte, err error) {
	org := orgOf(ctx)
	var text string
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		err := tx.QueryRow(ctx, "SELECT kind, x, y, size, picture FROM acquisition_poster WHERE org_id = ? AND id = ?", org, id).Scan(&p.Kind, &p.X, &p.Y, &p.Size, &text)
		if db.IsNoRows(err) {
			return noSuchPoster
		}
		return err
	})
	if err == nil {
		data, err = base64.StdEncoding.DecodeString(text)
	}
	return p, data, err
}

// targetOf is what the QR of a code, link or form holds.
func (s *Service) targetOf(ctx context.Context, kind, id string) (target string, err error) {
	org := orgOf(ctx)
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		switch kind {
		case "codes":
			c, err := codeByID(ctx, tx, org, id)
			if err != nil {
				return err
			}
			target = "/q/" + c.slug
		case "links":
			l, err := linkBy(ctx, tx, org, "id", id)
			if err != nil {
				return err
			}
			target = "/l/" + l.slug
		default:
			f, err := formBy(ctx, tx, org, "id", id)
			if err != nil {
				return err
			}
			target = "/f/" + f.slug
		}
		return nil
	})
	return s.config.BaseURL + target, err
}

// PosterOf puts the QR of a code, link or form on a poster.
func (s *Service) PosterOf(ctx context.Context, kind, id, posterID string) ([]byte, error) {
	target, err := s.targetOf(ctx, kind, id)
	if err != nil {
		return nil, err
	}
	p, data, err := s.picture(ctx, posterID)
	if err != nil {
		return nil, err
	}
	return paper.Poster(data, target, int(p.X), int(p.Y), int(p.Size))
}

// Sheet writes cards from … to (serial numbers, both included) as PDF.
func (s *Service) Sheet(ctx context.Context, batchID, posterID string, from, to int64) (func(io.Writer) error, error) {
	if to == 0 {
		to = from + paper.MaxSheet - 1
	}
	if from < 1 || to < from || to-from >= paper.MaxSheet {
		return nil, errs.InvalidField("query.from", i18n.T("每个文件最多 %d 张卡片，请分段下载", "a document has at most %d cards; download the batch in parts", paper.MaxSheet))
	}
	all, _, err := s.Cards(ctx, batchID, from-1, int(to-from+1))
	if err != nil {
		return nil, err
	}
	var cards []paper.Card
	for _, c := range all {
		if c.Serial <= to && !c.Voided {
			cards = append(cards, paper.Card{URL: c.URL, Label: fmt.Sprintf("No. %06d", c.Serial)})
		}
	}
	if len(cards) == 0 {
		return nil, errs.InvalidField("query.from", i18n.T("这一段没有卡片", "there are no cards in this part"))
	}
	var back []byte
	var p Poster
	if posterID != "" {
		if p, back, err = s.picture(ctx, posterID); err != nil {
			return nil, err
		}
	}
	return func(w io.Writer) error { return paper.Sheets(w, cards, back, p.Kind) }, nil
}
