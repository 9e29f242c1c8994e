package acquisition

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"fishpond/internal/platform/db"
)

// What is known of a person is packed into one text, so that a report reads a
// row a person and in any order: with a row a fact, PostgreSQL took half a
// minute to sort two million of them where this takes seconds.
//
// A fact is written as its kind, at, seq, ref and amount in base 36 and its
// currency, separated by commas and ended by a semicolon. A text holds up to
// fullChunk facts; what comes after begins the person's next chunk, so that
// somebody with a hundred thousand orders does not have them written anew with
// each.
const fullChunk = 256

func (f *fact) pack(to []byte) []byte {
	for _, n := range [...]int64{f.kind, f.at, f.seq, f.ref, f.amount} {
		to = append(strconv.AppendInt(to, n, 36), ',')
	}
	return append(append(to, f.currency...), ';')
}

var errPacked = errors.New("acquisition: a packed fact cannot be read")

// unpack calls fn for the facts of a text. The fact is valid until fn returns.
func unpack(text string, fn func(*fact)) error {
	var f fact
	for text != "" {
		for _, to := range [...]*int64{&f.kind, &f.at, &f.seq, &f.ref, &f.amount} {
			n, rest, ok := number36(text)
			if !ok {
				return errPacked
			}
			*to, text = n, rest
		}
		end := strings.IndexByte(text, ';')
		if end < 0 {
			return errPacked
		}
		f.currency, text = text[:end], text[end+1:]
		fn(&f)
	}
	return nil
}

// number36 reads a number in base 36 up to the comma behind it.
func number36(s string) (n int64, rest string, ok bool) {
	i, negative := 0, false
	if s != "" && s[0] == '-' {
		i, negative = 1, true
	}
	for ; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			n = n*36 + int64(c-'0')
		case c >= 'a' && c <= 'z':
			n = n*36 + int64(c-'a') + 10
		case c == ',':
			if negative {
				n = -n
			}
			return n, s[i+1:], true
		default:
			return 0, "", false
		}
	}
	return 0, "", false
}

// pathRow is a row of acquisition_path.
type pathRow struct {
	person string
	chunk  int64
	facts  string
}

// owner is under whom a fact is kept. Orders of nobody are kept one by one,
// with the refunds that name them.
func (f *fact) owner() string {
	switch {
	case f.person != "":
		return f.person
	case f.ref != 0:
		return "~" + strconv.FormatInt(f.ref, 36)
	}
	return "~" + strconv.FormatInt(f.seq, 10)
}

// savePaths adds facts to the paths of their persons.
func savePaths(ctx context.Context, tx *db.Tx, orgID string, facts []fact) error {
	mine := map[string][]fact{}
	for _, f := range facts {
		mine[f.owner()] = append(mine[f.owner()], f)
	}
	ids := slices.Sorted(maps.Keys(mine))
	last, err := lastChunks(ctx, tx, orgID, ids)
	if err != nil {
		return err
	}
	var rows []pathRow
	for _, id := range ids {
		row, ok := last[id]
		if !ok {
			row = pathRow{person: id}
		}
		text, n := []byte(row.facts), strings.Count(row.facts, ";")
		for _, f := range mine[id] {
			if n >= fullChunk {
				row.facts = string(text)
				rows = append(rows, row)
				row, text, n = pathRow{person: id, chunk: row.chunk + 1}, nil, 0
			}
			text = f.pack(text)
			n++
		}
		row.facts = string(text)
		rows = append(rows, row)
	}
	_, err = tx.BulkInsert(ctx, "acquisition_path", "ON CONFLICT (org_id, person_id, chunk) DO UPDATE SET facts = excluded.facts", db.Same("org_id", orgID, len(rows)),
		texts(rows, "person_id", func(r pathRow) string { return r.person }),
		numbers(rows, "chunk", func(r pathRow) int64 { return r.chunk }),
		texts(rows, "facts", func(r pathRow) string { return r.facts }))
	return err
}

func lastChunks(ctx context.Context, tx *db.Tx, orgID string, ids []string) (map[string]pathRow, error) {
	out := make(map[string]pathRow, len(ids))
	where, arg := tx.In("person_id", ids)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var r pathRow
		err := rows.Scan(&r.person, &r.chunk, &r.facts)
		if was, ok := out[r.person]; !ok || was.chunk < r.chunk {
			out[r.person] = r
		}
		return err
	}, `SELECT person_id, chunk, facts FROM acquisition_path p WHERE org_id = ? AND `+where+`
		AND chunk = (SELECT MAX(chunk) FROM acquisition_path WHERE org_id = p.org_id AND person_id = p.person_id)`, orgID, arg)
}

// eachPath calls fn for all packed texts of an org, in any order. many: the
// person may have others.
func eachPath(ctx context.Context, tx *db.Tx, orgID string, fn func(person, facts string, many bool) error) error {
	return tx.Each(ctx, func(rows *sql.Rows) error {
		var r pathRow
		if err := rows.Scan(&r.person, &r.chunk, &r.facts); err != nil {
			return err
		}
		// Only a long text can be full.
		many := r.chunk > 0 || len(r.facts) >= 10*fullChunk && strings.Count(r.facts, ";") >= fullChunk
		if err := fn(r.person, r.facts, many); err != nil {
			return fmt.Errorf("person %s: %w", r.person, err)
		}
		return nil
	}, "SELECT person_id, chunk, facts FROM acquisition_path WHERE org_id = ?", orgID)
}
