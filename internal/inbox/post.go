package inbox

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/platform/plaintext"
)

// Post is a message that staff write.
type Post struct {
	Key        string   `json:"key" minLength:"8" maxLength:"64" pattern:"^[A-Za-z0-9_.:-]+$" doc:"The browser's own name for it: the same again is the same message"`
	Parts      []Part   `json:"parts,omitempty" maxItems:"20" nullable:"false"`
	Subject    string   `json:"subject,omitempty" maxLength:"200" doc:"Of a mail"`
	Template   string   `json:"template,omitempty" maxLength:"64" doc:"Of a text message"`
	Parameters []string `json:"parameters,omitempty" maxItems:"20" nullable:"false"`
}

const maxPosted = 64 << 10 // bytes of all parts

var webAddress = regexp.MustCompile(`^https?$`)

// check tells what is wrong with a message, whatever it is sent over.
func (p *Post) check() error {
	wrong := func(field string, t i18n.Text) error { return errs.InvalidField("body."+field, t) }
	if len(p.Parts) == 0 && p.Template == "" {
		return wrong("parts", i18n.T("消息是空的", "The message is empty"))
	}
	bytes := len(p.Subject)
	for i := range p.Parts {
		part := &p.Parts[i]
		at := fmt.Sprintf("parts[%d].", i)
		part.Text, part.Title = plaintext.Tidy(part.Text), plaintext.Line(part.Title, 128)
		bytes += len(part.Text) + len(part.Title) + len(part.URL) + len(part.PicURL)
		for field, address := range map[string]string{"url": part.URL, "pic_url": part.PicURL} {
			if u, err := url.Parse(address); address != "" && (err != nil || !webAddress.MatchString(u.Scheme) || u.Host == "" || u.User != nil) {
				return wrong(at+field, i18n.T("地址要以 https:// 或 http:// 开头", "The address must begin with https:// or http://"))
			}
		}
		switch {
		case part.Kind == "text" && part.Text == "":
			return wrong(at+"text", i18n.T("文字不能为空", "The text is empty"))
		case part.Kind == "link" && (part.Title == "" || part.URL == ""):
			return wrong(at+"url", i18n.T("链接要有标题和地址", "A link needs a title and an address"))
		case part.Kind == "image" && part.PicURL == "" && part.MediaID == "":
			return wrong(at+"pic_url", i18n.T("图片要有地址，或先上传", "A picture needs an address, or is uploaded first"))
		}
	}
	if bytes > maxPosted {
		return errs.TooLarge(i18n.T("消息最多 64 KB", "A message has at most 64 kB"))
	}
	p.Subject = plaintext.Line(p.Subject, 200)
	return nil
}

// fits tells what is wrong with a message for what it is sent over.
func (p *Post) fits(can *Capability) error {
	bytes := 0
	for i, part := range p.Parts {
		if !slices.Contains(can.Parts, part.Kind) {
			return errs.InvalidField(fmt.Sprintf("body.parts[%d].kind", i), i18n.T("这种账号发不了这种内容", "Accounts of this kind cannot send this"))
		}
		bytes += len(part.Text)
	}
	if can.MaxParts > 0 && len(p.Parts) > can.MaxParts {
		return errs.InvalidField("body.parts", i18n.T("最多 %d 段", "At most %d parts", can.MaxParts))
	}
	if can.MaxText > 0 && bytes > can.MaxText {
		return errs.InvalidField("body.parts", i18n.T("文字最多 %d 字节", "At most %d bytes of text", can.MaxText))
	}
	for _, need := range can.Needs {
		if need == "subject" && p.Subject == "" || need == "template" && p.Template == "" {
			return errs.InvalidField("body."+need, i18n.T("不能为空", "This is needed"))
		}
	}
	return nil
}

func (p *Post) kind() string {
	if len(p.Parts) == 0 {
		return "template"
	}
	for _, part := range p.Parts {
		if part.Kind != "text" {
			return part.Kind
		}
	}
	return "text"
}

// PostMessage writes to the customer. It is queued with the answer; what
// becomes of it is told by the stream.
func (s *Service) PostMessage(ctx context.Context, id string, p Post) (out Message, err error) {
	a := actor(ctx)
	if err := p.check(); err != nil {
		return out, err
	}
	err = s.change(ctx, a.OrgID, func(w *work) error {
		c, err := w.mine(ctx, id)
		if err != nil {
			return err
		}
		m, had, err := w.draftMessage(ctx, c, p, DirectionOut, a)
		if err != nil {
			return err
		}
		if !had {
			if err := w.post(ctx, c, m, &p); err != nil {
				return err
			}
			if err := w.answered(ctx, c, a); err != nil {
				return err
			}
		}
		out, err = s.shownMessage(ctx, w.tx, a.OrgID, m)
		return err
	})
	return out, err
}

// draftMessage makes the row of a message; had: it was written before.
func (w *work) draftMessage(ctx context.Context, c *conversation, p Post, direction string, a access.Actor) (m *message, had bool, err error) {
	parts, err := json.Marshal(p.Parts)
	if err != nil {
		return nil, false, err
	}
	send, err := json.Marshal(extra{p.Subject, p.Template, p.Parameters})
	if err != nil {
		return nil, false, err
	}
	text := textOf(p.Parts)
	if p.Subject != "" {
		text = p.Subject + "\n" + text
	}
	if len(p.Parts) == 0 {
		parts = []byte("[]")
		text = strings.Join(append([]string{p.Template}, p.Parameters...), " ")
	}
	m = &message{id: ids.New("msg"), conversation: c.id, n: c.incoming, direction: direction, senderKind: senderStaff, sender: a.ID, kind: p.kind(), parts: string(parts), text: text, send: string(send), at: w.now}
	if p.Key == "" {
		return m, false, nil
	}
	m.key = a.ID + " " + p.Key
	before, err := messages(ctx, w.tx, w.org, "client_key = ? AND client_key <> ''", m.key)
	if err != nil || len(before) == 0 {
		return m, false, err
	}
	if b := before[0]; b.conversation != c.id || b.parts != m.parts || b.send != m.send || b.direction != m.direction {
		return nil, false, errs.Conflict(i18n.T("同一个编号已经用于别的消息", "The key has been used for another message"))
	}
	return before[0], true, nil
}

