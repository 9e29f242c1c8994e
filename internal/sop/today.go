package sop

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// ToConfirm is what a staff member is to confirm in their own app today.
type ToConfirm struct {
	SOPID   string    `json:"sop_id"`
	SOP     string    `json:"sop"`
	StepID  string    `json:"step_id"`
	Text    string    `json:"text"`
	Groups  []string  `json:"groups" nullable:"false" doc:"Names of the groups that it is for"`
	AskedAt time.Time `json:"asked_at"`
}

// Today is what SOPs ask of a staff member today, besides the tasks on their
// list.
type Today struct {
	Confirm []ToConfirm `json:"confirm" nullable:"false"`
}

// Today tells what the actor is to confirm for groups of theirs.
func (s *Service) Today(ctx context.Context) (out Today, err error) {
	a := actor(ctx)
	out.Confirm = []ToConfirm{}
	type one struct {
		account, chat, sop, name, step, key string
		version, at                         int64
	}
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		out.Confirm = out.Confirm[:0]
		all, err := db.All(ctx, tx, func(r *sql.Rows, o *one) error {
			return r.Scan(&o.account, &o.chat, &o.sop, &o.name, &o.step, &o.key, &o.version, &o.at)
		}, `SELECT e.account_id, t.subject_id, t.sop_id, p.name, t.step_id, t.ref, t.version, t.decided_at FROM sop_sop p
			JOIN sop_step t ON t.org_id = p.org_id AND t.sop_id = p.id JOIN sop_enrolment e ON e.org_id = t.org_id AND e.id = t.enrolment_id
			WHERE p.org_id = ? AND p.kind = 'group' AND p.status = 'live' AND t.status = 'asked' AND t.decided_at > ? ORDER BY t.decided_at LIMIT ?`, a.OrgID, s.micros()-2*24*60*minuteMicros, looked)
		if err != nil || len(all) == 0 {
			return err
		}
		var keys []string
		var groups []*enrolment
		for _, o := range all {
			keys, groups = append(keys, o.key), append(groups, &enrolment{account: o.account, subject: o.chat})
		}
		slices.Sort(keys)
		states, err := s.Groups.States(ctx, tx, a.OrgID, slices.Compact(keys))
		if err != nil {
			return err
		}
		chats, err := s.chatsOf(ctx, tx, a.OrgID, groups)
		if err != nil {
			return err
		}
		at := map[string]int{}
		for _, o := range all {
			c := chats[o.account+"/"+o.chat]
			if st := states[o.key][o.chat]; c.OwnerID != a.ID || st != "asked" && st != "queued" {
				continue
			}
			i, ok := at[o.key]
			if !ok {
				e, err := s.edition(ctx, tx, a.OrgID, o.sop, o.version)
				if err != nil {
					return err
				}
				i = len(out.Confirm)
				at[o.key] = i
				it := ToConfirm{SOPID: o.sop, SOP: o.name, StepID: o.step, Groups: []string{}, AskedAt: clock.Time(o.at)}
				if st := e.step(o.step); st != nil {
					it.Text = st.Text
				}
				out.Confirm = append(out.Confirm, it)
			}
			out.Confirm[i].Groups = append(out.Confirm[i].Groups, c.Name)
		}
		return nil
	})
	return out, err
}
