package pool

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// listQuery is a filter in SQL. Search, for what stays fast over millions:
// an identity is found by its index; a name by its beginning, as a range of
// name_key. The middle of a name is not searched: that would read every row,
// or an index of fragments several times the size of the table.
type listQuery struct {
	tx     *db.Tx
	f      Filter
	conds  []cond
	args   []any
	nobody bool // the search can match nobody
}

// cond is one condition. Written over a column that is followed by #, so that
// the column can be kept from choosing the index (see page).
type cond struct {
	sql string
	arg any
}

func newListQuery(ctx context.Context, tx *db.Tx, a access.Actor, f Filter, phoneRegion string) (*listQuery, error) {
	q := &listQuery{tx: tx, f: f, args: []any{a.OrgID}}
	add := func(sql string, arg any) { q.conds = append(q.conds, cond{sql, arg}) }
	if a.OwnOnly {
		if f.OwnerStaffID != "" && f.OwnerStaffID != a.ID {
			q.nobody = true
		}
		f.OwnerStaffID = a.ID
		q.f.OwnerStaffID = a.ID
	}
	if f.OwnerStaffID != "" {
		add("owner_staff_id <> '' AND #owner_staff_id = ?", f.OwnerStaffID)
	}
	if f.Stage != "" {
		add("#stage = ?", f.Stage)
	}
	if f.Region != "" {
		add("#region = ?", f.Region)
	}
	span := func(column string, from, to time.Time) {
		if !from.IsZero() {
			add("#"+column+" >= ?", clock.Micros(from))
		}
		if !to.IsZero() {
			add("#"+column+" < ?", clock.Micros(to))
		}
	}
	span("last_order_at", f.LastFrom, f.LastTo)
	span("created_at", f.CreatedFrom, f.CreatedTo)
	if !f.LastTo.IsZero() && f.LastFrom.IsZero() {
		add("#last_order_at > ?", int64(0)) // who never ordered has no last order before anything
	}
	if f.MinGMVMinor > 0 {
		add("#gmv_minor >= ?", f.MinGMVMinor)
	}
	if f.MaxGMVMinor >= 0 {
		add("#gmv_minor <= ?", f.MaxGMVMinor)
	}
	if f.MinOrders > 0 {
		add("#orders >= ?", f.MinOrders)
		add("#last_order_at > ?", int64(0)) // says the same to the index of the usual order
	}
	if f.MaxOrders >= 0 {
		add("#orders <= ?", f.MaxOrders)
		if f.MaxOrders == 0 {
			add("#last_order_at = ?", int64(0))
		}
	}
	if f.TagID != "" {
		if err := q.addTag(ctx, a.OrgID); err != nil {
			return nil, err
		}
	}
	return q, q.addSearch(ctx, a.OrgID, phoneRegion)
}

// addTag starts from the tagged persons when they are few, and otherwise asks
// for each person whether they are tagged: both are an index lookup a person.
func (q *listQuery) addTag(ctx context.Context, orgID string) error {
	var n int64
	err := q.tx.QueryRow(ctx, "SELECT count(*) FROM (SELECT 1 FROM pool_tag_link WHERE org_id = ? AND tag_id = ? LIMIT ?) t", orgID, q.f.TagID, maxCount+1).Scan(&n)
	if err != nil {
		return err
	}
	if n <= maxCount {
		q.conds = append(q.conds, cond{"person_id IN (SELECT t.canonical_id FROM pool_tag_link t WHERE t.org_id = pool_person.org_id AND t.tag_id = ?)", q.f.TagID})
	} else {
		q.conds = append(q.conds, cond{"EXISTS (SELECT 1 FROM pool_tag_link t WHERE t.org_id = pool_person.org_id AND t.tag_id = ? AND t.canonical_id = pool_person.person_id)", q.f.TagID})
	}
	return nil
}

