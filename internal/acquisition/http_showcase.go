package acquisition

import (
	"context"

	"fishpond/internal/platform/httpx"
)

// showcaseRoutes declares what stands on business cards, and who looked.
func (s *Service) showcaseRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "get-my-showcase", Method: "GET", Path: "/shares/mine/showcase", Summary: "What stands on one's own business card, everybody's included", Tag: tag, Permission: mayShare},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[Showcase], error) {
			return answer(s.MyShowcase(ctx))
		})
	httpx.Handle(r, httpx.Op{ID: "put-my-showcase", Method: "PUT", Path: "/shares/mine/showcase", Summary: "Replace what stands on one's own business card", Tag: tag, Permission: mayShare},
		func(ctx context.Context, in *struct{ Body ShowcaseInput }) (*httpx.Body[Showcase], error) {
			return answer(s.PutMyShowcase(ctx, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "get-showcase", Method: "GET", Path: "/showcase", Summary: "What stands on everybody's business card", Tag: tag, Permission: mayRead},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[Showcase], error) {
			return answer(s.Showcase(ctx, ""))
		})
	httpx.Handle(r, httpx.Op{ID: "put-showcase", Method: "PUT", Path: "/showcase", Summary: "Replace what stands on everybody's business card", Tag: tag, Permission: mayWrite},
		func(ctx context.Context, in *struct{ Body ShowcaseInput }) (*httpx.Body[Showcase], error) {
			return answer(s.PutShowcase(ctx, "", in.Body))
		})
	type visitorsIn struct {
		httpx.PageQuery
		StaffID string `query:"staff_id" maxLength:"64" pattern:"^[A-Za-z0-9_-]*$" doc:"Whose card; empty: one's own. Associates see their own"`
	}
	httpx.Handle(r, httpx.Op{ID: "list-card-visitors", Method: "GET", Path: "/card-visitors", Summary: "Who opened a business card, and what from it, the latest first", Tag: tag, Permission: mayShare},
		func(ctx context.Context, in *visitorsIn) (*httpx.Body[httpx.Page[CardVisitor]], error) {
			var after visitorPlace
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, next, more, err := s.CardVisitors(ctx, in.StaffID, after, in.Limit)
			if err != nil {
				return nil, err
			}
			p := httpx.Page[CardVisitor]{Items: httpx.Items(items)}
			if more {
				p.NextCursor = httpx.EncodeCursor(next)
			}
			return httpx.OK(p), nil
		})
}
