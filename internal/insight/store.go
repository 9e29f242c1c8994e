package insight

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"fishpond/internal/platform/db"
)

func column[T any](rows []T, name string, get func(T) int64) db.Column {
	v := make([]int64, len(rows))
	for i, r := range rows {
		v[i] = get(r)
	}
	return db.Int(name, v)
}

func text[T any](rows []T, name string, get func(T) string) db.Column {
	v := make([]string, len(rows))
	for i, r := range rows {
		v[i] = get(r)
	}
	return db.Text(name, v)
}

// saveFacts keeps facts. One that is there already is an error: it was
// counted, and must not be counted again.
func saveFacts(ctx context.Context, tx *db.Tx, orgID string, facts []fact) error {
	_, err := tx.BulkInsert(ctx, "insight_fact", "", db.Same("org_id", orgID, len(facts)),
		text(facts, "person_id", func(f fact) string { return f.person }),
		column(facts, "at", func(f fact) int64 { return f.at }),
		column(facts, "seq", func(f fact) int64 { return f.seq }),
		column(facts, "kind", func(f fact) int64 { return f.kind }),
		column(facts, "amount", func(f fact) int64 { return f.amount }),
		text(facts, "region", func(f fact) string { return f.region }))
	return err
}

// factsOf loads the facts of original persons.
func factsOf(ctx context.Context, tx *db.Tx, orgID string, ids []string, monthOf func(int64) int64) (out []fact, err error) {
	where, arg := tx.In("person_id", ids)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var f fact
		if err := rows.Scan(&f.person, &f.at, &f.seq, &f.kind, &f.amount, &f.region); err != nil {
			return err
		}
		f.month = monthOf(f.at)
		out = append(out, f)
		return nil
	}, "SELECT person_id, at, seq, kind, amount, region FROM insight_fact WHERE org_id = ? AND "+where, orgID, arg)
}

// persons loads the rows that there are.
func persons(ctx context.Context, tx *db.Tx, orgID string, ids []string) (map[string]*person, error) {
	out := make(map[string]*person, len(ids))
	where, arg := tx.In("person_id", ids)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		p := &person{}
		var mixed int64
		if err := rows.Scan(&p.id, &p.seenAt, &p.orders, &p.firstMonth, &p.lastAt, &p.lastMonth, &p.prevMonth, &p.region, &mixed); err != nil {
			return err
		}
		p.mixed = mixed == 1
		out[p.id] = p
		return nil
	}, "SELECT person_id, seen_at, orders, first_month, last_at, last_month, prev_month, region, mixed FROM insight_person WHERE org_id = ? AND "+where, orgID, arg)
}

func savePersons(ctx context.Context, tx *db.Tx, orgID string, people []*person) error {
	_, err := tx.BulkInsert(ctx, "insight_person", `ON CONFLICT (org_id, person_id) DO UPDATE SET seen_at = excluded.seen_at, orders = excluded.orders,
		first_month = excluded.first_month, last_at = excluded.last_at, last_month = excluded.last_month, prev_month = excluded.prev_month,
		region = excluded.region, mixed = excluded.mixed`, db.Same("org_id", orgID, len(people)),
		text(people, "person_id", func(p *person) string { return p.id }),
		column(people, "seen_at", func(p *person) int64 { return p.seenAt }),
		column(people, "orders", func(p *person) int64 { return p.orders }),
		column(people, "first_month", func(p *person) int64 { return p.firstMonth }),
		column(people, "last_at", func(p *person) int64 { return p.lastAt }),
		column(people, "last_month", func(p *person) int64 { return p.lastMonth }),
		column(people, "prev_month", func(p *person) int64 { return p.prevMonth }),
		text(people, "region", func(p *person) string { return p.region }),
		column(people, "mixed", func(p *person) int64 {
			if p.mixed {
				return 1
			}
			return 0
		}))
	return err
}

// aliases returns who speaks for those of ids that were merged.
func aliases(ctx context.Context, tx *db.Tx, orgID string, ids []string) (map[string]string, error) {
	where, arg := tx.In("person_id", ids)
	return aliasQuery(ctx, tx, orgID, where, arg)
}

// members returns the originals that speakers speak for, with their speaker.
func members(ctx context.Context, tx *db.Tx, orgID string, speakers []string) (map[string]string, error) {
	where, arg := tx.In("canonical_id", speakers)
	return aliasQuery(ctx, tx, orgID, where, arg)
}

func aliasQuery(ctx context.Context, tx *db.Tx, orgID, where string, arg any) (map[string]string, error) {
	out := map[string]string{}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var id, speaker string
		if err := rows.Scan(&id, &speaker); err != nil {
			return err
		}
		out[id] = speaker
		return nil
	}, "SELECT person_id, canonical_id FROM insight_alias WHERE org_id = ? AND "+where, orgID, arg)
}

func remove(ctx context.Context, tx *db.Tx, orgID, table string, ids []string) error {
	where, arg := tx.In("person_id", ids)
	_, err := tx.Exec(ctx, "DELETE FROM "+table+" WHERE org_id = ? AND "+where, orgID, arg)
	return err
}

