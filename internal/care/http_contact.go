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

func (s *Service) zombieRoutes(r *httpx.Router) {
	type listIn struct {
		httpx.PageQuery
		ZombieQuery
	}
	httpx.Handle(r, httpx.Op{ID: "list-zombies", Method: "GET", Path: "/care/zombies", Tag: tag, Permission: maySeek,
		Summary: "Contacts that have deleted or blocked us, or have been silent on all carriers, with what to do. Associates get their own customers"},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.CountedPage[Zombie]], error) {
			var after zombiePlace
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, next, total, err := s.Zombies(ctx, in.ZombieQuery, after, in.Limit, httpx.MaxCount)
			return httpx.OK(counted(items, next, total)), err
		})
	httpx.Handle(r, httpx.Op{ID: "count-zombies", Method: "GET", Path: "/care/zombies/counts", Tag: tag, Permission: maySeek, Summary: "How many contacts have gone, and why; counted up to 10,000"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[ZombieCounts], error) {
			c, err := s.CountZombies(ctx, httpx.MaxCount)
			return httpx.OK(c), err
		})
	type toListIn struct {
		Body struct {
			Name      string `json:"name" minLength:"1" maxLength:"60"`
			Reason    string `json:"reason" enum:"deleted,blocked,silent"`
			StaffID   string `json:"staff_id,omitempty" maxLength:"64"`
			AccountID string `json:"account_id,omitempty" maxLength:"64"`
			Days      int64  `json:"days,omitempty" minimum:"0" maximum:"3650"`
		}
	}
	type listed struct {
		ListID  string `json:"list_id"`
		Persons int    `json:"persons"`
	}
	httpx.Handle(r, httpx.Op{ID: "list-zombies-as-list", Method: "POST", Path: "/care/zombies/list", Tag: tag, Permission: maySeek, Status: 201,
		Summary: "Put these contacts on a new list of persons that segments can refer to; at most 10,000. Needs segment.write too"},
		func(ctx context.Context, in *toListIn) (*httpx.Body[listed], error) {
			b := in.Body
			id, n, err := s.ListZombies(ctx, ZombieQuery{Reason: b.Reason, StaffID: b.StaffID, AccountID: b.AccountID, Days: b.Days}, b.Name)
			return httpx.OK(listed{id, n}), err
		})
	type exportIn struct {
		ZombieQuery
		FormatIn
	}
	httpx.Handle(r, httpx.Op{ID: "export-zombies", Method: "GET", Path: "/care/zombies/export", Tag: tag, Permission: maySeek, Stream: true, Produces: tables, Summary: "These contacts as CSV or XLSX"},
		func(ctx context.Context, in *exportIn) (*huma.StreamResponse, error) {
			items, next, _, err := s.Zombies(ctx, in.ZombieQuery, zombiePlace{}, exportPage, 0)
			if err != nil {
				return nil, err
			}
			titles := []i18n.Text{i18n.T("客户编号", "Person"), i18n.T("客户", "Name"), i18n.T("原因", "Why"), i18n.T("自", "Since"), i18n.T("账号", "Account"), i18n.T("员工", "Staff"), i18n.T("最近动静", "Last sign"), i18n.T("还能通过", "Can be reached over"), i18n.T("建议", "What to do")}
			return s.table(ctx, in.Format, "contacts", titles, func(ctx context.Context, row sheet.Row) error {
				for {
					for _, z := range items {
						var ways []string
						for _, w := range z.Ways {
							if w.Name != "" {
								ways = append(ways, w.Name)
							} else {
								ways = append(ways, w.Kind)
							}
						}
						if err := row(z.PersonID, z.PersonName, z.Reason, z.Since.Format(time.RFC3339), z.AccountName, z.StaffName, when(z.LastAt), strings.Join(ways, ", "), z.Advice); err != nil {
							return err
						}
					}
					if next == (zombiePlace{}) {
						return nil
					}
					if items, next, _, err = s.Zombies(ctx, in.ZombieQuery, next, exportPage, 0); err != nil {
						return err
					}
				}
			})
		})
}

func (s *Service) moneyRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "get-staff-money", Method: "GET", Path: "/care/money", Tag: tag, Permission: mayRead, Summary: "Money received and sent over staff accounts: red packets and transfers of the archive, and orders that say over whom they went"},
		func(ctx context.Context, in *MoneyQuery) (*httpx.Body[Money], error) {
			m, err := s.MoneyTotals(ctx, *in)
			return httpx.OK(m), err
		})
	type exportIn struct {
		MoneyQuery
		FormatIn
	}
	httpx.Handle(r, httpx.Op{ID: "export-staff-money", Method: "GET", Path: "/care/money/export", Tag: tag, Permission: mayRead, Stream: true, Produces: tables, Summary: "The same as CSV or XLSX"},
		func(ctx context.Context, in *exportIn) (*huma.StreamResponse, error) {
			m, err := s.MoneyTotals(ctx, in.MoneyQuery)
			if err != nil {
				return nil, err
			}
			titles := []i18n.Text{i18n.T("编号", "Key"), i18n.T("名称", "Name"), i18n.T("币种", "Currency"), i18n.T("收款笔数", "Received"), i18n.T("收款金额", "Amount received"), i18n.T("付款笔数", "Sent"), i18n.T("付款金额", "Amount sent")}
			return s.table(ctx, in.Format, "money", titles, func(ctx context.Context, row sheet.Row) error {
				for _, t := range m.Totals {
					t.Name = i18n.T("合计", "Total").In(i18n.From(ctx))
					m.Items = append(m.Items, t)
				}
				for _, l := range m.Items {
					if err := row(l.Key, l.Name, l.Currency, l.Received, units(l.ReceivedMinor, l.Currency), l.Sent, units(l.SentMinor, l.Currency)); err != nil {
						return err
					}
				}
				return nil
			})
		})
}
