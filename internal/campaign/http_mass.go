package campaign

import (
	"context"

	"fishpond/internal/platform/httpx"
)

// TaskPath is a task of a campaign in an address.
type TaskPath struct {
	IDPath
	TaskID string `path:"task_id" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$"`
}

type tasksIn struct {
	IDPath
	httpx.PageQuery
}

// tasksPage is a page of tasks.
func tasksPage(items []MassTask, limit int, err error) (*httpx.Body[httpx.Page[MassTask]], error) {
	p := httpx.Page[MassTask]{Items: httpx.Items(items)}
	if len(items) == limit {
		p.NextCursor = httpx.EncodeCursor(items[limit-1].ID)
	}
	return answer(p, err)
}

func (s *Service) massRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-campaign-tasks", Method: "GET", Path: "/campaigns/{id}/tasks", Tag: tag, Permission: mayRead, Summary: "Who of the staff must confirm a campaign in WeCom, and how far they are"},
		func(ctx context.Context, in *tasksIn) (*httpx.Body[httpx.Page[MassTask]], error) {
			var after string
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, err := s.MassTasks(ctx, in.ID, after, in.Limit)
			return tasksPage(items, in.Limit, err)
		})
	httpx.Handle(r, httpx.Op{ID: "refresh-campaign-tasks", Method: "POST", Path: "/campaigns/{id}/tasks/refresh", Tag: tag, Permission: maySend, Summary: "Ask WeCom now how far the staff are"},
		func(ctx context.Context, in *IDPath) (*struct{}, error) { return nil, s.LookAtMass(ctx, in.ID) })
	httpx.Handle(r, httpx.Op{ID: "remind-campaign-task", Method: "POST", Path: "/campaigns/{id}/tasks/{task_id}/remind", Tag: tag, Permission: maySend, Summary: "Remind a member of staff in WeCom; three times in 24 hours at most"},
		func(ctx context.Context, in *TaskPath) (*struct{}, error) {
			return nil, s.RemindMass(ctx, in.ID, in.TaskID)
		})
}
