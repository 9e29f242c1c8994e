package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/testkit"
)

// The demo brand lives on the simulator: people who scan its codes arrive with
// their channel and are welcomed, also after both were started anew under
// other addresses, and after the platform has forgotten everything.
func TestDemoBrandLivesOnTheSimulator(t *testing.T) {
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			p := newPlace(t, e)
			demo := []string{"demo", "--persons", "60", "--simulator", "127.0.0.1:0"}

			s := p.start(t, demo...)
			s.signIn(t)
			before := s.arrived(t, 24)
			codes := s.codes(t)
			if len(codes) != 4 {
				t.Fatalf("live codes: %+v", codes)
			}
			s.talks(t)
			s.stop(t)

			s = p.start(t, demo...)
			s.signIn(t)
			var accounts struct {
				Items []struct{ Kind, Status string }
			}
			s.json(t, "GET", "/carriers/accounts", "", &accounts)
			var have []string
			for _, a := range accounts.Items {
				have = append(have, a.Kind+" "+a.Status)
			}
			slices.Sort(have)
			if want := []string{"email active", "web active", "wecom active"}; !slices.Equal(have, want) {
				t.Errorf("accounts after a restart: %v, want %v", have, want)
			}
			s.talks(t) // not twice
			if again := s.codes(t); len(again) != 4 || again[0] != codes[0] {
				t.Errorf("live codes after a restart: %+v, before %+v", again, codes)
			}
			var made struct{ Items []struct{ ID string } }
			sea := ocean(s.ready.Simulator)
			sea.play(t, "/customers", `{"name":"林小满"}`, &made)
			sea.play(t, "/scan", `{"customer":"`+made.Items[0].ID+`","code":"`+codes[0]+`"}`, nil)
			if now := s.arrived(t, before+1); now != before+1 {
				t.Errorf("%d arrivals, want %d", now, before+1)
			}
			sea.asks(t, "/customers/"+made.Items[0].ID, func(body string) bool {
				return strings.Contains(body, "林小满，您好！我是") && !strings.Contains(body, "我是，") // by a name that the platform does not tell
			})
			_ = s.cmd.Process.Kill()
			_ = s.cmd.Wait()

			if err := os.Remove(filepath.Join(p.dir, "ocean.json")); err != nil {
				t.Fatal(err)
			}
			s = p.start(t, demo...)
			s.signIn(t)
			s.arrived(t, before+1+24)
			if again := s.codes(t); len(again) != 4 || again[0] == codes[0] {
				t.Errorf("live codes on a new platform: %+v, before %+v", again, codes)
			}
			s.stop(t)
		})
	}
}

// talks checks the conversations of the brand's site: a person each, some
// answered.
func (s *server) talks(t *testing.T) {
	t.Helper()
	var list struct {
		Items []struct {
			PersonID string     `json:"person_id"`
			Waiting  *time.Time `json:"waiting_since"`
		}
	}
	s.json(t, "GET", "/inbox/conversations?limit=100", "", &list)
	persons, waiting := map[string]bool{}, 0
	for _, c := range list.Items {
		if persons[c.PersonID] = true; c.Waiting != nil {
			waiting++
		}
	}
	if len(list.Items) != 12 || len(persons) != 12 || waiting != 7 {
		t.Errorf("%d conversations of %d persons, %d wait", len(list.Items), len(persons), waiting)
	}
}

// arrived waits until so many people have come by a live code, and returns how
// many have.
func (s *server) arrived(t *testing.T, n int) (have int) {
	t.Helper()
	type arrivals struct {
		Items []struct {
			CodeID     string `json:"code_id"`
			EntranceID string `json:"entrance_id"`
		}
	}
	deadline := time.Now().Add(60 * time.Second)
	for {
		var a arrivals
		if st := s.json(t, "GET", "/arrivals?limit=100", "", &a); st != 200 {
			t.Fatalf("arrivals: %d", st)
		}
		have = 0
		for _, i := range a.Items {
			if i.CodeID != "" && i.EntranceID != "" {
				have++
			}
		}
		if have >= n {
			return have
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d people have arrived\n%s", have, n, s.stderr)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// codes are what the live codes' pictures hold, by name.
func (s *server) codes(t *testing.T) (out []string) {
	t.Helper()
	var list struct {
		Items []struct {
			QRURL string `json:"qr_url"`
		}
	}
	if st := s.json(t, "GET", "/codes", "", &list); st != 200 {
		t.Fatalf("codes: %d", st)
	}
	for _, c := range list.Items {
		_, path, _ := strings.Cut(strings.TrimPrefix(c.QRURL, "http://"), "/")
		out = append(out, "/"+path)
	}
	return out
}

// ocean is the address of a simulator.
type ocean string

// play does something on the simulator.
func (o ocean) play(t *testing.T, path, body string, out any) {
	t.Helper()
	if err := o.post(path, body, out); err != nil {
		t.Fatal(err)
	}
}

// asks waits until an answer of the simulator is as it should be.
func (o ocean) asks(t *testing.T, path string, good func(body string) bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		resp, err := http.Get(string(o) + "/control" + path)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if good(string(data)) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %s", path, data)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (s *server) signIn(t *testing.T) {
	t.Helper()
	if st := s.json(t, "POST", "/auth/sign-in", `{"email":"`+s.ready.Email+`","password":"`+s.ready.Password+`"}`, nil); st != 200 {
		t.Fatalf("sign-in: %d", st)
	}
}
