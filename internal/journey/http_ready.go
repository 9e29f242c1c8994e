package journey

import (
	"context"

	"fishpond/internal/journey/ready"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
)

// ReadyJourney is a journey to begin with.
type ReadyJourney struct {
	Key   string     `json:"key"`
	Name  string     `json:"name"`
	Text  string     `json:"text" doc:"What it is for"`
	For   *ready.For `json:"for" doc:"The trade for which it is meant; null: any"`
	Steps int        `json:"steps"`
}

func (s *Service) readyRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-ready-journeys", Method: "GET", Path: "/journeys/ready", Tag: tag, Permission: mayRead, Summary: "Journeys to begin with: whole but for what only the brand can choose"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[ReadyJourney]], error) {
			out := []ReadyJourney{}
			for _, j := range ready.Journeys(i18n.From(ctx)) {
				out = append(out, ReadyJourney{Key: j.Key, Name: j.Name, Text: j.About, For: j.For, Steps: len(j.Spec.Graph.Steps)})
			}
			return answer(httpx.List[ReadyJourney]{Items: out}, nil)
		})
}
