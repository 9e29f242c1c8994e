package carrier

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"fishpond/internal/carrier/web"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

var errBusyText = i18n.T("系统繁忙，请稍后再试", "Something went wrong; please try again later")

const (
	visitorHeader = "X-Fishpond-Visitor"
	maxChatBody   = 16 << 10
	bodyWithin    = 10 * time.Second
)

// Web serves the chat on brands' own pages. Mount it at /w/, outside of the
// API: there is no session and there are no cookies. Pages of other sites than
// an account names are refused; who a visitor is, their token says.
func (s *Service) Web() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /w/{account}/widget.js", s.chatScript)
	mux.HandleFunc("GET /w/{account}/try", s.chatTry)
	mux.HandleFunc("OPTIONS /w/{account}/{call}", s.chatPreflight)
	mux.HandleFunc("POST /w/{account}/session", s.chatCall(false, s.chatSession))
	mux.HandleFunc("POST /w/{account}/visit", s.chatCall(true, s.chatVisit))
	mux.HandleFunc("POST /w/{account}/messages", s.chatCall(true, s.chatWrite))
	mux.HandleFunc("GET /w/{account}/messages", s.chatCall(true, s.chatRead))
	mux.HandleFunc("POST /w/{account}/files", s.chatUpload)
	mux.HandleFunc("GET /w/{account}/media/{id}", s.chatMedia)
	mux.HandleFunc("POST /w/{account}/typing", s.chatCall(true, s.chatTyping))
	mux.HandleFunc("POST /w/{account}/seen", s.chatCall(true, s.chatSeen))
	mux.HandleFunc("POST /w/{account}/identify", s.chatCall(true, s.chatIdentify))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		if len(r.URL.RawQuery) > maxQuery {
			http.Error(w, "", http.StatusRequestURITooLong)
			return
		}
		mux.ServeHTTP(w, r.WithContext(i18n.With(r.Context(), i18n.Match(r.Header.Get("Accept-Language")))))
	})
}

func (s *Service) chatScript(w http.ResponseWriter, r *http.Request) {
	st, err := s.site(r.Context(), r.PathValue("account"))
	if err != nil {
		httpx.WriteProblem(w, r, s.logger, err)
		return
	}
	script, tag := web.Script(st.look)
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("ETag", `"`+tag+`"`)
	if r.Header.Get("If-None-Match") == `"`+tag+`"` {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = io.WriteString(w, script) // the reader has gone
}

// chatTry shows the chat on a page of ours, under a policy as strict as a brand
// may have.
func (s *Service) chatTry(w http.ResponseWriter, r *http.Request) {
	st, err := s.site(r.Context(), r.PathValue("account"))
	if err != nil {
		httpx.WriteProblem(w, r, s.logger, err)
		return
	}
	lang, nonce := i18n.From(r.Context()), ids.Token()
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' https:; style-src 'nonce-"+nonce+"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	_, _ = io.WriteString(w, web.TryPage(st.id, nonce, i18n.T("试用聊天窗口", "Try the chat").In(lang),
		i18n.T("右下角就是访客看到的聊天窗口。在这里发出的消息和真的一样，会出现一位新客户。", "The chat stands at the lower right, as visitors see it. What you write here is as real as from them: a new person appears.").In(lang)))
}

// allowed sets the headers that let a page of the site read the answer, and
// reports whether the request may come from where it says. A request without an
// origin is not another site's page; reading needs a token all the same.
func (st *site) allowed(w http.ResponseWriter, r *http.Request) bool {
	w.Header().Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" {
		return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Site") != "cross-site"
	}
	if !slices.Contains(st.origins, origin) && origin != "https://"+r.Host && origin != "http://"+r.Host { // the page to try it is ours
		return false
	}
	w.Header().Set("Access-Control-Allow-Origin", origin)
	return true
}

