package wecom

import (
	"slices"
	"sort"
	"strconv"
)

// Moment is a post for customers' timelines (客户朋友圈): the corp asks, each member
// publishes.
type Moment struct {
	ID        string              `json:"moment_id"`
	Job       string              `json:"jobid"`
	Serial    int64               `json:"serial"`
	CreatedAt int64               `json:"create_time"`
	Content   Content             `json:"content"`
	Tags      []string            `json:"tags"`
	Users     []string            `json:"users"`
	Published map[string]int64    `json:"published"` // by member, when
	Seen      map[string][]string `json:"seen"`      // by member, who can see it
	Comments  []momentWord        `json:"comments"`
	Likes     []momentWord        `json:"likes"`
	Invalid   momentInvalid       `json:"invalid"`
	Cancelled bool                `json:"cancelled"`
}

type momentWord struct {
	By     string `json:"by"`     // external_userid
	Member string `json:"member"` // whose post it is
	At     int64  `json:"at"`
}

type momentInvalid struct {
	Users       []string `json:"user_list"`
	Departments []int64  `json:"department_list"`
	Tags        []string `json:"tag_list"`
}

type momentIn struct {
	Range struct {
		Sender struct {
			Users       []string `json:"user_list"`
			Departments []int64  `json:"department_list"`
		} `json:"sender_list"`
		Contacts struct {
			Tags []string `json:"tag_list"`
		} `json:"external_contact_list"`
	} `json:"visible_range"`
	Content
}

// momentAdd answers 「创建发表任务」 of 「客户朋友圈」: 2,000 characters; 9 pictures, or 1 video,
// or 1 link.
func momentAdd(c *call, in *momentIn) (any, error) {
	kinds := map[string]int{}
	for _, a := range in.Attachments {
		kinds[a.MsgType]++
	}
	switch {
	case in.Text.Content == "" && len(in.Attachments) == 0:
		return nil, fail(41089, "")
	case chars(in.Text.Content) > 2000:
		return nil, fail(45002, "text.content exceed max length 2000")
	case len(kinds) > 1:
		return nil, fail(41065, "attachments are of one type")
	case kinds["image"] > 9 || kinds["video"] > 1 || kinds["link"] > 1:
		return nil, fail(41064, "")
	case kinds["miniprogram"] > 0 || kinds["file"] > 0:
		return nil, fail(41065, "")
	}
	for i := range in.Attachments {
		a := &in.Attachments[i]
		if a.MsgType == "image" && a.Image.MediaID == "" {
			return nil, fail(40063, "image.media_id")
		}
		if err := a.check(c); err != nil {
			return nil, err
		}
	}
	m := &Moment{ID: "mom" + random(29), Job: random(32), Serial: c.next(), CreatedAt: c.unix(), Content: in.Content, Published: map[string]int64{}, Seen: map[string][]string{}}
	for _, id := range in.Range.Sender.Users {
		if u := c.Users[id]; u != nil && u.serves() && c.app.sees(id) {
			m.Users = append(m.Users, id)
		} else {
			m.Invalid.Users = append(m.Invalid.Users, id)
		}
	}
	for _, id := range in.Range.Sender.Departments {
		if c.department(id) == nil {
			m.Invalid.Departments = append(m.Invalid.Departments, id)
			continue
		}
		m.Users = slices.DeleteFunc(c.wayMembers(m.Users, []int64{id}), func(id string) bool { return !c.Users[id].serves() })
	}
	if len(in.Range.Sender.Users)+len(in.Range.Sender.Departments) == 0 {
		for _, u := range c.members(c.below(1, true)) {
			if u.serves() && c.app.sees(u.ID) {
				m.Users = append(m.Users, u.ID)
			}
		}
	}
	for _, id := range in.Range.Contacts.Tags {
		if _, t := c.tag(id); t != nil {
			m.Tags = append(m.Tags, id)
		} else {
			m.Invalid.Tags = append(m.Invalid.Tags, id)
		}
	}
	c.Moments[m.ID] = m
	return reply{"jobid": m.Job}, nil
}

// momentJob answers 「获取任务创建结果」.
func momentJob(c *call) (any, error) {
	for _, m := range c.Moments {
		if m.Job != c.query.Get("jobid") {
			continue
		}
		result := reply{"errcode": 0, "errmsg": "ok", "moment_id": m.ID, "invalid_sender_list": reply{"user_list": list(m.Invalid.Users), "department_list": m.Invalid.Departments},
			"invalid_external_contact_list": reply{"tag_list": list(m.Invalid.Tags)}}
		if len(m.Users) == 0 {
			result["errcode"], result["errmsg"] = 40003, words[40003]
		}
		return reply{"status": 3, "type": "add_moment_task", "result": result}, nil
	}
	return nil, fail(40035, "jobid")
}

func list(l []string) []string {
	if l == nil {
		return []string{}
	}
	return l
}

type momentQuery struct {
	ID      string `json:"moment_id"`
	User    string `json:"userid"`
	Start   int64  `json:"start_time"`
	End     int64  `json:"end_time"`
	Creator string `json:"creator"`
	Filter  *int   `json:"filter_type"` // 0 by the corp, 1 by members, 2 all
	Cursor  string `json:"cursor"`
	Limit   int    `json:"limit"`
}

func (c *call) moment(id string) (*Moment, error) {
	if id == "" {
		return nil, fail(41059, "")
	}
	if m := c.Moments[id]; m != nil {
		return m, nil
	}
	return nil, fail(41060, "")
}

