package carrier

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"html"
	"net/mail"
	"strings"

	"fishpond/internal/carrier/email"
	"fishpond/internal/carrier/sms"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// dispatch has the platform take a message.
func (s *Service) dispatch(ctx context.Context, a *account, m *sending) error {
	switch a.kind {
	case KindOfficial:
		return s.sendOfficial(ctx, a, m)
	case KindKf:
		return s.sendKf(ctx, a, m)
	case KindEmail:
		err := s.sendMail(ctx, a, m)
		s.counted(ctx, a, "smtp", err)
		return err
	case KindSMS:
		err := s.sendText(ctx, a, m)
		s.counted(ctx, a, "sms", err)
		return err
	}
	return fmt.Errorf("carrier: nothing is sent over %s", a.kind)
}

// sendOfficial sends the parts one after the other, from the first that the
// platform has not taken.
func (s *Service) sendOfficial(ctx context.Context, a *account, m *sending) error {
	c := s.officialOf(a, impatient)
	for _, p := range m.Parts[min(int(m.done), len(m.Parts)):] {
		var err error
		switch p.Kind {
		case PartText:
			err = c.SendText(ctx, m.To, p.Text)
		case PartImage, PartVoice:
			if p.MediaID, err = s.platformMedia(ctx, a, p, c.Upload); err == nil {
				err = c.SendMedia(ctx, m.To, p.Kind, p.MediaID)
			}
		case PartLink:
			err = c.SendLink(ctx, m.To, p.Title, p.Text, p.URL, p.PicURL)
		case PartMiniProgram:
			if p.MediaID, err = s.platformMedia(ctx, a, p, c.Upload); err == nil {
				err = c.SendMiniProgram(ctx, m.To, p.Title, p.AppID, p.Page, p.MediaID)
			}
		}
		if err != nil {
			return err
		}
		if err := s.advance(ctx, a, m); err != nil { // taken, and nobody would know
			return &wire.LostError{API: "advance", Err: err}
		}
	}
	return nil
}

func (s *Service) sendText(ctx context.Context, a *account, m *sending) error {
	sent, err := s.smsOf(a).Send(ctx, m.Template, m.Parameters, []string{m.To}, m.id)
	if err != nil {
		return err
	}
	if len(sent) != 1 {
		return errs.Unavailable(i18n.T("短信平台的回答看不懂", "The SMS provider's answer cannot be read"), errors.New("carrier: not one status"))
	}
	if sent[0].Code != "Ok" {
		return errs.Conflict(i18n.T("短信平台没有接受（%s）", "The SMS provider did not accept it (%s)", oneLine(sent[0].Code, 64)))
	}
	m.platformID = oneLine(sent[0].Serial, 128)
	return nil
}

func (s *Service) sendMail(ctx context.Context, a *account, m *sending) error {
	_, domain, _ := strings.Cut(a.settings["from"], "@")
	files, err := s.mailFiles(ctx, a, m.Parts)
	if err != nil {
		return err
	}
	text, rich := mailBody(m.Parts)
	if m.HTML != "" {
		rich = m.HTML
	}
	var last lastMail
	var sign *email.DKIM
	if err := s.db.Read(ctx, a.org, func(tx *db.Tx) (err error) {
		if last, err = lastMailOf(ctx, tx, a, m.To); err == nil {
			sign, err = s.signerOf(ctx, tx, a.org, a.id)
		}
		return err
	}); err != nil {
		return err
	}
	if m.Subject == "" {
		m.Subject = last.answer()
	}
	out := email.Message{ID: strings.ReplaceAll(m.id, "_", ".") + "@" + domain, From: mail.Address{Name: a.settings["from_name"], Address: a.settings["from"]}, To: mail.Address{Address: m.To},
		Subject: m.Subject, InReplyTo: last.id, Text: text, HTML: rich, Unsubscribe: m.Unsubscribe, Files: files, At: clock.Time(m.created), Sign: sign}
	if m.token != "" {
		out.Return = "bounce+" + m.token + "@" + a.settings["bounce_domain"]
		if a.settings["replies"] != repliesSender {
			out.ReplyTo = "reply+" + m.token + "@" + a.settings["bounce_domain"]
		}
	}
	if out.Text == "" { // files alone
		out.Text = m.Subject
	}
	m.platformID = out.ID // kept whatever comes of it: mail that comes back names it
	return s.emailOf(a).Send(ctx, out)
}

// mailBody makes a mail of parts: the text always, and HTML when there is more
// than text.
func mailBody(parts []Part) (text, rich string) {
	var t, h strings.Builder
	more := false
	for _, p := range parts {
		if ours(p.MediaID) { // goes along as a file
			continue
		}
		if t.Len() > 0 {
			t.WriteString("\n\n")
		}
		switch p.Kind {
		case PartText:
			t.WriteString(p.Text)
			h.WriteString("<p>" + strings.ReplaceAll(html.EscapeString(p.Text), "\n", "<br>") + "</p>\n")
		case PartLink:
			more = true
			t.WriteString(p.Title + "\n" + p.URL)
			fmt.Fprintf(&h, "<p><a href=\"%s\">%s</a></p>\n", html.EscapeString(p.URL), html.EscapeString(p.Title))
		case PartImage:
			more = true
			t.WriteString(p.Title + "\n" + p.PicURL)
			fmt.Fprintf(&h, "<p><img src=\"%s\" alt=\"%s\" style=\"max-width:100%%\"></p>\n", html.EscapeString(p.PicURL), html.EscapeString(p.Title))
		}
	}
	if !more {
		return t.String(), ""
	}
	return t.String(), "<!doctype html><html><body>\n" + h.String() + "</body></html>"
}

// newToken is the unguessable part of the address to which one mail comes back,
// in letters that survive systems that do not tell capitals apart.
func newToken() string {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic("carrier: no randomness: " + err.Error())
	}
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))
}

// counted counts a call that no quota counts, for the account's health, and
// notes a refusal that people must act upon.
func (s *Service) counted(ctx context.Context, a *account, api string, cause error) {
	e, shown := errors.AsType[*errs.Error](cause)
	refused := shown && (errors.Is(cause, email.ErrSignIn) || errors.Is(cause, sms.ErrKeys))
	err := s.db.Write(context.WithoutCancel(ctx), a.org, func(tx *db.Tx) error {
		failed := int64(0)
		if cause != nil {
			failed = 1
		}
		if _, err := tx.Exec(ctx, `INSERT INTO carrier_call (org_id, account_id, api, at, calls, failed) VALUES (?, ?, ?, ?, 1, ?)
			ON CONFLICT (org_id, account_id, api, at) DO UPDATE SET calls = carrier_call.calls + 1, failed = carrier_call.failed + excluded.failed`, a.org, a.id, api, minuteOf(s.now()), failed); err != nil {
			return err
		}
		if cause == nil && a.errorCode != 0 {
			return mend(ctx, tx, a.org, a.id)
		}
		if !refused {
			return nil
		}
		_, err := tx.Exec(ctx, "UPDATE carrier_account SET error_code = 1, error_api = ?, error_zh = ?, error_en = ?, error_at = ? WHERE org_id = ? AND id = ?", api, e.Text.ZH, e.Text.EN, s.micros(), a.org, a.id)
		return err
	})
	if err != nil {
		s.logger.WarnContext(ctx, "a call could not be counted", "account", a.id, "api", api, "error", err)
	}
}
