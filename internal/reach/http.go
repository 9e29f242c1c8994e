package reach

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/sheet"
)

const tag = "reach"

// Routes declares the module's endpoints.
func (s *Service) Routes(r *httpx.Router) {
	s.gateRoutes(r)
	s.planRoutes(r)
	s.messageRoutes(r)
	s.blockedRoutes(r)
}

func answer[T any](v T, err error) (*httpx.Body[T], error) {
	if err != nil {
		return nil, err
	}
	return httpx.OK(v), nil
}

// download answers with a table that is written while it is read.
func (s *Service) download(ctx context.Context, name, format string, header []string, rows func(sheet.Row) error, err error) (*huma.StreamResponse, error) {
	if err != nil {
		return nil, err
	}
	name += "-" + s.now().Format("20060102-150405") + "." + format
	return &huma.StreamResponse{Body: func(c huma.Context) {
		c.SetHeader("Content-Type", sheet.Type(format))
		c.SetHeader("Content-Disposition", `attachment; filename="`+name+`"`)
		c.SetHeader("Cache-Control", "no-store")
		if err := sheet.Write(c.BodyWriter(), format, header, rows); err != nil {
			s.logger.ErrorContext(ctx, "export broke off", "error", err)
			panic(http.ErrAbortHandler) // the client must not take half a file for the whole
		}
	}}, nil
}

// IDPath is a thing in an address.
type IDPath struct {
	ID string `path:"id" minLength:"1" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$"`
}

func (s *Service) gateRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "get-reach-settings", Method: "GET", Path: "/reach/settings", Tag: tag, Permission: mayRead, Summary: "The rules of the gate"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[Settings], error) { return answer(s.Settings(ctx)) })
	httpx.Handle(r, httpx.Op{ID: "put-reach-settings", Method: "PUT", Path: "/reach/settings", Tag: tag, Permission: maySet, Summary: "Change the rules of the gate; they count for every message that has not left"},
		func(ctx context.Context, in *struct{ Body Settings }) (*httpx.Body[Settings], error) {
			return answer(s.PutSettings(ctx, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "get-reach-clock", Method: "GET", Path: "/reach/clock", Tag: tag, Permission: mayRead, Summary: "Whether the clock of the machine that answers is believed; while it is not, that machine sends nothing"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[ClockStatus], error) {
			return answer(s.Clock(ctx), nil)
		})
	httpx.Handle(r, httpx.Op{ID: "believe-reach-clock", Method: "POST", Path: "/reach/clock/believe", Tag: tag, Permission: maySet, Summary: "Say that the clock is right, so that sending goes on"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[ClockStatus], error) {
			return answer(s.BelieveClock(ctx))
		})
	type explainIn struct {
		PersonID  string `query:"person_id" required:"true" minLength:"1" maxLength:"64"`
		AccountID string `query:"account_id" required:"true" minLength:"1" maxLength:"64"`
		Purpose   string `query:"purpose" enum:"marketing,service,transactional" default:"marketing"`
		At        string `query:"at" maxLength:"40" doc:"RFC 3339; empty: now"`
	}
	httpx.Handle(r, httpx.Op{ID: "explain-reach", Method: "GET", Path: "/reach/explain", Tag: tag, Permission: mayRead, Summary: "Would this person get a message at that time, and why not"},
		func(ctx context.Context, in *explainIn) (*httpx.Body[Verdict], error) {
			at := s.now()
			if in.At != "" {
				var err error
				if at, err = time.Parse(time.RFC3339, in.At); err != nil {
					return nil, errs.InvalidField("query.at", i18n.T("时间应写成 2026-03-02T22:30:00+08:00", "Write the time as 2026-03-02T22:30:00+08:00"))
				}
			}
			return answer(s.Explain(ctx, httpx.Actor(ctx).OrgID, in.PersonID, in.Purpose, in.AccountID, at))
		})
	httpx.Handle(r, httpx.Op{ID: "list-reach-accounts", Method: "GET", Path: "/reach/accounts", Tag: tag, Permission: mayRead, Summary: "How it stands with sending over each account"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[AccountStatus]], error) {
			found, err := s.AccountList(ctx)
			return answer(httpx.List[AccountStatus]{Items: httpx.Items(found)}, err)
		})
	type accountIn struct {
		IDPath
		Body AccountInput
	}
	httpx.Handle(r, httpx.Op{ID: "put-reach-account", Method: "PUT", Path: "/reach/accounts/{id}", Tag: tag, Permission: maySend, Summary: "Pause or resume sending over an account, and say how fast it sends"},
		func(ctx context.Context, in *accountIn) (*httpx.Body[AccountStatus], error) {
			return answer(s.PutAccount(ctx, in.ID, in.Body))
		})
}

