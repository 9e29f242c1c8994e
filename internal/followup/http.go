package followup

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/sheet"
)

const tag = "today"

// Routes declares the module's endpoints.
func (s *Service) Routes(r *httpx.Router) {
	s.listRoutes(r)
	s.promiseRoutes(r)
	s.teamRoutes(r)
	s.ruleRoutes(r)
}

func answer[T any](v T, err error) (*httpx.Body[T], error) {
	if err != nil {
		return nil, err
	}
	return httpx.OK(v), nil
}

// IDPath is a thing in an address.
type IDPath struct {
	ID string `path:"id" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$"`
}

func (s *Service) listRoutes(r *httpx.Router) {
	type listIn struct {
		ListFilter
		httpx.PageQuery
	}
	httpx.Handle(r, httpx.Op{ID: "get-today", Method: "GET", Path: "/today", Tag: tag, Permission: mayRead, Summary: "The day's list: who matters, and why"},
		func(ctx context.Context, in *listIn) (*httpx.Body[List], error) {
			var after ListPlace
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			out, next, err := s.Today(ctx, in.ListFilter, after, in.Limit)
			if next.ID != "" {
				out.NextCursor = httpx.EncodeCursor(next)
			}
			return answer(out, err)
		})
	httpx.Handle(r, httpx.Op{ID: "get-today-item", Method: "GET", Path: "/today/items/{id}", Tag: tag, Permission: mayRead, Summary: "Somebody on a list, with every reason and its values"},
		func(ctx context.Context, in *IDPath) (*httpx.Body[Item], error) { return answer(s.Item(ctx, in.ID)) })

	type outcomeIn struct {
		IDPath
		Body Outcome
	}
	for _, op := range []struct {
		id, path, summary string
		do                func(context.Context, string, Outcome) (Item, error)
	}{
		{"do-today-item", "done", "Note that somebody was attended to, and what comes next", s.Done},
		{"postpone-today-item", "postpone", "Put somebody off to another day; empty until: tomorrow", s.Postpone},
		{"decline-today-item", "decline", "Note that somebody is not interested", s.Decline},
	} {
		httpx.Handle(r, httpx.Op{ID: op.id, Method: "POST", Path: "/today/items/{id}/" + op.path, Tag: tag, Permission: mayWrite, Summary: op.summary},
			func(ctx context.Context, in *outcomeIn) (*httpx.Body[Item], error) {
				return answer(op.do(ctx, in.ID, in.Body))
			})
	}
	httpx.Handle(r, httpx.Op{ID: "undo-today-item", Method: "POST", Path: "/today/items/{id}/undo", Tag: tag, Permission: mayWrite, Summary: "Take back what was done about somebody"},
		func(ctx context.Context, in *IDPath) (*httpx.Body[Item], error) { return answer(s.Undo(ctx, in.ID)) })
	type assignIn struct {
		IDPath
		Body struct {
			StaffID string `json:"staff_id" maxLength:"64" doc:"Empty: nobody"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "assign-today-item", Method: "POST", Path: "/today/items/{id}/assign", Tag: tag, Permission: mayTeam, Summary: "Give somebody to another member of staff"},
		func(ctx context.Context, in *assignIn) (*httpx.Body[Item], error) {
			return answer(s.Assign(ctx, in.ID, in.Body.StaffID))
		})
}

func (s *Service) promiseRoutes(r *httpx.Router) {
	type promisesIn struct {
		PromiseFilter
		httpx.PageQuery
	}
	httpx.Handle(r, httpx.Op{ID: "list-promises", Method: "GET", Path: "/today/promises", Tag: tag, Permission: mayRead, Summary: "What was promised, by when it is due: open ones the earliest first, others the latest first"},
		func(ctx context.Context, in *promisesIn) (*httpx.Body[httpx.Page[Promise]], error) {
			var after promisePlace
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			found, next, err := s.Promises(ctx, in.PromiseFilter, after, in.Limit)
			out := httpx.Page[Promise]{Items: httpx.Items(found)}
			if next.ID != "" {
				out.NextCursor = httpx.EncodeCursor(next)
			}
			return answer(out, err)
		})
	httpx.Handle(r, httpx.Op{ID: "create-promise", Method: "POST", Path: "/today/promises", Tag: tag, Permission: mayWrite, Status: 201, Summary: "Promise somebody something; on its day they are on the list"},
		func(ctx context.Context, in *struct{ Body PromiseInput }) (*httpx.Body[Promise], error) {
			return answer(s.Promise(ctx, in.Body))
		})
	type patchIn struct {
		IDPath
		Body PromisePatch
	}
	httpx.Handle(r, httpx.Op{ID: "update-promise", Method: "PATCH", Path: "/today/promises/{id}", Tag: tag, Permission: mayWrite, Summary: "Change a promise"},
		func(ctx context.Context, in *patchIn) (*httpx.Body[Promise], error) {
			return answer(s.PatchPromise(ctx, in.ID, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "cancel-promise", Method: "DELETE", Path: "/today/promises/{id}", Tag: tag, Permission: mayWrite, Status: 204, Summary: "Cancel a promise"},
		func(ctx context.Context, in *IDPath) (*struct{}, error) {
			_, err := s.PatchPromise(ctx, in.ID, PromisePatch{Status: "cancelled"})
			return nil, err
		})
}

// Span are days that are asked for.
type Span struct {
	Day string `query:"day" maxLength:"10" doc:"YYYY-MM-DD; empty: the latest lists"`
	To  string `query:"to" maxLength:"10" doc:"The last day, at most 92; empty: day alone"`
}

func (s *Service) teamRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "get-today-team", Method: "GET", Path: "/today/team", Tag: tag, Permission: mayTeam, Summary: "How lists were attended to, and what came of it"},
		func(ctx context.Context, in *Span) (*httpx.Body[TeamCoverage], error) {
			return answer(s.Team(ctx, in.Day, in.To))
		})
	type exportIn struct {
		Span
		Format string `query:"format" enum:"csv,xlsx" default:"csv"`
	}
	httpx.Handle(r, httpx.Op{ID: "export-today-team", Method: "GET", Path: "/today/team/export", Tag: tag, Permission: mayTeam, Summary: "Coverage and results by day and staff, as a table",
		Stream: true, Produces: []string{sheet.Type(sheet.CSV), sheet.Type(sheet.XLSX)}},
		func(ctx context.Context, in *exportIn) (*huma.StreamResponse, error) {
			header, rows, err := s.TeamSheet(ctx, in.Day, in.To)
			if err != nil {
				return nil, err
			}
			name := "today-" + s.now().Format("20060102-150405") + "." + in.Format
			return &huma.StreamResponse{Body: func(c huma.Context) {
				c.SetHeader("Content-Type", sheet.Type(in.Format))
				c.SetHeader("Content-Disposition", `attachment; filename="`+name+`"`)
				c.SetHeader("Cache-Control", "no-store")
				if err := sheet.Write(c.BodyWriter(), in.Format, header, rows); err != nil {
					s.logger.ErrorContext(ctx, "export broke off", "error", err)
					panic(http.ErrAbortHandler) // the client must not take half a file for the whole
				}
			}}, nil
		})
	httpx.Handle(r, httpx.Op{ID: "rebuild-today", Method: "POST", Path: "/today/build", Tag: tag, Permission: maySet, Summary: "Make today's lists now, or again; what was attended to stays"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[Built], error) { return answer(s.Rebuild(ctx)) })
}

func (s *Service) ruleRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-today-rules", Method: "GET", Path: "/today/rules", Tag: tag, Permission: mayRead, Summary: "By which rules people are listed"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[Rule]], error) {
			found, err := s.Rules(ctx)
			return answer(httpx.List[Rule]{Items: httpx.Items(found)}, err)
		})
	httpx.Handle(r, httpx.Op{ID: "create-today-rule", Method: "POST", Path: "/today/rules", Tag: tag, Permission: maySet, Status: 201, Summary: "Make a rule"},
		func(ctx context.Context, in *struct{ Body RuleInput }) (*httpx.Body[Rule], error) {
			return answer(s.CreateRule(ctx, in.Body))
		})
	type changeIn struct {
		IDPath
		Body struct {
			RuleInput
			Version int64 `json:"version,omitempty" minimum:"0" doc:"That was looked at; 0: any"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "update-today-rule", Method: "PUT", Path: "/today/rules/{id}", Tag: tag, Permission: maySet, Summary: "Change a rule"},
		func(ctx context.Context, in *changeIn) (*httpx.Body[Rule], error) {
			return answer(s.UpdateRule(ctx, in.ID, in.Body.Version, in.Body.RuleInput))
		})
	httpx.Handle(r, httpx.Op{ID: "delete-today-rule", Method: "DELETE", Path: "/today/rules/{id}", Tag: tag, Permission: maySet, Status: 204, Summary: "Delete a rule that was made here"},
		func(ctx context.Context, in *IDPath) (*struct{}, error) { return nil, s.DeleteRule(ctx, in.ID) })
	type orderIn struct {
		Body struct {
			IDs []string `json:"ids" minItems:"1" maxItems:"100"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "order-today-rules", Method: "POST", Path: "/today/rules/order", Tag: tag, Permission: maySet, Status: 204, Summary: "Put rules into an order"},
		func(ctx context.Context, in *orderIn) (*struct{}, error) { return nil, s.OrderRules(ctx, in.Body.IDs) })
	type previewIn struct {
		Body struct {
			RuleInput
			RuleID string `json:"rule_id,omitempty" maxLength:"64" doc:"The rule that is being changed"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "preview-today-rule", Method: "POST", Path: "/today/rules/preview", Tag: tag, Permission: maySet, Summary: "Whom a rule would list today, and on whose lists"},
		func(ctx context.Context, in *previewIn) (*httpx.Body[Preview], error) {
			return answer(s.Preview(ctx, in.Body.RuleID, in.Body.RuleInput))
		})
	httpx.Handle(r, httpx.Op{ID: "list-today-anchors", Method: "GET", Path: "/today/anchors", Tag: tag, Permission: maySet, Summary: "The traits that a rule can count from"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[Trait]], error) {
			found, err := s.Dates(ctx)
			return answer(httpx.List[Trait]{Items: httpx.Items(found)}, err)
		})
	httpx.Handle(r, httpx.Op{ID: "get-today-settings", Method: "GET", Path: "/today/settings", Tag: tag, Permission: mayRead, Summary: "When lists are made, and how long they are"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[Settings], error) { return answer(s.Settings(ctx)) })
	httpx.Handle(r, httpx.Op{ID: "put-today-settings", Method: "PUT", Path: "/today/settings", Tag: tag, Permission: maySet, Summary: "Change when lists are made, and how long they are"},
		func(ctx context.Context, in *struct{ Body Settings }) (*httpx.Body[Settings], error) {
			return answer(s.PutSettings(ctx, in.Body))
		})
}
