package acquisition

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/sheet"
)

// ThingIn is the filter of links, forms and batches as query parameters.
type ThingIn struct {
	httpx.PageQuery
	Q         string `query:"q" maxLength:"60" doc:"A part of the name"`
	ChannelID string `query:"channel_id" maxLength:"64" pattern:"^[A-Za-z0-9_-]*$" doc:"This channel and what is below it"`
	Status    string `query:"status" enum:",active,ended"`
}

// list answers with a page of things; id tells the place of each.
func list[T any](ctx context.Context, in ThingIn, f ThingFilter, read func(context.Context, ThingFilter, string, int) ([]T, bool, int64, error), id func(T) string) (*httpx.Body[httpx.CountedPage[T]], error) {
	var after string
	if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
		return nil, err
	}
	f.Q, f.ChannelID, f.Status = in.Q, in.ChannelID, in.Status
	items, more, total, err := read(ctx, f, after, in.Limit)
	if err != nil {
		return nil, err
	}
	if len(items) > 0 {
		after = id(items[len(items)-1])
	}
	return counted(items, after, more, total), nil
}

func (s *Service) linkRoutes(r *httpx.Router) {
	type listIn struct {
		ThingIn
		StaffID string `query:"staff_id" maxLength:"64" pattern:"^[A-Za-z0-9_-]*$" doc:"The shares of a staff member"`
		Shares  bool   `query:"shares" doc:"The links of staff shares, which are not listed otherwise. Associates see their own"`
	}
	httpx.Handle(r, httpx.Op{ID: "list-links", Method: "GET", Path: "/links", Summary: "Own links, the newest first", Tag: tag, Permission: mayRead},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.CountedPage[Link]], error) {
			return list(ctx, in.ThingIn, ThingFilter{StaffID: in.StaffID, Shares: in.Shares}, s.Links, func(l Link) string { return l.ID })
		})
	httpx.Handle(r, httpx.Op{ID: "create-link", Method: "POST", Path: "/links", Summary: "Make a link", Tag: tag, Permission: mayWrite, Status: 201},
		func(ctx context.Context, in *struct{ Body LinkInput }) (*httpx.Body[Link], error) {
			return answer(s.CreateLink(ctx, in.Body))
		})
	type patchIn struct {
		IDPath
		Body LinkPatch
	}
	httpx.Handle(r, httpx.Op{ID: "update-link", Method: "PATCH", Path: "/links/{id}", Summary: "Change or end a link", Tag: tag, Permission: mayWrite},
		func(ctx context.Context, in *patchIn) (*httpx.Body[Link], error) {
			return answer(s.UpdateLink(ctx, in.ID, in.Body))
		})
}

func (s *Service) formRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-forms", Method: "GET", Path: "/forms", Summary: "Forms, the newest first", Tag: tag, Permission: mayRead},
		func(ctx context.Context, in *ThingIn) (*httpx.Body[httpx.CountedPage[Form]], error) {
			return list(ctx, *in, ThingFilter{}, s.Forms, func(f Form) string { return f.ID })
		})
	httpx.Handle(r, httpx.Op{ID: "create-form", Method: "POST", Path: "/forms", Summary: "Make a form", Tag: tag, Permission: mayWrite, Status: 201},
		func(ctx context.Context, in *struct{ Body FormInput }) (*httpx.Body[Form], error) {
			return answer(s.CreateForm(ctx, in.Body))
		})
	type patchIn struct {
		IDPath
		Body FormPatch
	}
	httpx.Handle(r, httpx.Op{ID: "update-form", Method: "PATCH", Path: "/forms/{id}", Summary: "Change or end a form", Tag: tag, Permission: mayWrite},
		func(ctx context.Context, in *patchIn) (*httpx.Body[Form], error) {
			return answer(s.UpdateForm(ctx, in.ID, in.Body))
		})
}

func (s *Service) cardRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-card-batches", Method: "GET", Path: "/cards", Summary: "Batches of printed cards, the newest first", Tag: tag, Permission: mayRead},
		func(ctx context.Context, in *ThingIn) (*httpx.Body[httpx.CountedPage[Batch]], error) {
			return list(ctx, *in, ThingFilter{}, s.Batches, func(b Batch) string { return b.ID })
		})
	httpx.Handle(r, httpx.Op{ID: "create-card-batch", Method: "POST", Path: "/cards", Summary: "Make a batch of cards", Tag: tag, Permission: mayWrite, Status: 201},
		func(ctx context.Context, in *struct{ Body BatchInput }) (*httpx.Body[Batch], error) {
			return answer(s.CreateBatch(ctx, in.Body))
		})
	type patchIn struct {
		IDPath
		Body BatchPatch
	}
	httpx.Handle(r, httpx.Op{ID: "update-card-batch", Method: "PATCH", Path: "/cards/{id}", Summary: "Change or end a batch; what is printed follows", Tag: tag, Permission: mayWrite},
		func(ctx context.Context, in *patchIn) (*httpx.Body[Batch], error) {
			return answer(s.UpdateBatch(ctx, in.ID, in.Body))
		})
	type cardsIn struct {
		IDPath
		httpx.PageQuery
	}
	httpx.Handle(r, httpx.Op{ID: "list-cards", Method: "GET", Path: "/cards/{id}/cards", Summary: "The cards of a batch", Tag: tag, Permission: mayRead},
		func(ctx context.Context, in *cardsIn) (*httpx.Body[httpx.CountedPage[Card]], error) {
			var after int64
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, total, err := s.Cards(ctx, in.ID, after, in.Limit+1)
			if err != nil {
				return nil, err
			}
			more := len(items) > in.Limit
			if more {
				items = items[:in.Limit]
				after = items[in.Limit-1].Serial
			}
			return counted(items, after, more, total), nil
		})
	httpx.Handle(r, httpx.Op{ID: "export-cards", Method: "GET", Path: "/cards/{id}/export", Summary: "The cards of a batch as CSV or XLSX, for a printer", Tag: tag, Permission: mayWrite, Stream: true, Produces: tables},
		func(ctx context.Context, in *struct {
			IDPath
			FormatIn
		}) (*huma.StreamResponse, error) {
			items, _, err := s.Cards(ctx, in.ID, 0, exportPage)
			if err != nil {
				return nil, err
			}
			head := header(ctx, i18n.T("序号", "Serial"), i18n.T("编码", "Code"), i18n.T("网址", "Address"), i18n.T("扫码次数", "Scans"), i18n.T("领取时间", "Redeemed at"))
			return table(in.Format, "cards", head, func(ctx context.Context, line sheet.Row) error {
				for {
					for _, c := range items {
						at := ""
						if c.ClaimedAt != nil {
							at = c.ClaimedAt.Format(time.RFC3339)
						}
						if err := line(c.Serial, c.Code, c.URL, c.Scans, at); err != nil {
							return err
						}
					}
					if len(items) < exportPage {
						return nil
					}
					if items, _, err = s.Cards(ctx, in.ID, items[len(items)-1].Serial, exportPage); err != nil {
						return err
					}
				}
			}), nil
		})
	type voidIn struct {
		IDPath
		Serial int64 `path:"serial" minimum:"1" maximum:"100000"`
		Body   struct {
			Voided bool `json:"voided"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "void-card", Method: "PUT", Path: "/cards/{id}/cards/{serial}", Summary: "Take a card out of use, or back into it", Tag: tag, Permission: mayWrite},
		func(ctx context.Context, in *voidIn) (*none, error) {
			return nil, s.VoidCard(ctx, in.ID, in.Serial, in.Body.Voided)
		})
}
