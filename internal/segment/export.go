package segment

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/currency"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/sheet"
	"fishpond/internal/segment/predicate/plan"
)

// Formats of an export.
const (
	CSV  = sheet.CSV
	XLSX = sheet.XLSX
)

const exportPage = 1000 // persons read at once: what an export holds in memory besides the bitmap

var errNoExport = errs.Forbidden(i18n.T("你没有导出客户的权限", "You are not allowed to export customers"))

// Export is an export that was asked for and audited, ready to be written. It
// holds who was a member then.
type Export struct {
	s       *Service
	actor   access.Actor
	lang    i18n.Lang
	format  string
	members *roaring.Bitmap
	byHand  *roaring.Bitmap
	digits  int
	staff   map[string]string
}

// NewExport takes the members of a segment and writes the audit log before
// anything leaves. Who sees only their own customers exports nobody.
func (s *Service) NewExport(ctx context.Context, id, format string) (*Export, error) {
	a, _ := access.From(ctx)
	if !a.Can("segment.read") || !a.Can("pool.export") || a.OwnOnly {
		return nil, errNoExport
	}
	e := &Export{s: s, actor: a, lang: i18n.From(ctx), format: format, byHand: roaring.New(), staff: map[string]string{}}
	var d definition
	err := s.db.Read(ctx, a.OrgID, func(tx *db.Tx) (err error) {
		if d, err = defByID(ctx, tx, a.OrgID, id); err != nil {
			return err
		}
		set, err := s.orgs.Settings(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		e.digits = set.Digits
		staff, err := s.orgs.Staff(ctx, tx, a.OrgID)
		for _, n := range staff {
			e.staff[n.ID] = n.Name
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if e.members, err = s.members(ctx, a, id); err != nil {
		return nil, err
	}
	if d.include != "" {
		if e.byHand, err = s.eval(ctx, a, plan.InList{ID: d.include}); err != nil {
			return nil, err
		}
	}
	n := e.members.GetCardinality()
	if format == XLSX && n > sheet.MaxRows {
		return nil, errs.TooLarge(i18n.T("Excel 一张表最多 %d 行，请改用 CSV 或缩小人群", "An Excel sheet has at most %d rows: take CSV, or a narrower segment", sheet.MaxRows))
	}
	return e, s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		return s.audit.Audit(ctx, tx, "segment.exported", "segment", id, map[string]any{"format": format, "count": n, "name": d.name, "version": d.version})
	})
}

// each calls fn for every member, page by page. Each page is a transaction of
// its own: a slow reader at the other end holds nothing open here. Who has
// left the pool meanwhile is passed over.
func (e *Export) each(ctx context.Context, fn func(PersonBrief, []Identity) error) error {
	it := e.members.Iterator()
	for it.HasNext() {
		var seqs []uint32
		for it.HasNext() && len(seqs) < exportPage {
			seqs = append(seqs, it.Next())
		}
		var persons []PersonBrief
		var identities map[string][]Identity
		err := e.s.db.Read(ctx, e.actor.OrgID, func(tx *db.Tx) (err error) {
			if persons, err = e.s.briefsIn(ctx, tx, e.actor, seqs); err != nil {
				return err
			}
			ids := make([]string, len(persons))
			for i, p := range persons {
				ids[i] = p.ID
			}
			identities, err = e.s.people.Identities(ctx, tx, e.actor.OrgID, ids)
			return err
		})
		if err != nil {
			return err
		}
		for _, p := range persons {
			if e.byHand.Contains(p.Seq) {
				p.Via = ByInclude
			}
			if err := fn(p, identities[p.ID]); err != nil {
				return err
			}
		}
	}
	return nil
}

var exportHeaders = []i18n.Text{
	{ZH: "客户编号", EN: "Person"}, {ZH: "姓名", EN: "Name"}, {ZH: "生命周期阶段", EN: "Stage"}, {ZH: "地区", EN: "Region"}, {ZH: "负责员工", EN: "Owner"},
	{ZH: "订单数", EN: "Orders"}, {ZH: "退款数", EN: "Refunds"}, {ZH: "消费金额", EN: "Paid"}, {ZH: "退款金额", EN: "Refunded"}, {ZH: "币种", EN: "Currency"},
	{ZH: "首次下单", EN: "First order"}, {ZH: "最近下单", EN: "Last order"}, {ZH: "建档时间", EN: "Known since"}, {ZH: "标签", EN: "Tags"},
	{ZH: "手机号", EN: "Phones"}, {ZH: "邮箱", EN: "Emails"}, {ZH: "其他身份", EN: "Other identities"}, {ZH: "加入方式", EN: "Member by"},
}

var (
	stageNames = map[string]i18n.Text{"new": {ZH: "新客户", EN: "New"}, "first_order": {ZH: "首单", EN: "First order"}, "repeat": {ZH: "复购", EN: "Repeat"},
		"silent": {ZH: "沉默", EN: "Silent"}, "lost": {ZH: "流失", EN: "Lost"}}
	viaNames = map[string]i18n.Text{ByRule: {ZH: "条件", EN: "Rule"}, ByInclude: {ZH: "手动加入", EN: "By hand"}}
)

// cells are a person's line.
func (e *Export) cells(p PersonBrief, identities []Identity) []any {
	var tags, phones, emails, others []string
	for _, t := range p.Tags {
		tags = append(tags, t.Name)
	}
	for _, i := range identities {
		switch i.Kind {
		case "phone":
			phones = append(phones, i.Value)
		case "email", "email_unverified":
			emails = append(emails, i.Value)
		default:
			others = append(others, i.Kind+":"+i.Value)
		}
	}
	when := func(us int64) string {
		if us == 0 {
			return ""
		}
		return clock.Time(us).Format(time.RFC3339)
	}
	last := int64(0)
	if p.LastOrderAt != nil {
		last = clock.Micros(*p.LastOrderAt)
	}
	const sep = "; "
	return []any{p.ID, p.Name, stageNames[p.Stage].In(e.lang), p.Region, e.staff[p.owner], p.Orders, p.refunds,
		sheet.Number(currency.Decimal(p.GMVMinor, e.digits)), sheet.Number(currency.Decimal(p.refunded, e.digits)), p.Currency, when(p.first), when(last), when(p.created),
		strings.Join(tags, sep), strings.Join(phones, sep), strings.Join(emails, sep), strings.Join(others, sep), viaNames[p.Via].In(e.lang)}
}

// Write writes the export to w.
func (e *Export) Write(ctx context.Context, w io.Writer) error {
	header := make([]string, len(exportHeaders))
	for i, h := range exportHeaders {
		header[i] = h.In(e.lang)
	}
	return sheet.Write(w, e.format, header, func(row sheet.Row) error {
		return e.each(ctx, func(p PersonBrief, identities []Identity) error { return row(e.cells(p, identities)...) })
	})
}
