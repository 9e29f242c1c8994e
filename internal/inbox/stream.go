package inbox

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

const (
	streamPoll  = time.Second      // how often the changes that other nodes made are looked for
	streamBeat  = 15 * time.Second // silence after which proxies take a connection for dead
	streamStays = 10 * time.Minute // then the browser asks again, and is looked at again whether it may
	deskEvery   = 15 * time.Second // how often a stream looks whether its reader's desks have changed
)

// StreamEvent is one thing that a stream says.
type StreamEvent struct {
	Name string // conversation, presence, gone, reload; empty: a sign of life
	ID   int64  // the number of the change
	Data any
}

// changed is the data of an event "conversation".
type changedData struct {
	Conversation json.RawMessage `json:"conversation"`
	Unread       int64           `json:"unread"`
	Messages     json.RawMessage `json:"messages"`
}

type presenceData struct {
	ConversationID string     `json:"conversation_id"`
	Staff          []Presence `json:"staff"`
	Typing         *time.Time `json:"customer_typing_until"`
}

type goneData struct {
	ConversationID string `json:"conversation_id"`
}

// Stream follows the changes that its reader may see. Close it.
type Stream struct {
	s      *Service
	ctx    context.Context
	viewer viewer
	org    *orgHub
	n      int64
	wake   <-chan struct{}
	leave  func()
}

// NewStream begins a stream behind the change n; below 0: with what comes from
// now on.
func (s *Service) NewStream(ctx context.Context, n int64) (*Stream, error) {
	a := actor(ctx)
	org, wake, leave, err := s.hub.join(a.OrgID)
	if err != nil {
		return nil, err
	}
	st := &Stream{s: s, ctx: ctx, org: org, n: n, wake: wake, leave: leave}
	end, err := s.feedEnd(ctx, a.OrgID)
	if err == nil {
		err = st.sit()
	}
	if err != nil {
		leave()
		return nil, err
	}
	org.start(end)
	if n < 0 || n > end { // or from another database
		st.n = end
	}
	return st, nil
}

// sit looks what the reader may see, and says that they are there.
func (st *Stream) sit() error {
	a := actor(st.ctx)
	if err := st.s.db.Read(st.ctx, a.OrgID, func(tx *db.Tx) (err error) {
		st.viewer, err = st.s.viewer(st.ctx, tx, a)
		return err
	}); err != nil {
		return err
	}
	if a.Kind != access.Staff {
		return nil
	}
	return st.s.seen(st.ctx, a.OrgID, a.ID)
}

// Close ends the stream.
func (st *Stream) Close() { st.leave() }

// Run tells send of changes, and of silence, until the request or the server
// ends, or it has lasted long enough.
func (st *Stream) Run(send func(StreamEvent) error) error {
	poll, beat, desk := time.NewTicker(st.s.poll), time.NewTicker(streamBeat), time.NewTicker(deskEvery)
	defer poll.Stop()
	defer beat.Stop()
	defer desk.Stop()
	over := time.NewTimer(streamStays)
	defer over.Stop()
	if err := send(StreamEvent{ID: st.n}); err != nil { // it is on
		return err
	}
	look := true
	for {
		if err := st.tell(send, look); err != nil {
			return err
		}
		look = false
		select {
		case <-st.ctx.Done():
			return nil
		case <-st.s.hub.stop:
			return nil
		case <-over.C:
			return nil
		case <-beat.C:
			if err := send(StreamEvent{ID: st.n}); err != nil {
				return err
			}
		case <-desk.C:
			if err := st.sit(); err != nil && st.ctx.Err() == nil {
				st.s.logger.WarnContext(st.ctx, "desks could not be read for a stream", "org", st.viewer.OrgID, "error", err)
			}
		case <-poll.C:
			look = true
		case <-st.wake:
		}
	}
}

// tell sends what is new. That it cannot be read now ends nothing.
func (st *Stream) tell(send func(StreamEvent) error, look bool) error {
	fresh, reload, err := st.s.since(st.ctx, st.org, st.viewer.OrgID, st.n, look)
	if err != nil {
		st.s.logger.WarnContext(st.ctx, "changes could not be read for a stream", "org", st.viewer.OrgID, "error", err)
		return nil
	}
	if reload {
		if st.n, err = st.s.feedEnd(st.ctx, st.viewer.OrgID); err != nil {
			return err
		}
		return send(StreamEvent{Name: "reload", ID: st.n, Data: struct{}{}})
	}
	for i := range fresh {
		f := &fresh[i]
		st.n = f.n
		for _, e := range st.events(f) {
			if err := send(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// events is what a change means to the reader.
func (st *Stream) events(f *frame) []StreamEvent {
	if f.conv == nil {
		return nil
	}
	if !st.viewer.sees(f.conv) {
		if f.kind == feedAssigned { // it may have been theirs
			return []StreamEvent{{Name: "gone", ID: f.n, Data: goneData{f.conv.id}}}
		}
		return nil
	}
	present := presenceData{f.conv.id, slices.DeleteFunc(slices.Clone(f.present), func(p Presence) bool { return p.StaffID == st.viewer.ID }), f.typing}
	if present.Staff == nil {
		present.Staff = []Presence{}
	}
	if f.kind == feedPresence {
		return []StreamEvent{{Name: "presence", ID: f.n, Data: present}}
	}
	return []StreamEvent{{Name: "conversation", ID: f.n, Data: changedData{f.conversation, f.conv.unreadBy(f.reads[st.viewer.ID]), f.messages[i18n.From(st.ctx)]}}}
}