// momentList answers 「获取企业全部的发表列表」.
func momentList(c *call, in *momentQuery) (any, error) {
	if in.Start == 0 || in.End < in.Start || in.End-in.Start > 31*24*3600 {
		return nil, fail(40035, "start_time and end_time span up to 30 days")
	}
	var all []*Moment
	for _, m := range c.Moments {
		if m.CreatedAt >= in.Start && m.CreatedAt <= in.End && !m.Cancelled && (in.Filter == nil || *in.Filter != 1) {
			all = append(all, m)
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Serial > all[j].Serial })
	page, next, err := paged(all, in.Cursor, in.Limit, 20, 20)
	out := []reply{}
	for _, m := range page {
		visible := 1
		if len(m.Tags) > 0 {
			visible = 0
		}
		one := reply{"moment_id": m.ID, "creator": "", "create_time": strconv.FormatInt(m.CreatedAt, 10), "create_type": 0, "visible_type": visible, "text": m.Content.Text}
		var images []reply
		for _, a := range m.Content.Attachments {
			switch a.MsgType {
			case "image":
				images = append(images, reply{"media_id": a.Image.MediaID})
			case "video":
				one["video"] = reply{"media_id": a.Video.MediaID, "thumb_media_id": ""}
			case "link":
				one["link"] = reply{"title": a.Link.Title, "url": a.Link.URL}
			}
		}
		if images != nil {
			one["image"] = images
		}
		out = append(out, one)
	}
	return reply{"moment_list": out, "next_cursor": next}, err
}

// momentTasks answers 「获取客户朋友圈企业发表的列表」.
func momentTasks(c *call, in *momentQuery) (any, error) {
	m, err := c.moment(in.ID)
	if err != nil {
		return nil, err
	}
	page, next, err := paged(m.Users, in.Cursor, in.Limit, 500, 1000)
	out := []reply{}
	for _, user := range page {
		status := 0
		if m.Published[user] > 0 {
			status = 1
		}
		out = append(out, reply{"userid": user, "publish_status": status})
	}
	return reply{"task_list": out, "next_cursor": next}, err
}

// published finds the post of a member.
func (c *call) published(in *momentQuery) (*Moment, error) {
	m, err := c.moment(in.ID)
	switch {
	case err != nil:
		return nil, err
	case in.User == "":
		return nil, fail(41009, "")
	case !slices.Contains(m.Users, in.User):
		return nil, fail(41061, "")
	}
	return m, nil
}

// momentCustomers answers 「获取客户朋友圈发表时选择的可见范围」.
func momentCustomers(c *call, in *momentQuery) (any, error) {
	m, err := c.published(in)
	if err != nil {
		return nil, err
	}
	page, next, err := paged(m.Seen[in.User], in.Cursor, in.Limit, 500, 1000)
	out := []reply{}
	for _, id := range page {
		out = append(out, reply{"userid": in.User, "external_userid": id})
	}
	return reply{"customer_list": out, "next_cursor": next}, err
}

// momentSent answers 「获取客户朋友圈发表后的可见客户列表」.
func momentSent(c *call, in *momentQuery) (any, error) {
	m, err := c.published(in)
	if err != nil {
		return nil, err
	}
	if m.Published[in.User] == 0 {
		return nil, fail(41062, "")
	}
	page, next, err := paged(m.Seen[in.User], in.Cursor, in.Limit, 3000, 5000)
	out := []reply{}
	for _, id := range page {
		out = append(out, reply{"external_userid": id})
	}
	return reply{"customer_list": out, "next_cursor": next}, err
}

// momentComments answers 「获取客户朋友圈的互动数据」.
func momentComments(c *call, in *momentQuery) (any, error) {
	m, err := c.published(in)
	if err != nil {
		return nil, err
	}
	of := func(words []momentWord) []reply {
		out := []reply{}
		for _, w := range words {
			if w.Member == in.User {
				out = append(out, reply{"external_userid": w.By, "create_time": w.At})
			}
		}
		return out
	}
	return reply{"comment_list": of(m.Comments), "like_list": of(m.Likes)}, nil
}

// momentCancel answers 「停止发表企业朋友圈」.
func momentCancel(c *call, in *momentQuery) (any, error) {
	m, err := c.moment(in.ID)
	if err != nil {
		return nil, err
	}
	m.Cancelled = true
	return reply{}, nil
}

// PublishMoment lets a member publish a post. It returns how many customers can see it.
func (c *Corp) PublishMoment(moment, user string) (n int, err error) {
	err = c.do(func() error {
		m := c.Moments[moment]
		switch {
		case m == nil || m.Cancelled:
			return unknown("moment", moment)
		case !slices.Contains(m.Users, user):
			return argument("member %s was not asked to publish it", user)
		case m.Published[user] > 0:
			return argument("member %s has published it before", user)
		}
		m.Published[user] = c.now().Unix()
		c.eachFriend(user, place{}, func(x *Contact, f *Follow) bool {
			if !f.OneSided && (len(m.Tags) == 0 || slices.ContainsFunc(f.Tags, func(id string) bool { return slices.Contains(m.Tags, id) })) {
				m.Seen[user] = append(m.Seen[user], x.ID)
			}
			return true
		})
		n = len(m.Seen[user])
		return nil
	})
	return n, err
}

// ReactToMoment lets a customer comment on, or like, a member's post.
func (c *Corp) ReactToMoment(moment, user, external string, like bool) error {
	return c.do(func() error {
		m := c.Moments[moment]
		if m == nil || !slices.Contains(m.Seen[user], external) {
			return argument("the customer cannot see the post")
		}
		w := momentWord{By: external, Member: user, At: c.now().Unix()}
		if like {
			m.Likes = append(m.Likes, w)
		} else {
			m.Comments = append(m.Comments, w)
		}
		return nil
	})
}
