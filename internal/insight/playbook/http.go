package playbook

import (
	"context"

	"fishpond/internal/platform/httpx"
)

type boundariesIn struct {
	Body PlaybookBoundaries
}

// Routes declares the endpoints.
func (s *Service) Routes(r *httpx.Router) {
	answer := func(ctx context.Context, err error) (*httpx.Body[Playbook], error) {
		if err != nil {
			return nil, err
		}
		p, err := s.Playbook(ctx, httpx.Actor(ctx).OrgID)
		if err != nil {
			return nil, err
		}
		return httpx.OK(p), nil
	}
	httpx.Handle(r, httpx.Op{ID: "get-playbook", Method: "GET", Path: "/insight/playbook", Tag: "insight", Permission: "insight.read",
		Summary: "Where the brand and its products stand by repurchase and ticket, and what suits"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[Playbook], error) { return answer(ctx, nil) })
	httpx.Handle(r, httpx.Op{ID: "refresh-playbook", Method: "POST", Path: "/insight/playbook/refresh", Tag: "insight", Permission: "insight.keep",
		Summary: "Count the playbook now rather than within the hour"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[Playbook], error) {
			return answer(ctx, s.Refresh(ctx, httpx.Actor(ctx).OrgID))
		})
	httpx.Handle(r, httpx.Op{ID: "put-playbook-boundaries", Method: "PUT", Path: "/insight/playbook/boundaries", Tag: "insight", Permission: "insight.keep",
		Summary: "Set where often and much begin"},
		func(ctx context.Context, in *boundariesIn) (*httpx.Body[Playbook], error) {
			return answer(ctx, s.SetBoundaries(ctx, &in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "delete-playbook-boundaries", Method: "DELETE", Path: "/insight/playbook/boundaries", Tag: "insight", Permission: "insight.keep",
		Summary: "Go back to the usual boundaries"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[Playbook], error) {
			return answer(ctx, s.SetBoundaries(ctx, nil))
		})
}
