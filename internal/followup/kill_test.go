package followup

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"testing"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

const childURL = "FOLLOWUP_TEST_CHILD"

// TestChild is no test: it makes lists again and again until it is killed.
func TestChild(t *testing.T) {
	url := os.Getenv(childURL)
	if url == "" {
		t.Skip("only for TestKilledWhileListsAreMade")
	}
	d, err := db.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	w := crowd(t, d)
	for {
		if _, err := w.svc.Rebuild(as("owner", "stf_boss")); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stdout.WriteString("built\n"); err != nil {
			t.Fatal(err)
		}
	}
}

const crowdSize = 300

func crowd(tb testing.TB, d *db.DB) *world {
	tb.Helper()
	w := newWorld(tb, d)
	for i := range crowdSize {
		w.person([]string{"stf_1", "stf_2"}[i%2], func(p *Described) { p.Orders, p.FirstOrder = 1, w.at(-7, 10) })
	}
	return w
}

// A server that is killed (SIGKILL) while it makes lists leaves them whole,
// as they were or as they become; the next one makes them.
func TestKilledWhileListsAreMade(t *testing.T) {
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			url := testkit.URL(t, e, schema)
			d, err := db.Open(t.Context(), url)
			if err != nil {
				t.Fatal(err)
			}
			w := crowd(t, d)
			if _, err := w.svc.PutSettings(as("owner", "stf_boss"), Settings{BuildAt: "07:00", Cap: 500, CreditDays: 7}); err != nil {
				t.Fatal(err)
			}
			for round := range 4 {
				child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChild$") //nolint:gosec // this test
				child.Env = append(os.Environ(), childURL+"="+url)
				out, err := child.StdoutPipe()
				if err == nil {
					err = child.Start()
				}
				if err != nil {
					t.Fatal(err)
				}
				lines := bufio.NewScanner(out)
				for n := 0; n <= round && lines.Scan(); n++ { // at another moment each time
				}
				if err := child.Process.Kill(); err != nil {
					t.Fatal(err)
				}
				_ = child.Wait() // it was killed
				whole(t, d)
			}
			if err := w.svc.Tick(context.Background()); err != nil {
				t.Fatal(err)
			}
			w.build()
			whole(t, d)
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// whole fails unless there are either no lists or whole ones.
func whole(t *testing.T, d *db.DB) {
	t.Helper()
	var told, items, people, reasons, orphans, lists int
	err := d.Read(t.Context(), org, func(tx *db.Tx) error {
		return tx.QueryRow(t.Context(), `SELECT (SELECT COALESCE(SUM(listed), 0) FROM followup_day WHERE org_id = ?), (SELECT count(*) FROM followup_item WHERE org_id = ?), (SELECT count(DISTINCT person_id) FROM followup_item WHERE org_id = ?),
			(SELECT count(*) FROM followup_reason WHERE org_id = ?), (SELECT count(*) FROM followup_reason r WHERE org_id = ? AND NOT EXISTS (SELECT 1 FROM followup_item i WHERE i.org_id = r.org_id AND i.id = r.item_id)),
			(SELECT COALESCE(SUM(listed), 0) FROM followup_list WHERE org_id = ?)`, org, org, org, org, org, org).Scan(&told, &items, &people, &reasons, &orphans, &lists)
	})
	if err != nil {
		t.Fatal(err)
	}
	if items != crowdSize && items != 0 || told != items || people != items || reasons != items || orphans != 0 || lists != items {
		t.Fatalf("%d listed, %d items of %d people, %d reasons, %d of nothing, %d on lists", told, items, people, reasons, orphans, lists)
	}
}
