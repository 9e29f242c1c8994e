package org

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/ids"
)

// AuditEntry is one line of the audit log: who did what to which thing.
type AuditEntry struct {
	ID         string          `json:"id"`
	At         time.Time       `json:"at"`
	ActorKind  access.Kind     `json:"actor_kind" enum:"staff,api_key,system"`
	ActorID    string          `json:"actor_id"`
	ActorName  string          `json:"actor_name" doc:"As it was then"`
	Action     string          `json:"action" example:"staff.role_changed"`
	ObjectType string          `json:"object_type"`
	ObjectID   string          `json:"object_id"`
	Detail     json.RawMessage `json:"detail"`
	IP         string          `json:"ip"`
	RequestID  string          `json:"request_id"`
}

// maxDetail bounds what one entry may hold; the log is kept for ever.
const maxDetail = 16 << 10

var errNoAuditOrg = errors.New("org: audit without an org: put access.ForSystem(orgID, part) into the context")

// Audit records, in the caller's transaction, that the actor of ctx did
// action (noun.verbed) to an object. Address and request id come from ctx.
// Work of the system runs with access.ForSystem in its context, which says
// for which org. detail is marshalled to JSON: no secrets, no personal data
// beyond ids.
func (s *Service) Audit(ctx context.Context, tx *db.Tx, action, objectType, objectID string, detail any) error {
	a, ok := access.From(ctx)
	if !ok || a.OrgID == "" {
		return errNoAuditOrg
	}
	return s.auditIn(ctx, tx, a.OrgID, action, objectType, objectID, detail)
}

// auditIn is Audit for an org that the actor does not name: while signing in,
// or when the installation acts by itself.
func (s *Service) auditIn(ctx context.Context, tx *db.Tx, orgID, action, objectType, objectID string, detail any) error {
	a, ok := access.From(ctx)
	if !ok {
		a = access.ForSystem(orgID, "fishpond")
	}
	data := []byte("{}")
	if detail != nil {
		var err error
		if data, err = json.Marshal(detail); err != nil {
			return fmt.Errorf("org: audit %s: %w", action, err)
		}
	}
	if len(data) > maxDetail {
		data = fmt.Appendf(nil, `{"omitted_bytes":%d}`, len(data))
	}
	ip, requestID := requestOrigin(ctx)
	e := AuditEntry{ID: ids.New("aud"), At: s.now(), ActorKind: a.Kind, ActorID: a.ID, ActorName: a.Name, Action: action,
		ObjectType: objectType, ObjectID: objectID, Detail: data, IP: ip, RequestID: requestID}
	return insertAudit(ctx, tx, orgID, e)
}

// as is a context in which a member of staff acts who is just signing in.
func as(ctx context.Context, st Staff, orgID string) context.Context {
	return access.With(ctx, access.Actor{Kind: access.Staff, OrgID: orgID, ID: st.ID, Name: st.Name, Role: st.Role})
}

// AuditFilter selects audit entries; zero fields do not filter.
type AuditFilter struct {
	Actor  string // id, or part of a name
	Action string // how it begins: staff.inv, staff
	Object string // id or type
	From   time.Time
	To     time.Time // exclusive
	Before auditPosition
	Limit  int
}

// auditPosition is the last entry of a page.
type auditPosition struct {
	At int64  `json:"a"`
	ID string `json:"i"`
}

// AuditLog returns entries of the actor's org, newest first.
func (s *Service) AuditLog(ctx context.Context, f AuditFilter) ([]AuditEntry, error) {
	actor, err := actorOf(ctx)
	if err != nil {
		return nil, err
	}
	var out []AuditEntry
	err = s.db.Read(ctx, actor.OrgID, func(tx *db.Tx) (err error) {
		out, err = auditEntries(ctx, tx, actor.OrgID, f)
		return err
	})
	return out, err
}
