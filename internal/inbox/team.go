package inbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/platform/plaintext"
)

const maxTeams = 200 // of one org

// Team is some of the staff who answer together. A conversation can be with a
// team, and besides with one of the staff.
type Team struct {
	ID       string   `json:"id" readOnly:"true"`
	Name     string   `json:"name" minLength:"1" maxLength:"50"`
	Members  []string `json:"members" minItems:"1" maxItems:"500" nullable:"false" doc:"Staff ids. Associates see what is unassigned in their teams"`
	Accounts []string `json:"accounts" maxItems:"200" nullable:"false" doc:"Whose conversations come to it when they begin; an account's come to one team at most. Any conversation can be handed to any team"`
	Strategy string   `json:"strategy" enum:"off,round_robin,least_loaded,owner" doc:"How they are given to members; business hours and skills are those of the account's desk"`
	Capacity int64    `json:"capacity" minimum:"0" maximum:"1000" doc:"Open conversations that a member is given at most; 0: not limited"`
	Open     int64    `json:"open" readOnly:"true" doc:"Conversations that are open with it now"`

	turn string
}

func noTeam() error { return errs.NotFound(i18n.T("这个团队", "team")) }

// teamsOf reads an org's teams, by id.
func teamsOf(ctx context.Context, tx *db.Tx, orgID string) (map[string]*Team, error) {
	out := map[string]*Team{}
	err := tx.Each(ctx, func(rows *sql.Rows) error {
		t := &Team{}
		var members, accounts string
		if err := rows.Scan(&t.ID, &t.Name, &members, &accounts, &t.Strategy, &t.Capacity, &t.turn); err != nil {
			return err
		}
		out[t.ID] = t
		if err := json.Unmarshal([]byte(members), &t.Members); err != nil {
			return err
		}
		return json.Unmarshal([]byte(accounts), &t.Accounts)
	}, "SELECT id, name, members, accounts, strategy, capacity, turn FROM inbox_team WHERE org_id = ?", orgID)
	if err != nil {
		return nil, fmt.Errorf("inbox: teams: %w", err)
	}
	return out, nil
}

// teamFor is the team to which an account's conversations come; empty: none.
func teamFor(teams map[string]*Team, account string) string {
	for id, t := range teams {
		if slices.Contains(t.Accounts, account) {
			return id
		}
	}
	return ""
}

// Teams lists the org's teams by name. Members who may not answer any more are
// left out.
func (s *Service) Teams(ctx context.Context) (out []Team, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		out = nil
		teams, err := teamsOf(ctx, tx, org)
		if err != nil {
			return err
		}
		staff, err := s.ports.Staff.Members(ctx, tx, org)
		if err != nil {
			return err
		}
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			var id string
			var n int64
			err := rows.Scan(&id, &n)
			if t := teams[id]; t != nil {
				t.Open = n
			}
			return err
		}, "SELECT team_id, count(*) FROM inbox_conversation WHERE org_id = ? AND team_id <> '' AND status = 'open' GROUP BY team_id", org); err != nil {
			return err
		}
		for _, t := range teams {
			t.Members = slices.DeleteFunc(t.Members, func(id string) bool { return !staff[id].Active || !staff[id].Answer })
			out = append(out, *t)
		}
		slices.SortFunc(out, func(a, b Team) int { return strings.Compare(a.Name, b.Name) })
		return nil
	})
	return out, err
}

