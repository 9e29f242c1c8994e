package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

const signIn = `{"email":"ann@shop.example","password":"correct horse battery"}`

// segmentStatus is what /segments/status says.
type segmentStatus struct {
	Position, Behind int64
	Settled          bool
	Error            string
	LoadedFrom       string `json:"loaded_from"`
	Drift            []json.RawMessage
	ReconciledAt     *time.Time `json:"reconciled_at"`
}

// waitSegments waits until the index has read all facts and everybody who
// entered or left is recorded.
func (s *server) waitSegments(t *testing.T, until func(segmentStatus) bool) segmentStatus {
	t.Helper()
	s.waitSettled(t)
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(30 * time.Millisecond) { // polling another process
		var st segmentStatus
		if code := s.json(t, "GET", "/segments/status", "", &st); code != 200 {
			t.Fatalf("status: %d\n%s", code, s.stderr)
		}
		if st.Behind == 0 && st.Settled && until(st) {
			return st
		}
		if time.Now().After(deadline) {
			t.Fatalf("segments stay %+v\n%s", st, s.stderr)
		}
	}
}

// A server that is killed again and again while events stream in ends with an
// index that says what SQL says, and with every entering and leaving told
// once.
func TestSegmentsSurviveBeingKilled(t *testing.T) {
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			p := newPlace(t, e)
			s := p.serve(t)
			s.setUp(t)
			// Stages learned from the data move people at a moment of their own choosing,
			// also between a segment's size being told and the log being read.
			if st := s.json(t, "PUT", "/lifecycle/settings", `{"silent_days":20,"lost_days":35}`, nil); st != 200 {
				t.Fatalf("stages: %d", st)
			}
			var first struct{ ID string }
			for i, text := range []string{
				"gmv > 300", "did order.paid >= 3 in 30d", "not did page.viewed in 10d", "did page.viewed where (path = \"/a\") >= 2 in 30d",
				"segment:S0 and region in (山东, 河南)", "stage = repeat and not segment:S2", "random 30% salt x and has identity phone",
			} {
				var out struct{ ID string }
				if st := s.json(t, "POST", "/segments", fmt.Sprintf(`{"name":"S%d","text":%q}`, i, text), &out); st != 201 {
					t.Fatalf("segment %s: %d", text, st)
				}
				if i == 0 {
					first = out
				}
			}
			r := rand.New(rand.NewPCG(5, uint64(len(e))))
			const kills = 6
			for round := range kills {
				stream(t, s, r, round)
				if round == 2 { // once in order and at rest, so that the next start has a snapshot
					s.waitSegments(t, func(segmentStatus) bool { return true })
					s.stop(t)
				} else {
					_ = s.cmd.Process.Kill()
					_ = s.cmd.Wait()
				}
				s = p.serve(t)
				if st := s.json(t, "POST", "/auth/sign-in", signIn, nil); st != 200 {
					t.Fatalf("sign-in: %d", st)
				}
			}
			if st := s.json(t, "PUT", "/segments/"+first.ID+"/predicate", `{"text":"gmv > 500","version":1}`, nil); st != 200 {
				t.Fatalf("edit: %d", st)
			}
			before := s.waitSegments(t, func(segmentStatus) bool { return true })
			if before.LoadedFrom != "snapshot" {
				t.Errorf("the last start built the index from %s\n%s", before.LoadedFrom, s.stderr)
			}
			if st := s.json(t, "POST", "/segments/reconcile", "", nil); st/100 != 2 {
				t.Fatalf("reconcile: %d", st)
			}
			after := s.waitSegments(t, func(st segmentStatus) bool {
				return st.ReconciledAt != nil && (before.ReconciledAt == nil || st.ReconciledAt.After(*before.ReconciledAt))
			})
			if len(after.Drift) > 0 || after.Position == 0 {
				t.Errorf("reconciled: %+v", after)
			}
			sizes := map[string]int64{}
			var list struct {
				Items []struct {
					ID, Name string
					Size     int64
				}
			}
			if st := s.json(t, "GET", "/segments?limit=50", "", &list); st != 200 || len(list.Items) != 7 {
				t.Fatalf("segments: %d %+v", st, list)
			}
			for _, item := range list.Items {
				sizes[item.ID] = item.Size
			}
			s.stop(t)
			p.checkMoves(t, sizes)
		})
	}
}

