package journey

import (
	"context"

	"fishpond/internal/journey/graph"
	"fishpond/internal/platform/access"
	"fishpond/internal/platform/httpx"
)

const tag = "journey"

// IDPath is the id of a journey in an address.
type IDPath struct {
	ID string `path:"id" maxLength:"64"`
}

// RunPath is a walk in an address.
type RunPath struct {
	IDPath
	RunID string `path:"run_id" maxLength:"64"`
}

func answer[T any](v T, err error) (*httpx.Body[T], error) {
	if err != nil {
		return nil, err
	}
	return httpx.OK(v), nil
}

func page[T any](items []T, next at, more bool, err error) (*httpx.Body[httpx.Page[T]], error) {
	if err != nil {
		return nil, err
	}
	p := httpx.Page[T]{Items: httpx.Items(items)}
	if more {
		p.NextCursor = httpx.EncodeCursor(next)
	}
	return httpx.OK(p), nil
}

// SpecBody is a journey that is looked at.
type SpecBody struct {
	Spec graph.Spec `json:"spec"`
}

// Routes declares the module's endpoints.
func (s *Service) Routes(r *httpx.Router) {
	s.drawRoutes(r)
	s.publishRoutes(r)
	s.runRoutes(r)
	s.reportRoutes(r)
	s.readyRoutes(r)
}

func (s *Service) drawRoutes(r *httpx.Router) {
	type listIn struct {
		Filter
		httpx.PageQuery
	}
	httpx.Handle(r, httpx.Op{ID: "list-journeys", Method: "GET", Path: "/journeys", Tag: tag, Permission: mayRead, Summary: "Journeys, those changed last first"},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.Page[Journey]], error) {
			var after at
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			return page(s.List(ctx, in.Filter, after, in.Limit))
		})
	type createIn struct {
		Body struct {
			Name  string      `json:"name" minLength:"1" maxLength:"60"`
			Ready string      `json:"ready,omitempty" maxLength:"40" doc:"The key of a ready journey to begin with"`
			Spec  *graph.Spec `json:"spec,omitempty" doc:"To begin with; absent: an empty one"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "create-journey", Method: "POST", Path: "/journeys", Tag: tag, Permission: mayWrite, Status: 201, Summary: "Begin to draw a journey"},
		func(ctx context.Context, in *createIn) (*httpx.Body[Full], error) {
			spec, err := begin(ctx, in.Body.Ready, in.Body.Spec)
			if err != nil {
				return nil, err
			}
			return answer(s.Create(ctx, in.Body.Name, spec))
		})
	httpx.Handle(r, httpx.Op{ID: "get-journey-options", Method: "GET", Path: "/journeys/options", Tag: tag, Permission: mayRead, Summary: "What journeys can be made of"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[Choices], error) { return answer(s.Choices(ctx)) })
	type checkIn struct{ Body SpecBody }
	httpx.Handle(r, httpx.Op{ID: "check-journey", Method: "POST", Path: "/journeys/check", Tag: tag, Permission: mayWrite, Summary: "What keeps a journey from being published; nothing is stored"},
		func(ctx context.Context, in *checkIn) (*httpx.Body[httpx.List[Problem]], error) {
			items, err := s.Check(ctx, in.Body.Spec)
			return answer(httpx.List[Problem]{Items: httpx.Items(items)}, err)
		})
	httpx.Handle(r, httpx.Op{ID: "get-journey", Method: "GET", Path: "/journeys/{id}", Tag: tag, Permission: mayRead, Summary: "A journey"},
		func(ctx context.Context, in *IDPath) (*httpx.Body[Full], error) { return answer(s.Get(ctx, in.ID)) })
	type draftIn struct {
		IDPath
		Body struct {
			Name     string     `json:"name" minLength:"1" maxLength:"60"`
			Spec     graph.Spec `json:"spec"`
			Revision int64      `json:"revision" minimum:"1" doc:"As it was read; if somebody has changed it meanwhile, 409"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "save-journey-draft", Method: "PUT", Path: "/journeys/{id}/draft", Tag: tag, Permission: mayWrite, Summary: "Keep what is drawn, complete or not; what is live stays as it is until it is published"},
		func(ctx context.Context, in *draftIn) (*httpx.Body[Full], error) {
			return answer(s.SaveDraft(ctx, in.ID, in.Body.Name, in.Body.Revision, in.Body.Spec))
		})
	httpx.Handle(r, httpx.Op{ID: "duplicate-journey", Method: "POST", Path: "/journeys/{id}/duplicate", Tag: tag, Permission: mayWrite, Status: 201, Summary: "Make a draft of the same"},
		func(ctx context.Context, in *IDPath) (*httpx.Body[Full], error) {
			return answer(s.Duplicate(ctx, in.ID))
		})
	httpx.Handle(r, httpx.Op{ID: "delete-journey", Method: "DELETE", Path: "/journeys/{id}", Tag: tag, Permission: mayWrite, Summary: "Throw a draft or an ended journey away; for 30 days it can be brought back"},
		func(ctx context.Context, in *IDPath) (*struct{}, error) { return nil, s.Delete(ctx, in.ID) })
	httpx.Handle(r, httpx.Op{ID: "restore-journey", Method: "POST", Path: "/journeys/{id}/restore", Tag: tag, Permission: mayWrite, Summary: "Bring a deleted journey back"},
		func(ctx context.Context, in *IDPath) (*httpx.Body[Full], error) { return answer(s.Restore(ctx, in.ID)) })
}

