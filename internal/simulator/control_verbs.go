package simulator

import "fishpond/internal/simulator/wecom"

// verbIn is who does what to whom; each verb reads what it needs.
type verbIn struct {
	Customer string   `json:"customer"`        // id of a person; or
	External string   `json:"external_userid"` // of a contact, also one made in bulk
	User     string   `json:"userid"`
	Text     string   `json:"text"`
	Remark   string   `json:"remark"`
	Add      []string `json:"add_tag"`
	Remove   []string `json:"remove_tag"`
	ID       string   `json:"id"`
	Request  int64    `json:"request"`
	Name     string   `json:"name"`
	Group    string   `json:"group"`
	Users    []string `json:"userids"`
	People   []string `json:"customers"`
	Notice   string   `json:"notice"`
	Takeover string   `json:"takeover_userid"`
	Removed  bool     `json:"removed"`
	Like     bool     `json:"like"`
	Agrees   bool     `json:"agrees"`
	AgentID  int64    `json:"agentid"`
	Redirect string   `json:"redirect_uri"`
	Kind     string   `json:"kind"`
	File     []byte   `json:"file"` // in base64

	Fields map[string]any `json:"fields"` // of a message, as the platform writes them
}

type verb func(c *wecom.Corp, in verbIn) (any, error)

// done is a verb that answers nothing.
func done(do func(c *wecom.Corp, in verbIn) error) verb {
	return func(c *wecom.Corp, in verbIn) (any, error) { return nil, do(c, in) }
}

// verbs are what people do, below /control/corps/{corp}/.
func verbs() map[string]verb {
	return map[string]verb{
		// A customer and a member.
		"say":             done(func(c *wecom.Corp, in verbIn) error { return c.Say(in.External, in.User, in.Text) }),
		"reply":           done(func(c *wecom.Corp, in verbIn) error { return c.Reply(in.User, in.External, in.Text) }),
		"delete_member":   done(func(c *wecom.Corp, in verbIn) error { return c.DeleteMember(in.External, in.User) }),
		"delete_customer": done(func(c *wecom.Corp, in verbIn) error { return c.DeleteCustomer(in.User, in.External) }),
		"accept":          done(func(c *wecom.Corp, in verbIn) error { return c.Accept(in.Request) }),
		"accept_half":     done(func(c *wecom.Corp, in verbIn) error { return c.AcceptHalf(in.User, in.External) }),
		"edit_customer": done(func(c *wecom.Corp, in verbIn) error {
			return c.EditCustomer(in.User, in.External, in.Remark, in.Add, in.Remove)
		}),
		"talk": func(c *wecom.Corp, in verbIn) (any, error) { return object{"items": c.Talk(in.User, in.External)}, nil },

		// Members.
		"leave":       done(func(c *wecom.Corp, in verbIn) error { return c.Leave(in.User) }),
		"update_user": done(func(c *wecom.Corp, in verbIn) error { return c.UpdateUser(in.User, in.Name, in.Text) }),
		"confirm_mass": func(c *wecom.Corp, in verbIn) (any, error) {
			n, err := c.ConfirmMass(in.ID, in.User)
			return object{"sent": n}, err
		},
		"publish_moment": func(c *wecom.Corp, in verbIn) (any, error) {
			n, err := c.PublishMoment(in.ID, in.User)
			return object{"visible": n}, err
		},
		"react_to_moment": done(func(c *wecom.Corp, in verbIn) error { return c.ReactToMoment(in.ID, in.User, in.External, in.Like) }),
		"mass_rule":       done(func(c *wecom.Corp, in verbIn) error { return c.SetMassRule(in.Name) }),

		// Hand-over.
		"refuse_transfer": done(func(c *wecom.Corp, in verbIn) error { return c.RefuseTransfer(in.External, in.Takeover) }),
		"hasten_transfer": done(func(c *wecom.Corp, in verbIn) error { return c.HastenTransfer(in.External, in.Takeover) }),

		// Groups.
		"make_group": func(c *wecom.Corp, in verbIn) (any, error) {
			id, err := c.MakeChat(in.User, in.Name, in.Users, in.People)
			return object{"chat_id": id}, err
		},
		"leave_group": done(func(c *wecom.Corp, in verbIn) error {
			if in.External == "" {
				in.External = in.User
			}
			return c.LeaveChat(in.ID, in.External, in.Removed)
		}),
		"edit_group":    done(func(c *wecom.Corp, in verbIn) error { return c.EditChat(in.ID, in.Name, in.Notice, in.User) }),
		"dismiss_group": done(func(c *wecom.Corp, in verbIn) error { return c.DismissChat(in.ID) }),

		// Tags, in the admin console.
		"add_tag": func(c *wecom.Corp, in verbIn) (any, error) {
			group, tag, err := c.AddTag(in.Group, in.Name)
			return object{"group_id": group, "tag_id": tag}, err
		},
		"rename_tag": done(func(c *wecom.Corp, in verbIn) error { return c.RenameTag(in.ID, in.Name) }),
		"delete_tag": done(func(c *wecom.Corp, in verbIn) error { return c.DeleteTag(in.ID) }),

		// WeChat customer service; id is the open_kfid.
		"kf_make": func(c *wecom.Corp, in verbIn) (any, error) {
			id, err := c.MakeDesk(in.Name, in.Users)
			return object{"open_kfid": id}, err
		},
		"kf_send": done(func(c *wecom.Corp, in verbIn) error {
			return c.SendToDesk(in.Customer, in.ID, wecom.Said{Kind: in.Kind, Name: in.Name, Content: in.File, Fields: in.Fields})
		}),
		"kf_refuse": done(func(c *wecom.Corp, in verbIn) error { return c.RefuseDesk(in.Customer, in.ID, !in.Removed) }),
		"kf_say":    done(func(c *wecom.Corp, in verbIn) error { return c.SayToDesk(in.Customer, in.ID, in.Text) }),
		"kf_reply":  done(func(c *wecom.Corp, in verbIn) error { return c.ReplyFromDesk(in.User, in.ID, in.External, in.Text) }),
		"kf_end":    done(func(c *wecom.Corp, in verbIn) error { return c.EndDesk(in.ID, in.External) }),

		// Chat archiving.
		"open_archive":  done(func(c *wecom.Corp, in verbIn) error { return c.OpenArchive(in.Users) }),
		"agree_archive": done(func(c *wecom.Corp, in verbIn) error { return c.AgreeToArchive(in.External, in.User, in.Agrees) }),

		// Sign-in of pages.
		"oauth_code": func(c *wecom.Corp, in verbIn) (any, error) {
			code, err := c.MakeCode(in.User, in.Customer, in.AgentID, in.Redirect)
			return object{"code": code}, err
		},
	}
}
