package playbook

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"time"

	"fishpond/internal/insight/follow"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/currency"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Service is the playbook.
type Service struct {
	db       *db.DB
	now      clock.Clock
	log      *slog.Logger
	orgs     Orgs
	journeys Journeys
	audit    Auditor
}

// New returns the playbook.
func New(d *db.DB, now clock.Clock, log *slog.Logger, orgs Orgs, journeys Journeys, audit Auditor) *Service {
	return &Service{db: d, now: now, log: log, orgs: orgs, journeys: journeys, audit: audit}
}

const (
	months    = 12  // over which people may buy again
	least     = 20  // buyers, below which nothing is placed
	mostGoods = 200 // products that are placed, by amount
	near      = .1  // of a boundary, either side: so close that the neighbour counts, too
)

// PlaybookBoundaries are where often and much begin; what is just there is often and much.
type PlaybookBoundaries struct {
	AgainBP     int64 `json:"again_bp" minimum:"1" maximum:"10000" doc:"Of the brand's buyers, the share who order twice or more in twelve months, in basis points"`
	SKUAgainBP  int64 `json:"sku_again_bp" minimum:"1" maximum:"10000" doc:"Of a product's buyers, the share who order that product twice or more"`
	TicketMinor int64 `json:"ticket_minor" minimum:"1" maximum:"1000000000000" doc:"Of an order, or of a product within one"`
}

// usual are the boundaries until somebody sets others: 30 % of buyers in a year,
// 10 % of a product's, and what is felt to be much in the currency.
func usual(code string) PlaybookBoundaries {
	main := map[string]int64{"CNY": 300, "TWD": 1300, "HKD": 330, "JPY": 6000, "KRW": 60_000, "INR": 3500, "THB": 1500, "VND": 1_000_000}[code]
	if main == 0 {
		main = 50 // dollars, euros, pounds
	}
	return PlaybookBoundaries{AgainBP: 3000, SKUAgainBP: 1000, TicketMinor: main * int64(math.Pow10(currency.Digits(code)))}
}

// standing is what was counted of the brand (empty sku) or a product.
type standing struct {
	sku, name                      string
	buyers, again, orders, amount  int64
	fromMonth, toMonth, computedAt int64
}

// PlaybookPlace is where the brand or a product stands.
type PlaybookPlace struct {
	SKU           string   `json:"sku" doc:"Empty: the brand"`
	Name          string   `json:"name"`
	Buyers        int64    `json:"buyers" doc:"Different persons with an order of it in the twelve months"`
	Again         int64    `json:"again" doc:"Of them, with two or more"`
	Orders        int64    `json:"orders"`
	AmountMinor   int64    `json:"amount_minor" doc:"Before refunds"`
	AgainShare    *float64 `json:"again_share" minimum:"0" maximum:"1" doc:"again ÷ buyers; null when it cannot be said"`
	TicketMinor   *int64   `json:"ticket_minor" doc:"amount ÷ orders, rounded half up; null when it cannot be said"`
	Quadrant      string   `json:"quadrant" doc:"Key of one of the four; empty when it cannot be said"`
	NearOften     bool     `json:"near_often" doc:"Within a tenth of the boundary of buying again"`
	NearDear      bool     `json:"near_dear" doc:"Within a tenth of the boundary of spending"`
	Why           string   `json:"why" doc:"Why there is no place; empty when there is one"`
	againBoundary int64
}

var (
	noOrders  = i18n.T("这十二个月没有客户的订单", "there are no orders of customers in these twelve months")
	fewBuyers = i18n.T("买过的人不到 %d 位，多一位少一位就会换位置", "fewer than %d people bought it: one more or less would move it", least)
	noAmount  = i18n.T("订单金额合计为零或为负", "its orders add up to nothing, or less")
)

// place puts a standing on one of the four places.
func place(s standing, b PlaybookBoundaries, lang i18n.Lang) PlaybookPlace {
	p := PlaybookPlace{SKU: s.sku, Name: s.name, Buyers: s.buyers, Again: s.again, Orders: s.orders, AmountMinor: s.amount, againBoundary: b.AgainBP}
	if s.sku != "" {
		p.againBoundary = b.SKUAgainBP
	}
	switch {
	case s.buyers == 0 || s.orders == 0:
		p.Why = noOrders.In(lang)
		return p
	case s.buyers < least:
		p.Why = fewBuyers.In(lang)
		return p
	case s.amount <= 0:
		p.Why = noAmount.In(lang)
		return p
	}
	again := float64(s.again) / float64(s.buyers)
	ticket := (s.amount + s.orders/2) / s.orders
	p.AgainShare, p.TicketMinor = &again, &ticket
	// In whole numbers: what is just on the boundary is over it on every machine.
	often := s.again*10_000 >= p.againBoundary*s.buyers
	dear := ticket >= b.TicketMinor
	p.Quadrant = Of(often, dear).Key
	close := func(v, at float64) bool { return math.Abs(v-at) < near*at }
	p.NearOften, p.NearDear = close(again*10_000, float64(p.againBoundary)), close(float64(ticket), float64(b.TicketMinor))
	return p
}

