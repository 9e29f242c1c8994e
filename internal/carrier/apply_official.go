package carrier

import (
	"context"
	"fmt"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/carrier/officialaccount"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/timeline"
)

func parseOfficial(message []byte) (incoming, error) {
	e, err := officialaccount.ParseEvent(message)
	if err != nil {
		return incoming{}, err
	}
	in := incoming{event: oneLine(e.Kind(), 128), dedupe: e.Key(), occurred: clock.Micros(time.Unix(max(e.CreateTime, 0), 0)), payload: message, known: e.Known()}
	if e.FromUserName != "" {
		in.subject = "contact:" + oneLine(e.FromUserName, 128)
	}
	return in, nil
}

// officialOf returns a client for an official account.
func (s *Service) officialOf(a *account, patience time.Duration) *officialaccount.Client {
	o := wire.Options{Base: s.baseOf(a, ""), HTTP: s.o.HTTP, Sleep: s.o.Sleep, Patient: patience}
	app, key := a.settings["app_id"], a.secrets["secret"].Reveal()
	o.Tokens = &accountTokens{s: s, org: a.org, id: a.id, slot: slotContact, fetch: officialaccount.Fetch(o, app, key)}
	o.Quota = s.quotaOf(a, 100)
	return officialaccount.New(o, app, key)
}

// applyOfficial works off one callback of an official account.
func (s *Service) applyOfficial(ctx context.Context, a *account, j job) error {
	e, err := officialaccount.ParseEvent(j.payload)
	if err != nil {
		return err
	}
	if e.FromUserName == "" || len(e.FromUserName) > maxID {
		return fmt.Errorf("carrier: a message from nobody")
	}
	g := sighting{external: e.FromUserName}
	var said []timeline.Fact
	var attached *received
	switch e.Kind() {
	case officialaccount.Subscribed:
		g.state = e.Parameter()
		g.change = &entry{at: j.occurred, change: changeAdded, source: fromCallback}
		g.profile = s.follower(ctx, a, e.FromUserName)
	case officialaccount.Unsubscribed:
		g.change = &entry{at: j.occurred, change: changeByCustomer, source: fromCallback}
	case officialaccount.Scanned:
		g.state = e.Parameter()
	default:
		x, err := s.officialAttachment(ctx, a, e, j.attempts >= fetchTries)
		if err != nil {
			return err
		}
		attached = x
		said = append(said, timeline.Fact{Kind: carrierevent.MessageReceived, OccurredAt: clock.Time(j.occurred), Source: a.kind, DedupeKey: "message.received:" + a.id + ":" + e.Key(),
			Data: carrierevent.Message{AccountID: a.id, MessageID: oneLine(e.MsgID, 64), ExternalID: e.FromUserName, Type: oneLine(e.MsgType, 32), Text: cut(e.Content+e.Recognition, 8000)}})
	}
	return s.db.Write(ctx, j.org, func(tx *db.Tx) error {
		if err := lockTies(ctx, tx, a, e.FromUserName); err != nil {
			return err
		}
		persons, err := s.record(ctx, tx, a, []sighting{g})
		if err != nil {
			return err
		}
		opens := heard
		if len(said) == 0 { // followed, or scanned a code
			opens = acted
		}
		if e.Kind() != officialaccount.Unsubscribed {
			if err := opens(ctx, tx, a, e.FromUserName, j.occurred); err != nil {
				return err
			}
		}
		for i := range said {
			said[i].PersonID = persons[0]
			if attached != nil {
				data := said[i].Data.(carrierevent.Message)
				if err := attached.keep(ctx, tx, a, e.FromUserName, persons[0], &data); err != nil {
					return err
				}
				said[i].Data = data
			}
		}
		if _, err := s.log.Append(ctx, tx, j.org, said...); err != nil {
			return err
		}
		return s.finish(ctx, tx, j)
	})
}

// follower asks who has come; nil when the platform does not say in time.
func (s *Service) follower(ctx context.Context, a *account, openID string) *profile {
	brief, cancel := context.WithTimeout(ctx, profileWithin)
	defer cancel()
	f, err := s.officialOf(a, impatient).Follower(brief, openID)
	if err != nil {
		s.logger.InfoContext(ctx, "the platform does not say yet who follows", "account", a.id, "error", err)
		return nil
	}
	return &profile{unionID: f.UnionID}
}
