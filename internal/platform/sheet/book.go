package sheet

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// Sheet is one table of several.
type Sheet struct {
	Title  string
	Note   string // a line above the table; empty for none
	Header []string
	Rows   [][]any // cells as those of [Row]
	// Each, where it is set, tells the rows instead of Rows: of a table that is too
	// long to be held.
	Each func(Row) error
}

// WriteBook writes several tables to one document: in XLSX each on a sheet of
// its own with its note first, in CSV one below the other with title, note and
// an empty line between. One table in CSV is the table alone. Titles, notes and
// headings are as harmless as cells.
func WriteBook(w io.Writer, format string, sheets []Sheet) error {
	switch {
	case len(sheets) == 0:
		return errors.New("sheet: nothing to write")
	case format == CSV && len(sheets) == 1:
		return writeCSV(w, safe(sheets[0].Header), sheets[0].each)
	case format == CSV:
		return writeCSVs(w, sheets)
	case format == XLSX:
		return writeSheets(w, sheets)
	}
	return fmt.Errorf("sheet: no format %q", format)
}

func (s *Sheet) each(row Row) error {
	if s.Each != nil {
		return s.Each(row)
	}
	for _, cells := range s.Rows {
		if err := row(cells...); err != nil {
			return err
		}
	}
	return nil
}

func safe(cells []string) []string {
	out := make([]string, len(cells))
	for i, s := range cells {
		out[i] = Safe(s)
	}
	return out
}

func writeCSVs(w io.Writer, sheets []Sheet) error {
	for i, s := range sheets {
		lead := "\r\n"
		if i == 0 {
			lead = "\uFEFF"
		}
		if _, err := io.WriteString(w, lead); err != nil {
			return err
		}
		c := csv.NewWriter(w)
		c.UseCRLF = true
		above := [][]string{{Safe(s.Title)}}
		if s.Note != "" {
			above = append(above, []string{Safe(s.Note)})
		}
		if err := c.WriteAll(above); err != nil { // flushes
			return err
		}
		if err := csvTable(w, safe(s.Header), s.each); err != nil {
			return err
		}
	}
	return nil
}

func writeSheets(w io.Writer, sheets []Sheet) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	names := sheetNames(sheets)
	for i, s := range sheets {
		if i == 0 {
			err = f.SetSheetName("Sheet1", names[0])
		} else {
			_, err = f.NewSheet(names[i])
		}
		if err != nil {
			return err
		}
		out, err := f.NewStreamWriter(names[i])
		if err != nil {
			return err
		}
		n := 0
		put := func(cells ...any) error {
			n++
			return out.SetRow("A"+strconv.Itoa(n), cells)
		}
		if s.Note != "" {
			if err := put(Safe(s.Note)); err != nil {
				return err
			}
		}
		head := make([]any, len(s.Header))
		for k, h := range s.Header {
			head[k] = Safe(h)
		}
		if err := put(head...); err != nil {
			return err
		}
		if len(s.Rows) > MaxRows-n { // said before they are written
			return ErrFull
		}
		if err := s.each(func(cells ...any) error {
			if n > MaxRows {
				return ErrFull
			}
			row, err := xlsxRow(nil, cells)
			if err != nil {
				return err
			}
			return put(row...)
		}); err != nil {
			return err
		}
		if err := out.Flush(); err != nil {
			return err
		}
	}
	return f.Write(w)
}

// sheetNames are the titles as XLSX allows them: 31 letters, none of some
// signs, each once whatever its case.
func sheetNames(sheets []Sheet) []string {
	const most = 31
	clean := strings.NewReplacer(":", " ", "\\", " ", "/", " ", "?", " ", "*", " ", "[", "(", "]", ")", "\n", " ", "\r", " ", "\t", " ")
	out, taken := make([]string, len(sheets)), map[string]bool{}
	for i, s := range sheets {
		base := strings.Trim(strings.ToValidUTF8(clean.Replace(s.Title), ""), "' ")
		if base == "" {
			base = "Sheet"
		}
		name := cut(base, most)
		for n := 2; taken[strings.ToLower(name)]; n++ {
			end := " " + strconv.Itoa(n)
			name = cut(base, most-len(end)) + end
		}
		taken[strings.ToLower(name)] = true
		out[i] = name
	}
	return out
}

// cut shortens to so many UTF-16 units, as spreadsheets count letters, and
// leaves no quote or blank at the end.
func cut(s string, most int) string {
	units := 0
	for i, r := range s {
		if units++; utf8.RuneLen(r) == utf8.UTFMax {
			units++
		}
		if units > most {
			return strings.TrimRight(s[:i], "' ")
		}
	}
	return s
}
