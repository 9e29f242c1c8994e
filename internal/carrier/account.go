package carrier

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"fishpond/internal/carrier/web"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/platform/secret"
)

// What an account's status is.
const (
	StatusActive   = "active"
	StatusDisabled = "disabled" // nothing is sent, callbacks are refused
)

// Account is a brand's account on a platform.
type Account struct {
	ID              string            `json:"id"`
	Kind            string            `json:"kind" enum:"wecom,wecom_kf,official_account,mini_program,web,email,sms"`
	Name            string            `json:"name"`
	PlatformID      string            `json:"platform_id" doc:"Corp id, app id or sender address"`
	Settings        map[string]string `json:"settings" doc:"What was typed in, without secrets"`
	SecretsSet      []string          `json:"secrets_set" nullable:"false" doc:"Which secrets are there; they are never shown"`
	Status          string            `json:"status" enum:"active,disabled"`
	Health          string            `json:"health" enum:"new,ok,warning,failing" doc:"As of the last look"`
	OwnerStaffID    string            `json:"owner_staff_id" doc:"Who looks after it; empty: nobody"`
	SecretExpiresAt *time.Time        `json:"secret_expires_at" doc:"When the secret ends, where somebody noted it"`
	CallbackURL     string            `json:"callback_url" doc:"What to enter in the platform's callback settings; empty when it has none"`
	Can             []string          `json:"can" nullable:"false"`
	Error           string            `json:"error" doc:"The last failure that people must act upon; empty when none"`
	ErrorAt         *time.Time        `json:"error_at"`
	CreatedAt       time.Time         `json:"created_at"`
	UpdatedAt       time.Time         `json:"updated_at"`
}

// account is an account with its secrets, inside the module.
type account struct {
	org       string
	id        string
	kind      string
	name      string
	platform  string
	settings  map[string]string
	secrets   map[string]secret.Redacted
	status    string
	health    string
	owner     string
	expires   int64
	errorCode int64
	errorText i18n.Text
	errorAt   int64
	errorAPI  string // the call that failed
	verified  int64  // when the platform last verified the callback address
	created   int64
	updated   int64
}

// NewAccount connects an account.
type NewAccount struct {
	Kind         string            `json:"kind" enum:"wecom,wecom_kf,official_account,mini_program,web,email,sms"`
	Name         string            `json:"name" minLength:"1" maxLength:"64"`
	Values       map[string]string `json:"values" maxProperties:"20" doc:"The kind's fields, secrets included"`
	OwnerStaffID string            `json:"owner_staff_id,omitempty" maxLength:"64"`
}

// AccountPatch changes an account; nil leaves as it is. Values that are left
// out stay; so do secrets that are empty.
type AccountPatch struct {
	Name            *string           `json:"name,omitempty" minLength:"1" maxLength:"64"`
	Values          map[string]string `json:"values,omitempty" maxProperties:"20"`
	Status          *string           `json:"status,omitempty" enum:"active,disabled"`
	OwnerStaffID    *string           `json:"owner_staff_id,omitempty" maxLength:"64"`
	SecretExpiresAt *string           `json:"secret_expires_at,omitempty" maxLength:"40" example:"2027-01-31T00:00:00Z" doc:"RFC 3339; empty: nobody knows when it ends"`
}

func errNoAccount() error { return errs.NotFound(i18n.T("这个账号", "account")) }

// Connect stores a new account. It does not call the platform; see Test.
func (s *Service) Connect(ctx context.Context, in NewAccount) (Account, error) {
	org := actor(ctx).OrgID
	k, ok := kindOf(in.Kind)
	if !ok {
		return Account{}, errs.InvalidField("body.kind", i18n.T("没有这种账号", "There is no such kind of account"))
	}
	now := s.micros()
	a := &account{org: org, id: ids.New("acc"), kind: k.id, settings: map[string]string{}, secrets: map[string]secret.Redacted{}, status: StatusActive, health: HealthNew,
		owner: in.OwnerStaffID, created: now, updated: now}
	var err error
	if a.name, err = cleanName("body.name", in.Name); err != nil {
		return Account{}, err
	}
	if err := s.fill(a, k, in.Values, true); err != nil {
		return Account{}, err
	}
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		if err := s.knownStaff(ctx, tx, org, "body.owner_staff_id", a.owner); err != nil {
			return err
		}
		if err := s.insertAccount(ctx, tx, a); err != nil {
			return err
		}
		return s.ports.Auditor.Audit(ctx, tx, "carrier.connected", "account", a.id, map[string]any{"kind": a.kind, "name": a.name, "platform_id": a.platform})
	})
	if db.IsUnique(err) {
		return Account{}, errs.Conflict(i18n.T("这个平台账号已经接入过了", "This account of the platform is connected already"))
	}
	return s.shown(ctx, a), err
}

