package care

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/platform/plaintext"
)

// What is done when a word of a list is found.
const (
	ActionAlert     = "alert"     // a case is made
	ActionBlock     = "block"     // going out, it is not sent; coming in, a case is made
	ActionComplaint = "complaint" // a customer complains
)

// The directions of a list, and of what is said.
const (
	DirectionIn   = "in"  // from the customer
	DirectionOut  = "out" // to the customer
	directionBoth = "both"
)

// maxLists is how many lists an org may have.
const maxLists = 100

// WordList is a list of sensitive words.
type WordList struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	Category   string    `json:"category"`
	Direction  string    `json:"direction" enum:"in,out,both"`
	Action     string    `json:"action" enum:"alert,block,complaint"`
	Enabled    bool      `json:"enabled"`
	Words      int64     `json:"words"`
	Exceptions int64     `json:"exceptions"`
	CreatedAt  time.Time `json:"created_at"`
	UpdatedAt  time.Time `json:"updated_at"`
}

// WordListInput makes a list, or changes what is given of one.
type WordListInput struct {
	Name      string `json:"name,omitempty" maxLength:"60"`
	Category  string `json:"category,omitempty" maxLength:"30" doc:"As the org likes: promise, competitor, abuse …"`
	Direction string `json:"direction,omitempty" enum:"in,out,both" doc:"What is looked through: from customers, to them, or both"`
	Action    string `json:"action,omitempty" enum:"alert,block,complaint" doc:"block: what goes out is not sent; complaint: what comes in is a complaint"`
	Enabled   *bool  `json:"enabled,omitempty"`
}

func noList() error { return errs.NotFound(i18n.T("这个词库", "list of words")) }

const listColumns = "id, name, category, direction, action, enabled, words, exceptions, created_at, updated_at"

func listsWhere(ctx context.Context, tx *db.Tx, orgID, where string, args ...any) (out []WordList, err error) {
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var l WordList
		var enabled, created, updated int64
		err := rows.Scan(&l.ID, &l.Name, &l.Category, &l.Direction, &l.Action, &enabled, &l.Words, &l.Exceptions, &created, &updated)
		l.Enabled, l.CreatedAt, l.UpdatedAt = enabled == 1, clock.Time(created), clock.Time(updated)
		out = append(out, l)
		return err
	}, "SELECT "+listColumns+" FROM care_list WHERE org_id = ? AND "+where, append([]any{orgID}, args...)...)
}

func listByID(ctx context.Context, tx *db.Tx, orgID, id string) (WordList, error) {
	found, err := listsWhere(ctx, tx, orgID, "id = ?", id)
	if err == nil && len(found) == 0 {
		err = noList()
	}
	if err != nil {
		return WordList{}, err
	}
	return found[0], nil
}

// Lists returns all lists by name.
func (s *Service) Lists(ctx context.Context) (out []WordList, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		out, err = listsWhere(ctx, tx, org, "id <> '' ORDER BY name, id")
		return err
	})
	return out, err
}

func (l *WordList) set(in WordListInput) error {
	in.Name, in.Category = plaintext.Line(in.Name, 60), plaintext.Line(in.Category, 30)
	for _, f := range []struct{ from, to *string }{{&in.Name, &l.Name}, {&in.Category, &l.Category}, {&in.Direction, &l.Direction}, {&in.Action, &l.Action}} {
		if *f.from != "" {
			*f.to = *f.from
		}
	}
	if in.Enabled != nil {
		l.Enabled = *in.Enabled
	}
	switch {
	case l.Name == "":
		return errs.InvalidField("body.name", i18n.T("不能为空", "This is needed"))
	case l.Action == ActionBlock && l.Direction == DirectionIn:
		return errs.InvalidField("body.action", i18n.T("拦截只对发出的消息有效，方向要选“发出”或“双向”", "Only what goes out can be blocked: choose the direction out or both"))
	case l.Action == ActionComplaint && l.Direction != DirectionIn:
		return errs.InvalidField("body.action", i18n.T("投诉由客户的话触发，方向要选“收到”", "A complaint is made by a customer's words: choose the direction in"))
	}
	return nil
}

