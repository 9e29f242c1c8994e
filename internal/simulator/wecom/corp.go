package wecom

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Corp is one company. Its exported methods are what people do in the apps and in the
// admin console; they lock it themselves.
type Corp struct {
	world *World
	mu    sync.Mutex // guards state
	state
	bySerial    map[int64]*Contact // friendships by serial
	friends     map[string]int     // how many a member has, those made in bulk aside
	archiveTold time.Time
	nextDue     int64 // when the next transfer takes effect, in seconds; 0: none
	gate        gate
}

// state is what is kept over a restart.
type state struct {
	ID          string                `json:"id"`
	Name        string                `json:"name"`
	OpenAccount string                `json:"open_account"` // bound open platform account; "": no unionids
	Serial      int64                 `json:"serial"`       // numbers things of the corp
	Apps        []*App                `json:"apps"`
	Departments []*Department         `json:"departments"`
	Users       map[string]*User      `json:"users"`
	Left        map[string]*departed  `json:"left"`
	Persons     map[string]string     `json:"persons"` // person id → external_userid
	Contacts    map[string]*Contact   `json:"contacts"`
	Bulks       []*Bulk               `json:"bulks"`
	Requests    []*Request            `json:"requests"`
	Groups      []*TagGroup           `json:"tag_groups"`
	GoneTags    map[string]goneTag    `json:"gone_tags"`
	Ways        map[string]*Way       `json:"ways"`
	Links       map[string]*Link      `json:"links"`
	Acquired    int64                 `json:"acquired"` // customers won by links
	Chats       map[string]*Chat      `json:"chats"`
	JoinWays    map[string]*JoinWay   `json:"join_ways"`
	Masses      map[string]*Mass      `json:"masses"`
	MassRule    string                `json:"mass_rule"` // month, week or day
	MassSent    map[string][]int64    `json:"mass_sent"` // customer or group → when, in seconds
	Moments     map[string]*Moment    `json:"moments"`
	Rules       map[string]*Intercept `json:"rules"`
	GoneRules   map[string]bool       `json:"gone_rules"`
	Codes       map[string]*Code      `json:"codes"`
	Tickets     map[string]*Ticket    `json:"tickets"`
	Inbox       []AppMessage          `json:"inbox"` // app messages to members
	Desks       map[string]*Desk      `json:"desks"`
	Archive     Archive               `json:"archive"`
	Transfers   []*Transfer           `json:"transfers"`
	Welcomes    map[string]*welcome   `json:"welcomes"`
	Talks       map[string][]Line     `json:"talks"` // userid|external_userid
	Media       map[string]*Media     `json:"media"`
}

// ErrArgument is what the verbs say of wrong arguments.
var ErrArgument = errors.New("wrong argument")

func argument(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrArgument, fmt.Sprintf(format, args...))
}

func newCorp(w *World, id, name, openAccount string) *Corp {
	c := &Corp{world: w, gate: newGate(), bySerial: map[int64]*Contact{}, friends: map[string]int{}}
	c.state = state{ID: id, Name: name, OpenAccount: openAccount, MassRule: MassMonth}
	c.Departments = []*Department{{ID: 1, Name: name, Order: 100_000_000}}
	c.fill()
	return c
}

// fill makes the maps that a snapshot or a new corp lacks.
func (c *Corp) fill() {
	s := &c.state
	ensure(&s.Users)
	ensure(&s.Left)
	ensure(&s.Persons)
	ensure(&s.Contacts)
	ensure(&s.GoneTags)
	ensure(&s.Ways)
	ensure(&s.Links)
	ensure(&s.Chats)
	ensure(&s.JoinWays)
	ensure(&s.Masses)
	ensure(&s.MassSent)
	ensure(&s.Moments)
	ensure(&s.Rules)
	ensure(&s.GoneRules)
	ensure(&s.Codes)
	ensure(&s.Tickets)
	ensure(&s.Desks)
	ensure(&s.Welcomes)
	ensure(&s.Talks)
	ensure(&s.Media)
}

func ensure[K comparable, V any](m *map[K]V) {
	if *m == nil {
		*m = map[K]V{}
	}
}

func (c *Corp) marshal() (json.RawMessage, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return json.Marshal(&c.state)
}

func (c *Corp) unmarshal(data []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state = state{}
	if err := json.Unmarshal(data, &c.state); err != nil {
		return err
	}
	c.fill()
	c.reindex()
	c.plan()
	return nil
}

