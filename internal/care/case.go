package care

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// The kinds of cases.
const (
	kindWord      = "word"
	kindComplaint = "complaint"
)

// Where a case comes from.
const (
	sourceMessage = "message"
	sourceArchive = "archive"
	sourceStopped = "stopped" // it was not sent
	sourceMail    = "mail"
	sourceStaff   = "staff"
)

// Where a case stands.
const (
	statusOpen   = "open"
	statusTaken  = "taken"
	statusClosed = "closed"
)

const maxCaseText = 8 << 10 // bytes of what was said that are kept with a case

// record is a row of care_case.
type record struct {
	id, kind, source, status            string
	version                             int64
	dedupe, direction, action, category string
	listIDs, hits, text, keys           string
	person, account, external, staff    string
	message, handler                    string
	outcome, memo, satisfaction         string
	due, occurred, created              int64
	taken, closed                       int64
}

const caseColumns = `id, kind, source, status, version, dedupe, direction, action, category, list_ids, hits, text, keys, person_id, account_id, external_id, staff_id, message_id,
	handler_id, outcome, memo, satisfaction, due_at, occurred_at, created_at, taken_at, closed_at`

func (c *record) fields() []any {
	return []any{&c.id, &c.kind, &c.source, &c.status, &c.version, &c.dedupe, &c.direction, &c.action, &c.category, &c.listIDs, &c.hits, &c.text, &c.keys, &c.person, &c.account, &c.external, &c.staff, &c.message,
		&c.handler, &c.outcome, &c.memo, &c.satisfaction, &c.due, &c.occurred, &c.created, &c.taken, &c.closed}
}

func casesWhere(ctx context.Context, tx *db.Tx, orgID, where string, args ...any) (out []*record, err error) {
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		c := &record{}
		err := rows.Scan(c.fields()...)
		out = append(out, c)
		return err
	}, "SELECT "+caseColumns+" FROM care_case WHERE org_id = ? AND "+where, append([]any{orgID}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("care: cases: %w", err)
	}
	return out, nil
}

func noCase() error { return errs.NotFound(i18n.T("这个案件", "case")) }

