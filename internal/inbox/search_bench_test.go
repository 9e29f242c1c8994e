package inbox

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/fulltext"
	"fishpond/internal/platform/testkit"
)

// BenchmarkSearch looks for two neighbouring Chinese characters, drawn as often
// as they occur, and for two such words, among 100,000 messages or as many as
// FISHPOND_BENCH_MESSAGES says (up to 4,000,000 of 20,000 conversations).
func BenchmarkSearch(b *testing.B) {
	n := 100_000
	if s := os.Getenv("FISHPOND_BENCH_MESSAGES"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	for _, engine := range testkit.Engines {
		b.Run(string(engine), func(b *testing.B) {
			w := newWorld(b, testkit.Open(b, engine, schema))
			r := rand.New(rand.NewPCG(1, 2))
			texts := w.talkMuch(n, r)
			ctx := access.With(context.Background(), testkit.Actor(Permissions, org, "owner", "stf_1"))
			var took []time.Duration
			found := 0
			for i := 0; b.Loop(); i++ {
				t := []rune(texts[r.IntN(len(texts))])
				at := r.IntN(len(t) - 1)
				q := string(t[at : at+2])
				if i%2 == 1 {
					at = r.IntN(len(t) - 1)
					q += " " + string(t[at:at+2])
				}
				began := time.Now()
				hits, _, err := w.svc.Search(ctx, q, "", searchPlace{}, 20)
				if err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
				found += len(hits)
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50_ms")
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95_ms")
			b.ReportMetric(float64(found)/float64(len(took)), "hits")
		})
	}
}

// talkMuch fills the inbox with n messages, of characters that are as unevenly
// frequent as in a language, and returns some of their texts.
func (w *world) talkMuch(n int, r *rand.Rand) (some []string) {
	w.tb.Helper()
	const step, conversations = 10_000, 20_000
	ctx := context.Background()
	often := rand.NewZipf(r, 1.3, 20, 2999)
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	w.must(w.db.Write(ctx, org, func(tx *db.Tx) error {
		for i := range min(conversations, n) {
			c := &conversation{id: fmt.Sprint("cnv_", i), account: "acc_web", kind: "web", external: fmt.Sprint("v", i), spoken: "per_1", person: "per_1", status: StatusResolved, created: start}
			if err := saveConversation(ctx, tx, org, c); err != nil {
				return err
			}
		}
		return nil
	}))
	for from := 0; from < n; from += step {
		m := min(step, n-from)
		id, conv, text, terms := make([]string, m), make([]string, m), make([]string, m), make([]string, m)
		seq, doc, at := make([]int64, m), make([]int64, m), make([]int64, m)
		for i := range m {
			word := make([]rune, 8+r.IntN(24))
			for k := range word {
				word[k] = rune(0x4e00 + often.Uint64())
			}
			id[i], conv[i], text[i] = fmt.Sprintf("msg_%08d", from+i), fmt.Sprint("cnv_", r.IntN(min(conversations, n))), string(word)
			seq[i], at[i] = int64(from+i+1), start+int64(from+i)*1_000_000
			doc[i], terms[i] = fulltext.Doc(id[i], at[i]), fulltext.Terms(org, text[i])
			if r.IntN(n) < 2000 {
				some = append(some, text[i])
			}
		}
		zero, none := make([]int64, m), make([]string, m)
		cols := []db.Column{db.Same("org_id", org, m), db.Text("id", id), db.Text("conversation_id", conv), db.Int("seq", seq), db.Int("n_in", seq), db.Same("direction", DirectionIn, m), db.Same("sender_kind", senderPerson, m),
			db.Text("sender_id", none), db.Same("type", "text", m), db.Text("parts", none), db.Text("attachments", none), db.Text("text", text), db.Int("cut", zero), db.Int("collapsed", zero), db.Text("state", none),
			db.Text("send", none), db.Text("event_id", id), db.Text("send_id", none), db.Text("client_key", none), db.Int("doc", doc), db.Int("at", at)}
		w.must(w.db.Write(ctx, org, func(tx *db.Tx) error {
			if _, err := tx.BulkInsert(ctx, "inbox_message", "", cols...); err != nil {
				return err
			}
			if tx.Engine() == db.SQLite {
				_, err := tx.BulkInsert(ctx, "inbox_message_fts", "", db.Int("rowid", doc), db.Text("terms", terms))
				return err
			}
			if _, err := tx.Exec(ctx, "CREATE TEMPORARY TABLE stage (doc BIGINT, terms TEXT) ON COMMIT DROP"); err != nil {
				return err
			}
			if _, err := tx.BulkInsert(ctx, "stage", "", db.Int("doc", doc), db.Text("terms", terms)); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "INSERT INTO inbox_message_fts (org_id, doc, terms) SELECT ?, doc, array_to_tsvector(string_to_array(terms, ' ')) FROM stage", org)
			return err
		}))
	}
	if w.db.Engine() == db.Postgres {
		w.must(w.db.Write(ctx, org, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, "ANALYZE inbox_message, inbox_message_fts")
			return err
		}))
	}
	var kept int
	w.must(w.db.Read(ctx, org, func(tx *db.Tx) error {
		return tx.Each(ctx, func(rows *sql.Rows) error { return rows.Scan(&kept) }, "SELECT count(*) FROM inbox_message WHERE org_id = ?", org)
	}))
	if kept != n {
		w.tb.Fatalf("%d of %d messages", kept, n)
	}
	return some
}
