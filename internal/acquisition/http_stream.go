package acquisition

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fishpond/internal/platform/httpx"
)

// writeWithin is how long one write to a reader may take.
const writeWithin = 20 * time.Second

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
			return &huma.StreamResponse{Body: func(c huma.Context) {
				defer stream.Close()
				c.SetHeader("Content-Type", "text/event-stream")
				c.SetHeader("X-Accel-Buffering", "no") // proxies pass on what there is
				if w, ok := c.BodyWriter().(http.ResponseWriter); ok {
					if err := stream.Run(toBrowser(w)); err != nil {
						panic(http.ErrAbortHandler) // nobody is left to tell
					}
				}
			}}, nil
		})
}

// toBrowser writes events to whoever listens, at once.
func toBrowser(w http.ResponseWriter) func(StreamEvent) error {
	out := http.NewResponseController(w)
	begun := false
	return func(e StreamEvent) error {
		// Whoever takes nothing for so long is gone: the write then fails.
		stuck := time.AfterFunc(writeWithin, func() { _ = out.SetWriteDeadline(time.Unix(1, 0)) })
		defer stuck.Stop()
		text := ": \n\n"
		switch {
		case e.Reload:
			text = "event: reload\nid: " + httpx.EncodeCursor(e.Place) + "\ndata: {}\n\n"
		case e.Arrival != nil:
			data, err := json.Marshal(e.Arrival)
			if err != nil {
				return err
			}
			text = fmt.Sprintf("event: arrival\nid: %s\ndata: %s\n\n", httpx.EncodeCursor(e.Place), data)
		}
		if !begun {
			text, begun = "retry: 2000\n"+text, true
		}
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
		return out.Flush()
	}
}
