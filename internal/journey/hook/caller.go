package hook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/openweb"
	"fishpond/internal/platform/secret"
)

// Runs are those who wait for their calls.
type Runs interface {
	// Settled lets runs go on. It is called in the transaction that settles their
	// calls, so that neither is without the other. A run that is not there any more,
	// or elsewhere by now, is passed over.
	Settled(ctx context.Context, tx *db.Tx, orgID string, all []Outcome) error
}

// Sealer keeps secrets. Satisfied by secret.Keyring.
type Sealer interface {
	SealString(orgID, purpose string, plain secret.Redacted) string
	OpenString(orgID, purpose, sealed string) (secret.Redacted, error)
}

const purpose = "journey.webhook"

// Options say how calls are made. What is 0 becomes the default.
type Options struct {
	Inside   openweb.Inside // hosts of the house's own network that may be called
	Timeout  time.Duration  // of a call, from looking up the name to the last byte; 10 s
	InFlight int            // at a time, of this node; 64
	PerHost  int            // at a time to one place, of this node; 8
	Poll     time.Duration  // between two looks; 1 s
	// Trust says whether the clock may be believed; nothing is due while it may not.
	// Nil: always.
	Trust func() bool
	Roots *x509.CertPool // whom calls trust; nil: the machine's
}

// How it is tried again.
const (
	// Most bytes of an answer that are read.
	Most = 64 << 10
	// Patience is how long calls to a place that answers nobody wait in all.
	Patience = 4 * time.Hour
	// lease is how long whoever makes a call has for it; longer than any takes.
	lease = 2 * time.Minute
	// keep is how long it is known what became of a call.
	keep = 30 * 24 * time.Hour
)

// again is how long after each attempt the next one comes. After the last there is
// none.
var again = []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour}

// Caller makes calls. Make one with New; any number of nodes may have one.
type Caller struct {
	db     *db.DB
	now    clock.Clock
	log    *slog.Logger
	runs   Runs
	sealer Sealer
	o      Options
	inside openweb.Inside
	client *http.Client
	bell   chan struct{}

	mu     sync.Mutex
	flight map[place]int // how many are being made
	all    int
}

// place is who is called.
type place struct{ orgID, host string }

// New returns a caller. runs may be set later, before the first call, with
// [Caller.SetRuns].
func New(d *db.DB, now clock.Clock, log *slog.Logger, runs Runs, sealer Sealer, o Options) *Caller {
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if o.InFlight <= 0 {
		o.InFlight = 64
	}
	if o.PerHost <= 0 {
		o.PerHost = 8
	}
	if o.Poll <= 0 {
		o.Poll = time.Second
	}
	if o.Trust == nil {
		o.Trust = func() bool { return true }
	}
	c := &Caller{db: d, now: now, log: log, runs: runs, sealer: sealer, o: o, inside: o.Inside, bell: make(chan struct{}, 1), flight: map[place]int{}}
	c.client = &http.Client{CheckRedirect: c.redirected, Transport: &http.Transport{
		// No proxy of the environment: it would dial for us, wherever it is told to.
		DialContext:            (&openweb.Dialer{Inside: o.Inside, Timeout: o.Timeout}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.Roots},
		TLSHandshakeTimeout:    o.Timeout,
		MaxIdleConnsPerHost:    o.PerHost,
		MaxIdleConns:           o.InFlight,
		IdleConnTimeout:        30 * time.Second,
		DisableCompression:     true, // what is small on the line may be large when unpacked
		MaxResponseHeaderBytes: Most,
	}}
	return c
}

// SetRuns says who waits for calls.
func (c *Caller) SetRuns(r Runs) { c.runs = r }

// Seal is a secret as it is stored. It opens for this org only.
func (c *Caller) Seal(orgID string, plain secret.Redacted) string {
	return c.sealer.SealString(orgID, purpose, plain)
}

// Run makes calls until ctx ends, and waits for those that it began; they end with
// ctx, too, and are made again by whoever comes next.
func (c *Caller) Run(ctx context.Context) {
	var wg sync.WaitGroup
	defer c.client.CloseIdleConnections()
	defer wg.Wait()
	timer, swept := time.NewTimer(0), time.Time{}
	defer timer.Stop()
	for ctx.Err() == nil {
		if _, err := c.round(ctx, wg.Go); err != nil && ctx.Err() == nil {
			c.log.WarnContext(ctx, "webhooks could not be looked at, will try again", "error", err)
		}
		if now := c.now(); now.Sub(swept) > time.Hour {
			swept = now
			if err := c.sweep(ctx); err != nil && ctx.Err() == nil {
				c.log.WarnContext(ctx, "old webhook calls could not be forgotten", "error", err)
			}
		}
		timer.Reset(c.o.Poll)
		select {
		case <-ctx.Done():
			return
		case <-c.bell:
		case <-timer.C:
		}
	}
}

// Once makes the calls that are due now and says how many those were. Of a place
// at most as many are made as go at a time.
func (c *Caller) Once(ctx context.Context) (n int, err error) {
	var wg sync.WaitGroup
	n, err = c.round(ctx, wg.Go)
	wg.Wait()
	return n, err
}

// Ring has the caller look at once.
func (c *Caller) Ring() {
	select {
	case c.bell <- struct{}{}:
	default:
	}
}

// round begins what is due, as far as there is room.
func (c *Caller) round(ctx context.Context, begin func(func())) (n int, err error) {
	if !c.o.Trust() {
		return 0, nil
	}
	due, err := c.due(ctx)
	if err != nil {
		return 0, err
	}
	for _, p := range due {
		if p.shut {
			if err := c.giveUp(ctx, p.place); err != nil {
				return n, err
			}
			continue
		}
		room := c.take(p.place, p.probe)
		if room == 0 {
			continue
		}
		calls, err := c.claim(ctx, p.place, room)
		c.give(p.place, room-len(calls))
		if err != nil {
			return n, fmt.Errorf("%s: %w", p.host, err)
		}
		for _, one := range calls {
			n++
			begin(func() {
				defer c.Ring()
				defer c.give(p.place, 1)
				c.make(ctx, one)
			})
		}
	}
	return n, nil
}

// take makes room for calls to a place, and says for how many. A place that has
// not answered lately is tried with a single one.
func (c *Caller) take(p place, probe bool) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	most := c.o.PerHost
	if probe {
		most = 1
	}
	n := max(0, min(most-c.flight[p], c.o.InFlight-c.all))
	c.flight[p] += n
	c.all += n
	return n
}

func (c *Caller) give(p place, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flight[p] -= n; c.flight[p] <= 0 {
		delete(c.flight, p)
	}
	c.all -= n
}
