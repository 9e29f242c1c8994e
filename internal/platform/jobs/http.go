package jobs

import (
	"context"
	"net/http"

	"fishpond/internal/platform/httpx"
)

// The permissions that the endpoints ask for. Which roles hold them is not for a
// platform package to say.
const (
	PermissionRead  = "system.read"
	PermissionWrite = "system.write"
)

// Audit records in the caller's organisation that the caller did something to a
// job. It is called after the deed.
type Audit func(ctx context.Context, action string, jobID int64) error

type listInput struct {
	httpx.PageQuery
	State State `query:"state" enum:"available,running,scheduled,retryable,completed,discarded,cancelled" default:"discarded" doc:"discarded: failed too often; cancelled: failed for good"`
}

type jobInput struct {
	ID int64 `path:"id" minimum:"1"`
}

// jobCursor is the position in a list: the last id shown.
type jobCursor struct {
	Before int64 `json:"b"`
}

// RegisterHTTP adds the operator's view of an organisation's jobs: list, try again,
// throw away.
func (s *Service) RegisterHTTP(r *httpx.Router, audit Audit) {
	httpx.Handle(r, httpx.Op{
		ID: "list-jobs", Method: http.MethodGet, Path: "/system/jobs", Tag: "system", Permission: PermissionRead,
		Summary: "Background jobs in a state, the newest first",
	}, s.list)
	httpx.Handle(r, httpx.Op{
		ID: "retry-job", Method: http.MethodPost, Path: "/system/jobs/{id}/retry", Tag: "system", Permission: PermissionWrite,
		Summary: "Try a job again now", Status: http.StatusNoContent,
	}, s.verb("job.retried", audit, s.Retry))
	httpx.Handle(r, httpx.Op{
		ID: "delete-job", Method: http.MethodDelete, Path: "/system/jobs/{id}", Tag: "system", Permission: PermissionWrite,
		Summary: "Throw a job away", Status: http.StatusNoContent,
	}, s.verb("job.deleted", audit, s.Delete))
}

func (s *Service) list(ctx context.Context, in *listInput) (*httpx.Body[httpx.Page[Info]], error) {
	var at jobCursor
	if err := httpx.DecodeCursor(in.Cursor, &at); err != nil {
		return nil, err
	}
	items, err := s.List(ctx, httpx.Actor(ctx).OrgID, in.State, at.Before, in.Limit)
	if err != nil {
		return nil, err
	}
	page := httpx.Page[Info]{Items: httpx.Items(items)}
	if len(items) == in.Limit {
		page.NextCursor = httpx.EncodeCursor(jobCursor{Before: items[len(items)-1].ID})
	}
	return httpx.OK(page), nil
}

func (s *Service) verb(action string, audit Audit, do func(context.Context, string, int64) error) func(context.Context, *jobInput) (*struct{}, error) {
	return func(ctx context.Context, in *jobInput) (*struct{}, error) {
		if err := do(ctx, httpx.Actor(ctx).OrgID, in.ID); err != nil {
			return nil, err
		}
		if audit == nil {
			return nil, nil
		}
		return nil, audit(ctx, action, in.ID)
	}
}
