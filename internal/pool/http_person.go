package pool

import (
	"context"
	"strings"

	"fishpond/internal/platform/httpx"
	"fishpond/internal/timeline"
)

// none is the answer without a body.
type none = struct{}

func (s *Service) personRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "create-person", Method: "POST", Path: "/persons", Summary: "Add a customer", Tag: "pool", Permission: "pool.write", Status: 201},
		func(ctx context.Context, in *struct{ Body PersonInput }) (*httpx.Body[PersonDetail], error) {
			return answer(s.Create(ctx, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "get-person", Method: "GET", Path: "/persons/{id}", Summary: "A customer", Tag: "pool", Permission: "pool.read"},
		func(ctx context.Context, in *PersonPath) (*httpx.Body[PersonDetail], error) {
			return answer(s.Get(ctx, in.ID))
		})
	type patchIn struct {
		PersonPath
		Body PersonPatch
	}
	httpx.Handle(r, httpx.Op{ID: "update-person", Method: "PATCH", Path: "/persons/{id}", Summary: "Change a customer", Tag: "pool", Permission: "pool.write"},
		func(ctx context.Context, in *patchIn) (*httpx.Body[PersonDetail], error) {
			return answer(s.Patch(ctx, in.ID, in.Body))
		})
	type addIn struct {
		PersonPath
		Body struct {
			Kind  string `json:"kind" maxLength:"40"`
			Value string `json:"value" maxLength:"256"`
		}
	}
	httpx.Handle(r, httpx.Op{ID: "add-identity", Method: "POST", Path: "/persons/{id}/identities", Summary: "Give a customer an identity", Tag: "pool", Permission: "pool.write"},
		func(ctx context.Context, in *addIn) (*httpx.Body[PersonDetail], error) {
			return answer(s.AddIdentity(ctx, in.ID, Identity{in.Body.Kind, in.Body.Value}))
		})
	type removeIn struct {
		PersonPath
		Kind  string `query:"kind" required:"true" maxLength:"40"`
		Value string `query:"value" required:"true" maxLength:"256"`
	}
	httpx.Handle(r, httpx.Op{ID: "remove-identity", Method: "DELETE", Path: "/persons/{id}/identities", Summary: "Take an identity from a customer", Tag: "pool", Permission: "pool.write"},
		func(ctx context.Context, in *removeIn) (*none, error) {
			return nil, s.RemoveIdentity(ctx, in.ID, Identity{in.Kind, in.Value})
		})
	type timelineIn struct {
		PersonPath
		httpx.PageQuery
		Kind string `query:"kind" maxLength:"400" pattern:"^[a-z0-9_.,]*$" doc:"One kind or several, with commas; empty: all"`
	}
	httpx.Handle(r, httpx.Op{ID: "person-timeline", Method: "GET", Path: "/persons/{id}/timeline", Summary: "What happened to a customer", Tag: "pool", Permission: "pool.read"},
		func(ctx context.Context, in *timelineIn) (*httpx.Body[httpx.Page[TimelineEvent]], error) {
			var before timeline.Cursor
			if err := httpx.DecodeCursor(in.Cursor, &before); err != nil {
				return nil, err
			}
			kinds := strings.FieldsFunc(in.Kind, func(r rune) bool { return r == ',' })
			items, next, err := s.Timeline(ctx, in.ID, kinds, before, in.Limit)
			return answer(page(items, next != (timeline.Cursor{}), next), err)
		})
}

// NotePath is a note in an address.
type NotePath struct {
	PersonPath
	NoteID string `path:"note_id" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$"`
}

// NoteBody is a note's text.
type NoteBody struct {
	Text string `json:"text" minLength:"1" maxLength:"5000"`
}

func (s *Service) noteRoutes(r *httpx.Router) {
	type listIn struct {
		PersonPath
		httpx.PageQuery
	}
	httpx.Handle(r, httpx.Op{ID: "list-notes", Method: "GET", Path: "/persons/{id}/notes", Summary: "Notes on a customer", Tag: "pool", Permission: "pool.read"},
		func(ctx context.Context, in *listIn) (*httpx.Body[httpx.Page[Note]], error) {
			var after place
			if err := httpx.DecodeCursor(in.Cursor, &after); err != nil {
				return nil, err
			}
			items, next, err := s.Notes(ctx, in.ID, after, in.Limit)
			return answer(page(items, next != (place{}), next), err)
		})
	type addIn struct {
		PersonPath
		Body NoteBody
	}
	httpx.Handle(r, httpx.Op{ID: "add-note", Method: "POST", Path: "/persons/{id}/notes", Summary: "Write a note", Tag: "pool", Permission: "pool.write", Status: 201},
		func(ctx context.Context, in *addIn) (*httpx.Body[Note], error) {
			return answer(s.AddNote(ctx, in.ID, in.Body.Text))
		})
	type editIn struct {
		NotePath
		Body NoteBody
	}
	httpx.Handle(r, httpx.Op{ID: "edit-note", Method: "PATCH", Path: "/persons/{id}/notes/{note_id}", Summary: "Change a note", Tag: "pool", Permission: "pool.write"},
		func(ctx context.Context, in *editIn) (*httpx.Body[Note], error) {
			return answer(s.EditNote(ctx, in.ID, in.NoteID, in.Body.Text))
		})
	httpx.Handle(r, httpx.Op{ID: "delete-note", Method: "DELETE", Path: "/persons/{id}/notes/{note_id}", Summary: "Delete a note", Tag: "pool", Permission: "pool.write"},
		func(ctx context.Context, in *NotePath) (*none, error) {
			return nil, s.DeleteNote(ctx, in.ID, in.NoteID)
		})
	httpx.Handle(r, httpx.Op{ID: "list-consents", Method: "GET", Path: "/persons/{id}/consents", Summary: "All that a customer said on consent", Tag: "pool", Permission: "pool.read"},
		func(ctx context.Context, in *PersonPath) (*httpx.Body[httpx.List[Consent]], error) {
			items, err := s.Consents(ctx, in.ID)
			return list(items, err)
		})
	type consentIn struct {
		PersonPath
		Body ConsentInput
	}
	httpx.Handle(r, httpx.Op{ID: "record-consent", Method: "POST", Path: "/persons/{id}/consents", Summary: "Record consent or its withdrawal", Tag: "pool", Permission: "pool.write", Status: 201},
		func(ctx context.Context, in *consentIn) (*httpx.Body[Consent], error) {
			return answer(s.RecordConsent(ctx, in.ID, in.Body))
		})
}