// now is the platform's time.
func (c *Corp) now() time.Time { return c.world.Clock() }

// next numbers things of the corp.
func (c *Corp) next() int64 {
	c.Serial++
	return c.Serial
}

// do runs a verb with the corp locked.
func (c *Corp) do(fn func() error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle(c.now())
	return fn()
}

// settle does what the platform does by itself as time passes.
func (c *Corp) settle(now time.Time) { c.settleTransfers(now) }

// Kind is the kind of an app.
type Kind string

// The kinds of apps, by the secret that they come with.
const (
	KindAgent     Kind = "agent"     // self-built, with an agentid
	KindContacts  Kind = "contacts"  // contact sync assistant (通讯录同步)
	KindCustomers Kind = "customers" // customer contact (客户联系)
	KindKf        Kind = "kf"        // WeChat customer service (微信客服)
	KindArchive   Kind = "archive"   // chat archiving (会话内容存档)
)

// App is something that calls the API with a secret of its own.
type App struct {
	ID         string    `json:"id"` // kind, with the agentid for self-built ones
	Kind       Kind      `json:"kind"`
	Name       string    `json:"name"`
	AgentID    int64     `json:"agentid,omitempty"`
	Secret     string    `json:"secret"`
	Customers  bool      `json:"customers"`             // may call customer contact (可调用接口的应用)
	Kf         bool      `json:"kf"`                    // may manage customer service accounts
	Users      []string  `json:"users,omitempty"`       // members that it sees; empty: all
	TrustedIPs []string  `json:"trusted_ips,omitempty"` // empty: any
	Domain     string    `json:"domain,omitempty"`      // where its pages may live, for sign-in; empty: any
	Callback   *Callback `json:"callback,omitempty"`
}

func (a *App) mayCustomers() bool {
	return a.Kind == KindCustomers || a.Kind == KindAgent && a.Customers
}

// sees reports whether a member is in the app's range.
func (a *App) sees(user string) bool { return len(a.Users) == 0 || slices.Contains(a.Users, user) }

func (a *App) trusts(r *http.Request) bool {
	if len(a.TrustedIPs) == 0 {
		return true
	}
	from := net.ParseIP(address(r))
	for _, text := range a.TrustedIPs {
		if _, network, err := net.ParseCIDR(text); err == nil && network.Contains(from) {
			return true
		}
		if ip := net.ParseIP(text); ip != nil && ip.Equal(from) {
			return true
		}
	}
	return false
}

func (c *Corp) appOfSecret(secret string) *App {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range c.Apps {
		if a.Secret == secret {
			return c.app(a.ID)
		}
	}
	return nil
}

func (c *Corp) appOfID(id string) *App {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.app(id)
}

func (c *Corp) app(id string) *App {
	for _, a := range c.Apps {
		if a.ID == id {
			// A copy, so that the caller reads it without the lock; apps change rarely.
			copied := *a
			return &copied
		}
	}
	return nil
}

// gate counts calls. Documentation page: 「访问频率限制」.
type gate struct {
	mu    sync.Mutex
	calls map[string]*calls
}

type calls struct {
	minute, hour           int64
	inMinute, inHour, open int
}

func newGate() gate { return gate{calls: map[string]*calls{}} }

// enter admits a call, or refuses it with 45009 or 45033.
func (c *Corp) enter(path string, now time.Time, l Limits) (leave func(), err error) {
	g := &c.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	n := g.calls[path]
	if n == nil {
		n = &calls{}
		g.calls[path] = n
	}
	if minute := now.Unix() / 60; minute != n.minute {
		n.minute, n.inMinute = minute, 0
	}
	if hour := now.Unix() / 3600; hour != n.hour {
		n.hour, n.inHour = hour, 0
	}
	n.inMinute++
	n.inHour++
	switch {
	case n.inMinute > l.CallsPerMinute || n.inHour > l.CallsPerHour:
		return nil, fail(45009, "")
	case n.open >= l.Concurrent:
		return nil, fail(45033, "")
	}
	n.open++
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		n.open--
	}, nil
}

// CallCounts tells how often each API was called in the present hour.
func (c *Corp) CallCounts() map[string]int {
	c.gate.mu.Lock()
	defer c.gate.mu.Unlock()
	hour := c.now().Unix() / 3600
	out := map[string]int{}
	for path, n := range c.gate.calls {
		if n.hour == hour {
			out[path] = n.inHour
		}
	}
	return out
}
