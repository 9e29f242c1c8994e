package inbox

import (
	"context"
	"time"

	"fishpond/internal/platform/httpx"
)

func (s *Service) measureRoutes(r *httpx.Router) {
	type measureIn struct {
		From      time.Time `query:"from" required:"true" doc:"Stretches that began at or after"`
		To        time.Time `query:"to" required:"true" doc:"… and before"`
		AccountID string    `query:"account_id" maxLength:"64"`
	}
	httpx.Handle(r, httpx.Op{ID: "measure-inbox", Method: "GET", Path: "/inbox/measures", Tag: tag, Permission: mayRead,
		Summary: "First reply, resolution and load, per account and per staff member. Associates are measured alone"},
		func(ctx context.Context, in *measureIn) (*httpx.Body[Measures], error) {
			m, err := s.Measure(ctx, in.From.UTC(), in.To.UTC(), in.AccountID)
			return httpx.OK(m), err
		})
}
