package scorecard

import (
	"context"

	"fishpond/internal/platform/httpx"
)

type cardIn struct {
	To string `query:"to" maxLength:"7" doc:"Month of the card, YYYY-MM; empty: the newest"`
}

// Routes declares the endpoints.
func (s *Service) Routes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "get-scorecard", Method: "GET", Path: "/insight/scorecard", Tag: "insight", Permission: "insight.read",
		Summary: "Six scores of the pool, month by month, and the weakest of them"},
		func(ctx context.Context, in *cardIn) (*httpx.Body[Scorecard], error) {
			c, err := s.Card(ctx, httpx.Actor(ctx).OrgID, in.To)
			if err != nil {
				return nil, err
			}
			return httpx.OK(c), nil
		})
	httpx.Handle(r, httpx.Op{ID: "refresh-scorecard", Method: "POST", Path: "/insight/scorecard/refresh", Tag: "insight", Permission: "insight.keep",
		Summary: "Count the scorecard now rather than within the hour; months that are final stay as they are"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[Scorecard], error) {
			org := httpx.Actor(ctx).OrgID
			if err := s.Refresh(ctx, org); err != nil {
				return nil, err
			}
			c, err := s.Card(ctx, org, "")
			if err != nil {
				return nil, err
			}
			return httpx.OK(c), nil
		})
}