// Update changes an account. A new secret ends the tokens made with the old one.
func (s *Service) Update(ctx context.Context, id string, p AccountPatch) (Account, error) {
	org := actor(ctx).OrgID
	var out *account
	err := s.db.Write(ctx, org, func(tx *db.Tx) error {
		a, err := s.accountByID(ctx, tx, org, id)
		if err != nil {
			return err
		}
		k, _ := kindOf(a.kind)
		changed := []string{}
		if p.Name != nil {
			if a.name, err = cleanName("body.name", *p.Name); err != nil {
				return err
			}
			changed = append(changed, "name")
		}
		if p.OwnerStaffID != nil {
			if err := s.knownStaff(ctx, tx, org, "body.owner_staff_id", *p.OwnerStaffID); err != nil {
				return err
			}
			a.owner = *p.OwnerStaffID
			changed = append(changed, "owner")
		}
		if p.Status != nil {
			a.status = *p.Status
			changed = append(changed, "status:"+a.status)
		}
		if p.SecretExpiresAt != nil {
			if a.expires, err = expiry(*p.SecretExpiresAt); err != nil {
				return err
			}
			changed = append(changed, "secret_expires_at")
		}
		if len(p.Values) > 0 {
			token, key, corp, base := a.secrets["callback_token"], a.secrets["callback_key"], a.platform, a.settings["base_url"]
			if err := s.fill(a, k, p.Values, false); err != nil {
				return err
			}
			if token != a.secrets["callback_token"] || key != a.secrets["callback_key"] {
				a.verified = 0 // the platform has to look again
			}
			if corp != a.platform || base != a.settings["base_url"] {
				if err := forgetSignIn(ctx, tx, org, id); err != nil {
					return err
				}
			}
			a.errorCode, a.errorText, a.errorAt, a.errorAPI = 0, i18n.Text{}, 0, "" // it may be mended now
			changed = append(changed, "values")
			if _, err := tx.Exec(ctx, "DELETE FROM carrier_token WHERE org_id = ? AND account_id = ?", org, id); err != nil {
				return err
			}
			tx.OnCommit(func() { s.tokens.forget(id) })
		}
		tx.OnCommit(func() { s.chat.forget(id) })
		a.updated = max(s.micros(), a.updated+1)
		if err := s.saveAccount(ctx, tx, a); err != nil {
			return err
		}
		out = a
		return s.ports.Auditor.Audit(ctx, tx, "carrier.updated", "account", id, map[string]any{"changed": changed})
	})
	if db.IsUnique(err) {
		return Account{}, errs.Conflict(i18n.T("这个平台账号已经接入过了", "This account of the platform is connected already"))
	}
	if err != nil {
		return Account{}, err
	}
	return s.shown(ctx, out), nil
}

// expiry reads when a secret ends, in UTC microseconds; 0 for empty text.
func expiry(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.Unix() <= 0 {
		return 0, errs.InvalidField("body.secret_expires_at", i18n.T("应是 2027-01-31T00:00:00Z 这样的时间；清空表示不知道", "Write it as 2027-01-31T00:00:00Z; empty: nobody knows"))
	}
	return clock.Micros(at), nil
}

// fill checks values against the kind's fields and puts them into the account.
func (s *Service) fill(a *account, k kind, values map[string]string, fresh bool) error {
	var wrong []errs.Field
	bad := func(key string, t i18n.Text) { wrong = append(wrong, errs.Field{Path: "body.values." + key, Text: t}) }
	for key := range values {
		if choices := ruleValues[key]; choices != nil && k.id == KindWecom {
			if v := values[key]; !slices.Contains(choices, v) {
				bad(key, i18n.Text{ZH: "应为 " + strings.Join(choices, "、"), EN: "One of " + strings.Join(choices, ", ")})
			} else {
				a.settings[key] = v
			}
			continue
		}
		if !slices.ContainsFunc(k.fields, func(f field) bool { return f.key == key }) {
			bad(key, i18n.T("没有这一项", "There is no such value"))
		}
	}
	for _, f := range k.fields {
		v, given := values[f.key]
		v = strings.TrimSpace(v)
		switch {
		case !given && !fresh, f.secret && v == "" && !fresh && given:
			continue // as it was
		case v == "" && f.optional:
			if f.secret {
				delete(a.secrets, f.key)
			} else {
				delete(a.settings, f.key)
			}
			continue
		case v == "":
			bad(f.key, i18n.Text{ZH: f.label.ZH + "不能为空", EN: f.label.EN + " is needed"})
			continue
		case !f.pattern.MatchString(v):
			bad(f.key, i18n.Text{ZH: f.label.ZH + "的格式不对", EN: f.label.EN + " does not look right"})
			continue
		case f.key == "base_url" && !s.mayCall(k.id, v):
			bad(f.key, i18n.T("不允许连接这个地址；自建代理或模拟器要先由管理员加入配置", "This address is not allowed; an administrator must list a proxy or simulator in the configuration first"))
			continue
		}
		if f.key == "server" && privateHost(v) && !slices.Contains(s.o.Platforms, "smtp://"+v) {
			bad(f.key, i18n.T("不允许连接内网的邮件服务器；要先由管理员加入配置", "A mail server inside our network is not allowed; an administrator must list it in the configuration first"))
			continue
		}
		if f.secret {
			a.secrets[f.key] = secret.Redacted(v)
		} else {
			if f.pattern == webURL {
				v = strings.TrimRight(v, "/")
			}
			a.settings[f.key] = v
		}
	}
	if len(wrong) > 0 {
		slices.SortFunc(wrong, func(x, y errs.Field) int { return strings.Compare(x.Path, y.Path) })
		return errs.Invalid(i18n.T("有内容填写不正确，请按下面的提示修改", "Some of the input is not right; see each field"), wrong...)
	}
	a.platform = a.settings[k.platformID]
	if k.id == KindSMS && a.secrets[callbackKey] == "" {
		a.secrets[callbackKey] = secret.Redacted(ids.Token())
	}
	if k.id == KindWeb && a.secrets[visitorKey] == "" {
		a.secrets[visitorKey] = secret.Redacted(web.NewKey())
	}
	return nil
}

