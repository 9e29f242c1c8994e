package wecom

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"fishpond/internal/simulator/fault"
)

// call is one request of a client to the API.
type call struct {
	*Corp
	world *World
	app   *App
	at    time.Time
	path  string // without /cgi-bin/
	query url.Values
	body  []byte
	r     *http.Request
}

// unix is the time of the call in seconds, as the platform writes times.
func (c *call) unix() int64 { return c.at.Unix() }

// link is an address of the simulator.
func (c *call) link(path string) string { return c.world.Base(c.r) + path }

// reply is the body of a successful answer; errcode and errmsg are added.
type reply map[string]any

// partial is an error that comes with a body.
type partial struct {
	err  *Error
	body reply
}

func (p *partial) Error() string { return p.err.Error() }

// file is an answer that is not JSON.
type file struct {
	name, kind string
	data       []byte
}

// endpoint is one API: who may call it and what it does with the corp locked.
type endpoint struct {
	method string
	need   need
	do     func(*call) (any, error)
}

// need says which apps may call an API. Documentation page: 「接口调用权限」 of each chapter.
type need int

const (
	anybody   need = iota // any app of the corp
	directory             // self-built apps; the contact sync assistant no longer reads details
	customers             // customer contact itself and the apps that may call it
	agents                // self-built apps
	kfDesk                // WeChat customer service and the apps that were given its accounts
	archive               // chat archiving
	dirIDs                // self-built apps and the contact sync assistant
)

func (n need) check(a *App) *Error {
	ok := true
	switch n {
	case directory:
		if a.Kind == KindContacts {
			return fail(48009, "")
		}
		ok = a.Kind == KindAgent
	case dirIDs:
		ok = a.Kind == KindAgent || a.Kind == KindContacts
	case customers:
		ok = a.mayCustomers()
	case agents:
		ok = a.Kind == KindAgent
	case kfDesk:
		ok = a.Kind == KindKf || a.Kind == KindAgent && a.Kf
	case archive:
		ok = a.Kind == KindArchive
	}
	if !ok {
		return fail(48002, "")
	}
	return nil
}

// get declares an API that is called with GET.
func get(n need, do func(*call) (any, error)) endpoint {
	return endpoint{method: http.MethodGet, need: n, do: do}
}

// post declares an API that is called with POST and a JSON body.
func post[In any](n need, do func(*call, *In) (any, error)) endpoint {
	return endpoint{method: http.MethodPost, need: n, do: func(c *call) (any, error) {
		in := new(In)
		if len(c.body) > 0 {
			if err := json.Unmarshal(c.body, in); err != nil {
				return nil, fail(40058, "%v", err)
			}
		}
		return do(c, in)
	}}
}

// maxBody is how much a client may send: a file of 20 MB and its wrapping.
const maxBody = 21 << 20

// ServeHTTP answers calls below /cgi-bin/.
func (w *World) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	c := &call{world: w, path: strings.TrimPrefix(r.URL.Path, "/cgi-bin/"), query: r.URL.Query(), r: r}
	scope := c.query.Get("corpid")
	if tok := w.tokens.find(c.query.Get("access_token")); tok != nil {
		scope = tok.Corp
	}
	code, done, breakAfter := fault.Answer(rw, r, w.Faults.Take(scope, c.path, false))
	if done {
		return
	}
	var out any
	var err error
	if code != 0 {
		err = fail(code, "")
	} else {
		out, err = w.answer(c)
	}
	if breakAfter {
		fault.Break(rw)
		return
	}
	write(rw, r, out, err)
}

func (w *World) answer(c *call) (any, error) {
	if c.path == "gettoken" {
		return w.gettoken(c)
	}
	e, ok := w.routes[c.path]
	if !ok {
		return nil, fail(-1, "no API at %s", c.r.URL.Path)
	}
	if err := w.admit(c); err != nil {
		return nil, err
	}
	if c.r.Method != e.method && e.method != "*" {
		return nil, fail(40063, "require %s", e.method)
	}
	if c.r.Method == http.MethodPost {
		var err error
		if c.body, err = io.ReadAll(io.LimitReader(c.r.Body, maxBody+1)); err != nil {
			return nil, fail(-1, "%v", err)
		}
		if len(c.body) > maxBody {
			return nil, fail(45001, "")
		}
	}
	leave, err := c.enter(c.path, w.Clock(), w.Limits)
	if err != nil {
		return nil, err
	}
	defer leave()
	if err := e.need.check(c.app); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = w.Clock()
	c.settle(c.at)
	return e.do(c)
}

// admit finds out who calls. Documentation page: 「访问频率限制」, 「全局错误码」.
func (w *World) admit(c *call) *Error {
	value := c.query.Get("access_token")
	if value == "" {
		return fail(41001, "")
	}
	tok := w.tokens.find(value)
	if tok == nil {
		return fail(40014, "")
	}
	if !w.Clock().Before(tok.Expires) {
		return fail(42001, "")
	}
	c.Corp = w.Corp(tok.Corp)
	if c.Corp == nil {
		return fail(40014, "")
	}
	if c.app = c.appOfID(tok.App); c.app == nil {
		return fail(40014, "")
	}
	if !c.app.trusts(c.r) {
		return fail(60020, "from ip: %s", address(c.r))
	}
	return nil
}

func write(rw http.ResponseWriter, r *http.Request, out any, err error) {
	if f, ok := out.(file); ok && err == nil {
		rw.Header().Set("Content-Type", f.kind)
		rw.Header().Set("Content-Disposition", `attachment; filename="`+url.PathEscape(f.name)+`"`)
		_, _ = rw.Write(f.data)
		return
	}
	code, msg := 0, "ok"
	var more *partial
	var fault *Error
	switch {
	case errors.As(err, &more):
		code, msg, out = more.err.Code, more.err.Msg, more.body
	case errors.As(err, &fault):
		code, msg, out = fault.Code, fault.Msg+", hint: ["+random(24)+"], from ip: "+address(r), nil
	case err != nil:
		code, msg, out = -1, err.Error(), nil
	}
	head, _ := json.Marshal(map[string]any{"errcode": code, "errmsg": msg})
	body := []byte("{}")
	if out != nil {
		if body, err = json.Marshal(out); err != nil {
			http.Error(rw, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	rw.Header().Set("Content-Type", "application/json; charset=UTF-8")
	rw.Header().Set("Error-Code", strings.TrimSpace(jsonNumber(code)))
	if len(body) > 2 { // splice the two objects
		head[len(head)-1] = ','
		head = append(head, body[1:]...)
	}
	_, _ = rw.Write(head)
}

func jsonNumber(n int) string {
	b, _ := json.Marshal(n)
	return string(b)
}
