package carrier

import (
	"context"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
)

// AccountPath names an account in a path. Exported, because the HTTP library
// fills embedded structs only then.
type AccountPath struct {
	ID string `path:"id" maxLength:"64" doc:"The account"`
}

// SignInLet is how many may sign in now who might not before.
type SignInLet struct {
	Members int64 `json:"members"`
}

// Routes registers the endpoints.
func (s *Service) Routes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-carrier-kinds", Method: "GET", Path: "/carriers/kinds", Summary: "What can be connected, and what each asks for", Tag: "carrier", Permission: "carrier.read"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[Kind]], error) {
			return httpx.OK(httpx.List[Kind]{Items: Kinds(i18n.From(ctx))}), nil
		})
	httpx.Handle(r, httpx.Op{ID: "find-account-choices", Method: "POST", Path: "/carriers/kinds/{kind}/choices", Summary: "Ask a platform what a field of an account may be", Tag: "carrier", Permission: "carrier.write"},
		func(ctx context.Context, in *struct {
			Kind string `path:"kind" maxLength:"32"`
			Body ChoiceQuery
		}) (*httpx.Body[httpx.List[Choice]], error) {
			items, err := s.Choices(ctx, in.Kind, in.Body)
			if err != nil {
				return nil, err
			}
			return httpx.OK(httpx.List[Choice]{Items: httpx.Items(items)}), nil
		})
	httpx.Handle(r, httpx.Op{ID: "list-accounts", Method: "GET", Path: "/carriers/accounts", Summary: "Accounts on platforms", Tag: "carrier", Permission: "carrier.read"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[Account]], error) {
			items, err := s.Accounts(ctx)
			if err != nil {
				return nil, err
			}
			return httpx.OK(httpx.List[Account]{Items: httpx.Items(items)}), nil
		})
	httpx.Handle(r, httpx.Op{ID: "connect-account", Method: "POST", Path: "/carriers/accounts", Summary: "Connect an account", Tag: "carrier", Permission: "carrier.write", Status: 201},
		func(ctx context.Context, in *struct{ Body NewAccount }) (*httpx.Body[Account], error) {
			return answer(s.Connect(ctx, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "get-account", Method: "GET", Path: "/carriers/accounts/{id}", Summary: "An account", Tag: "carrier", Permission: "carrier.read"},
		func(ctx context.Context, in *AccountPath) (*httpx.Body[Account], error) {
			return answer(s.Account(ctx, in.ID))
		})
	httpx.Handle(r, httpx.Op{ID: "update-account", Method: "PATCH", Path: "/carriers/accounts/{id}", Summary: "Rename, change or disable an account", Tag: "carrier", Permission: "carrier.write"},
		func(ctx context.Context, in *struct {
			AccountPath
			Body AccountPatch
		}) (*httpx.Body[Account], error) {
			return answer(s.Update(ctx, in.ID, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "test-account", Method: "POST", Path: "/carriers/accounts/{id}/test", Summary: "Try an account on its platform", Tag: "carrier", Permission: "carrier.write"},
		func(ctx context.Context, in *AccountPath) (*httpx.Body[TestResult], error) {
			return answer(s.Test(ctx, in.ID))
		})
	httpx.Handle(r, httpx.Op{ID: "account-health", Method: "GET", Path: "/carriers/accounts/{id}/health", Summary: "How an account is doing", Tag: "carrier", Permission: "carrier.read"},
		func(ctx context.Context, in *AccountPath) (*httpx.Body[Health], error) {
			return answer(s.Health(ctx, in.ID))
		})
	httpx.Handle(r, httpx.Op{ID: "carrier-reach", Method: "GET", Path: "/carriers/reach", Summary: "Who would be lost with an account", Tag: "carrier", Permission: "carrier.read"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[Reach], error) {
			return answer(s.Reach(ctx))
		})
	s.memberRoutes(r)
	s.syncRoutes(r)
	s.callbackRoutes(r)
	s.contactRoutes(r)
	s.transferRoutes(r)
	s.proposalRoutes(r)
	s.sendRoutes(r)
	s.bounceRoutes(r)
	s.alertRoutes(r)
	s.mediaRoutes(r)
	s.dkimRoutes(r)
	s.sidebarRoutes(r)
}

func answer[T any](v T, err error) (*httpx.Body[T], error) {
	if err != nil {
		return nil, err
	}
	return httpx.OK(v), nil
}

// page makes a page of one more item than was asked for.
func page[T any](items []T, limit int, position func(T) any) httpx.Page[T] {
	p := httpx.Page[T]{Items: httpx.Items(items)}
	if len(items) > limit {
		p.Items = items[:limit]
		p.NextCursor = httpx.EncodeCursor(position(items[limit-1]))
	}
	return p
}

func (s *Service) memberRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-account-staff", Method: "GET", Path: "/carriers/accounts/{id}/staff", Summary: "Members of an account and who they are here", Tag: "carrier", Permission: "carrier.read"},
		func(ctx context.Context, in *AccountPath) (*httpx.Body[httpx.List[AccountStaff]], error) {
			items, err := s.Staff(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return httpx.OK(httpx.List[AccountStaff]{Items: httpx.Items(items)}), nil
		})
	httpx.Handle(r, httpx.Op{ID: "set-account-staff", Method: "PATCH", Path: "/carriers/accounts/{id}/staff/{user_id}", Summary: "Say who a member is here, or that they may share customers", Tag: "carrier", Permission: "carrier.write"},
		func(ctx context.Context, in *struct {
			AccountPath
			UserID string `path:"user_id" maxLength:"128"`
			Body   StaffPatch
		}) (*struct{}, error) {
			return nil, s.SetStaff(ctx, in.ID, in.UserID, in.Body)
		})
	httpx.Handle(r, httpx.Op{ID: "let-account-staff-sign-in", Method: "POST", Path: "/carriers/accounts/{id}/staff/sign-in", Summary: "Let all members sign in as the staff they are tied to", Tag: "carrier", Permission: PermSignIn},
		func(ctx context.Context, in *AccountPath) (*httpx.Body[SignInLet], error) {
			n, err := s.LetSignIn(ctx, in.ID)
			return answer(SignInLet{n}, err)
		})
}

func (s *Service) syncRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "start-account-sync", Method: "POST", Path: "/carriers/accounts/{id}/sync", Summary: "Bring our picture of an account up to the platform's", Tag: "carrier", Permission: "carrier.write", Status: 202},
		func(ctx context.Context, in *AccountPath) (*httpx.Body[Sync], error) {
			return answer(s.StartSync(ctx, in.ID))
		})
	httpx.Handle(r, httpx.Op{ID: "list-account-syncs", Method: "GET", Path: "/carriers/accounts/{id}/syncs", Summary: "Syncs, the newest first", Tag: "carrier", Permission: "carrier.read"},
		func(ctx context.Context, in *struct {
			AccountPath
			httpx.PageQuery
		}) (*httpx.Body[httpx.Page[Sync]], error) {
			var before string
			if err := httpx.DecodeCursor(in.Cursor, &before); err != nil {
				return nil, err
			}
			items, err := s.Syncs(ctx, in.ID, before, in.Limit+1)
			if err != nil {
				return nil, err
			}
			return httpx.OK(page(items, in.Limit, func(x Sync) any { return x.ID })), nil
		})
}

