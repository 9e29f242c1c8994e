package secret

import (
	"fmt"
	"log/slog"
)

// Redacted is text that must not reach a log, an error message or a JSON answer:
// passwords, tokens, client secrets. However it is formatted, it shows a mark in
// place of the value. Reveal, or a conversion to string, says at the place of use
// that the value leaves.
type Redacted string

// mark stands where the value would.
const mark = "[redacted]"

// Reveal returns the value itself.
func (r Redacted) Reveal() string { return string(r) }

// String returns the mark, or nothing for an empty value: whether one is set may be
// known.
func (r Redacted) String() string {
	if r == "" {
		return ""
	}
	return mark
}

// GoString keeps %#v from printing the value.
func (r Redacted) GoString() string { return fmt.Sprintf("%q", r.String()) }

// Format keeps every other verb, %x and %d among them, from printing the value.
func (r Redacted) Format(state fmt.State, verb rune) {
	if verb == 'q' || (verb == 'v' && state.Flag('#')) {
		_, _ = fmt.Fprint(state, r.GoString())
		return
	}
	_, _ = fmt.Fprint(state, r.String())
}

// LogValue keeps slog from printing the value.
func (r Redacted) LogValue() slog.Value { return slog.StringValue(r.String()) }

// MarshalText keeps encoding/json and the other encoders from printing the value.
// There is no UnmarshalText counterpart that changes anything: reading keeps the
// value.
func (r Redacted) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText takes the value as it is.
func (r *Redacted) UnmarshalText(text []byte) error {
	*r = Redacted(text)
	return nil
}
