package carrier

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"fishpond/internal/carrier/media"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
)

func (s *Service) mediaRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "upload-media", Method: "POST", Path: "/carriers/media", Summary: "Keep a picture, voice, video or file to send it", Tag: "carrier", Permission: "carrier.media",
		Status: 201, MaxBody: MaxMedia + 64<<10, Upload: "file"},
		func(ctx context.Context, in *mediaUpload) (*httpx.Body[Media], error) {
			name, content, err := in.file()
			if err != nil {
				return nil, err
			}
			return answer(s.SaveMedia(ctx, name, content))
		})
	httpx.Handle(r, httpx.Op{ID: "get-media", Method: "GET", Path: "/carriers/media/{id}", Summary: "The content of a file that came with a message, or was uploaded", Tag: "carrier", Permission: "carrier.media",
		Stream: true, Produces: []string{"application/octet-stream"}},
		func(ctx context.Context, in *struct {
			ID string `path:"id" maxLength:"64" doc:"The file"`
		}) (*huma.StreamResponse, error) {
			m, content, err := s.Media(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return &huma.StreamResponse{Body: func(c huma.Context) {
				r, w := humago.Unwrap(c)
				serveMedia(w, r, m, content)
			}}, nil
		})
}

// serveMedia gives a file to a browser. Nothing in it may run: what is not a
// raster picture, a sound or a film is handed over as a download of bytes.
func serveMedia(w http.ResponseWriter, r *http.Request, m Media, content []byte) {
	h := w.Header()
	disposition := "attachment"
	if m.Inline {
		disposition = "inline"
	}
	h.Set("Content-Type", media.Served(m.Type))
	h.Set("Content-Disposition", disposition+"; filename*=UTF-8''"+url.PathEscape(m.Name))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "private, max-age=86400, immutable")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content)) // ranges, so that films can be wound
}

// mediaUpload takes hold of the body of a multipart/form-data request, so that
// the HTTP library does not put it into a temporary folder.
type mediaUpload struct {
	body     io.Reader
	boundary string
}

// Resolve is called by the HTTP library with the request.
func (in *mediaUpload) Resolve(c huma.Context) []error {
	if kind, params, err := mime.ParseMediaType(c.Header("Content-Type")); err == nil && kind == "multipart/form-data" {
		in.boundary = params["boundary"]
	}
	in.body = c.BodyReader()
	return nil
}

// file reads the field file.
func (in *mediaUpload) file() (name string, content []byte, err error) {
	noFile := errs.InvalidField("body.file", i18n.T("请用 multipart/form-data 上传，文件放在 file 字段", "Send the file as multipart/form-data in the field file"))
	if in.boundary == "" {
		return "", nil, noFile
	}
	form := multipart.NewReader(io.LimitReader(in.body, MaxMedia+64<<10), in.boundary)
	for {
		part, err := form.NextRawPart()
		if errors.Is(err, io.EOF) {
			return "", nil, noFile
		}
		if err != nil {
			return "", nil, errs.Invalid(i18n.T("文件没有传完，请重试", "The upload broke off; try again")).Because(err)
		}
		if part.FormName() != "file" {
			continue
		}
		content, err := io.ReadAll(io.LimitReader(part, MaxMedia+1))
		if len(content) > MaxMedia {
			return "", nil, errs.TooLarge(i18n.T("文件最大 %d MB", "A file may have %d MB at most", MaxMedia>>20))
		}
		if err != nil {
			return "", nil, errs.Invalid(i18n.T("文件没有传完，请重试", "The upload broke off; try again")).Because(err)
		}
		return part.FileName(), content, nil
	}
}
