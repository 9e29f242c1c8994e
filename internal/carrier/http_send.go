package carrier

import (
	"context"

	"fishpond/internal/platform/httpx"
)

func (s *Service) sendRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-account-sends", Method: "GET", Path: "/carriers/accounts/{id}/sends", Summary: "Messages that were sent over an account, the newest first", Tag: "carrier", Permission: "carrier.read"},
		func(ctx context.Context, in *struct {
			AccountPath
			httpx.PageQuery
			Status string `query:"status" enum:"queued,sent,failed,doubtful,"`
		}) (*httpx.Body[httpx.Page[SendItem]], error) {
			var before string
			if err := httpx.DecodeCursor(in.Cursor, &before); err != nil {
				return nil, err
			}
			items, err := s.Sends(ctx, in.ID, in.Status, before, in.Limit+1)
			if err != nil {
				return nil, err
			}
			return httpx.OK(page(items, in.Limit, func(i SendItem) any { return i.ID })), nil
		})
}
