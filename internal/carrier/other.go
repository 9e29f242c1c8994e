package carrier

import (
	"context"
	"crypto/tls"
	"net"

	"fishpond/internal/carrier/email"
	"fishpond/internal/carrier/miniprogram"
	"fishpond/internal/carrier/sms"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// probeOther tries what can be tried without reaching anybody.
func (s *Service) probeOther(ctx context.Context, a *account) error {
	switch a.kind {
	case KindEmail:
		return s.emailOf(a).Check(ctx)
	case KindSMS:
		return s.smsOf(a).Check(ctx)
	case KindMini: // an invented code: the platform looks at the keys before it looks at that
		_, err := s.miniOf(a).SignIn(ctx, "fishpond-test")
		if c := wire.Code(err); c == 40029 || c == 40163 {
			return nil
		}
		return err
	}
	return nil
}

func (s *Service) emailOf(a *account) *email.Sender { return email.New(s.mailOptions(a)) }

func (s *Service) mailOptions(a *account) email.Options {
	o := email.Options{Server: a.settings["server"], User: a.settings["user"], Password: a.secrets["password"].Reveal(), Timeout: s.o.MailPatience, Answer: s.o.MailPatience}
	if s.o.MailRoots != nil {
		o.TLS = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: s.o.MailRoots}
	}
	return o
}

func (s *Service) smsOf(a *account) *sms.Client {
	return sms.New(sms.Options{Base: s.baseOf(a, ""), HTTP: s.o.HTTP, Now: s.now, SecretID: a.settings["secret_id"], SecretKey: a.secrets["secret"].Reveal(),
		AppID: a.settings["app_id"], Sign: a.settings["sign"], Region: a.settings["region"]})
}

func (s *Service) miniOf(a *account) *miniprogram.Client {
	return miniprogram.New(wire.Options{Base: s.baseOf(a, ""), HTTP: s.o.HTTP, Sleep: s.o.Sleep, Quota: s.quotaOf(a, 100)}, a.settings["app_id"], a.secrets["secret"].Reveal())
}

// SignIn tells which person the code of a mini program's sign-in stands for.
func (s *Service) SignIn(ctx context.Context, orgID, accountID, code string) (personID string, err error) {
	var a *account
	if err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		a, err = s.accountByID(ctx, tx, orgID, accountID)
		return err
	}); err != nil {
		return "", err
	}
	if a.kind != KindMini || a.status != StatusActive {
		return "", errs.Conflict(i18n.T("这个账号不是启用的小程序", "The account is not an active mini program"))
	}
	who, err := s.miniOf(a).SignIn(ctx, code)
	if err != nil {
		return "", wire.Show(err)
	}
	c := Contact{Source: a.kind, Identities: []Identity{{"openid", a.platform + ":" + who.OpenID}}, SeenAt: s.now()}
	if who.UnionID != "" {
		c.Identities = append(c.Identities, Identity{"unionid", who.UnionID})
	}
	err = s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		persons, err := s.ports.People.Resolve(ctx, tx, orgID, []Contact{c})
		if err == nil {
			personID = persons[0]
		}
		return err
	})
	return personID, err
}

// privateHost reports whether an address leads into our own network, where an
// account must not reach unless the configuration says so.
func privateHost(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		return true
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && (ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified())
}
