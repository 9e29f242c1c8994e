package scorecard

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"fishpond/internal/platform/db"
	"fishpond/internal/pool/poolevent"
	"fishpond/internal/timeline"
)

type deedKey struct {
	month  int64
	person string
}

// deed is what happened with somebody in a month.
type deed struct {
	sent   int64
	scenes [7]int64
}

// known is since when somebody is known, and what they wait for.
type known struct{ month, askedAt int64 }

// row is somebody as now and as stored: who is as stored is not written again.
type row struct {
	known
	stored known
}

type identityKey struct{ person, kind string }

type identity struct{ month, n int64 }

type tally struct{ orders, gmv, refunded, asked, quick, done int64 }

// clean is a month after all others: no card is out of date.
const clean = 1_000_000

// load reads what is known of the people of a batch.
func (c *counting) load(ctx context.Context, tx *db.Tx, orgID string, events []timeline.Event) error {
	all, identified := map[string]bool{}, map[string]bool{}
	for _, e := range events {
		if e.PersonID != "" {
			all[e.PersonID] = true
		}
		if e.Kind == poolevent.IdentityAdded || e.Kind == poolevent.IdentityRemoved {
			identified[e.PersonID] = true
		}
	}
	c.people, c.ids = make(map[string]*row, len(all)), map[identityKey]*identity{}
	where, arg := tx.In("person_id", slices.Sorted(maps.Keys(all)))
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var person string
		var k known
		err := rows.Scan(&person, &k.month, &k.askedAt)
		c.people[person] = &row{k, k}
		return err
	}, "SELECT person_id, month, asked_at FROM insight_scorecard_person WHERE org_id = ? AND "+where, orgID, arg); err != nil || len(identified) == 0 {
		return err
	}
	where, arg = tx.In("person_id", slices.Sorted(maps.Keys(identified)))
	return tx.Each(ctx, func(rows *sql.Rows) error {
		var k identityKey
		var i identity
		err := rows.Scan(&k.person, &k.kind, &i.month, &i.n)
		c.ids[k] = &i
		return err
	}, "SELECT person_id, kind, month, n FROM insight_scorecard_identity WHERE org_id = ? AND "+where, orgID, arg)
}

func ints[K any](keys []K, name string, get func(K) int64) db.Column {
	v := make([]int64, len(keys))
	for i, k := range keys {
		v[i] = get(k)
	}
	return db.Int(name, v)
}

func texts[K any](keys []K, name string, get func(K) string) db.Column {
	v := make([]string, len(keys))
	for i, k := range keys {
		v[i] = get(k)
	}
	return db.Text(name, v)
}

// save adds the batch to the projection, rows in the order of their keys.
func (c *counting) save(ctx context.Context, tx *db.Tx, orgID string) error {
	deeds := slices.SortedFunc(maps.Keys(c.deeds), func(a, b deedKey) int { return cmp.Or(cmp.Compare(a.month, b.month), cmp.Compare(a.person, b.person)) })
	cols := []db.Column{db.Same("org_id", orgID, len(deeds)), ints(deeds, "month", func(k deedKey) int64 { return k.month }),
		texts(deeds, "person_id", func(k deedKey) string { return k.person }), ints(deeds, "sent", func(k deedKey) int64 { return c.deeds[k].sent })}
	set := "sent = insight_scorecard_deed.sent + excluded.sent"
	for i, s := range scenes {
		cols = append(cols, ints(deeds, s.column, func(k deedKey) int64 { return c.deeds[k].scenes[i] }))
		set += fmt.Sprintf(", %[1]s = insight_scorecard_deed.%[1]s + excluded.%[1]s", s.column)
	}
	if _, err := tx.BulkInsert(ctx, "insight_scorecard_deed", "ON CONFLICT (org_id, month, person_id) DO UPDATE SET "+set, cols...); err != nil {
		return err
	}
	maps.DeleteFunc(c.people, func(_ string, r *row) bool { return r.known == r.stored })
	people := slices.Sorted(maps.Keys(c.people))
	if _, err := tx.BulkInsert(ctx, "insight_scorecard_person", "ON CONFLICT (org_id, person_id) DO UPDATE SET month = excluded.month, asked_at = excluded.asked_at",
		db.Same("org_id", orgID, len(people)), db.Text("person_id", people),
		ints(people, "month", func(k string) int64 { return c.people[k].month }), ints(people, "asked_at", func(k string) int64 { return c.people[k].askedAt })); err != nil {
		return err
	}
	ids := slices.SortedFunc(maps.Keys(c.ids), func(a, b identityKey) int {
		return cmp.Or(cmp.Compare(a.person, b.person), cmp.Compare(a.kind, b.kind))
	})
	if _, err := tx.BulkInsert(ctx, "insight_scorecard_identity", "ON CONFLICT (org_id, person_id, kind) DO UPDATE SET month = excluded.month, n = excluded.n",
		db.Same("org_id", orgID, len(ids)), texts(ids, "person_id", func(k identityKey) string { return k.person }), texts(ids, "kind", func(k identityKey) string { return k.kind }),
		ints(ids, "month", func(k identityKey) int64 { return c.ids[k].month }), ints(ids, "n", func(k identityKey) int64 { return c.ids[k].n })); err != nil {
		return err
	}
	months := slices.Sorted(maps.Keys(c.months))
	sum := func(column string) string {
		return fmt.Sprintf("%[1]s = insight_scorecard_tally.%[1]s + excluded.%[1]s", column)
	}
	if _, err := tx.BulkInsert(ctx, "insight_scorecard_tally", "ON CONFLICT (org_id, month) DO UPDATE SET "+
		sum("orders")+", "+sum("gmv_minor")+", "+sum("refunded_minor")+", "+sum("asked")+", "+sum("quick")+", "+sum("done"),
		db.Same("org_id", orgID, len(months)), db.Int("month", months),
		ints(months, "orders", func(m int64) int64 { return c.months[m].orders }), ints(months, "gmv_minor", func(m int64) int64 { return c.months[m].gmv }),
		ints(months, "refunded_minor", func(m int64) int64 { return c.months[m].refunded }), ints(months, "asked", func(m int64) int64 { return c.months[m].asked }),
		ints(months, "quick", func(m int64) int64 { return c.months[m].quick }), ints(months, "done", func(m int64) int64 { return c.months[m].done })); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "UPDATE insight_scorecard_state SET dirty_from = ? WHERE org_id = ? AND dirty_from > ?", c.dirty, orgID, c.dirty)
	return err
}
