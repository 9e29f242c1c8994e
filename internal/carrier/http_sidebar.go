package carrier

import (
	"context"

	"fishpond/internal/platform/httpx"
)

// PersonRef names a person.
type PersonRef struct {
	PersonID string `json:"person_id"`
}

func (s *Service) sidebarRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "sign-sidebar", Method: "GET", Path: "/carriers/accounts/{id}/sidebar", Summary: "Sign a page so that it may use the scripts of WeCom's chat sidebar", Tag: "carrier", Permission: "carrier.media"},
		func(ctx context.Context, in *struct {
			AccountPath
			URL string `query:"url" required:"true" maxLength:"2048" doc:"The page's address, without what follows #"`
		}) (*httpx.Body[Sidebar], error) {
			return answer(s.SignSidebar(ctx, in.ID, in.URL))
		})
	httpx.Handle(r, httpx.Op{ID: "find-account-person", Method: "GET", Path: "/carriers/accounts/{id}/persons", Summary: "Who a customer of an account is", Tag: "carrier", Permission: "carrier.media"},
		func(ctx context.Context, in *struct {
			AccountPath
			External string `query:"external_userid" required:"true" minLength:"1" maxLength:"128" doc:"The account's id of the customer"`
		}) (*httpx.Body[PersonRef], error) {
			id, err := s.PersonOf(ctx, in.ID, in.External)
			return answer(PersonRef{id}, err)
		})
}
