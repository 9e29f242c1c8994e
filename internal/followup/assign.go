package followup

import (
	"context"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// kindTask is the kind of a promise that another part of the house made for a
// member of staff.
const kindTask = "task"

// Task is something that a member of staff is to do for a person.
type Task struct {
	PersonID, StaffID string
	Text              string // 1–500 characters
	Due               time.Time
}

// AssignTask puts a task on somebody's list, today's if it is due today, and returns
// its id. Who does not work on lists any more, or a person who is no longer in
// the pool, is errs.CodeNotFound.
func (s *Service) AssignTask(ctx context.Context, tx *db.Tx, orgID string, t Task) (string, error) {
	if err := s.lock(ctx, tx, orgID); err != nil {
		return "", err
	}
	members, err := s.Staff.Members(ctx, tx, orgID)
	if err != nil {
		return "", err
	}
	if !members[t.StaffID].Able {
		return "", errs.NotFound(i18n.T("这位员工", "staff member"))
	}
	at, err := s.Audience.Places(ctx, tx, orgID, []string{t.PersonID})
	if err != nil {
		return "", err
	}
	who, ok := at[t.PersonID]
	if !ok {
		return "", errNoPerson
	}
	zone, now, err := s.clockOf(ctx, tx, orgID)
	if err != nil {
		return "", err
	}
	p := promise{id: ids.New("flp"), person: who.ID, staff: t.StaffID, kind: kindTask, due: clock.Micros(t.Due), text: t.Text}
	p.day = dayAt(p.due, zone)
	if err := insertPromise(ctx, tx, orgID, p, t.PersonID, now); err != nil {
		return "", err
	}
	return p.id, s.listNow(ctx, tx, orgID, p, zone, now)
}

// WithdrawTasks takes open tasks off the lists.
func (s *Service) WithdrawTasks(ctx context.Context, tx *db.Tx, orgID string, taskIDs []string) error {
	if err := s.lock(ctx, tx, orgID); err != nil {
		return err
	}
	now := clock.Micros(s.now())
	where, arg := tx.In("id", taskIDs)
	open, err := promises(ctx, tx, orgID, "status = 'open' AND kind = ? AND "+where, kindTask, arg)
	if err != nil {
		return err
	}
	for _, p := range open {
		if _, err := tx.Exec(ctx, "UPDATE followup_promise SET status = 'cancelled', changed_at = ? WHERE org_id = ? AND id = ? AND status = 'open'", now, orgID, p.id); err != nil {
			return err
		}
		if err := s.unlist(ctx, tx, orgID, p.id, now); err != nil {
			return err
		}
	}
	return nil
}
