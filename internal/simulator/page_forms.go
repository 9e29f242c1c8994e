package simulator

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"fishpond/internal/simulator/fault"
	"fishpond/internal/simulator/officialaccount"
	"fishpond/internal/simulator/people"
	"fishpond/internal/simulator/wecom"
)

func (s *Server) scanPage(r *http.Request) (any, bool) {
	kind, id := r.PathValue("kind"), r.PathValue("id")
	data := object{"Code": r.URL.RequestURI(), "Kind": kind, "People": s.people.List(r.URL.Query().Get("q"), 100)}
	for _, c := range s.wecom.Corps() {
		if code, ok := c.FindCode(kind, id); ok {
			data["What"], data["Corp"] = code, c.Summary().Name
			return data, true
		}
	}
	if kind == "oa" && s.oa.HasCode(id) {
		return data, true
	}
	data["Gone"] = true
	return data, true
}

// scanForm lets the customer chosen in a form, or a new one, scan a code.
func (s *Server) scanForm(r *http.Request, code string) (string, error) {
	customer := r.FormValue("customer")
	if name := strings.TrimSpace(r.FormValue("new_name")); customer == "" {
		customer = s.people.Add(people.Person{Name: name, Phone: strings.TrimSpace(r.FormValue("new_phone"))}).ID
	}
	out, err := s.scanned(scanIn{Customer: customer, Code: code, Half: r.FormValue("half") != ""})
	if err != nil {
		return r.FormValue("back"), err
	}
	return "/customers/" + customer + "?said=" + url.QueryEscape(out.Outcome), nil
}

// verbForm runs a verb of a corp with the fields of a form.
func (s *Server) verbForm(r *http.Request) (string, error) {
	c, run := s.wecom.Corp(r.PathValue("corp")), verbs()[r.PathValue("verb")]
	if c == nil || run == nil {
		return "", fmt.Errorf("corp %q or verb %q %w", r.PathValue("corp"), r.PathValue("verb"), wecom.ErrUnknown)
	}
	request, _ := strconv.ParseInt(r.FormValue("request"), 10, 64)
	in := verbIn{Customer: r.FormValue("customer"), External: r.FormValue("external_userid"), User: r.FormValue("userid"), Text: r.FormValue("text"),
		Remark: r.FormValue("remark"), ID: r.FormValue("id"), Request: request, Name: r.FormValue("name"), Group: r.FormValue("group"),
		Takeover: r.FormValue("takeover_userid"), Removed: r.FormValue("removed") != "", Like: r.FormValue("like") != ""}
	if f, head, err := r.FormFile("file"); err == nil { // not every form has one
		defer f.Close()
		if in.File, err = io.ReadAll(io.LimitReader(f, 21<<20)); err != nil {
			return "", err
		}
		in.Name, in.Kind = head.Filename, "file"
		if kind, _, _ := strings.Cut(http.DetectContentType(in.File), "/"); kind == "image" || kind == "video" {
			in.Kind = kind
		}
	}
	in.Users = strings.Fields(r.FormValue("userids"))
	if in.Customer != "" {
		in.External = c.ExternalID(in.Customer)
	}
	_, err := run(c, in)
	return "", err
}

// callbackForm keeps where an app, or an account, is told what happens.
func (s *Server) callbackForm(r *http.Request) (string, error) {
	id, force := r.PathValue("id"), r.FormValue("force") != ""
	to, token, key := strings.TrimSpace(r.FormValue("url")), r.FormValue("token"), r.FormValue("key")
	if c := s.wecom.Corp(id); c != nil {
		return "", c.SetCallback(r.Context(), r.PathValue("app"), wecom.Callback{URL: to, Token: token, Key: key}, force)
	}
	return "", s.oa.SetCallback(r.Context(), id, officialaccount.Callback{URL: to, Token: token, Key: key}, force)
}

func (s *Server) accountForm(r *http.Request) (string, error) {
	appid, customer := r.PathValue("appid"), r.FormValue("customer")
	switch r.PathValue("verb") {
	case "follow":
		return "", s.oa.Follow(appid, customer)
	case "unfollow":
		return "", s.oa.Unfollow(appid, customer)
	case "say":
		return "", s.oa.Say(appid, customer, r.FormValue("text"))
	}
	return "", fmt.Errorf("verb %q %w", r.PathValue("verb"), wecom.ErrUnknown)
}

