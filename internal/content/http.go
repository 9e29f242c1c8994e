package content

import (
	"context"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"fishpond/internal/platform/httpx"
)

// none is an answer without a body.
type none struct{}

// IDPath is one thing in an address.
type IDPath struct {
	ID string `path:"id" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$"`
}

const (
	tag      = "content"
	mayRead  = "content.read"
	mayUse   = "content.use"
	mayWrite = "content.write"
)

func answer[T any](v T, err error) (*httpx.Body[T], error) {
	if err != nil {
		return nil, err
	}
	return httpx.OK(v), nil
}

func list[T any](items []T, err error) (*httpx.Body[httpx.List[T]], error) {
	return answer(httpx.List[T]{Items: httpx.Items(items)}, err)
}

func page[T any](items []T, more bool, next any, err error) (*httpx.Body[httpx.Page[T]], error) {
	p := httpx.Page[T]{Items: httpx.Items(items)}
	if more {
		p.NextCursor = httpx.EncodeCursor(next)
	}
	return answer(p, err)
}

func counted[T any](items []T, more bool, next any, total int64, err error) (*httpx.Body[httpx.CountedPage[T]], error) {
	p := httpx.CountedPage[T]{Page: httpx.Page[T]{Items: httpx.Items(items)}, Total: min(total, httpx.MaxCount), TotalExact: total <= httpx.MaxCount}
	if more {
		p.NextCursor = httpx.EncodeCursor(next)
	}
	return answer(p, err)
}

// Routes declares the module's endpoints.
func (s *Service) Routes(r *httpx.Router) {
	s.folderRoutes(r)
	s.materialRoutes(r)
	s.fileRoutes(r)
	s.briefcaseRoutes(r)
	s.linkRoutes(r)
	s.visitRoutes(r)
}

