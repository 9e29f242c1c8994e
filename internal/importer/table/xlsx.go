package table

import (
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// xlsxRows reads the first visible sheet of a workbook. Cells come as they
// are stored: dates as serial numbers, numbers without their display format.
type xlsxRows struct {
	book  *excelize.File
	rows  *excelize.Rows
	line  int64
	cells [][]byte
}

func openXLSX(path string, size int64) (rows, error) {
	if size > maxXLSX {
		return nil, errs.TooLarge(i18n.T("XLSX 文件超过 %d MB，请另存为 CSV 再导入", "The XLSX file is larger than %d MB; save it as CSV", maxXLSX>>20))
	}
	if err := inspectXLSX(path); err != nil {
		return nil, err
	}
	book, err := excelize.OpenFile(path, excelize.Options{RawCellValue: true, UnzipSizeLimit: maxXLSXPlain, UnzipXMLSizeLimit: 4 << 20})
	if err != nil {
		return nil, damagedXLSX(err)
	}
	r := &xlsxRows{book: book}
	for _, sheet := range book.GetSheetList() {
		if visible, err := book.GetSheetVisible(sheet); err != nil || !visible {
			continue
		}
		if r.rows, err = book.Rows(sheet); err != nil {
			_ = book.Close()
			return nil, damagedXLSX(err)
		}
		return r, nil
	}
	_ = book.Close()
	return nil, invalid("工作簿里没有可见的工作表", "The workbook has no visible sheet")
}

func damagedXLSX(cause error) error {
	return errs.Invalid(i18n.T("XLSX 文件已损坏或不是工作簿，请重新导出", "The XLSX file is damaged or not a workbook; export it again")).Because(cause)
}

func (r *xlsxRows) encoding() string { return UTF8 }

func (r *xlsxRows) close() error { return errors.Join(r.rows.Close(), r.book.Close()) }

func (r *xlsxRows) next() (int64, [][]byte, i18n.Text, error) {
	for r.rows.Next() {
		r.line++
		values, err := r.rows.Columns()
		if err != nil {
			return 0, nil, i18n.Text{}, at(r.line, &damage{i18n.T("XLSX 文件在这里损坏，请重新导出", "The XLSX file is damaged here; export it again"), err})
		}
		if len(values) == 0 {
			continue
		}
		r.cells = r.cells[:0]
		for _, v := range values {
			r.cells = append(r.cells, []byte(tidyNumber(v)))
		}
		return r.line, r.cells, i18n.Text{}, nil
	}
	if err := r.rows.Error(); err != nil {
		return 0, nil, i18n.Text{}, at(r.line+1, &damage{i18n.T("XLSX 文件在这里损坏，请重新导出", "The XLSX file is damaged here; export it again"), err})
	}
	return 0, nil, i18n.Text{}, io.EOF
}

// tidyNumber undoes how spreadsheets store fractions: 2.55 is kept as
// 2.5499999999999998. They show and mean 15 digits, so that is what is taken.
func tidyNumber(v string) string {
	if len(v) < 17 || !strings.Contains(v, ".") {
		return v
	}
	digits := 0
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '.', c == '-', c == '+', c == 'E':
		default:
			return v
		}
	}
	f, err := strconv.ParseFloat(v, 64)
	if err != nil || digits <= 15 || strings.Contains(v, "E") {
		return v
	}
	s := strconv.FormatFloat(f, 'g', 15, 64)
	if strings.Contains(s, "e") {
		return v
	}
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}
