package fulltext

import (
	"context"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

var schema = testkit.Schema{Name: "fulltext", Migrate: func(ctx context.Context, d *db.DB) error {
	query := `CREATE VIRTUAL TABLE said USING fts5(terms, content='', contentless_delete=1, detail=none, tokenize="unicode61 remove_diacritics 0")`
	if d.Engine() == db.Postgres {
		query = "CREATE TABLE said (org_id TEXT NOT NULL, doc BIGINT NOT NULL, terms TSVECTOR NOT NULL, PRIMARY KEY (org_id, doc)); CREATE INDEX said_terms ON said USING gin (terms)"
	}
	_, err := d.Writer().ExecContext(ctx, query)
	return err
}}

func TestIndex(t *testing.T) {
	const said = Index("said")
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		in := func(org string, fn func(tx *db.Tx) error) {
			t.Helper()
			if err := d.Write(t.Context(), org, fn); err != nil {
				t.Fatal(err)
			}
		}
		find := func(org, q string, before int64, most int) (out []int64) {
			t.Helper()
			in(org, func(tx *db.Tx) (err error) {
				out, err = said.Find(t.Context(), tx, org, Query(org, q), before, most)
				return err
			})
			return out
		}
		in("org_1", func(tx *db.Tx) error {
			for doc, text := range []string{"龙井还有货吗", "雨前龙井 250g", "Ｄｒａｇｏｎ well", "'; DROP TABLE said; --", "！"} {
				if err := said.Put(t.Context(), tx, "org_1", int64(doc+1), text); err != nil {
					return err
				}
			}
			return nil
		})
		in("org_2", func(tx *db.Tx) error { return said.Put(t.Context(), tx, "org_2", 9, "龙井") })
		for _, c := range []struct {
			q      string
			before int64
			most   int
			want   int
		}{{"龙井", 100, 9, 2}, {"龙井", 2, 9, 1}, {"龙井", 100, 1, 1}, {"井", 100, 9, 2}, {"drag", 100, 9, 1}, {"drop table", 100, 9, 1}, {"井龙", 100, 9, 0}, {"' OR 1", 100, 9, 0}} {
			got := find("org_1", c.q, c.before, c.most)
			if len(got) != c.want {
				t.Errorf("%q before %d: %v", c.q, c.before, got)
			}
			if c.most == 1 && got[0] != 2 {
				t.Errorf("%v is not the latest", got)
			}
		}
		if got := find("org_2", "龙井", 100, 9); len(got) != 1 || got[0] != 9 {
			t.Errorf("another brand's: %v", got)
		}
		in("org_1", func(tx *db.Tx) error {
			if err := said.Put(t.Context(), tx, "org_1", 1, "改了"); err != nil {
				return err
			}
			return said.Remove(t.Context(), tx, "org_1", []int64{2, 77})
		})
		if got := find("org_1", "龙井", 100, 9); len(got) != 0 {
			t.Errorf("%v", got)
		}
	})
}
