package acquisition

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"
	"time"

	"fishpond/internal/acquisition/acquisitionevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/timeline"
)

// The states of a claim.
const (
	claimPending = "pending" // its condition is not met yet
	claimEarned  = "earned"
	claimLapsed  = "lapsed" // was pending for too long, and counts no more
)

// claimStays is how long a claim waits for its condition.
const claimStays = 30 * 24 * time.Hour

// claim is a row of acquisition_claim.
type claim struct {
	id, reward, thing, what, card, code, order, visitor, person, status, receipt string
	at, earnedAt                                                                 int64
	proven                                                                       bool // its condition was seen just now; not stored
}

const claimColumns = "id, reward_id, thing, what, card, code_id, order_no, visitor, person_id, status, receipt, at, earned_at"

func (c *claim) scan(row interface{ Scan(...any) error }) error {
	return row.Scan(&c.id, &c.reward, &c.thing, &c.what, &c.card, &c.code, &c.order, &c.visitor, &c.person, &c.status, &c.receipt, &c.at, &c.earnedAt)
}

func claimsWhere(ctx context.Context, tx *db.Tx, orgID, where string, args ...any) (out []*claim, err error) {
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		c := &claim{}
		out = append(out, c)
		return c.scan(rows)
	}, "SELECT "+claimColumns+" FROM acquisition_claim WHERE org_id = ? AND "+where, append([]any{orgID}, args...)...)
}

// What keeps a claim from being made, as the customer reads it.
var (
	claimed    = errs.Conflict(i18n.T("这张卡片或订单已经领取过了", "This card or order has been redeemed already"))
	hadTheirs  = errs.Conflict(i18n.T("每人的领取次数已用完", "You have had as many as there are for each person"))
	soldOut    = errs.Conflict(i18n.T("奖励已经领完", "All rewards have been taken"))
	notYet     = errs.Conflict(i18n.T("领取还没有开始", "It has not begun yet"))
	noLonger   = errs.Conflict(i18n.T("领取已经结束", "It is over"))
	nobodyThen = errs.Conflict(i18n.T("这个奖励每人一次，请允许本页使用 Cookie 后再试", "This is once for each person: allow cookies for this page and try again"))
)

// claimReward makes a claim, once: whoever comes first, by the key of thing
// and what. Who has made it already gets it again. c holds all but its id,
// status, receipt and times. The rule's row is locked first, so that limits are
// counted by one at a time; nothing is written when an error is returned.
func (s *Service) claimReward(ctx context.Context, tx *db.Tx, orgID string, c claim, at time.Time) (*claim, *reward, error) {
	if _, err := tx.Exec(ctx, "UPDATE acquisition_reward SET claims = claims WHERE org_id = ? AND id = ?", orgID, c.reward); err != nil {
		return nil, nil, err
	}
	r, err := rewardByID(ctx, tx, orgID, c.reward)
	if err != nil {
		return nil, nil, err
	}
	if c.person == "" && c.visitor != "" {
		err := tx.QueryRow(ctx, "SELECT person_id FROM acquisition_visitor WHERE org_id = ? AND visitor = ?", orgID, c.visitor).Scan(&c.person)
		if err != nil && !db.IsNoRows(err) {
			return nil, nil, err
		}
	}
	var persons []string
	if c.person != "" {
		if persons, err = idsOfPerson(ctx, tx, orgID, c.person); err != nil {
			return nil, nil, err
		}
	}
	there, err := claimsWhere(ctx, tx, orgID, "thing = ? AND what = ?", c.thing, c.what)
	if err != nil {
		return nil, nil, err
	}
	if len(there) > 0 {
		if was := there[0]; was.status != claimLapsed && (c.visitor != "" && was.visitor == c.visitor || c.person != "" && was.person == c.person || c.what == c.visitor) {
			return was, r, nil
		}
		return nil, r, claimed
	}
	if err := s.withinLimits(ctx, tx, r, c, persons, at); err != nil {
		return nil, r, err
	}
	n, err := tx.Changed(ctx, "UPDATE acquisition_reward SET claims = claims + 1 WHERE org_id = ? AND id = ? AND status = 'active' AND (budget = 0 OR claims < budget)", orgID, r.id)
	if err != nil {
		return nil, nil, err
	}
	if n == 0 {
		return nil, r, soldOut
	}
	c.id, c.status, c.receipt, c.at = ids.New("clm"), claimPending, strings.ToUpper(slug()[:8]), clock.Micros(s.now())
	if _, err := tx.Exec(ctx, "INSERT INTO acquisition_claim (org_id, "+claimColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", orgID, c.id, c.reward, c.thing, c.what, c.card, c.code, c.order,
		c.visitor, c.person, c.status, c.receipt, c.at, c.earnedAt); err != nil {
		return nil, nil, err
	}
	if !c.proven {
		if c.proven, err = s.met(ctx, tx, orgID, r, &c, persons); err != nil || !c.proven {
			return &c, r, err
		}
	}
	_, err = s.earn(ctx, tx, orgID, r, &c)
	return &c, r, err
}

