package inbox

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// ListFilter selects conversations; empty fields: all.
type ListFilter struct {
	Tab       string `query:"tab" enum:"mine,unassigned,all" default:"all" doc:"Assigned to whoever asks, to nobody, or all"`
	Status    string `query:"status" enum:"active,open,pending,snoozed,resolved,all" default:"active" doc:"active: not resolved"`
	AccountID string `query:"account_id" maxLength:"64"`
	StaffID   string `query:"staff_id" maxLength:"64" doc:"Assigned to"`
	TeamID    string `query:"team_id" maxLength:"64" doc:"With this team; mine: with one in which whoever asks is"`
	Archive   string `query:"archive" enum:"with,without,only" default:"with" doc:"Private chats of WeCom from the session archive, beside conversations. They do not count in the tabs, and stand only in lists by time of all that is not resolved"`
	PersonID  string `query:"person_id" maxLength:"64" doc:"One person's conversations over all accounts"`
	Waiting   bool   `query:"waiting" doc:"Only those where a customer waits"`
	Sort      string `query:"sort" enum:"recent,waiting" default:"recent" doc:"waiting: who waits longest comes first; shows only those who wait"`
}

// teamMine stands for the teams of whoever asks.
const teamMine = "mine"

// Place is where a page goes on.
type Place struct {
	At int64  `json:"at"`
	ID string `json:"id"`
}

// Counts are how many conversations are in each tab, up to 10,000. Resolved
// ones do not count.
type Counts struct {
	Mine       int64 `json:"mine"`
	Unassigned int64 `json:"unassigned"`
	All        int64 `json:"all"`
	Waiting    int64 `json:"waiting" doc:"Of all, where a customer waits"`
	Pending    int64 `json:"pending"`
	Snoozed    int64 `json:"snoozed"`
	Unread     int64 `json:"unread" doc:"Of mine, with messages that nobody has read or answered"`
}

// Conversations lists conversations that whoever acts may see.
func (s *Service) Conversations(ctx context.Context, f ListFilter, after Place, limit int) (out []Conversation, next Place, counts Counts, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		v, err := s.viewer(ctx, tx, a)
		if err != nil {
			return err
		}
		if counts, err = countsOf(ctx, tx, &v); err != nil {
			return err
		}
		if f.Tab == "mine" {
			f.StaffID = a.ID
		}
		where, args := f.where(tx, &v)
		mine, more := v.where(tx, "")
		where, args = where+mine, append(args, more...)
		order := "last_at DESC, id DESC"
		if f.Sort == "waiting" {
			where, order = where+" AND waiting_since > 0", "waiting_since, id"
		}
		if after.ID != "" {
			if f.Sort == "waiting" {
				where += " AND (waiting_since, id) > (?, ?)"
			} else {
				where += " AND (last_at, id) < (?, ?)"
			}
			args = append(args, after.At, after.ID)
		}
		var found []*conversation
		if f.Archive != "only" {
			if found, err = conversations(ctx, tx, a.OrgID, where+" ORDER BY "+order+" LIMIT ?", append(args, limit+1)...); err != nil {
				return err
			}
		}
		if found, err = s.withChats(ctx, tx, a.OrgID, found, &f, after, limit+1); err != nil {
			return err
		}
		if next = (Place{}); len(found) > limit {
			found = found[:limit]
			last := found[limit-1]
			if next = (Place{last.lastAt, last.id}); f.Sort == "waiting" {
				next.At = last.waitingSince
			}
		}
		out, err = s.showAll(ctx, tx, found)
		return err
	})
	return out, next, counts, err
}

