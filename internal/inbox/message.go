package inbox

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/plaintext"
)

// The directions of a message.
const (
	DirectionIn     = "in"     // from the customer
	DirectionOut    = "out"    // to the customer
	DirectionNote   = "note"   // among staff
	DirectionSystem = "system" // what happened to the conversation
)

// Who wrote a message.
const (
	senderPerson = "person"
	senderStaff  = "staff"
	senderRule   = "rule"   // an automatic answer
	senderSystem = "system" // another part of the house: a campaign, a welcome
)

// Further states of an attempt, besides those of a receipt.
const (
	stateQueued    = "queued"
	stateSending   = "sending"
	stateDelivered = "delivered" // where the platform tells
	stateRead      = "read"
)

const (
	maxText   = 64 << 10 // bytes of a message's text that are kept
	maxShown  = 200      // characters of a message in a list
	typeFlood = "flood"  // stands for messages that came too fast
)

// message is a row of inbox_message.
type message struct {
	id, conversation   string
	seq, n             int64
	direction          string
	senderKind, sender string
	kind               string // type
	parts, attachments string
	text               string
	cut                bool
	collapsed          int64
	state, send        string
	event, sendID, key string
	doc, at            int64
}

func noMessage() error { return errs.NotFound(i18n.T("这条消息", "message")) }

// eventMessageID is the id of the message that a fact tells of.
func eventMessageID(eventID string) string { return "msg_" + strings.TrimPrefix(eventID, "evt_") }

// floodID is the id of the message that stands for those of a minute that came
// too fast.
func floodID(conversation string, minute int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s flood %d", conversation, minute))
	return "msg_" + hex.EncodeToString(sum[:16])
}

// kinds are the types of messages that the console knows how to show.
var kinds = map[string]bool{"text": true, "image": true, "voice": true, "video": true, "shortvideo": true, "file": true, "location": true, "link": true, "event": true, "mini_program": true, "template": true, "card": true, "order": true, "menu": true, "mail": true}

// kindOf never lets a type through that nobody knows.
func kindOf(given string) string {
	if kinds[given] {
		return given
	}
	return "other"
}

// Attempt is one try to send a message.
type Attempt struct {
	ID         string    `json:"id"`
	Number     int64     `json:"number" doc:"From 1"`
	Status     string    `json:"status" enum:"queued,sending,sent,delivered,read,failed,doubtful"`
	Code       string    `json:"code"`
	Reason     string    `json:"reason" doc:"Why it failed, or what is not known"`
	Again      bool      `json:"again" doc:"Failed: it may succeed when it is tried again"`
	PlatformID string    `json:"platform_id"`
	CreatedAt  time.Time `json:"created_at"`
	UpdatedAt  time.Time `json:"updated_at"`
}

// Message is one message. Its text is what people typed: show it as text, never
// as HTML.
type Message struct {
	ID         string                    `json:"id"`
	Seq        int64                     `json:"seq" doc:"In the order in which they came to us; grows within a conversation"`
	N          int64                     `json:"n" doc:"Of an incoming one: its number among them"`
	Direction  string                    `json:"direction" enum:"in,out,note,system"`
	SenderKind string                    `json:"sender_kind" enum:"person,staff,rule,system"`
	SenderID   string                    `json:"sender_id"`
	SenderName string                    `json:"sender_name"`
	Type       string                    `json:"type" doc:"text, image, voice, video, file, location, link, mini_program, card, order, menu, mail, template, event, flood, other"`
	Parts      []Part                    `json:"parts" nullable:"false"`
	Text       string                    `json:"text"`
	Attached   []carrierevent.Attachment `json:"attachments" nullable:"false" doc:"What came with an incoming message"`
	Hidden     bool                      `json:"hidden" doc:"Personal data in the text is hidden from this role"`
	Cut        bool                      `json:"cut" doc:"There was more text than is kept"`
	Collapsed  int64                     `json:"collapsed" doc:"Stands for so many messages that came too fast; 0: for itself"`
	State      string                    `json:"state" doc:"Of what we send: queued, sending, sent, delivered, read, failed, doubtful; else empty"`
	Key        string                    `json:"key,omitempty" doc:"Of what staff wrote: the name that their browser gave it"`
	Attempts   []Attempt                 `json:"attempts" nullable:"false"`
	At         time.Time                 `json:"at"`
}

func (m *message) shown(names map[string]Member) Message {
	out := Message{ID: m.id, Seq: m.seq, N: m.n, Direction: m.direction, SenderKind: m.senderKind, SenderID: m.sender, Type: m.kind, Parts: []Part{}, Attached: []carrierevent.Attachment{}, Text: m.text,
		Cut: m.cut, Collapsed: m.collapsed, State: m.state, Attempts: []Attempt{}, At: clock.Time(m.at)}
	if m.direction != DirectionIn {
		out.N = 0
	}
	if m.senderKind == senderStaff {
		out.SenderName = names[m.sender].Name
		_, out.Key, _ = strings.Cut(m.key, " ")
	}
	if m.parts != "" {
		if err := json.Unmarshal([]byte(m.parts), &out.Parts); err != nil || out.Parts == nil {
			out.Parts = []Part{} // parts that cannot be read show as the text alone
		}
	}
	if m.attachments != "" {
		if err := json.Unmarshal([]byte(m.attachments), &out.Attached); err != nil || out.Attached == nil {
			out.Attached = []carrierevent.Attachment{}
		}
	}
	return out
}

// preview is the beginning of a message, for lists.
func preview(text string) string { return plaintext.Line(plaintext.Cut(text, 4*maxShown*2), maxShown) }

// textOf is what parts say, for lists and for the search.
func textOf(parts []Part) string {
	var b strings.Builder
	for _, p := range parts {
		for _, s := range []string{p.Title, p.Text} {
			if s == "" {
				continue
			}
			if b.Len() > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(s)
		}
	}
	return b.String()
}
