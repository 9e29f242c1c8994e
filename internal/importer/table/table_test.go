package table

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"

	"fishpond/internal/platform/errs"
)

func write(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// dump reads a file and shows each row as line:cell|cell, with ! before those
// that have a problem; an error ends it.
func dump(path string, o Options) (string, error) {
	t, err := Open(path, o)
	if err != nil {
		return "", err
	}
	defer t.Close()
	var b strings.Builder
	b.WriteString(strings.Join(t.Columns, "|"))
	for {
		r, err := t.Next()
		if err == io.EOF {
			return b.String(), nil
		}
		if err != nil {
			return b.String(), err
		}
		b.WriteByte(' ')
		if !r.Problem.IsZero() {
			b.WriteByte('!')
		}
		fmt.Fprintf(&b, "%d:%s", r.Line, bytes.Join(r.Cells, []byte("|")))
	}
}

func gz(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(b) // into memory
	_ = w.Close()
	return out.Bytes()
}

func gb(s string) string {
	b, err := simplifiedchinese.GB18030.NewEncoder().String(s)
	if err != nil {
		panic(err)
	}
	return b
}

func wide(s string, big bool) string {
	out := []byte{0xff, 0xfe}
	if big {
		out = []byte{0xfe, 0xff}
	}
	for _, u := range utf16.Encode([]rune(s)) {
		if big {
			out = append(out, byte(u>>8), byte(u))
		} else {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	return string(out)
}

func TestReadsTablesAsTheyCome(t *testing.T) {
	latin, err := charmap.Windows1252.NewEncoder().String("id,name\n1,Café Müller\n2,Señor\n")
	if err != nil {
		t.Fatal(err)
	}
	chinese := "订单号,客户,商品\n1,张伟,红色毛衣和围巾\n2,王芳,茶叶\n"
	cases := []struct {
		name, in, want string
		o              Options
	}{
		{"plain", "a,b\n1,2\n3,4\n", "a|b 2:1|2 3:3|4", Options{}},
		{"no newline at the end, CRLF", "a,b\r\n1,2\r\n3,4", "a|b 2:1|2 3:3|4", Options{}},
		{"old Mac", "a,b\r1,2\r3,4\r", "a|b 2:1|2 3:3|4", Options{}},
		{"blank lines keep their numbers", "a,b\n\n1,2\n,\n3,4\n", "a|b 3:1|2 5:3|4", Options{}},
		{"byte order mark", "\ufeffa,b\n1,二\n", "a|b 2:1|二", Options{}},
		{"quotes over lines", "a,b\n\"x, \"\"y\"\"\nz\",2\n3,4\n", "a|b 2:x, \"y\"\nz|2 4:3|4", Options{}},
		{"quote inside a plain cell", "a,b\n12\" ruler,2\n", "a|b 2:12\" ruler|2", Options{}},
		{"text behind a quote", "a,b\n\"x\"y,2\n3,4\n", "a|b !2:xy|2 3:3|4", Options{}},
		{"empty quotes", "a,b\n\"\",\"\"\"\"\n", "a|b 2:|\"", Options{}},
		{"semicolons", "a;b;c\n1;2,5;3\n4;5,5;6\n", "a|b|c 2:1|2,5|3 3:4|5,5|6", Options{}},
		{"tabs", "a\tb\n1\t2\n", "a|b 2:1|2", Options{}},
		{"bars", "a|b\n1|2\n", "a|b 2:1|2", Options{}},
		{"commas in the text of a semicolon file", "a;b\nx, y, z;1\np, q, r;2\n", "a|b 2:x, y, z|1 3:p, q, r|2", Options{}},
		{"separator named", "sep=;\na;b\n1;2\n", "a|b 3:1|2", Options{}},
		{"separator given", "a,b;c\n1;2\n", "a,b|c 2:1|2", Options{Delimiter: ";"}},
		{"one column", "phone\n13800138000\n", "phone 2:13800138000", Options{}},
		{"GB18030", gb(chinese), "订单号|客户|商品 2:1|张伟|红色毛衣和围巾 3:2|王芳|茶叶", Options{}},
		{"GB18030 after ASCII", "id,name\n1,x\n" + gb("2,张伟的订单\n"), "id|name 2:1|x 3:2|张伟的订单", Options{}},
		{"GB18030 with bars, whose byte is in 簗", gb("号|名\n1|簗重要的客户和商品\n"), "号|名 2:1|簗重要的客户和商品", Options{Encoding: GB18030}},
		{"Latin-1", latin, "id|name 2:1|Café Müller 3:2|Señor", Options{}},
		{"UTF-16LE", wide("a\tb\n1\t二\n", false), "a|b 2:1|二", Options{}},
		{"UTF-16BE", wide("a,b\r\n1,二\r\n", true), "a|b 2:1|二", Options{}},
		{"mixed: Latin-1 in UTF-8", "a,b\n1,é\n2,caf\xe9\n3,ü\n", "a|b 2:1|é !3:2|caf\ufffd 4:3|ü", Options{}},
		{"mixed: UTF-8 in GB18030", gb(chinese) + "3,李雷,钢琴和吉他\n", "订单号|客户|商品 2:1|张伟|红色毛衣和围巾 3:2|王芳|茶叶 !4:", Options{}},
		{"given wrong: GB18030 as UTF-8", "a,b\n" + gb("1,张\n"), "a|b !2:1|\ufffd", Options{Encoding: UTF8}},
		{"too few and too many cells", "a,b\n1\n1,2,3\n1,2,\n", "a|b !2:1| !3:1|2 4:1|2", Options{}},
		{"zero byte later", "a,b\n" + strings.Repeat("1,2\n", 20000) + "x\x00,2\n", "", Options{}},
	}
	for _, c := range cases {
		for _, packed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/gzip=%v", c.name, packed), func(t *testing.T) {
				in := []byte(c.in)
				if packed {
					in = gz(in)
				}
				got, err := dump(write(t, "x.csv", in), c.o)
				if err != nil {
					t.Fatal(err)
				}
				switch {
				case c.want == "" && strings.HasSuffix(got, " !20002:x\x00|2"):
				case strings.HasSuffix(c.want, "!4:") && strings.HasPrefix(got, c.want):
				case got != c.want:
					t.Fatalf("got  %q\nwant %q", got, c.want)
				}
			})
		}
	}
}

