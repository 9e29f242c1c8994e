package acquisition

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"fishpond/internal/acquisition/acquisitionevent"
	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/mall/mallevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/jsonscan"
	"fishpond/internal/timeline"
)

// orderStays is how long the number of a paid order can be proven.
const orderStays = 400 * 24 * time.Hour

// followRewards sees what meets the conditions of rewards: friends by a code,
// receipts that a customer sends in a message, and orders that were paid.
func (s *Service) followRewards(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
	if err := s.keepOrders(ctx, tx, orgID, events); err != nil {
		return err
	}
	acts, err := readActs(events)
	if err != nil {
		return err
	}
	waiting, err := acts.claims(ctx, tx, orgID)
	if err != nil {
		return err
	}
	byCode, byReceipt, byOrder := map[string][]*claim{}, map[string]*claim{}, map[string][]*claim{}
	for _, c := range waiting {
		byReceipt[c.receipt] = c
		byCode[c.code] = append(byCode[c.code], c)
		byOrder[c.order] = append(byOrder[c.order], c)
	}
	codes := map[string]*code{}
	for _, e := range events {
		switch e.Kind {
		case acquisitionevent.Arrived:
			var a acquisitionevent.Arrival
			if err := e.Decode(&a); err != nil {
				return err
			}
			if a.Way != acquisitionevent.ByFriend || a.CodeID == "" || e.PersonID == "" {
				continue
			}
			if err := s.friendByCode(ctx, tx, orgID, e, a.CodeID, byCode[a.CodeID], codes); err != nil {
				return err
			}
		case carrierevent.MessageReceived:
			for _, receipt := range acts.receipts[e.ID] {
				if err := s.receiptSaid(ctx, tx, orgID, e.PersonID, byReceipt[receipt]); err != nil {
					return err
				}
			}
		case mallevent.OrderPaid:
			for _, c := range byOrder[acts.orders[e.ID]] {
				if err := s.fulfil(ctx, tx, orgID, c, ForOrder, ""); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// acts is what events say that a claim may wait for, by event.
type acts struct {
	codes    []string
	receipts map[string][]string
	orders   map[string]string
}

// receiptForm finds receipts in what people write.
var receiptForm = regexp.MustCompile(`(?:^|[^A-Za-z0-9])([A-KM-NP-Za-km-np-z2-9]{8})(?:$|[^A-Za-z0-9])`)

func readActs(events []timeline.Event) (a acts, err error) {
	a = acts{receipts: map[string][]string{}, orders: map[string]string{}}
	for _, e := range events {
		switch e.Kind {
		case acquisitionevent.Arrived:
			var arrival acquisitionevent.Arrival
			if err := e.Decode(&arrival); err != nil {
				return a, err
			}
			if arrival.CodeID != "" {
				a.codes = append(a.codes, arrival.CodeID)
			}
		case carrierevent.MessageReceived:
			var m carrierevent.Message
			if err := e.Decode(&m); err != nil {
				return a, err
			}
			if e.PersonID == "" || len(m.Text) > 2000 {
				continue
			}
			for _, found := range receiptForm.FindAllStringSubmatch(m.Text, 3) {
				a.receipts[e.ID] = append(a.receipts[e.ID], strings.ToUpper(found[1]))
			}
		case mallevent.OrderPaid:
			id, err := orderID(e)
			if err != nil {
				return a, err
			}
			if id = strings.ToUpper(line(id)); id != "" {
				a.orders[e.ID] = id
			}
		}
	}
	return a, nil
}

// claims are the waiting ones that may be meant.
func (a acts) claims(ctx context.Context, tx *db.Tx, orgID string) ([]*claim, error) {
	slices.Sort(a.codes)
	inCodes, codes := tx.In("code_id", slices.Compact(a.codes))
	inReceipts, receipts := tx.In("receipt", slices.Concat(slices.Collect(maps.Values(a.receipts))...))
	inOrders, orders := tx.In("order_no", slices.Collect(maps.Values(a.orders)))
	return claimsWhere(ctx, tx, orgID, "status = 'pending' AND ("+inCodes+" OR "+inReceipts+" OR "+inOrders+") ORDER BY at, id", codes, receipts, orders)
}

// keepOrders remembers the numbers of orders that can still be proven.
func (s *Service) keepOrders(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
	since := s.now().Add(-orderStays)
	var no, at []int64
	for _, e := range events {
		if e.Kind != mallevent.OrderPaid || e.OccurredAt.Before(since) {
			continue
		}
		id, err := orderID(e)
		if err != nil {
			return err
		}
		if h := orderHash(id); id != "" && !slices.Contains(no, h) {
			no, at = append(no, h), append(at, clock.Micros(e.OccurredAt))
		}
	}
	_, err := tx.BulkInsert(ctx, "acquisition_order", "ON CONFLICT (org_id, no) DO NOTHING", db.Same("org_id", orgID, len(no)), db.Int("no", no), db.Int("at", at))
	return err
}

func orderID(e timeline.Event) (id string, err error) {
	err = jsonscan.Object(e.Data, func(key, value []byte) (err error) {
		if string(key) == "order_id" {
			id, err = jsonscan.Text(value)
		}
		return err
	})
	return id, err
}

// friendByCode gives a new friend the reward of the code, and what they claimed
// by a card that led to it.
func (s *Service) friendByCode(ctx context.Context, tx *db.Tx, orgID string, e timeline.Event, codeID string, waiting []*claim, known map[string]*code) error {
	who, err := idsOfPerson(ctx, tx, orgID, e.PersonID)
	if err != nil {
		return err
	}
	for _, c := range waiting {
		if c.person != "" && slices.Contains(who, c.person) {
			if err := s.fulfil(ctx, tx, orgID, c, ForFriend, ""); err != nil {
				return err
			}
		}
	}
	c := known[codeID]
	if c == nil {
		if c, err = codeByID(ctx, tx, orgID, codeID); errs.Is(err, errs.CodeNotFound) {
			c, err = &code{}, nil
		}
		if err != nil {
			return err
		}
		known[codeID] = c
	}
	if c.spec.RewardID == "" {
		return nil
	}
	r, err := rewardByID(ctx, tx, orgID, c.spec.RewardID)
	if err != nil {
		return err
	}
	if clock.Micros(e.OccurredAt) < r.created {
		return nil // whether a new rule counts for the past: no
	}
	_, _, err = s.claimReward(ctx, tx, orgID, claim{reward: r.id, thing: c.id, what: who[0], code: c.id, person: e.PersonID, proven: true}, e.OccurredAt)
	if errs.Is(err, errs.CodeConflict) {
		return nil // sold out, over, or they have had theirs
	}
	return err
}

// receiptSaid takes a receipt that a customer has sent to the brand: who can
// write to it is its friend.
func (s *Service) receiptSaid(ctx context.Context, tx *db.Tx, orgID, person string, c *claim) error {
	if c == nil {
		return nil
	}
	who, err := idsOfPerson(ctx, tx, orgID, person)
	if err != nil || c.person != "" && !slices.Contains(who, c.person) {
		return err
	}
	return s.fulfil(ctx, tx, orgID, c, ForFriend, person)
}

// fulfil earns a claim if its reward is for the act that was seen.
func (s *Service) fulfil(ctx context.Context, tx *db.Tx, orgID string, c *claim, act, person string) error {
	r, err := rewardByID(ctx, tx, orgID, c.reward)
	if err != nil || r.condition != act {
		return err
	}
	if c.person == "" {
		c.person = person
	}
	_, err = s.earn(ctx, tx, orgID, r, c)
	return err
}
