package timeline

import (
	"context"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
)

// Permissions are what the timeline's endpoints ask for.
var Permissions = []access.Permission{
	{Key: "system.read", Module: "system", Text: i18n.T("查看系统状态、失败的任务和搁置的事件", "See system health, failed jobs and parked events"), Roles: []string{"owner", "operator"}},
	{Key: "system.write", Module: "system", Text: i18n.T("重试失败的任务和搁置的事件", "Retry failed jobs and parked events"), Roles: []string{"owner"}},
}

// Routes registers the pages of parked events.
func (r *Runner) Routes(router *httpx.Router, audit Auditor) {
	httpx.Handle(router, httpx.Op{ID: "list-parked-events", Method: "GET", Path: "/system/parked", Summary: "Events that a subscriber could not take", Tag: "system", Permission: "system.read"},
		func(ctx context.Context, in *struct {
			httpx.PageQuery
			Subscriber string `query:"subscriber" maxLength:"100"`
		}) (*httpx.Body[httpx.Page[Parked]], error) {
			var after string
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, err := r.Parked(ctx, httpx.Actor(ctx).OrgID, in.Subscriber, after, in.Limit+1)
			if err != nil {
				return nil, err
			}
			page := httpx.Page[Parked]{Items: httpx.Items(items)}
			if len(items) > in.Limit {
				page.Items = items[:in.Limit]
				page.NextCursor = httpx.EncodeCursor(items[in.Limit-1].ID)
			}
			return httpx.OK(page), nil
		})

	type replayed struct {
		Taken int `json:"taken" doc:"Events that went through now"`
		Kept  int `json:"kept" doc:"Events that failed again and stay in the list"`
	}
	httpx.Handle(router, httpx.Op{ID: "replay-parked-event", Method: "POST", Path: "/system/parked/{id}/replay", Summary: "Try a parked event again", Tag: "system", Permission: "system.write"},
		func(ctx context.Context, in *struct {
			ID string `path:"id" maxLength:"64"`
		}) (*httpx.Body[replayed], error) {
			ok, err := r.Replay(ctx, httpx.Actor(ctx).OrgID, in.ID, audit)
			if err != nil {
				return nil, err
			}
			if ok {
				return httpx.OK(replayed{Taken: 1}), nil
			}
			return httpx.OK(replayed{Kept: 1}), nil
		})

	httpx.Handle(router, httpx.Op{ID: "replay-parked-events", Method: "POST", Path: "/system/parked/replay", Summary: "Try all parked events of a subscriber again", Tag: "system", Permission: "system.write"},
		func(ctx context.Context, in *struct {
			Body struct {
				Subscriber string `json:"subscriber" minLength:"1" maxLength:"100"`
			}
		}) (*httpx.Body[replayed], error) {
			taken, kept, err := r.ReplayAll(ctx, httpx.Actor(ctx).OrgID, in.Body.Subscriber, audit)
			if err != nil {
				return nil, err
			}
			return httpx.OK(replayed{taken, kept}), nil
		})
}
