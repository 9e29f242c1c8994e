package openweb

import (
	"errors"
	"net"
	"net/netip"
	"testing"
)

func TestHost(t *testing.T) {
	for host, want := range map[string]bool{
		"example.com": true, "hooks.shanye.cn.": true, "8.8.8.8": true, "[::1]": false, "2606:4700::1111": true, "例子.中国": true,
		"localhost": false, "LOCALHOST": false, "127.0.0.1": false, "127.1": false, "0x7f.1": false, "2130706433": false, "0": false, "": false,
		"10.0.0.1": false, "192.168.1.1": false, "172.16.0.1": false, "169.254.169.254": false, "100.64.0.1": false, "0.0.0.0": false,
		"::1": false, "fe80::1": false, "fc00::1": false, "::ffff:127.0.0.1": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false, "fe80::1%eth0": false,
		"printer.local": false, "db.internal": false, "x.home.arpa": false, "１２７.0.0.1": false, "127。0。0。1": false, "a..b": false, "user@example.com": false,
	} {
		if got := Host(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
}

func TestInside(t *testing.T) {
	in, err := ParseInside([]string{"10.1.0.0/16", "192.168.7.7", "crm.internal", "erp.internal:8443", "[fd00::5]"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		host, port string
		want       bool
	}{
		{"10.1.2.3", "80", true}, {"10.2.0.1", "80", false}, {"192.168.7.7", "443", true}, {"CRM.internal.", "443", true}, {"erp.internal", "8443", true},
		{"erp.internal", "443", false}, {"fd00::5", "1", true}, {"other.internal", "1", false}, {"::ffff:10.1.2.3", "80", true},
	} {
		if got := in.Has(c.host, c.port); got != c.want {
			t.Errorf("%s:%s: %v", c.host, c.port, got)
		}
	}
	for _, bad := range []string{"", "http://x", "a b", "10.0.0.0/99"} {
		if _, err := ParseInside([]string{bad}); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// What decides is the address at which one ends, not how it was asked for.
func TestDialer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "localhost", "::ffff:127.0.0.1"} {
		if _, err := (&Dialer{}).DialContext(t.Context(), "tcp", net.JoinHostPort(host, port)); !errors.Is(err, ErrInside) {
			t.Errorf("%s: %v", host, err)
		}
	}
	for _, allowed := range []string{"localhost", "localhost:" + port, "127.0.0.0/8"} {
		in, err := ParseInside([]string{allowed})
		if err != nil {
			t.Fatal(err)
		}
		c, err := (&Dialer{Inside: in}).DialContext(t.Context(), "tcp4", net.JoinHostPort("localhost", port))
		if err != nil {
			t.Errorf("%s: %v", allowed, err)
			continue
		}
		c.Close()
	}
	if Address(netip.Addr{}) {
		t.Error("no address is open")
	}
}
