// Package sheet writes tables for spreadsheets, as CSV or XLSX, row by row in
// bounded memory. Text that somebody else chose cannot become a formula.
package sheet

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// The formats.
const (
	CSV  = "csv"
	XLSX = "xlsx"
)

// MaxRows is how many rows a sheet of XLSX has below its header.
const MaxRows = 1_048_575

// ErrFull is what Row returns once a sheet of XLSX has MaxRows rows.
var ErrFull = errors.New("sheet: full")

// Number is a decimal number as text, such as money in its unit: exact in CSV,
// and in XLSX a number of 15 exact digits, as many as a spreadsheet has. An
// empty one is an empty cell.
type Number string

// Row adds a row. A cell is a string, an int, an int64 or a Number.
type Row func(cells ...any) error

// Write writes a table with its header: rows calls its argument for each row.
// When rows fails, what was written is no whole document.
func Write(w io.Writer, format string, header []string, rows func(Row) error) error {
	switch format {
	case CSV:
		return writeCSV(w, header, rows)
	case XLSX:
		return writeXLSX(w, header, rows)
	}
	return fmt.Errorf("sheet: no format %q", format)
}

// Type is the media type of a format.
func Type(format string) string {
	if format == XLSX {
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	return "text/csv; charset=utf-8"
}

// triggers begin what a spreadsheet takes for a formula; Excel reads the wide
// forms of East Asian keyboards as well.
const triggers = "=+-@\t\r\n|%＝＋－＠"

// Safe keeps a spreadsheet from taking text for a formula (OWASP, CSV
// injection).
func Safe(s string) string {
	for _, first := range s {
		if strings.ContainsRune(triggers, first) {
			return "'" + s
		}
		break
	}
	return s
}

func writeCSV(w io.Writer, header []string, rows func(Row) error) error {
	if _, err := io.WriteString(w, "\uFEFF"); err != nil { // Excel takes a file without it for the local code page
		return err
	}
	return csvTable(w, header, rows)
}

func csvTable(w io.Writer, header []string, rows func(Row) error) error {
	c := csv.NewWriter(w)
	c.UseCRLF = true
	if err := c.Write(header); err != nil {
		return err
	}
	line := make([]string, 0, len(header))
	err := rows(func(cells ...any) error {
		line = line[:0]
		for _, v := range cells {
			switch v := v.(type) {
			case string:
				line = append(line, Safe(v))
			case Number:
				line = append(line, string(v))
			case int64:
				line = append(line, strconv.FormatInt(v, 10))
			case int:
				line = append(line, strconv.Itoa(v))
			default:
				return fmt.Errorf("sheet: a cell of type %T", v)
			}
		}
		return c.Write(line)
	})
	c.Flush()
	return errors.Join(err, c.Error())
}

// phone is text that is a harmless number even where it is evaluated. In a
// sheet, unlike in CSV, it stays the text that it is.
var phone = regexp.MustCompile(`^\+[0-9]{5,20}$`)

func writeXLSX(w io.Writer, header []string, rows func(Row) error) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }() // removes its temporary files
	out, err := f.NewStreamWriter("Sheet1")              // keeps rows on disk beyond 16 MB
	if err != nil {
		return err
	}
	row := make([]any, 0, len(header))
	for _, title := range header {
		row = append(row, title)
	}
	if err := out.SetRow("A1", row); err != nil {
		return err
	}
	n := 1
	err = rows(func(cells ...any) error {
		if n > MaxRows {
			return ErrFull
		}
		var err error
		if row, err = xlsxRow(row[:0], cells); err != nil {
			return err
		}
		n++
		return out.SetRow("A"+strconv.Itoa(n), row)
	})
	if err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return f.Write(w)
}

// xlsxRow adds cells as XLSX takes them to row.
func xlsxRow(row, cells []any) ([]any, error) {
	for _, v := range cells {
		switch v := v.(type) {
		case string:
			if !phone.MatchString(v) {
				v = Safe(v)
			}
			row = append(row, v)
		case Number:
			if v == "" {
				row = append(row, nil)
				break
			}
			number, err := strconv.ParseFloat(string(v), 64)
			if err != nil {
				return nil, fmt.Errorf("sheet: %w", err)
			}
			row = append(row, number)
		case int, int64:
			row = append(row, v)
		default:
			return nil, fmt.Errorf("sheet: a cell of type %T", v)
		}
	}
	return row, nil
}
