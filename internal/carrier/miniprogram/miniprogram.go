// Package miniprogram speaks what Fishpond needs of WeChat's mini programs: who
// is behind a sign-in.
package miniprogram

import (
	"context"
	"net/url"

	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/i18n"
)

// Base is where the calls begin.
const Base = "https://api.weixin.qq.com"

// Rules is what the error codes mean and what to do about them.
var Rules = map[int]wire.Rule{
	-1:    {Kind: wire.Busy, Text: i18n.T("微信繁忙，请稍后再试", "WeChat is busy; try again later")},
	40013: {Kind: wire.Operator, Text: i18n.T("AppID 不正确", "The AppID is not right")},
	40029: {Kind: wire.Other, Text: i18n.T("登录凭证无效，请重新登录", "The sign-in code is not valid; sign in again")},
	40125: {Kind: wire.Operator, Text: i18n.T("AppSecret 不正确", "The AppSecret is not right")},
	40163: {Kind: wire.Other, Text: i18n.T("登录凭证已经用过，请重新登录", "The sign-in code was used; sign in again")},
	40226: {Kind: wire.Other, Text: i18n.T("微信认为这次登录有风险，没有放行", "WeChat finds this sign-in risky and refuses it")},
	45011: {Kind: wire.Limited, Text: i18n.T("登录太频繁", "Sign-ins are too frequent")},
}

// Session is who signed in. The session key stays here: nothing of ours
// decrypts what the phone sends.
type Session struct {
	OpenID  string `json:"openid"`
	UnionID string `json:"unionid"`
}

// Client signs visitors of one mini program in.
type Client struct {
	c           *wire.Client
	app, secret string
}

// New returns a client. Base, Rules and Tokens of o may be left out: the call
// carries the secret itself.
func New(o wire.Options, appID, secret string) *Client {
	if o.Base == "" {
		o.Base = Base
	}
	o.Rules, o.Tokens = Rules, noToken{}
	return &Client{c: wire.New(o), app: appID, secret: secret}
}

type noToken struct{}

func (noToken) Token(context.Context, string) (string, error) { return "", nil }

// SignIn tells who the code of wx.login stands for; a code serves once
// (sns/jscode2session).
func (c *Client) SignIn(ctx context.Context, code string) (s Session, err error) {
	return s, c.c.Get(ctx, "sns/jscode2session", url.Values{"appid": {c.app}, "secret": {c.secret}, "js_code": {code}, "grant_type": {"authorization_code"}}, &s)
}
