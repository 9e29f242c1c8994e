package carrier

import (
	"context"
	"database/sql"
	"fmt"

	"fishpond/internal/platform/db"
)

// CensusAccount is an account with those behind it.
type CensusAccount struct {
	ID, Kind, Name string
	Active         bool // switched on
	Failing        bool // its health says that nothing works at present
	Members        []CensusMember
}

// CensusMember is a member of an account's corp who has, or had, friends.
type CensusMember struct {
	UserID, Name string
	StaffID      string // empty: nobody here
	Active       bool
}

// Why somebody cannot be written to over a tie.
const (
	TieUnfriended  = "not_friend"  // they or the member ended it
	TieUnconfirmed = "unconfirmed" // the member has not confirmed it
	TieMemberLeft  = "member_left" // who was their friend has left, or cannot confirm
	TieWindow      = "window"      // the platform lets us write only after they do
	TiePage        = "page"        // they see it when they come back to the page
)

// Tie is what there is between a person and an account.
type Tie struct {
	AccountID, UserID string // UserID: the member; empty where an account is one sender
	PersonID          string // of whom it was learned
	Direct            bool   // they can be written to as things stand
	Waits             bool   // they can be answered once they come
	Why               string // neither, or only the latter: one of the above
}

// Census tells an org's accounts by their age, for counts over all people.
func (s *Service) Census(ctx context.Context, tx *db.Tx, orgID string) (out []CensusAccount, err error) {
	at := map[string]int{}
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var a CensusAccount
		var status, health string
		err := rows.Scan(&a.ID, &a.Kind, &a.Name, &status, &health)
		a.Active, a.Failing = status == StatusActive, health == HealthFailing
		at[a.ID] = len(out)
		out = append(out, a)
		return err
	}, "SELECT id, kind, name, status, health FROM carrier_account WHERE org_id = ? ORDER BY created_at, id", orgID); err != nil {
		return nil, fmt.Errorf("carrier: census: %w", err)
	}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var account, status string
		var m CensusMember
		if err := rows.Scan(&account, &m.UserID, &m.Name, &m.StaffID, &status); err != nil {
			return err
		}
		m.Active = status == "active"
		if i, ok := at[account]; ok {
			out[i].Members = append(out[i].Members, m)
		}
		return nil
	}, "SELECT account_id, user_id, name, staff_id, status FROM carrier_staff WHERE org_id = ? ORDER BY account_id, user_id", orgID)
}

// EachTie tells all ties between people and accounts, in no order, by the same
// rules by which Friendships, Recipients and Windows answer for some people. Of a
// window it looks at the time alone: one in which all messages were sent counts
// as open. Whether accounts work is for Census to say.
func (s *Service) EachTie(ctx context.Context, tx *db.Tx, orgID string, tell func(Tie)) error {
	now := s.now()
	return tx.Each(ctx, func(rows *sql.Rows) error {
		var t Tie
		var kind, status, member string
		var heard, acted int64
		if err := rows.Scan(&t.AccountID, &kind, &t.UserID, &t.PersonID, &status, &heard, &acted, &member); err != nil {
			return err
		}
		if t.PersonID == "" {
			return nil
		}
		friend := status == StatusFriend
		c := abilities[kind].Capability
		switch {
		case !friend && status != StatusVisitor && status != StatusHalf:
			t.Why = TieUnfriended
		case kind == KindWecom && status == StatusHalf:
			t.Why = TieUnconfirmed
		case kind == KindWecom && member != "active":
			t.Why = TieMemberLeft
		case kind == KindWecom:
			t.Direct = friend
		case kind == KindWeb:
			t.Waits, t.Why = true, TiePage
		case !c.Direct || t.UserID != "":
			return nil
		case c.WindowHours == 0 || openingOf(c, heard, acted, now).since > 0:
			t.Direct = true
		default:
			t.Waits, t.Why = true, TieWindow
		}
		tell(t)
		return nil
	}, `SELECT c.account_id, a.kind, c.user_id, c.person_id, c.status, c.heard_at, c.acted_at, COALESCE(m.status, 'active') FROM carrier_contact c
		JOIN carrier_account a ON a.org_id = c.org_id AND a.id = c.account_id
		LEFT JOIN carrier_staff m ON m.org_id = c.org_id AND m.account_id = c.account_id AND m.user_id = c.user_id WHERE c.org_id = ?`, orgID)
}

// EachReturned tells the mail addresses to which nothing more goes, in lower case.
func (s *Service) EachReturned(ctx context.Context, tx *db.Tx, orgID string, tell func(address string)) error {
	return tx.Each(ctx, func(rows *sql.Rows) error {
		var address string
		err := rows.Scan(&address)
		if err == nil {
			tell(address)
		}
		return err
	}, "SELECT address FROM carrier_address WHERE org_id = ? AND state <> 'soft'", orgID)
}
