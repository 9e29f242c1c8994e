package care

import (
	"context"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/sheet"
)

func (s *Service) caseRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "count-cases", Method: "GET", Path: "/care/counts", Tag: tag, Permission: mayRead, Summary: "How many cases ask for somebody"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[CaseCounts], error) {
			c, err := s.Counts(ctx)
			return httpx.OK(c), err
		})
	type listIn struct {
		httpx.PageQuery
		CaseFilter
	}
	httpx.Handle(r, httpx.Op{ID: "list-cases", Method: "GET", Path: "/care/cases", Tag: tag, Permission: mayRead, Summary: "Cases, the newest first, with personal data hidden"},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.CountedPage[Case]], error) {
			var after casePlace
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, next, total, err := s.Cases(ctx, in.CaseFilter, after, in.Limit, httpx.MaxCount)
			return httpx.OK(counted(items, next, total)), err
		})
	type staffIn struct {
		From string `query:"from" maxLength:"10"`
		To   string `query:"to" maxLength:"10"`
	}
	httpx.Handle(r, httpx.Op{ID: "count-cases-per-staff", Method: "GET", Path: "/care/cases/staff", Tag: tag, Permission: mayRead, Summary: "Cases by whose conversations they are in, and who handled how many"},
		func(ctx context.Context, in *staffIn) (*httpx.Body[httpx.List[StaffCases]], error) {
			l, err := s.PerStaff(ctx, in.From, in.To)
			return httpx.OK(httpx.List[StaffCases]{Items: httpx.Items(l)}), err
		})
	httpx.Handle(r, httpx.Op{ID: "get-case", Method: "GET", Path: "/care/cases/{id}", Tag: tag, Permission: mayRead, Summary: "One case with its history"},
		func(ctx context.Context, in *IDPath) (*httpx.Body[CaseDetails], error) {
			c, err := s.Case(ctx, in.ID)
			return httpx.OK(c), err
		})
	type changeIn struct {
		IDPath
		Body CaseChange
	}
	httpx.Handle(r, httpx.Op{ID: "change-case", Method: "POST", Path: "/care/cases/{id}", Tag: tag, Permission: mayHandle, Status: 200, Summary: "Take a case, hand it on, let it go, note something, close or reopen it"},
		func(ctx context.Context, in *changeIn) (*httpx.Body[CaseDetails], error) {
			c, err := s.ChangeCase(ctx, in.ID, in.Body)
			return httpx.OK(c), err
		})
	httpx.Handle(r, httpx.Op{ID: "reveal-case", Method: "POST", Path: "/care/cases/{id}/reveal", Tag: tag, Permission: mayHandle, Status: 200, Summary: "One case with nothing hidden. It is audited"},
		func(ctx context.Context, in *IDPath) (*httpx.Body[CaseDetails], error) {
			c, err := s.Reveal(ctx, in.ID)
			return httpx.OK(c), err
		})
	httpx.Handle(r, httpx.Op{ID: "enter-complaint", Method: "POST", Path: "/care/complaints", Tag: tag, Permission: mayHandle, Status: 201, Summary: "Enter a complaint"},
		func(ctx context.Context, in *struct{ Body ComplaintInput }) (*httpx.Body[CaseDetails], error) {
			c, err := s.Complain(ctx, in.Body)
			return httpx.OK(c), err
		})
	type exportIn struct {
		CaseFilter
		FormatIn
	}
	httpx.Handle(r, httpx.Op{ID: "export-cases", Method: "GET", Path: "/care/cases/export", Tag: tag, Permission: mayHandle, Stream: true, Produces: tables, Summary: "Cases as CSV or XLSX, with personal data hidden"},
		func(ctx context.Context, in *exportIn) (*huma.StreamResponse, error) {
			items, next, _, err := s.Cases(ctx, in.CaseFilter, casePlace{}, exportPage, 0)
			if err != nil {
				return nil, err
			}
			return s.table(ctx, in.Format, "cases", caseTitles, func(ctx context.Context, row sheet.Row) error {
				for {
					for _, c := range items {
						var words []string
						for _, h := range c.Hits {
							words = append(words, h.Word)
						}
						if err := row(c.ID, c.OccurredAt.Format(time.RFC3339), c.Kind, c.Source, c.Direction, c.Action, c.Category, strings.Join(words, " "), c.Text, c.PersonID, c.PersonName, c.AccountName, c.StaffName, c.Status, c.HandlerName, c.Outcome, c.Memo,
							c.Satisfaction, when(c.DueAt), when(c.ClosedAt)); err != nil {
							return err
						}
					}
					if next == (casePlace{}) {
						return nil
					}
					if items, next, _, err = s.Cases(ctx, in.CaseFilter, next, exportPage, 0); err != nil {
						return err
					}
				}
			})
		})
}

var caseTitles = []i18n.Text{i18n.T("编号", "Case"), i18n.T("时间", "Time"), i18n.T("类型", "Kind"), i18n.T("来源", "Source"), i18n.T("方向", "Direction"), i18n.T("动作", "Action"), i18n.T("分类", "Category"), i18n.T("命中的词", "Words"),
	i18n.T("内容", "Text"), i18n.T("客户编号", "Person"), i18n.T("客户", "Name"), i18n.T("账号", "Account"), i18n.T("员工", "Staff"), i18n.T("状态", "Status"), i18n.T("处理人", "Handler"), i18n.T("结果", "Outcome"), i18n.T("备注", "Memo"),
	i18n.T("满意度", "Satisfaction"), i18n.T("期限", "Due"), i18n.T("关闭时间", "Closed")}
