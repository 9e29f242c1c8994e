package carrier

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"fishpond/internal/carrier/wecom"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// massLook asks whether the member has confirmed, and what became of it. At the
// end of its time, or when it is not wanted any more, it is cancelled first: who
// confirms before that has sent.
func (s *Service) massLook(ctx context.Context, a *account, c *wecom.Client, m *mass, over bool) error {
	if over && m.confirmed == 0 {
		if err := c.CancelMass(ctx, m.msgid); err != nil && wire.KindOf(err) != wire.Missing {
			return err
		}
	}
	confirmed, err := s.massConfirmed(ctx, c, m)
	if wire.KindOf(err) == wire.Missing {
		return s.massGiveUp(ctx, m)
	}
	if err != nil {
		return err
	}
	if confirmed == 0 {
		if over {
			return s.massGiveUp(ctx, m)
		}
		return s.massLater(ctx, m, s.massNext(m))
	}
	unsent := 0
	for cursor := ""; ; {
		list, next, err := c.MassResults(ctx, m.msgid, m.sender, cursor)
		if err != nil {
			return err
		}
		for _, x := range list {
			if x.Status == wecom.MassUnsent {
				unsent++
			}
		}
		if err := s.db.Write(context.WithoutCancel(ctx), m.org, func(tx *db.Tx) error {
			if m.confirmed == 0 {
				if err := m.set(ctx, tx, "confirmed_at = ?", confirmed); err != nil {
					return err
				}
			}
			_, err := s.massResults(ctx, tx, m, list)
			return err
		}); err != nil {
			return err
		}
		m.confirmed = confirmed
		if next == "" || next == cursor {
			break
		}
		cursor = next
	}
	return s.db.Write(context.WithoutCancel(ctx), m.org, func(tx *db.Tx) error {
		if unsent == 0 { // who is not among them was left out by the platform when it was asked
			if err := s.massEnd(ctx, tx, m, SendFailed, "not_friend", massWords["not_friend"]); err != nil {
				return err
			}
		}
		if err := s.massFinish(ctx, tx, m); err != nil || m.status == massDone {
			return err
		}
		if s.micros()-m.confirmed > massUnheard.Microseconds() {
			if err := s.massEnd(ctx, tx, m, SendFailed, "unheard", massWords["unheard"]); err != nil {
				return err
			}
			return s.massFinish(ctx, tx, m)
		}
		return m.set(ctx, tx, "next_at = ?", clock.Micros(s.now().Add(massSoon)))
	})
}

// massNext is when to look again: often while it is fresh, seldom later, and at
// the end of its time.
func (s *Service) massNext(m *mass) time.Duration {
	age := time.Duration(s.micros()-m.asked) * time.Microsecond
	next := min(max(age/4, massSoon), massSeldom)
	if left := time.Duration(m.end-s.micros()) * time.Microsecond; left > 0 {
		next = min(next, left)
	}
	return next
}

// massConfirmed tells when the member confirmed; 0: not yet.
func (s *Service) massConfirmed(ctx context.Context, c *wecom.Client, m *mass) (int64, error) {
	if m.confirmed > 0 {
		return m.confirmed, nil
	}
	for cursor := ""; ; {
		list, next, err := c.MassTasks(ctx, m.msgid, cursor)
		if err != nil {
			return 0, err
		}
		for _, t := range list {
			if t.UserID == m.sender && t.Status == wecom.MassConfirmed {
				return max(clock.Micros(time.Unix(t.SendTime, 0)), m.asked, 1), nil
			}
		}
		if next == "" || next == cursor {
			return 0, nil
		}
		cursor = next
	}
}

// massResults notes what became of receivers and tells of it, once each. It
// returns how many there were.
func (s *Service) massResults(ctx context.Context, tx *db.Tx, m *mass, list []wecom.MassSend) (int, error) {
	type end struct {
		status, code string
		at           int64
	}
	groups := map[end][]string{}
	for _, x := range list {
		e := end{at: s.micros()}
		switch x.Status {
		case wecom.MassSent:
			e.status = SendSent
			if e.at = clock.Micros(time.Unix(x.SendTime, 0)); x.SendTime <= 0 {
				e.at = max(m.confirmed, s.micros())
			}
		case wecom.MassNotFriend:
			e.status, e.code = SendFailed, "not_friend"
		case wecom.MassTooMany:
			e.status, e.code = SendFailed, "too_many"
		default:
			continue
		}
		groups[e] = append(groups[e], x.Receiver())
	}
	var all []MassOutcome
	for e, to := range groups {
		where, arg := tx.In("recipient", to)
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			o := MassOutcome{Status: e.status, Code: e.code, Reason: massWords[e.code], At: clock.Time(e.at)}
			err := rows.Scan(&o.Key)
			all = append(all, o)
			return err
		}, "UPDATE carrier_mass_send SET status = ?, code = ?, done_at = ? WHERE org_id = ? AND mass_id = ? AND status = 'waiting' AND "+where+" RETURNING key", e.status, e.code, e.at, m.org, m.id, arg); err != nil {
			return 0, err
		}
	}
	return len(all), s.tellMass(ctx, tx, m, all)
}

