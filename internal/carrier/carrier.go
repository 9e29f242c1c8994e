package carrier

import (
	"context"
	"crypto/x509"
	"embed"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/timeline"
)

//go:embed migrations
var migrations embed.FS

// Migration makes the module's tables.
var Migration = db.Migration{Module: "carrier", FS: migrations}

// Permissions are those that the module checks.
var Permissions = []access.Permission{
	{Key: "carrier.read", Module: "carrier", Text: i18n.T("查看账号、好友关系、同步与健康", "See accounts, contacts, syncs and health"), Roles: []string{"owner", "operator"}},
	{Key: "carrier.write", Module: "carrier", Text: i18n.T("接入和修改账号、同步、转接客户", "Connect and change accounts, sync, hand customers over"), Roles: []string{"owner", "operator"}},
	{Key: "carrier.link", Module: "carrier", Text: i18n.T("确认或拒绝聊天中认出的客户", "Confirm or refuse whom a chat was recognised as"), Roles: []string{"owner", "operator", "associate"}},
}

// Options are those of a Service. Zero values mean the defaults.
type Options struct {
	// HTTP makes the calls; by default a client that follows no redirects and
	// gives up after 10 seconds.
	HTTP wire.Doer
	// Platforms are further addresses (scheme and host) that an account may name
	// as its platform, such as a simulator's. Without it only the official ones
	// are called: whoever may connect accounts must not reach into our network.
	Platforms []string
	// ReplayWindow is how far a callback's timestamp may be from ours: 5 minutes.
	ReplayWindow time.Duration
	// Sleep waits between tries; wire.Rest.
	Sleep wire.Sleep
	// Parallel is how many callbacks are worked off at once: 8.
	Parallel int
	// PublicURL is where platforms reach us: https://pond.example. Shown in the
	// connect wizard; may be set later with SetPublicURL.
	PublicURL string
	// BounceListen is the address (host:port) at which Run takes mail that comes
	// back; empty: it takes none. The MX records of the accounts' bounce domains
	// lead there.
	BounceListen string
	// MailRoots are the authorities that may vouch for mail servers; nil: the
	// system's.
	MailRoots *x509.CertPool
	// TrustProxy takes a visitor's address from X-Forwarded-For. Only behind a
	// proxy that sets it.
	TrustProxy bool
}

// Service is the module.
type Service struct {
	db     *db.DB
	log    *timeline.Log
	now    clock.Clock
	logger *slog.Logger
	ports  Ports
	o      Options
	node   string // names this process in leases

	tokens   tokenCache
	ledger   ledger
	wake     chan struct{} // something has come in
	wakePush chan struct{} // something shall go out
	chat     chat
	urlMu    sync.RWMutex
	baseURL  string
}

// New returns the module.
func New(d *db.DB, log *timeline.Log, now clock.Clock, logger *slog.Logger, ports Ports, o Options) *Service {
	if o.HTTP == nil {
		o.HTTP = &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	if o.ReplayWindow == 0 {
		o.ReplayWindow = 5 * time.Minute
	}
	if o.Sleep == nil {
		o.Sleep = wire.Rest
	}
	if o.Parallel == 0 {
		o.Parallel = 8
	}
	return &Service{db: d, log: log, now: now, logger: logger, ports: ports, o: o, node: ids.New("node"), baseURL: o.PublicURL, wake: make(chan struct{}, 1), wakePush: make(chan struct{}, 1)}
}

// SetGreeter connects who says what arrivals mean, when it is made after the
// service. Call it before Run.
func (s *Service) SetGreeter(g Greeter) { s.ports.Greeter = g }

// SetPublicURL says where platforms reach us, once that is known.
func (s *Service) SetPublicURL(url string) {
	s.urlMu.Lock()
	defer s.urlMu.Unlock()
	s.baseURL = url
}

func (s *Service) publicURL() string {
	s.urlMu.RLock()
	defer s.urlMu.RUnlock()
	return s.baseURL
}

func (s *Service) micros() int64 { return clock.Micros(s.now()) }

// actor is who acts in ctx.
func actor(ctx context.Context) access.Actor {
	a, _ := access.From(ctx)
	return a
}
