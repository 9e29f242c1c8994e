package index_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"fishpond/internal/segment/index"
	"fishpond/internal/segment/predicate/plan"
)

// The benchmarks ask a made-up pool of INDEX_PERSONS (200,000) persons with
// five times as many events over two years.

var (
	regions = []string{"山东", "河南", "北京", "上海", "广东", "四川", "江苏", "浙江", "湖北", "湖南", "河北", "福建", "安徽", "辽宁", "陕西", "江西", "广西", "重庆", "云南", "天津"}
	stages  = []string{"new", "first_order", "repeat", "silent", "lost"}
	present = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
)

func text(name string) plan.Attr { return plan.Attr{Name: name, Type: plan.Text} }

var (
	gmv      = plan.Attr{Name: "gmv", Type: plan.Money}
	orders   = plan.Attr{Name: "orders", Type: plan.Count}
	birthday = plan.Attr{Name: "birthday", Type: plan.Date}
	first    = plan.Attr{Name: "first_order", Type: plan.Instant}
	last     = plan.Attr{Name: "last_order", Type: plan.Instant}
	created  = plan.Attr{Name: "created", Type: plan.Instant}
)

func size() int {
	if n, err := strconv.Atoi(os.Getenv("INDEX_PERSONS")); err == nil {
		return n
	}
	return 200_000
}

// paid is the property of orders that the made-up pool keeps.
var paid = index.Property{Kind: "order.paid", Prop: plan.Prop{Path: "amount_minor", Type: plan.Money}}

func synthetic(n int) *index.Index {
	x, r := index.New(paid), rand.New(rand.NewPCG(1, 2))
	now := present.UnixMicro()
	b := index.NewBatch()
	for seq := uint32(1); seq <= uint32(n); seq++ {
		back := func(days int) int64 { return now - r.Int64N(int64(days)*86400_000_000) }
		b.SetText(seq, text("stage"), stages[min(r.IntN(5), r.IntN(5))])
		b.SetText(seq, text("region"), regions[min(r.IntN(20), r.IntN(20))])
		b.SetText(seq, text("gender"), []string{"", "male", "female"}[r.IntN(3)])
		b.SetText(seq, text("owner"), "stf_"+strconv.Itoa(r.IntN(200)))
		b.SetText(seq, text("channel"), "chn_"+strconv.Itoa(r.IntN(40)))
		b.SetText(seq, text("name"), "客户"+strconv.Itoa(r.IntN(n)))
		bought := r.IntN(4) * r.IntN(4)
		b.SetNumber(seq, orders, int64(bought))
		b.SetNumber(seq, gmv, int64(bought)*int64(r.IntN(60000)))
		b.SetNumber(seq, plan.Attr{Name: "refunds", Type: plan.Count}, int64(r.IntN(20)/19))
		b.SetNumber(seq, plan.Attr{Name: "refunded", Type: plan.Money}, int64(r.IntN(20)/19*r.IntN(9900)))
		b.SetNumber(seq, created, back(1000))
		if bought > 0 {
			b.SetNumber(seq, first, back(730))
			b.SetNumber(seq, last, back(400))
			for _, name := range []string{"rfm.recency", "rfm.frequency", "rfm.monetary"} {
				b.SetNumber(seq, plan.Attr{Name: name, Type: plan.Count}, int64(1+r.IntN(5)))
			}
		}
		if r.IntN(2) == 0 {
			b.SetNumber(seq, birthday, int64(plan.Civil(1960+r.IntN(45), 1, 1+r.IntN(365))))
		}
		for tag := range 20 {
			if r.IntN(4+3*tag) == 0 {
				b.Tag(seq, "tag_"+strconv.Itoa(tag), true)
			}
		}
		b.Identity(seq, "phone", r.IntN(3) > 0)
		b.Segment(seq, "seg_1", r.IntN(6) == 0)
		b.Consent(seq, "marketing", []string{"", "granted", "withdrawn"}[r.IntN(3)])
		for range r.IntN(5) {
			b.Event(seq, "order.paid", back(730), map[string]any{"amount_minor": float64(r.IntN(90000))})
		}
		for range r.IntN(7) {
			b.Event(seq, "message.opened", back(180), nil)
		}
		if seq%50_000 == 0 {
			x.Apply(b, index.Position{Seq: int64(seq)})
			b = index.NewBatch()
		}
	}
	x.Apply(b, index.Position{Seq: int64(n)})
	return x
}

var pool *index.Index

func benched(b *testing.B) *index.Index {
	if pool == nil {
		start := time.Now()
		pool = synthetic(size())
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.Logf("%d persons: built in %.1f s; %.1f bytes a person counted, %.1f of heap", size(), time.Since(start).Seconds(),
			float64(pool.Snapshot().Bytes())/float64(size()), float64(m.HeapAlloc)/float64(size()))
	}
	return pool
}

func days(n int) plan.Window {
	end := plan.DayOf(present.In(time.FixedZone("", 8*3600))) + 1
	return plan.Window{From: (end - plan.Day(n)).Start(time.FixedZone("", 8*3600)), To: end.Start(time.FixedZone("", 8*3600))}
}

func atLeast(n int64) []plan.Span { return []plan.Span{{Lo: n, Hi: plan.Max}} }