// Refresh counts where everything stands over the last twelve months with orders.
func (s *Service) Refresh(ctx context.Context, orgID string) error {
	now := s.now()
	var all []standing
	if err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		org, settled, err := follow.State(ctx, tx, orgID, "insight_playbook_state", s.orgs)
		if err != nil || !settled {
			return err
		}
		var to int64
		if err := tx.QueryRow(ctx, "SELECT COALESCE(MAX(month), -1) FROM insight_playbook_buy WHERE org_id = ? AND month <= ?", orgID, follow.MonthOf(clock.Micros(now), org.Zone)).Scan(&to); err != nil || to < 0 {
			return err
		}
		all, err = db.All(ctx, tx, func(r *sql.Rows, x *standing) error {
			x.fromMonth, x.toMonth = to-months+1, to
			return r.Scan(&x.sku, &x.buyers, &x.again, &x.orders, &x.amount)
		}, `SELECT sku, COUNT(*), SUM(CASE WHEN n >= 2 THEN 1 ELSE 0 END), SUM(n), SUM(amount) AS total FROM (
			SELECT x.sku AS sku, SUM(x.orders) AS n, SUM(x.amount_minor) AS amount FROM insight_playbook_buy x
			LEFT JOIN insight_playbook_alias a ON a.org_id = x.org_id AND a.person_id = x.person_id
			WHERE x.org_id = ? AND x.month BETWEEN ? AND ? GROUP BY x.sku, COALESCE(a.speaker, x.person_id)) p
			GROUP BY sku ORDER BY CASE WHEN sku = '' THEN 0 ELSE 1 END, total DESC, sku LIMIT ?`, orgID, to-months+1, to, mostGoods+1)
		return err
	}); err != nil {
		return fmt.Errorf("playbook: %w", err)
	}
	return s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		if err := follow.Clear(ctx, tx, orgID, "insight_playbook_place"); err != nil {
			return err
		}
		at := clock.Micros(now)
		for _, x := range all {
			if _, err := tx.Exec(ctx, "INSERT INTO insight_playbook_place (org_id, sku, buyers, again, orders, amount_minor, from_month, to_month, computed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
				orgID, x.sku, x.buyers, x.again, x.orders, x.amount, x.fromMonth, x.toMonth, at); err != nil {
				return fmt.Errorf("playbook: %w", err)
			}
		}
		return nil
	})
}

// RefreshAll refreshes every org. One that fails is logged and does not keep
// others from it.
func (s *Service) RefreshAll(ctx context.Context) error {
	all, err := s.orgs.OrgIDs(ctx)
	if err != nil {
		return err
	}
	for _, org := range all {
		if err := s.Refresh(access.With(ctx, access.ForSystem(org, "playbook")), org); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			s.log.ErrorContext(ctx, "a playbook could not be counted", "org", org, "error", err)
		}
	}
	return nil
}

// RebuildOutdated rebuilds the projection of every org that has moved to
// another zone or currency.
func (s *Service) RebuildOutdated(ctx context.Context, rebuild func(ctx context.Context, subscriber, orgID string) error) error {
	return follow.RebuildOutdated(ctx, s.db, "insight_playbook_state", s.orgs, func(ctx context.Context, orgID string) error { return rebuild(ctx, SubscriberName, orgID) })
}

// boundaries are those of an org, and whether somebody set them.
func boundaries(ctx context.Context, tx *db.Tx, orgID, code string) (b PlaybookBoundaries, set bool, err error) {
	err = tx.QueryRow(ctx, "SELECT again_bp, sku_again_bp, ticket_minor FROM insight_playbook_setting WHERE org_id = ?", orgID).Scan(&b.AgainBP, &b.SKUAgainBP, &b.TicketMinor)
	if db.IsNoRows(err) {
		return usual(code), false, nil
	}
	return b, err == nil, err
}

// SetBoundaries sets where often and much begin; nil goes back to the usual ones.
func (s *Service) SetBoundaries(ctx context.Context, b *PlaybookBoundaries) error {
	a, _ := access.From(ctx)
	if b != nil && (b.AgainBP < 1 || b.AgainBP > 10_000 || b.SKUAgainBP < 1 || b.SKUAgainBP > 10_000 || b.TicketMinor < 1 || b.TicketMinor > 1_000_000_000_000) {
		return errs.InvalidField("body", i18n.T("分界应大于零，比例不超过 100%%", "Boundaries are above zero, and shares at most 100 %%"))
	}
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if err := follow.Clear(ctx, tx, a.OrgID, "insight_playbook_setting"); err != nil {
			return err
		}
		if b != nil {
			if _, err := tx.Exec(ctx, "INSERT INTO insight_playbook_setting (org_id, again_bp, sku_again_bp, ticket_minor) VALUES (?, ?, ?, ?)", a.OrgID, b.AgainBP, b.SKUAgainBP, b.TicketMinor); err != nil {
				return fmt.Errorf("playbook: %w", err)
			}
		}
		return s.audit.Audit(ctx, tx, "playbook.boundaries_set", "org", a.OrgID, b)
	})
}

