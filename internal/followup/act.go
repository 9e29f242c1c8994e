package followup

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"fishpond/internal/followup/followupevent"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/timeline"
)

// Outcome is what came of attending to somebody.
type Outcome struct {
	NextStep string     `json:"next_step,omitempty" maxLength:"500" doc:"What is to be done next"`
	NextAt   *time.Time `json:"next_at,omitempty" doc:"When: it becomes a promise and comes on that day's list"`
	Note     string     `json:"note,omitempty" maxLength:"1000"`
	Until    string     `json:"until,omitempty" maxLength:"10" doc:"Postponed: to this day, YYYY-MM-DD; at most a year away"`
}

const farthest = 366 // days that something can be put off

// attended is what the module works with while somebody attends to an item.
type attended struct {
	*Service
	tx    *db.Tx
	a     access.Actor
	item  *Item
	rules map[string]*Rule
	why   []struct {
		rule, promise string
		anchor        int64
	}
	today Day
	zone  *time.Location
	now   int64
}

// attend runs fn on an item in a transaction and returns it as it is then.
func (s *Service) attend(ctx context.Context, id string, fn func(d *attended) error) (Item, error) {
	a := actor(ctx)
	err := s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if err := s.lock(ctx, tx, a.OrgID); err != nil {
			return err
		}
		d := &attended{Service: s, tx: tx, a: a, rules: map[string]*Rule{}, now: clock.Micros(s.now())}
		var err error
		if d.item, err = itemFor(ctx, tx, a, id); err != nil {
			return err
		}
		org, err := s.Orgs.Settings(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		d.zone, d.today = org.Zone, dayAt(d.now, org.Zone)
		all, err := rulesOf(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		for _, r := range all {
			d.rules[r.ID] = r
		}
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			d.why = append(d.why, struct {
				rule, promise string
				anchor        int64
			}{})
			w := &d.why[len(d.why)-1]
			return rows.Scan(&w.rule, &w.promise, &w.anchor)
		}, "SELECT rule_id, promise_id, anchor_at FROM followup_reason WHERE org_id = ? AND item_id = ? ORDER BY n", a.OrgID, id); err != nil {
			return err
		}
		return fn(d)
	})
	if err != nil {
		return Item{}, err
	}
	return s.Item(ctx, id)
}

var errNotOpen = errs.Conflict(i18n.T("这一项已经处理过，或已不在当前名单上，请刷新", "This was attended to already, or is no longer on the present list; reload"))

// settle sets the status of an item, if it is still as it was seen.
func (d *attended) settle(ctx context.Context, status string, o Outcome, until Day, promise string) error {
	n, err := d.tx.Changed(ctx, `UPDATE followup_item SET status = ?, handled_at = ?, handled_by = ?, changed_at = ?, next_step = ?, next_at = ?, note = ?, until_day = ?, promise_id = ?
		WHERE org_id = ? AND id = ? AND status = ?`,
		status, d.now, d.a.ID, d.now, o.NextStep, micros(o.NextAt), o.Note, int64(until), promise, d.a.OrgID, d.item.ID, d.item.Status)
	if err == nil && n == 0 {
		err = errNotOpen
	}
	return err
}

func micros(t *time.Time) int64 {
	if t == nil {
		return 0
	}
	return clock.Micros(*t)
}

// mark notes that a rule is not to list the person, for whatever reason it did.
func (d *attended) mark(ctx context.Context, until func(*Rule) Day, occasion bool) error {
	done := map[string]bool{}
	for _, w := range d.why {
		r := d.rules[w.rule]
		if r == nil || r.Anchor == Promised || done[w.rule] {
			continue
		}
		done[w.rule] = true
		anchor := int64(0)
		if occasion {
			anchor = w.anchor
		}
		if _, err := d.tx.Exec(ctx, `INSERT INTO followup_mark (org_id, person_id, rule_id, spoken_id, anchor_at, until_day, item_id, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (org_id, person_id, rule_id) DO UPDATE SET spoken_id = excluded.spoken_id, anchor_at = excluded.anchor_at, until_day = excluded.until_day, item_id = excluded.item_id, at = excluded.at`,
			d.a.OrgID, d.item.PersonID, w.rule, d.item.spoken, anchor, int64(until(r)), d.item.ID, d.now); err != nil {
			return err
		}
	}
	return nil
}

