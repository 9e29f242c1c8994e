package pool

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"fishpond/internal/lifecycle/lifecycleevent"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// The list must answer at once over a million persons, whatever is asked.
//
// Each column that filters or sorts leads an index that holds all the other
// filters' columns too (see the migration), so a query reads a stretch of one
// index and then the rows of its page, found by seq. What is left to decide
// is which index, and neither engine's planner knows enough for that: how
// many rows a filter lets through, and that a page wants twenty of them. So
// the query counts first, which the list shows anyway:
//
//   - Few match (up to 10,000): read them all by the index of the narrowest
//     filter, and sort.
//   - Many match: walk the index of the sort until the page is full; one row
//     in a hundred or more matches.
//
// On SQLite the index is named. PostgreSQL's statistics find it; it is only
// kept from walking when few match.
//
// The search finds an identity by its index and a name by its beginning, a
// stretch of the index of names. The middle of a name is not searched: that
// would read every row, or an index of fragments several times the size.

// cond is a condition. column is the indexed one that it is about, empty when
// it is about none.
type cond struct {
	column string
	sql    string
	args   []any
}

// listQuery is a filter in SQL.
type listQuery struct {
	tx     *db.Tx
	orgID  string
	f      Filter
	conds  []cond
	most   int64 // up to so many matches are few
	nobody bool  // the filter contradicts itself
	byID   bool  // few persons, known by id
	driver string
	tagged int64  // persons with the tag, when that is the whole filter
	tagID  string // of a tag that many have: asked of each person
}

// drivers are the columns whose index can lead to the matches, those first
// that usually leave least.
var drivers = []string{"owner_staff_id", "name_key", "region", "gmv_minor", "created_at", "last_order_at", "orders", "stage"}

// indexOf is the index that a column leads.
var indexOf = map[string]string{"owner_staff_id": "pool_person_by_owner", "name_key": "pool_person_by_name", "region": "pool_person_by_region",
	"gmv_minor": "pool_person_by_gmv", "created_at": "pool_person_by_created", "last_order_at": "pool_person_by_last_order",
	"orders": "pool_person_by_orders", "stage": "pool_person_by_stage"}

func (s *Service) newListQuery(ctx context.Context, tx *db.Tx, a access.Actor, f Filter, phoneRegion string) (*listQuery, error) {
	if a.OwnOnly {
		if f.OwnerStaffID != "" && f.OwnerStaffID != a.ID {
			return &listQuery{nobody: true}, nil
		}
		f.OwnerStaffID = a.ID
	}
	q := &listQuery{tx: tx, orgID: a.OrgID, f: f, most: s.most}
	q.addColumns()
	if err := q.addTag(ctx); err != nil {
		return nil, err
	}
	if err := q.addSearch(ctx, phoneRegion); err != nil {
		return nil, err
	}
	return q, q.choose(ctx)
}

func (q *listQuery) add(column, condition string, args ...any) {
	q.conds = append(q.conds, cond{column, condition, args})
}

func (q *listQuery) addColumns() {
	f := q.f
	if f.OwnerStaffID != "" {
		q.add("owner_staff_id", "owner_staff_id <> '' AND owner_staff_id = ?", f.OwnerStaffID)
	}
	if slices.Contains(lifecycleevent.Stages, f.Stage) {
		// Written out, not a parameter: stages differ so much in size that
		// PostgreSQL's plan for any of them is a bad one for most.
		q.add("stage", "stage = '"+f.Stage+"'")
	} else if f.Stage != "" {
		q.nobody = true
	}
	if f.Region != "" {
		q.add("region", "region = ?", f.Region)
	}
	span := func(column string, from, to time.Time) {
		if !from.IsZero() {
			q.add(column, column+" >= ?", clock.Micros(from))
		}
		if !to.IsZero() {
			q.add(column, column+" < ?", clock.Micros(to))
		}
	}
	span("last_order_at", f.LastFrom, f.LastTo)
	span("created_at", f.CreatedFrom, f.CreatedTo)
	if !f.LastTo.IsZero() && f.LastFrom.IsZero() {
		q.add("last_order_at", "last_order_at > ?", int64(0)) // who never ordered did not order before anything
	}
	if f.MinGMVMinor > 0 {
		q.add("gmv_minor", "gmv_minor >= ?", f.MinGMVMinor)
	}
	if f.MaxGMVMinor >= 0 {
		q.add("gmv_minor", "gmv_minor <= ?", f.MaxGMVMinor)
	}
	if f.MinOrders > 0 {
		q.add("orders", "orders >= ?", f.MinOrders)
		q.add("last_order_at", "last_order_at > ?", int64(0)) // says the same, in the order that is usual
	}
	if f.MaxOrders >= 0 {
		q.add("orders", "orders <= ?", f.MaxOrders)
	}
	if f.MaxOrders == 0 {
		q.add("last_order_at", "last_order_at = ?", int64(0))
	}
}

