package app

import (
	"context"
	"fmt"
	"net"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/reach"
	"fishpond/internal/reach/gate"
	"fishpond/internal/simulator/mailsink"
)

// A mail of a plan that comes back has failed, and no other goes to the address.
func TestMailOfAPlanComesBack(t *testing.T) {
	sink, err := mailsink.New()
	if err != nil {
		t.Fatal(err)
	}
	taken := make(chan mailsink.Mail, 1)
	sink.Took = func(m mailsink.Mail) error { taken <- m; return nil }
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	back, err := net.Listen("tcp", "127.0.0.1:0") // a free port
	if err != nil {
		t.Fatal(err)
	}
	inlet := back.Addr().String()
	_ = back.Close()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{}, 3)
	run := func(fn func()) { go func() { fn(); done <- struct{}{} }() }
	run(func() { _ = sink.Serve(ctx, l) })
	h := newHouseWith(t, db.SQLite, ServeConfig{MailRoots: sink.Roots(), Platforms: []string{"smtp://" + l.Addr().String()}, BounceListen: inlet})
	run(func() { h.Carrier.Run(ctx) })
	run(func() { h.Reach.Run(ctx) })
	defer func() {
		stop()
		for range 3 {
			<-done
		}
	}()
	b := h.brand(t, "Ours")
	var account, p struct{ ID string }
	b.must(t, 201, "POST", "/carriers/accounts", `{"kind":"email","name":"Mail","values":{"from":"shop@pond.example","server":"`+l.Addr().String()+`","user":"u","password":"p","bounce_domain":"bounce.pond.example"}}`, &account)
	b.must(t, 201, "POST", "/persons", `{"name":"P","identities":[{"kind":"email","value":"p@x.example"}]}`, &p)
	sys := access.With(t.Context(), access.ForSystem(b.id, "test"))
	send := func(id string) {
		t.Helper()
		if err := h.DB.Write(sys, b.id, func(tx *db.Tx) error {
			if err := h.Reach.CreatePlan(sys, tx, reach.Plan{ID: id, OrgID: b.id, Origin: reach.PlainOrigin, Purpose: gate.Transactional, Title: "Your order"}); err != nil {
				return err
			}
			if err := h.Reach.Add(sys, tx, b.id, id, []reach.Recipient{{PersonID: p.ID, Addresses: []reach.Address{{AccountID: account.ID, Carrier: "email", To: "p@x.example"}}, Data: []byte(`{"text":"It is on its way"}`)}}); err != nil {
				return err
			}
			return h.Reach.Start(sys, tx, b.id, id)
		}); err != nil {
			t.Fatal(err)
		}
	}
	until := func(id string, good func(reach.Progress) bool) {
		t.Helper()
		for {
			var pr reach.Progress
			b.must(t, 200, "GET", "/reach/plans/"+id, "", &pr)
			if good(pr) {
				return
			}
			if err := h.Runner.CatchUp(t.Context(), b.id); err != nil {
				t.Fatalf("%+v: %v", pr, err)
			}
			time.Sleep(5 * time.Millisecond) // others are at work
		}
	}
	send("pln_1")
	until("pln_1", func(pr reach.Progress) bool { return pr.Sent == 1 })
	m := <-taken
	if !strings.HasPrefix(m.ID, "msg.") {
		t.Fatalf("its id is %q", m.ID)
	}
	report := "From: MAILER-DAEMON@x.example\r\nTo: x\r\nSubject: Undelivered\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nno such mailbox\r\n" +
		"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x.example\r\n\r\nFinal-Recipient: rfc822; p@x.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <" + m.ID + ">\r\nSubject: Your order\r\n\r\nx\r\n--b--\r\n"
	if err := smtp.SendMail(inlet, nil, "", []string{m.From}, []byte(report)); err != nil {
		t.Fatal(fmt.Errorf("%s: %w", m.From, err))
	}
	until("pln_1", func(pr reach.Progress) bool { return pr.Failed["bounced"] == 1 })
	send("pln_2")
	until("pln_2", func(pr reach.Progress) bool { return pr.Held["bounced"] == 1 })
}
