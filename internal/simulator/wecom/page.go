package wecom

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// paged cuts a page out of a list. The cursor is opaque to clients. A limit of 0 means
// the usual one; one that is too large is refused, as the platform does.
func paged[T any](list []T, cursor string, limit, usual, most int) (page []T, next string, err error) {
	if limit == 0 {
		limit = usual
	}
	if limit < 0 || limit > most {
		return nil, "", fail(40058, "limit out of range [1, %d]", most)
	}
	from := 0
	if cursor != "" {
		numbers, ok := openCursor(cursor, 1)
		if !ok {
			return nil, "", fail(50100, "")
		}
		from = min(int(numbers[0]), len(list))
	}
	to := min(from+limit, len(list))
	if to < len(list) {
		next = makeCursor(int64(to))
	}
	if page = list[from:to]; page == nil {
		page = []T{}
	}
	return page, next, nil
}

func makeCursor(numbers ...int64) string {
	parts := make([]string, len(numbers))
	for i, n := range numbers {
		parts[i] = strconv.FormatInt(n, 36)
	}
	return base64.RawURLEncoding.EncodeToString([]byte("c." + strings.Join(parts, ".")))
}

func openCursor(cursor string, n int) ([]int64, bool) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return nil, false
	}
	parts := strings.Split(string(text), ".")
	if len(parts) != n+1 || parts[0] != "c" {
		return nil, false
	}
	numbers := make([]int64, n)
	for i, p := range parts[1:] {
		if numbers[i], err = strconv.ParseInt(p, 36, 64); err != nil || numbers[i] < 0 {
			return nil, false
		}
	}
	return numbers, true
}
