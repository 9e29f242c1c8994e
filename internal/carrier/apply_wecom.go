package carrier

import (
	"context"
	"fmt"
	"time"

	"fishpond/internal/carrier/wecom"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// profileWithin is how long an arrival waits for the platform to say who it
// is: the welcome has 20 seconds in all. Who does not answer in time is asked again later.
const profileWithin = 3 * time.Second

// applyWecom works off one of WeCom's callbacks.
func (s *Service) applyWecom(ctx context.Context, a *account, j job) error {
	e, err := wecom.ParseEvent(j.payload)
	if err != nil {
		return err
	}
	if len(e.ExternalUserID) > maxID || len(e.UserID) > maxID || len(e.ChatID) > maxID {
		return fmt.Errorf("carrier: an id of more than %d bytes", maxID)
	}
	switch e.Kind() {
	case wecom.Added:
		return s.applyArrival(ctx, a, j, e, changeAdded)
	case wecom.HalfAdded:
		return s.applyArrival(ctx, a, j, e, changeHalf)
	case wecom.Edited:
		return s.applyEdit(ctx, a, j, e)
	case wecom.RemovedByPerson:
		return s.applyEnd(ctx, a, j, e, changeByCustomer)
	case wecom.RemovedByStaff:
		if e.Source == "DELETE_BY_TRANSFER" {
			return s.applyEnd(ctx, a, j, e, changeTransferred)
		}
		return s.applyEnd(ctx, a, j, e, changeByStaff)
	case wecom.TransferFailed:
		return s.applyTransferFailed(ctx, a, j, e)
	case wecom.GroupCreated, wecom.GroupUpdated, wecom.GroupDismissed:
		return s.applyGroup(ctx, a, j, e)
	case wecom.TagCreated, wecom.TagUpdated, wecom.TagDeleted, wecom.TagShuffled:
		return s.applyTags(ctx, a, j)
	case wecom.UserCreated, wecom.UserUpdated, wecom.UserDeleted:
		return s.applyMember(ctx, a, j, e)
	}
	return fmt.Errorf("carrier: nothing is known about %s", e.Kind())
}

// lookUp asks the platform who a customer is and how they are tied to a member.
func lookUp(ctx context.Context, c *wecom.Client, user, external string) (*profile, error) {
	who, follows, err := c.Customer(ctx, external)
	if err != nil {
		return nil, err
	}
	p := profileOf(who, nil)
	for i := range follows {
		if follows[i].UserID == user {
			p.follow = &follows[i]
		}
	}
	return p, nil
}

func (s *Service) applyArrival(ctx context.Context, a *account, j job, e wecom.Event, change string) error {
	if e.ExternalUserID == "" || e.UserID == "" {
		return fmt.Errorf("carrier: an arrival without a customer or a member")
	}
	brief, cancel := context.WithTimeout(ctx, profileWithin)
	who, err := lookUp(brief, s.wecomOf(a, slotContact, impatient), e.UserID, e.ExternalUserID)
	cancel()
	if err != nil { // the greeting does not wait; the profile is asked for again
		s.logger.InfoContext(ctx, "the platform does not say yet who arrived", "account", a.id, "callback", j.id, "error", err)
	}
	g := sighting{user: e.UserID, external: e.ExternalUserID, state: e.State, wants: e.WelcomeCode, profile: who, change: &entry{at: j.occurred, change: change, source: fromCallback}}
	err = s.db.Write(ctx, j.org, func(tx *db.Tx) error {
		if err := lockTies(ctx, tx, a, e.ExternalUserID); err != nil {
			return err
		}
		if _, err := s.record(ctx, tx, a, []sighting{g}); err != nil {
			return err
		}
		return s.finish(ctx, tx, j)
	})
	if err != nil || e.WelcomeCode == "" {
		return err
	}
	return s.welcomeNow(ctx, a, e.WelcomeCode)
}

func (s *Service) applyEdit(ctx context.Context, a *account, j job, e wecom.Event) error {
	who, err := lookUp(ctx, s.wecomOf(a, slotContact, impatient), e.UserID, e.ExternalUserID)
	gone := wire.KindOf(err) == wire.Missing // removed again meanwhile: their own event tells
	if err != nil && !gone {
		return err
	}
	return s.db.Write(ctx, j.org, func(tx *db.Tx) error {
		if err := lockTies(ctx, tx, a, e.ExternalUserID); err != nil {
			return err
		}
		if !gone && who.follow != nil {
			if _, err := s.record(ctx, tx, a, []sighting{{user: e.UserID, external: e.ExternalUserID, profile: who}}); err != nil {
				return err
			}
		}
		return s.finish(ctx, tx, j)
	})
}

func (s *Service) applyEnd(ctx context.Context, a *account, j job, e wecom.Event, change string) error {
	if e.ExternalUserID == "" || e.UserID == "" {
		return fmt.Errorf("carrier: a parting without a customer or a member")
	}
	g := sighting{user: e.UserID, external: e.ExternalUserID, change: &entry{at: j.occurred, change: change, source: fromCallback}}
	return s.db.Write(ctx, j.org, func(tx *db.Tx) error {
		if err := lockTies(ctx, tx, a, e.ExternalUserID); err != nil {
			return err
		}
		if _, err := s.record(ctx, tx, a, []sighting{g}); err != nil {
			return err
		}
		if change == changeTransferred {
			if err := s.transferSettled(ctx, tx, a, e.UserID, e.ExternalUserID, transferDone, 0); err != nil {
				return err
			}
		}
		return s.finish(ctx, tx, j)
	})
}

func (s *Service) applyTransferFailed(ctx context.Context, a *account, j job, e wecom.Event) error {
	status := transferRefused
	if e.FailReason == "customer_limit_exceed" {
		status = transferFull
	}
	return s.db.Write(ctx, j.org, func(tx *db.Tx) error {
		if err := s.transferSettled(ctx, tx, a, "", e.ExternalUserID, status, 0); err != nil {
			return err
		}
		return s.finish(ctx, tx, j)
	})
}

func (s *Service) applyTags(ctx context.Context, a *account, j job) error {
	groups, err := s.wecomOf(a, slotContact, impatient).Tags(ctx)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, j.org, func(tx *db.Tx) error {
		if err := saveTags(ctx, tx, a, groups); err != nil {
			return err
		}
		return s.finish(ctx, tx, j)
	})
}

