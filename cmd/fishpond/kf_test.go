package main

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"fishpond/internal/platform/testkit"
)

// Customers write to a customer service account and staff answer while the
// server is killed again and again, every callback comes twice and every second
// passes the one before. In the end each message of a customer is there once, in
// the order in which they were written, and each answer arrived exactly once
// where it is shown as sent, not at all where it is shown as failed, and at most
// once where it is doubtful.
func TestCustomerServiceSurvivesBeingKilled(t *testing.T) {
	const people, words, kills = 20, 5, 6
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			sea, p, s := startShop(t, e)
			desk := s.takeDesk(t, sea)
			who := sea.customers(t, people)
			say := func(i, n int) error {
				return sea.post("/corps/"+catchCorp+"/kf_say", fmt.Sprintf(`{"customer":%q,"id":%q,"text":"word %d of %d"}`, who[i], desk, n, i), nil)
			}
			for i := range who {
				if err := say(i, 0); err != nil {
					t.Fatal(err)
				}
			}
			list := s.conversations(t, people)
			session := s.client // what staff have open outlives the server
			for _, fault := range []string{`{"kind":"callback_twice"}`, `{"kind":"callback_swap"}`, `{"kind":"slow","path":"/cgi-bin/kf/send_msg","seconds":0.03}`} {
				sea.play(t, "/faults", fault, nil)
			}

			var posted, said atomic.Int64
			answered, spoken := make(chan error, 1), make(chan error, 1)
			go func() { answered <- answerAll(session, s.ready.URL, list, words, &posted) }()
			go func() {
				for n := range words * people {
					for said.Load() > posted.Load()+people { // they wait for an answer now and then
						if len(answered) > 0 {
							break
						}
						time.Sleep(time.Millisecond) // the staff are a goroutine that talks to another process
					}
					if err := say(n%people, 1+n/people); err != nil {
						spoken <- err
						return
					}
					said.Add(1)
				}
				spoken <- nil
			}()
			s = killed(s, kills, 21, func(k int) bool { return posted.Load() >= int64((k+1)*people*words/(kills+1)) || len(answered) > 0 }, func() *server { return p.serve(t) })
			for _, done := range []chan error{answered, spoken} {
				if err := <-done; err != nil {
					t.Fatal(err)
				}
			}
			// The platform gives up on a callback after three more tries; the next one
			// brings what it was about.
			sea.request(t, "DELETE", "/faults", "")
			if err := say(0, words+1); err != nil {
				t.Fatal(err)
			}
			s.client = session
			var in map[string][]string
			var told map[string]string
			wait(t, "every word", func() bool {
				in, told = s.outcomes(t, list)
				n := 0
				for _, all := range in {
					n += len(all)
				}
				return n >= people*(words+1)+1
			})
			s.stop(t)
			seen := map[string]bool{}
			for _, id := range list {
				got := in[id]
				var i, n int
				if _, err := fmt.Sscanf(got[0], "word %d of %d", &n, &i); err != nil || seen[fmt.Sprint(i)] {
					t.Fatalf("%s: %q %v", id, got, err)
				}
				seen[fmt.Sprint(i)] = true
				var want []string
				for n := range words + 1 {
					want = append(want, fmt.Sprintf("word %d of %d", n, i))
				}
				if i == 0 {
					want = append(want, fmt.Sprintf("word %d of 0", words+1))
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s: %q", id, got)
				}
			}
			judge(t, list, words, told, sea.heard(t, who))
		})
	}
}

// takeDesk connects a customer service account.
func (s *server) takeDesk(t *testing.T, sea ocean) (desk string) {
	t.Helper()
	app, secret := sea.appOf(t, "kf")
	var made struct {
		ID string `json:"open_kfid"`
	}
	sea.play(t, "/corps/"+catchCorp+"/kf_make", `{"name":"Desk","userids":["li"]}`, &made)
	s.take(t, sea, "wecom_kf", fmt.Sprintf(`"corp_id":%q,"secret":%q,"open_kfid":%q`, catchCorp, secret, made.ID), "/corps/"+catchCorp+"/apps/"+app+"/callback")
	return made.ID
}
