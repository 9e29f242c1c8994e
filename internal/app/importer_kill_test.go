package app

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fishpond/internal/importer"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/secret"
	"fishpond/internal/platform/testkit"
)

// importEnv turns the test binary into a process that imports one file, to be
// killed: database address, data folder and file, a line each.
const importEnv = "FISHPOND_TEST_APP_IMPORT"

// TestImportProcess is that process; among the other tests it does nothing.
func TestImportProcess(t *testing.T) {
	args := strings.Split(os.Getenv(importEnv), "\n")
	if len(args) != 3 {
		return
	}
	a, err := Open(t.Context(), Config{Database: secret.Redacted(args[0]), Data: args[1], LogFormat: "text"}, ServeConfig{}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if _, err := a.ImportFile(t.Context(), "Brand", args[2], importer.Options{Preset: "online-retail"}, nil); err != nil {
		t.Fatal(err)
	}
}

// retailFile has the form of the online-retail preset: orders of three lines,
// every tenth one a cancellation, every seventh line without a customer.
func retailFile(t *testing.T, orders int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n")
	for i := range orders {
		no, sign, customer := fmt.Sprint(500000+i), "", fmt.Sprintf("%d.0", 10000+i*31%(orders/5))
		if i%10 == 9 {
			no, sign = "C"+no, "-"
		}
		if i%7 == 6 {
			customer = ""
		}
		at := time.Date(2011, 1, 1, 9, 0, 0, 0, time.UTC).Add(time.Duration(i) * 7 * time.Hour)
		for line := range 3 {
			fmt.Fprintf(&b, "%s,S%d,THING %d,%s%d,%s,%d.5%d,%s,%s\n", no, line, line, sign, line+1, at.Format(time.DateTime), line+1, i%10, customer, []string{"France", "Spain"}[i%2])
		}
	}
	path := filepath.Join(t.TempDir(), "retail.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// importTotals are what people would look at after an import, by plain SQL.
func importTotals(t *testing.T, url string) string {
	t.Helper()
	d, err := db.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var b strings.Builder
	err = d.Read(t.Context(), db.AllOrgs, func(tx *db.Tx) error {
		for _, q := range []string{
			`SELECT kind, count(*), count(DISTINCT person_id), count(DISTINCT dedupe_key) FROM timeline_event WHERE kind LIKE 'order.%' OR kind = 'person.created' GROUP BY kind ORDER BY kind`,
			`SELECT region, count(*), sum(orders), sum(gmv_minor) FROM pool_person WHERE is_canonical = 1 GROUP BY region ORDER BY region`,
			`SELECT stage, count(*), sum(refunds), sum(refunded_minor) FROM pool_person WHERE is_canonical = 1 GROUP BY stage ORDER BY stage`,
			`SELECT stage, count(*), sum(orders), sum(gmv_minor) FROM lifecycle_person GROUP BY stage ORDER BY stage`,
			`SELECT 'created', count(*), min(created_at), max(created_at) FROM pool_person`,
		} {
			if err := tx.Each(t.Context(), func(rows *sql.Rows) error {
				var name string
				var x, y, z int64
				err := rows.Scan(&name, &x, &y, &z)
				fmt.Fprintln(&b, name, x, y, z)
				return err
			}, q); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestKilledImportEndsTheSame kills an import in the whole house (resolving
// persons, storing, staging) at 20 random moments; after one run that gets
// through, every total is that of an undisturbed import.
func TestKilledImportEndsTheSame(t *testing.T) {
	const orders, rounds, kills = 2000, 4, 5
	path := retailFile(t, orders)
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			url := testkit.URL(t, e, schema)
			began := time.Now()
			if out, err := importProcess(t, url, path).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			took := time.Since(began)
			want := importTotals(t, url)
			if !strings.Contains(want, "order.paid 1543 ") || !strings.Contains(want, "order.refunded 172 ") {
				t.Fatalf("undisturbed, it leaves\n%s", want)
			}
			seed := uint64(began.UnixNano()) //nolint:gosec // any seed will do; it is printed
			random := rand.New(rand.NewPCG(seed, 2))
			killed := 0
			for range rounds {
				url := testkit.URL(t, e, schema)
				for range kills {
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(random.Int64N(int64(took))))
					cmd := importProcess(t, url, path)
					if err := cmd.Start(); err != nil {
						t.Fatal(err)
					}
					stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() }) // it may have just ended
					err := cmd.Wait()
					if stop() && err != nil {
						t.Fatalf("seed %d: failed without being killed: %v", seed, err)
					}
					if cancel(); err != nil {
						killed++
					}
				}
				if out, err := importProcess(t, url, path).CombinedOutput(); err != nil {
					t.Fatalf("seed %d: %v\n%s", seed, err, out)
				}
				if got := importTotals(t, url); got != want {
					t.Fatalf("seed %d: after the kills\n%s\ninstead of\n%s", seed, got, want)
				}
			}
			t.Logf("an import takes %v; %d of %d killed; seed %d", took, killed, rounds*kills, seed)
		})
	}
}

func importProcess(t *testing.T, url, path string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^TestImportProcess$")
	cmd.Env = append(os.Environ(), importEnv+"="+url+"\n"+t.TempDir()+"\n"+path)
	return cmd
}
