package stream

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// ErrCorrupt is returned for bytes that were not written by this package.
var ErrCorrupt = errors.New("stream: the bytes are not those of a part")

const version = 1

// units are the steps in which times may be kept, in microseconds: the
// coarsest that all times of a part are whole multiples of. Imports know
// seconds, platforms milliseconds.
var units = []int64{1_000_000, 1_000, 1}

// EncodeTimes writes who and when of sorted rows.
func EncodeTimes(rows []Row) []byte {
	unit, least, most := units[0], int64(0), int64(0)
	for i, r := range rows {
		if i == 0 || r.At < least {
			least = r.At
		}
		if i == 0 || r.At > most {
			most = r.At
		}
		for r.At%unit != 0 {
			unit = finer(unit)
		}
	}
	width := 0
	for span := uint64((most - least) / unit); span > 0; span >>= 8 { //nolint:gosec // most ≥ least
		width++
	}
	b := []byte{version}
	b = binary.AppendUvarint(b, uint64(len(rows)))
	b = binary.AppendUvarint(b, uint64(unit)) //nolint:gosec // positive
	b = binary.AppendVarint(b, least)
	b = append(b, byte(width))
	last := uint16(0)
	for _, r := range rows {
		b = binary.AppendUvarint(b, uint64(r.Offset-last))
		last = r.Offset
	}
	for _, r := range rows {
		v := uint64((r.At - least) / unit) //nolint:gosec // not negative
		for range width {
			b = append(b, byte(v))
			v >>= 8
		}
	}
	return b
}

func finer(unit int64) int64 {
	for i, u := range units {
		if u == unit {
			return units[i+1] // 1 divides everything
		}
	}
	return 1
}

// DecodeTimes appends who and when of a part to the two slices.
func DecodeTimes(data []byte, offsets []uint16, at []int64) ([]uint16, []int64, error) {
	if len(data) == 0 || data[0] != version {
		return offsets, at, ErrCorrupt
	}
	r := reader{data[1:], nil}
	n, unit, least := r.uvarint(), r.uvarint(), r.varint()
	width := int(r.byte())
	if r.err != nil || width > 8 || n > uint64(len(r.b)) || unit == 0 || unit > 1_000_000 {
		return offsets, at, ErrCorrupt
	}
	offset := uint64(0)
	b := r.b
	for range n {
		if len(b) == 0 {
			return offsets, at, ErrCorrupt
		}
		d := uint64(b[0])
		if d < 0x80 {
			b = b[1:]
		} else {
			var k int
			if d, k = binary.Uvarint(b); k <= 0 {
				return offsets, at, ErrCorrupt
			}
			b = b[k:]
		}
		if offset += d; offset >= BlockSize {
			return offsets, at, ErrCorrupt
		}
		offsets = append(offsets, uint16(offset))
	}
	if uint64(len(b)) != n*uint64(width) { //nolint:gosec // at most 8
		return offsets, at, ErrCorrupt
	}
	at = slices.Grow(at, int(n)) //nolint:gosec // at most len(data)
	mask := uint64(1)<<(8*width) - 1
	for n > 0 && len(b) >= 8 { // whole words while they last
		at = append(at, least+int64(binary.LittleEndian.Uint64(b)&mask*unit)) //nolint:gosec // was an int64
		b, n = b[width:], n-1
	}
	for ; n > 0; n-- {
		v := uint64(0)
		for k := width - 1; k >= 0; k-- {
			v = v<<8 | uint64(b[k])
		}
		at, b = append(at, least+int64(v*unit)), b[width:] //nolint:gosec // was an int64
	}
	return offsets, at, nil
}

// EncodeColumn writes the values that sorted rows have of one property.
func EncodeColumn(rows []Row, c Column) []byte {
	b := []byte{version}
	b = binary.AppendUvarint(b, uint64(len(rows)))
	if c.Number {
		for _, r := range rows {
			b = binary.AppendUvarint(b, count(r, c))
			for _, v := range r.Values {
				if v.Column == c {
					b = binary.AppendVarint(b, v.Num)
				}
			}
		}
		return b
	}
	codes, dict := map[string]uint64{}, []string{}
	for _, r := range rows {
		for _, v := range r.Values {
			if _, known := codes[v.Text]; v.Column == c && !known {
				codes[v.Text] = uint64(len(dict))
				dict = append(dict, v.Text)
			}
		}
	}
	b = binary.AppendUvarint(b, uint64(len(dict)))
	for _, s := range dict {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	for _, r := range rows {
		b = binary.AppendUvarint(b, count(r, c))
		for _, v := range r.Values {
			if v.Column == c {
				b = binary.AppendUvarint(b, codes[v.Text])
			}
		}
	}
	return b
}

func count(r Row, c Column) (n uint64) {
	for _, v := range r.Values {
		if v.Column == c {
			n++
		}
	}
	return n
}

// ReadColumn calls number or text for each value of a column, with its row.
// known, when not nil, is called with the dictionary before text is.
func ReadColumn(data []byte, c Column, dictionary func([]string), number func(row int, v int64), text func(row int, code int)) error {
	if len(data) == 0 || data[0] != version {
		return ErrCorrupt
	}
	r := reader{data[1:], nil}
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		return ErrCorrupt
	}
	var dict []string
	if !c.Number {
		size := r.uvarint()
		if size > uint64(len(r.b)) {
			return ErrCorrupt
		}
		for range size {
			dict = append(dict, r.text())
		}
		if r.err == nil && dictionary != nil {
			dictionary(dict)
		}
	}
	for row := range int(n) { //nolint:gosec // at most len(data)
		for k := r.uvarint(); k > 0 && r.err == nil; k-- {
			if c.Number {
				number(row, r.varint())
				continue
			}
			code := r.uvarint()
			if code >= uint64(len(dict)) {
				return ErrCorrupt
			}
			text(row, int(code)) //nolint:gosec // below len(dict)
		}
	}
	if r.err == nil && len(r.b) > 0 {
		return ErrCorrupt
	}
	return r.err
}

// Decode reads a whole part: its times, and the columns that it has.
func Decode(times []byte, columns map[Column][]byte) ([]Row, error) {
	offsets, at, err := DecodeTimes(times, nil, nil)
	if err != nil {
		return nil, err
	}
	rows := make([]Row, len(at))
	for i := range rows {
		rows[i] = Row{Offset: offsets[i], At: at[i]}
	}
	for _, c := range inOrder(columns) {
		var dict []string
		bad := false
		add := func(row int, v Value) {
			if row >= len(rows) {
				bad = true
				return
			}
			rows[row].Values = append(rows[row].Values, v)
		}
		err := ReadColumn(columns[c], c, func(d []string) { dict = d },
			func(row int, v int64) { add(row, Value{Column: c, Num: v}) },
			func(row, code int) { add(row, Value{Column: c, Text: dict[code]}) })
		if err != nil || bad {
			return nil, fmt.Errorf("column %s: %w", c.Name, ErrCorrupt)
		}
	}
	return rows, nil
}

// reader reads what was written with binary.Append….
type reader struct {
	b   []byte
	err error
}

func (r *reader) uvarint() uint64 {
	v, k := binary.Uvarint(r.b)
	if k <= 0 {
		r.b, r.err = nil, ErrCorrupt
		return 0
	}
	r.b = r.b[k:]
	return v
}

func (r *reader) varint() int64 {
	v, k := binary.Varint(r.b)
	if k <= 0 {
		r.b, r.err = nil, ErrCorrupt
		return 0
	}
	r.b = r.b[k:]
	return v
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.err = ErrCorrupt
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *reader) text() string {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.b, r.err = nil, ErrCorrupt
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}
