package segment

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

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
	type exportIn struct {
		SegmentPath
		Format string `query:"format" enum:"csv,xlsx" default:"csv"`
	}
	mime := map[string]string{CSV: "text/csv; charset=utf-8", XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
	httpx.Handle(r, httpx.Op{ID: "export-segment", Method: "GET", Path: "/segments/{id}/export", Tag: "segment", Permission: "pool.export",
		Summary: "Export the members of a segment; also needs segment.read", Stream: true, Produces: []string{"text/csv", mime[XLSX]}},
		func(ctx context.Context, in *exportIn) (*huma.StreamResponse, error) {
			e, err := s.NewExport(ctx, in.ID, in.Format)
			if err != nil {
				return nil, err
			}
			name := "segment-" + s.now().Format("20060102-150405") + "." + in.Format
			return &huma.StreamResponse{Body: func(c huma.Context) {
				c.SetHeader("Content-Type", mime[in.Format])
				c.SetHeader("Content-Disposition", `attachment; filename="`+name+`"`)
				c.SetHeader("Cache-Control", "no-store")
				if err := e.Write(c.Context(), c.BodyWriter()); err != nil {
					s.logger.ErrorContext(ctx, "export broke off", "error", err)
					panic(http.ErrAbortHandler) // the client must not take half a file for the whole
				}
			}}, nil
		})
}
