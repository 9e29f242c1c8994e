package carrier

import (
	"context"

	"fishpond/internal/platform/httpx"
)

func (s *Service) alertRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-carrier-alerts", Method: "GET", Path: "/carriers/alerts", Summary: "What is wrong with accounts at present, the worst first", Tag: "carrier", Permission: "carrier.read"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[Alert]], error) {
			items, err := s.Alerts(ctx)
			if err != nil {
				return nil, err
			}
			return httpx.OK(httpx.List[Alert]{Items: httpx.Items(items)}), nil
		})
	httpx.Handle(r, httpx.Op{ID: "acknowledge-carrier-alert", Method: "POST", Path: "/carriers/alerts/acknowledge", Summary: "Say that one deals with it", Tag: "carrier", Permission: "carrier.write"},
		func(ctx context.Context, in *struct {
			Body struct {
				AccountID string `json:"account_id" minLength:"1" maxLength:"64"`
				Code      string `json:"code" minLength:"1" maxLength:"64"`
			}
		}) (*struct{}, error) {
			return nil, s.Acknowledge(ctx, in.Body.AccountID, in.Body.Code)
		})
	httpx.Handle(r, httpx.Op{ID: "list-lone-persons", Method: "GET", Path: "/carriers/accounts/{id}/lone", Summary: "People who can be reached through this account only", Tag: "carrier", Permission: "carrier.read"},
		func(ctx context.Context, in *struct {
			AccountPath
			httpx.PageQuery
		}) (*httpx.Body[httpx.Page[LonePerson]], error) {
			var after string
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, err := s.Lone(ctx, in.ID, after, in.Limit+1)
			if err != nil {
				return nil, err
			}
			return httpx.OK(page(items, in.Limit, func(p LonePerson) any { return p.PersonID })), nil
		})
}
