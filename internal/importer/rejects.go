package importer

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"

	"fishpond/internal/platform/i18n"
)

// rejects collects the lines that cannot be taken, in any order, and writes
// them out sorted. It is safe for concurrent use.
type rejects struct {
	mu    sync.Mutex
	spill *spill
	lang  i18n.Lang
	index []rejectAt // where each is; left empty beyond maxSorted
	buf   []byte
}

type rejectAt struct{ line, offset int64 }

// maxSorted bounds the memory of sorting. A file with more wrong lines than
// this has a wrong mapping, and its lines come in groups of orders.
const maxSorted = 1 << 20

func newRejects(dir string, lang i18n.Lang) (*rejects, error) {
	s, err := newSpill(dir, "rejected", 64<<10)
	return &rejects{spill: s, lang: lang}, err
}

func (r *rejects) add(line int64, why i18n.Text, cells [][]byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.buf = putString(putString(r.buf[:0], strconv.FormatInt(line, 10)), why.In(r.lang))
	r.buf = putCells(r.buf, cells)
	if len(r.index) < maxSorted {
		r.index = append(r.index, rejectAt{line, r.spill.size})
	}
	return r.spill.write(r.buf)
}

func (r *rejects) count() int64 { return r.spill.n }

// save writes all to path as CSV with the header of the file. The file
// appears whole or not at all.
func (r *rejects) save(path string, header []string) (err error) {
	out, err := os.OpenFile(path+".tmp", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("importer: rejected lines: %w", err)
	}
	defer func() {
		if err != nil {
			_ = out.Close()
			_ = os.Remove(path + ".tmp")
		}
	}()
	b := bufio.NewWriterSize(out, 64<<10)
	_, _ = b.WriteString("\ufeff") // spreadsheets take a CSV without it for the system's old encoding
	w := csv.NewWriter(b)
	row := []string{i18n.T("行号", "line").In(r.lang), i18n.T("原因", "reason").In(r.lang)}
	for _, h := range header {
		row = append(row, harmless(h))
	}
	_ = w.Write(row) // errors are kept until Flush
	if err := r.each(len(header), func(cells [][]byte) {
		row = row[:0]
		for _, c := range cells {
			row = append(row, harmless(string(c)))
		}
		_ = w.Write(row)
	}); err != nil {
		return err
	}
	w.Flush()
	if err := errors.Join(w.Error(), b.Flush(), out.Sync(), out.Close()); err != nil {
		return fmt.Errorf("importer: rejected lines: %w", err)
	}
	return os.Rename(path+".tmp", path)
}

func (r *rejects) each(columns int, fn func(cells [][]byte)) error {
	in, err := r.spill.rewind(64 << 10)
	if err != nil {
		return err
	}
	sorted := int64(len(r.index)) == r.spill.n
	if sorted {
		slices.SortFunc(r.index, func(a, b rejectAt) int { return cmp.Compare(a.line, b.line) })
	}
	var buf []byte
	var cells [][]byte
	for i := range r.spill.n {
		if sorted && in.at != r.index[i].offset { // mostly they come in order, and no jump is needed
			if err := in.seek(r.spill.file, r.index[i].offset); err != nil {
				return err
			}
		}
		if buf, err = in.next(buf[:0]); err != nil {
			return err
		}
		c := cursor{b: buf}
		cells = c.cells(columns+2, cells)
		fn(cells)
	}
	return nil
}

// harmless keeps a cell from being run as a formula by the spreadsheet that
// opens the file: numbers may begin with a sign, everything else may not.
func harmless(s string) string {
	if s == "" {
		return s
	}
	switch s[0] {
	case '=', '+', '-', '@', '\t', '\r':
		if _, err := strconv.ParseFloat(s, 64); err == nil && s[0] != '+' {
			return s
		}
		return "'" + s
	}
	return s
}
