package insight

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// Overview is what happened in some months, beside the months before.
type Overview struct {
	Period   Period    `json:"period"`
	Currency string    `json:"currency" doc:"Of all money; orders in others count as orders, and their money is left out"`
	Numbers            // of the period
	Previous Previous  `json:"previous" doc:"The same for the period of the same length before"`
	Months   []Month   `json:"months" nullable:"false" doc:"Every month of the period"`
	Regions  []Region  `json:"top_regions" nullable:"false" doc:"Up to ten regions that orders named, by money"`
	Products []Product `json:"top_products" nullable:"false" doc:"Up to ten, by money; what was returned is not deducted"`
	First    string    `json:"first_month" doc:"First month with an order; empty without any"`
	Last     string    `json:"last_month" doc:"Last month with an order; empty without any"`

	CountedTo *time.Time `json:"counted_to" doc:"Events recorded up to here are counted; null when there are none"`
}

// Period is a span of whole months.
type Period struct {
	From     string    `json:"from" example:"2026-01"`
	To       string    `json:"to" example:"2026-12" doc:"Included"`
	TimeZone string    `json:"time_zone" doc:"Decides where a month begins"`
	StartAt  time.Time `json:"start_at"`
	EndAt    time.Time `json:"end_at" doc:"Not included"`
}

// Numbers are the sums of a period. Persons who were merged are one.
type Numbers struct {
	Persons        int64   `json:"persons" doc:"Known by the end of the period"`
	NewPersons     int64   `json:"new_persons" doc:"First heard of in the period"`
	Buyers         int64   `json:"buyers" doc:"Different persons with a paid order in the period"`
	Orders         int64   `json:"orders" doc:"Paid in the period, also those refunded later"`
	GMVMinor       int64   `json:"gmv_minor" doc:"Of those orders, before refunds"`
	Refunds        int64   `json:"refunds" doc:"Made in the period, whenever the order was"`
	RefundedMinor  int64   `json:"refunded_minor"`
	AverageMinor   int64   `json:"average_order_minor" doc:"gmv_minor / orders, rounded half up; 0 without orders"`
	RepurchaseRate float64 `json:"repurchase_rate" minimum:"0" maximum:"1" doc:"Of the period's buyers, the share with two orders or more in the period; 0 without buyers"`
}

// Previous is the numbers of the period before.
type Previous struct {
	From string `json:"from"`
	To   string `json:"to"`
	Numbers
}

// Month is one month.
type Month struct {
	Month         string `json:"month" example:"2026-03"`
	Orders        int64  `json:"orders"`
	GMVMinor      int64  `json:"gmv_minor"`
	RefundedMinor int64  `json:"refunded_minor"`
	NewPersons    int64  `json:"new_persons"`
	Buyers        int64  `json:"buyers"`
}

// Region is where orders of the period came from.
type Region struct {
	Region   string `json:"region"`
	Persons  int64  `json:"persons" doc:"Different buyers; who bought in two regions is in both"`
	Orders   int64  `json:"orders"`
	GMVMinor int64  `json:"gmv_minor"`
}

// Product is what was sold in the period.
type Product struct {
	SKU         string  `json:"sku"`
	Name        string  `json:"name" doc:"The newest one"`
	Quantity    float64 `json:"quantity" doc:"To six places"`
	AmountMinor int64   `json:"amount_minor"`
}

// calendar is an org's months with their sums.
type calendar struct {
	zone        *time.Location
	currency    string
	months      map[int64]monthSums
	first, last int64 // with an order, none without
	present     int64
	countedTo   *time.Time
}

