package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Options make a Client. Base, HTTP, Tokens and Rules must be given.
type Options struct {
	Base    string // where the calls begin, without a slash at the end: https://qyapi.weixin.qq.com/cgi-bin
	HTTP    Doer
	Tokens  Tokens
	Quota   Quota         // nil: NoQuota
	Sleep   Sleep         // nil: Rest
	Patient time.Duration // the longest that a call waits for its quota; 0: it fails at once
	Rules   map[int]Rule  // what the platform's codes mean
	Once    bool          // a call whose answer was lost is not made again: twice would be wrong
}

// Rule is what one error code means.
type Rule struct {
	Kind Kind
	Text i18n.Text
}

// Client makes calls that answer in JSON with errcode and errmsg. It is safe
// for concurrent use.
type Client struct{ o Options }

// New returns a client.
func New(o Options) *Client {
	if o.Quota == nil {
		o.Quota = NoQuota{}
	}
	if o.Sleep == nil {
		o.Sleep = Rest
	}
	o.Base = strings.TrimRight(o.Base, "/")
	return &Client{o: o}
}

// Calls that are too long cost memory: an answer has at most so many bytes.
// The largest that is asked for, a page of 100 customers, has about 300 kB.
const maxAnswer = 8 << 20

// busyTries is how often a call is made while the platform says that it is busy.
const busyTries = 3

// Get calls api with a query and reads the answer into out (nil: forgotten).
func (c *Client) Get(ctx context.Context, api string, query url.Values, out any) error {
	return c.call(ctx, api, query, "", nil, out)
}

// Post calls api with in as JSON and reads the answer into out (nil: forgotten).
func (c *Client) Post(ctx context.Context, api string, in, out any) error {
	body := &bytes.Buffer{}
	enc := json.NewEncoder(body)
	enc.SetEscapeHTML(false) // the platform shows \u003c as it is
	if err := enc.Encode(in); err != nil {
		return fmt.Errorf("wire: %s: %w", api, err)
	}
	return c.call(ctx, api, nil, "application/json", body.Bytes(), out)
}

// Upload calls api with a file in the multipart field "media".
func (c *Client) Upload(ctx context.Context, api string, query url.Values, name, contentType string, content []byte, out any) error {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	h := textproto.MIMEHeader{}
	clean := strings.NewReplacer("\\", "_", `"`, "_", "\r", "_", "\n", "_").Replace(name)
	h.Set("Content-Disposition", fmt.Sprintf(`form-data; name="media"; filename="%s"; filelength=%d`, clean, len(content)))
	h.Set("Content-Type", contentType)
	part, err := w.CreatePart(h)
	if err == nil {
		_, err = part.Write(content)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return fmt.Errorf("wire: %s: %w", api, err)
	}
	return c.call(ctx, api, query, w.FormDataContentType(), body.Bytes(), out)
}

// File is an answer that is not JSON, or a file to be sent.
type File struct {
	Name    string // as the sender says
	Content []byte
	Most    int // bytes that are taken; set before the call
}

// ErrTooLarge: the file has more bytes than were asked for.
var ErrTooLarge = errors.New("wire: the file is too large")

// Download calls api with a query and reads the file that it answers with. What
// is larger than most bytes is ErrTooLarge.
func (c *Client) Download(ctx context.Context, api string, query url.Values, most int) (File, error) {
	f := File{Most: most}
	return f, c.call(ctx, api, query, "", nil, &f)
}

// call makes the call with a token and does what the platform's code asks for:
// one more try with a fresh token, up to three while it is busy, and a wait for
// the next window where the caller is patient.
func (c *Client) call(ctx context.Context, api string, query url.Values, contentType string, body []byte, out any) error {
	token, err := c.o.Tokens.Token(ctx, "")
	if err != nil {
		return err
	}
	refreshed, patience := false, c.o.Patient
	for busy := 1; ; {
		if err := c.take(ctx, api, &patience); err != nil {
			return err
		}
		err := c.once(ctx, api, token, query, contentType, body, out)
		c.o.Quota.Told(ctx, api, err)
		if err == nil {
			return nil
		}
		switch KindOf(err) {
		case Token:
			if refreshed {
				return err
			}
			refreshed = true
			fresh, failed := c.o.Tokens.Token(ctx, token)
			if failed != nil {
				return failed
			}
			if fresh == token { // there is no other: a call that needs none was refused
				return err
			}
			token = fresh
		case Limited:
			wait, full := c.o.Quota.Full(ctx, api)
			if full != nil {
				return errors.Join(err, full)
			}
			if err := c.wait(ctx, wait, &patience, err); err != nil {
				return err
			}
		case Busy, Crowded:
			_, lost := errors.AsType[*LostError](err)
			if busy == busyTries || ctx.Err() != nil || lost && c.o.Once {
				return err
			}
			if e := c.o.Sleep(ctx, time.Duration(busy)*200*time.Millisecond); e != nil {
				return err
			}
			busy++
		default:
			return err
		}
	}
}