// post stores a message to the customer and queues it.
func (w *work) post(ctx context.Context, c *conversation, m *message, p *Post) error {
	accounts, err := w.s.ports.Accounts.Accounts(ctx, w.tx, w.org)
	if err != nil {
		return err
	}
	account := accounts[c.account]
	staff, err := w.s.ports.Staff.Members(ctx, w.tx, w.org)
	if err != nil {
		return err
	}
	comp, err := w.s.composer(i18n.With(ctx, i18n.ZH), w.tx, w.org, c, account, staff)
	if err != nil {
		return err
	}
	if !comp.Open {
		other, err := w.s.composer(i18n.With(ctx, i18n.EN), w.tx, w.org, c, account, staff)
		if err != nil {
			return err
		}
		return errs.Conflict(i18n.Text{ZH: comp.Note, EN: other.Note})
	}
	account.Can.Needs = c.needs(account.Can.Needs)
	if err := p.fits(&account.Can); err != nil {
		return err
	}
	m.state = stateQueued
	if err := w.add(ctx, c, m); err != nil {
		return err
	}
	return w.queue(ctx, m, 1, m.id)
}

// answered notes that staff have answered all that has come in.
func (w *work) answered(ctx context.Context, c *conversation, a access.Actor) error {
	c.answeredN = c.incoming
	if c.status == StatusSnoozed || c.status == StatusResolved {
		w.status(c, StatusPending)
	}
	w.waits[c.id] = true
	if c.assignee == "" && a.Kind == access.Staff {
		if err := w.assign(ctx, c, a.ID, assignment{by: "staff", byID: a.ID}); err != nil {
			return err
		}
	}
	if err := w.read(ctx, c, a.ID, c.incoming); err != nil {
		return err
	}
	_, err := w.tx.Exec(ctx, "DELETE FROM inbox_draft WHERE org_id = ? AND staff_id = ? AND conversation_id = ?", w.org, a.ID, c.id)
	return err
}

// Retry tries again to send a message that failed, or of which nobody knows. A
// doubtful one may then arrive twice: the caller has said so.
func (s *Service) Retry(ctx context.Context, id, messageID string) (out Message, err error) {
	a := actor(ctx)
	err = s.change(ctx, a.OrgID, func(w *work) error {
		c, err := w.mine(ctx, id)
		if err != nil {
			return err
		}
		m, err := messageByID(ctx, w.tx, a.OrgID, messageID)
		if err != nil {
			return err
		}
		if m.conversation != c.id {
			return noMessage()
		}
		n, err := w.tx.Changed(ctx, "UPDATE inbox_message SET state = 'queued' WHERE org_id = ? AND id = ? AND state IN ('failed', 'doubtful')", a.OrgID, m.id)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.Conflict(i18n.T("这条消息没有失败，不用重发", "The message did not fail; there is nothing to try again"))
		}
		var number, again int64
		var key string
		if err := w.tx.QueryRow(ctx, "SELECT number, again, key FROM inbox_attempt WHERE org_id = ? AND message_id = ? ORDER BY number DESC LIMIT 1", a.OrgID, m.id).Scan(&number, &again, &key); err != nil {
			return err
		}
		number++
		if m.state != SendFailed || again == 0 { // under its old name nothing would be sent
			key = fmt.Sprintf("%s.%d", m.id, number)
		}
		if err := w.queue(ctx, m, number, key); err != nil {
			return err
		}
		w.retell(c, m.seq)
		if m.senderKind == senderStaff {
			if err := w.unanswer(ctx, c); err != nil {
				return err
			}
		}
		m.state = stateQueued
		if err := s.ports.Auditor.Audit(ctx, w.tx, "inbox.message.retry", "message", m.id, map[string]any{"attempt": number}); err != nil {
			return err
		}
		out, err = s.shownMessage(ctx, w.tx, a.OrgID, m)
		return err
	})
	return out, err
}

// Note writes something that only staff see.
func (s *Service) Note(ctx context.Context, id, key, text string) (out Message, err error) {
	a := actor(ctx)
	text = plaintext.Tidy(text)
	if text == "" {
		return out, errs.InvalidField("body.text", i18n.T("不能为空", "This is needed"))
	}
	err = s.change(ctx, a.OrgID, func(w *work) error {
		c, err := w.mine(ctx, id)
		if err != nil {
			return err
		}
		m, had, err := w.draftMessage(ctx, c, Post{Key: key, Parts: []Part{{Kind: "text", Text: text}}}, DirectionNote, a)
		if err != nil {
			return err
		}
		if !had {
			if err := w.add(ctx, c, m); err != nil {
				return err
			}
		}
		out, err = s.shownMessage(ctx, w.tx, a.OrgID, m)
		return err
	})
	return out, err
}

func (s *Service) shownMessage(ctx context.Context, tx *db.Tx, orgID string, m *message) (Message, error) {
	all, err := s.shownMessages(ctx, tx, orgID, []*message{m})
	if err != nil {
		return Message{}, err
	}
	return all[0], nil
}
