package wecom

import (
	"slices"
)

// followUsers answers 「获取配置了客户联系功能的成员列表」.
func followUsers(c *call) (any, error) {
	out := []string{}
	for _, u := range c.members(c.below(1, true)) {
		if u.serves() && c.app.sees(u.ID) {
			out = append(out, u.ID)
		}
	}
	return reply{"follow_user": out}, nil
}

// contactList answers 「获取客户列表」: 84061 for a member without customers.
func contactList(c *call) (any, error) {
	user := c.query.Get("userid")
	if user == "" {
		return nil, fail(41009, "")
	}
	if err := c.mayActFor(user); err != nil {
		return nil, err
	}
	var out []string
	c.eachFriend(user, place{}, func(x *Contact, _ *Follow) bool {
		out = append(out, x.ID)
		return true
	})
	if len(out) == 0 {
		return nil, fail(84061, "")
	}
	return reply{"external_userid": out}, nil
}

type externalContact struct {
	ID      string `json:"external_userid"`
	Name    string `json:"name"`
	Type    int    `json:"type"`
	Avatar  string `json:"avatar"`
	Gender  int    `json:"gender"`
	Unionid string `json:"unionid,omitempty"`
}

func (c *call) external(x *Contact) externalContact {
	name, gender, unionid := c.face(x)
	return externalContact{ID: x.ID, Name: name, Type: 1, Avatar: c.link("/avatar/" + x.ID), Gender: gender, Unionid: unionid}
}

type followInfo struct {
	User        string      `json:"userid"`
	Remark      string      `json:"remark"`
	Description string      `json:"description"`
	CreatedAt   int64       `json:"createtime"`
	Tags        []followTag `json:"tags,omitempty"`
	TagIDs      []string    `json:"tag_id,omitempty"`
	Company     string      `json:"remark_corp_name,omitempty"`
	Mobiles     []string    `json:"remark_mobiles,omitempty"`
	Oper        string      `json:"oper_userid"`
	AddWay      int         `json:"add_way"`
	State       string      `json:"state,omitempty"`
}

type followTag struct {
	Group string `json:"group_name"`
	Name  string `json:"tag_name"`
	ID    string `json:"tag_id"`
	Type  int    `json:"type"`
}

func infoOf(f *Follow) followInfo {
	return followInfo{User: f.User, Remark: f.Remark, Description: f.Description, CreatedAt: f.CreatedAt, Company: f.Company,
		Mobiles: f.Mobiles, Oper: f.Oper, AddWay: f.AddWay, State: f.State}
}

// contactGet answers 「获取客户详情」, with the friendships of members that the app sees.
func contactGet(c *call) (any, error) {
	id := c.query.Get("external_userid")
	switch {
	case id == "":
		return nil, fail(41035, "")
	case !validExternal(id):
		return nil, fail(40096, "")
	}
	x := c.contact(id, false)
	if x == nil {
		return nil, fail(84061, "")
	}
	var follows []followInfo
	for _, f := range x.Follows {
		if c.Users[f.User] == nil || !c.app.sees(f.User) || f.Half {
			continue
		}
		info := infoOf(f)
		for _, tag := range f.Tags {
			if g, t := c.tag(tag); t != nil {
				info.Tags = append(info.Tags, followTag{Group: g.Name, Name: t.Name, ID: t.ID, Type: 1})
			}
		}
		follows = append(follows, info)
	}
	if len(follows) == 0 {
		return nil, fail(84061, "")
	}
	page, next, err := paged(follows, c.query.Get("cursor"), 0, 500, 500)
	out := reply{"external_contact": c.external(x), "follow_user": page}
	if next != "" {
		out["next_cursor"] = next
	}
	return out, err
}

type batchIn struct {
	User   string   `json:"userid"` // as the page had it until 2021; still taken
	Users  []string `json:"userid_list"`
	Cursor string   `json:"cursor"`
	Limit  int      `json:"limit"`
}

