package insight

import (
	"context"

	"fishpond/internal/platform/httpx"
)

type peopleIn struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"Items a page"`
	Cursor string `query:"cursor" maxLength:"1024" doc:"next_cursor of the page before; empty for the first"`
	Body   PeopleInput
}

// measureRoutes declares funnels, retention, paths and the people behind them.
func (s *Service) measureRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-event-kinds", Method: "GET", Path: "/insight/events", Tag: "insight", Permission: "insight.read",
		Summary: "Kinds of events that funnels, retention and paths can ask for, and their properties"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[EventKind]], error) {
			items, err := s.EventKinds(ctx, httpx.Actor(ctx).OrgID)
			if err != nil {
				return nil, err
			}
			return httpx.OK(httpx.List[EventKind]{Items: httpx.Items(items)}), nil
		})
	httpx.Handle(r, httpx.Op{ID: "get-ready-funnel", Method: "GET", Path: "/insight/funnel/ready", Tag: "insight", Permission: "insight.read",
		Summary: "The funnel catch → know → tend → lay → hatch, as far as there are events for it"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[ReadyFunnel], error) {
			return httpx.OK(Ready(ctx)), nil
		})
	httpx.Handle(r, httpx.Op{ID: "count-funnel", Method: "POST", Path: "/insight/funnel", Tag: "insight", Permission: "insight.read",
		Summary: "How far people came, and how long it took them"},
		func(ctx context.Context, in *struct{ Body FunnelInput }) (*httpx.Body[Funnel], error) {
			out, err := s.Funnel(ctx, httpx.Actor(ctx).OrgID, in.Body)
			if err != nil {
				return nil, err
			}
			return httpx.OK(out), nil
		})
	httpx.Handle(r, httpx.Op{ID: "count-retention", Method: "POST", Path: "/insight/retention", Tag: "insight", Permission: "insight.read",
		Summary: "Who came back, by when they first came"},
		func(ctx context.Context, in *struct{ Body RetentionInput }) (*httpx.Body[Retention], error) {
			out, err := s.Retention(ctx, httpx.Actor(ctx).OrgID, in.Body)
			if err != nil {
				return nil, err
			}
			return httpx.OK(out), nil
		})
	httpx.Handle(r, httpx.Op{ID: "count-paths", Method: "POST", Path: "/insight/paths", Tag: "insight", Permission: "insight.read",
		Summary: "The most frequent next or previous steps of people"},
		func(ctx context.Context, in *struct{ Body PathsInput }) (*httpx.Body[Paths], error) {
			out, err := s.Paths(ctx, httpx.Actor(ctx).OrgID, in.Body)
			if err != nil {
				return nil, err
			}
			return httpx.OK(out), nil
		})
	httpx.Handle(r, httpx.Op{ID: "list-people-behind", Method: "POST", Path: "/insight/people", Tag: "insight", Permission: "insight.read",
		Summary: "The people behind a figure of a funnel, of retention or of paths, the newest first"},
		func(ctx context.Context, in *peopleIn) (*httpx.Body[httpx.CountedPage[PersonBehind]], error) {
			var before uint32
			if err := httpx.DecodeCursor(in.Cursor, &before); err != nil {
				return nil, err
			}
			p, err := s.People(ctx, httpx.Actor(ctx).OrgID, in.Body, before, in.Limit)
			if err != nil {
				return nil, err
			}
			out := httpx.CountedPage[PersonBehind]{Page: httpx.Page[PersonBehind]{Items: httpx.Items(p.Items)}, Total: p.Total, TotalExact: true}
			if p.Next > 0 {
				out.NextCursor = httpx.EncodeCursor(p.Next)
			}
			return httpx.OK(out), nil
		})
	httpx.Handle(r, httpx.Op{ID: "make-segment-of-people-behind", Method: "POST", Path: "/insight/people/segment", Tag: "insight", Permission: "insight.read",
		Summary: "Make a segment of exactly the people behind a figure, at most 100,000. Needs segment.write too"},
		func(ctx context.Context, in *struct{ Body SegmentFromInput }) (*httpx.Body[SegmentMade], error) {
			out, err := s.SegmentFrom(ctx, httpx.Actor(ctx).OrgID, in.Body)
			if err != nil {
				return nil, err
			}
			return httpx.OK(out), nil
		})
}
