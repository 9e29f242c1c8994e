package segment

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"fishpond/internal/segment/predicate/plan"
)

// TestRun measures a small pool on every engine: what is printed is complete,
// and all engines find the same people.
func TestRun(t *testing.T) {
	var out, log bytes.Buffer
	if err := Run(t.Context(), Options{Persons: 3000, Events: 15_000, Seed: 1, Engines: Engines, Dir: t.TempDir(), JSON: true, Budget: time.Millisecond}, &out, &log); err != nil {
		t.Fatalf("%v\n%s", err, &log)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != len(texts)+1 {
		t.Fatalf("%d lines for %d queries:\n%s", len(lines), len(texts), &out)
	}
	for _, line := range lines[:len(texts)] {
		var l Line
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		if l.Query == "" || l.Text == "" || l.Bitmap <= 0 || l.Postgres == nil || l.SQLite == nil || l.Ratio == nil {
			t.Errorf("incomplete: %s", line)
		}
	}
	var s Summary
	if err := json.Unmarshal([]byte(lines[len(texts)]), &s); err != nil {
		t.Fatal(err)
	}
	if s.Persons != 3000 || s.BytesPerPerson <= 0 || s.BuildS <= 0 || s.UpdateUS <= 0 || s.SnapshotBytes <= 0 || s.RatioMedian == nil ||
		len(s.PostgresIndexes) < len(indexes) || len(s.SQLiteIndexes) < len(indexes) || s.Machine.CPUs == 0 {
		t.Errorf("incomplete: %+v", s)
	}
}

// TestPeople: the same seed makes the same people, and they are as many and as
// uneven as promised.
func TestPeople(t *testing.T) {
	const persons, events = 20_000, 100_000
	g, again := newPeople(1, persons, events), newPeople(1, persons, events)
	tagged := map[string]int{}
	none := 0
	for seq := uint32(1); seq <= persons; seq++ {
		p := g.next(seq)
		if q := again.next(seq); q.GMV != p.GMV || len(q.Events) != len(p.Events) || q.Name != p.Name {
			t.Fatalf("%d is made differently", seq)
		}
		for _, id := range p.Tags {
			tagged[id]++
		}
		if p.Orders == 0 {
			none++
		}
		for _, e := range p.Events {
			if e.At < p.Created || e.At > at(0) {
				t.Fatalf("%d did something before joining or after the present", seq)
			}
		}
	}
	if math.Abs(float64(g.total)/events-1) > 0.05 {
		t.Errorf("%d events, asked for %d", g.total, events)
	}
	if first, last := tagged["tag_1"], tagged["tag_30"]; first < persons*28/100 || first > persons*32/100 || last > persons*3/1000 {
		t.Errorf("tags from %d down to %d of %d", first, last, persons)
	}
	if none < persons/10 || none > persons*6/10 {
		t.Errorf("%d of %d never bought", none, persons)
	}
}

// TestQueries: each describes somebody and not everybody, nothing by chance.
func TestQueries(t *testing.T) {
	asked, nested, err := queries()
	if err != nil {
		t.Fatal(err)
	}
	g := newPeople(1, 60_000, 300_000)
	found := make([]int, len(asked))
	for seq := uint32(1); seq <= 60_000; seq++ {
		p := g.next(seq)
		if plan.Eval(nested, &p) {
			p.Segments = []string{"seg_1"}
		}
		for i, q := range asked {
			if plan.Eval(q.plan, &p) {
				found[i]++
			}
		}
	}
	for i, q := range asked {
		if found[i] == 0 || found[i] > 58_000 {
			t.Errorf("%s: %d of 60,000", q.text, found[i])
		}
		t.Logf("%7d %s", found[i], q.text)
	}
}
