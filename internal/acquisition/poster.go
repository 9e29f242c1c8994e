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
	Caption   bool      `json:"caption" doc:"The brand and whom the code adds stand below it, or above it where there is no room below"`
	CreatedAt time.Time `json:"created_at"`
}

const maxPosters = 200

var (
	noSuchPoster = errs.NotFound(i18n.T("这张海报", "poster"))
	badPicture   = errs.InvalidField("body.file", i18n.T("应是 PNG 或 JPEG 图片，每边 %d–4096 像素", "must be a PNG or JPEG of %d to 4096 pixels a side", paper.MinSize))
)

// CreatePoster keeps a picture and where the code goes on it, with a caption or
// without; size 0 puts it into the lower right corner, a quarter of the
// picture's width.
func (s *Service) CreatePoster(ctx context.Context, name string, picture []byte, x, y, size int64, caption bool) (out Poster, err error) {
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
	if _, ok := (paper.Place{X: int(x), Y: int(y), Size: int(size)}).Caption(w, h); caption && !ok {
		return out, errs.InvalidField("query.caption", i18n.T("二维码下方和上方都没有放文字的位置，请移动或缩小二维码", "there is no room for words below or above the code; move it or make it smaller"))
	}
	if name = line(name); name == "" {
		return out, required("query.name")
	}
	out = Poster{ID: ids.New("pst"), Name: name, Kind: kind, Width: int64(w), Height: int64(h), X: x, Y: y, Size: size, Caption: caption, CreatedAt: s.now()}
	data := base64.StdEncoding.EncodeToString(picture)
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		var n int64
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM acquisition_poster WHERE org_id = ?", org).Scan(&n); err != nil {
			return err
		}
		if n >= maxPosters {
			return errs.Conflict(i18n.T("最多 %d 张海报，请先删除不用的", "There can be %d posters at most; delete some first", maxPosters))
		}
		if _, err := tx.Exec(ctx, "INSERT INTO acquisition_poster (org_id, id, name, picture, kind, width, height, x, y, size, caption, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			org, out.ID, name, data, kind, out.Width, out.Height, x, y, size, db.Bit(caption), clock.Micros(out.CreatedAt)); err != nil {
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
			var at, caption int64
			err := rows.Scan(&p.ID, &p.Name, &p.Kind, &p.Width, &p.Height, &p.X, &p.Y, &p.Size, &caption, &at)
			p.CreatedAt, p.Caption = clock.Time(at), caption == 1
			out = append(out, p)
			return err
		}, "SELECT id, name, kind, width, height, x, y, size, caption, created_at FROM acquisition_poster WHERE org_id = ? AND (id < ? OR ? = '') ORDER BY id DESC LIMIT ?", org, after, after, limit+1); err != nil {
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
	var caption int64
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		err := tx.QueryRow(ctx, "SELECT kind, x, y, size, caption, picture FROM acquisition_poster WHERE org_id = ? AND id = ?", org, id).Scan(&p.Kind, &p.X, &p.Y, &p.Size, &caption, &text)
		p.Caption = caption == 1
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

// pointer is what a QR holds, and the words that stand beside it.
type pointer struct {
	target string
	brand  string
	hint   string // whom it adds, or what it opens
}

// pointerOf is the pointer of a code, link or form.
func (s *Service) pointerOf(ctx context.Context, kind, id string) (p pointer, err error) {
	org := orgOf(ctx)
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		set, err := s.Orgs.Settings(ctx, tx, org)
		if err != nil {
			return err
		}
		p.brand = set.Name
		var hint i18n.Text
		switch kind {
		case "codes":
			c, err := codeByID(ctx, tx, org, id)
			if err != nil {
				return err
			}
			p.target = "/q/" + c.slug
			if hint, err = s.hintOf(ctx, tx, org, c); err != nil {
				return err
			}
		case "links":
			l, err := linkBy(ctx, tx, org, "id", id)
			if err != nil {
				return err
			}
			p.target, hint = "/l/"+l.slug, i18n.T("扫码打开", "Scan to open")
		default:
			f, err := formBy(ctx, tx, org, "id", id)
			if err != nil {
				return err
			}
			p.target, hint = "/f/"+f.slug, i18n.T("扫码填写", "Scan to fill in")
		}
		p.hint = hint.In(i18n.Lang(set.Locale))
		return nil
	})
	p.target = s.config.BaseURL + p.target
	return p, err
}