func (q *listQuery) addSearch(ctx context.Context, orgID, phoneRegion string) error {
	text := strings.TrimSpace(q.f.Q)
	if text == "" {
		return nil
	}
	hits, err := byIdentity(ctx, q.tx, orgID, text, phoneRegion)
	if err != nil {
		return err
	}
	if len(hits) > 0 {
		where, arg := q.tx.In("person_id", hits)
		q.conds = append(q.conds, cond{where, arg})
		return nil
	}
	key := nameKey(text)
	q.conds = append(q.conds, cond{"name_key >= ?", key}, cond{"name_key < ?", key + "\U0010FFFF"})
	return nil
}

// where joins the conditions. With walk, SQLite is kept from using the
// filters' indexes: it has no notion of how many rows a filter lets through
// and would read and sort them all. PostgreSQL knows from its statistics.
func (q *listQuery) where(walk bool) (string, []any) {
	plain := ""
	if walk && q.tx.Engine() == db.SQLite {
		plain = "+"
	}
	parts, args := []string{"org_id = ? AND is_canonical = 1"}, q.args
	for _, c := range q.conds {
		parts, args = append(parts, strings.ReplaceAll(c.sql, "#", plain)), append(args[:len(args):len(args)], c.arg)
	}
	return strings.Join(parts, " AND "), args
}

// count counts up to most+1.
func (q *listQuery) count(ctx context.Context, most int64) (n int64, err error) {
	if q.nobody {
		return 0, nil
	}
	where, args := q.where(false)
	err = q.tx.QueryRow(ctx, "SELECT count(*) FROM (SELECT 1 FROM pool_person WHERE "+where+" LIMIT ?) t", append(args, most+1)...).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("pool: count persons: %w", err)
	}
	return n, nil
}

// page reads the persons behind after. few says that the filter lets at most
// maxCount through: then their own index finds them and they are sorted.
// Otherwise the sort's index is walked until enough have been met.
func (q *listQuery) page(ctx context.Context, after cursor, limit int, few bool) ([]Person, error) {
	if q.nobody {
		return nil, nil
	}
	column, text, desc := q.f.sorting()
	walk := !few
	where, args := q.where(walk)
	dir, cmp := "", ">"
	if desc {
		dir, cmp = " DESC", "<"
	}
	order := column
	if few && !q.f.isEmpty() { // an expression: the sort's index does not apply
		if order = column + " + 0"; text {
			order = column + " || ''"
		}
	}
	if after.ID != "" {
		where += fmt.Sprintf(" AND (%s, person_id) %s (?, ?)", column, cmp)
		args = append(args, after.key(text), after.ID)
	}
	return listRows(ctx, q.tx, column, text, where+" ORDER BY "+order+dir+", person_id"+dir+" LIMIT ?", append(args, limit)...)
}

func listRows(ctx context.Context, tx *db.Tx, sortColumn string, text bool, where string, args ...any) (out []Person, err error) {
	err = tx.Each(ctx, func(rows *sql.Rows) error {
		var p Person
		var first, last, created int64
		var key any = &p.cursor.N
		if text {
			key = &p.cursor.S
		}
		if err := rows.Scan(&p.ID, &p.Seq, &p.Name, &p.Stage, &p.Region, &p.OwnerStaffID, &p.Orders, &p.Refunds, &p.GMVMinor, &p.RefundedMinor,
			&first, &last, &created, &p.size, key); err != nil {
			return err
		}
		p.FirstOrderAt, p.LastOrderAt, p.CreatedAt, p.cursor.ID = clock.Ptr(first), clock.Ptr(last), clock.Time(created), p.ID
		out = append(out, p)
		return nil
	}, `SELECT person_id, seq, name, stage, region, owner_staff_id, orders, refunds, gmv_minor, refunded_minor, first_order_at, last_order_at, created_at, set_size, `+
		sortColumn+" FROM pool_person WHERE "+where, args...)
	if err != nil {
		return nil, fmt.Errorf("pool: list persons: %w", err)
	}
	return out, nil
}
