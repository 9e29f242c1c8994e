package followup

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"fishpond/internal/followup/followupevent"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/timeline"
)

// promise is what was promised to somebody.
type promise struct {
	id, person, staff, kind, text, status, item string
	due, created                                int64
	day                                         Day
}

func promises(ctx context.Context, tx *db.Tx, orgID, where string, args ...any) (out []promise, err error) {
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var p promise
		err := rows.Scan(&p.id, &p.person, &p.staff, &p.kind, &p.due, &p.day, &p.text, &p.status, &p.item, &p.created)
		out = append(out, p)
		return err
	}, "SELECT id, person_id, staff_id, kind, due_at, day, text, status, item_id, created_at FROM followup_promise WHERE org_id = ? AND "+where, append([]any{orgID}, args...)...)
}

// Promise is what was promised to somebody: to call back on Friday at three.
type Promise struct {
	ID        string    `json:"id"`
	PersonID  string    `json:"person_id"`
	Name      string    `json:"name" doc:"The person's"`
	StaffID   string    `json:"staff_id" doc:"Who promised"`
	StaffName string    `json:"staff_name"`
	Kind      string    `json:"kind" enum:"promise,next_step,postponed,task"`
	DueAt     time.Time `json:"due_at"`
	Day       string    `json:"day" doc:"On whose list it comes"`
	Text      string    `json:"text"`
	Status    string    `json:"status" enum:"open,kept,cancelled"`
	Overdue   bool      `json:"overdue"`
	CreatedAt time.Time `json:"created_at"`
}

// PromiseInput is a promise as somebody writes it.
type PromiseInput struct {
	PersonID string    `json:"person_id" minLength:"1" maxLength:"64"`
	DueAt    time.Time `json:"due_at"`
	Text     string    `json:"text" minLength:"1" maxLength:"500"`
}

// PromisePatch changes a promise; what is left out stays.
type PromisePatch struct {
	DueAt  *time.Time `json:"due_at,omitempty"`
	Text   *string    `json:"text,omitempty" minLength:"1" maxLength:"500"`
	Status string     `json:"status,omitempty" enum:"open,kept,cancelled"`
}

// promise stores one for the person of an item.
func (d *attended) promise(ctx context.Context, kind string, due int64, text string) (string, error) {
	p := promise{id: ids.New("flp"), person: d.item.PersonID, staff: d.a.ID, kind: kind, due: due, day: dayAt(due, d.zone), text: text, item: d.item.ID}
	if err := insertPromise(ctx, d.tx, d.a.OrgID, p, d.item.spoken, d.now); err != nil {
		return "", err
	}
	if kind == "postponed" {
		return p.id, nil
	}
	return p.id, d.told(ctx, d.tx, d.a, p)
}

func insertPromise(ctx context.Context, tx *db.Tx, orgID string, p promise, spoken string, now int64) error {
	_, err := tx.Exec(ctx, `INSERT INTO followup_promise (org_id, id, person_id, spoken_id, staff_id, kind, due_at, day, text, status, item_id, created_at, changed_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?, ?)`, orgID, p.id, p.person, spoken, p.staff, p.kind, p.due, int64(p.day), p.text, p.item, now, now)
	return err
}

func (s *Service) told(ctx context.Context, tx *db.Tx, a access.Actor, p promise) error {
	_, err := s.log.Append(ctx, tx, a.OrgID, timeline.Fact{Kind: followupevent.Promised, PersonID: p.person, OccurredAt: s.now(), Source: "console",
		Data: followupevent.Promise{PromiseID: p.id, ItemID: p.item, StaffID: p.staff, NextStep: p.text, Due: clock.Time(p.due)}})
	return err
}

// seen finds a person whom whoever acts may see, and returns who speaks for
// them.
func (s *Service) seen(ctx context.Context, tx *db.Tx, a access.Actor, personID string) (Described, error) {
	at, err := s.Audience.Places(ctx, tx, a.OrgID, []string{personID})
	if err != nil {
		return Described{}, err
	}
	p, ok := at[personID]
	if !ok {
		return Described{}, errNoPerson
	}
	who, err := s.Audience.Described(ctx, tx, a.OrgID, []uint32{p.Seq}, Wanted{})
	switch {
	case err != nil:
		return Described{}, err
	case len(who) == 0, a.OwnOnly && who[0].Owner != a.ID:
		return Described{}, errNoPerson
	}
	return who[0], nil
}

