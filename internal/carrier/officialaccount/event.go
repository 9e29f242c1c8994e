package officialaccount

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"fishpond/internal/carrier/wire"
)

// The events that Fishpond understands, as Event.Kind gives them. Messages are
// message/text and so on.
const (
	Subscribed   = "subscribe"
	Unsubscribed = "unsubscribe"
	Scanned      = "SCAN" // a follower scanned a code with a parameter
)

// Event is a callback's message.
type Event struct {
	ToUserName   string `xml:"ToUserName"`
	FromUserName string `xml:"FromUserName"` // the follower's openid
	CreateTime   int64  `xml:"CreateTime"`   // seconds since 1970
	MsgType      string `xml:"MsgType"`
	MsgID        string `xml:"MsgId"`
	Content      string `xml:"Content"`
	MediaID      string `xml:"MediaId"` // of pictures, voices and films
	PicURL       string `xml:"PicUrl"`
	Recognition  string `xml:"Recognition"` // what a voice says
	LocationX    string `xml:"Location_X"`  // latitude
	LocationY    string `xml:"Location_Y"`
	Label        string `xml:"Label"` // of a place
	Title        string `xml:"Title"` // of a link
	Description  string `xml:"Description"`
	URL          string `xml:"Url"`
	Event        string `xml:"Event"`
	EventKey     string `xml:"EventKey"`
	Ticket       string `xml:"Ticket"`

	sum string
}

// ParseEvent reads a decrypted message. The error is wire.ErrXML.
func ParseEvent(message []byte) (Event, error) {
	var e Event
	if err := wire.DecodeXML(message, &e); err != nil {
		return e, err
	}
	sum := sha256.Sum256(message)
	e.sum = hex.EncodeToString(sum[:16])
	return e, nil
}

// Kind names the event, or message/ and the kind of message.
func (e Event) Kind() string {
	if e.MsgType != "event" {
		return "message/" + e.MsgType
	}
	return e.Event
}

// Known reports whether Fishpond acts on events of this kind.
func (e Event) Known() bool {
	switch e.Kind() {
	case Subscribed, Unsubscribed, Scanned, "message/text", "message/image", "message/voice", "message/video", "message/location", "message/link":
		return e.FromUserName != ""
	}
	return false
}

// Parameter is what the scanned code carries.
func (e Event) Parameter() string { return strings.TrimPrefix(e.EventKey, "qrscene_") }

// Key is the same for the same fact, however often it is delivered: messages by
// their id, events by who, when and what; of unknown kinds the whole counts.
func (e Event) Key() string {
	switch {
	case e.MsgType != "event" && e.MsgID != "":
		return "m:" + digest(e.MsgID)
	case !e.Known():
		return "x:" + e.sum
	}
	return "e:" + digest(e.FromUserName, fmt.Sprint(e.CreateTime), e.Event, e.EventKey)
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}
