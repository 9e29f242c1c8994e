package acquisition

import (
	"context"
	"database/sql"
	"time"

	"fishpond/internal/acquisition/neutral"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
)

// What a reward is for. There is no other act: paying for reviews, ratings,
// pictures of them and shares is illegal or forbidden by the platforms.
const (
	ForScan   = "scanned"      // opened the printed card's page and asked for it
	ForFriend = "friend_added" // became a friend of somebody at the brand
	ForForm   = "form_filled"
	ForOrder  = "order_proven" // wrote the number of an order that was paid
)

// Reward is a rule: what is given for what, how often and until when. Printed
// cards, forms and live codes refer to it.
type Reward struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	Kind       string     `json:"kind" enum:"none,coupon,red_packet,gift" doc:"none: only the receipt"`
	Ref        string     `json:"ref" doc:"The coupon template or red packet that is paid"`
	Title      string     `json:"title" doc:"As the customer reads it"`
	Condition  string     `json:"condition" enum:"scanned,friend_added,form_filled,order_proven"`
	PerPerson  int64      `json:"per_person" doc:"Claims of one person, or of one browser while nobody knows whose it is; 0: no limit"`
	PerOrder   int64      `json:"per_order" doc:"Claims with one order number; 0: no limit"`
	PerBatch   int64      `json:"per_batch" doc:"Claims of one batch of cards, form or code; 0: no limit"`
	Budget     int64      `json:"budget" doc:"Claims in all; 0: no limit"`
	ValidFrom  *time.Time `json:"valid_from"`
	ValidUntil *time.Time `json:"valid_until" doc:"Exclusive"`
	Status     string     `json:"status" enum:"active,ended"`
	Claims     int64      `json:"claims" doc:"That count against the budget: earned and pending"`
	Earned     int64      `json:"earned"`
	Pending    int64      `json:"pending" doc:"Whose condition is not met yet; they lapse after 30 days"`
	Version    int64      `json:"version"`
	CreatedAt  time.Time  `json:"created_at"`
	UpdatedAt  time.Time  `json:"updated_at"`
}

// RewardTerms are what can be changed of a rule. Claims that exist stay.
type RewardTerms struct {
	Name       string     `json:"name" minLength:"1" maxLength:"60"`
	Title      string     `json:"title" minLength:"1" maxLength:"60" doc:"As the customer reads it; one that asks for a good review or a share is refused"`
	PerPerson  *int64     `json:"per_person,omitempty" minimum:"0" maximum:"1000" doc:"1 unless it is given"`
	PerOrder   *int64     `json:"per_order,omitempty" minimum:"0" maximum:"1000" doc:"1 unless it is given"`
	PerBatch   int64      `json:"per_batch,omitempty" minimum:"0" maximum:"100000000"`
	Budget     int64      `json:"budget,omitempty" minimum:"0" maximum:"100000000"`
	ValidFrom  *time.Time `json:"valid_from,omitempty"`
	ValidUntil *time.Time `json:"valid_until,omitempty"`
}

// RewardInput makes a rule.
type RewardInput struct {
	Kind      string `json:"kind,omitempty" enum:"none,coupon,red_packet,gift" default:"none"`
	Ref       string `json:"ref,omitempty" maxLength:"64" doc:"The coupon template or red packet, once there are any"`
	Condition string `json:"condition" enum:"scanned,friend_added,form_filled,order_proven" doc:"Neutral acts only: no review, rating or share can be rewarded"`
	RewardTerms
}

// RewardPatch changes a rule; nil stays. What it is for and what it gives stay.
type RewardPatch struct {
	Terms   *RewardTerms `json:"terms,omitempty" doc:"As a whole"`
	Status  *string      `json:"status,omitempty" enum:"active,ended"`
	Version int64        `json:"version,omitempty" doc:"The version that was changed; 0: whatever it is"`
}

// reward is a row of acquisition_reward.
type reward struct {
	org, id, name, kind, ref, title, condition, status string
	perPerson, perOrder, perThing, budget, from, until int64
	claims, version, created, updated                  int64
}

const rewardColumns = "org_id, id, name, kind, ref, title, earned_by, per_person, per_order, per_thing, budget, valid_from, valid_until, status, claims, version, created_at, updated_at"