// CreateList makes an empty list.
func (s *Service) CreateList(ctx context.Context, in WordListInput) (l WordList, err error) {
	org := actor(ctx).OrgID
	at := s.micros()
	l = WordList{ID: ids.New("wrd"), Direction: directionBoth, Action: ActionAlert, Enabled: true, CreatedAt: clock.Time(at), UpdatedAt: clock.Time(at)}
	if err := l.set(in); err != nil {
		return l, err
	}
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		var n int
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM care_list WHERE org_id = ?", org).Scan(&n); err != nil {
			return err
		}
		if n >= maxLists {
			return errs.Invalid(i18n.T("最多 %d 个词库", "At most %d lists", maxLists))
		}
		if _, err := tx.Exec(ctx, "INSERT INTO care_list (org_id, "+listColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?)", org, l.ID, l.Name, l.Category, l.Direction, l.Action, db.Bit(l.Enabled), at, at); err != nil {
			return fmt.Errorf("care: list: %w", err)
		}
		return s.Auditor.Audit(ctx, tx, "care.list.created", "word_list", l.ID, map[string]any{"name": l.Name, "action": l.Action, "direction": l.Direction})
	})
	return l, err
}

// UpdateList changes what a list is called, what it does and whether it does.
func (s *Service) UpdateList(ctx context.Context, id string, in WordListInput) (l WordList, err error) {
	err = s.changeWords(ctx, func(tx *db.Tx, org string) error {
		if l, err = listByID(ctx, tx, org, id); err != nil {
			return err
		}
		if err := l.set(in); err != nil {
			return err
		}
		l.UpdatedAt = clock.Time(s.micros())
		if _, err := tx.Exec(ctx, "UPDATE care_list SET name = ?, category = ?, direction = ?, action = ?, enabled = ?, updated_at = ? WHERE org_id = ? AND id = ?",
			l.Name, l.Category, l.Direction, l.Action, db.Bit(l.Enabled), clock.Micros(l.UpdatedAt), org, id); err != nil {
			return fmt.Errorf("care: list: %w", err)
		}
		return s.Auditor.Audit(ctx, tx, "care.list.changed", "word_list", id, in)
	})
	return l, err
}

// DeleteList deletes a list with its words. Cases that it made stay.
func (s *Service) DeleteList(ctx context.Context, id string) error {
	return s.changeWords(ctx, func(tx *db.Tx, org string) error {
		l, err := listByID(ctx, tx, org, id)
		if err != nil {
			return err
		}
		for _, query := range []string{"DELETE FROM care_word WHERE org_id = ? AND list_id = ?", "DELETE FROM care_list WHERE org_id = ? AND id = ?"} {
			if _, err := tx.Exec(ctx, query, org, id); err != nil {
				return err
			}
		}
		return s.Auditor.Audit(ctx, tx, "care.list.deleted", "word_list", id, map[string]any{"name": l.Name, "words": l.Words})
	})
}

// changeWords changes lists or words, and has the org's automaton built anew
// before it returns.
func (s *Service) changeWords(ctx context.Context, fn func(tx *db.Tx, org string) error) error {
	org := actor(ctx).OrgID
	err := s.db.Write(ctx, org, func(tx *db.Tx) error {
		if err := ensure(ctx, tx, org); err != nil {
			return err
		}
		if err := fn(tx, org); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "UPDATE care_org SET revision = revision + 1 WHERE org_id = ?", org)
		return err
	})
	if err != nil {
		return err
	}
	if err := s.load(context.WithoutCancel(ctx), org); err != nil {
		s.logger.ErrorContext(ctx, "the words were stored; they will count with the next look", "error", err)
	}
	return nil
}