// Promise notes a promise of whoever acts. One that is due today comes on
// today's list at once.
func (s *Service) Promise(ctx context.Context, in PromiseInput) (out Promise, err error) {
	a := actor(ctx)
	in.Text = strings.TrimSpace(strings.ToValidUTF8(in.Text, ""))
	id := ids.New("flp")
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if err := s.lock(ctx, tx, a.OrgID); err != nil {
			return err
		}
		who, err := s.seen(ctx, tx, a, in.PersonID)
		if err != nil {
			return err
		}
		zone, now, err := s.clockOf(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		p := promise{id: id, person: who.ID, staff: a.ID, kind: "promise", due: clock.Micros(in.DueAt), text: in.Text}
		p.day = dayAt(p.due, zone)
		if err := checkPromise(p, dayAt(now, zone)); err != nil {
			return err
		}
		if err := insertPromise(ctx, tx, a.OrgID, p, in.PersonID, now); err != nil {
			return err
		}
		if err := s.told(ctx, tx, a, p); err != nil {
			return err
		}
		if err := s.listNow(ctx, tx, a.OrgID, p, zone, now); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, followupevent.Promised, "person", who.ID, map[string]any{"promise_id": id})
	})
	if err != nil {
		return out, err
	}
	return s.promiseByID(ctx, id)
}

func (s *Service) clockOf(ctx context.Context, tx *db.Tx, orgID string) (*time.Location, int64, error) {
	org, err := s.Orgs.Settings(ctx, tx, orgID)
	return org.Zone, clock.Micros(s.now()), err
}

func checkPromise(p promise, today Day) error {
	switch {
	case p.text == "" && p.kind != "postponed":
		return errs.InvalidField("body.text", i18n.T("请写下约了什么", "Say what was promised"))
	case p.day < today || p.day > today+farthest:
		return errs.InvalidField("body.due_at", i18n.T("请选今天到一年之内的时间", "Choose a time from today to a year from now"))
	}
	return nil
}

