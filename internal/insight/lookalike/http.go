package lookalike

import (
	"context"

	"fishpond/internal/insight"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
)

type peopleIn struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"Items a page"`
	Cursor string `query:"cursor" maxLength:"1024" doc:"next_cursor of the page before; empty for the first"`
	Body   LookAlikeInput
}

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
		func(ctx context.Context, in *peopleIn) (*httpx.Body[lookAlikePage], error) {
			var from int64
			if err := httpx.DecodeCursor(in.Cursor, &from); err != nil {
				return nil, err
			}
			p, err := s.People(ctx, httpx.Actor(ctx).OrgID, in.Body, max(0, from), in.Limit)
			if err != nil {
				return nil, err
			}
			out := lookAlikePage{Tied: p.Tied, Lowest: p.Lowest, Why: p.Why.In(i18n.From(ctx))}
			out.Items, out.Total, out.TotalExact = httpx.Items(p.Items), p.Total, true
			if p.Next > 0 {
				out.NextCursor = httpx.EncodeCursor(p.Next)
			}
			return httpx.OK(out), nil
		})
	httpx.Handle(r, httpx.Op{ID: "make-segment-of-look-alikes", Method: "POST", Path: "/insight/shared/segment", Tag: "insight", Permission: "insight.read",
		Summary: "Make a segment of exactly these look-alikes. Needs segment.write too"},
		func(ctx context.Context, in *struct{ Body LookAlikeSegmentInput }) (*httpx.Body[insight.SegmentMade], error) {
			out, err := s.Segment(ctx, httpx.Actor(ctx).OrgID, in.Body)
			if err != nil {
				return nil, err
			}
			return httpx.OK(out), nil
		})
}
