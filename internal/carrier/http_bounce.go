package carrier

import (
	"context"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/httpx"
)

func (s *Service) bounceRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-returned-addresses", Method: "GET", Path: "/carriers/bounces", Summary: "Addresses from which mail came back, the newest first", Tag: "carrier", Permission: "carrier.read"},
		func(ctx context.Context, in *struct {
			httpx.PageQuery
			State string `query:"state" enum:"soft,hard,complained,"`
		}) (*httpx.Body[httpx.Page[ReturnedAddress]], error) {
			var before returnedPlace
			if err := httpx.DecodeCursor(in.Cursor, &before); err != nil {
				return nil, err
			}
			items, err := s.Returned(ctx, in.State, before, in.Limit+1)
			if err != nil {
				return nil, err
			}
			return httpx.OK(page(items, in.Limit, func(a ReturnedAddress) any { return returnedPlace{clock.Micros(a.At), a.SendID} })), nil
		})
	httpx.Handle(r, httpx.Op{ID: "release-returned-address", Method: "POST", Path: "/carriers/bounces/release", Summary: "Write to an address again from which mail came back", Tag: "carrier", Permission: "carrier.write"},
		func(ctx context.Context, in *struct {
			Body struct {
				Address string `json:"address" minLength:"3" maxLength:"254"`
			}
		}) (*struct{}, error) {
			return nil, s.Release(ctx, in.Body.Address)
		})
}
