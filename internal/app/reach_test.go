package app

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"fishpond/internal/inbox"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/secret"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/reach"
	"fishpond/internal/reach/gate"
	"fishpond/internal/simulator/mailsink"
)

// plainContents writes the same to everybody.
type plainContents struct{}

func (plainContents) Render(_ context.Context, _ string, p reach.Plan, r []reach.Recipient) []reach.Rendered {
	out := make([]reach.Rendered, len(r))
	for i := range r {
		out[i] = reach.Rendered{Subject: p.Title, Text: "Hello"}
	}
	return out
}

// A plan goes through the gate and the outbox to a mail server, and what was
// sent stands on the timeline once. Somebody who withdraws their consent after
// the plan was made gets nothing; a refused address fails, and is told of.
func TestPlanReachesAMailServer(t *testing.T) {
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			m := newMails(t, func(s *mailsink.Sink) {
				s.Refuse = func(to string) string {
					if strings.HasPrefix(to, "p3@") {
						return "550 no such mailbox"
					}
					return ""
				}
			})
			h := newHouseWith(t, e, m.config())
			b := h.brand(t, "Ours")
			h.Reach.SetContents("test", plainContents{})
			var account struct{ ID string }
			account.ID = b.mailAccount(t, m)
			b.awake(t)
			var people []reach.Recipient
			for i := range 5 {
				var p struct{ ID string }
				b.must(t, 201, "POST", "/persons", fmt.Sprintf(`{"name":"P","identities":[{"kind":"email","value":"p%d@x.example"}]}`, i), &p)
				if i != 4 { // who says nothing has not agreed
					b.must(t, 201, "POST", "/persons/"+p.ID+"/consents", `{"purpose":"marketing","granted":true}`, nil)
				}
				people = append(people, reach.Recipient{PersonID: p.ID, Addresses: []reach.Address{{AccountID: account.ID, Carrier: "email", To: fmt.Sprintf("p%d@x.example", i)}}})
			}
			sys := access.With(t.Context(), access.ForSystem(b.id, "test"))
			if err := h.DB.Write(sys, b.id, func(tx *db.Tx) error {
				if err := h.Reach.CreatePlan(sys, tx, reach.Plan{ID: "pln_1", OrgID: b.id, Origin: "test", Purpose: gate.Marketing, Title: "Tea"}); err != nil {
					return err
				}
				return h.Reach.Add(sys, tx, b.id, "pln_1", people)
			}); err != nil {
				t.Fatal(err)
			}
			b.must(t, 201, "POST", "/persons/"+people[2].PersonID+"/consents", `{"purpose":"marketing","granted":false}`, nil)
			if err := h.Runner.CatchUp(t.Context(), b.id); err != nil {
				t.Fatal(err)
			}
			beside(t, h.Reach.Run)
			if err := h.DB.Write(sys, b.id, func(tx *db.Tx) error { return h.Reach.Start(sys, tx, b.id, "pln_1") }); err != nil {
				t.Fatal(err)
			}
			var p reach.Progress
			for p.Status != reach.PlanDone {
				b.must(t, 200, "GET", "/reach/plans/pln_1", "", &p)
				if t.Context().Err() != nil {
					t.Fatalf("%+v", p)
				}
				time.Sleep(5 * time.Millisecond) // the outbox is at work in its own time
			}
			if p.Sent != 2 || p.Held["consent"] != 2 || p.Failed["conflict"] != 1 {
				t.Errorf("%+v", p)
			}
			got := m.took()
			if len(got) != 2 || got["p0@x.example"] != 1 || got["p1@x.example"] != 1 {
				t.Errorf("arrived: %v", got)
			}
			var line struct{ Items []struct{ Kind string } }
			b.must(t, 200, "GET", "/persons/"+people[0].PersonID+"/timeline?kind=message.sent", "", &line)
			if len(line.Items) != 1 {
				t.Errorf("%d times on the timeline", len(line.Items))
			}
			b.must(t, 200, "GET", "/persons/"+people[3].PersonID+"/timeline?kind=message.failed", "", &line)
			if len(line.Items) != 1 {
				t.Errorf("the failure stands %d times on the timeline", len(line.Items))
			}
			var v reach.Verdict
			b.must(t, 200, "GET", "/reach/explain?person_id="+people[2].PersonID+"&account_id="+account.ID, "", &v)
			if v.Allowed || v.Why != "consent" || len(v.Rules) != len(gate.Order)+1 {
				t.Errorf("%+v", v)
			}
		})
	}
}

// newHouseWith is newHouse with another configuration.
func newHouseWith(t *testing.T, e db.Engine, s ServeConfig) *house {
	t.Helper()
	url := testkit.URL(t, e, schema)
	a, err := Open(t.Context(), Config{Data: t.TempDir(), Database: secret.Redacted(url), LogFormat: "text"}, s, testWriter{t})
	if err != nil {
		t.Fatal(err)
	}
	return houseOf(t, a)
}

// Nobody on the do-not-contact list is answered from the inbox either.
func TestAnswersPassTheGate(t *testing.T) {
	h := newHouse(t, db.SQLite)
	b := h.brand(t, "Ours")
	var account, p struct{ ID string }
	b.must(t, 201, "POST", "/carriers/accounts", `{"kind":"web","name":"Chat","values":{"site":"https://shop.example"}}`, &account)
	b.must(t, 201, "POST", "/persons", `{"name":"P","identities":[{"kind":"email","value":"p@x.example"}]}`, &p)
	sender := inboxSender{h.Carrier, h.Care, h.Reach}
	send := func() error {
		_, err := sender.Send(t.Context(), b.id, inbox.Outgoing{Key: "k", AccountID: account.ID, PersonID: p.ID, Parts: []inbox.Part{{Kind: "text", Text: "Hello"}}})
		return err
	}
	const cannot = "cannot be reached over this account"
	if err := send(); err == nil || !strings.Contains(err.Error(), cannot) {
		t.Fatalf("past the gate the carrier knows no such visitor; here: %v", err)
	}
	b.must(t, 204, "POST", "/reach/blocked", `{"person_id":"`+p.ID+`"}`, nil)
	if err := send(); err == nil || !strings.Contains(err.Error(), "do-not-contact") {
		t.Errorf("on the list: %v", err)
	}
	b.must(t, 204, "DELETE", "/reach/blocked/"+p.ID, "", nil)
	if err := send(); err == nil || !strings.Contains(err.Error(), cannot) {
		t.Errorf("off the list: %v", err)
	}
}
