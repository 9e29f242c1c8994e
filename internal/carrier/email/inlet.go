package email

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
	"golang.org/x/net/netutil"
)

// Inlet takes mail that comes back, and answers, over SMTP. It takes nothing else: who may
// be written to is asked before anything is read.
type Inlet struct {
	// Domain is how the server names itself.
	Domain string
	// Accept says whether there is such an address: nil, ErrNobody, or why that
	// cannot be told now.
	Accept func(ctx context.Context, address string) error
	// Take keeps a mail; only then is it acknowledged. ErrReport refuses it for
	// good, any other error asks the sender to come again.
	Take func(ctx context.Context, addresses []string, mail []byte) error
}

// ErrNobody: there is no such address here.
var ErrNobody = errors.New("email: no such address")

const (
	inletConns   = 100
	inletPerMail = 10 // addresses
	inletIdle    = 30 * time.Second
	inletWhole   = 5 * time.Minute // one connection
	inletWork    = 10 * time.Second
	inletBodies  = 8 // mails that are read at once: each may have MaxMail bytes
)

// Serve takes connections from l until ctx ends, and closes l.
func (i *Inlet) Serve(ctx context.Context, l net.Listener) error {
	places := make(chan struct{}, inletBodies)
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &inletSession{i: i, ctx: ctx, places: places}, nil }))
	server.Domain, server.ReadTimeout, server.WriteTimeout = i.Domain, inletIdle, inletIdle
	server.MaxMessageBytes, server.MaxRecipients = MaxMail, inletPerMail
	server.ErrorLog = log.New(io.Discard, "", 0) // strangers who break off are no news
	stop := context.AfterFunc(ctx, func() {
		_ = server.Close()
		_ = l.Close() // Serve may not have known of it yet
	})
	defer stop()
	err := server.Serve(netutil.LimitListener(&briefly{Listener: l}, inletConns))
	if ctx.Err() != nil || errors.Is(err, smtp.ErrServerClosed) {
		return nil
	}
	return err
}

// briefly closes connections that take too long altogether.
type briefly struct{ net.Listener }

func (b *briefly) Accept() (net.Conn, error) {
	c, err := b.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &brief{Conn: c, end: time.AfterFunc(inletWhole, func() { _ = c.Close() })}, nil
}

type brief struct {
	net.Conn
	end  *time.Timer
	once sync.Once
}

// Close closes the connection.
func (b *brief) Close() error {
	b.once.Do(func() { b.end.Stop() })
	return b.Conn.Close()
}

// inletSession is one sender's conversation.
type inletSession struct {
	i   *Inlet
	ctx context.Context
	to  []string

	places chan struct{}
}

var (
	replyNobody = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such address"}
	replyLater  = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Try again later"}
	replyNever  = &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "Not a readable mail"}
)

// Mail implements smtp.Session: reports come from anybody, mostly from nobody.
func (s *inletSession) Mail(string, *smtp.MailOptions) error { return nil }

// Rcpt implements smtp.Session.
func (s *inletSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	ctx, cancel := context.WithTimeout(s.ctx, inletWork)
	defer cancel()
	switch err := s.i.Accept(ctx, to); {
	case errors.Is(err, ErrNobody):
		return replyNobody
	case err != nil:
		return replyLater
	}
	s.to = append(s.to, to)
	return nil
}

// Data implements smtp.Session.
func (s *inletSession) Data(r io.Reader) error {
	select {
	case s.places <- struct{}{}:
		defer func() { <-s.places }()
	case <-time.After(inletWork):
		return replyLater
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(r); err != nil {
		return err // too long, or gone
	}
	ctx, cancel := context.WithTimeout(s.ctx, inletWork)
	defer cancel()
	switch err := s.i.Take(ctx, s.to, b.Bytes()); {
	case errors.Is(err, ErrReport):
		return replyNever
	case err != nil:
		return replyLater
	}
	return nil
}

// Reset implements smtp.Session.
func (s *inletSession) Reset() { s.to = nil }

// Logout implements smtp.Session.
func (s *inletSession) Logout() error { return nil }
