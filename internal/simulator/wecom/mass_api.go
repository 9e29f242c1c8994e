package wecom

import (
	"slices"
)

type massQuery struct {
	ID       string `json:"msgid"`
	User     string `json:"userid"`
	ChatType string `json:"chat_type"`
	Start    int64  `json:"start_time"`
	End      int64  `json:"end_time"`
	Creator  string `json:"creator"`
	Filter   *int   `json:"filter_type"` // 0 by the corp, 1 by members, 2 all
	Cursor   string `json:"cursor"`
	Limit    int    `json:"limit"`
}

func (c *call) mass(id string) (*Mass, error) {
	if id == "" {
		return nil, fail(41046, "")
	}
	if m := c.Masses[id]; m != nil {
		return m, nil
	}
	return nil, fail(41047, "")
}

// massList answers 「获取群发记录列表」: up to a month, the newest first.
func massList(c *call, in *massQuery) (any, error) {
	switch {
	case in.ChatType != "single" && in.ChatType != "group":
		return nil, fail(40035, "chat_type")
	case in.Start == 0 || in.End < in.Start || in.End-in.Start > 31*24*3600:
		return nil, fail(40035, "start_time and end_time span up to a month")
	}
	list := slices.DeleteFunc(c.masses(), func(m *Mass) bool {
		return m.ChatType != in.ChatType || m.CreatedAt < in.Start || m.CreatedAt > in.End || in.Creator != "" && m.Creator != in.Creator ||
			in.Filter != nil && *in.Filter == 1
	})
	page, next, err := paged(list, in.Cursor, in.Limit, 50, 100)
	out := []reply{}
	for _, m := range page {
		out = append(out, reply{"msgid": m.ID, "creator": m.Creator, "create_time": m.CreatedAt, "create_type": 0, "text": m.Content.Text,
			"attachments": append([]Attachment{}, m.Content.Attachments...)})
	}
	return reply{"group_msg_list": out, "next_cursor": next}, err
}

// massTasks answers 「获取群发成员发送任务列表」.
func massTasks(c *call, in *massQuery) (any, error) {
	m, err := c.mass(in.ID)
	if err != nil {
		return nil, err
	}
	page, next, err := paged(m.Tasks, in.Cursor, in.Limit, 500, 1000)
	out := []reply{}
	for _, t := range page {
		task := reply{"userid": t.User, "status": 0}
		if t.SentAt > 0 {
			task["status"], task["send_time"] = 2, t.SentAt
		}
		out = append(out, task)
	}
	return reply{"task_list": out, "next_cursor": next}, err
}

// massResults answers 「获取企业群发成员执行结果」.
func massResults(c *call, in *massQuery) (any, error) {
	m, err := c.mass(in.ID)
	if err != nil {
		return nil, err
	}
	if in.User == "" {
		return nil, fail(41009, "")
	}
	i := slices.IndexFunc(m.Tasks, func(t *MassTask) bool { return t.User == in.User })
	if i < 0 {
		return nil, fail(40003, "%s has no task of the message", in.User)
	}
	page, next, err := paged(m.Tasks[i].Sends, in.Cursor, in.Limit, 500, 1000)
	out := []reply{}
	for _, s := range page {
		one := reply{"userid": in.User, "status": s.Status}
		if m.ChatType == "single" {
			one["external_userid"] = s.To
		} else {
			one["chat_id"] = s.To
		}
		if s.At > 0 {
			one["send_time"] = s.At
		}
		out = append(out, one)
	}
	return reply{"send_list": out, "next_cursor": next}, err
}

// massRemind answers 「提醒成员群发」: three times in a day.
func massRemind(c *call, in *massQuery) (any, error) {
	m, err := c.mass(in.ID)
	if err != nil {
		return nil, err
	}
	if m.Cancelled {
		return nil, fail(41093, "")
	}
	m.Reminders = slices.DeleteFunc(m.Reminders, func(at int64) bool { return c.unix()-at >= 24*3600 })
	if len(m.Reminders) >= remindTimes {
		return nil, fail(41094, "")
	}
	m.Reminders = append(m.Reminders, c.unix())
	return reply{}, nil
}

// massCancel answers 「停止企业群发」: who has not sent it cannot any more.
func massCancel(c *call, in *massQuery) (any, error) {
	m, err := c.mass(in.ID)
	if err != nil {
		return nil, err
	}
	if m.Cancelled {
		return nil, fail(41093, "")
	}
	m.Cancelled = true
	return reply{}, nil
}
