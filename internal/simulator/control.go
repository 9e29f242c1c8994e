package simulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"fishpond/internal/simulator/fault"
	"fishpond/internal/simulator/officialaccount"
	"fishpond/internal/simulator/people"
	"fishpond/internal/simulator/wecom"
)

// object is a JSON answer.
type object map[string]any

// complaint is what the control API answers to a request that it does not follow.
type complaint struct {
	Error string `json:"error"`
}

// decoded turns a function of a JSON body into a handler. Unknown fields are refused:
// a misspelt one would otherwise be a test that tests nothing.
func decoded[In any](do func(r *http.Request, in In) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in In
		d := json.NewDecoder(http.MaxBytesReader(w, r.Body, 32<<20))
		d.DisallowUnknownFields()
		if err := d.Decode(&in); err != nil && !errors.Is(err, io.EOF) {
			answer(w, nil, fmt.Errorf("%w: the body: %w", wecom.ErrArgument, err))
			return
		}
		out, err := do(r, in)
		answer(w, out, err)
	}
}

// plain turns a function without a body into a handler.
func plain(do func(r *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		out, err := do(r)
		answer(w, out, err)
	}
}

func answer(w http.ResponseWriter, out any, err error) {
	status := statusOf(err)
	if err != nil {
		out = complaint{err.Error()}
	} else if out == nil {
		out = object{}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(out)
}

func statusOf(err error) int {
	is := func(kinds ...error) bool {
		for _, kind := range kinds {
			if errors.Is(err, kind) {
				return true
			}
		}
		return false
	}
	var refused *wecom.Error
	switch {
	case err == nil:
		return http.StatusOK
	case is(wecom.ErrUnknown, officialaccount.ErrUnknown):
		return http.StatusNotFound
	case is(wecom.ErrExists, officialaccount.ErrExists, wecom.ErrScan, officialaccount.ErrScan):
		return http.StatusConflict
	case is(wecom.ErrArgument, officialaccount.ErrArgument), errors.As(err, &refused):
		return http.StatusBadRequest
	}
	return http.StatusUnprocessableEntity
}

func (s *Server) control(m *http.ServeMux) {
	m.HandleFunc("GET /control/customers", plain(s.listCustomers))
	m.HandleFunc("POST /control/customers", decoded(s.makeCustomers))
	m.HandleFunc("POST /control/scan", decoded(s.scan))
	m.HandleFunc("GET /control/faults", plain(func(*http.Request) (any, error) {
		return object{"items": s.faults.List(), "kinds": fault.Kinds()}, nil
	}))
	m.HandleFunc("POST /control/faults", decoded(func(_ *http.Request, in fault.Rule) (any, error) {
		rule, err := s.faults.Add(in)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", wecom.ErrArgument, err)
		}
		return rule, nil
	}))
	m.HandleFunc("DELETE /control/faults", plain(func(*http.Request) (any, error) {
		s.faults.Clear()
		return nil, nil
	}))
	m.HandleFunc("DELETE /control/faults/{id}", plain(func(r *http.Request) (any, error) {
		id, _ := strconv.ParseInt(r.PathValue("id"), 10, 64)
		if !s.faults.Remove(id) {
			return nil, fmt.Errorf("fault %s %w", r.PathValue("id"), wecom.ErrUnknown)
		}
		return nil, nil
	}))
	m.HandleFunc("POST /control/tokens/expire", decoded(func(_ *http.Request, in struct{ Scope string }) (any, error) {
		s.expireTokens(in.Scope)
		return nil, nil
	}))
	m.HandleFunc("GET /control/callbacks", plain(s.listCallbacks))
	m.HandleFunc("POST /control/callbacks/drain", decoded(s.drain))
	m.HandleFunc("POST /control/clock", decoded(s.moveClock))
	m.HandleFunc("GET /control/customers/{id}", plain(s.customer))
	s.controlCorps(m)
	s.controlAccounts(m)
}

