package content

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
)

func (s *Service) fileRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "upload-material-file", Method: "POST", Path: "/material-files", Summary: "Keep a picture, video or other file for the library; forgotten after a week if no material refers to it", Tag: tag, Permission: mayWrite,
		Status: 201, MaxBody: MaxFile + 64<<10, Upload: "file"},
		func(ctx context.Context, in *fileUpload) (*httpx.Body[StoredFile], error) {
			name, content, err := in.file()
			if err != nil {
				return nil, err
			}
			return answer(s.Upload(ctx, name, content))
		})
	httpx.Handle(r, httpx.Op{ID: "get-material-file", Method: "GET", Path: "/material-files/{id}", Summary: "The content of a file of the library", Tag: tag, Permission: mayRead,
		Stream: true, Produces: []string{"application/octet-stream"}},
		func(ctx context.Context, in *IDPath) (*huma.StreamResponse, error) {
			f, content, err := s.FileContent(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return &huma.StreamResponse{Body: func(c huma.Context) {
				r, w := humago.Unwrap(c)
				s.serveFile(w, r, f, content)
			}}, nil
		})
}

// fileUpload takes hold of the body of a multipart/form-data request, so that
// the HTTP library does not put it into a temporary folder.
type fileUpload struct {
	body     io.Reader
	boundary string
}

// Resolve is called by the HTTP library with the request.
func (in *fileUpload) Resolve(c huma.Context) []error {
	if kind, params, err := mime.ParseMediaType(c.Header("Content-Type")); err == nil && kind == "multipart/form-data" {
		in.boundary = params["boundary"]
	}
	in.body = c.BodyReader()
	return nil
}

// file reads the field file.
func (in *fileUpload) file() (name string, content []byte, err error) {
	noFile := errs.InvalidField("body.file", i18n.T("请用 multipart/form-data 上传，文件放在 file 字段", "Send the file as multipart/form-data in the field file"))
	broken := errs.Invalid(i18n.T("文件没有传完，请重试", "The upload broke off; try again"))
	if in.boundary == "" {
		return "", nil, noFile
	}
	form := multipart.NewReader(io.LimitReader(in.body, MaxFile+64<<10), in.boundary)
	for {
		part, err := form.NextRawPart()
		if errors.Is(err, io.EOF) {
			return "", nil, noFile
		}
		if err != nil {
			return "", nil, broken.Because(err)
		}
		if part.FormName() != "file" {
			continue
		}
		content, err := io.ReadAll(io.LimitReader(part, MaxFile+1))
		if len(content) > MaxFile {
			return "", nil, tooLarge
		}
		if err != nil {
			return "", nil, broken.Because(err)
		}
		return part.FileName(), content, nil
	}
}
