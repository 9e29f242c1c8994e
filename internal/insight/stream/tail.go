package stream

import (
	"encoding/binary"
	"maps"
	"slices"
)

// Event is an event of a person.
type Event struct {
	Seq    uint32
	Kind   string
	At     int64 // UTC microseconds
	Values []Value
}

func inOrder[V any](m map[Column]V) []Column {
	return slices.SortedFunc(maps.Keys(m), Column.Compare)
}

// EncodeTail writes events as they came: what is not sorted into parts yet.
// One tail put behind another is a tail of both.
func EncodeTail(events []Event) []byte {
	words := map[string]uint64{}
	var dict []string
	word := func(s string) uint64 {
		n, known := words[s]
		if !known {
			n = uint64(len(dict))
			words[s], dict = n, append(dict, s)
		}
		return n
	}
	var b []byte
	last := int64(0)
	for _, e := range events {
		b = binary.AppendUvarint(b, word(e.Kind))
		b = binary.AppendUvarint(b, uint64(e.Seq))
		b = binary.AppendVarint(b, e.At-last)
		last = e.At
		b = binary.AppendUvarint(b, uint64(len(e.Values)))
		for _, v := range e.Values {
			b = binary.AppendUvarint(b, word(v.Name)<<1|uint64(bit(v.Number))) //nolint:gosec // 0 or 1
			if v.Number {
				b = binary.AppendVarint(b, v.Num)
			} else {
				b = binary.AppendUvarint(b, word(v.Text))
			}
		}
	}
	out := binary.AppendUvarint([]byte{version}, uint64(len(dict)))
	for _, s := range dict {
		out = binary.AppendUvarint(out, uint64(len(s)))
		out = append(out, s...)
	}
	out = binary.AppendUvarint(out, uint64(len(events)))
	return append(out, b...)
}

// DecodeTail appends the events of a tail to out.
func DecodeTail(data []byte, out []Event) ([]Event, error) {
	r := reader{data, nil}
	for more := true; more && r.err == nil; more = len(r.b) > 0 {
		out = r.tail(out)
	}
	return out, r.err
}

// tail reads what was encoded at once.
func (r *reader) tail(out []Event) []Event {
	if r.byte() != version {
		r.err = ErrCorrupt
		return out
	}
	size := r.uvarint()
	if size > uint64(len(r.b)) {
		r.err = ErrCorrupt
		return out
	}
	dict := make([]string, size)
	for i := range dict {
		dict[i] = r.text()
	}
	word := func(n uint64) string {
		if n >= size {
			r.err = ErrCorrupt
			return ""
		}
		return dict[n]
	}
	last := int64(0)
	for n := r.uvarint(); n > 0 && r.err == nil; n-- {
		e := Event{Kind: word(r.uvarint()), Seq: uint32(r.uvarint())} //nolint:gosec // written from one
		last += r.varint()
		e.At = last
		for k := r.uvarint(); k > 0 && r.err == nil; k-- {
			name := r.uvarint()
			v := Value{Column: Column{Name: word(name >> 1), Number: name&1 == 1}}
			if v.Number {
				v.Num = r.varint()
			} else {
				v.Text = word(r.uvarint())
			}
			e.Values = append(e.Values, v)
		}
		out = append(out, e)
	}
	return out
}
