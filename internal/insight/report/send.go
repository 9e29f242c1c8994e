package report

import (
	"context"
	"slices"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// work is a run with what is needed to send it.
type work struct {
	orgID    string
	run      runRow
	schedule scheduleRow
	org      OrgSettings
	staff    []Colleague
	box      string
	waiting  []mailRow
}

// Run sends what a run still has to send. It may be called at any time and by
// several at once: each mail is begun by one of them only.
func (s *Service) Run(ctx context.Context, orgID, runID string) error {
	w, err := s.prepare(ctx, orgID, runID)
	if err != nil || w.run.status != runOpen {
		return err
	}
	if len(w.waiting) > 0 {
		switch {
		case w.schedule.status == deleted:
			err = s.closeAll(ctx, w, MailLeftOut, whyDeleted)
		case w.box == "":
			err = s.postpone(ctx, w, errNoMailbox)
		default:
			err = s.sendAll(ctx, w)
		}
	}
	if err != nil {
		return err
	}
	return s.settle(context.WithoutCancel(ctx), w)
}

// prepare reads the run, having said of mails that were begun and never
// reported back that they are doubtful.
func (s *Service) prepare(ctx context.Context, orgID, runID string) (w work, err error) {
	w.orgID = orgID
	err = s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		now := clock.Micros(s.now())
		if w.run, err = runByID(ctx, tx, orgID, runID); err != nil || w.run.status != runOpen {
			return err
		}
		if _, err := tx.Exec(ctx, "UPDATE insight_report_mail SET status = ?, reason = ?, told_at = ? WHERE org_id = ? AND run_id = ? AND status = ? AND begun_at <= ?",
			MailDoubtful, writeText(whyDoubtful), now, orgID, runID, MailBegun, now-lost.Microseconds()); err != nil {
			return err
		}
		if w.schedule, err = scheduleByID(ctx, tx, orgID, w.run.schedule); err != nil {
			return err
		}
		if w.org, err = s.Orgs.Settings(ctx, tx, orgID); err != nil {
			return err
		}
		if w.staff, err = s.Orgs.Staff(ctx, tx, orgID); err != nil {
			return err
		}
		boxes, err := s.Mailer.Mailboxes(ctx, tx, orgID)
		if err != nil {
			return err
		}
		w.box = pick(boxes, w.schedule.in.AccountID)
		all, err := mailsOf(ctx, tx, orgID, runID)
		w.waiting = slices.DeleteFunc(all, func(m mailRow) bool { return m.status != MailWaiting })
		return err
	})
	return w, err
}

// sendAll sends to everybody who waits, each in their language.
func (s *Service) sendAll(ctx context.Context, w work) error {
	made := map[i18n.Lang]*letter{}
	for _, m := range w.waiting {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		i := slices.IndexFunc(w.staff, func(c Colleague) bool { return c.ID == m.staff })
		if i < 0 || !w.staff[i].MayRead {
			if err := s.tell(ctx, w, m, MailWaiting, MailLeftOut, whyLeftOut); err != nil {
				return err
			}
			continue
		}
		to := w.staff[i]
		l := made[to.Locale]
		if l == nil {
			var err error
			if l, err = s.letter(access.With(i18n.With(ctx, to.Locale), access.ForSystem(w.orgID, "reports")), w.orgID, w.org, w.schedule.in, clock.Time(w.run.due)); err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				return s.postpone(ctx, w, errs.As(err).Text)
			}
			made[to.Locale] = l
			if err := s.db.Write(ctx, w.orgID, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, "UPDATE insight_report_run SET table_rows = ?, bytes = ?, error = '' WHERE org_id = ? AND id = ?", l.rows, l.bytes, w.orgID, w.run.id)
				return err
			}); err != nil {
				return err
			}
		}
		if err := s.send(ctx, w, m, to, l); err != nil {
			return err
		}
	}
	return nil
}

