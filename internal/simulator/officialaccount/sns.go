package officialaccount

import (
	"fmt"
	"net/url"
	"time"
)

// code proves to a page or a mini program who opens it; once, for five minutes.
type code struct {
	app     string
	person  string
	scope   string
	phone   bool // a code for the phone number
	expires time.Time
	used    bool
}

const codeFor = 5 * time.Minute

// MakeCode signs a person in: to a page of an official account with a scope of
// snsapi_base or snsapi_userinfo (「网页授权」), or to a mini program with "" (wx.login). A
// page outside the account's domain is refused.
func (w *World) MakeCode(person, appid, scope, redirect string) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a, err := w.account(appid)
	if err != nil {
		return "", err
	}
	if _, ok := w.People.Get(person); !ok {
		return "", fmt.Errorf("customer %q %w", person, ErrUnknown)
	}
	if a.Kind == Official && scope != "snsapi_base" && scope != "snsapi_userinfo" {
		return "", fmt.Errorf("%w: the scope is snsapi_base or snsapi_userinfo, not %q", ErrArgument, scope)
	}
	if u, err := url.Parse(redirect); a.Domain != "" && redirect != "" && (err != nil || u.Host != a.Domain && u.Hostname() != a.Domain) {
		return "", fmt.Errorf("%w: 10003 redirect_uri is not below %s", ErrArgument, a.Domain)
	}
	return w.code(code{app: appid, person: person, scope: scope}), nil
}

// MakePhoneCode lets a person hand a phone number to a mini program
// (「手机号快速验证组件」).
func (w *World) MakePhoneCode(person, appid string) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.account(appid); err != nil {
		return "", err
	}
	if p, ok := w.People.Get(person); !ok || p.Phone == "" {
		return "", fmt.Errorf("%w: the customer has no phone number", ErrArgument)
	}
	return w.code(code{app: appid, person: person, phone: true}), nil
}

func (w *World) code(c code) string {
	now := w.Clock()
	for value, old := range w.codes {
		if now.Sub(old.expires) > time.Hour {
			delete(w.codes, value)
		}
	}
	value := "0" + random(31)
	c.expires = now.Add(codeFor)
	w.codes[value] = &c
	return value
}

// redeem takes a code in.
func (c *call) redeem(a *Account, value string, phone bool) (*code, error) {
	if value == "" {
		return nil, fail(41008)
	}
	k := c.w.codes[value]
	switch {
	case k == nil || k.app != a.ID || k.phone != phone || !c.at.Before(k.expires):
		return nil, fail(40029)
	case k.used:
		return nil, fail(40163)
	}
	k.used = true
	return k, nil
}

// pageToken answers 「通过code换取网页授权access_token」.
func pageToken(c *call) (any, error) {
	a, err := c.identify(c.q.Get("appid"), c.q.Get("secret"))
	if err != nil {
		return nil, err
	}
	if c.q.Get("grant_type") != "authorization_code" {
		return nil, fail(40002)
	}
	k, err := c.redeem(a, c.q.Get("code"), false)
	if err != nil {
		return nil, err
	}
	return c.pageGrant(a, k.person, k.scope), nil
}

func (c *call) pageGrant(a *Account, person, scope string) reply {
	t := &token{Value: "7" + random(120), App: a.ID, Person: person, Scope: scope, Expires: c.at.Add(lifetime)}
	refresh := &token{Value: "r" + random(120), App: a.ID, Person: person, Scope: scope, Expires: c.at.Add(30 * 24 * time.Hour)}
	c.w.tokens[t.Value], c.w.tokens[refresh.Value] = t, refresh
	out := reply{"access_token": t.Value, "expires_in": int(lifetime / time.Second), "refresh_token": refresh.Value, "openid": a.follower(person).OpenID, "scope": scope}
	p, _ := c.w.People.Get(person)
	if id := p.Unionid(a.OpenAccount); id != "" && scope == "snsapi_userinfo" {
		out["unionid"] = id
	}
	return out
}

// pageRefresh answers 「刷新access_token」.
func pageRefresh(c *call) (any, error) {
	a := c.w.accounts[c.q.Get("appid")]
	if a == nil {
		return nil, fail(40013)
	}
	t := c.w.tokens[c.q.Get("refresh_token")]
	if t == nil || t.App != a.ID || t.Person == "" || t.Value[0] != 'r' || !c.at.Before(t.Expires) {
		return nil, fail(40030)
	}
	return c.pageGrant(a, t.Person, t.Scope), nil
}

// pageHolder finds the person of a page's token.
func (c *call) pageHolder() (*Account, *token, error) {
	t := c.w.tokens[c.q.Get("access_token")]
	if t == nil || t.Person == "" || t.Value[0] != '7' {
		return nil, nil, fail(40001)
	}
	if !c.at.Before(t.Expires) {
		return nil, nil, fail(42001)
	}
	a := c.w.accounts[t.App]
	if a == nil || a.openid(t.Person) != c.q.Get("openid") {
		return nil, nil, fail(40003)
	}
	return a, t, nil
}

// pageUser answers 「拉取用户信息」, for scope snsapi_userinfo.
func pageUser(c *call) (any, error) {
	a, t, err := c.pageHolder()
	if err != nil {
		return nil, err
	}
	if t.Scope != "snsapi_userinfo" {
		return nil, fail(48001)
	}
	p, _ := c.w.People.Get(t.Person)
	out := reply{"openid": a.openid(t.Person), "nickname": p.Name, "sex": 0, "province": "", "city": "", "country": "",
		"headimgurl": c.w.base(c.r) + "/avatar/" + p.ID, "privilege": []string{}}
	if id := p.Unionid(a.OpenAccount); id != "" {
		out["unionid"] = id
	}
	return out, nil
}

// pageAuth answers 「检验授权凭证」.
func pageAuth(c *call) (any, error) {
	_, _, err := c.pageHolder()
	return nil, err
}

// codeToSession answers 「小程序登录」 (code2Session).
func codeToSession(c *call) (any, error) {
	a, err := c.identify(c.q.Get("appid"), c.q.Get("secret"))
	if err != nil {
		return nil, err
	}
	if a.Kind != MiniProgram {
		return nil, fail(48001)
	}
	k, err := c.redeem(a, c.q.Get("js_code"), false)
	if err != nil {
		return nil, err
	}
	out := reply{"openid": a.follower(k.person).OpenID, "session_key": random(22) + "=="}
	p, _ := c.w.People.Get(k.person)
	if id := p.Unionid(a.OpenAccount); id != "" {
		out["unionid"] = id
	}
	return out, nil
}

// phoneNumber answers 「获取手机号」.
func phoneNumber(c *call) (any, error) {
	var in struct {
		Code string `json:"code"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	k, err := c.redeem(c.a, in.Code, true)
	if err != nil {
		return nil, err
	}
	p, _ := c.w.People.Get(k.person)
	return reply{"errcode": 0, "errmsg": "ok", "phone_info": reply{"phoneNumber": "+86" + p.Phone, "purePhoneNumber": p.Phone, "countryCode": "86",
		"watermark": reply{"timestamp": c.at.Unix(), "appid": c.a.ID}}}, nil
}
