package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
)

// The test binary stands in for the program when this is set, so that tests
// can start and kill a real process.
const asProgram = "FISHPOND_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "LANG=C")
	return cmd
}

// orders writes a file in the online-retail format: lines of an order are
// apart from each other, some have no customer, some orders are refunds, and
// one order is wrong.
func orders(t *testing.T, n int) string {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 4))
	var lines []string
	for i := range n {
		prefix, sign, customer := "", 1, fmt.Sprintf("%d.0", 12000+r.IntN(n/5))
		if i%7 == 3 {
			prefix, sign = "C", -1
		}
		if i%9 == 4 {
			customer = ""
		}
		at := time.Date(2024, 1, 1, 9, 0, 0, 0, time.UTC).Add(time.Duration(i) * 3 * time.Hour)
		for k := range 1 + r.IntN(5) {
			lines = append(lines, fmt.Sprintf("%s%d,S%d,\"A thing, no. %d\",%d,%s,%d.%02d,%s,France", prefix, 500000+i, k, k, sign*(1+r.IntN(5)), at.Format(time.DateTime), r.IntN(20), 1+r.IntN(99), customer))
		}
	}
	lines = append(lines, "900001,S1,wrong,1e400,2024-05-05 10:00:00,1.00,12001.0,France")
	r.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	path := filepath.Join(t.TempDir(), "orders.csv")
	text := "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n" + strings.Join(lines, "\n") + "\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

type summary struct {
	Rows, RowsWithoutCustomer, RowsRejected, Persons, Orders, Refunds, GMVMinor, RefundedMinor int64
}

// place is a data folder and the database that goes with it.
type place struct {
	dir, database string // database empty: embedded
	listen        string // empty: a free port
	flags         []string
}

func (p place) importArgs(file string) []string {
	args := []string{"import", "orders", file, "--data", p.dir, "--org", "Shop", "--preset", "online-retail", "--rejected", filepath.Join(p.dir, "rejected.csv"), "--json"}
	if p.database != "" {
		args = append(args, "--database", p.database)
	}
	return args
}

