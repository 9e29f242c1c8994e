package segment

import (
	"context"

	"fishpond/internal/platform/httpx"
)

func (s *Service) listRoutes(r *httpx.Router) {
	type listsIn struct {
		Q string `query:"q" maxLength:"100" doc:"Part of the name"`
	}
	httpx.Handle(r, httpx.Op{ID: "list-lists", Method: "GET", Path: "/lists", Tag: "segment", Permission: "segment.read", Summary: "Lists of persons made by hand"},
		func(ctx context.Context, in *listsIn) (*httpx.Body[httpx.List[List]], error) {
			return items(s.Lists(ctx, in.Q))
		})
	httpx.Handle(r, httpx.Op{ID: "create-list", Method: "POST", Path: "/lists", Tag: "segment", Permission: "segment.write", Status: 201, Summary: "Make a list"},
		func(ctx context.Context, in *struct{ Body ListInput }) (*httpx.Body[List], error) {
			return answer(s.CreateList(ctx, in.Body))
		})
	type patchIn struct {
		SegmentPath
		Body ListInput
	}
	httpx.Handle(r, httpx.Op{ID: "update-list", Method: "PATCH", Path: "/lists/{id}", Tag: "segment", Permission: "segment.write", Summary: "Rename a list"},
		func(ctx context.Context, in *patchIn) (*httpx.Body[List], error) {
			return answer(s.RenameList(ctx, in.ID, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "delete-list", Method: "DELETE", Path: "/lists/{id}", Tag: "segment", Permission: "segment.write",
		Summary: "Delete a list that no segment refers to"},
		func(ctx context.Context, in *SegmentPath) (*none, error) { return nil, s.DeleteList(ctx, in.ID) })
	httpx.Handle(r, httpx.Op{ID: "list-list-persons", Method: "GET", Path: "/lists/{id}/persons", Tag: "segment", Permission: "segment.read", Summary: "Who is on a list"},
		func(ctx context.Context, in *personsIn) (*httpx.Body[httpx.CountedPage[PersonBrief]], error) {
			return personPage(in, func(before uint32) (PersonPage, error) { return s.ListPersons(ctx, in.ID, before, in.Limit) })
		})
	type changeIn struct {
		SegmentPath
		Body ListChange
	}
	httpx.Handle(r, httpx.Op{ID: "change-list", Method: "POST", Path: "/lists/{id}/persons", Tag: "segment", Permission: "segment.write",
		Summary: "Put persons on a list and take others off"},
		func(ctx context.Context, in *changeIn) (*httpx.Body[ListChanged], error) {
			return answer(s.ChangeList(ctx, in.ID, in.Body))
		})
}
