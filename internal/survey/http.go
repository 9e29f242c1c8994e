package survey

import (
	"context"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/sheet"
)

// none is an answer without a body.
type none struct{}

// IDPath is one survey in an address.
type IDPath struct {
	ID string `path:"id" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$"`
}

const (
	tag      = "surveys"
	mayRead  = "survey.read"
	mayShare = "survey.share"
	mayWrite = "survey.write"
)

func answer[T any](v T, err error) (*httpx.Body[T], error) {
	if err != nil {
		return nil, err
	}
	return httpx.OK(v), nil
}

// download answers with a file.
func download(contentType, name string, write func(ctx context.Context, w io.Writer) error) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(c huma.Context) {
		c.SetHeader("Content-Type", contentType)
		c.SetHeader("Content-Disposition", `attachment; filename="`+name+`"`)
		c.SetHeader("X-Content-Type-Options", "nosniff")
		if err := write(c.Context(), c.BodyWriter()); err != nil {
			panic(http.ErrAbortHandler) // the client must not take half a file for the whole
		}
	}}
}

// Routes declares the module's endpoints.
func (s *Service) Routes(r *httpx.Router) {
	s.surveyRoutes(r)
	s.shareRoutes(r)
	s.resultRoutes(r)
}

func (s *Service) surveyRoutes(r *httpx.Router) {
	type listIn struct {
		httpx.PageQuery
		Q      string `query:"q" maxLength:"60" doc:"A part of the name"`
		Status string `query:"status" enum:",draft,published,ended"`
	}
	httpx.Handle(r, httpx.Op{ID: "list-surveys", Method: "GET", Path: "/surveys", Summary: "Surveys, the newest first", Tag: tag, Permission: mayRead},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.CountedPage[SurveyBrief]], error) {
			var after string
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, more, total, err := s.List(ctx, SurveyFilter{Q: in.Q, Status: in.Status}, after, in.Limit)
			if err != nil {
				return nil, err
			}
			p := httpx.CountedPage[SurveyBrief]{Page: httpx.Page[SurveyBrief]{Items: httpx.Items(items)}, Total: min(total, httpx.MaxCount), TotalExact: total <= httpx.MaxCount}
			if more {
				p.NextCursor = httpx.EncodeCursor(items[len(items)-1].ID)
			}
			return httpx.OK(p), nil
		})
	httpx.Handle(r, httpx.Op{ID: "create-survey", Method: "POST", Path: "/surveys", Summary: "Make a survey, as a draft", Tag: tag, Permission: mayWrite, Status: 201},
		func(ctx context.Context, in *struct{ Body SurveyInput }) (*httpx.Body[Survey], error) {
			return answer(s.Create(ctx, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "get-survey", Method: "GET", Path: "/surveys/{id}", Summary: "A survey with its draft", Tag: tag, Permission: mayRead},
		func(ctx context.Context, in *IDPath) (*httpx.Body[Survey], error) { return answer(s.Get(ctx, in.ID)) })
	type patchIn struct {
		IDPath
		Body SurveyPatch
	}
	httpx.Handle(r, httpx.Op{ID: "update-survey", Method: "PATCH", Path: "/surveys/{id}", Summary: "Change the draft of a survey; it may be incomplete", Tag: tag, Permission: mayWrite},
		func(ctx context.Context, in *patchIn) (*httpx.Body[Survey], error) {
			return answer(s.Update(ctx, in.ID, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "delete-survey", Method: "DELETE", Path: "/surveys/{id}", Summary: "Delete a survey; it can be restored", Tag: tag, Permission: mayWrite},
		func(ctx context.Context, in *IDPath) (*none, error) { return nil, s.Delete(ctx, in.ID) })
	type publishIn struct {
		IDPath
		Body struct {
			Revision int64 `json:"revision" minimum:"1" doc:"Of the draft that is published"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "publish-survey", Method: "POST", Path: "/surveys/{id}/publish", Summary: "Publish the draft as a new version; who is in the middle of an older one finishes that", Tag: tag, Permission: mayWrite, Status: 200},
		func(ctx context.Context, in *publishIn) (*httpx.Body[Survey], error) {
			return answer(s.Publish(ctx, in.ID, in.Body.Revision))
		})
	for _, verb := range []struct {
		name, summary string
		status        int
		do            func(context.Context, string) (Survey, error)
	}{
		{"end", "End a survey: nobody can answer it any more", 200, s.End},
		{"reopen", "Open an ended survey again", 200, s.Reopen},
		{"restore", "Take the deletion of a survey back", 200, s.Restore},
		{"duplicate", "Make a new survey of a survey's draft", 201, s.Duplicate},
	} {
		httpx.Handle(r, httpx.Op{ID: verb.name + "-survey", Method: "POST", Path: "/surveys/{id}/" + verb.name, Summary: verb.summary, Tag: tag, Permission: mayWrite, Status: verb.status},
			func(ctx context.Context, in *IDPath) (*httpx.Body[Survey], error) { return answer(verb.do(ctx, in.ID)) })
	}
}

func (s *Service) shareRoutes(r *httpx.Router) {
	type linksIn struct {
		IDPath
		Body struct {
			PersonIDs []string `json:"person_ids" minItems:"1" maxItems:"100" nullable:"false"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "make-survey-links", Method: "POST", Path: "/surveys/{id}/links", Summary: "Personal addresses, at which customers answer as themselves", Tag: tag, Permission: mayShare, Status: 200},
		func(ctx context.Context, in *linksIn) (*httpx.Body[httpx.List[PersonalLink]], error) {
			items, err := s.Links(ctx, in.ID, in.Body.PersonIDs)
			return answer(httpx.List[PersonalLink]{Items: httpx.Items(items)}, err)
		})
	type qrIn struct {
		IDPath
		Format string `query:"format" enum:"png,svg" default:"png"`
		Size   int    `query:"size" minimum:"120" maximum:"2048" default:"480" doc:"Pixels a side"`
	}
	httpx.Handle(r, httpx.Op{ID: "get-survey-qr", Method: "GET", Path: "/surveys/{id}/qr", Summary: "The QR of a survey's open address", Tag: tag, Permission: mayRead, Stream: true, Produces: []string{"image/png", "image/svg+xml"}},
		func(ctx context.Context, in *qrIn) (*huma.StreamResponse, error) {
			data, err := s.Picture(ctx, in.ID, in.Format, in.Size)
			if err != nil {
				return nil, err
			}
			kind := "image/png"
			if in.Format == "svg" {
				kind = "image/svg+xml"
			}
			return download(kind, "survey-"+in.ID+"."+in.Format, func(_ context.Context, w io.Writer) error {
				_, err := w.Write(data)
				return err
			}), nil
		})
}

func (s *Service) resultRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "get-survey-results", Method: "GET", Path: "/surveys/{id}/results", Summary: "What was answered, question by question", Tag: tag, Permission: mayRead},
		func(ctx context.Context, in *IDPath) (*httpx.Body[Results], error) {
			return answer(s.Results(ctx, in.ID))
		})
	type listIn struct {
		IDPath
		httpx.PageQuery
		Status   string `query:"status" enum:"done,open,repeated,declined" default:"done"`
		Question string `query:"question" maxLength:"20" doc:"With option: only those who chose it"`
		Option   string `query:"option" maxLength:"20" doc:"An option's id, or a number of a scale"`
	}
	httpx.Handle(r, httpx.Op{ID: "list-survey-responses", Method: "GET", Path: "/surveys/{id}/responses", Summary: "Responses, the latest first. Associates see those of their own customers", Tag: tag, Permission: mayRead},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.Page[ResponseView]], error) {
			var after place
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, next, more, err := s.Responses(ctx, in.ID, ResponseFilter{Status: in.Status, Question: in.Question, Option: in.Option}, after, in.Limit)
			p := httpx.Page[ResponseView]{Items: httpx.Items(items)}
			if more {
				p.NextCursor = httpx.EncodeCursor(next)
			}
			return answer(p, err)
		})
	type oneIn struct {
		IDPath
		ResponseID string `path:"response_id" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$"`
	}
	httpx.Handle(r, httpx.Op{ID: "get-survey-response", Method: "GET", Path: "/surveys/{id}/responses/{response_id}", Summary: "One response and what it has changed", Tag: tag, Permission: mayRead},
		func(ctx context.Context, in *oneIn) (*httpx.Body[ResponseView], error) {
			return answer(s.Response(ctx, in.ID, in.ResponseID))
		})
	httpx.Handle(r, httpx.Op{ID: "delete-survey-response", Method: "DELETE", Path: "/surveys/{id}/responses/{response_id}", Summary: "Delete a response and take back what it has changed", Tag: tag, Permission: mayWrite},
		func(ctx context.Context, in *oneIn) (*none, error) {
			return nil, s.DeleteResponse(ctx, in.ID, in.ResponseID)
		})
	type exportIn struct {
		IDPath
		Format string `query:"format" enum:"csv,xlsx" default:"csv"`
	}
	httpx.Handle(r, httpx.Op{ID: "export-survey", Method: "GET", Path: "/surveys/{id}/export", Summary: "All responses as CSV or XLSX", Tag: tag, Permission: mayWrite, Stream: true, Produces: []string{"text/csv", sheet.Type(sheet.XLSX)}},
		func(ctx context.Context, in *exportIn) (*huma.StreamResponse, error) {
			write, err := s.Export(ctx, in.ID, in.Format)
			if err != nil {
				return nil, err
			}
			return download(sheet.Type(in.Format), "survey."+in.Format, write), nil
		})
}
