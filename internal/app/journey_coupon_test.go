package app

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"fishpond/internal/carrier"
	"fishpond/internal/journey"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// Each message that holds a code gets one of its own, taken with the step; who comes
// after the last code is held back for it, and the others get theirs.
func TestJourneyGivesCodes(t *testing.T) {
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			h := newHouseWith(t, e, ServeConfig{})
			b := h.brand(t, "Ours")
			var pool, v struct {
				ID         string
				Problems   int
				ProblemsOf []journey.Problem `json:"problems_of"`
			}
			b.must(t, 201, "POST", "/coupon-pools", `{"name":"First","codes":"AAAAAAA1\nAAAAAAA2"}`, &pool)
			account, err := h.Carrier.Connect(access.With(t.Context(), access.ForSystem(b.id, "test")), carrier.NewAccount{Kind: "email", Name: "Mail", Values: map[string]string{"from": "tea@ours.example", "server": "smtp.ours.example:465", "user": "u", "password": "p"}})
			if err != nil {
				t.Fatal(err)
			}
			var people []string
			for i := range 3 {
				var p struct{ ID string }
				b.must(t, 201, "POST", "/persons", fmt.Sprintf(`{"name":"P%d","identities":[{"kind":"email","value":"p%d@x.example"}]}`, i, i), &p)
				people = append(people, p.ID)
			}
			b.must(t, 201, "POST", "/journeys", `{"name":"Codes"}`, &v)
			spec := func(pool string) string {
				return `{"entry":{"kind":"manual"},"frequency":{"kind":"again","days":0},"purpose":"service","account_ids":["` + account.ID + `"],"graph":{"steps":[
				{"id":"give","kind":"message","message":{"text":"Yours: {{ coupon }}","coupon_pool_id":"` + pool + `"},"next":"out"},{"id":"out","kind":"exit"}]}}`
			}
			b.must(t, 200, "PUT", "/journeys/"+v.ID+"/draft", `{"name":"Codes","revision":1,"spec":`+spec("cpl_gone")+`}`, &v)
			if v.Problems != 1 || !strings.Contains(v.ProblemsOf[0].Text, "券池") {
				t.Errorf("a pool that is not there: %+v", v)
			}
			b.must(t, 200, "PUT", "/journeys/"+v.ID+"/draft", `{"name":"Codes","revision":2,"spec":`+spec(pool.ID)+`}`, &v)
			b.must(t, 200, "POST", "/journeys/"+v.ID+"/publish", `{"revision":3}`, nil)
			ids, err := json.Marshal(people)
			if err != nil {
				t.Fatal(err)
			}
			b.must(t, 200, "POST", "/journeys/"+v.ID+"/enter", `{"person_ids":`+string(ids)+`}`, nil)
			taken := &takenLetters{Outbox: h.Journeys.Outbox}
			h.Journeys.Outbox = taken
			for range 2 {
				testkit.Must(t, h.Journeys.TickOrg(t.Context(), b.id))
			}
			var codes struct {
				Items []struct {
					Code     string
					PersonID string `json:"person_id"`
				}
			}
			b.must(t, 200, "GET", "/coupon-pools/"+pool.ID+"/codes?state=taken", "", &codes)
			if len(codes.Items) != 2 || codes.Items[0].PersonID == codes.Items[1].PersonID || codes.Items[0].PersonID == "" {
				t.Errorf("%+v", codes)
			}
			// What the outbox is to send is each one's own.
			var to []journey.Reader
			for _, r := range taken.got {
				to = append(to, journey.Reader{PersonID: r.PersonID, Mail: true, Data: r.Data})
			}
			var got []string
			for _, m := range h.Journeys.Render(t.Context(), b.id, v.ID, to) {
				if m.Err != nil {
					got = append(got, "held")
					continue
				}
				got = append(got, m.Parts[0].Text)
			}
			joined := strings.Join(got, "|")
			if len(got) != 3 || strings.Count(joined, "Yours: AAAAAAA1") != 1 || strings.Count(joined, "Yours: AAAAAAA2") != 1 || strings.Count(joined, "held") != 1 {
				t.Errorf("%q", got)
			}
		})
	}
}

// takenLetters notes what is handed to the outbox.
type takenLetters struct {
	journey.Outbox
	got []journey.Recipient
}

func (l *takenLetters) Add(ctx context.Context, tx *db.Tx, orgID, planID string, r []journey.Recipient) error {
	l.got = append(l.got, r...)
	return l.Outbox.Add(ctx, tx, orgID, planID, r)
}