// hintOf says whom a live code adds.
func (s *Service) hintOf(ctx context.Context, tx *db.Tx, orgID string, c *code) (i18n.Text, error) {
	switch c.kind {
	case CodeGroup:
		return i18n.T("扫码加入群聊", "Scan to join the group"), nil
	case CodeService:
		return i18n.T("扫码咨询客服", "Scan to chat with us"), nil
	}
	if len(c.spec.Members) == 1 {
		members, err := s.Staff.Members(ctx, tx, orgID)
		return i18n.T("扫码添加 %s", "Scan to add %s", short(members[c.spec.Members[0].StaffID].Name, 30)), err
	}
	return i18n.T("扫码添加好友", "Scan to add us"), nil
}

// PosterOf puts the QR of a code, link or form on a poster.
func (s *Service) PosterOf(ctx context.Context, kind, id, posterID string) ([]byte, error) {
	at, err := s.pointerOf(ctx, kind, id)
	if err != nil {
		return nil, err
	}
	p, data, err := s.picture(ctx, posterID)
	if err != nil {
		return nil, err
	}
	var words []string
	if p.Caption {
		words = []string{at.hint, at.brand}
	}
	return paper.Poster(data, at.target, paper.Place{X: int(p.X), Y: int(p.Y), Size: int(p.Size)}, words...)
}

// SheetInput says what of a batch is printed, and how.
type SheetInput struct {
	From     int64  // the first serial number
	To       int64  // the last; 0: as many as a document has
	PosterID string // a picture behind each card, instead of the batch's texts
	Stand    bool   // one to a page, for a till
}

// Sheet writes cards as PDF.
func (s *Service) Sheet(ctx context.Context, batchID string, in SheetInput) (func(io.Writer) error, error) {
	if in.To == 0 {
		in.To = in.From + paper.MaxSheet - 1
	}
	if in.From < 1 || in.To < in.From || in.To-in.From >= paper.MaxSheet {
		return nil, errs.InvalidField("query.from", i18n.T("每个文件最多 %d 张卡片，请分段下载", "a document has at most %d cards; download the batch in parts", paper.MaxSheet))
	}
	out, err := s.wordsOf(ctx, batchID)
	if err != nil {
		return nil, err
	}
	all, _, err := s.Cards(ctx, batchID, in.From-1, int(in.To-in.From+1))
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		if c.Serial <= in.To && !c.Voided {
			out.Cards = append(out.Cards, paper.Card{URL: c.URL, Label: fmt.Sprintf("No. %06d", c.Serial)})
		}
	}
	if len(out.Cards) == 0 {
		return nil, errs.InvalidField("query.from", i18n.T("这一段没有卡片", "there are no cards in this part"))
	}
	out.Stand = in.Stand
	if in.PosterID != "" {
		var p Poster
		if p, out.Picture, err = s.picture(ctx, in.PosterID); err != nil {
			return nil, err
		}
		out.Kind = p.Kind
	}
	return out.Write, nil
}

// wordsOf are the words that are printed on the cards of a batch.
func (s *Service) wordsOf(ctx context.Context, batchID string) (out paper.Sheet, err error) {
	org := orgOf(ctx)
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		b, err := batchByID(ctx, tx, org, batchID)
		if err != nil {
			return err
		}
		set, err := s.Orgs.Settings(ctx, tx, org)
		if err != nil {
			return err
		}
		hint := i18n.T("微信扫一扫", "Scan me")
		if b.spec.RewardID != "" {
			hint = i18n.T("扫码领取", "Scan for yours")
		} else if b.spec.CodeID != "" {
			c, err := codeByID(ctx, tx, org, b.spec.CodeID)
			if err != nil {
				return err
			}
			if hint, err = s.hintOf(ctx, tx, org, c); err != nil {
				return err
			}
		}
		out = paper.Sheet{Brand: set.Name, Title: b.spec.Title, Text: b.spec.Text, Hint: hint.In(i18n.Lang(set.Locale))}
		return nil
	})
	return out, err
}
