package inbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/plaintext"
)

// The ways in which conversations of an account are given to staff.
const (
	StrategyOff         = "off"          // they take what they want
	StrategyRoundRobin  = "round_robin"  // one after the other
	StrategyLeastLoaded = "least_loaded" // who has the fewest
	StrategyOwner       = "owner"        // whose customer it is; others by least_loaded
)

// Shift is when people are there, in the org's time zone.
type Shift struct {
	Days []int  `json:"days" minItems:"1" maxItems:"7" nullable:"false" doc:"1 Monday … 7 Sunday"`
	From string `json:"from" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" doc:"09:00"`
	To   string `json:"to" pattern:"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$" doc:"18:00; before from: on the next day"`
}

// Skill is what some at a desk know more of than the others.
type Skill struct {
	Name    string   `json:"name" minLength:"1" maxLength:"50"`
	Words   []string `json:"words" minItems:"1" maxItems:"50" nullable:"false" doc:"Who writes one of these is asking about it"`
	Members []string `json:"members" minItems:"1" maxItems:"500" nullable:"false" doc:"Staff ids. When none of them is there, the others are asked"`
}

// Desk is how conversations of one account are given to staff.
type Desk struct {
	AccountID string   `json:"account_id"`
	Strategy  string   `json:"strategy" enum:"off,round_robin,least_loaded,owner"`
	Members   []string `json:"members" maxItems:"500" nullable:"false" doc:"Staff ids; empty: everybody who may answer. Associates who are not among them do not see what is unassigned"`
	Capacity  int64    `json:"capacity" minimum:"0" maximum:"1000" doc:"Open conversations that a member is given at most; 0: not limited"`
	Hours     []Shift  `json:"hours" maxItems:"21" nullable:"false" doc:"Business hours; empty: always"`
	Skills    []Skill  `json:"skills" maxItems:"50" nullable:"false" doc:"Who is asked about what: the first that fits what the customer last wrote narrows the choice"`

	turn string
}

// desksOf reads the desks that were set up, by account.
func desksOf(ctx context.Context, tx *db.Tx, orgID string) (map[string]*Desk, error) {
	out := map[string]*Desk{}
	err := tx.Each(ctx, func(rows *sql.Rows) error {
		d := &Desk{}
		var members, hours, skills string
		if err := rows.Scan(&d.AccountID, &d.Strategy, &members, &d.Capacity, &hours, &skills, &d.turn); err != nil {
			return err
		}
		out[d.AccountID] = d
		if err := json.Unmarshal([]byte(members), &d.Members); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(hours), &d.Hours); err != nil {
			return err
		}
		return json.Unmarshal([]byte(skills), &d.Skills)
	}, "SELECT account_id, strategy, members, capacity, hours, skills, turn FROM inbox_desk WHERE org_id = ?", orgID)
	if err != nil {
		return nil, fmt.Errorf("inbox: desks: %w", err)
	}
	return out, nil
}

// open tells whether it is business hours.
func (d *Desk) open(now time.Time) bool {
	if d == nil || len(d.Hours) == 0 {
		return true
	}
	day, clock := int(now.Weekday()+6)%7+1, now.Format("15:04")
	before := (day+5)%7 + 1
	for _, h := range d.Hours {
		for _, on := range h.Days {
			switch {
			case h.From < h.To && on == day && h.From <= clock && clock < h.To:
				return true
			case h.From >= h.To && (on == day && h.From <= clock || on == before && clock < h.To):
				return true
			}
		}
	}
	return false
}

// seen says that somebody has the inbox open.
func (s *Service) seen(ctx context.Context, orgID, staff string) error {
	return s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO inbox_online (org_id, staff_id, seen_at, away) VALUES (?, ?, ?, 0)
			ON CONFLICT (org_id, staff_id) DO UPDATE SET seen_at = excluded.seen_at`, orgID, staff, s.micros())
		return err
	})
}

// skilled returns who of able is asked about a text: all, when it names nothing
// that some know more of, or none of those is able.
func (d *Desk) skilled(able []string, text string) []string {
	text = plaintext.Fold(text)
	for _, k := range d.Skills {
		if !slices.ContainsFunc(k.Words, func(w string) bool { return strings.Contains(text, plaintext.Fold(w)) }) {
			continue
		}
		if some := slices.DeleteFunc(slices.Clone(able), func(id string) bool { return !slices.Contains(k.Members, id) }); len(some) > 0 {
			return some
		}
		return able
	}
	return able
}
