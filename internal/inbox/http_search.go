package inbox

import (
	"context"

	"fishpond/internal/platform/httpx"
)

func (s *Service) searchRoutes(r *httpx.Router) {
	type searchIn struct {
		httpx.PageQuery
		Q         string `query:"q" minLength:"1" maxLength:"200" required:"true" doc:"Two Chinese characters will do; the last word may be half typed"`
		AccountID string `query:"account_id" maxLength:"64"`
	}
	httpx.Handle(r, httpx.Op{ID: "search-messages", Method: "GET", Path: "/inbox/search", Tag: tag, Permission: mayRead,
		Summary: "Messages and notes with all these words, the newest first. A page may have fewer than limit and go on"},
		func(ctx context.Context, in *searchIn) (*httpx.Body[httpx.Page[Found]], error) {
			var after searchPlace
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, next, err := s.Search(ctx, in.Q, in.AccountID, after, in.Limit)
			if err != nil {
				return nil, err
			}
			out := httpx.Page[Found]{Items: httpx.Items(items)}
			if next.Doc != 0 {
				out.NextCursor = httpx.EncodeCursor(next)
			}
			return httpx.OK(out), nil
		})
}
