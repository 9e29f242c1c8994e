package carrier

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

func (w *world) account() *account {
	w.tb.Helper()
	var a *account
	w.must(w.d.Read(w.tb.Context(), org, func(tx *db.Tx) (err error) {
		a, err = w.s.accountByID(w.tb.Context(), tx, org, w.acc)
		return err
	}))
	return a
}

// TestOneRefreshAtATime: however many callers on however many nodes need a
// token, the platform is asked once.
func TestOneRefreshAtATime(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		nodes := []*Service{w.s, w.service(), w.service()}
		a := w.account()
		everywhere := func(want int) {
			t.Helper()
			var g sync.WaitGroup
			for i := range 12 {
				g.Go(func() {
					if _, err := nodes[i%3].wecomOf(a, slotContact, impatient).Tags(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			g.Wait()
			if n := w.corp.count("gettoken"); n != want {
				t.Errorf("the platform was asked %d times, want %d", n, want)
			}
		}
		everywhere(1)
		everywhere(1)
		w.corp.mu.Lock()
		w.corp.valid = "thrown away" // the platform ends the token early
		w.corp.mu.Unlock()
		everywhere(2)
		w.clock.Advance(3 * time.Hour) // it ends by itself
		everywhere(3)
		w.expect("1", "SELECT CAST(count(*) AS TEXT) FROM carrier_token WHERE org_id = ? AND sealed LIKE 'fp1.%'", org)
	})
}

func TestWrongSecretIsToldToTheOperator(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, err := w.s.Update(w.ctx(), w.acc, AccountPatch{Values: map[string]string{"secret": "wrong"}})
		w.must(err)
		_, err = w.s.wecomOf(w.account(), slotContact, impatient).Tags(t.Context())
		if wire.Code(err) != 40001 || w.corp.count("gettoken") != 1 {
			t.Errorf("%v after %d tries", err, w.corp.count("gettoken"))
		}
		got, err := w.s.Account(w.ctx(), w.acc)
		if err != nil || got.ErrorAt == nil || got.Error == "" {
			t.Errorf("%+v %v", got, err)
		}
		_, err = w.s.Update(w.ctx(), w.acc, AccountPatch{Values: map[string]string{"secret": "s3cret"}})
		w.must(err)
		if _, err := w.s.wecomOf(w.account(), slotContact, impatient).Tags(t.Context()); err != nil {
			t.Error(err)
		}
		if got, _ := w.s.Account(w.ctx(), w.acc); got.Error != "" {
			t.Errorf("the error outlives the wrong secret: %s", got.Error)
		}
	})
}

func TestQuota(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		first, second := &accountQuota{s: w.s, org: org, id: w.acc, share: 100}, &accountQuota{s: w.service(), org: org, id: w.acc, share: 100}
		take := func(q *accountQuota) time.Duration {
			t.Helper()
			wait, err := q.Take(t.Context(), "a/b")
			w.must(err)
			return wait
		}
		for range 100 {
			if take(first) != 0 {
				t.Fatal("refused early")
			}
		}
		w.must(d.Write(t.Context(), org, func(tx *db.Tx) error { // others have used nearly all
			_, err := tx.Exec(t.Context(), "UPDATE carrier_call SET calls = ? WHERE org_id = ?", callsMinute-3, org)
			return err
		}))
		w.clock.Advance(20 * time.Second)
		got := 0
		for take(second) == 0 {
			got++
		}
		if got != 3 {
			t.Errorf("%d more calls, want the 3 that were left", got)
		}
		if wait := take(second); wait != 40*time.Second {
			t.Errorf("wait %v, want until the next minute", wait)
		}
		w.clock.Advance(40 * time.Second)
		if take(second) != 0 {
			t.Error("refused in a new minute")
		}
		if wait, err := first.Full(t.Context(), "a/b"); err != nil || wait != time.Minute || take(first) != time.Minute || take(&accountQuota{s: w.service(), org: org, id: w.acc, share: 100}) != time.Minute {
			t.Errorf("the platform said that it is full: %v %v", wait, err)
		}
		w.clock.Advance(time.Minute)
		w.must(d.Write(t.Context(), org, func(tx *db.Tx) error { // the hour is used up, this minute is not
			_, err := tx.Exec(t.Context(), "UPDATE carrier_call SET calls = ? WHERE org_id = ? AND at = (SELECT min(at) FROM carrier_call)", callsHour, org)
			return err
		}))
		if take(first) == 0 {
			t.Error("more than an hour's calls")
		}
		w.clock.Advance(time.Hour)
		if take(first) != 0 {
			t.Error("refused an hour later")
		}
		bulk := &accountQuota{s: w.service(), org: org, id: w.acc, share: bulkShare}
		w.must(d.Write(t.Context(), org, func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), "UPDATE carrier_call SET calls = ? WHERE org_id = ? AND at = (SELECT max(at) FROM carrier_call)", callsMinute*bulkShare/100, org)
			return err
		}))
		if take(bulk) == 0 || take(&accountQuota{s: w.service(), org: org, id: w.acc, share: 100}) != 0 {
			t.Error("a sync must leave calls for the others")
		}
	})
}

// TestQuotaUnderLoad: two nodes together make no more calls than allowed.
func TestQuotaUnderLoad(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		var mu sync.Mutex
		var g sync.WaitGroup
		total := 0
		for range 2 {
			q := &accountQuota{s: w.service(), org: org, id: w.acc, share: 100}
			for range 3 {
				g.Go(func() {
					n := 0
					for {
						wait, err := q.Take(t.Context(), "a/b")
						if err != nil || wait > 0 {
							break
						}
						n++
					}
					mu.Lock()
					defer mu.Unlock()
					total += n
				})
			}
		}
		g.Wait()
		if total != callsMinute {
			t.Error(fmt.Sprint(total, " calls in a minute"))
		}
	})
}
