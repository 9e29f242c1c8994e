package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"fishpond/internal/insight/figure"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/sheet"
)

// sheets are tables as a spreadsheet has them, in one language.
func (f figures) sheets(tables []Table, l i18n.Lang) ([]sheet.Sheet, error) {
	out := make([]sheet.Sheet, len(tables))
	for i, t := range tables {
		s := sheet.Sheet{Title: t.Title.In(l), Note: t.Note.In(l)}
		columns := make([]column, len(t.Columns))
		for k, c := range t.Columns {
			var err error
			if columns[k], err = f.column(c, l); err != nil {
				return nil, fmt.Errorf("table %s: %w", t.Key, err)
			}
			s.Header = append(s.Header, columns[k].heading(t.Currency, l))
		}
		for n, row := range t.Rows {
			cells, err := t.cells(columns, row, l)
			if err != nil {
				return nil, fmt.Errorf("table %s, row %d: %w", t.Key, n, err)
			}
			s.Rows = append(s.Rows, cells)
		}
		if t.Each != nil {
			s.Each = func(row sheet.Row) error {
				return t.Each(func(told ...any) error {
					cells, err := t.cells(columns, told, l)
					if err != nil {
						return fmt.Errorf("table %s: %w", t.Key, err)
					}
					return row(cells...)
				})
			}
		}
		out[i] = s
	}
	return out, nil
}

// cells are a row as a spreadsheet has it.
func (t *Table) cells(columns []column, row []any, l i18n.Lang) ([]any, error) {
	if len(row) != len(columns) {
		return nil, fmt.Errorf("report: %d cells of %d", len(row), len(columns))
	}
	cells := make([]any, len(row))
	for k, v := range row {
		var err error
		if cells[k], err = columns[k].cell(v, t.Currency, l); err != nil {
			return nil, err
		}
	}
	return cells, nil
}

// Write writes tables whose columns name figures of parts.
func Write(w io.Writer, format string, parts []figure.Part, tables []Table, l i18n.Lang) error {
	return known(parts).write(w, format, tables, l)
}

func known(parts []figure.Part) figures {
	f := figures{}
	for _, part := range parts {
		for _, fig := range part.Figures {
			f[fig.Key] = fig
		}
	}
	return f
}

// write writes tables: in XLSX a sheet for each, in CSV one after the other.
func (f figures) write(w io.Writer, format string, tables []Table, l i18n.Lang) error {
	sheets, err := f.sheets(tables, l)
	if err != nil {
		return err
	}
	return sheet.WriteBook(w, format, sheets)
}

// brief is the beginning of a table as a mail shows it: shares in percent.
func (f figures) brief(t Table, l i18n.Lang) (sheet.Sheet, error) {
	t.Rows, t.Each = t.Rows[:min(len(t.Rows), mostBrief)], nil
	all, err := f.sheets([]Table{t}, l)
	if err != nil {
		return sheet.Sheet{}, err
	}
	s := all[0]
	for k, col := range t.Columns {
		c, err := f.column(col, l)
		if err != nil || c.unit != figure.Share {
			continue
		}
		s.Header[k] = c.name
		for _, row := range s.Rows {
			if v, err := strconv.ParseFloat(cellText(row[k]), 64); err == nil {
				row[k] = strconv.FormatFloat(100*v, 'f', 1, 64) + "%"
			}
		}
	}
	return s, nil
}

// rows counts what is in the tables.
func rows(tables []Table) (n int) {
	for _, t := range tables {
		n += len(t.Rows)
		if t.Each != nil {
			n += t.Count
		}
	}
	return n
}

// cellText is a cell as a mail shows it.
func cellText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case sheet.Number:
		return shorter(string(v))
	case int64:
		return strconv.FormatInt(v, 10)
	case int:
		return strconv.Itoa(v)
	}
	return ""
}

// shorter leaves four places of a number that has more.
func shorter(s string) string {
	if i := strings.IndexByte(s, '.'); i >= 0 && len(s)-i > 5 {
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			return strconv.FormatFloat(f, 'f', 4, 64)
		}
	}
	return s
}
