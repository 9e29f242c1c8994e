package wecom

import (
	"slices"
	"sort"
)

// Friendship is a friendship as the control API and the pages show it.
type Friendship struct {
	Corp      string   `json:"corp"`
	User      string   `json:"userid"`
	UserName  string   `json:"user_name"`
	External  string   `json:"external_userid"`
	Person    string   `json:"customer,omitempty"`
	Name      string   `json:"name"`
	Remark    string   `json:"remark"`
	State     string   `json:"state"`
	AddWay    int      `json:"add_way"`
	CreatedAt int64    `json:"created_at"`
	Tags      []string `json:"tags"` // names
	OneSided  bool     `json:"one_sided"`
	Half      bool     `json:"half"`
	Lines     []Line   `json:"lines"`
}

func (c *Corp) view(x *Contact, f *Follow) Friendship {
	name, _, _ := c.face(x)
	v := Friendship{Corp: c.ID, User: f.User, UserName: f.User, External: x.ID, Person: x.Person, Name: name, Remark: f.Remark, State: f.State,
		AddWay: f.AddWay, CreatedAt: f.CreatedAt, Tags: []string{}, OneSided: f.OneSided, Half: f.Half, Lines: slices.Clone(c.Talks[f.User+"|"+x.ID])}
	if u := c.anyUser(f.User); u != nil {
		v.UserName = u.Name
	}
	for _, id := range f.Tags {
		if _, t := c.tag(id); t != nil {
			v.Tags = append(v.Tags, t.Name)
		}
	}
	if v.Lines == nil {
		v.Lines = []Line{}
	}
	return v
}

// FriendshipsOf are the friendships of a person with members of the corp.
func (c *Corp) FriendshipsOf(person string) []Friendship {
	out := []Friendship{}
	_ = c.do(func() error {
		if x := c.Contacts[c.Persons[person]]; x != nil {
			for _, f := range x.Follows {
				out = append(out, c.view(x, f))
			}
		}
		return nil
	})
	return out
}

// FriendsOf are the friendships of a member, the newest first, up to limit; those made
// in bulk come after the others.
func (c *Corp) FriendsOf(user string, limit int) []Friendship {
	out := []Friendship{}
	_ = c.do(func() error {
		u := c.anyUser(user)
		if u == nil {
			return nil
		}
		for i := len(u.Follows) - 1; i >= 0 && len(out) < limit; i-- {
			if x := c.bySerial[u.Follows[i]]; x != nil {
				if f := x.follow(user); f != nil && f.Serial == u.Follows[i] {
					out = append(out, c.view(x, f))
				}
			}
		}
		c.eachFriend(user, place{}, func(x *Contact, f *Follow) bool {
			if f.Serial == 0 && len(out) < limit {
				out = append(out, c.view(x, f))
			}
			return len(out) < limit && f.Serial == 0
		})
		return nil
	})
	return out
}

// ChatView is a group as the control API and the pages show it.
type ChatView struct {
	Chat
	Status int    `json:"status"`
	Lines  []Line `json:"lines"`
}

// ChatList lists groups by age; of a person ("" for all).
func (c *Corp) ChatList(person string) []ChatView {
	out := []ChatView{}
	_ = c.do(func() error {
		id := c.Persons[person]
		for _, h := range c.chats(func(h *Chat) bool { return person == "" || h.member(id) != nil }) {
			v := ChatView{Chat: *h, Status: c.chatStatus(h), Lines: slices.Clone(c.Talks["group|"+h.ID])}
			v.Members = nil
			for _, m := range h.Members {
				copied := *m
				v.Members = append(v.Members, &copied)
			}
			out = append(out, v)
		}
		return nil
	})
	return out
}

// DeskTalk is what a person and a desk have said to each other.
type DeskTalk struct {
	Desk  string `json:"open_kfid"`
	Name  string `json:"name"`
	State int    `json:"service_state"`
	Lines []Line `json:"lines"`
}

// DesksOf are the customer service accounts that a person has written to.
func (c *Corp) DesksOf(person string) []DeskTalk {
	out := []DeskTalk{}
	_ = c.do(func() error {
		external := c.Persons[person]
		for _, d := range c.desks() {
			if s := d.Sessions[external]; s != nil && external != "" {
				out = append(out, DeskTalk{Desk: d.ID, Name: d.Name, State: s.State, Lines: slices.Clone(c.Talks[d.ID+"|"+external])})
			}
		}
		return nil
	})
	return out
}

// TransferList lists transfers, the newest first.
func (c *Corp) TransferList() []Transfer {
	out := []Transfer{}
	_ = c.do(func() error {
		for i := len(c.Transfers) - 1; i >= 0 && len(out) < 200; i-- {
			out = append(out, *c.Transfers[i])
		}
		return nil
	})
	return out
}

// MomentView is a post as the control API and the pages show it.
type MomentView struct {
	ID        string   `json:"moment_id"`
	CreatedAt int64    `json:"create_time"`
	Text      string   `json:"text"`
	Waiting   []string `json:"waiting"`   // members who have not published it
	Published []string `json:"published"` // those who have
}

// MomentList lists posts, the newest first.
func (c *Corp) MomentList() []MomentView {
	out := []MomentView{}
	_ = c.do(func() error {
		var all []*Moment
		for _, m := range c.Moments {
			if !m.Cancelled {
				all = append(all, m)
			}
		}
		sort.Slice(all, func(i, j int) bool { return all[i].Serial > all[j].Serial })
		for _, m := range all {
			v := MomentView{ID: m.ID, CreatedAt: m.CreatedAt, Text: m.Content.Text.Content, Waiting: []string{}, Published: []string{}}
			for _, u := range m.Users {
				if m.Published[u] > 0 {
					v.Published = append(v.Published, u)
				} else {
					v.Waiting = append(v.Waiting, u)
				}
			}
			out = append(out, v)
		}
		return nil
	})
	return out
}

// CodeView is something that a person can scan or open.
type CodeView struct {
	Corp   string `json:"corp"`
	Kind   string `json:"kind"` // way, join, link, kf
	ID     string `json:"id"`
	Name   string `json:"name"`
	State  string `json:"state"`
	serial int64
}

// CodeList lists what can be scanned, the newest first.
func (c *Corp) CodeList() []CodeView {
	out := []CodeView{}
	_ = c.do(func() error {
		for _, w := range c.Ways {
			out = append(out, CodeView{c.ID, "way", w.ID, w.Remark, w.State, w.Serial})
		}
		for _, j := range c.JoinWays {
			out = append(out, CodeView{c.ID, "join", j.ID, j.Remark, j.State, j.Serial})
		}
		for _, l := range c.Links {
			out = append(out, CodeView{c.ID, "link", l.ID, l.Name, "", l.Serial})
		}
		for _, d := range c.Desks {
			out = append(out, CodeView{c.ID, "kf", d.ID, d.Name, "", d.Serial})
		}
		sort.Slice(out, func(i, j int) bool { return out[i].serial > out[j].serial })
		return nil
	})
	return out
}

// FindCode tells what a code of the corp is for, for the page that asks who scans it.
func (c *Corp) FindCode(kind, id string) (v CodeView, ok bool) {
	for _, v := range c.CodeList() {
		if v.Kind == kind && v.ID == id {
			return v, true
		}
	}
	return v, false
}
