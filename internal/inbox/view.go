package inbox

import (
	"cmp"
	"context"
	"slices"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/plaintext"
)

// viewer is who looks, and what they may see.
type viewer struct {
	access.Actor
	barred []string // accounts on whose desk they do not sit; only for those who see their own customers
	teams  []string // in which they are
}

func (s *Service) viewer(ctx context.Context, tx *db.Tx, a access.Actor) (viewer, error) {
	v := viewer{Actor: a}
	teams, err := teamsOf(ctx, tx, a.OrgID)
	if err != nil {
		return v, err
	}
	for id, t := range teams {
		if slices.Contains(t.Members, a.ID) {
			v.teams = append(v.teams, id)
		}
	}
	slices.Sort(v.teams)
	if !a.OwnOnly {
		return v, nil
	}
	desks, err := desksOf(ctx, tx, a.OrgID)
	for id, d := range desks {
		if len(d.Members) > 0 && !slices.Contains(d.Members, a.ID) {
			v.barred = append(v.barred, id)
		}
	}
	return v, err
}

// where is the condition on conversations that the viewer may see, to stand
// behind another.
func (v *viewer) where(tx *db.Tx, alias string) (string, []any) {
	if !v.OwnOnly {
		return "", nil
	}
	where, args := " AND ("+alias+"assignee_staff_id = ? OR "+alias+"owner_staff_id = ? OR "+alias+"assignee_staff_id = '' AND ("+alias+"team_id = ''", []any{v.ID, v.ID}
	if len(v.barred) > 0 {
		in, arg := tx.In(alias+"account_id", v.barred)
		where, args = where+" AND NOT ("+in+")", append(args, arg)
	}
	if len(v.teams) > 0 {
		in, arg := tx.In(alias+"team_id", v.teams)
		where, args = where+" OR "+in, append(args, arg)
	}
	return where + "))", args
}

func (v *viewer) sees(c *conversation) bool {
	if !v.OwnOnly || c.assignee == v.ID || c.owner == v.ID {
		return true
	}
	if c.team != "" {
		return c.assignee == "" && slices.Contains(v.teams, c.team)
	}
	return c.assignee == "" && !slices.Contains(v.barred, c.account)
}

// visible returns a conversation that whoever acts may see; to others it does
// not exist.
func (s *Service) visible(ctx context.Context, tx *db.Tx, id string) (*conversation, error) {
	a := actor(ctx)
	c, err := conversationByID(ctx, tx, a.OrgID, id)
	if errs.Is(err, errs.CodeNotFound) {
		if chat, e := s.chat(ctx, tx, a.OrgID, id); e != nil || chat != nil {
			return nil, cmp.Or(e, readOnly())
		}
	}
	if err != nil {
		return nil, err
	}
	v, err := s.viewer(ctx, tx, a)
	if err == nil && !v.sees(c) {
		err = noConversation()
	}
	return c, err
}

// mine is visible within a change.
func (w *work) mine(ctx context.Context, id string) (*conversation, error) {
	c, err := w.s.visible(ctx, w.tx, id)
	if err != nil {
		return nil, err
	}
	if w.known[id] == nil {
		w.known[id] = c
	}
	return w.known[id], nil
}

// faces are the names that conversations are shown with.
type faces struct {
	accounts map[string]Account
	staff    map[string]Member
	cards    map[string]Card
	teams    map[string]string
}

func (s *Service) faces(ctx context.Context, tx *db.Tx, orgID string, of ...*conversation) (f faces, err error) {
	if len(of) == 0 {
		return f, nil
	}
	if f.accounts, err = s.ports.Accounts.Accounts(ctx, tx, orgID); err != nil {
		return f, err
	}
	if f.staff, err = s.ports.Staff.Members(ctx, tx, orgID); err != nil {
		return f, err
	}
	teams, err := teamsOf(ctx, tx, orgID)
	if err != nil {
		return f, err
	}
	f.teams = teamNames(teams)
	var persons []string
	for _, c := range of {
		persons = append(persons, c.person)
	}
	slices.Sort(persons)
	f.cards, err = s.ports.People.Cards(ctx, tx, orgID, slices.Compact(persons))
	return f, err
}

func (f *faces) show(c *conversation) Conversation {
	archived, owner, assignee := int64(0), c.owner, f.staff[c.assignee].Name
	if c.chat != nil {
		archived, owner = c.chat.Messages, f.cards[c.person].OwnerStaffID
		assignee = cmp.Or(assignee, c.chat.UserID)
	}
	return Conversation{ID: c.id, PersonID: c.person, PersonName: plaintext.Line(f.cards[c.person].Name, 64), AccountID: c.account, AccountName: f.accounts[c.account].Name, AccountKind: c.kind, Status: c.status,
		SnoozedUntil: clock.Ptr(c.snoozedUntil), AssigneeID: c.assignee, AssigneeName: assignee, TeamID: c.team, TeamName: f.teams[c.team], OwnerStaffID: owner, Archived: archived, Priority: c.priority, HandedOver: c.handedOver,
		WaitingSince: clock.Ptr(c.waitingSince), Incoming: c.incoming, LastAt: clock.Ptr(c.lastAt), LastInAt: clock.Ptr(c.lastIn), LastDirection: c.lastDirection, LastType: c.lastType,
		LastText: c.lastText, LastSeq: c.lastSeq}
}

// reads are how far somebody has read conversations.
func reads(ctx context.Context, tx *db.Tx, orgID, staff string, ids []string) (map[string]int64, error) {
	out := map[string]int64{}
	where, arg := tx.In("conversation_id", ids)
	rows, err := tx.Query(ctx, "SELECT conversation_id, read_n FROM inbox_reader WHERE org_id = ? AND staff_id = ? AND "+where, orgID, staff, arg)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var n int64
		if err := rows.Scan(&id, &n); err != nil {
			return nil, err
		}
		out[id] = n
	}
	return out, rows.Err()
}

// showAll shows conversations to whoever acts.
func (s *Service) showAll(ctx context.Context, tx *db.Tx, of []*conversation) ([]Conversation, error) {
	a := actor(ctx)
	f, err := s.faces(ctx, tx, a.OrgID, of...)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(of))
	for i, c := range of {
		ids[i] = c.id
	}
	read, err := reads(ctx, tx, a.OrgID, a.ID, ids)
	if err != nil {
		return nil, err
	}
	out := make([]Conversation, len(of))
	for i, c := range of {
		out[i] = f.show(c)
		out[i].Unread = c.unreadBy(read[c.id])
	}
	return out, nil
}