// listNow puts a promise that is due on the present lists, if it is for today
// and today has lists.
func (s *Service) listNow(ctx context.Context, tx *db.Tx, orgID string, p promise, zone *time.Location, now int64) error {
	today := dayAt(now, zone)
	if p.day > today {
		return nil
	}
	var built bool
	if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM followup_day WHERE org_id = ? AND day = ?)", orgID, int64(today)).Scan(&built); err != nil || !built {
		return err
	}
	rule := builtinID("promised")
	f := Facts{At: clock.Ptr(p.due), Day: p.day.String(), Days: int(today - p.day), Promise: p.kind, Text: p.text, By: p.staff}
	there, err := itemsWhere(ctx, tx, orgID, "day = ? AND person_id = ?", int64(today), p.person)
	if err != nil {
		return err
	}
	if len(there) > 0 && there[0].Status != Open && there[0].Status != Lapsed {
		return nil // on today's list already, attended to; it comes tomorrow
	}
	id, n := "", int64(0)
	if len(there) > 0 {
		id = there[0].ID
		if err := tx.QueryRow(ctx, "SELECT 1 + COALESCE(MAX(n), -1) FROM followup_reason WHERE org_id = ? AND item_id = ?", orgID, id).Scan(&n); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "UPDATE followup_item SET status = 'open', changed_at = ? WHERE org_id = ? AND id = ?", now, orgID, id); err != nil {
			return err
		}
	} else {
		id = ids.New("fli")
		if _, err := tx.Exec(ctx, `INSERT INTO followup_item (org_id, id, day, person_id, spoken_id, staff_id, status, weight, position, first_day, listed_at, changed_at, handled_at, handled_by, next_step, next_at, note,
			until_day, promise_id, answered_at, replied_at, ordered_at, orders, gain_minor, currency)
			VALUES (?, ?, ?, ?, ?, ?, 'open', 100, 1 + (SELECT COALESCE(MAX(position), 0) FROM followup_item WHERE org_id = ? AND day = ? AND staff_id = ?), ?, ?, ?, 0, '', '', 0, '', 0, '', 0, 0, 0, 0, 0, '')`,
			orgID, id, int64(today), p.person, p.person, p.staff, orgID, int64(today), p.staff, int64(today), now, now); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO followup_list (org_id, day, staff_id, listed, beyond) VALUES (?, ?, ?, 1, 0)
			ON CONFLICT (org_id, day, staff_id) DO UPDATE SET listed = followup_list.listed + 1`, orgID, int64(today), p.staff); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, "INSERT INTO followup_reason (org_id, item_id, n, rule_id, promise_id, anchor_at, data) VALUES (?, ?, ?, ?, ?, ?, ?)", orgID, id, n, rule, p.id, p.due, f.encode())
	return err
}

// promiseFor finds a promise that whoever acts may see.
func (s *Service) promiseFor(ctx context.Context, tx *db.Tx, a access.Actor, id string) (promise, error) {
	found, err := promises(ctx, tx, a.OrgID, "id = ?", id)
	if err != nil {
		return promise{}, err
	}
	if len(found) == 0 || found[0].staff != a.ID && !a.Can(mayTeam) {
		return promise{}, errNoPromise
	}
	return found[0], nil
}

func (s *Service) promiseByID(ctx context.Context, id string) (out Promise, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		p, err := s.promiseFor(ctx, tx, a, id)
		if err != nil {
			return err
		}
		all, err := s.showPromises(ctx, tx, a, []promise{p})
		if err == nil {
			out = all[0]
		}
		return err
	})
	return out, err
}

func (s *Service) showPromises(ctx context.Context, tx *db.Tx, a access.Actor, ps []promise) ([]Promise, error) {
	out := make([]Promise, len(ps))
	members, err := s.Staff.Members(ctx, tx, a.OrgID)
	if err != nil {
		return nil, err
	}
	var items []*Item
	for i := range ps {
		items = append(items, &Item{PersonID: ps[i].person})
	}
	if err := s.people(ctx, tx, a, items); err != nil {
		return nil, err
	}
	now := s.now()
	for i, p := range ps {
		due := clock.Time(p.due)
		out[i] = Promise{ID: p.id, PersonID: p.person, Name: items[i].Name, StaffID: p.staff, StaffName: members[p.staff].Name, Kind: p.kind, DueAt: due, Day: p.day.String(), Text: p.text,
			Status: p.status, Overdue: p.status == "open" && due.Before(now), CreatedAt: clock.Time(p.created)}
	}
	return out, nil
}

// PromiseFilter selects promises.
type PromiseFilter struct {
	PersonID string `query:"person_id" maxLength:"64"`
	StaffID  string `query:"staff_id" maxLength:"64" doc:"Another's, or all: needs followup.team; empty: one's own"`
	Status   string `query:"status" enum:"open,due,overdue,kept,cancelled,all" default:"open" doc:"due: open and for today or earlier; overdue: open and past its time"`
}

// promisePlace is where a page of promises ends.
type promisePlace struct {
	Due int64  `json:"d"`
	ID  string `json:"i"`
}

// Promises returns a page of promises by when they are due: what is open the
// earliest first, anything else the latest first.
func (s *Service) Promises(ctx context.Context, f PromiseFilter, after promisePlace, limit int) (out []Promise, next promisePlace, err error) {
	a := actor(ctx)
	where, args := "TRUE", []any{}
	and := func(condition string, arg any) { where, args = where+" AND "+condition, append(args, arg) }
	switch {
	case f.StaffID == "" || f.StaffID == a.ID || !a.Can(mayTeam):
		and("staff_id = ?", a.ID)
	case f.StaffID != "all":
		and("staff_id = ?", f.StaffID)
	}
	order, than := "ASC", ">"
	switch f.Status {
	case "open", "due", "overdue":
		and("status = ?", "open")
	case "all":
		order, than = "DESC", "<"
	default:
		and("status = ?", f.Status)
		order, than = "DESC", "<"
	}
	if after.ID != "" {
		where, args = where+" AND (due_at, id) "+than+" (?, ?)", append(args, after.Due, after.ID)
	}
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		where, args := where, slices.Clone(args)
		and := func(condition string, arg any) { where, args = where+" AND "+condition, append(args, arg) }
		next = promisePlace{}
		zone, now, err := s.clockOf(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		switch f.Status {
		case "due":
			and("day <= ?", int64(dayAt(now, zone)))
		case "overdue":
			and("due_at < ?", now)
		}
		if f.PersonID != "" {
			who, err := s.seen(ctx, tx, a, f.PersonID)
			if err != nil {
				return err
			}
			and("person_id = ?", who.ID)
		}
		found, err := promises(ctx, tx, a.OrgID, where+" ORDER BY due_at "+order+", id "+order+" LIMIT ?", append(args, limit+1)...)
		if err != nil {
			return err
		}
		if len(found) > limit {
			found = found[:limit]
			next = promisePlace{found[limit-1].due, found[limit-1].id}
		}
		out, err = s.showPromises(ctx, tx, a, found)
		return err
	})
	return out, next, err
}

// PatchPromise changes a promise.
func (s *Service) PatchPromise(ctx context.Context, id string, in PromisePatch) (out Promise, err error) {
	a := actor(ctx)
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if err := s.lock(ctx, tx, a.OrgID); err != nil {
			return err
		}
		p, err := s.promiseFor(ctx, tx, a, id)
		if err != nil {
			return err
		}
		zone, now, err := s.clockOf(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		if in.Text != nil {
			p.text = strings.TrimSpace(strings.ToValidUTF8(*in.Text, ""))
		}
		if in.DueAt != nil {
			p.due = clock.Micros(*in.DueAt)
			p.day = dayAt(p.due, zone)
			if err := checkPromise(p, dayAt(now, zone)); err != nil {
				return err
			}
		}
		if in.Status != "" {
			p.status = in.Status
		}
		if _, err := tx.Exec(ctx, "UPDATE followup_promise SET text = ?, due_at = ?, day = ?, status = ?, changed_at = ? WHERE org_id = ? AND id = ?", p.text, p.due, int64(p.day), p.status, now, a.OrgID, id); err != nil {
			return err
		}
		if err := s.unlist(ctx, tx, a.OrgID, id, now); err != nil {
			return err
		}
		if p.status == "open" {
			if err := s.listNow(ctx, tx, a.OrgID, p, zone, now); err != nil {
				return err
			}
		}
		return s.Auditor.Audit(ctx, tx, "followup.promise_changed", "person", p.person, map[string]any{"promise_id": id, "status": p.status})
	})
	if err != nil {
		return out, err
	}
	return s.promiseByID(ctx, id)
}

// unlist takes a promise from the items that are open; an item that has no
// other reason falls away.
func (s *Service) unlist(ctx context.Context, tx *db.Tx, orgID, promiseID string, now int64) error {
	open, err := strings1(ctx, tx, `SELECT r.item_id FROM followup_reason r JOIN followup_item i ON i.org_id = r.org_id AND i.id = r.item_id
		WHERE r.org_id = ? AND r.promise_id = ? AND i.status = 'open'`, orgID, promiseID)
	if err != nil {
		return err
	}
	for _, item := range open {
		if _, err := tx.Exec(ctx, "DELETE FROM followup_reason WHERE org_id = ? AND item_id = ? AND promise_id = ?", orgID, item, promiseID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE followup_item SET status = 'lapsed', changed_at = ? WHERE org_id = ? AND id = ? AND status = 'open'
			AND NOT EXISTS (SELECT 1 FROM followup_reason r WHERE r.org_id = followup_item.org_id AND r.item_id = followup_item.id)`, now, orgID, item); err != nil {
			return err
		}
	}
	return nil
}
