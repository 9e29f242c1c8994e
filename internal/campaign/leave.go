package campaign

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html"
	"html/template"
	"net/http"
	"strings"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

//go:embed pages
var pages embed.FS

var leavePage = template.Must(template.ParseFS(pages, "pages/leave.html"))

// People answers for the pool.
type People interface {
	// Leave notes a person's own word that they want no more messages for a
	// purpose. Who is no longer in the pool is errs.CodeNotFound.
	Leave(ctx context.Context, tx *db.Tx, orgID, personID, purpose string) error
}

// SetBaseURL says under which address people reach the public pages, without a
// slash at its end, once that is known. Call it before anything is sent.
func (s *Service) SetBaseURL(url string) { s.baseURL = strings.TrimSuffix(url, "/") }

// SetTrustProxy takes the address of who follows a link from X-Forwarded-For.
func (s *Service) SetTrustProxy(trust bool) { s.trustProxy = trust }

// leaveURL is where a person says that they want no more of what a campaign is
// for; empty when it is nothing that one can say no to.
func (s *Service) leaveURL(orgID string, c *content, personID string) string {
	if s.baseURL == "" || c.secret == "" || c.purpose != Marketing {
		return ""
	}
	return s.baseURL + "/u/" + orgID + "." + c.id + "." + personID + "." + leaveSign(c.secret, orgID, c.id, personID)
}

// leaveSign proves that an address was made here: 96 bits of HMAC-SHA256.
func leaveSign(secret, orgID, campaignID, personID string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("campaign leave\x00" + orgID + "\x00" + campaignID + "\x00" + personID))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:12])
}

// leaveBy puts a way out into a message that one can say no to: for people at the
// end of what they read, for mail programs in its header.
func (m *Message) leaveBy(url string, mail bool) {
	if !mail { // a line in a chat
		m.Text = strings.TrimRight(m.Text, "\n") + "\n\n退订 Unsubscribe: " + url
		return
	}
	m.Unsubscribe = url
	m.Text = strings.TrimRight(m.Text, "\n") + "\n\n-- \n退订 Unsubscribe: " + url + "\n"
	if m.HTML == "" {
		return
	}
	foot := `<p style="margin:24px 0 0;font-size:12px;color:#5c636d"><a href="` + html.EscapeString(url) + `" style="color:#5c636d">退订 Unsubscribe</a></p>`
	if end := strings.LastIndex(strings.ToLower(m.HTML), "</body"); end >= 0 && len(strings.ToLower(m.HTML)) == len(m.HTML) {
		m.HTML = m.HTML[:end] + foot + m.HTML[end:]
	} else {
		m.HTML += foot
	}
}

// Pages serves /t/{token}, the links in campaigns, and /u/{token}, where people
// say that they want no more. It needs no
// sign-in and no script. To look at it changes nothing: mail scanners follow
// links. A POST does it at once, as RFC 8058 asks.
func (s *Service) Pages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /u/{token}", s.leaveLook)
	mux.HandleFunc("POST /u/{token}", s.leaveDo)
	mux.HandleFunc("GET /t/{token}", s.click)
	return mux
}

// leaving is who wants to leave, and what.
type leaving struct{ org, campaign, person, brand, purpose string }

var noSuchLink = errs.NotFound(i18n.T("这个链接", "link"))

// leavingBy reads a token. What was not signed here is errs.CodeNotFound.
func (s *Service) leavingBy(ctx context.Context, token string) (l leaving, err error) {
	part := strings.Split(token, ".")
	if len(part) != 4 || len(token) > 300 {
		return l, noSuchLink
	}
	l = leaving{org: part[0], campaign: part[1], person: part[2]}
	err = s.db.Read(ctx, l.org, func(tx *db.Tx) error {
		secret, purpose, err := s.leaveOf(ctx, tx, l.org, l.campaign)
		if err != nil {
			return err
		}
		if secret == "" || !hmac.Equal([]byte(leaveSign(secret, l.org, l.campaign, l.person)), []byte(part[3])) {
			return noSuchLink
		}
		org, err := s.Orgs.Settings(ctx, tx, l.org)
		l.brand, l.purpose = org.Name, purpose
		return err
	})
	return l, err
}

// Sender is somebody else who sends what people can say no to.
type Sender interface {
	// LeaveOf tells the secret of the links of what has that id, and for which
	// purpose it is sent; errs.CodeNotFound.
	LeaveOf(ctx context.Context, tx *db.Tx, orgID, id string) (secret, purpose string, err error)
}

