package gate

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A person's recent messages are kept as one short text, so that judging and
// reserving touch one row: seconds, a letter for the carrier, "!" when exempt,
// "?" when it has not gone yet, separated by commas, oldest first.

const (
	keepSends  = 32 * 86400 // seconds: the longest span of any limit, and a day
	mostSends  = 2000       // more than any cap can be, over all carriers
	othersCode = 'x'
)

var carrierCodes = map[string]byte{"wecom": 'w', "wecom_kf": 'k', "official_account": 'o', "mini_program": 'm', "web": 'b', "email": 'e', "sms": 's', "douyin": 'd', "store": 't'}

var carrierOf = func() (out [256]string) {
	for name, c := range carrierCodes {
		out[c] = name
	}
	return out
}()

// PackSends writes messages down; those older than any limit asks are left out.
func PackSends(sends []Send, now int64) string {
	if len(sends) > mostSends {
		sends = sends[len(sends)-mostSends:]
	}
	b := make([]byte, 0, 13*len(sends))
	for _, s := range sends {
		if s.At < now-keepSends {
			continue
		}
		if len(b) > 0 {
			b = append(b, ',')
		}
		code, ok := carrierCodes[s.Carrier]
		if !ok {
			code = othersCode
		}
		b = append(strconv.AppendInt(b, s.At, 10), code)
		if s.Exempt {
			b = append(b, '!')
		}
		if s.Open {
			b = append(b, '?')
		}
	}
	return string(b)
}

// UnpackSends reads them; what cannot be read is left out.
func UnpackSends(text string) (out []Send) {
	if text == "" {
		return nil
	}
	out = make([]Send, 0, 1+strings.Count(text, ","))
	for len(text) > 0 {
		var one string
		one, text, _ = strings.Cut(text, ",")
		one, open := strings.CutSuffix(one, "?")
		one, exempt := strings.CutSuffix(one, "!")
		if len(one) < 2 || one[len(one)-1] < 'a' {
			continue
		}
		at, err := strconv.ParseInt(one[:len(one)-1], 10, 64)
		if err != nil {
			continue
		}
		out = append(out, Send{At: at, Carrier: carrierOf[one[len(one)-1]], Exempt: exempt, Open: open})
	}
	return out
}

// SortSends puts messages of several records of one person in order.
func SortSends(s []Send) {
	slices.SortStableFunc(s, func(a, b Send) int { return cmp.Compare(a.At, b.At) })
}

// AsOf is how messages count at a time: one that may go at any time counts as if
// it went then.
func AsOf(sends []Send, at time.Time) []Send {
	now := at.Unix()
	stale := func(s Send) bool { return s.Open && s.At < now }
	if !slices.ContainsFunc(sends, stale) {
		return sends
	}
	out := slices.Clone(sends)
	for i := range out {
		if stale(out[i]) {
			out[i].At = now
		}
	}
	SortSends(out)
	return out
}

// Replaced puts a message in the place of another, which counts no more.
func Replaced(sends []Send, old, then Send) []Send {
	out := append(slices.Clone(Without(sends, old)), then)
	SortSends(out)
	return out
}

// Without takes one message back out: it did not go after all.
func Without(sends []Send, one Send) []Send {
	for i := len(sends) - 1; i >= 0; i-- {
		if sends[i] == one {
			return slices.Delete(slices.Clone(sends), i, i+1)
		}
	}
	return sends
}