// Playbook is where brand and products stand, and what suits.
type Playbook struct {
	From       string             `json:"from" example:"2025-07" doc:"First of the twelve months; empty without orders"`
	To         string             `json:"to" doc:"Last of them: the newest with an order"`
	TimeZone   string             `json:"time_zone"`
	Currency   string             `json:"currency" doc:"Of all money; orders in others are left out"`
	ComputedAt *time.Time         `json:"computed_at" doc:"null before anything was counted"`
	Boundaries PlaybookBoundaries `json:"boundaries"`
	Usual      PlaybookBoundaries `json:"usual" doc:"What they are when nobody sets them"`
	Set        bool               `json:"set" doc:"Somebody set them"`
	Brand      PlaybookPlace      `json:"brand"`
	Products   []PlaybookPlace    `json:"products" nullable:"false" doc:"Up to 200, by amount"`
	Quadrants  []PlaybookQuadrant `json:"quadrants" nullable:"false" doc:"The four"`
}

// PlaybookQuadrant is what suits one of the four places.
type PlaybookQuadrant struct {
	Key      string            `json:"key" enum:"often_dear,often_cheap,seldom_dear,seldom_cheap"`
	Often    bool              `json:"often"`
	Dear     bool              `json:"dear"`
	Name     string            `json:"name"`
	Idea     string            `json:"idea"`
	Products int64             `json:"products" doc:"Of those listed"`
	Journeys []PlaybookJourney `json:"journeys" nullable:"false" doc:"Ready journeys that suit, the most fitting first"`
	Measures []PlaybookMeasure `json:"measures" nullable:"false"`
}

// PlaybookMeasure is something to do, and where.
type PlaybookMeasure struct {
	Text string `json:"text"`
	Path string `json:"path"`
}

// Playbook tells where brand and products stand.
func (s *Service) Playbook(ctx context.Context, orgID string) (out Playbook, err error) {
	lang := i18n.From(ctx)
	var all []standing
	if err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		org, _, err := follow.State(ctx, tx, orgID, "insight_playbook_state", s.orgs)
		if err != nil {
			return err
		}
		out.TimeZone, out.Currency, out.Usual = org.Zone.String(), org.Currency, usual(org.Currency)
		if out.Boundaries, out.Set, err = boundaries(ctx, tx, orgID, org.Currency); err != nil {
			return err
		}
		all, err = db.All(ctx, tx, func(r *sql.Rows, x *standing) error {
			return r.Scan(&x.sku, &x.name, &x.buyers, &x.again, &x.orders, &x.amount, &x.fromMonth, &x.toMonth, &x.computedAt)
		}, `SELECT p.sku, COALESCE(n.name, ''), p.buyers, p.again, p.orders, p.amount_minor, p.from_month, p.to_month, p.computed_at
			FROM insight_playbook_place p LEFT JOIN insight_playbook_name n ON n.org_id = p.org_id AND n.sku = p.sku
			WHERE p.org_id = ? ORDER BY p.amount_minor DESC, p.sku`, orgID)
		return err
	}); err != nil {
		return out, fmt.Errorf("playbook: %w", err)
	}
	out.Products, out.Brand = []PlaybookPlace{}, place(standing{}, out.Boundaries, lang)
	count := map[string]int64{}
	for _, x := range all {
		p := place(x, out.Boundaries, lang)
		if x.sku == "" {
			out.Brand, out.From, out.To, out.ComputedAt = p, follow.MonthName(x.fromMonth), follow.MonthName(x.toMonth), clock.Ptr(x.computedAt)
			continue
		}
		count[p.Quadrant]++
		out.Products = append(out.Products, p)
	}
	ready := s.journeys.Ready(ctx)
	for _, q := range Quadrants {
		a := PlaybookQuadrant{Key: q.Key, Often: q.Often, Dear: q.Dear, Name: q.Name.In(lang), Idea: q.Idea.In(lang), Products: count[q.Key], Journeys: []PlaybookJourney{}, Measures: []PlaybookMeasure{}}
		for _, key := range q.Journeys {
			if i := slices.IndexFunc(ready, func(j PlaybookJourney) bool { return j.Key == key }); i >= 0 {
				a.Journeys = append(a.Journeys, ready[i])
			}
		}
		for _, m := range q.Measures {
			a.Measures = append(a.Measures, PlaybookMeasure{m.Text.In(lang), m.Path})
		}
		out.Quadrants = append(out.Quadrants, a)
	}
	return out, nil
}
