package db_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// An id is looked up by its index, not by reading the whole org, from the
// first row on and without anybody running ANALYZE.
func TestPlannerExpectsLargeOrgs(t *testing.T) {
	d, err := db.Open(t.Context(), "sqlite:"+t.TempDir()+"/t.db")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close() //nolint:errcheck // nothing was written
	files := fstest.MapFS{"migrations/sqlite/00001_a.sql": {Data: []byte(`-- +goose Up
CREATE TABLE a (org_id TEXT NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (org_id, id));
CREATE UNIQUE INDEX a_seq ON a (org_id, seq);
CREATE TABLE b (org_id TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, a_id TEXT NOT NULL, PRIMARY KEY (org_id, kind, value)) WITHOUT ROWID;
CREATE INDEX b_a ON b (org_id, a_id);
`)}}
	for range 2 { // the second time there is nothing left to do
		if err := d.Migrate(t.Context(), db.Migration{Module: "a", FS: files}); err != nil {
			t.Fatal(err)
		}
	}
	var stats int
	if err := d.Writer().QueryRow("SELECT count(*) FROM sqlite_stat1").Scan(&stats); err != nil || stats != 4 {
		t.Errorf("%d lines of statistics, %v", stats, err)
	}
	for query, index := range map[string]string{
		"SELECT seq FROM a WHERE org_id = 'o' AND id IN (SELECT value FROM json_each('[]')) ORDER BY seq": "sqlite_autoindex_a_1 (org_id=? AND id=?)",
		"SELECT kind FROM b WHERE org_id = 'o' AND a_id IN (SELECT value FROM json_each('[]'))":           "b_a (org_id=? AND a_id=?)",
	} {
		err := d.Read(t.Context(), "o", func(tx *db.Tx) error {
			var id, parent, unused int
			var plan string
			if err := tx.QueryRow(t.Context(), "EXPLAIN QUERY PLAN "+query).Scan(&id, &parent, &unused, &plan); err != nil {
				return err
			}
			if !strings.Contains(plan, index) {
				t.Errorf("%s\nis planned as %s", query, plan)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestPostgresLearnsOfGrowth: soon after rows have been written in bulk,
// PostgreSQL knows about how many there are, without waiting for autovacuum.
func TestPostgresLearnsOfGrowth(t *testing.T) {
	d := testkit.Open(t, db.Postgres, schema)
	const n = 5000
	ids, ns := make([]string, n), make([]int64, n)
	for i := range n {
		ids[i] = fmt.Sprint(i)
	}
	if err := d.Write(t.Context(), "org_a", func(tx *db.Tx) error {
		_, err := tx.BulkInsert(t.Context(), "thing", "", db.Same("org_id", "org_a", n), db.Text("id", ids), db.Int("n", ns))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) { // another process learns
		var known float64
		if err := d.Writer().QueryRowContext(t.Context(), "SELECT reltuples FROM pg_class WHERE relname = 'thing'").Scan(&known); err != nil {
			t.Fatal(err)
		}
		if known == n {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("PostgreSQL thinks that there are %v rows", known)
		}
	}
}