// contactBatch answers 「批量获取客户详情」.
func contactBatch(c *call, in *batchIn) (any, error) {
	users := in.Users
	if in.User != "" && len(users) == 0 {
		users = []string{in.User}
	}
	if len(users) == 0 || len(users) > 100 {
		return nil, fail(40031, "userid_list has %d, it must have 1-100", len(users))
	}
	for _, user := range users {
		if err := c.mayActFor(user); err != nil {
			return nil, err
		}
	}
	if in.Limit == 0 {
		in.Limit = 50
	}
	if in.Limit < 0 || in.Limit > 100 {
		return nil, fail(40058, "limit out of range [1, 100]")
	}
	at := []int64{0, 0, 0}
	if in.Cursor != "" {
		var ok bool
		if at, ok = openCursor(in.Cursor, 3); !ok || at[0] >= int64(len(users)) {
			return nil, fail(50100, "")
		}
	}
	type entry struct {
		External externalContact `json:"external_contact"`
		Follow   followInfo      `json:"follow_info"`
	}
	list, next := []entry{}, ""
	from := place{bulk: at[1], at: at[2]}
	for k := at[0]; k < int64(len(users)) && next == ""; k++ {
		stopped, more := c.eachFriend(users[k], from, func(x *Contact, f *Follow) bool {
			if len(list) == in.Limit {
				return false
			}
			info := infoOf(f)
			for _, tag := range f.Tags {
				if _, t := c.tag(tag); t != nil {
					info.TagIDs = append(info.TagIDs, tag)
				}
			}
			list = append(list, entry{c.external(x), info})
			return true
		})
		if from = (place{}); more {
			next = makeCursor(k, stopped.bulk, stopped.at)
		}
	}
	return reply{"external_contact_list": list, "next_cursor": next}, nil
}

type remarkIn struct {
	User     string   `json:"userid"`
	External string   `json:"external_userid"`
	Remark   string   `json:"remark"`
	Desc     string   `json:"description"`
	Company  string   `json:"remark_company"`
	Mobiles  []string `json:"remark_mobiles"`
	Pic      string   `json:"remark_pic_mediaid"`
}

// remark answers 「修改客户备注信息」.
func remark(c *call, in *remarkIn) (any, error) {
	switch {
	case in.Remark == "" && in.Desc == "" && in.Company == "" && in.Mobiles == nil && in.Pic == "":
		return nil, fail(40058, "remark, description, remark_company, remark_mobiles and remark_pic_mediaid are all empty")
	case chars(in.Remark) > 20:
		return nil, fail(40058, "remark exceed max length 20")
	case chars(in.Desc) > 150:
		return nil, fail(40058, "description exceed max length 150")
	case chars(in.Company) > 20:
		return nil, fail(40058, "remark_company exceed max length 20")
	case in.Pic != "" && c.media(in.Pic) == nil:
		return nil, fail(40007, "")
	}
	_, f, err := c.friendship(in.User, in.External, true)
	if err != nil {
		return nil, err
	}
	// What is empty stays as it is; phone numbers are replaced together, and emptied by
	// one empty number.
	set := func(field *string, value string) {
		if value != "" {
			*field = value
		}
	}
	set(&f.Remark, in.Remark)
	set(&f.Description, in.Desc)
	set(&f.Company, in.Company)
	if in.Mobiles != nil {
		f.Mobiles = without(in.Mobiles, "")
	}
	return reply{}, nil
}

type markTagIn struct {
	User     string   `json:"userid"`
	External string   `json:"external_userid"`
	Add      []string `json:"add_tag"`
	Remove   []string `json:"remove_tag"`
}

// markTag answers 「编辑客户企业标签」.
func markTag(c *call, in *markTagIn) (any, error) {
	if len(in.Add) == 0 && len(in.Remove) == 0 {
		return nil, fail(40063, "add_tag and remove_tag")
	}
	_, f, err := c.friendship(in.User, in.External, true)
	if err != nil {
		return nil, err
	}
	for _, id := range slices.Concat(in.Add, in.Remove) {
		if _, t := c.tag(id); t == nil {
			return nil, fail(40068, "%s", id)
		}
	}
	f.Tags = without(f.Tags, slices.Concat(in.Add, in.Remove)...)
	for _, id := range in.Add {
		if !slices.Contains(f.Tags, id) {
			f.Tags = append(f.Tags, id)
		}
	}
	return reply{}, nil
}

// unionidToExternal answers 「unionid转换为第三方external_userid」 in its form for the corp's
// own apps: who is not a contact yet has a pending_id.
func unionidToExternal(c *call, in *struct {
	Unionid string `json:"unionid"`
	Openid  string `json:"openid"`
	Subject int    `json:"subject_type"`
}) (any, error) {
	if in.Unionid == "" || in.Openid == "" {
		return nil, fail(40063, "unionid and openid")
	}
	if p, ok := c.world.People.ByUnionid(c.OpenAccount, in.Unionid); ok {
		if id := c.Persons[p.ID]; id != "" && c.Contacts[id] != nil && len(c.Contacts[id].Follows) > 0 {
			return reply{"external_userid": id}, nil
		}
		return reply{"external_userid": "", "pending_id": "p" + c.externalID(p.ID)}, nil
	}
	return nil, fail(40035, "unionid and openid do not belong together")
}
