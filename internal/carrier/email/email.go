// Package email sends mail over SMTP. It speaks to a server over TLS only, and
// makes messages that survive hostile text: header values are encoded, lines
// are wrapped, and an address is one address.
package email

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"strings"
	"time"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Options make a Sender.
type Options struct {
	Server   string      // host:port; port 465 is TLS from the start, others begin with STARTTLS
	User     string      // empty: no sign-in
	Password string      //
	TLS      *tls.Config // nil: the system's roots
	Timeout  time.Duration
}

// Sender sends mail through one server. It is safe for concurrent use.
type Sender struct{ o Options }

// New returns a sender.
func New(o Options) *Sender {
	if o.Timeout == 0 {
		o.Timeout = 15 * time.Second
	}
	return &Sender{o}
}

// Message is one mail to one person.
type Message struct {
	ID          string // of the Message-ID header, without brackets: unique@domain; the same for every try
	From        mail.Address
	Return      string // where it comes back to when it cannot be delivered; empty: From
	To          mail.Address
	Subject     string
	Text        string
	HTML        string // empty: text only
	Unsubscribe string // https address for List-Unsubscribe; empty: none
	At          time.Time
}

var (
	errAddress = errs.InvalidField("to", i18n.T("邮箱地址不正确", "The address is not right"))
	// ErrSignIn is inside an error when the server refuses the name or password.
	ErrSignIn = errors.New("email: the sign-in was refused")

	// ErrLost is inside an error when the whole mail was sent and the server's
	// answer did not come: it may have been taken.
	ErrLost = errors.New("email: the answer was lost")

	errMessage = errs.Invalid(i18n.T("邮件没有内容或没有编号", "The mail has no content or no id"))
)

