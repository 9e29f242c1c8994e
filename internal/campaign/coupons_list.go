package campaign

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"fishpond/internal/campaign/campaignevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/sheet"
	"fishpond/internal/timeline"
)

// Pools lists the pools, the newest first.
func (s *Service) Pools(ctx context.Context) (out []CouponPool, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		out = nil
		return tx.Each(ctx, func(r *sql.Rows) error {
			var p poolRow
			err := p.scan(r)
			out = append(out, p.CouponPool)
			return err
		}, "SELECT "+poolColumns+" FROM campaign_coupon_pool WHERE org_id = ? ORDER BY created_at DESC, id DESC LIMIT 500", a.OrgID)
	})
	return out, err
}

// Pool shows one.
func (s *Service) Pool(ctx context.Context, id string) (out CouponPool, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		p, err := pool(ctx, tx, a.OrgID, id, false)
		out = p.CouponPool
		return err
	})
	return out, err
}

// couponStates are the conditions under which codes are in a state.
var couponStates = map[string]string{"": "", "free": " AND person_id = '' AND redeemed_at = 0", "taken": " AND person_id <> '' AND redeemed_at = 0", "redeemed": " AND redeemed_at > 0"}

// Coupons lists the codes of a pool in their order. after is the last one seen.
func (s *Service) Coupons(ctx context.Context, poolID, state, q string, after int64, most int) (out []Coupon, next int64, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		out, next = nil, 0
		if _, err := pool(ctx, tx, a.OrgID, poolID, false); err != nil {
			return err
		}
		where, args := couponStates[state], []any{a.OrgID, poolID, after}
		if q != "" {
			where, args = where+" AND LOWER(code) LIKE LOWER(?) ESCAPE '!'", append(args, like(q))
		}
		var at []int64
		if err := tx.Each(ctx, func(r *sql.Rows) error {
			var c Coupon
			var n, taken, redeemed int64
			err := r.Scan(&n, &c.Code, &c.PersonID, &c.CampaignID, &taken, &redeemed, &c.OrderID)
			c.PoolID, c.TakenAt, c.RedeemedAt = poolID, shown(taken), shown(redeemed)
			c.state()
			out, at = append(out, c), append(at, n)
			return err
		}, "SELECT n, code, person_id, campaign_id, taken_at, redeemed_at, order_id FROM campaign_coupon WHERE org_id = ? AND pool_id = ? AND n > ?"+where+" ORDER BY n LIMIT ?", append(args, most+1)...); err != nil {
			return err
		}
		if len(out) > most {
			out, next = out[:most], at[most-1]
		}
		return s.nameOwners(ctx, tx, a.OrgID, out)
	})
	return out, next, err
}

func (c *Coupon) state() {
	switch {
	case c.RedeemedAt != nil:
		c.State = "redeemed"
	case c.PersonID != "":
		c.State = "taken"
	default:
		c.State = "free"
	}
}

func (s *Service) nameOwners(ctx context.Context, tx *db.Tx, orgID string, all []Coupon) error {
	var people []string
	for _, c := range all {
		if c.PersonID != "" {
			people = append(people, c.PersonID)
		}
	}
	names, err := s.Audience.Names(ctx, tx, orgID, people)
	for i := range all {
		all[i].PersonName = names[all[i].PersonID]
	}
	return err
}

// CouponSheet is the table of a pool's codes, read a page at a time.
func (s *Service) CouponSheet(ctx context.Context, poolID string) (header []string, rows func(sheet.Row) error, err error) {
	a := actor(ctx)
	if _, err := s.Pool(ctx, poolID); err != nil {
		return nil, nil, err
	}
	if err := s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		return s.Auditor.Audit(ctx, tx, "coupon_pool.exported", "coupon_pool", poolID, nil)
	}); err != nil {
		return nil, nil, err
	}
	zh := i18n.From(ctx) != i18n.EN
	header = []string{"code", "state", "person_id", "person_name", "campaign_id", "taken_at", "redeemed_at", "order_id"}
	if zh {
		header = []string{"券码", "状态", "客户编号", "客户", "群发编号", "领取时间", "核销时间", "订单号"}
	}
	when := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return t.UTC().Format(time.RFC3339)
	}
	return header, func(row sheet.Row) error {
		for after := int64(0); ; {
			page, next, err := s.Coupons(ctx, poolID, "", "", after, 1000)
			if err != nil {
				return err
			}
			for _, c := range page {
				if err := row(c.Code, c.State, c.PersonID, c.PersonName, c.CampaignID, when(c.TakenAt), when(c.RedeemedAt), c.OrderID); err != nil {
					return err
				}
			}
			if after = next; next == 0 {
				return nil
			}
		}
	}, nil
}

// Redeem notes that a code was used. The same code for the same order again is no
// error; for another, or without one, it is.
func (s *Service) Redeem(ctx context.Context, code, orderID string) (out Coupon, err error) {
	a := actor(ctx)
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		var taken, redeemed int64
		out = Coupon{}
		query := "SELECT code, pool_id, person_id, campaign_id, taken_at, redeemed_at, order_id FROM campaign_coupon WHERE org_id = ? AND code IN (?, ?) ORDER BY code = ? DESC LIMIT 1"
		if err := tx.QueryRow(ctx, query, a.OrgID, code, strings.ToUpper(code), code).Scan(&out.Code, &out.PoolID, &out.PersonID, &out.CampaignID, &taken, &redeemed, &out.OrderID); db.IsNoRows(err) {
			return errNoCode
		} else if err != nil {
			return err
		}
		out.TakenAt = shown(taken)
		now := s.now()
		n, err := tx.Changed(ctx, "UPDATE campaign_coupon SET redeemed_at = ?, order_id = ? WHERE org_id = ? AND code = ? AND redeemed_at = 0", clock.Micros(now), orderID, a.OrgID, out.Code)
		if err != nil {
			return err
		}
		if n == 0 {
			out.RedeemedAt = shown(redeemed)
			out.state()
			if orderID != "" && orderID == out.OrderID {
				return nil
			}
			return errs.Conflict(i18n.T("这个优惠码已经用过了", "This code has been used already"))
		}
		redeemed, out.OrderID = clock.Micros(now), orderID
		out.RedeemedAt = shown(redeemed)
		out.state()
		if _, err := tx.Exec(ctx, "UPDATE campaign_coupon_pool SET redeemed = redeemed + 1 WHERE org_id = ? AND id = ?", a.OrgID, out.PoolID); err != nil {
			return err
		}
		return s.redeemed(ctx, tx, a.OrgID, &out, now)
	})
	return out, err
}

// redeemed puts it on the timeline of whoever has the code.
func (s *Service) redeemed(ctx context.Context, tx *db.Tx, orgID string, c *Coupon, at time.Time) error {
	if c.PersonID == "" {
		return nil // handed out elsewhere
	}
	seq, err := s.Audience.Seq(ctx, tx, orgID, c.PersonID)
	person := ""
	if err == nil {
		person, err = s.Audience.BySeq(ctx, tx, orgID, seq)
	}
	if errs.Is(err, errs.CodeNotFound) {
		return nil // of whom nothing is left, nothing is noted
	}
	if err != nil {
		return err
	}
	_, err = s.Log.Append(ctx, tx, orgID, timeline.Fact{Kind: campaignevent.CouponRedeemed, PersonID: person, OccurredAt: at, Source: "campaign", DedupeKey: campaignevent.CouponRedeemed + ":" + c.Code,
		Data: campaignevent.Redeemed{PoolID: c.PoolID, Code: c.Code, CampaignID: c.CampaignID, OrderID: c.OrderID}})
	return err
}