var noSuchReward = errs.NotFound(i18n.T("这条奖励规则", "reward"))

func (r *reward) scan(row interface{ Scan(...any) error }) error {
	return row.Scan(&r.org, &r.id, &r.name, &r.kind, &r.ref, &r.title, &r.condition, &r.perPerson, &r.perOrder, &r.perThing, &r.budget, &r.from, &r.until, &r.status,
		&r.claims, &r.version, &r.created, &r.updated)
}

func rewardByID(ctx context.Context, tx *db.Tx, orgID, id string) (*reward, error) {
	r := &reward{}
	err := r.scan(tx.QueryRow(ctx, "SELECT "+rewardColumns+" FROM acquisition_reward WHERE org_id = ? AND id = ?", orgID, id))
	if db.IsNoRows(err) {
		return nil, noSuchReward
	}
	return r, err
}

// neutral refuses a text that asks for a good review, or with a reward for a
// share.
func (v *verdict) neutral(path, text string, rewarded bool) {
	if why, ok := neutral.Why(text, rewarded); !ok {
		v.add(path, why)
	}
}

// apply sets the terms of a rule and tells what is wrong with them.
func (r *reward) apply(t RewardTerms, where string) error {
	v := &verdict{}
	limit := func(n *int64) int64 {
		if n == nil {
			return 1
		}
		return *n
	}
	moment := func(t *time.Time) int64 {
		if t == nil {
			return 0
		}
		return clock.Micros(*t)
	}
	r.name, r.title = line(t.Name), line(t.Title)
	r.perPerson, r.perOrder, r.perThing, r.budget = limit(t.PerPerson), limit(t.PerOrder), t.PerBatch, t.Budget
	r.from, r.until = moment(t.ValidFrom), moment(t.ValidUntil)
	v.need(where+"name", r.name)
	v.need(where+"title", r.title)
	v.neutral(where+"title", r.title, true)
	v.neutral(where+"name", r.name, true)
	if r.until != 0 && r.until <= r.from {
		v.add(where+"valid_until", i18n.T("结束时间应晚于开始时间", "must be after valid_from"))
	}
	return v.err()
}

func (r *reward) show() Reward {
	return Reward{ID: r.id, Name: r.name, Kind: r.kind, Ref: r.ref, Title: r.title, Condition: r.condition, PerPerson: r.perPerson, PerOrder: r.perOrder, PerBatch: r.perThing,
		Budget: r.budget, ValidFrom: clock.Ptr(r.from), ValidUntil: clock.Ptr(r.until), Status: r.status, Claims: r.claims, Version: r.version,
		CreatedAt: clock.Time(r.created), UpdatedAt: clock.Time(r.updated)}
}

// CreateReward makes a rule.
func (s *Service) CreateReward(ctx context.Context, in RewardInput) (out Reward, err error) {
	now := clock.Micros(s.now())
	r := &reward{org: orgOf(ctx), id: ids.New("rwd"), kind: in.Kind, ref: line(in.Ref), condition: in.Condition, status: StatusActive, version: 1, created: now, updated: now}
	if r.kind == "" {
		r.kind = "none"
	}
	if err := r.apply(in.RewardTerms, "body."); err != nil {
		return out, err
	}
	err = s.db.Write(ctx, r.org, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, "INSERT INTO acquisition_reward ("+rewardColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", r.org, r.id, r.name, r.kind, r.ref, r.title,
			r.condition, r.perPerson, r.perOrder, r.perThing, r.budget, r.from, r.until, r.status, r.claims, r.version, r.created, r.updated); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "reward.created", "reward", r.id, map[string]any{"name": r.name, "kind": r.kind, "condition": r.condition, "budget": r.budget})
	})
	return r.show(), err
}

