package importer

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
)

// uploadInput takes hold of the body, so that the file goes straight to where
// it is kept: the HTTP library would put it into the temporary folder first.
type uploadInput struct {
	body     io.Reader
	boundary string
}

// readStall is how long a sender may pause.
const readStall = 30 * time.Second

// Resolve is called by the HTTP library with the request.
func (in *uploadInput) Resolve(c huma.Context) []error {
	if kind, params, err := mime.ParseMediaType(c.Header("Content-Type")); err == nil && kind == "multipart/form-data" {
		in.boundary = params["boundary"]
	}
	in.body = patient{c.BodyReader(), c.SetReadDeadline}
	return nil
}

// patient gives a sender time as long as something arrives.
type patient struct {
	io.Reader
	deadline func(time.Time) error
}

// Read implements io.Reader.
func (p patient) Read(b []byte) (int, error) {
	_ = p.deadline(time.Now().Add(readStall)) // tests have connections without deadlines
	return p.Reader.Read(b)
}

func (s *Service) handleUpload(ctx context.Context, in *uploadInput) (*httpx.Body[Preview], error) {
	noFile := errs.InvalidField("body.file", i18n.Text{ZH: "请用 multipart/form-data 上传，文件放在 file 字段", EN: "Send the file as multipart/form-data in the field file"})
	if in.boundary == "" {
		return nil, noFile
	}
	form := multipart.NewReader(in.body, in.boundary)
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, noFile
		}
		if err != nil {
			return nil, errs.Invalid(i18n.Text{ZH: "文件没有传完，请重试", EN: "The upload broke off; try again"}).Because(err)
		}
		if part.FormName() != "file" {
			continue
		}
		v, err := s.Upload(ctx, httpx.Actor(ctx).OrgID, part.FileName(), part)
		return &httpx.Body[Preview]{Body: v}, err
	}
}
