package simulator

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"fishpond/internal/simulator/fault"
	"fishpond/internal/simulator/people"
	"fishpond/internal/simulator/wecom"
)

//go:embed pages/*.html
var pageFiles embed.FS

// view is what every page knows.
type view struct {
	Lang  string
	Path  string
	Now   time.Time
	Said  string // what an action has done
	Wrong string // why it has not
	Data  any
}

// pages are what a person plays on.
func (s *Server) pages(m *http.ServeMux) {
	show := func(pattern, name string, data func(r *http.Request) (any, bool)) {
		page := template.Must(template.New("layout.html").Funcs(functions).ParseFS(pageFiles, "pages/layout.html", "pages/"+name+".html"))
		m.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			d, ok := data(r)
			if !ok {
				http.NotFound(w, r)
				return
			}
			s.render(w, r, page, d)
		})
	}
	show("GET /{$}", "home", func(r *http.Request) (any, bool) { return s.home(r), true })
	show("GET /customers", "customers", func(r *http.Request) (any, bool) {
		return object{"People": s.people.List(r.URL.Query().Get("q"), 200), "Q": r.URL.Query().Get("q")}, true
	})
	show("GET /customers/{id}", "customer", s.customerPage)
	show("GET /corps/{corp}", "corp", s.corpPage)
	show("GET /callbacks", "callbacks", func(r *http.Request) (any, bool) {
		return object{"Counts": s.out.Counts(""), "Records": s.out.Records("", number(r, "limit", 100, 1, 1000))}, true
	})
	show("GET /faults", "faults", func(*http.Request) (any, bool) {
		return object{"Rules": s.faults.List(), "Kinds": fault.Kinds(), "Corps": s.wecom.Corps(), "Accounts": s.oa.List()}, true
	})
	show("GET /scan/{kind}/{id}", "scan", s.scanPage)
	show("GET /connect/oauth2/authorize", "authorize", s.authorizePage)
	m.HandleFunc("POST /scan/{kind}/{id}", s.act(func(r *http.Request) (string, error) {
		return s.scanForm(r, r.URL.RequestURI())
	}))
	m.HandleFunc("POST /scan", s.act(func(r *http.Request) (string, error) { return s.scanForm(r, r.FormValue("code")) }))
	m.HandleFunc("POST /authorize", s.authorize)
	m.HandleFunc("POST /act/customer", s.act(func(r *http.Request) (string, error) {
		gender, _ := strconv.Atoi(r.FormValue("gender"))
		p := s.people.Add(people.Person{Name: strings.TrimSpace(r.FormValue("name")), Phone: strings.TrimSpace(r.FormValue("phone")), Gender: gender})
		return "/customers/" + p.ID, nil
	}))
	m.HandleFunc("POST /act/corp/{corp}/{verb}", s.act(s.verbForm))
	m.HandleFunc("POST /act/callback/{id}/{app}", s.act(s.callbackForm))
	m.HandleFunc("POST /act/account/{appid}/{verb}", s.act(s.accountForm))
	m.HandleFunc("POST /act/fault", s.act(s.faultForm))
}

// functions are what the pages can call.
var functions = template.FuncMap{
	"t":     translate,
	"clock": func(t time.Time) string { return t.Local().Format("15:04:05") },
	"unix":  func(s int64) string { return time.Unix(s, 0).Local().Format("2006-01-02 15:04") },
	"micro": func(us int64) string { return time.UnixMicro(us).Local().Format("15:04:05") },
	"join":  strings.Join,
	"dict":  dict,
}

// dict passes several values to a part of a page.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict takes pairs")
	}
	out := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		key, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is not a name", pairs[i])
		}
		out[key] = pairs[i+1]
	}
	return out, nil
}

