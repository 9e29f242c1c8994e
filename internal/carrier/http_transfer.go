package carrier

import (
	"context"

	"fishpond/internal/platform/httpx"
)

// TransferPage is a hand-over with a page of its customers.
type TransferPage struct {
	Transfer Transfer `json:"transfer"`
	httpx.Page[TransferCustomer]
}

func (s *Service) transferRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-transfers", Method: "GET", Path: "/carriers/transfers", Summary: "Hand-overs of customers, the newest first", Tag: "carrier", Permission: "carrier.read"},
		func(ctx context.Context, in *struct{ httpx.PageQuery }) (*httpx.Body[httpx.Page[Transfer]], error) {
			var before string
			if err := httpx.DecodeCursor(in.Cursor, &before); err != nil {
				return nil, err
			}
			items, err := s.Transfers(ctx, before, in.Limit+1)
			if err != nil {
				return nil, err
			}
			return httpx.OK(page(items, in.Limit, func(t Transfer) any { return t.ID })), nil
		})
	httpx.Handle(r, httpx.Op{ID: "start-transfer", Method: "POST", Path: "/carriers/transfers", Summary: "Hand customers of one member to another", Tag: "carrier", Permission: "carrier.write", Status: 202},
		func(ctx context.Context, in *struct{ Body NewTransfer }) (*httpx.Body[Transfer], error) {
			return answer(s.StartTransfer(ctx, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "get-transfer", Method: "GET", Path: "/carriers/transfers/{id}", Summary: "A hand-over, customer by customer", Tag: "carrier", Permission: "carrier.read"},
		func(ctx context.Context, in *struct {
			ID     string `path:"id" maxLength:"64"`
			Status string `query:"status" enum:"queued,waiting,done,refused,full,failed,"`
			httpx.PageQuery
		}) (*httpx.Body[TransferPage], error) {
			var after string
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			t, items, err := s.TransferCustomers(ctx, in.ID, in.Status, after, in.Limit+1)
			if err != nil {
				return nil, err
			}
			return httpx.OK(TransferPage{t, page(items, in.Limit, func(c TransferCustomer) any { return c.ExternalID })}), nil
		})
}
