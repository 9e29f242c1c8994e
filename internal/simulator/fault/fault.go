// Package fault makes the simulator misbehave on request, in the ways in which the
// real platform and the network between do.
package fault

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Kind says what goes wrong.
type Kind string

// The kinds. Those that begin with callback_ befall what the simulator sends, the
// others what it answers.
const (
	CallbackLate  Kind = "callback_late"  // sent Seconds later
	CallbackTwice Kind = "callback_twice" // sent a second time after the first
	CallbackSwap  Kind = "callback_swap"  // sent after the one that follows it
	CallbackDrop  Kind = "callback_drop"  // never sent
	HTTPStatus    Kind = "http_status"    // answered with Status and no JSON; nothing is done
	ErrCode       Kind = "errcode"        // answered with Code; nothing is done
	Slow          Kind = "slow"           // answered Seconds later, by the machine's clock
	Reset         Kind = "reset"          // the connection breaks; nothing is done
	ResetAfter    Kind = "reset_after"    // the call is done, then the connection breaks
)

var kinds = []Kind{CallbackLate, CallbackTwice, CallbackSwap, CallbackDrop, HTTPStatus, ErrCode, Slow, Reset, ResetAfter}

// Kinds lists all kinds.
func Kinds() []Kind { return slices.Clone(kinds) }

// Rule is one standing fault.
type Rule struct {
	ID      int64   `json:"id"`
	Kind    Kind    `json:"kind"`
	Scope   string  `json:"scope"`   // corp id or app id; "" for all
	Path    string  `json:"path"`    // of a call: externalcontact/get, a trailing * for a prefix; of a callback: the event. "" for all
	Times   int     `json:"times"`   // how often it befalls; 0: until it is removed
	Seconds float64 `json:"seconds"` // for callback_late and slow, 0–86,400
	Status  int     `json:"status"`  // for http_status, 400–599
	Code    int     `json:"code"`    // for errcode
	Hits    int     `json:"hits"`    // how often it has befallen
}

// Set holds the standing faults. It is safe for concurrent use.
type Set struct {
	mu    sync.Mutex
	last  int64
	rules []*Rule
}

// NewSet returns an empty set.
func NewSet() *Set { return &Set{} }

// Add begins a fault. Rules are asked in the order in which they were added.
func (s *Set) Add(r Rule) (Rule, error) {
	switch {
	case !slices.Contains(kinds, r.Kind):
		return r, fmt.Errorf("there is no fault %q; there are %v", r.Kind, kinds)
	case r.Times < 0:
		return r, fmt.Errorf("times is %d; it is 0 (until removed) or more", r.Times)
	case r.Seconds < 0 || r.Seconds > 86_400:
		return r, fmt.Errorf("seconds is %g; it is 0–86400", r.Seconds)
	case (r.Kind == CallbackLate || r.Kind == Slow) && r.Seconds == 0:
		return r, fmt.Errorf("%s needs seconds", r.Kind)
	case r.Kind == HTTPStatus && (r.Status < 400 || r.Status > 599):
		return r, fmt.Errorf("status is %d; http_status needs 400–599", r.Status)
	case r.Kind == ErrCode && r.Code == 0:
		return r, fmt.Errorf("errcode needs code")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	r.ID, r.Hits = s.last, 0
	s.rules = append(s.rules, &r)
	return r, nil
}

// Remove ends a fault and reports whether it stood.
func (s *Set) Remove(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.rules)
	s.rules = slices.DeleteFunc(s.rules, func(r *Rule) bool { return r.ID == id })
	return len(s.rules) < n
}

// Clear ends all faults.
func (s *Set) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = nil
}

// List returns the standing faults.
func (s *Set) List() []Rule {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Rule, len(s.rules))
	for i, r := range s.rules {
		out[i] = *r
	}
	return out
}

// Take returns the faults that befall a call or a callback, and counts them.
func (s *Set) Take(scope, path string, callback bool) []Rule {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Rule
	s.rules = slices.DeleteFunc(s.rules, func(r *Rule) bool {
		if strings.HasPrefix(string(r.Kind), "callback_") != callback || r.Scope != "" && r.Scope != scope || !matches(r.Path, path) {
			return false
		}
		r.Hits++
		out = append(out, *r)
		return r.Times > 0 && r.Hits >= r.Times
	})
	return out
}

func matches(pattern, path string) bool {
	pattern = strings.TrimPrefix(strings.TrimPrefix(pattern, "/"), "cgi-bin/")
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(path, prefix)
	}
	return pattern == "" || pattern == path
}

// Answer lets the faults of a call befall it. It returns the code to answer with
// instead of doing the call (0: do it), whether everything was answered already, and
// whether the connection is to break after the call was done.
func Answer(w http.ResponseWriter, r *http.Request, rules []Rule) (code int, done, breakAfter bool) {
	for _, rule := range rules {
		switch rule.Kind {
		case Slow:
			timer := time.NewTimer(time.Duration(rule.Seconds * float64(time.Second)))
			select {
			case <-timer.C:
			case <-r.Context().Done():
				timer.Stop()
			}
		case HTTPStatus:
			http.Error(w, http.StatusText(rule.Status), rule.Status)
			return 0, true, false
		case Reset:
			Break(w)
			return 0, true, false
		case ResetAfter:
			breakAfter = true
		case ErrCode:
			if code == 0 {
				code = rule.Code
			}
		}
	}
	return code, false, breakAfter
}

// Break resets the connection under an answer.
func Break(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2 and recorders: the server cuts the stream
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a reset rather than an orderly end
	}
	_ = conn.Close()
}
