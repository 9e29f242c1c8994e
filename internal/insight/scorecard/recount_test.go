package scorecard

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/followup/followupevent"
	"fishpond/internal/insight/follow"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/survey/surveyevent"
	"fishpond/internal/timeline"
)

// recount reads the log once, as plainly as possible.
func recount(events []timeline.Event, zone *time.Location, month int64) (f Facts) {
	speaker := map[string]string{}
	for _, e := range events {
		if e.Kind == poolevent.Merged || e.Kind == poolevent.Split {
			var m poolevent.Merge
			if err := json.Unmarshal(e.Data, &m); err != nil {
				panic(err)
			}
			for _, id := range m.Members {
				speaker[id] = map[string]string{poolevent.Merged: m.WinnerID, poolevent.Split: m.LoserID}[e.Kind]
			}
		}
	}
	who := func(id string) string {
		if s := speaker[id]; s != "" {
			return s
		}
		return id
	}
	first, ids, sent, chats := map[string]bool{}, map[string]map[string]int{}, map[string]int{}, map[string]int{}
	met := map[string]map[string]bool{}
	asked := map[string]time.Time{}
	scene := map[string]string{carrierevent.MessageReceived: "chat", carrierevent.PageViewed: "page", "message.opened": "page", mallevent.OrderPaid: "order", surveyevent.Answered: "survey", carrierevent.FriendAdded: "met"}
	for _, e := range events {
		if e.PersonID == "" || e.Kind == poolevent.Merged || e.Kind == poolevent.Split {
			continue
		}
		m := int64(e.OccurredAt.In(zone).Year())*12 + int64(e.OccurredAt.In(zone).Month()) - 1
		in := func(m int64) bool { return m <= month && m > month-3 }
		p := who(e.PersonID)
		var d struct {
			Automatic   bool   `json:"automatic"`
			Kind        string `json:"kind"`
			AmountMinor int64  `json:"amount_minor"`
			Currency    string `json:"currency"`
		}
		if err := json.Unmarshal(e.Data, &d); err != nil {
			panic(err)
		}
		if m <= month {
			first[p] = true
		}
		switch e.Kind {
		case poolevent.IdentityAdded:
			if m <= month && d.Kind != "cookie" && d.Kind != "device" {
				if ids[p] == nil {
					ids[p] = map[string]int{}
				}
				ids[p][d.Kind]++
			}
		case carrierevent.MessageSent:
			if in(m) {
				sent[p]++
			}
			if q, open := asked[e.PersonID]; open && !e.OccurredAt.Before(q) {
				if qm := int64(q.In(zone).Year())*12 + int64(q.In(zone).Month()) - 1; in(qm) && e.OccurredAt.Sub(q) <= 30*time.Minute {
					f.Quick++
				}
				delete(asked, e.PersonID)
			}
		case carrierevent.MessageReceived:
			if d.Automatic {
				continue
			}
			if in(m) {
				chats[p]++
			}
			if q, open := asked[e.PersonID]; !open || e.OccurredAt.Sub(q) >= 24*time.Hour {
				asked[e.PersonID] = e.OccurredAt
				if in(m) {
					f.Asked++
				}
			}
		case followupevent.Done:
			if in(m) {
				f.Done++
			}
		case mallevent.OrderPaid:
			if in(m) {
				f.Orders++
				if d.Currency == "CNY" {
					f.GMVMinor += d.AmountMinor
				}
			}
		case mallevent.OrderRefunded:
			if in(m) {
				f.RefundedMinor += d.AmountMinor
			}
		}
		if s := scene[e.Kind]; s != "" && in(m) {
			if met[p] == nil {
				met[p] = map[string]bool{}
			}
			met[p][s] = true
		}
	}
	f.Persons = int64(len(first))
	for _, kinds := range ids {
		f.One++
		if len(kinds) > 1 {
			f.Two++
		}
	}
	for p, n := range sent {
		f.Written++
		if n > 1 {
			f.Often++
		}
		if chats[p] > 0 {
			f.Talked++
		}
	}
	for _, s := range met {
		f.Active++
		if len(s) > 1 {
			f.Varied++
		}
	}
	return f
}

