package inbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

const (
	sendAtOnce = 8                // messages of all orgs that are sent at once
	sendLease  = time.Minute      // longer than one may take
	sendWithin = 45 * time.Second // how long one may take
	sendPoll   = time.Second      // how long what another node queued may go unseen
	sendGiveUp = 10 * time.Minute // after so long without an outcome it is doubtful
)

// extra is what a message has besides its parts.
type extra struct {
	Subject    string   `json:"subject,omitempty"`
	Template   string   `json:"template,omitempty"`
	Parameters []string `json:"parameters,omitempty"`
}

// queue makes an attempt to send a message. The conversation's messages are
// sent one after the other.
func (w *work) queue(ctx context.Context, m *message, number int64, key string) error {
	if _, err := w.tx.Exec(ctx, `INSERT INTO inbox_attempt (org_id, id, message_id, conversation_id, number, key, status, code, reason_zh, reason_en, again, send_id, platform_id, tries, next_at, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, 'queued', '', '', '', 0, '', '', 0, ?, ?, ?)`, w.org, ids.New("att"), m.id, m.conversation, number, key, w.now, w.now, w.now); err != nil {
		return fmt.Errorf("inbox: attempt: %w", err)
	}
	w.tx.OnCommit(func() {
		select {
		case w.s.wake <- struct{}{}:
		default: // is about to look anyway
		}
	})
	return nil
}

// Run sends what is queued, brings back what was snoozed and keeps desks, for
// all orgs, until ctx ends.
func (s *Service) Run(ctx context.Context) {
	s.reclaim(ctx)
	defer s.StopStreams()
	var wg sync.WaitGroup
	wg.Go(func() { s.rounds(ctx, s.wake, sendPoll, s.SendDue) })
	wg.Go(func() { s.rounds(ctx, nil, duePoll, s.Due) })
	wg.Wait()
}

func (s *Service) rounds(ctx context.Context, wake <-chan struct{}, every time.Duration, work func(context.Context) error) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := work(ctx); err != nil && ctx.Err() == nil {
			s.logger.ErrorContext(ctx, "inbox work failed, will try again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-wake:
		case <-tick.C:
		}
	}
}

// reclaim takes up at once what the process before us was sending: the carrier
// knows by the key what became of it. On PostgreSQL it may be another node's.
func (s *Service) reclaim(ctx context.Context) {
	if s.db.Engine() != db.SQLite {
		return
	}
	err := s.db.Write(ctx, db.AllOrgs, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE inbox_attempt SET next_at = ? WHERE org_id <> '' AND status = 'sending' AND next_at > ?", s.micros(), s.micros())
		return err
	})
	if err != nil && ctx.Err() == nil {
		s.logger.WarnContext(ctx, "what the last process was sending waits for its lease", "error", err)
	}
}

// job is an attempt that this process has taken.
type job struct {
	org, id, message, conversation, key string
	number, tries, created              int64
}

