package care

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/httpx"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/sheet"
)

func (s *Service) archiveRoutes(r *httpx.Router) {
	type listIn struct {
		httpx.PageQuery
		ThreadFilter
	}
	httpx.Handle(r, httpx.Op{ID: "list-archive-threads", Method: "GET", Path: "/care/archive/threads", Tag: tag, Permission: mayArchive, Summary: "Conversations of the archive, the latest first. It is audited"},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.Page[Thread]], error) {
			var after casePlace
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, next, err := s.Threads(ctx, in.ThreadFilter, after, in.Limit)
			return httpx.OK(httpx.Page[Thread]{Items: httpx.Items(items), NextCursor: cursorOf(next)}), err
		})
	type readIn struct {
		IDPath
		httpx.PageQuery
		Around string `query:"around" maxLength:"64" doc:"A message: the page has it in the middle, and cursors for both ways"`
		Reveal bool   `query:"reveal" doc:"With nothing hidden; it is audited as such"`
	}
	type readBody struct {
		httpx.Page[ArchivedMessage]
		NewerCursor string `json:"newer_cursor" doc:"For what came later; empty: nothing did, or it was read already"`
		Thread      Thread `json:"thread"`
	}
	type readPlace struct {
		casePlace
		Newer bool `json:"n,omitempty"`
	}
	httpx.Handle(r, httpx.Op{ID: "read-archive-thread", Method: "GET", Path: "/care/archive/threads/{id}/messages", Tag: tag, Permission: mayArchive, Summary: "A conversation of the archive, the latest messages first. It is audited"},
		func(ctx context.Context, in *readIn) (*httpx.Body[readBody], error) {
			var from readPlace
			if err := httpx.DecodeCursor(in.Cursor, &from); err != nil {
				return nil, err
			}
			v, err := s.ThreadMessages(ctx, in.ID, ThreadPage{From: from.casePlace, Newer: from.Newer, Around: in.Around, Limit: in.Limit, Reveal: in.Reveal})
			body := readBody{Page: httpx.Page[ArchivedMessage]{Items: httpx.Items(v.Messages), NextCursor: cursorOf(v.Older)}, Thread: v.Thread}
			if v.Newer != (casePlace{}) {
				body.NewerCursor = httpx.EncodeCursor(readPlace{v.Newer, true})
			}
			return httpx.OK(body), err
		})
	type exportIn struct {
		ExportFilter
		FormatIn
	}
	httpx.Handle(r, httpx.Op{ID: "export-archive", Method: "GET", Path: "/care/archive/export", Tag: tag, Permission: mayArchive, Stream: true, Produces: tables, Summary: "Archived messages as CSV or XLSX, the oldest first. It is audited"},
		func(ctx context.Context, in *exportIn) (*huma.StreamResponse, error) {
			first, err := s.ArchivePage(ctx, in.ExportFilter, casePlace{}, exportPage)
			if err != nil {
				return nil, err
			}
			return s.tableOf(ctx, in.Format, "archive", in.ExportFilter, archiveTitles, func(ctx context.Context, row sheet.Row) error {
				for page := first; len(page) > 0; {
					for _, m := range page {
						amount := any("")
						if m.Currency != "" {
							amount = units(m.AmountMinor, m.Currency)
						}
						if err := row(m.At.Format(time.RFC3339), m.Direction, m.Thread.StaffName, m.Thread.UserID, m.Thread.PersonID, m.Thread.PersonName, m.Thread.ExternalID, m.Thread.RoomID, m.SenderID, m.Type, m.Text, amount, m.Currency); err != nil {
							return err
						}
					}
					if len(page) < exportPage {
						return nil
					}
					last := page[len(page)-1]
					if page, err = s.ArchivePage(ctx, in.ExportFilter, casePlace{clock.Micros(last.At), last.ID}, exportPage); err != nil {
						return err
					}
				}
				return nil
			})
		})
	type searchIn struct {
		httpx.PageQuery
		ThreadFilter
		Q string `query:"q" minLength:"1" maxLength:"200" required:"true" doc:"Two Chinese characters will do; the last word may be half typed"`
	}
	type place struct {
		Doc int64 `json:"d"`
	}
	httpx.Handle(r, httpx.Op{ID: "search-archive", Method: "GET", Path: "/care/archive/search", Tag: tag, Permission: mayArchive, Summary: "Archived messages with all these words, the newest first. A page may have fewer than limit and go on. It is audited"},
		func(ctx context.Context, in *searchIn) (*httpx.Body[httpx.Page[FoundMessage]], error) {
			var after place
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, next, err := s.SearchArchive(ctx, in.Q, in.ThreadFilter, after.Doc, in.Limit)
			return httpx.OK(httpx.Page[FoundMessage]{Items: httpx.Items(items), NextCursor: cursorOf(place{next})}), err
		})
	httpx.Handle(r, httpx.Op{ID: "pull-archive", Method: "POST", Path: "/care/archive/pull", Tag: tag, Permission: mayArchive, Status: 200, Summary: "Ask the sidecar now; problem says why it could not be"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[Settings], error) {
			if _, err := s.Pull(ctx, httpx.Actor(ctx).OrgID); err != nil {
				s.logger.WarnContext(ctx, "the session archive could not be taken", "error", err)
			}
			set, err := s.Settings(ctx)
			return httpx.OK(set), err
		})
	httpx.Handle(r, httpx.Op{ID: "get-care-settings", Method: "GET", Path: "/care/settings", Tag: tag, Permission: mayRead, Summary: "Settings of archive and care, and how the archive is doing"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[Settings], error) {
			set, err := s.Settings(ctx)
			return httpx.OK(set), err
		})
	httpx.Handle(r, httpx.Op{ID: "update-care-settings", Method: "PATCH", Path: "/care/settings", Tag: tag, Permission: maySettle, Summary: "Change settings of archive and care"},
		func(ctx context.Context, in *struct{ Body SettingsPatch }) (*httpx.Body[Settings], error) {
			set, err := s.UpdateSettings(ctx, in.Body)
			return httpx.OK(set), err
		})
}

var archiveTitles = []i18n.Text{i18n.T("时间", "Time"), i18n.T("方向", "Direction"), i18n.T("员工", "Staff"), i18n.T("成员账号", "Member"), i18n.T("客户编号", "Person"), i18n.T("客户", "Name"), i18n.T("客户账号", "Customer's id"), i18n.T("群", "Group"),
	i18n.T("发送者", "Sender"), i18n.T("类型", "Type"), i18n.T("内容", "Text"), i18n.T("金额", "Amount"), i18n.T("币种", "Currency")}
