package carrier

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	gosmtp "net/smtp"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/testkit"
)

// postOffice is a mail server that keeps what it is given.
type postOffice struct {
	addr string
	mu   sync.Mutex
	from []string // envelopes
	mail []string
	deny error
}

func (w *world) postOffice() *postOffice {
	w.tb.Helper()
	web := httptest.NewTLSServer(nil) // has a certificate for 127.0.0.1
	w.tb.Cleanup(web.Close)
	w.s.o.MailRoots = web.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	l, err := net.Listen("tcp", "127.0.0.1:0")
	w.must(err)
	p := &postOffice{addr: l.Addr().String()}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &counter{p: p}, nil }))
	server.TLSConfig = &tls.Config{Certificates: web.TLS.Certificates, MinVersion: tls.VersionTLS12}
	done := make(chan struct{})
	go func() { _ = server.Serve(l); close(done) }()
	w.tb.Cleanup(func() { _ = server.Close(); <-done })
	w.s.o.Platforms = append(w.s.o.Platforms, "smtp://"+p.addr)
	return p
}

func (p *postOffice) refuse(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deny = err
}

type counter struct {
	p    *postOffice
	from string
}

func (c *counter) AuthMechanisms() []string { return []string{sasl.Plain} }

func (c *counter) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "u" || password != "p" {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}
func (c *counter) Mail(from string, _ *smtp.MailOptions) error { c.from = from; return nil }
func (c *counter) Rcpt(string, *smtp.RcptOptions) error {
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	return c.p.deny
}
func (c *counter) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	c.p.from, c.p.mail = append(c.p.from, c.from), append(c.p.mail, string(b))
	return err
}
func (c *counter) Reset()        {}
func (c *counter) Logout() error { return nil }

// report is a notification about the mail with the given envelope.
func report(status, words, messageID string) string {
	return strings.ReplaceAll(fmt.Sprintf(`From: MAILER-DAEMON@mx.example
Subject: Undelivered
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; somebody.else@mail.example
Action: failed
Status: %s
Diagnostic-Code: smtp; %s
--B
Content-Type: text/rfc822-headers

Message-ID: <%s>
--B--
`, status, words, messageID), "\n", "\r\n")
}

func complaint(messageID string) string {
	return strings.ReplaceAll(`From: fbl@provider.example
Content-Type: multipart/report; report-type=feedback-report; boundary="B"

--B
Content-Type: message/feedback-report

Feedback-Type: abuse
--B
Content-Type: text/rfc822-headers

Message-ID: <`+messageID+`>
--B--
`, "\n", "\r\n")
}

