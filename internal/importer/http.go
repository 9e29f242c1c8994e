package importer

import (
	"context"
	"io"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
)

const tag = "import"

// Routes registers the endpoints.
func (s *Service) Routes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "upload-import-file", Method: "POST", Path: "/imports/uploads", Tag: tag, Permission: PermRun, Upload: "file", Status: 201,
		Summary: "Upload a CSV, gzip of it or XLSX, and see what it holds"}, s.handleUpload)
	httpx.Handle(r, httpx.Op{ID: "preview-import-file", Method: "GET", Path: "/import-uploads/{id}", Tag: tag, Permission: PermRun,
		Summary: "See an upload read in another way"}, s.handlePreview)
	httpx.Handle(r, httpx.Op{ID: "list-import-presets", Method: "GET", Path: "/imports/presets", Tag: tag, Permission: PermRun,
		Summary: "Known kinds of files"}, func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[Preset]], error) {
		return httpx.OK(httpx.List[Preset]{Items: Presets(i18n.From(ctx))}), nil
	})
	httpx.Handle(r, httpx.Op{ID: "start-import", Method: "POST", Path: "/imports", Tag: tag, Permission: PermRun, Status: 201,
		Summary: "Import an upload"}, s.handleStart)
	httpx.Handle(r, httpx.Op{ID: "list-imports", Method: "GET", Path: "/imports", Tag: tag, Permission: PermRun,
		Summary: "Imports, the newest first"}, s.handleList)
	httpx.Handle(r, httpx.Op{ID: "get-import", Method: "GET", Path: "/imports/{id}", Tag: tag, Permission: PermRun,
		Summary: "How an import is getting on"}, func(ctx context.Context, in *idInput) (*httpx.Body[Run], error) {
		run, err := s.Get(ctx, httpx.Actor(ctx).OrgID, in.ID)
		return &httpx.Body[Run]{Body: run}, err
	})
	httpx.Handle(r, httpx.Op{ID: "cancel-import", Method: "POST", Path: "/imports/{id}/cancel", Tag: tag, Permission: PermRun,
		Summary: "Stop an import; whole orders that were stored stay"}, func(ctx context.Context, in *idInput) (*httpx.Body[Run], error) {
		run, err := s.Cancel(ctx, httpx.Actor(ctx).OrgID, in.ID)
		return &httpx.Body[Run]{Body: run}, err
	})
	httpx.Handle(r, httpx.Op{ID: "download-rejected-lines", Method: "GET", Path: "/imports/{id}/rejected", Tag: tag, Permission: PermRun,
		Summary: "The lines that could not be taken, with line number and reason", Stream: true, Produces: []string{"text/csv"}}, s.handleRejected)
}

type idInput struct {
	ID string `path:"id" maxLength:"64"`
}

type previewInput struct {
	ID        string `path:"id" maxLength:"64"` // not embedded: the API sees no fields of an unexported type
	Encoding  string `query:"encoding" enum:"utf-8,gb18030,latin-1,utf-16le,utf-16be," doc:"Empty: as found"`
	Delimiter string `query:"delimiter" maxLength:"2" doc:"One of , ; | or \\t; empty: as found"`
	Kind      string `query:"kind" enum:"orders,persons," doc:"What the mapping is guessed for; empty: as found"`
}

func (s *Service) handlePreview(ctx context.Context, in *previewInput) (*httpx.Body[Preview], error) {
	v, err := s.Preview(ctx, httpx.Actor(ctx).OrgID, in.ID, Options{Encoding: in.Encoding, Delimiter: in.Delimiter, Kind: in.Kind})
	return &httpx.Body[Preview]{Body: v}, err
}

type startInput struct {
	Body struct {
		UploadID        string            `json:"upload_id" minLength:"1" maxLength:"64"`
		Kind            string            `json:"kind" enum:"orders,persons"`
		Preset          string            `json:"preset,omitempty" maxLength:"64"`
		Mapping         map[string]string `json:"mapping,omitempty" maxProperties:"100" doc:"Field → column. Orders: customer, order, time, quantity, price, amount, sku, name, region, phone, email, person_name. Persons: customer, name, phone, email, region, gender, birthday, created_at, tags, owner, trait:KEY"`
		Source          string            `json:"source,omitempty" maxLength:"64" doc:"What the order numbers belong to: the same number of two sources is two orders. Empty: the preset, or import"`
		TimeLayout      string            `json:"time_layout,omitempty" maxLength:"100" doc:"2006-01-02 15:04:05, %Y-%m-%d %H:%M:%S, unix, unix_ms or excel; empty: found out"`
		TimeZone        string            `json:"time_zone,omitempty" maxLength:"64" doc:"IANA name; empty: the preset's or the org's"`
		Currency        string            `json:"currency,omitempty" maxLength:"3" doc:"ISO 4217; empty: the preset's or the org's"`
		Channel         string            `json:"channel,omitempty" maxLength:"400" doc:"Of acquisition: its id, or all names from the platform down, as Douyin/June/Live. People who become known by the file are credited to it, from the earliest time that the file tells of them; who was known before is not. Empty: nobody is credited"`
		RefundPrefix    string            `json:"refund_prefix,omitempty" maxLength:"16" doc:"What the numbers of refunds begin with"`
		NegativeRefunds bool              `json:"negative_refunds,omitempty" doc:"Take orders whose lines are all negative for refunds"`
		Encoding        string            `json:"encoding,omitempty" enum:"utf-8,gb18030,latin-1,utf-16le,utf-16be,"`
		Delimiter       string            `json:"delimiter,omitempty" maxLength:"2"`
	}
}

func (s *Service) handleStart(ctx context.Context, in *startInput) (*httpx.Body[Run], error) {
	b := in.Body
	run, err := s.Start(ctx, httpx.Actor(ctx).OrgID, b.UploadID, Options{Kind: b.Kind, Preset: b.Preset, Mapping: b.Mapping, Source: b.Source,
		TimeLayout: b.TimeLayout, TimeZone: b.TimeZone, Currency: b.Currency, Channel: b.Channel, RefundPrefix: b.RefundPrefix, NegativeRefunds: b.NegativeRefunds,
		Encoding: b.Encoding, Delimiter: b.Delimiter})
	return &httpx.Body[Run]{Body: run}, err
}

type runCursor struct {
	At time.Time `json:"a"`
	ID string    `json:"i"`
}

func (s *Service) handleList(ctx context.Context, in *httpx.PageQuery) (*httpx.Body[httpx.Page[Run]], error) {
	var at runCursor
	if err := httpx.DecodeCursor(in.Cursor, &at); err != nil {
		return nil, err
	}
	items, err := s.List(ctx, httpx.Actor(ctx).OrgID, at.At, at.ID, in.Limit)
	if err != nil {
		return nil, err
	}
	page := httpx.Page[Run]{Items: httpx.Items(items)}
	if len(items) == in.Limit {
		last := items[len(items)-1]
		page.NextCursor = httpx.EncodeCursor(runCursor{last.CreatedAt, last.ID})
	}
	return httpx.OK(page), nil
}

func (s *Service) handleRejected(ctx context.Context, in *idInput) (*huma.StreamResponse, error) {
	f, err := s.Rejected(ctx, httpx.Actor(ctx).OrgID, in.ID)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		defer f.Close()
		c.SetHeader("Content-Type", "text/csv; charset=utf-8")
		c.SetHeader("Content-Disposition", `attachment; filename="rejected-`+in.ID+`.csv"`)
		_, _ = io.Copy(c.BodyWriter(), f) // the caller has gone: nobody is left to tell
	}}, nil
}
