package wire_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// tokens counts up at each refusal.
type tokens struct{ n int }

func (k *tokens) Token(_ context.Context, refused string) (string, error) {
	if refused != "" {
		k.n++
	}
	return fmt.Sprintf("t%d", k.n), nil
}

// quota waits as often as told.
type quota struct {
	waits, fulls, taken int
	told                []error
}

func (q *quota) Take(context.Context, string) (time.Duration, error) {
	if q.waits > 0 {
		q.waits--
		return 30 * time.Second, nil
	}
	q.taken++
	return 0, nil
}
func (q *quota) Full(context.Context, string) (time.Duration, error) {
	q.fulls++
	return 20 * time.Second, nil
}
func (q *quota) Told(_ context.Context, _ string, err error) { q.told = append(q.told, err) }

var rules = map[int]wire.Rule{
	-1: {Kind: wire.Busy}, 42001: {Kind: wire.Token}, 45009: {Kind: wire.Limited},
	60020: {Kind: wire.Operator, Text: i18n.T("把服务器地址加入可信 IP", "Add the server's address to the trusted IPs")},
}

func TestCalls(t *testing.T) {
	const ok = `{"errcode":0,"errmsg":"ok","name":"Ann"}`
	type c struct {
		name    string
		answers []string // the last one again and again
		waits   int
		patient time.Duration
		calls   int
		slept   time.Duration
		want    string // of the error; empty: none
		code    errs.Code
		used    string // the last token
	}
	for _, c := range []c{
		{name: "fine", answers: []string{ok}, calls: 1, used: "t0"},
		{name: "a token that ended", answers: []string{`{"errcode":42001}`, ok}, calls: 2, used: "t1"},
		{name: "tokens that end at once", answers: []string{`{"errcode":42001}`}, calls: 2, want: "42001", code: errs.CodeConflict, used: "t1"},
		{name: "busy twice", answers: []string{`{"errcode":-1}`, `{"errcode":-1}`, ok}, calls: 3, slept: 600 * time.Millisecond, used: "t0"},
		{name: "busy for ever", answers: []string{`{"errcode":-1}`}, calls: 3, slept: 600 * time.Millisecond, want: "-1", code: errs.CodeUnavailable, used: "t0"},
		{name: "broken on the way", answers: []string{"500", ok}, calls: 2, slept: 200 * time.Millisecond, used: "t0"},
		{name: "not JSON", answers: []string{"<html>"}, calls: 3, slept: 600 * time.Millisecond, want: "answer", code: errs.CodeUnavailable, used: "t0"},
		{name: "too many, and nobody waits", answers: []string{`{"errcode":45009}`}, calls: 1, want: "call limit", code: errs.CodeTooMany, used: "t0"},
		{name: "too many, and we wait", answers: []string{`{"errcode":45009}`, ok}, patient: time.Minute, calls: 2, slept: 20 * time.Second, used: "t0"},
		{name: "our own count is full", answers: []string{ok}, waits: 1, calls: 0, want: "call limit", code: errs.CodeTooMany},
		{name: "our own count is full, and we wait", answers: []string{ok}, waits: 2, patient: time.Minute, calls: 1, slept: time.Minute, used: "t0"},
		{name: "patience ends", answers: []string{ok}, waits: 3, patient: time.Minute, calls: 0, slept: time.Minute, want: "call limit", code: errs.CodeTooMany},
		{name: "for the operator", answers: []string{`{"errcode":60020,"errmsg":"not allow to access from your ip"}`}, calls: 1, want: "60020", code: errs.CodeConflict, used: "t0"},
		{name: "unknown code", answers: []string{`{"errcode":99,"errmsg":"no"}`}, calls: 1, want: "99 no", code: errs.CodeConflict, used: "t0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			calls, used := 0, ""
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				answer := c.answers[min(calls, len(c.answers)-1)]
				calls++
				used = r.URL.Query().Get("access_token")
				if body, _ := io.ReadAll(r.Body); string(body) != `{"q":"<&>"}`+"\n" || r.Header.Get("Content-Type") != "application/json" {
					t.Errorf("body %s", body)
				}
				if answer == "500" {
					w.WriteHeader(500)
				}
				_, _ = io.WriteString(w, answer)
			}))
			defer server.Close()
			var slept time.Duration
			q := &quota{waits: c.waits}
			client := wire.New(wire.Options{Base: server.URL + "/cgi-bin/", HTTP: server.Client(), Tokens: &tokens{}, Quota: q, Patient: c.patient, Rules: rules,
				Sleep: func(_ context.Context, d time.Duration) error { slept += d; return nil }})
			var out struct{ Name string }
			err := client.Post(t.Context(), "thing/do", map[string]string{"q": "<&>"}, &out)
			if c.want == "" && (err != nil || out.Name != "Ann") || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%+v, %v", out, err)
			}
			if calls != c.calls || slept != c.slept || used != c.used || q.taken != calls || len(q.told) != calls {
				t.Errorf("%d calls, slept %v, token %s, taken %d, told %d", calls, slept, used, q.taken, len(q.told))
			}
			if c.want != "" && !errs.Is(wire.Show(err), c.code) {
				t.Errorf("shown as %v", wire.Show(err))
			}
		})
	}
}

func TestTokensStayOutOfErrors(t *testing.T) {
	client := wire.New(wire.Options{Base: "http://127.0.0.1:1", HTTP: http.DefaultClient, Tokens: &tokens{}, Sleep: func(context.Context, time.Duration) error { return errors.New("no") }})
	err := client.Get(t.Context(), "thing/get", nil, nil)
	if err == nil || strings.Contains(err.Error(), "access_token") || !errs.Is(wire.Show(err), errs.CodeUnavailable) {
		t.Errorf("%v", err)
	}
}

func TestUpload(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, h, err := r.FormFile("media")
		if err != nil {
			t.Error(err)
			return
		}
		content, _ := io.ReadAll(f)
		fmt.Fprintf(w, `{"media_id":"%s %s %s %s"}`, h.Filename, h.Header.Get("Content-Type"), content, r.URL.Query().Get("type"))
	}))
	defer server.Close()
	client := wire.New(wire.Options{Base: server.URL, HTTP: server.Client(), Tokens: &tokens{}})
	var out struct {
		ID string `json:"media_id"`
	}
	err := client.Upload(t.Context(), "media/upload", map[string][]string{"type": {"image"}}, "a\"\r\nb.png", "image/png", []byte("xyz"), &out)
	if err != nil || out.ID != "a___b.png image/png xyz image" {
		t.Errorf("%+v %v", out, err)
	}
}
