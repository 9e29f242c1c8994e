// Package access says who acts and what they may do. It knows no role by
// name: each module declares its permissions and the roles that hold them.
package access

import (
	"context"

	"fishpond/internal/platform/i18n"
)

// Permission is one thing that a role may do, declared by the module that checks it.
type Permission struct {
	Key    string    // module.verb, e.g. pool.export
	Module string    // the declaring module
	Text   i18n.Text // what it allows, for the roles page
	Roles  []string  // the roles that hold it
}

// Kind is the sort of actor.
type Kind string

// The sorts of actors.
const (
	Staff  Kind = "staff"
	APIKey Kind = "api_key"
	System Kind = "system" // jobs, subscribers, the command line
)

// Actor is on whose behalf a request runs.
type Actor struct {
	Kind    Kind
	OrgID   string
	ID      string // staff id, API key id, or the name of the system part
	Name    string
	Role    string // empty for API keys and the system
	Session string // session id of a signed-in staff member
	OwnOnly bool   // sees only the customers that they own
	IP      string
	perms   map[string]bool
}

// WithPermissions returns a copy of a that holds exactly keys.
func (a Actor) WithPermissions(keys []string) Actor {
	a.perms = make(map[string]bool, len(keys))
	for _, k := range keys {
		a.perms[k] = true
	}
	return a
}

// Can reports whether a holds the permission; the system holds all.
func (a Actor) Can(key string) bool { return a.Kind == System || a.perms[key] }

// ForSystem is the actor of a part of the system working for an org.
func ForSystem(orgID, part string) Actor {
	return Actor{Kind: System, OrgID: orgID, ID: part, Name: part}
}

type key struct{}

// With returns a context in which a acts.
func With(ctx context.Context, a Actor) context.Context { return context.WithValue(ctx, key{}, a) }

// From returns who acts; ok is false when nobody is signed in.
func From(ctx context.Context) (a Actor, ok bool) {
	a, ok = ctx.Value(key{}).(Actor)
	return a, ok
}