func (s *Service) calendar(ctx context.Context, tx *db.Tx, orgID string) (*calendar, error) {
	st, err := stateOf(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	c := &calendar{months: map[int64]monthSums{}, first: none, last: none}
	if st != nil {
		c.zone, c.currency, c.countedTo = st.zone, st.currency, clock.Ptr(st.countedTo)
	} else {
		org, err := s.orgs.Settings(ctx, tx, orgID)
		if err != nil {
			return nil, err
		}
		c.zone, c.currency = org.Zone, org.Currency
	}
	c.present = monthOf(clock.Micros(s.now()), c.zone)
	return c, tx.Each(ctx, func(rows *sql.Rows) error {
		var month int64
		var m monthSums
		if err := rows.Scan(&month, &m.orders, &m.gmv, &m.refunds, &m.refunded, &m.newPersons); err != nil {
			return err
		}
		c.months[month] = m
		if m.orders > 0 {
			if c.first == none {
				c.first = month
			}
			c.last = month
		}
		return nil
	}, "SELECT month, orders, gmv_minor, refunds, refunded_minor, new_persons FROM insight_month WHERE org_id = ? ORDER BY month", orgID)
}

// usual is the span that is shown when none was asked for: the last twelve
// months with orders, not before the first and not in the future.
func (c *calendar) usual() span {
	to := c.present
	if c.last != none {
		to = min(c.last, c.present)
	}
	from := to - 11
	if c.first != none {
		from = min(to, max(from, c.first))
	}
	return span{from, to}
}

// numbers sums up a span.
func (c *calendar) numbers(ctx context.Context, tx *db.Tx, orgID string, s span) (n Numbers, err error) {
	for month, m := range c.months {
		if month <= s.to {
			n.Persons += m.newPersons
		}
		if month < s.from || month > s.to {
			continue
		}
		n.NewPersons, n.Orders, n.GMVMinor = n.NewPersons+m.newPersons, n.Orders+m.orders, n.GMVMinor+m.gmv
		n.Refunds, n.RefundedMinor = n.Refunds+m.refunds, n.RefundedMinor+m.refunded
	}
	if n.Orders == 0 {
		return n, nil
	}
	n.AverageMinor = (n.GMVMinor + n.Orders/2) / n.Orders
	var again int64
	if err := tx.QueryRow(ctx, `SELECT SUM(CASE WHEN prev < ? THEN orders ELSE 0 END), SUM(CASE WHEN prev >= ? AND prev2 < ? THEN orders ELSE 0 END)
		FROM insight_rhythm WHERE org_id = ? AND month BETWEEN ? AND ?`, s.from, s.from, s.from, orgID, s.from, s.to).Scan(&n.Buyers, &again); err != nil {
		return n, fmt.Errorf("insight: buyers: %w", err)
	}
	if n.Buyers > 0 {
		n.RepurchaseRate = float64(again) / float64(n.Buyers)
	}
	return n, nil
}

// Overview tells what happened from … to (YYYY-MM, both included; empty: the
// last twelve months with orders).
func (s *Service) Overview(ctx context.Context, orgID, from, to string) (o Overview, err error) {
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		c, err := s.calendar(ctx, tx, orgID)
		if err != nil {
			return err
		}
		period, err := spanOf(from, to, c.usual())
		if err != nil {
			return err
		}
		o = Overview{Currency: c.currency, CountedTo: c.countedTo, First: monthName(c.first), Last: monthName(c.last), Period: Period{
			From: monthName(period.from), To: monthName(period.to), TimeZone: c.zone.String(),
			StartAt: monthStart(period.from, c.zone), EndAt: monthStart(period.to+1, c.zone)}}
		if o.Numbers, err = c.numbers(ctx, tx, orgID, period); err != nil {
			return err
		}
		earlier := period.before()
		o.Previous.From, o.Previous.To = monthName(earlier.from), monthName(earlier.to)
		if o.Previous.Numbers, err = c.numbers(ctx, tx, orgID, earlier); err != nil {
			return err
		}
		if o.Months, err = c.list(ctx, tx, orgID, period); err != nil {
			return err
		}
		if o.Regions, err = regions(ctx, tx, orgID, period); err != nil {
			return err
		}
		o.Products, err = products(ctx, tx, orgID, period)
		return err
	})
	return o, err
}

func (c *calendar) list(ctx context.Context, tx *db.Tx, orgID string, s span) ([]Month, error) {
	out := make([]Month, s.months())
	for i := range out {
		m := c.months[s.from+int64(i)]
		out[i] = Month{Month: monthName(s.from + int64(i)), Orders: m.orders, GMVMinor: m.gmv, RefundedMinor: m.refunded, NewPersons: m.newPersons}
	}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var month, buyers int64
		err := rows.Scan(&month, &buyers)
		if err == nil {
			out[month-s.from].Buyers = buyers
		}
		return err
	}, "SELECT month, SUM(orders) FROM insight_rhythm WHERE org_id = ? AND month BETWEEN ? AND ? AND prev < month GROUP BY month", orgID, s.from, s.to)
}

// top is how many regions and products are listed.
const top = 10

func regions(ctx context.Context, tx *db.Tx, orgID string, s span) ([]Region, error) {
	out := []Region{}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var r Region
		err := rows.Scan(&r.Region, &r.Persons, &r.Orders, &r.GMVMinor)
		out = append(out, r)
		return err
	}, `SELECT region, SUM(CASE WHEN prev < ? THEN orders ELSE 0 END), SUM(orders), SUM(gmv_minor) AS gmv FROM insight_region
		WHERE org_id = ? AND month BETWEEN ? AND ? AND region <> '' GROUP BY region ORDER BY gmv DESC, region LIMIT ?`, s.from, orgID, s.from, s.to, top)
}

func products(ctx context.Context, tx *db.Tx, orgID string, s span) ([]Product, error) {
	out, at := []Product{}, map[string]int{}
	var skus []string
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var p Product
		var millionths int64
		err := rows.Scan(&p.SKU, &millionths, &p.AmountMinor)
		p.Quantity = float64(millionths) / 1e6
		at[p.SKU] = len(out)
		out, skus = append(out, p), append(skus, p.SKU)
		return err
	}, `SELECT sku, SUM(quantity), SUM(amount_minor) AS amount FROM insight_product WHERE org_id = ? AND month BETWEEN ? AND ?
		GROUP BY sku ORDER BY amount DESC, sku LIMIT ?`, orgID, s.from, s.to, top); err != nil {
		return nil, fmt.Errorf("insight: products: %w", err)
	}
	// The months are named one by one, so that the key finds each product of each
	// month rather than reads all products of all of them.
	where, arg := tx.In("p.sku", skus)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var sku, name string
		err := rows.Scan(&sku, &name)
		out[at[sku]].Name = name // the last row is the newest month's
		return err
	}, "SELECT p.sku, p.name FROM insight_month m CROSS JOIN insight_product p WHERE m.org_id = ? AND m.month BETWEEN ? AND ? AND p.org_id = m.org_id AND p.month = m.month AND p.name <> '' AND "+where+" ORDER BY m.month", orgID, s.from, s.to, arg)
}
