package content

import (
	"context"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"bytes"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

//go:embed pages/material.html
var pageHTML string

var pageTemplate = template.Must(template.New("material").Parse(pageHTML))

// view is what the template shows.
type view struct {
	Lang, Nonce, Brand, Base, Visit string
	Title, Text                     string
	Picture, Video, Cover           string // addresses
	Rich                            template.HTML
	Paragraphs                      []string
	ButtonURL, Button, Note         string
	Download                        bool
	Items                           []itemView
	Back                            string
	Contact                         *contactView
	Radar, Quiet                    string // what is told of the reader; the word on the button that stops it
}

type itemView struct{ URL, Title, Text, Kind, Cover string }

type contactView struct {
	Name, Role, Photo, Card, CardText, QR, QRText, Hint string
}

var (
	downloadText = i18n.T("下载文件", "Download the file")
	goText       = i18n.T("打开网页", "Open the page")
	openText     = i18n.T("打开小程序", "Open the mini program")
)

// page is what a visit shows.
func (s *Service) page(ctx context.Context, at *visit) (p view, err error) {
	p.Title, p.Contact = at.subject.title, s.contactView(at)
	p.Radar = i18n.T("%[1]s 会知道这个页面何时被打开、看了多久。", "%[1]s can see when this page was opened and for how long it was read.", at.set.Name).In(at.lang)
	p.Quiet = i18n.T("不要记录", "Do not record it").In(at.lang)
	if at.quiet {
		p.Radar = i18n.T("你已选择不记录：打开和阅读都不会被看到。", "You have chosen not to be recorded: nobody sees that you open or read this.").In(at.lang)
		p.Quiet = i18n.T("允许记录", "Allow it again").In(at.lang)
	}
	if at.m == nil {
		p.Text = at.subject.b.intro
		p.Items, err = s.itemViews(ctx, at)
		return p, err
	}
	base, here := "/m/"+at.l.token, "/m/"+at.l.token
	if at.subject.b != nil {
		here += "/i/" + at.m.id
		p.Back = i18n.T("返回「%s」", "Back to %s", at.subject.title).In(at.lang)
	}
	b := at.version.Body
	p.Title = at.version.Title
	switch at.m.kind {
	case Text:
		p.Text = b.Text
	case Picture:
		p.Picture, p.Text = base+"/f/"+b.FileID, b.Text
	case Video:
		p.Video, p.Text = base+"/f/"+b.FileID, b.Text
		if b.CoverID != "" {
			p.Cover = base + "/f/" + b.CoverID
		}
	case File:
		p.Text, p.ButtonURL, p.Button, p.Download = b.Text, here+"/go", downloadText.In(at.lang), true
		p.Note = at.file.Name + " · " + bytesText(at.file.Bytes)
	case Link:
		u, err := url.Parse(b.URL)
		if err != nil {
			return p, err
		}
		p.Text, p.ButtonURL, p.Button, p.Note = b.Summary, here+"/go", goText.In(at.lang), u.Hostname()
	case MiniProgram:
		p.Text = b.Summary
		if p.Note = i18n.T("请在微信里打开这个页面，或搜索小程序查看。", "Open this page inside WeChat, or search for the mini program there.").In(at.lang); b.URL != "" {
			p.ButtonURL, p.Button = here+"/go", openText.In(at.lang)
		}
	case Article:
		// It was made safe when it was kept; only where its pictures are is said anew.
		p.Rich = template.HTML(strings.ReplaceAll(b.HTML, `src="`+filePath, `src="`+base+`/f/`)) //nolint:gosec // sanitized by cleanHTML
	}
	if b.CoverID != "" && p.Picture == "" && p.Video == "" {
		p.Picture = base + "/f/" + b.CoverID
	}
	return p, nil
}

func bytesText(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d KB", max(1, n>>10))
	}
	return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
}

func (s *Service) itemViews(ctx context.Context, at *visit) (out []itemView, err error) {
	return out, s.db.Read(ctx, at.l.org, func(tx *db.Tx) error {
		out = nil
		for _, m := range at.items {
			v, err := versionOf(ctx, tx, at.l.org, m.id, m.version)
			if err != nil {
				return err
			}
			item := itemView{URL: "/m/" + at.l.token + "/i/" + m.id, Title: v.Title, Kind: pageKinds[m.kind].In(at.lang), Text: v.Body.preview()}
			if c := v.Body.cover(m.kind); c != "" {
				item.Cover = "/m/" + at.l.token + "/f/" + c
			}
			out = append(out, item)
		}
		return nil
	})
}

