package table

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"io"
	"path"
	"strings"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

const (
	maxParts     = 4096     // files inside an XLSX
	maxOtherPart = 64 << 20 // bytes of all parts that the library keeps in memory
	maxTagGap    = 1 << 20  // bytes between two tags: the text of a cell
	maxRowTags   = 100_000  // tags in one row or one shared string; a full row of Excel has fewer
	sheetPrefix  = "xl/worksheets/sheet"
	stringsPart  = "xl/sharedstrings.xml"
	endOfRows    = "/sheetData"
	readChunk    = maxTagGap + 64
	longestNames = 64
)

// inspectXLSX unpacks every part once into nothing, before the library may
// keep any of it: a bomb is found by what it unpacks to, not by the sizes
// that it claims, and rows or cells without end are found too.
func inspectXLSX(name string) error {
	z, err := zip.OpenReader(name)
	if err != nil {
		return damagedXLSX(err)
	}
	defer z.Close()
	if len(z.File) > maxParts {
		return bomb()
	}
	left, other := int64(maxXLSXPlain), int64(maxOtherPart)
	workbook := false
	for _, f := range z.File {
		part := strings.ToLower(path.Clean(strings.ReplaceAll(f.Name, "\\", "/")))
		workbook = workbook || part == "xl/workbook.xml"
		isSheet := strings.HasPrefix(part, sheetPrefix)
		budget := &left
		if !isSheet && part != stringsPart {
			budget = &other
		}
		if f.UncompressedSize64 > uint64(*budget) {
			return bomb()
		}
		r, err := f.Open()
		if err != nil {
			return damagedXLSX(err)
		}
		n, err := gauge(io.LimitReader(r, *budget+1), isSheet, isSheet || part == stringsPart)
		_ = r.Close()
		*budget -= n
		switch {
		case *budget < 0:
			return bomb()
		case errors.Is(err, zip.ErrChecksum), errors.Is(err, zip.ErrFormat), errors.Is(err, io.ErrUnexpectedEOF):
			return damagedXLSX(err)
		case err != nil:
			return err
		}
	}
	if !workbook {
		return invalid("这是压缩包，不是 XLSX 工作簿；请解压后导入里面的表格", "This is an archive, not an XLSX workbook; unpack it and import the table inside")
	}
	return nil
}

func bomb() error {
	return errs.TooLarge(i18n.T("XLSX 文件解开后大得异常，没有读取", "The XLSX file unpacks to far more than a table would; it was not read"))
}

// gauge counts the bytes of a part. Of parts with rows or strings it also
// measures texts and rows, and of sheets that they end as they must: the
// library takes a broken sheet for a short one.
func gauge(r io.Reader, isSheet, measured bool) (int64, error) {
	if !measured {
		return io.Copy(io.Discard, r)
	}
	b := bufio.NewReaderSize(r, readChunk)
	var n int64
	tags, rows, ended := 0, int64(0), !isSheet
	for {
		text, err := b.ReadSlice('<')
		n += int64(len(text))
		if errors.Is(err, bufio.ErrBufferFull) {
			return n, errs.Invalid(i18n.T("第 %d 行附近有单元格超过 %d MB", "Near line %d a cell is larger than %d MB", rows, maxTagGap>>20))
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return n, err
		}
		if ended && isSheet {
			continue
		}
		switch tagName(b) {
		case "row":
			tags = 0
			rows++
		case "si":
			tags = 0
		case endOfRows, "sheetData/":
			ended = true
		}
		if tags++; tags > maxRowTags {
			return n, errs.Invalid(i18n.T("第 %d 行的单元格多得异常", "Line %d has far more cells than a spreadsheet can", rows))
		}
	}
	if !ended {
		return n, errs.Invalid(i18n.T("XLSX 文件在第 %d 行之后中断，不完整，请重新导出", "The XLSX file breaks off after line %d; export it again", rows))
	}
	return n, nil
}

// tagName peeks at the name of the tag that begins here, without its prefix.
func tagName(b *bufio.Reader) string {
	p, _ := b.Peek(longestNames) // fewer at the end
	if i := bytes.IndexAny(p, " \t\r\n>"); i >= 0 {
		p = p[:i]
	}
	slash := len(p) > 0 && p[0] == '/'
	if i := bytes.IndexByte(p, ':'); i >= 0 {
		p = p[i+1:]
		if slash {
			return "/" + string(p)
		}
	}
	return string(p)
}
