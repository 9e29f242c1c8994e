package inbox

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/timeline"
)

// Whatever the order in which facts come, and however often: the conversations
// are the same. So they are when they are made again from the log.
func TestOrderAndDuplicatesLeaveNoTrace(t *testing.T) {
	for _, engine := range testkit.Engines {
		t.Run(string(engine), func(t *testing.T) {
			checks := 12
			if engine == db.Postgres {
				checks = 4
			}
			for seed := range checks {
				facts := rapid.Custom(drawFacts).Example(seed)
				var want string
				for round := range 3 {
					w := newWorld(t, testkit.Open(t, engine, schema))
					order := facts
					if round > 0 {
						order = rapid.Custom(func(rt *rapid.T) []timeline.Fact {
							out := rapid.Permutation(facts).Draw(rt, "order")
							return append(out, rapid.SliceOfN(rapid.SampledFrom(facts), 0, 10).Draw(rt, "again")...)
						}).Example(seed*10 + round)
					}
					for i := 0; i < len(order); i += 7 {
						w.tell(order[i:min(i+7, len(order))]...)
						if round != 2 { // else all at once
							w.catchUp()
						}
					}
					w.catchUp()
					got := w.state()
					if round == 0 {
						want = got
					}
					if got != want {
						t.Fatalf("seed %d, round %d:\n%s\nnot:\n%s", seed, round, got, want)
					}
					w.must(w.runner.Rebuild(t.Context(), SubscriberName, org))
					if again := w.state(); again != want {
						t.Fatalf("seed %d, rebuilt:\n%s\nnot:\n%s", seed, again, want)
					}
				}
			}
		})
	}
}

func drawFacts(rt *rapid.T) (out []timeline.Fact) {
	start := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	n := rapid.IntRange(5, 40).Draw(rt, "n")
	for i := range n {
		who := rapid.IntRange(1, 3).Draw(rt, "who")
		account := rapid.SampledFrom([]string{"acc_web", "acc_oa"}).Draw(rt, "account")
		f := timeline.Fact{Kind: carrierevent.MessageReceived, PersonID: fmt.Sprint("per_", who), Source: map[string]string{"acc_web": "web", "acc_oa": "official_account"}[account], DedupeKey: fmt.Sprint("m", i),
			OccurredAt: start.Add(time.Duration(rapid.IntRange(0, 100_000).Draw(rt, "at"))*time.Second + time.Duration(i)*time.Microsecond)}
		m := carrierevent.Message{AccountID: account, ExternalID: fmt.Sprint("x", who), Type: "text", Text: fmt.Sprint("text ", i)}
		if rapid.IntRange(0, 3).Draw(rt, "out") == 0 {
			f.Kind, m.SendID = carrierevent.MessageSent, fmt.Sprint("snd_", i)
		}
		f.Data = m
		out = append(out, f)
	}
	return out
}
