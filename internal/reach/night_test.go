package reach

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/reach/gate"
	"fishpond/internal/timeline"
)

// zonesOfAllSorts are zones of all sorts: whole, half and quarter hours, daylight saving
// of an hour and of half of one, on both sides of the equator, and days that
// were left out.
var zonesOfAllSorts = []string{"Asia/Shanghai", "America/New_York", "Europe/London", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "Australia/Adelaide", "America/St_Johns", "Pacific/Chatham",
	"Pacific/Apia", "America/Sao_Paulo", "Africa/Casablanca", "Asia/Tehran", "Pacific/Kiritimati", "Etc/GMT+12", "America/Havana", "Asia/Gaza", "Europe/Dublin"}

// changes are times about which clocks change somewhere.
var changes = []string{"2026-03-08T06:00:00Z", "2026-03-29T00:30:00Z", "2026-10-25T00:30:00Z", "2026-11-01T05:30:00Z", "2026-04-04T14:30:00Z", "2026-10-03T15:30:00Z", "2011-12-29T20:00:00Z", "2018-02-18T01:00:00Z", "2026-03-08T04:30:00Z", "2026-06-15T12:00:00Z"}

// asleep is the plainest way to say that a clock on the wall shows a time at
// which nobody is to be disturbed.
func asleep(t *testing.T, at time.Time, zone, from, to string) bool {
	t.Helper()
	where, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	shown := at.In(where).Format("15:04")
	if from < to {
		return from <= shown && shown < to
	}
	return shown >= from || shown < to
}

// Wherever people are, whatever is set, and however the server's clock is put
// wrong and right again, nobody gets a message in their quiet hours.
func TestNobodyIsWoken(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		rounds := 120
		if d.Engine() == db.Postgres {
			rounds = 15
		}
		arrived := 0
		for seed := range rounds {
			arrived += someDays(t, d, uint64(seed)) //nolint:gosec // few
		}
		if arrived < rounds {
			t.Errorf("%d messages arrived in all", arrived)
		}
	})
}

// someDays plays some days for some people; it returns how many got a message.
func someDays(t *testing.T, d *db.DB, seed uint64) int {
	r := rand.New(rand.NewPCG(seed, 3)) //nolint:gosec // it is to be the same each time
	w := newWorld(t, d)
	start, err := time.Parse(time.RFC3339, oneOf(r, changes))
	if err != nil {
		t.Fatal(err)
	}
	start = start.Add(time.Duration(r.IntN(48*60)-36*60) * time.Minute)
	w.clock.Advance(start.Sub(w.clock.Now()))
	c := w.watched(Options{})
	minute := func() string { return fmt.Sprintf("%02d:%02d", r.IntN(24), 15*r.IntN(4)) }
	set := DefaultSettings()
	set.OptIn, set.Caps, set.Attention.Enabled = []string{}, []CapSetting{}, false
	set.Quiet = QuietHours{Enabled: true, From: minute(), To: minute(), Exempt: []string{}}
	if set.Quiet.From == set.Quiet.To {
		set.Quiet.To = "23:59"
	}
	if _, err := w.s.PutSettings(w.ctx(), set); err != nil {
		t.Fatal(err)
	}
	zone := map[string]string{}
	var to []Recipient
	var moved []timeline.Event
	for i := range 1 + r.IntN(8) {
		p := fmt.Sprintf("per_%d_%d", seed, i)
		zone[p] = oneOf(r, zonesOfAllSorts)
		data, err := json.Marshal(poolevent.Person{Traits: map[string]json.RawMessage{zoneTrait: json.RawMessage(fmt.Sprintf("%q", zone[p]))}})
		if err != nil {
			t.Fatal(err)
		}
		moved = append(moved, timeline.Event{Kind: poolevent.Updated, PersonID: p, OccurredAt: start, Data: data})
		to = append(to, mailTo(p)...)
	}
	w.write(func(tx *db.Tx) error { return w.s.follow(w.ctx(), tx, org, moved) })
	w.ocean.answer = func(m Delivery) (Result, bool) {
		if at := w.clock.Now(); asleep(t, at, zone[m.PersonID], set.Quiet.From, set.Quiet.To) {
			t.Errorf("seed %d: %s of %s got a message at %v, quiet is from %s to %s", seed, m.PersonID, zone[m.PersonID], at, set.Quiet.From, set.Quiet.To)
		}
		if r.IntN(10) == 0 {
			return Result{Status: Failed, Again: true, Code: "451", Reason: busy}, true
		}
		return Result{Status: Sent}, true
	}
	id := fmt.Sprintf("pln_%d", seed)
	w.plan(id, func(p *Plan) {
		p.Purpose, p.EndAt = oneOf(r, []string{gate.Marketing, gate.Service}), start.Add(60*time.Hour)
	}, to...)
	for range 20 + r.IntN(40) {
		if r.IntN(10) > 0 {
			w.pass(c, time.Duration(oneOf(r, []int{1, 7, 15, 30, 61, 180}))*time.Minute)
			w.sendByClock()
			continue
		}
		// The clock is put wrong, and right again before it is believed.
		wrong := time.Duration(oneOf(r, []int{-1440, 1440, -600, 600, -75, 75, 3, -3, 200_000})) * time.Minute
		c.off += wrong
		for range 3 {
			w.sendByClock()
			w.pass(c, 5*time.Minute)
		}
		w.sendByClock()
		c.off -= wrong
		w.sendByClock()
	}
	w.check(id)
	if w.planStatus(id) == PlanRunning { // the store is that of others, too
		w.write(func(tx *db.Tx) error { return w.s.Cancel(w.ctx(), tx, org, id) })
		w.send()
	}
	return len(w.ocean.got)
}