var pageKinds = map[string]i18n.Text{
	Text: i18n.T("文字", "Text"), Picture: i18n.T("图片", "Picture"), Video: i18n.T("视频", "Video"), File: i18n.T("文件", "File"), Link: i18n.T("网页", "Web page"),
	MiniProgram: i18n.T("小程序", "Mini program"), Article: i18n.T("文章", "Article"),
}

// contactView is who sent the link, and how they are added.
func (s *Service) contactView(at *visit) *contactView {
	c := at.contact
	if c.Name == "" {
		return nil
	}
	out := &contactView{Name: c.Name, Role: at.set.Name, Photo: c.PhotoURL, Card: c.CardURL, CardText: i18n.T("查看名片", "Business card").In(at.lang)}
	if c.Title != "" {
		out.Role = c.Title + " · " + at.set.Name
	}
	switch {
	case strings.HasPrefix(c.QRURL, "https://"):
		out.QR = c.QRURL
	case c.CardURL != "" && s.Ports.QR != nil:
		if png, err := s.Ports.QR(c.CardURL, "png", 240); err == nil {
			out.QR = "data:image/png;base64," + base64.StdEncoding.EncodeToString(png)
		}
	}
	if out.QR != "" {
		out.QRText = i18n.T("%s 的二维码", "QR code of %s", c.Name).In(at.lang)
		out.Hint = i18n.T("长按识别，联系我", "Hold the picture to reach me").In(at.lang)
	}
	return out
}

// QRSource lets the template show a picture that we have drawn.
func (c *contactView) QRSource() template.URL { return template.URL(c.QR) } //nolint:gosec // https, or our own picture

// fetch gives out a file that the page of a link shows.
func (s *Service) fetch(w http.ResponseWriter, r *http.Request) {
	at, err := s.arrive(r)
	id := r.PathValue("file")
	if err == nil && at.shut != shutNot {
		s.closed(w, at)
		return
	}
	if err == nil && !fileForm.MatchString(id) {
		err = noSuchFile
	}
	var f StoredFile
	var content []byte
	if err == nil {
		err = s.db.Read(r.Context(), at.l.org, func(tx *db.Tx) error {
			if ok, err := at.shows(r.Context(), tx, id); err != nil || !ok {
				return noSuchOr(err)
			}
			f, content, err = fileContent(r.Context(), tx, at.l.org, id)
			return err
		})
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.serveFile(w, r, f, content)
}

func noSuchOr(err error) error {
	if err != nil {
		return err
	}
	return noSuchFile
}

// shows reports whether a file is one of those that the link's pages show.
func (at *visit) shows(ctx context.Context, tx *db.Tx, id string) (bool, error) {
	if at.m != nil {
		return slices.Contains(at.version.Body.refs(), id), nil
	}
	for _, m := range at.items {
		v, err := versionOf(ctx, tx, at.l.org, m.id, m.version)
		if err != nil || slices.Contains(v.Body.refs(), id) {
			return err == nil, err
		}
	}
	return false, nil
}

// serveFile gives a file to a browser. Nothing in it may run: what is not a
// raster picture, a sound or a film is handed over as a download.
func (s *Service) serveFile(w http.ResponseWriter, r *http.Request, f StoredFile, content []byte) {
	h := w.Header()
	disposition := "attachment"
	if s.Types.Shown(f.Type) {
		disposition = "inline"
	}
	h.Set("Content-Type", s.Types.Served(f.Type))
	h.Set("Content-Disposition", disposition+"; filename*=UTF-8''"+url.PathEscape(f.Name))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "private, max-age=86400")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content)) // ranges, so that films can be wound
}

// leave goes on to the page or the file that a material is about, and notes
// that they have.
func (s *Service) leave(w http.ResponseWriter, r *http.Request) {
	at, err := s.arrive(r)
	switch {
	case err != nil:
		s.fail(w, r, err)
		return
	case at.shut != shutNot:
		s.closed(w, at)
		return
	case at.m == nil || at.version.Body.URL == "" && at.m.kind != File:
		s.fail(w, r, noSuchLink)
		return
	}
	if id := s.count(w, r, at); id != "" {
		if err := s.followed(at.system(r.Context()), at.l, id); err != nil {
			s.slog.WarnContext(r.Context(), "that a link was followed was not noted", "link", at.l.id, "error", err)
		}
	}
	to := at.version.Body.URL
	if at.m.kind == File {
		to = "/m/" + at.l.token + "/f/" + at.version.Body.FileID
	}
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}
