package importer

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"fishpond/internal/platform/i18n"
)

// spill is a temporary file of records: first written, then read once.
type spill struct {
	path string
	file *os.File
	w    *bufio.Writer
	n    int64 // records
	size int64 // bytes
}

func newSpill(dir, name string, buffer int) (*spill, error) {
	s := &spill{path: filepath.Join(dir, name)}
	f, err := os.OpenFile(s.path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("importer: spill: %w", err)
	}
	s.file, s.w = f, bufio.NewWriterSize(f, buffer)
	return s, nil
}

// write appends a record, its length first.
func (s *spill) write(record []byte) error {
	var size [4]byte
	binary.LittleEndian.PutUint32(size[:], uint32(len(record))) //nolint:gosec // rows are bounded far below 4 GiB
	if _, err := s.w.Write(size[:]); err != nil {
		return fmt.Errorf("importer: spill: %w", err)
	}
	if _, err := s.w.Write(record); err != nil {
		return fmt.Errorf("importer: spill: %w", err)
	}
	s.n++
	s.size += int64(len(size) + len(record))
	return nil
}

// rewind ends writing and starts reading.
func (s *spill) rewind(buffer int) (*spillReader, error) {
	err := s.w.Flush()
	if err == nil {
		_, err = s.file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, fmt.Errorf("importer: spill: %w", err)
	}
	s.w = nil
	return &spillReader{r: bufio.NewReaderSize(s.file, buffer)}, nil
}

// drop closes and removes the file; dropping twice is harmless.
func (s *spill) drop() {
	if s == nil || s.file == nil {
		return
	}
	_ = s.file.Close()
	_ = os.Remove(s.path)
	s.file = nil
}

type spillReader struct {
	r  *bufio.Reader
	at int64 // offset of the next record
}

func (s *spillReader) seek(f *os.File, offset int64) error {
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return fmt.Errorf("importer: spill: %w", err)
	}
	s.r.Reset(f)
	s.at = offset
	return nil
}

// next appends the next record to buf; io.EOF after the last.
func (s *spillReader) next(buf []byte) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(s.r, size[:]); err != nil {
		return buf, err
	}
	n := int(binary.LittleEndian.Uint32(size[:]))
	from := len(buf)
	for cap(buf) < from+n {
		buf = append(buf[:cap(buf)], 0)
	}
	buf = buf[:from+n]
	if _, err := io.ReadFull(s.r, buf[from:]); err != nil {
		return buf, fmt.Errorf("importer: spill: %w", err)
	}
	s.at += int64(len(size) + n)
	return buf, nil
}

// Records are written and read by hand: half a million of them pass here, and
// nothing outside of one run ever sees them.

func putBytes(b, v []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(v))), v...)
}

func putString(b []byte, v string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(v))), v...)
}

func putNumber(b []byte, n number) []byte {
	return append(binary.AppendVarint(b, n.units), byte(n.scale))
}

func putCells(b []byte, cells [][]byte) []byte {
	for _, c := range cells {
		b = putBytes(b, c)
	}
	return b
}

// cursor reads a record. After a malformed field all further ones are empty
// and bad is set.
type cursor struct {
	b   []byte
	bad bool
}

var errRecord = errors.New("importer: spill file is damaged")

func (c *cursor) uvarint() uint64 {
	v, n := binary.Uvarint(c.b)
	if n <= 0 {
		c.b, c.bad = nil, true
		return 0
	}
	c.b = c.b[n:]
	return v
}

func (c *cursor) varint() int64 {
	v, n := binary.Varint(c.b)
	if n <= 0 {
		c.b, c.bad = nil, true
		return 0
	}
	c.b = c.b[n:]
	return v
}

func (c *cursor) byte() byte {
	if len(c.b) == 0 {
		c.bad = true
		return 0
	}
	v := c.b[0]
	c.b = c.b[1:]
	return v
}

func (c *cursor) bytes() []byte {
	n := c.uvarint()
	if uint64(len(c.b)) < n {
		c.b, c.bad = nil, true
		return nil
	}
	v := c.b[:n:n]
	c.b = c.b[n:]
	return v
}

func (c *cursor) number() number {
	units := c.varint()
	return number{units, int32(c.byte())}
}

func (c *cursor) text() i18n.Text {
	zh := string(c.bytes())
	return i18n.Text{ZH: zh, EN: string(c.bytes())}
}

func (c *cursor) cells(n int, into [][]byte) [][]byte {
	into = into[:0]
	for range n {
		into = append(into, c.bytes())
	}
	return into
}
