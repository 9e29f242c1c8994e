package carrier

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"fishpond/internal/carrier/wecom"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

const (
	momentJobRest = 2 * time.Second     // between two looks at the making of a moment
	momentHourly  = time.Hour           // between two looks at likes once all is published
	momentFor     = 14 * 24 * time.Hour // how long likes and comments are looked at
	momentNever   = int64(1) << 62
	momentSlow    = 4 // moments are made later than they are asked for
)

// moment is a row of carrier_moment.
type moment struct {
	org, key, account, content, senders, tags, status, job, id string
	end, attempts, since, called, calledOff, asked             int64
}

const orgsPosting = `SELECT org_id FROM carrier_moment WHERE status IN ('queued', 'asking', 'creating', 'asked', 'done') AND next_at <= ?`

// workMoments does one round of the moments of an org.
func (s *Service) workMoments(ctx context.Context, org string) (int, error) {
	now := s.micros()
	var list []*moment
	if err := s.db.Write(ctx, org, func(tx *db.Tx) error {
		list = nil
		return tx.Each(ctx, func(rows *sql.Rows) error {
			m := &moment{org: org}
			err := rows.Scan(&m.key, &m.account, &m.content, &m.senders, &m.tags, &m.status, &m.job, &m.id, &m.end, &m.attempts, &m.since, &m.called, &m.calledOff, &m.asked)
			list = append(list, m)
			return err
		}, `UPDATE carrier_moment SET next_at = ?, attempts = attempts + 1, status = CASE WHEN status = 'queued' THEN 'asking' ELSE status END
			WHERE org_id = ? AND key IN (SELECT key FROM carrier_moment WHERE org_id = ? AND status IN ('queued', 'asking', 'creating', 'asked', 'done') AND next_at <= ? ORDER BY next_at, key LIMIT 4) AND next_at <= ?
			RETURNING key, account_id, content, senders, tags, status, jobid, moment_id, end_at, attempts, since, called_at, called_off, asked_at`, now+massLease.Microseconds(), org, org, now, now)
	}); err != nil {
		return 0, err
	}
	for _, m := range list {
		within, cancel := context.WithTimeout(ctx, massWithin)
		err := s.momentOne(within, m)
		cancel()
		if err != nil && !errors.Is(err, errMassTaken) && ctx.Err() == nil {
			s.logger.WarnContext(ctx, "a moment could not be seen to, will try again", "account", m.account, "moment", m.key, "error", err)
			if err := s.momentSet(ctx, m, "next_at = ?", clock.Micros(s.now().Add(massBackOff(m.attempts)))); err != nil && !errors.Is(err, errMassTaken) {
				return len(list), err
			}
		}
	}
	return len(list), nil
}

// change changes a moment that this attempt still holds.
func (m *moment) change(ctx context.Context, tx *db.Tx, set string, args ...any) error {
	n, err := tx.Changed(ctx, "UPDATE carrier_moment SET "+set+" WHERE org_id = ? AND key = ? AND attempts = ?", append(args, m.org, m.key, m.attempts)...)
	if err == nil && n == 0 {
		err = errMassTaken
	}
	return err
}

func (s *Service) momentSet(ctx context.Context, m *moment, set string, args ...any) error {
	return s.db.Write(context.WithoutCancel(ctx), m.org, func(tx *db.Tx) error { return m.change(ctx, tx, set, args...) })
}

func (s *Service) momentLater(ctx context.Context, m *moment, d time.Duration) error {
	return s.momentSet(ctx, m, "next_at = ?", clock.Micros(s.now().Add(d)))
}

// momentOne brings a moment a step further.
func (s *Service) momentOne(ctx context.Context, m *moment) error {
	var a *account
	if err := s.db.Read(ctx, m.org, func(tx *db.Tx) (err error) {
		a, err = s.accountByID(ctx, tx, m.org, m.account)
		return err
	}); err != nil && !errs.Is(err, errs.CodeNotFound) {
		return err
	}
	over := m.calledOff == 1 || s.micros() >= m.end
	if a == nil || a.status != StatusActive {
		if m.status == massDone {
			return s.momentSet(ctx, m, "next_at = ?", momentNever)
		}
		if a == nil || over && m.since == 0 {
			return s.momentEnd(ctx, m, massCancelled, "", i18n.Text{})
		}
		return s.momentLater(ctx, m, massBackOff(m.attempts))
	}
	c := s.massClient(a)
	switch {
	case m.status == "creating":
		return s.momentMade(ctx, c, m)
	case m.status == massAsked || m.status == massDone:
		return s.momentLook(ctx, c, m, over)
	case m.since > 0:
		return s.momentReconcile(ctx, a, c, m, over)
	case over:
		return s.momentEnd(ctx, m, massCancelled, "", i18n.Text{})
	}
	return s.momentCall(ctx, a, c, m)
}

