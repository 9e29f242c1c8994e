package clv

import (
	"cmp"
	"slices"
)

// Row is what the models know of people who are alike: X purchases after the
// first, the last one Recency after the first, known for Age. Times are in the
// caller's unit. 0 ≤ Recency ≤ Age; Recency is 0 where X is.
type Row struct {
	X            int
	Recency, Age float64
	People       int64 // how many are so, at least 1
}

// Collapse sums up equal rows. Their order is fixed: by Age, X and Recency.
func Collapse(rows []Row) []Row {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Age, b.Age), cmp.Compare(a.X, b.X), cmp.Compare(a.Recency, b.Recency))
	})
	out := rows[:0]
	for _, r := range rows {
		if n := len(out); n > 0 && out[n-1].Age == r.Age && out[n-1].X == r.X && out[n-1].Recency == r.Recency {
			out[n-1].People += r.People
			continue
		}
		out = append(out, r)
	}
	return out
}

// table is rows as the fits read them: each distinct time and each distinct X is
// worked out once, and rows point at it.
type table struct {
	people float64
	times  []float64
	xs     []int
	cells  []cell
}

type cell struct {
	x, recency, age int32 // indexes
	n               float64
}

func newTable(rows []Row) *table {
	t := &table{cells: make([]cell, 0, len(rows))}
	for _, r := range rows {
		t.times = append(t.times, r.Age, r.Recency)
		t.xs = append(t.xs, r.X)
	}
	slices.Sort(t.times)
	slices.Sort(t.xs)
	t.times, t.xs = slices.Compact(t.times), slices.Compact(t.xs)
	for _, r := range rows {
		age, _ := slices.BinarySearch(t.times, r.Age)
		recency, _ := slices.BinarySearch(t.times, r.Recency)
		x, _ := slices.BinarySearch(t.xs, r.X)
		t.cells = append(t.cells, cell{int32(x), int32(recency), int32(age), float64(r.People)}) //nolint:gosec // far fewer than 2^31 distinct values
		t.people += float64(r.People)
	}
	return t
}

// thin is about n of the rows, spread evenly, for a first look.
func thin(rows []Row, n int) []Row {
	if len(rows) <= n {
		return rows
	}
	out := make([]Row, 0, n)
	for i := range n {
		out = append(out, rows[i*len(rows)/n])
	}
	return out
}
