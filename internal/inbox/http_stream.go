package inbox

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fishpond/internal/platform/httpx"
)

func (s *Service) streamRoutes(r *httpx.Router) {
	type streamIn struct {
		Since string `query:"since" maxLength:"20" pattern:"^[0-9]*$" doc:"Begin behind this change; empty: with what comes from now on"`
		Last  string `header:"Last-Event-ID" maxLength:"20" doc:"Sent by browsers that come back"`
	}
	httpx.Handle(r, httpx.Op{ID: "stream-inbox", Method: "GET", Path: "/inbox/stream", Tag: tag, Permission: mayRead, Stream: true, Produces: []string{"text/event-stream"},
		Summary: "Changes as they happen, as server-sent events: conversation {conversation, unread, messages: those that are new or changed}, presence {conversation_id, staff}, " +
			"gone {conversation_id} when one may not see it any more, reload when more was missed than is kept (a day). unread stands beside the conversation, not in it. Numbers (seq) left out between messages: load those with after"},
		func(ctx context.Context, in *streamIn) (*huma.StreamResponse, error) {
			n := int64(-1)
			for _, given := range []string{in.Since, in.Last} {
				if given == "" {
					continue
				}
				if v, err := strconv.ParseInt(given, 10, 64); err == nil && v >= 0 {
					n = v
				}
			}
			stream, err := s.NewStream(ctx, n)
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

// writeWithin is how long one write to a reader may take.
const writeWithin = 20 * time.Second

// toBrowser writes events to whoever listens, at once.
func toBrowser(w http.ResponseWriter) func(StreamEvent) error {
	out := http.NewResponseController(w)
	begun := false
	return func(e StreamEvent) error {
		// Whoever takes nothing for so long is gone: the write then fails.
		stuck := time.AfterFunc(writeWithin, func() { _ = out.SetWriteDeadline(time.Unix(1, 0)) })
		defer stuck.Stop()
		text := fmt.Sprintf("id: %d\n\n", e.ID) // without data nothing happens in the browser but for the id
		if e.Name != "" {
			data, err := json.Marshal(e.Data)
			if err != nil {
				return err
			}
			text = fmt.Sprintf("event: %s\nid: %d\ndata: %s\n\n", e.Name, e.ID, data)
		}
		if !begun {
			text, begun = "retry: 1000\n"+text, true
		}
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
		return out.Flush()
	}
}
