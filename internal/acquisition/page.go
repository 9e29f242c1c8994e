package acquisition

import (
	"bytes"
	"context"
	_ "embed"
	"html/template"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
)

//go:embed pages/page.html
var pageHTML string

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

// view is what a page shows. What is empty is left out.
type view struct {
	Lang, Nonce, Title, Text, Error string
	Role, Photo, PhotoText          string
	Picture, PictureText            string
	Receipt, ReceiptText            string
	Phone, PhoneText                string
	Save, SaveText                  string
	Shelves                         []shelf
	Next, NextText, Note            string
	Form                            *sheetForm
}

type sheetForm struct {
	Token, Button                               string
	Person                                      bool
	Name, NameLabel, Phone, PhoneLabel, Consent string
	Order                                       bool
	OrderNo, OrderLabel                         string
}

// visitorForm is the anonymous id of a browser.
var visitorForm = regexp.MustCompile(`^v[a-z2-9]{16}$`)

// The cookies of the pages. They hold nothing but made-up ids.
const (
	visitorCookie = "fishpond_visitor" // who the browser is
	staffCookie   = "fishpond_staff"   // whom the page of a code has shown
	visitorStays  = 365 * 24 * time.Hour
	staffStays    = time.Hour
	maxPageBody   = 8 << 10

	// What one address may do: behind it there may be a shop's guests or a whole
	// mobile network, so that only machines come near these.
	visitsAMinute = 1200
	sendsIn10Min  = 30
)

// Pages serves what customers open: /l/{slug} (links), /q/{slug} (live codes),
// /c/{code} (printed cards), /f/{slug} (forms) and /b/{slug} (business cards). They need no sign-in, no
// script, and are told apart from the outside by unguessable addresses only.
func (s *Service) Pages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /l/{slug}", s.linkPage)
	mux.HandleFunc("GET /q/{slug}", s.codePage)
	mux.HandleFunc("GET /c/{slug}", s.cardPage)
	mux.HandleFunc("POST /c/{slug}", s.cardPage)
	mux.HandleFunc("GET /f/{slug}", s.formPage)
	mux.HandleFunc("POST /f/{slug}", s.formPage)
	mux.HandleFunc("GET /b/{slug}", s.namecardPage)
	mux.HandleFunc("GET /b/{slug}/photo", s.photoPage)
	mux.HandleFunc("GET /b/{slug}/contact.vcf", s.contactPage)
	mux.HandleFunc("GET /b/{slug}/o/{item}", s.itemPage)
	csrf := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		r.Body = http.MaxBytesReader(w, r.Body, maxPageBody)
		if csrf.Check(r) != nil {
			s.message(w, r, http.StatusForbidden, i18n.T("来自其他网站的请求已拒绝", "A request from another site was refused"))
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (s *Service) render(w http.ResponseWriter, r *http.Request, status int, p view) {
	p.Lang, p.Nonce = string(pageLang(r)), slug()
	var out bytes.Buffer
	if err := pageTemplate.Execute(&out, p); err != nil {
		s.slog.ErrorContext(r.Context(), "page", "error", err)
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; img-src 'self' https: data:; style-src 'nonce-"+p.Nonce+"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	w.WriteHeader(status)
	_, _ = out.WriteTo(w) // the reader has gone
}

func pageLang(r *http.Request) i18n.Lang { return i18n.Match(r.Header.Get("Accept-Language")) }

func (s *Service) message(w http.ResponseWriter, r *http.Request, status int, t i18n.Text) {
	s.render(w, r, status, view{Title: t.In(pageLang(r))})
}

// fail shows what went wrong; what is our fault is logged and not shown.
func (s *Service) fail(w http.ResponseWriter, r *http.Request, err error) {
	switch e := errs.As(err); e.Code {
	case errs.CodeNotFound:
		s.message(w, r, http.StatusNotFound, i18n.T("这个页面不存在或已失效", "This page does not exist, or no longer"))
	case errs.CodeTooMany:
		w.Header().Set("Retry-After", "60")
		s.message(w, r, http.StatusTooManyRequests, e.Text)
	default:
		s.slog.ErrorContext(r.Context(), "page failed", "path", r.Pattern, "error", err)
		s.message(w, r, http.StatusServiceUnavailable, i18n.T("系统繁忙，请稍后再试", "Something went wrong; please try again later"))
	}
}

// visitor is who the browser is, made up at the first visit. Who has asked not
// to be followed is nobody.
func (s *Service) visitor(w http.ResponseWriter, r *http.Request) string {
	if r.Header.Get("Sec-GPC") == "1" || r.Header.Get("DNT") == "1" {
		return ""
	}
	if c, err := r.Cookie(visitorCookie); err == nil && visitorForm.MatchString(c.Value) {
		return c.Value
	}
	id := "v" + slug()
	s.cookie(w, visitorCookie, id, visitorStays)
	return id
}

func (s *Service) cookie(w http.ResponseWriter, name, value string, stays time.Duration) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: int(stays / time.Second), HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: strings.HasPrefix(s.config.BaseURL, "https://")})
}

