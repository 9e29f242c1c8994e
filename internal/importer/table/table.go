package table

import (
	"bytes"
	"io"
	"strings"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// The formats.
const (
	FormatCSV  = "csv"
	FormatGzip = "csv.gz"
	FormatXLSX = "xlsx"
)

// Limits of what is read. They are far above real files and far below what
// hurts.
const (
	maxColumns   = 512
	maxCell      = 64 << 10 // bytes of one cell; a longer one spoils its row
	maxRecord    = 4 << 20  // bytes of one record; a longer one is an unclosed quote
	maxUnpacked  = 16 << 30 // bytes that gzip may unpack to
	maxRatio     = 300      // of unpacked to packed bytes, once ratioFrom are unpacked
	ratioFrom    = 64 << 20
	maxXLSX      = 128 << 20 // bytes of an XLSX file
	maxXLSXPlain = 1 << 30   // bytes that all its parts may unpack to
)

// Options say how to read a file. What is left empty is found out.
type Options struct {
	Encoding  string // utf-8, gb18030, latin-1, utf-16le, utf-16be
	Delimiter string // one of , ; | or a tab
}

// Row is one record. It is valid until the next call of Next.
type Row struct {
	Line    int64     // of its first physical line in the file, from 1; the row number in XLSX
	Cells   [][]byte  // UTF-8, as many as there are columns
	Problem i18n.Text // why the row cannot be taken, zero when it can
}

// Table is an open file. It is not safe for concurrent use, except for Offset.
type Table struct {
	Columns   []string // trimmed names of the first record
	Format    string
	Delimiter string // empty for XLSX
	rows      rows
	src       *source
	row       Row
}

// rows is what formats differ in: records as they stand in the file.
type rows interface {
	// next returns the cells of the next record; valid until the next call.
	next() (line int64, cells [][]byte, problem i18n.Text, err error)
	// encoding is the one found so far.
	encoding() string
	close() error
}

// Open opens the file at path and reads its header.
func Open(path string, o Options) (*Table, error) {
	src, err := openSource(path)
	if err != nil {
		return nil, err
	}
	t, err := open(src, path, o)
	if err != nil {
		_ = src.close()
		return nil, err
	}
	return t, nil
}

func open(src *source, path string, o Options) (*Table, error) {
	t := &Table{src: src, Format: FormatCSV}
	if src.gzipped {
		t.Format = FormatGzip
	}
	head, err := src.peek()
	if err != nil {
		return nil, at(1, err)
	}
	if len(head) == 0 {
		return nil, invalid("文件是空的", "The file is empty")
	}
	switch kind := sniff(head); {
	case kind == kindZip && !src.gzipped:
		t.Format = FormatXLSX
		if t.rows, err = openXLSX(path, src.size); err != nil {
			return nil, err
		}
	case kind != kindText:
		return nil, notATable(kind)
	default:
		c, err := newCSV(src, head, o)
		if err != nil {
			return nil, err
		}
		t.rows, t.Delimiter = c, string(c.delim)
	}
	if err := t.header(); err != nil {
		_ = t.rows.close()
		return nil, err
	}
	return t, nil
}

func (t *Table) header() error {
	line, cells, problem, err := t.rows.next()
	switch {
	case err == io.EOF:
		return invalid("文件是空的", "The file is empty")
	case err != nil:
		return err
	case !problem.IsZero():
		return errs.Invalid(i18n.T("第 %[1]d 行（表头）：%[2]s", "Line %[1]d (the header): %[3]s", line, problem.ZH, problem.EN))
	case len(cells) > maxColumns:
		return errs.Invalid(i18n.T("第 %d 行（表头）：有 %d 列，最多 %d 列", "Line %d (the header): %d columns; at most %d are read", line, len(cells), maxColumns))
	}
	named := false
	for _, c := range cells {
		name := strings.TrimSpace(strings.TrimPrefix(string(c), "\ufeff"))
		named = named || name != ""
		t.Columns = append(t.Columns, name)
	}
	if !named {
		return errs.Invalid(i18n.T("第 %d 行：表头没有列名", "Line %d: the header names no columns", line))
	}
	return nil
}

// Encoding is the encoding of the file as far as it is known by now: utf-8 for
// a file that has shown nothing beyond ASCII.
func (t *Table) Encoding() string { return t.rows.encoding() }

// Size is the number of bytes of the file.
func (t *Table) Size() int64 { return t.src.size }

// Offset is how many of the file's bytes have been read. It may be called
// while another goroutine reads rows.
func (t *Table) Offset() int64 { return t.src.offset() }

// Close closes the file.
func (t *Table) Close() error {
	err := t.rows.close()
	if e := t.src.close(); err == nil {
		err = e
	}
	return err
}

// Next returns the next row that is not blank, io.EOF after the last, and
// another error when nothing further of the file can be trusted.
func (t *Table) Next() (*Row, error) {
	for {
		line, cells, problem, err := t.rows.next()
		if err != nil {
			return nil, err
		}
		if problem.IsZero() && blank(cells) {
			continue
		}
		t.row = Row{Line: line, Cells: cells, Problem: problem}
		t.fit()
		return &t.row, nil
	}
}

// fit gives the row exactly as many cells as there are columns and notes what
// does not fit.
func (t *Table) fit() {
	r, want := &t.row, len(t.Columns)
	got := len(r.Cells)
	switch {
	case got == want:
	case got > want && blank(r.Cells[want:]):
		r.Cells = r.Cells[:want]
	case got < want && t.Format == FormatXLSX: // empty cells at the end are not stored
		for len(r.Cells) < want {
			r.Cells = append(r.Cells, nil)
		}
	default:
		r.reject(i18n.T("有 %d 个单元格，表头有 %d 列", "%d cells where the header has %d columns", got, want))
		for len(r.Cells) < want {
			r.Cells = append(r.Cells, nil)
		}
		r.Cells = r.Cells[:want]
	}
	for i, c := range r.Cells {
		if len(c) > maxCell {
			r.reject(i18n.T("“%s”的内容有 %d 字节，最多 %d 字节", "%s holds %d bytes; at most %d are taken", t.Columns[i], len(c), maxCell))
			r.Cells[i] = c[:256]
		}
	}
}

// reject keeps the first problem: later ones usually follow from it.
func (r *Row) reject(why i18n.Text) {
	if r.Problem.IsZero() {
		r.Problem = why
	}
}

func blank(cells [][]byte) bool {
	for _, c := range cells {
		if len(bytes.TrimSpace(c)) > 0 {
			return false
		}
	}
	return true
}

func invalid(zh, en string) error { return errs.Invalid(i18n.Text{ZH: zh, EN: en}) }