func oneOf[T any](r *rand.Rand, all []T) T { return all[r.IntN(len(all))] }

// faltering is a carrier that takes every message and fails while it says so.
type faltering struct {
	*ocean
	asked map[string]int
}

func (f *faltering) Deliver(_ context.Context, _, accountID string, all []Delivery, told func(int, Result)) {
	f.mu.Lock() // accounts are sent over at once
	defer f.mu.Unlock()
	for i, m := range all {
		knows := f.Repeatable(f.accounts[accountID].Kind)
		if f.asked[m.Key]++; f.asked[m.Key] == 1 || !knows {
			f.got[m.Key] = append(f.got[m.Key], m.Text)
			told(i, Result{Status: Doubtful, Again: knows, Code: "500", Reason: busy})
			continue
		}
		told(i, Result{Status: Sent}) // it knows the key
	}
}

// A carrier that takes a message and then answers with a failure is asked again
// under the same key where it knows keys; elsewhere nobody knows, and nobody
// sends it again.
func TestFailureAfterTaking(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(nil)
		f := &faltering{w.ocean, map[string]int{}}
		w.s.Transport = f
		w.plan("pln_1", nil, append(mailTo("per_1"), Recipient{PersonID: "per_2", Addresses: []Address{{"acc_web", "web", "v2"}}})...)
		for range 10 {
			w.send()
			w.clock.Advance(10 * time.Minute)
		}
		if got := w.states("pln_1"); got["per_1"] != "doubtful:500" || got["per_2"] != "sent" || len(w.ocean.got) != 2 {
			t.Errorf("%v", got)
		}
		for key, texts := range w.ocean.got {
			if len(texts) != 1 {
				t.Errorf("%s arrived %d times", key, len(texts))
			}
		}
	})
}

// Two nodes send two plans for the same people at once: nobody gets more than
// they may.
func TestTwoNodesTwoPlans(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.put(func(s *Settings) { s.Caps = []CapSetting{{"all", 1, "day"}} })
		var people []string
		for i := range 400 {
			people = append(people, fmt.Sprintf("per_%04d", i))
		}
		w.plan("pln_1", nil, mailTo(people...)...)
		back := slices.Clone(people)
		slices.Reverse(back)
		w.plan("pln_2", nil, mailTo(back...)...)
		var wg sync.WaitGroup
		failed := make(chan error, 3)
		for _, most := range []int{5, 11, 37} {
			node := New(d, w.log, w.clock.Now, w.s.logger, w.s.Ports, Options{BatchMost: most})
			wg.Go(func() { failed <- node.allOf(w.ctx()) })
		}
		wg.Wait()
		for range 3 {
			if err := <-failed; err != nil {
				t.Fatal(err)
			}
		}
		w.send() // what a node left to another that was at it
		n := map[string]int{}
		for _, p := range []string{"pln_1", "pln_2"} {
			for who, st := range w.states(p) {
				switch st {
				case "sent":
					n[who]++
				case "waiting:cap":
				default:
					t.Errorf("%s: %s is %s", p, who, st)
				}
			}
		}
		for _, who := range people {
			if n[who] != 1 {
				t.Errorf("%s got %d", who, n[who])
			}
		}
		if len(w.ocean.got) != len(people) {
			t.Errorf("%d arrived", len(w.ocean.got))
		}
	})
}

// allOf lets a node do all that it can do now.
func (s *Service) allOf(ctx context.Context) error {
	for range 1000 {
		due := s.due(ctx)
		if len(due) == 0 {
			return nil
		}
		for _, p := range due {
			b, err := s.claim(ctx, p[0], p[1])
			if err != nil && !errors.Is(err, errTaken) && !db.IsTransient(err) {
				return err
			}
			if b != nil {
				s.deliver(ctx, b)
			}
		}
	}
	return nil
}
