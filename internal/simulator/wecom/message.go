package wecom

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// AppMessage is a message of an app to members.
type AppMessage struct {
	ID    string   `json:"msgid"`
	App   string   `json:"app"`
	At    int64    `json:"at"` // seconds
	Kind  string   `json:"msgtype"`
	Text  string   `json:"text"`
	Users []string `json:"users"` // who got it
}

// messageIn is the body of 「发送应用消息」; what it says is below the name of its type.
type messageIn struct {
	ToUser  string `json:"touser"`
	ToParty string `json:"toparty"`
	ToTag   string `json:"totag"`
	Kind    string `json:"msgtype"`
	AgentID *int64 `json:"agentid"`
}

var appKinds = []string{"text", "image", "voice", "video", "file", "textcard", "news", "mpnews", "markdown", "miniprogram_notice", "template_card", "taskcard"}

// How often an app may write to one member; more is not delivered, and not told.
const (
	perMinute = 30
	perHour   = 1000
)

const inboxKept = 2000

// messageSend answers 「发送应用消息」.
func messageSend(c *call, in *messageIn) (any, error) {
	switch {
	case in.AgentID == nil:
		return nil, fail(41011, "")
	case *in.AgentID != c.app.AgentID:
		return nil, fail(301002, "")
	case !slices.Contains(appKinds, in.Kind):
		return nil, fail(40008, "%q", in.Kind)
	}
	var whole map[string]json.RawMessage
	_ = json.Unmarshal(c.body, &whole) // it was decoded once
	if len(whole[in.Kind]) == 0 {
		return nil, fail(40063, "%s", in.Kind)
	}
	var what struct {
		Content string `json:"content"`
		Title   string `json:"title"`
		MediaID string `json:"media_id"`
	}
	if err := json.Unmarshal(whole[in.Kind], &what); err != nil {
		return nil, fail(40058, "%v", err)
	}
	switch {
	case (in.Kind == "text" || in.Kind == "markdown") && what.Content == "":
		return nil, fail(40063, "%s.content", in.Kind)
	case (in.Kind == "text" || in.Kind == "markdown") && len(what.Content) > 2048:
		return nil, fail(45002, "")
	case slices.Contains([]string{"image", "voice", "video", "file"}, in.Kind) && c.media(what.MediaID) == nil:
		return nil, fail(40007, "")
	}
	users, badUsers, badParties, err := c.receivers(in)
	if err != nil {
		return nil, err
	}
	if len(users) == 0 {
		return nil, fail(81013, "")
	}
	m := AppMessage{ID: random(43), App: c.app.ID, At: c.unix(), Kind: in.Kind, Text: or(what.Content, what.Title)}
	for _, user := range users {
		if c.mayWrite(user) {
			m.Users = append(m.Users, user)
		}
	}
	if c.Inbox = append(c.Inbox, m); len(c.Inbox) > inboxKept {
		c.Inbox = slices.Clone(c.Inbox[len(c.Inbox)-inboxKept:])
	}
	return reply{"invaliduser": strings.Join(badUsers, "|"), "invalidparty": strings.Join(badParties, "|"), "invalidtag": "", "unlicenseduser": "", "msgid": m.ID}, nil
}

func (c *call) receivers(in *messageIn) (users, badUsers, badParties []string, err error) {
	if in.ToUser == "@all" {
		for _, u := range c.members(c.below(1, true)) {
			if c.app.sees(u.ID) {
				users = append(users, u.ID)
			}
		}
		return users, nil, nil, nil
	}
	named := split(in.ToUser)
	if len(named) > 1000 || len(split(in.ToParty)) > 100 || len(split(in.ToTag)) > 100 {
		return nil, nil, nil, fail(40032, "")
	}
	for _, id := range named {
		if c.Users[id] == nil || !c.app.sees(id) {
			badUsers = append(badUsers, id)
		} else if !slices.Contains(users, id) {
			users = append(users, id)
		}
	}
	for _, text := range split(in.ToParty) {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || c.department(id) == nil {
			badParties = append(badParties, text)
			continue
		}
		for _, u := range c.members(c.below(id, true)) {
			if c.app.sees(u.ID) && !slices.Contains(users, u.ID) {
				users = append(users, u.ID)
			}
		}
	}
	return users, badUsers, badParties, nil
}

func split(list string) []string {
	return slices.DeleteFunc(strings.Split(list, "|"), func(s string) bool { return s == "" })
}

func (c *call) mayWrite(user string) bool {
	minute, hour := 0, 0
	for _, m := range c.Inbox {
		if m.App != c.app.ID || !slices.Contains(m.Users, user) {
			continue
		}
		if c.unix()-m.At < 60 {
			minute++
		}
		if c.unix()-m.At < 3600 {
			hour++
		}
	}
	return minute < perMinute && hour < perHour
}

// AppMessages are the messages of apps to members, the oldest first.
func (c *Corp) AppMessages() (out []AppMessage) {
	_ = c.do(func() error { out = append([]AppMessage{}, c.Inbox...); return nil })
	return out
}
