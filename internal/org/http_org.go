package org

import (
	"context"
	"strings"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
)

// orgRoutes are about the org itself.
func (s *Service) orgRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "read-org", Method: "GET", Path: "/org", Summary: "The org", Tag: tag, SignedIn: true},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[Org], error) {
			o, err := s.Org(ctx, httpx.Actor(ctx).OrgID)
			return httpx.OK(o), err
		})
	httpx.Handle(r, httpx.Op{ID: "update-org", Method: "PATCH", Path: "/org", Summary: "Change the org's settings", Tag: tag, Permission: permSettings},
		func(ctx context.Context, in *struct{ Body OrgPatch }) (*httpx.Body[Org], error) {
			o, err := s.UpdateOrg(ctx, in.Body)
			return httpx.OK(o), err
		})
}

type auditIn struct {
	httpx.PageQuery
	Actor  string `query:"actor" maxLength:"64" doc:"Id of a member of staff or an API key, or part of a name"`
	Action string `query:"action" maxLength:"80" doc:"An action such as staff.invited, or how it begins"`
	Object string `query:"object" maxLength:"128" doc:"Id or type of the object"`
	From   string `query:"from" maxLength:"40" doc:"RFC 3339 time, or a date in the org's time zone"`
	To     string `query:"to" maxLength:"40" doc:"RFC 3339 time (exclusive), or the last date"`
}

// auditRoutes show the audit log.
func (s *Service) auditRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-audit", Method: "GET", Path: "/audit", Summary: "Who did what", Tag: tag, Permission: permAudit},
		func(ctx context.Context, in *auditIn) (*httpx.Body[httpx.Page[AuditEntry]], error) {
			f, err := s.auditFilter(ctx, in)
			if err != nil {
				return nil, err
			}
			f.Limit = in.Limit + 1 // one more tells whether there is a next page
			items, err := s.AuditLog(ctx, f)
			if err != nil {
				return nil, err
			}
			page := httpx.Page[AuditEntry]{Items: httpx.Items(items)}
			if len(items) > in.Limit {
				page.Items = items[:in.Limit]
				last := page.Items[in.Limit-1]
				page.NextCursor = httpx.EncodeCursor(auditPosition{clock.Micros(last.At), last.ID})
			}
			return httpx.OK(page), nil
		})
}

func (s *Service) auditFilter(ctx context.Context, in *auditIn) (AuditFilter, error) {
	f := AuditFilter{Actor: in.Actor, Action: in.Action, Object: in.Object}
	if err := httpx.DecodeCursor(in.Cursor, &f.Before); err != nil {
		return f, err
	}
	if in.From == "" && in.To == "" {
		return f, nil
	}
	var zone *time.Location
	orgID := httpx.Actor(ctx).OrgID
	err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		set, err := s.Settings(ctx, tx, orgID)
		zone = set.TimeZone
		return err
	})
	if err != nil {
		return f, err
	}
	if f.From, err = moment("query.from", in.From, zone, 0); err != nil {
		return f, err
	}
	f.To, err = moment("query.to", in.To, zone, 1)
	return f, err
}

// moment reads a time, or a date as its beginning in zone plus days.
func moment(path, s string, zone *time.Location, days int) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if d, err := time.ParseInLocation(time.DateOnly, s, zone); err == nil {
		return d.AddDate(0, 0, days), nil
	}
	// A plus sign that was not escaped in an address arrives as a space.
	t, err := time.Parse(time.RFC3339Nano, strings.Replace(s, " ", "+", 1))
	if err != nil {
		return time.Time{}, errs.InvalidField(path, i18n.T("应为日期（2026-01-02）或 RFC 3339 时间", "Give a date (2026-01-02) or an RFC 3339 time"))
	}
	return t, nil
}
