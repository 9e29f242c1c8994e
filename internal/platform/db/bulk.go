package db

import (
	"context"
	"encoding/json"
	"fmt"
	"math/bits"
	"strings"
)

// Column is one column of a bulk write, as a slice with one value per row.
type Column struct {
	name  string
	cast  string
	texts []string
	ints  []int64
}

// Text is a text column.
func Text(name string, values []string) Column {
	return Column{name: name, cast: "text[]", texts: values}
}

// Int is a BIGINT column: counts, money, times.
func Int(name string, values []int64) Column {
	return Column{name: name, cast: "bigint[]", ints: values}
}

// Same is a text column with the same value in each of n rows.
func Same(name, value string, n int) Column {
	v := make([]string, n)
	for i := range v {
		v[i] = value
	}
	return Text(name, v)
}

func (c Column) len() int { return max(len(c.texts), len(c.ints)) }

func (c Column) at(i int) any {
	if c.texts != nil {
		return c.texts[i]
	}
	return c.ints[i]
}

func (c Column) all() any {
	if c.texts != nil {
		return c.texts
	}
	return c.ints
}

// SQLite takes at most 32,766 parameters a statement; a few hundred rows are
// already within a few percent of the fastest.
const bulkParams = 2048

// BulkInsert writes all rows of cols into table and returns how many rows
// were written. tail is what follows the rows, as "ON CONFLICT … DO NOTHING".
// On PostgreSQL it is one statement over unnest: sort rows by their key first
// when several connections write the same table, or they may deadlock. An
// ON CONFLICT DO UPDATE must not meet the same key twice in one call.
func (tx *Tx) BulkInsert(ctx context.Context, table, tail string, cols ...Column) (int64, error) {
	if len(cols) == 0 || cols[0].len() == 0 {
		return 0, nil
	}
	n := cols[0].len()
	names := make([]string, len(cols))
	for i, c := range cols {
		if c.len() != n {
			return 0, fmt.Errorf("db: column %s of %s has %d rows, not %d", c.name, table, c.len(), n)
		}
		names[i] = c.name
	}
	head := "INSERT INTO " + table + " (" + strings.Join(names, ", ") + ") "
	if tx.engine == Postgres {
		casts, args := make([]string, len(cols)), make([]any, len(cols))
		for i, c := range cols {
			casts[i], args[i] = fmt.Sprintf("$%d::%s", i+1, c.cast), c.all()
		}
		r, err := tx.tx.ExecContext(ctx, head+"SELECT * FROM unnest("+strings.Join(casts, ", ")+") "+tail, args...)
		if err != nil {
			return 0, fmt.Errorf("db: bulk insert into %s: %w", table, err)
		}
		written, err := r.RowsAffected()
		if err == nil && written > 0 && tx.growth != nil {
			tx.OnCommit(func() { tx.growth.add(table, written) })
		}
		return written, err
	}
	most := max(1, bulkParams/len(cols))
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", len(cols)), ",") + ")"
	var total int64
	for from, to := 0, 0; from < n; from = to {
		// Powers of two: few texts, which are then known already.
		to = from + 1<<(bits.Len(uint(min(most, n-from)))-1) //nolint:gosec // above 0
		query := head + "VALUES " + strings.TrimSuffix(strings.Repeat(row+",", to-from), ",") + " " + tail
		args := make([]any, 0, (to-from)*len(cols))
		for i := from; i < to; i++ {
			for _, c := range cols {
				args = append(args, c.at(i))
			}
		}
		changed, err := tx.Changed(ctx, query, args...)
		if err != nil {
			return 0, fmt.Errorf("db: bulk insert into %s: %w", table, err)
		}
		total += changed
	}
	return total, nil
}

// In gives the condition "column is one of values" and its single argument,
// for any number of values: tx.In("person_id", ids) → "person_id IN (…)", arg.
func (tx *Tx) In(column string, values []string) (string, any) {
	if tx.engine == Postgres {
		return column + " = ANY(?)", values
	}
	b, err := json.Marshal(values)
	if err != nil {
		panic("db: strings do not marshal: " + err.Error()) // cannot happen
	}
	return column + " IN (SELECT value FROM json_each(?))", string(b)
}
