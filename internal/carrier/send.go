package carrier

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"fishpond/internal/carrier/email"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Outgoing is one message to one person over one account. Whether it may be
// sent at all is the gate's business; see package reach.
type Outgoing struct {
	Key       string // the caller's own name for it, 1–128 characters: the same again is not sent again
	AccountID string
	PersonID  string // who it is for; may be empty when To is known
	StaffID   string // who wrote it; empty: a rule, or nobody in particular. It does not make it another message
	To        string // openid, visitor, address or number (E.164); empty: the person's newest contact over the account
	Parts     []Part

	Plan  string    // over WeCom: what it belongs to; members confirm what has the same in one go
	Until time.Time // over WeCom: who has not confirmed it by then need not; zero: a week

	Subject     string // of a mail
	HTML        string // of a mail; empty: made of the parts where they have more than text
	Unsubscribe string // of a mail: https address

	Template   string   // of a text message: its id at the provider
	Parameters []string // of the template

	Begin func() error `json:"-"` // of a mail of [Outbox.Deliver]: called before the server could take it; an error: it is not tried
}

// The states of a message that was to be sent.
const (
	SendQueued   = "queued"   // being sent
	SendSent     = "sent"     // the platform has taken it
	SendFailed   = "failed"   // the platform has not taken it, and says so
	SendDoubtful = "doubtful" // it was sent, and no answer came: it may have arrived
)

// Receipt is what became of a message.
type Receipt struct {
	ID         string
	Status     string
	PlatformID string    // message id, serial number; empty where the platform gives none
	Code       string    // failed, doubtful: window, bounced, lost, or the platform's code
	Reason     i18n.Text // failed, doubtful: for people
	Again      bool      // failed: trying again with the same key may succeed
	At         time.Time
}

const (
	maxContent = 256 << 10
	sendWithin = 30 * time.Second
	sendLease  = time.Minute // longer than sendWithin
	maxSendKey = 128
)

// errSending: the same message is on its way.
var errSending = errs.Unavailable(i18n.T("这条消息正在发送", "The message is being sent"), errors.New("carrier: another has the lease"))

// Send sends one message and keeps the attempt, before and after. The error
// says that nothing was tried: the message cannot be one (errs.CodeInvalid), the
// account cannot send it (errs.CodeConflict), or is just being sent
// (errs.CodeUnavailable). Everything else is in the receipt. The same key with
// the same content gives the same receipt and sends nothing, unless the last
// try failed and may succeed the next time.
func (s *Service) Send(ctx context.Context, orgID string, o Outgoing) (Receipt, error) {
	m, err := s.prepareSend(o)
	if err != nil {
		return Receipt{}, err
	}
	var a *account
	err = s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		if a, err = s.accountByID(ctx, tx, orgID, o.AccountID); err != nil {
			return err
		}
		return s.begin(ctx, tx, a, m)
	})
	if err != nil || m.status != SendQueued {
		return m.receipt(), err
	}
	brief, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendWithin) // who has begun ends it
	defer cancel()
	err = s.dispatch(brief, a, m)
	if err := s.endSend(brief, a, m, err); err != nil {
		return Receipt{}, fmt.Errorf("carrier: the outcome of a message could not be kept: %w", err)
	}
	return m.receipt(), nil
}

// sending is a message on its way: a row of carrier_send.
type sending struct {
	Outgoing
	id, digest, content string
	status, code        string
	reason              i18n.Text
	again               bool
	done                int64 // parts that the platform has taken
	attempts            int64
	platformID, token   string
	created, at         int64
	safe                bool // the platform knows the message by our id: a second try sends nothing twice
	unsure              bool // of a try before this one nobody knows whether it arrived
}

func (m *sending) receipt() Receipt {
	return Receipt{ID: m.id, Status: m.status, PlatformID: m.platformID, Code: m.code, Reason: m.reason, Again: m.again, At: clock.Time(m.at)}
}

func (m *sending) fail(code string, again bool, reason i18n.Text) {
	m.status, m.code, m.again, m.reason = SendFailed, code, again, reason
}

// prepareSend checks what can be checked without the account.
func (s *Service) prepareSend(o Outgoing) (*sending, error) {
	if o.Key == "" || len(o.Key) > maxSendKey {
		return nil, errs.InvalidField("key", i18n.T("应为 1–128 个字符", "1 to 128 characters"))
	}
	if o.PersonID == "" && o.To == "" {
		return nil, errs.InvalidField("to", i18n.T("要有收件人", "A recipient is needed"))
	}
	b, err := json.Marshal(struct {
		Parts                         []Part
		Subject, HTML, Unsubscribe, T string
		P                             []string
	}{o.Parts, o.Subject, o.HTML, o.Unsubscribe, o.Template, o.Parameters})
	if err != nil {
		return nil, err
	}
	if len(b) > maxContent {
		return nil, errs.TooLarge(i18n.T("消息太大", "The message is too large"))
	}
	sum := sha256.Sum256(append([]byte(o.AccountID+"\x00"+o.PersonID+"\x00"+o.To+"\x00"), b...))
	return &sending{Outgoing: o, digest: hex.EncodeToString(sum[:16]), content: string(b)}, nil
}

