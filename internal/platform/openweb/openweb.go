// Package openweb tells addresses of the open internet from those inside
// somebody's own network, however they are written, and dials only the former:
// what staff type into a field must not make the server knock on the doors of the
// house that it stands in.
package openweb

import (
	"net/netip"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Host reports whether a host can be one of the open internet: a name with a dot
// that no network keeps for itself, or an address that is not private. What a name
// resolves to is another question; see [Dialer].
func Host(host string) bool {
	// Browsers take full-width letters and other dots for the usual ones.
	host = Plain(host)
	if a, err := netip.ParseAddr(host); err == nil {
		return Address(a)
	}
	labels := strings.Split(host, ".")
	last := labels[len(labels)-1]
	if len(labels) < 2 || len(host) > 253 || number(last) { // 2130706433, 0x7f.1 and 127.1 are addresses, too
		return false
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || strings.ContainsAny(l, "%:[]@/ ") {
			return false
		}
	}
	switch last {
	case "localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "private", "test", "invalid", "onion":
		return false
	}
	return !strings.HasSuffix(host, ".home.arpa") && !strings.HasSuffix(host, ".in-addr.arpa") && !strings.HasSuffix(host, ".ip6.arpa")
}

// Plain is a host in the one form in which it is compared.
func Plain(host string) string {
	return strings.ToLower(strings.TrimSuffix(strings.ReplaceAll(norm.NFKC.String(host), "。", "."), "."))
}

// number reports whether browsers read a last label as that of an IPv4 address.
func number(label string) bool {
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}

// closed are the nets that are nobody's on the open internet.
var closed = func() (out []netip.Prefix) {
	for _, p := range []string{"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10", "::/96"} {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}()

// Address reports whether an address is one of the open internet.
func Address(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() {
		return false
	}
	for _, p := range closed {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
