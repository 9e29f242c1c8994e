package inbox

import (
	"context"

	"fishpond/internal/platform/httpx"
)

func (s *Service) quickRoutes(r *httpx.Router) {
	type listIn struct {
		Q         string `query:"q" maxLength:"50" doc:"What was typed behind the slash: a title, pinyin or its initials"`
		Scope     string `query:"scope" enum:"personal,team,org,"`
		AccountID string `query:"account_id" maxLength:"64" doc:"Of team replies, those of this account's desk"`
		Limit     int    `query:"limit" minimum:"1" maximum:"2000" default:"20"`
	}
	httpx.Handle(r, httpx.Op{ID: "list-quick-replies", Method: "GET", Path: "/inbox/quick-replies", Tag: tag, Permission: mayRead, Summary: "Quick replies at hand, the best fit for what was typed first"},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.List[QuickReply]], error) {
			q, err := s.QuickReplies(ctx, in.Q, in.Scope, in.AccountID, in.Limit)
			return httpx.OK(httpx.List[QuickReply]{Items: httpx.Items(q)}), err
		})
	type newIn struct{ Body QuickReply }
	httpx.Handle(r, httpx.Op{ID: "create-quick-reply", Method: "POST", Path: "/inbox/quick-replies", Tag: tag, Permission: mayWrite, Status: 201, Summary: "Make a quick reply; those of a team or of all need inbox.settings"},
		func(ctx context.Context, in *newIn) (*httpx.Body[QuickReply], error) {
			in.Body.ID = ""
			q, err := s.SaveQuickReply(ctx, in.Body)
			return httpx.OK(q), err
		})
	type changeIn struct {
		ID   string `path:"id" maxLength:"64" minLength:"1"`
		Body QuickReply
	}
	httpx.Handle(r, httpx.Op{ID: "update-quick-reply", Method: "PUT", Path: "/inbox/quick-replies/{id}", Tag: tag, Permission: mayWrite, Summary: "Change a quick reply"},
		func(ctx context.Context, in *changeIn) (*httpx.Body[QuickReply], error) {
			in.Body.ID = in.ID
			q, err := s.SaveQuickReply(ctx, in.Body)
			return httpx.OK(q), err
		})
	type idIn struct {
		ID string `path:"id" maxLength:"64" minLength:"1"`
	}
	httpx.Handle(r, httpx.Op{ID: "delete-quick-reply", Method: "DELETE", Path: "/inbox/quick-replies/{id}", Tag: tag, Permission: mayWrite, Status: 204, Summary: "Take a quick reply away"},
		func(ctx context.Context, in *idIn) (*struct{}, error) {
			return nil, s.DeleteQuickReply(ctx, in.ID)
		})
	type useIn struct {
		ID   string `path:"id" maxLength:"64" minLength:"1"`
		Body struct {
			ConversationID string `json:"conversation_id" minLength:"1" maxLength:"64"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "use-quick-reply", Method: "POST", Path: "/inbox/quick-replies/{id}/use", Tag: tag, Permission: mayWrite, Summary: "The reply with its variables filled in for a conversation, to be looked over and sent"},
		func(ctx context.Context, in *useIn) (*httpx.Body[httpx.List[Part]], error) {
			parts, err := s.UseQuickReply(ctx, in.ID, in.Body.ConversationID)
			return httpx.OK(httpx.List[Part]{Items: httpx.Items(parts)}), err
		})
}