// momentEnd ends a moment, and those whom it still asks.
func (s *Service) momentEnd(ctx context.Context, m *moment, status, code string, reason i18n.Text) error {
	return s.db.Write(context.WithoutCancel(ctx), m.org, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, "UPDATE carrier_moment_task SET status = 'cancelled' WHERE org_id = ? AND key = ? AND status IN ('queued', 'asked')", m.org, m.key); err != nil {
			return err
		}
		return m.change(ctx, tx, "status = ?, done_at = ?, next_at = ?, code = ?, error_zh = ?, error_en = ?", status, s.micros(), momentNever, code, reason.ZH, reason.EN)
	})
}

func (s *Service) momentCall(ctx context.Context, a *account, c *wecom.Client, m *moment) error {
	var parts []Part
	if err := json.Unmarshal([]byte(m.content), &parts); err != nil {
		return err
	}
	files, err := s.uploadedFor(ctx, a, c, parts)
	if err != nil {
		return s.momentRefused(ctx, m, err)
	}
	ask, err := momentOf(files)
	if err != nil {
		return s.momentRefused(ctx, m, err)
	}
	ask.Senders, ask.Tags = listOf(m.senders), listOf(m.tags)
	now := s.micros()
	if err := s.momentSet(ctx, m, "since = CASE WHEN since = 0 THEN ? ELSE since END, called_at = ?", now, now); err != nil {
		return err
	}
	job, err := c.AddMoment(ctx, ask)
	if err != nil {
		if _, lost := errors.AsType[*wire.LostError](err); lost || ctx.Err() != nil {
			return s.momentLater(ctx, m, momentJobRest)
		}
		return s.momentRefused(ctx, m, err)
	}
	return s.momentSet(ctx, m, "status = 'creating', jobid = ?, next_at = ?", job, s.micros())
}

// uploadedFor puts the files of a moment on the platform, where they are apart
// from those of messages.
func (s *Service) uploadedFor(ctx context.Context, a *account, c *wecom.Client, parts []Part) ([]Part, error) {
	apart := *a
	apart.id += "/moment"
	out := append([]Part{}, parts...)
	for i, p := range out {
		if p.MediaID == "" {
			continue
		}
		p.Kind = map[string]string{PartVideo: PartVideo}[p.Kind]
		if p.Kind == "" {
			p.Kind = PartImage // a picture, or a link's cover
		}
		id, err := s.platformMedia(ctx, &apart, p, c.UploadAttachment)
		if err != nil {
			return nil, err
		}
		out[i].MediaID = id
	}
	return out, nil
}

func (s *Service) momentRefused(ctx context.Context, m *moment, cause error) error {
	shown := errs.As(wire.Show(cause))
	code, text := string(shown.Code), shown.Text
	if c := wire.Code(cause); c != 0 {
		code = fmt.Sprint(c)
	}
	if len(shown.Fields) > 0 {
		text = shown.Fields[0].Text
	}
	switch k := wire.KindOf(cause); {
	case k == wire.Operator, k == wire.Token, k == wire.Busy, k == wire.Crowded, k == wire.Limited, shown.Code == errs.CodeUnavailable, shown.Code == errs.CodeTooMany, shown.Code == errs.CodeInternal:
		return s.momentSet(ctx, m, "since = 0, called_at = 0, next_at = ?, code = ?, error_zh = ?, error_en = ?", clock.Micros(s.now().Add(massBackOff(m.attempts))), code, text.ZH, text.EN)
	}
	return s.momentEnd(ctx, m, massFailed, code, text)
}

