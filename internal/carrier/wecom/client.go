package wecom

import (
	"context"
	"crypto/sha1" //nolint:gosec // the platform signs with it
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"fishpond/internal/carrier/wire"
)

// Base is where WeCom's calls begin.
const Base = "https://qyapi.weixin.qq.com/cgi-bin"

// Client makes calls with one secret of one corp. It is safe for concurrent use.
type Client struct{ c *wire.Client }

// New returns a client. Base and Rules of o may be left out.
func New(o wire.Options) *Client {
	if o.Base == "" {
		o.Base = Base
	}
	o.Rules = Rules
	return &Client{wire.New(o)}
}

// Fetch asks for access tokens with a secret: the one call that needs none.
func Fetch(o wire.Options, corpID, secret string) wire.Fetch {
	if o.Base == "" {
		o.Base = Base
	}
	o.Rules, o.Tokens = Rules, noToken{}
	c := wire.New(o)
	return func(ctx context.Context) (string, time.Duration, error) {
		var out struct {
			Token   string `json:"access_token"`
			Expires int64  `json:"expires_in"`
		}
		err := c.Get(ctx, "gettoken", url.Values{"corpid": {corpID}, "corpsecret": {secret}}, &out)
		if err == nil && (out.Token == "" || out.Expires <= 0) {
			err = fmt.Errorf("wecom: gettoken: an answer without a token")
		}
		return out.Token, time.Duration(out.Expires) * time.Second, err
	}
}

type noToken struct{}

func (noToken) Token(context.Context, string) (string, error) { return "", nil }

// Member is somebody of the corp.
type Member struct {
	UserID      string  `json:"userid"`
	Name        string  `json:"name"`
	Alias       string  `json:"alias"`
	Email       string  `json:"email"`
	BizMail     string  `json:"biz_mail"`
	Mobile      string  `json:"mobile"`
	Status      int     `json:"status"` // 1 active, 2 disabled, 4 not activated, 5 left
	Departments []int64 `json:"department"`
}

// Member returns one member (user/get).
func (c *Client) Member(ctx context.Context, userID string) (m Member, err error) {
	return m, c.c.Get(ctx, "user/get", url.Values{"userid": {userID}}, &m)
}

// MemberList returns the members of a department with their details (user/list).
func (c *Client) MemberList(ctx context.Context, department int64, below bool) ([]Member, error) {
	return c.members(ctx, "user/list", department, below)
}

// MemberNames is MemberList with nothing but ids, names and departments (user/simplelist).
func (c *Client) MemberNames(ctx context.Context, department int64, below bool) ([]Member, error) {
	return c.members(ctx, "user/simplelist", department, below)
}

func (c *Client) members(ctx context.Context, api string, department int64, below bool) ([]Member, error) {
	q := url.Values{"department_id": {strconv.FormatInt(department, 10)}}
	if below {
		q.Set("fetch_child", "1")
	}
	var out struct {
		Members []Member `json:"userlist"`
	}
	err := c.c.Get(ctx, api, q, &out)
	return out.Members, err
}

// Department is a part of the corp; the root is 1.
type Department struct {
	ID     int64  `json:"id"`
	Name   string `json:"name"`
	Parent int64  `json:"parentid"`
}

// Departments lists those that the secret may see (department/list).
func (c *Client) Departments(ctx context.Context) ([]Department, error) {
	var out struct {
		Departments []Department `json:"department"`
	}
	err := c.c.Get(ctx, "department/list", nil, &out)
	return out.Departments, err
}

// Visitor is who signed in on a page inside WeCom.
type Visitor struct {
	UserID         string `json:"userid"`          // a member
	OpenID         string `json:"openid"`          // somebody else
	ExternalUserID string `json:"external_userid"` // somebody else who is a customer
}

// Visitor tells who the code of a page's sign-in stands for (auth/getuserinfo).
func (c *Client) Visitor(ctx context.Context, code string) (v Visitor, err error) {
	return v, c.c.Get(ctx, "auth/getuserinfo", url.Values{"code": {code}}, &v)
}

// JSTicket returns the ticket with which pages sign for WeCom's scripts, and
// how long it lives (get_jsapi_ticket).
func (c *Client) JSTicket(ctx context.Context) (string, time.Duration, error) {
	var out struct {
		Ticket  string `json:"ticket"`
		Expires int64  `json:"expires_in"`
	}
	err := c.c.Get(ctx, "get_jsapi_ticket", nil, &out)
	return out.Ticket, time.Duration(out.Expires) * time.Second, err
}

// AgentTicket is JSTicket for the scripts of the app itself, such as those of
// the chat's sidebar (ticket/get).
func (c *Client) AgentTicket(ctx context.Context) (string, time.Duration, error) {
	var out struct {
		Ticket  string `json:"ticket"`
		Expires int64  `json:"expires_in"`
	}
	err := c.c.Get(ctx, "ticket/get", url.Values{"type": {"agent_config"}}, &out)
	return out.Ticket, time.Duration(out.Expires) * time.Second, err
}

// SignPage signs a page's address for the platform's scripts: timestamp is in
// seconds, the address has no part after #.
func SignPage(ticket, nonce string, timestamp int64, address string) string {
	sum := sha1.Sum(fmt.Appendf(nil, "jsapi_ticket=%s&noncestr=%s&timestamp=%d&url=%s", ticket, nonce, timestamp, address)) //nolint:gosec // the platform's way
	return hex.EncodeToString(sum[:])
}

// SignInURL is where a page inside WeCom sends a member to learn who they are;
// they notice nothing.
func SignInURL(base, corpID, agentID, redirect, state string) string {
	if base == "" {
		base = "https://open.weixin.qq.com"
	}
	q := url.Values{"appid": {corpID}, "redirect_uri": {redirect}, "response_type": {"code"}, "scope": {"snsapi_base"}, "state": {state}, "agentid": {agentID}}
	return base + "/connect/oauth2/authorize?" + q.Encode() + "#wechat_redirect"
}

// ExternalFromUnionID turns unionid and openid into the customer's id in this
// corp, empty when they are none of its customers (idconvert/unionid_to_external_userid).
func (c *Client) ExternalFromUnionID(ctx context.Context, unionID, openID string) (string, error) {
	var out struct {
		External string `json:"external_userid"`
	}
	err := c.c.Post(ctx, "idconvert/unionid_to_external_userid", map[string]any{"unionid": unionID, "openid": openID, "subject_type": 0}, &out)
	return out.External, err
}

// Call makes a call that has no method here, for what later modules need first.
func (c *Client) Call(ctx context.Context, api string, in any, out *json.RawMessage) error {
	return c.c.Post(ctx, api, in, out)
}

// Upload puts a temporary material of kind image, voice, video or file on the
// platform, where it lives for three days (media/upload).
func (c *Client) Upload(ctx context.Context, kind, name, contentType string, content []byte) (mediaID string, err error) {
	var out struct {
		MediaID string `json:"media_id"`
	}
	err = c.c.Upload(ctx, "media/upload", url.Values{"type": {kind}}, name, contentType, content, &out)
	return out.MediaID, err
}

// Download returns a temporary material of at most so many bytes; larger ones
// are wire.ErrTooLarge (media/get).
func (c *Client) Download(ctx context.Context, mediaID string, most int) (wire.File, error) {
	return c.c.Download(ctx, "media/get", url.Values{"media_id": {mediaID}}, most)
}