// UpdateReward changes a rule.
func (s *Service) UpdateReward(ctx context.Context, id string, p RewardPatch) (out Reward, err error) {
	org := orgOf(ctx)
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		r, err := rewardByID(ctx, tx, org, id)
		if err != nil {
			return err
		}
		if p.Version != 0 && p.Version != r.version {
			return moved
		}
		if p.Terms != nil {
			if err := r.apply(*p.Terms, "body.terms."); err != nil {
				return err
			}
		}
		set(&r.status, p.Status)
		r.updated = clock.Micros(s.now())
		n, err := tx.Changed(ctx, `UPDATE acquisition_reward SET name = ?, title = ?, per_person = ?, per_order = ?, per_thing = ?, budget = ?, valid_from = ?, valid_until = ?, status = ?,
			version = version + 1, updated_at = ? WHERE org_id = ? AND id = ? AND version = ?`, r.name, r.title, r.perPerson, r.perOrder, r.perThing, r.budget, r.from, r.until, r.status,
			r.updated, org, id, r.version)
		if err != nil {
			return err
		}
		if n == 0 {
			return moved
		}
		r.version++
		if err := s.Auditor.Audit(ctx, tx, "reward.updated", "reward", id, map[string]any{"name": r.name, "status": r.status, "budget": r.budget}); err != nil {
			return err
		}
		all, err := showRewards(ctx, tx, org, []*reward{r})
		if err == nil {
			out = all[0]
		}
		return err
	})
	return out, err
}

// Reward returns one rule.
func (s *Service) Reward(ctx context.Context, id string) (out Reward, err error) {
	org := orgOf(ctx)
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		r, err := rewardByID(ctx, tx, org, id)
		if err != nil {
			return err
		}
		all, err := showRewards(ctx, tx, org, []*reward{r})
		if err == nil {
			out = all[0]
		}
		return err
	})
	return out, err
}

// Rewards lists rules, the newest first.
func (s *Service) Rewards(ctx context.Context, f ThingFilter, after string, limit int) (out []Reward, more bool, total int64, err error) {
	org := orgOf(ctx)
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		f.ChannelID = "" // a rule has none
		where, args, err := f.where(ctx, tx, org, false)
		if err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, "SELECT count(*) FROM acquisition_reward WHERE "+where, args...).Scan(&total); err != nil {
			return err
		}
		if after != "" {
			where, args = where+" AND id < ?", append(args, after)
		}
		var all []*reward
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			r := &reward{}
			all = append(all, r)
			return r.scan(rows)
		}, "SELECT "+rewardColumns+" FROM acquisition_reward WHERE "+where+" ORDER BY id DESC LIMIT ?", append(args, limit+1)...); err != nil {
			return err
		}
		if more = len(all) > limit; more {
			all = all[:limit]
		}
		out, err = showRewards(ctx, tx, org, all)
		return err
	})
	return out, more, total, err
}

func showRewards(ctx context.Context, tx *db.Tx, orgID string, all []*reward) (out []Reward, err error) {
	at := map[string]int{}
	var list []string
	for i, r := range all {
		out, list = append(out, r.show()), append(list, r.id)
		at[r.id] = i
	}
	where, arg := tx.In("reward_id", list)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var id, status string
		var n int64
		err := rows.Scan(&id, &status, &n)
		switch status {
		case claimEarned:
			out[at[id]].Earned = n
		case claimPending:
			out[at[id]].Pending = n
		}
		return err
	}, "SELECT reward_id, status, count(*) FROM acquisition_claim WHERE org_id = ? AND "+where+" GROUP BY reward_id, status", orgID, arg)
}

// checkReward tells whether a thing can give a reward: conditions are those
// that it can see met.
func (s *Service) checkReward(ctx context.Context, tx *db.Tx, orgID string, v *verdict, path, rewardID string, conditions ...string) (*reward, error) {
	if rewardID == "" {
		return nil, nil
	}
	r, err := rewardByID(ctx, tx, orgID, rewardID)
	if errs.Is(err, errs.CodeNotFound) {
		v.add(path, i18n.T("没有这条奖励规则", "there is no such reward"))
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, c := range conditions {
		if c == r.condition {
			return r, nil
		}
	}
	is := conditionNames[r.condition]
	v.add(path, i18n.Text{ZH: "这条奖励规则的条件（" + is.ZH + "）在这里无法判断", EN: "what this reward is for (" + is.EN + ") cannot be seen here"})
	return r, nil
}

var conditionNames = map[string]i18n.Text{ForScan: {ZH: "扫码领取", EN: "a scan"}, ForFriend: {ZH: "添加好友", EN: "a new friend"}, ForForm: {ZH: "填写表单", EN: "a form"},
	ForOrder: {ZH: "核对订单号", EN: "an order number"}}
