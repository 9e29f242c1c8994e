package carrier

import (
	"context"

	"fishpond/internal/platform/httpx"
)

// DKIMPath names a signing key in a path.
type DKIMPath struct {
	AccountPath
	KeyID string `path:"key_id" maxLength:"64" doc:"The signing key"`
}

func (s *Service) dkimRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-dkim-keys", Method: "GET", Path: "/carriers/accounts/{id}/dkim", Summary: "Keys that an account's mail is signed with (DKIM), and the records that belong in DNS", Tag: "carrier", Permission: "carrier.read"},
		func(ctx context.Context, in *AccountPath) (*httpx.Body[httpx.List[DKIMKey]], error) {
			items, err := s.DKIMKeys(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return httpx.OK(httpx.List[DKIMKey]{Items: httpx.Items(items)}), nil
		})
	httpx.Handle(r, httpx.Op{ID: "make-dkim-key", Method: "POST", Path: "/carriers/accounts/{id}/dkim", Summary: "Make a signing key, or bring one; it signs once its record stands in DNS", Tag: "carrier", Permission: "carrier.write", Status: 201},
		func(ctx context.Context, in *struct {
			AccountPath
			Body NewDKIMKey
		}) (*httpx.Body[DKIMKey], error) {
			return answer(s.MakeDKIMKey(ctx, in.ID, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "check-dkim-key", Method: "POST", Path: "/carriers/accounts/{id}/dkim/{key_id}/check", Summary: "Look for a signing key's record in DNS, and sign with it when it is there", Tag: "carrier", Permission: "carrier.write"},
		func(ctx context.Context, in *DKIMPath) (*httpx.Body[DKIMKey], error) {
			return answer(s.CheckDKIMKey(ctx, in.ID, in.KeyID))
		})
	httpx.Handle(r, httpx.Op{ID: "use-dkim-key", Method: "POST", Path: "/carriers/accounts/{id}/dkim/{key_id}/use", Summary: "Sign with a key whose record could not be looked for", Tag: "carrier", Permission: "carrier.write"},
		func(ctx context.Context, in *DKIMPath) (*httpx.Body[DKIMKey], error) {
			return answer(s.UseDKIMKey(ctx, in.ID, in.KeyID))
		})
	httpx.Handle(r, httpx.Op{ID: "drop-dkim-key", Method: "DELETE", Path: "/carriers/accounts/{id}/dkim/{key_id}", Summary: "Forget a signing key", Tag: "carrier", Permission: "carrier.write"},
		func(ctx context.Context, in *DKIMPath) (*struct{}, error) {
			return nil, s.DropDKIMKey(ctx, in.ID, in.KeyID)
		})
}
