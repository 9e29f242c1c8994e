package wecom

import (
	"fmt"
	"slices"
)

// JoinWay is a code or a mini program plug-in that leads into groups (「加入群聊」管理).
type JoinWay struct {
	ID     string `json:"id"`
	Serial int64  `json:"serial"`
	joinWayFields
}

type joinWayFields struct {
	Scene      int      `json:"scene"` // 1 plug-in, 2 QR code
	Remark     string   `json:"remark"`
	AutoCreate *int     `json:"auto_create_room"` // absent: 1
	BaseName   string   `json:"room_base_name"`
	BaseID     int64    `json:"room_base_id"`
	Chats      []string `json:"chat_id_list"`
	State      string   `json:"state"`
}

func (j *JoinWay) creates() bool { return j.AutoCreate == nil || *j.AutoCreate == 1 }

const chatsPerWay = 5

func (c *call) checkJoinWay(f *joinWayFields) error {
	switch {
	case f.Scene != 1 && f.Scene != 2:
		return fail(40035, "scene")
	case len(f.Chats) == 0:
		return fail(40063, "chat_id_list")
	case len(f.Chats) > chatsPerWay:
		return fail(41091, "")
	case chars(f.State) > 30:
		return fail(40058, "state exceed max length 30")
	case chars(f.BaseName) > 40:
		return fail(40058, "room_base_name exceed max length 40")
	case f.AutoCreate != nil && *f.AutoCreate != 0 && *f.AutoCreate != 1:
		return fail(40035, "auto_create_room")
	}
	for _, id := range f.Chats {
		if _, err := c.chat(id); err != nil {
			return err
		}
	}
	if chars(f.Remark) > 30 { // longer ones are cut, says the page
		f.Remark = string([]rune(f.Remark)[:30])
	}
	return nil
}

// joinWayAdd answers 「配置客户群进群方式」.
func joinWayAdd(c *call, in *joinWayFields) (any, error) {
	if err := c.checkJoinWay(in); err != nil {
		return nil, err
	}
	if len(c.Ways)+len(c.JoinWays) >= c.world.Limits.ContactWays {
		return nil, fail(41045, "")
	}
	j := &JoinWay{ID: random(32), Serial: c.next(), joinWayFields: *in}
	c.JoinWays[j.ID] = j
	return reply{"config_id": j.ID}, nil
}

func (c *call) joinWay(id string) (*JoinWay, error) {
	if id == "" {
		return nil, fail(41043, "")
	}
	if j := c.JoinWays[id]; j != nil {
		return j, nil
	}
	return nil, fail(41044, "")
}

// joinWayGet answers 「获取客户群进群方式配置」.
func joinWayGet(c *call, in *configIn) (any, error) {
	j, err := c.joinWay(in.ID)
	if err != nil {
		return nil, err
	}
	create := 0
	if j.creates() {
		create = 1
	}
	out := reply{"config_id": j.ID, "scene": j.Scene, "remark": j.Remark, "auto_create_room": create, "room_base_name": j.BaseName,
		"room_base_id": j.BaseID, "chat_id_list": j.Chats, "state": j.State}
	if j.Scene == 2 {
		out["qr_code"] = c.link("/qr/join/" + j.ID)
	}
	return reply{"join_way": out}, nil
}

// joinWayUpdate answers 「更新客户群进群方式配置」, which replaces all.
func joinWayUpdate(c *call, in *struct {
	configIn
	joinWayFields
}) (any, error) {
	j, err := c.joinWay(in.ID)
	if err != nil {
		return nil, err
	}
	if err := c.checkJoinWay(&in.joinWayFields); err != nil {
		return nil, err
	}
	j.joinWayFields = in.joinWayFields
	return reply{}, nil
}

// joinWayDelete answers 「删除客户群进群方式配置」.
func joinWayDelete(c *call, in *configIn) (any, error) {
	if _, err := c.joinWay(in.ID); err != nil {
		return nil, err
	}
	delete(c.JoinWays, in.ID)
	return reply{}, nil
}

// HasJoinWay reports whether a join way is of this corp.
func (c *Corp) HasJoinWay(id string) (ok bool) {
	_ = c.do(func() error { ok = c.JoinWays[id] != nil; return nil })
	return ok
}

// ScanJoinWay lets a person scan a group code: into the first group that is not full,
// or into a new one when all are and the way makes new ones.
func (c *Corp) ScanJoinWay(person, way string) (out Scanned, err error) {
	err = c.do(func() error {
		j := c.JoinWays[way]
		if j == nil {
			return fmt.Errorf("%w: it was deleted", ErrScan)
		}
		if _, ok := c.world.People.Get(person); !ok {
			return unknown("customer", person)
		}
		external := c.contactOf(person).ID
		out = Scanned{Corp: c.ID, External: external}
		var first, free *Chat
		for _, id := range j.Chats {
			h := c.Chats[id]
			if h == nil {
				continue
			}
			if first == nil {
				first = h
			}
			if h.member(external) != nil {
				out.Outcome, out.Chat, out.User = "member", h.ID, h.Owner
				return nil
			}
			if free == nil && len(h.Members) < c.world.Limits.GroupMembers {
				free = h
			}
		}
		if free == nil {
			if first == nil || !j.creates() {
				return fmt.Errorf("%w: all its groups are full or gone", ErrScan)
			}
			free = c.newChat(first.Owner, fmt.Sprintf("%s%d", or(j.BaseName, first.Name), j.BaseID))
			j.BaseID++
			if j.Chats = append(j.Chats, free.ID); len(j.Chats) > chatsPerWay {
				j.Chats = slices.Clone(j.Chats[1:])
			}
			c.chatEvent(free, "create", "", nil)
		}
		c.join(free, external, j.State, joinedByCode)
		out.Outcome, out.Chat, out.User = "joined", free.ID, free.Owner
		return nil
	})
	return out, err
}
