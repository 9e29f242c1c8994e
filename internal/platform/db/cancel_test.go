package db_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// Callers that hang up must not take down the writes of those who share their
// transaction, as they do on SQLite.
func TestCancelledCallersDoNotHarmOthers(t *testing.T) {
	d := testkit.Open(t, db.SQLite, schema)
	const loyal, each = 4, 25
	var fickle, steady sync.WaitGroup
	done := make(chan struct{})
	for w := range 2 {
		fickle.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				ctx, cancel := context.WithCancel(t.Context())
				go cancel()
				if err := insert(ctx, d, "fickle", fmt.Sprint(w, "-", i)); err != nil && !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			}
		})
	}
	for w := range loyal {
		steady.Go(func() {
			for i := range each {
				if err := insert(t.Context(), d, "loyal", fmt.Sprint(w, "-", i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	steady.Wait()
	close(done)
	fickle.Wait()
	n := 0
	err := d.Read(t.Context(), "loyal", func(tx *db.Tx) error {
		return tx.QueryRow(t.Context(), "SELECT count(*) FROM thing WHERE org_id = 'loyal'").Scan(&n)
	})
	if err != nil || n != loyal*each {
		t.Errorf("%d rows, %v; want %d", n, err, loyal*each)
	}
}

func TestRunningWriteIsNotInterrupted(t *testing.T) {
	d := testkit.Open(t, db.SQLite, schema)
	ctx, cancel := context.WithCancel(t.Context())
	err := d.Write(ctx, "o", func(tx *db.Tx) error {
		cancel()
		return tx.Savepoint(ctx, func() error {
			_, err := tx.Exec(ctx, "INSERT INTO thing (org_id, id, n) VALUES ('o', 'x', 1)")
			return err
		})
	})
	if err != nil || count(t, d, "o") != 1 {
		t.Errorf("%v; %d rows", err, count(t, d, "o"))
	}
}
