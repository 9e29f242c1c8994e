package db

import (
	"context"
	"database/sql"
	"encoding/json"
)

// Bit is a bool as it is stored: 1 or 0.
func Bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// JSON is the text of what can always be written: lists and maps of texts and
// numbers, plain structs. It panics at anything else, which is a bug.
func JSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic("db: " + err.Error())
	}
	return string(b)
}

// All reads every row into a list.
func All[T any](ctx context.Context, tx *Tx, scan func(*sql.Rows, *T) error, query string, args ...any) (out []T, err error) {
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var v T
		err := scan(rows, &v)
		out = append(out, v)
		return err
	}, query, args...)
}
