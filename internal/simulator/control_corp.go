package simulator

import (
	"fmt"
	"net/http"

	"fishpond/internal/simulator/wecom"
)

// ofCorp turns a verb of a corp into a handler.
func ofCorp[In any](s *Server, do func(r *http.Request, c *wecom.Corp, in In) (any, error)) http.HandlerFunc {
	return decoded(func(r *http.Request, in In) (any, error) {
		c := s.wecom.Corp(r.PathValue("corp"))
		if c == nil {
			return nil, fmt.Errorf("corp %q %w", r.PathValue("corp"), wecom.ErrUnknown)
		}
		return do(r, c, in)
	})
}

func (s *Server) controlCorps(m *http.ServeMux) {
	m.HandleFunc("GET /control/corps", plain(func(*http.Request) (any, error) {
		items := []wecom.Summary{}
		for _, c := range s.wecom.Corps() {
			items = append(items, c.Summary())
		}
		return object{"items": items}, nil
	}))
	m.HandleFunc("POST /control/corps", decoded(s.makeCorp))
	at := func(pattern string, h http.HandlerFunc) { m.HandleFunc(pattern, h) }
	at("GET /control/corps/{corp}", ofCorp(s, func(_ *http.Request, c *wecom.Corp, _ struct{}) (any, error) { return c.Summary(), nil }))
	at("POST /control/corps/{corp}/apps", ofCorp(s, func(_ *http.Request, c *wecom.Corp, in wecom.App) (any, error) { return c.AddApp(in) }))
	at("PATCH /control/corps/{corp}/apps/{app}", ofCorp(s, func(r *http.Request, c *wecom.Corp, in wecom.ChangeApp) (any, error) {
		return nil, c.Change(r.PathValue("app"), in)
	}))
	at("PUT /control/corps/{corp}/apps/{app}/callback", ofCorp(s, setCallback))
	at("POST /control/corps/{corp}/users", ofCorp(s, func(_ *http.Request, c *wecom.Corp, in struct {
		Items  []wecom.User `json:"items"`
		Silent bool         `json:"silent"` // no callback to the contact sync assistant
	}) (any, error) {
		if in.Silent {
			return nil, c.AddUsers(in.Items)
		}
		for _, u := range in.Items {
			if err := c.AddUser(u); err != nil {
				return nil, err
			}
		}
		return nil, nil
	}))
	at("POST /control/corps/{corp}/contacts", ofCorp(s, func(_ *http.Request, c *wecom.Corp, in wecom.Bulk) (any, error) {
		return nil, c.AddBulk(in)
	}))
	for name, verb := range verbs {
		at("POST /control/corps/{corp}/"+name, ofCorp(s, func(_ *http.Request, c *wecom.Corp, in verbIn) (any, error) {
			if in.Customer != "" {
				in.External = c.ExternalID(in.Customer)
			}
			return verb(c, in)
		}))
	}
}

// setCallback keeps where an app is told what happens, after the address has proved
// itself; with force unasked.
func setCallback(r *http.Request, c *wecom.Corp, in struct {
	wecom.Callback
	Force bool `json:"force"`
}) (any, error) {
	return nil, c.SetCallback(r.Context(), r.PathValue("app"), in.Callback, in.Force)
}

// makeCorp makes a corp with one app of each kind.
func (s *Server) makeCorp(_ *http.Request, in struct {
	ID          string  `json:"id"`
	Name        string  `json:"name"`
	OpenAccount *string `json:"open_account"` // absent: "main"; "": not bound, no unionids
}) (any, error) {
	account := "main"
	if in.OpenAccount != nil {
		account = *in.OpenAccount
	}
	c, err := s.wecom.AddCorp(in.ID, in.Name, account)
	if err != nil {
		return nil, err
	}
	for _, kind := range []wecom.Kind{wecom.KindContacts, wecom.KindCustomers, wecom.KindAgent, wecom.KindKf, wecom.KindArchive} {
		if _, err := c.AddApp(wecom.App{Kind: kind, Customers: kind == wecom.KindAgent, Kf: kind == wecom.KindAgent}); err != nil {
			return nil, err
		}
	}
	return c.Summary(), nil
}

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
}

type verb func(c *wecom.Corp, in verbIn) (any, error)

// verbs are what people do, below /control/corps/{corp}/.
var verbs = map[string]verb{
	"say":             func(c *wecom.Corp, in verbIn) (any, error) { return nil, c.Say(in.External, in.User, in.Text) },
	"reply":           func(c *wecom.Corp, in verbIn) (any, error) { return nil, c.Reply(in.User, in.External, in.Text) },
	"delete_member":   func(c *wecom.Corp, in verbIn) (any, error) { return nil, c.DeleteMember(in.External, in.User) },
	"delete_customer": func(c *wecom.Corp, in verbIn) (any, error) { return nil, c.DeleteCustomer(in.User, in.External) },
	"accept":          func(c *wecom.Corp, in verbIn) (any, error) { return nil, c.Accept(in.Request) },
	"accept_half":     func(c *wecom.Corp, in verbIn) (any, error) { return nil, c.AcceptHalf(in.User, in.External) },
	"leave":           func(c *wecom.Corp, in verbIn) (any, error) { return nil, c.Leave(in.User) },
	"edit_customer": func(c *wecom.Corp, in verbIn) (any, error) {
		return nil, c.EditCustomer(in.User, in.External, in.Remark, in.Add, in.Remove)
	},
	"add_tag": func(c *wecom.Corp, in verbIn) (any, error) {
		group, tag, err := c.AddTag(in.Group, in.Name)
		return object{"group_id": group, "tag_id": tag}, err
	},
	"rename_tag": func(c *wecom.Corp, in verbIn) (any, error) { return nil, c.RenameTag(in.ID, in.Name) },
	"delete_tag": func(c *wecom.Corp, in verbIn) (any, error) { return nil, c.DeleteTag(in.ID) },
	"talk":       func(c *wecom.Corp, in verbIn) (any, error) { return object{"items": c.Talk(in.User, in.External)}, nil },
}
