// Package httpx is the HTTP side of the house: the API router over Huma,
// problems (RFC 9457) in the caller's language, request ids, paging, and the
// checks that stand before every endpoint. Modules declare their endpoints
// with Handle; nothing else of the HTTP library is needed for most.
package httpx
