package pool

import "fishpond/internal/platform/db"

// lookup gives the FROM and WHERE of a query that finds the rows of table, as
// t, whose column is one of values. fixed is the condition on the columns
// before it in an index, with the parameters args.
//
// It is tx.In for many values in the paths of an import. PostgreSQL plans
// "column = ANY(1,000 values)" on a table of which it has no statistics yet,
// as in a brand's first import, as a comparison of each row with each value:
// each batch then takes longer than the one before. A lateral join with a
// limit leaves it no choice but to look each value up. most is how many rows
// a value has at most.
func lookup(tx *db.Tx, table, fixed string, args []any, column string, values []string, most int) (string, []any) {
	where, arg := tx.In("t."+column, values)
	if tx.Engine() != db.Postgres {
		return " FROM " + table + " t WHERE " + fixed + " AND " + where, append(args[:len(args):len(args)], arg)
	}
	return " FROM unnest(?::text[]) k(v) CROSS JOIN LATERAL (SELECT * FROM " + table + " t WHERE " + fixed + " AND t." + column + " = k.v LIMIT ?) t",
		append(append([]any{values}, args...), most)
}
