package lifecycle

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"fishpond/internal/lifecycle/lifecycleevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/timeline"
)

// change is a person before and after being drawn anew.
type change struct {
	p             *person // as it shall be stored
	before, after []Step  // steps that have happened
}

// kept is how many steps both have in common from the beginning.
func (c change) kept() int {
	n := 0
	for n < len(c.before) && n < len(c.after) && c.before[n] == c.after[n] {
		n++
	}
	return n
}

// desk is the work of one transaction on one org's stages.
type desk struct {
	*Service
	tx    *db.Tx
	orgID string
	org   OrgSettings
	st    *settings
	zone  *time.Location // of lifecycle_flow
	now   int64
	odds  Survival // nil: stages follow the days
}

// sit locks the org and gathers what drawing needs.
func (s *Service) sit(ctx context.Context, tx *db.Tx, orgID string) (*desk, error) {
	st, err := lock(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	org, err := s.orgs.Settings(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	d := &desk{Service: s, tx: tx, orgID: orgID, org: org, st: st, zone: org.Zone, now: clock.Micros(s.now())}
	if st.source == SourceProbability && st.model != "" && s.odds != nil {
		if d.odds, err = s.odds.Survival(st.model); err != nil {
			return nil, fmt.Errorf("lifecycle: model: %w", err)
		}
	}
	if st.zone == "" {
		st.zone = org.Zone.String()
	}
	if st.zone != org.Zone.String() {
		if d.zone, err = time.LoadLocation(st.zone); err != nil {
			return nil, fmt.Errorf("lifecycle: zone of the flow: %w", err)
		}
	}
	return d, nil
}

// redrawn draws canonical persons from all their facts.
func (d *desk) redrawn(ctx context.Context, people []*person) error {
	ids := make([]string, len(people))
	for i, p := range people {
		ids[i] = p.id
	}
	facts, err := factsOf(ctx, d.tx, d.orgID, ids)
	if err != nil {
		return fmt.Errorf("lifecycle: facts: %w", err)
	}
	for _, p := range people {
		d.draw(p, facts[p.id])
	}
	return nil
}

// draw sets p from all its facts; finish then cuts what was drawn.
func (d *desk) draw(p *person, facts []fact) {
	if len(facts) == 0 { // heard of in a merge only
		p.clear(ruleBlank)
		return
	}
	sum := summarise(facts, d.org.Currency)
	p.known, p.orders, p.gmv, p.refunded, p.named = sum.known, int64(len(sum.purchases)), sum.gmv, sum.refunded, sum.named
	p.first, p.last = 0, 0
	if n := len(sum.purchases); n > 0 {
		p.first, p.last = sum.purchases[0], sum.purchases[n-1]
	}
	p.drawn = d.life(sum.known, sum.purchases)
}

// append draws p further from facts that come after its last purchase, without
// reading what came before. It reports false when it cannot.
func (d *desk) append(p *person, steps []Step, facts []fact) bool {
	// A step that was due but not yet taken would be missing from steps.
	if d.odds != nil || p.rule != d.st.rule || p.named > 0 || p.next.At != 0 && p.next.At <= p.last {
		return false
	}
	var purchases []int64
	var gmv, refunded int64
	bought, known := p.orders > 0, p.known
	for _, f := range facts {
		known = min(known, f.at)
		switch {
		case bought && f.at < p.known, f.kind == factOrder && f.at < p.last, f.kind == factRefund && f.orderKey != 0:
			return false
		case f.kind == factOrder:
			purchases, gmv = append(purchases, f.at), gmv+f.money(d.org.Currency)
		case f.kind == factRefund:
			refunded += f.money(d.org.Currency)
		}
	}
	slices.Sort(purchases)
	p.gmv, p.refunded, p.known = p.gmv+gmv, p.refunded+refunded, known
	if !bought {
		p.drawn = Draw(known, purchases, d.st.Rule) // by days: else nothing is appended
	} else {
		n := len(steps)
		for n > 0 && steps[n-1].At > p.last {
			n--
		}
		p.drawn = extend(append([]Step(nil), steps[:n]...), p.last, true, purchases, func(int, int64) Rule { return d.st.Rule })
	}
	if n := len(purchases); n > 0 {
		if !bought {
			p.first = purchases[0]
		}
		p.orders, p.last = p.orders+int64(n), purchases[n-1]
	}
	return true
}

// finish cuts what was drawn at the present moment, stores the people with
// their histories, keeps the flow in step and announces net changes. The
// caller saves the settings.
func (d *desk) finish(ctx context.Context, people []*person, old map[string][]Step) error {
	d.st.revision++
	slices.SortFunc(people, func(a, b *person) int { return strings.Compare(a.id, b.id) })
	changes := make([]change, len(people))
	for i, p := range people {
		c := change{p: p, before: old[p.id]}
		if len(p.drawn) > 0 {
			c.after, p.next = cut(p.drawn, d.now)
			last := c.after[len(c.after)-1]
			p.stage, p.since, p.rule = last.Stage, last.At, d.st.rule
		}
		changes[i] = c
	}
	if err := saveHistory(ctx, d.tx, d.orgID, changes); err != nil {
		return fmt.Errorf("lifecycle: history: %w", err)
	}
	if err := d.saveFlow(ctx, changes); err != nil {
		return fmt.Errorf("lifecycle: flow: %w", err)
	}
	if !d.st.replaying() {
		if err := d.announce(ctx, people); err != nil {
			return err
		}
	}
	if err := savePersons(ctx, d.tx, d.orgID, people); err != nil {
		return fmt.Errorf("lifecycle: persons: %w", err)
	}
	return nil
}

// announce emits stage.changed for everybody whose stage is not the announced
// one. The count of a person's announcements makes the key: it is stored in
// the same transaction, so no announcement is ever made twice.
func (d *desk) announce(ctx context.Context, people []*person) error {
	var facts []timeline.Fact
	for _, p := range people {
		if p.stage == "" || p.stage == p.announced {
			continue
		}
		p.announcements++
		facts = append(facts, timeline.Fact{Kind: lifecycleevent.StageChanged, PersonID: p.id, OccurredAt: clock.Time(p.since),
			DedupeKey: fmt.Sprintf("lifecycle:stage:%s:%d", p.id, p.announcements), Source: "lifecycle",
			Data: lifecycleevent.Stage{From: p.announced, To: p.stage, At: clock.Time(p.since)}})
		p.announced = p.stage
	}
	if _, err := d.log.Append(ctx, d.tx, d.orgID, facts...); err != nil {
		return fmt.Errorf("lifecycle: announce: %w", err)
	}
	return nil
}

// clear leaves of p only what was announced about it.
func (p *person) clear(rule int64) {
	*p = person{id: p.id, rule: rule, announced: p.announced, announcements: p.announcements}
}
