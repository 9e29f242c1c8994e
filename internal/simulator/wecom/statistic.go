package wecom

import (
	"slices"
	"time"
)

// behavior answers 「获取「联系客户统计」数据」: by day, up to 30 days.
func behavior(c *call, in *struct {
	Users   []string `json:"userid"`
	Parties []int64  `json:"partyid"`
	Start   int64    `json:"start_time"`
	End     int64    `json:"end_time"`
}) (any, error) {
	users := c.wayMembers(in.Users, in.Parties)
	switch {
	case len(users) == 0:
		return nil, fail(40063, "userid and partyid")
	case len(in.Users) > 100 || len(in.Parties) > 100:
		return nil, fail(40032, "")
	case in.Start == 0 || in.End < in.Start || in.End-in.Start > 30*24*3600:
		return nil, fail(40035, "start_time and end_time span up to 30 days")
	}
	for _, id := range in.Users {
		if err := c.mayActFor(id); err != nil {
			return nil, err
		}
	}
	out := []reply{}
	for day := startOfDay(in.Start); day <= in.End; day += 24 * 3600 {
		added, lost := 0, 0
		for _, user := range users {
			c.eachFriend(user, place{}, func(_ *Contact, f *Follow) bool {
				if f.CreatedAt >= day && f.CreatedAt < day+24*3600 {
					added++
				}
				if f.OneSided {
					lost++
				}
				return true
			})
		}
		out = append(out, reply{"stat_time": day, "new_apply_cnt": added, "new_contact_cnt": added, "chat_cnt": 0, "message_cnt": 0, "negative_feedback_cnt": lost})
	}
	return reply{"behavior_data": out}, nil
}

// startOfDay in China, in seconds.
func startOfDay(at int64) int64 {
	t := time.Unix(at, 0).In(time.FixedZone("CST", 8*3600))
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location()).Unix()
}

// chatStatistic answers 「按群主聚合的方式」 of 「获取「群聊数据统计」数据」.
func chatStatistic(c *call, in *struct {
	Begin int64 `json:"day_begin_time"`
	End   int64 `json:"day_end_time"`
	Owner struct {
		Users []string `json:"userid_list"`
	} `json:"owner_filter"`
	Offset int `json:"offset"`
	Limit  int `json:"limit"`
}) (any, error) {
	if in.End == 0 {
		in.End = in.Begin
	}
	switch {
	case len(in.Owner.Users) == 0 || len(in.Owner.Users) > 100:
		return nil, fail(40058, "owner_filter.userid_list has 1-100")
	case in.Begin == 0 || in.End < in.Begin || in.End-in.Begin > 30*24*3600:
		return nil, fail(40035, "day_begin_time and day_end_time span up to 30 days")
	}
	end := startOfDay(in.End) + 24*3600
	items := []reply{}
	for _, owner := range in.Owner.Users {
		chats := c.chats(func(h *Chat) bool { return h.Owner == owner && h.CreatedAt < end })
		if len(chats) == 0 {
			continue
		}
		newChats, newMembers, members := 0, 0, 0
		for _, h := range chats {
			if h.CreatedAt >= startOfDay(in.Begin) {
				newChats++
			}
			for _, m := range h.Members {
				if m.JoinedAt < end {
					members++
				}
				if m.JoinedAt < end && m.JoinedAt >= startOfDay(in.Begin) {
					newMembers++
				}
			}
		}
		items = append(items, reply{"owner": owner, "data": reply{"new_chat_cnt": newChats, "chat_total": len(chats), "chat_has_msg": 0,
			"new_member_cnt": newMembers, "member_total": members, "member_has_msg": 0, "msg_total": 0, "migrate_trainee_chat_cnt": 0}})
	}
	if in.Limit == 0 {
		in.Limit = 500
	}
	if in.Offset < 0 || in.Limit < 0 || in.Limit > 1000 {
		return nil, fail(40058, "limit out of range [1, 1000]")
	}
	from := min(in.Offset, len(items))
	to := min(from+in.Limit, len(items))
	return reply{"total": len(items), "next_offset": to, "items": slices.Clone(items[from:to])}, nil
}