func (s *Service) chatPreflight(w http.ResponseWriter, r *http.Request) {
	st, err := s.site(r.Context(), r.PathValue("account"))
	if err != nil || !st.allowed(w, r) {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "GET, POST")
	h.Set("Access-Control-Allow-Headers", "Content-Type, "+visitorHeader)
	h.Set("Access-Control-Max-Age", "7200")
	w.WriteHeader(http.StatusNoContent)
}

// request is one call of the chat's script, checked.
type request struct {
	site    *site
	visitor string // empty: nobody yet
	ip      string
	body    []byte
	query   func(string) string
}

// limit refuses what comes too often from one place.
func (s *Service) limit(key string, most int, window time.Duration) error {
	if s.chat.limits.Allow(key, most, window, s.now()) {
		return nil
	}
	return errs.TooMany(i18n.T("太频繁了，请稍后再试", "That is too often; try again shortly"), window)
}

// chatUpload is chatCall for files.
func (s *Service) chatUpload(w http.ResponseWriter, r *http.Request) {
	s.chatWith(true, func(w http.ResponseWriter, r *http.Request, c request) ([]byte, error) {
		if err := s.mayFile(c); err != nil {
			return nil, err
		}
		return readChatFile(w, r)
	}, s.chatFile)(w, r)
}

// chatCall does what all calls have in common.
func (s *Service) chatCall(token bool, fn func(ctx context.Context, c request) (any, error)) http.HandlerFunc {
	return s.chatWith(token, func(w http.ResponseWriter, r *http.Request, _ request) ([]byte, error) { return readBody(w, r) }, fn)
}

func (s *Service) chatWith(token bool, read func(w http.ResponseWriter, r *http.Request, c request) ([]byte, error), fn func(ctx context.Context, c request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		out, err := func() (any, error) {
			ip := httpx.ClientIP(r, s.o.TrustProxy)
			if err := s.limit("any "+ip, 3000, time.Minute); err != nil {
				return nil, err
			}
			st, err := s.site(r.Context(), r.PathValue("account"))
			if err != nil {
				return nil, err
			}
			if !st.allowed(w, r) {
				return nil, errs.Forbidden(i18n.T("这个网址没有加入聊天窗口的设置", "This address is not among those of the chat"))
			}
			c := request{site: st, ip: ip, query: r.URL.Query().Get}
			if token {
				var ok bool
				if c.visitor, ok = web.Read(st.key, st.id, r.Header.Get(visitorHeader)); !ok {
					return nil, errs.Unauthenticated(i18n.T("请重新打开聊天窗口", "Open the chat again"))
				}
			}
			if r.Method == http.MethodPost {
				if c.body, err = read(w, r, c); err != nil {
					return nil, err
				}
			}
			return fn(r.Context(), c)
		}()
		if err != nil {
			httpx.WriteProblem(w, r, s.logger, err)
			return
		}
		if out == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_ = json.NewEncoder(w).Encode(out) // the reader has gone
	}
}

// readBody reads a small body of somebody who does not take their time.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	rc := http.NewResponseController(w)
	timer := time.AfterFunc(bodyWithin, func() { _ = rc.SetReadDeadline(time.Unix(1, 0)) }) // a recorder in a test has none
	defer timer.Stop()
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxChatBody))
	if err != nil {
		return nil, errs.TooLarge(i18n.T("内容太长", "That is too long")).Because(err)
	}
	return b, nil
}

// decode reads a body that holds one object with known fields only.
func (c request) decode(v any) error {
	d := json.NewDecoder(bytes.NewReader(c.body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil || d.More() {
		return errs.Invalid(i18n.T("请求的格式不对", "The request is not well formed")).Because(err)
	}
	return nil
}

// number reads a number of the query, 0 when there is none.
func (c request) number(name string, most int64) (int64, error) {
	text := c.query(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > most {
		return 0, errs.InvalidField("query."+name, i18n.T("应为 0–%d", "0 to %d", most))
	}
	return n, nil
}
