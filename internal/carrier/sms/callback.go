package sms

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Told is one thing that the provider tells by a callback.
type Told struct {
	Phone  string // E.164
	Text   string // of an answer; empty: it is a report
	Serial string // of a report: whose
	OK     bool   // of a report: it was delivered
	Code   string // of a report: the operator's
	Words  string // of a report
	At     time.Time
}

// ErrCallback: this is no callback of the provider.
var ErrCallback = errors.New("sms: not a callback")

const maxTold = 500 // things in a callback

// ParseCallback reads what the provider brings: reports of messages come as a
// list, an answer as one object.
func ParseCallback(body []byte) ([]Told, error) {
	var reports []struct {
		At     string `json:"user_receive_time"`
		Nation string `json:"nationcode"`
		Mobile string `json:"mobile"`
		Status string `json:"report_status"`
		Code   string `json:"errmsg"`
		Words  string `json:"description"`
		Serial string `json:"sid"`
	}
	if err := json.Unmarshal(body, &reports); err == nil {
		if len(reports) > maxTold {
			return nil, ErrCallback
		}
		var out []Told
		for _, r := range reports {
			at, _ := time.ParseInLocation(time.DateTime, r.At, beijing) // unreadable: the zero time
			out = append(out, Told{Phone: number(r.Nation, r.Mobile), Serial: r.Serial, OK: r.Status == "SUCCESS", Code: r.Code, Words: r.Words, At: at.UTC()})
		}
		return out, nil
	}
	var answer struct {
		Nation string `json:"nationcode"`
		Mobile string `json:"mobile"`
		Text   string `json:"text"`
		At     int64  `json:"time"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Mobile == "" || strings.TrimSpace(answer.Text) == "" {
		return nil, errors.Join(ErrCallback, err)
	}
	return []Told{{Phone: number(answer.Nation, answer.Mobile), Text: answer.Text, At: time.Unix(max(answer.At, 0), 0).UTC()}}, nil
}

// beijing is the provider's time zone; it has no summer time.
var beijing = time.FixedZone("CST", 8*60*60)

func number(nation, mobile string) string {
	if strings.HasPrefix(mobile, "+") {
		return mobile
	}
	if nation == "" {
		nation = "86"
	}
	return "+" + nation + mobile
}

// Key is the same for the same thing, however often it is told.
func (t Told) Key() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %v %q %d", t.Phone, t.Text, t.Serial, t.OK, t.Code, t.At.Unix()))
	return hex.EncodeToString(sum[:16])
}
