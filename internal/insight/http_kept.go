package insight

import (
	"context"
	"encoding/json"

	"fishpond/internal/platform/httpx"
)

type keptIn struct {
	ID string `path:"id" maxLength:"64"`
}

type keepIn struct {
	Body struct {
		Kind     string          `json:"kind" enum:"funnel,retention,paths,shared"`
		Name     string          `json:"name" minLength:"1" maxLength:"60"`
		Question json.RawMessage `json:"question" doc:"The body of the endpoint that answers it, at most 20,000 bytes"`
	}
}

type changeKeptIn struct {
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Name     string          `json:"name,omitempty" maxLength:"60" doc:"Empty: as it is"`
		Question json.RawMessage `json:"question,omitempty" doc:"Missing: as it is"`
	}
}

// keptRoutes declares the endpoints of questions that are kept.
func (s *Service) keptRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-kept-questions", Method: "GET", Path: "/insight/questions", Tag: "insight", Permission: "insight.read", Summary: "Funnels and other questions that were kept, by name"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[KeptQuestion]], error) {
			all, err := s.KeptQuestions(ctx)
			if err != nil {
				return nil, err
			}
			return httpx.OK(httpx.List[KeptQuestion]{Items: httpx.Items(all)}), nil
		})
	httpx.Handle(r, httpx.Op{ID: "keep-question", Method: "POST", Path: "/insight/questions", Tag: "insight", Permission: "insight.keep", Status: 201, Summary: "Keep a question under a name"},
		func(ctx context.Context, in *keepIn) (*httpx.Body[KeptQuestion], error) {
			k, err := s.KeepQuestion(ctx, in.Body.Kind, in.Body.Name, in.Body.Question)
			if err != nil {
				return nil, err
			}
			return httpx.OK(k), nil
		})
	httpx.Handle(r, httpx.Op{ID: "change-kept-question", Method: "PATCH", Path: "/insight/questions/{id}", Tag: "insight", Permission: "insight.keep", Summary: "Rename a kept question, or keep another in its place"},
		func(ctx context.Context, in *changeKeptIn) (*struct{}, error) {
			return nil, s.ChangeQuestion(ctx, in.ID, in.Body.Name, in.Body.Question)
		})
	httpx.Handle(r, httpx.Op{ID: "delete-kept-question", Method: "DELETE", Path: "/insight/questions/{id}", Tag: "insight", Permission: "insight.keep", Summary: "Delete a kept question"},
		func(ctx context.Context, in *keptIn) (*struct{}, error) { return nil, s.DropQuestion(ctx, in.ID) })
	httpx.Handle(r, httpx.Op{ID: "restore-kept-question", Method: "POST", Path: "/insight/questions/{id}/restore", Tag: "insight", Permission: "insight.keep", Summary: "Bring back a kept question that was deleted in the last thirty days"},
		func(ctx context.Context, in *keptIn) (*struct{}, error) { return nil, s.RestoreQuestion(ctx, in.ID) })
}
