package report

import (
	"context"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/sheet"
)

// exportIn is which page, and the page's own question, of which only the most
// usual words are declared: each page has its own.
type exportIn struct {
	Page   string `path:"page" maxLength:"40" doc:"One of GET /insight/reports/pages"`
	Format string `query:"format" enum:"csv,xlsx" default:"csv"`
	Table  string `query:"table" maxLength:"60" doc:"Only this one of the page's tables"`
	From   string `query:"from" maxLength:"10" doc:"As the page takes it"`
	To     string `query:"to" maxLength:"10" doc:"As the page takes it"`
	Q      string `query:"q" maxLength:"8000" doc:"The page's question as JSON, where it has one: the body of its endpoint"`
	query  url.Values
}

// Resolve keeps the whole query: whatever else the page asks by.
func (in *exportIn) Resolve(c huma.Context) []error {
	u := c.URL()
	in.query = u.Query()
	if len(u.RawQuery) > 30_000 {
		return []error{&huma.ErrorDetail{Location: "query", Message: i18n.T("查询太长", "The query is too long").In(i18n.From(c.Context()))}}
	}
	return nil
}

// Routes declares the package's endpoints.
func (s *Service) Routes(r *httpx.Router) {
	s.scheduleRoutes(r)
	httpx.Handle(r, httpx.Op{ID: "list-report-pages", Method: "GET", Path: "/insight/reports/pages", Tag: "insight", Permission: "insight.read",
		Summary: "The pages that can be exported and sent as reports"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[ReportPage]], error) {
			return httpx.OK(httpx.List[ReportPage]{Items: s.Pages(ctx)}), nil
		})
	httpx.Handle(r, httpx.Op{ID: "export-report", Method: "GET", Path: "/insight/reports/{page}", Tag: "insight", Permission: "insight.export",
		Summary: "What a measuring page shows, as a document: in XLSX a sheet for each table, in CSV one below the other. Takes the page's own query too",
		Stream:  true, Produces: []string{"text/csv", sheet.Type(sheet.XLSX)}},
		func(ctx context.Context, in *exportIn) (*huma.StreamResponse, error) {
			e, err := s.NewExport(ctx, in.Page, in.Table, in.Format, in.query)
			if err != nil {
				return nil, err
			}
			return &huma.StreamResponse{Body: func(c huma.Context) {
				c.SetHeader("Content-Type", sheet.Type(in.Format))
				c.SetHeader("Content-Disposition", `attachment; filename="`+e.Name+"."+in.Format+`"`)
				c.SetHeader("Cache-Control", "no-store")
				if err := e.Write(c.BodyWriter()); err != nil {
					s.slog.ErrorContext(ctx, "export broke off", "page", in.Page, "error", err)
					panic(http.ErrAbortHandler) // the client must not take half a file for the whole
				}
			}}, nil
		})
}
