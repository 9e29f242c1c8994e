package care

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/plaintext"
)

// Limits of what a sidecar answers.
const (
	pullLimit   = 500
	maxAnswer   = 8 << 20 // bytes
	maxKept     = 16 << 10
	askWithin   = 30 * time.Second
	currencyLen = 3
)

// Archived is a message as the sidecar tells it: see docs/care.md.
type Archived struct {
	Seq         int64  `json:"seq"`
	ID          string `json:"id"`
	At          string `json:"at"`        // RFC 3339
	Direction   string `json:"direction"` // in: a customer wrote it; out: a member of the corp
	UserID      string `json:"user_id"`
	ExternalID  string `json:"external_id"`
	RoomID      string `json:"room_id,omitempty"`
	Type        string `json:"type"`
	Text        string `json:"text,omitempty"`
	AmountMinor int64  `json:"amount_minor,omitempty"`
	Currency    string `json:"currency,omitempty"`

	at time.Time
}

// answer is what the sidecar answers.
type answer struct {
	Messages []Archived `json:"messages"`
	More     bool       `json:"more"`
}

// Why the sidecar could not be used.
const (
	problemDown   = "down"   // no answer
	problemDenied = "denied" // it does not take the token
	problemShape  = "shape"  // it answered what the contract does not allow
	problemStatus = "status" // it answered with a failure
	problemAgreed = "agreed" // nobody could say who has agreed
	problemSealed = "sealed" // the token cannot be opened
)

func problemText(code string) i18n.Text {
	switch code {
	case problemDown:
		return i18n.T("边车服务没有应答，请检查它是否在运行、地址是否正确", "The sidecar does not answer: see that it runs and that the address is right")
	case problemDenied:
		return i18n.T("边车服务不接受令牌", "The sidecar does not take the token")
	case problemShape:
		return i18n.T("边车服务的应答不符合约定（见文档 care），没有写入", "The sidecar's answer is not as agreed (see docs/care.md); nothing was stored")
	case problemStatus:
		return i18n.T("边车服务报错，请看它的日志", "The sidecar reports a failure: see its log")
	case problemAgreed:
		return i18n.T("暂时查不到客户是否同意存档，先不拉取", "It could not be asked who has agreed; nothing is taken meanwhile")
	case problemSealed:
		return i18n.T("令牌无法解密，请重新填写", "The token cannot be opened; enter it again")
	}
	return i18n.Text{}
}

// problem is a failure with its code.
type problem struct {
	code string
	err  error
}

func (p problem) Error() string { return "care: sidecar: " + p.code + ": " + p.err.Error() }
func (p problem) Unwrap() error { return p.err }

// sidecarClient follows no redirects: the token is for one address.
func sidecarClient() *http.Client {
	return &http.Client{Timeout: askWithin, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// ask takes the messages behind a number from the sidecar.
func (s *Service) ask(ctx context.Context, base, token string, after int64) (out answer, err error) {
	address, err := url.JoinPath(base, "messages")
	if err != nil {
		return out, problem{problemDown, err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"?after="+strconv.FormatInt(after, 10)+"&limit="+strconv.Itoa(pullLimit), nil)
	if err != nil {
		return out, problem{problemDown, err}
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return out, problem{problemDown, err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return out, problem{problemDown, err}
	case resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden:
		return out, problem{problemDenied, errors.New(resp.Status)}
	case resp.StatusCode != http.StatusOK:
		return out, problem{problemStatus, errors.New(resp.Status)}
	case len(body) > maxAnswer:
		return out, problem{problemShape, fmt.Errorf("more than %d bytes", maxAnswer)}
	}
	if err := json.Unmarshal(body, &out); err != nil {
		return out, problem{problemShape, err}
	}
	if err := out.check(after); err != nil {
		return answer{}, problem{problemShape, err}
	}
	return out, nil
}

// check sees to it that an answer is as agreed.
func (a *answer) check(after int64) error {
	if len(a.Messages) > pullLimit {
		return fmt.Errorf("%d messages, more than were asked for", len(a.Messages))
	}
	if a.More && len(a.Messages) == 0 {
		return errors.New("more to come, but nothing now")
	}
	last := after
	for i := range a.Messages {
		m := &a.Messages[i]
		wrong := func(what string) error { return fmt.Errorf("message %d (seq %d): %s", i, m.Seq, what) }
		var err error
		switch m.at, err = time.Parse(time.RFC3339, m.At); {
		case m.Seq <= last:
			return wrong("seq does not grow")
		case m.ID == "" || len(m.ID) > 256:
			return wrong("id must have 1 to 256 bytes")
		case err != nil || m.at.Year() < 2000 || m.at.Year() > 2200:
			return wrong("at is no time")
		case m.Direction != DirectionIn && m.Direction != DirectionOut:
			return wrong("direction must be in or out")
		case m.Direction == DirectionIn && m.ExternalID == "":
			return wrong("a customer without external_id")
		case m.UserID == "" && m.RoomID == "" || m.Direction == DirectionOut && m.UserID == "":
			return wrong("no user_id")
		case m.RoomID == "" && m.ExternalID == "":
			return wrong("nobody who could have agreed")
		case len(m.UserID) > 128 || len(m.ExternalID) > 128 || len(m.RoomID) > 128 || len(m.Type) > 32:
			return wrong("an id or the type is too long")
		case !utf8.ValidString(m.Text):
			return wrong("text is not UTF-8")
		case m.AmountMinor < 0 || m.AmountMinor > 0 && len(m.Currency) != currencyLen:
			return wrong("an amount needs a currency and is never below zero")
		}
		m.Currency = strings.ToUpper(m.Currency)
		m.Text = plaintext.Cut(plaintext.Tidy(m.Text), maxKept)
		if m.Type = plaintext.Line(m.Type, 32); m.Type == "" {
			m.Type = "other"
		}
		last = m.Seq
	}
	return nil
}
