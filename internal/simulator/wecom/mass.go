package wecom

import (
	"slices"
	"sort"
	"time"
)

// Mass is a mass message (企业群发): the corp asks, each member confirms.
type Mass struct {
	ID        string      `json:"msgid"`
	Serial    int64       `json:"serial"`
	ChatType  string      `json:"chat_type"` // single or group
	CreatedAt int64       `json:"create_time"`
	Creator   string      `json:"creator"`
	Content   Content     `json:"content"`
	Tasks     []*MassTask `json:"tasks"`
	Cancelled bool        `json:"cancelled"`
	Reminders []int64     `json:"reminders"`
}

// MassTask is what one member is asked to send.
type MassTask struct {
	User   string     `json:"userid"`
	SentAt int64      `json:"send_time"` // 0: not confirmed yet
	Sends  []MassSend `json:"sends"`
}

// MassSend is one receiver: a customer or a group.
type MassSend struct {
	To     string `json:"to"`
	Status int    `json:"status"`
	At     int64  `json:"send_time"`
}

// What became of one message. Documentation page: 「获取企业群发成员执行结果」.
const (
	unsent    = 0
	sent      = 1
	notFriend = 2
	tooMany   = 3
)

// How many mass messages a customer or a group takes, as the admin console sets it.
const (
	MassMonth = "month" // as many a calendar month as it has days
	MassWeek  = "week"  // 7 a calendar week
	MassDay   = "day"   // 1 a day
)

const (
	massReceivers = 10_000
	remindTimes   = 3
)

type massIn struct {
	ChatType  string   `json:"chat_type"`
	External  []string `json:"external_userid"`
	Chats     []string `json:"chat_id_list"`
	TagFilter struct {
		Groups []struct {
			Tags []string `json:"tag_list"`
		} `json:"group_list"`
	} `json:"tag_filter"`
	Sender      string `json:"sender"`
	AllowSelect bool   `json:"allow_select"`
	Content
}

// massAdd answers 「创建企业群发」.
func massAdd(c *call, in *massIn) (any, error) {
	if in.ChatType == "" {
		in.ChatType = "single"
	}
	switch {
	case in.ChatType != "single" && in.ChatType != "group":
		return nil, fail(40035, "chat_type")
	case in.ChatType == "group" && in.Sender == "":
		return nil, fail(40063, "sender")
	case len(in.External) > massReceivers:
		return nil, fail(40058, "external_userid exceed max length %d", massReceivers)
	case in.ChatType == "single" && len(in.External) == 0 && in.Sender == "" && len(in.TagFilter.Groups) == 0:
		return nil, fail(40063, "external_userid and sender")
	}
	if in.Sender != "" {
		if err := c.mayActFor(in.Sender); err != nil {
			return nil, err
		}
	}
	if err := in.check(c); err != nil {
		return nil, err
	}
	for _, g := range in.TagFilter.Groups {
		for _, id := range g.Tags {
			if _, t := c.tag(id); t == nil {
				return nil, fail(40068, "%s", id)
			}
		}
	}
	to := map[string][]string{}
	var failed []string
	if in.ChatType == "group" {
		failed = c.massChats(in, to)
	} else {
		failed = c.massCustomers(in, to)
	}
	if len(to) == 0 {
		return nil, &partial{err: fail(41048, ""), body: reply{"fail_list": failed}}
	}
	m := &Mass{ID: "msgG" + random(28), Serial: c.next(), ChatType: in.ChatType, CreatedAt: c.unix(), Content: in.Content}
	users := make([]string, 0, len(to))
	for user := range to {
		users = append(users, user)
	}
	slices.Sort(users)
	for _, user := range users {
		task := &MassTask{User: user}
		for _, id := range to[user] {
			task.Sends = append(task.Sends, MassSend{To: id})
		}
		m.Tasks = append(m.Tasks, task)
	}
	c.Masses[m.ID] = m
	return reply{"fail_list": failed, "msgid": m.ID}, nil
}

func (c *call) massChats(in *massIn, to map[string][]string) (failed []string) {
	failed = []string{}
	if len(in.Chats) == 0 {
		for _, h := range c.chats(func(h *Chat) bool { return h.Owner == in.Sender }) {
			to[in.Sender] = append(to[in.Sender], h.ID)
		}
		return failed
	}
	for _, id := range in.Chats {
		if h := c.Chats[id]; h != nil && h.Owner == in.Sender {
			to[in.Sender] = append(to[in.Sender], id)
		} else {
			failed = append(failed, id)
		}
	}
	return failed
}

