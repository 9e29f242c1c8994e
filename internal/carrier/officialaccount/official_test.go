package officialaccount_test

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

	"fishpond/internal/carrier/officialaccount"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/errs"
)

type fixed string

func (f fixed) Token(context.Context, string) (string, error) { return string(f), nil }

func TestCalls(t *testing.T) {
	var asked []string
	var answers []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = append(asked, strings.TrimSpace(r.Method+" "+r.URL.String()+" "+string(body)))
		_, _ = io.WriteString(w, answers[0])
		answers = answers[1:]
	}))
	defer server.Close()
	o := wire.Options{Base: server.URL, HTTP: server.Client(), Tokens: fixed("tok")}
	c := officialaccount.New(o, "wx1", "s3cret")
	for _, k := range []struct {
		asks, answers []string
		gives         string
		call          func(ctx context.Context) (any, error)
	}{
		{[]string{`POST /cgi-bin/stable_token? {"appid":"wx1","grant_type":"client_credential","secret":"s3cret"}`}, []string{`{"access_token":"a","expires_in":7200}`}, "a 2h0m0s", func(ctx context.Context) (any, error) {
			token, lives, err := officialaccount.Fetch(o, "wx1", "s3cret")(ctx)
			return fmt.Sprint(token, " ", lives), err
		}},
		{[]string{"GET /cgi-bin/user/info?access_token=tok&lang=zh_CN&openid=o1"}, []string{`{"subscribe":1,"openid":"o1","unionid":"u1","subscribe_time":9,"qr_scene_str":"cod_1"}`}, "{1 o1 u1 9   cod_1}", func(ctx context.Context) (any, error) { return c.Follower(ctx, "o1") }},
		{[]string{"GET /cgi-bin/user/get?access_token=tok&next_openid="}, []string{`{"total":1,"count":1,"data":{"openid":["o1"]},"next_openid":"o1"}`}, "[o1] o1", func(ctx context.Context) (any, error) {
			ids, next, err := c.Followers(ctx, "")
			return fmt.Sprint(ids, " ", next), err
		}},
		{[]string{`POST /cgi-bin/qrcode/create?access_token=tok {"action_info":{"scene":{"scene_str":"cod_1"}},"action_name":"QR_LIMIT_STR_SCENE"}`}, []string{`{"ticket":"t","url":"http://weixin.qq.com/q/1"}`}, "http://weixin.qq.com/q/1 t", func(ctx context.Context) (any, error) {
			url, ticket, err := c.QR(ctx, "cod_1", 0)
			return url + " " + ticket, err
		}},
		{[]string{`POST /cgi-bin/qrcode/create?access_token=tok {"action_info":{"scene":{"scene_str":"cod_1"}},"action_name":"QR_STR_SCENE","expire_seconds":60}`}, []string{`{"url":"q"}`}, "q", func(ctx context.Context) (any, error) {
			url, _, err := c.QR(ctx, "cod_1", time.Minute)
			return url, err
		}},
		{[]string{`POST /cgi-bin/message/custom/send?access_token=tok {"msgtype":"text","text":{"content":"Hi <3"},"touser":"o1"}`}, []string{`{"errcode":0}`}, "<nil>", func(ctx context.Context) (any, error) { return nil, c.SendText(ctx, "o1", "Hi <3") }},
		{[]string{`POST /cgi-bin/message/custom/send?access_token=tok {"image":{"media_id":"m"},"msgtype":"image","touser":"o1"}`}, []string{`{"errcode":0}`}, "<nil>", func(ctx context.Context) (any, error) { return nil, c.SendMedia(ctx, "o1", "image", "m") }},
		{[]string{`POST /cgi-bin/message/custom/send?access_token=tok {"msgtype":"news","news":{"articles":[{"description":"W","picurl":"P","title":"T","url":"U"}]},"touser":"o1"}`}, []string{`{"errcode":0}`}, "<nil>", func(ctx context.Context) (any, error) { return nil, c.SendLink(ctx, "o1", "T", "W", "U", "P") }},
		{[]string{"GET /sns/oauth2/access_token?appid=wx1&code=c&grant_type=authorization_code&secret=s3cret"}, []string{`{"openid":"o1","unionid":"u1","scope":"snsapi_base","access_token":"x"}`}, "{o1 u1  }", func(ctx context.Context) (any, error) { return c.Visitor(ctx, "c") }},
		{[]string{"GET /sns/oauth2/access_token?appid=wx1&code=c&grant_type=authorization_code&secret=s3cret", "GET /sns/userinfo?access_token=x&lang=zh_CN&openid=o1"},
			[]string{`{"openid":"o1","scope":"snsapi_userinfo","access_token":"x"}`, `{"openid":"o1","unionid":"u1","nickname":"Ann","headimgurl":"p"}`}, "{o1 u1 Ann p}", func(ctx context.Context) (any, error) { return c.Visitor(ctx, "c") }},
	} {
		asked, answers = nil, k.answers
		got, err := k.call(t.Context())
		if err != nil || fmt.Sprint(got) != k.gives || strings.Join(asked, "\n") != strings.Join(k.asks, "\n") {
			t.Errorf("asked %s\nwant  %s\ngave %v, %v, want %s", strings.Join(asked, "\n"), strings.Join(k.asks, "\n"), got, err, k.gives)
		}
	}
	answers = []string{`{"errcode":40001,"errmsg":"invalid credential"}`}
	if _, _, err := officialaccount.Fetch(o, "wx1", "wrong")(t.Context()); wire.KindOf(err) != wire.Operator {
		t.Errorf("a wrong secret: %v", err)
	}
	for _, p := range []string{"", strings.Repeat("x", 65)} {
		if _, _, err := c.QR(t.Context(), p, 0); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("parameter %q: %v", p, err)
		}
	}
	if got := c.SignInURL("https://pond.example/a?b=c", "s&t", true); got != "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx1&redirect_uri=https%3A%2F%2Fpond.example%2Fa%3Fb%3Dc&response_type=code&scope=snsapi_userinfo&state=s%26t#wechat_redirect" {
		t.Error(got)
	}
}