func (s *Service) withinLimits(ctx context.Context, tx *db.Tx, r *reward, c claim, persons []string, at time.Time) error {
	now := clock.Micros(at)
	switch {
	case r.status != StatusActive || r.until != 0 && now >= r.until:
		return noLonger
	case now < r.from:
		return notYet
	}
	over := func(most int64, where string, args ...any) (bool, error) {
		if most == 0 {
			return false, nil
		}
		var n int64
		err := tx.QueryRow(ctx, "SELECT count(*) FROM acquisition_claim WHERE org_id = ? AND reward_id = ? AND status <> 'lapsed' AND "+where, append([]any{r.org, r.id}, args...)...).Scan(&n)
		return n >= most, err
	}
	in, arg := tx.In("person_id", persons)
	for _, l := range []struct {
		most  int64
		asked bool
		where string
		args  []any
		says  error
	}{
		{r.perPerson, len(persons) > 0 || c.visitor != "", "(" + in + " OR visitor <> '' AND visitor = ?)", []any{arg, c.visitor}, hadTheirs},
		{r.perOrder, c.order != "", "order_no = ?", []any{c.order}, claimed},
		{r.perThing, true, "thing = ?", []any{c.thing}, soldOut},
	} {
		if !l.asked {
			continue
		}
		full, err := over(l.most, l.where, l.args...)
		if err != nil {
			return err
		}
		if full {
			return l.says
		}
	}
	return nil
}

