package survey

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// BenchmarkResults sums up 10,000 responses of five questions.
func BenchmarkResults(b *testing.B) {
	for _, e := range testkit.Engines {
		b.Run(string(e), func(b *testing.B) {
			w := newWorld(b, testkit.Open(b, e, schema))
			v := w.published(feeding())
			const n = 10_000
			id, answers, at := make([]string, n), make([]string, n), make([]int64, n)
			for i := range n {
				id[i], at[i] = fmt.Sprintf("rsp_%06d", i), int64(i)
				answers[i] = fmt.Sprintf(`{"q1":{"options":["b"]},"q2":{"options":["a","c"]},"q3":{"number":%d},"q4":{"text":"还不错，谢谢"}}`, i%11)
			}
			w.must(w.db.Write(context.Background(), org, func(tx *db.Tx) error {
				_, err := tx.BulkInsert(context.Background(), "survey_response", "", db.Same("org_id", org, n), db.Text("id", id), db.Same("survey_id", v.ID, n), db.Int("version", ones(n)), db.Same("status", respDone, n),
					db.Same("person_id", "", n), db.Same("browser", "", n), db.Same("way", "open", n), db.Text("answers", answers), db.Same("effects", "{}", n), db.Same("ending", "", n),
					db.Int("started_at", at), db.Int("updated_at", at), db.Int("finished_at", at))
				return err
			}))
			for b.Loop() {
				w.want(200, "GET", "/surveys/"+v.ID+"/results", "", nil)
			}
		})
	}
}

func ones(n int) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = 1
	}
	return out
}

// BenchmarkAnswer answers a survey of four pages from the first look to the
// thanks: six requests, each a transaction and the page after it.
func BenchmarkAnswer(b *testing.B) {
	for _, e := range testkit.Engines {
		b.Run(string(e), func(b *testing.B) {
			w := newWorld(b, testkit.Open(b, e, schema))
			v := w.published(feeding())
			for b.Loop() {
				who := w.browser()
				w.clock.Advance(4 * time.Second) // past the limits of one address
				who.get(v.URL)
				who.send(v.URL, "do=start")
				who.send(v.URL, "do=next", "p=0", "a.q1=b")
				who.send(v.URL, "do=next", "p=1", "a.q2=a")
				who.send(v.URL, "do=next", "p=2", "a.q3=9")
				if _, page := who.send(v.URL, "do=next", "p=3"); !hasThanks(page) {
					b.Fatal(page)
				}
			}
		})
	}
}

func hasThanks(page string) bool { return strings.Contains(page, "谢谢奶粉家庭") }