// SetSender says who else sends: whatever has an id with that prefix. It is
// called before pages are served.
func (s *Service) SetSender(prefix string, of Sender) {
	if s.senders == nil {
		s.senders = map[string]Sender{}
	}
	s.senders[prefix] = of
}

// LeaveURL is where a person says that they want no more of what another sender
// sends; empty while the server has no public address.
func (s *Service) LeaveURL(orgID, id, secret, personID string) string {
	if s.baseURL == "" || secret == "" {
		return ""
	}
	return s.baseURL + "/u/" + orgID + "." + id + "." + personID + "." + leaveSign(secret, orgID, id, personID)
}

func (s *Service) leaveOf(ctx context.Context, tx *db.Tx, orgID, id string) (secret, purpose string, err error) {
	if prefix, _, ok := strings.Cut(id, "_"); ok && s.senders[prefix+"_"] != nil {
		return s.senders[prefix+"_"].LeaveOf(ctx, tx, orgID, id)
	}
	r, err := load(ctx, tx, orgID, id)
	if err != nil {
		return "", "", err
	}
	return r.secret, r.purpose, nil
}

func (s *Service) leaveLook(w http.ResponseWriter, r *http.Request) {
	l, err := s.leavingBy(r.Context(), r.PathValue("token"))
	if err != nil {
		s.leaveFail(w, r, err)
		return
	}
	s.leaveShow(w, r, http.StatusOK, leaveView{Brand: l.brand},
		i18n.T("不想再收到推广消息？", "No more promotions?"),
		i18n.T("退订后不会再给你发推广类消息；订单、物流这类通知不受影响。", "You will get no more promotions. Messages about your orders still arrive."),
		i18n.T("确认退订", "Unsubscribe"))
}

func (s *Service) leaveDo(w http.ResponseWriter, r *http.Request) {
	l, err := s.leavingBy(r.Context(), r.PathValue("token"))
	if err == nil {
		ctx := access.With(r.Context(), access.ForSystem(l.org, "campaign"))
		err = s.db.Write(ctx, l.org, func(tx *db.Tx) error { return s.People.Leave(ctx, tx, l.org, l.person, l.purpose) })
		if errs.Is(err, errs.CodeNotFound) { // of whom nothing is left gets nothing
			err = nil
		}
	}
	if err != nil {
		s.leaveFail(w, r, err)
		return
	}
	s.leaveShow(w, r, http.StatusOK, leaveView{Brand: l.brand}, i18n.T("已退订", "You are unsubscribed"),
		i18n.T("不会再给你发推广类消息。已经在路上的可能还会到一两条。", "No more promotions will be sent. One that is on its way may still arrive."), i18n.Text{})
}

// leaveView is what the page shows.
type leaveView struct{ Lang, Nonce, Brand, Title, Text, Button string }

func (s *Service) leaveFail(w http.ResponseWriter, r *http.Request, err error) {
	if errs.Is(err, errs.CodeNotFound) {
		s.leaveShow(w, r, http.StatusNotFound, leaveView{}, i18n.T("这个链接无效", "This link is not valid"),
			i18n.T("请检查链接是否完整，或直接回复那封邮件要求退订。", "Check that it is complete, or answer the mail and ask to be unsubscribed."), i18n.Text{})
		return
	}
	s.logger.ErrorContext(r.Context(), "unsubscribing failed", "error", err)
	s.leaveShow(w, r, http.StatusServiceUnavailable, leaveView{}, i18n.T("系统繁忙，请稍后再试", "Something went wrong; please try again later"),
		i18n.T("还没有退订成功。", "You are not unsubscribed yet."), i18n.Text{})
}

func (s *Service) leaveShow(w http.ResponseWriter, r *http.Request, status int, v leaveView, title, text, button i18n.Text) {
	lang := i18n.Match(r.Header.Get("Accept-Language"))
	v.Lang, v.Nonce, v.Title, v.Text, v.Button = string(lang), rand.Text(), title.In(lang), text.In(lang), button.In(lang)
	var out bytes.Buffer
	if err := leavePage.Execute(&out, v); err != nil {
		s.logger.ErrorContext(r.Context(), "unsubscribe page", "error", err)
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+v.Nonce+"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = out.WriteTo(w) // the reader has gone
}
