package httpx

import (
	"context"
	"encoding/base64"
	"encoding/json"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// PageQuery is what every paged list takes; embed it in the input.
type PageQuery struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"Items a page"`
	Cursor string `query:"cursor" maxLength:"1024" doc:"next_cursor of the page before; empty for the first"`
}

// Page is the body of every paged list.
type Page[T any] struct {
	Items      []T    `json:"items" nullable:"false"`
	NextCursor string `json:"next_cursor" doc:"Empty on the last page"`
}

// CountedPage is a page that also says how many items there are in all.
type CountedPage[T any] struct {
	Page[T]
	Total      int64 `json:"total" doc:"Items in all; counted up to 10,000"`
	TotalExact bool  `json:"total_exact" doc:"False when there are more than total"`
}

// MaxCount is how far lists count exactly.
const MaxCount = 10_000

// List is the body of a list that is never long.
type List[T any] struct {
	Items []T `json:"items" nullable:"false"`
}

// Body wraps an answer's body.
type Body[T any] struct{ Body T }

// OK answers with v.
func OK[T any](v T) *Body[T] { return &Body[T]{Body: v} }

// Items makes a list that is [] and not null when empty.
func Items[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

// EncodeCursor makes the opaque cursor for a position.
func EncodeCursor(position any) string {
	b, err := json.Marshal(position)
	if err != nil {
		panic("httpx: cursor: " + err.Error()) // positions are plain structs
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// DecodeCursor reads a cursor into position, which stays as it is when the
// cursor is empty.
func DecodeCursor(cursor string, position any) error {
	if cursor == "" {
		return nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(b, position)
	}
	if err != nil {
		return errs.InvalidField("query.cursor", i18n.T("翻页标记无效，请从第一页重新开始", "The cursor is not valid; start again from the first page"))
	}
	return nil
}

// Actor is who makes the request. Endpoints that are not Public always have one.
func Actor(ctx context.Context) access.Actor {
	a, _ := access.From(ctx)
	return a
}
