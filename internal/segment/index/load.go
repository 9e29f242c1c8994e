package index

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"fishpond/internal/segment/predicate/plan"
)

// ErrUnusable is the error of a file that is cut off, damaged, of another
// version or another org's. The index is then to be built anew.
var ErrUnusable = errors.New("index file cannot be used")

// Load reads an index of an org that Save has written. It is refused if it
// does not keep the same properties of events.
func Load(path, org string, track ...Property) (*Index, error) {
	f, err := os.Open(path) //nolint:gosec // the path is the server's own
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return read(f, info.Size(), org, track)
}

func unusable(format string, a ...any) error {
	return fmt.Errorf("%w: %s", ErrUnusable, fmt.Sprintf(format, a...))
}

// read reads a file of a size.
func read(f io.Reader, size int64, org string, track []Property) (x *Index, err error) {
	defer func() { // checksums hold and yet a bitmap makes no sense
		if p := recover(); p != nil {
			x, err = nil, unusable("%v", p)
		}
	}()
	in := bufio.NewReaderSize(f, 1<<20)
	start := make([]byte, len(magic))
	if _, err := io.ReadFull(in, start); err != nil || string(start) != magic {
		return nil, unusable("it is not an index of this version")
	}
	size -= int64(len(magic))
	x = New(track...)
	l := &loader{s: x.Snapshot()}
	for n := uint64(0); ; n++ {
		kind, payload, err := section(in, &size)
		if err != nil {
			return nil, err
		}
		d := &decoder{rest: payload}
		switch {
		case kind == sectionEnd:
			if d.number() != n || d.bad || size != 0 {
				return nil, unusable("it does not end where it should")
			}
			return x, nil
		case kind == sectionHead:
			if whose := d.text(); !d.bad && whose != org {
				return nil, unusable("it belongs to another org")
			}
			l.s.version = d.number()
			l.s.position = Position{int64(d.number()), d.number()} //nolint:gosec // as written
		default:
			l.section(kind, d)
		}
		if d.bad || n == 0 && kind != sectionHead {
			return nil, unusable("section %d, of kind %d, makes no sense", n, kind)
		}
	}
}

// section reads one section and checks its sum.
func section(in io.Reader, left *int64) (byte, []byte, error) {
	var head [headBytes]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return 0, nil, unusable("it is cut off: %v", err)
	}
	n := int64(binary.LittleEndian.Uint32(head[1:]))
	if *left -= headBytes + n; *left < 0 {
		return 0, nil, unusable("it is cut off")
	}
	payload := make([]byte, n)
	if _, err := io.ReadFull(in, payload); err != nil {
		return 0, nil, unusable("it is cut off: %v", err)
	}
	sum := crc32.Update(crc32.Checksum(head[:5], castagnoli), castagnoli, payload)
	if sum != binary.LittleEndian.Uint32(head[5:]) {
		return 0, nil, unusable("a checksum is wrong")
	}
	return head[0], payload, nil
}

// loader fills a snapshot that nobody else has yet.
type loader struct {
	s       *Snapshot
	numbers *numbers
	texts   *texts
	lists   *lists
	events  *events
	column  *column // of numbers or texts
}

func (l *loader) section(kind byte, d *decoder) {
	switch kind {
	case sectionPool:
		l.s.pool = d.bitset()
	case sectionMark:
		m := mark{space(d.byte()), d.text(), d.attr()}
		l.s.marks[m] = d.bitset()
	case sectionNumbers:
		a := d.attr()
		l.numbers, l.column = &numbers{col: newColumn()}, nil
		if l.column = l.numbers.col; a.Type == plan.Date {
			l.numbers.days = map[int64]bitset{}
		}
		l.s.numbers[a] = l.numbers
	case sectionTexts:
		l.text(d)
	case sectionLists:
		a := d.attr()
		l.lists = newLists()
		l.lists.folded, l.lists.some = d.flag(), d.bitset()
		l.s.lists[a] = l.lists
	case sectionKind:
		kind := d.text()
		l.events = newEvents(l.s.track[kind])
		l.s.kinds[kind] = l.events
		d.properties(l.events.props)
	default:
		l.part(kind, d)
	}
}

// part reads a section of something that must be open.
func (l *loader) part(kind byte, d *decoder) {
	switch {
	case kind == sectionColumn && l.column != nil:
		most := int64(plan.Max)
		if l.texts != nil && l.column == l.texts.col && !l.texts.hashed {
			most = int64(len(l.texts.dict.values)) - 1
		}
		pages(d, &l.column.table, func() *page { return d.page(most) })
	case kind == sectionDay && l.numbers != nil && l.numbers.days != nil:
		l.numbers.days[d.signed()] = d.bitset()
	case kind == sectionPosting && l.texts != nil && l.texts.postings != nil:
		l.texts.postings[d.signed()] = d.bitset()
	case kind == sectionElement && l.lists != nil:
		l.lists.of[d.text()] = d.bitset()
	case kind == sectionHappened && l.events != nil:
		pages(d, &l.events.table, func() *happened { return d.happened(l.events.props) })
	default:
		d.bad = true
	}
}

func (l *loader) text(d *decoder) {
	a := d.attr()
	t := newTexts()
	t.hashed = d.flag()
	if !d.flag() {
		t.postings = nil
	}
	d.dictionary(t.dict)
	l.texts, l.column = t, t.col
	l.s.texts[a] = t
}
