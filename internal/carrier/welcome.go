package carrier

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/carrier/wecom"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/ids"
	"fishpond/internal/timeline"
)

// What becomes of a welcome message.
const (
	welcomePending  = "pending"
	welcomeSent     = "sent"
	welcomeMissed   = "missed"
	welcomeDoubtful = "doubtful" // it may have arrived; the platform no longer says
)

const (
	// welcomeLives is the platform's limit. It gives times in whole seconds, so
	// up to one of them is not our loss.
	welcomeLives = 21 * time.Second
	welcomeLease = 6 * time.Second // longer than a try, shorter than the limit
	welcomeTry   = 5 * time.Second
	welcomeAgain = time.Second
)

// greet does what the greeter asks for: tags, a remark, and the welcome as a
// row, which commits with the arrival and is sent after it.
func (s *Service) greet(ctx context.Context, tx *db.Tx, a *account, g greeted) error {
	if len(g.greeting.Tags) > 0 {
		w := recording{a: a}
		// The greeter's source, not ours: the tags shall also reach the platform.
		if _, err := s.ports.People.Resolve(ctx, tx, a.org, []Contact{{Source: "acquisition", Identities: w.identities(*g.sighting), Tags: g.greeting.Tags, SeenAt: s.now()}}); err != nil {
			return fmt.Errorf("carrier: tags of an arrival: %w", err)
		}
	}
	if g.greeting.Remark != "" && a.kind == KindWecom {
		if err := s.push(ctx, tx, a, []pushRow{{user: g.sighting.user, external: g.sighting.external, kind: pushRemark, value: oneLine(g.greeting.Remark, 20)}}); err != nil {
			return err
		}
	}
	if len(g.greeting.Welcome) == 0 || g.sighting.wants == "" {
		return nil
	}
	return s.keepWelcome(ctx, tx, a, *g.sighting, g.person, g.greeting.Welcome, g.sighting.change.at)
}

