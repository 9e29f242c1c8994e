package acquisition

import (
	"context"
	"io"

	"github.com/danielgtaylor/huma/v2"

	"fishpond/internal/acquisition/paper"
	"fishpond/internal/platform/httpx"
)

func (s *Service) printRoutes(r *httpx.Router) {
	s.pictureRoutes(r, "codes", "code")
	s.pictureRoutes(r, "links", "link")
	s.pictureRoutes(r, "forms", "form")
	type sheetIn struct {
		IDPath
		From     int64  `query:"from" minimum:"1" maximum:"100000" default:"1" doc:"The first card's serial number"`
		To       int64  `query:"to" minimum:"0" maximum:"100000" doc:"The last one's; 0: as many as a document has"`
		PosterID string `query:"poster_id" maxLength:"64" pattern:"^[A-Za-z0-9_-]*$" doc:"A picture behind each card, instead of the batch's texts"`
		Layout   string `query:"layout" enum:"cards,stand" default:"cards" doc:"cards: ten on a page of A4, to cut; stand: one on a page of A5, for a till"`
	}
	httpx.Handle(r, httpx.Op{ID: "get-card-sheet", Method: "GET", Path: "/cards/{id}/sheet", Summary: "Cards to print as PDF, with the brand, the batch's texts and the code", Tag: tag, Permission: mayWrite, Stream: true, Produces: []string{"application/pdf"}},
		func(ctx context.Context, in *sheetIn) (*huma.StreamResponse, error) {
			write, err := s.Sheet(ctx, in.ID, SheetInput{From: in.From, To: in.To, PosterID: in.PosterID, Stand: in.Layout == "stand"})
			if err != nil {
				return nil, err
			}
			return download("application/pdf", "cards.pdf", func(_ context.Context, w io.Writer) error { return write(w) }), nil
		})
	s.posterRoutes(r)
	s.shareRoutes(r)
}

// pictureRoutes are the QR and the poster of a code, link or form.
func (s *Service) pictureRoutes(r *httpx.Router, kind, one string) {
	type qrIn struct {
		IDPath
		Format string `query:"format" enum:"png,svg" default:"png"`
		Size   int    `query:"size" minimum:"120" maximum:"2048" default:"480" doc:"Pixels a side"`
	}
	httpx.Handle(r, httpx.Op{ID: "get-" + one + "-qr", Method: "GET", Path: "/" + kind + "/{id}/qr", Summary: "The QR of a " + one + ", which leads to its page", Tag: tag, Permission: mayRead, Stream: true, Produces: []string{"image/png", "image/svg+xml"}},
		func(ctx context.Context, in *qrIn) (*huma.StreamResponse, error) {
			at, err := s.pointerOf(ctx, kind, in.ID)
			if err != nil {
				return nil, err
			}
			draw, mime := paper.PNG, "image/png"
			if in.Format == "svg" {
				draw, mime = paper.SVG, "image/svg+xml"
			}
			data, err := draw(at.target, in.Size)
			if err != nil {
				return nil, err
			}
			return download(mime, one+"-"+in.ID+"."+in.Format, writes(data)), nil
		})
	type posterIn struct {
		IDPath
		PosterID string `query:"poster_id" required:"true" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$"`
	}
	httpx.Handle(r, httpx.Op{ID: "get-" + one + "-poster", Method: "GET", Path: "/" + kind + "/{id}/poster", Summary: "A poster with the QR of a " + one, Tag: tag, Permission: mayRead, Stream: true, Produces: []string{"image/png"}},
		func(ctx context.Context, in *posterIn) (*huma.StreamResponse, error) {
			data, err := s.PosterOf(ctx, kind, in.ID, in.PosterID)
			if err != nil {
				return nil, err
			}
			return download("image/png", "poster.png", writes(data)), nil
		})
}

func writes(data []byte) func(context.Context, io.Writer) error {
	return func(_ context.Context, w io.Writer) error {
		_, err := w.Write(data)
		return err
	}
}

