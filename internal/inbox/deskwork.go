package inbox

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/timeline"
)

// DeskName is the name under which desks and rules follow the timeline. What
// they do is not done again when the inbox is rebuilt.
const DeskName = "inbox.desk"

const thereFor = 45 * time.Second // after the last sign of life

// deskWork is what desks need to know to give conversations away.
type deskWork struct {
	*work
	desks map[string]*Desk
	crews map[string]*Team
	staff map[string]Member
	there map[string]bool
	load  map[string]int64
	zone  *time.Location
	rules []*Rule
}

func (w *work) desk(ctx context.Context) (*deskWork, error) {
	d := &deskWork{work: w, there: map[string]bool{}, load: map[string]int64{}}
	var err error
	if d.desks, err = desksOf(ctx, w.tx, w.org); err != nil {
		return nil, err
	}
	if d.crews, err = w.teams(ctx); err != nil {
		return nil, err
	}
	if d.staff, err = w.s.ports.Staff.Members(ctx, w.tx, w.org); err != nil {
		return nil, err
	}
	if d.zone, err = w.s.ports.Orgs.Zone(ctx, w.tx, w.org); err != nil {
		return nil, err
	}
	if err := w.tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		d.there[id] = true
		return err
	}, "SELECT staff_id FROM inbox_online WHERE org_id = ? AND away = 0 AND seen_at > ?", w.org, w.now-thereFor.Microseconds()); err != nil {
		return nil, err
	}
	return d, w.tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		var n int64
		err := rows.Scan(&id, &n)
		d.load[id] = n
		return err
	}, "SELECT assignee_staff_id, count(*) FROM inbox_conversation WHERE org_id = ? AND status = 'open' AND assignee_staff_id <> '' GROUP BY assignee_staff_id", w.org)
}

func (d *deskWork) open(account string) bool {
	return d.desks[account].open(clock.Time(d.now).In(d.zone))
}

// at is who sits where a conversation is: its team, or its account's desk. A
// team keeps the desk's hours, and knows what the desk knows of skills. Nil:
// nothing was set up.
func (d *deskWork) at(c *conversation) *Desk {
	desk, team := d.desks[c.account], d.crews[c.team]
	if team == nil {
		return desk
	}
	as := &Desk{AccountID: c.account, Strategy: team.Strategy, Members: team.Members, Capacity: team.Capacity, turn: team.turn}
	if desk != nil {
		as.Hours, as.Skills = desk.Hours, desk.Skills
	}
	return as
}

// took notes who had the last turn where a conversation is.
func (d *deskWork) took(ctx context.Context, c *conversation, staff string) error {
	if team := d.crews[c.team]; team != nil {
		team.turn = staff
		_, err := d.tx.Exec(ctx, "UPDATE inbox_team SET turn = ? WHERE org_id = ? AND id = ?", staff, d.org, team.ID)
		return err
	}
	d.desks[c.account].turn = staff
	_, err := d.tx.Exec(ctx, "UPDATE inbox_desk SET turn = ? WHERE org_id = ? AND account_id = ?", staff, d.org, c.account)
	return err
}

// pick chooses who gets a conversation: of those who are there and have room.
func (d *deskWork) pick(c *conversation) string {
	desk := d.at(c)
	if desk == nil || desk.Strategy == StrategyOff || !d.open(c.account) {
		return ""
	}
	var able []string
	for id, m := range d.staff {
		if m.Active && m.Answer && d.there[id] && (len(desk.Members) == 0 || slices.Contains(desk.Members, id)) && (desk.Capacity == 0 || d.load[id] < desk.Capacity) {
			able = append(able, id)
		}
	}
	slices.Sort(able)
	able = desk.skilled(able, c.lastText)
	if desk.Strategy == StrategyOwner {
		if o := d.staff[c.owner]; o.Active && o.Answer && (d.there[c.owner] || len(able) == 0) {
			return c.owner // their own customer finds them, however busy
		}
	}
	if len(able) == 0 {
		return ""
	}
	// The one behind whoever had the last turn comes first.
	at, _ := slices.BinarySearch(able, desk.turn+"\x00")
	able = append(able[at:len(able):len(able)], able[:at]...)
	if desk.Strategy == StrategyRoundRobin {
		return able[0]
	}
	return slices.MinFunc(able, func(a, b string) int { return int(d.load[a] - d.load[b]) })
}

