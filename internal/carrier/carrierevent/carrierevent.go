// Package carrierevent holds the events that carrier emits.
package carrierevent

// Kinds of carrier's events.
const (
	FriendAdded       = "friend.added"
	FriendRemoved     = "friend.removed"
	FriendTransferred = "friend.transferred"
	GroupJoined       = "group.joined"
	GroupLeft         = "group.left"
	MessageReceived   = "message.received"
	MessageSent       = "message.sent"
	MessageDelivered  = "message.delivered"
	MessageRead       = "message.read"
	MessageFailed     = "message.failed"
	WelcomeSent       = "welcome.sent"
	WelcomeMissed     = "welcome.missed"
	WelcomeDoubtful   = "welcome.doubtful" // it may have arrived
	AccountUnhealthy  = "account.unhealthy"
)

// Friend is the data of friend.added, friend.removed and friend.transferred.
type Friend struct {
	AccountID   string `json:"account_id"`
	AccountKind string `json:"account_kind"`
	UserID      string `json:"user_id,omitempty"`  // the member on the platform
	StaffID     string `json:"staff_id,omitempty"` // who that is here
	ExternalID  string `json:"external_id"`
	State       string `json:"state,omitempty"` // what the code or link that was used carried
	Channel     string `json:"channel,omitempty"`
	Entrance    string `json:"entrance,omitempty"`
	CodeID      string `json:"code_id,omitempty"`
	AddWay      int64  `json:"add_way,omitempty"`      // the platform's number for the way; 201 and 202: handed over by the corp, nobody came from outside
	First       bool   `json:"first,omitempty"`        // added: nobody of the account was their friend before
	Historic    bool   `json:"historic,omitempty"`     // added: found by a sync, long after
	By          string `json:"by,omitempty"`           // removed: customer, staff or sync
	FromUserID  string `json:"from_user_id,omitempty"` // transferred: the member before
}

// Group is the data of group.joined and group.left.
type Group struct {
	AccountID  string `json:"account_id"`
	ChatID     string `json:"chat_id"`
	Name       string `json:"name,omitempty"`
	ExternalID string `json:"external_id"`
	State      string `json:"state,omitempty"` // what the group's code carried
	Scene      int64  `json:"scene,omitempty"` // the platform's number for the way
}

// Message is the data of message.received and message.sent.
type Message struct {
	AccountID   string       `json:"account_id"`
	MessageID   string       `json:"message_id,omitempty"` // the platform's
	ExternalID  string       `json:"external_id"`
	UserID      string       `json:"user_id,omitempty"`  // the account's member whom it belongs to: a servicer, a friend of the customer; empty where there is none
	StaffID     string       `json:"staff_id,omitempty"` // who wrote it or looks after it, where that is known
	Type        string       `json:"type"`               // of the first part: text, image, voice, video, file, location, link, mini_program, card, order, menu, event, mail, template, other
	Text        string       `json:"text,omitempty"`
	Subject     string       `json:"subject,omitempty"` // of a mail
	Attachments []Attachment `json:"attachments,omitempty"`
	Automatic   bool         `json:"automatic,omitempty"` // received: a machine wrote it (out of office, a list, a receipt); answering it by a rule makes a loop
	SendID      string       `json:"send_id,omitempty"`   // sent by us: the attempt
	Key         string       `json:"key,omitempty"`       // sent by us: the caller's own name for it
}

// The kinds of attachments.
const (
	AttachedImage       = "image"
	AttachedVoice       = "voice"
	AttachedVideo       = "video"
	AttachedFile        = "file"
	AttachedLocation    = "location" // title and url; the url is geo:LATITUDE,LONGITUDE
	AttachedLink        = "link"
	AttachedMiniProgram = "mini_program"
	AttachedOther       = "other"
)

// Attachment is what comes with a message besides its text. All of it was said
// by strangers: the name and the title are cleaned of control characters, but
// nothing else is promised of them.
type Attachment struct {
	MediaID string `json:"media_id,omitempty"` // GET /carriers/media/{media_id}; empty: there is no content, or it could not be fetched
	Kind    string `json:"kind"`
	Name    string `json:"name,omitempty"`  // of the file, without a path
	Type    string `json:"type,omitempty"`  // media type, decided from the content and never from the name
	Bytes   int64  `json:"bytes,omitempty"` // of the content
	URL     string `json:"url,omitempty"`   // http, https or geo
	Title   string `json:"title,omitempty"`
	Missing string `json:"missing,omitempty"` // why there is no content: expired, too_large, refused
}

// Outcome is the data of message.delivered, message.read and message.failed:
// what carriers tell of a message after they have taken it.
type Outcome struct {
	AccountID  string `json:"account_id"`
	SendID     string `json:"send_id,omitempty"` // empty: it was not sent by us
	Key        string `json:"key,omitempty"`     // the caller's own name for it
	MessageID  string `json:"message_id,omitempty"`
	ExternalID string `json:"external_id"`
	Code       string `json:"code,omitempty"`   // failed: the platform's
	Reason     string `json:"reason,omitempty"` // failed: for people, in Chinese
	ReasonEN   string `json:"reason_en,omitempty"`
}

// Welcome is the data of welcome.sent, welcome.missed and welcome.doubtful.
type Welcome struct {
	AccountID  string `json:"account_id"`
	UserID     string `json:"user_id,omitempty"`
	ExternalID string `json:"external_id"`
	Reason     string `json:"reason,omitempty"` // missed and doubtful, never empty: late, unknown, or the platform's code
}

// Unhealthy is the data of account.unhealthy.
type Unhealthy struct {
	AccountID string   `json:"account_id"`
	Health    string   `json:"health"` // warning or failing
	Problems  []string `json:"problems"`
}

// Kinds of events of the chat on web pages.
const (
	PageViewed = "page.viewed"
)

// Page is the data of page.viewed.
type Page struct {
	AccountID string `json:"account_id"`
	URL       string `json:"url"` // without what is none of our business
	Referrer  string `json:"referrer,omitempty"`
	Title     string `json:"title,omitempty"`
}

// Kinds of events about what people told of themselves in chats.
const (
	ProposalMade     = "proposal.made"
	ProposalAccepted = "proposal.accepted"
	ProposalRefused  = "proposal.refused"
	ProposalUndone   = "proposal.undone"
)

// Proposal is the data of these events. What was said stands in the proposal,
// which not everybody may read.
type Proposal struct {
	ProposalID  string `json:"proposal_id"`
	AccountID   string `json:"account_id,omitempty"`
	Kind        string `json:"kind"`   // phone, email, order_no, member_no, shop_id
	Source      string `json:"source"` // message or form
	CandidateID string `json:"candidate_id,omitempty"`
	MergeID     string `json:"merge_id,omitempty"`
}

// Kinds of events about mail that came back.
const (
	EmailBounced    = "email.bounced"
	EmailComplained = "email.complained"
)

// Bounce is the data of these events. The address stands with the person.
type Bounce struct {
	AccountID string `json:"account_id"`
	SendID    string `json:"send_id"`
	Hard      bool   `json:"hard,omitempty"`   // bounced: it will not be delivered later either
	Status    string `json:"status,omitempty"` // 5.1.1
	Reason    string `json:"reason,omitempty"` // the server's words, or the kind of complaint
}