func (p place) open(t *testing.T) *db.DB {
	t.Helper()
	url := p.database
	if url == "" {
		url = "sqlite:" + filepath.Join(p.dir, "fishpond.db")
	}
	d, err := db.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (p place) runImport(t *testing.T, file string) summary {
	t.Helper()
	cmd := program(t, p.importArgs(file)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("import: %v\n%s", err, stderr.Bytes())
	}
	var m map[string]float64
	if err := json.Unmarshal(out, &m); err != nil {
		t.Fatalf("import printed %q: %v", out, err)
	}
	for _, key := range []string{"rows", "rows_without_customer", "rows_rejected", "persons", "orders", "refunds", "gmv_minor", "refunded_minor", "seconds"} {
		if _, ok := m[key]; !ok {
			t.Fatalf("%q lacks %s", out, key)
		}
	}
	return summary{int64(m["rows"]), int64(m["rows_without_customer"]), int64(m["rows_rejected"]), int64(m["persons"]), int64(m["orders"]), int64(m["refunds"]), int64(m["gmv_minor"]), int64(m["refunded_minor"])}
}

// digest tells everything that an import leaves behind, apart from ids and
// the times at which it ran: events, people with their numbers, stages.
func (p place) digest(t *testing.T) string {
	t.Helper()
	d := p.open(t)
	defer d.Close()
	var b strings.Builder
	err := d.Read(t.Context(), db.AllOrgs, func(tx *db.Tx) error {
		for name, query := range map[string]string{
			"1 events":  "SELECT kind, occurred_at, dedupe_key, data FROM timeline_event WHERE kind IN ('order.paid', 'order.refunded') ORDER BY dedupe_key",
			"2 people":  "SELECT i.value, p.region, p.orders, p.gmv_minor, p.refunds, p.refunded_minor, p.stage FROM pool_person p JOIN pool_identity i ON i.org_id = p.org_id AND i.person_id = p.person_id ORDER BY i.value",
			"3 history": "SELECT i.value, h.stage, h.at FROM lifecycle_stage_history h JOIN pool_identity i ON i.org_id = h.org_id AND i.person_id = h.person_id ORDER BY i.value, h.at, h.stage",
			"4 orgs":    "SELECT count(*) FROM org",
		} {
			h := sha256.New()
			rows := 0
			err := tx.Each(t.Context(), func(r *sql.Rows) error {
				cols, err := r.Columns()
				if err != nil {
					return err
				}
				vals, ptrs := make([]any, len(cols)), make([]any, len(cols))
				for i := range vals {
					ptrs[i] = &vals[i]
				}
				if err := r.Scan(ptrs...); err != nil {
					return err
				}
				rows++
				for _, v := range vals {
					if raw, ok := v.([]byte); ok {
						v = string(raw)
					}
					fmt.Fprintf(h, "%v\x00", v)
				}
				return nil
			}, query)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if rows == 0 {
				return fmt.Errorf("%s: nothing there", name)
			}
			fmt.Fprintf(&b, "%s: %d rows %x\n", name, rows, h.Sum(nil)[:6])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(strings.TrimSpace(b.String()), "\n")
	slices.Sort(parts)
	return strings.Join(parts, "\n")
}

var empty = testkit.Schema{Name: "empty", Migrate: func(context.Context, *db.DB) error { return nil }}

func newPlace(t *testing.T, e db.Engine) place {
	t.Helper()
	p := place{dir: t.TempDir()}
	if e == db.Postgres {
		p.database = testkit.URL(t, db.Postgres, empty)
	}
	return p
}

// An import that is killed at random moments, again and again, and then run
// to its end leaves the same behind as one that ran once; and once more
// changes nothing.
func TestImportSurvivesBeingKilled(t *testing.T) {
	file := orders(t, 3000)
	for _, e := range testkit.Engines {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			whole := newPlace(t, e)
			began := time.Now()
			want := whole.runImport(t, file)
			took := time.Since(began)
			if want.Orders == 0 || want.Refunds == 0 || want.Persons == 0 || want.RowsRejected != 1 || want.RowsWithoutCustomer == 0 {
				t.Fatalf("%+v", want)
			}
			wantDigest := whole.digest(t)
			if rejected, err := os.ReadFile(filepath.Join(whole.dir, "rejected.csv")); err != nil || !strings.Contains(string(rejected), "1e400") || !strings.Contains(string(rejected), "digits") {
				t.Errorf("rejected lines: %s (%v)", rejected, err)
			}

			killed := newPlace(t, e)
			r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
			// Once everything is stored, runs end sooner; then kills come sooner too.
			kills, within := 0, took
			for runs := 0; kills < 20 && runs < 100; runs++ {
				cmd := program(t, killed.importArgs(file)...)
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				timer := time.AfterFunc(time.Duration(r.Int64N(int64(within))), func() { _ = cmd.Process.Kill() })
				if err := cmd.Wait(); err != nil {
					kills++
				} else {
					within = within * 3 / 4
				}
				timer.Stop()
			}
			if kills < 20 {
				t.Errorf("only %d runs were killed before their end", kills)
			}
			if got := killed.runImport(t, file); got != want {
				t.Errorf("after %d kills %+v, want %+v", kills, got, want)
			}
			if got := killed.digest(t); got != wantDigest {
				t.Errorf("after %d kills:\n%s\nwant:\n%s", kills, got, wantDigest)
			}
			if got := killed.runImport(t, file); got != want {
				t.Errorf("once more: %+v, want %+v", got, want)
			}
			if got := killed.digest(t); got != wantDigest {
				t.Errorf("once more:\n%s\nwant:\n%s", got, wantDigest)
			}
		})
	}
}

func TestCommandLineRefusesClearly(t *testing.T) {
	dir := t.TempDir()
	garbage := filepath.Join(dir, "picture.png")
	if err := os.WriteFile(garbage, []byte("\x89PNG\r\n\x1a\n\x00\x00\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args     []string
		code     int
		contains string
	}{
		"no command":     {nil, 2, "expected one of"},
		"unknown flag":   {[]string{"serve", "--nonsense"}, 2, "unknown flag --nonsense"},
		"no such file":   {[]string{"import", "orders", filepath.Join(dir, "none.csv"), "--org", "x", "--data", dir}, 1, "none.csv"},
		"not a table":    {[]string{"import", "orders", garbage, "--org", "x", "--data", dir, "--preset", "online-retail"}, 2, "CSV"},
		"no such brand":  {[]string{"timeline", "rebuild", "all", "--org", "nobody", "--data", dir}, 2, "org"},
		"no such engine": {[]string{"org", "list", "--database", "mysql://x", "--data", dir}, 1, "postgres://"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errOut bytes.Buffer
			t.Setenv("LANG", "C")
			code := run(t.Context(), c.args, &out, &errOut)
			if code != c.code || !strings.Contains(errOut.String(), c.contains) {
				t.Fatalf("code %d, said %q", code, errOut.String())
			}
		})
	}
}

func TestGeneratedPagesAreUpToDate(t *testing.T) {
	for command, page := range map[string]string{"reference": "configuration.md", "figures": "figures.md"} {
		var out, errOut bytes.Buffer
		if code := run(t.Context(), []string{command}, &out, &errOut); code != 0 {
			t.Fatal(errOut.String())
		}
		want, err := os.ReadFile("../../docs/" + page)
		if err != nil {
			t.Fatal(err)
		}
		if out.String() != string(want) {
			t.Errorf("docs/%[1]s is out of date: go run ./cmd/fishpond %[2]s > docs/%[1]s", page, command)
		}
	}
}