func (s *Server) render(w http.ResponseWriter, r *http.Request, page *template.Template, data any) {
	v := view{Lang: language(w, r), Path: r.URL.RequestURI(), Now: s.now(), Said: r.URL.Query().Get("said"), Wrong: r.URL.Query().Get("wrong"), Data: data}
	var out bytes.Buffer
	if err := page.Execute(&out, v); err != nil {
		s.log.Error("simulator: page", "path", r.URL.Path, "error", err)
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; img-src * data:; style-src 'unsafe-inline'; form-action *; base-uri 'none'")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(out.Bytes())
}

// language is the reader's: as chosen before, as asked for now, or as the browser says.
func language(w http.ResponseWriter, r *http.Request) string {
	if l := r.URL.Query().Get("lang"); l == "en" || l == "zh-CN" {
		http.SetCookie(w, &http.Cookie{Name: "simulator_lang", Value: l, Path: "/", MaxAge: 365 * 86400, SameSite: http.SameSiteLaxMode, HttpOnly: true})
		return l
	}
	if c, err := r.Cookie("simulator_lang"); err == nil && (c.Value == "en" || c.Value == "zh-CN") {
		return c.Value
	}
	first, _, _ := strings.Cut(r.Header.Get("Accept-Language"), ",")
	if strings.HasPrefix(strings.ToLower(first), "en") {
		return "en"
	}
	return "zh-CN"
}

// act turns what a form does into a handler that goes back to where the form was, or
// where the form's function says, with a word on what came of it.
func (s *Server) act(do func(r *http.Request) (to string, err error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		to, err := do(r)
		back := to == ""
		if back {
			to = r.FormValue("back")
		}
		// Only a path of our own: a form must not lead elsewhere.
		u, parseErr := url.Parse(to)
		if parseErr != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(to, "//") || strings.Contains(to, `\`) {
			u = &url.URL{Path: "/"}
		}
		q := u.Query()
		q.Del("wrong")
		if back || err != nil {
			q.Del("said")
		}
		if err != nil {
			q.Set("wrong", err.Error())
		} else if q.Get("said") == "" {
			q.Set("said", "done")
		}
		u.RawQuery = q.Encode()
		http.Redirect(w, r, u.String(), http.StatusSeeOther)
	}
}

func (s *Server) home(r *http.Request) any {
	var corps []wecom.Summary
	var codes []wecom.CodeView
	for _, c := range s.wecom.Corps() {
		corps = append(corps, c.Summary())
		list := c.CodeList()
		codes = append(codes, list[:min(len(list), 30)]...)
	}
	return object{"Corps": corps, "Codes": codes, "Accounts": s.oa.List(), "People": s.people.List("", 50), "Base": s.wecom.Base(r), "Counts": s.out.Counts("")}
}

func (s *Server) customerPage(r *http.Request) (any, bool) {
	p, ok := s.people.Get(r.PathValue("id"))
	if !ok {
		return nil, false
	}
	type chatOf struct {
		Corp string
		Me   string
		wecom.ChatView
	}
	type deskOf struct {
		Corp string
		wecom.DeskTalk
	}
	var friends []wecom.Friendship
	var chats []chatOf
	var desks []deskOf
	var codes []wecom.CodeView
	for _, c := range s.wecom.Corps() {
		friends = append(friends, c.FriendshipsOf(p.ID)...)
		for _, h := range c.ChatList(p.ID) {
			chats = append(chats, chatOf{c.ID, c.ExternalID(p.ID), h})
		}
		for _, d := range c.DesksOf(p.ID) {
			desks = append(desks, deskOf{c.ID, d})
		}
		list := c.CodeList()
		codes = append(codes, list[:min(len(list), 20)]...)
	}
	return object{"P": p, "Friends": friends, "Chats": chats, "Desks": desks, "Codes": codes, "Views": s.oa.Views(p), "Accounts": s.oa.List()}, true
}

func (s *Server) corpPage(r *http.Request) (any, bool) {
	c := s.wecom.Corp(r.PathValue("corp"))
	if c == nil {
		return nil, false
	}
	sum := c.Summary()
	user := r.URL.Query().Get("userid")
	if user == "" && len(sum.Users) > 0 {
		user = sum.Users[0].ID
	}
	open := slices.DeleteFunc(c.TransferList(), func(t wecom.Transfer) bool { return t.Status != 2 })
	return object{"C": sum, "User": user, "Calls": c.CallCounts(), "Friends": c.FriendsOf(user, 50), "Masses": c.MassList(), "Moments": c.MomentList(), "Transfers": open,
		"Groups": c.ChatList(""), "Desks": c.DeskList(), "Codes": c.CodeList(), "Messages": c.AppMessages()}, true
}
