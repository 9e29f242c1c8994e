package officialaccount

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/simulator/delivery"
	"fishpond/internal/simulator/fault"
	"fishpond/internal/simulator/people"
)

// Options are what a World needs.
type Options struct {
	Clock      clock.Clock
	People     *people.Registry
	Dispatcher *delivery.Dispatcher
	Faults     *fault.Set
	BaseURL    string // for the links in answers; "": where each request came
}

// World holds all official accounts and mini programs. It is safe for concurrent use.
type World struct {
	Options
	mu       sync.Mutex // guards everything below
	accounts map[string]*Account
	order    []string
	tokens   map[string]*token
	codes    map[string]*code
	serial   int64
}

// Kinds of accounts.
const (
	Official    = "official_account"
	MiniProgram = "mini_program"
)

// Account is an official account or a mini program.
type Account struct {
	ID          string               `json:"appid"`
	Kind        string               `json:"kind"`
	Name        string               `json:"name"`
	Secret      string               `json:"secret"`
	Original    string               `json:"original_id"`            // gh_…, the sender of callbacks
	OpenAccount string               `json:"open_account"`           // "": no unionids
	TrustedIPs  []string             `json:"trusted_ips,omitempty"`  // empty: any
	Domain      string               `json:"oauth_domain,omitempty"` // where pages may live that sign in; empty: any
	Callback    *Callback            `json:"callback,omitempty"`
	Followers   map[string]*Follower `json:"followers,omitempty"` // by openid
	Codes       map[string]*QR       `json:"codes,omitempty"`     // by ticket
	Media       map[string]*Media    `json:"media,omitempty"`
}

// Callback is where an account's messages go. Without a key they are plain.
type Callback struct {
	URL   string `json:"url"`
	Token string `json:"token"`
	Key   string `json:"key"` // EncodingAESKey; "": plain
}

// Follower is somebody whom the account knows, following or not.
type Follower struct {
	OpenID     string `json:"openid"`
	Person     string `json:"person"`
	Following  bool   `json:"following"`
	Since      int64  `json:"since"` // seconds
	Scene      string `json:"scene"` // subscribe_scene
	QRScene    int64  `json:"qr_scene"`
	QRSceneStr string `json:"qr_scene_str"`
	Remark     string `json:"remark"`
	// What may be sent now: how much is left, until when.
	Windows []Window `json:"windows"`
	Lines   []Line   `json:"lines"`
}

// Window lets a number of messages through until a time.
type Window struct {
	Until int64 `json:"until"` // seconds
	Left  int   `json:"left"`
}

// Line is a message between an account and a follower.
type Line struct {
	At   int64  `json:"at"` // microseconds
	From string `json:"from"`
	Kind string `json:"kind"`
	Text string `json:"text"`
	URL  string `json:"url,omitempty"`
}

// Media is an uploaded temporary file.
type Media struct {
	ID      string `json:"media_id"`
	Kind    string `json:"type"`
	Name    string `json:"name"`
	Data    []byte `json:"data"`
	Expires int64  `json:"expires"`
}

type token struct {
	Value   string    `json:"value"`
	App     string    `json:"app"`
	Person  string    `json:"person,omitempty"` // of a page's sign-in
	Scope   string    `json:"scope,omitempty"`
	Expires time.Time `json:"expires"`
}

// NewWorld makes a world without accounts.
func NewWorld(o Options) *World {
	return &World{Options: o, accounts: map[string]*Account{}, tokens: map[string]*token{}, codes: map[string]*code{}}
}

// What the verbs answer with.
var (
	ErrExists   = errors.New("exists already")
	ErrUnknown  = errors.New("does not exist")
	ErrArgument = errors.New("wrong argument")
)

