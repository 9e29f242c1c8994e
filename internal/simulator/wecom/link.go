package wecom

import (
	"fmt"
	"slices"
	"sort"
)

// Link is an acquisition link (获客链接).
type Link struct {
	ID        string `json:"link_id"`
	Serial    int64  `json:"serial"`
	CreatedAt int64  `json:"created_at"`
	Turn      int    `json:"turn"`
	Clicks    int64  `json:"clicks"`
	linkFields
}

type linkFields struct {
	Name  string `json:"link_name"`
	Range struct {
		Users       []string `json:"user_list"`
		Departments []int64  `json:"department_list"`
	} `json:"range"`
	SkipVerify *bool `json:"skip_verify"` // absent: true
	Priority   *struct {
		Type  int      `json:"priority_type"` // 1 all members, 2 those named
		Users []string `json:"priority_userid_list"`
	} `json:"priority_option,omitempty"`
	MarkSource *bool `json:"mark_source,omitempty"` // absent: true
}

const maxLinks = 10_000

func (c *call) checkLink(f *linkFields) error {
	switch {
	case f.Name == "" || chars(f.Name) > 30:
		return fail(40058, "link_name has 1-30 characters")
	case len(f.Range.Users) == 0 && len(f.Range.Departments) == 0:
		return fail(40063, "range.user_list and range.department_list")
	case f.Priority != nil && f.Priority.Type != 1 && f.Priority.Type != 2:
		return fail(40035, "priority_option.priority_type")
	}
	if err := c.checkRange(f.Range.Users, f.Range.Departments); err != nil {
		return err
	}
	if len(c.wayMembers(f.Range.Users, f.Range.Departments)) > 500 {
		return fail(41041, "")
	}
	return nil
}

func (c *call) linkView(l *Link) reply {
	return reply{"link_id": l.ID, "link_name": l.Name, "url": c.link("/scan/link/" + l.ID), "create_time": l.CreatedAt,
		"skip_verify": l.SkipVerify == nil || *l.SkipVerify, "mark_source": l.MarkSource == nil || *l.MarkSource}
}

// linkCreate answers 「创建获客链接」 of 「获客链接管理」.
func linkCreate(c *call, in *linkFields) (any, error) {
	if err := c.checkLink(in); err != nil {
		return nil, err
	}
	if len(c.Links) >= maxLinks {
		return nil, fail(41095, "")
	}
	l := &Link{ID: "cawcde" + random(10), Serial: c.next(), CreatedAt: c.unix(), linkFields: *in}
	c.Links[l.ID] = l
	return reply{"link": c.linkView(l)}, nil
}

type linkIn struct {
	ID     string `json:"link_id"`
	Cursor string `json:"cursor"`
	Limit  int    `json:"limit"`
	Start  int64  `json:"start_time"`
	End    int64  `json:"end_time"`
}

func (c *call) linkOf(id string) (*Link, error) {
	if l := c.Links[id]; l != nil {
		return l, nil
	}
	return nil, fail(40035, "link_id")
}

// linkGet answers 「获取获客链接详情」.
func linkGet(c *call, in *linkIn) (any, error) {
	l, err := c.linkOf(in.ID)
	if err != nil {
		return nil, err
	}
	out := reply{"link": c.linkView(l), "range": reply{"user_list": l.Range.Users, "department_list": l.Range.Departments}}
	if l.Priority != nil {
		out["priority_option"] = l.Priority
	}
	return out, nil
}

// linkList answers 「获取获客链接列表」.
func linkList(c *call, in *linkIn) (any, error) {
	ids := []string{}
	for _, l := range c.Links {
		ids = append(ids, l.ID)
	}
	sort.Slice(ids, func(i, j int) bool { return c.Links[ids[i]].Serial < c.Links[ids[j]].Serial })
	page, next, err := paged(ids, in.Cursor, in.Limit, 100, 100)
	return reply{"link_id_list": page, "next_cursor": next}, err
}

// linkUpdate answers 「编辑获客链接」.
func linkUpdate(c *call, in *struct {
	ID string `json:"link_id"`
	linkFields
}) (any, error) {
	l, err := c.linkOf(in.ID)
	if err != nil {
		return nil, err
	}
	next := l.linkFields
	next.Name = or(in.Name, next.Name)
	if len(in.Range.Users)+len(in.Range.Departments) > 0 {
		next.Range = in.Range
	}
	if in.SkipVerify != nil {
		next.SkipVerify = in.SkipVerify
	}
	if in.Priority != nil {
		next.Priority = in.Priority
	}
	if in.MarkSource != nil {
		next.MarkSource = in.MarkSource
	}
	if err := c.checkLink(&next); err != nil {
		return nil, err
	}
	l.linkFields = next
	return reply{}, nil
}