func (f *ListFilter) where(tx *db.Tx, v *viewer) (string, []any) {
	where, args := "TRUE", []any{}
	and := func(condition string, arg ...any) { where, args = where+" AND "+condition, append(args, arg...) }
	switch f.Status {
	case "active", "":
		and("status <> 'resolved'")
	case "all":
	default:
		and("status = ?", f.Status)
	}
	if f.Tab == "unassigned" {
		and("assignee_staff_id = ''")
	}
	for _, c := range []struct{ column, value string }{{"account_id", f.AccountID}, {"assignee_staff_id", f.StaffID}, {"person_id", f.PersonID}} {
		if c.value != "" {
			and(c.column+" = ?", c.value)
		}
	}
	switch {
	case f.TeamID == "":
	case f.TeamID != teamMine:
		and("team_id = ? AND team_id <> ''", f.TeamID)
	case len(v.teams) == 0:
		and("FALSE")
	default:
		in, arg := tx.In("team_id", v.teams)
		and("team_id <> '' AND "+in, arg)
	}
	if f.Waiting {
		and("waiting_since > 0")
	}
	return where, args
}

const countMost = 10_000

func countsOf(ctx context.Context, tx *db.Tx, v *viewer) (c Counts, err error) {
	mine, args := v.where(tx, "c.")
	err = tx.QueryRow(ctx, `SELECT COALESCE(SUM(CASE WHEN assignee = ? THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN assignee = '' THEN 1 ELSE 0 END), 0), count(*),
		COALESCE(SUM(CASE WHEN waiting > 0 THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN status = 'pending' THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN status = 'snoozed' THEN 1 ELSE 0 END), 0),
		COALESCE(SUM(CASE WHEN assignee = ? AND incoming > answered AND incoming > read THEN 1 ELSE 0 END), 0)
		FROM (SELECT c.assignee_staff_id AS assignee, c.waiting_since AS waiting, c.status AS status, c.incoming AS incoming, c.answered_n AS answered, COALESCE(r.read_n, 0) AS read
			FROM inbox_conversation c LEFT JOIN inbox_reader r ON r.org_id = c.org_id AND r.conversation_id = c.id AND r.staff_id = ?
			WHERE c.org_id = ? AND c.status <> 'resolved' AND c.last_at >= 0`+mine+` LIMIT ?) AS shown`, append(append([]any{v.ID, v.ID, v.ID, v.OrgID}, args...), countMost)...).
		Scan(&c.Mine, &c.Unassigned, &c.All, &c.Waiting, &c.Pending, &c.Snoozed, &c.Unread)
	return c, err
}

// Counts counts the conversations of each tab.
func (s *Service) Counts(ctx context.Context) (c Counts, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		v, err := s.viewer(ctx, tx, a)
		if err != nil {
			return err
		}
		c, err = countsOf(ctx, tx, &v)
		return err
	})
	return c, err
}

// Composer says what can be written to the customer now, and why not.
type Composer struct {
	Open     bool       `json:"open" doc:"A message can be sent now"`
	Why      string     `json:"why" enum:",off,window,limit,served,queued,ended,archive,never" doc:"Why nothing can be sent, in a word: the account is switched off, the time is over, all were sent, a colleague serves them on the platform, they wait in its queue, its session has ended, a chat of the archive, the platform lets nobody write"`
	Note     string     `json:"note" doc:"What to know, or why nothing can be sent and what to do instead"`
	Parts    []string   `json:"parts" nullable:"false"`
	MaxParts int        `json:"max_parts" doc:"0: not limited"`
	MaxText  int        `json:"max_text" doc:"Bytes; 0: not limited"`
	Needs    []string   `json:"needs" nullable:"false" doc:"subject, template"`
	ClosesAt *time.Time `json:"closes_at" doc:"Until when the platform lets us answer; null: no such limit"`
	Left     int        `json:"left" doc:"Messages that may still be sent until the customer writes again; -1: not limited"`
}

// needs is what a message must have besides its parts: an answer to a mail has
// the mail's subject by itself.
func (c *conversation) needs(of []string) []string {
	if c.incoming == 0 {
		return of
	}
	return slices.DeleteFunc(slices.Clone(of), func(need string) bool { return need == "subject" })
}