func TestFactsAgreeWithARecountOfTheLog(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			w.org = fmt.Sprintf("org_%d", n)
			zone, err := time.LoadLocation(rapid.SampledFrom([]string{"UTC", "Asia/Shanghai", "America/New_York"}).Draw(rt, "zone"))
			if err != nil {
				rt.Fatal(err)
			}
			w.zone = zone
			people := []string{"per_a", "per_b", "per_c", "per_d"}
			alone := slices.Clone(people)
			var joined [][2]string
			for range rapid.IntRange(1, 40).Draw(rt, "events") {
				p := rapid.SampledFrom(append(people, "")).Draw(rt, "person")
				// Close to the turn of a month, where zones matter, and close to each other.
				when := time.Date(2026, time.Month(rapid.IntRange(1, 6).Draw(rt, "month")), 1, rapid.IntRange(-9, 9).Draw(rt, "hour"), rapid.IntRange(0, 59).Draw(rt, "minute"), 0, 0, time.UTC)
				kind := rapid.SampledFrom([]string{"sent", "sent", "asked", "asked", "page", "order", "refund", "identity", "survey", "friend", "done", "merge", "split"}).Draw(rt, "what")
				switch kind {
				case "sent":
					w.tell(fact(carrierevent.MessageSent, p, when, nil))
				case "asked":
					w.tell(fact(carrierevent.MessageReceived, p, when, map[string]any{"automatic": rapid.IntRange(0, 9).Draw(rt, "automatic") == 0}))
				case "page":
					w.tell(fact(rapid.SampledFrom([]string{carrierevent.PageViewed, "message.opened"}).Draw(rt, "page"), p, when, nil))
				case "order":
					w.tell(order(p, when, rapid.Int64Range(0, 1000).Draw(rt, "amount"), rapid.SampledFrom([]string{"CNY", "CNY", "USD"}).Draw(rt, "currency")))
				case "refund":
					w.tell(fact(mallevent.OrderRefunded, p, when, mallevent.Refund{RefundID: "r", AmountMinor: rapid.Int64Range(0, 1000).Draw(rt, "amount"), Currency: "CNY"}))
				case "identity":
					w.tell(fact(poolevent.IdentityAdded, p, when, identityOf(rapid.SampledFrom([]string{"phone", "email", "unionid", "cookie"}).Draw(rt, "kind"))))
				case "survey":
					w.tell(fact(surveyevent.Answered, p, when, nil))
				case "friend":
					w.tell(fact(carrierevent.FriendAdded, p, when, nil))
				case "done":
					w.tell(fact(followupevent.Done, p, when, nil))
				case "merge":
					if len(alone) > 1 {
						joined = append(joined, [2]string{alone[0], alone[len(alone)-1]})
						w.tell(merged(poolevent.Merged, alone[0], alone[len(alone)-1]))
						alone = alone[:len(alone)-1]
					}
				case "split":
					if len(joined) > 0 {
						j := joined[len(joined)-1]
						joined, alone = joined[:len(joined)-1], append(alone, j[1])
						w.tell(merged(poolevent.Split, j[0], j[1]))
					}
				}
			}
			events := w.events()
			agree := func(when string) {
				for m := int64(2025*12 + 11); m < 2026*12+6; m++ {
					if got, want := w.facts(m), recount(events, zone, m); got != want {
						rt.Fatalf("%s, %s: got %+v, want %+v", when, follow.MonthName(m), got, want)
					}
				}
			}
			agree("live")
			if err := w.runner.Rebuild(t.Context(), SubscriberName, w.org); err != nil {
				rt.Fatal(err)
			}
			agree("rebuilt")
		})
	})
}
