package insight

import (
	"context"

	"fishpond/internal/platform/httpx"
)

type overviewIn struct {
	From string `query:"from" maxLength:"7" doc:"First month, as 2026-01"`
	To   string `query:"to" maxLength:"7" doc:"Last month, included. With from and to empty: the last twelve months with orders"`
}

type cohortsIn struct {
	From string `query:"from" maxLength:"7" doc:"First month of first orders, as 2026-01"`
	To   string `query:"to" maxLength:"7" doc:"Last month of first orders, included. With from and to empty: the last twelve months with orders"`
	By   string `query:"by" enum:"first_order" default:"first_order" doc:"What makes a cohort: the month of the first order"`
}

// Routes declares the module's endpoints.
func (s *Service) Routes(r *httpx.Router) {
	s.measureRoutes(r)
	httpx.Handle(r, httpx.Op{ID: "get-overview", Method: "GET", Path: "/insight/overview", Tag: "insight", Permission: "insight.read",
		Summary: "People, orders, money and returning customers of some months, beside the months before"},
		func(ctx context.Context, in *overviewIn) (*httpx.Body[Overview], error) {
			o, err := s.Overview(ctx, httpx.Actor(ctx).OrgID, in.From, in.To)
			if err != nil {
				return nil, err
			}
			return httpx.OK(o), nil
		})
	httpx.Handle(r, httpx.Op{ID: "get-cohorts", Method: "GET", Path: "/insight/cohorts", Tag: "insight", Permission: "insight.read",
		Summary: "Who of the people with their first order in one month bought again in each month since"},
		func(ctx context.Context, in *cohortsIn) (*httpx.Body[Cohorts], error) {
			c, err := s.Cohorts(ctx, httpx.Actor(ctx).OrgID, in.From, in.To)
			if err != nil {
				return nil, err
			}
			return httpx.OK(c), nil
		})
	s.diagnosisRoutes(r)
	s.valueRoutes(r)
	s.keptRoutes(r)
}
