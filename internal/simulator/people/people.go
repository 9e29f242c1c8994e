// Package people holds the humans behind WeChat accounts. A human is one person to
// every corp and official account of the simulator, which each know them by another
// id: external_userid, openid, unionid.
package people

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
)

// Person is a WeChat user.
type Person struct {
	ID       string            `json:"id"` // p1, p2, …
	Name     string            `json:"name"`
	Gender   int               `json:"gender"` // 0 unknown, 1 male, 2 female
	Phone    string            `json:"phone,omitempty"`
	Unionids map[string]string `json:"unionids,omitempty"` // given ones, by open platform account
}

// Unionid is the id of the person under an open platform account (微信开放平台帐号);
// corps, official accounts and mini programs that are bound to the same one see
// the same unionid. "" for no account.
func (p Person) Unionid(openAccount string) string {
	if openAccount == "" {
		return ""
	}
	if id := p.Unionids[openAccount]; id != "" {
		return id
	}
	return "o" + Opaque("unionid", openAccount, p.ID)[:27]
}

// Opaque derives an id of 43 characters from parts; the same parts give the same id.
func Opaque(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Registry knows all people. It is safe for concurrent use.
type Registry struct {
	mu   sync.RWMutex
	list []*Person
	byID map[string]*Person
}

// NewRegistry returns an empty registry.
func NewRegistry() *Registry { return &Registry{byID: map[string]*Person{}} }

// Add makes a person from p and gives it an id, and a name when it has none.
func (r *Registry) Add(p Person) Person {
	r.mu.Lock()
	defer r.mu.Unlock()
	p.ID = fmt.Sprintf("p%d", len(r.list)+1)
	if p.Name == "" {
		p.Name = fmt.Sprintf("客户%d", len(r.list)+1)
	}
	r.list = append(r.list, &p)
	r.byID[p.ID] = &p
	return p
}

// Get returns the person of an id.
func (r *Registry) Get(id string) (Person, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if p := r.byID[id]; p != nil {
		return *p, true
	}
	return Person{}, false
}

// List returns up to limit people, the newest first, whose name, phone or id
// contains q.
func (r *Registry) List(q string, limit int) []Person {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var out []Person
	for i := len(r.list) - 1; i >= 0 && len(out) < limit; i-- {
		if p := r.list[i]; q == "" || p.ID == q || strings.Contains(p.Name, q) || strings.Contains(p.Phone, q) {
			out = append(out, *p)
		}
	}
	return out
}

// ByUnionid finds who has a unionid under an open platform account.
func (r *Registry) ByUnionid(openAccount, unionid string) (Person, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, p := range r.list {
		if unionid != "" && p.Unionid(openAccount) == unionid {
			return *p, true
		}
	}
	return Person{}, false
}

// MarshalJSON gives all people, in the order in which they were made.
func (r *Registry) MarshalJSON() ([]byte, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return json.Marshal(r.list)
}

// UnmarshalJSON replaces all people.
func (r *Registry) UnmarshalJSON(data []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list, r.byID = nil, map[string]*Person{}
	if err := json.Unmarshal(data, &r.list); err != nil {
		return err
	}
	for _, p := range r.list {
		r.byID[p.ID] = p
	}
	return nil
}
