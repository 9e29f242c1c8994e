package wecom

import (
	"slices"
	"time"
)

// Archive is chat archiving (会话内容存档). The messages themselves come through a native
// library of the platform and are not simulated; who is archived, who has agreed and
// the notice that there is something are.
type Archive struct {
	Users  []string           `json:"users"`  // members whose talks are archived
	Agreed map[string]consent `json:"agreed"` // by member and customer
}

type consent struct {
	Agrees bool  `json:"agrees"`
	At     int64 `json:"at"`
}

// OpenArchive sets whose talks are archived.
func (c *Corp) OpenArchive(users []string) error {
	return c.do(func() error {
		for _, id := range users {
			if _, err := c.mustUser(id); err != nil {
				return err
			}
		}
		c.Archive.Users = users
		return nil
	})
}

// AgreeToArchive lets a customer agree, or not, that talks with a member are archived.
func (c *Corp) AgreeToArchive(external, user string, agrees bool) error {
	return c.do(func() error {
		if _, _, err := c.mustFollow(user, external); err != nil {
			return err
		}
		ensure(&c.Archive.Agreed)
		c.Archive.Agreed[user+"|"+external] = consent{Agrees: agrees, At: c.now().Unix()}
		return nil
	})
}

// archived tells that there is something new. Documentation page: 「产生会话回调事件」.
// The platform tells at most once in 15 seconds.
func (c *Corp) archived(user string) {
	if !slices.Contains(c.Archive.Users, user) || c.now().Sub(c.archiveTold) < 15*time.Second {
		return
	}
	c.archiveTold = c.now()
	c.emit(c.newEvent("msgaudit_notify", "", "sys"), toArchive)
}

// archiveUsers answers 「获取会话内容存档开启成员列表」.
func archiveUsers(c *call, _ *struct {
	Type int `json:"type"`
}) (any, error) {
	if len(c.Archive.Users) == 0 {
		return nil, fail(301053, "")
	}
	return reply{"ids": c.Archive.Users}, nil
}

// archiveAgreed answers 「单聊请求」 of 「获取会话同意情况」. exteranalopenid is spelt as the
// platform spells it.
func archiveAgreed(c *call, in *struct {
	Info []struct {
		User     string `json:"userid"`
		External string `json:"exteranalopenid"`
	} `json:"info"`
}) (any, error) {
	if len(in.Info) == 0 || len(in.Info) > 100 {
		return nil, fail(40058, "info has %d, it must have 1-100", len(in.Info))
	}
	out := []reply{}
	for _, i := range in.Info {
		status, at := "Default_Agree", int64(0)
		if a, ok := c.Archive.Agreed[i.User+"|"+i.External]; ok {
			if at = a.At; a.Agrees {
				status = "Agree"
			} else {
				status = "Disagree"
			}
		}
		out = append(out, reply{"userid": i.User, "exteranalopenid": i.External, "agree_status": status, "status_change_time": at})
	}
	return reply{"agreeinfo": out}, nil
}

// archiveChat answers 「获取会话内容存档内部群信息」; this simulator has no internal groups.
func archiveChat(_ *call, _ *struct {
	Room string `json:"roomid"`
}) (any, error) {
	return nil, fail(301059, "")
}
