// Package mailsink is a mail server that takes all mail and delivers none, for
// tests and measurements. It speaks SMTP with STARTTLS and PIPELINING.
package mailsink

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Mail is what is looked at of a mail.
type Mail struct {
	ID   string // of its Message-ID, without brackets
	From string // where it comes back to
	To   string
	Raw  []byte // all of it, with [Sink.Keep]
}

// Moment is when a server does something wrong.
type Moment int

// The moments of a conversation.
const (
	Greeting Moment = iota // it has been connected to
	TLS                    // it has said yes to STARTTLS
	Envelope               // it has heard whom a mail is for
	Start                  // it shall say that the mail may come
	Taken                  // the whole mail has come; the answer has not gone
	Answered               // it has said yes to the mail
)

// Ill is what a server does wrong.
type Ill int

// The ways in which servers go wrong.
const (
	Well  Ill = iota
	Hangs     // says nothing more, and keeps the line
	Halts     // says half a reply, and nothing more
	Drops     // shuts the line
	Raves     // says what is no reply
)

// Sink is a mail server. Set its fields before Serve.
type Sink struct {
	// Took is called for each mail before it is answered, from many goroutines;
	// an error is the answer, as "451 later". nil: all are taken.
	Took func(m Mail) error
	// Refuse answers a recipient other than with yes when it returns something.
	Refuse func(to string) string
	// Keep has Took look at whole mails, too.
	Keep bool
	// Ill, when set, tells what the server does wrong, and when; m holds what is
	// known by then. It is called from many goroutines.
	Ill func(at Moment, m Mail) Ill
	// Mute, when it returns true for a mail, takes it and never answers.
	Mute func(m Mail) bool

	mails, bytes, lines atomic.Int64
	conf                *tls.Config
	root                []byte
}

// New returns a sink with a certificate of its own for 127.0.0.1.
func New() (*Sink, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail sink"}, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<34, 0),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	return &Sink{conf: &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
		root: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}, nil
}

// Root is the certificate that vouches for the sink, in PEM.
func (s *Sink) Root() []byte { return s.root }

// Roots is the same as a pool.
func (s *Sink) Roots() *x509.CertPool {
	p := x509.NewCertPool()
	p.AppendCertsFromPEM(s.root)
	return p
}

// Mails is how many mails it has taken.
func (s *Sink) Mails() int64 { return s.mails.Load() }

// Bytes is how long they were together.
func (s *Sink) Bytes() int64 { return s.bytes.Load() }

// Lines is how many connections there are.
func (s *Sink) Lines() int64 { return s.lines.Load() }

// Serve takes mail until ctx ends.
func (s *Sink) Serve(ctx context.Context, l net.Listener) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	var mu sync.Mutex
	open := map[net.Conn]bool{}
	stop := context.AfterFunc(ctx, func() {
		_ = l.Close()
		mu.Lock()
		defer mu.Unlock()
		for c := range open {
			_ = c.Close()
		}
	})
	defer stop()
	for {
		conn, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil //nolint:nilerr // it was told to end
			}
			return fmt.Errorf("mailsink: %w", err)
		}
		mu.Lock()
		open[conn] = true
		mu.Unlock()
		if ctx.Err() != nil {
			_ = conn.Close()
		}
		wg.Go(func() {
			s.lines.Add(1)
			t := &talk{s: s, ctx: ctx}
			t.on(conn)
			t.run()
			s.lines.Add(-1)
			_ = conn.Close()
			mu.Lock()
			delete(open, conn)
			mu.Unlock()
		})
	}
}

// talk is one connection.
type talk struct {
	s    *Sink
	ctx  context.Context
	conn net.Conn
	r    *bufio.Reader
	w    *bufio.Writer
	tls  bool
	from string
	to   string
}

func (t *talk) on(conn net.Conn) {
	t.conn, t.r, t.w = conn, bufio.NewReaderSize(conn, 32<<10), bufio.NewWriter(conn)
}

