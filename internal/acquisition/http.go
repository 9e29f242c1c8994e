package acquisition

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"fishpond/internal/platform/currency"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
)

// Routes declares the module's endpoints.
func (s *Service) Routes(r *httpx.Router) {
	s.channelRoutes(r)
	s.costRoutes(r)
	s.arrivalRoutes(r)
	s.reportRoutes(r)
	s.codeRoutes(r)
	s.linkRoutes(r)
	s.formRoutes(r)
	s.cardRoutes(r)
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

const csvType = "text/csv; charset=utf-8"

// table answers with a CSV that a spreadsheet opens without running anything
// in it. rows calls its argument for each line.
func table(name string, header []string, rows func(ctx context.Context, line func(cells ...string) error) error) *huma.StreamResponse {
	return download(csvType, name, func(ctx context.Context, w io.Writer) error {
		if _, err := io.WriteString(w, "\ufeff"); err != nil { // without it Excel reads Chinese as Latin
			return err
		}
		out := csv.NewWriter(w)
		line := func(cells ...string) error {
			for i := range cells {
				cells[i] = harmless(cells[i])
			}
			return out.Write(cells)
		}
		if err := line(header...); err != nil {
			return err
		}
		if err := rows(ctx, line); err != nil {
			return err
		}
		out.Flush()
		return out.Error()
	})
}

// harmless keeps a spreadsheet from taking text for a formula (OWASP, CSV
// injection). Plain numbers stay numbers.
func harmless(s string) string {
	if s == "" || !strings.ContainsRune("=+-@\t\r\n|%", rune(s[0])) && !strings.HasPrefix(s, "＝") && !strings.HasPrefix(s, "＋") && !strings.HasPrefix(s, "－") && !strings.HasPrefix(s, "＠") {
		return s
	}
	if digits := strings.TrimPrefix(s, "-"); digits != "" && strings.Trim(digits, "0123456789.") == "" {
		return s
	}
	return "'" + s
}

// money is minor units in the currency's unit.
func money(minor int64, code string) string {
	digits := currency.Digits(code)
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	s := strconv.FormatInt(minor, 10)
	if digits == 0 {
		return sign + s
	}
	if len(s) <= digits {
		s = strings.Repeat("0", digits+1-len(s)) + s
	}
	return sign + s[:len(s)-digits] + "." + s[len(s)-digits:]
}

// header picks the titles of a table in the caller's language.
func header(ctx context.Context, titles ...i18n.Text) []string {
	out := make([]string, len(titles))
	for i, t := range titles {
		out[i] = t.In(i18n.From(ctx))
	}
	return out
}
