package uplift

import (
	"io"
	"math"
	"strconv"
	"strings"

	"fishpond/internal/insight/csvfile"
	"fishpond/internal/platform/i18n"
)

// File reads a CSV line by line.
type File = csvfile.File

// Open begins to read; see csvfile.Open.
func Open(r io.Reader) (*File, error) { return csvfile.Open(r) }

// number is a cell as a number; yes and no, in two languages, are 1 and 0.
func number(f *csvfile.File, column int, emptyIsZero bool) (float64, error) {
	s := f.Cell(column)
	switch s { // most of all cells
	case "0":
		return 0, nil
	case "1":
		return 1, nil
	case "":
		if emptyIsZero {
			return 0, nil
		}
		return 0, f.Complain(column, i18n.T("是空的；若表示零，请加 --empty-zero", "is empty; if that means zero, add --empty-zero"))
	}
	v, err := strconv.ParseFloat(s, 64)
	if err == nil && !math.IsNaN(v) && math.Abs(v) <= 1e15 {
		return v, nil
	}
	switch strings.ToLower(s) {
	case "true", "yes", "y", "是":
		return 1, nil
	case "false", "no", "n", "否":
		return 0, nil
	}
	s = csvfile.Short(s)
	return 0, f.Complain(column, i18n.T("“%s”不是数字，也不是“是/否”", "“%s” is neither a number nor yes or no", s))
}
