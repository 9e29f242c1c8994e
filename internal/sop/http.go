package sop

import (
	"context"

	"fishpond/internal/platform/db"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
)

const tag = "sop"

// IDPath is a series in an address.
type IDPath struct {
	ID string `path:"id" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$"`
}

// EnrolmentPath is somebody in a series in an address.
type EnrolmentPath struct {
	IDPath
	EnrolmentID string `path:"enrolment_id" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$"`
}

func answer[T any](v T, err error) (*httpx.Body[T], error) {
	if err != nil {
		return nil, err
	}
	return httpx.OK(v), nil
}

func page[T any](items []T, next at, err error) (*httpx.Body[httpx.Page[T]], error) {
	p := httpx.Page[T]{Items: httpx.Items(items)}
	if next.ID != "" {
		p.NextCursor = httpx.EncodeCursor(next)
	}
	return answer(p, err)
}

// VariableView is a value that texts may hold.
type VariableView struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// ChatView is a group chat to choose.
type ChatView struct {
	AccountID string `json:"account_id"`
	ChatID    string `json:"chat_id"`
	Name      string `json:"name"`
	Owner     string `json:"owner" doc:"The member on the platform"`
	OwnerName string `json:"owner_name"`
	Members   int64  `json:"members"`
}

// Choices are what series of the actor's org can be made of.
type Choices struct {
	Accounts      []Account      `json:"accounts" nullable:"false" doc:"Over which persons can be written to"`
	GroupAccounts []Named        `json:"group_accounts" nullable:"false" doc:"Whose friends and groups can come in by themselves"`
	Channels      []Named        `json:"channels" nullable:"false"`
	Segments      []Named        `json:"segments" nullable:"false"`
	Variables     []VariableView `json:"variables" nullable:"false"`
	Ready         []Ready        `json:"ready" nullable:"false" doc:"Series to begin with, in the reader's language"`
}

// Choices are what series of the actor's org can be made of.
func (s *Service) Choices(ctx context.Context) (out Choices, err error) {
	a, lang := actor(ctx), i18n.From(ctx)
	out = Choices{Variables: []VariableView{}, Segments: []Named{}, Ready: ReadySOPs(lang)}
	for _, v := range s.Wording.Variables() {
		out.Variables = append(out.Variables, VariableView{v.Name, v.Text.In(lang)})
	}
	names, err := s.Segments.Names(ctx, a.OrgID)
	if err != nil {
		return out, err
	}
	for _, id := range sorted(names) {
		out.Segments = append(out.Segments, Named{id, names[id]})
	}
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		if out.Accounts, err = s.Accounts.Accounts(ctx, tx, a.OrgID); err != nil {
			return err
		}
		if out.GroupAccounts, err = s.Groups.Accounts(ctx, tx, a.OrgID); err != nil {
			return err
		}
		out.Channels, err = s.Channels.Channels(ctx, tx, a.OrgID)
		return err
	})
	out.Accounts, out.GroupAccounts, out.Channels = httpx.Items(out.Accounts), httpx.Items(out.GroupAccounts), httpx.Items(out.Channels)
	return out, err
}

// Chats lists groups to choose from.
func (s *Service) Chats(ctx context.Context, accountID, q string) (out []ChatView, err error) {
	a := actor(ctx)
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		found, err := s.Groups.Chats(ctx, tx, a.OrgID, ChatFilter{AccountID: accountID, Q: q, Limit: 100})
		out = out[:0]
		for _, c := range found {
			out = append(out, ChatView{c.AccountID, c.ChatID, c.Name, c.Owner, c.OwnerName, c.Members})
		}
		return err
	})
	return out, err
}

