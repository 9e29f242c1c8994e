package report

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"fishpond/internal/insight/figure"
	"fishpond/internal/platform/currency"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/sheet"
)

// Page is something that can be exported and sent.
type Page struct {
	Key  string    // in addresses, as overview
	Name i18n.Text // as the console calls it
	Path string    // of the console, as /measure?tab=funnel
	// Tables answers the page's own question: the query of its address in the
	// console, or of the endpoint that it shows. What cannot be told is no
	// error but a table whose Note says why. Texts are both languages; ctx
	// has the caller's, for texts that exist in one only.
	Tables func(ctx context.Context, orgID string, query url.Values) ([]Table, error)
}

// Table is some rows under one title.
type Table struct {
	Key      string    // stable, unique in the page: what table= chooses
	Title    i18n.Text // of at most 31 letters where it is to be a sheet's name whole
	Note     i18n.Text // the period, the time zone; or why there is nothing to tell
	Currency string    // ISO 4217, of the columns of money
	Columns  []Column
	// Rows are cells in the order of the columns: string, i18n.Text, int,
	// int64, float64, time.Time (as RFC 3339), a pointer to a number, or nil
	// for what cannot be said. Money is int64 in minor units.
	Rows [][]any
	// Each, where it is set, tells the rows one by one instead of Rows, and Count how
	// many they are: of tables that are too long to be held, such as those of people.
	Each  func(row func(cells ...any) error) error
	Count int
	// Before says that there are two rows, and that the second is the period
	// before that of the first.
	Before bool
}

// Column is what a table tells of each row.
type Column struct {
	Figure string      // its key: name and unit are the figure's
	Name   i18n.Text   // of a column that is no figure; or instead of the figure's
	Unit   figure.Unit // of a column that is no figure; empty for words
}

// Text is a column of words.
func Text(zh, en string) Column { return Column{Name: i18n.Text{ZH: zh, EN: en}} }

// Of is the column of a figure.
func Of(key string) Column { return Column{Figure: key} }

// column is a column with everything looked up.
type column struct {
	name string
	unit figure.Unit
}

// figures finds definitions by their keys.
type figures map[string]figure.Figure

func (f figures) column(c Column, l i18n.Lang) (column, error) {
	out := column{name: c.Name.In(l), unit: c.Unit}
	if c.Figure == "" {
		return out, nil
	}
	def, ok := f[c.Figure]
	if !ok {
		return out, fmt.Errorf("report: no figure %q", c.Figure)
	}
	if out.unit = def.Unit; out.name == "" {
		out.name = def.Name.In(l)
	}
	return out, nil
}

// heading names the column with its unit where the number alone would not say
// it.
func (c column) heading(code string, l i18n.Lang) string {
	unit := ""
	switch c.unit {
	case figure.Money:
		unit = code
	case figure.Share, figure.Seconds, figure.Days, figure.Months:
		unit = c.unit.Name().In(l)
	}
	switch {
	case unit == "":
		return c.name
	case l == i18n.EN:
		return c.name + " (" + unit + ")"
	}
	return c.name + "（" + unit + "）"
}

// cell is a value as sheets take it. Money leaves its minor units here; a
// number that is none (NaN, infinite) is a mistake of whoever made the table.
func (c column) cell(v any, code string, l i18n.Lang) (any, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case *int64:
		if v == nil {
			return "", nil
		}
		return c.cell(*v, code, l)
	case *float64:
		if v == nil {
			return "", nil
		}
		return c.cell(*v, code, l)
	case *time.Time:
		if v == nil {
			return "", nil
		}
		return c.cell(*v, code, l)
	case string:
		return v, nil
	case i18n.Text:
		return v.In(l), nil
	case time.Time:
		return v.UTC().Format(time.RFC3339), nil
	case int:
		return c.cell(int64(v), code, l)
	case int64:
		if c.unit == figure.Money {
			return sheet.Number(currency.Decimal(v, currency.Digits(code))), nil
		}
		return v, nil
	case float64:
		if v-v != 0 { //nolint:gocritic // true of NaN and of both infinities
			return nil, fmt.Errorf("report: %s is %v", c.name, v)
		}
		if c.unit == figure.Money {
			return nil, fmt.Errorf("report: %s is money in a float", c.name)
		}
		return sheet.Number(strconv.FormatFloat(v, 'f', -1, 64)), nil
	}
	return nil, fmt.Errorf("report: a cell of type %T", v)
}
