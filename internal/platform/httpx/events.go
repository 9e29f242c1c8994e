package httpx

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Event is one server-sent event. One without a name only tells the browser
// how far it has come, or that the stream lives.
type Event struct {
	ID   string // what a browser that comes back sends as Last-Event-ID; empty: it stays where it was
	Name string
	Data any // marshalled to JSON; json.RawMessage is taken as it is
}

const (
	eventWithin = 20 * time.Second // one write to a reader
	eventRetry  = 1000             // milliseconds until a browser comes back
)

// Events answers with a stream: run writes to it until it returns. An error of
// it breaks the connection off, so that the browser comes back.
func Events(run func(send func(Event) error) error) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(c huma.Context) {
		c.SetHeader("Content-Type", "text/event-stream")
		c.SetHeader("X-Accel-Buffering", "no") // proxies pass on what there is
		if w, ok := c.BodyWriter().(http.ResponseWriter); ok {
			if err := run(sender(w)); err != nil {
				panic(http.ErrAbortHandler) // nobody is left to tell
			}
		}
	}}
}

// sender writes events to whoever listens, at once.
func sender(w http.ResponseWriter) func(Event) error {
	out := http.NewResponseController(w)
	begin := fmt.Sprintf("retry: %d\n", eventRetry)
	return func(e Event) error {
		// Whoever takes nothing for so long is gone: the write then fails.
		stuck := time.AfterFunc(eventWithin, func() { _ = out.SetWriteDeadline(time.Unix(1, 0)) })
		defer stuck.Stop()
		var data []byte
		text := begin
		if e.Name != "" {
			var err error
			if data, err = json.Marshal(e.Data); err != nil {
				return err
			}
			text += "event: " + e.Name + "\n"
		}
		if e.ID != "" {
			text += "id: " + e.ID + "\n"
		}
		if e.Name != "" {
			text += fmt.Sprintf("data: %s\n", data)
		}
		if text == "" {
			text = ": \n"
		}
		begin = ""
		if _, err := io.WriteString(w, text+"\n"); err != nil {
			return err
		}
		return out.Flush()
	}
}
