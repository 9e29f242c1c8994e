package timeline

import (
	"context"
	"encoding/json"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Parked is an event that a subscriber could not take.
type Parked struct {
	ID         string          `json:"id"`
	Subscriber string          `json:"subscriber"`
	EventID    string          `json:"event_id"`
	Kind       string          `json:"kind"`
	PersonID   string          `json:"person_id"`
	Error      string          `json:"error"`
	Attempts   int64           `json:"attempts"`
	ParkedAt   time.Time       `json:"parked_at"`
	Data       json.RawMessage `json:"data"`
}

// Status says how far a subscriber has come.
type Status struct {
	Name      string     `json:"name"`
	Lag       int64      `json:"lag" doc:"Events not taken yet, counted up to 100,000"`
	Parked    int64      `json:"parked" doc:"Events that it could not take"`
	UpdatedAt *time.Time `json:"updated_at" doc:"When it last moved; null before the first event"`
}

const maxLag = 100_000 // counting further costs more than it tells

// Status tells where each subscriber stands in an org's log.
func (r *Runner) Status(ctx context.Context, orgID string) ([]Status, error) {
	var out []Status
	err := r.db.Read(ctx, orgID, func(tx *db.Tx) error {
		out = nil
		for _, s := range r.subs {
			st := Status{Name: s.Name}
			var at Position
			var updated int64
			err := tx.QueryRow(ctx, "SELECT xid, seq, updated_at FROM timeline_cursor WHERE org_id = ? AND subscriber = ?", orgID, s.Name).Scan(&at.XID, &at.Seq, &updated)
			if err != nil && !db.IsNoRows(err) {
				return err
			}
			st.UpdatedAt = clock.Ptr(updated)
			where, from := beyond(tx, at)
			if err := tx.QueryRow(ctx, "SELECT count(*) FROM (SELECT 1 FROM timeline_event WHERE org_id = ? AND "+where+" LIMIT ?) AS behind",
				append(append([]any{orgID}, from...), maxLag)...).Scan(&st.Lag); err != nil {
				return err
			}
			if err := tx.QueryRow(ctx, "SELECT count(*) FROM timeline_parked WHERE org_id = ? AND subscriber = ?", orgID, s.Name).Scan(&st.Parked); err != nil {
				return err
			}
			out = append(out, st)
		}
		return nil
	})
	return out, err
}

// Parked lists events that could not be taken, newest first, of one
// subscriber or of all when name is empty. after is the id of the last one of
// the page before.
func (r *Runner) Parked(ctx context.Context, orgID, name, after string, limit int) ([]Parked, error) {
	var out []Parked
	err := r.db.Read(ctx, orgID, func(tx *db.Tx) (err error) {
		out, err = parkedRows(ctx, tx, `WHERE p.org_id = ? AND (p.subscriber = ? OR ? = '') AND (p.id < ? OR ? = '')
			ORDER BY p.id DESC LIMIT ?`, orgID, name, name, after, after, limit)
		return err
	})
	return out, err
}

func parkedRows(ctx context.Context, tx *db.Tx, tail string, args ...any) ([]Parked, error) {
	rows, err := tx.Query(ctx, `SELECT p.id, p.subscriber, p.event_id, e.kind, e.person_id, p.error, p.attempts, p.parked_at, e.data
		FROM timeline_parked p JOIN timeline_event e ON e.org_id = p.org_id AND e.id = p.event_id `+tail, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Parked
	for rows.Next() {
		var p Parked
		var at int64
		var data []byte
		if err := rows.Scan(&p.ID, &p.Subscriber, &p.EventID, &p.Kind, &p.PersonID, &p.Error, &p.Attempts, &at, &data); err != nil {
			return nil, err
		}
		p.ParkedAt, p.Data = clock.Time(at), data
		out = append(out, p)
	}
	return out, rows.Err()
}

var errNoParked = errs.NotFound(i18n.T("这条搁置的事件", "parked event"))

// Replay tries a parked event again. It leaves the list when the subscriber
// takes it; otherwise its error and count are brought up to date and ok is
// false. audit, when given, records the try in the same transaction.
func (r *Runner) Replay(ctx context.Context, orgID, id string, audit Auditor) (ok bool, err error) {
	var found []Parked
	if err := r.db.Read(ctx, orgID, func(tx *db.Tx) (err error) {
		found, err = parkedRows(ctx, tx, "WHERE p.org_id = ? AND p.id = ?", orgID, id)
		return err
	}); err != nil {
		return false, err
	}
	if len(found) == 0 {
		return false, errNoParked
	}
	p := found[0]
	s := r.subscriber(p.Subscriber)
	if s == nil {
		return false, errs.Conflict(i18n.T("处理这条事件的模块（%s）已不存在", "The part that follows this event, %s, no longer exists", p.Subscriber))
	}
	err = r.db.Write(ctx, orgID, func(tx *db.Tx) error {
		if err := s.lock(ctx, tx, orgID); err != nil {
			return err
		}
		// The delete is the compare-and-set: of two replays one finds nothing.
		n, err := tx.Changed(ctx, "DELETE FROM timeline_parked WHERE org_id = ? AND id = ? AND attempts = ?", orgID, id, p.Attempts)
		if err != nil {
			return err
		}
		if n == 0 {
			return errNoParked
		}
		e, err := r.log.byID(ctx, tx, orgID, p.EventID)
		if err != nil {
			return err
		}
		if audit != nil {
			if err := audit.Audit(ctx, tx, "timeline.replay", "event", p.EventID, map[string]any{"subscriber": p.Subscriber}); err != nil {
				return err
			}
		}
		return s.Handle(ctx, tx, orgID, []Event{e})
	})
	if err == nil || errs.Is(err, errs.CodeNotFound) || db.IsTransient(err) {
		return err == nil, err
	}
	cause := err
	return false, r.db.Write(ctx, orgID, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE timeline_parked SET error = ?, attempts = attempts + 1 WHERE org_id = ? AND id = ? AND attempts = ?",
			cause.Error(), orgID, id, p.Attempts)
		return err
	})
}

// ReplayAll tries every parked event of a subscriber again, oldest first, and
// returns how many were taken and how many stay.
func (r *Runner) ReplayAll(ctx context.Context, orgID, name string, audit Auditor) (taken, kept int, err error) {
	var list []string
	if err := r.db.Read(ctx, orgID, func(tx *db.Tx) error {
		list = nil
		rows, err := tx.Query(ctx, "SELECT id FROM timeline_parked WHERE org_id = ? AND subscriber = ? ORDER BY id", orgID, name)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			list = append(list, id)
		}
		return rows.Err()
	}); err != nil {
		return 0, 0, err
	}
	for _, id := range list {
		ok, err := r.Replay(ctx, orgID, id, audit)
		switch {
		case errs.Is(err, errs.CodeNotFound): // somebody else took it meanwhile
		case err != nil:
			return taken, kept, err
		case ok:
			taken++
		default:
			kept++
		}
	}
	return taken, kept, nil
}
