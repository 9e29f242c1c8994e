package pool

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/testkit"
	"fishpond/internal/pool/resolve"
)

// BenchmarkList measures GET /persons' query (count, page, identities, tags)
// filter by filter on both engines, and reports the 95th percentile. The
// pool has FISHPOND_BENCH_PERSONS persons (100,000 when not set; the figure
// of docs/benchmarks.md is with 1,000,000):
//
//	FISHPOND_BENCH_PERSONS=1000000 go test ./internal/pool -run xxx -bench List -benchtime 100x -timeout 60m
func BenchmarkList(b *testing.B) {
	n := 100_000
	if s := os.Getenv("FISHPOND_BENCH_PERSONS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	year := func(y int) time.Time { return time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC) }
	none := Filter{MaxGMVMinor: -1, MaxOrders: -1}
	with := func(fn func(f *Filter)) Filter {
		f := none
		fn(&f)
		return f
	}
	filters := []struct {
		name string
		f    Filter
	}{
		{"none", none},
		{"stage", with(func(f *Filter) { f.Stage = "silent" })},
		{"stage_by_gmv", with(func(f *Filter) { f.Stage, f.Sort = "lost", "-gmv_minor" })},
		{"new_by_gmv", with(func(f *Filter) { f.Stage, f.Sort = "new", "-gmv_minor" })},
		{"new_by_name", with(func(f *Filter) { f.Stage, f.Sort = "new", "name" })},
		{"region_small", with(func(f *Filter) { f.Region = "region31" })},
		{"region_large_by_name", with(func(f *Filter) { f.Region, f.Sort = "region0", "name" })},
		{"region_stage", with(func(f *Filter) { f.Region, f.Stage = "region5", "lost" })},
		{"region_stage_gmv_by_orders", with(func(f *Filter) { f.Region, f.Stage, f.MinGMVMinor, f.Sort = "region5", "repeat", 100_000, "-orders" })},
		{"tag_small", with(func(f *Filter) { f.TagID = "tag_3" })},
		{"tag_large_stage", with(func(f *Filter) { f.TagID, f.Stage = "tag_0", "repeat" })},
		{"tag_large_by_name", with(func(f *Filter) { f.TagID, f.Sort = "tag_0", "name" })},
		{"owner", with(func(f *Filter) { f.OwnerStaffID = "stf_7" })},
		{"owner_stage_by_created", with(func(f *Filter) { f.OwnerStaffID, f.Stage, f.Sort = "stf_7", "lost", "-created_at" })},
		{"gmv_range", with(func(f *Filter) { f.MinGMVMinor, f.MaxGMVMinor = 200_000, 300_000 })},
		{"gmv_top_region", with(func(f *Filter) { f.MinGMVMinor, f.Region = 400_000, "region7" })},
		{"never_ordered", with(func(f *Filter) { f.MaxOrders = 0 })},
		{"never_ordered_region", with(func(f *Filter) { f.MaxOrders, f.Region, f.Sort = 0, "region9", "-created_at" })},
		{"orders_range_by_name", with(func(f *Filter) { f.MinOrders, f.MaxOrders, f.Sort = 5, 6, "name" })},
		{"last_order_month", with(func(f *Filter) { f.LastFrom, f.LastTo = year(2025), year(2025).AddDate(0, 1, 0) })},
		{"created_year_by_gmv", with(func(f *Filter) { f.CreatedFrom, f.CreatedTo, f.Sort = year(2024), year(2025), "-gmv_minor" })},
		{"rare_in_all", with(func(f *Filter) { f.Stage, f.Region, f.MinOrders, f.MinGMVMinor = "lost", "region3", 18, 400_000 })},
		{"name", with(func(f *Filter) { f.Q = "王" })},
		{"name_rare", with(func(f *Filter) { f.Q = "王12345" })},
		{"phone", with(func(f *Filter) { f.Q = "13800012345" })},
	}
	for _, engine := range testkit.Engines {
		b.Run(string(engine), func(b *testing.B) {
			f := newFixture(b, benchDB(b, engine, n))
			for _, c := range filters {
				b.Run(c.name, func(b *testing.B) {
					var took []time.Duration
					cpu := cpuTime()
					var total int64
					var after Cursor
					for i := 0; b.Loop(); i++ {
						if i%4 == 0 {
							after = Cursor{} // four pages, then from the start
						}
						began := time.Now()
						p, err := f.List(f.ctx, c.f, after, 20)
						if err != nil {
							b.Fatal(err)
						}
						took = append(took, time.Since(began))
						total, after = p.Total, p.Next
					}
					cpu = cpuTime() - cpu
					slices.Sort(took)
					b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
					b.ReportMetric(float64(total), "matches")
					b.ReportMetric(float64(cpu.Microseconds())/1000/float64(len(took)), "cpu-ms")
					b.ReportMetric(0, "ns/op")
				})
			}
		})
	}
}

// benchDB gives a filled database. With FISHPOND_BENCH_KEEP=DIR the SQLite
// one is kept there for the next run.
func benchDB(b *testing.B, engine db.Engine, n int) *db.DB {
	dir := os.Getenv("FISHPOND_BENCH_KEEP")
	if dir == "" || engine != db.SQLite {
		d := testkit.Open(b, engine, schema)
		newFixture(b, d).fill(n)
		return d
	}
	path := filepath.Join(dir, fmt.Sprintf("persons-%d.db", n))
	_, err := os.Stat(path)
	d, openErr := db.Open(b.Context(), "sqlite:"+path)
	if openErr != nil {
		b.Fatal(openErr)
	}
	b.Cleanup(func() {
		if err := d.Close(); err != nil {
			b.Error(err)
		}
	})
	if err := schema.Migrate(b.Context(), d); err != nil {
		b.Fatal(err)
	}
	if err != nil {
		newFixture(b, d).fill(n)
	}
	return d
}

// cpuTime is what this process has used so far. On a busy machine it says
// more than the clock; it does not see PostgreSQL's own.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// fill makes n persons with a plausible spread: 40 % never bought, regions
// and tags of very different sizes.
func (f *fixture) fill(n int) {
	f.t.Helper()
	const step = 20_000
	state := uint64(42)
	rnd := func(n int) int { // the same persons every time
		state = state*6364136223846793005 + 1442695040888963407
		return int((state >> 33) % uint64(n))
	}
	surnames := []rune("王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗")
	day := int64(24 * time.Hour / time.Microsecond)
	start, now := clock.Micros(time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)), clock.Micros(f.clock.Now())
	indexes := f.texts(map[db.Engine]string{
		db.SQLite:   "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql LIKE 'CREATE INDEX pool%'",
		db.Postgres: "SELECT indexdef FROM pg_indexes WHERE indexdef LIKE 'CREATE INDEX pool%'",
	}[f.d.Engine()])
	for _, q := range indexes { // made at the end: a fraction of the time
		f.exec("DROP INDEX " + strings.Fields(q)[2])
	}
	for from := 0; from < n; from += step {
		var cols [6][]int64
		var known, fives []int64
		var names, regions, owners, persons, stages, values, phones, tagged, tags []string
		for i := from; i < min(n, from+step); i++ {
			id := fmt.Sprintf("per_%032d", i)
			created := start + int64(rnd(1500))*day + int64(rnd(86400))*1e6
			names = append(names, fmt.Sprintf("%c%d", surnames[rnd(len(surnames))], rnd(n)))
			regions = append(regions, fmt.Sprintf("region%d", min(rnd(32), rnd(32))))
			owner := ""
			if i%10 == 0 {
				owner = fmt.Sprintf("stf_%d", rnd(20))
			}
			owners, known, fives = append(owners, owner), append(known, created), append(fives, int64(resolve.Phone.Bit()))
			orders := int64(0)
			if rnd(10) >= 4 {
				orders = 1 + int64(min(rnd(20), rnd(20), rnd(20)))
			}
			gmv, first, last, stage := int64(0), int64(0), int64(0), "new"
			if orders > 0 {
				gmv = orders * int64(1000+rnd(30_000))
				first = created
				last = min(now, created+int64(rnd(900))*day)
				switch age := (now - last) / day; {
				case age > 365:
					stage = "lost"
				case age > 120:
					stage = "silent"
				case orders > 1:
					stage = "repeat"
				default:
					stage = "first_order"
				}
			}
			for c, v := range []int64{orders, 0, gmv, 0, first, last} {
				cols[c] = append(cols[c], v)
			}
			persons, stages = append(persons, id), append(stages, stage)
			values, phones = append(values, fmt.Sprintf("+86138%08d", i)), append(phones, id)
			for t, every := range []int{3, 50, 1000, 20000} {
				if rnd(every) == 0 {
					tagged, tags = append(tagged, id), append(tags, fmt.Sprintf("tag_%d", t))
				}
			}
		}
		err := f.d.Write(f.ctx, org, func(tx *db.Tx) error {
			k := len(persons)
			if _, err := tx.BulkInsert(f.ctx, "pool_person", "", db.Same("org_id", org, k), db.Text("person_id", persons), db.Int("seq", seqs(from+1, k)),
				db.Text("canonical_id", persons), db.Text("stage", stages), db.Text("own_name", names), db.Text("name", names), db.Text("name_key", names),
				db.Text("own_region", regions), db.Text("region", regions), db.Text("own_owner", owners), db.Text("owner_staff_id", owners),
				db.Int("own_created_at", known), db.Int("created_at", known), db.Int("own_kinds", fives), db.Int("kinds", fives),
				db.Int("orders", cols[0]), db.Int("refunds", cols[1]), db.Int("gmv_minor", cols[2]), db.Int("refunded_minor", cols[3]),
				db.Int("first_order_at", cols[4]), db.Int("last_order_at", cols[5])); err != nil {
				return err
			}
			if _, err := tx.BulkInsert(f.ctx, "pool_identity", "", db.Same("org_id", org, k), db.Same("kind", "phone", k), db.Text("value", values),
				db.Same("holder", "", k), db.Text("person_id", phones), db.Same("source", "bench", k), db.Int("created_at", cols[1])); err != nil {
				return err
			}
			t := len(tags)
			_, err := tx.BulkInsert(f.ctx, "pool_tag_link", "", db.Same("org_id", org, t), db.Text("person_id", tagged), db.Text("tag_id", tags),
				db.Text("canonical_id", tagged), db.Int("at", make([]int64, t)), db.Same("by_id", "bench", t))
			return err
		})
		if err != nil {
			f.t.Fatal(err)
		}
	}
	for i := range 4 {
		if err := f.d.Write(f.ctx, org, func(tx *db.Tx) error {
			return f.insertTag(f.ctx, tx, org, fmt.Sprintf("tag_%d", i), fmt.Sprintf("tag %d", i), "", "", f.clock.Now())
		}); err != nil {
			f.t.Fatal(err)
		}
	}
	if err := f.d.Write(f.ctx, org, func(tx *db.Tx) error { _, err := nextSeqs(f.ctx, tx, org, n); return err }); err != nil {
		f.t.Fatal(err)
	}
	for _, q := range indexes {
		f.exec(q)
	}
	if f.d.Engine() == db.Postgres { // what autovacuum does within a minute
		f.exec("VACUUM ANALYZE")
	}
}

func (f *fixture) exec(statement string) {
	f.t.Helper()
	if _, err := f.d.Writer().Exec(statement); err != nil {
		f.t.Fatal(err)
	}
}

func seqs(from, n int) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = int64(from + i)
	}
	return out
}