func (s *Service) posterRoutes(r *httpx.Router) {
	type createIn struct {
		upload
		Name string `query:"name" required:"true" minLength:"1" maxLength:"60"`
		X    int64  `query:"x" minimum:"0" maximum:"4096" doc:"The upper left corner of the code, in pixels"`
		Y    int64  `query:"y" minimum:"0" maximum:"4096"`
		Size int64  `query:"size" minimum:"0" maximum:"2048" doc:"A side of the code; 0: in the lower right corner"`

		Caption bool `query:"caption" doc:"Print the brand and whom the code adds below it"`
	}
	httpx.Handle(r, httpx.Op{ID: "create-poster", Method: "POST", Path: "/posters", Summary: "Keep a picture for posters", Tag: tag, Permission: mayWrite, Status: 201, MaxBody: paper.MaxPicture + 64<<10, Upload: "file"},
		func(ctx context.Context, in *createIn) (*httpx.Body[Poster], error) {
			data, err := in.file(paper.MaxPicture)
			if err != nil {
				return nil, err
			}
			return answer(s.CreatePoster(ctx, in.Name, data, in.X, in.Y, in.Size, in.Caption))
		})
	httpx.Handle(r, httpx.Op{ID: "list-posters", Method: "GET", Path: "/posters", Summary: "Pictures for posters, the newest first", Tag: tag, Permission: mayRead},
		func(ctx context.Context, in *httpx.PageQuery) (*httpx.Body[httpx.CountedPage[Poster]], error) {
			var after string
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, more, total, err := s.Posters(ctx, after, in.Limit)
			if err != nil {
				return nil, err
			}
			if len(items) > 0 {
				after = items[len(items)-1].ID
			}
			return counted(items, after, more, total), nil
		})
	httpx.Handle(r, httpx.Op{ID: "get-poster-picture", Method: "GET", Path: "/posters/{id}/picture", Summary: "A poster's picture without a code", Tag: tag, Permission: mayRead, Stream: true, Produces: []string{"image/png", "image/jpeg"}},
		func(ctx context.Context, in *IDPath) (*huma.StreamResponse, error) {
			p, data, err := s.picture(ctx, in.ID)
			if err != nil {
				return nil, err
			}
			return download("image/"+p.Kind, "", writes(data)), nil
		})
	httpx.Handle(r, httpx.Op{ID: "delete-poster", Method: "DELETE", Path: "/posters/{id}", Summary: "Forget a picture", Tag: tag, Permission: mayWrite},
		func(ctx context.Context, in *IDPath) (*none, error) { return nil, s.DeletePoster(ctx, in.ID) })
}

func (s *Service) shareRoutes(r *httpx.Router) {
	type listIn struct {
		httpx.PageQuery
		Q string `query:"q" maxLength:"60" doc:"A part of the staff member's name"`
	}
	httpx.Handle(r, httpx.Op{ID: "list-shares", Method: "GET", Path: "/shares", Summary: "Staff with their own codes and links. Associates see their own", Tag: tag, Permission: mayRead},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.CountedPage[Share]], error) {
			var after string
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, more, total, err := s.Shares(ctx, in.Q, after, in.Limit)
			if err != nil {
				return nil, err
			}
			if len(items) > 0 {
				after = items[len(items)-1].Staff.ID
			}
			return counted(items, after, more, total), nil
		})
	httpx.Handle(r, httpx.Op{ID: "create-shares", Method: "POST", Path: "/shares", Summary: "Give staff their own codes and links; who has them keeps them", Tag: tag, Permission: mayWrite},
		func(ctx context.Context, in *struct{ Body ShareInput }) (*httpx.Body[SharesMade], error) {
			return answer(s.MakeShares(ctx, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "get-my-share", Method: "GET", Path: "/shares/mine", Summary: "One's own business card, code and link", Tag: tag, Permission: mayShare},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[Share], error) { return answer(s.MyShare(ctx)) })
	httpx.Handle(r, httpx.Op{ID: "put-my-share", Method: "PUT", Path: "/shares/mine", Summary: "Make or change one's own business card; a code and a link are made where there are none", Tag: tag, Permission: mayShare},
		func(ctx context.Context, in *struct{ Body MyShareInput }) (*httpx.Body[Share], error) {
			return answer(s.PutMyShare(ctx, in.Body))
		})
	s.showcaseRoutes(r)
	httpx.Handle(r, httpx.Op{ID: "set-my-photo", Method: "POST", Path: "/shares/mine/photo", Summary: "Put a photo on one's own business card", Tag: tag, Permission: mayShare, MaxBody: MaxPhoto + 64<<10, Upload: "file"},
		func(ctx context.Context, in *struct{ upload }) (*httpx.Body[Share], error) {
			data, err := in.file(MaxPhoto)
			if err != nil {
				return nil, err
			}
			return answer(s.PutMyPhoto(ctx, data))
		})
	httpx.Handle(r, httpx.Op{ID: "delete-my-photo", Method: "DELETE", Path: "/shares/mine/photo", Summary: "Take the photo off one's own business card", Tag: tag, Permission: mayShare, Status: 200},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[Share], error) {
			return answer(s.PutMyPhoto(ctx, nil))
		})
}
