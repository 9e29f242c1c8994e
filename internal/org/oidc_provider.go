package org

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

const (
	providerFor     = time.Hour // how long a provider's description is believed
	providersKept   = 100
	providerTimeout = 10 * time.Second
	providerMaxBody = 1 << 20 // bytes
)

// providers remembers what providers say about themselves.
type providers struct {
	mu    sync.Mutex
	known map[string]knownProvider
}

type knownProvider struct {
	provider *oidc.Provider
	client   *http.Client
	until    time.Time
}

func newProviders() *providers { return &providers{known: map[string]knownProvider{}} }

// get returns the provider of an issuer and the client to talk to it with.
func (p *providers) get(ctx context.Context, issuer string, now time.Time) (*oidc.Provider, *http.Client, error) {
	p.mu.Lock()
	k, ok := p.known[issuer]
	p.mu.Unlock()
	if ok && k.until.After(now) {
		return k.provider, k.client, nil
	}
	client := providerClient(issuer)
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, client), issuer)
	if err != nil {
		return nil, nil, fmt.Errorf("org: provider %s: %w", issuer, clipped(err))
	}
	// The browser is sent here; the guard of the client does not see it.
	if !allowedURL(provider.Endpoint().AuthURL, onThisMachine(issuer)) {
		return nil, nil, fmt.Errorf("org: provider %s: its authorization endpoint is not https", issuer)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.known) >= providersKept {
		clear(p.known)
	}
	p.known[issuer] = knownProvider{provider, client, now.Add(providerFor)}
	return provider, client, nil
}

// clipped keeps a provider's error page out of the log but for its beginning.
func clipped(err error) error { return errors.New(clip(err.Error(), 500)) }

func onThisMachine(issuer string) bool {
	u, err := url.Parse(issuer)
	return err == nil && isLoopback(u.Hostname())
}

// providerClient talks to one provider: over https only (unless the issuer is
// on this machine), not for long, and not for much.
func providerClient(issuer string) *http.Client {
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.DisableKeepAlives = true // a sign-in now and then is not worth an open connection
	return &http.Client{Timeout: providerTimeout, Transport: guardedTransport{base, onThisMachine(issuer)},
		CheckRedirect: func(_ *http.Request, via []*http.Request) error {
			if len(via) >= 3 {
				return errors.New("org: too many redirects")
			}
			return nil
		}}
}

type guardedTransport struct {
	base     http.RoundTripper
	loopback bool
}

// RoundTrip refuses plain http, also after a redirect and for the addresses
// that the provider's description names, and cuts long answers off.
func (g guardedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if !allowedURL(r.URL.String(), g.loopback) {
		return nil, fmt.Errorf("org: provider address %s://%s is not https", r.URL.Scheme, r.URL.Host)
	}
	resp, err := g.base.RoundTrip(r)
	if err == nil {
		resp.Body = http.MaxBytesReader(nil, resp.Body, providerMaxBody)
	}
	return resp, err
}
