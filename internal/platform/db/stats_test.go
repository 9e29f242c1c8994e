package db_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"fishpond/internal/platform/db"
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
