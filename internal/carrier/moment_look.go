package carrier

import (
	"context"
	"time"

	"fishpond/internal/carrier/wecom"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// momentLook asks who has published a moment, on how many timelines it is, and
// who liked it and commented.
func (s *Service) momentLook(ctx context.Context, c *wecom.Client, m *moment, over bool) error {
	if over && m.status == massAsked {
		if err := c.CancelMoment(ctx, m.id); err != nil && wire.KindOf(err) != wire.Missing {
			return err
		}
	}
	open, published, users := 0, 0, []string(nil)
	for cursor := ""; ; {
		list, next, err := c.MomentTasks(ctx, m.id, cursor)
		if err != nil {
			return err
		}
		for _, t := range list {
			users = append(users, t.UserID)
			if t.Status != 1 {
				open++
				continue
			}
			published++
			if err := s.momentPost(ctx, c, m, t.UserID); err != nil {
				return err
			}
		}
		if next == "" || next == cursor {
			break
		}
		cursor = next
	}
	if err := s.db.Write(context.WithoutCancel(ctx), m.org, func(tx *db.Tx) error { // who is not among them was left out by the platform
		where, arg := tx.In("user_id", users)
		_, err := tx.Exec(ctx, "UPDATE carrier_moment_task SET status = 'refused' WHERE org_id = ? AND key = ? AND status = 'asked' AND NOT ("+where+")", m.org, m.key, arg)
		return err
	}); err != nil {
		return err
	}
	switch {
	case over && published == 0 && m.status == massAsked:
		return s.momentEnd(ctx, m, massCancelled, "", massWords[map[int64]string{0: "unconfirmed", 1: "called_off"}[m.calledOff]])
	case over || open == 0: // nobody will publish it any more; likes still come
		next := momentNever
		if s.micros()-m.asked < momentFor.Microseconds() {
			next = clock.Micros(s.now().Add(momentHourly))
		}
		return s.db.Write(context.WithoutCancel(ctx), m.org, func(tx *db.Tx) error {
			if _, err := tx.Exec(ctx, "UPDATE carrier_moment_task SET status = 'cancelled' WHERE org_id = ? AND key = ? AND status IN ('queued', 'asked')", m.org, m.key); err != nil {
				return err
			}
			return m.change(ctx, tx, "status = 'done', done_at = CASE WHEN done_at = 0 THEN ? ELSE done_at END, next_at = ?", s.micros(), next)
		})
	}
	age := time.Duration(s.micros()-m.asked) * time.Microsecond
	return s.momentLater(ctx, m, min(max(age/4, massSoon), massSeldom))
}

type reactionKey struct {
	kind, by string
	at       int64
}

// momentPost notes what came of one member's post.
func (s *Service) momentPost(ctx context.Context, c *wecom.Client, m *moment, user string) error {
	seen := int64(0)
	for cursor := ""; ; {
		list, next, err := c.MomentSeen(ctx, m.id, user, cursor)
		if wire.KindOf(err) == wire.Missing { // not there yet
			return nil
		}
		if err != nil {
			return err
		}
		seen += int64(len(list))
		if next == "" || next == cursor {
			break
		}
		cursor = next
	}
	comments, likes, err := c.MomentReactions(ctx, m.id, user)
	if err != nil {
		return err
	}
	var kinds, by []string
	var at []int64
	had := map[reactionKey]bool{}
	add := func(kind string, all []wecom.Reaction) {
		for _, r := range all {
			id := r.External
			if id == "" {
				id = r.UserID
			}
			when := clock.Micros(time.Unix(int64(r.CreateTime), 0))
			k := reactionKey{kind, id, when}
			if id == "" || len(id) > maxID || had[k] {
				continue
			}
			had[k] = true
			kinds, by, at = append(kinds, kind), append(by, id), append(at, when)
		}
	}
	add("comment", comments)
	add("like", likes)
	return s.db.Write(context.WithoutCancel(ctx), m.org, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE carrier_moment_task SET status = 'published', published_at = CASE WHEN published_at = 0 THEN ? ELSE published_at END, customers = ? WHERE org_id = ? AND key = ? AND user_id = ?`,
			s.micros(), seen, m.org, m.key, user); err != nil {
			return err
		}
		// A like can be taken back: what is not there any more does not count.
		if _, err := tx.Exec(ctx, "DELETE FROM carrier_moment_reaction WHERE org_id = ? AND key = ? AND user_id = ?", m.org, m.key, user); err != nil {
			return err
		}
		n := len(by)
		_, err := tx.BulkInsert(ctx, "carrier_moment_reaction", "", db.Same("org_id", m.org, n), db.Same("key", m.key, n), db.Same("user_id", user, n), db.Text("kind", kinds), db.Text("by_id", by), db.Int("at", at))
		return err
	})
}
