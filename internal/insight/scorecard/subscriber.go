package scorecard

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"fishpond/internal/acquisition/acquisitionevent"
	"fishpond/internal/campaign/campaignevent"
	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/content/contentevent"
	"fishpond/internal/followup/followupevent"
	"fishpond/internal/insight/follow"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/survey/surveyevent"
	"fishpond/internal/timeline"
)

// SubscriberName is the name under which the scorecard follows the timeline,
// and by which it is rebuilt.
const SubscriberName = "insight.scorecard"

// opened is what mail and other outside programs report of a message that was
// opened.
const opened = "message.opened"

// scenes are the columns of insight_scorecard_deed that say in which scenes a
// person was met, and the kinds of events that do.
var scenes = []struct {
	column string
	kinds  []string
}{
	{"chat", []string{carrierevent.MessageReceived}},
	{"page", []string{carrierevent.PageViewed, contentevent.Opened, campaignevent.LinkClicked, opened}},
	{"bought", []string{mallevent.OrderPaid}},
	{"survey", []string{surveyevent.Answered}},
	{"crowd", []string{carrierevent.GroupJoined}},
	{"met", []string{carrierevent.FriendAdded, acquisitionevent.Arrived}},
	{"coupon", []string{campaignevent.CouponRedeemed}},
}

// strong are the kinds of identities that tell one human from all others, as
// the pool trusts them.
var strong = []string{"unionid", "wecom_external_userid", "member_no", "openid", "customer_no", "phone", "email"}

// Subscribers returns the part's subscriber.
func (s *Service) Subscribers() []*timeline.Subscriber {
	kinds := []string{poolevent.Created, poolevent.Merged, poolevent.Split, poolevent.IdentityAdded, poolevent.IdentityRemoved,
		carrierevent.MessageSent, mallevent.OrderRefunded, followupevent.Done}
	for _, s := range scenes {
		kinds = append(kinds, s.kinds...)
	}
	return []*timeline.Subscriber{{Name: SubscriberName, Kinds: kinds, Batch: 5000, Handle: s.follow, Reset: s.reset}}
}

// soon is within which a question should be answered; forgotten is when one
// that nobody answered is no longer waited for, so that the next counts anew.
const (
	soon      = 30 * time.Minute
	forgotten = 24 * time.Hour
)

// counting is the work on one batch.
type counting struct {
	org    follow.OrgSettings
	deeds  map[deedKey]*deed
	people map[string]*row
	ids    map[identityKey]*identity
	months map[int64]*tally
	dirty  int64
}

func (s *Service) follow(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
	org, err := follow.Ground(ctx, tx, orgID, "insight_scorecard_state", s.orgs)
	if err != nil {
		return err
	}
	c := &counting{org: org, deeds: map[deedKey]*deed{}, months: map[int64]*tally{}, dirty: clean}
	if err := c.load(ctx, tx, orgID, events); err != nil {
		return fmt.Errorf("scorecard: %w", err)
	}
	for _, e := range events {
		if err := c.event(e); err != nil {
			return err
		}
	}
	if err := follow.Merges(ctx, tx, orgID, "insight_scorecard_alias", events); err != nil {
		return fmt.Errorf("scorecard: %w", err)
	}
	if err := c.save(ctx, tx, orgID); err != nil {
		return fmt.Errorf("scorecard: %w", err)
	}
	return nil
}

// event counts one fact.
func (c *counting) event(e timeline.Event) error {
	at := clock.Micros(e.OccurredAt)
	month := follow.MonthOf(at, c.org.Zone)
	c.dirty = min(c.dirty, month)
	if e.PersonID == "" || e.Kind == poolevent.Merged || e.Kind == poolevent.Split {
		return nil // nobody did anything; who speaks for whom is Merges' business
	}
	p := c.people[e.PersonID]
	if p == nil {
		p = &row{known: known{month: month}, stored: known{month: clean}}
		c.people[e.PersonID] = p
	}
	p.month = min(p.month, month)
	t := c.at(month)
	switch e.Kind {
	case poolevent.IdentityAdded, poolevent.IdentityRemoved:
		return c.identity(e, month)
	case carrierevent.MessageSent:
		c.of(month, e.PersonID).sent++
		c.answered(&p.known, at)
	case carrierevent.MessageReceived:
		var m struct {
			Automatic bool `json:"automatic"`
		}
		if json.Unmarshal(e.Data, &m) == nil && m.Automatic {
			return nil // a machine wrote it: nobody is there
		}
		if p.askedAt == 0 || at-p.askedAt >= forgotten.Microseconds() {
			p.askedAt = at
			t.asked++
		}
	case followupevent.Done:
		t.done++
	case mallevent.OrderPaid:
		var o mallevent.Order
		if err := e.Decode(&o); err != nil {
			return err
		}
		t.orders++
		if o.Currency == c.org.Currency {
			t.gmv += o.AmountMinor
		}
	case mallevent.OrderRefunded:
		var r mallevent.Refund
		if err := e.Decode(&r); err != nil {
			return err
		}
		if r.Currency == c.org.Currency {
			t.refunded += r.AmountMinor
		}
	}
	for i, s := range scenes {
		if slices.Contains(s.kinds, e.Kind) {
			c.of(month, e.PersonID).scenes[i]++
		}
	}
	return nil
}

// answered ends the wait of somebody who asked.
func (c *counting) answered(p *known, at int64) {
	if p.askedAt == 0 || at < p.askedAt {
		return
	}
	if at-p.askedAt <= soon.Microseconds() {
		asked := follow.MonthOf(p.askedAt, c.org.Zone)
		c.at(asked).quick++
		c.dirty = min(c.dirty, asked)
	}
	p.askedAt = 0
}

func (c *counting) identity(e timeline.Event, month int64) error {
	var id poolevent.Identity
	if err := e.Decode(&id); err != nil {
		return err
	}
	if !slices.Contains(strong, id.Kind) {
		return nil
	}
	k := identityKey{e.PersonID, id.Kind}
	i := c.ids[k]
	if i == nil {
		i = &identity{month: month}
		c.ids[k] = i
	}
	if e.Kind == poolevent.IdentityRemoved {
		i.n = max(0, i.n-1)
		return nil
	}
	if i.n == 0 {
		i.month = month
	}
	i.n, i.month = i.n+1, min(i.month, month)
	return nil
}

func (c *counting) at(month int64) *tally {
	t := c.months[month]
	if t == nil {
		t = &tally{}
		c.months[month] = t
	}
	return t
}

func (c *counting) of(month int64, person string) *deed {
	k := deedKey{month, person}
	d := c.deeds[k]
	if d == nil {
		d = &deed{}
		c.deeds[k] = d
	}
	return d
}

// reset empties the projection; the cards that were kept stay.
func (s *Service) reset(ctx context.Context, tx *db.Tx, orgID string) error {
	return follow.Clear(ctx, tx, orgID, "insight_scorecard_state", "insight_scorecard_alias", "insight_scorecard_person", "insight_scorecard_identity", "insight_scorecard_deed", "insight_scorecard_tally")
}
