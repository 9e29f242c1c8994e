package insight

import (
	"math"
	"strconv"
	"strings"

	"fishpond/internal/insight/stream"
	"fishpond/internal/platform/jsonscan"
)

// Limits on what is kept of events' properties. What is beyond cannot be
// asked for, and a question for it is refused.
const (
	maxNames      = 24  // properties of one kind: the first ones that the log has
	maxNameLength = 40  // bytes
	maxText       = 64  // characters; longer texts are kept longer than any that can be asked for
	maxValues     = 200 // of one property of one event
	maxNumber     = 900_000_000_000_000
	scale         = 10_000 // numbers are kept in ten-thousandths
)

// personal are properties that say what people wrote, or that nobody would
// count by: each of them has another value.
var personal = map[string]bool{"text": true, "content": true, "body": true, "note": true, "value": true, "message": true, "message_id": true, "msg_id": true,
	"order_id": true, "refund_id": true, "merge_id": true, "note_id": true, "claim_id": true, "receipt": true, "url": true, "ip": true, "user_agent": true, "name": true,
	"phone": true, "email": true, "address": true, "seq": true, "created_at": true, "birthday": true, "welcome_code": true, "token": true, "attempt_id": true, "file_id": true}

// values picks out of an event's data what questions may ask for: its plain
// texts, numbers and truths, and what its items are. Data that is no object
// has none.
func values(data []byte) []stream.Value {
	var out []stream.Value
	err := jsonscan.Object(data, func(key, value []byte) error {
		name := string(key)
		if name == "items" {
			out = items(out, value)
			return nil
		}
		if askable(name) {
			out = scalar(out, name, value)
		}
		return nil
	})
	if err != nil {
		return nil
	}
	return out
}

func askable(name string) bool {
	return name != "" && len(name) <= maxNameLength && !personal[name] && !strings.ContainsAny(name, "\\\x00")
}

// items are the SKUs and names of what was bought.
func items(out []stream.Value, data []byte) []stream.Value {
	n := 0
	err := jsonscan.Array(data, func(item []byte) error {
		if n++; n > maxValues {
			return nil
		}
		return jsonscan.Object(item, func(key, value []byte) error {
			switch string(key) {
			case "sku":
				out = scalar(out, "sku", value)
			case "name":
				out = scalar(out, "product", value)
			}
			return nil
		})
	})
	if err != nil {
		return out // what could be read
	}
	return out
}

func scalar(out []stream.Value, name string, value []byte) []stream.Value {
	if len(value) == 0 {
		return out
	}
	v := stream.Value{Column: stream.Column{Name: name}}
	switch c := value[0]; {
	case c == '"':
		s, err := jsonscan.Text(value)
		if s = short(s, maxText+1); err != nil || s == "" {
			return out
		}
		v.Text = s
	case c == 't':
		v.Text = "true"
	case c == 'f':
		v.Text = "false"
	case c == '-' || c >= '0' && c <= '9':
		n, ok := number(string(value))
		if !ok {
			return out
		}
		v.Number, v.Num = true, n
	default:
		return out
	}
	return append(out, v)
}

// number reads a decimal in ten-thousandths, rounded half away from zero. It
// reports false beyond ±maxNumber.
func number(s string) (int64, bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n * scale, n >= -maxNumber && n <= maxNumber
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(math.Abs(f) <= maxNumber) { // NaN is no number
		return 0, false
	}
	return int64(math.Round(f * scale)), true
}
