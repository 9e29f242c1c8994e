package economics

import (
	"context"

	"fishpond/internal/insight/behind"
	"fishpond/internal/platform/httpx"
)

type answerIn struct {
	From string `query:"from" maxLength:"7" doc:"First month, as 2026-01"`
	To   string `query:"to" maxLength:"7" doc:"Last month, included. With from and to empty: the last twelve months with an order, an arrival or a cost"`
	By   string `query:"by" enum:"channel,platform,campaign,entrance,staff,account,code,link,month" default:"channel" doc:"channel: the tree, each channel with what is below it"`
}

type marginIn struct {
	Body struct {
		MarginBP *int64 `json:"margin_bp" minimum:"1" maximum:"10000" doc:"Basis points of sales; null forgets it"`
	}
}

const mayRead = "insight.read"

// Routes declares the module's endpoints.
func (s *Service) Routes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "get-economics", Method: "GET", Path: "/insight/economics", Tag: "insight", Permission: mayRead,
		Summary: "What people cost and what they bring, by where they came from"},
		func(ctx context.Context, in *answerIn) (*httpx.Body[Economics], error) {
			return answer(s.Economics(ctx, httpx.Actor(ctx).OrgID, in.By, in.From, in.To))
		})
	httpx.Handle(r, httpx.Op{ID: "get-economics-curves", Method: "GET", Path: "/insight/economics/curves", Tag: "insight", Permission: mayRead,
		Summary: "When costs came back, and who bought month by month after they were won"},
		func(ctx context.Context, in *answerIn) (*httpx.Body[Curves], error) {
			return answer(s.Curves(ctx, httpx.Actor(ctx).OrgID, in.By, in.From, in.To))
		})
	httpx.Handle(r, httpx.Op{ID: "get-economics-sales", Method: "GET", Path: "/insight/economics/sales", Tag: "insight", Permission: mayRead,
		Summary: "What was sold, by staff, account, or whoever else the credit goes to"},
		func(ctx context.Context, in *answerIn) (*httpx.Body[SalesBy], error) {
			return answer(s.SalesBy(ctx, httpx.Actor(ctx).OrgID, in.By, in.From, in.To))
		})
	httpx.Handle(r, httpx.Op{ID: "ask-what-if", Method: "POST", Path: "/insight/economics/what-if", Tag: "insight", Permission: mayRead,
		Summary: "What would be if costs, repurchase, margin or the average order were different, with the formulas"},
		func(ctx context.Context, in *struct{ Body WhatIfInput }) (*httpx.Body[WhatIf], error) {
			return answer(s.WhatIf(ctx, httpx.Actor(ctx).OrgID, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "get-economics-settings", Method: "GET", Path: "/insight/economics/settings", Tag: "insight", Permission: mayRead,
		Summary: "The gross margin that was typed in"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[EconomicsSettings], error) {
			return answer(s.Settings(ctx, httpx.Actor(ctx).OrgID))
		})
	httpx.Handle(r, httpx.Op{ID: "put-economics-settings", Method: "PUT", Path: "/insight/economics/settings", Tag: "insight", Permission: "economics.settings",
		Summary: "Set or forget the gross margin"},
		func(ctx context.Context, in *marginIn) (*httpx.Body[EconomicsSettings], error) {
			return answer(s.SetMargin(ctx, httpx.Actor(ctx).OrgID, in.Body.MarginBP))
		})
	behind.Routes(r, s.ports.Desk, behind.List[EconomicsPeopleInput, EconomicsSegmentInput, behind.PersonBehind]{Name: "economics-people", Path: "/insight/economics/people",
		Of: "the people behind a count of unit economics", Find: s.Behind,
		Split: func(in EconomicsSegmentInput) (EconomicsPeopleInput, string) {
			return in.EconomicsPeopleInput, in.Name
		}})
}

func answer[T any](out T, err error) (*httpx.Body[T], error) {
	if err != nil {
		return nil, err
	}
	return httpx.OK(out), nil
}