// addTag starts from the tagged persons when they are few, and otherwise asks
// of each person whether they are tagged: both are an index lookup a person.
func (q *listQuery) addTag(ctx context.Context) error {
	if q.f.TagID == "" {
		return nil
	}
	var tagged []string
	err := q.tx.Each(ctx, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		tagged = append(tagged, id)
		return err
	}, "SELECT canonical_id FROM pool_tag_link WHERE org_id = ? AND tag_id = ? LIMIT ?", q.orgID, q.f.TagID, q.most+1)
	if err != nil {
		return fmt.Errorf("pool: tagged persons: %w", err)
	}
	few := int64(len(tagged)) <= q.most
	slices.Sort(tagged)
	tagged = slices.Compact(tagged) // merged persons may have had it twice
	if few {
		q.byID = true
		where, arg := q.tx.In("person_id", tagged)
		q.add("", where, arg)
		return nil
	}
	if len(q.conds) == 0 && q.f.Q == "" {
		q.tagged = int64(len(tagged))
	}
	q.tagID = q.f.TagID
	q.add(tagColumn, hasTag, q.f.TagID)
	return nil
}

// tagColumn stands for the condition on a tag that many have.
const (
	tagColumn = "tag"
	hasTag    = "EXISTS (SELECT 1 FROM pool_tag_link t WHERE t.org_id = pool_person.org_id AND t.tag_id = ? AND t.canonical_id = pool_person.person_id)"
)

func (q *listQuery) addSearch(ctx context.Context, phoneRegion string) error {
	text := strings.TrimSpace(q.f.Q)
	if text == "" {
		return nil
	}
	hits, err := byIdentity(ctx, q.tx, q.orgID, text, phoneRegion)
	if err != nil {
		return err
	}
	if len(hits) > 0 {
		where, arg := q.tx.In("person_id", hits)
		q.byID = true
		q.add("", where, arg)
		return nil
	}
	key := nameKey(text)
	q.add("name_key", "name_key >= ?", key)
	q.add("name_key", "name_key < ?", key+"\U0010FFFF")
	return nil
}

// maxProbe is how far the matches of one filter are counted to find the
// narrowest; a few milliseconds.
const maxProbe = 20_000

// choose finds the filter whose index leads to the matches: the narrowest.
func (q *listQuery) choose(ctx context.Context) error {
	if q.byID || q.tx.Engine() != db.SQLite {
		return nil
	}
	var candidates []string
	for _, column := range drivers {
		for _, c := range q.conds {
			if c.column == column {
				candidates = append(candidates, column)
				break
			}
		}
	}
	best := int64(maxProbe + 1)
	for i, column := range candidates {
		if i == 0 {
			q.driver = column // of filters that all leave many, the first
		}
		if len(candidates) == 1 {
			break
		}
		where, args := q.where(func(c cond) bool { return c.column == column })
		var n int64
		if err := q.tx.QueryRow(ctx, "SELECT count(*) FROM (SELECT 1 FROM "+q.table(column)+" WHERE "+where+" LIMIT ?) t", append(args, best)...).Scan(&n); err != nil {
			return fmt.Errorf("pool: probe %s: %w", column, err)
		}
		if n < best {
			q.driver, best = column, n
		}
	}
	return nil
}

// table is pool_person, read by the index that column leads.
func (q *listQuery) table(column string) string {
	if q.tx.Engine() != db.SQLite {
		return "pool_person"
	}
	if q.byID {
		return "pool_person INDEXED BY sqlite_autoindex_pool_person_1" // its primary key
	}
	if column == "" {
		return "pool_person INDEXED BY pool_person_by_created" // any will do
	}
	return "pool_person INDEXED BY " + indexOf[column]
}

// where joins the conditions that pass.
func (q *listQuery) where(pass func(cond) bool) (string, []any) {
	parts, args := []string{"org_id = ? AND is_canonical = 1"}, []any{q.orgID}
	for _, c := range q.conds {
		if pass == nil || pass(c) {
			parts, args = append(parts, c.sql), append(args, c.args...)
		}
	}
	return strings.Join(parts, " AND "), args
}

// count counts up to most+1. exact is false when it gave up before, and there
// may be more than n.
func (q *listQuery) count(ctx context.Context, most int64) (n int64, exact bool, err error) {
	switch {
	case q.nobody:
		return 0, true, nil
	case q.tagged > most:
		return q.tagged, false, nil
	case q.tagID != "" && !q.byID && most == q.most:
		return q.countTagged(ctx)
	}
	where, args := q.where(nil)
	err = q.tx.QueryRow(ctx, "SELECT count(*) FROM (SELECT 1 FROM "+q.table(q.driver)+" WHERE "+where+" LIMIT ?) t", append(args, most+1)...).Scan(&n)
	if err != nil {
		return 0, false, fmt.Errorf("pool: count persons: %w", err)
	}
	return n, n <= most, nil
}

