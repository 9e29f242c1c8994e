package app

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"fishpond/internal/simulator"
	"fishpond/internal/simulator/mailsink"
)

// mails is a mail server that counts what it took, by address.
type mails struct {
	*mailsink.Sink
	address string
	mu      sync.Mutex
	got     map[string]int
}

// newMails serves until the test ends. shape may be nil; Took is taken.
func newMails(t *testing.T, shape func(*mailsink.Sink)) *mails {
	t.Helper()
	sink, err := mailsink.New()
	if err != nil {
		t.Fatal(err)
	}
	m := &mails{Sink: sink, got: map[string]int{}}
	sink.Took = func(mail mailsink.Mail) error {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.got[mail.To]++
		return nil
	}
	if shape != nil {
		shape(sink)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.address = l.Addr().String()
	beside(t, func(ctx context.Context) { _ = sink.Serve(ctx, l) })
	return m
}

// took tells how many mails each address got.
func (m *mails) took() map[string]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make(map[string]int, len(m.got))
	for to, n := range m.got {
		out[to] = n
	}
	return out
}

// config lets a house send there.
func (m *mails) config() ServeConfig {
	return ServeConfig{MailRoots: m.Roots(), Platforms: []string{"smtp://" + m.address}}
}

// mailAccount connects an account at a mail server.
func (b *brand) mailAccount(t *testing.T, m *mails) string {
	t.Helper()
	var account struct{ ID string }
	b.must(t, 201, "POST", "/carriers/accounts", `{"kind":"email","name":"Mail","values":{"from":"shop@pond.example","server":"`+m.address+`","user":"u","password":"p"}}`, &account)
	return account.ID
}

// beside runs something until the test ends, and waits for its end.
func beside(t *testing.T, fn func(ctx context.Context)) {
	t.Helper()
	ctx, done := t.Context(), make(chan struct{})
	go func() {
		defer close(done)
		fn(ctx)
	}()
	t.Cleanup(func() { <-done })
}

// awake switches quiet hours off, so that tests do the same by day and by night.
func (b *brand) awake(t *testing.T) {
	t.Helper()
	var set map[string]any
	b.must(t, 200, "GET", "/reach/settings", "", &set)
	set["quiet_hours"].(map[string]any)["enabled"] = false
	text, _ := json.Marshal(set)
	b.must(t, 200, "PUT", "/reach/settings", string(text), nil)
}

// follow brings whoever follows the log up to now.
func (b *brand) follow(t *testing.T) {
	t.Helper()
	if err := b.h.Runner.CatchUp(t.Context(), b.id); err != nil {
		t.Fatal(err)
	}
	if err := b.h.Live.CatchUp(t.Context(), b.id); err != nil {
		t.Fatal(err)
	}
}

// sea is a simulator of the platforms.
type sea struct {
	*httptest.Server
}

func newSea(t *testing.T) sea {
	t.Helper()
	sim, err := simulator.New(simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := sea{httptest.NewServer(sim)}
	t.Cleanup(func() { s.Close(); _ = sim.Close() })
	return s
}

// control plays the platform's people.
func (s sea) control(t *testing.T, method, path, body string, out any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+"/control"+path, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("%s %s: %d %s %v", method, path, resp.StatusCode, data, err)
	}
	if out != nil {
		if err := json.Unmarshal(data, out); err != nil {
			t.Fatal(err)
		}
	}
}

// person makes somebody.
func (s sea) person(t *testing.T, name string) string {
	t.Helper()
	var who struct{ Items []struct{ ID string } }
	s.control(t, "POST", "/customers", `{"name":"`+name+`"}`, &who)
	return who.Items[0].ID
}
