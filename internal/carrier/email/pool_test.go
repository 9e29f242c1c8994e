package email_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"fishpond/internal/carrier/email"
	"fishpond/internal/platform/errs"
	"fishpond/internal/simulator/mailsink"
)

// post serves a sink until the test ends and returns a pool to it.
func post(t *testing.T, s *mailsink.Sink, size int) *email.Pool {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(ctx, l) }()
	p := email.NewPool(email.Options{Server: l.Addr().String(), User: "u", Password: "p", Timeout: 2 * time.Second, TLS: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: s.Roots()}}, size)
	t.Cleanup(func() { stop(); <-done; p.Close() })
	return p
}

func mails(n int) (out []email.Message) {
	for i := range n {
		out = append(out, email.Message{ID: fmt.Sprintf("m%d@pond.example", i), From: mail.Address{Name: "Pond", Address: "shop@pond.example"}, To: mail.Address{Address: fmt.Sprintf("p%d@x.example", i)}, Subject: "茶", Text: ".\nHello", HTML: "<p>茶 for you"})
	}
	return out
}

func send(p *email.Pool, ctx context.Context, all []email.Message) []error {
	out, told := make([]error, len(all)), make([]int, len(all))
	var mu sync.Mutex
	p.Send(ctx, all, func(i int, err error) {
		mu.Lock()
		defer mu.Unlock()
		out[i] = err
		told[i]++
	})
	for i, n := range told {
		if n != 1 {
			out[i] = fmt.Errorf("told %d times", n)
		}
	}
	return out
}

// Each mail arrives once; those that are refused, for good or for now, do not
// keep the others on the line.
func TestPool(t *testing.T) {
	s, err := mailsink.New()
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	got := map[string]int{}
	s.Took = func(m mailsink.Mail) error {
		mu.Lock()
		defer mu.Unlock()
		if strings.HasPrefix(m.ID, "m7") {
			return errors.New("451 later")
		}
		got[m.ID+" "+m.To]++
		return nil
	}
	s.Refuse = func(to string) string {
		if strings.HasPrefix(to, "p5") {
			return "550 nobody"
		}
		return ""
	}
	p := post(t, s, 4)
	all := mails(400)
	all[0].To.Address = "a@b.example>\r\nRCPT TO:<evil@x.example"
	for round := range 2 { // the lines stay open
		for i, err := range send(p, t.Context(), all) {
			id := fmt.Sprint("m", i)
			switch {
			case i == 0:
				if err == nil {
					t.Error("an address that is none was taken")
				}
			case strings.HasPrefix(id, "m5"):
				if !errs.Is(err, errs.CodeConflict) {
					t.Errorf("%s: %v", id, err)
				}
			case strings.HasPrefix(id, "m7"):
				if !errs.Is(err, errs.CodeUnavailable) || errors.Is(err, email.ErrDown) || errors.Is(err, email.ErrLost) {
					t.Errorf("%s: %v", id, err)
				}
			case err != nil || got[fmt.Sprintf("%s@pond.example p%d@x.example", id, i)] != round+1:
				t.Errorf("%s: %v, arrived %d times", id, err, got[fmt.Sprintf("%s@pond.example p%d@x.example", id, i)])
			}
		}
	}
	if n := s.Lines(); n > 4 {
		t.Errorf("%d lines", n)
	}
}

// A mail without an answer is lost, the one behind it is not; without a server
// none was tried.
func TestPoolInTrouble(t *testing.T) {
	s, err := mailsink.New()
	if err != nil {
		t.Fatal(err)
	}
	s.Mute = func(m mailsink.Mail) bool { return m.ID == "m3@pond.example" }
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	served := make(chan struct{})
	go func() { defer close(served); _ = s.Serve(ctx, l) }()
	p := email.NewPool(email.Options{Server: l.Addr().String(), Timeout: time.Second, TLS: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: s.Roots()}}, 1)
	defer p.Close()
	go func() {
		for s.Mails() < 4 { // m0, m1, m2 and the mute one
			time.Sleep(time.Millisecond) // the pool works in its own time
		}
		stop()
	}()
	for i, err := range send(p, t.Context(), mails(6)) {
		switch {
		case i < 3:
			if err != nil {
				t.Errorf("m%d: %v", i, err)
			}
		case i == 3:
			if !errors.Is(err, email.ErrLost) {
				t.Errorf("the mute one: %v", err)
			}
		case !errors.Is(err, email.ErrDown) || errors.Is(err, email.ErrLost):
			t.Errorf("m%d, behind it: %v", i, err)
		}
	}
	<-served
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if got := send(p, gone, mails(1)); !errors.Is(got[0], email.ErrNotTried) {
		t.Errorf("called off: %v", got[0])
	}
}

// What goes over the line reads as what Build makes.
func TestPoolWritesWhatBuildMakes(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	s := newServer(t, true, "250 ok")
	p := email.NewPool(email.Options{Server: s.addr, User: "u", Password: "right", TLS: s.roots}, 1)
	m := message()
	m.To = mail.Address{Name: "Ann\r\nBcc: all@evil.example", Address: "ann@example.com"}
	for i, err := range send(p, t.Context(), []email.Message{m, {ID: "x@y", From: m.From, To: mail.Address{Address: "ann@example.com"}, Subject: "S", Text: "a\r\n.b\n..\nend", ReplyTo: "r@b.example", InReplyTo: "q@y"}}) {
		if err != nil {
			t.Fatalf("%d: %v", i, err)
		}
	}
	p.Close()
	want, err := email.Build(m)
	if err != nil {
		t.Fatal(err)
	}
	a, errA := mail.ReadMessage(strings.NewReader(s.got[0]))
	b, errB := mail.ReadMessage(bytes.NewReader(want))
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	if fmt.Sprint(a.Header) != fmt.Sprint(b.Header) {
		t.Errorf("%v\nand\n%v", a.Header, b.Header)
	}
	if !strings.HasSuffix(s.got[1], "\r\n\r\na\r\n.b\r\n..\r\nend\r\n") || !strings.Contains(s.got[1], "Reply-To: <r@b.example>\r\nIn-Reply-To: <q@y>\r\nReferences: <q@y>\r\n") {
		t.Errorf("%q", s.got[1])
	}
}
