package acquisition

import (
	"context"
	"slices"
	"strings"
	"time"

	"fishpond/internal/acquisition/acquisitionevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Claim is somebody's claim of a reward.
type Claim struct {
	ID         string     `json:"id"`
	RewardID   string     `json:"reward_id"`
	RewardName string     `json:"reward_name"`
	ThingID    string     `json:"thing_id" doc:"The batch of cards, form or live code"`
	ThingName  string     `json:"thing_name"`
	CardCode   string     `json:"card_code"`
	OrderNo    string     `json:"order_no"`
	PersonID   string     `json:"person_id" doc:"Who speaks for the person now; empty: a browser of nobody known"`
	PersonName string     `json:"person_name"`
	Status     string     `json:"status" enum:"pending,earned,lapsed"`
	Receipt    string     `json:"receipt"`
	At         time.Time  `json:"at"`
	EarnedAt   *time.Time `json:"earned_at"`
}

// ClaimFilter says which claims are listed.
type ClaimFilter struct {
	RewardID string `query:"reward_id" maxLength:"64" pattern:"^[A-Za-z0-9_-]*$"`
	ThingID  string `query:"thing_id" maxLength:"64" pattern:"^[A-Za-z0-9_-]*$" doc:"A batch of cards, form or live code"`
	PersonID string `query:"person_id" maxLength:"64" pattern:"^[A-Za-z0-9_-]*$"`
	Status   string `query:"status" enum:",pending,earned,lapsed"`
	Receipt  string `query:"receipt" maxLength:"16"`
	OrderNo  string `query:"order_no" maxLength:"40"`
}

// Claims lists claims, the newest first, from behind the claim after. total is
// counted up to most.
func (s *Service) Claims(ctx context.Context, f ClaimFilter, after string, limit int, most int64) (out []Claim, more bool, total int64, err error) {
	org := orgOf(ctx)
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		where, args := "1 = 1", []any{}
		and := func(cond string, values ...any) { where, args = where+" AND "+cond, append(args, values...) }
		for column, value := range map[string]string{"reward_id": f.RewardID, "thing": f.ThingID, "status": f.Status, "receipt": strings.ToUpper(f.Receipt), "order_no": strings.ToUpper(line(f.OrderNo))} {
			if value != "" {
				and(column+" = ?", value)
			}
		}
		if f.PersonID != "" {
			ids, err := idsOfPerson(ctx, tx, org, f.PersonID)
			if err != nil {
				return err
			}
			in, arg := tx.In("person_id", ids)
			and(in, arg)
		}
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM (SELECT 1 FROM acquisition_claim WHERE org_id = ? AND "+where+" LIMIT ?) AS found", append(append([]any{org}, args...), most+1)...).Scan(&total); err != nil {
			return err
		}
		if after != "" {
			and("id < ?", after)
		}
		all, err := claimsWhere(ctx, tx, org, where+" ORDER BY id DESC LIMIT ?", append(args, limit+1)...)
		if err != nil {
			return err
		}
		if more = len(all) > limit; more {
			all = all[:limit]
		}
		out, err = s.showClaims(ctx, tx, org, all)
		return err
	})
	return out, more, total, err
}

func (s *Service) showClaims(ctx context.Context, tx *db.Tx, orgID string, all []*claim) ([]Claim, error) {
	var persons []string
	for _, c := range all {
		if c.person != "" {
			persons = append(persons, c.person)
		}
	}
	named, err := s.People.Names(ctx, tx, orgID, persons)
	if err != nil {
		return nil, err
	}
	titles, err := rewardTitles(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	things, err := thingNames(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	out := make([]Claim, len(all))
	for i, c := range all {
		out[i] = Claim{ID: c.id, RewardID: c.reward, RewardName: titles[c.reward], ThingID: c.thing, ThingName: things[c.thing], CardCode: c.card, OrderNo: c.order, PersonID: c.person,
			Status: c.status, Receipt: c.receipt, At: clock.Time(c.at), EarnedAt: clock.Ptr(c.earnedAt)}
		if n := named[c.person]; n.ID != "" {
			out[i].PersonID, out[i].PersonName = n.ID, n.Name
		}
	}
	return out, nil
}

// ConfirmInput confirms a claim.
type ConfirmInput struct {
	Receipt  string `json:"receipt" minLength:"8" maxLength:"8" doc:"As the customer shows it"`
	PersonID string `json:"person_id" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$" doc:"Who shows it"`
}

var noSuchClaim = errs.NotFound(i18n.T("这个凭证", "receipt"))

// ConfirmClaim is for whoever has the customer before them: the staff member
// has seen that they are a friend, or their order. Confirmed again it says the
// same.
func (s *Service) ConfirmClaim(ctx context.Context, in ConfirmInput) (out Claim, err error) {
	org := orgOf(ctx)
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		all, err := claimsWhere(ctx, tx, org, "receipt = ?", strings.ToUpper(in.Receipt))
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return noSuchClaim
		}
		c := all[0]
		named, err := s.People.Names(ctx, tx, org, []string{in.PersonID})
		if err != nil {
			return err
		}
		if named[in.PersonID].ID == "" {
			return errs.InvalidField("body.person_id", i18n.T("没有这位客户", "there is no such person"))
		}
		who, err := idsOfPerson(ctx, tx, org, in.PersonID)
		if err != nil {
			return err
		}
		switch {
		case c.status == claimLapsed:
			return errs.Conflict(i18n.T("这个凭证已过期", "This receipt has lapsed"))
		case c.person == "":
			c.person = in.PersonID
		case !slices.Contains(who, c.person):
			return errs.Conflict(i18n.T("这个凭证属于另一位客户", "This receipt is another person's"))
		}
		r, err := rewardByID(ctx, tx, org, c.reward)
		if err != nil {
			return err
		}
		if err := s.confirm(ctx, tx, org, r, c, who); err != nil {
			return err
		}
		shown, err := s.showClaims(ctx, tx, org, []*claim{c})
		if err == nil {
			out = shown[0]
		}
		return err
	})
	return out, err
}

// confirm earns a claim for its person, or, when it was earned without one,
// tells whose it is.
func (s *Service) confirm(ctx context.Context, tx *db.Tx, orgID string, r *reward, c *claim, who []string) error {
	if r.perPerson > 0 {
		in, arg := tx.In("person_id", who)
		var others int64
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM acquisition_claim WHERE org_id = ? AND reward_id = ? AND status = 'earned' AND id <> ? AND "+in, orgID, r.id, c.id, arg).Scan(&others); err != nil {
			return err
		}
		if others >= r.perPerson {
			return hadTheirs
		}
	}
	earned, err := s.earn(ctx, tx, orgID, r, c)
	if err != nil {
		return err
	}
	if !earned {
		n, err := tx.Changed(ctx, "UPDATE acquisition_claim SET person_id = ? WHERE org_id = ? AND id = ? AND status = 'earned' AND person_id = ''", c.person, orgID, c.id)
		if err != nil || n == 0 {
			return err
		}
		if err := s.tellReward(ctx, tx, orgID, acquisitionevent.RewardAssigned, r, c, s.now()); err != nil {
			return err
		}
	}
	return s.Auditor.Audit(ctx, tx, "reward.confirmed", "reward", r.id, map[string]any{"claim_id": c.id, "person_id": c.person})
}