func (s *Service) applyMember(ctx context.Context, a *account, j job, e wecom.Event) error {
	left := e.Kind() == wecom.UserDeleted
	var m wecom.Member
	if !left {
		var err error
		if a.secrets["directory_secret"] != "" {
			m, err = s.wecomOf(a, slotDirectory, impatient).Member(ctx, e.UserID)
		}
		if a.secrets["directory_secret"] == "" || unreadable(err) {
			m, err = s.wecomOf(a, slotContact, impatient).Member(ctx, e.UserID)
		}
		if wire.KindOf(err) == wire.Missing {
			left = true
		} else if closed(err) {
			m = wecom.Member{UserID: e.UserID}
		} else if err != nil {
			return err
		}
	}
	return s.db.Write(ctx, j.org, func(tx *db.Tx) error {
		if left {
			if _, err := tx.Exec(ctx, "UPDATE carrier_staff SET status = 'left', sign_in = '', updated_at = ? WHERE org_id = ? AND account_id = ? AND user_id = ?", s.micros(), a.org, a.id, e.UserID); err != nil {
				return err
			}
		} else if err := s.saveMembers(ctx, tx, a, []wecom.Member{m}, false); err != nil {
			return err
		}
		return s.finish(ctx, tx, j)
	})
}

// occurredAt is a platform's time, in seconds since 1970.
func occurredAt(seconds int64) int64 {
	if seconds <= 0 {
		return 0
	}
	return clock.Micros(time.Unix(seconds, 0))
}