// countTagged counts, among the first persons that the other filters let
// through, those with a tag that many have. No index knows of both, so that
// counting to the end would look at each person's row.
func (q *listQuery) countTagged(ctx context.Context) (n int64, exact bool, err error) {
	const effort = 2000
	where, args := q.where(func(c cond) bool { return c.column != tagColumn })
	var seen int64
	err = q.tx.QueryRow(ctx, "SELECT count(*), COALESCE(SUM(CASE WHEN "+hasTag+" THEN 1 ELSE 0 END), 0) FROM (SELECT org_id, person_id FROM "+
		q.table(q.driver)+" WHERE "+where+" LIMIT ?) pool_person", append(append([]any{q.tagID}, args...), effort)...).Scan(&seen, &n)
	if err != nil {
		return 0, false, fmt.Errorf("pool: count persons: %w", err)
	}
	return n, seen < effort, nil
}

// page reads the persons behind after; few says that the filter lets at most
// maxCount through.
func (q *listQuery) page(ctx context.Context, after Cursor, limit int, few bool) ([]Person, error) {
	if q.nobody {
		return nil, nil
	}
	column, text, desc := q.f.sorting()
	by, sort := q.walk(column)
	if few || q.byID {
		by, sort = q.driver, len(q.conds) > 0
	}
	where, args := q.where(nil)
	dir, cmp := "", ">"
	if desc {
		dir, cmp = " DESC", "<"
	}
	order := column
	if sort { // an expression, so that the sort's index does not apply
		if order = column + " + 0"; text {
			order = column + " || ''"
		}
	}
	if after.Seq > 0 {
		where += fmt.Sprintf(" AND (%s, seq) %s (?, ?)", order, cmp)
		args = append(args, after.key(text), after.Seq)
	}
	if by == "" {
		by = column
	}
	var inner string
	if by == "stage" && sort && !few {
		inner, args = q.newcomers(column, order, dir, where, args, limit)
	} else {
		inner = "SELECT seq FROM " + q.table(by) + " WHERE " + where + " ORDER BY " + order + dir + ", seq" + dir + " LIMIT ?"
		args = append(args, limit)
	}
	return listRows(ctx, q.tx, column, text, "org_id = ? AND seq IN ("+inner+") ORDER BY "+column+dir+", seq"+dir, append([]any{q.orgID}, args...)...)
}

// newcomers is the query for persons who are new, sorted by what they bought.
// Nearly all have bought nothing: for them that is 0, and seq alone, in which
// the index of stages has them, is the order. The others (their stage is
// about to change) are few and are sorted.
func (q *listQuery) newcomers(column, order, dir, where string, args []any, limit int) (string, []any) {
	half := func(which, order string) string {
		return "SELECT seq, k FROM (SELECT seq, " + column + " AS k FROM " + q.table("stage") + " WHERE " + where + " AND last_order_at " + which +
			" ORDER BY " + order + "seq" + dir + " LIMIT ?) h"
	}
	args = append(args, limit)
	return "SELECT seq FROM (" + half("= 0", "") + " UNION ALL " + half("> 0", order+dir+", ") + ") b ORDER BY k" + dir + ", seq" + dir + " LIMIT ?",
		append(append(args[:len(args):len(args)], args...), limit)
}

// walk tells by which index many matches are walked, and whether they must
// still be sorted.
func (q *listQuery) walk(sort string) (by string, sorted bool) {
	by = q.driver
	if by == "" && q.f.Stage != "" { // PostgreSQL finds its own; it is only told whether to sort
		by = "stage"
	}
	switch by {
	case "owner_staff_id", "region", "stage":
		if sort == "last_order_at" {
			return by, false // second in those indexes: in order as they are
		}
		// Who is new has bought nothing: they stand together at one end of
		// these sorts, and a walk from the other end meets them last.
		if q.f.Stage == "new" && (sort == "gmv_minor" || sort == "orders") {
			return by, true
		}
	}
	return sort, false
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
		p.FirstOrderAt, p.LastOrderAt, p.CreatedAt, p.cursor.Seq = clock.Ptr(first), clock.Ptr(last), clock.Time(created), p.Seq
		out = append(out, p)
		return nil
	}, `SELECT person_id, seq, name, stage, region, owner_staff_id, orders, refunds, gmv_minor, refunded_minor, first_order_at, last_order_at, created_at, set_size, `+
		sortColumn+" FROM pool_person WHERE "+where, args...)
	if err != nil {
		return nil, fmt.Errorf("pool: list persons: %w", err)
	}
	return out, nil
}
