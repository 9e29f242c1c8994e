package stream

import (
	"errors"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

func values() *rapid.Generator[Value] {
	return rapid.Custom(func(t *rapid.T) Value {
		c := Column{Name: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "name"), Number: rapid.Bool().Draw(t, "number")}
		if c.Number {
			return Value{Column: c, Num: rapid.Int64().Draw(t, "num")}
		}
		return Value{Column: c, Text: rapid.String().Draw(t, "text")}
	})
}

func TestPartsComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.SampledFrom([]int64{1, 1000, 1_000_000}).Draw(t, "unit")
		begin := rapid.Int64Range(-1<<40, 1<<40).Draw(t, "begin") * unit
		rows := make([]Row, rapid.IntRange(1, 40).Draw(t, "rows"))
		for i := range rows {
			rows[i] = Row{Offset: uint16(rapid.IntRange(0, BlockSize-1).Draw(t, "offset")), At: begin + unit*rapid.Int64Range(0, 1<<22).Draw(t, "at"),
				Values: rapid.SliceOfN(values(), 0, 4).Draw(t, "values")}
			if len(rows[i].Values) == 0 {
				rows[i].Values = nil
			}
		}
		Sort(rows)
		columns := map[Column][]byte{}
		for _, c := range Columns(rows) {
			columns[c] = EncodeColumn(rows, c)
		}
		times := EncodeTimes(rows)
		got, err := Decode(times, columns)
		if err != nil {
			t.Fatal(err)
		}
		for i := range rows { // of one column they keep their order
			for _, c := range []Column{{"a", true}, {"a", false}, {"b", true}, {"b", false}} {
				if !reflect.DeepEqual(of(rows[i], c), of(got[i], c)) {
					t.Fatalf("row %d: %v, want %v", i, got[i], rows[i])
				}
			}
			if got[i].Offset != rows[i].Offset || got[i].At != rows[i].At {
				t.Fatalf("row %d: %v, want %v", i, got[i], rows[i])
			}
		}
		// Cut short, they are refused and nothing falls over.
		cut := rapid.IntRange(0, len(times)-1).Draw(t, "cut")
		if _, _, err := DecodeTimes(times[:cut], nil, nil); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("%d of %d bytes were taken: %v", cut, len(times), err)
		}
	})
}

func of(r Row, c Column) (out []Value) {
	for _, v := range r.Values {
		if v.Column == c {
			out = append(out, v)
		}
	}
	return out
}

func TestTailsComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := make([]Event, rapid.IntRange(1, 20).Draw(t, "events"))
		for i := range events {
			events[i] = Event{Seq: rapid.Uint32().Draw(t, "seq"), Kind: rapid.SampledFrom([]string{"order.paid", "page.viewed"}).Draw(t, "kind"),
				At: rapid.Int64Range(-1<<60, 1<<60).Draw(t, "at"), Values: rapid.SliceOfN(values(), 0, 3).Draw(t, "values")}
			if len(events[i].Values) == 0 {
				events[i].Values = nil
			}
		}
		cut := rapid.IntRange(0, len(events)).Draw(t, "cut")
		data := append(EncodeTail(events[:cut]), EncodeTail(events[cut:])...)
		got, err := DecodeTail(data, nil)
		if err != nil || !reflect.DeepEqual(got, events) {
			t.Fatalf("%v\n%v\n%v", err, got, events)
		}
	})
}

// Whatever is in the database, reading it ends with rows or with an error.
func FuzzDecode(f *testing.F) {
	rows := []Row{{Offset: 3, At: 7_000_000, Values: []Value{{Column{"a", false}, 0, "x"}, {Column{"b", true}, 9, ""}}}, {Offset: 9, At: 1}}
	f.Add(EncodeTimes(rows), EncodeColumn(rows, Column{"a", false}))
	f.Add(EncodeTimes(rows), EncodeColumn(rows, Column{"b", true}))
	f.Add(EncodeTail([]Event{{Seq: 1, Kind: "a.b", At: 5}}), []byte{1, 0})
	f.Fuzz(func(t *testing.T, times, column []byte) {
		offsets, at, err := DecodeTimes(times, nil, nil)
		if err == nil && len(offsets) != len(at) {
			t.Fatal("as many persons as times")
		}
		for _, c := range []Column{{"a", false}, {"a", true}} {
			rows, err := Decode(times, map[Column][]byte{c: column})
			if err == nil && len(rows) != len(at) {
				t.Fatal("rows are lost")
			}
		}
		if _, err := DecodeTail(times, nil); err != nil && !errors.Is(err, ErrCorrupt) {
			t.Fatal(err)
		}
	})
}
