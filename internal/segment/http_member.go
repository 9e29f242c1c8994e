package segment

import (
	"context"

	"fishpond/internal/platform/httpx"
)

// personsIn asks for a page of persons of a thing.
type personsIn struct {
	SegmentPath
	httpx.PageQuery
}

// personPage makes the answer out of what read gives.
func personPage(in *personsIn, read func(before uint32) (PersonPage, error)) (*httpx.Body[httpx.CountedPage[PersonBrief]], error) {
	var before uint32
	if err := httpx.DecodeCursor(in.Cursor, &before); err != nil {
		return nil, err
	}
	p, err := read(before)
	out := httpx.CountedPage[PersonBrief]{Page: httpx.Page[PersonBrief]{Items: httpx.Items(p.Items)}, Total: p.Total, TotalExact: true}
	if p.Next != 0 {
		out.NextCursor = httpx.EncodeCursor(p.Next)
	}
	return answer(out, err)
}

func (s *Service) memberRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-segment-persons", Method: "GET", Path: "/segments/{id}/persons", Tag: "segment", Permission: "segment.read",
		Summary: "Members of a segment, the newest customers first"},
		func(ctx context.Context, in *personsIn) (*httpx.Body[httpx.CountedPage[PersonBrief]], error) {
			return personPage(in, func(before uint32) (PersonPage, error) { return s.Persons(ctx, in.ID, before, in.Limit) })
		})
	type byHandIn struct {
		SegmentPath
		Body ByHand
	}
	httpx.Handle(r, httpx.Op{ID: "put-segment-people", Method: "POST", Path: "/segments/{id}/people", Tag: "segment", Permission: "segment.write",
		Summary: "Put persons into a segment or leave them out, by hand"},
		func(ctx context.Context, in *byHandIn) (*httpx.Body[ByHandChanged], error) {
			return answer(s.Put(ctx, in.ID, in.Body))
		})
}
