package acquisition

import (
	"context"
	"time"

	"fishpond/internal/platform/httpx"
)

// CodeIn is the input of a new live code.
type CodeIn struct{ Body CodeInput }

func (s *Service) codeRoutes(r *httpx.Router) {
	type listIn struct {
		httpx.PageQuery
		Q         string `query:"q" maxLength:"60" doc:"A part of the name"`
		ChannelID string `query:"channel_id" maxLength:"64" pattern:"^[A-Za-z0-9_-]*$" doc:"This channel and what is below it"`
		AccountID string `query:"account_id" maxLength:"64" pattern:"^[A-Za-z0-9_-]*$"`
		Kind      string `query:"kind" enum:",staff,group,service"`
		Status    string `query:"status" enum:",active,paused,ended"`
		StaffID   string `query:"staff_id" maxLength:"64" pattern:"^[A-Za-z0-9_-]*$" doc:"The shares of a staff member"`
		Blocked   bool   `query:"blocked" doc:"Only codes by which nobody is reached, those of shares too; looked at every minute"`
		Shares    bool   `query:"shares" doc:"The codes of staff shares, which are not listed otherwise. Associates see their own"`
	}
	httpx.Handle(r, httpx.Op{ID: "list-codes", Method: "GET", Path: "/codes", Summary: "Live codes, the newest first, with who takes the next customer and what is wrong", Tag: tag, Permission: mayRead},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.CountedPage[Code]], error) {
			var after string
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, more, total, err := s.Codes(ctx, CodeFilter{Q: in.Q, ChannelID: in.ChannelID, AccountID: in.AccountID, Kind: in.Kind, Status: in.Status, StaffID: in.StaffID, Shares: in.Shares, Blocked: in.Blocked}, after, in.Limit)
			if err != nil {
				return nil, err
			}
			if len(items) > 0 {
				after = items[len(items)-1].ID
			}
			return counted(items, after, more, total), nil
		})
	httpx.Handle(r, httpx.Op{ID: "create-code", Method: "POST", Path: "/codes", Summary: "Make a live code", Tag: tag, Permission: mayWrite, Status: 201},
		func(ctx context.Context, in *CodeIn) (*httpx.Body[Code], error) {
			return answer(s.CreateCode(ctx, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "get-code", Method: "GET", Path: "/codes/{id}", Summary: "One live code", Tag: tag, Permission: mayRead},
		func(ctx context.Context, in *IDPath) (*httpx.Body[Code], error) { return answer(s.Code(ctx, in.ID)) })
	type patchIn struct {
		IDPath
		Body CodePatch
	}
	httpx.Handle(r, httpx.Op{ID: "update-code", Method: "PATCH", Path: "/codes/{id}", Summary: "Change, pause or end a live code", Tag: tag, Permission: mayWrite},
		func(ctx context.Context, in *patchIn) (*httpx.Body[Code], error) {
			return answer(s.UpdateCode(ctx, in.ID, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "push-code", Method: "POST", Path: "/codes/{id}/push", Summary: "Tell the platform now what the code says, instead of within the minute", Tag: tag, Permission: mayWrite},
		func(ctx context.Context, in *IDPath) (*httpx.Body[Code], error) {
			return answer(s.Push(ctx, in.ID))
		})
	type previewIn struct {
		IDPath
		StaffID string    `query:"staff_id" maxLength:"64" pattern:"^[A-Za-z0-9_-]*$" doc:"In whose name; empty: whose turn it is"`
		Name    string    `query:"name" maxLength:"60" doc:"Of the customer"`
		At      time.Time `query:"at" doc:"Empty: now"`
	}
	httpx.Handle(r, httpx.Op{ID: "preview-code-greeting", Method: "GET", Path: "/codes/{id}/greeting", Summary: "What a new friend would be greeted with: welcome, tags and remark with the variables filled in", Tag: tag, Permission: mayRead},
		func(ctx context.Context, in *previewIn) (*httpx.Body[Preview], error) {
			return answer(s.PreviewGreeting(ctx, in.ID, in.StaffID, in.Name, in.At))
		})
	type statsIn struct {
		IDPath
		From string `query:"from" maxLength:"10" doc:"First day; empty: 29 days before the last"`
		To   string `query:"to" maxLength:"10" doc:"Last day, included; empty: today"`
	}
	httpx.Handle(r, httpx.Op{ID: "get-code-statistics", Method: "GET", Path: "/codes/{id}/statistics", Summary: "Arrivals through a code by hour, day and staff", Tag: tag, Permission: mayRead},
		func(ctx context.Context, in *statsIn) (*httpx.Body[CodeStatistics], error) {
			return answer(s.CodeStatistics(ctx, in.ID, in.From, in.To))
		})
}
