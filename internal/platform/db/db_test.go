package db_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

var schema = testkit.Schema{Name: "db_test", Migrate: func(ctx context.Context, d *db.DB) error {
	for _, q := range []string{"CREATE TABLE thing (org_id TEXT NOT NULL, id TEXT NOT NULL, n BIGINT NOT NULL, PRIMARY KEY (org_id, id))"} {
		if _, err := d.Writer().ExecContext(ctx, q); err != nil {
			return err
		}
	}
	if d.Engine() == db.Postgres {
		_, err := d.Writer().ExecContext(ctx, `ALTER TABLE thing ENABLE ROW LEVEL SECURITY; ALTER TABLE thing FORCE ROW LEVEL SECURITY;
			CREATE POLICY org_isolation ON thing USING (org_id = (SELECT current_setting('fishpond.org_id', true)) OR (SELECT current_setting('fishpond.org_id', true)) = '*')`)
		return err
	}
	return nil
}}

func count(t *testing.T, d *db.DB, org string) (n int) {
	t.Helper()
	if err := d.Read(t.Context(), org, func(tx *db.Tx) error {
		return tx.QueryRow(t.Context(), "SELECT count(*) FROM thing").Scan(&n)
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func insert(ctx context.Context, d *db.DB, org, id string) error {
	return d.Write(ctx, org, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO thing (org_id, id, n) VALUES (?, ?, 1)", org, id)
		return err
	})
}

func TestConcurrentWritersEachCommitOrNot(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		var wg sync.WaitGroup
		boom := errors.New("boom")
		for i := range 64 {
			wg.Go(func() {
				err := d.Write(t.Context(), "o", func(tx *db.Tx) error {
					if _, err := tx.Exec(t.Context(), "INSERT INTO thing (org_id, id, n) VALUES (?, ?, ?)", "o", fmt.Sprint(i), i); err != nil {
						return err
					}
					if i%2 == 1 {
						return boom
					}
					return nil
				})
				if want := i%2 == 1; errors.Is(err, boom) != want {
					t.Errorf("writer %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		if n := count(t, d, "o"); n != 32 {
			t.Fatalf("%d rows, want 32", n)
		}
	})
}

func TestUniqueViolationIsRecognised(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		if err := insert(t.Context(), d, "o", "a"); err != nil {
			t.Fatal(err)
		}
		if err := insert(t.Context(), d, "o", "a"); !db.IsUnique(err) || db.IsTransient(err) {
			t.Fatalf("got %v", err)
		}
	})
}

func TestPanicReachesTheCallerAndUndoes(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		func() {
			defer func() {
				if p := recover(); !strings.Contains(fmt.Sprint(p), "ouch") {
					t.Errorf("recovered %v", p)
				}
			}()
			_ = d.Write(t.Context(), "o", func(tx *db.Tx) error {
				if _, err := tx.Exec(t.Context(), "INSERT INTO thing (org_id, id, n) VALUES ('o', 'p', 1)"); err != nil {
					return err
				}
				panic("ouch")
			})
		}()
		if n := count(t, d, "o"); n != 0 {
			t.Fatalf("%d rows stayed", n)
		}
		if err := insert(t.Context(), d, "o", "after"); err != nil {
			t.Fatalf("the writer did not survive: %v", err)
		}
	})
}

func TestSavepointUndoesOnlyItsOwn(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		hooks := 0
		err := d.Write(t.Context(), "o", func(tx *db.Tx) error {
			if _, err := tx.Exec(t.Context(), "INSERT INTO thing (org_id, id, n) VALUES ('o', 'kept', 1)"); err != nil {
				return err
			}
			tx.OnCommit(func() { hooks++ })
			if err := tx.Savepoint(t.Context(), func() error {
				tx.OnCommit(func() { hooks += 100 })
				_, err := tx.Exec(t.Context(), "INSERT INTO thing (org_id, id, n) VALUES ('o', 'kept', 2)")
				return err
			}); !db.IsUnique(err) {
				return fmt.Errorf("savepoint gave %w", err)
			}
			_, err := tx.Exec(t.Context(), "INSERT INTO thing (org_id, id, n) VALUES ('o', 'also', 1)")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := count(t, d, "o"); n != 2 || hooks != 1 {
			t.Fatalf("%d rows, hooks %d", n, hooks)
		}
	})
}

func TestBulkInsertAndIn(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		const n = 5000
		ids, ns := make([]string, n), make([]int64, n)
		for i := range n {
			ids[i], ns[i] = fmt.Sprintf("%05d", i), int64(i)
		}
		for round, want := range []int64{n, 0} {
			err := d.Write(t.Context(), "o", func(tx *db.Tx) error {
				got, err := tx.BulkInsert(t.Context(), "thing", "ON CONFLICT DO NOTHING", db.Same("org_id", "o", n), db.Text("id", ids), db.Int("n", ns))
				if got != want {
					t.Errorf("round %d wrote %d rows, want %d", round, got, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		var sum int64
		err := d.Read(t.Context(), "o", func(tx *db.Tx) error {
			where, arg := tx.In("id", ids[:1000])
			return tx.QueryRow(t.Context(), "SELECT sum(n) FROM thing WHERE org_id = ? AND "+where, "o", arg).Scan(&sum)
		})
		if err != nil || sum != 999*1000/2 {
			t.Fatalf("sum %d, %v", sum, err)
		}
	})
}

func TestPostgresRowLevelSecurityHidesOtherOrgs(t *testing.T) {
	d := testkit.Open(t, db.Postgres, schema)
	for _, org := range []string{"a", "b"} {
		if err := insert(t.Context(), d, org, "x"); err != nil {
			t.Fatal(err)
		}
	}
	for org, want := range map[string]int{"a": 1, "b": 1, "c": 0, db.AllOrgs: 2} {
		if n := count(t, d, org); n != want {
			t.Errorf("org %s sees %d rows, want %d", org, n, want)
		}
	}
	err := d.Write(t.Context(), "a", func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), "INSERT INTO thing (org_id, id, n) VALUES ('b', 'stolen', 1)")
		return err
	})
	if err == nil {
		t.Error("a wrote into b")
	}
}

func TestWriteWithdrawnBeforeItRuns(t *testing.T) {
	d := testkit.Open(t, db.SQLite, schema)
	hold, held := make(chan struct{}), make(chan struct{})
	go func() {
		_ = d.Write(context.Background(), "o", func(*db.Tx) error { close(held); <-hold; return nil })
	}()
	<-held
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := d.Write(ctx, "o", func(*db.Tx) error { t.Error("a withdrawn write ran"); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(hold)
	if err := insert(t.Context(), d, "o", "next"); err != nil {
		t.Fatal(err)
	}
}

// TestReadSeesOneMoment: what is committed while somebody reads is not seen by
// their later queries.
func TestReadSeesOneMoment(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		const query = "SELECT count(*) FROM thing WHERE org_id = ?"
		err := d.Read(t.Context(), "o", func(tx *db.Tx) error {
			for _, id := range []string{"a", "b"} {
				var n int
				if err := tx.QueryRow(t.Context(), query, "o").Scan(&n); err != nil {
					return err
				}
				if n != 0 {
					t.Errorf("before %s is added, %d are seen", id, n)
				}
				if err := insert(t.Context(), d, "o", id); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := count(t, d, "o"); n != 2 {
			t.Errorf("%d are seen afterwards, want 2", n)
		}
	})
}

// What was called off before it began is not written, on either engine.
func TestNothingIsWrittenForWhoHasGone(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		for range 50 {
			if err := d.Write(gone, "org_a", func(*db.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
				t.Fatalf("%v", err)
			}
		}
	})
}
