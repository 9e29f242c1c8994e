package wording

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"fishpond/internal/platform/i18n"
)

var (
	address = regexp.MustCompile(`(?i)(?:[a-z][a-z0-9+.-]*:)?//[^\s"'<>)]*`)
	odd     = regexp.MustCompile(`(?i)\b(?:javascript|vbscript|data|file|ftp):[^\s"'<>]*`)
	numeric = regexp.MustCompile(`(?i)^(?:0x[0-9a-f]+|[0-9]+)(?:\.(?:0x[0-9a-f]+|[0-9]+))*$`)
)

// Names that lead to the reader's own network, or to ours.
var inner = []string{".localhost", ".local", ".internal", ".intranet", ".lan", ".home", ".home.arpa", ".corp"}

// links refuses links that cannot lead a customer anywhere good: into a private
// network, to a place that only a value of the person names, or into a script.
func links(source string) error {
	refuse := func(at int, t i18n.Text) error {
		return &Problem{Line: 1 + strings.Count(source[:at], "\n"), Text: t}
	}
	for _, at := range address.FindAllStringIndex(source, -1) {
		link := source[at[0]:at[1]]
		_, rest, _ := strings.Cut(link, "//")
		host, _, _ := strings.Cut(rest, "/")
		host, _, _ = strings.Cut(host, "?")
		if strings.Contains(host, "{{") {
			return refuse(at[0], i18n.T("链接的域名不能含变量", "A link's host cannot hold a variable"))
		}
		link, _, _ = strings.Cut(link, "{{") // what a person's value makes of the rest is escaped
		u, err := url.Parse(link)
		if err != nil || u.Host == "" {
			continue // a comment in code, or a path: no link with a host
		}
		if why := forbidden(u); !why.IsZero() {
			return refuse(at[0], why)
		}
	}
	if at := odd.FindStringIndex(source); at != nil {
		return refuse(at[0], i18n.T("不能使用“%s”这样的链接", "Links such as “%s” are refused", word(source[at[0]:at[1]])))
	}
	return nil
}

func forbidden(u *url.URL) i18n.Text {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	switch {
	case u.User != nil:
		return i18n.T("链接里不能有“@”和登录信息", "A link cannot hold a sign-in")
	case u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https":
		return i18n.T("链接只能以 http 或 https 开头", "A link begins with http or https")
	}
	private := i18n.T("链接“%s”指向内部网络，客户打不开", "The link to “%s” leads into a private network, where customers cannot go", host)
	if ip, err := netip.ParseAddr(host); err == nil {
		ip = ip.Unmap()
		if !ip.IsGlobalUnicast() || ip.IsPrivate() || shared.Contains(ip) {
			return private
		}
		return i18n.Text{}
	}
	if numeric.MatchString(host) || !strings.Contains(host, ".") { // 127.1, 0x7f000001, localhost
		return private
	}
	for _, suffix := range inner {
		if strings.HasSuffix(host, suffix) {
			return private
		}
	}
	return i18n.Text{}
}

// shared is the address space of carriers' own networks (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")
