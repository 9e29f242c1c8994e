package inbox

import (
	"context"

	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/plaintext"
)

const tag = "inbox"

// Routes registers the module's endpoints.
func (s *Service) Routes(r *httpx.Router) {
	s.conversationRoutes(r)
	s.messageRoutes(r)
	s.streamRoutes(r)
	s.searchRoutes(r)
	s.deskRoutes(r)
	s.teamRoutes(r)
	s.assistantRoutes(r)
	s.ruleRoutes(r)
	s.quickRoutes(r)
	s.measureRoutes(r)
}

// ConversationPath names a conversation in an address.
type ConversationPath struct {
	ID string `path:"id" maxLength:"64"`
}

func (s *Service) conversationRoutes(r *httpx.Router) {
	type listBody struct {
		httpx.Page[Conversation]
		Counts Counts `json:"counts"`
	}
	type listIn struct {
		httpx.PageQuery
		ListFilter
	}
	httpx.Handle(r, httpx.Op{ID: "list-conversations", Method: "GET", Path: "/inbox/conversations", Tag: tag, Permission: mayRead,
		Summary: "Conversations over all accounts, with the number in each tab. Associates see their own customers', those assigned to them, and unassigned ones of their desks"},
		func(ctx context.Context, in *listIn) (*httpx.Body[listBody], error) {
			var after Place
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, next, counts, err := s.Conversations(ctx, in.ListFilter, after, in.Limit)
			if err != nil {
				return nil, err
			}
			out := listBody{Page: httpx.Page[Conversation]{Items: httpx.Items(items)}, Counts: counts}
			if next.ID != "" {
				out.NextCursor = httpx.EncodeCursor(next)
			}
			return httpx.OK(out), nil
		})
	httpx.Handle(r, httpx.Op{ID: "count-conversations", Method: "GET", Path: "/inbox/counts", Tag: tag, Permission: mayRead, Summary: "How many conversations each tab has"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[Counts], error) {
			c, err := s.Counts(ctx)
			return httpx.OK(c), err
		})
	httpx.Handle(r, httpx.Op{ID: "get-conversation", Method: "GET", Path: "/inbox/conversations/{id}", Tag: tag, Permission: mayRead,
		Summary: "One conversation, with what can be sent now, who else is looking, and one's draft"},
		func(ctx context.Context, in *ConversationPath) (*httpx.Body[Details], error) {
			d, err := s.Conversation(ctx, in.ID)
			return httpx.OK(d), err
		})
	type patchIn struct {
		ConversationPath
		Body Patch
	}
	httpx.Handle(r, httpx.Op{ID: "update-conversation", Method: "PATCH", Path: "/inbox/conversations/{id}", Tag: tag, Permission: mayWrite, Summary: "Set status, snooze, priority or assignee"},
		func(ctx context.Context, in *patchIn) (*httpx.Body[Conversation], error) {
			c, err := s.Update(ctx, in.ID, in.Body)
			return httpx.OK(c), err
		})
	type transferIn struct {
		ConversationPath
		Body struct {
			StaffID string `json:"staff_id,omitempty" maxLength:"64" doc:"Who gets it, or"`
			TeamID  string `json:"team_id,omitempty" maxLength:"64" doc:"… which team: it gives it to one of its members, or keeps it until one is there"`
			Note    string `json:"note,omitempty" maxLength:"1000" doc:"Kept as a note that only staff see"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "transfer-conversation", Method: "POST", Path: "/inbox/conversations/{id}/transfer", Tag: tag, Permission: mayWrite, Summary: "Hand a conversation to a colleague or a team, with a note"},
		func(ctx context.Context, in *transferIn) (*httpx.Body[Conversation], error) {
			c, err := s.Transfer(ctx, in.ID, in.Body.StaffID, in.Body.TeamID, in.Body.Note)
			return httpx.OK(c), err
		})
	type readIn struct {
		ConversationPath
		Body struct {
			Incoming int64 `json:"incoming" minimum:"0" doc:"The number of the last incoming message that was shown; see incoming of the conversation"`
		}
	}
	type readBody struct {
		Unread int64 `json:"unread"`
	}
	httpx.Handle(r, httpx.Op{ID: "read-conversation", Method: "POST", Path: "/inbox/conversations/{id}/read", Tag: tag, Permission: mayRead, Summary: "Say how far one has read. It never goes back"},
		func(ctx context.Context, in *readIn) (*httpx.Body[readBody], error) {
			n, err := s.Read(ctx, in.ID, in.Body.Incoming)
			return httpx.OK(readBody{n}), err
		})
	type draftIn struct {
		ConversationPath
		Body struct {
			Text string `json:"text" maxLength:"20000" doc:"Empty: no draft"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "save-draft", Method: "PUT", Path: "/inbox/conversations/{id}/draft", Tag: tag, Permission: mayWrite, Status: 204, Summary: "Keep what one has begun to write"},
		func(ctx context.Context, in *draftIn) (*struct{}, error) {
			return nil, s.Draft(ctx, in.ID, plaintext.Tidy(in.Body.Text))
		})
	type presenceIn struct {
		ConversationPath
		Body struct {
			Typing bool `json:"typing,omitempty"`
			Gone   bool `json:"gone,omitempty" doc:"Not looking any more"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "look-at-conversation", Method: "POST", Path: "/inbox/conversations/{id}/presence", Tag: tag, Permission: mayRead,
		Summary: "Say that one is looking or typing; the answer is who else is. Say it every ten seconds: it is forgotten after thirty"},
		func(ctx context.Context, in *presenceIn) (*httpx.Body[httpx.List[Presence]], error) {
			p, err := s.Look(ctx, in.ID, in.Body.Typing, in.Body.Gone)
			return httpx.OK(httpx.List[Presence]{Items: httpx.Items(p)}), err
		})
}

func (s *Service) messageRoutes(r *httpx.Router) {
	type listIn struct {
		ConversationPath
		Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
		Cursor string `query:"cursor" maxLength:"1024" doc:"next_cursor of the page of later messages"`
		After  int64  `query:"after" minimum:"0" doc:"By seq: what came after it, in the order in which it came; to catch up"`
	}
	type listBody struct {
		httpx.Page[Message]
		More bool `json:"more" doc:"With after: there are more behind the last"`
	}
	httpx.Handle(r, httpx.Op{ID: "list-messages", Method: "GET", Path: "/inbox/conversations/{id}/messages", Tag: tag, Permission: mayRead,
		Summary: "A page of messages in the order in which they happened, the latest page first"},
		func(ctx context.Context, in *listIn) (*httpx.Body[listBody], error) {
			p := MessagePage{After: in.After, Limit: in.Limit}
			if err := httpx.DecodeCursor(in.Cursor, &p.Before); err != nil {
				return nil, err
			}
			items, before, more, err := s.Messages(ctx, in.ID, p)
			if err != nil {
				return nil, err
			}
			out := listBody{Page: httpx.Page[Message]{Items: httpx.Items(items)}, More: more && in.After > 0}
			if before.ID != "" {
				out.NextCursor = httpx.EncodeCursor(before)
			}
			return httpx.OK(out), nil
		})
	type togetherIn struct {
		ID     string `path:"id" maxLength:"64" doc:"Of the person"`
		Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
		Cursor string `query:"cursor" maxLength:"1024" doc:"next_cursor of the page of later messages"`
	}
	httpx.Handle(r, httpx.Op{ID: "list-person-messages", Method: "GET", Path: "/inbox/persons/{id}/messages", Tag: tag, Permission: mayRead,
		Summary: "What was said with one person over all accounts, in the order in which it happened, the latest page first; of the conversations that one may see, archived chats included"},
		func(ctx context.Context, in *togetherIn) (*httpx.Body[httpx.Page[Placed]], error) {
			var mark historyMark
			if err := httpx.DecodeCursor(in.Cursor, &mark); err != nil {
				return nil, err
			}
			items, before, err := s.Together(ctx, in.ID, mark, in.Limit)
			out := httpx.Page[Placed]{Items: httpx.Items(items)}
			if before.ID != "" {
				out.NextCursor = httpx.EncodeCursor(before)
			}
			return httpx.OK(out), err
		})
	type postIn struct {
		ConversationPath
		Body Post
	}
	httpx.Handle(r, httpx.Op{ID: "post-message", Method: "POST", Path: "/inbox/conversations/{id}/messages", Tag: tag, Permission: mayWrite, Status: 202, MaxBody: 256 << 10,
		Summary: "Write to the customer. The message is there at once; its state says what became of it"},
		func(ctx context.Context, in *postIn) (*httpx.Body[Message], error) {
			m, err := s.PostMessage(ctx, in.ID, in.Body)
			return httpx.OK(m), err
		})
	type retryIn struct {
		ConversationPath
		MessageID string `path:"message_id" maxLength:"64"`
	}
	httpx.Handle(r, httpx.Op{ID: "retry-message", Method: "POST", Path: "/inbox/conversations/{id}/messages/{message_id}/retry", Tag: tag, Permission: mayWrite, Status: 202,
		Summary: "Try again to send a message that failed, or of which nobody knows whether it arrived: that one may arrive twice"},
		func(ctx context.Context, in *retryIn) (*httpx.Body[Message], error) {
			m, err := s.Retry(ctx, in.ID, in.MessageID)
			return httpx.OK(m), err
		})
	type noteIn struct {
		ConversationPath
		Body struct {
			Key  string `json:"key" minLength:"8" maxLength:"64" pattern:"^[A-Za-z0-9_.:-]+$" doc:"The browser's own name for it"`
			Text string `json:"text" minLength:"1" maxLength:"4000"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "post-conversation-note", Method: "POST", Path: "/inbox/conversations/{id}/notes", Tag: tag, Permission: mayWrite, Status: 201, Summary: "Write something that only staff see"},
		func(ctx context.Context, in *noteIn) (*httpx.Body[Message], error) {
			m, err := s.Note(ctx, in.ID, in.Body.Key, in.Body.Text)
			return httpx.OK(m), err
		})
}
