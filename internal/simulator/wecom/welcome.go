package wecom

import "time"

// welcomeFor is how long a WelcomeCode lives.
const welcomeFor = 20 * time.Second

// welcome is a WelcomeCode that was given out.
type welcome struct {
	User     string `json:"user"`
	External string `json:"external"`
	Expires  int64  `json:"expires"` // microseconds
	Used     bool   `json:"used"`
}

// welcomeCode makes a code, "" when the member greets by itself or talk has begun.
func (c *Corp) welcomeCode(f *Follow, external string) string {
	if u := c.Users[f.User]; u == nil || u.OwnWelcome || f.Chatted {
		return ""
	}
	now := c.now().UnixMicro()
	if len(c.Welcomes)%1024 == 1023 { // a used or late code is remembered for a day
		for code, w := range c.Welcomes {
			if now-w.Expires > int64(24*time.Hour/time.Microsecond) {
				delete(c.Welcomes, code)
			}
		}
	}
	code := random(43)
	c.Welcomes[code] = &welcome{User: f.User, External: external, Expires: c.now().Add(welcomeFor).UnixMicro()}
	return code
}

type welcomeIn struct {
	Code string `json:"welcome_code"`
	Content
}

// sendWelcome answers 「发送新客户欢迎语」: within 20 seconds, once, before talk begins.
func sendWelcome(c *call, in *welcomeIn) (any, error) {
	if in.Code == "" {
		return nil, fail(41049, "")
	}
	w := c.Welcomes[in.Code]
	if w == nil || !c.app.sees(w.User) || c.at.UnixMicro() > w.Expires {
		return nil, fail(41050, "")
	}
	x := c.contact(w.External, false)
	var f *Follow
	if x != nil {
		f = x.follow(w.User)
	}
	if w.Used || f == nil || f.Chatted {
		return nil, fail(41051, "")
	}
	if err := in.check(c); err != nil {
		return nil, err
	}
	w.Used = true
	c.say(w.User, w.External, in.lines(w.User, "welcome")...)
	return reply{}, nil
}
