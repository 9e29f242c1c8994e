package wire

import (
	"context"
	"net/http"
	"time"
)

// Tokens gives access tokens. An implementation asks the platform for one at a
// time, also across nodes, because a new token may end the life of the old one.
type Tokens interface {
	// Token returns a token that should be accepted now. refused is the one that
	// the platform has just refused, empty otherwise: it is not given out again.
	Token(ctx context.Context, refused string) (string, error)
}

// Fetch asks the platform for a new token and tells how long it lives.
type Fetch func(ctx context.Context) (token string, lives time.Duration, err error)

// Quota counts calls against what the platform allows.
type Quota interface {
	// Take counts one call of an API and returns how long to wait when that
	// would be too many now; such a call is not counted.
	Take(ctx context.Context, api string) (wait time.Duration, err error)
	// Full notes that the platform itself said that there were too many, and
	// returns how long to wait.
	Full(ctx context.Context, api string) (wait time.Duration, err error)
	// Told notes how a call ended, for the account's health; nil is well.
	Told(ctx context.Context, api string, err error)
}

// Doer sends HTTP requests: an *http.Client.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Sleep waits, or returns the context's error when that ends first.
type Sleep func(ctx context.Context, d time.Duration) error

// Rest is Sleep by the machine's timers.
func Rest(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// NoQuota counts nothing: for single calls before an account exists.
type NoQuota struct{}

// Take never waits.
func (NoQuota) Take(context.Context, string) (time.Duration, error) { return 0, nil }

// Full waits for the next minute.
func (NoQuota) Full(context.Context, string) (time.Duration, error) { return time.Minute, nil }

// Told notes nothing.
func (NoQuota) Told(context.Context, string, error) {}
