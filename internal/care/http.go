package care

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fishpond/internal/platform/currency"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/sheet"
)

const tag = "care"

// Routes registers the module's endpoints.
func (s *Service) Routes(r *httpx.Router) {
	s.listRoutes(r)
	s.wordRoutes(r)
	s.caseRoutes(r)
	s.archiveRoutes(r)
	s.zombieRoutes(r)
	s.moneyRoutes(r)
}

// IDPath names something in an address.
type IDPath struct {
	ID string `path:"id" maxLength:"64"`
}

// FormatIn says how an export is written.
type FormatIn struct {
	Format string `query:"format" enum:"csv,xlsx" default:"csv"`
}

// tables are the media types of an export.
var tables = []string{"text/csv", sheet.Type(sheet.XLSX)}

const exportPage = 500 // rows that an export reads at once

// upload takes hold of the body, so that a file is read as it comes.
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

// file is the content of the form's file.
func (in *upload) file(most int64) ([]byte, error) {
	noFile := errs.InvalidField("body.file", i18n.T("请用 multipart/form-data 上传，文件放在 file 字段", "Send the file as multipart/form-data in the field file"))
	broken := errs.Invalid(i18n.T("文件没有传完，请重试", "The upload broke off; try again"))
	if in.boundary == "" {
		return nil, noFile
	}
	form := multipart.NewReader(io.LimitReader(in.body, most+64<<10), in.boundary) // beside the file there are a few lines of headers
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, noFile
		}
		if err != nil {
			return nil, broken.Because(err)
		}
		if part.FormName() != "file" {
			continue
		}
		data, err := io.ReadAll(io.LimitReader(part, most+1))
		if int64(len(data)) > most {
			return nil, errs.TooLarge(i18n.T("文件最大 %d MB", "The file may have %d MB at most", most>>20))
		}
		if err != nil {
			return nil, broken.Because(err)
		}
		return data, nil
	}
}

// table is tableOf of everything there is.
func (s *Service) table(ctx context.Context, format, name string, titles []i18n.Text, rows func(ctx context.Context, row sheet.Row) error) (*huma.StreamResponse, error) {
	return s.tableOf(ctx, format, name, nil, titles, rows)
}

// tableOf answers with a table that a spreadsheet opens without running anything
// in it. That data leaves is in the audit log before it does.
func (s *Service) tableOf(ctx context.Context, format, name string, filter any, titles []i18n.Text, rows func(ctx context.Context, row sheet.Row) error) (*huma.StreamResponse, error) {
	org := actor(ctx).OrgID
	detail := map[string]any{"format": format}
	if filter != nil {
		detail["filter"] = filter
	}
	err := s.db.Write(ctx, org, func(tx *db.Tx) error {
		return s.Auditor.Audit(ctx, tx, "care."+name+".exported", name, "", detail)
	})
	if err != nil {
		return nil, err
	}
	header := make([]string, len(titles))
	for i, t := range titles {
		header[i] = t.In(i18n.From(ctx))
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		c.SetHeader("Content-Type", sheet.Type(format))
		c.SetHeader("Content-Disposition", `attachment; filename="`+name+"."+format+`"`)
		c.SetHeader("X-Content-Type-Options", "nosniff")
		err := sheet.Write(c.BodyWriter(), format, header, func(row sheet.Row) error { return rows(ctx, row) })
		if err != nil {
			panic(http.ErrAbortHandler) // the client must not take half a file for the whole
		}
	}}, nil
}

// units is minor units in the currency's unit.
func units(minor int64, code string) sheet.Number {
	return sheet.Number(currency.Decimal(minor, currency.Digits(code)))
}

// cursorOf is the cursor of a place; empty when it is the end.
func cursorOf[P comparable](p P) string {
	var end P
	if p == end {
		return ""
	}
	return httpx.EncodeCursor(p)
}

// counted is a page with its total.
func counted[T any, P comparable](items []T, next P, total int64) httpx.CountedPage[T] {
	return httpx.CountedPage[T]{Page: httpx.Page[T]{Items: httpx.Items(items), NextCursor: cursorOf(next)}, Total: min(total, httpx.MaxCount), TotalExact: total <= httpx.MaxCount}
}

// when is a time in a table; empty when there is none.
func when(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Format(time.RFC3339)
}
