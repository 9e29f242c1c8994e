package segment

import (
	"context"

	"fishpond/internal/platform/httpx"
	"fishpond/internal/segment/predicate"
)

// maxBody is how large a request with a predicate may be: a tree of the
// greatest size, and what stands beside it.
const maxBody = predicate.MaxJSON + 64<<10

// Routes declares the module's endpoints.
func (s *Service) Routes(r *httpx.Router) {
	s.segmentRoutes(r)
	s.insightRoutes(r)
	s.memberRoutes(r)
	s.listRoutes(r)
}

// SegmentPath is a segment in an address.
type SegmentPath struct {
	ID string `path:"id" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$" `
}

type none struct{}

func answer[T any](v T, err error) (*httpx.Body[T], error) {
	if err != nil {
		return nil, err
	}
	return httpx.OK(v), nil
}

func items[T any](v []T, err error) (*httpx.Body[httpx.List[T]], error) {
	return answer(httpx.List[T]{Items: httpx.Items(v)}, err)
}

func (s *Service) segmentRoutes(r *httpx.Router) {
	type listIn struct {
		httpx.PageQuery
		Q    string `query:"q" maxLength:"100" doc:"Part of the name or description"`
		Sort string `query:"sort" enum:"name,-size,-updated_at" default:"name"`
	}
	httpx.Handle(r, httpx.Op{ID: "list-segments", Method: "GET", Path: "/segments", Tag: "segment", Permission: "segment.read", Summary: "List segments"},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.CountedPage[Segment]], error) {
			var offset int
			if err := httpx.DecodeCursor(in.Cursor, &offset); err != nil {
				return nil, err
			}
			found, total, err := s.List(ctx, ListQuery{Q: in.Q, Sort: in.Sort, Offset: offset, Limit: in.Limit})
			out := httpx.CountedPage[Segment]{Page: httpx.Page[Segment]{Items: httpx.Items(found)}, Total: int64(total), TotalExact: true}
			if offset+len(found) < total {
				out.NextCursor = httpx.EncodeCursor(offset + len(found))
			}
			return answer(out, err)
		})
	httpx.Handle(r, httpx.Op{ID: "create-segment", Method: "POST", Path: "/segments", Tag: "segment", Permission: "segment.write", Status: 201, MaxBody: maxBody,
		Summary: "Save a segment"},
		func(ctx context.Context, in *struct{ Body SegmentInput }) (*httpx.Body[Segment], error) {
			return answer(s.Create(ctx, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "preview-segment", Method: "POST", Path: "/segments/preview", Tag: "segment", Permission: "segment.read", MaxBody: maxBody,
		Summary: "Count who a predicate describes, and each of its parts"},
		func(ctx context.Context, in *struct{ Body PreviewInput }) (*httpx.Body[Preview], error) {
			return answer(s.Preview(ctx, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "get-segment", Method: "GET", Path: "/segments/{id}", Tag: "segment", Permission: "segment.read", Summary: "Get a segment"},
		func(ctx context.Context, in *SegmentPath) (*httpx.Body[Segment], error) {
			return answer(s.Get(ctx, in.ID))
		})
	type patchIn struct {
		SegmentPath
		Body SegmentPatch
	}
	httpx.Handle(r, httpx.Op{ID: "update-segment", Method: "PATCH", Path: "/segments/{id}", Tag: "segment", Permission: "segment.write", Summary: "Rename a segment"},
		func(ctx context.Context, in *patchIn) (*httpx.Body[Segment], error) {
			return answer(s.Rename(ctx, in.ID, in.Body))
		})
	type predicateIn struct {
		SegmentPath
		Body PredicateInput
	}
	httpx.Handle(r, httpx.Op{ID: "set-segment-predicate", Method: "PUT", Path: "/segments/{id}/predicate", Tag: "segment", Permission: "segment.write", MaxBody: maxBody,
		Summary: "Save a new version of a segment's predicate"},
		func(ctx context.Context, in *predicateIn) (*httpx.Body[Segment], error) {
			return answer(s.SetPredicate(ctx, in.ID, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "list-segment-versions", Method: "GET", Path: "/segments/{id}/versions", Tag: "segment", Permission: "segment.read",
		Summary: "Versions of a segment's predicate, the newest first"},
		func(ctx context.Context, in *SegmentPath) (*httpx.Body[httpx.List[Version]], error) {
			return items(s.Versions(ctx, in.ID))
		})
	type revertIn struct {
		SegmentPath
		Body struct {
			Version int64 `json:"version" minimum:"1" doc:"The version to go back to"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "revert-segment", Method: "POST", Path: "/segments/{id}/revert", Tag: "segment", Permission: "segment.write",
		Summary: "Make an old version's predicate the present one, as a new version"},
		func(ctx context.Context, in *revertIn) (*httpx.Body[Segment], error) {
			return answer(s.Revert(ctx, in.ID, in.Body.Version))
		})
	httpx.Handle(r, httpx.Op{ID: "delete-segment", Method: "DELETE", Path: "/segments/{id}", Tag: "segment", Permission: "segment.write",
		Summary: "Delete a segment that no other refers to; it can be restored for 30 days"},
		func(ctx context.Context, in *SegmentPath) (*none, error) { return nil, s.Delete(ctx, in.ID) })
	httpx.Handle(r, httpx.Op{ID: "restore-segment", Method: "POST", Path: "/segments/{id}/restore", Tag: "segment", Permission: "segment.write",
		Summary: "Bring a deleted segment back"},
		func(ctx context.Context, in *SegmentPath) (*httpx.Body[Segment], error) {
			return answer(s.Restore(ctx, in.ID))
		})
}
