// Package csvfile reads the CSV files that commands of insight are given, line by
// line in bounded memory, and says where in them something is wrong.
package csvfile

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// File reads a CSV line by line.
type File struct {
	r      *csv.Reader
	in     *bounded
	header []string
	record []string
}

// longest is how many bytes one record may have. Without a bound, a quote that
// nobody closes would bring the rest of the file into memory.
const longest = 1 << 20

var errLongRecord = errors.New("record too long")

// bounded fails once the reader behind it holds more of one record than allowed.
type bounded struct {
	r     io.Reader
	given int64 // how many bytes it has passed on
	began int64 // where the record that is being read begins
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.given-b.began > longest {
		return 0, errLongRecord
	}
	n, err := b.r.Read(p)
	b.given += int64(n)
	return n, err
}

// peeked is how much of a file is looked at to know what it is.
const peeked = 64 << 10

// Open begins to read: plain or gzip, UTF-8 or, as a Chinese Windows writes it,
// GB18030; separated by the one of , ; | and tab that the header has most of.
func Open(r io.Reader) (*File, error) {
	in := bufio.NewReaderSize(r, peeked)
	if magic, err := in.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, broken(err)
		}
		in = bufio.NewReaderSize(z, peeked)
	}
	head, err := in.Peek(peeked)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, broken(err)
	}
	if len(head) >= 3 && string(head[:3]) == "\uFEFF" {
		if _, err := in.Discard(3); err != nil {
			return nil, broken(err)
		}
		head = head[3:]
	}
	b := &bounded{r: in}
	if !validButForTheEnd(head) {
		b.r = simplifiedchinese.GB18030.NewDecoder().Reader(in)
	}
	f := &File{r: csv.NewReader(b), in: b}
	f.r.Comma = separator(string(head))
	f.r.ReuseRecord = true
	record, err := f.r.Read()
	if errors.Is(err, io.EOF) {
		return nil, errs.Invalid(i18n.T("文件是空的", "The file is empty"))
	}
	if err != nil {
		return nil, f.explain(err, 0)
	}
	for _, name := range record {
		f.header = append(f.header, strings.TrimSpace(strings.Clone(name)))
	}
	return f, nil
}

// validButForTheEnd: the piece may end in the middle of a character.
func validButForTheEnd(head []byte) bool {
	for range utf8.UTFMax {
		if utf8.Valid(head) {
			return true
		}
		if len(head) < peeked-utf8.UTFMax {
			return false
		}
		head = head[:len(head)-1]
	}
	return false
}

func separator(head string) rune {
	line, _, _ := strings.Cut(head, "\n")
	best := ','
	for _, r := range ";|\t" {
		if strings.Count(line, string(r)) > strings.Count(line, string(best)) {
			best = r
		}
	}
	return best
}

// Next goes to the next line, false at the end.
func (f *File) Next() (bool, error) {
	f.in.began = f.r.InputOffset()
	record, err := f.r.Read()
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	if err != nil {
		return false, f.explain(err, len(record))
	}
	f.record = record
	return true, nil
}

// Cell is a cell of the line, valid until the next one.
func (f *File) Cell(column int) string { return strings.TrimSpace(f.record[column]) }

// Column is where the column of that name is.
func (f *File) Column(name string) (int, error) {
	found := -1
	for i, h := range f.header {
		if h == name {
			if found >= 0 {
				return 0, errs.Invalid(i18n.T("有两列都叫“%s”", "Two columns are called “%s”", name))
			}
			found = i
		}
	}
	if found < 0 {
		return 0, errs.Invalid(i18n.T("没有“%s”这一列；文件里有：%q", "There is no column “%s”; the file has %q", name, f.header))
	}
	return found, nil
}

// Complain names the line and the column of the line that was read last.
func (f *File) Complain(column int, t i18n.Text) error {
	line, at := f.r.FieldPos(column)
	return errs.Invalid(i18n.T("文件有一处不对", "Something in the file is wrong"), errs.Field{
		Path: fmt.Sprintf("line %d, column %d (%s)", line, at, f.header[column]), Text: t,
	})
}

// explain says what is wrong with a line of that many cells.
func (f *File) explain(err error, cells int) error {
	if errors.Is(err, errLongRecord) {
		return errs.Invalid(i18n.T("第 %d 行太长，可能有引号没有闭合", "Line %d is too long; perhaps a quote is not closed", f.line()+1))
	}
	if p, ok := errors.AsType[*csv.ParseError](err); ok {
		if errors.Is(p.Err, csv.ErrFieldCount) {
			return errs.Invalid(i18n.T("第 %d 行有 %d 列，表头有 %d 列", "Line %d has %d columns, the header has %d", p.Line, cells, len(f.header)))
		}
		return errs.Invalid(i18n.T("第 %d 行第 %d 列：不是有效的 CSV", "Line %d, column %d: not valid CSV", p.Line, p.Column)).Because(p.Err)
	}
	return broken(err)
}

func (f *File) line() int {
	if len(f.record) == 0 {
		return 0
	}
	line, _ := f.r.FieldPos(len(f.record) - 1)
	return line
}

// Short is a cell as an error may show it.
func Short(s string) string {
	if len(s) > 60 {
		s = strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}

func broken(err error) error {
	return errs.Invalid(i18n.T("文件读不下去", "The file cannot be read")).Because(err)
}