// momentMade asks whether the platform has made the moment.
func (s *Service) momentMade(ctx context.Context, c *wecom.Client, m *moment) error {
	j, err := c.MomentJob(ctx, m.job)
	switch {
	case err != nil:
		return err
	case j.Status != wecom.MomentJobDone:
		return s.momentLater(ctx, m, momentJobRest)
	case j.Result.Code != 0 || j.Result.MomentID == "":
		text := wecom.Rules[j.Result.Code].Text
		if text.IsZero() {
			text = i18n.T("企业微信没有创建这条朋友圈（%d）", "WeCom did not make the moment (%d)", j.Result.Code)
		}
		return s.momentEnd(ctx, m, massFailed, fmt.Sprint(j.Result.Code), text)
	}
	return s.momentAsked(ctx, m, j.Result.MomentID, j.Result.InvalidSenders.Users)
}

func (s *Service) momentAsked(ctx context.Context, m *moment, id string, refused []string) error {
	return s.db.Write(context.WithoutCancel(ctx), m.org, func(tx *db.Tx) error {
		now := s.micros()
		if _, err := tx.Exec(ctx, "UPDATE carrier_moment_task SET status = 'asked' WHERE org_id = ? AND key = ? AND status = 'queued'", m.org, m.key); err != nil {
			return err
		}
		if len(refused) > 0 {
			where, arg := tx.In("user_id", refused)
			if _, err := tx.Exec(ctx, "UPDATE carrier_moment_task SET status = 'refused' WHERE org_id = ? AND key = ? AND "+where, m.org, m.key, arg); err != nil {
				return err
			}
		}
		return m.change(ctx, tx, "status = 'asked', moment_id = ?, asked_at = ?, next_at = ?, code = '', error_zh = '', error_en = ''", id, now, now+massSoon.Microseconds())
	})
}

// momentReconcile finds out whether a moment was made of which the answer was
// lost, as [Service.massReconcile] does.
func (s *Service) momentReconcile(ctx context.Context, a *account, c *wecom.Client, m *moment, over bool) error {
	id, err := s.momentFind(ctx, c, m)
	if err != nil {
		return err
	}
	if id != "" {
		return s.momentAsked(ctx, m, id, nil)
	}
	if wait := m.called + momentSlow*s.o.MassSettle.Microseconds() - s.micros(); wait > 0 {
		return s.momentLater(ctx, m, min(time.Duration(wait)*time.Microsecond, 5*time.Second))
	}
	if over {
		return s.momentEnd(ctx, m, massCancelled, "", i18n.Text{})
	}
	return s.momentCall(ctx, a, c, m)
}

func (s *Service) momentFind(ctx context.Context, c *wecom.Client, m *moment) (string, error) {
	var parts []Part
	if err := json.Unmarshal([]byte(m.content), &parts); err != nil {
		return "", err
	}
	ours, err := momentOf(parts)
	if err != nil {
		return "", err
	}
	text := ""
	if ours.Text != nil {
		text = ours.Text.Content
	}
	known, senders := map[string]bool{}, map[string]bool{}
	for _, u := range listOf(m.senders) {
		senders[u] = true
	}
	if err := s.db.Read(ctx, m.org, func(tx *db.Tx) error {
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			known[id] = true
			return err
		}, "SELECT moment_id FROM carrier_moment WHERE org_id = ? AND account_id = ? AND moment_id <> ''", m.org, m.account)
	}); err != nil {
		return "", err
	}
	from, to := clock.Time(m.since).Add(-massDoubt), clock.Time(m.called).Add(massWithin+massDoubt)
	if to.Sub(from) > wecom.MaxMassSpan {
		from = to.Add(-wecom.MaxMassSpan)
	}
	for cursor := ""; ; {
		list, next, err := c.Moments(ctx, from, to, cursor)
		if err != nil {
			return "", err
		}
	candidates:
		for _, r := range list {
			if known[r.ID] || r.CreateType != 0 || strings.Join(strings.Fields(text), " ") != strings.Join(strings.Fields(r.Text.Content), " ") {
				continue
			}
			tasks, _, err := c.MomentTasks(ctx, r.ID, "")
			if err != nil {
				return "", err
			}
			for _, t := range tasks {
				if !senders[t.UserID] {
					continue candidates
				}
			}
			if len(tasks) > 0 {
				return r.ID, nil
			}
		}
		if next == "" || next == cursor {
			return "", nil
		}
		cursor = next
	}
}