func (s *Service) composer(ctx context.Context, tx *db.Tx, orgID string, c *conversation, a Account, staff map[string]Member) (out Composer, err error) {
	lang := i18n.From(ctx)
	can := a.Can
	out = Composer{Open: can.Direct, Note: can.Note.In(lang), Parts: can.Parts, MaxParts: can.MaxParts, MaxText: can.MaxText, Needs: c.needs(can.Needs), Left: -1}
	if out.Parts == nil {
		out.Parts = []string{}
	}
	if out.Needs == nil {
		out.Needs = []string{}
	}
	if !a.Active {
		out.Open, out.Why, out.Note = false, "off", i18n.T("账号已停用，不能发送", "The account is switched off; nothing can be sent").In(lang)
		return out, nil
	}
	if !can.Direct {
		out.Why = "never"
	}
	if !can.Direct || can.WindowHours == 0 || c.lastIn == 0 {
		return out, nil
	}
	w, err := s.ports.Windows.Window(ctx, tx, orgID, c.account, c.external)
	if err != nil {
		return out, err
	}
	closes := clock.Time(c.lastIn).Add(time.Duration(can.WindowHours) * time.Hour)
	if w.Until != nil { // more than words open some: a menu that was pressed
		closes = *w.Until
	}
	out.ClosesAt = &closes
	if why, note := session(w, staff); why != "" {
		out.Open, out.Why, out.Note = false, why, note.In(lang)
		return out, nil
	}
	if !s.now().Before(closes) || w.Why == WhyWindow {
		out.Open, out.Why, out.Note = false, WhyWindow, i18n.T("客户超过 %d 小时没有发消息，平台不允许再发。等客户再次联系，或换一个账号", "The customer has not written for %d hours, so the platform lets nothing be sent. Wait until they write again, or use another account", can.WindowHours).In(lang)
	}
	if can.WindowMessages == 0 {
		return out, nil
	}
	var sent int
	if err := tx.QueryRow(ctx, "SELECT count(*) FROM inbox_message WHERE org_id = ? AND conversation_id = ? AND direction = 'out' AND n_in >= 0 AND state <> 'failed' AND (event_id = '' AND n_in >= ? OR event_id <> '' AND at >= ?)", orgID, c.id, c.incoming, c.lastIn).Scan(&sent); err != nil {
		return out, err
	}
	out.Left = max(0, can.WindowMessages-sent)
	if w.Left >= 0 {
		out.Left = min(out.Left, w.Left)
	}
	if out.Left == 0 && out.Open {
		out.Open, out.Why, out.Note = false, WhyLimit, i18n.T("客户最后一条消息之后已发满 %d 条，要等客户再次回复", "%d messages have been sent since the customer last wrote; wait for their answer", can.WindowMessages).In(lang)
	}
	return out, nil
}

// session says why a session on the platform keeps us from writing; empty: it
// does not.
func session(w Window, staff map[string]Member) (why string, note i18n.Text) {
	switch w.Why {
	case WhyServed:
		name := cmp.Or(staff[w.StaffID].Name, w.UserID)
		if name == "" {
			return w.Why, i18n.T("有同事正在平台上接待这位客户，这里发不出去。等那边结束接待，或到平台上继续", "A colleague serves this customer on the platform, so nothing can be sent from here. Wait until they are done, or go on there")
		}
		return w.Why, i18n.T("%s 正在平台上接待这位客户，这里发不出去。等那边结束接待，或到平台上继续", "%s serves this customer on the platform, so nothing can be sent from here. Wait until they are done, or go on there", name)
	case WhyQueued:
		return w.Why, i18n.T("客户正在平台的接待队列里等人，接入之前这里发不出去。请到平台上接入", "The customer waits in the platform's queue; until somebody takes them there, nothing can be sent from here")
	case WhyEnded:
		return w.Why, i18n.T("平台上的这次会话已经结束，客户再发消息后才能回复", "The session on the platform has ended; you can answer once the customer writes again")
	}
	return "", note
}

