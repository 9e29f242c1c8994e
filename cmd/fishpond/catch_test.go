package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// People scan a live code, leave and come again while every callback comes
// twice and out of order and the server is killed again and again. In the end
// the server knows who is whose friend as the platform does, has told of every
// arrival once, and every welcome was sent once, is missed with a reason, or was on
// its way when the server died and is doubtful.
func TestArrivalsSurviveBeingKilled(t *testing.T) {
	const people, kills = 90, 5
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			sea, p, s := startShop(t, e)
			account, picture := s.connect(t, sea)
			for _, kind := range []string{"callback_twice", "callback_swap"} {
				sea.play(t, "/faults", `{"kind":"`+kind+`"}`, nil)
			}

			// While nobody answers nobody scans: the platform gives up on a callback
			// after three more tries.
			var open sync.RWMutex
			var scanned atomic.Int64
			played := make(chan error, 1)
			go func() { played <- sea.crowd(picture, people, &scanned, &open) }()
			s = killed(s, kills, 11, func(k int) bool { return scanned.Load() >= int64((k+1)*3*people/(kills+1)) || len(played) > 0 }, func() *server {
				open.Lock()
				defer open.Unlock()
				s := p.serve(t)
				sea.delivered(t, 1) // one may be held back; else four deaths in a row meet the same callback
				return s
			})
			if err := <-played; err != nil {
				t.Fatal(err)
			}
			if st := s.json(t, "POST", "/auth/sign-in", signIn, nil); st != 200 {
				t.Fatalf("sign-in: %d", st)
			}
			// One callback may still be held back to be passed by the next.
			sea.request(t, "DELETE", "/faults", "")
			if err := sea.crowd(picture, 1, &scanned, &open); err != nil {
				t.Fatal(err)
			}
			sea.delivered(t, 0)
			s.waitCallbacks(t, account)
			s.waitSettled(t)
			s.stop(t)

			d := p.open(t)
			defer d.Close()
			sea.compare(t, d, account)
		})
	}
}

// freeAddress is one that a server can come back to.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// connect makes a corp with two members, connects it, and puts a live code on
// it; picture is what the code's QR picture is.
func (s *server) connect(t *testing.T, sea ocean) (account, picture string) {
	t.Helper()
	app, secret := sea.appOf(t, "customers")
	account = s.take(t, sea, "wecom", fmt.Sprintf(`"corp_id":%q,"secret":%q`, catchCorp, secret), "/corps/"+catchCorp+"/apps/"+app+"/callback")
	if st := s.json(t, "POST", "/carriers/accounts/"+account+"/sync", "", nil); st/100 != 2 {
		t.Fatalf("sync: %d", st)
	}
	wait(t, "the members", func() bool {
		var list struct{ Items []struct{ Status string } }
		s.json(t, "GET", "/carriers/accounts/"+account+"/syncs", "", &list)
		return len(list.Items) == 1 && list.Items[0].Status == "done"
	})
	var me struct{ Staff struct{ ID string } }
	s.json(t, "GET", "/auth/me", "", &me)
	if st := s.json(t, "PATCH", "/carriers/accounts/"+account+"/staff/li", `{"staff_id":"`+me.Staff.ID+`"}`, nil); st/100 != 2 {
		t.Fatalf("staff: %d", st)
	}
	var channel, code struct{ ID string }
	if st := s.json(t, "POST", "/channels", `{"name":"Till"}`, &channel); st != 201 {
		t.Fatalf("channel: %d", st)
	}
	if st := s.json(t, "POST", "/codes", fmt.Sprintf(`{"name":"Till","mode":"way","account_id":%q,"channel_id":%q,"members":[{"staff_id":%q}],"tags":["walk-in"],"welcome":[{"parts":[{"kind":"text","text":"Hello {{name}}"}]}]}`,
		account, channel.ID, me.Staff.ID), &code); st != 201 {
		t.Fatalf("live code: %d", st)
	}
	wait(t, "the live code", func() bool {
		var c struct {
			QRURL string `json:"qr_url"`
		}
		s.json(t, "GET", "/codes/"+code.ID, "", &c)
		picture = c.QRURL
		return picture != ""
	})
	return account, picture
}

func wait(t *testing.T, what string, there func() bool) {
	t.Helper()
	for deadline := time.Now().Add(150 * time.Second); !there(); time.Sleep(30 * time.Millisecond) { // polling another process
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come about", what)
		}
	}
}

// waitCallbacks waits until everything that came in is worked off.
func (s *server) waitCallbacks(t *testing.T, account string) {
	t.Helper()
	wait(t, "the end of the callbacks", func() bool {
		var list struct{ Items []json.RawMessage }
		st := s.json(t, "GET", "/carriers/accounts/"+account+"/callbacks?status=stored", "", &list)
		return st == 200 && len(list.Items) == 0
	})
}

// delivered waits until the platform has at most so many callbacks to bring,
// tries that are still to come included.
func (o ocean) delivered(t *testing.T, most int64) {
	t.Helper()
	wait(t, "the end of the platform's callbacks", func() bool {
		var told struct{ Counts struct{ Open int64 } }
		o.get(t, "/callbacks?limit=0", &told)
		return told.Counts.Open <= most
	})
}

