package acquisition

import (
	"context"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/sheet"
)

func (s *Service) channelRoutes(r *httpx.Router) {
	type listIn struct {
		httpx.PageQuery
		Q        string `query:"q" maxLength:"60" doc:"A part of the name"`
		ParentID string `query:"parent_id" maxLength:"64" pattern:"^[A-Za-z0-9_-]*$" doc:"This channel and everything below it"`
		Archived string `query:"archived" enum:",true,false" doc:"Empty: both"`
	}
	httpx.Handle(r, httpx.Op{ID: "list-channels", Method: "GET", Path: "/channels", Summary: "List channels in the order of their tree", Tag: tag, Permission: mayRead},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.CountedPage[Channel]], error) {
			var after string
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, total, err := s.Channels(ctx, ChannelFilter{in.Q, in.ParentID, in.Archived}, after, in.Limit+1)
			if err != nil {
				return nil, err
			}
			more := len(items) > in.Limit
			if more {
				items = items[:in.Limit]
				after = items[in.Limit-1].ID
			}
			return counted(items, after, more, total), nil
		})
	type createIn struct {
		Body struct {
			Name     string `json:"name" minLength:"1" maxLength:"60"`
			ParentID string `json:"parent_id,omitempty" maxLength:"64" doc:"Empty: a platform"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "create-channel", Method: "POST", Path: "/channels", Summary: "Make a channel", Tag: tag, Permission: mayWrite, Status: 201},
		func(ctx context.Context, in *createIn) (*httpx.Body[Channel], error) {
			return answer(s.CreateChannel(ctx, in.Body.Name, in.Body.ParentID))
		})
	httpx.Handle(r, httpx.Op{ID: "get-channel", Method: "GET", Path: "/channels/{id}", Summary: "One channel", Tag: tag, Permission: mayRead},
		func(ctx context.Context, in *IDPath) (*httpx.Body[Channel], error) {
			return answer(s.Channel(ctx, in.ID))
		})
	type patchIn struct {
		IDPath
		Body ChannelPatch
	}
	httpx.Handle(r, httpx.Op{ID: "update-channel", Method: "PATCH", Path: "/channels/{id}", Summary: "Rename, move or archive a channel", Tag: tag, Permission: mayWrite},
		func(ctx context.Context, in *patchIn) (*httpx.Body[Channel], error) {
			return answer(s.UpdateChannel(ctx, in.ID, in.Body))
		})
}

// CostPage is a page of costs with the sum of all pages.
type CostPage struct {
	httpx.CountedPage[Cost]
	SumMinor int64 `json:"sum_minor" doc:"Of all pages"`
}

// CostQuery is the filter of costs as query parameters.
type CostQuery struct {
	ChannelID string `query:"channel_id" maxLength:"64" pattern:"^[A-Za-z0-9_-]*$" doc:"This channel and everything below it"`
	From      string `query:"from" maxLength:"10" doc:"First day"`
	To        string `query:"to" maxLength:"10" doc:"Last day, included"`
}

func (s *Service) costRoutes(r *httpx.Router) {
	type listIn struct {
		httpx.PageQuery
		CostQuery
	}
	httpx.Handle(r, httpx.Op{ID: "list-channel-costs", Method: "GET", Path: "/channel-costs", Summary: "Costs by channel and day, the newest first", Tag: tag, Permission: mayReport},
		func(ctx context.Context, in *listIn) (*httpx.Body[CostPage], error) {
			var after CostPlace
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, more, total, sum, err := s.Costs(ctx, CostFilter(in.CostQuery), after, in.Limit)
			if err != nil {
				return nil, err
			}
			return httpx.OK(CostPage{CountedPage: counted(items, placeOf(items), more, total).Body, SumMinor: sum}), nil
		})
	httpx.Handle(r, httpx.Op{ID: "export-channel-costs", Method: "GET", Path: "/channel-costs/export", Summary: "Costs as CSV or XLSX; the CSV can be uploaded again", Tag: tag, Permission: mayReport,
		Stream: true, Produces: tables},
		func(ctx context.Context, in *struct {
			CostQuery
			FormatIn
		}) (*huma.StreamResponse, error) {
			items, more, _, _, err := s.Costs(ctx, CostFilter(in.CostQuery), CostPlace{}, exportPage)
			if err != nil {
				return nil, err
			}
			head := header(ctx, i18n.T("渠道", "channel"), i18n.T("日期", "from"), i18n.T("金额", "amount"), i18n.T("币种", "currency"))
			return table(in.Format, "channel-costs", head, func(ctx context.Context, line sheet.Row) error {
				for {
					for _, c := range items {
						if err := line(strings.Join(c.Path, "/"), c.Day, money(c.AmountMinor, c.Currency), c.Currency); err != nil {
							return err
						}
					}
					if !more {
						return nil
					}
					if items, more, _, _, err = s.Costs(ctx, CostFilter(in.CostQuery), placeOf(items), exportPage); err != nil {
						return err
					}
				}
			}), nil
		})
	type putIn struct {
		IDPath
		Body CostEntry
	}
	httpx.Handle(r, httpx.Op{ID: "put-channel-cost", Method: "PUT", Path: "/channels/{id}/costs", Tag: tag, Permission: mayWrite,
		Summary: "Set what a channel cost on some days, over what was there"},
		func(ctx context.Context, in *putIn) (*httpx.Body[Booked], error) {
			return answer(s.PutCost(ctx, in.ID, in.Body))
		})
	type removed struct {
		Days int64 `json:"days" doc:"That had a cost"`
	}
	type deleteIn struct {
		IDPath
		From string `query:"from" required:"true" maxLength:"10"`
		To   string `query:"to" maxLength:"10" doc:"Included; empty: the same as from"`
	}
	httpx.Handle(r, httpx.Op{ID: "delete-channel-costs", Method: "DELETE", Path: "/channels/{id}/costs", Summary: "Take back what a channel cost on some days", Tag: tag, Permission: mayWrite, Status: 200},
		func(ctx context.Context, in *deleteIn) (*httpx.Body[removed], error) {
			n, err := s.DeleteCosts(ctx, in.ID, in.From, in.To)
			return answer(removed{n}, err)
		})
	type uploadIn struct {
		upload
		Replace bool `query:"replace" doc:"Put the file's costs in the place of those that are there. Otherwise a day that has a cost is refused"`
	}
	httpx.Handle(r, httpx.Op{ID: "upload-channel-costs", Method: "POST", Path: "/channel-costs/upload", Tag: tag, Permission: mayWrite, MaxBody: MaxCostFile + 64<<10, Upload: "file",
		Summary: "Store a CSV of costs: all of it, or nothing when a line is wrong"},
		func(ctx context.Context, in *uploadIn) (*httpx.Body[Booked], error) {
			data, err := in.file(MaxCostFile)
			if err != nil {
				return nil, err
			}
			return answer(s.UploadCosts(ctx, data, in.Replace))
		})
}

// placeOf is where a page of costs ends.
func placeOf(items []Cost) CostPlace {
	if len(items) == 0 {
		return CostPlace{}
	}
	last := items[len(items)-1]
	day, _ := parseDay(last.Day)
	return CostPlace{Day: day, Channel: last.ChannelID}
}
