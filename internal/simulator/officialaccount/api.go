package officialaccount

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"fishpond/internal/simulator/fault"
)

// Error is an answer of the platform other than success. Documentation page:
// 「全局返回码说明」.
type Error struct {
	Code int
	Msg  string
}

// Error gives the message with its code.
func (e *Error) Error() string { return fmt.Sprintf("%d %s", e.Code, e.Msg) }

var words = map[int]string{
	-1:    "system error",
	40001: "invalid credential, access_token is invalid or not latest",
	40002: "invalid grant_type",
	40003: "invalid openid",
	40004: "invalid media type",
	40007: "invalid media_id",
	40008: "invalid message type",
	40013: "invalid appid",
	40014: "invalid access_token",
	40029: "invalid code",
	40030: "invalid refresh_token",
	40053: "invalid action info",
	40097: "invalid args",
	40125: "invalid appsecret",
	40163: "code been used",
	40164: "invalid ip, not in whitelist",
	40226: "high risk user's login code",
	41001: "access_token missing",
	41002: "appid missing",
	41004: "appsecret missing",
	41005: "media data missing",
	41008: "missing code",
	42001: "access_token expired",
	43002: "require POST method",
	43004: "require subscribe",
	44002: "empty post data",
	44004: "empty content",
	45002: "content size out of limit",
	45009: "reach max api daily quota limit",
	45015: "response out of time limit or subscription is canceled",
	45029: "qrcode count out of limit",
	45047: "out of response count limit",
	47001: "data format error",
	48001: "api unauthorized",
}

func fail(code int) *Error {
	msg := words[code]
	if msg == "" {
		msg = "error"
	}
	return &Error{Code: code, Msg: msg}
}

type reply map[string]any

// call is one request with the world locked.
type call struct {
	w    *World
	a    *Account // who calls, when the API needs a token
	at   time.Time
	r    *http.Request
	q    url.Values
	body []byte
}

type endpoint struct {
	method string
	open   bool // needs no access token of the account
	kind   string
	do     func(*call) (any, error)
}

var routes = map[string]endpoint{
	"/cgi-bin/token":                   {method: "GET", open: true, do: getToken},
	"/cgi-bin/stable_token":            {method: "POST", open: true, do: stableToken},
	"/cgi-bin/user/info":               {method: "GET", kind: Official, do: userInfo},
	"/cgi-bin/user/info/batchget":      {method: "POST", kind: Official, do: userInfoBatch},
	"/cgi-bin/user/info/updateremark":  {method: "POST", kind: Official, do: updateRemark},
	"/cgi-bin/user/get":                {method: "GET", kind: Official, do: userGet},
	"/cgi-bin/qrcode/create":           {method: "POST", kind: Official, do: qrCreate},
	"/cgi-bin/message/custom/send":     {method: "POST", do: customSend},
	"/cgi-bin/media/upload":            {method: "POST", do: mediaUpload},
	"/sns/oauth2/access_token":         {method: "GET", open: true, do: pageToken},
	"/sns/oauth2/refresh_token":        {method: "GET", open: true, do: pageRefresh},
	"/sns/userinfo":                    {method: "GET", open: true, do: pageUser},
	"/sns/auth":                        {method: "GET", open: true, do: pageAuth},
	"/sns/jscode2session":              {method: "GET", open: true, do: codeToSession},
	"/wxa/business/getuserphonenumber": {method: "POST", kind: MiniProgram, do: phoneNumber},
	"/cgi-bin/get_api_domain_ip":       {method: "GET", do: func(*call) (any, error) { return reply{"ip_list": []string{"127.0.0.1"}}, nil }},
	"/cgi-bin/message/custom/typing":   {method: "POST", do: func(*call) (any, error) { return nil, nil }},
}

// Knows reports whether a request is for this half of the simulator: by its path, or,
// where WeCom has the same path, by its token.
func (w *World) Knows(r *http.Request) bool {
	e, ok := routes[r.URL.Path]
	if !ok {
		return false
	}
	if e.open || !shared[r.URL.Path] {
		return true
	}
	return w.HasToken(r.URL.Query().Get("access_token"))
}

// shared paths exist at WeCom too.
var shared = map[string]bool{"/cgi-bin/user/get": true, "/cgi-bin/media/upload": true}

// ServeHTTP answers calls.
func (w *World) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	c := &call{w: w, r: r, q: r.URL.Query()}
	scope := c.q.Get("appid")
	w.mu.Lock()
	if t := w.tokens[c.q.Get("access_token")]; t != nil {
		scope = t.App
	}
	w.mu.Unlock()
	code, done, breakAfter := fault.Answer(rw, r, w.Faults.Take(scope, strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/"), "cgi-bin/"), false))
	if done {
		return
	}
	var out any
	var err error
	if code != 0 {
		err = fail(code)
	} else {
		out, err = w.answer(c)
	}
	if breakAfter {
		fault.Break(rw)
		return
	}
	write(rw, out, err)
}

const maxBody = 12 << 20

func (w *World) answer(c *call) (any, error) {
	e, ok := routes[c.r.URL.Path]
	if !ok {
		return nil, fail(-1)
	}
	if c.r.Method != e.method {
		if e.method == http.MethodPost {
			return nil, fail(43002)
		}
		return nil, &Error{43001, "require GET method"}
	}
	if e.method == http.MethodPost {
		var err error
		if c.body, err = io.ReadAll(io.LimitReader(c.r.Body, maxBody)); err != nil {
			return nil, fail(-1)
		}
		if len(c.body) == 0 {
			return nil, fail(44002)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	c.at = w.Clock()
	if !e.open {
		t := w.tokens[c.q.Get("access_token")]
		switch {
		case c.q.Get("access_token") == "":
			return nil, fail(41001)
		case t == nil || t.Person != "" || w.accounts[t.App] == nil:
			return nil, fail(40001)
		case !c.at.Before(t.Expires):
			return nil, fail(42001)
		}
		c.a = w.accounts[t.App]
		if e.kind != "" && e.kind != c.a.Kind {
			return nil, fail(48001)
		}
	}
	return e.do(c)
}

func (c *call) decode(in any) error {
	if err := json.Unmarshal(c.body, in); err != nil {
		return &Error{47001, "data format error: " + err.Error()}
	}
	return nil
}

// write answers as this platform does: errors and empty answers carry errcode, data
// alone does not.
func write(rw http.ResponseWriter, out any, err error) {
	if e, ok := err.(*Error); ok { //nolint:errorlint // made above, never wrapped
		out = reply{"errcode": e.Code, "errmsg": e.Msg + " rid: " + random(8) + "-" + random(8) + "-" + random(8)}
	} else if out == nil {
		out = reply{"errcode": 0, "errmsg": "ok"}
	}
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	encoder := json.NewEncoder(rw)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(out)
}
