package wecom

import (
	"slices"
	"strconv"
	"time"
)

// Desk is a WeChat customer service account (微信客服帐号).
type Desk struct {
	ID        string              `json:"open_kfid"`
	Serial    int64               `json:"serial"`
	Name      string              `json:"name"`
	Avatar    string              `json:"avatar"`
	Servicers []string            `json:"servicers"`
	Parties   []int64             `json:"parties"`
	Scenes    map[string]string   `json:"scenes"` // by what the link carries
	Messages  []reply             `json:"messages"`
	Sessions  map[string]*Session `json:"sessions"` // by external_userid
	Tokens    map[string]int64    `json:"tokens"`   // of callbacks, with their end in seconds
}

// Session is a conversation of a customer with a desk.
type Session struct {
	State     int    `json:"state"`
	Servicer  string `json:"servicer"`
	Spoke     int64  `json:"spoke"`   // when the customer last wrote, in seconds
	Sent      int    `json:"sent"`    // messages by the API since
	Greeted   int64  `json:"greeted"` // when a welcome code was last given out
	Code      string `json:"code"`    // for an event message
	CodeUntil int64  `json:"code_until"`
}

// States of a session. Documentation page: 「分配客服会话」.
const (
	kfNew       = 0
	kfAssistant = 1
	kfQueue     = 2
	kfStaff     = 3
	kfEnded     = 4
)

const (
	kfWindow  = 48 * time.Hour
	kfPerWord = 5
	kfTokens  = 10 * time.Minute
	kfWelcome = 20 * time.Second
	maxDesks  = 5000
)

// Who a message is from.
const (
	fromCustomer = 3
	fromSystem   = 4
	fromStaff    = 5
)

func (d *Desk) session(external string) *Session {
	ensure(&d.Sessions)
	s := d.Sessions[external]
	if s == nil {
		s = &Session{State: kfEnded}
		d.Sessions[external] = s
	}
	return s
}

// post puts something into the desk's stream and, unless the API did it, tells the
// apps that there is something to fetch. Documentation page: 「接收消息和事件」.
func (c *Corp) post(d *Desk, m reply, tell bool) {
	m["msgid"], m["send_time"] = or(text(m["msgid"]), random(32)), c.now().Unix()
	d.Messages = append(d.Messages, m)
	if !tell {
		return
	}
	ensure(&d.Tokens)
	for token, until := range d.Tokens {
		if until < c.now().Unix() {
			delete(d.Tokens, token)
		}
	}
	token := "ENC" + random(30)
	d.Tokens[token] = c.now().Add(kfTokens).Unix()
	e := c.newEvent("kf_msg_or_event", "", "sys").add("Token", token).add("OpenKfId", d.ID)
	e.key = d.ID
	c.emit(e, toKf)
}

func text(v any) string { s, _ := v.(string); return s }

func (c *Corp) postEvent(d *Desk, tell bool, event reply) {
	event["open_kfid"] = d.ID
	c.post(d, reply{"origin": fromSystem, "msgtype": "event", "event": event}, tell)
}

// HasDesk reports whether a desk is of this corp.
func (c *Corp) HasDesk(id string) (ok bool) {
	_ = c.do(func() error { ok = c.Desks[id] != nil; return nil })
	return ok
}

func (c *Corp) desk(person, desk string) (*Desk, string, *Session, error) {
	d := c.Desks[desk]
	if d == nil {
		return nil, "", nil, unknown("customer service account", desk)
	}
	if _, ok := c.world.People.Get(person); !ok {
		return nil, "", nil, unknown("customer", person)
	}
	external := c.contactOf(person).ID
	return d, external, d.session(external), nil
}

// EnterDesk lets a person open a customer service link. Who has had no welcome and
// has not written for 48 hours is given one: the event carries a code for it.
func (c *Corp) EnterDesk(person, desk, encodedScene, param string) (out Scanned, err error) {
	err = c.do(func() error {
		d, external, s, err := c.desk(person, desk)
		if err != nil {
			return err
		}
		event := reply{"event_type": "enter_session", "external_userid": external, "scene": d.Scenes[encodedScene], "scene_param": param}
		now := c.now()
		if now.Unix()-max(s.Greeted, s.Spoke) > seconds(kfWindow) {
			s.Greeted, s.Code, s.CodeUntil = now.Unix(), random(32), now.Add(kfWelcome).Unix()
			event["welcome_code"] = s.Code
		}
		c.postEvent(d, true, event)
		out = Scanned{Outcome: "opened", Corp: c.ID, External: external, Desk: d.ID}
		return nil
	})
	return out, err
}