func caseByID(ctx context.Context, tx *db.Tx, orgID, id string) (*record, error) {
	found, err := casesWhere(ctx, tx, orgID, "id = ?", id)
	if err == nil && len(found) == 0 {
		err = noCase()
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// insertCase stores a case unless the same fact has made one; it tells which.
func insertCase(ctx context.Context, tx *db.Tx, orgID string, c *record, by string) (bool, error) {
	c.status, c.version = statusOpen, 1
	n, err := tx.Changed(ctx, "INSERT INTO care_case (org_id, "+caseColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		orgID, c.id, c.kind, c.source, c.status, c.version, c.dedupe, c.direction, c.action, c.category, c.listIDs, c.hits, c.text, c.keys, c.person, c.account, c.external, c.staff, c.message,
		c.handler, c.outcome, c.memo, c.satisfaction, c.due, c.occurred, c.created, c.taken, c.closed)
	if err != nil {
		return false, fmt.Errorf("care: case: %w", err)
	}
	if n == 0 {
		return false, nil
	}
	return true, putStep(ctx, tx, orgID, c, c.created, by, "opened", nil)
}

func putStep(ctx context.Context, tx *db.Tx, orgID string, c *record, at int64, by, step string, detail map[string]string) error {
	if detail == nil {
		detail = map[string]string{}
	}
	_, err := tx.Exec(ctx, "INSERT INTO care_case_step (org_id, case_id, number, at, by_id, step, detail) VALUES (?, ?, ?, ?, ?, ?, ?)", orgID, c.id, c.version, at, by, step, db.JSON(detail))
	return err
}

// Case is something that was said which somebody should look at. Its text is
// what people typed: show it as text, never as HTML.
type Case struct {
	ID           string     `json:"id"`
	Kind         string     `json:"kind" enum:"word,complaint"`
	Source       string     `json:"source" enum:"message,archive,stopped,mail,staff" doc:"stopped: it was not sent"`
	Status       string     `json:"status" enum:"open,taken,closed"`
	Version      int64      `json:"version" doc:"Give it back with a change"`
	Direction    string     `json:"direction" doc:"in: said by the customer; out: to them; empty: neither"`
	Action       string     `json:"action" doc:"Of the strictest list: alert, block, complaint"`
	Category     string     `json:"category"`
	Hits         []Hit      `json:"hits" nullable:"false"`
	Text         string     `json:"text" doc:"With personal data hidden as far as the role does not see it"`
	Hidden       bool       `json:"hidden" doc:"Something is hidden in the text; see reveal"`
	PersonID     string     `json:"person_id"`
	PersonName   string     `json:"person_name"`
	AccountID    string     `json:"account_id"`
	AccountName  string     `json:"account_name"`
	StaffID      string     `json:"staff_id" doc:"Whose conversation or customer it is"`
	StaffName    string     `json:"staff_name"`
	HandlerID    string     `json:"handler_id"`
	HandlerName  string     `json:"handler_name"`
	Outcome      string     `json:"outcome" doc:"normal, warned, escalated, compensated, other; empty: not closed"`
	Memo         string     `json:"memo"`
	Satisfaction string     `json:"satisfaction" doc:"Complaints: satisfied, neutral, unsatisfied, unknown"`
	DueAt        *time.Time `json:"due_at" doc:"Complaints: by when it should be closed"`
	Overdue      bool       `json:"overdue"`
	OccurredAt   time.Time  `json:"occurred_at"`
	CreatedAt    time.Time  `json:"created_at"`
	TakenAt      *time.Time `json:"taken_at"`
	ClosedAt     *time.Time `json:"closed_at"`
}

// Step is something that happened to a case.
type Step struct {
	At     time.Time         `json:"at"`
	ByID   string            `json:"by_id"`
	ByName string            `json:"by_name" doc:"Empty: the system"`
	Step   string            `json:"step" enum:"opened,taken,handed,released,noted,closed,reopened"`
	Detail map[string]string `json:"detail"`
}

// CaseDetails are a case with its history.
type CaseDetails struct {
	Case
	Steps []Step `json:"steps" nullable:"false" doc:"Oldest first"`
}

// faces are the names that cases are shown with.
type faces struct {
	people   map[string]Card
	staff    map[string]string
	accounts map[string]Account
}

func (s *Service) faces(ctx context.Context, tx *db.Tx, orgID string, persons []string) (f faces, err error) {
	if f.people, err = s.People.Cards(ctx, tx, orgID, persons); err != nil {
		return f, fmt.Errorf("care: names: %w", err)
	}
	if f.staff, err = s.Staff.Names(ctx, tx, orgID); err != nil {
		return f, fmt.Errorf("care: staff: %w", err)
	}
	if f.accounts, err = s.Carriers.Accounts(ctx, tx, orgID); err != nil {
		return f, fmt.Errorf("care: accounts: %w", err)
	}
	return f, nil
}

func (s *Service) shownCases(ctx context.Context, tx *db.Tx, orgID string, of []*record, revealed bool) ([]Case, error) {
	persons := make([]string, 0, len(of))
	for _, c := range of {
		if c.person != "" {
			persons = append(persons, c.person)
		}
	}
	f, err := s.faces(ctx, tx, orgID, persons)
	if err != nil {
		return nil, err
	}
	role, now := actor(ctx).Role, s.micros()
	out := make([]Case, len(of))
	for i, c := range of {
		shown := Case{ID: c.id, Kind: c.kind, Source: c.source, Status: c.status, Version: c.version, Direction: c.direction, Action: c.action, Category: c.category, Hits: []Hit{}, Text: c.text,
			PersonID: c.person, AccountID: c.account, AccountName: f.accounts[c.account].Name, StaffID: c.staff, StaffName: f.staff[c.staff], HandlerID: c.handler, HandlerName: f.staff[c.handler],
			Outcome: c.outcome, Memo: c.memo, Satisfaction: c.satisfaction, DueAt: clock.Ptr(c.due), Overdue: c.due > 0 && c.closed == 0 && c.due < now,
			OccurredAt: clock.Time(c.occurred), CreatedAt: clock.Time(c.created), TakenAt: clock.Ptr(c.taken), ClosedAt: clock.Ptr(c.closed)}
		if card, ok := f.people[c.person]; ok {
			shown.PersonID, shown.PersonName = card.ID, card.Name
		}
		if err := json.Unmarshal([]byte(c.hits), &shown.Hits); err != nil {
			return nil, fmt.Errorf("care: case %s: %w", c.id, err)
		}
		if !revealed {
			shown.Text = Mask(c.text, role)
			shown.Hidden = shown.Text != c.text
			shown.Memo = Mask(c.memo, role)
			if shown.Hidden { // a word may itself be a number that is hidden
				for k, h := range shown.Hits {
					shown.Hits[k].Word = Mask(h.Word, role)
				}
			}
		}
		out[i] = shown
	}
	return out, nil
}
