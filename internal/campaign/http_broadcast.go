package campaign

import (
	"context"

	"fishpond/internal/platform/httpx"
)

const broadcastTag = "broadcasts"

func (s *Service) broadcastRoutes(r *httpx.Router) {
	type listIn struct {
		Kind string `query:"kind" enum:",group,moment"`
		Q    string `query:"q" maxLength:"100" doc:"Part of the name"`
		httpx.PageQuery
	}
	httpx.Handle(r, httpx.Op{ID: "list-broadcasts", Method: "GET", Path: "/broadcasts", Tag: broadcastTag, Permission: mayRead, Summary: "Messages into groups, and moments; the newest first"},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.Page[Broadcast]], error) {
			var after place
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, next, err := s.Broadcasts(ctx, in.Kind, in.Q, after, in.Limit)
			p := httpx.Page[Broadcast]{Items: httpx.Items(items)}
			if next != (place{}) {
				p.NextCursor = httpx.EncodeCursor(next)
			}
			return answer(p, err)
		})
	type createIn struct {
		Body struct {
			Kind string `json:"kind" enum:"group,moment"`
			BroadcastInput
		}
	}
	httpx.Handle(r, httpx.Op{ID: "create-broadcast", Method: "POST", Path: "/broadcasts", Tag: broadcastTag, Permission: mayWrite, Status: 201, Summary: "Write a message into groups, or a moment"},
		func(ctx context.Context, in *createIn) (*httpx.Body[Broadcast], error) {
			return answer(s.CreateBroadcast(ctx, in.Body.Kind, in.Body.BroadcastInput))
		})
	httpx.Handle(r, httpx.Op{ID: "get-broadcast", Method: "GET", Path: "/broadcasts/{id}", Tag: broadcastTag, Permission: mayRead, Summary: "A broadcast, and how far it is"},
		func(ctx context.Context, in *IDPath) (*httpx.Body[Broadcast], error) {
			return answer(s.Broadcast(ctx, in.ID))
		})
	type updateIn struct {
		IDPath
		Body struct {
			BroadcastInput
			Version int64 `json:"version" minimum:"1" doc:"As it was read; if somebody has changed it meanwhile, 409"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "update-broadcast", Method: "PUT", Path: "/broadcasts/{id}", Tag: broadcastTag, Permission: mayWrite, Summary: "Change a draft"},
		func(ctx context.Context, in *updateIn) (*httpx.Body[Broadcast], error) {
			return answer(s.UpdateBroadcast(ctx, in.ID, in.Body.Version, in.Body.BroadcastInput))
		})
	httpx.Handle(r, httpx.Op{ID: "delete-broadcast", Method: "DELETE", Path: "/broadcasts/{id}", Tag: broadcastTag, Permission: mayWrite, Summary: "Throw a draft away"},
		func(ctx context.Context, in *IDPath) (*struct{}, error) { return nil, s.DeleteBroadcast(ctx, in.ID) })
	type choicesIn struct {
		AccountID string `query:"account_id" maxLength:"64"`
	}
	httpx.Handle(r, httpx.Op{ID: "get-broadcast-choices", Method: "GET", Path: "/broadcast-choices", Tag: broadcastTag, Permission: mayRead, Summary: "Accounts; and of one of them the members and the platform's tags"},
		func(ctx context.Context, in *choicesIn) (*httpx.Body[BroadcastChoices], error) {
			return answer(s.BroadcastChoices(ctx, in.AccountID))
		})
	type chatsIn struct {
		AccountID string `query:"account_id" minLength:"1" maxLength:"64" required:"true"`
		Owner     string `query:"owner" maxLength:"128" doc:"The member who owns it"`
		Q         string `query:"q" maxLength:"100" doc:"Part of the name"`
		httpx.PageQuery
	}
	httpx.Handle(r, httpx.Op{ID: "list-broadcast-groups", Method: "GET", Path: "/broadcast-groups", Tag: broadcastTag, Permission: mayRead, Summary: "Groups of an account"},
		func(ctx context.Context, in *chatsIn) (*httpx.Body[httpx.Page[Chat]], error) {
			var after string
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, err := s.BroadcastChats(ctx, ChatFilter{AccountID: in.AccountID, Owner: in.Owner, Q: in.Q, After: after, Limit: in.Limit})
			p := httpx.Page[Chat]{Items: httpx.Items(items)}
			if len(items) == in.Limit {
				p.NextCursor = httpx.EncodeCursor(items[in.Limit-1].ChatID)
			}
			return answer(p, err)
		})
	s.broadcastSendRoutes(r)
}

func (s *Service) broadcastSendRoutes(r *httpx.Router) {
	type submitIn struct {
		IDPath
		Body struct {
			Version int64 `json:"version" minimum:"1" doc:"As it was read; if somebody has changed it meanwhile, 409"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "submit-broadcast", Method: "POST", Path: "/broadcasts/{id}/submit", Tag: broadcastTag, Permission: maySend, Summary: "Hand a draft in: members of staff are asked to send it; a large one waits for a second person"},
		func(ctx context.Context, in *submitIn) (*httpx.Body[Broadcast], error) {
			return answer(s.SubmitBroadcast(ctx, in.ID, in.Body.Version))
		})
	httpx.Handle(r, httpx.Op{ID: "approve-broadcast", Method: "POST", Path: "/broadcasts/{id}/approve", Tag: broadcastTag, Permission: mayApprove, Summary: "Let a broadcast go that somebody else submitted"},
		func(ctx context.Context, in *IDPath) (*httpx.Body[Broadcast], error) {
			return answer(s.ApproveBroadcast(ctx, in.ID))
		})
	httpx.Handle(r, httpx.Op{ID: "withdraw-broadcast", Method: "POST", Path: "/broadcasts/{id}/withdraw", Tag: broadcastTag, Permission: maySend, Summary: "Make a draft again of a broadcast that nobody was asked for"},
		func(ctx context.Context, in *IDPath) (*httpx.Body[Broadcast], error) {
			return answer(s.WithdrawBroadcast(ctx, in.ID))
		})
	httpx.Handle(r, httpx.Op{ID: "cancel-broadcast", Method: "POST", Path: "/broadcasts/{id}/cancel", Tag: broadcastTag, Permission: maySend, Summary: "Call off what nobody has confirmed"},
		func(ctx context.Context, in *IDPath) (*httpx.Body[Broadcast], error) {
			return answer(s.CancelBroadcast(ctx, in.ID))
		})
	httpx.Handle(r, httpx.Op{ID: "refresh-broadcast", Method: "POST", Path: "/broadcasts/{id}/refresh", Tag: broadcastTag, Permission: maySend, Summary: "Ask WeCom now how far the staff are"},
		func(ctx context.Context, in *IDPath) (*struct{}, error) { return nil, s.LookAtBroadcast(ctx, in.ID) })
	httpx.Handle(r, httpx.Op{ID: "list-broadcast-tasks", Method: "GET", Path: "/broadcasts/{id}/tasks", Tag: broadcastTag, Permission: mayRead, Summary: "Which owners of groups must confirm it in WeCom, and how far they are"},
		func(ctx context.Context, in *tasksIn) (*httpx.Body[httpx.Page[MassTask]], error) {
			var after string
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, err := s.BroadcastTasks(ctx, in.ID, after, in.Limit)
			return tasksPage(items, in.Limit, err)
		})
	httpx.Handle(r, httpx.Op{ID: "remind-broadcast-task", Method: "POST", Path: "/broadcasts/{id}/tasks/{task_id}/remind", Tag: broadcastTag, Permission: maySend, Summary: "Remind an owner of groups in WeCom; three times in 24 hours at most"},
		func(ctx context.Context, in *TaskPath) (*struct{}, error) {
			return nil, s.RemindBroadcast(ctx, in.ID, in.TaskID)
		})
	httpx.Handle(r, httpx.Op{ID: "list-broadcast-results", Method: "GET", Path: "/broadcasts/{id}/groups", Tag: broadcastTag, Permission: mayRead, Summary: "What became of it in each group"},
		func(ctx context.Context, in *IDPath) (*httpx.Body[httpx.List[GroupResult]], error) {
			items, err := s.BroadcastGroups(ctx, in.ID)
			return answer(httpx.List[GroupResult]{Items: httpx.Items(items)}, err)
		})
	httpx.Handle(r, httpx.Op{ID: "list-broadcast-posts", Method: "GET", Path: "/broadcasts/{id}/posts", Tag: broadcastTag, Permission: mayRead, Summary: "How far the members are who were asked for a moment"},
		func(ctx context.Context, in *IDPath) (*httpx.Body[httpx.List[MomentResult]], error) {
			items, err := s.BroadcastPosts(ctx, in.ID)
			return answer(httpx.List[MomentResult]{Items: httpx.Items(items)}, err)
		})
	type reactionsIn struct {
		IDPath
		httpx.PageQuery
	}
	httpx.Handle(r, httpx.Op{ID: "list-broadcast-reactions", Method: "GET", Path: "/broadcasts/{id}/reactions", Tag: broadcastTag, Permission: mayRead, Summary: "Who liked a moment and commented on it, the newest first"},
		func(ctx context.Context, in *reactionsIn) (*httpx.Body[httpx.Page[Reaction]], error) {
			var offset int
			if err := httpx.DecodeCursor(in.Cursor, &offset); err != nil {
				return nil, err
			}
			items, err := s.BroadcastReactions(ctx, in.ID, offset, in.Limit)
			p := httpx.Page[Reaction]{Items: httpx.Items(items)}
			if len(items) == in.Limit {
				p.NextCursor = httpx.EncodeCursor(offset + in.Limit)
			}
			return answer(p, err)
		})
}
