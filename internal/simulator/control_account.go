package simulator

import (
	"net/http"

	"fishpond/internal/simulator/officialaccount"
)

type accountVerbIn struct {
	Customer string `json:"customer"`
	Text     string `json:"text"`
	Scope    string `json:"scope"`
	Redirect string `json:"redirect_uri"`
}

// controlAccounts are official accounts and mini programs, below /control/accounts.
func (s *Server) controlAccounts(m *http.ServeMux) {
	m.HandleFunc("GET /control/accounts", plain(func(*http.Request) (any, error) {
		return object{"items": s.oa.List()}, nil
	}))
	m.HandleFunc("POST /control/accounts", decoded(func(_ *http.Request, in struct {
		ID          string   `json:"appid"`
		Kind        string   `json:"kind"`
		Name        string   `json:"name"`
		Secret      string   `json:"secret"`
		Original    string   `json:"original_id"`
		OpenAccount *string  `json:"open_account"` // absent: "main"; "": not bound, no unionids
		TrustedIPs  []string `json:"trusted_ips"`
		Domain      string   `json:"oauth_domain"`
	}) (any, error) {
		account := "main"
		if in.OpenAccount != nil {
			account = *in.OpenAccount
		}
		return s.oa.Add(officialaccount.Account{ID: in.ID, Kind: in.Kind, Name: in.Name, Secret: in.Secret, Original: in.Original,
			OpenAccount: account, TrustedIPs: in.TrustedIPs, Domain: in.Domain})
	}))
	m.HandleFunc("PUT /control/accounts/{appid}/callback", decoded(func(r *http.Request, in struct {
		officialaccount.Callback
		Force bool `json:"force"`
	}) (any, error) {
		return nil, s.oa.SetCallback(r.Context(), r.PathValue("appid"), in.Callback, in.Force)
	}))
	verb := func(name string, do func(appid string, in accountVerbIn) (any, error)) {
		m.HandleFunc("POST /control/accounts/{appid}/"+name, decoded(func(r *http.Request, in accountVerbIn) (any, error) {
			return do(r.PathValue("appid"), in)
		}))
	}
	verb("follow", func(appid string, in accountVerbIn) (any, error) { return nil, s.oa.Follow(appid, in.Customer) })
	verb("unfollow", func(appid string, in accountVerbIn) (any, error) { return nil, s.oa.Unfollow(appid, in.Customer) })
	verb("say", func(appid string, in accountVerbIn) (any, error) { return nil, s.oa.Say(appid, in.Customer, in.Text) })
	// A code of a page's sign-in, or of a mini program's (wx.login).
	verb("oauth_code", func(appid string, in accountVerbIn) (any, error) {
		code, err := s.oa.MakeCode(in.Customer, appid, in.Scope, in.Redirect)
		return object{"code": code}, err
	})
	verb("phone_code", func(appid string, in accountVerbIn) (any, error) {
		code, err := s.oa.MakePhoneCode(in.Customer, appid)
		return object{"code": code}, err
	})
}
