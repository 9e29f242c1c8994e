package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"fishpond/internal/app"
	"fishpond/internal/carrier"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/reach"
	"fishpond/internal/reach/gate"
)

// oneADay is what the corp lets its customers get of mass messages; nothing else
// holds anybody back.
const oneADay = `{"opt_in":[],"quiet_hours":{"enabled":false,"from":"21:00","to":"09:00","exempt":[]},"caps":[],"wecom_per":"day",
	"attention":{"enabled":false,"size":1,"per_day":0,"reply":0,"order":0},"rates":[]}`

// simMass is a mass message as the platform has it.
type simMass struct {
	MsgID string `json:"msgid"`
	Tasks []struct {
		UserID   string `json:"userid"`
		SendTime int64  `json:"send_time"`
		Sends    []struct {
			To     string `json:"to"`
			Status int    `json:"status"`
		} `json:"sends"`
	} `json:"tasks"`
}

func (o ocean) masses(t *testing.T) []simMass {
	t.Helper()
	var list struct{ Items []simMass }
	o.get(t, "/corps/"+catchCorp+"/masses", &list)
	return list.Items
}

// confirmAll has the members send whatever waits for them.
func (o ocean) confirmAll(t *testing.T) {
	t.Helper()
	for _, m := range o.masses(t) {
		for _, task := range m.Tasks {
			if task.SendTime == 0 {
				if err := o.post("/corps/"+catchCorp+"/confirm_mass", fmt.Sprintf(`{"id":%q,"userid":%q}`, m.MsgID, task.UserID), nil); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// Two plans for the same people go over WeCom while the server is killed again
// and again and answers of the platform are lost, come late or say that the token
// has ended. Each customer is asked for exactly once, which is as often as the
// platform lets them be on a day; nobody is left out; what the members confirmed
// is known of everybody.
func TestMassMessagesSurviveBeingKilled(t *testing.T) {
	const each, texts, kills = 150, 4, 5
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			day := shanghaiDay()
			sea, p, s := startShop(t, e)
			_, secret := sea.appOf(t, "customers")
			var account struct{ ID string }
			if st := s.json(t, "POST", "/carriers/accounts", fmt.Sprintf(`{"kind":"wecom","name":"Shop","values":{"corp_id":%q,"secret":%q,"callback_token":%q,"callback_key":%q,"base_url":%q}}`,
				catchCorp, secret, catchToken, catchKey, string(sea)), &account); st != 201 {
				t.Fatalf("connect: %d", st)
			}
			if st := s.json(t, "PUT", "/reach/settings", oneADay, nil); st != 200 {
				t.Fatalf("settings: %d", st)
			}
			sea.play(t, "/corps/"+catchCorp+"/mass_rule", `{"name":"day"}`, nil)
			who := map[string]string{} // customer → member
			for _, user := range []string{"li", "wu"} {
				sea.play(t, "/corps/"+catchCorp+"/contacts", fmt.Sprintf(`{"count":%d,"users":[%q],"from":1700000000,"to":1770000000}`, each, user), nil)
				var friends struct {
					Items []struct {
						ID string `json:"external_userid"`
					}
				}
				sea.get(t, "/corps/"+catchCorp+"/friends?limit=1000&userid="+user, &friends)
				for _, f := range friends.Items {
					who[f.ID] = user
				}
			}
			if len(who) != 2*each {
				t.Fatalf("%d customers", len(who))
			}
			session := s.client
			s.stop(t)
			p.inside(t, func(ctx context.Context, a *app.App, orgID string) error {
				for _, id := range []string{"pln_1", "pln_2"} {
					if err := a.DB.Write(ctx, orgID, func(tx *db.Tx) error {
						if err := a.Reach.CreatePlan(ctx, tx, reach.Plan{ID: id, OrgID: orgID, Origin: reach.PlainOrigin, Purpose: gate.Marketing, Title: "Tea"}); err != nil {
							return err
						}
						var all []reach.Recipient
						n := 0
						for external, user := range who {
							n++
							all = append(all, reach.Recipient{PersonID: "per_" + external, Data: fmt.Appendf(nil, `{"text":"%s %d"}`, id, n%texts),
								Addresses: []reach.Address{{AccountID: account.ID, Carrier: "wecom", To: carrier.MassAddress(user, external)}}})
						}
						if err := a.Reach.Add(ctx, tx, orgID, id, all); err != nil {
							return err
						}
						return a.Reach.Start(ctx, tx, orgID, id)
					}); err != nil {
						return err
					}
				}
				return nil
			})
			for _, f := range []string{`{"kind":"slow","path":"externalcontact/add_msg_template","seconds":0.15}`, `{"kind":"reset_after","path":"externalcontact/add_msg_template","times":3}`,
				`{"kind":"http_status","status":502,"path":"externalcontact/add_msg_template","times":2}`, `{"kind":"errcode","code":42001,"path":"externalcontact/*","times":2}`, `{"kind":"errcode","code":-1,"path":"externalcontact/*","times":2}`} {
				sea.play(t, "/faults", f, nil)
			}
			s = p.serve(t)
			began := time.Now()
			s = killed(s, kills, uint64(len(e)), func(k int) bool { // each at another point of the way
				return len(sea.masses(t)) >= 1+k*2 || time.Since(began) > time.Duration(k+1)*4*time.Second
			}, func() *server { return p.serve(t) })
			s.client = session
			s.settled(t, "pln_1", "pln_2")
			s.stop(t)
			sea.request(t, "DELETE", "/faults", "")
			p.finishMass(t, sea)

			asked, sent := map[string]int{}, map[string]int{}
			for _, m := range sea.masses(t) {
				for _, task := range m.Tasks {
					for _, x := range task.Sends {
						asked[x.To]++
						if x.Status == 1 {
							sent[x.To]++
						}
						if x.Status > 1 {
							t.Errorf("%s: the platform refused it: %d", x.To, x.Status)
						}
					}
				}
			}
			if shanghaiDay() != day {
				t.Skip("a new day has begun in Shanghai: whoever got one yesterday may get another")
			}
			fates, states := p.fates(t), map[string]int{}
			for external, user := range who {
				to := carrier.MassAddress(user, external)
				one, two := fates[[2]string{to, "pln_1"}], fates[[2]string{to, "pln_2"}]
				states[one]++
				states[two]++
				if asked[external] != 1 || sent[external] != 1 || strings.Count(one+two, "sent") != 1 || strings.Count(one+two, "waiting:") != 1 {
					t.Errorf("%s: asked for %d times, sent %d times; %s and %s", external, asked[external], sent[external], one, two)
				}
			}
			t.Log(states, len(sea.masses(t)), "tasks")
		})
	}
}

// finishMass sees to what waits for members, as a server would in a while: each
// looks, and nothing rests.
func (p place) finishMass(t *testing.T, sea ocean) {
	t.Helper()
	p.within(t, app.ServeConfig{Platforms: []string{string(sea)}}, func(ctx context.Context, a *app.App, orgID string) error {
		for range 40 {
			open := 0
			if err := a.DB.Write(ctx, orgID, func(tx *db.Tx) error {
				if err := tx.QueryRow(ctx, "SELECT count(*) FROM carrier_mass WHERE org_id = ? AND status IN ('gathering', 'asking', 'asked')", orgID).Scan(&open); err != nil {
					return err
				}
				_, err := tx.Exec(ctx, "UPDATE carrier_mass SET next_at = 0, called_at = CASE WHEN called_at > 0 THEN since - 30000000 ELSE 0 END WHERE org_id = ? AND status IN ('gathering', 'asking', 'asked')", orgID)
				return err
			}); err != nil || open == 0 {
				return err
			}
			if err := a.Carrier.Tick(ctx); err != nil {
				return err
			}
			sea.confirmAll(t)
		}
		var left []string
		if err := a.DB.Read(ctx, orgID, func(tx *db.Tx) error {
			return tx.Each(ctx, func(rows *sql.Rows) error {
				var one string
				err := rows.Scan(&one)
				left = append(left, one)
				return err
			}, "SELECT status || ' ' || attempts || ' ' || size || ' ' || msgid || ' ' || code || ' ' || error_en || ' ' || confirmed_at FROM carrier_mass WHERE org_id = ? AND status IN ('gathering', 'asking', 'asked')", orgID)
		}); err != nil {
			return err
		}
		return fmt.Errorf("these still wait for members: %q", left)
	})
}

func shanghaiDay() string {
	return time.Now().In(time.FixedZone("CST", 8*3600)).Format(time.DateOnly)
}