// Routes declares the module's endpoints.
func (s *Service) Routes(r *httpx.Router) {
	s.writeRoutes(r)
	s.runRoutes(r)
	httpx.Handle(r, httpx.Op{ID: "get-sop-choices", Method: "GET", Path: "/sop-choices", Tag: tag, Permission: mayRead, Summary: "What series can be made of, and series to begin with"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[Choices], error) { return answer(s.Choices(ctx)) })
	type chatsIn struct {
		AccountID string `query:"account_id" maxLength:"64"`
		Q         string `query:"q" maxLength:"60" doc:"Part of the name"`
	}
	httpx.Handle(r, httpx.Op{ID: "list-sop-chats", Method: "GET", Path: "/sop-chats", Tag: tag, Permission: mayRead, Summary: "Groups to choose from, 100 at most"},
		func(ctx context.Context, in *chatsIn) (*httpx.Body[httpx.List[ChatView]], error) {
			items, err := s.Chats(ctx, in.AccountID, in.Q)
			return answer(httpx.List[ChatView]{Items: httpx.Items(items)}, err)
		})
	httpx.Handle(r, httpx.Op{ID: "get-sop-today", Method: "GET", Path: "/sop-today", Tag: tag, Permission: mayToday, Summary: "What SOPs ask of oneself today, besides the tasks on today's list"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[Today], error) { return answer(s.Today(ctx)) })
}

