// Package jsonscan picks members out of JSON that was valid when it was
// stored, several times faster than encoding/json and without allocating:
// for subscribers that read millions of events and need a few numbers of
// each. It checks no more of the syntax than it must step over; malformed
// input gives an error or nonsense, never a panic.
package jsonscan

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// ErrSyntax is returned where the input is not the JSON that was expected.
var ErrSyntax = errors.New("jsonscan: not the JSON that was expected")

// Object calls fn for every member of an object with its key (as written,
// escapes untouched) and its raw value. null has no members.
func Object(data []byte, fn func(key, value []byte) error) error {
	i := space(data, 0)
	if isNull(data, i) {
		return nil
	}
	if i >= len(data) || data[i] != '{' {
		return ErrSyntax
	}
	i = space(data, i+1)
	if i < len(data) && data[i] == '}' {
		return nil
	}
	for {
		end := skip(data, i)
		if end < 0 || data[i] != '"' {
			return ErrSyntax
		}
		key := data[i+1 : end-1]
		i = space(data, end)
		if i >= len(data) || data[i] != ':' {
			return ErrSyntax
		}
		i = space(data, i+1)
		if end = skip(data, i); end < 0 {
			return ErrSyntax
		}
		if err := fn(key, data[i:end]); err != nil {
			return err
		}
		i = space(data, end)
		if i >= len(data) || data[i] != ',' {
			break
		}
		i = space(data, i+1)
	}
	if i >= len(data) || data[i] != '}' {
		return ErrSyntax
	}
	return nil
}

// Array calls fn for every raw element of an array. null has none.
func Array(data []byte, fn func(value []byte) error) error {
	i := space(data, 0)
	if isNull(data, i) {
		return nil
	}
	if i >= len(data) || data[i] != '[' {
		return ErrSyntax
	}
	i = space(data, i+1)
	if i < len(data) && data[i] == ']' {
		return nil
	}
	for {
		end := skip(data, i)
		if end < 0 {
			return ErrSyntax
		}
		if err := fn(data[i:end]); err != nil {
			return err
		}
		i = space(data, end)
		if i >= len(data) || data[i] != ',' {
			break
		}
		i = space(data, i+1)
	}
	if i >= len(data) || data[i] != ']' {
		return ErrSyntax
	}
	return nil
}

// Text reads a raw value as a string, as encoding/json would: escapes are
// resolved, invalid UTF-8 becomes U+FFFD, null is empty.
func Text(value []byte) (string, error) {
	if isNull(value, 0) {
		return "", nil
	}
	n := len(value)
	if n < 2 || value[0] != '"' || value[n-1] != '"' {
		return "", ErrSyntax
	}
	if bytes.IndexByte(value, '\\') < 0 && utf8.Valid(value) {
		return string(value[1 : n-1]), nil
	}
	var s string
	err := json.Unmarshal(value, &s)
	return s, err
}

// Int reads a raw value as a whole number within int64; null is 0.
func Int(value []byte) (int64, error) {
	if isNull(value, 0) {
		return 0, nil
	}
	digits, negative := value, false
	if len(digits) > 0 && digits[0] == '-' {
		digits, negative = digits[1:], true
	}
	if len(digits) == 0 || len(digits) > 18 { // 18 digits always fit; more are for the library to judge
		var n int64
		if err := json.Unmarshal(value, &n); err != nil {
			return 0, err
		}
		return n, nil
	}
	var n int64
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, ErrSyntax
		}
		n = n*10 + int64(c-'0')
	}
	if negative {
		n = -n
	}
	return n, nil
}

func isNull(data []byte, i int) bool { return len(data)-i >= 4 && string(data[i:i+4]) == "null" }

func space(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\t' || data[i] == '\n' || data[i] == '\r') {
		i++
	}
	return i
}

// skip returns the end of the value that begins at i, -1 where there is none.
func skip(data []byte, i int) int {
	if i >= len(data) {
		return -1
	}
	switch data[i] {
	case '"':
		return skipText(data, i)
	case '{', '[':
		depth := 0
		for i < len(data) {
			switch data[i] {
			case '"':
				if i = skipText(data, i); i < 0 {
					return -1
				}
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
			i++
		}
		return -1
	}
	from := i
	for i < len(data) && !bytes.ContainsRune([]byte(",]} \t\n\r"), rune(data[i])) {
		i++
	}
	if i == from {
		return -1
	}
	return i
}

// skipText returns the end of the string that begins at i.
func skipText(data []byte, i int) int {
	i++
	for {
		n := bytes.IndexByte(data[i:], '"')
		if n < 0 {
			return -1
		}
		i += n + 1
		escapes := 0
		for data[i-2-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return i
		}
	}
}
