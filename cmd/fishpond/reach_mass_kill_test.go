package main

import (
	"context"
	"fmt"
	"math/rand/v2"
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

// massPlaces are where a server that asks members is killed, in turn; empty: at
// any moment.
var massPlaces = []string{"reach.claimed", "mass.asking", "reach.recording", "mass.asked", "reach.telling", "reach.asked", "", "reach.handed", "reach.burying", "reach.recorded", "reach.told"}

// Two plans for the same customers go over WeCom while the server is killed at
// the worst places, also just after members were asked. Each customer is asked
// for once, nobody is left out, none is in doubt, and what members confirmed is
// known of everybody.
func TestAskingSurvivesBeingKilled(t *testing.T) {
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			each, kills := 60, howOften(t, 8)
			if kills > 50 {
				each = 1000 // what the simulator lists at once
			}
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
			who := sea.friends(t, each)
			session := s.client
			s.stop(t)
			p.inside(t, func(ctx context.Context, a *app.App, orgID string) error {
				for _, id := range []string{"pln_1", "pln_2"} {
					var all []reach.Recipient
					for external, user := range who {
						all = append(all, reach.Recipient{PersonID: "per_" + external, Data: fmt.Appendf(nil, `{"text":%q}`, id),
							Addresses: []reach.Address{{AccountID: account.ID, Carrier: "wecom", To: carrier.MassAddress(user, external)}}})
					}
					if err := a.DB.Write(ctx, orgID, func(tx *db.Tx) error {
						if err := a.Reach.CreatePlan(ctx, tx, reach.Plan{ID: id, OrgID: orgID, Origin: reach.PlainOrigin, Purpose: gate.Marketing, Title: "Tea"}); err != nil {
							return err
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
			r := rand.New(rand.NewPCG(13, uint64(time.Now().UnixNano()))) //nolint:gosec // any time will do
			deaths := map[string]int{}
			for k := range kills {
				at := massPlaces[k%len(massPlaces)]
				l := p.live(t, at, 1+r.IntN(2), session)
				for end := time.Now().Add(time.Duration(50+r.IntN(900)) * time.Millisecond); !l.dead() && time.Now().Before(end); {
					time.Sleep(time.Millisecond) // another process is at work
				}
				l.kill()
				deaths[l.diedAt(at)]++
				if k%3 == 2 {
					sea.confirmAll(t)
				}
			}
			s = p.serve(t)
			s.client = session
			s.settled(t, "pln_1", "pln_2")
			s.stop(t)
			p.finishMass(t, sea)
			if shanghaiDay() != day {
				t.Skip("a new day has begun in Shanghai: whoever got one yesterday may get another")
			}
			asked := map[string]int{}
			for _, m := range sea.masses(t) {
				for _, task := range m.Tasks {
					for _, x := range task.Sends {
						asked[x.To]++
						if x.Status != 1 {
							t.Errorf("%s: %d", x.To, x.Status)
						}
					}
				}
			}
			fates, states := p.fates(t), map[string]int{}
			for external, user := range who {
				to := carrier.MassAddress(user, external)
				one, two := fates[[2]string{to, "pln_1"}], fates[[2]string{to, "pln_2"}]
				states[one]++
				states[two]++
				if asked[external] != 1 || strings.Count(one+two, "sent") != 1 || strings.Count(one+two, "waiting:") != 1 {
					t.Errorf("%s: asked for %d times; %s and %s", external, asked[external], one, two)
				}
			}
			t.Logf("killed at %v; %v in %d tasks", deaths, states, len(sea.masses(t)))
		})
	}
}

// friends gives two members so many customers each: customer → member.
func (o ocean) friends(t *testing.T, each int) map[string]string {
	t.Helper()
	who := map[string]string{}
	for _, user := range []string{"li", "wu"} {
		o.play(t, "/corps/"+catchCorp+"/contacts", fmt.Sprintf(`{"count":%d,"users":[%q],"from":1700000000,"to":1770000000}`, each, user), nil)
		var friends struct {
			Items []struct {
				ID string `json:"external_userid"`
			}
		}
		o.get(t, fmt.Sprintf("/corps/%s/friends?limit=%d&userid=%s", catchCorp, each, user), &friends)
		for _, f := range friends.Items {
			who[f.ID] = user
		}
	}
	if len(who) != 2*each {
		t.Fatalf("%d customers", len(who))
	}
	return who
}
