package web

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

const maxAddress = 512 // bytes of an address that is kept

// Origin is the scheme and host of an address, empty when it is no web address.
func Origin(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return ""
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}

// kept are the parts of a query that say how somebody came; the rest may hold
// names, search words or session ids and is none of our business.
var kept = []string{"utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"}

// Page is the address of a page of one of the origins, without what is none of
// our business; empty when it is another site's.
func Page(address string, origins []string) string {
	at := Origin(address)
	if at == "" {
		return ""
	}
	for _, o := range origins {
		if at == o {
			return trim(address, true)
		}
	}
	return ""
}

// Referrer is where somebody came from: of other sites no more than the page.
func Referrer(address string) string {
	if Origin(address) == "" {
		return ""
	}
	return trim(address, false)
}

func trim(address string, campaign bool) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return ""
	}
	q := url.Values{}
	for _, k := range kept {
		if v := u.Query().Get(k); campaign && v != "" && len(v) <= 64 && utf8.ValidString(v) {
			q.Set(k, v)
		}
	}
	u.Fragment, u.RawFragment, u.RawQuery, u.ForceQuery, u.User = "", "", "", false, nil
	bare := u.String()
	if len(bare) > maxAddress { // the query would be cut in the middle
		return cut(bare, maxAddress)
	}
	if u.RawQuery = q.Encode(); len(u.String()) > maxAddress {
		return bare
	}
	return u.String()
}

func cut(s string, most int) string {
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return strings.ToValidUTF8(s[:most], "")
}