// public reads across orgs: the address is all that there is.
func (s *Service) public(ctx context.Context, fn func(tx *db.Tx) error) error {
	return s.db.Read(ctx, db.AllOrgs, fn)
}

func goodSlug(r *http.Request) (string, bool) {
	v := r.PathValue("slug")
	return v, len(v) == 16 && strings.Trim(v, "abcdefghijkmnpqrstuvwxyz23456789") == ""
}

// remember keeps a visit. That it cannot be kept keeps nobody from the page.
func (s *Service) remember(r *http.Request, orgID string, v visit) {
	if r.Method != http.MethodGet || !s.limits.Allow("visit "+s.ip(r), visitsAMinute, time.Minute, s.now()) {
		return
	}
	if err := s.db.Write(r.Context(), orgID, func(tx *db.Tx) error { return s.visited(r.Context(), tx, orgID, v) }); err != nil {
		s.slog.WarnContext(r.Context(), "a visit was not kept", "thing", v.thing, "error", err)
	}
}

func (s *Service) ip(r *http.Request) string { return httpx.ClientIP(r, s.config.TrustProxy) }

func (s *Service) linkPage(w http.ResponseWriter, r *http.Request) {
	id, ok := goodSlug(r)
	var l *link
	err := error(noSuchLink)
	if ok {
		err = s.public(r.Context(), func(tx *db.Tx) (err error) {
			l, err = linkBy(r.Context(), tx, "", "slug", id)
			return err
		})
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if l.status != StatusActive || !webAddress(l.target) {
		s.message(w, r, http.StatusGone, i18n.T("这个链接已经结束", "This link has ended"))
		return
	}
	s.remember(r, l.org, visit{visitor: s.visitor(w, r), way: "link", thing: l.id, channel: l.channel, staff: l.staff})
	w.Header().Set("Location", l.destination(r.URL.Query()))
	w.WriteHeader(http.StatusFound)
}

func (s *Service) codePage(w http.ResponseWriter, r *http.Request) {
	id, ok := goodSlug(r)
	c, org := &code{}, ""
	err := error(noSuchCode)
	if ok {
		err = s.public(r.Context(), func(tx *db.Tx) error {
			if err := tx.QueryRow(r.Context(), "SELECT org_id, id FROM acquisition_code WHERE slug = ?", id).Scan(&org, &c.id); err != nil {
				if db.IsNoRows(err) {
					return noSuchCode
				}
				return err
			}
			return nil
		})
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	shown, err := s.showQR(w, r, org, c.id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if r.Method == http.MethodGet && s.limits.Allow("visit "+s.ip(r), visitsAMinute, time.Minute, s.now()) {
		if err := s.db.Write(r.Context(), org, func(tx *db.Tx) error {
			if err := hit(r.Context(), tx, org, c.id, clock.Micros(s.now())); err != nil || shown.staff == "" {
				return err
			}
			_, err := tx.Exec(r.Context(), "UPDATE acquisition_code SET last_staff = ? WHERE org_id = ? AND id = ?", shown.staff, org, c.id)
			return err
		}); err != nil {
			s.slog.WarnContext(r.Context(), "a view was not counted", "code", c.id, "error", err)
		}
	}
	if shown.to != "" {
		w.Header().Set("Location", shown.to)
		w.Header().Set("Cache-Control", "no-store") // it may lead elsewhere tomorrow
		w.WriteHeader(http.StatusFound)
		return
	}
	s.render(w, r, shown.status, shown.view)
}

// shown is a code as a page shows it now.
type shown struct {
	view
	status int
	to     string // where the browser goes instead
	staff  string // whose turn it was; empty: nobody's, or not by turns
}

// showQR picks the QR that a code shows now. Who comes back within the hour is
// shown the same staff member while that one is on duty.
func (s *Service) showQR(w http.ResponseWriter, r *http.Request, orgID, codeID string) (out shown, err error) {
	lang := pageLang(r)
	say := func(status int, t i18n.Text) { out.status, out.Title = status, t.In(lang) }
	err = s.db.Read(r.Context(), orgID, func(tx *db.Tx) error {
		ctx := access.With(r.Context(), access.ForSystem(orgID, "page"))
		c, err := codeByID(ctx, tx, orgID, codeID)
		if err != nil {
			return err
		}
		v, err := s.viewer(ctx, tx, orgID, []*code{c})
		if err != nil {
			return err
		}
		out = shown{status: http.StatusOK, view: view{Title: v.set.Name, PictureText: i18n.T("长按识别二维码", "Hold the picture to scan it").In(lang)}}
		switch {
		case c.status == StatusEnded || c.expired(v.now):
			say(http.StatusGone, i18n.T("这个二维码已经结束", "This code has ended"))
			return nil
		case c.status == StatusPaused:
			say(http.StatusOK, i18n.T("暂停接待，请稍后再来", "We take a break; please come back later"))
			return nil
		}
		if c.kind == CodeService {
			if out.to = v.qr(c, ""); out.to == "" {
				say(http.StatusServiceUnavailable, i18n.T("二维码正在准备，请稍后再来", "The code is being prepared; please come back later"))
			}
			return nil
		}
		if c.kind == CodeGroup {
			chats, now := v.chats(c)
			if v.blocked(c) != "" {
				say(http.StatusServiceUnavailable, i18n.T("群都满了，我们会尽快准备新的群，请稍后再来", "All groups are full. We are preparing another; please come back later"))
				out.PictureText = ""
				return nil
			}
			out.Text = i18n.T("扫码加入群聊", "Scan to join the group").In(lang)
			if out.Picture = chats[now].QRURL; out.Picture == "" {
				out.Picture = v.qr(c, "")
			}
		} else {
			d := v.duty(c)
			staff := d.Next
			if cookie, err := r.Cookie(staffCookie); err == nil {
				if id, ok := strings.CutPrefix(cookie.Value, c.id+"."); ok && slices.Contains(d.On, id) {
					staff = id
				}
			}
			if staff == "" {
				say(http.StatusServiceUnavailable, i18n.T("现在没有人接待，请稍后再来", "Nobody is here now; please come back later"))
				return nil
			}
			if c.mode == ModeWay {
				out.Picture = v.qr(c, "")
			} else {
				out.Picture, out.staff = v.qr(c, staff), staff
				s.cookie(w, staffCookie, c.id+"."+staff, staffStays)
			}
			out.Text = i18n.T("扫码添加 %s", "Scan to add %s", short(v.members[staff].Name, 30)).In(lang)
			if c.mode == ModeWay && len(d.On) > 1 { // the platform chooses
				out.Text = i18n.T("扫码添加好友", "Scan to add us").In(lang)
			}
		}
		if out.Picture == "" {
			out.Text, out.staff = "", ""
			say(http.StatusServiceUnavailable, i18n.T("二维码正在准备，请稍后再来", "The code is being prepared; please come back later"))
		}
		return nil
	})
	return out, err
}