// keep settles the promises for which the person was listed.
func (d *attended) keep(ctx context.Context, from, to string) error {
	for _, w := range d.why {
		if w.promise == "" {
			continue
		}
		if _, err := d.tx.Exec(ctx, "UPDATE followup_promise SET status = ?, changed_at = ? WHERE org_id = ? AND id = ? AND status = ?", to, d.now, d.a.OrgID, w.promise, from); err != nil {
			return err
		}
	}
	return nil
}

func (d *attended) tell(ctx context.Context, kind string, e followupevent.Item) error {
	e.ItemID, e.StaffID = d.item.ID, d.a.ID
	seen := map[string]bool{}
	for _, w := range d.why {
		if !seen[w.rule] {
			seen[w.rule] = true
			e.Rules = append(e.Rules, w.rule)
		}
	}
	if _, err := d.log.Append(ctx, d.tx, d.a.OrgID, timeline.Fact{Kind: kind, PersonID: d.item.PersonID, OccurredAt: clock.Time(d.now), Source: "console", Data: e}); err != nil {
		return err
	}
	return d.Auditor.Audit(ctx, d.tx, kind, "person", d.item.PersonID, map[string]any{"item_id": d.item.ID, "staff_id": d.item.StaffID})
}

func (o *Outcome) tidy() {
	o.NextStep, o.Note = strings.TrimSpace(strings.ToValidUTF8(o.NextStep, "")), strings.TrimSpace(strings.ToValidUTF8(o.Note, ""))
}

// ahead checks a moment of the future.
func (d *attended) ahead(path string, at *time.Time) error {
	if at == nil {
		return nil
	}
	us := clock.Micros(*at)
	if us < d.now-int64(time.Hour/time.Microsecond) || dayAt(us, d.zone) > d.today+farthest {
		return errs.InvalidField(path, i18n.T("时间应在现在到一年之内", "The time must be between now and a year from now"))
	}
	return nil
}

// Done notes that somebody was attended to, and what comes next.
func (s *Service) Done(ctx context.Context, id string, o Outcome) (Item, error) {
	o.tidy()
	return s.attend(ctx, id, func(d *attended) error {
		if err := d.ahead("body.next_at", o.NextAt); err != nil {
			return err
		}
		if o.NextAt != nil && o.NextStep == "" {
			return errs.InvalidField("body.next_step", i18n.T("定了时间，请写下要做什么", "With a time, say what is to be done"))
		}
		if d.item.Status != Open {
			return errNotOpen
		}
		promise := ""
		if o.NextAt != nil {
			var err error
			if promise, err = d.promise(ctx, "next_step", micros(o.NextAt), o.NextStep); err != nil {
				return err
			}
		}
		if err := d.settle(ctx, Done, o, 0, promise); err != nil {
			return err
		}
		if err := d.mark(ctx, func(r *Rule) Day { return d.today + Day(r.RestDays) }, true); err != nil {
			return err
		}
		if err := d.keep(ctx, "open", "kept"); err != nil {
			return err
		}
		return d.tell(ctx, followupevent.Done, followupevent.Item{NextStep: o.NextStep, Due: o.NextAt})
	})
}

// Postpone puts somebody off to another day.
func (s *Service) Postpone(ctx context.Context, id string, o Outcome) (Item, error) {
	o.tidy()
	return s.attend(ctx, id, func(d *attended) error {
		until, err := dayField("body.until", o.Until, d.today+1)
		if err != nil {
			return err
		}
		if until <= d.today || until > d.today+farthest {
			return errs.InvalidField("body.until", i18n.T("请选明天到一年之内的一天", "Choose a day from tomorrow to a year from now"))
		}
		if d.item.Status != Open {
			return errNotOpen
		}
		due := until.At(9*60, d.zone)
		promise, err := d.promise(ctx, "postponed", clock.Micros(due), o.Note)
		if err != nil {
			return err
		}
		o.NextAt = nil
		if err := d.settle(ctx, Postponed, o, until, promise); err != nil {
			return err
		}
		if err := d.mark(ctx, func(*Rule) Day { return until - 1 }, false); err != nil {
			return err
		}
		if err := d.keep(ctx, "open", "kept"); err != nil {
			return err
		}
		return d.tell(ctx, followupevent.Postponed, followupevent.Item{Due: &due})
	})
}

