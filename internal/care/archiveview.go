package care

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/fulltext"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/plaintext"
)

// Thread is a conversation of the archive: of a member with a customer, or a group.
type Thread struct {
	ID         string    `json:"id"`
	StaffID    string    `json:"staff_id" doc:"Empty: the member is nobody of the staff here"`
	StaffName  string    `json:"staff_name"`
	UserID     string    `json:"user_id" doc:"The member on the platform"`
	PersonID   string    `json:"person_id" doc:"Empty: not known here"`
	PersonName string    `json:"person_name"`
	ExternalID string    `json:"external_id"`
	RoomID     string    `json:"room_id" doc:"The group; empty: between two"`
	Messages   int64     `json:"messages"`
	FirstAt    time.Time `json:"first_at"`
	LastAt     time.Time `json:"last_at"`
}

// ArchivedMessage is a message of the archive. Its text is what people typed:
// show it as text, never as HTML.
type ArchivedMessage struct {
	ID          string    `json:"id"`
	ThreadID    string    `json:"thread_id"`
	Direction   string    `json:"direction" enum:"in,out"`
	SenderID    string    `json:"sender_id" doc:"On the platform"`
	Type        string    `json:"type"`
	Text        string    `json:"text" doc:"With personal data hidden as far as the role does not see it"`
	Hidden      bool      `json:"hidden"`
	AmountMinor int64     `json:"amount_minor"`
	Currency    string    `json:"currency"`
	At          time.Time `json:"at"`
}

// FoundMessage is a message that a search found.
type FoundMessage struct {
	ArchivedMessage
	Thread Thread `json:"thread"`
}

// ThreadFilter selects conversations; empty: all.
type ThreadFilter struct {
	StaffID  string `query:"staff_id" maxLength:"64" json:"staff_id"`
	PersonID string `query:"person_id" maxLength:"64" json:"person_id"`
}

func noThread() error { return errs.NotFound(i18n.T("这个会话", "conversation")) }

const threadColumns = "id, staff_id, user_id, person_id, external_id, room_id, messages, first_at, last_at"

func (s *Service) threads(ctx context.Context, tx *db.Tx, orgID, where string, args ...any) ([]Thread, error) {
	out, err := db.All(ctx, tx, func(rows *sql.Rows, t *Thread) error {
		var first, last int64
		err := rows.Scan(&t.ID, &t.StaffID, &t.UserID, &t.PersonID, &t.ExternalID, &t.RoomID, &t.Messages, &first, &last)
		t.FirstAt, t.LastAt = clock.Time(first), clock.Time(last)
		return err
	}, "SELECT "+threadColumns+" FROM care_thread WHERE org_id = ? AND "+where, append([]any{orgID}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("care: threads: %w", err)
	}
	var persons []string
	for _, t := range out {
		persons = append(persons, t.PersonID)
	}
	f, err := s.faces(ctx, tx, orgID, distinct(persons))
	if err != nil {
		return nil, err
	}
	for i := range out {
		t := &out[i]
		t.StaffName = f.staff[t.StaffID]
		if card, ok := f.people[t.PersonID]; ok {
			t.PersonID, t.PersonName = card.ID, card.Name
		}
	}
	return out, nil
}

// Threads returns a page of conversations, the latest first. That somebody
// looked is in the audit log.
func (s *Service) Threads(ctx context.Context, f ThreadFilter, after casePlace, limit int) (out []Thread, next casePlace, err error) {
	org := actor(ctx).OrgID
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		next = casePlace{}
		where, args := "last_at >= 0", []any{}
		for _, c := range []struct{ column, value string }{{"staff_id", f.StaffID}, {"person_id", f.PersonID}} {
			if c.value != "" {
				where, args = where+" AND "+c.column+" = ?", append(args, c.value)
			}
		}
		if after.ID != "" {
			where, args = where+" AND (last_at, id) < (?, ?)", append(args, after.At, after.ID)
		}
		if out, err = s.threads(ctx, tx, org, where+" ORDER BY last_at DESC, id DESC LIMIT ?", append(args, limit+1)...); err != nil {
			return err
		}
		if len(out) > limit {
			out = out[:limit]
			next = casePlace{clock.Micros(out[limit-1].LastAt), out[limit-1].ID}
		}
		return s.Auditor.Audit(ctx, tx, "care.archive.listed", "archive", "", map[string]any{"staff_id": f.StaffID, "person_id": f.PersonID})
	})
	return out, next, err
}

