package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fishpond/internal/app"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/secret"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/reach"
	"fishpond/internal/reach/gate"
	"fishpond/internal/simulator/mailsink"
)

const setUpShop = `{"token":%q,"org_name":"Shop","name":"Ann","email":"ann@shop.example","password":"correct horse battery","time_zone":"Asia/Shanghai","currency":"CNY","locale":"en"}`

// gateOpen lets all through but the second message of a day.
const gateOpen = `{"opt_in":[],"quiet_hours":{"enabled":false,"from":"21:00","to":"09:00","exempt":[]},"caps":[{"carrier":"all","most":1,"per":"day"}],"wecom_per":"month",
	"attention":{"enabled":true,"size":1,"per_day":0,"reply":0,"order":0},"rates":[]}`

// mailbox is a mail server that counts what arrives, and lets nobody wait less
// than a moment.
type mailbox struct {
	addr  string
	think atomic.Int64 // how long it thinks about a mail
	mu    sync.Mutex
	got   map[string]int // by Message-ID
	to    map[string]int
	said  map[string]string // subjects, by Message-ID
}

func (m *mailbox) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.got)
}

func startMailbox(t *testing.T) *mailbox {
	t.Helper()
	sink, err := mailsink.New()
	if err != nil {
		t.Fatal(err)
	}
	box := &mailbox{got: map[string]int{}, to: map[string]int{}, said: map[string]string{}}
	box.think.Store(int64(20 * time.Millisecond))
	sink.Keep = true
	sink.Took = func(m mailsink.Mail) error {
		_, subject, _ := strings.Cut(string(m.Raw), "\nSubject: ")
		subject, _, _ = strings.Cut(subject, "\r")
		box.mu.Lock()
		box.said[m.ID] = subject
		box.got[m.ID]++
		box.to[m.To]++
		box.mu.Unlock()
		time.Sleep(time.Duration(box.think.Load())) // a mail server thinks
		return nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	box.addr = l.Addr().String()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = sink.Serve(ctx, l) }()
	t.Cleanup(func() { stop(); <-done })
	root := filepath.Join(t.TempDir(), "root.pem")
	if err := os.WriteFile(root, sink.Root(), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", root) // for the server, which trusts the system
	return box
}

// startMailShop runs a mail server and a server in which a brand is set up that
// has a mail account there.
func startMailShop(t *testing.T, e db.Engine, flags ...string) (box *mailbox, p place, s *server, account string) {
	t.Helper()
	box, p = startMailbox(t), newPlace(t, e)
	p.listen, p.flags = freeAddress(t), append([]string{"--platforms", "smtp://" + box.addr}, flags...)
	s = p.serve(t)
	s.setUp(t)
	var made struct{ ID string }
	if st := s.json(t, "POST", "/carriers/accounts", `{"kind":"email","name":"Mail","values":{"from":"shop@pond.example","server":"`+box.addr+`","user":"u","password":"p"}}`, &made); st != 201 {
		t.Fatalf("connect: %d", st)
	}
	return box, p, s, made.ID
}

// inside opens the place's house while no server runs there.
func (p place) inside(t *testing.T, fn func(ctx context.Context, a *app.App, orgID string) error) {
	t.Helper()
	p.within(t, app.ServeConfig{}, fn)
}

// within is inside, with what the house may call.
func (p place) within(t *testing.T, c app.ServeConfig, fn func(ctx context.Context, a *app.App, orgID string) error) {
	t.Helper()
	a, err := app.Open(t.Context(), app.Config{Data: p.dir, Database: secret.Redacted(p.database), LogFormat: "text"}, c, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	orgs, err := a.Org.OrgIDs(t.Context())
	if err != nil || len(orgs) != 1 {
		t.Fatalf("%v %v", orgs, err)
	}
	if err := fn(access.With(t.Context(), access.ForSystem(orgs[0], "test")), a, orgs[0]); err != nil {
		t.Fatal(err)
	}
}

// plan stores and starts a plan of messages that are all there.
func plan(ctx context.Context, a *app.App, orgID, id string, r []reach.Recipient, purpose string) error {
	for i := range r {
		r[i].Data, _ = json.Marshal(reach.PlainText{Subject: "Tea", Text: id + " to " + r[i].Addresses[0].To})
	}
	return a.DB.Write(ctx, orgID, func(tx *db.Tx) error {
		if err := a.Reach.CreatePlan(ctx, tx, reach.Plan{ID: id, OrgID: orgID, Origin: reach.PlainOrigin, Purpose: purpose, Title: "Tea"}); err != nil {
			return err
		}
		if err := a.Reach.Add(ctx, tx, orgID, id, r); err != nil {
			return err
		}
		return a.Reach.Start(ctx, tx, orgID, id)
	})
}

// fates reads the states of all messages of a place: recipient, plan → state.
func (p place) fates(t *testing.T) map[[2]string]string {
	t.Helper()
	out := map[[2]string]string{}
	p.inside(t, func(ctx context.Context, a *app.App, orgID string) error {
		return a.DB.Read(ctx, orgID, func(tx *db.Tx) error {
			return tx.Each(ctx, func(rows *sql.Rows) error {
				var to, plan, status, why string
				err := rows.Scan(&to, &plan, &status, &why)
				out[[2]string{to, plan}] = strings.TrimSuffix(status+":"+why, ":")
				return err
			}, "SELECT recipient, plan_id, status, why FROM reach_message WHERE org_id = ?", orgID)
		})
	})
	return out
}

// settled waits until nothing is planned or on its way any more.
func (s *server) settled(t *testing.T, plans ...string) {
	t.Helper()
	wait(t, "the end of the plans", func() bool {
		for _, id := range plans {
			var p reach.Progress
			s.json(t, "GET", "/reach/plans/"+id, "", &p)
			if p.Planned+p.Sending+p.Waiting[reach.WhyRetry] > 0 {
				return false
			}
		}
		return true
	})
}

// Two plans for the same people go out by mail while the server is killed again
// and again. Nobody gets two mails, which the brand's cap forbids; no mail
// arrives twice; each message is accounted for, and what may have arrived is
// doubtful and not sent again.
func TestMailsSurviveBeingKilled(t *testing.T) {
	const people, kills = 3000, 6
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			box, p, s, account := startMailShop(t, e)
			if st := s.json(t, "PUT", "/reach/settings", gateOpen, nil); st != 200 {
				t.Fatalf("settings: %d", st)
			}
			session := s.client
			s.stop(t)
			p.inside(t, func(ctx context.Context, a *app.App, orgID string) error {
				for _, id := range []string{"pln_1", "pln_2"} {
					var r []reach.Recipient
					for i := range people {
						r = append(r, reach.Recipient{PersonID: fmt.Sprintf("per_%04d", i), Addresses: []reach.Address{{AccountID: account, Carrier: "email", To: fmt.Sprintf("p%d@x.example", i)}}})
					}
					if err := plan(ctx, a, orgID, id, r, gate.Marketing); err != nil {
						return err
					}
				}
				return nil
			})
			r := rand.New(rand.NewPCG(7, uint64(time.Now().UnixNano())))
			for k := range kills {
				s = p.serve(t)
				for box.count() < (k+1)*people/(kills+1) { // each at another point of the way
					time.Sleep(time.Millisecond) // another process is at work
					if t.Context().Err() != nil {
						t.Fatalf("%d mails arrived", box.count())
					}
					if k > 0 && box.count() > 0 && r.IntN(400) == 0 { // or at once
						break
					}
				}
				_ = s.cmd.Process.Kill()
				_ = s.cmd.Wait()
			}
			s = p.serve(t)
			s.client = session
			s.settled(t, "pln_1", "pln_2")
			s.stop(t)

			box.mu.Lock()
			defer box.mu.Unlock()
			for id, n := range box.got {
				if n != 1 {
					t.Errorf("%s arrived %d times", id, n)
				}
			}
			states := map[string]int{}
			fates := p.fates(t)
			for i := range people {
				to := fmt.Sprintf("p%d@x.example", i)
				one, two := fates[[2]string{to, "pln_1"}], fates[[2]string{to, "pln_2"}]
				states[one]++
				states[two]++
				arrived, sent, doubtful, waits := box.to[to], 0, 0, 0
				for _, f := range []string{one, two} {
					switch f {
					case "sent":
						sent++
					case "doubtful:lost":
						doubtful++
					case "held:cap", "held:budget", "waiting:cap":
						waits++
					default:
						t.Errorf("%s: %q", to, f)
					}
				}
				if sent+doubtful != 1 || waits != 1 || arrived > 1 || arrived < sent {
					t.Errorf("%s: %s and %s, and %d arrived", to, one, two, arrived)
				}
			}
			t.Log(states)
			if states["sent"] < people/2 {
				t.Errorf("hardly anything was sent: %v", states)
			}
		})
	}
}

