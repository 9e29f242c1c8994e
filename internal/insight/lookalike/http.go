package lookalike

import (
	"context"
	"strings"

	"fishpond/internal/insight/behind"
	"fishpond/internal/insight/report"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
)

type lookAlikePage struct {
	httpx.CountedPage[LookAlike]
	Tied   int64    `json:"tied" doc:"Left out though they are as alike as the last one"`
	Lowest *float64 `json:"lowest_score" doc:"Of the last one; null when there is nobody"`
	Why    string   `json:"why,omitempty" doc:"Why there is nobody"`
}

// Routes declares the part's endpoints.
func (s *Service) Routes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "tell-shared", Method: "POST", Path: "/insight/shared", Tag: "insight", Permission: "insight.read",
		Summary: "What a group of people shares that the others do not, with a correction for many comparisons"},
		func(ctx context.Context, in *struct{ Body SharedInput }) (*httpx.Body[SharedAnswer], error) {
			a, err := s.Tell(ctx, httpx.Actor(ctx).OrgID, in.Body)
			if err != nil {
				return nil, err
			}
			return httpx.OK(a), nil
		})
	httpx.Handle(r, httpx.Op{ID: "list-look-alikes", Method: "POST", Path: "/insight/shared/people", Tag: "insight", Permission: "insight.read",
		Summary: "The people outside a group who are most like it"},
		func(ctx context.Context, in *behind.PageIn[LookAlikeInput]) (*httpx.Body[lookAlikePage], error) {
			c, err := s.Behind(ctx, httpx.Actor(ctx).OrgID, in.Body)
			if err != nil {
				return nil, err
			}
			out := lookAlikePage{Tied: c.Tied, Lowest: c.Lowest, Why: c.None.In(i18n.From(ctx))}
			if out.CountedPage, err = behind.Page(ctx, s.desk, httpx.Actor(ctx).OrgID, c.Crowd, in.PageQuery); err != nil {
				return nil, err
			}
			return httpx.OK(out), nil
		})
	behind.TakeRoutes(r, s.desk, behind.List[LookAlikeInput, LookAlikeSegmentInput, LookAlike]{Name: "look-alikes", Path: "/insight/shared/people", Of: "these look-alikes",
		Find: func(ctx context.Context, orgID string, in LookAlikeInput) (behind.Crowd[LookAlike], error) {
			c, err := s.Behind(ctx, orgID, in)
			return c.Crowd, err
		},
		Split: func(in LookAlikeSegmentInput) (LookAlikeInput, string) { return in.LookAlikeInput, in.Name },
		More: func(context.Context, string) (behind.More[LookAlike], error) {
			return behind.More[LookAlike]{Columns: []report.Column{report.Of("shared.score"), report.Text("共同点", "What they share")},
				Cells: func(_ i18n.Lang, p LookAlike) []any { return []any{p.Score, strings.Join(p.Has, "; ")} }}, nil
		}})
}