const messageColumns = "id, thread_id, direction, sender_id, type, text, amount_minor, currency, at, doc"

// archivedRow is a message with its place in the index.
type archivedRow struct {
	ArchivedMessage
	at, doc int64
}

func archivedWhere(ctx context.Context, tx *db.Tx, orgID, where string, args ...any) ([]archivedRow, error) {
	out, err := db.All(ctx, tx, func(rows *sql.Rows, m *archivedRow) error {
		err := rows.Scan(&m.ID, &m.ThreadID, &m.Direction, &m.SenderID, &m.Type, &m.Text, &m.AmountMinor, &m.Currency, &m.at, &m.doc)
		m.At = clock.Time(m.at)
		return err
	}, "SELECT "+messageColumns+" FROM care_message WHERE org_id = ? AND "+where, append([]any{orgID}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("care: archived messages: %w", err)
	}
	return out, nil
}

func hideIn(ctx context.Context, m *ArchivedMessage, revealed bool) {
	if !revealed {
		plain := m.Text
		m.Text = Mask(plain, actor(ctx).Role)
		m.Hidden = m.Text != plain
	}
}

// ThreadPage says which part of a conversation is looked at. Empty: the end.
type ThreadPage struct {
	From   casePlace // where a page before ended
	Newer  bool      // what comes after From, not what was before it
	Around string    // a message that stands in the middle
	Limit  int
	Reveal bool // with nothing hidden
}

// ThreadView is a part of a conversation, the latest message first.
type ThreadView struct {
	Thread       Thread
	Messages     []ArchivedMessage
	Older, Newer casePlace // where it goes on; empty: nowhere
}

// ThreadMessages returns a part of a conversation. Each look is in the audit
// log, and whether anything hidden was shown.
func (s *Service) ThreadMessages(ctx context.Context, id string, p ThreadPage) (v ThreadView, err error) {
	org := actor(ctx).OrgID
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		v = ThreadView{Messages: []ArchivedMessage{}}
		found, err := s.threads(ctx, tx, org, "id = ?", id)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return noThread()
		}
		v.Thread = found[0]
		var rows []archivedRow
		switch {
		case p.Around != "":
			rows, err = v.around(ctx, tx, org, id, p)
		case p.Newer:
			rows, v.Newer, err = part(ctx, tx, org, id, p.From, true, p.Limit)
		default:
			rows, v.Older, err = part(ctx, tx, org, id, p.From, false, p.Limit)
		}
		if err != nil {
			return err
		}
		for _, m := range rows {
			hideIn(ctx, &m.ArchivedMessage, p.Reveal)
			v.Messages = append(v.Messages, m.ArchivedMessage)
		}
		return s.Auditor.Audit(ctx, tx, "care.archive.read", "archive_thread", id, map[string]any{"messages": len(v.Messages), "revealed": p.Reveal})
	})
	return v, err
}

// part reads what comes before a place of a conversation, or after it, the
// latest first, and where it goes on in the same direction.
func part(ctx context.Context, tx *db.Tx, orgID, thread string, from casePlace, newer bool, limit int) (rows []archivedRow, next casePlace, err error) {
	where, args, order := "thread_id = ?", []any{thread}, "DESC"
	if from.ID != "" {
		than := "<"
		if newer {
			than, order = ">", "ASC"
		}
		where, args = where+" AND (at, id) "+than+" (?, ?)", append(args, from.At, from.ID)
	}
	rows, err = archivedWhere(ctx, tx, orgID, where+" ORDER BY at "+order+", id "+order+" LIMIT ?", append(args, limit+1)...)
	if err == nil && len(rows) > limit {
		rows = rows[:limit]
		next = casePlace{rows[limit-1].at, rows[limit-1].ID}
	}
	if order == "ASC" {
		slices.Reverse(rows)
	}
	return rows, next, err
}

