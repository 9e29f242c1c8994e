package fulltext

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"

	"fishpond/internal/platform/db"
)

// Index is a table that messages are found by. Its migration makes it:
//
// on SQLite
//
//	CREATE VIRTUAL TABLE name USING fts5(terms, content='', contentless_delete=1,
//	    detail=none, tokenize="unicode61 remove_diacritics 0");
//
// on PostgreSQL
//
//	CREATE TABLE name (org_id TEXT NOT NULL, doc BIGINT NOT NULL,
//	    terms TSVECTOR NOT NULL, PRIMARY KEY (org_id, doc));
//	CREATE INDEX name_terms ON name USING gin (terms);
//
// There it must have no row level security: the operator @@ is not leakproof, so
// that under a policy PostgreSQL reads every row instead of the index. What
// stands here is numbers and words; whoever finds a number reads the message
// from its own table, under its policy.
type Index string

// Put makes a document found by its text. A text in which nothing can be found
// leaves nothing behind.
func (x Index) Put(ctx context.Context, tx *db.Tx, orgID string, doc int64, text string) error {
	terms := Terms(orgID, text)
	if terms == "" {
		return nil
	}
	var err error
	if tx.Engine() == db.Postgres {
		_, err = tx.Exec(ctx, "INSERT INTO "+string(x)+" (org_id, doc, terms) VALUES (?, ?, array_to_tsvector(string_to_array(?, ' '))) ON CONFLICT (org_id, doc) DO UPDATE SET terms = excluded.terms", orgID, doc, terms)
	} else {
		_, err = tx.Exec(ctx, "INSERT OR REPLACE INTO "+string(x)+" (rowid, terms) VALUES (?, ?)", doc, terms)
	}
	return err
}

// Remove has documents found no more.
func (x Index) Remove(ctx context.Context, tx *db.Tx, orgID string, docs []int64) error {
	query, args := "DELETE FROM "+string(x)+" WHERE rowid = ?", []any{}
	if tx.Engine() == db.Postgres {
		query, args = "DELETE FROM "+string(x)+" WHERE org_id = ? AND doc = ?", []any{orgID}
	}
	for _, doc := range docs {
		if _, err := tx.Exec(ctx, query, append(args, doc)...); err != nil {
			return err
		}
	}
	return nil
}

// Find returns the documents before one that have all terms, the greatest
// number first and at most so many.
func (x Index) Find(ctx context.Context, tx *db.Tx, orgID string, terms []Wanted, before int64, most int) (out []int64, err error) {
	quote, suffix, and := `"`, "*", " AND "
	query, args := "SELECT rowid FROM "+string(x)+" WHERE "+string(x)+" MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?", []any{}
	if tx.Engine() == db.Postgres {
		quote, suffix, and = "'", ":*", " & "
		query, args = "SELECT doc FROM "+string(x)+" WHERE org_id = ? AND terms @@ CAST(? AS tsquery) AND doc < ? ORDER BY doc DESC LIMIT ?", []any{orgID}
	}
	parts := make([]string, len(terms))
	for i, t := range terms {
		if parts[i] = quote + t.Term + quote; t.Prefix {
			parts[i] += suffix
		}
	}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var doc int64
		err := rows.Scan(&doc)
		out = append(out, doc)
		return err
	}, query, append(args, strings.Join(parts, and), before, most)...)
}

// In is the condition "column doc is one of these", with its argument.
func In(tx *db.Tx, docs []int64) (string, any) {
	if tx.Engine() == db.Postgres {
		return "doc = ANY(?)", docs
	}
	b, err := json.Marshal(docs)
	if err != nil {
		panic("fulltext: " + err.Error()) // numbers cannot fail
	}
	return "doc IN (SELECT value FROM json_each(?))", string(b)
}