// stream sends events about a few hundred people until the server has taken
// some, and leaves a request on its way.
func stream(t *testing.T, s *server, r *rand.Rand, round int) {
	t.Helper()
	batches := 4 + r.IntN(5)
	for i := range batches + 1 {
		var events []string
		for range 60 {
			who := r.IntN(250)
			at := time.Now().Add(-time.Duration(r.IntN(40*24)) * time.Hour).UTC().Format(time.RFC3339)
			phone := fmt.Sprintf(`"identities":[{"kind":"phone","value":"139%08d"}],"occurred_at":%q`, who, at)
			if r.IntN(2) == 0 {
				events = append(events, fmt.Sprintf(`{"kind":"order.paid",%s,"data":{"order_id":"o%d","amount_minor":%d,"currency":"CNY","region":%q}}`,
					phone, r.Uint32(), r.IntN(30000), []string{"山东", "河南", "上海"}[who%3]))
			} else {
				events = append(events, fmt.Sprintf(`{"kind":"page.viewed",%s,"data":{"path":"/%c"}}`, phone, 'a'+rune(r.IntN(3))))
			}
		}
		body := `{"events":[` + strings.Join(events, ",") + `]}`
		if i == batches { // on its way while the process dies: taken or not, both are well
			req, err := http.NewRequestWithContext(t.Context(), "POST", s.ready.URL+"/api/v1/events/batch", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			sent := make(chan struct{})
			go func() {
				defer close(sent)
				if resp, err := s.client.Do(req); err == nil {
					_ = resp.Body.Close()
				}
			}()
			t.Cleanup(func() { <-sent })
			return
		}
		if st := s.json(t, "POST", "/events/batch", body, nil); st != 200 {
			t.Fatalf("round %d: events: %d", round, st)
		}
	}
}

// checkMoves reads from the log who entered and left: in turns, and in the end
// as many are in as the segment says.
func (p place) checkMoves(t *testing.T, sizes map[string]int64) {
	t.Helper()
	d := p.open(t)
	defer d.Close()
	in := map[string]bool{}
	moves, inside := 0, map[string]int64{}
	if err := d.Read(t.Context(), db.AllOrgs, func(tx *db.Tx) error {
		order := "seq"
		if tx.Engine() == db.Postgres {
			order = "xid, seq"
		}
		return tx.Each(t.Context(), func(rows *sql.Rows) error {
			var kind, person string
			var data []byte
			if err := rows.Scan(&kind, &person, &data); err != nil {
				return err
			}
			var e struct {
				SegmentID string `json:"segment_id"`
			}
			if err := json.Unmarshal(data, &e); err != nil {
				return err
			}
			moves++
			key := e.SegmentID + " " + person
			entered := kind == "segment.entered"
			if in[key] == entered {
				t.Errorf("%s: %s twice in a row", key, kind)
			}
			in[key] = entered
			if entered {
				inside[e.SegmentID]++
			} else {
				inside[e.SegmentID]--
			}
			return nil
		}, "SELECT kind, person_id, data FROM timeline_event WHERE kind IN ('segment.entered', 'segment.left') ORDER BY "+order)
	}); err != nil {
		t.Fatal(err)
	}
	if moves < 300 {
		t.Errorf("only %d moves: too few to say anything", moves)
	}
	for id, size := range sizes {
		if inside[id] != size {
			t.Errorf("segment %s has %d members, the log tells of %d", id, size, inside[id])
		}
	}
}
