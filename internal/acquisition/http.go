package acquisition

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"fishpond/internal/platform/currency"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/sheet"
)

// Routes declares the module's endpoints.
func (s *Service) Routes(r *httpx.Router) {
	s.channelRoutes(r)
	s.costRoutes(r)
	s.arrivalRoutes(r)
	s.streamRoutes(r)
	s.reportRoutes(r)
	s.codeRoutes(r)
	s.linkRoutes(r)
	s.formRoutes(r)
	s.cardRoutes(r)
	s.rewardRoutes(r)
	s.printRoutes(r)
}

// none is an answer without a body.
type none struct{}

// IDPath is one thing in an address.
type IDPath struct {
	ID string `path:"id" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$"`
}

const (
	tag        = "acquisition"
	mayRead    = "acquisition.read"
	mayWrite   = "acquisition.write"
	mayReport  = "acquisition.report"
	exportPage = 1000 // rows read at once for an export
)

func answer[T any](v T, err error) (*httpx.Body[T], error) {
	if err != nil {
		return nil, err
	}
	return httpx.OK(v), nil
}

// counted makes the body of a page whose total is known.
func counted[T any](items []T, next any, more bool, total int64) *httpx.Body[httpx.CountedPage[T]] {
	p := httpx.CountedPage[T]{Page: httpx.Page[T]{Items: httpx.Items(items)}, Total: min(total, httpx.MaxCount), TotalExact: total <= httpx.MaxCount}
	if more {
		p.NextCursor = httpx.EncodeCursor(next)
	}
	return httpx.OK(p)
}

// upload takes hold of the body of a multipart/form-data request, so that the
// HTTP library does not put it into a temporary folder.
type upload struct {
	body     io.Reader
	boundary string
}

// Resolve is called by the HTTP library with the request.
func (in *upload) Resolve(c huma.Context) []error {
	if kind, params, err := mime.ParseMediaType(c.Header("Content-Type")); err == nil && kind == "multipart/form-data" {
		in.boundary = params["boundary"]
	}
	in.body = c.BodyReader()
	return nil
}

// file reads the field file, of most bytes at the most.
func (in *upload) file(most int64) ([]byte, error) {
	noFile := errs.InvalidField("body.file", i18n.T("请用 multipart/form-data 上传，文件放在 file 字段", "Send the file as multipart/form-data in the field file"))
	if in.boundary == "" {
		return nil, noFile
	}
	// Beside the file there are a few lines of headers.
	form := multipart.NewReader(io.LimitReader(in.body, most+64<<10), in.boundary)
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, noFile
		}
		if err != nil {
			return nil, errs.Invalid(i18n.T("文件没有传完，请重试", "The upload broke off; try again")).Because(err)
		}
		if part.FormName() != "file" {
			continue
		}
		data, err := io.ReadAll(io.LimitReader(part, most+1))
		if int64(len(data)) > most {
			return nil, errs.TooLarge(i18n.T("文件最大 %d KB", "The file may have %d kB at most", most>>10))
		}
		if err != nil {
			return nil, errs.Invalid(i18n.T("文件没有传完，请重试", "The upload broke off; try again")).Because(err)
		}
		return data, nil
	}
}

// download answers with a file.
func download(contentType, name string, write func(ctx context.Context, w io.Writer) error) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(c huma.Context) {
		c.SetHeader("Content-Type", contentType)
		if name != "" {
			c.SetHeader("Content-Disposition", `attachment; filename="`+name+`"`)
		}
		c.SetHeader("X-Content-Type-Options", "nosniff")
		if err := write(c.Context(), c.BodyWriter()); err != nil {
			panic(http.ErrAbortHandler) // the client must not take half a file for the whole
		}
	}}
}

// tables are the media types of an export.
var tables = []string{"text/csv", sheet.Type(sheet.XLSX)}

// FormatIn says how an export is written.
type FormatIn struct {
	Format string `query:"format" enum:"csv,xlsx" default:"csv"`
}

// exported writes into the audit log that data of customers is about to leave.
func (s *Service) exported(ctx context.Context, what, format string) error {
	org := orgOf(ctx)
	return s.db.Write(ctx, org, func(tx *db.Tx) error {
		return s.Auditor.Audit(ctx, tx, what+".exported", what, "", map[string]any{"format": format})
	})
}

// table answers with a table that a spreadsheet opens without running anything
// in it. rows calls its argument for each line.
func table(format, name string, header []string, rows func(ctx context.Context, row sheet.Row) error) *huma.StreamResponse {
	return download(sheet.Type(format), name+"."+format, func(ctx context.Context, w io.Writer) error {
		return sheet.Write(w, format, header, func(row sheet.Row) error { return rows(ctx, row) })
	})
}

// money is minor units in the currency's unit.
func money(minor int64, code string) sheet.Number {
	return sheet.Number(currency.Decimal(minor, currency.Digits(code)))
}

// header picks the titles of a table in the caller's language.
func header(ctx context.Context, titles ...i18n.Text) []string {
	out := make([]string, len(titles))
	for i, t := range titles {
		out[i] = t.In(i18n.From(ctx))
	}
	return out
}