// faultForm begins and ends faults, expires tokens and moves the clock.
func (s *Server) faultForm(r *http.Request) (string, error) {
	decimal := func(name string) (n float64) { n, _ = strconv.ParseFloat(r.FormValue(name), 64); return n }
	switch r.FormValue("do") {
	case "add":
		_, err := s.faults.Add(fault.Rule{Kind: fault.Kind(r.FormValue("kind")), Scope: r.FormValue("scope"), Path: r.FormValue("path"),
			Times: int(decimal("times")), Seconds: decimal("seconds"), Status: int(decimal("status")), Code: int(decimal("code"))})
		return "", err
	case "remove":
		s.faults.Remove(int64(decimal("id")))
	case "clear":
		s.faults.Clear()
	case "expire":
		s.expireTokens(r.FormValue("scope"))
	case "quota":
		_, err := s.faults.Add(fault.Rule{Kind: fault.ErrCode, Code: 45009, Scope: r.FormValue("scope")})
		return "", err
	case "advance":
		if n := decimal("seconds"); n > 0 {
			s.Advance(time.Duration(n * float64(time.Second)))
		}
	default:
		return "", errors.New("unknown form")
	}
	return "", nil
}

// authorizePage asks who opens the page of an app or an account. Documentation pages:
// 「构造网页授权链接」 of WeCom, 「网页授权」 of the official account platform.
func (s *Server) authorizePage(r *http.Request) (any, bool) {
	q := r.URL.Query()
	if wrong := wrongSignIn(q); wrong != "" {
		return object{"Wrong": wrong}, true
	}
	data := object{"Query": r.URL.RawQuery, "AppID": q.Get("appid"), "Scope": q.Get("scope"), "To": q.Get("redirect_uri"), "People": s.people.List(q.Get("q"), 100)}
	if c := s.wecom.Corp(q.Get("appid")); c != nil {
		data["Name"], data["Users"] = c.Summary().Name, c.Summary().Users
		return data, true
	}
	for _, a := range s.oa.List() {
		if a.ID == q.Get("appid") {
			data["Name"] = a.Name
			return data, true
		}
	}
	return nil, false
}

var plainState = regexp.MustCompile(`^[A-Za-z0-9]{0,128}$`)

// wrongSignIn says what the platforms refuse in the address to which a page sends
// those whom it wants to know, before they ask anybody.
func wrongSignIn(q url.Values) string {
	to, err := url.Parse(q.Get("redirect_uri"))
	switch scope := q.Get("scope"); {
	case err != nil || to.Scheme != "http" && to.Scheme != "https" || to.Host == "":
		return "redirect_uri must begin with http:// or https://"
	case q.Get("response_type") != "code":
		return "response_type must be code"
	case scope != "snsapi_base" && scope != "snsapi_userinfo" && scope != "snsapi_privateinfo":
		return "scope must be snsapi_base, snsapi_userinfo or snsapi_privateinfo"
	case scope == "snsapi_privateinfo" && q.Get("agentid") == "":
		return "snsapi_privateinfo needs agentid"
	case !plainState.MatchString(q.Get("state")):
		return "state must be up to 128 letters and digits"
	}
	return ""
}

// authorize sends the browser back to the page with a code.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	q, err := url.ParseQuery(r.FormValue("query"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if wrong := wrongSignIn(q); wrong != "" {
		http.Error(w, wrong, http.StatusBadRequest)
		return
	}
	to, err := url.Parse(q.Get("redirect_uri"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var code string
	if c := s.wecom.Corp(q.Get("appid")); c != nil {
		agent, _ := strconv.ParseInt(q.Get("agentid"), 10, 64)
		code, err = c.MakeCode(r.FormValue("userid"), r.FormValue("customer"), agent, q.Get("redirect_uri"))
	} else {
		code, err = s.oa.MakeCode(r.FormValue("customer"), q.Get("appid"), q.Get("scope"), q.Get("redirect_uri"))
	}
	if err != nil {
		http.Error(w, err.Error(), statusOf(err))
		return
	}
	back := to.Query()
	back.Set("code", code)
	back.Set("state", q.Get("state"))
	to.RawQuery = back.Encode()
	http.Redirect(w, r, to.String(), http.StatusSeeOther)
}
