package app

import (
	"fmt"
	"testing"

	"fishpond/internal/insight/drill"
	"fishpond/internal/org"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/secret"
	"fishpond/internal/platform/testkit"
)

// BenchmarkDrill runs a drill over FISHPOND_BENCH_PERSONS people (20,000 when not
// set): nine in ten are friends of 180 of the 200 members of two corps, two in five
// follow an account; phones, addresses and words of the gate. Then it finds the people
// behind a figure of it.
func BenchmarkDrill(b *testing.B) {
	people := benchPersons(20_000)
	const seats = 200
	// Every tenth member has no friends, every eighth only such as may not be written to.
	const members = seats - seats/10 - seats/8 + seats/40
	for _, e := range testkit.Engines {
		b.Run(string(e), func(b *testing.B) {
			a, err := Open(b.Context(), Config{Data: b.TempDir(), Database: secret.Redacted(testkit.URL(b, e, schema)), LogFormat: "text"}, ServeConfig{}, b.Output())
			if err != nil {
				b.Fatal(err)
			}
			o, _, err := a.Org.CreateOrg(b.Context(), org.NewOrg{Name: "Bench", OwnerName: "Owner", OwnerEmail: "bench@brand.example", OwnerPassword: "correct horse battery"})
			if err != nil {
				b.Fatal(err)
			}
			d, orgID := a.DB, o.ID
			fillBench(b, d, orgID, people, seats)
			ctx := access.With(b.Context(), access.ForSystem(orgID, "bench"))
			ports := drill.Ports{Sources: drillSources{a}, Orgs: drillOrgs{a.Org}, Jobs: demoNow{}, Auditor: a.Org}
			svc := drill.New(d, clock.System, a.Log, ports)
			b.Run("run", func(b *testing.B) {
				gauge(b, func() {
					insertRun(b, d, orgID)
					if err := svc.Do(ctx, orgID, "drl_bench"); err != nil {
						b.Fatal(err)
					}
				})
			})
			b.Run("people", func(b *testing.B) {
				gauge(b, func() {
					who, err := svc.Behind(ctx, orgID, drill.PeopleInput{RunID: "drl_bench", Figure: "one_account"})
					if err != nil || len(who.Seqs) == 0 {
						b.Fatal(err, len(who.Seqs))
					}
				})
			})
			r, err := svc.Report(ctx, orgID, "drl_bench")
			if err != nil || r.Run.Totals == nil || r.Run.Totals.Persons != int64(people) || len(r.Units) < members {
				b.Fatalf("%d units, %+v, %v", len(r.Units), r.Run.Totals, err)
			}
			if err := a.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

func insertRun(b *testing.B, d *db.DB, orgID string) {
	b.Helper()
	if err := d.Write(b.Context(), orgID, func(tx *db.Tx) error {
		if _, err := tx.Exec(b.Context(), "DELETE FROM insight_drill_run WHERE org_id = ?", orgID); err != nil {
			return err
		}
		_, err := tx.Exec(b.Context(), `INSERT INTO insight_drill_run (org_id, id, name, purpose, month, status, step, kept, made_at, made_by, started_at, finished_at, error, totals, figures)
			VALUES (?, 'drl_bench', 'x', 'service', '2026-06', 'queued', 0, 1, 1, '', 0, 0, '', '', '')`, orgID)
		return err
	}); err != nil {
		b.Fatal(err)
	}
}

// fillBench writes what the sources read straight into their tables.
func fillBench(b *testing.B, d *db.DB, orgID string, people, seats int) {
	b.Helper()
	ctx := b.Context()
	person := func(i int) string { return fmt.Sprintf("per_%032x", i) }
	put := func(table string, rows func(yield func(...any)), columns ...string) {
		b.Helper()
		var chunk [][]any
		flush := func() {
			if len(chunk) == 0 {
				return
			}
			n := len(chunk)
			if err := d.Write(ctx, orgID, func(tx *db.Tx) error {
				cols := []db.Column{db.Same("org_id", orgID, n)}
				for c, name := range columns {
					var texts []string
					var ints []int64
					for _, row := range chunk {
						switch v := row[c].(type) {
						case string:
							texts = append(texts, v)
						case int:
							ints = append(ints, int64(v))
						}
					}
					if texts != nil {
						cols = append(cols, db.Text(name, texts))
					} else {
						cols = append(cols, db.Int(name, ints))
					}
				}
				_, err := tx.BulkInsert(ctx, table, "", cols...)
				return err
			}); err != nil {
				b.Fatal(table, err)
			}
			chunk = nil
		}
		rows(func(row ...any) {
			if chunk = append(chunk, row); len(chunk) == 10_000 {
				flush()
			}
		})
		flush()
	}
	put("carrier_account", func(yield func(...any)) {
		for i, kind := range []string{"wecom", "wecom", "official_account", "email", "sms"} {
			yield(fmt.Sprintf("acc_%d", i), kind, kind, fmt.Sprint(i), "{}", "", "active", i, 0)
		}
	}, "id", "kind", "name", "platform_id", "settings", "secrets", "status", "created_at", "updated_at")
	put("carrier_staff", func(yield func(...any)) {
		for i := range seats {
			yield(fmt.Sprintf("acc_%d", i%2), fmt.Sprintf("u%d", i), fmt.Sprintf("member %d", i), "", "active", "", 0)
		}
	}, "account_id", "user_id", "name", "email", "status", "staff_id", "updated_at")
	put("pool_person", func(yield func(...any)) {
		for i := range people {
			yield(person(i), i+1, person(i))
		}
	}, "person_id", "seq", "canonical_id")
	put("carrier_contact", func(yield func(...any)) {
		for i := range people {
			tie := func(account, user string) {
				yield(account, user, fmt.Sprintf("x%d", i), person(i), "friend", "", "", "", 0, "[]", 1, 0, "", 0, 1)
			}
			if i%10 != 0 {
				tie(fmt.Sprintf("acc_%d", i%seats%2), fmt.Sprintf("u%d", i%seats))
			}
			if i%5 < 2 {
				tie("acc_2", "")
			}
		}
	}, "account_id", "user_id", "external_id", "person_id", "status", "name", "remark", "state", "add_way", "tags", "since", "ended_at", "told", "profile_due", "updated_at")
	put("pool_identity", func(yield func(...any)) {
		for i := range people {
			if i%3 == 0 {
				yield("email", fmt.Sprintf("p%d@x.example", i), "", person(i), "bench", 1)
			}
			if i%2 == 0 {
				yield("phone", fmt.Sprintf("+86138%08d", i), "", person(i), "bench", 1)
			}
		}
	}, "kind", "value", "holder", "person_id", "source", "created_at")
	put("reach_person", func(yield func(...any)) {
		for i := range people {
			if i%4 == 0 {
				yield(person(i), person(i), -(i % 8 / 4), 1)
			}
		}
	}, "person_id", "speaker_id", "service", "service_at")
}