// keepWelcome makes the row of a welcome, unless its code has one. at is when
// the platform's seconds began.
func (s *Service) keepWelcome(ctx context.Context, tx *db.Tx, a *account, g sighting, person string, parts []Part, at int64) error {
	message, err := json.Marshal(parts)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO carrier_welcome (org_id, id, account_id, user_id, external_id, person_id, code, message, status, event_at, next_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?) ON CONFLICT (org_id, account_id, code) DO NOTHING`,
		a.org, ids.New("wel"), a.id, g.user, g.external, person, cut(g.wants, 256), string(message), at, s.micros())
	return err
}

// welcome is a row that this process has taken.
type welcome struct {
	org, id, account, user, external, person, code, message string
	event, attempts                                         int64
	unsure                                                  int64 // earlier tries whose outcome nobody knows
}

const takeWelcome = `UPDATE carrier_welcome SET next_at = ?, attempts = attempts + 1, unsure = unsure + 1 WHERE org_id = ? AND status = 'pending' AND next_at <= ? AND %s
	RETURNING id, account_id, user_id, external_id, person_id, code, message, event_at, attempts, unsure - 1`

func (s *Service) takeWelcomes(ctx context.Context, org, which string, args ...any) (out []welcome, err error) {
	now := s.now()
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		out = nil
		return tx.Each(ctx, func(rows *sql.Rows) error {
			w := welcome{org: org}
			if err := rows.Scan(&w.id, &w.account, &w.user, &w.external, &w.person, &w.code, &w.message, &w.event, &w.attempts, &w.unsure); err != nil {
				return err
			}
			out = append(out, w)
			return nil
		}, fmt.Sprintf(takeWelcome, which), append([]any{clock.Micros(now.Add(welcomeLease)), org, clock.Micros(now)}, args...)...)
	})
	return out, err
}

// welcomeNow sends the welcome of an arrival that has just been stored.
func (s *Service) welcomeNow(ctx context.Context, a *account, code string) error {
	list, err := s.takeWelcomes(ctx, a.org, "account_id = ? AND code = ?", a.id, cut(code, 256))
	if err != nil {
		s.rouse() // the row is there: the next round finds it
		return nil
	}
	for _, w := range list {
		if err := s.sendWelcome(ctx, a, w); err != nil {
			s.logger.WarnContext(ctx, "the outcome of a welcome could not be kept", "account", a.id, "error", err)
		}
	}
	return nil
}

// workWelcomes sends the welcomes that were left behind, and returns how many.
func (s *Service) workWelcomes(ctx context.Context, org string) (int, error) {
	var due bool
	if err := s.db.Read(ctx, org, func(tx *db.Tx) error { // most rounds find nothing: do not trouble the writer
		return tx.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM carrier_welcome WHERE org_id = ? AND status = 'pending' AND next_at <= ?)", org, s.micros()).Scan(&due)
	}); err != nil || !due {
		return 0, err
	}
	list, err := s.takeWelcomes(ctx, org, "org_id = ?", org)
	if err != nil {
		return 0, err
	}
	var g errgroup.Group
	g.SetLimit(s.o.Parallel)
	for _, w := range list {
		g.Go(func() error {
			var a *account
			if err := s.db.Read(ctx, org, func(tx *db.Tx) (err error) {
				a, err = s.accountByID(ctx, tx, org, w.account)
				return err
			}); err != nil {
				return err
			}
			return s.sendWelcome(ctx, a, w)
		})
	}
	if err := g.Wait(); err != nil {
		return 0, err
	}
	return len(list), nil
}

// sendWelcome tries once and keeps the outcome: sent, missed with the reason,
// or to be tried again while there is time. A process that dies after sending
// sends again, and learns from the platform that it had: that counts as sent.
// When it is too late to ask, the welcome is doubtful.
func (s *Service) sendWelcome(ctx context.Context, a *account, w welcome) error {
	late := clock.Micros(s.now()) > w.event+welcomeLives.Microseconds()
	if late {
		return s.miss(ctx, a, w, "late")
	}
	var parts []Part
	err := json.Unmarshal([]byte(w.message), &parts)
	var m wecom.Message
	if err == nil && a.kind == KindWecom {
		m, err = wecomMessage(parts)
	}
	if err == nil && a.status != StatusActive {
		err = errClosed
	}
	if err != nil {
		return s.miss(ctx, a, w, oneLine(err.Error(), 200))
	}
	brief, cancel := context.WithTimeout(ctx, welcomeTry)
	defer cancel()
	if c := s.wecomOf(a, slotContact, impatient); a.kind == KindKf {
		err = c.AnswerKfEvent(brief, w.code, kfMessageID(w.id, 0), plain(parts))
	} else {
		err = c.SendWelcome(brief, w.code, m)
	}
	switch wire.KindOf(err) {
	case "", wire.Done:
		return s.welcomed(ctx, a, w, welcomeSent, "")
	case wire.Busy, wire.Crowded, wire.Limited, wire.Token:
		return s.welcomeLater(ctx, w, err)
	}
	if e, ok := errors.AsType[*wire.APIError](err); ok {
		return s.miss(ctx, a, w, fmt.Sprint(e.Code))
	}
	if errs.Is(err, errs.CodeTooMany) || errs.Is(err, errs.CodeUnavailable) {
		return s.welcomeLater(ctx, w, err)
	}
	return s.miss(ctx, a, w, oneLine(err.Error(), 200))
}

// miss notes that a welcome does not arrive any more, unless an earlier try may
// have brought it: whoever was cut off while sending does not know.
func (s *Service) miss(ctx context.Context, a *account, w welcome, reason string) error {
	if w.unsure > 0 {
		return s.welcomed(ctx, a, w, welcomeDoubtful, reason)
	}
	return s.welcomed(ctx, a, w, welcomeMissed, reason)
}

// welcomeLater has a welcome tried again after a try that failed.
func (s *Service) welcomeLater(ctx context.Context, w welcome, failed error) error {
	unsure := w.unsure
	if _, lost := errors.AsType[*wire.LostError](failed); lost {
		unsure++
	}
	return s.db.Write(context.WithoutCancel(ctx), w.org, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE carrier_welcome SET next_at = ?, unsure = ? WHERE org_id = ? AND id = ? AND status = 'pending' AND attempts = ?", clock.Micros(s.now().Add(welcomeAgain)), unsure, w.org, w.id, w.attempts)
		return err
	})
}

func (s *Service) welcomed(ctx context.Context, a *account, w welcome, status, reason string) error {
	kind := carrierevent.WelcomeSent
	switch status {
	case welcomeMissed:
		kind = carrierevent.WelcomeMissed
	case welcomeDoubtful:
		kind = carrierevent.WelcomeDoubtful
	}
	if reason == "" && status != welcomeSent { // an error without words
		reason = "unknown"
	}
	return s.db.Write(context.WithoutCancel(ctx), w.org, func(tx *db.Tx) error {
		n, err := tx.Changed(ctx, "UPDATE carrier_welcome SET status = ?, reason = ?, done_at = ? WHERE org_id = ? AND id = ? AND status = 'pending'", status, reason, s.micros(), w.org, w.id)
		if err != nil || n == 0 {
			return err
		}
		_, err = s.log.Append(ctx, tx, w.org, timeline.Fact{Kind: kind, PersonID: w.person, Source: a.kind, DedupeKey: kind + ":" + w.id, OccurredAt: s.now(),
			Data: carrierevent.Welcome{AccountID: a.id, UserID: w.user, ExternalID: w.external, Reason: reason}})
		return err
	})
}