func TestBounces(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		office := w.postOffice()
		acc := w.connect(KindEmail, map[string]string{"from": "shop@brand.example", "from_name": "店", "server": office.addr, "user": "u", "password": "p", "bounce_domain": "bounce.brand.example"}).ID
		w.has("per_ann", "email", "ann@mail.example")
		send := func(key, to string) Receipt {
			t.Helper()
			r, err := w.s.Send(t.Context(), org, Outgoing{Key: key, AccountID: acc, To: to, Subject: "上新\r\nBcc: x@y.z", Parts: append(text("Hello <b>"), Part{Kind: PartLink, Title: `"><script>`, URL: "https://shop.example/?a=1&b=2"}), Unsubscribe: "https://shop.example/u/1"})
			w.must(err)
			return r
		}
		first := send("k1", "ann@mail.example")
		if first.Status != SendSent || len(office.mail) != 1 || !returnForm.MatchString(strings.TrimSuffix(office.from[0], "@bounce.brand.example")) {
			t.Fatalf("%+v %v", first, office.from)
		}
		if m := office.mail[0]; !strings.Contains(m, "Message-ID: <"+first.PlatformID+">") || !strings.Contains(m, "From: =?utf-8?") || strings.Contains(m, "Bcc") || !strings.Contains(m, "List-Unsubscribe: <https://shop.example/u/1>") {
			t.Errorf("%s", m)
		}
		if plain, rich := mailBody([]Part{{Kind: PartLink, Title: `"><script>`, URL: "https://shop.example/?a=1&b=2"}}); strings.Contains(rich, "<script>") || !strings.Contains(plain, "<script>") {
			t.Errorf("%s", rich)
		}
		if again := send("k1", "ann@mail.example"); again != first || len(office.mail) != 1 {
			t.Errorf("sent twice: %+v", again)
		}

		l, err := net.Listen("tcp", "127.0.0.1:0")
		w.must(err)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- w.s.serveBounces(ctx, l) }()
		deliver := func(to, body string) error {
			return gosmtp.SendMail(l.Addr().String(), nil, "", []string{to}, []byte(body))
		}
		code := func(err error) int {
			if e, ok := err.(*textproto.Error); ok { //nolint:errorlint // net/smtp gives it bare
				return e.Code
			}
			return 0
		}
		for to, want := range map[string]int{
			"shop@brand.example": 550, "bounce+" + strings.Repeat("a", 26) + "@bounce.brand.example": 550, "bounce+%27@bounce.brand.example": 550,
			"complaints@other.example": 550, "bounce@bounce.brand.example": 550,
		} {
			if err := deliver(to, report("5.1.1", "x", "")); code(err) != want {
				t.Errorf("%s: %v", to, err)
			}
		}
		if err := deliver(office.from[0], strings.Repeat("x", 2<<20)); err == nil {
			t.Error("2 MB are taken")
		}
		if err := deliver(office.from[0], "no mail"); code(err) != 554 {
			t.Errorf("no mail: %v", err)
		}
		w.expect("", "SELECT address FROM carrier_address WHERE org_id = ?", org)

		// A full mailbox is tried again; the same report twice is one.
		for range 2 {
			w.must(deliver(strings.ToUpper(office.from[0]), report("5.2.2", "full", "")))
		}
		w.expect("ann@mail.example soft 1", "SELECT address || ' ' || state || ' ' || soft FROM carrier_address WHERE org_id = ?", org)
		second := send("k2", "ann@mail.example")
		if second.Status != SendSent {
			t.Fatalf("%+v", second)
		}
		// No such mailbox: nothing more goes there. The report names another address, ours counts.
		w.must(deliver(office.from[1], report("5.1.1", "user <unknown>\x00", "")))
		w.expect("ann@mail.example hard 5.1.1 user <unknown>", "SELECT address || ' ' || state || ' ' || status || ' ' || reason FROM carrier_address WHERE org_id = ?", org)
		if r := send("k3", "ann@mail.example"); r.Status != SendFailed || r.Code != "bounced" || r.Again || len(office.mail) != 2 {
			t.Errorf("%+v", r)
		}
		w.expect("hard_bounce", "SELECT code FROM carrier_send WHERE org_id = ? AND id = ?", org, second.ID)

		// Somebody calls it spam; the provider tells, by the mail's id.
		third := send("k4", "bob@mail.example")
		w.must(deliver("complaints@bounce.brand.example", complaint(third.PlatformID)))
		w.must(deliver("complaints@bounce.brand.example", complaint("snd."+strings.Repeat("0", 32)+"@brand.example"))) // nobody's
		w.must(deliver(office.from[2], report("5.2.2", "full", "")))                                                   // what is worse stays
		w.expect("complained", "SELECT state FROM carrier_address WHERE org_id = ? AND address = 'bob@mail.example'", org)
		if r := send("k5", "bob@mail.example"); r.Code != "complained" {
			t.Errorf("%+v", r)
		}
		w.expect("email.bounced per_ann\nemail.bounced per_ann", "SELECT kind || ' ' || person_id FROM timeline_event WHERE org_id = ? AND kind LIKE 'email.%' AND person_id <> ''", org)
		w.expect("email.bounced 3\nemail.complained 1", "SELECT kind || ' ' || count(*) FROM timeline_event WHERE org_id = ? AND kind LIKE 'email.%' GROUP BY kind ORDER BY kind", org)

		// Who may see it, and who may put it right.
		list, err := w.s.Returned(w.ctx(), "", returnedPlace{}, 10)
		if err != nil || len(list) != 2 {
			t.Errorf("%+v %v", list, err)
		}
		call := w.api()
		rec := call("GET", "/carriers/bounces?state=hard&limit=1", "", org, "operator", "en")
		if rec.Code != 200 || !strings.Contains(rec.Body.String(), `"a***@mail.example"`) {
			t.Errorf("%d %s", rec.Code, rec.Body)
		}
		for _, c := range []struct {
			org, role, address string
			status             int
		}{{"org_b", "owner", "ann@mail.example", 404}, {org, "viewer", "ann@mail.example", 403}, {org, "operator", "nobody@mail.example", 404}, {org, "operator", " ANN@mail.example", 204}, {org, "operator", "ann@mail.example", 404}} {
			if rec := call("POST", "/carriers/bounces/release", `{"address":"`+c.address+`"}`, c.org, c.role, "en"); rec.Code != c.status {
				t.Errorf("%+v: %d %s", c, rec.Code, rec.Body)
			}
		}
		if strings.Contains(strings.Join(w.pond.audits, " "), "ann@") {
			t.Errorf("%v", w.pond.audits)
		}
		if r := send("k6", "ann@mail.example"); r.Status != SendSent {
			t.Errorf("after it was cleared up: %+v", r)
		}
		if rec := call("GET", "/carriers/bounces", "", "org_b", "owner", "en"); !strings.Contains(rec.Body.String(), `"items":[]`) {
			t.Errorf("another org: %s", rec.Body)
		}

		// The server's answers.
		office.refuse(&smtp.SMTPError{Code: 450, Message: "later"})
		if r := send("k7", "c@mail.example"); r.Status != SendFailed || !r.Again {
			t.Errorf("%+v", r)
		}
		office.refuse(nil)
		if r := send("k7", "c@mail.example"); r.Status != SendSent {
			t.Errorf("%+v", r)
		}
		office.refuse(&smtp.SMTPError{Code: 550, Message: "never"})
		if r := send("k8", "d@mail.example"); r.Status != SendFailed || r.Again {
			t.Errorf("%+v", r)
		}

		// While the database is in trouble the sender must come again.
		_, err = d.Writer().ExecContext(t.Context(), "DROP TABLE carrier_address")
		w.must(err)
		if err := deliver(office.from[len(office.from)-1], report("5.1.1", "x", "")); code(err) != 451 {
			t.Errorf("without a database: %v", err)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// TestBouncesByRun: Run takes mail where it is told to.
func TestBouncesByRun(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		l, err := net.Listen("tcp", "127.0.0.1:0")
		w.must(err)
		w.s.o.BounceListen = l.Addr().String()
		w.must(l.Close())
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { w.s.Run(ctx); close(ended) }()
		for range 1000 {
			var c *gosmtp.Client
			if c, err = gosmtp.Dial(w.s.o.BounceListen); err == nil {
				_ = c.Close()
				break
			}
			time.Sleep(5 * time.Millisecond) // until it listens
		}
		w.must(err)
		stop()
		<-ended
		stranger := access.With(t.Context(), access.Actor{Kind: access.Staff, OrgID: "org_b", ID: "stf_b"}.WithPermissions([]string{"carrier.write"}))
		if err := w.s.Release(stranger, "@"); !errs.Is(err, errs.CodeNotFound) {
			t.Error(err)
		}
	})
}
