package officialaccount

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Base is where the calls begin.
const Base = "https://api.weixin.qq.com"

// Rules is what the error codes mean and what to do about them.
var Rules = map[int]wire.Rule{
	-1: {Kind: wire.Busy, Text: i18n.T("微信繁忙，请稍后再试", "WeChat is busy; try again later")},
	// Unlike WeCom's, this code also means that a newer token has replaced ours.
	40001: {Kind: wire.Token, Text: i18n.T("AppSecret 不正确，或凭证已被替换", "The AppSecret is not right, or the token was replaced")},
	40002: {Kind: wire.Operator, Text: i18n.T("凭证类型不正确", "The grant type is not right")},
	40003: {Kind: wire.Missing, Text: i18n.T("没有这位粉丝", "There is no such follower")},
	40013: {Kind: wire.Operator, Text: i18n.T("AppID 不正确", "The AppID is not right")},
	40014: {Kind: wire.Token},
	40029: {Kind: wire.Other, Text: i18n.T("网页授权码无效或已用过", "The sign-in code is not valid or was used")},
	40125: {Kind: wire.Operator, Text: i18n.T("AppSecret 不正确：请到公众平台的基本配置重置并复制", "The AppSecret is not right: reset and copy it in the basic configuration")},
	40163: {Kind: wire.Other, Text: i18n.T("网页授权码已经用过", "The sign-in code was used")},
	40164: {Kind: wire.Operator, Text: i18n.T("服务器的 IP 不在白名单里：请在公众平台的基本配置里添加", "The server's address is not on the IP whitelist: add it in the basic configuration")},
	41001: {Kind: wire.Token},
	42001: {Kind: wire.Token},
	45009: {Kind: wire.Limited, Text: i18n.T("今天的调用次数已到上限", "Today's call limit is reached")},
	45011: {Kind: wire.Limited, Text: i18n.T("调用太频繁", "Calls are too frequent")},
	45015: {Kind: wire.Other, Text: i18n.T("粉丝超过 48 小时没有互动，不能再发客服消息", "The follower has not written for 48 hours: no message may be sent")},
	45047: {Kind: wire.Other, Text: i18n.T("客服消息条数已到上限，要等粉丝回复", "The limit of messages is reached until the follower answers")},
	48001: {Kind: wire.Operator, Text: i18n.T("公众号没有这个接口的权限（多半需要认证）", "The account may not make this call; it probably has to be verified")},
	48004: {Kind: wire.Operator, Text: i18n.T("接口被封禁，请登录公众平台查看原因", "The interface is blocked: see the reason in the platform's console")},
	50002: {Kind: wire.Operator, Text: i18n.T("公众号被限制", "The account is restricted")},
}

// Client makes calls for one account. It is safe for concurrent use.
type Client struct {
	c      *wire.Client
	once   *wire.Client // calls that must not be made twice
	open   *wire.Client // calls that carry a code instead of the account's token
	app    string
	secret string
}

// New returns a client. Base and Rules of o may be left out.
func New(o wire.Options, appID, secret string) *Client {
	if o.Base == "" {
		o.Base = Base
	}
	o.Rules = Rules
	bare := o
	bare.Tokens = noToken{}
	single := o
	single.Once = true
	return &Client{c: wire.New(o), once: wire.New(single), open: wire.New(bare), app: appID, secret: secret}
}

// Fetch asks for access tokens. A stable token does not end the one that
// another system of the brand may be using.
func Fetch(o wire.Options, appID, secret string) wire.Fetch {
	c := New(o, appID, secret)
	return func(ctx context.Context) (string, time.Duration, error) {
		var out struct {
			Token   string `json:"access_token"`
			Expires int64  `json:"expires_in"`
		}
		err := c.open.Post(ctx, "cgi-bin/stable_token", map[string]any{"grant_type": "client_credential", "appid": appID, "secret": secret}, &out)
		if wire.Code(err) == 40001 { // here it can only be the secret
			err = &wire.APIError{API: "cgi-bin/stable_token", Code: 40001, Kind: wire.Operator, Text: Rules[40125].Text}
		}
		if err == nil && (out.Token == "" || out.Expires <= 0) {
			err = fmt.Errorf("officialaccount: an answer without a token")
		}
		return out.Token, time.Duration(out.Expires) * time.Second, err
	}
}

type noToken struct{}

func (noToken) Token(context.Context, string) (string, error) { return "", nil }

// Follower is somebody who follows, or did.
type Follower struct {
	Subscribed int    `json:"subscribe"` // 0: no longer; then only the ids are told
	OpenID     string `json:"openid"`
	UnionID    string `json:"unionid"`
	Since      int64  `json:"subscribe_time"` // seconds since 1970
	Remark     string `json:"remark"`
	Scene      string `json:"subscribe_scene"`
	Parameter  string `json:"qr_scene_str"`
}

// Follower returns one follower (cgi-bin/user/info).
func (c *Client) Follower(ctx context.Context, openID string) (f Follower, err error) {
	return f, c.c.Get(ctx, "cgi-bin/user/info", url.Values{"openid": {openID}, "lang": {"zh_CN"}}, &f)
}

