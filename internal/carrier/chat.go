package carrier

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"fishpond/internal/carrier/web"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/limit"
	"fishpond/internal/platform/secret"
)

// visitorKey is the secret by which a web account signs its visitors' ids. It
// is made up here and shown to nobody.
const visitorKey = "visitor_key"

// site is a web account as the public endpoints need it.
type site struct {
	*account
	origins []string
	look    web.Look
	key     string
}

// chat is what this process keeps of the chats on web pages.
type chat struct {
	limits limit.Counts
	places limit.Places
	bells  bells

	typists typists

	mu    sync.Mutex
	sites map[string]known // by account id
}

type known struct {
	site  *site
	until time.Time
}

const (
	siteLives = 10 * time.Second // how long another node's change of an account may go unseen
	maxSites  = 1000
)

func (c *chat) forget(accountID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.sites, accountID)
}

// site finds an active web account of any org: its id is all that a page tells.
func (s *Service) site(ctx context.Context, accountID string) (*site, error) {
	now := s.now()
	s.chat.mu.Lock()
	k := s.chat.sites[accountID]
	s.chat.mu.Unlock()
	if k.site != nil && k.until.After(now) {
		return k.site, nil
	}
	if len(accountID) > maxAccountID {
		return nil, errNoAccount()
	}
	a, err := s.anyAccount(ctx, accountID)
	if err == nil && (a.kind != KindWeb || a.status != StatusActive) {
		err = errNoAccount()
	}
	if err != nil {
		if errs.Is(err, errs.CodeNotFound) {
			return nil, err
		}
		return nil, errs.Unavailable(errBusyText, err)
	}
	if a.secrets[visitorKey] == "" {
		if a, err = s.giveKey(ctx, a); err != nil {
			return nil, err
		}
	}
	st := &site{account: a, key: a.secrets[visitorKey].Reveal(), look: lookOf(a)}
	for _, o := range append([]string{a.settings["site"], s.publicURL()}, strings.FieldsFunc(a.settings["origins"], func(r rune) bool { return r == ' ' || r == ',' })...) {
		if o = web.Origin(o); o != "" && !slices.Contains(st.origins, o) {
			st.origins = append(st.origins, o)
		}
	}
	s.chat.mu.Lock()
	defer s.chat.mu.Unlock()
	if s.chat.sites == nil || len(s.chat.sites) >= maxSites {
		s.chat.sites = map[string]known{}
	}
	s.chat.sites[accountID] = known{st, now.Add(siteLives)}
	return st, nil
}

// giveKey makes the key of an account that was connected before there were chats.
func (s *Service) giveKey(ctx context.Context, a *account) (out *account, err error) {
	err = s.db.Write(ctx, a.org, func(tx *db.Tx) error {
		if out, err = s.accountByID(ctx, tx, a.org, a.id); err != nil || out.secrets[visitorKey] != "" {
			return err
		}
		out.secrets[visitorKey] = secret.Redacted(web.NewKey())
		return s.saveAccount(ctx, tx, out)
	})
	return out, err
}

const plainColour = "#0958d9"

func lookOf(a *account) web.Look {
	l := web.Look{Account: a.id, Colour: strings.ToLower(a.settings["colour"]), Title: a.settings["title"], Greeting: a.settings["greeting"], Locale: a.settings["locale"], Ask: a.settings["ask"]}
	if l.Colour == "" {
		l.Colour = plainColour
	}
	if l.Locale == "auto" {
		l.Locale = ""
	}
	if l.Ask == "" {
		l.Ask = "off"
	}
	return l
}

// bells tell requests that wait for messages that there is one.
type bells struct {
	mu      sync.Mutex
	waiting map[string]map[chan struct{}]bool
	closed  bool
}

// listen returns a channel that is closed when somebody rings for the visitor.
func (b *bells) listen(accountID, visitor string) (rung <-chan struct{}, leave func()) {
	key, ch := accountID+" "+visitor, make(chan struct{})
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		close(ch)
		return ch, func() {}
	}
	if b.waiting == nil {
		b.waiting = map[string]map[chan struct{}]bool{}
	}
	if b.waiting[key] == nil {
		b.waiting[key] = map[chan struct{}]bool{}
	}
	b.waiting[key][ch] = true
	return ch, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if delete(b.waiting[key], ch); len(b.waiting[key]) == 0 {
			delete(b.waiting, key)
		}
	}
}

func (b *bells) ring(accountID, visitor string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	key := accountID + " " + visitor
	for ch := range b.waiting[key] {
		close(ch)
	}
	delete(b.waiting, key)
}

// close lets everybody go: the process is about to end.
func (b *bells) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, all := range b.waiting {
		for ch := range all {
			close(ch)
		}
	}
	b.waiting, b.closed = nil, true
}
