package org

import (
	"container/list"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// How often somebody may try a password. An office behind one address shares
// the second bucket.
const (
	triesPerAccount = 5
	accountRefill   = 30 * time.Second
	triesPerAddress = 30
	addressRefill   = 5 * time.Second
	bucketsKept     = 20_000
)

// limits are the token buckets in front of sign-in.
type limits struct {
	account *buckets // address and e-mail, or staff id
	address *buckets
}

func newLimits() *limits {
	return &limits{account: newBuckets(triesPerAccount, accountRefill), address: newBuckets(triesPerAddress, addressRefill)}
}

// signIn takes one try for this address and e-mail, or says when to come back.
func (l *limits) signIn(now time.Time, ip, email string) error {
	ip = network(ip)
	// The address first: its bucket keeps one caller from pushing others' accounts out of the map.
	if wait := l.address.take(now, ip); wait > 0 {
		return tooMany(wait)
	}
	if wait := l.account.take(now, ip+" "+email); wait > 0 {
		return tooMany(wait)
	}
	return nil
}

// succeeded gives the account's tries back: whoever knows the password did
// not guess.
func (l *limits) succeeded(ip, email string) { l.account.forget(network(ip) + " " + email) }

func tooMany(wait time.Duration) error {
	secs := int(max(1, (wait+time.Second-1)/time.Second))
	return errs.TooMany(i18n.T("尝试次数太多，请 %d 秒后再试", "Too many attempts; try again in %d seconds", secs), time.Duration(secs)*time.Second)
}

// network is the address that a limit is counted for: an IPv6 customer has a
// whole /64 to try from.
func network(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	a = a.Unmap().WithZone("")
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}

// buckets are token buckets by key; the least recently used make room.
type buckets struct {
	mu    sync.Mutex
	burst int
	every time.Duration
	items map[string]*list.Element
	order *list.List // newest use first
}

type bucket struct {
	key string
	lim *rate.Limiter
}

func newBuckets(burst int, every time.Duration) *buckets {
	return &buckets{burst: burst, every: every, items: map[string]*list.Element{}, order: list.New()}
}

// take takes one token, or returns how long until there is one.
func (b *buckets) take(now time.Time, key string) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, ok := b.items[key]
	if ok {
		b.order.MoveToFront(e)
	} else {
		e = b.order.PushFront(&bucket{key: key, lim: rate.NewLimiter(rate.Every(b.every), b.burst)})
		b.items[key] = e
		if b.order.Len() > bucketsKept {
			last := b.order.Back()
			delete(b.items, last.Value.(*bucket).key)
			b.order.Remove(last)
		}
	}
	r := e.Value.(*bucket).lim.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now) // a refused try does not count
	}
	return wait
}

func (b *buckets) forget(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e, ok := b.items[key]; ok {
		delete(b.items, key)
		b.order.Remove(e)
	}
}
