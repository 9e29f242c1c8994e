package org

import (
	"context"

	"fishpond/internal/platform/access"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
)

type rolePermissionsBody struct {
	Role        string   `json:"role" enum:"owner,operator,associate,finance,viewer"`
	Permissions []string `json:"permissions" nullable:"false"`
}

type permissionBody struct {
	Key    string   `json:"key"`
	Module string   `json:"module"`
	Text   string   `json:"text" doc:"What it allows, in the caller's language"`
	Roles  []string `json:"roles" nullable:"false"`
}

type invitedBody struct {
	Staff     Staff  `json:"staff"`
	InviteURL string `json:"invite_url" doc:"Give it to them: it works once, for 7 days"`
}

type inviteURLBody struct {
	InviteURL string `json:"invite_url" doc:"It works once, for 7 days; earlier ones stop working"`
}

// staffRoutes are about colleagues and what roles may do.
func (s *Service) staffRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-staff", Method: "GET", Path: "/staff", Summary: "Colleagues", Tag: tag, SignedIn: true},
		func(ctx context.Context, in *struct {
			Q      string `query:"q" maxLength:"100" doc:"Part of a name or, with org.staff, of an e-mail"`
			Status string `query:"status" enum:"invited,active,disabled"`
		}) (*httpx.Body[httpx.List[Staff]], error) {
			items, err := s.ListStaff(ctx, in.Q, in.Status)
			return httpx.OK(httpx.List[Staff]{Items: httpx.Items(items)}), err
		})
	httpx.Handle(r, httpx.Op{ID: "invite-staff", Method: "POST", Path: "/staff", Summary: "Invite a member of staff", Tag: tag, Permission: permStaff, Status: 201},
		func(ctx context.Context, in *struct {
			Body struct {
				Name  string `json:"name" minLength:"1" maxLength:"100"`
				Email string `json:"email" minLength:"3" maxLength:"254"`
				Role  string `json:"role" enum:"owner,operator,associate,finance,viewer"`
			}
		}) (*httpx.Body[invitedBody], error) {
			st, url, err := s.InviteStaff(ctx, in.Body.Name, in.Body.Email, in.Body.Role)
			return httpx.OK(invitedBody{st, url}), err
		})
	httpx.Handle(r, httpx.Op{ID: "update-staff", Method: "PATCH", Path: "/staff/{id}", Summary: "Change a member of staff", Tag: tag, Permission: permStaff},
		func(ctx context.Context, in *struct {
			IDPath
			Body StaffPatch
		}) (*httpx.Body[Staff], error) {
			st, err := s.UpdateStaff(ctx, in.ID, in.Body)
			return httpx.OK(st), err
		})
	httpx.Handle(r, httpx.Op{ID: "reinvite-staff", Method: "POST", Path: "/staff/{id}/invite", Summary: "A new link to choose a password with", Tag: tag, Permission: permStaff},
		func(ctx context.Context, in *IDPath) (*httpx.Body[inviteURLBody], error) {
			url, err := s.Reinvite(ctx, in.ID)
			return httpx.OK(inviteURLBody{url}), err
		})
	httpx.Handle(r, httpx.Op{ID: "list-roles", Method: "GET", Path: "/roles", Summary: "Roles and what they may do", Tag: tag, SignedIn: true},
		func(context.Context, *struct{}) (*httpx.Body[httpx.List[rolePermissionsBody]], error) {
			items := make([]rolePermissionsBody, 0, len(Roles))
			for _, role := range Roles {
				items = append(items, rolePermissionsBody{role, s.roles[role]})
			}
			return httpx.OK(httpx.List[rolePermissionsBody]{Items: items}), nil
		})
	httpx.Handle(r, httpx.Op{ID: "list-permissions", Method: "GET", Path: "/permissions", Summary: "What can be allowed", Tag: tag, SignedIn: true},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[permissionBody]], error) {
			return httpx.OK(httpx.List[permissionBody]{Items: permissionBodies(s.permissions, i18n.From(ctx))}), nil
		})
}

func permissionBodies(all []access.Permission, lang i18n.Lang) []permissionBody {
	items := make([]permissionBody, 0, len(all))
	for _, p := range all {
		items = append(items, permissionBody{p.Key, p.Module, p.Text.In(lang), httpx.Items(p.Roles)})
	}
	return items
}

type createdKeyBody struct {
	Key    string `json:"key" doc:"Shown this once"`
	APIKey APIKey `json:"api_key"`
}

// keyRoutes are about API keys.
func (s *Service) keyRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-api-keys", Method: "GET", Path: "/api-keys", Summary: "API keys", Tag: tag, Permission: permKeys},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[APIKey]], error) {
			items, err := s.APIKeys(ctx)
			return httpx.OK(httpx.List[APIKey]{Items: httpx.Items(items)}), err
		})
	httpx.Handle(r, httpx.Op{ID: "create-api-key", Method: "POST", Path: "/api-keys", Summary: "Make an API key", Tag: tag, Permission: permKeys, Status: 201},
		func(ctx context.Context, in *struct {
			Body struct {
				Name        string   `json:"name" minLength:"1" maxLength:"100"`
				Permissions []string `json:"permissions" minItems:"1" maxItems:"100" nullable:"false"`
			}
		}) (*entered[createdKeyBody], error) {
			key, k, err := s.CreateAPIKey(ctx, in.Body.Name, in.Body.Permissions)
			return enteredWith(s, "", createdKeyBody{key, k}), err
		})
	httpx.Handle(r, httpx.Op{ID: "revoke-api-key", Method: "DELETE", Path: "/api-keys/{id}", Summary: "Revoke an API key", Tag: tag, Permission: permKeys},
		func(ctx context.Context, in *IDPath) (*struct{}, error) { return nil, s.RevokeAPIKey(ctx, in.ID) })
}