func (c *Client) take(ctx context.Context, api string, patience *time.Duration) error {
	for {
		wait, err := c.o.Quota.Take(ctx, api)
		if err != nil || wait <= 0 {
			return err
		}
		if err := c.wait(ctx, wait, patience, nil); err != nil {
			return err
		}
	}
}

// wait rests when the caller is patient enough, and else says when to come back.
func (c *Client) wait(ctx context.Context, d time.Duration, patience *time.Duration, cause error) error {
	if d > *patience {
		return errs.TooMany(i18n.T("平台的调用次数已到上限，请稍后再试", "The platform's call limit is reached; try again later"), d).Because(cause)
	}
	*patience -= d
	return c.o.Sleep(ctx, d)
}

// status is what every answer may say of itself.
type status struct {
	Code    int    `json:"errcode"`
	Message string `json:"errmsg"`
}

func (c *Client) once(ctx context.Context, api, token string, query url.Values, contentType string, body []byte, out any) error {
	q := url.Values{}
	for k, v := range query {
		q[k] = v
	}
	if token != "" {
		q.Set("access_token", token)
	}
	method := http.MethodGet
	if contentType != "" {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, c.o.Base+"/"+api+"?"+q.Encode(), bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("wire: %s: %w", api, hide(err))
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := c.o.HTTP.Do(req)
	if err != nil {
		if Unsent(err) {
			return fmt.Errorf("wire: %s: %w", api, hide(err))
		}
		return &LostError{api, hide(err)}
	}
	defer resp.Body.Close()
	file, most := (*File)(nil), maxAnswer
	if f, ok := out.(*File); ok && resp.StatusCode == http.StatusOK && !isJSON(resp.Header) {
		file, most = f, f.Most
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, int64(most)+1))
	if err != nil {
		return &LostError{api, err}
	}
	if file != nil {
		if len(data) > most {
			return ErrTooLarge
		}
		_, disposition, _ := mime.ParseMediaType(resp.Header.Get("Content-Disposition")) // without a name it has none
		file.Name, file.Content = disposition["filename"], data
		if plain, err := url.PathUnescape(file.Name); err == nil { // names that are not ASCII come so
			file.Name = plain
		}
		return nil
	}
	if resp.StatusCode != http.StatusOK || len(data) > maxAnswer {
		return &LostError{api, fmt.Errorf("status %d, %d bytes", resp.StatusCode, len(data))}
	}
	var st status
	if err := json.Unmarshal(data, &st); err != nil {
		return &LostError{api, fmt.Errorf("answer: %w", err)}
	}
	if st.Code != 0 {
		return c.failure(api, st)
	}
	if _, ok := out.(*File); ok {
		return &LostError{api, errors.New("an answer without a file")}
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("wire: %s: answer: %w", api, err)
	}
	return nil
}

// isJSON: platforms call their errors JSON or plain text.
func isJSON(h http.Header) bool {
	kind, _, _ := mime.ParseMediaType(h.Get("Content-Type")) // what cannot be read is neither
	return h.Get("Content-Disposition") == "" && (kind == "application/json" || kind == "text/plain")
}

func (c *Client) failure(api string, st status) error {
	e := &APIError{API: api, Code: st.Code, Message: st.Message, Kind: Other}
	if len(e.Message) > 300 {
		e.Message = e.Message[:300]
	}
	if r, ok := c.o.Rules[st.Code]; ok {
		e.Kind, e.Text = r.Kind, r.Text
	}
	return e
}

// hide takes the address out of an error of net/http: its query has the token.
func hide(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("%s: %w", e.Op, e.Err)
	}
	return err
}
