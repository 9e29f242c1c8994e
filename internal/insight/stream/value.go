package stream

import (
	"cmp"
	"slices"
)

// Column names a property. Texts and numbers of one name are two columns.
type Column struct {
	Name   string
	Number bool
}

// Compare orders columns by name, texts first.
func (c Column) Compare(d Column) int {
	return cmp.Or(cmp.Compare(c.Name, d.Name), cmp.Compare(bit(c.Number), bit(d.Number)))
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Value is one value of a property of an event; an event may have several of
// one column. Numbers are in ten-thousandths.
type Value struct {
	Column
	Num  int64
	Text string
}

// Row is an event of one kind.
type Row struct {
	Offset uint16 // place of the person in the block
	At     int64  // UTC microseconds
	Values []Value
}

// Sort orders rows by person and time and keeps the order of the others.
func Sort(rows []Row) {
	slices.SortStableFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.At, b.At))
	})
}

// Columns lists the properties that rows have, in order.
func Columns(rows []Row) []Column {
	seen := map[Column]bool{}
	var out []Column
	for _, r := range rows {
		for _, v := range r.Values {
			if !seen[v.Column] {
				seen[v.Column] = true
				out = append(out, v.Column)
			}
		}
	}
	slices.SortFunc(out, Column.Compare)
	return out
}
