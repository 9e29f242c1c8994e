package app

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/reach"
	"fishpond/internal/reach/gate"
	"fishpond/internal/simulator/mailsink"
)

// A mail server that goes wrong puts its own account to rest and nobody else:
// what goes over another account arrives, in the same plan and in one beside
// it; of the bad one's mails those that may have arrived are in doubt, and the
// rest wait. Nothing arrives twice.
func TestIllMailServerHoldsUpNobodyElse(t *testing.T) {
	for _, c := range []struct {
		name   string
		engine db.Engine
		at     mailsink.Moment
		ill    mailsink.Ill
		doubt  bool
	}{
		{"hangs before it greets", db.SQLite, mailsink.Greeting, mailsink.Hangs, false},
		{"hangs before it greets, postgres", db.Postgres, mailsink.Greeting, mailsink.Hangs, false},
		{"halts in the middle of an answer", db.SQLite, mailsink.Envelope, mailsink.Halts, false},
		{"takes mails and says nothing", db.SQLite, mailsink.Taken, mailsink.Hangs, true},
		{"takes mails and says nothing, postgres", db.Postgres, mailsink.Taken, mailsink.Hangs, true},
		{"takes mails and hangs up", db.SQLite, mailsink.Taken, mailsink.Drops, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var wg sync.WaitGroup
			defer wg.Wait()
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			roots := x509.NewCertPool()
			var mu sync.Mutex
			got := map[string]int{}
			serve := func(ill func(mailsink.Moment, mailsink.Mail) mailsink.Ill) string {
				s, err := mailsink.New()
				if err != nil {
					t.Fatal(err)
				}
				s.Ill = ill
				s.Took = func(m mailsink.Mail) error {
					mu.Lock()
					defer mu.Unlock()
					got[m.ID]++
					return nil
				}
				roots.AppendCertsFromPEM(s.Root())
				l, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				wg.Go(func() { _ = s.Serve(ctx, l) })
				return l.Addr().String()
			}
			var tried atomic.Int64
			bad := serve(func(now mailsink.Moment, _ mailsink.Mail) mailsink.Ill {
				if now != c.at {
					return mailsink.Well
				}
				tried.Add(1)
				return c.ill
			})
			good := serve(nil)
			h := newHouseWith(t, c.engine, ServeConfig{MailRoots: roots, MailPatience: 2 * time.Second, Platforms: []string{"smtp://" + bad, "smtp://" + good}})
			b := h.brand(t, "Ours")
			h.Reach.SetContents("test", plainContents{})
			account := func(name, server string) string {
				var a struct{ ID string }
				b.must(t, 201, "POST", "/carriers/accounts", `{"kind":"email","name":"`+name+`","values":{"from":"`+name+`@pond.example","server":"`+server+`","user":"u","password":"p"}}`, &a)
				return a.ID
			}
			accounts := []string{account("bad", bad), account("good", good)}
			const many = 60
			var plans [2][]reach.Recipient
			for i := range many {
				var p struct{ ID string }
				b.must(t, 201, "POST", "/persons", fmt.Sprintf(`{"name":"P","identities":[{"kind":"email","value":"p%d@x.example"}]}`, i), &p)
				at := func(a string) reach.Recipient {
					return reach.Recipient{PersonID: p.ID, Addresses: []reach.Address{{AccountID: a, Carrier: "email", To: fmt.Sprintf("p%d@x.example", i)}}}
				}
				plans[0], plans[1] = append(plans[0], at(accounts[i%2])), append(plans[1], at(accounts[1]))
			}
			sys := access.With(t.Context(), access.ForSystem(b.id, "test"))
			if err := h.Runner.CatchUp(t.Context(), b.id); err != nil {
				t.Fatal(err)
			}
			if err := h.DB.Write(sys, b.id, func(tx *db.Tx) error {
				for i, r := range plans {
					id := fmt.Sprint("pln_", i)
					if err := h.Reach.CreatePlan(sys, tx, reach.Plan{ID: id, OrgID: b.id, Origin: "test", Purpose: gate.Transactional, Title: "Tea"}); err != nil {
						return err
					}
					if err := h.Reach.Add(sys, tx, b.id, id, r); err != nil {
						return err
					}
					if err := h.Reach.Start(sys, tx, b.id, id); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			wg.Go(func() { h.Reach.Run(ctx) })
			var mixed, beside reach.Progress
			var list struct{ Items []reach.AccountStatus }
			rests := func() bool {
				b.must(t, 200, "GET", "/reach/accounts", "", &list)
				for _, a := range list.Items {
					if a.AccountID == accounts[0] && a.State == "resting" {
						return true
					}
				}
				return false
			}
			for mixed.Sent < many/2 || beside.Sent < many || mixed.Sending > 0 || !rests() {
				b.must(t, 200, "GET", "/reach/plans/pln_0", "", &mixed)
				b.must(t, 200, "GET", "/reach/plans/pln_1", "", &beside)
				if t.Context().Err() != nil {
					t.Fatalf("%+v %+v", mixed, beside)
				}
				time.Sleep(10 * time.Millisecond) // the outbox is at work in its own time
			}
			for _, a := range list.Items {
				if a.AccountID == accounts[1] && a.State == "resting" {
					t.Error("the good account rests")
				}
			}
			waiting := int64(0)
			for _, n := range mixed.Waiting {
				waiting += n
			}
			if mixed.Sent != many/2 || waiting+mixed.Doubtful != many/2 || len(mixed.Failed) > 0 || (mixed.Doubtful > 0) != c.doubt {
				t.Errorf("%+v", mixed)
			}
			mu.Lock()
			defer mu.Unlock()
			if len(got) != 3*many/2+int(mixed.Doubtful) {
				t.Errorf("%d mails arrived, %d are in doubt", len(got), mixed.Doubtful)
			}
			for id, n := range got {
				if n != 1 {
					t.Errorf("%s arrived %d times", id, n)
				}
			}
		})
	}
}
