package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/db"
)

const (
	catchToken = "QDG6eK"
	catchKey   = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
	catchCorp  = "ww5823bf96d3bd56c7"
)

// startShop runs a simulator and a server that may call it, in which a brand
// is set up and its owner signed in.
func startShop(t *testing.T, e db.Engine) (ocean, place, *server) {
	t.Helper()
	sea := startSimulator(t)
	p := newPlace(t, e)
	p.listen, p.flags = freeAddress(t), []string{"--platforms", string(sea)}
	s := p.serve(t)
	s.setUp(t)
	return sea, p, s
}

// setUp makes the first brand and signs its owner in.
func (s *server) setUp(t *testing.T) {
	t.Helper()
	_, token, _ := strings.Cut(s.ready.SetupURL, "token=")
	if st := s.json(t, "POST", "/setup", fmt.Sprintf(`{"token":%q,"org_name":"Shop","name":"Ann","email":"ann@shop.example","password":"correct horse battery","time_zone":"Asia/Shanghai","currency":"CNY","locale":"en"}`, token), nil); st/100 != 2 {
		t.Fatalf("set-up: %d", st)
	}
}

// startSimulator runs the simulator as a process of its own.
func startSimulator(t *testing.T) ocean {
	t.Helper()
	cmd := program(t, "simulator", "--listen", "127.0.0.1:0", "--retry-after", "4s")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { end(cmd) })
	var said ready
	if err := json.NewDecoder(out).Decode(&said); err != nil {
		t.Fatal(err)
	}
	return ocean(said.URL)
}

func end(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// killed kills a server n times and has it revived, and returns the last. The
// k-th time is any moment soon after due says so.
func killed(s *server, n int, seed uint64, due func(k int) bool, revive func() *server) *server {
	r := rand.New(rand.NewPCG(seed, seed+1))
	for k := range n {
		for !due(k) {
			time.Sleep(time.Millisecond) // what is due comes from goroutines that talk to other processes
		}
		time.Sleep(time.Duration(r.IntN(60)) * time.Millisecond)
		end(s.cmd)
		s = revive()
	}
	return s
}

// take connects an account of a kind and gives the platform its callback
// address; values are the account's beside what all have.
func (s *server) take(t *testing.T, sea ocean, kind, values, callback string) (id string) {
	t.Helper()
	var acc struct {
		ID          string
		CallbackURL string `json:"callback_url"`
	}
	if st := s.json(t, "POST", "/carriers/accounts", fmt.Sprintf(`{"kind":%q,"name":"Shop","values":{%s,"callback_token":%q,"callback_key":%q,"base_url":%q}}`,
		kind, values, catchToken, catchKey, string(sea)), &acc); st != 201 {
		t.Fatalf("connect: %d", st)
	}
	sea.request(t, "PUT", callback, fmt.Sprintf(`{"url":%q,"token":%q,"key":%q}`, acc.CallbackURL, catchToken, catchKey))
	return acc.ID
}

// customers makes people on the platform.
func (o ocean) customers(t *testing.T, n int) (who []string) {
	t.Helper()
	for i := range n {
		var made struct{ Items []struct{ ID string } }
		o.play(t, "/customers", fmt.Sprintf(`{"name":"P%d"}`, i), &made)
		who = append(who, made.Items[0].ID)
	}
	return who
}

// appOf makes a corp with two members and returns its app of a kind.
func (o ocean) appOf(t *testing.T, kind string) (id, secret string) {
	t.Helper()
	var corp struct {
		Apps []struct{ ID, Kind, Secret string }
	}
	o.play(t, "/corps", `{"id":"`+catchCorp+`","name":"Shop"}`, &corp)
	o.play(t, "/corps/"+catchCorp+"/users", `{"items":[{"userid":"li","name":"Li"},{"userid":"wu","name":"Wu"}],"silent":true}`, nil)
	for _, a := range corp.Apps {
		if a.Kind == kind {
			return a.ID, a.Secret
		}
	}
	t.Fatalf("no app of kind %s", kind)
	return "", ""
}
