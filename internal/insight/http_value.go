package insight

import (
	"context"

	"fishpond/internal/insight/behind"
	"fishpond/internal/platform/httpx"
)

type valueIn struct {
	Days     int     `query:"days" minimum:"1" maximum:"3650" default:"365" doc:"How far ahead asked looks"`
	Discount float64 `query:"discount" minimum:"0" maximum:"1" default:"0.1" doc:"By which asked counts later money less, a year"`
}

type personValueIn struct {
	ID   string `path:"id" maxLength:"64"`
	Days int    `query:"days" minimum:"1" maximum:"3650" default:"365" doc:"How far ahead"`
}

type valuePeopleIn struct {
	ValuePeopleInput
	httpx.PageQuery
}

type valuedPage struct {
	httpx.CountedPage[ValuedPerson]
	Refusal  *ValueReason `json:"refusal,omitempty" doc:"Why there is nobody to list"`
	Currency string       `json:"currency,omitempty"`
}

// valueRoutes declares the endpoints of lifetime value.
func (s *Service) valueRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "get-clv", Method: "GET", Path: "/insight/clv", Tag: "insight", Permission: "insight.read",
		Summary: "What the people are worth together: models, how they did on later orders, distribution; or why that cannot be said"},
		func(ctx context.Context, in *valueIn) (*httpx.Body[ValueReport], error) {
			v, err := s.Value(ctx, httpx.Actor(ctx).OrgID)
			if err != nil {
				return nil, err
			}
			if v.Known {
				v.Asked = v.Result.Population.Within(in.Days, in.Discount)
			}
			return httpx.OK(v), nil
		})
	httpx.Handle(r, httpx.Op{ID: "refit-clv", Method: "POST", Path: "/insight/clv/refit", Tag: "insight", Permission: "insight.keep", Status: 202,
		Summary: "Have the models fitted and everybody's value told anew, soon; get-clv says how far it is. While that is under way, asking again changes nothing"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[Refitting], error) {
			out, err := s.AskRefit(ctx, httpx.Actor(ctx).OrgID)
			if err != nil {
				return nil, err
			}
			return httpx.OK(out), nil
		})
	httpx.Handle(r, httpx.Op{ID: "list-clv-people", Method: "GET", Path: "/insight/clv/people", Tag: "insight", Permission: "insight.read",
		Summary: "People by what they are worth: the most valuable, those who are about to be lost, or those with some probability to buy again"},
		func(ctx context.Context, in *valuePeopleIn) (*httpx.Body[valuedPage], error) {
			var from int64
			if err := httpx.DecodeCursor(in.Cursor, &from); err != nil {
				return nil, err
			}
			p, err := s.ValuePeople(ctx, httpx.Actor(ctx).OrgID, in.ValuePeopleInput, max(0, from), in.Limit)
			if err != nil {
				return nil, err
			}
			out := valuedPage{Refusal: p.Refusal, Currency: p.Currency}
			out.Items, out.Total, out.TotalExact = httpx.Items(p.Items), p.Total, true
			if p.Next > 0 {
				out.NextCursor = httpx.EncodeCursor(p.Next)
			}
			return httpx.OK(out), nil
		})
	behind.TakeRoutes(r, s.measure.Desk, behind.List[ValuePeopleInput, ValueSegmentInput, ValuedPerson]{Name: "clv-people", Path: "/insight/clv/people",
		Of: "these people", Find: s.ValueBehind, More: s.valueMore,
		Split: func(in ValueSegmentInput) (ValuePeopleInput, string) { return in.ValuePeopleInput, in.Name }})
	httpx.Handle(r, httpx.Op{ID: "get-person-value", Method: "GET", Path: "/persons/{id}/value", Tag: "insight", Permission: "insight.read",
		Summary: "Whether a person will still buy, how often and for how much; or why that cannot be said"},
		func(ctx context.Context, in *personValueIn) (*httpx.Body[PersonWorth], error) {
			v, err := s.PersonValue(ctx, httpx.Actor(ctx).OrgID, in.ID, in.Days)
			if err != nil {
				return nil, err
			}
			return httpx.OK(v), nil
		})
}
