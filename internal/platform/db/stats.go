package db

import (
	"context"
	"fmt"
	"strings"
)

// SQLite's planner takes a condition on the first column of an index to leave
// ten rows unless it has statistics. Here that column is nearly always the
// org, which leaves everything: it would read a million rows of the org
// rather than look up the twenty ids that were asked for. So it is told what
// an org of a brand looks like, before the first row is there and whatever
// the data: plans then do not change under way. A later ANALYZE replaces this.
const (
	assumedRows = 1_000_000
	analyse     = "ANALYZE sqlite_schema" // also makes the open connection read the statistics anew
)

// rowsLeft is how many rows are assumed to be left by conditions on so many
// leading columns of an index.
var rowsLeft = []int{assumedRows, 1000, 50, 5, 2}

func (d *DB) assumeLargeOrgs(ctx context.Context) error {
	if _, err := d.write.ExecContext(ctx, analyse); err != nil { // makes sqlite_stat1
		return fmt.Errorf("db: statistics: %w", err)
	}
	// The primary key of a table WITHOUT ROWID goes by the name of the table.
	rows, err := d.write.QueryContext(ctx, `SELECT t.name, CASE WHEN t.wr = 1 AND i.origin = 'pk' THEN t.name ELSE i.name END AS idx, i."unique",
			(SELECT count(*) FROM pragma_index_info(i.name))
		FROM pragma_table_list t JOIN pragma_index_list(t.name) i
		WHERE t.schema = 'main' AND t.type = 'table' AND (SELECT name FROM pragma_index_info(i.name) WHERE seqno = 0) = 'org_id'
			AND NOT EXISTS (SELECT 1 FROM sqlite_stat1 s WHERE s.tbl = t.name AND s.idx = CASE WHEN t.wr = 1 AND i.origin = 'pk' THEN t.name ELSE i.name END)`)
	if err != nil {
		return fmt.Errorf("db: statistics: %w", err)
	}
	defer rows.Close()
	type line struct{ table, index, stat string }
	var lines []line
	for rows.Next() {
		var l line
		var unique bool
		var columns int
		if err := rows.Scan(&l.table, &l.index, &unique, &columns); err != nil {
			return fmt.Errorf("db: statistics: %w", err)
		}
		l.stat = assumedStat(columns, unique)
		lines = append(lines, l)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("db: statistics: %w", err)
	}
	rows.Close() //nolint:errcheck,sqlclosecheck // read to its end; the connection is needed
	for _, l := range lines {
		if _, err := d.write.ExecContext(ctx, "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", l.table, l.index, l.stat); err != nil {
			return fmt.Errorf("db: statistics: %w", err)
		}
	}
	if len(lines) == 0 {
		return nil
	}
	_, err = d.write.ExecContext(ctx, analyse)
	return err
}

// assumedStat is the number of rows, then how many each further leading
// column leaves, as sqlite_stat1 has it.
func assumedStat(columns int, unique bool) string {
	var b strings.Builder
	fmt.Fprint(&b, assumedRows)
	for i := range columns {
		left := rowsLeft[min(i, len(rowsLeft)-1)]
		if unique && i == columns-1 {
			left = 1
		}
		fmt.Fprintf(&b, " %d", left)
	}
	return b.String()
}
