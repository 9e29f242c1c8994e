package wecom

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// Chat is a customer group (客户群).
type Chat struct {
	ID        string        `json:"chat_id"`
	Serial    int64         `json:"serial"`
	Name      string        `json:"name"`
	Owner     string        `json:"owner"`
	Notice    string        `json:"notice"`
	CreatedAt int64         `json:"create_time"`
	Members   []*ChatMember `json:"member_list"`
	Admins    []string      `json:"admins"`
	Version   int64         `json:"version"`   // of the member list
	Inherited bool          `json:"inherited"` // a new owner took it over from one who left
}

// ChatMember is a member of the corp (type 1) or an outsider (type 2) in a group.
type ChatMember struct {
	ID       string `json:"userid"`
	Type     int    `json:"type"`
	JoinedAt int64  `json:"join_time"`
	Scene    int    `json:"join_scene"` // 1 invited, 3 by code
	Invitor  string `json:"invitor"`
	State    string `json:"state"`
}

// The ways into a group.
const (
	joinedInvited = 1
	joinedByCode  = 3
)

func (h *Chat) member(id string) *ChatMember {
	for _, m := range h.Members {
		if m.ID == id {
			return m
		}
	}
	return nil
}

// status of a group: 0 normal, 1 the owner has left, 3 inherited.
func (c *Corp) chatStatus(h *Chat) int {
	switch {
	case c.Users[h.Owner] == nil:
		return 1
	case h.Inherited:
		return 3
	}
	return 0
}

// chatEvent tells of a change. Documentation pages: 「客户群创建事件」, 「客户群变更事件」,
// 「客户群解散事件」.
func (c *Corp) chatEvent(h *Chat, change, detail string, fill func(*event)) {
	e := c.newEvent("change_external_chat", change, "sys").add("ChatId", h.ID).add("UpdateDetail", detail)
	e.key = h.ID
	if fill != nil {
		fill(e)
	}
	c.emit(e, toCustomers(h.Owner))
}

func (c *Corp) membersChanged(h *Chat, detail string, scene int, ids ...string) {
	h.Version++
	c.chatEvent(h, "update", detail, func(e *event) {
		name := "JoinScene"
		if detail == "del_member" {
			name = "QuitScene"
		}
		e.number(name, int64(scene)).number("MemChangeCnt", int64(len(ids)))
		var list strings.Builder
		for _, id := range ids {
			list.WriteString("<Item>" + id + "</Item>")
		}
		e.raw("<MemChangeList>" + list.String() + "</MemChangeList>")
		e.number("LastMemVer", h.Version-1).number("CurMemVer", h.Version)
	})
}

// MakeChat lets a member make a group with other members and customers (persons).
func (c *Corp) MakeChat(owner, name string, users, persons []string) (id string, err error) {
	err = c.do(func() error {
		for _, u := range append([]string{owner}, users...) {
			if _, err := c.mustUser(u); err != nil {
				return err
			}
		}
		h := c.newChat(owner, name)
		for _, u := range users {
			h.Members = append(h.Members, &ChatMember{ID: u, Type: 1, JoinedAt: c.now().Unix(), Scene: joinedInvited, Invitor: owner})
		}
		for _, p := range persons {
			if _, ok := c.world.People.Get(p); !ok {
				return unknown("customer", p)
			}
			h.Members = append(h.Members, &ChatMember{ID: c.contactOf(p).ID, Type: 2, JoinedAt: c.now().Unix(), Scene: joinedInvited, Invitor: owner})
		}
		id = h.ID
		c.chatEvent(h, "create", "", nil)
		return nil
	})
	return id, err
}

func (c *Corp) newChat(owner, name string) *Chat {
	h := &Chat{ID: "wr" + random(30), Serial: c.next(), Name: name, Owner: owner, CreatedAt: c.now().Unix()}
	h.Members = []*ChatMember{{ID: owner, Type: 1, JoinedAt: h.CreatedAt, Scene: joinedInvited}}
	c.Chats[h.ID] = h
	return h
}

func (c *Corp) mustChat(id string) (*Chat, error) {
	if h := c.Chats[id]; h != nil {
		return h, nil
	}
	return nil, unknown("group", id)
}

// join puts an outsider into a group.
func (c *Corp) join(h *Chat, external, state string, scene int) {
	h.Members = append(h.Members, &ChatMember{ID: external, Type: 2, JoinedAt: c.now().Unix(), Scene: scene, State: state})
	c.membersChanged(h, "add_member", scene-1, external)
}

// LeaveChat takes somebody out of a group: by themselves, or removed by the owner.
func (c *Corp) LeaveChat(chat, member string, removed bool) error {
	return c.do(func() error {
		h, err := c.mustChat(chat)
		if err != nil {
			return err
		}
		if h.member(member) == nil {
			return fmt.Errorf("group %s has no member %s: %w", chat, member, ErrUnknown)
		}
		h.Members = slices.DeleteFunc(h.Members, func(m *ChatMember) bool { return m.ID == member })
		scene := 0
		if removed {
			scene = 1
		}
		c.membersChanged(h, "del_member", scene, member)
		return nil
	})
}