// around reads a message with as many before it as after it.
func (v *ThreadView) around(ctx context.Context, tx *db.Tx, orgID, thread string, p ThreadPage) ([]archivedRow, error) {
	mid, err := archivedWhere(ctx, tx, orgID, "id = ? AND thread_id = ?", p.Around, thread)
	if err != nil {
		return nil, err
	}
	if len(mid) == 0 {
		return nil, errs.NotFound(i18n.T("这条消息", "message"))
	}
	at, half := casePlace{mid[0].at, mid[0].ID}, max(1, p.Limit/2)
	after, newer, err := part(ctx, tx, orgID, thread, at, true, half)
	if err != nil {
		return nil, err
	}
	before, older, err := part(ctx, tx, orgID, thread, at, false, half)
	v.Newer, v.Older = newer, older
	return slices.Concat(after, mid, before), err
}

const (
	searchStep   = 200 // messages of the index that are looked at at once
	searchRounds = 15  // then the page ends, and can go on
)

// SearchArchive finds messages with all words of q, the newest first. A page
// may have fewer than limit and go on. The search is in the audit log, what was
// looked for with personal data hidden.
func (s *Service) SearchArchive(ctx context.Context, q string, f ThreadFilter, below int64, limit int) (out []FoundMessage, next int64, err error) {
	org := actor(ctx).OrgID
	terms := fulltext.Query(org, q)
	if len(terms) == 0 {
		return nil, 0, errs.InvalidField("query.q", i18n.T("请输入要找的字词", "Type a word to look for"))
	}
	words := strings.Fields(plaintext.Fold(plaintext.Line(q, 200)))
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		out, next = []FoundMessage{}, below
		if next == 0 {
			next = math.MaxInt64
		}
		known := map[string]Thread{}
		for round := 0; round < searchRounds && next != 0 && len(out) < limit; round++ {
			rows, err := s.indexed(ctx, tx, org, terms, next)
			if err != nil {
				return err
			}
			if next = 0; len(rows) == searchStep {
				next = rows[searchStep-1].doc
			}
			if err := s.addThreads(ctx, tx, org, rows, known); err != nil {
				return err
			}
			for _, m := range rows {
				t := known[m.ThreadID]
				if f.StaffID != "" && t.StaffID != f.StaffID || f.PersonID != "" && t.PersonID != f.PersonID || !containsAll(plaintext.Fold(m.Text), words) {
					continue
				}
				if len(out) == limit {
					break
				}
				if len(out) == limit-1 {
					next = m.doc
				}
				hideIn(ctx, &m.ArchivedMessage, false)
				out = append(out, FoundMessage{ArchivedMessage: m.ArchivedMessage, Thread: t})
			}
		}
		return s.Auditor.Audit(ctx, tx, "care.archive.searched", "archive", "", map[string]any{"q": Mask(plaintext.Line(q, 100), ""), "found": len(out)})
	})
	return out, next, err
}

func containsAll(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

func (s *Service) addThreads(ctx context.Context, tx *db.Tx, orgID string, rows []archivedRow, known map[string]Thread) error {
	var missing []string
	for _, m := range rows {
		if _, ok := known[m.ThreadID]; !ok {
			missing = append(missing, m.ThreadID)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	where, arg := tx.In("id", distinct(missing))
	found, err := s.threads(ctx, tx, orgID, where, arg)
	for _, t := range found {
		known[t.ID] = t
	}
	return err
}

// indexed asks the index for the next messages with all terms.
func (s *Service) indexed(ctx context.Context, tx *db.Tx, orgID string, terms []fulltext.Wanted, below int64) ([]archivedRow, error) {
	docs, err := index.Find(ctx, tx, orgID, terms, below, searchStep)
	if err != nil || len(docs) == 0 {
		return nil, err
	}
	where, arg := fulltext.In(tx, docs)
	return archivedWhere(ctx, tx, orgID, where+" ORDER BY doc DESC", arg)
}