// massCustomers finds who gets the message from whom: from the sender, or else from the
// member who has been the friend for longest.
func (c *call) massCustomers(in *massIn, to map[string][]string) (failed []string) {
	failed = []string{}
	wanted := func(f *Follow) bool { // of every group of tags at least one
		for _, g := range in.TagFilter.Groups {
			if len(g.Tags) > 0 && !slices.ContainsFunc(g.Tags, func(id string) bool { return slices.Contains(f.Tags, id) }) {
				return false
			}
		}
		return true
	}
	if len(in.External) == 0 {
		users := []string{in.Sender}
		if in.Sender == "" {
			users = users[:0]
			for _, u := range c.members(c.below(1, true)) {
				if u.serves() && c.app.sees(u.ID) {
					users = append(users, u.ID)
				}
			}
		}
		seen := map[string]bool{}
		for _, user := range users {
			c.eachFriend(user, place{}, func(x *Contact, f *Follow) bool {
				if !seen[x.ID] && wanted(f) {
					seen[x.ID] = true
					to[user] = append(to[user], x.ID)
				}
				return true
			})
		}
		return failed
	}
	seen := map[string]bool{}
	for _, id := range in.External {
		x := c.contact(id, false)
		if x == nil {
			failed = append(failed, id)
			continue
		}
		user := ""
		for _, f := range x.Follows {
			if (in.Sender == "" || f.User == in.Sender) && !f.Half && c.Users[f.User] != nil && c.app.sees(f.User) && wanted(f) {
				user = f.User
				break
			}
		}
		if user == "" || seen[id] {
			failed = append(failed, id)
			continue
		}
		seen[id] = true
		to[user] = append(to[user], id)
	}
	return failed
}

// massLeft reports whether a customer or a group may get one more message now.
func (c *Corp) massLeft(id string, now time.Time) bool {
	zone := time.FixedZone("CST", 8*3600)
	local := now.In(zone)
	day := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, zone)
	var since time.Time
	most := 1
	switch c.MassRule {
	case MassDay:
		since = day
	case MassWeek:
		since, most = day.AddDate(0, 0, -(int(day.Weekday())+6)%7), 7
	default:
		since = day.AddDate(0, 0, 1-day.Day())
		most = since.AddDate(0, 1, -1).Day()
	}
	n := 0
	for _, at := range c.MassSent[id] {
		if at >= since.Unix() {
			n++
		}
	}
	return n < most
}

// SetMassRule sets how many mass messages a customer takes.
func (c *Corp) SetMassRule(rule string) error {
	return c.do(func() error {
		if rule != MassMonth && rule != MassWeek && rule != MassDay {
			return argument("the rule is month, week or day, not %q", rule)
		}
		c.MassRule = rule
		return nil
	})
}

// ConfirmMass lets a member send what was asked. It returns how many got the message.
func (c *Corp) ConfirmMass(msgid, user string) (n int, err error) {
	err = c.do(func() error {
		m := c.Masses[msgid]
		if m == nil {
			return unknown("mass message", msgid)
		}
		if m.Cancelled {
			return argument("the mass message was cancelled")
		}
		i := slices.IndexFunc(m.Tasks, func(t *MassTask) bool { return t.User == user })
		if i < 0 {
			return unknown("task of member", user)
		}
		t := m.Tasks[i]
		if t.SentAt > 0 {
			return argument("the member has sent it before")
		}
		now := c.now()
		t.SentAt = now.Unix()
		for k := range t.Sends {
			s := &t.Sends[k]
			s.At = now.Unix()
			s.Status = c.massSend(m, user, s.To, now)
			if s.Status == sent {
				n++
			}
		}
		return nil
	})
	return n, err
}

func (c *Corp) massSend(m *Mass, user, to string, now time.Time) int {
	if m.ChatType == "single" {
		x := c.contact(to, false)
		if x == nil || x.follow(user) == nil || x.follow(user).OneSided {
			return notFriend
		}
	} else if h := c.Chats[to]; h == nil || h.Owner != user {
		return notFriend
	}
	if !c.massLeft(to, now) {
		return tooMany
	}
	c.MassSent[to] = append(slices.DeleteFunc(c.MassSent[to], func(at int64) bool { return now.Unix()-at > 40*24*3600 }), now.Unix())
	if m.ChatType == "single" {
		c.say(user, to, m.Content.lines(user, "mass")...)
	} else {
		c.say("group", to, m.Content.lines(user, "mass")...)
	}
	return sent
}

// MassView is a mass message as the pages show it.
type MassView struct {
	Mass
	Text string `json:"text"`
}

// MassList lists mass messages, the newest first.
func (c *Corp) MassList() (list []MassView) {
	list = []MassView{}
	_ = c.do(func() error {
		for _, m := range c.masses() {
			v := MassView{Mass: *m, Text: m.Content.Text.Content}
			v.Tasks = nil
			for _, t := range m.Tasks {
				copied := *t
				copied.Sends = slices.Clone(t.Sends)
				v.Tasks = append(v.Tasks, &copied)
			}
			list = append(list, v)
		}
		return nil
	})
	return list
}

func (c *Corp) masses() []*Mass {
	var list []*Mass
	for _, m := range c.Masses {
		list = append(list, m)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Serial > list[j].Serial })
	return list
}