// massFinish ends a message of which nobody waits any more.
func (s *Service) massFinish(ctx context.Context, tx *db.Tx, m *mass) error {
	var waiting int64
	if err := tx.QueryRow(ctx, "SELECT count(*) FROM carrier_mass_send WHERE org_id = ? AND mass_id = ? AND status = 'waiting'", m.org, m.id).Scan(&waiting); err != nil || waiting > 0 {
		return err
	}
	if err := m.set(ctx, tx, "status = 'done', done_at = ?", s.micros()); err != nil {
		return err
	}
	m.status = massDone
	return nil
}

// Reminders of one message in 24 hours.
const remindWithin = 24 * time.Hour

// RemindTask tells a member once more of what they have not confirmed: three
// times in 24 hours at most (errs.CodeTooMany).
func (s *Service) RemindTask(ctx context.Context, orgID, taskID string) error {
	m := &mass{org: orgID}
	load := func(tx *db.Tx) error {
		err := m.scan(tx.QueryRow(ctx, "SELECT "+massColumns+" FROM carrier_mass WHERE org_id = ? AND id = ?", orgID, taskID))
		if db.IsNoRows(err) {
			return errs.NotFound(i18n.T("这个群发任务", "mass message"))
		}
		return err
	}
	var times []int64
	if err := s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		if err := load(tx); err != nil {
			return err
		}
		if m.status != massAsked || m.confirmed > 0 || m.calledOff == 1 {
			return errs.Conflict(i18n.T("没有等待确认的内容，不需要提醒", "Nothing waits to be confirmed there"))
		}
		if err := json.Unmarshal([]byte(m.reminded), &times); err != nil {
			return err
		}
		now := s.micros()
		recent := times[:0]
		for _, at := range times {
			if now-at < remindWithin.Microseconds() {
				recent = append(recent, at)
			}
		}
		if times = recent; len(times) >= wecom.MaxReminders {
			wait := time.Duration(times[0]+remindWithin.Microseconds()-now) * time.Microsecond
			return errs.TooMany(i18n.T("24 小时内最多提醒 %d 次", "%d reminders in 24 hours at most", wecom.MaxReminders), wait)
		}
		// Counted before it is made: who dies between has one less.
		b, err := json.Marshal(append(times, now))
		if err != nil {
			return err
		}
		if err := s.audit(ctx, tx, "carrier.mass_reminded", "mass", m.id, map[string]any{"user_id": m.sender}); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "UPDATE carrier_mass SET reminded = ? WHERE org_id = ? AND id = ?", string(b), orgID, m.id)
		return err
	}); err != nil {
		return err
	}
	a, _, err := s.client(ctx, orgID, m.account, impatient)
	if err != nil {
		return err
	}
	err = s.massClient(a).RemindMass(ctx, m.msgid)
	if wire.KindOf(err) == wire.Done { // somebody cancelled it in WeCom's own console
		err = s.db.Write(ctx, orgID, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, "UPDATE carrier_mass SET called_off = 1, next_at = ? WHERE org_id = ? AND id = ? AND status = 'asked'", s.micros(), orgID, m.id)
			tx.OnCommit(s.rouseMass)
			return err
		})
		return errors.Join(err, errs.Conflict(i18n.T("这个群发已在企业微信里取消", "It was cancelled in WeCom")))
	}
	if wire.Code(err) == wecom.CodeRemindedOften {
		return errs.TooMany(i18n.T("24 小时内最多提醒 %d 次", "%d reminders in 24 hours at most", wecom.MaxReminders), time.Hour)
	}
	return wire.Show(err)
}

// audit notes what the actor in ctx did; what the house does by itself is not
// in the audit log.
func (s *Service) audit(ctx context.Context, tx *db.Tx, action, objectType, objectID string, detail any) error {
	if s.ports.Auditor == nil {
		return nil
	}
	return s.ports.Auditor.Audit(ctx, tx, action, objectType, objectID, detail)
}

// LookAtMass has what waits for members looked at now.
func (s *Service) LookAtMass(ctx context.Context, tx *db.Tx, orgID string, origins []string) error {
	where, arg := tx.In("origin", origins)
	_, err := tx.Exec(ctx, "UPDATE carrier_mass SET next_at = ? WHERE org_id = ? AND status = 'asked' AND next_at > ? AND "+where, s.micros(), orgID, s.micros(), arg)
	tx.OnCommit(s.rouseMass)
	return err
}
