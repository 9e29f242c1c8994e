package acquisition

import (
	"cmp"
	"context"
	"slices"
	"time"

	"fishpond/internal/acquisition/credit"
	"fishpond/internal/platform/db"
)

// LedgerWindowDays is within how many days before it an order is credited to
// an arrival, where a ledger is drawn.
const LedgerWindowDays = 90

// Ledger is what unit economics are drawn from: what was spent and what was
// sold, by where people came from. Credit goes to the first arrival, as in a
// report with model=first and LedgerWindowDays.
type Ledger struct {
	Zone     *time.Location
	Currency string
	Sources  map[int64]LedgerSource
	Channels []LedgerChannel // parents first
	Costs    []LedgerCost    // of the months asked for
	Sales    []LedgerSale    // of the months asked for
	Names    map[string]string
}

// LedgerSource is where and how somebody arrived.
type LedgerSource struct {
	Channels []string // the channel that was named and those above it
	Code     string
	Link     string
	Staff    string
	Account  string
}

// LedgerChannel is a channel as the tree has it now.
type LedgerChannel struct {
	ID, Name, ParentID, Level string
	Path                      []string // names from the top
}

// LedgerCost is a part of a cost: that of a channel above several, or of one
// through which several staff bring people, is divided by who came in the month.
type LedgerCost struct {
	Source   int64    // 0: nobody came that month
	Channels []string // the source's; without one, that which cost and those above it
	Month    int64    // year × 12 + month − 1
	Minor    int64
}

// LedgerSale is what was sold in a month.
type LedgerSale struct {
	Source        int64 // 0: no arrival came before within the window
	Month         int64
	Orders        int64
	GMVMinor      int64
	RefundedMinor int64
}

// Ledger draws the ledger of the months from … to, both included. Names are of
// staff, codes, links, batches and forms.
func (s *Service) Ledger(ctx context.Context, tx *db.Tx, orgID string, from, to int64) (out Ledger, err error) {
	g, err := s.survey(ctx, tx, orgID, ReportQuery{Model: string(credit.First), WindowDays: LedgerWindowDays, From: monthName(from), To: monthName(to)})
	if err != nil {
		return out, err
	}
	out = Ledger{Zone: g.set.Zone, Currency: g.set.Currency, Sources: make(map[int64]LedgerSource, len(g.cube.sources))}
	for no, src := range g.cube.sources {
		out.Sources[no] = LedgerSource{Channels: g.tree.upwards(src.channel), Code: src.code, Link: src.link, Staff: src.staff, Account: src.account}
	}
	for _, n := range g.tree.below("") {
		out.Channels = append(out.Channels, LedgerChannel{ID: n.id, Name: n.name, ParentID: n.parent, Level: levelNames[n.level], Path: g.tree.path(n.id)})
	}
	g.each(func(cell, *people) {},
		func(at cell, p *sales) {
			out.Sales = append(out.Sales, LedgerSale{Source: at.source, Month: at.month, Orders: p.orders / whole, GMVMinor: p.gmv, RefundedMinor: p.refunded})
		},
		func(at cell, channel string, minor int64) {
			out.Costs = append(out.Costs, LedgerCost{Source: at.source, Channels: g.tree.upwards(channel), Month: at.month, Minor: minor})
		})
	if out.Names, err = thingNames(ctx, tx, orgID); err != nil {
		return out, err
	}
	members, err := s.Staff.Members(ctx, tx, orgID)
	for id, m := range members {
		out.Names[id] = m.Name
	}
	return out, err
}

// upwards lists a channel and those above it.
func (t *tree) upwards(id string) (out []string) {
	t.up(id, func(n *node) { out = append(out, n.id) })
	return out
}

// CostMonths are the first and the last month with a cost; ok is false without any.
func (s *Service) CostMonths(ctx context.Context, tx *db.Tx, orgID string) (first, last int64, ok bool, err error) {
	var n, from, to int64
	err = tx.QueryRow(ctx, "SELECT count(*), COALESCE(MIN(day), 0), COALESCE(MAX(day), 0) FROM acquisition_cost WHERE org_id = ?", orgID).Scan(&n, &from, &to)
	return monthOfDay(from), monthOfDay(to), n > 0, err
}

// Walk is what is known of one person: how they were won and what they bought.
type Walk struct {
	PersonID string // who speaks for them
	Source   int64  // of the first arrival; 0: none
	At       int64  // of the first arrival, microseconds
	Orders   []WalkOrder
}

// WalkOrder is an order, in the order of time, or at the end a refund alone.
type WalkOrder struct {
	At            int64
	AmountMinor   int64
	RefundedMinor int64
	Foreign       bool // in another currency than the org's: its money is not to be added
	Back          bool // refunded in full
	Alone         bool // no order, but a refund that names none
}

// EachWalk tells of everybody who arrived or bought, in no order. The walk is
// valid until fn returns.
func (s *Service) EachWalk(ctx context.Context, tx *db.Tx, orgID string, fn func(*Walk) error) error {
	set, err := s.Orgs.Settings(ctx, tx, orgID)
	if err != nil {
		return err
	}
	var w Walk
	return s.eachPerson(ctx, tx, orgID, set, func(id string, p *path) error {
		if id == "" {
			return nil // what nobody in particular bought
		}
		p.order()
		p.settle()
		w = Walk{PersonID: id, Orders: w.Orders[:0]}
		if len(p.touches) > 0 {
			w.Source, w.At = p.touches[0].source, p.touches[0].at
		}
		for _, o := range p.orders {
			w.Orders = append(w.Orders, WalkOrder{At: o.at, AmountMinor: o.amount, RefundedMinor: o.refunded, Foreign: o.foreign, Back: o.back,
				Alone: o.amount == 0 && o.back && o.order == 0})
		}
		return fn(&w)
	})
}

// Revision changes whenever anything that walks tell does; facts says how much
// there is to read for them.
func (s *Service) Revision(ctx context.Context, tx *db.Tx, orgID string) (revision, facts int64, err error) {
	return revisionOf(ctx, tx, orgID)
}

// order puts a path in the order of time.
func (p *path) order() {
	slices.SortFunc(p.touches, func(x, y touch) int { return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.seq, y.seq)) })
	slices.SortFunc(p.orders, func(x, y purchase) int { return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.seq, y.seq)) })
	// An event that ends one friendship and begins another does so in this order.
	slices.SortFunc(p.ties, func(x, y tie) int {
		return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.seq, y.seq), -cmp.Compare(db.Bit(x.ended), db.Bit(y.ended)))
	})
}
