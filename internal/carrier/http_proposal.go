package carrier

import (
	"context"

	"fishpond/internal/platform/httpx"
)

// ProposalPath names a proposal in a path.
type ProposalPath struct {
	ID string `path:"id" maxLength:"64" doc:"The proposal"`
}

func (s *Service) proposalRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-proposals", Method: "GET", Path: "/carriers/proposals", Summary: "Whom people may be by what they said in chats, the newest first", Tag: "carrier", Permission: "carrier.link"},
		func(ctx context.Context, in *struct {
			httpx.PageQuery
			Status   string `query:"status" enum:"proposed,accepted,refused,undone,"`
			PersonID string `query:"person_id" maxLength:"64" doc:"About one person; needed by those who see only their own customers"`
		}) (*httpx.Body[httpx.Page[Proposal]], error) {
			f := ProposalFilter{Status: in.Status, PersonID: in.PersonID, Limit: in.Limit + 1}
			if err := httpx.DecodeCursor(in.Cursor, &f.Before); err != nil {
				return nil, err
			}
			items, err := s.Proposals(ctx, f)
			if err != nil {
				return nil, err
			}
			return httpx.OK(page(items, in.Limit, func(p Proposal) any { return p.ID })), nil
		})
	for _, verb := range []struct {
		id, path, summary string
		do                func(context.Context, string) (Proposal, error)
	}{
		{"accept-proposal", "accept", "Note what was said, or merge the two whom it shows to be one", s.AcceptProposal},
		{"refuse-proposal", "refuse", "Say that it is not so; the same is not proposed again", s.RefuseProposal},
		{"undo-proposal", "undo", "Take back what accepting did", s.UndoProposal},
	} {
		httpx.Handle(r, httpx.Op{ID: verb.id, Method: "POST", Path: "/carriers/proposals/{id}/" + verb.path, Summary: verb.summary, Tag: "carrier", Permission: "carrier.link"},
			func(ctx context.Context, in *ProposalPath) (*httpx.Body[Proposal], error) {
				return answer(verb.do(ctx, in.ID))
			})
	}
}
