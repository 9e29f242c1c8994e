package survey

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"html/template"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

//go:embed pages/survey.html
var pageHTML string

var pageTemplate = template.Must(template.New("survey").Parse(pageHTML))

const (
	browserCookie = "fishpond_survey" // a made-up id of the browser, so that an answer can be gone on with
	browserStays  = 180 * 24 * time.Hour
	maxPageBody   = 64 << 10

	// What one address may do: behind it there may be a whole mobile network.
	looksAMinute = 1200
	sendsIn10Min = 900
)

var (
	browserForm = regexp.MustCompile(`^[a-z2-9]{32}$`)
	slugForm    = regexp.MustCompile(`^[a-km-np-z2-9]{16}$`)
	tooOften    = errs.TooMany(i18n.T("提交太频繁，请过几分钟再试", "Too many in a short time; please try again in a few minutes"), 10*time.Minute)
)

// Pages serves what people open to answer: /s/{token}. It needs no sign-in, no
// script, and is told apart from the outside by unguessable addresses only.
func (s *Service) Pages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /s/{token}", s.look)
	mux.HandleFunc("POST /s/{token}", s.send)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.fail(w, r, noSuchSurvey) })
	csrf := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		r.Body = http.MaxBytesReader(w, r.Body, maxPageBody)
		if csrf.Check(r) != nil {
			s.message(w, r, http.StatusForbidden, i18n.T("来自其他网站的请求已拒绝", "A request from another site was refused"), i18n.Text{})
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// visit is a request as far as it is understood.
type visit struct {
	v       *survey
	set     OrgSettings
	lang    i18n.Lang
	guest   guest
	browser string // the cookie, or a new one
	cookie  bool   // the browser has sent it
	token   string
}

// arrive finds the survey of an address and whose visit it is.
func (s *Service) arrive(r *http.Request) (*visit, error) {
	token := r.PathValue("token")
	part, rest, personal := strings.Cut(token, ".")
	if !slugForm.MatchString(part) || len(token) > 200 {
		return nil, noSuchSurvey
	}
	if !s.limits.Allow("look "+s.ip(r), looksAMinute, time.Minute, s.now()) {
		return nil, tooOften
	}
	at := &visit{lang: i18n.Match(r.Header.Get("Accept-Language")), token: token, v: &survey{}}
	err := s.db.Read(r.Context(), db.AllOrgs, func(tx *db.Tx) error {
		return at.v.scan(tx.QueryRow(r.Context(), "SELECT "+surveyColumns+" FROM survey_survey WHERE slug = ?", part))
	})
	if db.IsNoRows(err) {
		return nil, noSuchSurvey
	} else if err != nil {
		return nil, err
	}
	if personal {
		person, signature, _ := strings.Cut(rest, ".")
		if !at.v.whose(person, signature) {
			return nil, noSuchSurvey
		}
		at.guest.person = person
	}
	if at.v.deletedAt != 0 || at.v.status == Draft {
		return nil, noSuchSurvey
	}
	if c, err := r.Cookie(browserCookie); err == nil && browserForm.MatchString(c.Value) {
		at.browser, at.cookie = c.Value, true
	} else if b := r.PostFormValue("b"); r.Method == http.MethodPost && browserForm.MatchString(b) {
		at.browser = b
	} else {
		at.browser = slug() + slug()
	}
	at.guest.browser = ids.Hash(at.browser)
	return at, s.db.Read(r.Context(), at.v.org, func(tx *db.Tx) (err error) {
		at.set, err = s.Orgs.Settings(r.Context(), tx, at.v.org)
		return err
	})
}

// system is the context in which pages work for an org.
func (at *visit) system(ctx context.Context) context.Context {
	return access.With(ctx, access.ForSystem(at.v.org, "survey"))
}

func (s *Service) look(w http.ResponseWriter, r *http.Request) {
	at, err := s.arrive(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	ctx := at.system(r.Context())
	var resp *response
	spec := &Spec{}
	if err := s.db.Read(ctx, at.v.org, func(tx *db.Tx) error {
		if resp, err = at.guest.latest(ctx, tx, at.v, s.People); err != nil {
			return err
		}
		version := at.v.version
		if resp != nil && resp.version > 0 && resp.status != respDeclined {
			version = resp.version
		}
		spec, err = versionSpec(ctx, tx, at.v.org, at.v.id, version)
		return err
	}); err != nil {
		s.fail(w, r, err)
		return
	}
	s.remember(w, at)
	if !at.cookie && r.Method == http.MethodGet {
		s.opened(ctx, at.v)
	}
	s.shown(w, r, at, spec, resp, r.URL.Query())
}

// remember gives the browser its id where it has none.
func (s *Service) remember(w http.ResponseWriter, at *visit) {
	if !at.cookie {
		http.SetCookie(w, &http.Cookie{Name: browserCookie, Value: at.browser, Path: "/s/", MaxAge: int(browserStays / time.Second), HttpOnly: true, SameSite: http.SameSiteLaxMode,
			Secure: strings.HasPrefix(s.config.BaseURL, "https://")})
	}
}

// opened counts a browser. That it cannot be counted keeps nobody out.
func (s *Service) opened(ctx context.Context, v *survey) {
	if err := s.db.Write(ctx, v.org, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE survey_survey SET opened = opened + 1 WHERE org_id = ? AND id = ?", v.org, v.id)
		return err
	}); err != nil {
		s.slog.WarnContext(ctx, "a visit was not counted", "survey", v.id, "error", err)
	}
}

// shown shows the page that fits a guest's last response.
func (s *Service) shown(w http.ResponseWriter, r *http.Request, at *visit, spec *Spec, resp *response, query map[string][]string) {
	done := resp != nil && (resp.status == respDone || resp.status == respRepeated)
	switch {
	case done && (!spec.Repeat || first(query["done"]) != ""):
		s.render(w, at, http.StatusOK, at.ended(spec, resp, first(query["done"]) != ""))
	case at.v.status == Ended:
		s.render(w, at, http.StatusGone, at.plain(spec, i18n.T("这份问卷已经结束", "This survey has ended"), i18n.T("谢谢你的关注，现在不再收集回答。", "Thank you for coming; no more answers are collected.")))
	case at.guest.person == "" && spec.Open == "off":
		s.render(w, at, http.StatusForbidden, at.plain(spec, i18n.T("请从专属链接打开", "Please open your personal link"), i18n.T("这份问卷只发给了部分客户，请点开我们发给你的那条链接。", "This survey was sent to some customers only; open the link that we sent you.")))
	case resp != nil && resp.status == respDeclined:
		s.render(w, at, http.StatusOK, at.declined(spec))
	case resp == nil || done:
		s.render(w, at, http.StatusOK, at.intro(spec))
	default:
		n, err := strconv.Atoi(first(query["p"]))
		if err != nil {
			n = -1
		}
		s.render(w, at, http.StatusOK, at.page(spec, resp.answers, spec.settle(n, resp.answers), nil, nil))
	}
}

// settle finds the page that is shown when somebody asks for page n: one with
// something to show, and none beyond what must be answered first. Below 0 it
// is where they left.
func (s *Spec) settle(n int, answers Answers) (out int) {
	kept, shown := s.visible(answers)
	reach, pages := s.reach(answers), s.pages()
	for _, step := range s.steps(shown) {
		if step > reach || n >= 0 && step > n {
			break
		}
		out = step
		if n < 0 && !slices.ContainsFunc(pages[step], func(q *Question) bool { return kept[q.ID].given() }) {
			break
		}
	}
	return out
}

// send takes what a page sends.
func (s *Service) send(w http.ResponseWriter, r *http.Request) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" {
		s.message(w, r, http.StatusUnsupportedMediaType, i18n.T("提交的内容无法读取", "What was sent cannot be read"), i18n.Text{})
		return
	}
	if err := r.ParseForm(); err != nil {
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			s.message(w, r, http.StatusRequestEntityTooLarge, i18n.T("提交的内容太大了", "What was sent is too large"), i18n.T("文字请不要超过两千字，然后返回重试。", "Write no more than two thousand characters; go back and try again."))
			return
		}
		s.message(w, r, http.StatusBadRequest, i18n.T("提交的内容无法读取", "What was sent cannot be read"), i18n.Text{})
		return
	}
	at, err := s.arrive(r)
	if err == nil && !s.limits.Allow("send "+at.v.id+" "+s.ip(r), sendsIn10Min, 10*time.Minute, s.now()) {
		err = tooOften
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.remember(w, at)
	if at.v.status == Ended {
		s.shown(w, r, at, &Spec{}, nil, nil)
		return
	}
	out, err := s.take(at.system(r.Context()), at, r.PostForm)
	switch {
	case errs.Is(err, errs.CodeConflict): // sent twice at once: the other one has done it
		s.redirect(w, at, "?done=1")
		return
	case err != nil:
		s.fail(w, r, err)
		return
	case len(out.wrong) > 0:
		s.render(w, at, http.StatusUnprocessableEntity, at.page(out.spec, out.resp.answers, out.page, out.wrong, r.PostForm))
		return
	}
	query := map[string][]string{"p": {strconv.Itoa(out.page)}}
	to := "?p=" + strconv.Itoa(out.page)
	if out.resp == nil || out.resp.status != respOpen {
		to, query = "?done=1", map[string][]string{"done": {"1"}}
	}
	if at.cookie { // a reload then sends nothing again
		s.redirect(w, at, to)
		return
	}
	s.shown(w, r, at, out.spec, out.resp, query)
}