// EditChat changes name, notice or owner in the app; what is empty stays.
func (c *Corp) EditChat(chat, name, notice, owner string) error {
	return c.do(func() error {
		h, err := c.mustChat(chat)
		if err != nil {
			return err
		}
		if owner != "" {
			if _, err := c.mustUser(owner); err != nil {
				return err
			}
		}
		for _, change := range []struct {
			field       *string
			value, word string
		}{{&h.Name, name, "change_name"}, {&h.Notice, notice, "change_notice"}, {&h.Owner, owner, "change_owner"}} {
			if change.value != "" && *change.field != change.value {
				*change.field = change.value
				c.chatEvent(h, "update", change.word, nil)
			}
		}
		return nil
	})
}

// DismissChat ends a group.
func (c *Corp) DismissChat(chat string) error {
	return c.do(func() error {
		h, err := c.mustChat(chat)
		if err != nil {
			return err
		}
		delete(c.Chats, chat)
		c.chatEvent(h, "dismiss", "", nil)
		return nil
	})
}

// chats lists groups by age.
func (c *Corp) chats(keep func(*Chat) bool) []*Chat {
	var list []*Chat
	for _, h := range c.Chats {
		if keep(h) {
			list = append(list, h)
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Serial < list[j].Serial })
	return list
}

type chatListIn struct {
	Status int `json:"status_filter"`
	Owner  struct {
		Users []string `json:"userid_list"`
	} `json:"owner_filter"`
	Cursor string `json:"cursor"`
	Limit  int    `json:"limit"`
}

// chatList answers 「获取客户群列表」.
func chatList(c *call, in *chatListIn) (any, error) {
	if in.Limit < 1 || in.Limit > 1000 {
		return nil, fail(40058, "limit out of range [1, 1000]")
	}
	if len(in.Owner.Users) > 100 {
		return nil, fail(40032, "userid_list exceed max length 100")
	}
	list := c.chats(func(h *Chat) bool {
		status := c.chatStatus(h)
		return (in.Status == 0 || status == in.Status) && (len(in.Owner.Users) == 0 || slices.Contains(in.Owner.Users, h.Owner)) &&
			(c.app.sees(h.Owner) || status == 1)
	})
	page, next, err := paged(list, in.Cursor, in.Limit, 1000, 1000)
	out := []reply{}
	for _, h := range page {
		out = append(out, reply{"chat_id": h.ID, "status": c.chatStatus(h)})
	}
	return reply{"group_chat_list": out, "next_cursor": next}, err
}

func (c *call) chat(id string) (*Chat, error) {
	h := c.Chats[id]
	switch {
	case h == nil:
		return nil, fail(40050, "")
	case c.Users[h.Owner] != nil && !c.app.sees(h.Owner):
		return nil, fail(60011, "")
	}
	return h, nil
}

// chatGet answers 「获取客户群详情」.
func chatGet(c *call, in *struct {
	ID   string `json:"chat_id"`
	Name int    `json:"need_name"`
}) (any, error) {
	h, err := c.chat(in.ID)
	if err != nil {
		return nil, err
	}
	members := []reply{}
	for _, m := range h.Members {
		out := reply{"userid": m.ID, "type": m.Type, "join_time": m.JoinedAt, "join_scene": m.Scene, "group_nickname": ""}
		if m.Invitor != "" {
			out["invitor"] = reply{"userid": m.Invitor}
		}
		if m.State != "" {
			out["state"] = m.State
		}
		name := ""
		if x := c.contact(m.ID, false); m.Type == 2 && x != nil {
			var unionid string
			if name, _, unionid = c.face(x); unionid != "" {
				out["unionid"] = unionid
			}
		} else if u := c.anyUser(m.ID); u != nil {
			name = u.Name
		}
		if in.Name == 1 {
			out["name"] = name
		}
		members = append(members, out)
	}
	admins := []reply{}
	for _, id := range h.Admins {
		admins = append(admins, reply{"userid": id})
	}
	return reply{"group_chat": reply{"chat_id": h.ID, "name": h.Name, "owner": h.Owner, "create_time": h.CreatedAt, "notice": h.Notice,
		"member_list": members, "admin_list": admins, "member_version": fmt.Sprint(h.Version)}}, nil
}

// chatTransfer answers 「分配离职成员的客户群」; with onjob 「分配在职成员的客户群」.
func chatTransfer(onjob bool) func(c *call, in *struct {
	Chats []string `json:"chat_id_list"`
	Owner string   `json:"new_owner"`
}) (any, error) {
	return func(c *call, in *struct {
		Chats []string `json:"chat_id_list"`
		Owner string   `json:"new_owner"`
	}) (any, error) {
		if len(in.Chats) < 1 || len(in.Chats) > 100 {
			return nil, fail(40058, "chat_id_list has %d, it must have 1-100", len(in.Chats))
		}
		if err := c.checkRange([]string{in.Owner}, nil); err != nil {
			return nil, err
		}
		failed := []reply{}
		for _, id := range in.Chats {
			h := c.Chats[id]
			var err *Error
			switch {
			case h == nil:
				err = fail(40050, "")
			case !onjob && c.Users[h.Owner] != nil:
				err = fail(90500, "")
			case onjob && c.Users[h.Owner] == nil:
				err = fail(40003, "the owner has left")
			}
			if err != nil {
				failed = append(failed, reply{"chat_id": id, "errcode": err.Code, "errmsg": err.Msg})
				continue
			}
			h.Owner, h.Inherited = in.Owner, true
			if h.member(in.Owner) == nil {
				h.Members = append(h.Members, &ChatMember{ID: in.Owner, Type: 1, JoinedAt: c.unix(), Scene: joinedInvited})
				h.Version++
			}
		}
		return reply{"failed_chat_list": failed}, nil
	}
}
