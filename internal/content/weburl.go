package content

import (
	"net/url"
	"strings"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/openweb"
)

const maxURL = 2048

// webURL checks the address of a page out there. Addresses inside somebody's
// own network are refused, however they are written: a link of ours leads
// nobody there.
func webURL(path, text string) (string, error) {
	text = strings.TrimSpace(text)
	u, err := url.Parse(text)
	switch {
	case text == "":
		return "", errs.InvalidField(path, i18n.T("请填写网址", "Write an address"))
	case err != nil, len(text) > maxURL, u != nil && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Opaque != ""), strings.ContainsAny(text, " \t\r\n\\"):
		return "", errs.InvalidField(path, i18n.T("网址不对，应以 http:// 或 https:// 开头", "This is no address; it begins with http:// or https://"))
	case u.User != nil:
		return "", errs.InvalidField(path, i18n.T("网址里不能有用户名和密码", "An address must not hold a user name and password"))
	case !openweb.Host(u.Hostname()):
		return "", errs.InvalidField(path, i18n.T("这个网址指向内部网络，客户打不开", "This address leads into a private network, where customers cannot go"))
	}
	return u.String(), nil
}
