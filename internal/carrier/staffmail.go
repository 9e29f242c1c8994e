package carrier

import (
	"context"
	"errors"
	"net/mail"
	"strings"

	"fishpond/internal/carrier/email"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// StaffMail is a mail of the brand to one of its own staff: it is no message
// to a customer, and stands on no timeline.
type StaffMail struct {
	Key     string // the same for every try
	To      string
	Subject string
	Text    string
	HTML    string
	Files   []StaffFile
	Begin   func() error // called before the server could have the mail; an error: it is not tried
}

// StaffFile goes along with a mail to staff.
type StaffFile struct {
	Name    string
	Type    string // of media
	Content []byte
}

// MailStaff tries one mail over an e-mail account of the org. Untried is true
// where the server surely did not take it.
func (o *Outbox) MailStaff(ctx context.Context, orgID, accountID string, m StaffMail) (d Delivered) {
	var a *account
	var sign *email.DKIM
	err := o.s.db.Read(ctx, orgID, func(tx *db.Tx) (err error) {
		if a, err = o.s.accountByID(ctx, tx, orgID, accountID); err == nil {
			sign, err = o.s.signerOf(ctx, tx, orgID, accountID)
		}
		return err
	})
	if err == nil && (a.kind != KindEmail || a.status != StatusActive) {
		err = errs.Conflict(i18n.T("这个邮箱账号没有启用", "This e-mail account is not active"))
	}
	var files []*email.Attachment
	for _, f := range m.Files {
		if err != nil {
			break
		}
		var attached *email.Attachment
		if attached, err = email.NewAttachment(f.Name, f.Type, f.Content); err == nil {
			files = append(files, attached)
		}
	}
	if err != nil {
		return Delivered{Untried: true, Receipt: refused(err)}
	}
	_, domain, _ := strings.Cut(a.settings["from"], "@")
	out := email.Message{ID: mailID(m.Key, domain), From: mail.Address{Name: a.settings["from_name"], Address: a.settings["from"]}, To: mail.Address{Address: m.To},
		Subject: m.Subject, Text: m.Text, HTML: m.HTML, At: o.s.now(), Sign: sign, Begin: m.Begin, Files: files}
	var works, fails int64
	o.poolOf(a).Send(ctx, []email.Message{out}, func(_ int, err error) {
		d.Untried = errors.Is(err, email.ErrNotTried)
		d.Down = errors.Is(err, email.ErrDown) || errors.Is(err, email.ErrLost)
		var v sending
		v.verdict(err)
		d.Status, d.Code, d.Reason, d.Again = v.status, v.code, v.reason, v.again || errors.Is(err, email.ErrDown)
		switch {
		case err == nil:
			works++
		case !d.Untried:
			fails++
		}
	})
	o.s.countedMany(ctx, a, "smtp", works, fails)
	return d
}