// SendDue sends everything that is due now, and returns when nothing is.
func (s *Service) SendDue(ctx context.Context) error {
	for ctx.Err() == nil {
		jobs, err := s.claim(ctx)
		if err != nil || len(jobs) == 0 {
			return err
		}
		var g errgroup.Group
		g.SetLimit(sendAtOnce)
		for _, j := range jobs {
			g.Go(func() error { return s.send(ctx, j) })
		}
		if err := g.Wait(); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// claim takes attempts that are due and first in their conversation. One that
// is being sent keeps those behind it waiting.
func (s *Service) claim(ctx context.Context) (jobs []job, err error) {
	now := s.micros()
	due := map[string][]string{}
	err = s.db.Read(ctx, db.AllOrgs, func(tx *db.Tx) error {
		clear(due)
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var org, id string
			err := rows.Scan(&org, &id)
			due[org] = append(due[org], id)
			return err
		}, `SELECT a.org_id, a.id FROM inbox_attempt a WHERE a.status IN ('queued', 'sending') AND a.next_at <= ? AND a.id = (
			SELECT b.id FROM inbox_attempt b WHERE b.org_id = a.org_id AND b.conversation_id = a.conversation_id AND b.status IN ('queued', 'sending') AND b.created_at > 0 ORDER BY b.created_at, b.id LIMIT 1)
			ORDER BY a.next_at LIMIT ?`, now, 2*sendAtOnce)
	})
	if err != nil {
		return nil, err
	}
	for org, ids := range due {
		var taken []job
		if err := s.db.Write(ctx, org, func(tx *db.Tx) error {
			taken = nil
			where, arg := tx.In("id", ids)
			if err := tx.Each(ctx, func(rows *sql.Rows) error {
				j := job{org: org}
				err := rows.Scan(&j.id, &j.message, &j.conversation, &j.key, &j.number, &j.tries, &j.created)
				taken = append(taken, j)
				return err
			}, `UPDATE inbox_attempt SET status = 'sending', tries = tries + 1, next_at = ?, updated_at = ? WHERE org_id = ? AND status IN ('queued', 'sending') AND next_at <= ? AND `+where+`
				RETURNING id, message_id, conversation_id, key, number, tries, created_at`, clock.Micros(s.now().Add(sendLease)), now, org, now, arg); err != nil {
				return err
			}
			for _, j := range taken {
				if _, err := tx.Exec(ctx, "UPDATE inbox_message SET state = 'sending' WHERE org_id = ? AND id = ? AND state = 'queued'", org, j.message); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return nil, err
		}
		jobs = append(jobs, taken...)
	}
	return jobs, nil
}

// send has the sender send one message and keeps what became of it. Only the
// house's own trouble is returned.
func (s *Service) send(ctx context.Context, j job) error {
	o, err := s.outgoing(ctx, j)
	if err != nil {
		return err
	}
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendWithin) // who has begun ends it
	defer cancel()
	r, err := s.ports.Sender.Send(within, j.org, o)
	if err != nil {
		var later bool
		if r, later = s.notSent(j, err); later {
			s.logger.WarnContext(ctx, "the outcome of a message is not known yet", "message", j.message, "try", j.tries, "error", err)
			return s.db.Write(within, j.org, func(tx *db.Tx) error {
				_, err := tx.Exec(within, "UPDATE inbox_attempt SET status = 'queued', next_at = ?, updated_at = ? WHERE org_id = ? AND id = ? AND status = 'sending' AND tries = ?",
					clock.Micros(s.now().Add(min(time.Duration(j.tries)*2*time.Second, 20*time.Second))), s.micros(), j.org, j.id, j.tries)
				return err
			})
		}
	}
	return s.keepOutcome(within, j, r)
}

// notSent says what an error means for a message; later: ask again.
func (s *Service) notSent(j job, err error) (r Receipt, later bool) {
	shown := errs.As(err)
	switch shown.Code {
	case errs.CodeInvalid, errs.CodeConflict, errs.CodeNotFound, errs.CodeForbidden, errs.CodeTooLarge:
		r = Receipt{Status: SendFailed, Code: string(shown.Code), Reason: shown.Text}
		if len(shown.Fields) > 0 {
			r.Reason = shown.Fields[0].Text
		}
		return r, false
	}
	if s.now().Sub(clock.Time(j.created)) < sendGiveUp {
		return r, true
	}
	return Receipt{Status: SendDoubtful, Code: "lost", Reason: i18n.T("一直没有得到发送结果，可能已经送达", "No outcome came; it may have arrived")}, false
}

func (s *Service) outgoing(ctx context.Context, j job) (o Outgoing, err error) {
	err = s.db.Read(ctx, j.org, func(tx *db.Tx) error {
		m, err := messageByID(ctx, tx, j.org, j.message)
		if err != nil {
			return err
		}
		c, err := conversationByID(ctx, tx, j.org, j.conversation)
		if err != nil {
			return err
		}
		var e extra
		var parts []Part
		if err := errors.Join(json.Unmarshal([]byte(m.parts), &parts), json.Unmarshal([]byte(m.send), &e)); err != nil {
			return err
		}
		o = Outgoing{Key: j.key, AccountID: c.account, PersonID: c.person, To: c.external, Parts: parts, Subject: e.Subject, Template: e.Template, Parameters: e.Parameters}
		if m.senderKind == senderStaff {
			o.StaffID = m.sender
		}
		return nil
	})
	return o, err
}

// keepOutcome stores what became of an attempt. Whoever was thought dead and is
// not finds it decided, and leaves it.
func (s *Service) keepOutcome(ctx context.Context, j job, r Receipt) error {
	return s.change(ctx, j.org, func(w *work) error {
		n, err := w.tx.Changed(ctx, "UPDATE inbox_attempt SET status = ?, code = ?, reason_zh = ?, reason_en = ?, again = ?, send_id = ?, platform_id = ?, updated_at = ? WHERE org_id = ? AND id = ? AND status = 'sending' AND tries = ? AND told = ''",
			r.Status, r.Code, r.Reason.ZH, r.Reason.EN, db.Bit(r.Again), r.ID, r.PlatformID, w.now, j.org, j.id, j.tries)
		if err != nil {
			return err
		}
		if n == 0 { // the log was faster: it knows more
			err := w.tx.QueryRow(ctx, "UPDATE inbox_attempt SET status = told, again = 0, send_id = ?, platform_id = ?, updated_at = ? WHERE org_id = ? AND id = ? AND status = 'sending' AND tries = ? AND told <> '' RETURNING status",
				r.ID, r.PlatformID, w.now, j.org, j.id, j.tries).Scan(&r.Status)
			if db.IsNoRows(err) {
				return nil
			}
			if err != nil {
				return err
			}
		}
		c, err := w.conversation(ctx, j.conversation)
		if err != nil || c == nil {
			return err
		}
		var m message
		if err := w.tx.QueryRow(ctx, "UPDATE inbox_message SET state = ?, send_id = ? WHERE org_id = ? AND id = ? RETURNING seq, sender_kind, sender_id, at", r.Status, r.ID, j.org, j.message).Scan(&m.seq, &m.senderKind, &m.sender, &m.at); err != nil {
			return err
		}
		w.retell(c, m.seq)
		if m.senderKind != senderStaff {
			return nil
		}
		if r.Status == SendFailed {
			return w.unanswer(ctx, c)
		}
		_, err = w.tx.Exec(ctx, `UPDATE inbox_spell SET replies = replies + 1, first_reply_by = CASE WHEN first_reply_at = 0 THEN ? ELSE first_reply_by END, first_reply_at = CASE WHEN first_reply_at = 0 THEN ? ELSE first_reply_at END
			WHERE org_id = ? AND conversation_id = ? AND number = ?`, m.sender, m.at, j.org, c.id, c.spell)
		return err
	})
}

// unanswer works out again what staff have answered: a message that failed is
// no answer.
func (w *work) unanswer(ctx context.Context, c *conversation) error {
	w.waits[c.id] = true
	return w.tx.QueryRow(ctx, "SELECT COALESCE(max(n_in), 0) FROM inbox_message WHERE org_id = ? AND conversation_id = ? AND direction = 'out' AND sender_kind = 'staff' AND state <> 'failed'", w.org, c.id).Scan(&c.answeredN)
}