// Build returns the mail as it goes over the line (RFC 5322), CRLF included.
func Build(m Message) ([]byte, error) {
	addresses := []string{m.From.Address, m.To.Address}
	if m.Return != "" {
		addresses = append(addresses, m.Return)
	}
	for _, a := range addresses {
		if p, err := mail.ParseAddress("<" + a + ">"); err != nil || p.Address != a || strings.ContainsAny(a, "\r\n") {
			return nil, errAddress
		}
	}
	if m.Text == "" || m.ID == "" || strings.ContainsAny(m.ID+m.Unsubscribe, "\r\n<> \t") {
		return nil, errMessage
	}
	var b bytes.Buffer
	header := func(k, v string) { fmt.Fprintf(&b, "%s: %s\r\n", k, v) }
	header("From", m.From.String())
	header("To", m.To.String())
	header("Subject", mime.BEncoding.Encode("utf-8", strings.Join(strings.Fields(m.Subject), " ")))
	header("Date", m.At.Format(time.RFC1123Z))
	header("Message-ID", "<"+m.ID+">")
	if m.Unsubscribe != "" {
		header("List-Unsubscribe", "<"+m.Unsubscribe+">")
		header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	header("MIME-Version", "1.0")
	if m.HTML == "" {
		return b.Bytes(), part(&b, "text/plain", m.Text)
	}
	// The boundary need not be random: base64 never looks like it.
	const boundary = "=_fishpond_alternative"
	header("Content-Type", `multipart/alternative; boundary="`+boundary+`"`)
	b.WriteString("\r\n")
	for _, p := range []struct{ kind, text string }{{"text/plain", m.Text}, {"text/html", m.HTML}} {
		b.WriteString("--" + boundary + "\r\n")
		if err := part(&b, p.kind, p.text); err != nil {
			return nil, err
		}
		b.WriteString("\r\n")
	}
	b.WriteString("--" + boundary + "--\r\n")
	return b.Bytes(), nil
}

// part writes headers and content: readable text quoted-printable when it is
// mostly ASCII, base64 otherwise (Chinese is a third shorter so).
func part(b *bytes.Buffer, kind, text string) error {
	fmt.Fprintf(b, "Content-Type: %s; charset=utf-8\r\n", kind)
	ascii := 0
	for i := range len(text) {
		if text[i] < 0x80 {
			ascii++
		}
	}
	if ascii*4 > len(text)*3 && kind == "text/plain" && !strings.Contains(text, "=_fishpond") {
		b.WriteString("Content-Transfer-Encoding: quoted-printable\r\n\r\n")
		w := quotedprintable.NewWriter(b)
		if _, err := w.Write([]byte(text)); err != nil {
			return err
		}
		return w.Close()
	}
	b.WriteString("Content-Transfer-Encoding: base64\r\n\r\n")
	for line := base64.StdEncoding.EncodeToString([]byte(text)); line != ""; {
		n := min(76, len(line))
		b.WriteString(line[:n] + "\r\n")
		line = line[n:]
	}
	return nil
}

// Send hands one mail to the server. An error is an *errs.Error that says
// whether to come again: CodeUnavailable for trouble on the way and 4xx answers,
// CodeConflict for 5xx, which are final.
func (s *Sender) Send(ctx context.Context, m Message) error {
	data, err := Build(m)
	if err != nil {
		return err
	}
	c, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	back := m.From.Address
	if m.Return != "" {
		back = m.Return
	}
	if err := c.Mail(back); err != nil {
		return failure(err)
	}
	if err := c.Rcpt(m.To.Address); err != nil {
		return failure(err)
	}
	w, err := c.Data()
	if err != nil {
		return failure(err)
	}
	if _, err := w.Write(data); err != nil {
		return failure(err)
	}
	if err := w.Close(); err != nil { // here the server takes it
		if _, answered := errors.AsType[*textproto.Error](err); !answered {
			err = errors.Join(ErrLost, err)
		}
		return failure(err)
	}
	_ = c.Quit() // it is the server's now
	return nil
}

// Check signs in without sending anything.
func (s *Sender) Check(ctx context.Context) error {
	c, err := s.dial(ctx)
	if err != nil {
		return err
	}
	_ = c.Quit() // we only wanted in
	return nil
}

func (s *Sender) dial(ctx context.Context) (*smtp.Client, error) {
	host, port, err := net.SplitHostPort(s.o.Server)
	if err != nil {
		return nil, errs.InvalidField("server", i18n.T("SMTP 服务器应写作 主机名:端口", "Write the server as host:port"))
	}
	conf := s.o.TLS.Clone()
	if conf == nil {
		conf = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if conf.ServerName == "" {
		conf.ServerName = host
	}
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	var conn net.Conn
	if port == "465" {
		conn, err = (&tls.Dialer{Config: conf}).DialContext(ctx, "tcp", s.o.Server)
	} else {
		conn, err = (&net.Dialer{}).DialContext(ctx, "tcp", s.o.Server)
	}
	if err != nil {
		return nil, failure(err)
	}
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			_ = conn.Close()
			return nil, failure(err)
		}
	}
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		_ = conn.Close()
		return nil, failure(err)
	}
	if port != "465" {
		if ok, _ := c.Extension("STARTTLS"); !ok {
			_ = c.Close()
			return nil, errs.Conflict(i18n.T("服务器不支持加密连接，不会把密码和邮件明文发出去", "The server does not encrypt; neither password nor mail is sent in the clear"))
		}
		if err := c.StartTLS(conf); err != nil {
			_ = c.Close()
			return nil, failure(err)
		}
	}
	if s.o.User != "" {
		if err := c.Auth(smtp.PlainAuth("", s.o.User, s.o.Password, host)); err != nil {
			_ = c.Close()
			if e, answered := errors.AsType[*textproto.Error](err); answered && e.Code < 500 || !answered && networkDown(err) {
				return nil, failure(err)
			}
			return nil, errs.Conflict(i18n.T("登录名或密码不正确（有些邮箱要用授权码）", "The user name or password is not right; some providers want an app password")).Because(errors.Join(ErrSignIn, err))
		}
	}
	return c, nil
}
