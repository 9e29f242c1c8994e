package campaign

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/timeline"
)

// By which order each person's accounts are tried.
const (
	RouteOrder     = "order"
	RoutePreferred = "preferred"
)

// habit is over which account somebody last wrote to us or opened a message.
type habit struct {
	account string
	at      int64
}

// habitsOf are those of persons, by who speaks for them now.
func habitsOf(ctx context.Context, tx *db.Tx, orgID string, people []string) (map[string]habit, error) {
	out := map[string]habit{}
	newest := func(r *sql.Rows) error {
		var person string
		var h habit
		if err := r.Scan(&person, &h.account, &h.at); err != nil {
			return err
		}
		if h.at > out[person].at {
			out[person] = h
		}
		return nil
	}
	where, arg := tx.In("person_id", people)
	if err := tx.Each(ctx, newest, "SELECT person_id, account_id, at FROM campaign_habit WHERE org_id = ? AND "+where, orgID, arg); err != nil {
		return nil, err
	}
	where, arg = tx.In("a.speaker_id", people)
	return out, tx.Each(ctx, newest, "SELECT a.speaker_id, h.account_id, h.at FROM campaign_alias a JOIN campaign_habit h ON h.org_id = a.org_id AND h.person_id = a.person_id WHERE a.org_id = ? AND "+where, orgID, arg)
}

// prefer orders each person's addresses: first those over the carrier that they
// said they prefer, else those over the account, or else the carrier, where they
// were last seen; what is alike stays in the campaign's order.
func (s *Service) prefer(ctx context.Context, tx *db.Tx, orgID string, people []one) error {
	ids := make([]string, len(people))
	for i := range people {
		ids[i] = people[i].ID
	}
	habits, err := habitsOf(ctx, tx, orgID, ids)
	if err != nil {
		return err
	}
	known, err := s.Accounts.Accounts(ctx, tx, orgID)
	if err != nil {
		return err
	}
	carrier := map[string]string{}
	for _, a := range known {
		carrier[a.ID] = a.Carrier
	}
	for i := range people {
		o := &people[i]
		said, _ := o.Traits[carrierKey].(string)
		seen := habits[o.ID].account
		rank := func(a Address) int {
			switch {
			case said != "" && a.Carrier == said:
				return 0
			case seen != "" && a.AccountID == seen:
				return 1
			case seen != "" && a.Carrier == carrier[seen]:
				return 2
			}
			return 3
		}
		if len(o.addresses) > 1 {
			o.addresses = slices.Clone(o.addresses)
			slices.SortStableFunc(o.addresses, func(a, b Address) int { return cmp.Compare(rank(a), rank(b)) })
		}
	}
	return nil
}

// seen notes over which account people wrote to us or opened a message.
func seen(ctx context.Context, tx *db.Tx, orgID string, last map[string]habit) error {
	people := make([]string, 0, len(last))
	for p := range last {
		people = append(people, p)
	}
	slices.Sort(people)
	account, at := make([]string, len(people)), make([]int64, len(people))
	for i, p := range people {
		account[i], at[i] = last[p].account, last[p].at
	}
	_, err := tx.BulkInsert(ctx, "campaign_habit", "ON CONFLICT (org_id, person_id) DO UPDATE SET account_id = excluded.account_id, at = excluded.at WHERE excluded.at >= campaign_habit.at",
		db.Same("org_id", orgID, len(people)), db.Text("person_id", people), db.Text("account_id", account), db.Int("at", at))
	return err
}

// noteHabit adds what an event tells of where somebody is to be found.
func noteHabit(last map[string]habit, e timeline.Event) error {
	var m struct {
		AccountID string `json:"account_id"`
		Automatic bool   `json:"automatic"`
	}
	if err := e.Decode(&m); err != nil {
		return err
	}
	if h := (habit{m.AccountID, clock.Micros(e.OccurredAt)}); m.AccountID != "" && !m.Automatic && e.PersonID != "" && h.at >= last[e.PersonID].at {
		last[e.PersonID] = h
	}
	return nil
}

// Route is how many people a campaign reaches over an account.
type Route struct {
	AccountID string `json:"account_id"`
	Carrier   string `json:"carrier"`
	People    int    `json:"people" doc:"Of those looked at"`
}