// give gives a conversation to whom the desk chooses; false when there is nobody.
func (d *deskWork) give(ctx context.Context, c *conversation) (bool, error) {
	to := d.pick(c)
	if to == "" || to == c.assignee {
		return false, nil
	}
	if c.assignee != "" {
		d.load[c.assignee]--
	}
	d.load[to]++
	if err := d.took(ctx, c, to); err != nil {
		return false, err
	}
	return true, d.assign(ctx, c, to, assignment{by: "desk"})
}

// serve does with what came in what desks and rules say.
func (s *Service) serve(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
	w, err := s.begin(ctx, tx, orgID)
	if err != nil {
		return err
	}
	d, err := w.desk(ctx)
	if err != nil {
		return err
	}
	if d.rules, err = rulesOf(ctx, tx, orgID, true); err != nil {
		return err
	}
	said, err := readMessages(events)
	if err != nil {
		return err
	}
	var ids []string
	for _, m := range said {
		ids = append(ids, m.conv)
	}
	if err := w.load(ctx, ids); err != nil {
		return err
	}
	for _, m := range said {
		c := w.known[m.conv]
		if m.Kind != carrierevent.MessageReceived || c == nil {
			continue
		}
		if err := d.answer(ctx, c, m); err != nil {
			return err
		}
		if err := d.place(ctx, c); err != nil {
			return err
		}
	}
	return w.finish(ctx)
}

// place finds somebody for a conversation in which a customer waits. What was
// resolved and opens again goes to who is there.
func (d *deskWork) place(ctx context.Context, c *conversation) error {
	if c.status != StatusOpen || c.waitingSince == 0 {
		return nil
	}
	if c.assignee != "" {
		if d.there[c.assignee] && d.staff[c.assignee].Active {
			return nil
		}
		var opened int64
		err := d.tx.QueryRow(ctx, "SELECT COALESCE(max(opened_at), 0) FROM inbox_spell WHERE org_id = ? AND conversation_id = ? AND number = ?", d.org, c.id, c.spell).Scan(&opened)
		if err != nil || opened <= c.assignedAt && d.staff[c.assignee].Active {
			return err // theirs, in this stretch: they come back
		}
	}
	_, err := d.give(ctx, c)
	return err
}

// backlog is what nobody has taken.
const backlog = "status = 'open' AND assignee_staff_id = '' AND waiting_since > 0"

// drain gives away what nobody has taken, who waits longest first.
func (s *Service) drain(ctx context.Context, org string) error {
	if found, err := s.any(ctx, org, "SELECT 1 FROM inbox_conversation WHERE org_id = ? AND "+backlog+` AND (account_id IN (SELECT account_id FROM inbox_desk WHERE org_id = ? AND strategy <> 'off')
		OR team_id IN (SELECT id FROM inbox_team WHERE org_id = ? AND strategy <> 'off'))`, org, org, org); err != nil || !found {
		return err
	}
	return s.change(ctx, org, func(w *work) error {
		d, err := w.desk(ctx)
		if err != nil {
			return err
		}
		for id, desk := range d.desks {
			if desk.Strategy == StrategyOff || !d.open(id) {
				continue
			}
			if err := d.drain(ctx, desk.Strategy, "team_id = '' AND account_id = ?", id); err != nil {
				return err
			}
		}
		for id, team := range d.crews {
			if team.Strategy == StrategyOff {
				continue
			}
			if err := d.drain(ctx, StrategyOwner, "team_id = ?", id); err != nil {
				return err
			}
		}
		return nil
	})
}

// drain gives away what waits where a condition says. Where nobody could take
// one, nobody can take the next, unless each has somebody of its own, or hours.
func (d *deskWork) drain(ctx context.Context, strategy, where string, args ...any) error {
	waiting, err := conversations(ctx, d.tx, d.org, backlog+" AND "+where+" ORDER BY waiting_since, id LIMIT ?", append(args, dueTurn)...)
	if err != nil {
		return err
	}
	for _, c := range waiting {
		d.known[c.id] = c
		given, err := d.give(ctx, c)
		if err != nil {
			return err
		}
		if !given && strategy != StrategyOwner {
			break
		}
	}
	return nil
}