// SaveTeam makes a team, or changes the one with the id. It counts for
// conversations that begin from then on.
func (s *Service) SaveTeam(ctx context.Context, t Team) (Team, error) {
	org := actor(ctx).OrgID
	t.Name = plaintext.Line(t.Name, 50)
	if t.Name == "" {
		return t, errs.InvalidField("body.name", i18n.T("不能为空", "This is needed"))
	}
	for _, list := range []*[]string{&t.Members, &t.Accounts} {
		*list = append([]string{}, *list...)
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	made := t.ID == ""
	return t, s.db.Write(ctx, org, func(tx *db.Tx) error {
		if err := lock(ctx, tx, org); err != nil {
			return err
		}
		teams, err := teamsOf(ctx, tx, org)
		if err != nil {
			return err
		}
		if !made && teams[t.ID] == nil {
			return noTeam()
		}
		if made {
			if len(teams) >= maxTeams {
				return errs.Conflict(i18n.T("最多 %d 个团队", "At most %d teams", maxTeams))
			}
			t.ID = ids.New("tem")
		}
		if err := s.checkTeam(ctx, tx, org, &t, teams); err != nil {
			return err
		}
		now := s.micros()
		if _, err := tx.Exec(ctx, `INSERT INTO inbox_team (org_id, id, name, members, accounts, strategy, capacity, turn, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, '', ?, ?)
			ON CONFLICT (org_id, id) DO UPDATE SET name = excluded.name, members = excluded.members, accounts = excluded.accounts, strategy = excluded.strategy, capacity = excluded.capacity, updated_at = excluded.updated_at`,
			org, t.ID, t.Name, db.JSON(t.Members), db.JSON(t.Accounts), t.Strategy, t.Capacity, now, now); err != nil {
			return err
		}
		action := "inbox.team.update"
		if made {
			action = "inbox.team.create"
		}
		return s.ports.Auditor.Audit(ctx, tx, action, "team", t.ID, map[string]any{"name": t.Name, "members": len(t.Members), "accounts": t.Accounts, "strategy": t.Strategy, "capacity": t.Capacity})
	})
}

// checkTeam tells what is wrong with a team among the others.
func (s *Service) checkTeam(ctx context.Context, tx *db.Tx, orgID string, t *Team, others map[string]*Team) error {
	staff, err := s.ports.Staff.Members(ctx, tx, orgID)
	if err != nil {
		return err
	}
	for _, id := range t.Members {
		if m := staff[id]; !m.Active || !m.Answer {
			return errs.InvalidField("body.members", i18n.T("没有这位可以接待的员工", "No such member of staff who may answer"))
		}
	}
	accounts, err := s.ports.Accounts.Accounts(ctx, tx, orgID)
	if err != nil {
		return err
	}
	for _, id := range t.Accounts {
		if _, ok := accounts[id]; !ok {
			return errs.InvalidField("body.accounts", i18n.T("没有这个账号", "No such account"))
		}
	}
	for _, o := range others {
		if o.ID == t.ID {
			continue
		}
		if o.Name == t.Name {
			return errs.InvalidField("body.name", i18n.T("已有同名的团队", "Another team has this name"))
		}
		for _, id := range t.Accounts {
			if slices.Contains(o.Accounts, id) {
				return errs.InvalidField("body.accounts", i18n.T("「%s」的会话已经归团队「%s」", "Conversations of %s come to the team %s already", accounts[id].Name, o.Name))
			}
		}
	}
	return nil
}

// DeleteTeam takes a team away. Its conversations are with the desks of their
// accounts again.
func (s *Service) DeleteTeam(ctx context.Context, id string) error {
	org := actor(ctx).OrgID
	return s.change(ctx, org, func(w *work) error {
		var name string
		err := w.tx.QueryRow(ctx, "DELETE FROM inbox_team WHERE org_id = ? AND id = ? RETURNING name", org, id).Scan(&name)
		if db.IsNoRows(err) {
			return noTeam()
		}
		if err != nil {
			return err
		}
		live, err := conversations(ctx, w.tx, org, "team_id = ? AND team_id <> '' AND status <> 'resolved'", id)
		if err != nil {
			return err
		}
		for _, c := range live { // those who saw them through the team see them no more
			w.known[c.id] = c
			w.touch(c)
			c.team, w.kind[c.id] = "", feedAssigned
		}
		if _, err := w.tx.Exec(ctx, "UPDATE inbox_conversation SET team_id = '' WHERE org_id = ? AND team_id = ? AND team_id <> ''", org, id); err != nil {
			return err
		}
		return s.ports.Auditor.Audit(ctx, w.tx, "inbox.team.delete", "team", id, map[string]any{"name": name, "conversations": len(live)})
	})
}

// team returns a team that a conversation may be handed to.
func (w *work) team(ctx context.Context, id, field string) (*Team, error) {
	teams, err := w.teams(ctx)
	if err == nil && teams[id] == nil {
		err = errs.InvalidField(field, i18n.T("没有这个团队", "No such team"))
	}
	return teams[id], err
}

// teams are the org's teams, read once.
func (w *work) teams(ctx context.Context) (_ map[string]*Team, err error) {
	if w.teamsOf == nil {
		w.teamsOf, err = teamsOf(ctx, w.tx, w.org)
	}
	return w.teamsOf, err
}

// toTeam hands a conversation to a team, which gives it to one of its members
// or keeps it until somebody is there.
func (w *work) toTeam(ctx context.Context, c *conversation, team string, a assignment) error {
	a.team = team
	if err := w.assign(ctx, c, "", a); err != nil {
		return err
	}
	c.team = team
	if _, err := w.tx.Exec(ctx, "UPDATE inbox_spell SET team_id = ? WHERE org_id = ? AND conversation_id = ? AND number = ?", team, w.org, c.id, c.spell); err != nil || team == "" {
		return err
	}
	d, err := w.desk(ctx)
	if err != nil {
		return err
	}
	_, err = d.give(ctx, c)
	return err
}

// teamNames are the names of teams by id.
func teamNames(teams map[string]*Team) map[string]string {
	out := make(map[string]string, len(teams))
	for id, t := range teams {
		out[id] = t.Name
	}
	return out
}