var queries = []struct {
	name string
	plan plan.Node
}{
	{"attributes and tags", plan.And{Of: []plan.Node{plan.Texts{Attr: text("stage"), Values: []string{"silent"}}, plan.Texts{Attr: text("region"), Values: []string{"山东", "河南"}},
		plan.Range{Attr: gmv, Spans: atLeast(50_000)}, plan.Tagged{IDs: []string{"tag_1"}}, plan.Not{Of: plan.Tagged{IDs: []string{"tag_5"}}}}}},
	{"twice in 90 days", plan.Measure{Kind: "order.paid", Window: days(90), Spans: atLeast(2)}},
	{"in 2025, three or four", plan.Measure{Kind: "order.paid", Window: plan.Window{From: 1735660800_000000, To: 1767196800_000000}, Spans: []plan.Span{{Lo: 3, Hi: 4}}}},
	{"never in 30 days", plan.Not{Of: plan.Measure{Kind: "message.opened", Window: days(30), Spans: atLeast(1)}}},
	{"birthday and tags", plan.And{Of: []plan.Node{plan.Days{Attr: birthday, Spans: []plan.Span{{Lo: 1119, Hi: 1125}}}, plan.Tagged{IDs: []string{"tag_0", "tag_2"}}}}},
	{"broad range", plan.Range{Attr: gmv, Spans: []plan.Span{{Lo: 10_000, Hi: 200_000}}}},
	{"instant range", plan.Range{Attr: last, Spans: []plan.Span{{Lo: days(90).From, Hi: plan.Max}}}},
	{"nested", plan.And{Of: []plan.Node{plan.InSegment{ID: "seg_1"}, plan.Not{Of: plan.InSegment{ID: "seg_2"}}, plan.Range{Attr: orders, Spans: atLeast(2)}}}},
	{"random tenth", plan.Share(0, 1000, "x")},
	{"since joining", plan.Measure{Kind: "order.paid", Window: plan.Window{From: plan.Min, To: plan.Max, Joined: true, Within: 7 * 86400_000000}, Spans: atLeast(1)}},
	{"the sentence", plan.And{Of: []plan.Node{plan.Texts{Attr: text("stage"), Values: []string{"silent"}}, plan.Texts{Attr: text("region"), Values: []string{"山东", "河南"}},
		plan.Range{Attr: gmv, Spans: atLeast(50_000)}, plan.Tagged{IDs: []string{"tag_1"}}, plan.Not{Of: plan.Tagged{IDs: []string{"tag_5"}}},
		plan.Measure{Kind: "order.paid", Window: days(90), Spans: atLeast(2)}, plan.Not{Of: plan.Measure{Kind: "message.opened", Window: days(30), Spans: atLeast(1)}}}}},
	{"over 500 in 90 days", plan.Measure{Kind: "order.paid", Window: days(90), Of: plan.Sum, Prop: paid.Prop, Spans: atLeast(50_000)}},
	{"an order over 800", plan.Measure{Kind: "order.paid", Window: plan.Always, Spans: atLeast(1),
		Where: []plan.Cond{{Prop: paid.Prop, Test: plan.Within, Spans: atLeast(80_000)}}}},
	{"a name", plan.Texts{Attr: text("name"), Values: []string{"客户7"}}},
}

// processor is the time that this process has computed: what counts on a
// machine that does other things too.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkEval(b *testing.B) {
	s := benched(b).Snapshot()
	for _, q := range queries {
		b.Run(q.name, func(b *testing.B) {
			var r index.Result
			start := processor()
			for b.Loop() {
				r = s.Eval(q.plan, nil)
			}
			b.ReportMetric((processor()-start).Seconds()*1000/float64(b.N), "cpu-ms")
			b.ReportMetric(float64(r.Bitmap.GetCardinality()), "found")
		})
	}
}

func BenchmarkHolds(b *testing.B) {
	s := benched(b).Snapshot()
	seq := uint32(0)
	for b.Loop() {
		seq = (seq + 7919) % uint32(size())
		s.Holds(seq, queries[10].plan, nil) // the sentence
	}
}

// BenchmarkUpdate applies orders: an event, three numbers and a tag each.
func BenchmarkUpdate(b *testing.B) {
	for _, batch := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("batches of %d", batch), func(b *testing.B) {
			x, r := benched(b), rand.New(rand.NewPCG(3, 4))
			at, start := present.UnixMicro(), processor()
			for b.Loop() {
				c := index.NewBatch()
				for range batch {
					seq := 1 + r.Uint32N(uint32(size()))
					at += 1_000
					c.Event(seq, "order.paid", at, map[string]any{"amount_minor": 9900.0})
					c.SetNumber(seq, gmv, r.Int64N(500_000))
					c.SetNumber(seq, orders, 1+r.Int64N(9))
					c.SetNumber(seq, last, at)
					c.SetText(seq, text("stage"), stages[r.IntN(5)])
					c.Tag(seq, "tag_1", r.IntN(2) == 0)
				}
				x.Apply(c, index.Position{})
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*batch), "µs/person")
			b.ReportMetric(float64((processor()-start).Microseconds())/float64(b.N*batch), "cpu-µs/person")
		})
	}
}

// BenchmarkFile saves and restores, to the folder for temporary files.
func BenchmarkFile(b *testing.B) {
	s, path := benched(b).Snapshot(), filepath.Join(b.TempDir(), "x.index")
	b.Run("save", func(b *testing.B) {
		for b.Loop() {
			if err := s.Save(path, "org_1"); err != nil {
				b.Fatal(err)
			}
		}
		info, err := os.Stat(path)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size())/float64(size()), "B/person")
	})
	b.Run("load", func(b *testing.B) {
		for b.Loop() {
			if _, err := index.Load(path, "org_1", paid); err != nil {
				b.Fatal(err)
			}
		}
	})
}