func (s *Service) writeRoutes(r *httpx.Router) {
	type listIn struct {
		Filter
		httpx.PageQuery
	}
	httpx.Handle(r, httpx.Op{ID: "list-sops", Method: "GET", Path: "/sops", Tag: tag, Permission: mayRead, Summary: "Series of messages, those changed last first"},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.Page[SOP]], error) {
			var after at
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			return page(s.List(ctx, in.Filter, after, in.Limit))
		})
	type createIn struct{ Body Input }
	httpx.Handle(r, httpx.Op{ID: "create-sop", Method: "POST", Path: "/sops", Tag: tag, Permission: mayWrite, Status: 201, Summary: "Write a series"},
		func(ctx context.Context, in *createIn) (*httpx.Body[SOP], error) {
			return answer(s.Create(ctx, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "check-sop", Method: "POST", Path: "/sop-check", Tag: tag, Permission: mayWrite, Summary: "What stands in the way of publishing a series; nothing is stored"},
		func(ctx context.Context, in *createIn) (*httpx.Body[Checked], error) {
			return answer(s.Check(ctx, in.Body))
		})
	type previewIn struct{ Body PreviewInput }
	httpx.Handle(r, httpx.Op{ID: "preview-sop", Method: "POST", Path: "/sop-preview", Tag: tag, Permission: mayWrite, Summary: "A series as a person or a group would have it; nothing is stored"},
		func(ctx context.Context, in *previewIn) (*httpx.Body[Preview], error) {
			return answer(s.Preview(ctx, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "get-sop", Method: "GET", Path: "/sops/{id}", Tag: tag, Permission: mayRead, Summary: "A series"},
		func(ctx context.Context, in *IDPath) (*httpx.Body[SOP], error) { return answer(s.Get(ctx, in.ID)) })
	type updateIn struct {
		IDPath
		Body struct {
			Input
			Revision int64 `json:"revision" minimum:"1" doc:"As it was read; if somebody has changed it meanwhile, 409"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "update-sop", Method: "PUT", Path: "/sops/{id}", Tag: tag, Permission: mayWrite, Summary: "Change what is written; what is live stays as it is until it is published"},
		func(ctx context.Context, in *updateIn) (*httpx.Body[SOP], error) {
			return answer(s.Update(ctx, in.ID, in.Body.Revision, in.Body.Input))
		})
	httpx.Handle(r, httpx.Op{ID: "delete-sop", Method: "DELETE", Path: "/sops/{id}", Tag: tag, Permission: mayWrite, Summary: "Throw a draft away"},
		func(ctx context.Context, in *IDPath) (*struct{}, error) { return nil, s.Delete(ctx, in.ID) })
	httpx.Handle(r, httpx.Op{ID: "copy-sop", Method: "POST", Path: "/sops/{id}/copy", Tag: tag, Permission: mayWrite, Status: 201, Summary: "Make a draft of the same"},
		func(ctx context.Context, in *IDPath) (*httpx.Body[SOP], error) { return answer(s.Copy(ctx, in.ID)) })
}

func (s *Service) runRoutes(r *httpx.Router) {
	type publishIn struct {
		IDPath
		Body struct {
			Revision int64 `json:"revision" minimum:"1" doc:"As it was read; if somebody has changed it meanwhile, 409"`
			Move     bool  `json:"move,omitempty" doc:"Also for who is inside; what they have had they do not get again"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "publish-sop", Method: "POST", Path: "/sops/{id}/publish", Tag: tag, Permission: mayRun, Summary: "Make what is written valid, and let people in"},
		func(ctx context.Context, in *publishIn) (*httpx.Body[SOP], error) {
			return answer(s.Publish(ctx, in.ID, in.Body.Revision, in.Body.Move))
		})
	httpx.Handle(r, httpx.Op{ID: "move-sop", Method: "POST", Path: "/sops/{id}/move", Tag: tag, Permission: mayRun, Summary: "Bring all who are inside to the version that is valid"},
		func(ctx context.Context, in *IDPath) (*httpx.Body[SOP], error) { return answer(s.Move(ctx, in.ID)) })
	for what, summary := range map[string]string{"pause": "Let nothing leave for now", "resume": "Go on", "stop": "End it for everybody"} {
		httpx.Handle(r, httpx.Op{ID: what + "-sop", Method: "POST", Path: "/sops/{id}/" + what, Tag: tag, Permission: mayRun, Summary: summary},
			func(ctx context.Context, in *IDPath) (*httpx.Body[SOP], error) {
				return answer(s.Steer(ctx, in.ID, what))
			})
	}
	httpx.Handle(r, httpx.Op{ID: "list-sop-steps", Method: "GET", Path: "/sops/{id}/steps", Tag: tag, Permission: mayRead, Summary: "How each step fares"},
		func(ctx context.Context, in *IDPath) (*httpx.Body[httpx.List[StepState]], error) {
			items, err := s.Steps(ctx, in.ID)
			return answer(httpx.List[StepState]{Items: httpx.Items(items)}, err)
		})
	type listIn struct {
		IDPath
		EnrolmentFilter
		httpx.PageQuery
	}
	httpx.Handle(r, httpx.Op{ID: "list-sop-enrolments", Method: "GET", Path: "/sops/{id}/enrolments", Tag: tag, Permission: mayRead, Summary: "Who is, or was, in a series, the latest first"},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.Page[Enrolment]], error) {
			var after at
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			return page(s.Enrolments(ctx, in.ID, in.EnrolmentFilter, after, in.Limit))
		})
	type enrolIn struct {
		IDPath
		Body EnrolInput
	}
	httpx.Handle(r, httpx.Op{ID: "enrol-sop", Method: "POST", Path: "/sops/{id}/enrolments", Tag: tag, Permission: mayRun, Summary: "Put persons or groups into a series"},
		func(ctx context.Context, in *enrolIn) (*httpx.Body[Enrolled], error) {
			return answer(s.Enrol(ctx, in.ID, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "get-sop-enrolment", Method: "GET", Path: "/sops/{id}/enrolments/{enrolment_id}", Tag: tag, Permission: mayRead, Summary: "Somebody in a series, with what became of each step"},
		func(ctx context.Context, in *EnrolmentPath) (*httpx.Body[Enrolment], error) {
			return answer(s.Enrolment(ctx, in.ID, in.EnrolmentID))
		})
	httpx.Handle(r, httpx.Op{ID: "remove-sop-enrolment", Method: "DELETE", Path: "/sops/{id}/enrolments/{enrolment_id}", Tag: tag, Permission: mayRun, Summary: "Take somebody out of a series"},
		func(ctx context.Context, in *EnrolmentPath) (*struct{}, error) {
			return nil, s.Remove(ctx, in.ID, in.EnrolmentID)
		})
}
