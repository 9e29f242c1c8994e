package miniprogram_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"fishpond/internal/carrier/miniprogram"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/errs"
)

func TestSignIn(t *testing.T) {
	used := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		switch {
		case r.URL.Path != "/sns/jscode2session" || q.Get("appid") != "wx1" || q.Get("secret") != "s3cret" || q.Get("grant_type") != "authorization_code" || q.Has("access_token"):
			t.Errorf("%s", r.URL)
		case q.Get("js_code") != "good":
			_, _ = io.WriteString(w, `{"errcode":40029,"errmsg":"invalid code"}`)
		case used["good"]:
			_, _ = io.WriteString(w, `{"errcode":40163,"errmsg":"code been used"}`)
		default:
			used["good"] = true
			_, _ = io.WriteString(w, `{"openid":"o1","unionid":"u1","session_key":"k"}`)
		}
	}))
	defer server.Close()
	c := miniprogram.New(wire.Options{Base: server.URL, HTTP: server.Client()}, "wx1", "s3cret")
	if s, err := c.SignIn(t.Context(), "good"); err != nil || s != (miniprogram.Session{OpenID: "o1", UnionID: "u1"}) {
		t.Errorf("%+v %v", s, err)
	}
	for code, want := range map[string]int{"good": 40163, "bad": 40029} {
		if _, err := c.SignIn(t.Context(), code); wire.Code(err) != want || !errs.Is(wire.Show(err), errs.CodeConflict) {
			t.Errorf("%s: %v", code, err)
		}
	}
}