// save adds the tally to the counters.
func (t *tally) save(ctx context.Context, tx *db.Tx, orgID string) error {
	type month struct {
		month int64
		*monthSums
	}
	var months []month
	for m, s := range t.month {
		if *s != (monthSums{}) {
			months = append(months, month{m, s})
		}
	}
	if _, err := tx.BulkInsert(ctx, "insight_month", `ON CONFLICT (org_id, month) DO UPDATE SET orders = insight_month.orders + excluded.orders,
		gmv_minor = insight_month.gmv_minor + excluded.gmv_minor, refunds = insight_month.refunds + excluded.refunds,
		refunded_minor = insight_month.refunded_minor + excluded.refunded_minor, new_persons = insight_month.new_persons + excluded.new_persons`,
		db.Same("org_id", orgID, len(months)),
		column(months, "month", func(m month) int64 { return m.month }),
		column(months, "orders", func(m month) int64 { return m.orders }),
		column(months, "gmv_minor", func(m month) int64 { return m.gmv }),
		column(months, "refunds", func(m month) int64 { return m.refunds }),
		column(months, "refunded_minor", func(m month) int64 { return m.refunded }),
		column(months, "new_persons", func(m month) int64 { return m.newPersons })); err != nil {
		return fmt.Errorf("insight: months: %w", err)
	}
	type rhythm struct {
		key [3]int64
		n   int64
	}
	var rhythms []rhythm
	for k, n := range t.rhythm {
		if n != 0 {
			rhythms = append(rhythms, rhythm{k, n})
		}
	}
	if _, err := tx.BulkInsert(ctx, "insight_rhythm", `ON CONFLICT (org_id, month, prev, prev2) DO UPDATE SET orders = insight_rhythm.orders + excluded.orders`,
		db.Same("org_id", orgID, len(rhythms)),
		column(rhythms, "month", func(r rhythm) int64 { return r.key[0] }),
		column(rhythms, "prev", func(r rhythm) int64 { return r.key[1] }),
		column(rhythms, "prev2", func(r rhythm) int64 { return r.key[2] }),
		column(rhythms, "orders", func(r rhythm) int64 { return r.n })); err != nil {
		return fmt.Errorf("insight: rhythm: %w", err)
	}
	if err := saveSums(ctx, tx, orgID, "insight_cohort", "cohort, month", "persons", t.cohort,
		[]field[[2]int64]{{num: func(k [2]int64) int64 { return k[0] }, name: "cohort"}, {num: func(k [2]int64) int64 { return k[1] }, name: "month"}}); err != nil {
		return err
	}
	if err := saveSums(ctx, tx, orgID, "insight_region", "month, region, prev", "orders", t.region, []field[regionKey]{
		{num: func(k regionKey) int64 { return k.month }, name: "month"}, {text: func(k regionKey) string { return k.region }, name: "region"},
		{num: func(k regionKey) int64 { return k.prev }, name: "prev"}}); err != nil {
		return err
	}
	if !t.less {
		return nil
	}
	// What was taken back whole leaves no trace; live and rebuilt stay equal.
	for _, q := range []string{
		"DELETE FROM insight_rhythm WHERE org_id = ? AND orders = 0",
		"DELETE FROM insight_cohort WHERE org_id = ? AND persons = 0",
		"DELETE FROM insight_region WHERE org_id = ? AND orders = 0",
	} {
		if _, err := tx.Exec(ctx, q, orgID); err != nil {
			return fmt.Errorf("insight: tidy: %w", err)
		}
	}
	return nil
}

// field is a column of a counter's key: a number or a text.
type field[K any] struct {
	name string
	num  func(K) int64
	text func(K) string
}

func saveSums[K comparable](ctx context.Context, tx *db.Tx, orgID, table, key, count string, all map[K]*sums, fields []field[K]) error {
	type row struct {
		key K
		*sums
	}
	var rows []row
	for k, s := range all {
		if *s != (sums{}) {
			rows = append(rows, row{k, s})
		}
	}
	cols := []db.Column{db.Same("org_id", orgID, len(rows))}
	for _, f := range fields {
		if f.text != nil {
			cols = append(cols, text(rows, f.name, func(r row) string { return f.text(r.key) }))
			continue
		}
		cols = append(cols, column(rows, f.name, func(r row) int64 { return f.num(r.key) }))
	}
	cols = append(cols, column(rows, count, func(r row) int64 { return r.n }), column(rows, "gmv_minor", func(r row) int64 { return r.gmv }))
	_, err := tx.BulkInsert(ctx, table, "ON CONFLICT (org_id, "+key+") DO UPDATE SET "+count+" = "+table+"."+count+" + excluded."+count+
		", gmv_minor = "+table+".gmv_minor + excluded.gmv_minor", cols...)
	if err != nil {
		return fmt.Errorf("insight: %s: %w", table, err)
	}
	return nil
}

func saveProducts(ctx context.Context, tx *db.Tx, orgID string, products map[productKey]*product) error {
	type row struct {
		productKey
		*product
	}
	rows := make([]row, 0, len(products))
	for k, p := range products {
		rows = append(rows, row{k, p})
	}
	// Neighbours in the index are written one after the other.
	slices.SortFunc(rows, func(a, b row) int { return cmp.Or(cmp.Compare(a.month, b.month), cmp.Compare(a.sku, b.sku)) })
	_, err := tx.BulkInsert(ctx, "insight_product", `ON CONFLICT (org_id, month, sku) DO UPDATE SET
		name = CASE WHEN excluded.name <> '' THEN excluded.name ELSE insight_product.name END,
		quantity = insight_product.quantity + excluded.quantity, amount_minor = insight_product.amount_minor + excluded.amount_minor`,
		db.Same("org_id", orgID, len(rows)),
		column(rows, "month", func(r row) int64 { return r.month }),
		text(rows, "sku", func(r row) string { return r.sku }),
		text(rows, "name", func(r row) string { return r.name }),
		column(rows, "quantity", func(r row) int64 { return r.quantity }),
		column(rows, "amount_minor", func(r row) int64 { return r.amount }))
	return err
}
