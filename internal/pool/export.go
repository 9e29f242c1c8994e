package pool

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/currency"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/sheet"
)

// Formats of an export.
const (
	CSV  = sheet.CSV
	XLSX = sheet.XLSX
)

const exportPage = 1000 // persons read at once: what an export holds in memory

// Export is an export that was asked for and audited, ready to be written.
type Export struct {
	s      *Service
	actor  access.Actor
	lang   i18n.Lang
	filter Filter
	format string
	Count  int64 // persons when it was asked for
}

// NewExport counts what an export would hold and writes the audit log before
// anything leaves.
func (s *Service) NewExport(ctx context.Context, f Filter, format string) (*Export, error) {
	a, _ := access.From(ctx)
	e := &Export{s: s, actor: a, lang: i18n.From(ctx), filter: f, format: format}
	err := s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		set, err := s.orgs.PoolSettings(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		q, err := s.newListQuery(ctx, tx, a, f, set.phoneRegion())
		if err != nil {
			return err
		}
		e.Count, _, err = q.count(ctx, 1<<40)
		return err
	})
	if err != nil {
		return nil, err
	}
	if format == XLSX && e.Count > sheet.MaxRows {
		return nil, errs.TooLarge(i18n.T("Excel 一张表最多 %d 行，请改用 CSV 或缩小范围", "An Excel sheet has at most %d rows: take CSV, or a narrower filter", sheet.MaxRows))
	}
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		return s.audit.Audit(ctx, tx, "person.exported", "person", "", map[string]any{"format": format, "count": e.Count, "filter": f.describe()})
	})
	return e, err
}

// describe is the filter for the audit log. What was searched for may be
// somebody's phone number, so it only says that there was a search.
func (f Filter) describe() map[string]any {
	out := map[string]any{}
	text := func(k, v string) {
		if v != "" {
			out[k] = v
		}
	}
	number := func(k string, v, none int64) {
		if v != none {
			out[k] = v
		}
	}
	when := func(k string, t time.Time) {
		if !t.IsZero() {
			out[k] = t.UTC().Format(time.RFC3339)
		}
	}
	if f.Q != "" {
		out["q"] = true
	}
	text("stage", f.Stage)
	text("tag_id", f.TagID)
	text("region", f.Region)
	text("owner_staff_id", f.OwnerStaffID)
	number("min_gmv_minor", f.MinGMVMinor, 0)
	number("max_gmv_minor", f.MaxGMVMinor, -1)
	number("min_orders", f.MinOrders, 0)
	number("max_orders", f.MaxOrders, -1)
	when("last_order_from", f.LastFrom)
	when("last_order_to", f.LastTo)
	when("created_from", f.CreatedFrom)
	when("created_to", f.CreatedTo)
	return out
}

// each calls fn for every person, page by page. Each page is a transaction of
// its own: a slow reader at the other end holds nothing open here.
func (e *Export) each(ctx context.Context, fn func(Person) error) error {
	var after Cursor
	for {
		var persons []Person
		err := e.s.db.Read(ctx, e.actor.OrgID, func(tx *db.Tx) error {
			set, err := e.s.orgs.PoolSettings(ctx, tx, e.actor.OrgID)
			if err != nil {
				return err
			}
			q, err := e.s.newListQuery(ctx, tx, e.actor, e.filter, set.phoneRegion())
			if err != nil {
				return err
			}
			if persons, err = q.page(ctx, after, exportPage, e.Count <= e.s.most); err != nil {
				return err
			}
			return e.s.dress(ctx, tx, e.actor, persons, set.Currency)
		})
		if err != nil {
			return err
		}
		for _, p := range persons {
			if err := fn(p); err != nil {
				return err
			}
		}
		if len(persons) < exportPage {
			return nil
		}
		after = persons[len(persons)-1].cursor
	}
}

var exportHeaders = []i18n.Text{
	{ZH: "客户编号", EN: "Person"}, {ZH: "姓名", EN: "Name"}, {ZH: "生命周期阶段", EN: "Stage"}, {ZH: "地区", EN: "Region"}, {ZH: "负责员工", EN: "Owner"},
	{ZH: "订单数", EN: "Orders"}, {ZH: "退款数", EN: "Refunds"}, {ZH: "消费金额", EN: "Paid"}, {ZH: "退款金额", EN: "Refunded"}, {ZH: "币种", EN: "Currency"},
	{ZH: "首次下单", EN: "First order"}, {ZH: "最近下单", EN: "Last order"}, {ZH: "建档时间", EN: "Known since"}, {ZH: "标签", EN: "Tags"},
	{ZH: "手机号", EN: "Phones"}, {ZH: "邮箱", EN: "Emails"}, {ZH: "其他身份", EN: "Other identities"},
}

var stageNames = map[string]i18n.Text{"new": {ZH: "新客户", EN: "New"}, "first_order": {ZH: "首单", EN: "First order"}, "repeat": {ZH: "复购", EN: "Repeat"},
	"silent": {ZH: "沉默", EN: "Silent"}, "lost": {ZH: "流失", EN: "Lost"}}

// cells are a person's line.
func (e *Export) cells(p Person) []any {
	var tags, phones, emails, others []string
	for _, t := range p.Tags {
		tags = append(tags, t.Name)
	}
	for _, i := range p.Identities {
		switch i.Kind {
		case "phone":
			phones = append(phones, i.Value)
		case "email", "email_unverified":
			emails = append(emails, i.Value)
		default:
			others = append(others, i.Kind+":"+i.Value)
		}
	}
	when := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return t.Format(time.RFC3339)
	}
	const sep = "; "
	return []any{p.ID, p.Name, stageNames[p.Stage].In(e.lang), p.Region, p.OwnerStaffID, p.Orders, p.Refunds,
		money(p.GMVMinor, p.Currency), money(p.RefundedMinor, p.Currency), p.Currency, when(p.FirstOrderAt), when(p.LastOrderAt), when(&p.CreatedAt),
		strings.Join(tags, sep), strings.Join(phones, sep), strings.Join(emails, sep), strings.Join(others, sep)}
}

// money is minor units in the currency's unit.
func money(minor int64, code string) sheet.Number {
	return sheet.Number(currency.Decimal(minor, currency.Digits(code)))
}

// Write writes the export to w.
func (e *Export) Write(ctx context.Context, w io.Writer) error {
	header := make([]string, len(exportHeaders))
	for i, h := range exportHeaders {
		header[i] = h.In(e.lang)
	}
	return sheet.Write(w, e.format, header, func(row sheet.Row) error {
		return e.each(ctx, func(p Person) error {
			if err := row(e.cells(p)...); !errors.Is(err, sheet.ErrFull) {
				return err
			}
			return nil // grown past the sheet since it was counted
		})
	})
}
