package email_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fishpond/internal/carrier/email"
	"fishpond/internal/platform/errs"
	"fishpond/internal/simulator/mailsink"
)

// bad is a server that goes wrong in one way while it is ill.
type bad struct {
	*mailsink.Sink
	sick  atomic.Bool
	mu    sync.Mutex
	taken map[string]int
}

func newBad(t *testing.T, at mailsink.Moment, ill mailsink.Ill) *bad {
	t.Helper()
	s, err := mailsink.New()
	if err != nil {
		t.Fatal(err)
	}
	b := &bad{Sink: s, taken: map[string]int{}}
	b.sick.Store(true)
	s.Took = func(m mailsink.Mail) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.taken[m.ID]++
		return nil
	}
	s.Ill = func(now mailsink.Moment, _ mailsink.Mail) mailsink.Ill {
		if now == at && b.sick.Load() {
			return ill
		}
		return mailsink.Well
	}
	return b
}

// pools serves b until the test ends and gives lines to it that are not patient,
// and leave it alone for good when it does not work.
func (b *bad) pools(t *testing.T) func(lines int) *email.Pool {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan struct{})
	go func() { defer close(served); _ = b.Serve(ctx, l) }()
	t.Cleanup(func() { stop(); <-served })
	return func(lines int) *email.Pool {
		p := email.NewPool(email.Options{Server: l.Addr().String(), User: "u", Password: "p", Timeout: impatience, Answer: impatience, Rest: time.Hour,
			TLS: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: b.Roots()}}, lines)
		t.Cleanup(p.Close)
		return p
	}
}

// impatience is how long a mute server is waited for, and much longer than one
// that works takes on a busy machine.
const impatience = 2 * time.Second

// However a server goes wrong: nobody waits for ever, each mail is told of
// once, what may have arrived is said to be lost and nothing else is, and what
// is sent again when the server is well arrives once.
func TestIllServers(t *testing.T) {
	for name, c := range map[string]struct {
		at    mailsink.Moment
		ill   mailsink.Ill
		taken bool // it takes mails nonetheless
		fine  bool // and the sender knows
	}{
		"hangs before it greets":           {at: mailsink.Greeting, ill: mailsink.Hangs},
		"hangs up at once":                 {at: mailsink.Greeting, ill: mailsink.Drops},
		"is no mail server":                {at: mailsink.Greeting, ill: mailsink.Raves},
		"hangs before TLS":                 {at: mailsink.TLS, ill: mailsink.Hangs},
		"speaks no TLS":                    {at: mailsink.TLS, ill: mailsink.Raves},
		"halts within an answer":           {at: mailsink.Envelope, ill: mailsink.Halts},
		"hangs up after the envelope":      {at: mailsink.Envelope, ill: mailsink.Drops},
		"hangs at DATA":                    {at: mailsink.Start, ill: mailsink.Hangs},
		"raves at DATA":                    {at: mailsink.Start, ill: mailsink.Raves},
		"takes mails and says nothing":     {at: mailsink.Taken, ill: mailsink.Hangs, taken: true},
		"takes mails and says half a word": {at: mailsink.Taken, ill: mailsink.Halts, taken: true},
		"takes mails and hangs up":         {at: mailsink.Taken, ill: mailsink.Drops, taken: true},
		"hangs up after each mail":         {at: mailsink.Answered, ill: mailsink.Drops, taken: true, fine: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBad(t, c.at, c.ill)
			pool := b.pools(t)
			all := mails(40)
			var again []email.Message
			lost := 0
			for i, err := range send(pool(3), t.Context(), all) {
				b.mu.Lock()
				arrived := b.taken[all[i].ID]
				b.mu.Unlock()
				switch {
				case err == nil && c.fine && arrived == 1:
				case errors.Is(err, email.ErrLost) && c.taken && arrived == 1:
					lost++
				case errs.Is(err, errs.CodeUnavailable) && !errors.Is(err, email.ErrLost) && arrived == 0 && !c.fine:
					again = append(again, all[i])
				default:
					t.Errorf("%s: %v, arrived %d times", all[i].ID, err, arrived)
				}
			}
			// After three answers that did not come, nobody else is put in doubt but
			// those who were on the other lines.
			if c.taken && !c.fine && (lost < 1 || lost > 6) {
				t.Errorf("%d mails are in doubt", lost)
			}
			b.sick.Store(false)
			for i, err := range send(pool(3), t.Context(), again) {
				if err != nil {
					t.Errorf("%s, when all is well: %v", again[i].ID, err)
				}
			}
			for _, m := range all {
				if n := b.taken[m.ID]; n != 1 {
					t.Errorf("%s arrived %d times", m.ID, n)
				}
			}
		})
	}
}

// Answers after the whole mail mean what they say: 4xx comes again, 5xx never,
// and neither was taken. 421 ends the line, too.
func TestAnswersAfterTheMail(t *testing.T) {
	s, err := mailsink.New()
	if err != nil {
		t.Fatal(err)
	}
	s.Took = func(m mailsink.Mail) error {
		no, _, _ := strings.Cut(m.To, ".")
		if no == "250" {
			return nil
		}
		return errors.New(no + " so there")
	}
	p := post(t, s, 2)
	var all []email.Message
	for i := range 60 {
		all = append(all, email.Message{ID: fmt.Sprintf("m%d@pond.example", i), From: mail.Address{Address: "shop@pond.example"}, Subject: "S", Text: "T",
			To: mail.Address{Address: []string{"250", "421", "451", "452", "500", "550", "552", "554", "250"}[i%9] + ".x@mail.example"}})
	}
	for i, err := range send(p, t.Context(), all) {
		want := errs.CodeUnavailable
		switch all[i].To.Address[0] {
		case '2':
			want = ""
		case '5':
			want = errs.CodeConflict
		}
		if (want == "") != (err == nil) || err != nil && (!errs.Is(err, want) || errors.Is(err, email.ErrLost) || errors.Is(err, email.ErrDown)) {
			t.Errorf("%s: %v", all[i].To.Address, err)
		}
	}
}

// A server whose certificate is another's gets nothing, not even a password.
func TestUntrustedServer(t *testing.T) {
	b := newBad(t, mailsink.Greeting, mailsink.Well)
	other, err := mailsink.New()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan struct{})
	go func() { defer close(served); _ = b.Serve(ctx, l) }()
	defer func() { stop(); <-served }()
	p := email.NewPool(email.Options{Server: l.Addr().String(), User: "u", Password: "p", TLS: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: other.Roots()}}, 2)
	defer p.Close()
	for _, err := range send(p, t.Context(), mails(5)) {
		if !errors.Is(err, email.ErrDown) || b.Mails() != 0 {
			t.Errorf("%v, %d mails", err, b.Mails())
		}
	}
}
