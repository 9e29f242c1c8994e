package care

import (
	"context"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

// Names under which the module follows the timeline.
const (
	SubscriberName = "care"
	ReachName      = "care.reach"
)

// Subscribers returns the module's subscribers. Cases are worked on by people,
// so the first has nothing to rebuild: told again, the same facts make no new ones.
func (s *Service) Subscribers() []*timeline.Subscriber {
	return []*timeline.Subscriber{
		{Name: SubscriberName, Kinds: []string{carrierevent.MessageReceived, carrierevent.MessageSent, carrierevent.EmailComplained}, Handle: s.listen},
		{Name: ReachName, Kinds: []string{carrierevent.FriendAdded, carrierevent.FriendRemoved, carrierevent.FriendTransferred, carrierevent.MessageReceived, carrierevent.MessageFailed, carrierevent.EmailBounced,
			carrierevent.PageViewed, mallevent.OrderPaid, mallevent.OrderRefunded, poolevent.Updated, poolevent.Merged, poolevent.Split}, Handle: s.reach, Reset: s.resetReach},
	}
}

// said is what care reads of a message.
type said struct {
	AccountID  string `json:"account_id"`
	ExternalID string `json:"external_id"`
	UserID     string `json:"user_id"`
	StaffID    string `json:"staff_id"`
	Subject    string `json:"subject"`
	Text       string `json:"text"`
}

// listen makes cases of what was said.
func (s *Service) listen(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
	b, err := s.book(ctx, tx, orgID)
	if err != nil {
		return err
	}
	var all []heard
	for _, e := range events {
		if e.Kind == carrierevent.EmailComplained {
			var c carrierevent.Bounce
			if err := e.Decode(&c); err != nil {
				return err
			}
			all = append(all, heard{dedupe: "event " + e.ID, source: sourceMail, direction: DirectionIn, text: c.Reason, person: e.PersonID, account: c.AccountID, at: clock.Micros(e.OccurredAt)})
			continue
		}
		var m said
		if err := e.Decode(&m); err != nil {
			return err
		}
		h := heard{dedupe: "event " + e.ID, source: sourceMessage, direction: DirectionIn, text: m.Text, person: e.PersonID, account: m.AccountID, external: m.ExternalID, staff: m.StaffID, at: clock.Micros(e.OccurredAt)}
		if m.Subject != "" {
			h.text = m.Subject + "\n" + m.Text
		}
		if e.Kind == carrierevent.MessageSent {
			h.direction = DirectionOut
		}
		if h.hits = b.find(h.text, h.direction); len(h.hits) > 0 {
			all = append(all, h)
		}
	}
	_, err = s.raise(ctx, tx, orgID, all)
	return err
}