// Details is a conversation with what the composer must know.
type Details struct {
	Conversation
	Composer  Composer   `json:"composer"`
	Presence  []Presence `json:"presence" nullable:"false" doc:"Who else is looking or typing"`
	Typing    *time.Time `json:"customer_typing_until" doc:"The customer is writing, until then unless they go on; null: they are not"`
	Draft     string     `json:"draft" doc:"What whoever asks has begun to write"`
	ReadUpTo  int64      `json:"read_up_to" doc:"The number of the incoming message up to which whoever asks has read"`
	History   []Handover `json:"history" nullable:"false" doc:"To whom it was assigned, the latest first"`
	AccountOn bool       `json:"account_active"`
	Chat      *ChatThere `json:"chat" doc:"Where an archived chat goes on; null: it is none"`
}

// ChatThere is how the platform names an archived chat, to open it there.
type ChatThere struct {
	UserID     string `json:"user_id" doc:"The member whose chat it is"`
	ExternalID string `json:"external_id" doc:"The customer"`
}

// Handover is one assignment.
type Handover struct {
	StaffID     string    `json:"staff_id" doc:"Empty: given back to all"`
	StaffName   string    `json:"staff_name"`
	FromStaffID string    `json:"from_staff_id"`
	FromName    string    `json:"from_name"`
	TeamID      string    `json:"team_id" doc:"The team that it was handed to; empty: it stayed where it was"`
	TeamName    string    `json:"team_name" doc:"Empty as well when there is no such team any more"`
	By          string    `json:"by" enum:"staff,desk,system"`
	ByID        string    `json:"by_id"`
	Note        string    `json:"note"`
	At          time.Time `json:"at"`
}

// Conversation returns one conversation.
func (s *Service) Conversation(ctx context.Context, id string) (out Details, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		out = Details{History: []Handover{}, Presence: []Presence{}}
		c, err := s.visible(ctx, tx, id)
		if errs.Is(err, errs.CodeConflict) {
			return s.chatDetails(ctx, tx, id, &out)
		}
		if err != nil {
			return err
		}
		shown, err := s.showAll(ctx, tx, []*conversation{c})
		if err != nil {
			return err
		}
		out.Conversation = shown[0]
		f, err := s.faces(ctx, tx, a.OrgID, c)
		if err != nil {
			return err
		}
		out.AccountOn = f.accounts[c.account].Active
		if out.Composer, err = s.composer(ctx, tx, a.OrgID, c, f.accounts[c.account], f.staff); err != nil {
			return err
		}
		if out.Presence, err = s.presenceOf(ctx, tx, a.OrgID, c.id, a.ID, f.staff); err != nil {
			return err
		}
		if out.Typing, err = s.customerTypes(ctx, tx, a.OrgID, c.id); err != nil {
			return err
		}
		read, err := reads(ctx, tx, a.OrgID, a.ID, []string{c.id})
		if err != nil {
			return err
		}
		out.ReadUpTo = read[c.id]
		err = tx.QueryRow(ctx, "SELECT text FROM inbox_draft WHERE org_id = ? AND staff_id = ? AND conversation_id = ?", a.OrgID, a.ID, c.id).Scan(&out.Draft)
		if err != nil && !db.IsNoRows(err) {
			return err
		}
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var h Handover
			var at int64
			err := rows.Scan(&h.StaffID, &h.FromStaffID, &h.By, &h.ByID, &h.Note, &at, &h.TeamID)
			h.StaffName, h.FromName, h.At = f.staff[h.StaffID].Name, f.staff[h.FromStaffID].Name, clock.Time(at)
			h.TeamName = f.teams[h.TeamID]
			out.History = append(out.History, h)
			return err
		}, "SELECT staff_id, from_staff_id, by_kind, by_id, note, at, team_id FROM inbox_assignment WHERE org_id = ? AND conversation_id = ? AND at > 0 ORDER BY at DESC, id DESC LIMIT 20", a.OrgID, c.id)
	})
	return out, err
}
