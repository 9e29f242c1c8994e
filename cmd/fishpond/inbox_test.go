package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fishpond/internal/platform/testkit"
)

// Staff answer followers while the server is killed again and again, and every
// callback of the platform comes twice. In the end each message of a customer
// is there once, and each answer arrived exactly once where it is shown as sent,
// not at all where it is shown as failed, and at most once where it is doubtful.
func TestAnswersSurviveBeingKilled(t *testing.T) {
	const people, answers, kills = 30, 5, 5 // five answers are what the platform lets through
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			sea, p, s := startShop(t, e)
			who := s.followers(t, sea, people)
			sea.play(t, "/faults", `{"kind":"slow","path":"/cgi-bin/message/custom/send","seconds":0.03}`, nil)
			list := s.conversations(t, people)
			session := s.client // what staff have open outlives the server

			var posted atomic.Int64
			done := make(chan error, 1)
			go func() { done <- answerAll(session, s.ready.URL, list, answers, &posted) }()
			s = killed(s, kills, 5, func(k int) bool { return posted.Load() >= int64((k+1)*people*answers/(kills+1)) || len(done) > 0 }, func() *server { return p.serve(t) })
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			s.client = session
			said, told := s.outcomes(t, list)
			for _, id := range list {
				if len(said[id]) != 1 {
					t.Errorf("%s: the customer's message is there as %q", id, said[id])
				}
			}
			s.stop(t)
			judge(t, list, answers, told, sea.heard(t, who))
		})
	}
}

// followers connects an official account that so many follow and write to.
func (s *server) followers(t *testing.T, sea ocean, people int) (who []string) {
	t.Helper()
	const app, secret = "wx0123456789abcdef", "0123456789abcdef0123456789abcdef"
	sea.play(t, "/accounts", fmt.Sprintf(`{"appid":%q,"kind":"official_account","name":"Shop","secret":%q}`, app, secret), nil)
	s.take(t, sea, "official_account", fmt.Sprintf(`"app_id":%q,"secret":%q`, app, secret), "/accounts/"+app+"/callback")
	sea.play(t, "/faults", `{"kind":"callback_twice"}`, nil)
	who = sea.customers(t, people)
	for i := range who {
		sea.play(t, "/accounts/"+app+"/follow", fmt.Sprintf(`{"customer":%q}`, who[i]), nil)
		sea.play(t, "/accounts/"+app+"/say", fmt.Sprintf(`{"customer":%q,"text":"hello %d"}`, who[i], i), nil)
	}
	return who
}

// outcomes waits until every answer has come to an end. said is what came in by
// conversation, told how each answer ended, by its text.
func (s *server) outcomes(t *testing.T, list []string) (said map[string][]string, told map[string]string) {
	t.Helper()
	wait(t, "the outcome of every answer", func() bool {
		said, told = map[string][]string{}, map[string]string{}
		for _, id := range list {
			var h struct {
				Items []struct{ Direction, Text, State string }
			}
			if st := s.json(t, "GET", "/inbox/conversations/"+id+"/messages?limit=100", "", &h); st != 200 {
				return false
			}
			for _, m := range h.Items {
				if m.Direction == "in" {
					said[id] = append(said[id], m.Text)
				}
				if m.Direction != "out" {
					continue
				}
				if _, twice := told[m.Text]; twice {
					t.Fatalf("%s is there twice", m.Text)
				}
				told[m.Text] = m.State
				if m.State == "queued" || m.State == "sending" {
					return false
				}
			}
		}
		return true
	})
	return said, told
}

// judge holds what is shown of every answer against how often it arrived.
func judge(t *testing.T, list []string, answers int, told map[string]string, arrived map[string]int) {
	t.Helper()
	states := map[string]int{}
	for _, id := range list {
		for n := range answers {
			text := fmt.Sprint("answer ", n, " to ", id)
			state, got := told[text], arrived[text]
			states[state]++
			if state == "sent" && got != 1 || state == "failed" && got != 0 || state == "doubtful" && got > 1 || state == "" {
				t.Errorf("%s is %q and arrived %d times", text, state, got)
			}
		}
	}
	t.Log(states)
	if states["sent"] < len(list)*answers*2/3 {
		t.Errorf("hardly anything was sent: %v", states)
	}
}

// conversations waits for so many and returns their ids.
func (s *server) conversations(t *testing.T, n int) (ids []string) {
	t.Helper()
	wait(t, "the conversations", func() bool {
		ids = nil
		for cursor := ""; ; {
			var list struct {
				Items      []struct{ ID string }
				NextCursor string `json:"next_cursor"`
			}
			s.json(t, "GET", "/inbox/conversations?limit=100&cursor="+cursor, "", &list)
			for _, c := range list.Items {
				ids = append(ids, c.ID)
			}
			if cursor = list.NextCursor; cursor == "" {
				return len(ids) == n
			}
		}
	})
	return ids
}

// answerAll writes answers into every conversation, and writes again under the
// same key what it does not know to have been taken.
func answerAll(client *http.Client, url string, list []string, answers int, posted *atomic.Int64) error {
	for n := range answers {
		for _, id := range list {
			body := fmt.Sprintf(`{"key":"key-%s-%d","parts":[{"kind":"text","text":"answer %d to %s"}]}`, id[len(id)-8:], n, n, id)
			for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(20 * time.Millisecond) { // the server is dead for a while
				resp, err := client.Post(url+"/api/v1/inbox/conversations/"+id+"/messages", "application/json", strings.NewReader(body))
				status, said := 0, []byte(nil)
				if err == nil {
					status = resp.StatusCode
					said, _ = io.ReadAll(resp.Body)
					_ = resp.Body.Close()
				}
				if status == http.StatusAccepted {
					break
				}
				if status/100 == 4 || time.Now().After(deadline) {
					return fmt.Errorf("answer %d to %s: %d %v %s", n, id, status, err, said)
				}
			}
			posted.Add(1)
		}
	}
	return nil
}

// heard counts, by their text, the messages that have reached people.
func (o ocean) heard(t *testing.T, who []string) map[string]int {
	t.Helper()
	type talk struct {
		Name  string
		Lines []struct{ From, Text string }
	}
	out := map[string]int{}
	for _, id := range who {
		var c struct{ Accounts, Desks []talk }
		o.get(t, "/customers/"+id, &c)
		if len(c.Accounts)+len(c.Desks) != 1 {
			t.Fatalf("%+v", c)
		}
		for _, k := range append(c.Accounts, c.Desks...) {
			for _, l := range k.Lines {
				if l.From == "account" || l.From == k.Name && len(c.Desks) > 0 {
					out[l.Text]++
				}
			}
		}
	}
	return out
}