var (
	number     = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	templateID = regexp.MustCompile(`^[0-9]{1,20}$`)
)

// fits tells whether accounts of a kind can send the message.
func (m *sending) fits(kind string) error {
	c := Capabilities(kind, i18n.ZH)
	if !c.Direct {
		return errs.Conflict(abilities[kind].note)
	}
	wrong := func(field string, t i18n.Text) error { return errs.InvalidField(field, t) }
	if kind == KindSMS {
		if len(m.Parts) > 0 || !templateID.MatchString(m.Template) || len(m.Parameters) > 20 {
			return wrong("template", i18n.T("短信只能用审核过的模板", "Text messages use an approved template"))
		}
		return nil
	}
	if len(m.Parts) == 0 || len(m.Parts) > c.MaxParts || m.Template != "" {
		return wrong("parts", i18n.T("消息应有 1–%d 段", "A message has 1 to %d parts", c.MaxParts))
	}
	bytes := 0
	for i, p := range m.Parts {
		at := fmt.Sprintf("parts[%d]", i)
		if !slices.Contains(c.Parts, p.Kind) {
			return wrong(at+".kind", i18n.T("这种账号发不了这种内容", "Accounts of this kind cannot send this"))
		}
		if bytes += len(p.Text); bytes > c.MaxText {
			return wrong(at+".text", i18n.T("文字最多 %d 字节", "At most %d bytes of text", c.MaxText))
		}
		if err := p.complete(kind, at); err != nil {
			return err
		}
	}
	return nil
}

// complete tells whether a part has what it must have on a platform.
func (p Part) complete(kind, at string) error {
	need := func(ok bool, field, zh, en string) error {
		if ok {
			return nil
		}
		return errs.InvalidField(at+"."+field, i18n.Text{ZH: zh, EN: en})
	}
	switch p.Kind {
	case PartText:
		return need(strings.TrimSpace(p.Text) != "", "text", "文字不能为空", "The text is empty")
	case PartImage:
		if kind == KindOfficial || kind == KindKf {
			return need(p.MediaID != "", "media_id", "图片要先上传", "Upload the picture first")
		}
		return need(ours(p.MediaID) || p.MediaID == "" && secure(p.PicURL), "pic_url", "图片要先上传，或有 https 地址", "Upload the picture, or give an https address")
	case PartVoice, PartVideo, PartFile:
		return need(ours(p.MediaID) || p.MediaID != "" && (kind == KindOfficial || kind == KindKf), "media_id", "文件要先上传", "Upload the file first")
	case PartLink:
		return errors.Join(need(p.Title != "", "title", "链接要有标题", "A link needs a title"), need(webLink(p.URL), "url", "链接的地址不对", "The address of the link is not right"))
	case PartMiniProgram:
		return need(p.AppID != "" && p.Page != "" && p.MediaID != "" && p.Title != "", "app_id", "小程序卡片要有标题、AppID、页面和封面", "A mini program card needs a title, an app id, a page and a cover")
	}
	return nil
}

func webLink(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}

func secure(address string) bool { return webLink(address) && strings.HasPrefix(address, "https://") }

// kfWords are customer service's codes for what has a word here.
var kfWords = map[int]string{95001: "limit", 95002: "window", 95013: "session", kfWrongState: "session"}

// verdict turns the error of a platform's call into what became of the message.
func (m *sending) verdict(err error) {
	if err == nil {
		m.status, m.code, m.reason, m.again = SendSent, "", i18n.Text{}, false
		return
	}
	if lost, ok := errors.AsType[*wire.LostError](err); ok && !strings.HasSuffix(lost.API, "token") || errors.Is(err, email.ErrLost) {
		m.status, m.code, m.again = SendDoubtful, "lost", m.safe
		m.reason = i18n.T("发出后没有收到平台的回答，可能已经送达", "It was sent and no answer came; it may have arrived")
		if m.safe {
			m.reason = i18n.T("发出后没有收到平台的回答，可能已经送达；可以重试，不会重复发送", "It was sent and no answer came; it may have arrived. Trying again sends nothing twice")
		}
		return
	}
	shown := errs.As(wire.Show(err))
	code := string(shown.Code)
	if c := wire.Code(err); c != 0 {
		code = fmt.Sprint(c)
	}
	if word := kfWords[wire.Code(err)]; word != "" {
		code = word
	}
	again := shown.Code == errs.CodeUnavailable || shown.Code == errs.CodeTooMany || wire.KindOf(err) == wire.Operator || wire.KindOf(err) == wire.Token
	m.fail(code, again, shown.Text)
	if m.unsure { // what this try met says nothing of the one before
		m.status, m.code = SendDoubtful, "lost"
		m.reason = i18n.Text{ZH: "上一次发送可能已经送达；再次确认时：" + shown.Text.ZH, EN: "The try before may have arrived; asked again: " + shown.Text.EN}
	}
}
