package org

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
	_ "time/tzdata" // time zones must be there on machines without a zone database
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/currency"
	"golang.org/x/text/unicode/norm"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Settings are what other modules need to know of an org to count and speak.
type Settings struct {
	Name         string
	TimeZone     *time.Location
	TimeZoneName string // IANA
	Currency     string // ISO 4217
	Locale       string // zh-CN or en
}

// Settings reads an org's settings within the caller's transaction.
func (s *Service) Settings(ctx context.Context, tx *db.Tx, orgID string) (Settings, error) {
	o, err := orgByID(ctx, tx, orgID)
	if err != nil {
		return Settings{}, err
	}
	zone, err := s.zone(o.TimeZone)
	return Settings{Name: o.Name, TimeZone: zone, TimeZoneName: o.TimeZone, Currency: o.Currency, Locale: o.Locale}, err
}

func (s *Service) zone(name string) (*time.Location, error) {
	if z, ok := s.zones.Load(name); ok {
		return z.(*time.Location), nil
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("org: time zone: %w", err)
	}
	s.zones.Store(name, z)
	return z, nil
}

// OrgPatch changes an org; nil leaves as it is.
type OrgPatch struct {
	Name     *string `json:"name,omitempty" minLength:"1" maxLength:"100"`
	TimeZone *string `json:"time_zone,omitempty" minLength:"1" maxLength:"64" doc:"IANA name" example:"Asia/Shanghai"`
	Currency *string `json:"currency,omitempty" minLength:"3" maxLength:"3" doc:"ISO 4217" example:"CNY"`
	Locale   *string `json:"locale,omitempty" enum:"zh-CN,en"`
}

// withSettings applies p to o after checking every field.
func withSettings(o Org, p OrgPatch) (Org, error) {
	var wrong []errs.Field
	if p.Name != nil {
		name, err := cleanName(*p.Name)
		if err != nil {
			wrong = append(wrong, errs.Field{Path: "body.name", Text: errs.As(err).Text})
		}
		o.Name = name
	}
	if p.TimeZone != nil {
		// Local is the machine's: it would change with the machine.
		if _, err := time.LoadLocation(*p.TimeZone); err != nil || *p.TimeZone == "" || *p.TimeZone == "Local" {
			wrong = append(wrong, errs.Field{Path: "body.time_zone", Text: i18n.T("没有这个时区，请填 IANA 名称，例如 Asia/Shanghai", "No such time zone; give an IANA name such as Asia/Shanghai")})
		}
		o.TimeZone = *p.TimeZone
	}
	if p.Currency != nil {
		o.Currency = strings.ToUpper(*p.Currency)
		if _, err := currency.ParseISO(o.Currency); err != nil {
			wrong = append(wrong, errs.Field{Path: "body.currency", Text: i18n.T("没有这个币种，请填三位代码，例如 CNY", "No such currency; give its three-letter code such as CNY")})
		}
	}
	if p.Locale != nil {
		o.Locale = *p.Locale
		if !validLocale(o.Locale) {
			wrong = append(wrong, errs.Field{Path: "body.locale", Text: i18n.T("语言应为 zh-CN 或 en", "The language must be zh-CN or en")})
		}
	}
	if len(wrong) > 0 {
		return o, errs.Invalid(i18n.T("有内容填写不正确，请按下面的提示修改", "Some of the input is not right; see each field"), wrong...)
	}
	return o, nil
}

func validLocale(l string) bool { return l == string(i18n.ZH) || l == string(i18n.EN) }

const maxName = 100

// cleanName trims a name and refuses what cannot be shown on one line.
func cleanName(name string) (string, error) {
	name = norm.NFC.String(strings.TrimSpace(name))
	switch n := utf8.RuneCountInString(name); {
	case n == 0 || !utf8.ValidString(name):
		return "", errs.Invalid(i18n.T("请填写名称", "Give a name"))
	case n > maxName:
		return "", errs.Invalid(i18n.T("名称最多 %d 个字符", "A name has at most %d characters", maxName))
	case strings.IndexFunc(name, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }) >= 0:
		return "", errs.Invalid(i18n.T("名称里不能有换行等控制字符", "A name cannot contain control characters"))
	}
	return name, nil
}

// nameKey is a name as names are compared.
func nameKey(name string) string {
	return strings.ToLower(norm.NFKC.String(strings.Join(strings.Fields(name), " ")))
}

var emailPattern = regexp.MustCompile(`^[^\s@<>(),;:"\\\[\]\x00-\x1f]{1,64}@[^\s@<>(),;:"\\\[\]\x00-\x1f]+\.[^\s@<>(),;:"\\\[\]\x00-\x1f.]+$`)

// cleanEmail gives the address as it is stored and compared: in lower case.
// Providers that tell upper from lower case in an address are not to be met.
func cleanEmail(email string) (string, error) {
	email = strings.ToLower(norm.NFC.String(strings.TrimSpace(email)))
	if len(email) > 254 || !utf8.ValidString(email) || !emailPattern.MatchString(email) {
		return "", errs.InvalidField("body.email", i18n.T("应为邮箱地址，例如 li@example.com", "Give an e-mail address such as li@example.com"))
	}
	return email, nil
}

type change struct {
	field, from, to string
}

// changes is the audit detail of an update: only what became different.
func changes(all ...change) map[string]any {
	m := map[string]any{}
	for _, c := range all {
		if c.from != c.to {
			m[c.field] = map[string]string{"from": c.from, "to": c.to}
		}
	}
	return m
}