// ruleValues are settings of WeCom accounts that have choices: whose customer
// somebody is who is the friend of several members, and whether tags given
// here go to the platform.
var ruleValues = map[string][]string{"owner_rule": {"first", "latest", "none"}, "push_tags": {"existing", "off"}}

// official are the platforms' own addresses.
var official = map[string][]string{
	KindWecom:    {"https://qyapi.weixin.qq.com"},
	KindKf:       {"https://qyapi.weixin.qq.com"},
	KindOfficial: {"https://api.weixin.qq.com"},
	KindMini:     {"https://api.weixin.qq.com"},
	KindSMS:      {"https://sms.tencentcloudapi.com"},
}

// mayCall: an account names an official address or one from the configuration.
func (s *Service) mayCall(kind, address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return false
	}
	origin := u.Scheme + "://" + u.Host
	return slices.Contains(official[kind], origin) || slices.ContainsFunc(s.o.Platforms, func(p string) bool { return strings.TrimRight(p, "/") == origin })
}

// cleanName makes one line of plain text of a name.
func cleanName(path, name string) (string, error) {
	name = oneLine(name, 64)
	if name == "" {
		return "", errs.InvalidField(path, i18n.T("不能为空", "This is needed"))
	}
	return name, nil
}

func (s *Service) knownStaff(ctx context.Context, tx *db.Tx, orgID, path, staffID string) error {
	if staffID == "" {
		return nil
	}
	all, err := s.ports.Staff.ActiveStaff(ctx, tx, orgID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(m StaffMember) bool { return m.ID == staffID }) {
		return errs.NotFound(i18n.T("这位员工", "staff member"))
	}
	return nil
}

// Accounts lists the org's accounts, the oldest first.
func (s *Service) Accounts(ctx context.Context) (out []Account, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		out = nil
		all, err := s.accounts(ctx, tx, org, "")
		for _, a := range all {
			out = append(out, s.shown(ctx, a))
		}
		return err
	})
	return out, err
}

// Account returns one account.
func (s *Service) Account(ctx context.Context, id string) (out Account, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		a, err := s.accountByID(ctx, tx, org, id)
		if err == nil {
			out = s.shown(ctx, a)
		}
		return err
	})
	return out, err
}

// shown is the account without what nobody may see.
func (s *Service) shown(ctx context.Context, a *account) Account {
	k, _ := kindOf(a.kind)
	out := Account{ID: a.id, Kind: a.kind, Name: a.name, PlatformID: a.platform, Settings: a.settings, SecretsSet: []string{}, Status: a.status, Health: a.health, OwnerStaffID: a.owner,
		SecretExpiresAt: clock.Ptr(a.expires), Can: k.can, Error: a.errorText.In(i18n.From(ctx)), ErrorAt: clock.Ptr(a.errorAt), CreatedAt: clock.Time(a.created), UpdatedAt: clock.Time(a.updated)}
	for key := range a.secrets {
		if slices.ContainsFunc(k.fields, func(f field) bool { return f.key == key }) { // not those that we made up
			out.SecretsSet = append(out.SecretsSet, key)
		}
	}
	slices.Sort(out.SecretsSet)
	if k.callbacks {
		out.CallbackURL = strings.TrimRight(s.publicURL(), "/") + "/callbacks/" + a.id
	}
	if a.kind == KindSMS {
		out.CallbackURL = s.smsCallbackURL(a)
	}
	return out
}

const sealPurpose = "carrier.account"

func (s *Service) sealSecrets(a *account) (string, error) {
	plain := map[string]string{} // Redacted would encode as its mark
	for k, v := range a.secrets {
		plain[k] = v.Reveal()
	}
	b, err := json.Marshal(plain)
	if err != nil {
		return "", err
	}
	return s.ports.Sealer.SealString(a.org, sealPurpose, secret.Redacted(b)), nil
}

func (s *Service) openSecrets(a *account, sealed string) error {
	text, err := s.ports.Sealer.OpenString(a.org, sealPurpose, sealed)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(text), &a.secrets)
}
