package drill

import (
	"context"

	"fishpond/internal/insight/behind"
	"fishpond/internal/platform/httpx"
)

type runIn struct {
	ID string `path:"id" maxLength:"64"`
}

type patchIn struct {
	ID   string `path:"id" maxLength:"64"`
	Body RunPatch
}

type prepareIn struct {
	ID   string `path:"id" maxLength:"64"`
	Body PrepareInput
}

type compareIn struct {
	Before string `query:"before" required:"true" minLength:"1" maxLength:"64" doc:"The earlier run"`
	After  string `query:"after" required:"true" minLength:"1" maxLength:"64"`
}

// Routes declares the module's endpoints.
func (s *Service) Routes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-drills", Method: "GET", Path: "/insight/drills", Tag: "insight", Permission: "insight.read",
		Summary: "Pool-loss drills with their sums, the newest first, at most 120"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[Run]], error) {
			items, err := s.Runs(ctx, httpx.Actor(ctx).OrgID)
			if err != nil {
				return nil, err
			}
			return httpx.OK(httpx.List[Run]{Items: httpx.Items(items)}), nil
		})
	httpx.Handle(r, httpx.Op{ID: "start-drill", Method: "POST", Path: "/insight/drills", Tag: "insight", Permission: "insight.keep", Status: 202,
		Summary: "Run a drill over the pool as it is now; it goes on when nobody looks"},
		func(ctx context.Context, in *struct{ Body RunInput }) (*httpx.Body[Run], error) {
			return answer(s.Start(ctx, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "get-drill-schedule", Method: "GET", Path: "/insight/drill-schedule", Tag: "insight", Permission: "insight.read",
		Summary: "When a drill is run by itself each month, the latest that was, and which one to compare it with"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[Monthly], error) {
			return answer(s.Monthly(ctx, httpx.Actor(ctx).OrgID))
		})
	httpx.Handle(r, httpx.Op{ID: "set-drill-schedule", Method: "PUT", Path: "/insight/drill-schedule", Tag: "insight", Permission: "insight.keep",
		Summary: "Switch the monthly drill on or off, or move its day; a month whose day has gone by is not made up for"},
		func(ctx context.Context, in *struct{ Body MonthlyInput }) (*httpx.Body[Monthly], error) {
			return answer(s.SetMonthly(ctx, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "compare-drills", Method: "GET", Path: "/insight/drills/compare", Tag: "insight", Permission: "insight.read",
		Summary: "Two drills side by side: what changed, unit by unit, and whose standing did"},
		func(ctx context.Context, in *compareIn) (*httpx.Body[Comparison], error) {
			return answer(s.Compare(ctx, httpx.Actor(ctx).OrgID, in.Before, in.After))
		})
	httpx.Handle(r, httpx.Op{ID: "get-drill", Method: "GET", Path: "/insight/drills/{id}", Tag: "insight", Permission: "insight.read",
		Summary: "A drill: what would be left if each account, member of staff or platform vanished, and the plan against it"},
		func(ctx context.Context, in *runIn) (*httpx.Body[Report], error) {
			return answer(s.Report(ctx, httpx.Actor(ctx).OrgID, in.ID))
		})
	httpx.Handle(r, httpx.Op{ID: "update-drill", Method: "PATCH", Path: "/insight/drills/{id}", Tag: "insight", Permission: "insight.keep",
		Summary: "Rename a drill, keep it or no longer keep it"},
		func(ctx context.Context, in *patchIn) (*httpx.Body[Run], error) {
			return answer(s.Patch(ctx, in.ID, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "delete-drill", Method: "DELETE", Path: "/insight/drills/{id}", Tag: "insight", Permission: "insight.keep",
		Summary: "Throw a drill away; one that is going on ends"},
		func(ctx context.Context, in *runIn) (*struct{}, error) {
			return nil, s.Delete(ctx, in.ID)
		})
	httpx.Handle(r, httpx.Op{ID: "prepare-drill-plan", Method: "POST", Path: "/insight/drills/{id}/prepare", Tag: "insight", Permission: "insight.keep",
		Summary: "Make segments and campaign drafts of steps of the plan; nothing is sent. Needs segment.write and campaign.write too"},
		func(ctx context.Context, in *prepareIn) (*httpx.Body[Report], error) {
			return answer(s.Prepare(ctx, in.ID, in.Body))
		})
	behind.Routes(r, s.ports.Desk, behind.List[PeopleInput, SegmentFromInput, PersonAt]{Name: "drill-people", Path: "/insight/drills/people",
		Of: "the people behind a figure of a drill and how each was reached", Find: s.Behind, More: more,
		Split: func(in SegmentFromInput) (PeopleInput, string) { return in.PeopleInput, in.Name }})
}

func answer[T any](v T, err error) (*httpx.Body[T], error) {
	if err != nil {
		return nil, err
	}
	return httpx.OK(v), nil
}
