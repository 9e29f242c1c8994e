package pool

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/net/idna"

	"fishpond/internal/platform/i18n"
	"fishpond/internal/pool/resolve"
)

const maxValue = 256 // bytes of an identity's value

// normalise brings an identity into the one form in which it is stored and
// compared. source qualifies a customer number that comes without its source.
// problem is zero when the identity is fine.
func normalise(id Identity, phoneRegion, source string) (key resolve.Key, problem i18n.Text) {
	kind, ok := resolve.Lookup(strings.TrimSpace(id.Kind))
	if !ok {
		return key, i18n.T("不认识的身份类型", "This kind of identity is not known")
	}
	v := strings.TrimSpace(id.Value)
	switch {
	case v == "":
		return key, i18n.T("身份的值不能为空", "An identity needs a value")
	case len(v) > maxValue:
		return key, i18n.T("身份的值太长，最多 %d 字节", "An identity's value has at most %d bytes", maxValue)
	case !utf8.ValidString(v) || strings.IndexFunc(v, unicode.IsControl) >= 0:
		return key, i18n.T("身份的值里有控制字符或乱码", "An identity's value must not hold control characters or broken text")
	}
	switch kind {
	case resolve.Phone:
		if v, ok = normalPhone(v, phoneRegion); !ok {
			return key, i18n.T("不是有效的电话号码", "This is not a phone number")
		}
	case resolve.Email, resolve.EmailUnverified:
		if v, ok = normalEmail(v); !ok {
			return key, i18n.T("不是有效的邮箱地址", "This is not an email address")
		}
	case resolve.CustomerNo:
		if !strings.Contains(v, ":") {
			if source == "" {
				source = "console"
			}
			v = source + ":" + v
		}
		if len(v) > maxValue {
			return key, i18n.T("身份的值太长，最多 %d 字节", "An identity's value has at most %d bytes", maxValue)
		}
	}
	return resolve.Key{Kind: kind, Value: v}, problem
}

// normalPhone gives E.164. Only the length is checked beyond that: tables of
// the ranges in use are out of date before they are shipped.
func normalPhone(v, region string) (string, bool) {
	if region == "CN" && len(v) == 11 && v[0] == '1' && v[1] >= '3' && digits(v) {
		return "+86" + v, true // nearly every number of nearly every brand
	}
	n, err := phonenumbers.Parse(v, region)
	if err != nil || !phonenumbers.IsPossibleNumber(n) {
		return "", false
	}
	return phonenumbers.Format(n, phonenumbers.E164), true
}

func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

func normalEmail(v string) (string, bool) {
	local, domain, ok := strings.Cut(v, "@")
	if !ok || local == "" || len(v) > 254 || strings.ContainsAny(v, " \t\"<>(),;:\\") || strings.Contains(domain, "@") {
		return "", false
	}
	ascii := true
	for i := 0; i < len(domain); i++ {
		ascii = ascii && domain[i] < utf8.RuneSelf
	}
	domain = strings.ToLower(domain)
	if !ascii {
		var err error
		if domain, err = idna.Lookup.ToASCII(domain); err != nil {
			return "", false
		}
	}
	if !strings.Contains(domain, ".") || strings.HasPrefix(domain, ".") || strings.HasSuffix(domain, ".") || strings.Contains(domain, "..") {
		return "", false
	}
	return strings.ToLower(local) + "@" + domain, true
}

// mask hides the middle of an identity from those who may not see it.
func mask(kind, value string) string {
	switch kind {
	case "phone":
		v := value
		if rest, ok := strings.CutPrefix(v, "+86"); ok && len(rest) == 11 {
			v = rest
		}
		if len(v) < 8 {
			return "****"
		}
		return v[:3] + strings.Repeat("*", len(v)-7) + v[len(v)-4:]
	case "email", "email_unverified":
		local, domain, _ := strings.Cut(value, "@")
		first, _ := utf8.DecodeRuneInString(local)
		return string(first) + "***@" + domain
	}
	r := []rune(value)
	if len(r) <= 6 {
		return "****"
	}
	return string(r[:3]) + "****" + string(r[len(r)-3:])
}
