package inbox

import (
	"context"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"fishpond/internal/platform/httpx"
)

func (s *Service) streamRoutes(r *httpx.Router) {
	type streamIn struct {
		Since string `query:"since" maxLength:"20" pattern:"^[0-9]*$" doc:"Begin behind this change; empty: with what comes from now on"`
		Last  string `header:"Last-Event-ID" maxLength:"20" doc:"Sent by browsers that come back"`
	}
	httpx.Handle(r, httpx.Op{ID: "stream-inbox", Method: "GET", Path: "/inbox/stream", Tag: tag, Permission: mayRead, Stream: true, Produces: []string{"text/event-stream"},
		Summary: "Changes as they happen, as server-sent events: conversation {conversation, unread, messages: those that are new or changed}, presence {conversation_id, staff, customer_typing_until}, " +
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
			return httpx.Events(func(send func(httpx.Event) error) error {
				defer stream.Close()
				return stream.Run(func(e StreamEvent) error {
					return send(httpx.Event{ID: strconv.FormatInt(e.ID, 10), Name: e.Name, Data: e.Data})
				})
			}), nil
		})
}
