package economics

import (
	"context"

	"fishpond/internal/insight"
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

type peopleIn struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"Items a page"`
	Cursor string `query:"cursor" maxLength:"1024" doc:"next_cursor of the page before; empty for the first"`
	Body   EconomicsPeopleInput
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
	httpx.Handle(r, httpx.Op{ID: "list-economics-people", Method: "POST", Path: "/insight/economics/people", Tag: "insight", Permission: mayRead,
		Summary: "The people behind a count of unit economics, the newest first"},
		func(ctx context.Context, in *peopleIn) (*httpx.Body[httpx.CountedPage[insight.PersonBehind]], error) {
			var before uint32
			if err := httpx.DecodeCursor(in.Cursor, &before); err != nil {
				return nil, err
			}
			p, err := s.People(ctx, httpx.Actor(ctx).OrgID, in.Body, before, in.Limit)
			if err != nil {
				return nil, err
			}
			out := httpx.CountedPage[insight.PersonBehind]{Page: httpx.Page[insight.PersonBehind]{Items: httpx.Items(p.Items)}, Total: p.Total, TotalExact: true}
			if p.Next > 0 {
				out.NextCursor = httpx.EncodeCursor(p.Next)
			}
			return httpx.OK(out), nil
		})
	httpx.Handle(r, httpx.Op{ID: "make-segment-of-economics-people", Method: "POST", Path: "/insight/economics/people/segment", Tag: "insight", Permission: mayRead,
		Summary: "Make a segment of exactly the people behind a count of unit economics, at most 100,000. Needs segment.write too"},
		func(ctx context.Context, in *struct{ Body EconomicsSegmentInput }) (*httpx.Body[insight.SegmentMade], error) {
			return answer(s.Segment(ctx, httpx.Actor(ctx).OrgID, in.Body))
		})
}

func answer[T any](out T, err error) (*httpx.Body[T], error) {
	if err != nil {
		return nil, err
	}
	return httpx.OK(out), nil
}
