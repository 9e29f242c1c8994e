package report

import (
	"context"

	"fishpond/internal/platform/httpx"
)

// ReportID is one scheduled report in an address.
type ReportID struct {
	ID string `path:"id" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$"`
}

type changeIn struct {
	ReportID
	Body struct {
		ReportInput
		Version int64 `json:"version" doc:"The one that was seen"`
	}
}

type statusIn struct {
	ReportID
	Body struct {
		Status string `json:"status" enum:"active,paused"`
	}
}

type sendIn struct {
	ReportID
	Body struct {
		Key string `json:"key" minLength:"8" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$" doc:"Chosen by the caller: the same key sends once"`
	}
}

func answer[T any](v T, err error) (*httpx.Body[T], error) {
	if err != nil {
		return nil, err
	}
	return httpx.OK(v), nil
}

func list[T any](items []T, err error) (*httpx.Body[httpx.List[T]], error) {
	return answer(httpx.List[T]{Items: httpx.Items(items)}, err)
}

// scheduleRoutes declares the endpoints of reports by mail.
func (s *Service) scheduleRoutes(r *httpx.Router) {
	const read, write, tag = "insight.read", "insight.report", "insight"
	httpx.Handle(r, httpx.Op{ID: "get-report-choices", Method: "GET", Path: "/insight/report-choices", Tag: tag, Permission: read, Summary: "What a scheduled report can be made of: pages, recipients, accounts"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[ReportChoices], error) {
			return answer(s.Choices(ctx))
		})
	httpx.Handle(r, httpx.Op{ID: "list-report-schedules", Method: "GET", Path: "/insight/report-schedules", Tag: tag, Permission: read, Summary: "Scheduled reports, by name; 100 at most"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[ReportSchedule]], error) {
			return list(s.Schedules(ctx))
		})
	httpx.Handle(r, httpx.Op{ID: "create-report-schedule", Method: "POST", Path: "/insight/report-schedules", Tag: tag, Permission: write, Status: 201, Summary: "Schedule a report by mail to staff"},
		func(ctx context.Context, in *struct{ Body ReportInput }) (*httpx.Body[ReportSchedule], error) {
			return answer(s.Create(ctx, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "preview-report", Method: "POST", Path: "/insight/report-schedules/preview", Tag: tag, Permission: write, Summary: "What a report would say if it were sent now, in the caller's language; nothing is sent or kept"},
		func(ctx context.Context, in *struct{ Body ReportInput }) (*httpx.Body[ReportPreview], error) {
			return answer(s.Preview(ctx, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "get-report-schedule", Method: "GET", Path: "/insight/report-schedules/{id}", Tag: tag, Permission: read, Summary: "One scheduled report"},
		func(ctx context.Context, in *ReportID) (*httpx.Body[ReportSchedule], error) {
			return answer(s.Schedule(ctx, in.ID))
		})
	httpx.Handle(r, httpx.Op{ID: "change-report-schedule", Method: "PUT", Path: "/insight/report-schedules/{id}", Tag: tag, Permission: write, Summary: "Change a scheduled report"},
		func(ctx context.Context, in *changeIn) (*httpx.Body[ReportSchedule], error) {
			return answer(s.Change(ctx, in.ID, in.Body.Version, in.Body.ReportInput))
		})
	httpx.Handle(r, httpx.Op{ID: "delete-report-schedule", Method: "DELETE", Path: "/insight/report-schedules/{id}", Tag: tag, Permission: write, Summary: "Delete a scheduled report; restore brings it back"},
		func(ctx context.Context, in *ReportID) (*struct{}, error) { return nil, s.Delete(ctx, in.ID) })
	httpx.Handle(r, httpx.Op{ID: "restore-report-schedule", Method: "POST", Path: "/insight/report-schedules/{id}/restore", Tag: tag, Permission: write, Summary: "Bring a deleted report back"},
		func(ctx context.Context, in *statusIn) (*httpx.Body[ReportSchedule], error) {
			return answer(s.Restore(ctx, in.ID, in.Body.Status))
		})
	httpx.Handle(r, httpx.Op{ID: "set-report-status", Method: "POST", Path: "/insight/report-schedules/{id}/status", Tag: tag, Permission: write, Summary: "Pause a report, or let it go on"},
		func(ctx context.Context, in *statusIn) (*httpx.Body[ReportSchedule], error) {
			return answer(s.SetStatus(ctx, in.ID, in.Body.Status))
		})
	httpx.Handle(r, httpx.Op{ID: "send-report-now", Method: "POST", Path: "/insight/report-schedules/{id}/send", Tag: tag, Permission: write, Status: 202, Summary: "Send a report at once, beside its times"},
		func(ctx context.Context, in *sendIn) (*httpx.Body[ReportRun], error) {
			return answer(s.SendNow(ctx, in.ID, in.Body.Key))
		})
	httpx.Handle(r, httpx.Op{ID: "list-report-runs", Method: "GET", Path: "/insight/report-schedules/{id}/runs", Tag: tag, Permission: read, Summary: "What was sent and what became of it, the newest first; 60 at most"},
		func(ctx context.Context, in *ReportID) (*httpx.Body[httpx.List[ReportRun]], error) {
			return list(s.Runs(ctx, in.ID))
		})
}
