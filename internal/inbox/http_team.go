package inbox

import (
	"context"

	"fishpond/internal/platform/httpx"
)

func (s *Service) teamRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-teams", Method: "GET", Path: "/inbox/teams", Tag: tag, Permission: mayRead, Summary: "Teams to which conversations come or can be handed"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[Team]], error) {
			t, err := s.Teams(ctx)
			return httpx.OK(httpx.List[Team]{Items: httpx.Items(t)}), err
		})
	type newIn struct{ Body Team }
	httpx.Handle(r, httpx.Op{ID: "create-team", Method: "POST", Path: "/inbox/teams", Tag: tag, Permission: maySettle, Status: 201, Summary: "Make a team. Its accounts' conversations come to it from then on"},
		func(ctx context.Context, in *newIn) (*httpx.Body[Team], error) {
			in.Body.ID = ""
			t, err := s.SaveTeam(ctx, in.Body)
			return httpx.OK(t), err
		})
	type idIn struct {
		ID string `path:"id" maxLength:"64" minLength:"1"`
	}
	type changeIn struct {
		ID   string `path:"id" maxLength:"64" minLength:"1"`
		Body Team
	}
	httpx.Handle(r, httpx.Op{ID: "update-team", Method: "PUT", Path: "/inbox/teams/{id}", Tag: tag, Permission: maySettle, Summary: "Change a team. Conversations that are with it stay"},
		func(ctx context.Context, in *changeIn) (*httpx.Body[Team], error) {
			in.Body.ID = in.ID
			t, err := s.SaveTeam(ctx, in.Body)
			return httpx.OK(t), err
		})
	httpx.Handle(r, httpx.Op{ID: "delete-team", Method: "DELETE", Path: "/inbox/teams/{id}", Tag: tag, Permission: maySettle, Status: 204, Summary: "Take a team away. Its conversations are with their accounts' desks again"},
		func(ctx context.Context, in *idIn) (*struct{}, error) {
			return nil, s.DeleteTeam(ctx, in.ID)
		})
}
