package hook

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/openweb"
	"fishpond/internal/platform/secret"
	"fishpond/internal/platform/testkit"
)

var schema = testkit.Migrations(db.Migration{Module: "journey", FS: os.DirFS("..")})

const org = "org_a"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a caller with runs that only take notes.
type world struct {
	*testing.T
	db     *db.DB
	clock  *testkit.Clock
	ring   *secret.Keyring
	caller *Caller
	log    *bytes.Buffer

	mu      sync.Mutex
	settled []Outcome
}

func newWorld(t *testing.T, d *db.DB, inside ...string) *world {
	t.Helper()
	ring, err := secret.New(secret.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, db: d, clock: testkit.NewClock(t, "2026-11-23T02:00:00Z"), ring: ring, log: &bytes.Buffer{}}
	w.caller = w.node(inside...)
	return w
}

// node is another caller on the same database.
func (w *world) node(inside ...string) *Caller {
	in, err := openweb.ParseInside(inside)
	if err != nil {
		w.Fatal(err)
	}
	c := New(w.db, w.clock.Now, slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})), w, w.ring, Options{Inside: in, Timeout: 300 * time.Millisecond, PerHost: 4})
	w.Cleanup(c.client.CloseIdleConnections)
	return c
}

func (w *world) Settled(_ context.Context, tx *db.Tx, _ string, all []Outcome) error {
	tx.OnCommit(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.settled = append(w.settled, all...)
	})
	return nil
}

func (w *world) ask(calls ...Call) {
	w.Helper()
	if err := w.db.Write(w.Context(), org, func(tx *db.Tx) error { return w.caller.Enqueue(w.Context(), tx, org, calls...) }); err != nil {
		w.Fatal(err)
	}
}

func call(run, address string) Call {
	return Call{RunID: run, Visit: 1, JourneyID: "jny_1", Step: "tell", PersonID: "per_" + run, URL: address,
		Message: Message{At: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC), Journey: Named{"jny_1", "新客"}, Step: Named{"tell", "通知"}, Person: map[string]any{"name": "林小满"}}}
}

// once lets a caller make what is due, and says how many calls that were.
func (w *world) once() int {
	w.Helper()
	n, err := w.caller.Once(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	return n
}

// stand tells how the call of a run stands.
func (w *world) stand(run string) Status {
	w.Helper()
	var s Status
	if err := w.db.Read(w.Context(), org, func(tx *db.Tx) error {
		all, err := w.caller.Of(w.Context(), tx, org, run)
		s = all[1]
		return err
	}); err != nil {
		w.Fatal(err)
	}
	return s
}

func (w *world) outcomes() []Outcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.settled
}

// other is a real server on the other side.
type other struct {
	*httptest.Server
	mu   sync.Mutex
	got  []*http.Request
	body []string
}

func serve(t *testing.T, answer http.HandlerFunc) *other {
	o := &other{}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		o.mu.Lock()
		o.got, o.body = append(o.got, r), append(o.body, string(body))
		o.mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
		if answer != nil {
			answer(w, r)
		}
	}))
	t.Cleanup(o.Close)
	return o
}

func (o *other) calls() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.got)
}

// at is where a server listens, as it is allowed.
func at(t *testing.T, address string) string {
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

func tells(t *testing.T, what, got string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(got, p) {
			t.Errorf("%s: %q lacks %q", what, got, p)
		}
	}
}

// broken is a server that takes a connection, reads, and hangs up.
func broken(t *testing.T) (address string, times func() int) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	n := 0
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 4096))
			mu.Lock()
			n++
			mu.Unlock()
			_ = c.Close()
		}
	})
	t.Cleanup(func() { _ = l.Close(); wg.Wait() })
	return "http://" + l.Addr().String(), func() int { mu.Lock(); defer mu.Unlock(); return n }
}

var _ clock.Clock = clock.System
