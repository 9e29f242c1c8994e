package table

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"sync/atomic"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

const headSize = 64 << 10 // what a file is judged by at first

// source is the bytes of a file, unpacked when it is gzip.
type source struct {
	file     *os.File
	size     int64
	packed   atomic.Int64 // bytes read of the file
	unpacked int64
	gzipped  bool
	r        *bufio.Reader
}

// damage is why a file cannot be read further; the reader of rows knows the line.
type damage struct {
	text  i18n.Text
	cause error
}

func (d *damage) Error() string { return d.text.EN }
func (d *damage) Unwrap() error { return d.cause }

// at turns an error of the source into one that names the line reached.
func at(line int64, err error) error {
	if d, ok := errors.AsType[*damage](err); ok {
		e := errs.Invalid(i18n.T("第 %[1]d 行：%[2]s", "Line %[1]d: %[3]s", line, d.text.ZH, d.text.EN))
		if d.cause != nil {
			return e.Because(d.cause)
		}
		return e
	}
	return err
}

func openSource(path string) (*source, error) {
	f, err := os.Open(path)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, errs.NotFound(i18n.T("这个文件", "file")).Because(err)
		}
		return nil, errs.Invalid(i18n.T("打不开这个文件", "The file cannot be opened")).Because(err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err != nil {
		_ = f.Close()
		return nil, errs.Invalid(i18n.T("这不是一个普通文件", "This is not a regular file")).Because(err)
	}
	s := &source{file: f, size: info.Size()}
	plain := bufio.NewReaderSize(counter{s}, headSize)
	magic, err := plain.Peek(2)
	if err != nil && err != io.EOF {
		_ = f.Close()
		return nil, err
	}
	if !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		s.r = plain
		return s, nil
	}
	s.gzipped = true
	z, err := gzip.NewReader(plain)
	if err != nil {
		_ = f.Close()
		return nil, at(1, unpackError(err))
	}
	s.r = bufio.NewReaderSize(&unpacker{s, z}, headSize)
	return s, nil
}

// peek shows the first bytes (up to headSize) without consuming them.
func (s *source) peek() ([]byte, error) {
	b, err := s.r.Peek(headSize)
	if err == io.EOF {
		err = nil
	}
	return b, err
}

// Read implements io.Reader. Large reads go past the buffer.
func (s *source) Read(p []byte) (int, error) { return s.r.Read(p) }

func (s *source) offset() int64 { return min(s.packed.Load(), s.size) }
func (s *source) close() error  { return s.file.Close() }

type counter struct{ s *source }

func (c counter) Read(p []byte) (int, error) {
	n, err := c.s.file.Read(p)
	c.s.packed.Add(int64(n))
	return n, err
}

// unpacker watches what gzip gives out: little input must not become endless
// output.
type unpacker struct {
	s *source
	z *gzip.Reader
}

func (u *unpacker) Read(p []byte) (int, error) {
	n, err := u.z.Read(p)
	u.s.unpacked += int64(n)
	if u.s.unpacked > maxUnpacked || u.s.unpacked > ratioFrom && u.s.unpacked/maxRatio > u.s.packed.Load() {
		return 0, &damage{text: i18n.T("压缩文件解开后大得异常，已停止读取", "The compressed file unpacks to far more than a table would; reading has stopped")}
	}
	if err != nil && err != io.EOF {
		err = unpackError(err)
	}
	return n, err
}

func unpackError(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return &damage{i18n.T("压缩文件在这里中断，不完整，请重新导出或上传", "The compressed file breaks off here; export or upload it again"), err}
	}
	if _, ok := errors.AsType[flate.CorruptInputError](err); ok || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) {
		return &damage{i18n.T("压缩文件已损坏，请重新导出或上传", "The compressed file is damaged; export or upload it again"), err}
	}
	return err
}

// What the first bytes of a file look like.
const (
	kindText   = "text"
	kindZip    = "zip"
	kindXLS    = "xls"
	kindHTML   = "html"
	kindPDF    = "pdf"
	kindBinary = "binary"
)

func sniff(head []byte) string {
	start := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head[:min(len(head), 1024)], []byte("\xef\xbb\xbf")), " \t\r\n"))
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return kindZip
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return kindXLS
	case bytes.HasPrefix(head, []byte("%PDF-")):
		return kindPDF
	case bytes.HasPrefix(start, []byte("<!doctype html")), bytes.HasPrefix(start, []byte("<html")),
		bytes.HasPrefix(start, []byte("<table")), bytes.HasPrefix(start, []byte("<?xml")):
		return kindHTML
	case utf16BOM(head) != "":
		return kindText
	case bytes.IndexByte(head, 0) >= 0, bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return kindBinary
	}
	return kindText
}

func notATable(kind string) error {
	switch kind {
	case kindXLS:
		return invalid("这是旧版 Excel 文件（.xls）或加了密码，请另存为不带密码的 .xlsx 或 CSV", "This is an old Excel file (.xls) or one with a password; save it as .xlsx without a password, or as CSV")
	case kindHTML:
		return invalid("这是网页（HTML/XML），不是表格；请用 Excel 打开后另存为 .xlsx 或 CSV", "This is a web page (HTML or XML), not a table; open it in Excel and save it as .xlsx or CSV")
	case kindPDF:
		return invalid("这是 PDF，不是表格", "This is a PDF, not a table")
	case kindZip:
		return invalid("gzip 里面还是压缩包，请先解压", "There is another archive inside the gzip; unpack it first")
	}
	return invalid("这不是 CSV：第 1 行起含有二进制数据", "This is not a CSV: it holds binary data from line 1")
}
