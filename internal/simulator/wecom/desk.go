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
	Sent      map[string]bool     `json:"sent"`     // ids of messages by the API: none serves twice
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
	Refuses   bool   `json:"refuses"` // the customer has switched messages off
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
		scene := d.Scenes[encodedScene]
		if scene == "" || len(param) > 128 { // a word is carried only beside a scene
			param = ""
		}
		event := reply{"event_type": "enter_session", "external_userid": external, "scene": scene, "scene_param": param}
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

// MakeDesk makes a customer service account in the admin console, served by members.
func (c *Corp) MakeDesk(name string, servicers []string) (id string, err error) {
	err = c.do(func() error {
		if name == "" || chars(name) > 16 || len(c.Desks) >= maxDesks {
			return argument("a name of 1 to 16 characters")
		}
		for _, user := range servicers {
			if _, err := c.mustUser(user); err != nil {
				return err
			}
		}
		d := &Desk{ID: "wk" + random(30), Serial: c.next(), Name: name, Servicers: servicers}
		ensure(&c.Desks)
		c.Desks[d.ID], id = d, d.ID
		return nil
	})
	return id, err
}

// RefuseDesk has a customer refuse a desk's messages, or take them again: what is
// sent meanwhile is accepted first and fails after. Documentation page: 「接收消息和事件」,
// 消息发送失败事件.
func (c *Corp) RefuseDesk(person, desk string, refuses bool) error {
	return c.do(func() error {
		_, _, s, err := c.desk(person, desk)
		if err == nil {
			s.Refuses = refuses
		}
		return err
	})
}

// Said is what a person sends besides text: a file by its content, or the platform's
// own fields of a location, a link and so on.
type Said struct {
	Kind    string         // image, voice, video, file, location, link, miniprogram, business_card, …
	Name    string         // of the file
	Content []byte         // of the file
	Fields  map[string]any // of everything else
}

// SendToDesk lets a person send something to a desk.
func (c *Corp) SendToDesk(person, desk string, what Said) error {
	if what.Kind == "" || what.Kind == "text" || what.Kind == "event" {
		return argument("a kind of message other than text")
	}
	return c.do(func() error {
		d, external, s, err := c.desk(person, desk)
		if err != nil {
			return err
		}
		line := Line{From: "customer", Kind: what.Kind, Text: what.Name, Via: "kf"}
		content := reply{}
		for k, v := range what.Fields {
			content[k] = v
		}
		if _, file := largest[what.Kind]; file {
			if len(what.Content) == 0 || len(what.Content) > 20<<20 {
				return argument("a file of up to 20 MB")
			}
			m := &Media{ID: "3" + random(63), Kind: what.Kind, Name: or(what.Name, what.Kind), Data: what.Content, Expires: c.now().Add(temporary).Unix()}
			ensure(&c.Media)
			c.Media[m.ID] = m
			content["media_id"], line.Media = m.ID, m.ID
		}
		c.spoken(d, external, s, line, reply{"msgtype": what.Kind, what.Kind: content})
		return nil
	})
}

// spoken is what follows when a customer has sent something: a session that had ended
// begins again, and five more messages may be sent.
func (c *Corp) spoken(d *Desk, external string, s *Session, line Line, m reply) {
	if s.State == kfEnded {
		s.State, s.Servicer = kfNew, ""
	}
	s.Spoke, s.Sent = c.now().Unix(), 0
	c.say(d.ID, external, line)
	m["open_kfid"], m["external_userid"], m["origin"] = d.ID, external, fromCustomer
	c.post(d, m, true)
}

// SayToDesk lets a person write to a desk.
func (c *Corp) SayToDesk(person, desk, text string) error {
	if text == "" {
		return argument("a text")
	}
	return c.do(func() error {
		d, external, s, err := c.desk(person, desk)
		if err != nil {
			return err
		}
		c.spoken(d, external, s, Line{From: "customer", Kind: "text", Text: text, Via: "kf"}, reply{"msgtype": "text", "text": reply{"content": text}})
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
