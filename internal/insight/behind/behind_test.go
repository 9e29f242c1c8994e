package behind_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/xuri/excelize/v2"

	"fishpond/internal/insight/behind"
	"fishpond/internal/insight/report"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/sheet"
)

// house is a pool in which every thousandth person has left.
type house struct {
	asked  []int // how many persons at a time
	saved  []uint32
	audits []string
}

func (h *house) Persons(_ context.Context, _ string, seqs []uint32) (out []behind.PersonBehind, _ error) {
	h.asked = append(h.asked, len(seqs))
	for _, s := range seqs {
		if s%1000 != 0 {
			out = append(out, behind.PersonBehind{Seq: s, ID: fmt.Sprint("per_", s), Name: fmt.Sprint("=1+", s), Stage: "repeat", Region: "浙江", Orders: int64(s)})
		}
	}
	return out, nil
}

func (h *house) SaveSegment(_ context.Context, _, _, about string, seqs []uint32) (string, error) {
	h.saved = seqs
	return "seg_" + about, nil
}

func (h *house) Exported(_ context.Context, _, list string, detail any) error {
	h.audits = append(h.audits, fmt.Sprint(list, " ", detail))
	return nil
}

func by(perms ...string) context.Context {
	a := access.Actor{Kind: access.Staff, OrgID: "org_a", ID: "stf"}.WithPermissions(perms)
	return access.With(i18n.With(context.Background(), i18n.EN), a)
}

func people(n uint64) behind.Crowd[behind.PersonBehind] {
	who := roaring.New()
	who.AddRange(1, n+1)
	return behind.Crowd[behind.PersonBehind]{Seqs: behind.Newest(who), Show: behind.AsTheyAre, From: i18n.T("测试", "a test")}
}

// A file holds everybody, however many there are, and no formula.
func TestAFileHoldsEverybody(t *testing.T) {
	h := &house{}
	d := &behind.Desk{Ports: h}
	more := behind.More[behind.PersonBehind]{Columns: []report.Column{report.Text("附加", "More")}, Cells: func(l i18n.Lang, p behind.PersonBehind) []any {
		return []any{i18n.T("@号", "@ %d", p.Seq).In(l)}
	}}
	const n = 3_500
	for _, format := range []string{sheet.CSV, sheet.XLSX} {
		e, err := behind.NewExport(by("pool.export"), d, "org_a", "test-people", "who?", people(n), more, format)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := e.Write(&out); err != nil {
			t.Fatal(err)
		}
		var rows [][]string
		if format == sheet.CSV {
			rows, err = csv.NewReader(strings.NewReader(strings.TrimPrefix(out.String(), "\uFEFF"))).ReadAll()
		} else {
			var f *excelize.File
			if f, err = excelize.OpenReader(&out); err == nil {
				rows, err = f.GetRows("Customers")
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) != 1+n-n/1000 {
			t.Fatalf("%s: %d rows", format, len(rows))
		}
		if !slices.Equal(rows[0], []string{"Customer id", "Customer", "Stage", "Region", "Orders", "More"}) || !slices.Equal(rows[1], []string{"per_3500", "'=1+3500", "Repeat", "浙江", "3500", "'@ 3500"}) {
			t.Errorf("%s: %q %q", format, rows[0], rows[1])
		}
		if last := rows[len(rows)-1]; last[0] != "per_1" {
			t.Errorf("%s ends with %q", format, last)
		}
	}
	if slices.Max(h.asked) > 1000 {
		t.Errorf("held at once: %v", h.asked)
	}
	if len(h.audits) != 2 || h.audits[0] != "test-people map[count:3500 format:csv question:who?]" {
		t.Errorf("%q", h.audits)
	}
}

// Nothing leaves, and nothing is said to have left, without the right to it.
func TestWhoMayTakePeopleAway(t *testing.T) {
	h := &house{}
	own, _ := access.From(by("pool.export"))
	own.OwnOnly = true
	for name, ctx := range map[string]context.Context{"no right": by("insight.read", "insight.export"), "own only": access.With(context.Background(), own), "by itself": access.With(context.Background(), access.ForSystem("org_a", "reports"))} {
		if _, err := behind.NewExport(ctx, &behind.Desk{Ports: h}, "org_a", "x", nil, people(3), behind.More[behind.PersonBehind]{}, sheet.CSV); !errs.Is(err, errs.CodeForbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := behind.NewExport(by("pool.export"), &behind.Desk{Ports: h}, "org_a", "x", nil, people(sheet.MaxRows+1), behind.More[behind.PersonBehind]{}, sheet.XLSX); !errs.Is(err, errs.CodeTooLarge) {
		t.Errorf("more than a sheet holds: %v", err)
	}
	if len(h.audits) != 0 {
		t.Errorf("%q", h.audits)
	}
}

// Pages follow each other, and none is left out or twice, though people come and go
// between them.
func TestPagesFollow(t *testing.T) {
	d := &behind.Desk{Ports: &house{}}
	c := people(10)
	var seen []uint32
	page := httpx.PageQuery{Limit: 4}
	for {
		out, err := behind.Page(by(), d, "org_a", c, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range out.Items {
			seen = append(seen, p.Seq)
		}
		if page.Cursor = out.NextCursor; page.Cursor == "" {
			break
		}
		c.Seqs = append([]uint32{uint32(100 + len(seen))}, c.Seqs...) // somebody new came first
	}
	if !slices.Equal(seen, []uint32{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}) {
		t.Error(seen)
	}
	if _, err := behind.Page(by(), d, "org_a", c, httpx.PageQuery{Limit: 4, Cursor: "moon"}); !errs.Is(err, errs.CodeInvalid) {
		t.Error(err)
	}
}

func TestSegmentsOfThem(t *testing.T) {
	h := &house{}
	d := &behind.Desk{Ports: h}
	of := func(n uint64) func() (behind.Crowd[behind.PersonBehind], error) {
		return func() (behind.Crowd[behind.PersonBehind], error) { return people(n), nil }
	}
	may := by("segment.write")
	made, err := behind.Segment(may, d, "org_a", " Mine ", of(3))
	if err != nil || made.Persons != 3 || made.SegmentID != "seg_3 customers saved from a test; they stay as they are" || !slices.Equal(h.saved, []uint32{1, 2, 3}) {
		t.Errorf("%+v %v %v", made, h.saved, err)
	}
	for name, c := range map[string]struct {
		ctx  context.Context
		name string
		n    uint64
		code errs.Code
	}{"no right": {by(), "x", 3, errs.CodeForbidden}, "no name": {may, " ", 3, errs.CodeInvalid}, "nobody": {may, "x", 0, errs.CodeConflict}, "too many": {may, "x", behind.MaxSegment + 1, errs.CodeConflict}} {
		if _, err := behind.Segment(c.ctx, d, "org_a", c.name, of(c.n)); !errs.Is(err, c.code) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