func (s *Service) redirect(w http.ResponseWriter, at *visit, query string) {
	w.Header().Set("Location", "/s/"+at.token+query)
	w.WriteHeader(http.StatusSeeOther)
}

func (s *Service) ip(r *http.Request) string { return httpx.ClientIP(r, s.config.TrustProxy) }

// render writes a page.
func (s *Service) render(w http.ResponseWriter, at *visit, status int, p view) {
	p.Lang, p.Nonce, p.Brand, p.Browser, p.Action = string(at.lang), slug(), at.set.Name, at.browser, "/s/"+at.token
	p.paint()
	var out bytes.Buffer
	if err := pageTemplate.Execute(&out, p); err != nil {
		s.slog.Error("survey page", "error", err)
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+p.Nonce+"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
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
	switch e := errs.As(err); e.Code {
	case errs.CodeNotFound:
		s.message(w, r, http.StatusNotFound, i18n.T("这个页面不存在或已失效", "This page does not exist, or no longer"), i18n.T("请检查链接是否完整，或向发给你的人再要一次。", "Check that the link is complete, or ask for it again."))
	case errs.CodeTooMany:
		w.Header().Set("Retry-After", "60")
		s.message(w, r, http.StatusTooManyRequests, e.Text, i18n.Text{})
	default:
		s.slog.ErrorContext(r.Context(), "survey page failed", "error", err)
		s.message(w, r, http.StatusServiceUnavailable, i18n.T("系统繁忙，请稍后再试", "Something went wrong; please try again later"), i18n.T("已经填好的内容都还在。", "What you have answered is kept."))
	}
}
