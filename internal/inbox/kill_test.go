package inbox

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

// sendOff sends what is due, as a process that can be killed: args are the
// database's address, the platform's, and what time it is.
func sendOff(args []string) error {
	ctx := context.Background()
	d, err := db.Open(ctx, args[0])
	if err != nil {
		return err
	}
	defer d.Close()
	now, err := time.Parse(time.RFC3339, args[2])
	if err != nil {
		return err
	}
	clock := func() time.Time { return now }
	w := &world{}
	s := New(d, timeline.New(clock), clock, slog.New(slog.DiscardHandler), Ports{Sender: farSender(args[1]), Accounts: w, Windows: w, People: w, Staff: w, Signs: w, Orgs: w, Archive: w, Auditor: w})
	s.reclaim(ctx)
	return s.SendDue(ctx)
}

// farSender sends over HTTP, to a platform that outlives the process.
type farSender string

func (f farSender) Send(ctx context.Context, _ string, o Outgoing) (r Receipt, err error) {
	req, err := http.NewRequestWithContext(ctx, "POST", string(f), strings.NewReader(o.Key))
	if err != nil {
		return r, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return r, err
	}
	defer resp.Body.Close()
	return r, json.NewDecoder(resp.Body).Decode(&r)
}

// farPlatform is the carrier and the platform behind it: a key whose sender has
// died is doubtful, and nothing is sent twice under one key.
type farPlatform struct {
	mu      sync.Mutex
	begun   map[string]bool
	arrived map[string]int
}

func (p *farPlatform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	key := string(b)
	p.mu.Lock()
	was, done := p.begun[key], p.arrived[key] > 0
	p.begun[key] = true
	p.mu.Unlock()
	out := Receipt{ID: "snd_" + key, Status: SendSent}
	switch {
	case was && !done:
		out.Status = SendDoubtful
	case !was:
		time.Sleep(3 * time.Millisecond)
		if r.Context().Err() != nil && len(key)%2 == 0 { // it broke off before the platform had it
			return
		}
		p.mu.Lock()
		p.arrived[key]++
		p.mu.Unlock()
	}
	_ = json.NewEncoder(w).Encode(out)
}

// TestKilledWhileSending: whenever the process dies, in the end every message
// was sent once, or is shown as doubtful, and none is left as being sent.
func TestKilledWhileSending(t *testing.T) {
	const people, each, kills = 40, 4, 6
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		far := &farPlatform{begun: map[string]bool{}, arrived: map[string]int{}}
		server := httptest.NewServer(far)
		defer server.Close()
		for i := range people {
			id := w.hear(fmt.Sprint("per_", i), "acc_web", fmt.Sprint("v", i), "x")
			for k := range each {
				w.post(id, fmt.Sprintf("key-%05d-%d", i, k), fmt.Sprint(k))
			}
		}
		start := func() *exec.Cmd {
			return testkit.Process(t, d.URL(), server.URL, w.clock.Now().Format(time.RFC3339))
		}
		seed := uint64(time.Now().UnixNano()) //nolint:gosec // any seed will do; it is printed
		random := rand.New(rand.NewPCG(seed, 1))
		died := 0
		for range kills {
			if testkit.KillAfter(t, start(), time.Duration(20+random.IntN(100))*time.Millisecond) {
				died++
			}
			w.clock.Advance(5 * time.Second)
		}
		w.clock.Advance(2 * sendLease)
		w.must(start().Run())
		t.Logf("seed %d: %d of %d were killed; %v", seed, died, kills, w.rows("SELECT status || ' ' || count(*) FROM inbox_attempt WHERE org_id = ? GROUP BY status ORDER BY status", org))
		if died == 0 {
			t.Error("nothing was killed")
		}
		far.mu.Lock()
		defer far.mu.Unlock()
		rows := w.rows("SELECT a.key || ' ' || a.status || ' ' || m.state FROM inbox_attempt a JOIN inbox_message m ON m.org_id = a.org_id AND m.id = a.message_id WHERE a.org_id = ?", org)
		if len(rows) != people*each {
			t.Errorf("%d attempts", len(rows))
		}
		for _, row := range rows {
			f := strings.Fields(row)
			if f[1] != f[2] || f[1] == SendSent && far.arrived[f[0]] != 1 || f[1] == SendDoubtful && far.arrived[f[0]] > 1 || f[1] != SendSent && f[1] != SendDoubtful {
				t.Errorf("%s arrived %d times", row, far.arrived[f[0]])
			}
		}
	})
}
