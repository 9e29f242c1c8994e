package org

import (
	"context"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// OIDCConfig is how an org's staff sign in through its own provider (OpenID
// Connect). Its client secret is stored sealed and never shown.
type OIDCConfig struct {
	Issuer         string   `json:"issuer" doc:"https address of the provider, exactly as it names itself"`
	ClientID       string   `json:"client_id"`
	HasSecret      bool     `json:"has_secret" doc:"A client secret is stored"`
	Enabled        bool     `json:"enabled"`
	AllowedDomains []string `json:"allowed_domains" nullable:"false" doc:"E-mail domains that may sign in; empty: any that a member of staff has"`
	AutoRole       string   `json:"auto_role" doc:"Role of accounts made at the first sign-in; empty: only existing staff get in"`
	RedirectURI    string   `json:"redirect_uri" doc:"Register this address at the provider"`
}

// NewOIDCConfig replaces an org's configuration. An empty ClientSecret keeps
// the stored one, as long as it is for the same issuer and client.
type NewOIDCConfig struct {
	Issuer         string
	ClientID       string
	ClientSecret   string
	Enabled        bool
	AllowedDomains []string
	AutoRole       string
}

// oidcRow is a configuration as it is stored.
type oidcRow struct {
	OrgID   string
	Issuer  string
	Client  string
	Sealed  string // client secret
	Enabled bool
	Domains []string
	Auto    string
}

const sealPurpose = "org.oidc_client_secret"

func (s *Service) shown(r oidcRow) OIDCConfig {
	domains := r.Domains
	if domains == nil {
		domains = []string{}
	}
	return OIDCConfig{Issuer: r.Issuer, ClientID: r.Client, HasSecret: r.Sealed != "", Enabled: r.Enabled, AllowedDomains: domains, AutoRole: r.Auto, RedirectURI: s.redirectURI()}
}

// OIDC returns the actor's org's configuration, empty when there is none.
func (s *Service) OIDC(ctx context.Context) (OIDCConfig, error) {
	a, err := actorOf(ctx)
	if err != nil {
		return OIDCConfig{}, err
	}
	var row oidcRow
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) (err error) {
		row, err = oidcOf(ctx, tx, a.OrgID)
		return err
	})
	if db.IsNoRows(err) {
		err = nil
	}
	return s.shown(row), err
}

// SetOIDC stores the actor's org's configuration. When it is enabled, the
// provider must answer.
func (s *Service) SetOIDC(ctx context.Context, n NewOIDCConfig) (OIDCConfig, error) {
	a, err := person(ctx)
	if err != nil {
		return OIDCConfig{}, err
	}
	row, err := checkedOIDC(a.OrgID, n)
	if err != nil {
		return OIDCConfig{}, err
	}
	if s.sealer == nil || (s.baseURL == "" && n.Enabled) {
		return OIDCConfig{}, errs.Conflict(i18n.T("服务没有配置访问地址或加密密钥，无法启用单点登录", "The server has no public address or no sealing key, which single sign-on needs"))
	}
	if n.Enabled {
		if _, _, err := s.oidc.get(ctx, row.Issuer, s.now()); err != nil {
			return OIDCConfig{}, errs.InvalidField("body.issuer", i18n.T("无法从这个地址读取登录服务的配置，请检查地址（须与服务自称的完全一致）", "The provider's configuration cannot be read there; check the address (it must be exactly what the provider calls itself)")).Because(err)
		}
	}
	if n.ClientSecret != "" {
		row.Sealed = s.sealer.Seal(a.OrgID, sealPurpose, []byte(n.ClientSecret))
	}
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		before, err := oidcOf(ctx, tx, a.OrgID)
		if err != nil && !db.IsNoRows(err) {
			return err
		}
		if n.ClientSecret == "" {
			// A stored secret must not be sent to somebody else's address.
			if before.Sealed == "" || before.Issuer != row.Issuer || before.Client != row.Client {
				return errs.InvalidField("body.client_secret", i18n.T("请填写客户端密钥", "Give the client secret"))
			}
			row.Sealed = before.Sealed
		}
		if err := putOIDC(ctx, tx, row, clock.Micros(s.now())); err != nil {
			return err
		}
		return s.Audit(ctx, tx, "oidc.configured", "org", a.OrgID, map[string]any{"issuer": row.Issuer, "client_id": row.Client, "enabled": row.Enabled,
			"allowed_domains": row.Domains, "auto_role": row.Auto, "new_secret": n.ClientSecret != ""})
	})
	return s.shown(row), err
}

// RemoveOIDC forgets the actor's org's configuration.
func (s *Service) RemoveOIDC(ctx context.Context) error {
	a, err := person(ctx)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		if err := deleteOIDC(ctx, tx, a.OrgID); err != nil {
			return err
		}
		return s.Audit(ctx, tx, "oidc.removed", "org", a.OrgID, nil)
	})
}

// OIDCProviders lists the orgs whose staff can sign in through a provider.
func (s *Service) OIDCProviders(ctx context.Context) ([]OrgChoice, error) {
	var out []OrgChoice
	err := s.db.Read(ctx, db.AllOrgs, func(tx *db.Tx) (err error) {
		out, err = oidcOrgs(ctx, tx)
		return err
	})
	return out, err
}

var domainPattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)

func checkedOIDC(orgID string, n NewOIDCConfig) (oidcRow, error) {
	row := oidcRow{OrgID: orgID, Issuer: strings.TrimSpace(n.Issuer), Client: strings.TrimSpace(n.ClientID), Enabled: n.Enabled, Auto: n.AutoRole, Domains: []string{}}
	var wrong []errs.Field
	if !allowedURL(row.Issuer, true) {
		wrong = append(wrong, errs.Field{Path: "body.issuer", Text: i18n.T("应为 https 地址", "Give an https address")})
	}
	if row.Client == "" {
		wrong = append(wrong, errs.Field{Path: "body.client_id", Text: i18n.T("请填写客户端 ID", "Give the client id")})
	}
	for _, d := range n.AllowedDomains {
		d = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(d), "@"))
		if !domainPattern.MatchString(d) {
			wrong = append(wrong, errs.Field{Path: "body.allowed_domains", Text: i18n.T("应为邮箱域名，例如 example.com", "Give e-mail domains such as example.com")})
			break
		}
		if !slices.Contains(row.Domains, d) {
			row.Domains = append(row.Domains, d)
		}
	}
	switch {
	case n.AutoRole == "":
	case !validRole(n.AutoRole) || n.AutoRole == RoleOwner:
		wrong = append(wrong, errs.Field{Path: "body.auto_role", Text: i18n.T("应为所有者以外的角色", "Give a role other than owner")})
	case len(row.Domains) == 0:
		wrong = append(wrong, errs.Field{Path: "body.allowed_domains", Text: i18n.T("自动开通账号时必须限定邮箱域名", "Name the e-mail domains whose accounts are made by themselves")})
	}
	if len(wrong) > 0 {
		return row, errs.Invalid(i18n.T("有内容填写不正确，请按下面的提示修改", "Some of the input is not right; see each field"), wrong...)
	}
	return row, nil
}

// allowedURL: https, or, where loopback is allowed, plain http on this
// machine, which is for tests and development.
func allowedURL(raw string, loopback bool) bool {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return false
	}
	return u.Scheme == "https" || (loopback && u.Scheme == "http" && isLoopback(u.Hostname()))
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}
