package carrier

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/secret"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

// workOff works callbacks off, as a process that can be killed: args are the
// database's address, the platform's, and what time it is.
func workOff(args []string) error {
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
	ring, err := secret.New(make([]byte, secret.KeyBytes))
	if err != nil {
		return err
	}
	p := &pond{greet: func(Arrival) (Greeting, error) {
		return Greeting{Channel: "chn_1", Tags: []string{"new"}, Welcome: []Part{{Kind: PartText, Text: "Hi"}}}, nil
	}}
	clock := func() time.Time { return now }
	s := New(d, timeline.New(clock), clock, slog.New(slog.DiscardHandler), Ports{People: p, Staff: p, Orgs: p, Sealer: ring, Auditor: p, Greeter: p}, Options{Platforms: []string{args[1]}, HTTP: http.DefaultClient})
	return s.Tick(ctx)
}

// TestKilledBetweenCallbackAndWork: whenever the process dies, every stored
// callback is worked off once in the end, and every welcome has an outcome.
func TestKilledBetweenCallbackAndWork(t *testing.T) {
	const people, kills = 150, 6
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for i := range people {
			id := fmt.Sprintf("wm%03d", i)
			w.corp.befriend("li", id, "N"+id, w.clock.Now(), nil)
			w.deliver(callback("add_external_contact", "li", id, w.clock.Now().Unix(), "WelcomeCode=W"+id))
			if i%3 == 0 {
				w.deliver(callback("del_follow_user", "li", id, w.clock.Now().Unix()+5, ""))
			}
		}
		start := func() *exec.Cmd {
			return testkit.Process(t, d.URL(), w.corp.URL, w.clock.Now().Format(time.RFC3339))
		}
		seed := uint64(time.Now().UnixNano()) //nolint:gosec // any seed will do; it is printed
		random := rand.New(rand.NewPCG(seed, 1))
		died := 0
		for range kills {
			if testkit.KillAfter(t, start(), time.Duration(20+random.IntN(180))*time.Millisecond) {
				died++
			}
			w.clock.Advance(3 * time.Second) // not yet what the dead one had taken
		}
		w.clock.Advance(workLease)
		w.must(start().Run())
		t.Logf("seed %d: %d of %d were killed; %v", seed, died, kills, w.rows("SELECT status || ' ' || reason || ' ' || count(*) FROM carrier_welcome WHERE org_id = ? GROUP BY status, reason", org))
		if died == 0 {
			t.Error("nothing was killed")
		}
		w.expect(fmt.Sprintf("done %d", people+people/3), "SELECT status || ' ' || count(*) FROM carrier_callback WHERE org_id = ? GROUP BY status", org)
		w.expect(fmt.Sprintf("friend %d\nremoved_by_customer %d", people-people/3, people/3), "SELECT status || ' ' || count(*) FROM carrier_contact WHERE org_id = ? GROUP BY status ORDER BY status", org)
		w.expect(fmt.Sprintf("friend.added %d %d\nfriend.removed %d %d", people, people, people/3, people/3),
			"SELECT kind || ' ' || count(*) || ' ' || count(DISTINCT person_id) FROM timeline_event WHERE org_id = ? AND kind LIKE 'friend.%' GROUP BY kind ORDER BY kind", org)
		w.expect("0", "SELECT CAST(count(*) AS TEXT) FROM carrier_welcome WHERE org_id = ? AND (status = 'pending' OR status IN ('missed', 'doubtful') AND reason <> 'late')", org)
		w.expect(fmt.Sprint(people), "SELECT CAST(count(DISTINCT external_id) AS TEXT) FROM carrier_welcome WHERE org_id = ?", org)
		sent := w.rows("SELECT external_id FROM carrier_welcome WHERE org_id = ? AND status = 'sent'", org)
		for _, id := range sent {
			if w.corp.codes["W"+id] == "" {
				t.Errorf("%s counts as welcomed and was not", id)
			}
		}
	})
}
