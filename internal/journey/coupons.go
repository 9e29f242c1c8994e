package journey

import (
	"context"

	"fishpond/internal/platform/db"
)

// couponName is the variable that stands for somebody's own code, and sampleCode
// what a dry run shows in its place.
const (
	couponName = "coupon"
	sampleCode = "SAMPLE-CODE"
)

// Coupons answers for pools of codes.
type Coupons interface {
	// Pools lists those of the actor's org.
	Pools(ctx context.Context) ([]Named, error)
	// Take gives each of some people a code of a pool, in their order: it is theirs
	// exactly when tx is committed. When the pool runs out the last of them get none;
	// one that is gone gives none at all.
	Take(ctx context.Context, tx *db.Tx, orgID, poolID, journeyID string, people []string) ([]string, error)
}

// codes takes codes for the messages of a step that hold one, in their order. Who
// comes after the last code gets none, and their message is held back for it.
func (d *deeds) codes(ctx context.Context, l *layer) ([]string, error) {
	pool := l.step.Message.CouponPoolID
	if pool == "" {
		return nil, nil
	}
	people := make([]string, len(l.of))
	for i, one := range l.of {
		people[i] = one.run.person
	}
	return d.Coupons.Take(ctx, d.tx, d.orgID, pool, l.edition.journey, people)
}

// pools checks that the pools are there whose codes messages hold.
func (c *checking) pools() {
	var there map[string]bool
	for i := range c.spec.Graph.Steps {
		st := &c.spec.Graph.Steps[i]
		if st.Message == nil || st.Message.CouponPoolID == "" {
			continue
		}
		if there == nil {
			all, err := c.Coupons.Pools(c.ctx)
			if err != nil {
				c.err = err
				return
			}
			there = map[string]bool{}
			for _, p := range all {
				there[p.ID] = true
			}
		}
		if !there[st.Message.CouponPoolID] {
			c.say(st.ID, "选用的券池已经不在了", "The pool of codes is no longer there")
		}
	}
}
