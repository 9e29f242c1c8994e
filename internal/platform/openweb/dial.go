package openweb

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"
)

// ErrInside is the error of who would dial into a private network.
var ErrInside = errors.New("openweb: the address lies inside a private network")

// Inside are hosts of our own network that may be dialled all the same.
type Inside struct {
	hosts []string // in the form of Plain, some with a port
	nets  []netip.Prefix
}

// ParseInside reads hosts, each a name or an address, with or without a port, or a
// net such as 10.1.0.0/16.
func ParseInside(all []string) (in Inside, err error) {
	for _, one := range all {
		one = strings.TrimSpace(one)
		if net, err := netip.ParsePrefix(one); err == nil {
			in.nets = append(in.nets, net.Masked())
			continue
		}
		if a, err := netip.ParseAddr(strings.Trim(one, "[]")); err == nil {
			in.nets = append(in.nets, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
			continue
		}
		if one == "" || strings.ContainsAny(one, "/@ ") {
			return Inside{}, fmt.Errorf("openweb: %q is neither a host nor a net", one)
		}
		in.hosts = append(in.hosts, Plain(one))
	}
	return in, nil
}

// Has reports whether a host, and its port as it would be dialled, may be reached
// though it lies inside.
func (in Inside) Has(host, port string) bool {
	host = Plain(host)
	if a, err := netip.ParseAddr(host); err == nil && in.address(a) {
		return true
	}
	return slices.Contains(in.hosts, host) || slices.Contains(in.hosts, net.JoinHostPort(host, port))
}

func (in Inside) address(a netip.Addr) bool {
	a = a.Unmap()
	return slices.ContainsFunc(in.nets, func(p netip.Prefix) bool { return p.Contains(a) })
}

// Dialer dials addresses of the open internet, and those Inside. It judges what a
// name was resolved to at the moment of connecting: a name that changes its mind
// between a check and the call gains nothing.
type Dialer struct {
	Inside  Inside
	Timeout time.Duration // 0: that of ctx
}

// DialContext is for http.Transport. The error is ErrInside, wrapped, where every
// address of the host lies in a private network.
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("openweb: %w", err)
	}
	plain := net.Dialer{Timeout: d.Timeout}
	if !d.Inside.Has(host, port) {
		plain.Control = func(_, resolved string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(resolved)
			if err != nil || !Address(at.Addr()) && !d.Inside.address(at.Addr()) {
				return ErrInside
			}
			return nil
		}
	}
	return plain.DialContext(ctx, network, address)
}