// expireTokens ends the access tokens of a corp or an official account, "" for all.
func (s *Server) expireTokens(scope string) {
	s.wecom.ExpireTokens(scope)
	s.oa.ExpireTokens(scope)
}

func (s *Server) listCustomers(r *http.Request) (any, error) {
	limit := number(r, "limit", 100, 1, 1000)
	items := s.people.List(r.URL.Query().Get("q"), limit)
	if items == nil {
		items = []people.Person{}
	}
	return object{"items": items}, nil
}

// customer is everything as one person sees it: friends, groups, service desks, official
// accounts, each with what was said.
func (s *Server) customer(r *http.Request) (any, error) {
	p, ok := s.people.Get(r.PathValue("id"))
	if !ok {
		return nil, fmt.Errorf("customer %q %w", r.PathValue("id"), wecom.ErrUnknown)
	}
	friends, chats, desks := []wecom.Friendship{}, []wecom.ChatView{}, []wecom.DeskTalk{}
	for _, c := range s.wecom.Corps() {
		friends = append(friends, c.FriendshipsOf(p.ID)...)
		chats = append(chats, c.ChatList(p.ID)...)
		desks = append(desks, c.DesksOf(p.ID)...)
	}
	return object{"customer": p, "friends": friends, "groups": chats, "desks": desks, "accounts": s.oa.Views(p)}, nil
}

type makeCustomersIn struct {
	Name     string            `json:"name"`
	Gender   int               `json:"gender"`
	Phone    string            `json:"phone"`
	Unionids map[string]string `json:"unionids"`
	Count    int               `json:"count"` // 0 and 1: one
}

func (s *Server) makeCustomers(_ *http.Request, in makeCustomersIn) (any, error) {
	if in.Count < 0 || in.Count > 100_000 {
		return nil, fmt.Errorf("%w: count is %d; it is 1–100000 (contacts in bulk are made below a corp)", wecom.ErrArgument, in.Count)
	}
	items := []people.Person{}
	for i := range max(in.Count, 1) {
		p := people.Person{Name: in.Name, Gender: in.Gender, Phone: in.Phone, Unionids: in.Unionids}
		if in.Count > 1 && in.Name != "" {
			p.Name = in.Name + strconv.Itoa(i+1)
		}
		items = append(items, s.people.Add(p))
	}
	return object{"items": items}, nil
}

func (s *Server) listCallbacks(r *http.Request) (any, error) {
	scope := r.URL.Query().Get("scope")
	return object{"counts": s.out.Counts(scope), "items": s.out.Records(scope, number(r, "limit", 50, 0, 2000))}, nil
}

// drain waits until all callbacks that are due have been sent.
func (s *Server) drain(r *http.Request, in struct {
	Seconds float64 `json:"seconds"`
}) (any, error) {
	if in.Seconds <= 0 || in.Seconds > 300 {
		in.Seconds = 30
	}
	ctx, cancel := context.WithTimeout(r.Context(), time.Duration(in.Seconds*float64(time.Second)))
	defer cancel()
	err := s.out.Drain(ctx)
	return object{"counts": s.out.Counts("")}, err
}

func (s *Server) moveClock(_ *http.Request, in struct {
	AdvanceSeconds float64 `json:"advance_seconds"`
}) (any, error) {
	if in.AdvanceSeconds < 0 || in.AdvanceSeconds > 400*86_400 {
		return nil, fmt.Errorf("%w: advance_seconds is %g; it is 0–34560000", wecom.ErrArgument, in.AdvanceSeconds)
	}
	s.Advance(time.Duration(in.AdvanceSeconds * float64(time.Second)))
	return object{"now": s.now()}, nil
}

// number reads a whole number from the query, within bounds.
func number(r *http.Request, name string, usual, least, most int) int {
	n, err := strconv.Atoi(r.URL.Query().Get(name))
	if err != nil {
		return usual
	}
	return min(max(n, least), most)
}
