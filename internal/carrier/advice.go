package carrier

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
)

// Advice is one thing to do so that fewer people would be lost with an account.
type Advice struct {
	AccountID string `json:"account_id" doc:"Whose people need a second way"`
	SecondID  string `json:"second_id" doc:"The account to lead them to; empty: another must be connected first"`
	Level     string `json:"level" enum:"urgent,warning,hint" doc:"urgent: the account is failing now"`
	Persons   int64  `json:"persons" doc:"How many would be lost"`
	Text      string `json:"text"`
}

const (
	adviseFrom  = 20 // fewer people are no risk to a brand
	adviseShare = 5  // hints begin at one in five
	adviseMuch  = 2  // warnings at one in two
)

var adviceRank = map[string]int{"urgent": 0, "warning": 1, "hint": 2}

// lasting are the kinds over which a brand can write to people who are not there.
var lasting = []string{KindWecom, KindOfficial, KindEmail, KindSMS}

// advise draws from the numbers what to do.
func (r *Reach) advise(lang i18n.Lang) {
	r.Advice = []Advice{}
	for _, a := range r.Accounts {
		if a.OnlyHere < adviseFrom {
			continue
		}
		level := ""
		switch {
		case a.status != StatusActive || a.health == HealthFailing:
			level = "urgent"
		case a.OnlyHere*adviseMuch >= r.Persons:
			level = "warning"
		case a.OnlyHere*adviseShare >= a.Persons:
			level = "hint"
		default:
			continue
		}
		out := Advice{AccountID: a.AccountID, Level: level, Persons: a.OnlyHere}
		share := a.OnlyHere * 100 / max(r.Persons, 1)
		text := i18n.T("%d 位客户（占能联系到的 %d%%）只能通过“%s”联系到，它一旦出问题就会失去他们。", "%d people (%d%% of those who can be reached) can be reached through “%s” only and would be lost with it.", a.OnlyHere, share, a.Name)
		if second := r.second(a); second != nil {
			out.SecondID = second.AccountID
			text.ZH += fmt.Sprintf("请在它的欢迎语、群发和朋友圈里引导他们也加上“%s”。", second.Name)
			text.EN += fmt.Sprintf(" In its welcome messages, mass messages and moments, lead them to “%s” too.", second.Name)
		} else {
			text.ZH += "请先再接入一个账号（例如公众号或另一家企业微信），或请客户留下手机号、邮箱。"
			text.EN += " Connect another account first, such as an official account or a second WeCom, or ask people for a phone number or an e-mail address."
		}
		out.Text = text.In(lang)
		r.Advice = append(r.Advice, out)
	}
	slices.SortStableFunc(r.Advice, func(a, b Advice) int {
		return cmp.Or(cmp.Compare(adviceRank[a.Level], adviceRank[b.Level]), cmp.Compare(b.Persons, a.Persons))
	})
}

// second is the account to lead people to: well, lasting, best on another
// platform, and there the one that most know already.
func (r *Reach) second(from AccountReach) *AccountReach {
	var best *AccountReach
	score := func(a AccountReach) int64 {
		if a.Kind != from.Kind {
			return 1 + a.Persons + r.Persons
		}
		return 1 + a.Persons
	}
	for i, a := range r.Accounts {
		if a.AccountID == from.AccountID || a.status != StatusActive || a.health == HealthFailing || !slices.Contains(lasting, a.Kind) {
			continue
		}
		if best == nil || score(a) > score(*best) {
			best = &r.Accounts[i]
		}
	}
	return best
}

// LonePerson is somebody who can be reached through one account only.
type LonePerson struct {
	PersonID string `json:"person_id"`
	Name     string `json:"name"`
}

// Lone lists the people who can be reached through one account only, by id,
// after one of them.
func (s *Service) Lone(ctx context.Context, accountID, after string, most int) (out []LonePerson, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		if _, err := s.accountByID(ctx, tx, org, accountID); err != nil {
			return err
		}
		out = nil
		var persons []string
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			var p LonePerson
			err := rows.Scan(&p.PersonID)
			out, persons = append(out, p), append(persons, p.PersonID)
			return err
		}, `SELECT DISTINCT c.person_id FROM carrier_contact c WHERE c.org_id = ? AND c.account_id = ? AND c.status IN ('friend', 'half') AND c.person_id > ? AND NOT EXISTS (
				SELECT 1 FROM carrier_contact o WHERE o.org_id = c.org_id AND o.person_id = c.person_id AND o.account_id <> c.account_id AND o.status IN ('friend', 'half'))
			ORDER BY c.person_id LIMIT ?`, org, accountID, after, most); err != nil || len(out) == 0 {
			return err
		}
		names, err := s.ports.People.Names(ctx, tx, org, persons)
		for i := range out {
			out[i].Name = names[out[i].PersonID]
		}
		return err
	})
	return out, err
}
