package inbox

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// The states of a conversation.
const (
	StatusOpen     = "open"     // somebody of ours has the next move
	StatusPending  = "pending"  // the customer has
	StatusSnoozed  = "snoozed"  // comes back at a time
	StatusResolved = "resolved" // is over, until the customer writes again
)

// conversation is a row of inbox_conversation.
type conversation struct {
	id, account, kind, external string
	spoken                      string // the person as the first message named them
	spokenAt                    int64
	person, owner               string
	status                      string
	statusN, statusAt           int64
	snoozedUntil                int64
	assignee                    string
	assignedAt                  int64
	team                        string // empty: whoever sits at the account's desk
	priority                    int64
	handedOver                  bool
	spell                       int64
	incoming, answeredN         int64
	answeredAt                  int64 // the last answer that staff gave outside of the inbox
	waitingSince                int64
	firstIn, lastIn, lastAt     int64
	lastID                      string
	lastDirection, lastType     string
	lastText                    string
	lastSeq                     int64
	created, updated            int64

	chat *Chat // of the archive; nil: it is ours
}

// conversationID makes the id of the conversation of an account with somebody:
// always the same.
func conversationID(account, external string) string {
	sum := sha256.Sum256([]byte(account + "\x00" + external))
	return "cnv_" + hex.EncodeToString(sum[:16])
}

// settle opens a conversation again when more has come in than there was when
// its status was set, and works out who waits.
func (c *conversation) settle(now int64) {
	if c.status != StatusOpen && c.incoming > c.statusN {
		if c.status == StatusResolved {
			c.handedOver = false
		}
		c.status, c.statusAt, c.snoozedUntil = StatusOpen, now, 0
	}
}

// settled is up to which incoming message everything is dealt with.
func (c *conversation) settled() int64 {
	n := c.answeredN
	if c.status == StatusResolved {
		n = max(n, c.statusN)
	}
	return n
}

// Conversation is one conversation as lists show it.
type Conversation struct {
	ID            string     `json:"id"`
	PersonID      string     `json:"person_id"`
	PersonName    string     `json:"person_name"`
	AccountID     string     `json:"account_id"`
	AccountName   string     `json:"account_name"`
	AccountKind   string     `json:"account_kind"`
	Status        string     `json:"status" enum:"open,pending,snoozed,resolved"`
	SnoozedUntil  *time.Time `json:"snoozed_until"`
	AssigneeID    string     `json:"assignee_staff_id" doc:"Empty: nobody yet"`
	AssigneeName  string     `json:"assignee_name"`
	TeamID        string     `json:"team_id" doc:"The team that it is with; empty: the account's desk"`
	TeamName      string     `json:"team_name"`
	OwnerStaffID  string     `json:"owner_staff_id" doc:"Whose customer they are"`
	Priority      int64      `json:"priority" minimum:"0" maximum:"3"`
	HandedOver    bool       `json:"handed_over" doc:"They asked for a human; nothing answers by itself until it is resolved"`
	WaitingSince  *time.Time `json:"waiting_since" doc:"Their oldest message that nobody answered; null: nobody waits"`
	Incoming      int64      `json:"incoming" doc:"Messages of the customer in all; pass it on as read"`
	LastAt        *time.Time `json:"last_at"`
	LastInAt      *time.Time `json:"last_in_at"`
	LastDirection string     `json:"last_direction" enum:"in,out,note,system,"`
	LastType      string     `json:"last_type"`
	LastText      string     `json:"last_text" doc:"The beginning of the last message"`
	LastSeq       int64      `json:"last_seq"`
	Archived      int64      `json:"archived" doc:"Messages of a private chat from the session archive, which is read here and answered on the platform; 0: it is none"`
	Unread        int64      `json:"unread" doc:"Messages that neither you have read nor anybody has answered"`
}

// unreadBy is how many incoming messages neither the reader has read nor
// anybody has answered.
func (c *conversation) unreadBy(read int64) int64 {
	return max(0, c.incoming-max(read, c.settled()))
}