func (s *Service) planRoutes(r *httpx.Router) {
	type listIn struct {
		Status string `query:"status" enum:"draft,running,paused,cancelling,done,cancelled"`
		httpx.PageQuery
	}
	httpx.Handle(r, httpx.Op{ID: "list-reach-plans", Method: "GET", Path: "/reach/plans", Tag: tag, Permission: mayRead, Summary: "What is being sent and was sent, the newest first, with progress"},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.Page[Progress]], error) {
			var after planPlace
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			found, next, err := s.Plans(ctx, in.Status, after, in.Limit)
			page := httpx.Page[Progress]{Items: httpx.Items(found)}
			if next != (planPlace{}) {
				page.NextCursor = httpx.EncodeCursor(next)
			}
			return answer(page, err)
		})
	httpx.Handle(r, httpx.Op{ID: "get-reach-plan", Method: "GET", Path: "/reach/plans/{id}", Tag: tag, Permission: mayRead, Summary: "How far a plan is"},
		func(ctx context.Context, in *IDPath) (*httpx.Body[Progress], error) {
			return answer(s.PlanProgress(ctx, in.ID))
		})
	for _, op := range []struct{ what, summary string }{
		{"pause", "Stop sending; what is on its way still arrives"}, {"resume", "Go on sending"}, {"cancel", "Call off what has not left"}} {
		httpx.Handle(r, httpx.Op{ID: op.what + "-reach-plan", Method: "POST", Path: "/reach/plans/{id}/" + op.what, Tag: tag, Permission: maySend, Summary: op.summary},
			func(ctx context.Context, in *IDPath) (*httpx.Body[Progress], error) {
				return answer(s.Act(ctx, in.ID, op.what))
			})
	}
}

func (s *Service) messageRoutes(r *httpx.Router) {
	type listIn struct {
		MessageFilter
		httpx.PageQuery
	}
	httpx.Handle(r, httpx.Op{ID: "list-reach-messages", Method: "GET", Path: "/reach/messages", Tag: tag, Permission: mayRead, Summary: "Messages by state: held, failed and doubtful ones of all plans, others of one plan"},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.Page[MessageItem]], error) {
			var after messagePlace
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			found, next, err := s.Messages(ctx, in.MessageFilter, after, in.Limit)
			page := httpx.Page[MessageItem]{Items: httpx.Items(found)}
			if next != (messagePlace{}) {
				page.NextCursor = httpx.EncodeCursor(next)
			}
			return answer(page, err)
		})
	type exportIn struct {
		MessageFilter
		Format string `query:"format" enum:"csv,xlsx" default:"csv"`
	}
	httpx.Handle(r, httpx.Op{ID: "export-reach-messages", Method: "GET", Path: "/reach/messages/export", Tag: tag, Permission: mayRead, Summary: "The same as a table", Stream: true,
		Produces: []string{sheet.Type(sheet.CSV), sheet.Type(sheet.XLSX)}},
		func(ctx context.Context, in *exportIn) (*huma.StreamResponse, error) {
			header, rows, err := s.MessageSheet(ctx, in.MessageFilter)
			return s.download(ctx, "messages-"+in.Status, in.Format, header, rows, err)
		})
	type settleIn struct {
		IDPath
		Body struct {
			As string `json:"as" enum:"sent,again" doc:"sent: it arrived; again: send it once more, whatever arrived"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "settle-reach-message", Method: "POST", Path: "/reach/messages/{id}/settle", Tag: tag, Permission: maySend, Status: 204, Summary: "Decide what a doubtful message was"},
		func(ctx context.Context, in *settleIn) (*struct{}, error) {
			return nil, s.Settle(ctx, in.ID, in.Body.As)
		})
}

func (s *Service) blockedRoutes(r *httpx.Router) {
	type listIn struct {
		PersonID string `query:"person_id" maxLength:"64" doc:"Only this person, if they are on the list"`
		httpx.PageQuery
	}
	httpx.Handle(r, httpx.Op{ID: "list-reach-blocked", Method: "GET", Path: "/reach/blocked", Tag: tag, Permission: mayRead, Summary: "To whom nothing may be sent, the newest first"},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.Page[Blocked]], error) {
			var after blockedPlace
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			found, next, err := s.BlockedList(ctx, in.PersonID, after, in.Limit)
			page := httpx.Page[Blocked]{Items: httpx.Items(found)}
			if next != (blockedPlace{}) {
				page.NextCursor = httpx.EncodeCursor(next)
			}
			return answer(page, err)
		})
	type exportIn struct {
		Format string `query:"format" enum:"csv,xlsx" default:"csv"`
	}
	httpx.Handle(r, httpx.Op{ID: "export-reach-blocked", Method: "GET", Path: "/reach/blocked/export", Tag: tag, Permission: mayRead, Summary: "The do-not-contact list as a table", Stream: true,
		Produces: []string{sheet.Type(sheet.CSV), sheet.Type(sheet.XLSX)}},
		func(ctx context.Context, in *exportIn) (*huma.StreamResponse, error) {
			header, rows, err := s.BlockedSheet(ctx)
			return s.download(ctx, "do-not-contact", in.Format, header, rows, err)
		})
	type blockIn struct {
		Body struct {
			PersonID string `json:"person_id" minLength:"1" maxLength:"64"`
			Reason   string `json:"reason,omitempty" maxLength:"200"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "add-reach-blocked", Method: "POST", Path: "/reach/blocked", Tag: tag, Permission: maySend, Status: 204, Summary: "Put somebody on the do-not-contact list"},
		func(ctx context.Context, in *blockIn) (*struct{}, error) {
			return nil, s.Block(ctx, in.Body.PersonID, in.Body.Reason)
		})
	httpx.Handle(r, httpx.Op{ID: "remove-reach-blocked", Method: "DELETE", Path: "/reach/blocked/{id}", Tag: tag, Permission: maySend, Status: 204, Summary: "Take somebody off the do-not-contact list"},
		func(ctx context.Context, in *IDPath) (*struct{}, error) { return nil, s.Unblock(ctx, in.ID) })
}
