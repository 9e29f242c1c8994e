package wecom

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

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
	Limits     Limits
	// BaseURL is where browsers and clients reach the simulator, for the links in
	// answers. "": the address under which each request came.
	BaseURL string
}

// Limits of the platform that a test may want lower. Zero fields mean the platform's.
type Limits struct {
	CallsPerMinute int `json:"calls_per_minute"` // per API and corp; 10,000
	CallsPerHour   int `json:"calls_per_hour"`   // per API and corp; 150,000
	Concurrent     int `json:"concurrent"`       // calls of one API at once; 100
	ContactWays    int `json:"contact_ways"`     // with join ways; 500,000
	CorpTags       int `json:"corp_tags"`        // 3,000
	GroupMembers   int `json:"group_members"`    // at which a join way takes the next group; 200
	FriendsPerUser int `json:"friends_per_user"` // 20,000
}

func (l Limits) orPlatform() Limits {
	for at, value := range map[*int]int{
		&l.CallsPerMinute: 10_000, &l.CallsPerHour: 150_000, &l.Concurrent: 100, &l.ContactWays: 500_000,
		&l.CorpTags: 3_000, &l.GroupMembers: 200, &l.FriendsPerUser: 20_000,
	} {
		if *at == 0 {
			*at = value
		}
	}
	return l
}

// World holds all corps. It is safe for concurrent use.
type World struct {
	Options
	routes map[string]endpoint
	tokens tokens

	mu    sync.RWMutex
	corps map[string]*Corp
	order []string
}

// NewWorld makes a world without corps.
func NewWorld(o Options) *World {
	o.Limits = o.Limits.orPlatform()
	w := &World{Options: o, corps: map[string]*Corp{}, tokens: newTokens()}
	w.routes = routes()
	return w
}

// ErrExists and ErrUnknown are what the verbs of the control API answer with.
var (
	ErrExists  = errors.New("exists already")
	ErrUnknown = errors.New("does not exist")
)

func unknown(what, id string) error { return fmt.Errorf("%s %q %w", what, id, ErrUnknown) }

// AddCorp makes a corp. An empty id gets one like the platform's.
func (w *World) AddCorp(id, name, openAccount string) (*Corp, error) {
	if id == "" {
		id = "ww" + strings.ToLower(random(16))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.corps[id] != nil {
		return nil, fmt.Errorf("corp %q %w", id, ErrExists)
	}
	c := newCorp(w, id, name, openAccount)
	w.corps[id] = c
	w.order = append(w.order, id)
	return c, nil
}

// Corp returns the corp of an id, or nil.
func (w *World) Corp(id string) *Corp {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.corps[id]
}

// Corps returns all corps in the order in which they were made.
func (w *World) Corps() []*Corp {
	w.mu.RLock()
	defer w.mu.RUnlock()
	out := make([]*Corp, len(w.order))
	for i, id := range w.order {
		out[i] = w.corps[id]
	}
	return out
}

// Base is the address for links in the answer to r.
func (w *World) Base(r *http.Request) string {
	if w.BaseURL != "" || r == nil {
		return w.BaseURL
	}
	return "http://" + r.Host
}

// MarshalJSON gives everything but callbacks under way.
func (w *World) MarshalJSON() ([]byte, error) {
	corps := []json.RawMessage{}
	for _, c := range w.Corps() {
		data, err := c.marshal()
		if err != nil {
			return nil, err
		}
		corps = append(corps, data)
	}
	return json.Marshal(map[string]any{"corps": corps, "tokens": w.tokens.list()})
}

// UnmarshalJSON replaces everything by what MarshalJSON gave.
func (w *World) UnmarshalJSON(data []byte) error {
	var in struct {
		Corps  []json.RawMessage
		Tokens []*token
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.corps, w.order = map[string]*Corp{}, nil
	for _, raw := range in.Corps {
		c := newCorp(w, "", "", "")
		if err := c.unmarshal(raw); err != nil {
			return err
		}
		w.corps[c.ID] = c
		w.order = append(w.order, c.ID)
	}
	w.tokens.replace(in.Tokens)
	return nil
}

// random is an id of n characters, of letters and digits.
func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails since Go 1.24
	text := base64.RawURLEncoding.EncodeToString(b)
	return strings.NewReplacer("-", "A", "_", "B").Replace(text)[:n]
}

// chars counts characters as the platform does for most limits.
func chars(s string) int { return len([]rune(s)) }

func without(list []string, items ...string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(items, s) })
}
