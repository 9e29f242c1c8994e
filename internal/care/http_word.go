package care

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/sheet"
)

func (s *Service) listRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-word-lists", Method: "GET", Path: "/care/lists", Tag: tag, Permission: mayRead, Summary: "Lists of sensitive words"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[WordList]], error) {
			l, err := s.Lists(ctx)
			return httpx.OK(httpx.List[WordList]{Items: httpx.Items(l)}), err
		})
	httpx.Handle(r, httpx.Op{ID: "create-word-list", Method: "POST", Path: "/care/lists", Tag: tag, Permission: maySettle, Status: 201, Summary: "Make an empty list of words"},
		func(ctx context.Context, in *struct{ Body WordListInput }) (*httpx.Body[WordList], error) {
			l, err := s.CreateList(ctx, in.Body)
			return httpx.OK(l), err
		})
	type patchIn struct {
		IDPath
		Body WordListInput
	}
	httpx.Handle(r, httpx.Op{ID: "update-word-list", Method: "PATCH", Path: "/care/lists/{id}", Tag: tag, Permission: maySettle, Summary: "Change what a list is called, what it does and whether it does"},
		func(ctx context.Context, in *patchIn) (*httpx.Body[WordList], error) {
			l, err := s.UpdateList(ctx, in.ID, in.Body)
			return httpx.OK(l), err
		})
	httpx.Handle(r, httpx.Op{ID: "delete-word-list", Method: "DELETE", Path: "/care/lists/{id}", Tag: tag, Permission: maySettle, Status: 204, Summary: "Delete a list with its words. Cases that it made stay"},
		func(ctx context.Context, in *IDPath) (*struct{}, error) { return nil, s.DeleteList(ctx, in.ID) })
	type checkIn struct {
		Body struct {
			Text string `json:"text" minLength:"1" maxLength:"20000"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "check-words", Method: "POST", Path: "/care/check", Tag: tag, Permission: mayRead, Summary: "Try a text as if it were about to be sent. Nothing is stored"},
		func(ctx context.Context, in *checkIn) (*httpx.Body[Verdict], error) {
			v, err := s.Check(ctx, httpx.Actor(ctx).OrgID, in.Body.Text)
			v.Hits = httpx.Items(v.Hits)
			return httpx.OK(v), err
		})
}

func (s *Service) wordRoutes(r *httpx.Router) {
	type listIn struct {
		IDPath
		httpx.PageQuery
		Q string `query:"q" maxLength:"64" doc:"Part of the word"`
	}
	httpx.Handle(r, httpx.Op{ID: "list-words", Method: "GET", Path: "/care/lists/{id}/words", Tag: tag, Permission: mayRead, Summary: "The words of a list, then its exceptions"},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.Page[Word]], error) {
			var after wordPlace
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, next, err := s.Words(ctx, in.ID, in.Q, after, in.Limit)
			return httpx.OK(httpx.Page[Word]{Items: httpx.Items(items), NextCursor: cursorOf(next)}), err
		})
	type changeIn struct {
		IDPath
		Body WordChange
	}
	httpx.Handle(r, httpx.Op{ID: "change-words", Method: "POST", Path: "/care/lists/{id}/words", Tag: tag, Permission: maySettle, Summary: "Add words to a list and take others off"},
		func(ctx context.Context, in *changeIn) (*httpx.Body[WordList], error) {
			l, err := s.ChangeWords(ctx, in.ID, in.Body)
			return httpx.OK(l), err
		})
	type importIn struct {
		IDPath
		upload
		Replace bool `query:"replace" doc:"Put the file's words in the place of those that are there"`
	}
	httpx.Handle(r, httpx.Op{ID: "import-words", Method: "POST", Path: "/care/lists/{id}/import", Tag: tag, Permission: maySettle, MaxBody: MaxWordFile + 64<<10, Upload: "file",
		Summary: "Store a file of words: TXT with one a line, or CSV whose second column says exception. All of it, or nothing when a line is wrong"},
		func(ctx context.Context, in *importIn) (*httpx.Body[Imported], error) {
			data, err := in.file(MaxWordFile)
			if err != nil {
				return nil, err
			}
			out, err := s.Import(ctx, in.ID, data, in.Replace)
			return httpx.OK(out), err
		})
	type exportIn struct {
		IDPath
		FormatIn
	}
	httpx.Handle(r, httpx.Op{ID: "export-words", Method: "GET", Path: "/care/lists/{id}/export", Tag: tag, Permission: mayRead, Stream: true, Produces: tables, Summary: "The words of a list as CSV or XLSX; the CSV can be imported again"},
		func(ctx context.Context, in *exportIn) (*huma.StreamResponse, error) {
			items, next, err := s.Words(ctx, in.ID, "", wordPlace{}, exportPage)
			if err != nil {
				return nil, err
			}
			return s.table(ctx, in.Format, "words", []i18n.Text{i18n.T("词", "word"), i18n.T("例外", "exception")}, func(ctx context.Context, row sheet.Row) error {
				for {
					for _, w := range items {
						mark := ""
						if w.Exception {
							mark = "exception"
						}
						if err := row(w.Word, mark); err != nil {
							return err
						}
					}
					if next == (wordPlace{}) {
						return nil
					}
					if items, next, err = s.Words(ctx, in.ID, "", next, exportPage); err != nil {
						return err
					}
				}
			})
		})
}