func (s *Service) publishRoutes(r *httpx.Router) {
	type previewIn struct {
		IDPath
		Body struct {
			Mapping map[string]string `json:"mapping,omitempty"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "preview-journey-publish", Method: "POST", Path: "/journeys/{id}/publish/preview", Tag: tag, Permission: mayPublish, Summary: "Where people are, and where they would go on in what is drawn"},
		func(ctx context.Context, in *previewIn) (*httpx.Body[Preview], error) {
			return answer(s.PublishPreview(ctx, in.ID, in.Body.Mapping))
		})
	type publishIn struct {
		IDPath
		Body Publishing
	}
	httpx.Handle(r, httpx.Op{ID: "publish-journey", Method: "POST", Path: "/journeys/{id}/publish", Tag: tag, Permission: mayPublish, Summary: "Make what is drawn valid, and let people in"},
		func(ctx context.Context, in *publishIn) (*httpx.Body[Full], error) {
			return answer(s.Publish(ctx, in.ID, in.Body))
		})
	for what, summary := range map[string]string{"pause": "Let nobody walk for now; people still come in", "resume": "Go on", "end": "End it for everybody, for good"} {
		httpx.Handle(r, httpx.Op{ID: what + "-journey", Method: "POST", Path: "/journeys/{id}/" + what, Tag: tag, Permission: mayPublish, Summary: summary},
			func(ctx context.Context, in *IDPath) (*httpx.Body[Full], error) {
				return answer(s.Steer(ctx, in.ID, what))
			})
	}
	type enterIn struct {
		IDPath
		Body EnterInput
	}
	httpx.Handle(r, httpx.Op{ID: "enter-journey", Method: "POST", Path: "/journeys/{id}/enter", Tag: tag, Permission: mayPublish, Summary: "Let people in"},
		func(ctx context.Context, in *enterIn) (*httpx.Body[Let], error) {
			source := FromHand
			if httpx.Actor(ctx).Kind != access.Staff {
				source = FromAPI
			}
			return answer(s.Enter(ctx, in.ID, source, in.Body))
		})
	type segmentIn struct {
		IDPath
		Body struct {
			SegmentID string `json:"segment_id" minLength:"1" maxLength:"64"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "enter-journey-segment", Method: "POST", Path: "/journeys/{id}/enter-segment", Tag: tag, Permission: mayPublish, Status: 202, Summary: "Let everybody of a segment in, in the background"},
		func(ctx context.Context, in *segmentIn) (*struct{}, error) {
			return nil, s.EnterSegment(ctx, in.ID, in.Body.SegmentID)
		})
}

func (s *Service) runRoutes(r *httpx.Router) {
	type countsIn struct {
		IDPath
		Version int64 `query:"version" minimum:"0" doc:"0: all"`
	}
	httpx.Handle(r, httpx.Op{ID: "get-journey-counts", Method: "GET", Path: "/journeys/{id}/counts", Tag: tag, Permission: mayRead, Summary: "How people fare, by step and by way"},
		func(ctx context.Context, in *countsIn) (*httpx.Body[Progress], error) {
			return answer(s.Progress(ctx, in.ID, in.Version))
		})
	type listIn struct {
		IDPath
		RunFilter
		httpx.PageQuery
	}
	httpx.Handle(r, httpx.Op{ID: "list-journey-runs", Method: "GET", Path: "/journeys/{id}/runs", Tag: tag, Permission: mayRead, Summary: "Who walks or walked, those who came in last first"},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.Page[Run]], error) {
			var after at
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			return page(s.Runs(ctx, in.ID, in.RunFilter, after, in.Limit))
		})
	httpx.Handle(r, httpx.Op{ID: "get-journey-run", Method: "GET", Path: "/journeys/{id}/runs/{run_id}", Tag: tag, Permission: mayRead, Summary: "Somebody's walk, with their path"},
		func(ctx context.Context, in *RunPath) (*httpx.Body[Run], error) {
			return answer(s.OneRun(ctx, in.ID, in.RunID))
		})
	httpx.Handle(r, httpx.Op{ID: "exit-journey-run", Method: "POST", Path: "/journeys/{id}/runs/{run_id}/exit", Tag: tag, Permission: mayPublish, Summary: "Take somebody out"},
		func(ctx context.Context, in *RunPath) (*struct{}, error) { return nil, s.TakeOut(ctx, in.ID, in.RunID) })
	httpx.Handle(r, httpx.Op{ID: "retry-journey-run", Method: "POST", Path: "/journeys/{id}/runs/{run_id}/retry", Tag: tag, Permission: mayPublish, Summary: "Have somebody do the step again at which their walk failed"},
		func(ctx context.Context, in *RunPath) (*struct{}, error) { return nil, s.Retry(ctx, in.ID, in.RunID) })
	type dryIn struct {
		IDPath
		Body DryInput
	}
	httpx.Handle(r, httpx.Op{ID: "dry-run-journey", Method: "POST", Path: "/journeys/{id}/dry-run", Tag: tag, Permission: mayWrite, Summary: "Walk a person through in thought; nothing is stored, sent or changed"},
		func(ctx context.Context, in *dryIn) (*httpx.Body[DryRun], error) {
			return answer(s.DryRun(ctx, in.ID, in.Body))
		})
	type personIn struct {
		ID string `path:"id" maxLength:"64"`
	}
	httpx.Handle(r, httpx.Op{ID: "list-person-journeys", Method: "GET", Path: "/persons/{id}/journeys", Tag: tag, Permission: mayRead, Summary: "The walks of a person, the latest first"},
		func(ctx context.Context, in *personIn) (*httpx.Body[httpx.List[Run]], error) {
			items, err := s.OfPerson(ctx, in.ID)
			return answer(httpx.List[Run]{Items: httpx.Items(items)}, err)
		})
}
