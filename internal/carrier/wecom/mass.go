package wecom

import (
	"context"
	"fmt"
	"time"

	"fishpond/internal/carrier/wire"
)

// What the platform takes at once.
const (
	MaxMass       = 10_000              // customers of one mass message
	MaxMassGroups = 2_000               // groups of one mass message
	MaxReminders  = 3                   // of one mass message in 24 hours
	MaxMassSpan   = 30 * 24 * time.Hour // of one look into the list
)

// Kinds of mass messages.
const (
	MassSingle = "single" // to customers, each by themselves
	MassGroup  = "group"  // into groups
)

// Mass is a message that a member is asked to send to many.
type Mass struct {
	ChatType  string   `json:"chat_type"`
	Customers []string `json:"external_userid,omitempty"` // of MassSingle: at most MaxMass
	Chats     []string `json:"chat_id_list,omitempty"`    // of MassGroup: at most MaxMassGroups, all owned by the sender
	Sender    string   `json:"sender"`
	Message
}

// AddMass asks a member to send a message. It returns the message's id and whom
// it cannot go to (externalcontact/add_msg_template). The platform knows the
// call by no key: a second one asks a second time.
func (c *Client) AddMass(ctx context.Context, m Mass) (id string, failed []string, err error) {
	var out struct {
		ID     string   `json:"msgid"`
		Failed []string `json:"fail_list"`
	}
	err = c.c.Post(ctx, "externalcontact/add_msg_template", m, &out)
	if err == nil && out.ID == "" {
		err = &wire.LostError{API: "externalcontact/add_msg_template", Err: fmt.Errorf("an answer without an id")}
	}
	return out.ID, out.Failed, err
}

// MassRecord is a mass message as the platform's list has it.
type MassRecord struct {
	ID          string       `json:"msgid"`
	Creator     string       `json:"creator"`     // empty: made over the API
	CreateTime  int64        `json:"create_time"` // seconds since 1970
	CreateType  int          `json:"create_type"` // 0 by the corp, 1 by a member
	Text        Text         `json:"text"`
	Attachments []Attachment `json:"attachments"`
}

// Masses lists the corp's mass messages of a time, at most MaxMassSpan long,
// and the next page's cursor (externalcontact/get_groupmsg_list_v2).
func (c *Client) Masses(ctx context.Context, chatType string, from, to time.Time, cursor string) ([]MassRecord, string, error) {
	var out struct {
		List []MassRecord `json:"group_msg_list"`
		Next string       `json:"next_cursor"`
	}
	in := map[string]any{"chat_type": chatType, "start_time": from.Unix(), "end_time": to.Unix(), "filter_type": 0, "limit": 100, "cursor": cursor}
	err := c.c.Post(ctx, "externalcontact/get_groupmsg_list_v2", in, &out)
	return out.List, out.Next, err
}

// MassTask is what one member was asked to send.
type MassTask struct {
	UserID   string `json:"userid"`
	Status   int    `json:"status"`    // MassWaiting, MassConfirmed
	SendTime int64  `json:"send_time"` // seconds since 1970, when confirmed
}

// How a member's part of a mass message stands.
const (
	MassWaiting   = 0
	MassConfirmed = 2
)

// MassTasks tells which members were asked to send a mass message, and the next
// page's cursor (externalcontact/get_groupmsg_task).
func (c *Client) MassTasks(ctx context.Context, id, cursor string) ([]MassTask, string, error) {
	var out struct {
		List []MassTask `json:"task_list"`
		Next string     `json:"next_cursor"`
	}
	err := c.c.Post(ctx, "externalcontact/get_groupmsg_task", map[string]any{"msgid": id, "limit": 1000, "cursor": cursor}, &out)
	return out.List, out.Next, err
}

// MassSend is what became of a mass message to one customer or group.
type MassSend struct {
	External string `json:"external_userid"`
	ChatID   string `json:"chat_id"`
	Status   int    `json:"status"`
	SendTime int64  `json:"send_time"` // seconds since 1970
}

// Receiver is the customer or the group.
func (s MassSend) Receiver() string {
	if s.External != "" {
		return s.External
	}
	return s.ChatID
}

// What became of it.
const (
	MassUnsent    = 0
	MassSent      = 1
	MassNotFriend = 2 // they are not the member's customer any more
	MassTooMany   = 3 // they have got as many mass messages as they take
)

// MassResults tells what became of a member's part of a mass message, and the
// next page's cursor (externalcontact/get_groupmsg_send_result).
func (c *Client) MassResults(ctx context.Context, id, userID, cursor string) ([]MassSend, string, error) {
	var out struct {
		List []MassSend `json:"send_list"`
		Next string     `json:"next_cursor"`
	}
	err := c.c.Post(ctx, "externalcontact/get_groupmsg_send_result", map[string]any{"msgid": id, "userid": userID, "limit": 1000, "cursor": cursor}, &out)
	return out.List, out.Next, err
}

// RemindMass tells the members who have not sent a mass message once more
// (externalcontact/remind_groupmsg_send). See CodeRemindedOften.
func (c *Client) RemindMass(ctx context.Context, id string) error {
	return c.c.Post(ctx, "externalcontact/remind_groupmsg_send", map[string]string{"msgid": id}, nil)
}

// CancelMass keeps members who have not sent a mass message from sending it
// (externalcontact/cancel_groupmsg_send). Done before is no error.
func (c *Client) CancelMass(ctx context.Context, id string) error {
	err := c.c.Post(ctx, "externalcontact/cancel_groupmsg_send", map[string]string{"msgid": id}, nil)
	if wire.KindOf(err) == wire.Done {
		return nil
	}
	return err
}