// linkDelete answers 「删除获客链接」.
func linkDelete(c *call, in *linkIn) (any, error) {
	if _, err := c.linkOf(in.ID); err != nil {
		return nil, err
	}
	delete(c.Links, in.ID)
	return reply{}, nil
}

// cameBy lists the friendships that a link brought, the oldest first.
func (c *Corp) cameBy(link string) (list []friendship) {
	for _, x := range c.Contacts {
		for _, f := range x.Follows {
			if f.Link == link {
				list = append(list, friendship{x, f})
			}
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].f.Serial < list[j].f.Serial })
	return list
}

type friendship struct {
	x *Contact
	f *Follow
}

// linkCustomers answers 「获取由获客链接添加的客户信息」.
func linkCustomers(c *call, in *linkIn) (any, error) {
	if _, err := c.linkOf(in.ID); err != nil {
		return nil, err
	}
	page, next, err := paged(c.cameBy(in.ID), in.Cursor, in.Limit, 1000, 1000)
	out := []reply{}
	for _, p := range page {
		status := 0
		if p.f.Chatted {
			status = 1
		}
		out = append(out, reply{"external_userid": p.x.ID, "userid": p.f.User, "chat_status": status, "state": p.f.State})
	}
	return reply{"customer_list": out, "next_cursor": next}, err
}

// linkStatistic answers 「查询链接使用详情」.
func linkStatistic(c *call, in *linkIn) (any, error) {
	l, err := c.linkOf(in.ID)
	if err != nil {
		return nil, err
	}
	if in.Start > in.End || in.End-in.Start > 30*24*3600 {
		return nil, fail(40035, "start_time and end_time span up to 30 days")
	}
	fresh := 0
	for _, p := range c.cameBy(in.ID) {
		if p.f.CreatedAt >= in.Start && p.f.CreatedAt < in.End+24*3600 {
			fresh++
		}
	}
	return reply{"click_link_customer_cnt": l.Clicks, "new_customer_cnt": fresh}, nil
}

// linkQuota answers 「查询剩余使用量」.
func linkQuota(c *call) (any, error) {
	return reply{"total": acquisitionTotal, "balance": acquisitionTotal - c.Acquired, "quota_list": []reply{}}, nil
}

// acquisitionTotal is how many customers a corp may win by links.
const acquisitionTotal = 100_000

// HasLink reports whether an acquisition link is of this corp.
func (c *Corp) HasLink(id string) (ok bool) {
	_ = c.do(func() error { ok = c.Links[id] != nil; return nil })
	return ok
}

// ScanLink lets a person open an acquisition link; channel is its parameter
// customer_channel, which becomes the state.
func (c *Corp) ScanLink(person, link, channel string) (out Scanned, err error) {
	err = c.do(func() error {
		l := c.Links[link]
		switch {
		case l == nil:
			return fmt.Errorf("%w: it was deleted", ErrScan)
		case len(channel) > 64:
			return fmt.Errorf("%w: customer_channel has up to 64 bytes", ErrArgument)
		case c.Acquired >= acquisitionTotal:
			return fmt.Errorf("%w: the corp has used up its quota", ErrScan)
		}
		l.Clicks++
		users := c.wayMembers(l.Range.Users, l.Range.Departments)
		if l.Priority != nil && l.Priority.Type == 2 {
			first := slices.DeleteFunc(slices.Clone(users), func(id string) bool { return !slices.Contains(l.Priority.Users, id) })
			if len(first) > 0 {
				users = first
			}
		}
		out, err = c.meet(person, users, &l.Turn, Follow{AddWay: addedByLink, State: channel, Link: l.ID}, l.SkipVerify == nil || *l.SkipVerify, false)
		if err == nil && out.Outcome == "added" {
			c.Acquired++
			if c.Acquired == acquisitionTotal {
				c.emit(c.newEvent("customer_acquisition", "balance_exhausted", "sys"), toCustomers(""))
			}
		}
		return err
	})
	return out, err
}
