package journey

import (
	"context"
	"time"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
)

func (s *Service) reportRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-journey-versions", Method: "GET", Path: "/journeys/{id}/versions", Tag: tag, Permission: mayRead, Summary: "What was published of a journey, the newest first"},
		func(ctx context.Context, in *IDPath) (*httpx.Body[httpx.List[Version]], error) {
			items, err := s.Versions(ctx, in.ID)
			return answer(httpx.List[Version]{Items: httpx.Items(items)}, err)
		})
	type versionIn struct {
		IDPath
		Version int64 `path:"version" minimum:"1"`
	}
	httpx.Handle(r, httpx.Op{ID: "get-journey-version", Method: "GET", Path: "/journeys/{id}/versions/{version}", Tag: tag, Permission: mayRead, Summary: "A journey as it was published once"},
		func(ctx context.Context, in *versionIn) (*httpx.Body[SpecBody], error) {
			spec, err := s.Edition(ctx, in.ID, in.Version)
			if err != nil {
				return nil, err
			}
			return httpx.OK(SpecBody{Spec: *spec}), nil
		})
	type reportIn struct {
		IDPath
		From    string `query:"from" maxLength:"40" doc:"Of those who came in since then, RFC 3339; empty: no bound"`
		To      string `query:"to" maxLength:"40" doc:"And before then"`
		Version int64  `query:"version" minimum:"0" doc:"Of those who came in with it; 0: with any"`
	}
	httpx.Handle(r, httpx.Op{ID: "get-journey-report", Method: "GET", Path: "/journeys/{id}/report", Tag: tag, Permission: mayRead, Summary: "What a journey brought, which ways lead on, and where people stop"},
		func(ctx context.Context, in *reportIn) (*httpx.Body[Report], error) {
			from, err := bound("query.from", in.From)
			if err != nil {
				return nil, err
			}
			until, err := bound("query.to", in.To)
			if err != nil {
				return nil, err
			}
			return answer(s.Report(ctx, in.ID, from, until, in.Version))
		})
}

func bound(path, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.Year() < 1971 || t.Year() > 9999 {
		return time.Time{}, errs.InvalidField(path, i18n.T("时间应写成 2026-11-23T08:00:00Z 这样", "Write the time as 2026-11-23T08:00:00Z"))
	}
	return t, nil
}
