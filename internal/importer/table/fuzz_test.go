package table

import (
	"bytes"
	"encoding/csv"
	"io"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// FuzzOpen: whatever the bytes are, reading ends, rows fit the header and
// their lines go up.
func FuzzOpen(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "a;b\n\"1\n2\";3", "\xff\xfea\x00,\x00b\x00\n\x00", "\ufeffa\tb\r\n1\t2", "sep=|\na|b\n", "a,b\n\xd5\xc5\xce\xb0,2\n", "\x1f\x8b\x08"} {
		f.Add([]byte(s), byte(0))
	}
	f.Add(gz([]byte("a,b\n1,2\n")), byte(1))
	f.Fuzz(func(t *testing.T, in []byte, encoding byte) {
		o := Options{}
		if n := int(encoding); n > 0 && n <= len(Encodings) {
			o.Encoding = Encodings[n-1]
		}
		table, err := Open(write(t, "fuzz", in), o)
		if err != nil {
			return
		}
		defer table.Close()
		last := int64(0)
		for {
			r, err := table.Next()
			if err != nil {
				return
			}
			if len(r.Cells) != len(table.Columns) || r.Line <= last {
				t.Fatalf("line %d after %d, %d cells of %d", r.Line, last, len(r.Cells), len(table.Columns))
			}
			last = r.Line
		}
	})
}

// What encoding/csv writes comes back as it was, in chunks of any size.
func TestAgreesWithTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		columns := rapid.IntRange(2, 5).Draw(t, "columns")
		word := rapid.StringMatching(`[a-zé中"',;\n 0-9]{1,12}`)
		var rows [][]string
		for range rapid.IntRange(1, 8).Draw(t, "rows") {
			row := make([]string, columns)
			for i := range row {
				row[i] = "x" + word.Draw(t, "cell")
			}
			rows = append(rows, row)
		}
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		if err := w.WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		r, err := newCSV(&dribble{b.Bytes(), rapid.IntRange(1, 7).Draw(t, "chunk")}, b.Bytes(), Options{Delimiter: ",", Encoding: UTF8})
		if err != nil {
			t.Fatal(err)
		}
		r.buf = append(make([]byte, 0, 8), r.buf[:r.end]...) // grows in small steps
		for i := 0; ; i++ {
			_, cells, problem, err := r.next()
			if err == io.EOF {
				if i != len(rows) {
					t.Fatalf("%d rows of %d", i, len(rows))
				}
				return
			}
			if err != nil || !problem.IsZero() {
				t.Fatal(err, problem)
			}
			got := make([]string, len(cells))
			for j, c := range cells {
				got[j] = string(c)
			}
			if !slices.Equal(got, rows[i]) {
				t.Fatalf("row %d: %q, want %q", i, got, rows[i])
			}
		}
	})
}

// dribble gives out n bytes at a time.
type dribble struct {
	b []byte
	n int
}

func (d *dribble) Read(p []byte) (int, error) {
	if len(d.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), d.n)], d.b)
	d.b = d.b[n:]
	return n, nil
}