// Add makes an account. Empty appid, secret and original id are filled in.
func (w *World) Add(a Account) (Account, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if a.Kind == "" {
		a.Kind = Official
	}
	if a.Kind != Official && a.Kind != MiniProgram {
		return a, fmt.Errorf("%w: the kind is %s or %s, not %q", ErrArgument, Official, MiniProgram, a.Kind)
	}
	if a.ID == "" {
		a.ID = "wx" + strings.ToLower(random(16))
	}
	if w.accounts[a.ID] != nil {
		return a, fmt.Errorf("account %q %w", a.ID, ErrExists)
	}
	if a.Secret == "" {
		a.Secret = strings.ToLower(random(32))
	}
	if a.Original == "" {
		a.Original = "gh_" + strings.ToLower(random(12))
	}
	a.Callback = nil
	kept := a
	kept.fill()
	w.accounts[a.ID] = &kept
	w.order = append(w.order, a.ID)
	return a, nil
}

func (a *Account) fill() {
	if a.Followers == nil {
		a.Followers = map[string]*Follower{}
	}
	if a.Codes == nil {
		a.Codes = map[string]*QR{}
	}
	if a.Media == nil {
		a.Media = map[string]*Media{}
	}
}

// List returns all accounts, in the order in which they were made, without their
// followers, codes and files.
func (w *World) List() []Account {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := []Account{}
	for _, id := range w.order {
		a := *w.accounts[id]
		a.Followers, a.Codes, a.Media = nil, nil, nil
		out = append(out, a)
	}
	return out
}

// Has reports whether an appid is an account of this world.
func (w *World) Has(appid string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.accounts[appid] != nil
}

// HasToken reports whether an access token was given out here.
func (w *World) HasToken(value string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.tokens[value] != nil
}

// ExpireTokens ends the access tokens of an account now, "" for all accounts.
func (w *World) ExpireTokens(appid string) {
	now := w.Clock()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range w.tokens {
		if (appid == "" || t.App == appid) && now.Before(t.Expires) {
			t.Expires = now
		}
	}
}

// account finds an account; the world is locked.
func (w *World) account(appid string) (*Account, error) {
	if a := w.accounts[appid]; a != nil {
		return a, nil
	}
	return nil, fmt.Errorf("account %q %w", appid, ErrUnknown)
}

func (w *World) base(r *http.Request) string {
	if w.BaseURL != "" {
		return w.BaseURL
	}
	return "http://" + r.Host
}

// openid is the id of a person to an account, made when it is new.
func (a *Account) openid(person string) string {
	return "o" + people.Opaque("openid", a.ID, person)[:27]
}

func (a *Account) follower(person string) *Follower {
	id := a.openid(person)
	f := a.Followers[id]
	if f == nil {
		f = &Follower{OpenID: id, Person: person}
		a.Followers[id] = f
	}
	return f
}

func (a *Account) trusts(r *http.Request) bool {
	if len(a.TrustedIPs) == 0 {
		return true
	}
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	return slices.Contains(a.TrustedIPs, host)
}

// MarshalJSON gives everything but callbacks under way and codes of sign-ins.
func (w *World) MarshalJSON() ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := make([]*Account, 0, len(w.order))
	for _, id := range w.order {
		list = append(list, w.accounts[id])
	}
	return json.Marshal(map[string]any{"accounts": list, "tokens": w.tokens, "serial": w.serial})
}

// UnmarshalJSON replaces everything by what MarshalJSON gave.
func (w *World) UnmarshalJSON(data []byte) error {
	var in struct {
		Accounts []*Account
		Tokens   map[string]*token
		Serial   int64
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.accounts, w.order, w.serial = map[string]*Account{}, nil, in.Serial
	for _, a := range in.Accounts {
		a.fill()
		w.accounts[a.ID] = a
		w.order = append(w.order, a.ID)
	}
	if w.tokens = in.Tokens; w.tokens == nil {
		w.tokens = map[string]*token{}
	}
	return nil
}

func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails since Go 1.24
	text := base64.RawURLEncoding.EncodeToString(b)
	return strings.NewReplacer("-", "A", "_", "B").Replace(text)[:n]
}