func (s *Service) callbackRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-account-callbacks", Method: "GET", Path: "/carriers/accounts/{id}/callbacks", Summary: "What the platform told us, the newest first", Tag: "carrier", Permission: "carrier.read"},
		func(ctx context.Context, in *struct {
			AccountPath
			httpx.PageQuery
			Status string `query:"status" enum:"stored,done,failed,unknown,"`
			Event  string `query:"event" maxLength:"128"`
		}) (*httpx.Body[httpx.Page[Callback]], error) {
			f := CallbackFilter{Status: in.Status, Event: in.Event, Limit: in.Limit + 1}
			if err := httpx.DecodeCursor(in.Cursor, &f.Before); err != nil {
				return nil, err
			}
			items, err := s.CallbackList(ctx, in.ID, f)
			if err != nil {
				return nil, err
			}
			return httpx.OK(page(items, in.Limit, func(x Callback) any { return x.ID })), nil
		})
	httpx.Handle(r, httpx.Op{ID: "replay-account-callback", Method: "POST", Path: "/carriers/accounts/{id}/callbacks/{callback_id}/replay", Summary: "Work a failed callback off once more", Tag: "carrier", Permission: "carrier.write"},
		func(ctx context.Context, in *struct {
			AccountPath
			CallbackID string `path:"callback_id" maxLength:"64"`
		}) (*struct{}, error) {
			return nil, s.ReplayCallback(ctx, in.ID, in.CallbackID)
		})
}

func (s *Service) contactRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-account-contacts", Method: "GET", Path: "/carriers/accounts/{id}/contacts", Summary: "Contacts of an account, the newest first", Tag: "carrier", Permission: "carrier.read"},
		func(ctx context.Context, in *struct {
			AccountPath
			httpx.PageQuery
			UserID string `query:"user_id" maxLength:"128" doc:"Of one member"`
			Status string `query:"status" enum:"friend,half,visitor,removed_by_customer,removed_by_staff,transferred,"`
		}) (*httpx.Body[httpx.Page[ContactItem]], error) {
			f := ContactFilter{UserID: in.UserID, Status: in.Status, Limit: in.Limit + 1}
			if err := httpx.DecodeCursor(in.Cursor, &f.Before); err != nil {
				return nil, err
			}
			items, err := s.Contacts(ctx, in.ID, f)
			if err != nil {
				return nil, err
			}
			return httpx.OK(page(items, in.Limit, func(c ContactItem) any {
				var since int64
				if c.Since != nil {
					since = clock.Micros(*c.Since)
				}
				return contactPlace{since, c.UserID, c.ExternalID}
			})), nil
		})
	httpx.Handle(r, httpx.Op{ID: "list-person-contacts", Method: "GET", Path: "/persons/{id}/contacts", Summary: "Through which accounts a person can be reached, and could", Tag: "carrier", Permission: "pool.read"},
		func(ctx context.Context, in *struct {
			ID string `path:"id" maxLength:"64" doc:"The person"`
		}) (*httpx.Body[httpx.List[ContactItem]], error) {
			items, err := s.ContactsOf(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return httpx.OK(httpx.List[ContactItem]{Items: httpx.Items(items)}), nil
		})
	httpx.Handle(r, httpx.Op{ID: "list-account-duplicates", Method: "GET", Path: "/carriers/accounts/{id}/duplicates", Summary: "Customers who are the friends of several members", Tag: "carrier", Permission: "carrier.read"},
		func(ctx context.Context, in *struct {
			AccountPath
			httpx.PageQuery
		}) (*httpx.Body[httpx.Page[Duplicate]], error) {
			var after string
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, err := s.Duplicates(ctx, in.ID, after, in.Limit+1)
			if err != nil {
				return nil, err
			}
			return httpx.OK(page(items, in.Limit, func(d Duplicate) any { return d.PersonID })), nil
		})
}
