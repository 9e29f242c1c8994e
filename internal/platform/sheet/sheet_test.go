package sheet

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

func TestCSV(t *testing.T) {
	var out bytes.Buffer
	err := Write(&out, CSV, []string{"姓名", "n"}, func(row Row) error {
		return errors.Join(row("=HYPERLINK(1)", int64(-3)), row("a,\"b\"\n", 7), row("+8613800138000", Number("-0.05")), row("-12.50", Number("")))
	})
	want := "\uFEFF姓名,n\r\n'=HYPERLINK(1),-3\r\n\"a,\"\"b\"\"\r\n\",7\r\n'+8613800138000,-0.05\r\n'-12.50,\r\n"
	if err != nil || out.String() != want {
		t.Errorf("%v\n%q\n%q", err, out.String(), want)
	}
}

func TestXLSX(t *testing.T) {
	var out bytes.Buffer
	err := Write(&out, XLSX, []string{"姓名", "n"}, func(row Row) error {
		return errors.Join(row("=1+1", int64(3)), row("+8613800138000", Number("12.50")), row("小鱼", Number("")))
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := f.GetRows("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"姓名", "n"}, {"'=1+1", "3"}, {"+8613800138000", "12.5"}, {"小鱼"}}
	for i, row := range want {
		if strings.Join(got[i], "|") != strings.Join(row, "|") {
			t.Errorf("row %d: %q, want %q", i, got[i], row)
		}
	}
	if formula, err := f.GetCellFormula("Sheet1", "A2"); err != nil || formula != "" {
		t.Errorf("a formula: %q %v", formula, err)
	}
}

// What fails on the way is told, and nothing passes for a whole document.
func TestFailures(t *testing.T) {
	broken := errors.New("the database is gone")
	for _, format := range []string{CSV, XLSX} {
		var out bytes.Buffer
		if err := Write(&out, format, []string{"a"}, func(row Row) error { return errors.Join(row("x"), broken) }); !errors.Is(err, broken) {
			t.Errorf("%s: %v", format, err)
		}
		if format == XLSX && out.Len() > 0 {
			t.Errorf("half a file of %d bytes", out.Len())
		}
		if err := Write(io.Discard, format, []string{"a"}, func(row Row) error { return row(3.5) }); err == nil {
			t.Errorf("%s takes a float, which money must not be", format)
		}
		if err := Write(full{}, format, []string{"a"}, func(row Row) error { return row("x") }); err == nil {
			t.Errorf("%s: a full disk went unnoticed", format)
		}
	}
	if err := Write(io.Discard, "pdf", nil, func(Row) error { return nil }); err == nil {
		t.Error("an unknown format")
	}
	if Type(XLSX) == Type(CSV) {
		t.Error("one type for both")
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

// Whatever a customer is called, no cell begins as a formula does.
func TestSafe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.SampledFrom([]rune("=+-@\t\r\n|%＝＋－＠0123456789.ab'"))).Draw(t, "s")
		got := Safe(s)
		if got != s && got != "'"+s {
			t.Fatalf("%q became %q", s, got)
		}
		if got != "" && strings.ContainsRune(triggers, []rune(got)[0]) {
			t.Fatalf("%q is left as it is", got)
		}
	})
}
