package carrier

import (
	"context"
	"crypto/x509"
	"embed"
	"log/slog"
	"net"
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
	{Key: "carrier.media", Module: "carrier", Text: i18n.T("查看和上传会话里的图片与文件，使用企业微信侧边栏", "See and upload pictures and files of conversations, use the sidebar in WeCom"), Roles: []string{"owner", "operator", "associate"}},
	{Key: PermSignIn, Module: "carrier", Text: i18n.T("决定哪些成员能用企业微信直接登录", "Decide which members sign in from inside WeCom"), Roles: []string{"owner"}},
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
	// MailPatience is how long mail servers are waited for at each step, and for
	// the answer to a mail; 15 seconds and a minute.
	MailPatience time.Duration
	// LookupTXT asks DNS, for the records of signing keys; the system's resolver.
	LookupTXT LookupTXT
	// MassGather is how long after the last message to a member's customers they
	// are asked to send it: 3 seconds. What comes later is another thing to confirm.
	MassGather time.Duration
	// MassSettle is how long the platform is given to show what it was asked before
	// it is asked again, when the answer was lost: 15 seconds.
	MassSettle time.Duration
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
	since  int64  // when this process began

	tokens   tokenCache
	ledger   ledger
	wake     chan struct{} // something has come in
	wakePush chan struct{} // something shall go out
	wakeMass chan struct{} // members shall be asked for something
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
	if o.LookupTXT == nil {
		o.LookupTXT = net.DefaultResolver.LookupTXT
	}
	if o.Parallel == 0 {
		o.Parallel = 8
	}
	if o.MassGather == 0 {
		o.MassGather = massGather
	}
	if o.MassSettle == 0 {
		o.MassSettle = massSettle
	}
	return &Service{db: d, log: log, now: now, logger: logger, ports: ports, o: o, node: ids.New("node"), since: clock.Micros(now()), baseURL: o.PublicURL, wake: make(chan struct{}, 1), wakePush: make(chan struct{}, 1), wakeMass: make(chan struct{}, 1)}
}

// SetGreeter connects who says what arrivals mean, when it is made after the
// service. Call it before Run.
func (s *Service) SetGreeter(g Greeter) { s.ports.Greeter = g }

// SetTalks connects who knows whose conversations are, when it is made after
// the service. Call it before Run.
func (s *Service) SetTalks(t Talks) { s.ports.Talks = t }

// SetBulk connects who knows the mails that an [Outbox] sent. Call it before Run.
func (s *Service) SetBulk(b Bulk) { s.ports.Bulk = b }

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
