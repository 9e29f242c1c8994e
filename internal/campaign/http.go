package campaign

import (
	"context"

	"fishpond/internal/campaign/wording"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
)

const tag = "campaigns"

// IDPath is a campaign in an address.
type IDPath struct {
	ID string `path:"id" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$"`
}

func answer[T any](v T, err error) (*httpx.Body[T], error) {
	if err != nil {
		return nil, err
	}
	return httpx.OK(v), nil
}

// Variable is a value that texts may hold.
type Variable struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// AccountView is an account over which campaigns can go.
type AccountView struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Carrier  string `json:"carrier"`
	Active   bool   `json:"active"`
	Subject  bool   `json:"subject" doc:"Its messages have a subject and may be pages"`
	Template bool   `json:"template" doc:"Its messages use templates that the provider has approved"`
	MaxText  int    `json:"max_text" doc:"Bytes that a text has at most; 0: any number"`
}

// Choices are what a campaign can be made of.
type Choices struct {
	Accounts  []AccountView `json:"accounts"`
	Variables []Variable    `json:"variables"`
}

// Routes declares the module's endpoints.
func (s *Service) Routes(r *httpx.Router) {
	s.draftRoutes(r)
	s.sendRoutes(r)
	s.couponRoutes(r)
	s.massRoutes(r)
	s.broadcastRoutes(r)
	httpx.Handle(r, httpx.Op{ID: "get-campaign-settings", Method: "GET", Path: "/campaign-settings", Tag: tag, Permission: mayRead, Summary: "From which size campaigns need approval, and how many are left out"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[Settings], error) { return answer(s.Settings(ctx)) })
	type controlIn struct {
		Quarter string `query:"quarter" pattern:"^([0-9]{4}Q[1-4])?$" doc:"Such as 2026Q4; empty: the present one"`
	}
	httpx.Handle(r, httpx.Op{ID: "get-campaign-control", Method: "GET", Path: "/campaigns/control", Tag: tag, Permission: mayRead, Summary: "What a quarter's marketing brought, measured against who got none of it"},
		func(ctx context.Context, in *controlIn) (*httpx.Body[Control], error) {
			return answer(s.Control(ctx, in.Quarter))
		})
	type setIn struct{ Body Settings }
	httpx.Handle(r, httpx.Op{ID: "put-campaign-settings", Method: "PUT", Path: "/campaign-settings", Tag: tag, Permission: maySet, Summary: "Change the settings of campaigns"},
		func(ctx context.Context, in *setIn) (*httpx.Body[Settings], error) {
			return answer(s.PutSettings(ctx, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "get-campaign-choices", Method: "GET", Path: "/campaign-choices", Tag: tag, Permission: mayRead, Summary: "Over which accounts campaigns can go, and which values texts may hold"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[Choices], error) { return answer(s.Choices(ctx)) })
}

func (s *Service) draftRoutes(r *httpx.Router) {
	type listIn struct {
		Filter
		httpx.PageQuery
	}
	httpx.Handle(r, httpx.Op{ID: "list-campaigns", Method: "GET", Path: "/campaigns", Tag: tag, Permission: mayRead, Summary: "Campaigns, the newest first; without their pages"},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.Page[Campaign]], error) {
			var after place
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, next, err := s.List(ctx, in.Filter, after, in.Limit)
			p := httpx.Page[Campaign]{Items: httpx.Items(items)}
			if next != (place{}) {
				p.NextCursor = httpx.EncodeCursor(next)
			}
			return answer(p, err)
		})
	type createIn struct{ Body Input }
	httpx.Handle(r, httpx.Op{ID: "create-campaign", Method: "POST", Path: "/campaigns", Tag: tag, Permission: mayWrite, Status: 201, Summary: "Write a campaign"},
		func(ctx context.Context, in *createIn) (*httpx.Body[Campaign], error) {
			return answer(s.Create(ctx, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "get-campaign", Method: "GET", Path: "/campaigns/{id}", Tag: tag, Permission: mayRead, Summary: "A campaign, and how far it is"},
		func(ctx context.Context, in *IDPath) (*httpx.Body[Campaign], error) { return answer(s.Get(ctx, in.ID)) })
	type updateIn struct {
		IDPath
		Body struct {
			Input
			Version int64 `json:"version" minimum:"1" doc:"As it was read; if somebody has changed it meanwhile, 409"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "update-campaign", Method: "PUT", Path: "/campaigns/{id}", Tag: tag, Permission: mayWrite, Summary: "Change a draft"},
		func(ctx context.Context, in *updateIn) (*httpx.Body[Campaign], error) {
			return answer(s.Update(ctx, in.ID, in.Body.Version, in.Body.Input))
		})
	httpx.Handle(r, httpx.Op{ID: "delete-campaign", Method: "DELETE", Path: "/campaigns/{id}", Tag: tag, Permission: mayWrite, Summary: "Throw a draft away"},
		func(ctx context.Context, in *IDPath) (*struct{}, error) { return nil, s.Delete(ctx, in.ID) })
	type previewIn struct {
		IDPath
		Body PreviewInput
	}
	httpx.Handle(r, httpx.Op{ID: "preview-campaign", Method: "POST", Path: "/campaigns/{id}/preview", Tag: tag, Permission: mayWrite, Summary: "A campaign as somebody would read it"},
		func(ctx context.Context, in *previewIn) (*httpx.Body[httpx.List[Sample]], error) {
			items, err := s.Preview(ctx, in.ID, in.Body)
			return answer(httpx.List[Sample]{Items: httpx.Items(items)}, err)
		})
	httpx.Handle(r, httpx.Op{ID: "check-campaign", Method: "POST", Path: "/campaigns/{id}/check", Tag: tag, Permission: mayWrite, Summary: "How many would get a campaign, wait or be held back, and why; nothing is stored"},
		func(ctx context.Context, in *IDPath) (*httpx.Body[Check], error) { return answer(s.Check(ctx, in.ID)) })
}

func (s *Service) sendRoutes(r *httpx.Router) {
	type testIn struct {
		IDPath
		Body TestInput
	}
	httpx.Handle(r, httpx.Op{ID: "test-campaign", Method: "POST", Path: "/campaigns/{id}/test", Tag: tag, Permission: maySend, Summary: "Send a campaign to one person, to see how it arrives"},
		func(ctx context.Context, in *testIn) (*httpx.Body[Sample], error) {
			return answer(s.Test(ctx, in.ID, in.Body))
		})
	type submitIn struct {
		IDPath
		Body struct {
			Version int64 `json:"version" minimum:"1" doc:"As it was read; if somebody has changed it meanwhile, 409"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "submit-campaign", Method: "POST", Path: "/campaigns/{id}/submit", Tag: tag, Permission: maySend, Summary: "Hand a draft in for sending; a large one waits for a second person"},
		func(ctx context.Context, in *submitIn) (*httpx.Body[Campaign], error) {
			return answer(s.Submit(ctx, in.ID, in.Body.Version))
		})
	httpx.Handle(r, httpx.Op{ID: "approve-campaign", Method: "POST", Path: "/campaigns/{id}/approve", Tag: tag, Permission: mayApprove, Summary: "Let a campaign go that somebody else submitted"},
		func(ctx context.Context, in *IDPath) (*httpx.Body[Campaign], error) {
			return answer(s.Approve(ctx, in.ID))
		})
	httpx.Handle(r, httpx.Op{ID: "withdraw-campaign", Method: "POST", Path: "/campaigns/{id}/withdraw", Tag: tag, Permission: maySend, Summary: "Make a draft again of a campaign that has not begun"},
		func(ctx context.Context, in *IDPath) (*httpx.Body[Campaign], error) {
			return answer(s.Withdraw(ctx, in.ID))
		})
	for what, summary := range map[string]string{"pause": "Stop sending for now", "resume": "Go on sending", "cancel": "Call off what has not left"} {
		httpx.Handle(r, httpx.Op{ID: what + "-campaign", Method: "POST", Path: "/campaigns/{id}/" + what, Tag: tag, Permission: maySend, Summary: summary},
			func(ctx context.Context, in *IDPath) (*httpx.Body[Campaign], error) {
				return answer(s.Steer(ctx, in.ID, what))
			})
	}
	type decideIn struct {
		IDPath
		Body struct {
			Chosen string `json:"chosen" minLength:"1" maxLength:"20" doc:"The variant that the rest get"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "decide-campaign", Method: "POST", Path: "/campaigns/{id}/decide", Tag: tag, Permission: maySend, Summary: "End the test of a campaign's variants by hand"},
		func(ctx context.Context, in *decideIn) (*httpx.Body[Campaign], error) {
			return answer(s.Decide(ctx, in.ID, in.Body.Chosen))
		})
	httpx.Handle(r, httpx.Op{ID: "get-campaign-report", Method: "GET", Path: "/campaigns/{id}/report", Tag: tag, Permission: mayRead, Summary: "What a campaign brought, measured against who was left out"},
		func(ctx context.Context, in *IDPath) (*httpx.Body[Report], error) {
			return answer(s.Report(ctx, in.ID))
		})
}

// Choices are what campaigns of the actor's org can be made of.
func (s *Service) Choices(ctx context.Context) (out Choices, err error) {
	a := actor(ctx)
	out.Accounts, out.Variables = []AccountView{}, []Variable{}
	for _, v := range wording.Variables {
		out.Variables = append(out.Variables, Variable{v.Name, v.Text.In(i18n.From(ctx))})
	}
	accounts, err := s.accountsOf(ctx, a.OrgID)
	for _, c := range accounts {
		out.Accounts = append(out.Accounts, AccountView(c))
	}
	return out, err
}