// met reports whether the condition of a claim is met already.
func (s *Service) met(ctx context.Context, tx *db.Tx, orgID string, r *reward, c *claim, persons []string) (met bool, err error) {
	var found int64
	switch r.condition {
	case ForScan, ForForm:
		return true, nil
	case ForOrder:
		err = tx.QueryRow(ctx, "SELECT count(*) FROM acquisition_order WHERE org_id = ? AND no = ?", orgID, orderHash(c.order)).Scan(&found)
	case ForFriend:
		if len(persons) == 0 {
			return false, nil
		}
		in, arg := tx.In("f.person_id", persons)
		err = tx.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1 FROM acquisition_arrival f JOIN acquisition_source s ON s.org_id = f.org_id AND s.no = f.source
			WHERE f.org_id = ? AND `+in+` AND s.way = 'friend' AND s.code_id = ? LIMIT 1) AS found`, orgID, arg, c.code).Scan(&found)
	}
	return found > 0, err
}

// orderHash is an order's number as it is compared: in any case of letters.
func orderHash(no string) int64 { return hashOf(strings.ToUpper(line(no))) }

// earn turns a pending claim into an earned one, once, and tells of it. Who is
// second changes nothing.
func (s *Service) earn(ctx context.Context, tx *db.Tx, orgID string, r *reward, c *claim) (bool, error) {
	now := s.now()
	n, err := tx.Changed(ctx, "UPDATE acquisition_claim SET status = 'earned', earned_at = ?, person_id = ? WHERE org_id = ? AND id = ? AND status = 'pending'",
		clock.Micros(now), c.person, orgID, c.id)
	if err != nil || n == 0 {
		return false, err
	}
	c.status, c.earnedAt = claimEarned, clock.Micros(now)
	return true, s.tellReward(ctx, tx, orgID, acquisitionevent.RewardEarned, r, c, now)
}

func (s *Service) tellReward(ctx context.Context, tx *db.Tx, orgID, kind string, r *reward, c *claim, at time.Time) error {
	told := acquisitionevent.Reward{ClaimID: c.id, RuleID: r.id, Kind: r.kind, Ref: r.ref, Condition: r.condition, CardID: c.card, CodeID: c.code, OrderID: c.order, Receipt: c.receipt}
	switch {
	case strings.HasPrefix(c.thing, "bat_"):
		told.BatchID = c.thing
	case strings.HasPrefix(c.thing, "frm_"):
		told.FormID = c.thing
	}
	_, err := s.log.Append(ctx, tx, orgID, timeline.Fact{Kind: kind, PersonID: c.person, OccurredAt: at, DedupeKey: kind + ":" + c.id, Source: "reward", Data: told})
	return err
}

// assign learns whose the claims of a browser are: those that are earned are
// told of again with the person, those that wait may be met by now.
func (s *Service) assign(ctx context.Context, tx *db.Tx, orgID, visitor, person string) error {
	all, err := claimsWhere(ctx, tx, orgID, "visitor = ? AND person_id = '' AND status <> 'lapsed' ORDER BY id", visitor)
	if err != nil || len(all) == 0 {
		return err
	}
	persons, err := idsOfPerson(ctx, tx, orgID, person)
	if err != nil {
		return err
	}
	for _, c := range all {
		n, err := tx.Changed(ctx, "UPDATE acquisition_claim SET person_id = ? WHERE org_id = ? AND id = ? AND person_id = ''", person, orgID, c.id)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		c.person = person
		r, err := rewardByID(ctx, tx, orgID, c.reward)
		if err != nil {
			return err
		}
		if c.status == claimEarned {
			if err := s.tellReward(ctx, tx, orgID, acquisitionevent.RewardAssigned, r, c, s.now()); err != nil {
				return err
			}
			continue
		}
		met, err := s.met(ctx, tx, orgID, r, c, persons)
		if err == nil && met {
			_, err = s.earn(ctx, tx, orgID, r, c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rewardTitles are what rewards are called by customers.
func rewardTitles(ctx context.Context, tx *db.Tx, orgID string) (map[string]string, error) {
	out := map[string]string{}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var id, title string
		err := rows.Scan(&id, &title)
		out[id] = title
		return err
	}, "SELECT id, title FROM acquisition_reward WHERE org_id = ?", orgID)
}

// lapse ends claims that have waited for too long, gives their place in the
// budget back, and forgets old order numbers.
func (s *Service) lapse(ctx context.Context, orgID string) error {
	return s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		gone := map[string]int64{}
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			gone[id]++
			return err
		}, "UPDATE acquisition_claim SET status = 'lapsed', what = what || '#' || id WHERE org_id = ? AND status = 'pending' AND at < ? RETURNING reward_id", orgID, clock.Micros(s.now().Add(-claimStays))); err != nil {
			return err
		}
		for _, id := range slices.Sorted(maps.Keys(gone)) { // in one order, so that two of these cannot wait for each other
			if _, err := tx.Exec(ctx, "UPDATE acquisition_reward SET claims = claims - ? WHERE org_id = ? AND id = ?", gone[id], orgID, id); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, "DELETE FROM acquisition_order WHERE org_id = ? AND at < ?", orgID, clock.Micros(s.now().Add(-orderStays)))
		return err
	})
}
