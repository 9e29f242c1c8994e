package carrier

import (
	"context"
	"database/sql"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// ContactItem is the tie between a person and an account.
type ContactItem struct {
	AccountID   string       `json:"account_id"`
	AccountName string       `json:"account_name"`
	AccountKind string       `json:"account_kind"`
	UserID      string       `json:"user_id" doc:"The member; empty where the account is one sender"`
	UserName    string       `json:"user_name"`
	StaffID     string       `json:"staff_id"`
	ExternalID  string       `json:"external_id"`
	PersonID    string       `json:"person_id"`
	Name        string       `json:"name" doc:"What the person calls themselves there"`
	Remark      string       `json:"remark" doc:"What the member calls them"`
	Status      string       `json:"status" enum:"friend,half,visitor,removed_by_customer,removed_by_staff,transferred"`
	State       string       `json:"state" doc:"What the code or link that was used carried"`
	AddWay      int64        `json:"add_way"`
	Tags        []string     `json:"tags" nullable:"false" doc:"Names of the platform's tags"`
	Since       *time.Time   `json:"since" doc:"Null: before anybody looked"`
	EndedAt     *time.Time   `json:"ended_at"`
	HeardAt     *time.Time   `json:"heard_at" doc:"When they last wrote; null: not known"`
	Window      *Window      `json:"window" doc:"What may still be sent to them there; null where that is not limited"`
	History     []ContactWas `json:"history,omitempty" doc:"Oldest first"`
}

// ContactWas is something that happened to a contact.
type ContactWas struct {
	At     time.Time `json:"at"`
	Change string    `json:"change" enum:"half,added,removed_by_customer,removed_by_staff,transferred"`
	Source string    `json:"source" enum:"callback,sync"`
}

// ContactFilter selects contacts of an account; empty: all.
type ContactFilter struct {
	UserID string
	Status string
	Before contactPlace
	Limit  int
}

// contactPlace is where a page goes on, newest first.
type contactPlace struct {
	Since          int64
	User, External string
}

const contactItem = `c.account_id, a.name, a.kind, c.user_id, COALESCE(m.name, ''), COALESCE(m.staff_id, ''), c.external_id, c.person_id, c.name, c.remark, c.status, c.state, c.add_way, c.tags, c.since, c.ended_at, c.heard_at
	FROM carrier_contact c JOIN carrier_account a ON a.org_id = c.org_id AND a.id = c.account_id
	LEFT JOIN carrier_staff m ON m.org_id = c.org_id AND m.account_id = c.account_id AND m.user_id = c.user_id`

func contactItems(ctx context.Context, tx *db.Tx, orgID, tail string, args ...any) (out []ContactItem, err error) {
	names := map[string]map[string]string{} // account → tag id → name
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var c ContactItem
		var tags string
		var since, ended, heard int64
		if err := rows.Scan(&c.AccountID, &c.AccountName, &c.AccountKind, &c.UserID, &c.UserName, &c.StaffID, &c.ExternalID, &c.PersonID, &c.Name, &c.Remark, &c.Status, &c.State, &c.AddWay, &tags, &since, &ended, &heard); err != nil {
			return err
		}
		c.Since, c.EndedAt, c.HeardAt = clock.Ptr(since), clock.Ptr(ended), clock.Ptr(heard)
		c.Tags = listOf(tags)
		out = append(out, c)
		return nil
	}, "SELECT "+contactItem+" WHERE c.org_id = ? "+tail, append([]any{orgID}, args...)...)
	if err != nil {
		return nil, err
	}
	for i := range out {
		if names[out[i].AccountID] == nil {
			if names[out[i].AccountID], err = tagNames(ctx, tx, orgID, out[i].AccountID); err != nil {
				return nil, err
			}
		}
		shown := []string{}
		for _, id := range out[i].Tags {
			if n := names[out[i].AccountID][id]; n != "" {
				shown = append(shown, n)
			}
		}
		out[i].Tags = shown
	}
	return out, nil
}

// Contacts lists an account's contacts, the newest first.
func (s *Service) Contacts(ctx context.Context, accountID string, f ContactFilter) (out []ContactItem, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		if _, err := s.accountByID(ctx, tx, org, accountID); err != nil {
			return err
		}
		tail, args := "AND c.account_id = ? AND (? = '' OR c.user_id = ?) AND (? = '' OR c.status = ?)", []any{accountID, f.UserID, f.UserID, f.Status, f.Status}
		if f.Before != (contactPlace{}) {
			tail, args = tail+" AND (c.since, c.user_id, c.external_id) < (?, ?, ?)", append(args, f.Before.Since, f.Before.User, f.Before.External)
		}
		out, err = contactItems(ctx, tx, org, tail+" ORDER BY c.since DESC, c.user_id DESC, c.external_id DESC LIMIT ?", append(args, f.Limit)...)
		return err
	})
	return out, err
}

// ContactsOf lists the ties of a person whom the actor may see, with their histories.
func (s *Service) ContactsOf(ctx context.Context, personID string) (out []ContactItem, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		canonical, members, err := s.ports.People.Members(ctx, tx, org, personID)
		if err != nil {
			return err
		}
		if seen, err := s.ports.People.Visible(ctx, tx, org, canonical); err != nil {
			return err
		} else if !seen {
			return errs.NotFound(i18n.T("这位客户", "person"))
		}
		where, arg := tx.In("c.person_id", members)
		if out, err = contactItems(ctx, tx, org, "AND "+where+" ORDER BY c.since DESC, c.account_id, c.user_id LIMIT 500", arg); err != nil {
			return err
		}
		for i := range out {
			if err := tx.Each(ctx, func(rows *sql.Rows) error {
				var at int64
				var w ContactWas
				err := rows.Scan(&at, &w.Change, &w.Source)
				w.At = clock.Time(at)
				out[i].History = append(out[i].History, w)
				return err
			}, "SELECT at, change, source FROM carrier_contact_history WHERE org_id = ? AND account_id = ? AND user_id = ? AND external_id = ? ORDER BY at, change", org, out[i].AccountID, out[i].UserID, out[i].ExternalID); err != nil {
				return err
			}
		}
		return s.fillWindows(ctx, tx, org, out)
	})
	return out, err
}