// The same over customer service on the simulator, which knows messages by our
// keys: every message arrives exactly once, and none is doubtful.
func TestMessagesSurviveBeingKilled(t *testing.T) {
	people, kills := 60, howOften(t, 5)
	if kills > 50 {
		people = 2000
	}
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			sea, p, s := startShop(t, e)
			desk := s.takeDesk(t, sea)
			who := sea.customers(t, people)
			for i := range who {
				if err := sea.post("/corps/"+catchCorp+"/kf_say", fmt.Sprintf(`{"customer":%q,"id":%q,"text":"hello %d"}`, who[i], desk, i), nil); err != nil {
					t.Fatal(err)
				}
			}
			s.conversations(t, people)
			session := s.client
			sea.play(t, "/faults", `{"kind":"slow","path":"/cgi-bin/kf/send_msg","seconds":0.2}`, nil)
			s.stop(t)
			p.inside(t, func(ctx context.Context, a *app.App, orgID string) error {
				var r []reach.Recipient
				if err := a.DB.Read(ctx, orgID, func(tx *db.Tx) error {
					return tx.Each(ctx, func(rows *sql.Rows) error {
						one := reach.Recipient{Addresses: []reach.Address{{Carrier: "wecom_kf"}}}
						err := rows.Scan(&one.PersonID, &one.Addresses[0].AccountID, &one.Addresses[0].To)
						r = append(r, one)
						return err
					}, "SELECT c.person_id, c.account_id, c.external_id FROM carrier_contact c JOIN carrier_account a ON a.org_id = c.org_id AND a.id = c.account_id WHERE c.org_id = ? AND a.kind = 'wecom_kf' ORDER BY c.person_id", orgID)
				}); err != nil {
					return err
				}
				if len(r) != people {
					return fmt.Errorf("%d people can be written to", len(r))
				}
				return plan(ctx, a, orgID, "pln_1", r, gate.Transactional)
			})
			r := rand.New(rand.NewPCG(9, uint64(time.Now().UnixNano()))) //nolint:gosec // any time will do
			deaths := map[string]int{}
			for k := range kills {
				at := []string{"", "reach.claimed", "reach.told", "reach.recording", "reach.burying", "reach.handed", "reach.recorded"}[k%7]
				l := p.live(t, at, 1+r.IntN(3), session)
				for end := time.Now().Add(time.Duration(50+r.IntN(700)) * time.Millisecond); !l.dead() && time.Now().Before(end); {
					time.Sleep(time.Millisecond) // another process is at work
				}
				l.kill()
				deaths[l.diedAt(at)]++
			}
			s = p.serve(t)
			s.client = session
			s.settled(t, "pln_1")
			s.stop(t)
			arrived := sea.heard(t, who)
			states := map[string]int{}
			for to, state := range p.fates(t) {
				n := arrived["pln_1 to "+to[0]]
				states[state]++
				if state != "sent" || n != 1 {
					t.Errorf("%s: %s, and %d arrived", to[0], state, n)
				}
			}
			t.Logf("killed at %v; %v", deaths, states)
		})
	}
}
