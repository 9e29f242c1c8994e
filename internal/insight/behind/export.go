package behind

import (
	"cmp"
	"context"
	"io"

	"fishpond/internal/insight/report"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/sheet"
)

// exportPage is how many persons are read at once: what an export holds in memory
// beside everybody's number.
const exportPage = 1000

// More is what a page tells of people beside who they are: columns, and the cells of
// one person as those of report.Table.
type More[P Shown] struct {
	Columns  []report.Column
	Cells    func(lang i18n.Lang, p P) []any
	Currency string // of columns of money
}

var stages = map[string]i18n.Text{"new": i18n.T("新客户", "New"), "first_order": i18n.T("首单", "First order"), "repeat": i18n.T("复购", "Repeat"),
	"silent": i18n.T("沉默", "Silent"), "lost": i18n.T("流失", "Lost")}

// Table is all people of a crowd as a table, read page by page while it is written.
// Each page is read for itself: a slow reader at the other end holds nothing open here.
func Table[P Shown](ctx context.Context, d *Desk, orgID string, c Crowd[P], more More[P]) report.Table {
	t := report.Table{Key: "people", Title: i18n.T("客户", "Customers"), Currency: more.Currency, Count: len(c.Seqs),
		Columns: append([]report.Column{report.Text("客户编号", "Customer id"), report.Text("客户", "Customer"), report.Text("阶段", "Stage"), report.Text("地区", "Region"), report.Text("订单数", "Orders")}, more.Columns...)}
	t.Each = func(row func(cells ...any) error) error {
		for from := 0; from < len(c.Seqs); from += exportPage {
			some, err := Some(ctx, d, orgID, c, from, exportPage)
			if err != nil {
				return err
			}
			for _, s := range some {
				p := s.Who()
				cells := []any{p.ID, p.Name, stages[p.Stage], p.Region, p.Orders}
				if more.Cells != nil {
					cells = append(cells, more.Cells(i18n.From(ctx), s)...)
				}
				if err := row(cells...); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return t
}

// MayExport reports whether the actor may take people away. Who sees only their own
// customers may not, and what goes out by itself is nobody's asking.
func MayExport(ctx context.Context) bool {
	a, _ := access.From(ctx)
	return a.Kind != access.System && a.Can("pool.export") && !a.OwnOnly
}

// Export is a file that was asked for and audited, ready to be written.
type Export struct {
	desk   *Desk
	table  report.Table
	format string
	lang   i18n.Lang
}

// NewExport writes the audit log before anything leaves. list is which of the lists of
// people it is, asked the question that they answer.
func NewExport[P Shown](ctx context.Context, d *Desk, orgID, list string, asked any, c Crowd[P], more More[P], format string) (*Export, error) {
	if !MayExport(ctx) {
		return nil, errs.Forbidden(i18n.T("你没有导出客户的权限", "You are not allowed to export customers"))
	}
	format = cmp.Or(format, sheet.CSV)
	if format == sheet.XLSX && len(c.Seqs) > sheet.MaxRows {
		return nil, errs.TooLarge(i18n.T("Excel 一张表最多 %d 行，请改用 CSV 或缩小范围", "An Excel sheet has at most %d rows: take CSV, or fewer people", sheet.MaxRows))
	}
	if err := d.Ports.Exported(ctx, orgID, list, map[string]any{"format": format, "count": len(c.Seqs), "question": asked}); err != nil {
		return nil, err
	}
	return &Export{d, Table(ctx, d, orgID, c, more), format, i18n.From(ctx)}, nil
}

// Write writes the export to w.
func (e *Export) Write(w io.Writer) error {
	return report.Write(w, e.format, e.desk.Figures, []report.Table{e.table}, e.lang)
}
