package wecom

import (
	"net/url"
	"slices"
	"time"
)

// Code proves to an app's page who opens it. Documentation page: 「构造网页授权链接」.
type Code struct {
	User    string `json:"user"`   // a member, or
	Person  string `json:"person"` // somebody else
	App     string `json:"app"`    // the self-built app, "" for any
	Expires int64  `json:"expires"`
}

const codeFor = 5 * time.Minute

// MakeCode signs a member, or a person who is none, in to the page of an app. agentid
// 0 is the corp's first self-built app. An address outside the app's domain is refused.
func (c *Corp) MakeCode(user, person string, agentid int64, redirect string) (code string, err error) {
	err = c.do(func() error {
		i := slices.IndexFunc(c.Apps, func(a *App) bool { return a.Kind == KindAgent && (agentid == 0 || a.AgentID == agentid) })
		if i < 0 {
			return unknown("self-built app", agentName(agentid))
		}
		a := c.Apps[i]
		if u, err := url.Parse(redirect); a.Domain != "" && redirect != "" && (err != nil || u.Host != a.Domain && u.Hostname() != a.Domain) {
			return fail(50001, "%s is not below %s", redirect, a.Domain)
		}
		if user != "" {
			if _, err := c.mustUser(user); err != nil {
				return err
			}
		} else if _, ok := c.world.People.Get(person); !ok {
			return unknown("customer", person)
		}
		for value, old := range c.Codes {
			if old.Expires <= c.now().Unix() {
				delete(c.Codes, value)
			}
		}
		code = random(43)
		c.Codes[code] = &Code{User: user, Person: person, App: a.ID, Expires: c.now().Add(codeFor).Unix()}
		return nil
	})
	return code, err
}

// getUserInfo answers 「获取访问用户身份」; a code works once, for five minutes.
func getUserInfo(c *call) (any, error) {
	value := c.query.Get("code")
	if value == "" {
		return nil, fail(41008, "")
	}
	code := c.Codes[value]
	if code == nil || code.Expires <= c.unix() || code.App != c.app.ID {
		return nil, fail(40029, "")
	}
	delete(c.Codes, value)
	if code.User != "" {
		if !c.app.sees(code.User) {
			return nil, fail(50002, "")
		}
		return reply{"userid": code.User}, nil
	}
	out := reply{"openid": c.openid(code.Person)}
	if id := c.Persons[code.Person]; id != "" && c.Contacts[id] != nil && len(c.Contacts[id].Follows) > 0 {
		out["external_userid"] = id
	}
	return out, nil
}

func (c *Corp) openid(person string) string { return "o" + c.externalID(person)[2:29] }

// Ticket signs pages for the JS-SDK.
type Ticket struct {
	Value   string `json:"value"`
	Expires int64  `json:"expires"`
}

// ticket answers 「获取企业的jsapi_ticket」, and with agent_config 「获取应用的jsapi_ticket」.
func ticket(agentConfig bool) func(*call) (any, error) {
	return func(c *call) (any, error) {
		key := "corp"
		if agentConfig {
			if c.query.Get("type") != "agent_config" {
				return nil, fail(40035, "type")
			}
			key = c.app.ID
		}
		t := c.Tickets[key]
		if t == nil || t.Expires <= c.unix() {
			t = &Ticket{Value: random(86), Expires: c.at.Add(lifetime).Unix()}
			c.Tickets[key] = t
		}
		return reply{"ticket": t.Value, "expires_in": t.Expires - c.unix()}, nil
	}
}
