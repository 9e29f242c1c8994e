package acquisition

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/sheet"
)

// ReportIn is a report as query parameters.
type ReportIn struct {
	By string `query:"by" enum:"channel,platform,campaign,entrance,staff,code,link,month" default:"channel" doc:"channel: the tree, each channel with what is below it"`
	ReportQuery
}

// LivePage is a page of arrivals that a later request can go on from.
type LivePage struct {
	httpx.CountedPage[Arrival]
	Since string `json:"since" doc:"Give it back to get only what came after this page; empty without arrivals"`
}

func (s *Service) arrivalRoutes(r *httpx.Router) {
	type listIn struct {
		httpx.PageQuery
		ArrivalFilter
		Since string `query:"since" maxLength:"1024" doc:"since of an earlier page: only newer arrivals"`
	}
	httpx.Handle(r, httpx.Op{ID: "list-arrivals", Method: "GET", Path: "/arrivals", Tag: tag, Permission: mayRead,
		Summary: "Arrivals, the newest first. Associates see their own"},
		func(ctx context.Context, in *listIn) (*httpx.Body[LivePage], error) {
			var after, since ArrivalPlace
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			if err := httpx.DecodeCursor(in.Since, &since); err != nil {
				return nil, err
			}
			items, places, total, err := s.Arrivals(ctx, in.ArrivalFilter, after, since, in.Limit+1, httpx.MaxCount)
			if err != nil {
				return nil, err
			}
			var next ArrivalPlace
			more := len(items) > in.Limit
			if more {
				items, next = items[:in.Limit], places[in.Limit-1]
			}
			page := LivePage{CountedPage: counted(items, next, more, total).Body, Since: in.Since}
			if len(items) > 0 {
				page.Since = httpx.EncodeCursor(places[0])
			}
			return httpx.OK(page), nil
		})
	httpx.Handle(r, httpx.Op{ID: "export-arrivals", Method: "GET", Path: "/arrivals/export", Summary: "Arrivals as CSV or XLSX", Tag: tag, Permission: mayReport, Stream: true, Produces: tables},
		func(ctx context.Context, in *struct {
			ArrivalFilter
			FormatIn
		}) (*huma.StreamResponse, error) {
			items, places, _, err := s.Arrivals(ctx, in.ArrivalFilter, ArrivalPlace{}, ArrivalPlace{}, exportPage, 0)
			if err != nil {
				return nil, err
			}
			if err := s.exported(ctx, "arrivals", in.Format); err != nil {
				return nil, err
			}
			head := header(ctx, i18n.T("时间", "Time"), i18n.T("客户", "Person"), i18n.T("姓名", "Name"), i18n.T("方式", "Way"), i18n.T("渠道", "Channel"), i18n.T("来源", "Through"),
				i18n.T("员工", "Staff"), i18n.T("首次", "First"))
			return table(in.Format, "arrivals", head, func(ctx context.Context, line sheet.Row) error {
				for {
					for _, a := range items {
						first := ""
						if a.First {
							first = "1"
						}
						if err := line(a.At.Format(time.RFC3339), a.PersonID, a.PersonName, a.Way, strings.Join(a.Path, "/"), a.ThingName, a.StaffName, first); err != nil {
							return err
						}
					}
					if len(items) < exportPage {
						return nil
					}
					if items, places, _, err = s.Arrivals(ctx, in.ArrivalFilter, places[len(places)-1], ArrivalPlace{}, exportPage, 0); err != nil {
						return err
					}
				}
			}), nil
		})
}

func (s *Service) reportRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "get-attribution", Method: "GET", Path: "/attribution", Tag: tag, Permission: mayReport,
		Summary: "Persons, their cost and quality, and orders, credited to channels, staff or codes"},
		func(ctx context.Context, in *ReportIn) (*httpx.Body[Report], error) {
			return answer(s.Report(ctx, in.By, in.ReportQuery))
		})
	httpx.Handle(r, httpx.Op{ID: "get-payback", Method: "GET", Path: "/attribution/payback", Tag: tag, Permission: mayReport,
		Summary: "When the persons of each month have brought back what they cost"},
		func(ctx context.Context, in *ReportQuery) (*httpx.Body[Payback], error) {
			return answer(s.Payback(ctx, *in))
		})
	httpx.Handle(r, httpx.Op{ID: "export-attribution", Method: "GET", Path: "/attribution/export", Summary: "The report as CSV or XLSX", Tag: tag, Permission: mayReport, Stream: true, Produces: tables},
		func(ctx context.Context, in *struct {
			ReportIn
			FormatIn
		}) (*huma.StreamResponse, error) {
			rep, err := s.Report(ctx, in.By, in.ReportQuery)
			if err != nil {
				return nil, err
			}
			head := header(ctx, i18n.T("编号", "Key"), i18n.T("名称", "Name"), i18n.T("费用", "Cost"), i18n.T("新客", "Persons"), i18n.T("获客成本", "CAC"), i18n.T("首单率", "Reached first order"),
				i18n.T("复购率", "Reached repeat"), i18n.T("30 天人均订单", "Orders in 30 days"), i18n.T("30 天留存好友", "Friends after 30 days"), i18n.T("订单", "Orders"),
				i18n.T("销售额", "Paid"), i18n.T("退款", "Refunded"), i18n.T("净额", "Net"), i18n.T("投入产出比", "ROI"), i18n.T("币种", "Currency"))
			return table(in.Format, "attribution", head, func(_ context.Context, line sheet.Row) error {
				for _, row := range append(rep.Rows, ReportRow{Name: i18n.T("合计", "Total").In(i18n.From(ctx)), Figures: rep.Total}) {
					name, cac := strings.Join(row.Path, "/"), sheet.Number("")
					if name == "" {
						name = row.Name
					}
					if row.CACMinor != nil {
						cac = money(*row.CACMinor, rep.Currency)
					}
					if err := line(row.Key, name, money(row.CostMinor, rep.Currency), decimals(row.Persons), cac, share(row.ReachedFirst), share(row.ReachedRepeat), share(row.Orders30),
						share(row.StillFriend30), decimals(row.Orders), money(row.GMVMinor, rep.Currency), money(row.RefundedMinor, rep.Currency), money(row.NetMinor, rep.Currency),
						share(row.ROI), rep.Currency); err != nil {
						return err
					}
				}
				return nil
			}), nil
		})
}

// share is a number with four decimals, empty where there is none.
func share(f *float64) sheet.Number {
	if f == nil {
		return ""
	}
	return sheet.Number(strconv.FormatFloat(*f, 'f', 4, 64))
}

// decimals is a number with as many decimals as it has.
func decimals(f float64) sheet.Number { return sheet.Number(strconv.FormatFloat(f, 'f', -1, 64)) }
