package inbox

import (
	"context"

	"fishpond/internal/platform/httpx"
)

func (s *Service) deskRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-desks", Method: "GET", Path: "/inbox/desks", Tag: tag, Permission: mayRead, Summary: "How conversations of each account are given to staff"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[Desk]], error) {
			d, err := s.Desks(ctx)
			return httpx.OK(httpx.List[Desk]{Items: httpx.Items(d)}), err
		})
	type deskIn struct {
		AccountID string `path:"account_id" maxLength:"64"`
		Body      struct {
			Strategy string   `json:"strategy" enum:"off,round_robin,least_loaded,owner"`
			Members  []string `json:"members,omitempty" maxItems:"500" nullable:"false" doc:"Staff ids; empty: everybody who may answer"`
			Capacity int64    `json:"capacity,omitempty" minimum:"0" maximum:"1000"`
			Hours    []Shift  `json:"hours,omitempty" maxItems:"21" nullable:"false"`
			Skills   []Skill  `json:"skills,omitempty" maxItems:"50" nullable:"false" doc:"Who is asked about what: the first that fits what the customer last wrote narrows the choice"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "set-desk", Method: "PUT", Path: "/inbox/desks/{account_id}", Tag: tag, Permission: maySettle, Summary: "Say how conversations of an account are given to staff"},
		func(ctx context.Context, in *deskIn) (*httpx.Body[Desk], error) {
			d, err := s.SetDesk(ctx, Desk{AccountID: in.AccountID, Strategy: in.Body.Strategy, Members: in.Body.Members, Capacity: in.Body.Capacity, Hours: in.Body.Hours, Skills: in.Body.Skills})
			return httpx.OK(d), err
		})
	httpx.Handle(r, httpx.Op{ID: "list-inbox-staff", Method: "GET", Path: "/inbox/staff", Tag: tag, Permission: mayRead, Summary: "Who may answer, who is there, and how much they have"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[Colleague]], error) {
			c, err := s.Colleagues(ctx)
			return httpx.OK(httpx.List[Colleague]{Items: httpx.Items(c)}), err
		})
	type awayIn struct {
		Body struct {
			Away bool `json:"away"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "set-away", Method: "PUT", Path: "/inbox/away", Tag: tag, Permission: mayWrite, Status: 204, Summary: "Say whether one takes new conversations"},
		func(ctx context.Context, in *awayIn) (*struct{}, error) {
			return nil, s.Away(ctx, in.Body.Away)
		})
}

func (s *Service) assistantRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "get-assistant", Method: "GET", Path: "/inbox/assistant", Tag: tag, Permission: mayRead, Summary: "Whether drafts of answers can be had"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[AssistantState], error) {
			a, err := s.AssistantState(ctx)
			return httpx.OK(a), err
		})
	type setIn struct {
		Body struct {
			Enabled bool `json:"enabled"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "set-assistant", Method: "PUT", Path: "/inbox/assistant", Tag: tag, Permission: maySettle, Summary: "Let staff ask for drafts: what customers write then goes to the assistant's provider, without numbers and addresses of people"},
		func(ctx context.Context, in *setIn) (*httpx.Body[AssistantState], error) {
			a, err := s.UseAssistant(ctx, in.Body.Enabled)
			return httpx.OK(a), err
		})
	type suggestIn struct {
		ConversationPath
	}
	httpx.Handle(r, httpx.Op{ID: "suggest-answer", Method: "POST", Path: "/inbox/conversations/{id}/suggestion", Tag: tag, Permission: mayWrite,
		Summary: "A draft of the next answer, from the org's own material. It is not sent: somebody looks it over"},
		func(ctx context.Context, in *suggestIn) (*httpx.Body[Suggestion], error) {
			d, err := s.Suggest(ctx, in.ID)
			return httpx.OK(d), err
		})
}

func (s *Service) ruleRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-rules", Method: "GET", Path: "/inbox/rules", Tag: tag, Permission: mayRead, Summary: "Automatic answers, in the order in which they are looked at"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[*Rule]], error) {
			rules, err := s.Rules(ctx)
			return httpx.OK(httpx.List[*Rule]{Items: httpx.Items(rules)}), err
		})
	type newIn struct{ Body Rule }
	httpx.Handle(r, httpx.Op{ID: "create-rule", Method: "POST", Path: "/inbox/rules", Tag: tag, Permission: maySettle, Status: 201, Summary: "Make an automatic answer"},
		func(ctx context.Context, in *newIn) (*httpx.Body[Rule], error) {
			in.Body.ID = ""
			rule, err := s.SaveRule(ctx, in.Body)
			return httpx.OK(rule), err
		})
	type changeIn struct {
		ID   string `path:"id" maxLength:"64" minLength:"1"`
		Body Rule
	}
	httpx.Handle(r, httpx.Op{ID: "update-rule", Method: "PUT", Path: "/inbox/rules/{id}", Tag: tag, Permission: maySettle, Summary: "Change an automatic answer"},
		func(ctx context.Context, in *changeIn) (*httpx.Body[Rule], error) {
			in.Body.ID = in.ID
			rule, err := s.SaveRule(ctx, in.Body)
			return httpx.OK(rule), err
		})
	type idIn struct {
		ID string `path:"id" maxLength:"64" minLength:"1"`
	}
	httpx.Handle(r, httpx.Op{ID: "delete-rule", Method: "DELETE", Path: "/inbox/rules/{id}", Tag: tag, Permission: maySettle, Status: 204, Summary: "Take an automatic answer away"},
		func(ctx context.Context, in *idIn) (*struct{}, error) {
			return nil, s.DeleteRule(ctx, in.ID)
		})
	type tryIn struct {
		Body struct {
			AccountID string `json:"account_id,omitempty" maxLength:"64"`
			Text      string `json:"text" maxLength:"2000"`
			First     bool   `json:"first,omitempty" doc:"As if it were somebody's first message"`
		}
	}
	type tryBody struct {
		Rule  *Rule `json:"rule" doc:"Null: none answers"`
		Human bool  `json:"human" doc:"It asks for a human: nothing answers by itself from then on"`
	}
	httpx.Handle(r, httpx.Op{ID: "try-rules", Method: "POST", Path: "/inbox/rules/test", Tag: tag, Permission: maySettle, Summary: "Which rule would answer a message now"},
		func(ctx context.Context, in *tryIn) (*httpx.Body[tryBody], error) {
			rule, human, err := s.TryRule(ctx, in.Body.AccountID, in.Body.Text, in.Body.First)
			return httpx.OK(tryBody{rule, human}), err
		})
}