func (s *Service) folderRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-material-folders", Method: "GET", Path: "/material-folders", Summary: "All folders of the library", Tag: tag, Permission: mayRead},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[Folder]], error) {
			return list(s.Folders(ctx))
		})
	httpx.Handle(r, httpx.Op{ID: "create-material-folder", Method: "POST", Path: "/material-folders", Summary: "Make a folder", Tag: tag, Permission: mayWrite, Status: 201},
		func(ctx context.Context, in *struct{ Body FolderInput }) (*httpx.Body[Folder], error) {
			return answer(s.CreateFolder(ctx, in.Body))
		})
	type patchIn struct {
		IDPath
		Body FolderInput
	}
	httpx.Handle(r, httpx.Op{ID: "update-material-folder", Method: "PATCH", Path: "/material-folders/{id}", Summary: "Rename or move a folder", Tag: tag, Permission: mayWrite},
		func(ctx context.Context, in *patchIn) (*httpx.Body[Folder], error) {
			return answer(s.UpdateFolder(ctx, in.ID, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "delete-material-folder", Method: "DELETE", Path: "/material-folders/{id}", Summary: "Delete an empty folder", Tag: tag, Permission: mayWrite},
		func(ctx context.Context, in *IDPath) (*none, error) { return nil, s.DeleteFolder(ctx, in.ID) })
}

func (s *Service) materialRoutes(r *httpx.Router) {
	type listIn struct {
		httpx.PageQuery
		MaterialFilter
	}
	httpx.Handle(r, httpx.Op{ID: "list-materials", Method: "GET", Path: "/materials", Summary: "Materials of the library", Tag: tag, Permission: mayRead},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.CountedPage[MaterialBrief]], error) {
			var after listPlace
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, next, more, total, err := s.Materials(ctx, in.MaterialFilter, after, in.Limit)
			return counted(items, more, next, total, err)
		})
	httpx.Handle(r, httpx.Op{ID: "create-material", Method: "POST", Path: "/materials", Summary: "Make a material", Tag: tag, Permission: mayWrite, Status: 201},
		func(ctx context.Context, in *struct{ Body MaterialInput }) (*httpx.Body[Material], error) {
			return answer(s.CreateMaterial(ctx, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "create-materials", Method: "POST", Path: "/materials/batch", Summary: "Make a material of each of some files; all or none", Tag: tag, Permission: mayWrite, Status: 201},
		func(ctx context.Context, in *struct{ Body BatchInput }) (*httpx.Body[httpx.List[Material]], error) {
			return list(s.CreateBatch(ctx, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "get-material", Method: "GET", Path: "/materials/{id}", Summary: "A material with its newest version; deleted ones too", Tag: tag, Permission: mayRead},
		func(ctx context.Context, in *IDPath) (*httpx.Body[Material], error) {
			return answer(s.Material(ctx, in.ID))
		})
	type patchIn struct {
		IDPath
		Body MaterialPatch
	}
	httpx.Handle(r, httpx.Op{ID: "update-material", Method: "PATCH", Path: "/materials/{id}", Summary: "Change a material; another title or body is a new version", Tag: tag, Permission: mayWrite},
		func(ctx context.Context, in *patchIn) (*httpx.Body[Material], error) {
			return answer(s.UpdateMaterial(ctx, in.ID, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "delete-material", Method: "DELETE", Path: "/materials/{id}", Summary: "Delete a material; it can be restored. Its links say that it was withdrawn", Tag: tag, Permission: mayWrite},
		func(ctx context.Context, in *IDPath) (*none, error) { return nil, s.DeleteMaterial(ctx, in.ID) })
	httpx.Handle(r, httpx.Op{ID: "restore-material", Method: "POST", Path: "/materials/{id}/restore", Summary: "Take the deletion of a material back", Tag: tag, Permission: mayWrite, Status: 200},
		func(ctx context.Context, in *IDPath) (*httpx.Body[Material], error) {
			return answer(s.RestoreMaterial(ctx, in.ID))
		})
	httpx.Handle(r, httpx.Op{ID: "list-material-versions", Method: "GET", Path: "/materials/{id}/versions", Summary: "What a material has said, the newest 100 versions", Tag: tag, Permission: mayRead},
		func(ctx context.Context, in *IDPath) (*httpx.Body[httpx.List[MaterialVersion]], error) {
			return list(s.Versions(ctx, in.ID))
		})
}

func (s *Service) briefcaseRoutes(r *httpx.Router) {
	type listIn struct {
		httpx.PageQuery
		Q     string `query:"q" maxLength:"60" doc:"A part of the title, its pinyin or initials"`
		State string `query:"state" enum:",valid,expired,deleted"`
	}
	httpx.Handle(r, httpx.Op{ID: "list-briefcases", Method: "GET", Path: "/briefcases", Summary: "Briefcases, the newest first", Tag: tag, Permission: mayRead},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.CountedPage[Briefcase]], error) {
			var after string
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, more, total, err := s.Briefcases(ctx, in.Q, in.State, after, in.Limit)
			if more {
				after = items[len(items)-1].ID
			}
			return counted(items, more, after, total, err)
		})
	httpx.Handle(r, httpx.Op{ID: "create-briefcase", Method: "POST", Path: "/briefcases", Summary: "Make a briefcase", Tag: tag, Permission: mayWrite, Status: 201},
		func(ctx context.Context, in *struct{ Body BriefcaseInput }) (*httpx.Body[Briefcase], error) {
			return answer(s.CreateBriefcase(ctx, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "get-briefcase", Method: "GET", Path: "/briefcases/{id}", Summary: "A briefcase; deleted ones too", Tag: tag, Permission: mayRead},
		func(ctx context.Context, in *IDPath) (*httpx.Body[Briefcase], error) {
			return answer(s.Briefcase(ctx, in.ID))
		})
	type putIn struct {
		IDPath
		Body BriefcaseInput
	}
	httpx.Handle(r, httpx.Op{ID: "update-briefcase", Method: "PUT", Path: "/briefcases/{id}", Summary: "Replace what a briefcase says and holds", Tag: tag, Permission: mayWrite},
		func(ctx context.Context, in *putIn) (*httpx.Body[Briefcase], error) {
			return answer(s.UpdateBriefcase(ctx, in.ID, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "delete-briefcase", Method: "DELETE", Path: "/briefcases/{id}", Summary: "Delete a briefcase; it can be restored", Tag: tag, Permission: mayWrite},
		func(ctx context.Context, in *IDPath) (*none, error) { return nil, s.DeleteBriefcase(ctx, in.ID) })
	httpx.Handle(r, httpx.Op{ID: "restore-briefcase", Method: "POST", Path: "/briefcases/{id}/restore", Summary: "Take the deletion of a briefcase back", Tag: tag, Permission: mayWrite, Status: 200},
		func(ctx context.Context, in *IDPath) (*httpx.Body[Briefcase], error) {
			return answer(s.RestoreBriefcase(ctx, in.ID))
		})
}

func (s *Service) linkRoutes(r *httpx.Router) {
	type listIn struct {
		httpx.PageQuery
		LinkFilter
	}
	httpx.Handle(r, httpx.Op{ID: "list-radar-links", Method: "GET", Path: "/radar-links", Summary: "Radar links, the newest first. Associates see their own", Tag: tag, Permission: mayRead},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.Page[RadarLink]], error) {
			var after string
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, more, err := s.Links(ctx, in.LinkFilter, after, in.Limit)
			if more {
				after = items[len(items)-1].ID
			}
			return page(items, more, after, err)
		})
	httpx.Handle(r, httpx.Op{ID: "make-radar-links", Method: "POST", Path: "/radar-links", Summary: "Links that tell who opened them; the same asked for again is the same link", Tag: tag, Permission: mayUse, Status: 200},
		func(ctx context.Context, in *struct{ Body LinkInput }) (*httpx.Body[httpx.List[RadarLink]], error) {
			return list(s.MakeLinks(ctx, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "withdraw-radar-link", Method: "POST", Path: "/radar-links/{id}/withdraw", Summary: "Close a link for good", Tag: tag, Permission: mayUse, Status: 200},
		func(ctx context.Context, in *IDPath) (*httpx.Body[RadarLink], error) {
			return answer(s.WithdrawLink(ctx, in.ID))
		})
	httpx.Handle(r, httpx.Op{ID: "take-material", Method: "POST", Path: "/materials/take", Summary: "The parts of a message that send a material or a briefcase to one person", Tag: tag, Permission: mayUse, Status: 200},
		func(ctx context.Context, in *struct{ Body TakeInput }) (*httpx.Body[Taken], error) {
			return answer(s.Take(ctx, in.Body))
		})
}

func (s *Service) visitRoutes(r *httpx.Router) {
	type listIn struct {
		httpx.PageQuery
		VisitFilter
	}
	httpx.Handle(r, httpx.Op{ID: "list-material-visits", Method: "GET", Path: "/material-visits", Summary: "Visits to radar links, the latest first. Associates see those to their own links", Tag: tag, Permission: mayRead},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.Page[VisitView]], error) {
			var after string
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, more, err := s.Visits(ctx, in.VisitFilter, after, in.Limit)
			if more {
				after = items[len(items)-1].ID
			}
			return page(items, more, after, err)
		})
	httpx.Handle(r, httpx.Op{ID: "list-material-visitors", Method: "GET", Path: "/material-visitors", Summary: "Who has opened radar links, how often and for how long, the latest first. Associates see those of their own links", Tag: tag, Permission: mayRead},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.Page[Visitor]], error) {
			var after listPlace
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, next, more, err := s.Visitors(ctx, in.VisitFilter, after, in.Limit)
			return page(items, more, next, err)
		})
	type effectIn struct {
		Days    int    `query:"days" minimum:"1" maximum:"92" default:"30" doc:"The last so many days of the org, today included"`
		StaffID string `query:"staff_id" maxLength:"64"`
	}
	httpx.Handle(r, httpx.Op{ID: "get-material-effects", Method: "GET", Path: "/material-effects", Summary: "What came of radar links: in all, by item, by staff, by day", Tag: tag, Permission: mayRead},
		func(ctx context.Context, in *effectIn) (*httpx.Body[Effects], error) {
			return answer(s.Effects(ctx, in.Days, in.StaffID))
		})
	type streamIn struct {
		Last string `header:"Last-Event-ID" maxLength:"20" doc:"Sent by browsers that come back"`
	}
	httpx.Handle(r, httpx.Op{ID: "stream-material-visits", Method: "GET", Path: "/material-visits/stream", Tag: tag, Permission: mayUse, Stream: true, Produces: []string{"text/event-stream"},
		Summary: "Visits to one's own links as they happen, as server-sent events: visit, whose data is an item of GET /material-visits; told again when it goes on"},
		func(ctx context.Context, in *streamIn) (*huma.StreamResponse, error) {
			since, err := strconv.ParseInt(in.Last, 10, 64)
			if err != nil {
				since = 0
			}
			stream, err := s.NewVisitStream(ctx, since)
			if err != nil {
				return nil, err
			}
			return httpx.Events(func(send func(httpx.Event) error) error {
				defer stream.Close()
				return stream.Run(func(at int64, v *VisitView) error {
					if v == nil {
						return send(httpx.Event{})
					}
					return send(httpx.Event{ID: strconv.FormatInt(at, 10), Name: "visit", Data: v})
				})
			}), nil
		})
}
