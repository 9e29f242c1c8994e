package acquisition

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"fishpond/internal/platform/httpx"
)

func (s *Service) streamRoutes(r *httpx.Router) {
	type streamIn struct {
		ArrivalFilter
		Since string `query:"since" maxLength:"1024" doc:"since of a page of arrivals: begin behind it; empty: with what comes from now on"`
		Last  string `header:"Last-Event-ID" maxLength:"1024" doc:"Sent by browsers that come back"`
	}
	httpx.Handle(r, httpx.Op{ID: "stream-arrivals", Method: "GET", Path: "/arrivals/stream", Tag: tag, Permission: mayRead, Stream: true, Produces: []string{"text/event-stream"},
		Summary: "Arrivals as they happen, as server-sent events: arrival, whose data is an item of GET /arrivals, and reload when more came than is told. Told twice, it has the same id. Associates see their own"},
		func(ctx context.Context, in *streamIn) (*huma.StreamResponse, error) {
			var since ArrivalPlace
			from := in.Since
			if in.Last != "" {
				from = in.Last
			}
			if err := httpx.DecodeCursor(from, &since); err != nil {
				return nil, err
			}
			stream, err := s.NewArrivalStream(ctx, in.ArrivalFilter, since)
			if err != nil {
				return nil, err
			}
			return httpx.Events(func(send func(httpx.Event) error) error {
				defer stream.Close()
				return stream.Run(func(e StreamEvent) error {
					switch {
					case e.Reload:
						return send(httpx.Event{ID: httpx.EncodeCursor(e.Place), Name: "reload", Data: struct{}{}})
					case e.Arrival != nil:
						return send(httpx.Event{ID: httpx.EncodeCursor(e.Place), Name: "arrival", Data: e.Arrival})
					}
					return send(httpx.Event{})
				})
			}), nil
		})
}
