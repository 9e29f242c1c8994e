package carrier

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

// listOf reads a list of strings as it is stored.
func listOf(text string) []string {
	var out []string
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		return nil // a list that cannot be read shows as empty
	}
	return out
}

// Duplicate is a customer who is the friend of several members.
type Duplicate struct {
	PersonID string            `json:"person_id"`
	Name     string            `json:"name"`
	OwnerID  string            `json:"owner_user_id" doc:"Whose customer they are by the account's rule"`
	Holders  []DuplicateHolder `json:"holders" nullable:"false"`
}

// DuplicateHolder is one of the members.
type DuplicateHolder struct {
	UserID string     `json:"user_id"`
	Name   string     `json:"name"`
	Since  *time.Time `json:"since"`
}

// Duplicates lists customers of an account who are the friends of several
// members; those who may share customers do not count. after is the last
// person of the page before.
func (s *Service) Duplicates(ctx context.Context, accountID, after string, limit int) (out []Duplicate, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		out = nil
		a, err := s.accountByID(ctx, tx, org, accountID)
		if err != nil {
			return err
		}
		const held = `FROM carrier_contact c LEFT JOIN carrier_staff m ON m.org_id = c.org_id AND m.account_id = c.account_id AND m.user_id = c.user_id
			WHERE c.org_id = ? AND c.account_id = ? AND c.status IN ('friend', 'half') AND COALESCE(m.shared, 0) = 0`
		var persons []string
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			persons = append(persons, id)
			return err
		}, "SELECT c.person_id "+held+" AND c.person_id > ? GROUP BY c.person_id HAVING count(DISTINCT c.user_id) > 1 ORDER BY c.person_id LIMIT ?", org, a.id, after, limit); err != nil || len(persons) == 0 {
			return err
		}
		names, err := s.ports.People.Names(ctx, tx, org, persons)
		if err != nil {
			return err
		}
		where, arg := tx.In("c.person_id", persons)
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var person string
			var h DuplicateHolder
			var since int64
			if err := rows.Scan(&person, &h.UserID, &h.Name, &since); err != nil {
				return err
			}
			h.Since = clock.Ptr(since)
			if len(out) == 0 || out[len(out)-1].PersonID != person {
				out = append(out, Duplicate{PersonID: person, Name: names[person]})
			}
			d := &out[len(out)-1]
			d.Holders = append(d.Holders, h) // the longest friendship first
			switch a.settings["owner_rule"] {
			case "none":
			case "latest":
				d.OwnerID = h.UserID
			default:
				d.OwnerID = d.Holders[0].UserID
			}
			return nil
		}, "SELECT c.person_id, c.user_id, COALESCE(m.name, ''), c.since "+held+" AND "+where+" ORDER BY c.person_id, c.since, c.user_id", org, a.id, arg)
	})
	return out, err
}

// Reach is how many people can be reached, and how many would be lost with an account.
type Reach struct {
	Persons  int64          `json:"persons" doc:"People who can be reached through at least one account"`
	OnlyOne  int64          `json:"only_one" doc:"Of them, through exactly one"`
	Accounts []AccountReach `json:"accounts" nullable:"false"`
	Advice   []Advice       `json:"advice" nullable:"false" doc:"What to do, the most urgent first"`
}

// AccountReach is one account's part.
type AccountReach struct {
	AccountID string `json:"account_id"`
	Name      string `json:"name"`
	Kind      string `json:"kind"`
	Persons   int64  `json:"persons" doc:"People who can be reached through it"`
	OnlyHere  int64  `json:"only_here" doc:"People who would be lost with it: give them a second way"`

	status, health string
}

// Reach counts who could still be reached without each account.
func (s *Service) Reach(ctx context.Context) (out Reach, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		out = Reach{Accounts: []AccountReach{}}
		if err := tx.QueryRow(ctx, `SELECT count(*), COALESCE(SUM(CASE WHEN n = 1 THEN 1 ELSE 0 END), 0) FROM (
			SELECT count(DISTINCT account_id) AS n FROM carrier_contact WHERE org_id = ? AND status IN ('friend', 'half') GROUP BY person_id) AS held`, org).Scan(&out.Persons, &out.OnlyOne); err != nil {
			return err
		}
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var r AccountReach
			err := rows.Scan(&r.AccountID, &r.Name, &r.Kind, &r.status, &r.health, &r.Persons, &r.OnlyHere)
			out.Accounts = append(out.Accounts, r)
			return err
		}, `SELECT a.id, a.name, a.kind, a.status, a.health, count(p.person_id), COALESCE(SUM(CASE WHEN p.n = 1 THEN 1 ELSE 0 END), 0) FROM carrier_account a LEFT JOIN (
				SELECT min(account_id) AS account_id, person_id, 1 AS n FROM carrier_contact WHERE org_id = ? AND status IN ('friend', 'half') GROUP BY person_id HAVING count(DISTINCT account_id) = 1
				UNION ALL SELECT DISTINCT c.account_id, c.person_id, 2 FROM carrier_contact c WHERE c.org_id = ? AND c.status IN ('friend', 'half') AND EXISTS (
					SELECT 1 FROM carrier_contact o WHERE o.org_id = c.org_id AND o.person_id = c.person_id AND o.account_id <> c.account_id AND o.status IN ('friend', 'half'))
			) p ON p.account_id = a.id WHERE a.org_id = ? GROUP BY a.id, a.name, a.kind, a.status, a.health, a.created_at ORDER BY a.created_at, a.id`, org, org, org)
	})
	if err == nil {
		out.advise(i18n.From(ctx))
	}
	return out, err
}