func workbook(t testing.TB, rows ...[]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	for i, r := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &r); err != nil {
			t.Fatal(err)
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// replaced gives a workbook in which the text of one part was changed.
func replaced(t testing.TB, book []byte, part string, change func([]byte) []byte) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == part {
			b = change(b)
		}
		p, err := w.Create(f.Name)
		if err == nil {
			_, err = p.Write(b)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestXLSX(t *testing.T) {
	book := workbook(t, []any{"订单号", "金额", "时间"}, []any{"00123", 2.55, 40513.5}, nil, []any{"x", 0.1 + 0.2})
	got, err := dump(write(t, "x.xlsx", book), Options{})
	if want := "订单号|金额|时间 2:00123|2.55|40513.5 4:x|0.3|"; err != nil || got != want {
		t.Fatalf("%q, %v; want %q", got, err, want)
	}
}

const firstSheet = "xl/worksheets/sheet1.xml"

func TestRefusesWhatIsNoTable(t *testing.T) {
	book := workbook(t, []any{"a", "b"}, []any{1, 2}, []any{3, 4})
	whole := gz([]byte("a,b\n" + strings.Repeat("1,2\n", 100_000)))
	damaged := bytes.Clone(whole)
	damaged[len(damaged)-6] ^= 0xff // the checksum
	cases := []struct {
		name string
		in   []byte
		want string // in the English text
		line string // in the Chinese text, where there is a line to tell
	}{
		{"empty", nil, "empty", ""},
		{"gzip of nothing", gz(nil), "empty", ""},
		{"blank", []byte("\n\n"), "empty", ""},
		{"nameless header", []byte(",,\n1,2,3\n"), "no columns", "第 1 行"},
		{"binary", []byte("\x7fELF\x02\x01\x01\x00\x00\x00"), "binary", "第 1 行"},
		{"old Excel", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest"), ".xls", ""},
		{"PDF", []byte("%PDF-1.7\n..."), "PDF", ""},
		{"HTML called xls", []byte("\ufeff <html><table><tr><td>1</td></tr></table></html>"), "web page", ""},
		{"gzip in gzip", gz(gz([]byte("a,b\n"))), "binary", ""},
		{"zip in gzip", gz(book), "archive inside", ""},
		{"truncated gzip", whole[:len(whole)-40], "breaks off", "第 "},
		{"gzip with a wrong checksum", damaged, "damaged", "第 100002 行"},
		{"not quite gzip", []byte("\x1f\x8bhello"), "breaks off", "第 1 行"},
		{"quote never closed", []byte("a,b\n1,2\n\"3,4\n5,6\n"), "never closed", "第 3 行"},
		{"quote closed far away", []byte("a,b\n1,2\n\"3,4\n5,6\n7,\"8\"\n"), "not closed properly", "第 3 行"},
		{"10 MB in one cell", []byte("a,b\n1,2\n" + strings.Repeat("x", 10<<20) + ",2\n"), "larger than 4 MB", "第 3 行"},
		{"10 MB in one quoted cell", []byte("a,b\n1,2\n\"" + strings.Repeat("x\n", 5<<20) + "\",2\n"), "never closed", "第 3 行"},
		{"600 columns", []byte(strings.Repeat("c,", 599) + "c\n"), "600 columns", "第 1 行"},
		{"unknown encoding of the header", []byte("a\xff\xfe,b\n"), "not text", ""},
		{"a zip that is no workbook", replaced(t, book, "", nil)[:0], "empty", ""},
		{"XLSX cut short", book[:len(book)-100], "damaged", ""},
		{"XLSX whose sheet ends early", replaced(t, book, firstSheet, func(b []byte) []byte { return b[:bytes.LastIndex(b, []byte("<row"))] }), "breaks off after line 2", "第 2 行"},
		{"XLSX with a cell of 10 MB", replaced(t, book, firstSheet, func(b []byte) []byte {
			return bytes.Replace(b, []byte("<v>3</v>"), []byte("<v>"+strings.Repeat("3", 10<<20)+"</v>"), 1)
		}), "a cell is larger", "第 3 行"},
		{"XLSX with a row without end", replaced(t, book, firstSheet, func(b []byte) []byte {
			return bytes.Replace(b, []byte("</row>"), []byte(strings.Repeat("<c/>", 200_000)+"</row>"), 1)
		}), "far more cells", "第 1 行"},
		{"XLSX bomb", replaced(t, book, "xl/theme/theme1.xml", func([]byte) []byte { return make([]byte, maxOtherPart+1) }), "unpacks to far more", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := dump(write(t, "x", c.in), Options{Encoding: map[bool]string{true: UTF8}[c.name == "unknown encoding of the header"]})
			e := errs.As(err)
			if err == nil || e.Code != errs.CodeInvalid && e.Code != errs.CodeTooLarge {
				t.Fatalf("got %v", err)
			}
			if !strings.Contains(e.Text.EN, c.want) || !strings.Contains(e.Text.ZH, c.line) {
				t.Fatalf("says %q / %q", e.Text.EN, e.Text.ZH)
			}
		})
	}
}

func TestArchiveOfOtherThings(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create("orders.csv")
	if err == nil {
		_, err = f.Write([]byte("a,b\n1,2\n"))
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	_, err = dump(write(t, "x.zip", b.Bytes()), Options{})
	if e := errs.As(err); e.Code != errs.CodeInvalid || !strings.Contains(e.Text.EN, "archive") {
		t.Fatalf("got %v", err)
	}
}

func TestGzipBombIsStopped(t *testing.T) {
	path := write(t, "bomb.gz", gz([]byte("a,b\n"+strings.Repeat("11111111111111111111111111111111111111111111111,2\n", 1400<<10))))
	_, err := dump(path, Options{})
	if e := errs.As(err); e.Code != errs.CodeInvalid || !strings.Contains(e.Text.EN, "far more") {
		t.Fatalf("got %v", err)
	}
}

func TestLongCellSpoilsItsRowOnly(t *testing.T) {
	got, err := dump(write(t, "x.csv", []byte("a,b\n1,"+strings.Repeat("x", maxCell+1)+"\n3,4\n")), Options{})
	if err != nil || !strings.Contains(got, "!2:1|xxx") || !strings.HasSuffix(got, " 3:3|4") {
		t.Fatalf("%.80q…, %v", got, err)
	}
}

func TestMissingFileAndFolder(t *testing.T) {
	if _, err := Open(filepath.Join(t.TempDir(), "none"), Options{}); !errs.Is(err, errs.CodeNotFound) {
		t.Errorf("missing: %v", err)
	}
	if _, err := Open(t.TempDir(), Options{}); !errs.Is(err, errs.CodeInvalid) {
		t.Errorf("folder: %v", err)
	}
	for _, o := range []Options{{Encoding: "koi8-r"}, {Delimiter: "x"}} {
		if _, err := Open(write(t, "x", []byte("a,b\n")), o); !errs.Is(err, errs.CodeInvalid) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
