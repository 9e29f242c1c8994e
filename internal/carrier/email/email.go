// Package email sends mail over SMTP. It speaks to a server over TLS only, and
// makes messages that survive hostile text: header values are encoded, lines
// are wrapped, and an address is one address.
package email

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Options make a Sender.
type Options struct {
	Server   string        // host:port; port 465 is TLS from the start, others begin with STARTTLS
	User     string        // empty: no sign-in
	Password string        //
	TLS      *tls.Config   // nil: the system's roots
	Timeout  time.Duration // for each step on the way; 15 seconds
	Answer   time.Duration // for the answer to a whole mail; a minute: RFC 5321 asks for more, and people wait
	Rest     time.Duration // how long a pool leaves a server alone that does not work; 3 seconds
}

// Sender sends mail through one server. It is safe for concurrent use.
type Sender struct{ o Options }

// New returns a sender.
func New(o Options) *Sender {
	if o.Timeout == 0 {
		o.Timeout = 15 * time.Second
	}
	if o.Rest == 0 {
		o.Rest = 3 * time.Second
	}
	if o.Answer == 0 {
		o.Answer = time.Minute
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
	HTML        string        // empty: text only
	Unsubscribe string        // https address for List-Unsubscribe; empty: none
	InReplyTo   string        // the id of the mail that it answers, without brackets; empty: none
	ReplyTo     string        // where answers go; empty: From
	Files       []*Attachment // what goes along
	At          time.Time
	Sign        *DKIM        // nil: it is not signed
	Begin       func() error // called by [Pool.Send] before the server could take the mail; an error: it is not tried. nil: nobody wants to know
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

// Send hands one mail to the server. An error is an *errs.Error that says
// whether to come again: CodeUnavailable for trouble on the way and 4xx answers,
// CodeConflict for 5xx, which are final.
func (s *Sender) Send(ctx context.Context, m Message) error {
	data := &wired{}
	if err := data.mail(&m, false); err != nil {
		return err
	}
	c, conn, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	pace := &paced{conn: conn, each: s.o.Timeout, until: clock.System().Add(wholeFor)}
	if err := pace.next(); err != nil {
		return failure(err)
	}
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
	if err := data.each(func(piece []byte) error { return pace.write(w, piece) }); err != nil {
		return failure(err)
	}
	if err := conn.SetDeadline(clock.System().Add(s.o.Answer)); err != nil {
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
	c, _, err := s.dial(ctx)
	if err != nil {
		return err
	}
	_ = c.Quit() // we only wanted in
	return nil
}

// dial connects and signs in. The connection below the client is for its
// deadlines; the first is Timeout from now.
func (s *Sender) dial(ctx context.Context) (*smtp.Client, net.Conn, error) {
	host, port, err := net.SplitHostPort(s.o.Server)
	if err != nil {
		return nil, nil, errs.InvalidField("server", i18n.T("SMTP 服务器应写作 主机名:端口", "Write the server as host:port"))
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
		return nil, nil, failure(err)
	}
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			_ = conn.Close()
			return nil, nil, failure(err)
		}
	}
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		_ = conn.Close()
		return nil, nil, failure(err)
	}
	if port != "465" {
		if ok, _ := c.Extension("STARTTLS"); !ok {
			_ = c.Close()
			return nil, nil, errs.Conflict(i18n.T("服务器不支持加密连接，不会把密码和邮件明文发出去", "The server does not encrypt; neither password nor mail is sent in the clear"))
		}
		if err := c.StartTLS(conf); err != nil {
			_ = c.Close()
			return nil, nil, failure(err)
		}
	}
	if s.o.User != "" {
		if err := c.Auth(smtp.PlainAuth("", s.o.User, s.o.Password, host)); err != nil {
			_ = c.Close()
			if e, answered := errors.AsType[*textproto.Error](err); answered && e.Code < 500 || !answered && networkDown(err) {
				return nil, nil, failure(err)
			}
			return nil, nil, errs.Conflict(i18n.T("登录名或密码不正确（有些邮箱要用授权码）", "The user name or password is not right; some providers want an app password")).Because(errors.Join(ErrSignIn, err))
		}
	}
	return c, conn, nil
}