// SayToDesk lets a person write to a desk.
func (c *Corp) SayToDesk(person, desk, text string) error {
	return c.do(func() error {
		d, external, s, err := c.desk(person, desk)
		if err != nil {
			return err
		}
		if s.State == kfEnded {
			s.State, s.Servicer = kfNew, ""
		}
		s.Spoke, s.Sent = c.now().Unix(), 0
		c.say(d.ID, external, Line{From: "customer", Kind: "text", Text: text, Via: "kf"})
		c.post(d, reply{"open_kfid": d.ID, "external_userid": external, "origin": fromCustomer, "msgtype": "text", "text": reply{"content": text}}, true)
		return nil
	})
}

// ReplyFromDesk lets a servicer write to a customer in the app; a session that nobody
// has is taken first.
func (c *Corp) ReplyFromDesk(user, desk, external, text string) error {
	return c.do(func() error {
		d := c.Desks[desk]
		if d == nil || d.Sessions[external] == nil {
			return unknown("session", desk+" "+external)
		}
		s := d.Sessions[external]
		if !slices.Contains(d.Servicers, user) {
			return argument("member %s is not a servicer of the account", user)
		}
		if s.State == kfEnded {
			return argument("the session has ended")
		}
		if s.State != kfStaff || s.Servicer != user {
			change := reply{"event_type": "session_status_change", "external_userid": external, "change_type": 1, "new_servicer_userid": user}
			if s.State == kfStaff {
				change["change_type"], change["old_servicer_userid"] = 2, s.Servicer
			}
			s.State, s.Servicer = kfStaff, user
			c.postEvent(d, true, change)
		}
		c.say(d.ID, external, Line{From: user, Kind: "text", Text: text, Via: "kf"})
		c.post(d, reply{"open_kfid": d.ID, "external_userid": external, "origin": fromStaff, "servicer_userid": user, "msgtype": "text", "text": reply{"content": text}}, true)
		return nil
	})
}

// EndDesk lets a servicer end a session in the app; the event carries a code for a
// closing message.
func (c *Corp) EndDesk(desk, external string) error {
	return c.do(func() error {
		d := c.Desks[desk]
		if d == nil || d.Sessions[external] == nil || d.Sessions[external].State == kfEnded {
			return unknown("session", desk+" "+external)
		}
		s := d.Sessions[external]
		code := c.eventCode(s)
		c.postEvent(d, true, reply{"event_type": "session_status_change", "external_userid": external, "change_type": 3, "old_servicer_userid": s.Servicer, "msg_code": code})
		s.State, s.Servicer = kfEnded, ""
		return nil
	})
}

func (c *Corp) eventCode(s *Session) string {
	s.Code, s.CodeUntil = random(32), c.now().Add(kfWindow).Unix()
	return s.Code
}

// DeskView is a desk as the pages show it.
type DeskView struct {
	ID        string   `json:"open_kfid"`
	Name      string   `json:"name"`
	Servicers []string `json:"servicers"`
	Open      int      `json:"open"` // sessions that have not ended
	Messages  int      `json:"messages"`
}

// DeskList lists the desks by age.
func (c *Corp) DeskList() (out []DeskView) {
	out = []DeskView{}
	_ = c.do(func() error {
		for _, d := range c.desks() {
			v := DeskView{ID: d.ID, Name: d.Name, Servicers: slices.Clone(d.Servicers), Messages: len(d.Messages)}
			for _, s := range d.Sessions {
				if s.State != kfEnded {
					v.Open++
				}
			}
			out = append(out, v)
		}
		return nil
	})
	return out
}

func (c *Corp) desks() []*Desk {
	var out []*Desk
	for _, d := range c.Desks {
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b *Desk) int { return int(a.Serial - b.Serial) })
	return out
}

// kfCursor is a place in a desk's stream, bound to the desk.
func kfCursor(d *Desk, at int) string { return "4g" + makeCursor(d.Serial, int64(at)) }

func openKfCursor(d *Desk, cursor string) (int, bool) {
	if cursor == "" {
		return 0, true
	}
	if len(cursor) < 2 {
		return 0, false
	}
	n, ok := openCursor(cursor[2:], 2)
	if !ok || n[0] != d.Serial || n[1] > int64(len(d.Messages)) {
		return 0, false
	}
	return int(n[1]), true
}

func (c *call) mustDesk(id string) (*Desk, error) {
	if id == "" {
		return nil, fail(95000, "")
	}
	if d := c.Desks[id]; d != nil {
		return d, nil
	}
	return nil, fail(95004, "")
}

func sceneKey(n int64) string { return "ENC" + strconv.FormatInt(n, 36) }
