package index

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/segment/predicate/plan"
)

// A file is the magic and then sections: kind (1 byte), length (4, little
// endian), CRC-32C of those 5 bytes and the payload (4), payload. What a
// section belongs to has been opened by one before; the last one counts them
// all, so that a file cut between sections is noticed.
const magic = "fishpond index 1\n"

const (
	sectionHead     = iota + 1 // org, version, position
	sectionPool                // bitmap
	sectionMark                // mark, bitmap
	sectionNumbers             // attr; opens
	sectionColumn              // chunk, pages: of the numbers or texts opened last
	sectionDay                 // key, bitmap: of the numbers opened last
	sectionTexts               // attr, hashed, posted, dictionary; opens
	sectionPosting             // key, bitmap: of the texts opened last
	sectionLists               // attr, folded, bitmap; opens
	sectionElement             // key, bitmap: of the lists opened last
	sectionKind                // kind of event, properties; opens
	sectionHappened            // chunk, pages: of the kind opened last
	sectionEnd                 // number of sections before
)

const headBytes = 9

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Save writes the snapshot of an org to a file: whole, and on the disk when it
// returns, or not at all. A file that is there is replaced.
func (s *Snapshot) Save(path, org string) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err = s.write(f, org); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	d, openErr := os.Open(dir)
	if openErr != nil {
		return nil // the file is there; that it stays there is up to the system
	}
	return errors.Join(d.Sync(), d.Close())
}

func (s *Snapshot) write(f io.Writer, org string) error {
	w := &sections{out: bufio.NewWriterSize(f, 1<<20)}
	_, w.err = w.out.WriteString(magic)
	w.text(org)
	w.number(s.version)
	w.number(uint64(s.position.Seq)) //nolint:gosec // read back alike
	w.number(s.position.Xid)
	w.end(sectionHead)
	w.bitmap(s.pool.read())
	w.end(sectionPool)
	for m, b := range s.marks {
		w.byte(byte(m.what))
		w.text(m.id)
		w.attr(m.attr)
		w.bitmap(b.read())
		w.end(sectionMark)
	}
	for a, n := range s.numbers {
		w.attr(a)
		w.end(sectionNumbers)
		w.column(n.col)
		w.keyed(sectionDay, n.days)
	}
	for a, t := range s.texts {
		w.attr(a)
		w.flag(t.hashed)
		w.flag(t.postings != nil)
		w.dictionary(t.dict)
		w.end(sectionTexts)
		w.column(t.col)
		w.keyed(sectionPosting, t.postings)
	}
	for a, l := range s.lists {
		w.attr(a)
		w.flag(l.folded)
		w.bitmap(l.some.read())
		w.end(sectionLists)
		for k, b := range l.of {
			w.text(k)
			w.bitmap(b.read())
			w.end(sectionElement)
		}
	}
	for kind, e := range s.kinds {
		w.text(kind)
		w.properties(e.props)
		w.end(sectionKind)
		chunked(w, sectionHappened, &e.table, func(h *happened) {
			w.words(h.have[:])
			w.packed(&h.ends)
			w.packed(&h.times)
			for i := range h.props {
				w.words(h.props[i].have)
				w.packed(&h.props[i].values)
			}
		})
	}
	w.number(w.count)
	w.end(sectionEnd)
	if w.err != nil {
		return w.err
	}
	return w.out.Flush()
}

// sections writes sections; the payload gathers in buf until end.
type sections struct {
	out   *bufio.Writer
	buf   []byte
	count uint64
	err   error
}

func (w *sections) end(kind byte) {
	if w.err != nil {
		return
	}
	var head [headBytes]byte
	head[0] = kind
	binary.LittleEndian.PutUint32(head[1:], uint32(len(w.buf))) //nolint:gosec // a bitmap at most
	sum := crc32.Update(crc32.Checksum(head[:5], castagnoli), castagnoli, w.buf)
	binary.LittleEndian.PutUint32(head[5:], sum)
	_, err := w.out.Write(head[:])
	_, err2 := w.out.Write(w.buf)
	w.err = errors.Join(err, err2)
	w.buf, w.count = w.buf[:0], w.count+1
}

func (w *sections) byte(b byte)     { w.buf = append(w.buf, b) }
func (w *sections) number(n uint64) { w.buf = binary.AppendUvarint(w.buf, n) }

func (w *sections) flag(b bool) {
	if b {
		w.byte(1)
	} else {
		w.byte(0)
	}
}

func (w *sections) text(s string) {
	w.number(uint64(len(s)))
	w.buf = append(w.buf, s...)
}

func (w *sections) dictionary(d *dictionary) {
	values := d.all()
	w.number(uint64(len(values)))
	for _, v := range values {
		w.text(v)
	}
}

func (w *sections) properties(props []*tracked) {
	w.number(uint64(len(props)))
	for _, t := range props {
		w.text(t.prop.Path)
		w.byte(byte(t.prop.Type))
		if t.dict != nil {
			w.flag(t.dict.full())
			w.dictionary(t.dict)
		}
	}
}

func (w *sections) attr(a plan.Attr) {
	w.text(a.Name)
	w.flag(a.Trait)
	w.byte(byte(a.Type))
}

func (w *sections) words(words []uint64) {
	for _, x := range words {
		w.buf = binary.LittleEndian.AppendUint64(w.buf, x)
	}
}

func (w *sections) packed(p *packed) {
	w.buf = binary.AppendVarint(w.buf, p.base)
	w.buf = binary.AppendVarint(w.buf, p.most)
	w.number(p.scale)
	w.byte(p.width)
	w.number(uint64(p.count)) //nolint:gosec // not negative
	w.buf = append(w.buf, p.data...)
}

// bitmap ends a payload: it has no length of its own.
func (w *sections) bitmap(b *roaring.Bitmap) {
	data, err := b.MarshalBinary()
	w.err = errors.Join(w.err, err)
	w.buf = append(w.buf, data...)
}

func (w *sections) keyed(kind byte, of map[int64]bitset) {
	for k, b := range of {
		w.buf = binary.AppendVarint(w.buf, k)
		w.bitmap(b.read())
		w.end(kind)
	}
}

func (w *sections) column(c *column) {
	chunked(w, sectionColumn, &c.table, func(p *page) {
		w.words(p.have[:])
		w.packed(&p.values)
	})
}

// chunked writes a section for each chunk that has pages.
func chunked[P any](w *sections, kind byte, t *table[P], page func(*P)) {
	for i, chunk := range t.chunks {
		some := false
		for j, p := range chunk {
			if p == nil {
				continue
			}
			if !some {
				w.number(uint64(i)) //nolint:gosec // not negative
				some = true
			}
			w.number(uint64(j)) //nolint:gosec // not negative
			page(p)
		}
		if some {
			w.end(kind)
		}
	}
}