// Decline notes that somebody is not interested: the rules by which they were
// listed leave them alone for so many days as each says.
func (s *Service) Decline(ctx context.Context, id string, o Outcome) (Item, error) {
	o.tidy()
	o.NextStep, o.NextAt = "", nil
	return s.attend(ctx, id, func(d *attended) error {
		if d.item.Status != Open {
			return errNotOpen
		}
		if err := d.settle(ctx, Declined, o, 0, ""); err != nil {
			return err
		}
		if err := d.mark(ctx, func(r *Rule) Day { return d.today + Day(r.DeclineDays) }, true); err != nil {
			return err
		}
		if err := d.keep(ctx, "open", "kept"); err != nil {
			return err
		}
		return d.tell(ctx, followupevent.Declined, followupevent.Item{})
	})
}

// Undo takes back what was done about somebody, while their list is the
// present one. What was promised with it is cancelled.
func (s *Service) Undo(ctx context.Context, id string) (Item, error) {
	return s.attend(ctx, id, func(d *attended) error {
		was := d.item.Status
		if was != Done && was != Postponed && was != Declined {
			return errs.Conflict(i18n.T("这一项没有可撤销的操作", "There is nothing to take back here"))
		}
		var last Day
		if err := d.tx.QueryRow(ctx, "SELECT MAX(day) FROM followup_day WHERE org_id = ?", d.a.OrgID).Scan(&last); err != nil {
			return err
		}
		if last != d.item.day {
			return errs.Conflict(i18n.T("已有新的名单，不能再撤销", "There is a newer list; this can no longer be taken back"))
		}
		made := d.item.promiseID
		status := Open
		if d.item.ResultOrders > 0 {
			status = Converted
		}
		n, err := d.tx.Changed(ctx, `UPDATE followup_item SET status = ?, handled_at = 0, handled_by = '', changed_at = ?, next_step = '', next_at = 0, note = '', until_day = 0, promise_id = ''
			WHERE org_id = ? AND id = ? AND status = ?`, status, d.now, d.a.OrgID, d.item.ID, was)
		if err == nil && n == 0 {
			err = errNotOpen
		}
		if err != nil {
			return err
		}
		if made != "" {
			if _, err := d.tx.Exec(ctx, "UPDATE followup_promise SET status = 'cancelled', changed_at = ? WHERE org_id = ? AND id = ? AND status = 'open'", d.now, d.a.OrgID, made); err != nil {
				return err
			}
		}
		if _, err := d.tx.Exec(ctx, "DELETE FROM followup_mark WHERE org_id = ? AND person_id = ? AND item_id = ?", d.a.OrgID, d.item.PersonID, d.item.ID); err != nil {
			return err
		}
		if err := d.keep(ctx, "kept", "open"); err != nil {
			return err
		}
		return d.tell(ctx, followupevent.Undone, followupevent.Item{Was: was})
	})
}

// Assign gives somebody on the present lists to another member of staff;
// empty: to nobody.
func (s *Service) Assign(ctx context.Context, id, staffID string) (Item, error) {
	return s.attend(ctx, id, func(d *attended) error {
		members, err := s.Staff.Members(ctx, d.tx, d.a.OrgID)
		if err != nil {
			return err
		}
		m, ok := members[staffID]
		switch {
		case staffID != "" && !ok:
			return errs.InvalidField("body.staff_id", i18n.T("没有这位员工", "There is no such member of staff"))
		case staffID != "" && !m.Able:
			return errs.InvalidField("body.staff_id", i18n.T("这位员工不能处理名单", "This member of staff cannot attend to lists"))
		case d.item.Status != Open:
			return errNotOpen
		}
		if _, err := d.tx.Exec(ctx, `UPDATE followup_item SET staff_id = ?, changed_at = ?, position = 1 + (SELECT COALESCE(MAX(o.position), 0) FROM followup_item o WHERE o.org_id = ? AND o.day = ? AND o.staff_id = ?)
			WHERE org_id = ? AND id = ?`, staffID, d.now, d.a.OrgID, int64(d.item.day), staffID, d.a.OrgID, d.item.ID); err != nil {
			return err
		}
		for staff, by := range map[string]int64{d.item.StaffID: -1, staffID: 1} {
			if _, err := d.tx.Exec(ctx, `INSERT INTO followup_list (org_id, day, staff_id, listed, beyond) VALUES (?, ?, ?, ?, 0)
				ON CONFLICT (org_id, day, staff_id) DO UPDATE SET listed = followup_list.listed + excluded.listed`, d.a.OrgID, int64(d.item.day), staff, by); err != nil {
				return err
			}
		}
		return s.Auditor.Audit(ctx, d.tx, "followup.assigned", "person", d.item.PersonID, map[string]any{"item_id": d.item.ID, "from": d.item.StaffID, "to": staffID})
	})
}