func TestEvents(t *testing.T) {
	parse := func(s string) officialaccount.Event {
		t.Helper()
		e, err := officialaccount.ParseEvent([]byte("<xml><ToUserName>gh</ToUserName><FromUserName>o1</FromUserName><CreateTime>7</CreateTime>" + s + "</xml>"))
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	follow := parse("<MsgType>event</MsgType><Event>subscribe</Event><EventKey>qrscene_cod_1</EventKey>")
	if follow.Kind() != officialaccount.Subscribed || follow.Parameter() != "cod_1" || !follow.Known() {
		t.Errorf("%+v", follow)
	}
	if e := parse("<MsgType>event</MsgType><Event>SCAN</Event><EventKey>cod_1</EventKey>"); e.Parameter() != "cod_1" || e.Key() == follow.Key() {
		t.Errorf("%+v", e)
	}
	if a, b := parse("<MsgType>text</MsgType><MsgId>1</MsgId><Content>x</Content>"), parse("<MsgType>text</MsgType><MsgId>1</MsgId><Content>y</Content>"); a.Key() != b.Key() || a.Kind() != "message/text" {
		t.Errorf("%+v %+v", a, b)
	}
	if a, b := parse("<MsgType>event</MsgType><Event>new</Event><A>1</A>"), parse("<MsgType>event</MsgType><Event>new</Event><A>2</A>"); a.Key() == b.Key() || a.Known() {
		t.Error("what is unknown must not be taken for the same")
	}
	if _, err := officialaccount.ParseEvent([]byte(`<!DOCTYPE a [<!ENTITY x "y">]><xml>&x;</xml>`)); !errors.Is(err, wire.ErrXML) {
		t.Errorf("an entity: %v", err)
	}
}
