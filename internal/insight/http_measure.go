package insight

import (
	"context"

	"fishpond/internal/insight/behind"
	"fishpond/internal/platform/httpx"
)

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
	behind.Routes(r, s.measure.Desk, behind.List[PeopleInput, SegmentFromInput, behind.PersonBehind]{Name: "people-behind", Path: "/insight/people",
		Of: "the people behind a figure of a funnel, of retention or of paths", Find: s.Behind,
		Split: func(in SegmentFromInput) (PeopleInput, string) { return in.PeopleInput, in.Name }})
}
