package inbox

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/testkit"
)

// listener reads a stream over a real connection.
type listener struct {
	t    *testing.T
	body *bufio.Reader
	stop func()
	last string // the latest id
}

func (w *world) listen(t *testing.T, server *httptest.Server, as, last string, lang ...string) *listener {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	req, err := http.NewRequestWithContext(ctx, "GET", server.URL+httpx.Prefix+"/inbox/stream", http.NoBody)
	w.must(err)
	testkit.Identify(req, as)
	req.Header.Set("Accept-Language", strings.Join(lang, ""))
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	resp, err := server.Client().Do(req)
	w.must(err)
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%d %s", resp.StatusCode, resp.Header)
	}
	l := &listener{t: t, body: bufio.NewReader(resp.Body), stop: func() { cancel(); _ = resp.Body.Close() }}
	if _, ok := l.frame(); !ok { // the sign of life: it is on
		t.Fatal("the stream ended")
	}
	return l
}

// frame reads up to an empty line; ok is false at the end.
func (l *listener) frame() (text string, ok bool) {
	for {
		line, err := l.body.ReadString('\n')
		if err != nil {
			return text, false
		}
		if line == "\n" {
			if _, id, found := strings.Cut(text, "id: "); found {
				l.last, _, _ = strings.Cut(id, "\n")
			}
			return text, true
		}
		text += line
	}
}

type heard struct {
	name         string
	Conversation Conversation
	Unread       int64
	Messages     []Message
	Staff        []Presence
	ID           string     `json:"conversation_id"`
	Typing       *time.Time `json:"customer_typing_until"`
}

func (h heard) String() string {
	text := h.name
	for _, m := range h.Messages {
		text += " " + m.Text + strings.Trim("/"+m.State, "/")
	}
	for _, p := range h.Staff {
		text += fmt.Sprint(" ", p.StaffID, " ", p.Typing)
	}
	return text
}

func (l *listener) next() (h heard) {
	l.t.Helper()
	for {
		text, ok := l.frame()
		if !ok {
			l.t.Fatal("the stream ended")
		}
		name, rest, found := strings.Cut(strings.TrimPrefix(text, "event: "), "\n")
		if !found || strings.HasPrefix(text, "id:") {
			continue
		}
		_, data, _ := strings.Cut(rest, "data: ")
		if err := json.Unmarshal([]byte(data), &h); err != nil {
			l.t.Fatalf("%s: %v", text, err)
		}
		h.name = name
		return h
	}
}

func (l *listener) expect(want string) heard {
	l.t.Helper()
	h := l.next()
	if h.String() != want {
		l.t.Fatalf("%s, not %s", h, want)
	}
	return h
}

func TestTwoBrowsers(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.svc.poll = time.Hour // only what is said
		server := httptest.NewServer(w.api.Handler())
		defer server.Close()
		w.hear("per_0", "acc_web", "v0", "before")
		fish, sea := w.listen(t, server, org+" associate stf_1", ""), w.listen(t, server, org+" associate stf_2", "")
		other := w.listen(t, server, "org_b owner stf_1", "")
		defer fish.stop()
		defer other.stop()
		id := w.hear("per_1", "acc_web", "v1", "在吗")
		if h := fish.expect("conversation 在吗"); h.Unread != 1 || h.Conversation.ID != id {
			t.Errorf("%+v", h)
		}
		sea.expect("conversation 在吗")
		// Who is looking, who is typing.
		w.want(org+" associate stf_2", 200, "POST", "/inbox/conversations/"+id+"/presence", `{"typing":true}`, nil)
		fish.expect("presence stf_2 true")
		sea.expect("presence")
		if text := w.want(org+" associate stf_1", 200, "POST", "/inbox/conversations/"+id+"/presence", `{}`, nil); !strings.Contains(text, "阿海") {
			t.Error(text)
		}
		fish.expect("presence stf_2 true")
		sea.expect("presence stf_1 false")
		// Somebody answers and takes it: the other is told that it is gone.
		w.want(org+" associate stf_1", 202, "POST", "/inbox/conversations/"+id+"/messages", `{"key":"key-00001","parts":[{"kind":"text","text":"在"}]}`, nil)
		if h := fish.expect("conversation 在queued"); h.Unread != 0 || h.Conversation.AssigneeID != "stf_1" {
			t.Errorf("%+v", h)
		}
		if h := sea.expect("gone"); h.ID != id {
			t.Errorf("%+v", h)
		}
		w.send()
		fish.expect("conversation 在sent")
		// Offline and back: nothing missed, nothing twice.
		sea.stop()
		w.hear("per_1", "acc_web", "v1", "谢谢")
		fish.expect("conversation 谢谢")
		w.want(org+" associate stf_1", 200, "POST", "/inbox/conversations/"+id+"/transfer", `{"staff_id":"stf_2","note":"你来"}`, nil)
		fish.expect("gone")
		w.hear("per_1", "acc_web", "v1", "再问")
		sea = w.listen(t, server, org+" associate stf_2", sea.last)
		defer sea.stop()
		sea.expect("conversation 你来") // what came before it was theirs is loaded with the conversation
		if h := sea.expect("conversation 再问"); h.Conversation.AssigneeID != "stf_2" || h.Unread != 2 {
			t.Errorf("%+v", h)
		}
		w.want(org+" associate stf_2", 200, "POST", "/inbox/conversations/"+id+"/read", `{"incoming":3}`, nil)
		if h := sea.expect("conversation"); h.Unread != 0 {
			t.Errorf("%+v", h)
		}
		// More was missed than is kept.
		w.clock.Advance(26 * time.Hour)
		w.hear("per_2", "acc_web", "v2", "早")
		sea.expect("conversation 早")
		w.must(w.svc.forget(t.Context(), org))
		w.svc.hub.orgs[org].frames = nil // as after a restart
		late := w.listen(t, server, org+" owner stf_1", "2")
		defer late.stop()
		late.expect("reload")
		w.svc.StopStreams()
		if text, ok := other.frame(); ok {
			t.Errorf("another brand was told %q", text)
		}
		for _, l := range []*listener{fish, sea, late} {
			for {
				if _, ok := l.frame(); !ok {
					break
				}
			}
		}
	})
}

// What another node changed is found by looking.
func TestStreamFindsWhatOtherNodesChanged(t *testing.T) {
	testkit.Run(t, schema, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.svc.poll = time.Millisecond
		server := httptest.NewServer(w.api.Handler())
		defer server.Close()
		node := newWorld(t, d) // same database, its own process for all that it knows
		l := w.listen(t, server, boss, "")
		defer l.stop()
		node.hear("per_1", "acc_web", "v1", "你好")
		l.expect("conversation 你好")
		w.svc.StopStreams()
	})
}