// crowd has people scan; every third leaves again, every sixth comes back, more
// than ten seconds after they came: what is sooner counts as one friendship
// where a list tells of it too.
func (o ocean) crowd(picture string, people int, scanned *atomic.Int64, open *sync.RWMutex) error {
	const later = 100
	who := make([]string, people)
	scan := func(i int) error {
		return o.post("/scan", fmt.Sprintf(`{"customer":%q,"code":%q}`, who[i], picture), nil)
	}
	step := func(i int) error {
		open.RLock()
		defer open.RUnlock()
		if i < people {
			var made struct{ Items []struct{ ID string } }
			if err := o.post("/customers", fmt.Sprintf(`{"name":"P%d"}`, i), &made); err != nil {
				return err
			}
			who[i] = made.Items[0].ID
			if err := scan(i); err != nil {
				return err
			}
		}
		if left := i - later; left >= 0 && left < people && left%3 == 2 {
			if err := o.post("/corps/"+catchCorp+"/delete_member", fmt.Sprintf(`{"customer":%q,"userid":"li"}`, who[left]), nil); err != nil {
				return err
			}
		}
		if back := i - 2*later; back >= 0 && back < people && back%6 == 5 {
			return scan(back)
		}
		return nil
	}
	for i := range people + 2*later {
		if err := step(i); err != nil {
			return err
		}
		scanned.Add(1)
		time.Sleep(60 * time.Millisecond) // people do not come all at once
	}
	return nil
}

// compare holds what the server knows against what the platform says.
func (o ocean) compare(t *testing.T, d *db.DB, account string) {
	t.Helper()
	var platform struct {
		Items []struct {
			External string `json:"external_userid"`
			OneSided bool   `json:"one_sided"`
			State    string
			Lines    []struct{ Via string }
		}
	}
	o.get(t, "/corps/"+catchCorp+"/friends?userid=li&limit=1000", &platform)
	want, greeted := map[string]string{}, map[string]int{}
	for _, f := range platform.Items {
		want[f.External] = "friend"
		if f.OneSided {
			want[f.External] = "removed_by_customer"
		}
		for _, l := range f.Lines {
			if l.Via == "welcome" {
				greeted[f.External]++
			}
		}
	}
	if len(want) != 91 {
		t.Fatalf("the platform has %d friends", len(want))
	}
	got, sent, doubtful := map[string]string{}, map[string]int{}, map[string]int{}
	arrivals, events, added := map[string]int{}, map[string]int{}, map[string]int{}
	read := func(query string, scan func(a, b string, n int)) {
		t.Helper()
		if err := d.Read(t.Context(), db.AllOrgs, func(tx *db.Tx) error {
			return tx.Each(t.Context(), func(rows *sql.Rows) error {
				var a, b string
				var n int
				err := rows.Scan(&a, &b, &n)
				scan(a, b, n)
				return err
			}, query)
		}); err != nil {
			t.Fatal(err)
		}
	}
	read("SELECT external_id, status, 1 FROM carrier_contact", func(a, b string, _ int) { got[a] = b })
	read("SELECT external_id, status || ':' || reason, count(*) FROM carrier_welcome GROUP BY external_id, status, reason", func(a, b string, n int) {
		switch {
		case b == "sent:":
			sent[a] += n
		case strings.HasPrefix(b, "doubtful:") && b != "doubtful:":
			doubtful[a] += n
		case strings.HasPrefix(b, "missed:") && b != "missed:":
		default:
			t.Errorf("a welcome of %s is %q", a, b)
		}
	})
	read("SELECT person_id, kind, count(*) FROM timeline_event WHERE kind IN ('friend.added', 'channel.arrived') GROUP BY person_id, kind", func(a, b string, n int) {
		if b == "friend.added" {
			added[a] = n
		} else {
			arrivals[a] = n
		}
	})
	read("SELECT dedupe, event, count(*) FROM carrier_callback GROUP BY dedupe, event", func(_, b string, n int) { events[b] += n })
	for id, status := range want {
		if got[id] != status {
			t.Errorf("%s is %q here and %q on the platform", id, got[id], status)
		}
		if greeted[id] < sent[id] || greeted[id] > sent[id]+doubtful[id] {
			t.Errorf("%s: %d welcomes recorded as sent, %d as doubtful, %d arrived", id, sent[id], doubtful[id], greeted[id])
		}
	}
	if len(got) != len(want) || len(added) != len(want) {
		t.Errorf("%d contacts, %d persons arrived, %d friends on the platform", len(got), len(added), len(want))
	}
	total := 0
	for person, n := range added {
		total += n
		if arrivals[person] != n {
			t.Errorf("%s was added %d times and arrived %d times", person, n, arrivals[person])
		}
	}
	if total != 91+15 { // every sixth came back
		var told struct {
			Counts map[string]int64
			Items  []struct {
				State    string
				Attempts json.RawMessage
			}
		}
		o.get(t, "/callbacks?limit=2000", &told)
		for _, i := range told.Items {
			if i.State != "delivered" {
				t.Logf("a callback is %s after %s", i.State, i.Attempts)
			}
		}
		t.Errorf("%d arrivals, want 106; callbacks here: %v, of the platform: %v", total, events, told.Counts)
	}
}

func (o ocean) get(t *testing.T, path string, out any) {
	t.Helper()
	resp, err := http.Get(string(o) + "/control" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		t.Fatal(err)
	}
}

func (o ocean) request(t *testing.T, method, path, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, string(o)+"/control"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Fatalf("%s: %d", path, resp.StatusCode)
	}
}

// post is play for goroutines: it gives its error back.
func (o ocean) post(path, body string, out any) error {
	resp, err := http.Post(string(o)+"/control"+path, "application/json", strings.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 {
		return fmt.Errorf("%s %s: %d", path, body, resp.StatusCode)
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(out)
}