// send tries one mail. What it says of it is written whatever happens to ctx.
func (s *Service) send(ctx context.Context, w work, m mailRow, to Colleague, l *letter) error {
	begun, taken := false, false
	outcome, reason := s.Mailer.Send(ctx, w.orgID, w.box, Mail{Key: w.run.id + "." + m.staff, To: to.Address, Subject: l.subject, Text: l.text, HTML: l.html, Files: l.files, Begin: func() error {
		if begun { // over another line
			return nil
		}
		err := s.db.Write(ctx, w.orgID, func(tx *db.Tx) error {
			n, err := tx.Changed(ctx, "UPDATE insight_report_mail SET status = ?, address = ?, attempts = attempts + 1, begun_at = ?, reason = '' WHERE org_id = ? AND run_id = ? AND staff_id = ? AND status = ?",
				MailBegun, to.Address, clock.Micros(s.now()), w.orgID, w.run.id, m.staff, MailWaiting)
			if err == nil && n == 0 {
				taken, err = true, errTaken
			}
			return err
		})
		begun = err == nil
		return err
	}})
	if taken {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	from := MailWaiting
	if begun {
		from = MailBegun
	}
	switch {
	case outcome == OutSent:
		return s.tell(ctx, w, m, from, MailSent, i18n.Text{})
	case outcome == OutDoubtful:
		return s.tell(ctx, w, m, from, MailDoubtful, whyDoubtful)
	case outcome == OutFailed || m.attempts+1 >= mostTries:
		return s.tell(ctx, w, m, from, MailFailed, reason)
	}
	return s.tell(ctx, w, m, from, MailWaiting, reason)
}

// tell says what became of a mail that stood as from.
func (s *Service) tell(ctx context.Context, w work, m mailRow, from, status string, reason i18n.Text) error {
	told, more := clock.Micros(s.now()), 0
	if status == MailWaiting {
		told = 0
	}
	if from == MailWaiting && status != MailLeftOut { // begun has counted it already
		more = 1
	}
	return s.db.Write(ctx, w.orgID, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE insight_report_mail SET status = ?, reason = ?, told_at = ?, attempts = attempts + ? WHERE org_id = ? AND run_id = ? AND staff_id = ? AND status = ?",
			status, writeText(reason), told, more, w.orgID, w.run.id, m.staff, from)
		return err
	})
}

// closeAll says the same of every mail that waits.
func (s *Service) closeAll(ctx context.Context, w work, status string, reason i18n.Text) error {
	for _, m := range w.waiting {
		if err := s.tell(ctx, w, m, MailWaiting, status, reason); err != nil {
			return err
		}
	}
	return nil
}

// postpone says why a run cannot be made; in the end, to everybody who waits.
func (s *Service) postpone(ctx context.Context, w work, reason i18n.Text) error {
	if w.run.attempts+1 >= mostTries {
		return s.closeAll(ctx, w, MailFailed, reason)
	}
	return s.db.Write(ctx, w.orgID, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE insight_report_run SET error = ? WHERE org_id = ? AND id = ?", writeText(reason), w.orgID, w.run.id)
		return err
	})
}

// settle closes a run of which nothing is left to do, or says when to go on.
func (s *Service) settle(ctx context.Context, w work) error {
	return s.db.Write(ctx, w.orgID, func(tx *db.Tx) error {
		var waiting, begun int
		if err := tx.QueryRow(ctx, "SELECT COALESCE(SUM(CASE WHEN status = 'waiting' THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN status = 'begun' THEN 1 ELSE 0 END), 0) FROM insight_report_mail WHERE org_id = ? AND run_id = ?",
			w.orgID, w.run.id).Scan(&waiting, &begun); err != nil {
			return err
		}
		now := s.now()
		if waiting == 0 && begun == 0 {
			_, err := tx.Exec(ctx, "UPDATE insight_report_run SET status = ? WHERE org_id = ? AND id = ?", runDone, w.orgID, w.run.id)
			return err
		}
		pause := lost // for somebody else's mail
		if waiting > 0 {
			pause = min(time.Minute<<(2*w.run.attempts), 4*time.Hour)
		}
		_, err := tx.Exec(ctx, "UPDATE insight_report_run SET attempts = attempts + 1, try_at = ? WHERE org_id = ? AND id = ?", clock.Micros(now.Add(pause)), w.orgID, w.run.id)
		return err
	})
}
