// Package sms sends text messages through Tencent Cloud, whose requests are
// signed with TC3-HMAC-SHA256. Texts are templates that the provider has
// approved; what varies is passed as parameters.
package sms

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Base is where the calls go.
const Base = "https://sms.tencentcloudapi.com"

const (
	service = "sms"
	version = "2021-01-11"
)

// Options make a Client.
type Options struct {
	Base      string // empty: Base
	HTTP      wire.Doer
	Now       clock.Clock
	SecretID  string
	SecretKey string
	AppID     string // SdkAppId
	Sign      string // the approved signature
	Region    string // empty: ap-guangzhou
}

// Client sends for one account. It is safe for concurrent use.
type Client struct{ o Options }

// New returns a client.
func New(o Options) *Client {
	if o.Base == "" {
		o.Base = Base
	}
	if o.Region == "" {
		o.Region = "ap-guangzhou"
	}
	return &Client{o}
}

// Sent is what became of one message.
type Sent struct {
	Phone  string
	Serial string // the provider's id; empty when it was refused
	Code   string // Ok, or why not
}

// Send sends a template to at most 200 numbers (E.164: +8613800138000). session
// comes back with reports. The outcome of each number is in the answer; the
// error is for the call as a whole.
func (c *Client) Send(ctx context.Context, template string, parameters, phones []string, session string) ([]Sent, error) {
	if len(phones) == 0 || len(phones) > 200 {
		return nil, errs.InvalidField("phones", i18n.T("一次 1–200 个号码", "1 to 200 numbers at once"))
	}
	for _, p := range phones {
		if !strings.HasPrefix(p, "+") {
			return nil, errs.InvalidField("phones", i18n.T("号码要带国家码，例如 +8613800138000", "Numbers begin with the country, as +8613800138000"))
		}
	}
	if parameters == nil {
		parameters = []string{}
	}
	var out struct {
		Statuses []struct {
			Phone  string `json:"PhoneNumber"`
			Serial string `json:"SerialNo"`
			Code   string `json:"Code"`
		} `json:"SendStatusSet"`
	}
	if err := c.call(ctx, "SendSms", map[string]any{"PhoneNumberSet": phones, "SmsSdkAppId": c.o.AppID, "SignName": c.o.Sign, "TemplateId": template, "TemplateParamSet": parameters, "SessionContext": session}, &out); err != nil {
		return nil, err
	}
	sent := make([]Sent, len(out.Statuses))
	for i, s := range out.Statuses {
		sent[i] = Sent{s.Phone, s.Serial, s.Code}
	}
	return sent, nil
}

// Check asks how many messages the account has sent today: whether the keys are right.
func (c *Client) Check(ctx context.Context) error {
	day := c.o.Now().Format("2006010215")
	return c.call(ctx, "SendStatusStatistics", map[string]any{"SmsSdkAppId": c.o.AppID, "BeginTime": day, "EndTime": day, "Limit": 0, "Offset": 0}, nil)
}

func (c *Client) call(ctx context.Context, action string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	u, err := url.Parse(c.o.Base)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.o.Base+"/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	at := c.o.Now().UTC()
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("X-TC-Action", action)
	req.Header.Set("X-TC-Version", version)
	req.Header.Set("X-TC-Region", c.o.Region)
	req.Header.Set("X-TC-Timestamp", strconv.FormatInt(at.Unix(), 10))
	req.Header.Set("Authorization", Sign(c.o.SecretID, c.o.SecretKey, u.Host, action, body, at))
	away := i18n.T("连不上短信平台", "The SMS provider cannot be reached")
	resp, err := c.o.HTTP.Do(req)
	if err != nil {
		if !wire.Unsent(err) {
			err = &wire.LostError{API: action, Err: err}
		}
		return errs.Unavailable(away, err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return errs.Unavailable(away, &wire.LostError{API: action, Err: err})
	}
	var answer struct {
		Response json.RawMessage `json:"Response"`
	}
	var failed struct {
		Error *struct{ Code, Message string } `json:"Error"`
	}
	if err := json.Unmarshal(data, &answer); err != nil || json.Unmarshal(answer.Response, &failed) != nil {
		return errs.Unavailable(i18n.T("短信平台的回答看不懂", "The SMS provider's answer cannot be read"), &wire.LostError{API: action, Err: fmt.Errorf("sms: status %d", resp.StatusCode)})
	}
	if e := failed.Error; e != nil {
		return refusal(e.Code, e.Message)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer.Response, out)
}

// ErrKeys is inside an error when the provider refuses the keys.
var ErrKeys = errors.New("sms: the keys were refused")

// refusal is what the provider's code means.
func refusal(code, message string) error {
	cause := fmt.Errorf("sms: %s: %s", code, message)
	switch {
	case strings.HasPrefix(code, "AuthFailure"):
		return errs.Conflict(i18n.T("SecretId 或 SecretKey 不正确（%s）", "The SecretId or SecretKey is not right (%s)", code)).Because(errors.Join(ErrKeys, cause))
	case strings.HasPrefix(code, "RequestLimitExceeded"), strings.HasPrefix(code, "LimitExceeded"):
		return errs.TooMany(i18n.T("短信平台限制了频率，请稍后再试", "The SMS provider limits the rate; try again later"), time.Minute).Because(cause)
	case strings.HasPrefix(code, "InternalError"):
		return errs.Unavailable(i18n.T("短信平台出错，请稍后再试", "The SMS provider has a failure; try again later"), cause)
	}
	return errs.Conflict(i18n.T("短信平台没有接受（%s）", "The SMS provider did not accept it (%s)", code)).Because(cause)
}

// Sign is the Authorization header of a request (TC3-HMAC-SHA256).
func Sign(secretID, secretKey, host, action string, body []byte, at time.Time) string {
	const signed = "content-type;host;x-tc-action"
	canonical := "POST\n/\n\ncontent-type:application/json; charset=utf-8\nhost:" + host + "\nx-tc-action:" + strings.ToLower(action) + "\n\n" + signed + "\n" + hash(body)
	day := at.UTC().Format(time.DateOnly)
	scope := day + "/" + service + "/tc3_request"
	text := "TC3-HMAC-SHA256\n" + strconv.FormatInt(at.Unix(), 10) + "\n" + scope + "\n" + hash([]byte(canonical))
	key := mac(mac(mac([]byte("TC3"+secretKey), day), service), "tc3_request")
	return "TC3-HMAC-SHA256 Credential=" + secretID + "/" + scope + ", SignedHeaders=" + signed + ", Signature=" + hex.EncodeToString(mac(key, text))
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func mac(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}
