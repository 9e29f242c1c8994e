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
	for what, list := range map[string]func(r *http.Request, c *wecom.Corp) any{
		"friends": func(r *http.Request, c *wecom.Corp) any {
			return c.FriendsOf(r.URL.Query().Get("userid"), number(r, "limit", 100, 1, 1000))
		},
		"groups":    func(_ *http.Request, c *wecom.Corp) any { return c.ChatList("") },
		"masses":    func(_ *http.Request, c *wecom.Corp) any { return c.MassList() },
		"moments":   func(_ *http.Request, c *wecom.Corp) any { return c.MomentList() },
		"transfers": func(_ *http.Request, c *wecom.Corp) any { return c.TransferList() },
		"codes":     func(_ *http.Request, c *wecom.Corp) any { return c.CodeList() },
		"desks":     func(_ *http.Request, c *wecom.Corp) any { return c.DeskList() },
		"messages":  func(_ *http.Request, c *wecom.Corp) any { return c.AppMessages() },
		"calls":     func(_ *http.Request, c *wecom.Corp) any { return c.CallCounts() },
	} {
		at("GET /control/corps/{corp}/"+what, ofCorp(s, func(r *http.Request, c *wecom.Corp, _ struct{}) (any, error) {
			return object{"items": list(r, c)}, nil
		}))
	}
	at("POST /control/corps/{corp}/departments", ofCorp(s, func(_ *http.Request, c *wecom.Corp, in struct {
		Name   string `json:"name"`
		Parent int64  `json:"parentid"`
	}) (any, error) {
		id, err := c.AddDepartment(in.Name, in.Parent)
		return object{"id": id}, err
	}))
	for name, verb := range verbs() {
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

type makeCorpIn struct {
	ID          string      `json:"id"`
	Name        string      `json:"name"`
	OpenAccount *string     `json:"open_account"` // absent: "main"; "": not bound, no unionids
	Apps        []wecom.App `json:"apps"`         // absent: one of each kind
}

func (s *Server) makeCorp(_ *http.Request, in makeCorpIn) (any, error) {
	account := "main"
	if in.OpenAccount != nil {
		account = *in.OpenAccount
	}
	c, err := s.MakeCorp(in.ID, in.Name, account, in.Apps...)
	if err != nil {
		return nil, err
	}
	return c.Summary(), nil
}

// MakeCorp makes a corp with apps, one of each kind when none is named: contact sync,
// customer contact, a self-built app that may call customer contact and customer
// service, WeChat customer service, chat archiving. openAccount says whose unionids it
// sees; official accounts and mini programs with the same one see the same.
func (s *Server) MakeCorp(id, name, openAccount string, apps ...wecom.App) (*wecom.Corp, error) {
	c, err := s.wecom.AddCorp(id, name, openAccount)
	if err != nil {
		return nil, err
	}
	if len(apps) == 0 {
		for _, kind := range []wecom.Kind{wecom.KindContacts, wecom.KindCustomers, wecom.KindAgent, wecom.KindKf, wecom.KindArchive} {
			apps = append(apps, wecom.App{Kind: kind, Customers: kind == wecom.KindAgent, Kf: kind == wecom.KindAgent})
		}
	}
	for _, a := range apps {
		if _, err := c.AddApp(a); err != nil {
			return nil, err
		}
	}
	return c, nil
}
