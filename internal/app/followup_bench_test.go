package app

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"fishpond/internal/org"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/secret"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/segment"
)

// BenchmarkToday makes the lists of 200 associates over a large pool, by the
// built-in rules. FISHPOND_BENCH_PERSONS says how many persons; 200,000
// otherwise. Beside it stands what the segment query of one rule takes.
func BenchmarkToday(b *testing.B) {
	persons := 200_000
	if n, err := strconv.Atoi(os.Getenv("FISHPOND_BENCH_PERSONS")); err == nil {
		persons = n
	}
	for _, e := range testkit.Engines {
		b.Run(string(e), func(b *testing.B) {
			url := testkit.URL(b, e, schema)
			a, err := Open(b.Context(), Config{Data: b.TempDir(), Database: secret.Redacted(url), LogFormat: "text"}, ServeConfig{}, b.Output())
			if err != nil {
				b.Fatal(err)
			}
			ctx := a.crowd(b, persons, 200)
			actor, _ := access.From(ctx)
			if err := a.Live.CatchUp(ctx, actor.OrgID); err != nil {
				b.Fatal(err)
			}
			var query time.Duration
			const queries = 20
			for range queries {
				began := time.Now()
				if _, err := a.Segments.Preview(ctx, segment.PreviewInput{Predicate: segment.Predicate{Text: "did message.received and orders = 0 and last message.received between 14d and 3d ago"}}); err != nil {
					b.Fatal(err)
				}
				query += time.Since(began)
			}
			var listed, beyond int64
			for b.Loop() {
				built, err := a.Followup.Rebuild(ctx)
				if err != nil {
					b.Fatal(err)
				}
				listed, beyond = built.Listed, built.Beyond
			}
			b.ReportMetric(float64(listed), "listed")
			b.ReportMetric(float64(listed+beyond)/(b.Elapsed().Seconds()/float64(b.N)), "due/s")
			b.ReportMetric(query.Seconds()*1e3/queries, "ms/query")
			if err := a.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// crowd makes a brand with so many persons and associates: half have bought,
// half of the others have written, births and orders are spread over the year.
func (a *App) crowd(b *testing.B, persons, associates int) context.Context {
	b.Helper()
	brand, _, err := a.Org.CreateOrg(b.Context(), org.NewOrg{Name: "Crowd", TimeZone: "Asia/Shanghai", Currency: "CNY", OwnerName: "O", OwnerEmail: "o@brand.example", OwnerPassword: "correct horse battery"})
	if err != nil {
		b.Fatal(err)
	}
	ctx := access.With(b.Context(), access.ForSystem(brand.ID, "bench"))
	var staff []string
	for i := range associates {
		st, err := a.Org.EnsureStaff(ctx, brand.ID, fmt.Sprintf("Associate %d", i), fmt.Sprintf("a%d@brand.example", i), org.RoleAssociate)
		if err != nil {
			b.Fatal(err)
		}
		staff = append(staff, st.ID)
	}
	now := a.now().UnixMicro()
	const day = int64(86_400_000_000)
	var owners []string
	for i, id := range staff {
		owners = append(owners, fmt.Sprintf("(%d, '%s')", i, id))
	}
	each := "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?), o (k, owner_id) AS (VALUES " + strings.Join(owners, ", ") + ") "
	from := fmt.Sprintf(" FROM n JOIN o ON o.k = n.i %% %d", associates)
	ago := func(salt, span int64) string {
		return fmt.Sprintf("%d - ((i * %d) %% %d) * %d - i %% 80000", now, salt, span, day)
	}
	bought := "CASE WHEN i % 2 = 0 THEN 0 ELSE " + ago(17, 400) + " END"
	err = a.DB.Write(ctx, brand.ID, func(tx *db.Tx) error {
		for table, row := range map[string][2]string{
			"pool_person": {"person_id, seq, canonical_id, name, owner_staff_id", "'per_' || i, i, 'per_' || i, 'Name ' || i, owner_id"},
			"segment_person": {`seq, person_id, stage, region, gender, birthday, birthday_md, owner, name, channel, source, orders, refunds, gmv_minor, refunded_minor, first_order_at, last_order_at, created_at,
				rfm_recency, rfm_frequency, rfm_monetary`, "i, 'per_' || i, 'new', '', '', i % 12000, (1 + i % 12) * 100 + 1 + i % 28, owner_id, 'Name ' || i, '', '', CASE WHEN i % 2 = 0 THEN 0 ELSE 1 + (i / 2) % 4 END, 0, (i % 1000) * 100, 0, " +
				bought + ", " + bought + ", " + ago(7, 700) + ", 0, 0, 0"},
			"segment_event (friends)":  {"seq, kind, at, log_seq, own_seq, data", "i, 'friend.added', " + ago(7, 700) + ", i, i, '{}'"},
			"segment_event (messages)": {"seq, kind, at, log_seq, own_seq, data", "i, 'message.received', " + ago(5, 300) + ", i, i, '{}'"},
			"lifecycle_person": {"person_id, stage, since, next_stage, next_change_at, known_at, orders, gmv_minor, refunded_minor, named_refunds, first_order_at, last_order_at, rule, announced, announcements",
				fmt.Sprintf("'per_' || i, 'first_order', 1, 'silent', %d + ((i * 11) %% 120) * %d, 1, 1, 1, 0, 0, 1, 1, 0, 'first_order', 0", now, day)},
		} {
			name, only, _ := strings.Cut(table, " ")
			where := ""
			if only == "(messages)" {
				where = " WHERE i % 4 = 0"
			}
			if _, err := tx.Exec(ctx, each+"INSERT INTO "+name+" (org_id, "+row[0]+") SELECT '"+brand.ID+"', "+row[1]+from+where, persons); err != nil {
				return fmt.Errorf("%s: %w", table, err)
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return ctx
}
