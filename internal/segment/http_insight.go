package segment

import (
	"context"
	"encoding/json"

	"fishpond/internal/platform/httpx"
	"fishpond/internal/segment/live"
	"fishpond/internal/segment/predicate"
)

func (s *Service) insightRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "get-segment-vocabulary", Method: "GET", Path: "/segments/vocabulary", Tag: "segment", Permission: "segment.read",
		Summary: "What predicates can speak about"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[Vocabulary], error) {
			return answer(s.Vocabulary(ctx))
		})
	httpx.Handle(r, httpx.Op{ID: "get-predicate-schema", Method: "GET", Path: "/segments/schema", Tag: "segment", Permission: "segment.read",
		Summary: "JSON Schema of the JSON form of predicates"},
		func(context.Context, *struct{}) (*httpx.Body[json.RawMessage], error) {
			return httpx.OK(json.RawMessage(predicate.Schema)), nil
		})
	httpx.Handle(r, httpx.Op{ID: "get-segments-status", Method: "GET", Path: "/segments/status", Tag: "segment", Permission: "segment.read",
		Summary: "How the index and the recorded members stand"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[live.Status], error) { return answer(s.Status(ctx)) })
	httpx.Handle(r, httpx.Op{ID: "reconcile-segments", Method: "POST", Path: "/segments/reconcile", Tag: "segment", Permission: "segment.write", Status: 202,
		Summary: "Have every segment compared with the facts; see the status for what comes of it"},
		func(ctx context.Context, _ *struct{}) (*none, error) { return nil, s.Reconcile(ctx) })
	type historyIn struct {
		SegmentPath
		Days int `query:"days" minimum:"1" maximum:"730" default:"90"`
	}
	httpx.Handle(r, httpx.Op{ID: "get-segment-history", Method: "GET", Path: "/segments/{id}/history", Tag: "segment", Permission: "segment.read",
		Summary: "Size of a segment day by day; empty for who sees only their own customers"},
		func(ctx context.Context, in *historyIn) (*httpx.Body[httpx.List[HistoryDay]], error) {
			return items(s.History(ctx, in.ID, in.Days))
		})
	httpx.Handle(r, httpx.Op{ID: "overlap-segments", Method: "POST", Path: "/segments/overlap", Tag: "segment", Permission: "segment.read",
		Summary: "How two or three segments lie over each other"},
		func(ctx context.Context, in *struct{ Body OverlapInput }) (*httpx.Body[Overlap], error) {
			return answer(s.Overlap(ctx, in.Body))
		})
	type profileIn struct {
		SegmentPath
		Kinds []string `query:"kinds" maxItems:"11" enum:"stage,region,gender,tag,trait,product,channel,source,owner,orders,age" doc:"Joined by commas; empty: all"`
	}
	httpx.Handle(r, httpx.Op{ID: "get-segment-profile", Method: "GET", Path: "/segments/{id}/profile", Tag: "segment", Permission: "segment.read",
		Summary: "What the members of a segment have in common, against everybody else"},
		func(ctx context.Context, in *profileIn) (*httpx.Body[Profile], error) {
			return answer(s.Profile(ctx, in.ID, in.Kinds))
		})
}
