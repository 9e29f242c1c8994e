package email_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fishpond/internal/carrier/email"
	"fishpond/internal/platform/errs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server is a small SMTP server that speaks TLS after STARTTLS and keeps what
// it was given.
type server struct {
	addr, reply string // reply: to RCPT
	offers      bool   // STARTTLS
	conf        *tls.Config
	roots       *tls.Config

	mu   sync.Mutex
	got  []string // mails
	auth string
}

func newServer(t *testing.T, offers bool, reply string) *server {
	web := httptest.NewTLSServer(nil) // has a certificate for 127.0.0.1
	t.Cleanup(web.Close)
	roots := web.Client().Transport.(interface{ CloseIdleConnections() })
	roots.CloseIdleConnections()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	pool := web.Client().Transport
	s := &server{addr: l.Addr().String(), reply: reply, offers: offers, conf: &tls.Config{Certificates: web.TLS.Certificates, MinVersion: tls.VersionTLS12}}
	s.roots = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: rootsOf(pool)}
	var g sync.WaitGroup
	g.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			g.Go(func() { s.talk(conn) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); g.Wait() })
	return s
}

func (s *server) talk(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	r := bufio.NewReader(conn)
	say := func(line string) { fmt.Fprintf(conn, "%s\r\n", line) }
	secure := false
	say("220 test")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		switch word := strings.ToUpper(strings.Fields(line + " x")[0]); word {
		case "EHLO":
			if s.offers && !secure {
				say("250-test")
				say("250 STARTTLS")
			} else {
				say("250-test")
				say("250 AUTH PLAIN")
			}
		case "STARTTLS":
			say("220 go")
			c := tls.Server(conn, s.conf)
			conn, r, secure = c, bufio.NewReader(c), true
		case "AUTH":
			plain, _ := base64.StdEncoding.DecodeString(strings.Fields(line)[2])
			s.mu.Lock()
			s.auth = string(plain)
			s.mu.Unlock()
			if !strings.HasSuffix(string(plain), "\x00right") {
				say("535 no")
				continue
			}
			say("235 in")
		case "RCPT":
			say(s.reply)
		case "DATA":
			say("354 go")
			var b bytes.Buffer
			for {
				l, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if l == ".\r\n" {
					break
				}
				b.WriteString(strings.TrimPrefix(l, "."))
			}
			s.mu.Lock()
			s.got = append(s.got, b.String())
			s.mu.Unlock()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func message() email.Message {
	return email.Message{ID: "m1@pond.example", From: mail.Address{Name: "鱼塘 <shop>", Address: "shop@pond.example"}, To: mail.Address{Name: "Ann\r\nBcc: all@evil.example", Address: "ann@example.com"},
		Subject: "你好\r\nBcc: all@evil.example", Text: "Hello Ann,\n.\nlook =_fishpond_alternative", HTML: "<p>你好 Ann</p>", Unsubscribe: "https://pond.example/u/1", At: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
}

func TestSend(t *testing.T) {
	s := newServer(t, true, "250 ok")
	if err := email.New(email.Options{Server: s.addr, User: "shop", Password: "right", TLS: s.roots}).Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	if s.auth != "\x00shop\x00right" || len(s.got) != 1 {
		t.Fatalf("%q %d", s.auth, len(s.got))
	}
	m, err := mail.ReadMessage(strings.NewReader(s.got[0]))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil || subject != "你好 Bcc: all@evil.example" || m.Header.Get("Bcc") != "" || m.Header.Get("Message-Id") != "<m1@pond.example>" || m.Header.Get("List-Unsubscribe-Post") == "" {
		t.Errorf("%v %v %v", subject, m.Header, err)
	}
	to, err := m.Header.AddressList("To")
	if err != nil || len(to) != 1 || to[0].Address != "ann@example.com" {
		t.Errorf("%v %v", to, err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for _, want := range []string{"Hello Ann,\n.\nlook =_fishpond_alternative", "<p>你好 Ann</p>"} {
		p, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := io.ReadAll(p)
		text := raw
		if p.Header.Get("Content-Transfer-Encoding") == "base64" {
			text, err = base64.StdEncoding.DecodeString(strings.ReplaceAll(string(raw), "\r\n", ""))
		} else {
			text, err = io.ReadAll(quotedprintable.NewReader(bytes.NewReader(raw)))
		}
		if err != nil || string(text) != want {
			t.Errorf("%q, want %q, %v", text, want, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name, reply, password string
		offers                bool
		want                  errs.Code
	}{
		{"final", "550 no such user", "right", true, errs.CodeConflict},
		{"for now", "451 later", "right", true, errs.CodeUnavailable},
		{"a wrong password", "250 ok", "wrong", true, errs.CodeConflict},
		{"in the clear", "250 ok", "right", false, errs.CodeConflict},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t, c.offers, c.reply)
			err := email.New(email.Options{Server: s.addr, User: "shop", Password: c.password, TLS: s.roots}).Send(t.Context(), message())
			if !errs.Is(err, c.want) || len(s.got) != 0 || !c.offers && s.auth != "" {
				t.Errorf("%v, %d mails, auth %q", err, len(s.got), s.auth)
			}
		})
	}
	if err := email.New(email.Options{Server: "127.0.0.1:1"}).Check(t.Context()); !errs.Is(err, errs.CodeUnavailable) {
		t.Errorf("nobody there: %v", err)
	}
	for name, change := range map[string]func(*email.Message){
		"two recipients":    func(m *email.Message) { m.To.Address = "a@b.example, c@d.example" },
		"a header in it":    func(m *email.Message) { m.To.Address = "a@b.example\r\nBcc: x@y.example" },
		"no address":        func(m *email.Message) { m.From.Address = "" },
		"no text":           func(m *email.Message) { m.Text = "" },
		"a header in an id": func(m *email.Message) { m.ID = "a@b>\r\nBcc: x@y.example" },
	} {
		m := message()
		change(&m)
		if _, err := email.Build(m); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBuild(t *testing.T) {
	m := email.Message{ID: "m1@pond.example", From: mail.Address{Address: "shop@pond.example"}, To: mail.Address{Address: "ann@example.com"}, Subject: "S", Text: "Hello", ReplyTo: "reply+x@bounce.example", InReplyTo: "a@b"}
	data, err := email.Build(m)
	if err != nil || !strings.HasSuffix(string(data), "\r\n\r\nHello\r\n") || !strings.Contains(string(data), "Reply-To: <reply+x@bounce.example>\r\nIn-Reply-To: <a@b>\r\nReferences: <a@b>\r\n") {
		t.Errorf("%q %v", data, err)
	}
	m.Files = []*email.Attachment{file(t, "报价\".pdf", "application/pdf", "%PDF-1.7")}
	for _, html := range []string{"", "<p>Hi"} {
		m.HTML = html
		if data, err = email.Build(m); err != nil {
			t.Fatal(err)
		}
		got, err := mail.ReadMessage(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		_, params, err := mime.ParseMediaType(got.Header.Get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		parts := multipart.NewReader(got.Body, params["boundary"])
		first, err := parts.NextRawPart()
		if err != nil || !strings.HasPrefix(first.Header.Get("Content-Type"), map[string]string{"": "text/plain", "<p>Hi": "multipart/alternative"}[html]) {
			t.Errorf("%q: %v %v", html, first.Header, err)
		}
		second, err := parts.NextPart()
		if err != nil || second.FileName() != "报价\".pdf" {
			t.Fatalf("%q: %v", html, err)
		}
		raw, _ := io.ReadAll(second)
		if content, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(raw))); err != nil || string(content) != "%PDF-1.7" {
			t.Errorf("%q: %q %v", html, content, err)
		}
	}
	for _, no := range [][2]string{{"text/html\r\nX: y", "a"}, {"", "a"}} {
		if _, err := email.NewAttachment(no[1], no[0], nil); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("%q: %v", no, err)
		}
	}
}

func file(t *testing.T, name, kind, content string) *email.Attachment {
	t.Helper()
	f, err := email.NewAttachment(name, kind, []byte(content))
	if err != nil {
		t.Fatal(err)
	}
	return f
}
