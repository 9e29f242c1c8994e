package content

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/platform/machine"
)

const (
	browserCookie = "fishpond_radar" // a made-up id of the browser, for this one page
	browserStays  = 90 * 24 * time.Hour
	quietCookie   = "fishpond_quiet" // the browser's owner does not want their reading to be told
	quietStays    = 365 * 24 * time.Hour

	// What one address may do: behind it there may be a whole mobile network.
	looksAMinute = 1200
	beatsAMinute = 3000
	maxBeat      = 1 << 10
)

var (
	tokenForm   = regexp.MustCompile(`^[a-km-np-z2-9]{16}$`)
	browserForm = regexp.MustCompile(`^[a-km-np-z2-9]{32}$`)
	visitForm   = regexp.MustCompile(`^mvs_[0-9a-f]{32}$`)
	tooOften    = errs.TooMany(i18n.T("打开太频繁，请稍后再试", "Too many in a short time; please try again later"), time.Minute)
	wrongBeat   = errs.Invalid(i18n.T("内容无法读取", "This cannot be read"))
)

// Pages serves what people open: /m/{token}. It needs no sign-in and no script.
func (s *Service) Pages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /m/{token}", s.look)
	mux.HandleFunc("GET /m/{token}/i/{material}", s.look)
	mux.HandleFunc("GET /m/{token}/f/{file}", s.fetch)
	mux.HandleFunc("GET /m/{token}/go", s.leave)
	mux.HandleFunc("GET /m/{token}/i/{material}/go", s.leave)
	mux.HandleFunc("POST /m/{token}/beat", s.beatPage)
	mux.HandleFunc("POST /m/{token}/quiet", s.quiet)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.fail(w, r, noSuchLink) })
	csrf := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		r.Body = http.MaxBytesReader(w, r.Body, maxBeat)
		if csrf.Check(r) != nil {
			s.message(w, r, http.StatusForbidden, i18n.T("来自其他网站的请求已拒绝", "A request from another site was refused"), i18n.Text{})
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// Why a link shows nothing.
type shut string

const (
	shutNot       shut = ""
	shutWithdrawn shut = "withdrawn"
	shutExpired   shut = "expired"
)

// visit is a request as far as it is understood.
type visit struct {
	l       *link
	set     OrgSettings
	lang    i18n.Lang
	subject subject // what the link leads to
	m       *material
	version MaterialVersion // what m says on this page; m is nil on the list of a briefcase
	file    *StoredFile
	items   []*material // of a briefcase, in order, that can be shown
	contact Contact
	shut    shut
	cookie  string // the browser's own, for this link
	quiet   bool
}

// arrive finds the link of an address and what it leads to.
func (s *Service) arrive(r *http.Request) (*visit, error) {
	token := r.PathValue("token")
	if !tokenForm.MatchString(token) {
		return nil, noSuchLink
	}
	if !s.limits.Allow("look "+s.ip(r), looksAMinute, time.Minute, s.now()) {
		return nil, tooOften
	}
	at := &visit{lang: i18n.Match(r.Header.Get("Accept-Language")), l: &link{}}
	err := s.db.Read(r.Context(), db.AllOrgs, func(tx *db.Tx) error {
		return at.l.scan(tx.QueryRow(r.Context(), "SELECT "+linkColumns+" FROM content_link WHERE token = ?", token))
	})
	if db.IsNoRows(err) {
		return nil, noSuchLink
	} else if err != nil {
		return nil, err
	}
	if c, err := r.Cookie(browserCookie); err == nil && browserForm.MatchString(c.Value) {
		at.cookie = c.Value
	}
	if c, err := r.Cookie(quietCookie); err == nil && c.Value == "1" {
		at.quiet = true
	}
	ctx := at.system(r.Context())
	return at, s.db.Read(ctx, at.l.org, func(tx *db.Tx) error {
		if at.set, err = s.Orgs.Settings(ctx, tx, at.l.org); err != nil {
			return err
		}
		return s.open(ctx, tx, at, r.PathValue("material"))
	})
}

// open finds what is shown: a material, the list of a briefcase, or one of its
// materials.
func (s *Service) open(ctx context.Context, tx *db.Tx, at *visit, item string) (err error) {
	if at.subject, err = s.subjectOf(ctx, tx, at.l.org, at.l.material, at.l.briefcase); err != nil {
		return err
	}
	switch {
	case at.l.withdrawn != 0, at.subject.gone:
		at.shut = shutWithdrawn
		return nil
	case at.subject.old:
		at.shut = shutExpired
		return nil
	}
	at.m = at.subject.m
	if at.subject.b != nil {
		all, err := inside(ctx, tx, at.subject.b)
		if err != nil {
			return err
		}
		for _, m := range all {
			if m.deleted == 0 && !m.expiredAt(s.micros()) {
				at.items = append(at.items, m)
			}
			if item == m.id {
				at.m = m
			}
		}
		switch {
		case item == "":
			return nil
		case at.m == nil:
			return noSuchLink
		case at.m.deleted != 0:
			at.shut = shutWithdrawn
			return nil
		case at.m.expiredAt(s.micros()):
			at.shut = shutExpired
			return nil
		}
	} else if item != "" {
		return noSuchLink
	}
	n := at.m.version
	if at.l.pinned != 0 && at.subject.b == nil {
		n = at.l.pinned
	}
	if at.version, err = versionOf(ctx, tx, at.l.org, at.m.id, n); err != nil || at.version.Body.FileID == "" {
		return err
	}
	f, err := fileByID(ctx, tx, at.l.org, at.version.Body.FileID)
	at.file = &f
	return err
}

// system is the context in which pages work for an org.
func (at *visit) system(ctx context.Context) context.Context {
	return access.With(ctx, access.ForSystem(at.l.org, "content"))
}

// look shows a page.
func (s *Service) look(w http.ResponseWriter, r *http.Request) {
	at, err := s.arrive(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if at.shut != shutNot {
		s.closed(w, at)
		return
	}
	if s.Contacts != nil && at.l.staff != "" {
		if at.contact, err = s.Contacts.Contact(at.system(r.Context()), at.l.org, at.l.staff); err != nil {
			s.slog.WarnContext(r.Context(), "a contact was not found", "staff", at.l.staff, "error", err) // the page goes without
		}
	}
	visitID := s.count(w, r, at)
	page, err := s.page(r.Context(), at)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page.Visit = visitID
	s.render(w, at, http.StatusOK, page)
}

// count writes the visit down, unless nobody has opened anything or they do
// not want it told. That it cannot be counted keeps nobody out.
func (s *Service) count(w http.ResponseWriter, r *http.Request, at *visit) (visitID string) {
	if at.quiet || machine.Made(r) || s.Orgs.Insider(r) {
		return ""
	}
	g := guest{print: fingerprint(at.l.token, s.ip(r), r.UserAgent(), s.now())}
	value := at.cookie
	if value != "" {
		g.browser = ids.Hash(value)
	} else {
		value = slug() + slug()
		g.fresh = ids.Hash(value)
	}
	var materialID string
	if at.m != nil {
		materialID = at.m.id
	}
	visitID, err := s.enter(at.system(r.Context()), at.l, at.called(), materialID, at.version.Version, g)
	if err != nil {
		s.slog.WarnContext(r.Context(), "a visit was not counted", "link", at.l.id, "error", err)
		return ""
	}
	if at.l.person != "" && at.cookie == "" { // only there it matters whose browser it is
		http.SetCookie(w, &http.Cookie{Name: browserCookie, Value: value, Path: "/m/" + at.l.token, MaxAge: int(browserStays / time.Second), HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure()})
	}
	return visitID
}

// called is what is opened, as events tell it.
func (at *visit) called() subject {
	if at.m == nil {
		return at.subject
	}
	return subject{title: at.version.Title, kind: at.m.kind}
}

func (s *Service) secure() bool { return strings.HasPrefix(s.config.BaseURL, "https://") }

// beatPage takes what the script of a page tells.
func (s *Service) beatPage(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Visit string  `json:"v"`
		Shown float64 `json:"t"` // milliseconds
		Depth float64 `json:"d"`
	}
	token := r.PathValue("token")
	if !s.limits.Allow("beat "+s.ip(r), beatsAMinute, time.Minute, s.now()) {
		s.fail(w, r, tooOften)
		return
	}
	data, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(data, &in)
	}
	if err != nil || !tokenForm.MatchString(token) || !visitForm.MatchString(in.Visit) || !(in.Shown >= 0 && in.Shown < 1e12) || !(in.Depth >= 0 && in.Depth <= 100) {
		s.fail(w, r, wrongBeat)
		return
	}
	if c, err := r.Cookie(quietCookie); err == nil && c.Value == "1" {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	l := &link{}
	err = s.db.Read(r.Context(), db.AllOrgs, func(tx *db.Tx) error {
		return l.scan(tx.QueryRow(r.Context(), "SELECT "+linkColumns+" FROM content_link WHERE token = ?", token))
	})
	if db.IsNoRows(err) {
		err = noSuchLink
	}
	if err == nil {
		err = s.beat(access.With(r.Context(), access.ForSystem(l.org, "content")), l, in.Visit, time.Duration(in.Shown)*time.Millisecond, int64(in.Depth))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// quiet has a browser's reading told no more, of any link of ours.
func (s *Service) quiet(w http.ResponseWriter, r *http.Request) {
	at, err := s.arrive(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	c := &http.Cookie{Name: quietCookie, Value: "1", Path: "/m/", MaxAge: int(quietStays / time.Second), HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure()}
	if at.quiet { // changed their mind
		c.Value, c.MaxAge = "", -1
	} else {
		http.SetCookie(w, &http.Cookie{Name: browserCookie, Path: "/m/" + at.l.token, MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure()})
	}
	http.SetCookie(w, c)
	w.Header().Set("Location", "/m/"+at.l.token)
	w.WriteHeader(http.StatusSeeOther)
}

func (s *Service) ip(r *http.Request) string { return httpx.ClientIP(r, s.config.TrustProxy) }

// closed is the page of what is withdrawn or expired.
func (s *Service) closed(w http.ResponseWriter, at *visit) {
	title, text := i18n.T("这份内容已撤回", "This has been withdrawn"), i18n.T("发给你的人不再分享它了。需要的话，请直接联系对方。", "It is not shared any more. Please ask whoever sent it to you.")
	if at.shut == shutExpired {
		title, text = i18n.T("这份内容已过期", "This has expired"), i18n.T("它只在一段时间内有效。请联系发给你的人，要一份新的。", "It was for a certain time only. Please ask whoever sent it to you for a new one.")
	}
	s.render(w, at, http.StatusGone, view{Title: title.In(at.lang), Text: text.In(at.lang)})
}

// render writes a page.
func (s *Service) render(w http.ResponseWriter, at *visit, status int, p view) {
	p.Lang, p.Nonce, p.Brand = string(at.lang), slug(), at.set.Name
	if at.l != nil {
		p.Base = "/m/" + at.l.token
	}
	var out bytes.Buffer
	if err := pageTemplate.Execute(&out, p); err != nil {
		s.slog.Error("content page", "error", err)
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'nonce-"+p.Nonce+"'; style-src 'nonce-"+p.Nonce+"'; img-src 'self' data: https:; media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	w.WriteHeader(status)
	_, _ = out.WriteTo(w) // the reader has gone
}

// message is a page about nothing in particular.
func (s *Service) message(w http.ResponseWriter, r *http.Request, status int, title, text i18n.Text) {
	lang := i18n.Match(r.Header.Get("Accept-Language"))
	s.render(w, &visit{lang: lang}, status, view{Title: title.In(lang), Text: text.In(lang)})
}

// fail shows what went wrong; what is our fault is logged and not shown.
func (s *Service) fail(w http.ResponseWriter, r *http.Request, err error) {
	var big *http.MaxBytesError
	switch e := errs.As(err); {
	case e.Code == errs.CodeNotFound:
		s.message(w, r, http.StatusNotFound, i18n.T("这个页面不存在或已失效", "This page does not exist, or no longer"), i18n.T("请检查链接是否完整，或向发给你的人再要一次。", "Check that the link is complete, or ask for it again."))
	case e.Code == errs.CodeTooMany:
		w.Header().Set("Retry-After", "60")
		s.message(w, r, http.StatusTooManyRequests, e.Text, i18n.Text{})
	case e.Code == errs.CodeInvalid, errors.As(err, &big):
		s.message(w, r, http.StatusBadRequest, e.Text, i18n.Text{})
	default:
		s.slog.ErrorContext(r.Context(), "content page failed", "error", err)
		s.message(w, r, http.StatusServiceUnavailable, i18n.T("系统繁忙，请稍后再试", "Something went wrong; please try again later"), i18n.Text{})
	}
}