// say answers. It leaves the house when nothing else is there to be read.
func (t *talk) say(line string) bool {
	_, _ = t.w.WriteString(line)
	_, err := t.w.WriteString("\r\n")
	if err == nil && t.r.Buffered() == 0 {
		err = t.w.Flush()
	}
	return err == nil
}

// ill does what is wrong now, if anything; false: the line is over.
func (t *talk) ill(at Moment, m Mail) bool {
	if t.s.Ill == nil {
		return true
	}
	what := t.s.Ill(at, m)
	switch what {
	case Well:
		return true
	case Halts:
		_, _ = t.w.WriteString("25")
	case Raves:
		_, _ = t.w.WriteString("\x16\x03what?\r\n\r\n")
	}
	_ = t.w.Flush()
	if what == Hangs || what == Halts {
		<-t.ctx.Done()
	}
	return false
}

func (t *talk) run() {
	if !t.ill(Greeting, Mail{}) {
		return
	}
	if !t.say("220 sink ESMTP") {
		return
	}
	for {
		line, err := t.r.ReadSlice('\n')
		if err != nil {
			return
		}
		if ok := t.command(strings.TrimRight(string(line), "\r\n")); !ok {
			_ = t.w.Flush()
			return
		}
	}
}

func (t *talk) command(line string) bool {
	word, rest, _ := strings.Cut(line, " ")
	switch strings.ToUpper(word) {
	case "EHLO", "HELO":
		offers := "250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-AUTH PLAIN\r\n"
		if !t.tls {
			offers += "250-STARTTLS\r\n"
		}
		return t.say(offers + "250 SIZE 20000000")
	case "STARTTLS":
		if !t.say("220 go") || t.w.Flush() != nil {
			return false
		}
		if !t.ill(TLS, Mail{}) {
			return false
		}
		t.on(tls.Server(t.conn, t.s.conf))
		t.tls = true
		return true
	case "AUTH":
		return t.say("235 in")
	case "MAIL":
		_, from, _ := strings.Cut(rest, "<")
		t.from, _, _ = strings.Cut(from, ">")
		t.to = ""
		return t.say("250 ok")
	case "RSET", "NOOP":
		t.to = ""
		return t.say("250 ok")
	case "RCPT":
		_, to, _ := strings.Cut(rest, "<")
		to, _, _ = strings.Cut(to, ">")
		if t.s.Refuse != nil {
			if no := t.s.Refuse(to); no != "" {
				return t.say(no)
			}
		}
		t.to = to
		return t.ill(Envelope, Mail{From: t.from, To: to}) && t.say("250 ok")
	case "DATA":
		if t.to == "" {
			return t.say("503 nobody to send it to")
		}
		return t.ill(Start, Mail{From: t.from, To: t.to}) && t.say("354 go") && t.data()
	case "QUIT":
		t.say("221 bye")
		return false
	}
	return t.say("500 what")
}

func (t *talk) data() bool {
	if t.w.Flush() != nil {
		return false
	}
	m, n, head := Mail{From: t.from, To: t.to}, 0, true
	for {
		line, err := t.r.ReadSlice('\n')
		if err != nil {
			return false // all lines that are sent here fit
		}
		if len(line) == 3 && line[0] == '.' {
			break
		}
		n += len(line)
		if t.s.Keep {
			m.Raw = append(m.Raw, bytes.TrimPrefix(line, []byte("."))...)
		}
		if head {
			if v, ok := bytes.CutPrefix(line, []byte("Message-ID: <")); ok {
				m.ID = strings.TrimRight(string(v), ">\r\n")
			}
			head = len(line) > 2
		}
	}
	t.to = ""
	if t.s.Took != nil {
		if err := t.s.Took(m); err != nil {
			return t.say(err.Error())
		}
	}
	t.s.mails.Add(1)
	t.s.bytes.Add(int64(n))
	if t.s.Mute != nil && t.s.Mute(m) {
		<-t.ctx.Done()
		return false
	}
	return t.ill(Taken, m) && t.say("250 taken") && t.ill(Answered, m)
}