// Followers returns up to 10,000 open ids after one of them, and the last of
// the page, empty at the end (cgi-bin/user/get).
func (c *Client) Followers(ctx context.Context, after string) (ids []string, next string, err error) {
	var out struct {
		Data struct {
			IDs []string `json:"openid"`
		} `json:"data"`
		Next string `json:"next_openid"`
	}
	err = c.c.Get(ctx, "cgi-bin/user/get", url.Values{"next_openid": {after}}, &out)
	if len(out.Data.IDs) == 0 {
		out.Next = ""
	}
	return out.Data.IDs, out.Next, err
}

// MaxParameter is how long a code's parameter may be, in bytes.
const MaxParameter = 64

// QR makes a code with a parameter and returns what the picture says. lives up
// to 30 days; 0: for ever, of which an account has 100,000 (cgi-bin/qrcode/create).
func (c *Client) QR(ctx context.Context, parameter string, lives time.Duration) (content, ticket string, err error) {
	if parameter == "" || len(parameter) > MaxParameter {
		return "", "", errs.InvalidField("state", i18n.T("二维码参数应为 1–64 字节", "A code's parameter has 1 to 64 bytes"))
	}
	in := map[string]any{"action_name": "QR_LIMIT_STR_SCENE", "action_info": map[string]any{"scene": map[string]string{"scene_str": parameter}}}
	if lives > 0 {
		in["action_name"], in["expire_seconds"] = "QR_STR_SCENE", int64(min(lives, 30*24*time.Hour)/time.Second)
	}
	var out struct {
		Ticket string `json:"ticket"`
		URL    string `json:"url"`
	}
	err = c.c.Post(ctx, "cgi-bin/qrcode/create", in, &out)
	return out.URL, out.Ticket, err
}

// SendText sends a text to a follower who has written within 48 hours
// (cgi-bin/message/custom/send).
func (c *Client) SendText(ctx context.Context, openID, text string) error {
	return c.send(ctx, openID, "text", map[string]string{"content": text})
}

// SendMedia sends an uploaded picture or voice: kind is image or voice.
func (c *Client) SendMedia(ctx context.Context, openID, kind, mediaID string) error {
	return c.send(ctx, openID, kind, map[string]string{"media_id": mediaID})
}

// Upload puts a temporary material of kind image, voice or video on the
// platform, where it lives for three days (cgi-bin/media/upload).
func (c *Client) Upload(ctx context.Context, kind, name, contentType string, content []byte) (mediaID string, err error) {
	var out struct {
		MediaID string `json:"media_id"`
	}
	err = c.c.Upload(ctx, "cgi-bin/media/upload", url.Values{"type": {kind}}, name, contentType, content, &out)
	return out.MediaID, err
}

// Download returns a temporary material of at most so many bytes; larger ones
// are wire.ErrTooLarge (cgi-bin/media/get).
func (c *Client) Download(ctx context.Context, mediaID string, most int) (wire.File, error) {
	return c.c.Download(ctx, "cgi-bin/media/get", url.Values{"media_id": {mediaID}}, most)
}

// SendLink sends a link as a card.
func (c *Client) SendLink(ctx context.Context, openID, title, words, address, picture string) error {
	return c.send(ctx, openID, "news", map[string]any{"articles": []map[string]string{{"title": title, "description": words, "url": address, "picurl": picture}}})
}

// SendMiniProgram sends a card that opens a page of a mini program; cover is an
// uploaded picture.
func (c *Client) SendMiniProgram(ctx context.Context, openID, title, appID, page, cover string) error {
	return c.send(ctx, openID, "miniprogrampage", map[string]string{"title": title, "appid": appID, "pagepath": page, "thumb_media_id": cover})
}

func (c *Client) send(ctx context.Context, openID, kind string, content any) error {
	return c.once.Post(ctx, "cgi-bin/message/custom/send", map[string]any{"touser": openID, "msgtype": kind, kind: content}, nil)
}

// SignInURL is where a page sends a visitor to learn who they are. named asks
// the visitor for their name and picture too; without it they notice nothing.
func (c *Client) SignInURL(redirect, state string, named bool) string {
	scope := "snsapi_base"
	if named {
		scope = "snsapi_userinfo"
	}
	q := url.Values{"appid": {c.app}, "redirect_uri": {redirect}, "response_type": {"code"}, "scope": {scope}, "state": {state}}
	return "https://open.weixin.qq.com/connect/oauth2/authorize?" + q.Encode() + "#wechat_redirect"
}

// Visitor is who signed in on a page.
type Visitor struct {
	OpenID  string `json:"openid"`
	UnionID string `json:"unionid"`
	Name    string `json:"nickname"`
	Picture string `json:"headimgurl"`
}

// Visitor tells who the code of a sign-in stands for; a code serves once
// (sns/oauth2/access_token, sns/userinfo).
func (c *Client) Visitor(ctx context.Context, code string) (Visitor, error) {
	var grant struct {
		Visitor
		Token string `json:"access_token"`
		Scope string `json:"scope"`
	}
	err := c.open.Get(ctx, "sns/oauth2/access_token", url.Values{"appid": {c.app}, "secret": {c.secret}, "code": {code}, "grant_type": {"authorization_code"}}, &grant)
	if err != nil || grant.Scope != "snsapi_userinfo" {
		return grant.Visitor, err
	}
	var v Visitor
	err = c.open.Get(ctx, "sns/userinfo", url.Values{"access_token": {grant.Token}, "openid": {grant.OpenID}, "lang": {"zh_CN"}}, &v)
	return v, err
}
