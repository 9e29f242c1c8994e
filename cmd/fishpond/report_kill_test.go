package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"fishpond/internal/app"
	"fishpond/internal/org"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// Reports go out to staff while the server is killed again and again. Each mail
// arrives once or is told as doubtful, and a death leaves one mail of each
// report in doubt at most, for those of a report go one after the other.
func TestReportsSurviveBeingKilled(t *testing.T) {
	const staff, times = 12, 3
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			kills := howOften(t, 5)
			if e == db.Postgres {
				kills = howOften(t, 2) // a node is waited for before it is taken for dead
			}
			box, p, s, _ := startMailShop(t, e)
			session := s.client
			s.stop(t)
			to := map[string]string{} // addresses by staff id
			p.inside(t, func(ctx context.Context, a *app.App, orgID string) error {
				for i := range staff {
					one, err := a.Org.EnsureStaff(ctx, orgID, fmt.Sprint("Colleague ", i), fmt.Sprintf("c%d@shop.example", i), org.RoleOperator)
					if err != nil {
						return err
					}
					to[one.ID] = one.Email
				}
				return nil
			})
			var list []string
			for id := range to {
				list = append(list, id)
			}
			who, err := json.Marshal(list)
			if err != nil {
				t.Fatal(err)
			}
			s = p.serve(t)
			s.client = session
			var schedule struct{ ID string }
			if st := s.json(t, "POST", "/insight/report-schedules", `{"name":"Morning","pages":[{"page":"overview"}],"cadence":{"every":"daily","hour":8},"recipients":`+string(who)+`}`, &schedule); st != 201 {
				t.Fatalf("schedule: %d", st)
			}
			runs := "/insight/report-schedules/" + schedule.ID
			for i := range times {
				if st := s.json(t, "POST", runs+"/send", fmt.Sprintf(`{"key":"key-%05d"}`, i), nil); st/100 != 2 {
					t.Fatalf("send: %d", st)
				}
			}
			r := rand.New(rand.NewPCG(11, uint64(time.Now().UnixNano()))) //nolint:gosec // any time will do
			for k := range kills {
				due := (k + 1) * staff * times / (kills + 2)
				wait(t, fmt.Sprint(due, " mails"), func() bool { return box.count() >= due })
				time.Sleep(time.Duration(r.IntN(60)) * time.Millisecond) // any moment is what is meant
				end(s.cmd)
				p.laterReports(t)
				s = p.serve(t)
				s.client = session
			}
			var said struct {
				Items []struct {
					ID     string
					Status string
					Mails  []struct {
						StaffID string `json:"staff_id"`
						Status  string
					}
				}
			}
			wait(t, "the end of the reports", func() bool {
				if st := s.json(t, "GET", runs+"/runs", "", &said); st != 200 || len(said.Items) != times {
					t.Fatalf("runs: %d %+v", st, said)
				}
				for _, run := range said.Items {
					if run.Status != "done" {
						return false
					}
				}
				return true
			})
			s.stop(t)

			box.mu.Lock()
			defer box.mu.Unlock()
			for id, n := range box.got {
				if n != 1 {
					t.Errorf("%s arrived %d times", id, n)
				}
			}
			sent, doubtful := map[string]int{}, map[string]int{}
			all := 0
			for _, run := range said.Items {
				for _, m := range run.Mails {
					switch m.Status {
					case "sent":
						sent[to[m.StaffID]]++
					case "doubtful":
						doubtful[to[m.StaffID]]++
						all++
					default:
						t.Errorf("%s: %s", to[m.StaffID], m.Status)
					}
				}
			}
			for _, address := range to {
				if n := box.to[address]; sent[address]+doubtful[address] != times || n < sent[address] || n > times {
					t.Errorf("%s: %d sent, %d doubtful, %d arrived", address, sent[address], doubtful[address], n)
				}
			}
			if all > kills*times {
				t.Errorf("%d mails in doubt after %d deaths", all, kills)
			}
			t.Logf("%d of %d mails in doubt after %d deaths", all, staff*times, kills)
		})
	}
}

// laterReports lets half an hour go by for reports, while no server runs: what
// was begun before that is nobody's any more.
func (p place) laterReports(t *testing.T) {
	t.Helper()
	d := p.open(t)
	defer d.Close()
	const half = int64(30 * time.Minute / time.Microsecond)
	for _, query := range []string{
		"UPDATE insight_report_mail SET begun_at = begun_at - ? WHERE begun_at > 0",
		"UPDATE insight_report_run SET try_at = try_at - ?",
	} {
		if err := d.Write(t.Context(), db.AllOrgs, func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), query, half)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}
