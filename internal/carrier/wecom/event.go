package wecom

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"fishpond/internal/carrier/wire"
)

// The events that Fishpond understands, as Event.Kind gives them.
const (
	Added           = "change_external_contact/add_external_contact"
	HalfAdded       = "change_external_contact/add_half_external_contact" // the customer need not confirm
	Edited          = "change_external_contact/edit_external_contact"
	RemovedByStaff  = "change_external_contact/del_external_contact"
	RemovedByPerson = "change_external_contact/del_follow_user"
	TransferFailed  = "change_external_contact/transfer_fail"
	GroupCreated    = "change_external_chat/create"
	GroupUpdated    = "change_external_chat/update"
	GroupDismissed  = "change_external_chat/dismiss"
	TagCreated      = "change_external_tag/create"
	TagUpdated      = "change_external_tag/update"
	TagDeleted      = "change_external_tag/delete"
	TagShuffled     = "change_external_tag/shuffle"
	UserCreated     = "change_contact/create_user"
	UserUpdated     = "change_contact/update_user"
	UserDeleted     = "change_contact/delete_user"
)

// Event is a callback's message. Only the fields of its kind are filled.
type Event struct {
	ToUserName     string `xml:"ToUserName"`
	FromUserName   string `xml:"FromUserName"`
	CreateTime     int64  `xml:"CreateTime"` // seconds since 1970
	MsgType        string `xml:"MsgType"`    // event, or the kind of a message
	MsgID          string `xml:"MsgId"`
	Content        string `xml:"Content"` // of text messages
	Event          string `xml:"Event"`
	ChangeType     string `xml:"ChangeType"`
	UserID         string `xml:"UserID"`
	ExternalUserID string `xml:"ExternalUserID"`
	State          string `xml:"State"`
	WelcomeCode    string `xml:"WelcomeCode"`
	Source         string `xml:"Source"`     // DELETE_BY_TRANSFER when a hand-over ended the tie
	FailReason     string `xml:"FailReason"` // customer_refused, customer_limit_exceed
	ChatID         string `xml:"ChatId"`
	UpdateDetail   string `xml:"UpdateDetail"` // add_member, del_member, change_owner, change_name, change_notice
	JoinScene      string `xml:"JoinScene"`
	ID             string `xml:"Id"`      // of a tag or a group of tags
	TagType        string `xml:"TagType"` // tag, tag_group
	NewUserID      string `xml:"NewUserID"`
	Name           string `xml:"Name"`
	Email          string `xml:"Email"`
	Status         int    `xml:"Status"`
	LinkID         string `xml:"LinkId"`
	EventKey       string `xml:"EventKey"`
	Token          string `xml:"Token"`    // of customer service: to fetch with
	OpenKfID       string `xml:"OpenKfId"` // the customer service account

	sum string // of the whole message
}

// ParseEvent reads a decrypted message. The error is wire.ErrXML; a kind that
// nobody knows is none.
func ParseEvent(message []byte) (Event, error) {
	var e Event
	if err := wire.DecodeXML(message, &e); err != nil {
		return e, err
	}
	sum := sha256.Sum256(message)
	e.sum = hex.EncodeToString(sum[:16])
	return e, nil
}

// Kind names the event: Event/ChangeType, Event alone where there is no
// change, or message/MsgType.
func (e Event) Kind() string {
	switch {
	case e.MsgType != "event":
		return "message/" + e.MsgType
	case e.ChangeType == "":
		return e.Event
	}
	return e.Event + "/" + e.ChangeType
}

// Known reports whether Fishpond acts on events of this kind.
func (e Event) Known() bool {
	switch e.Kind() {
	case Added, HalfAdded, Edited, RemovedByStaff, RemovedByPerson, TransferFailed, GroupCreated, GroupUpdated, GroupDismissed,
		TagCreated, TagUpdated, TagDeleted, TagShuffled, UserCreated, UserUpdated, UserDeleted, KfEvent:
		return true
	}
	return false
}

// Key is the same for the same fact, however often it is delivered: messages by
// their id, events by who, when, what and whom. Of a kind that is not known,
// the whole message decides: nothing may be taken for a duplicate by mistake.
func (e Event) Key() string {
	if e.MsgType != "event" && e.MsgID != "" {
		return "m:" + digest(e.MsgID)
	}
	if !e.Known() {
		return "x:" + e.sum
	}
	if e.Event == KfEvent { // several a second, each with a token of its own
		return "k:" + digest(e.OpenKfID, fmt.Sprint(e.CreateTime), e.Token)
	}
	return "e:" + digest(e.FromUserName, fmt.Sprint(e.CreateTime), e.Event, e.ChangeType, e.UserID, e.ExternalUserID, e.ChatID, e.UpdateDetail, e.ID, e.TagType)
}

// Subject is what the event is about; events of one subject are worked off in
// the order in which they came. Empty: about nothing in particular.
func (e Event) Subject() string {
	switch {
	case e.ExternalUserID != "":
		return "contact:" + clip(e.ExternalUserID)
	case e.ChatID != "":
		return "group:" + clip(e.ChatID)
	case e.Event == "change_external_tag":
		return "tags"
	case e.OpenKfID != "":
		return "kf:" + clip(e.OpenKfID)
	case e.UserID != "":
		return "user:" + clip(e.UserID)
	}
	return ""
}

func clip(s string) string {
	if len(s) > 128 {
		return s[:128]
	}
	return s
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}
