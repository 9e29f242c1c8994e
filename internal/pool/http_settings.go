package pool

import (
	"context"

	"fishpond/internal/platform/httpx"
)

// TagPath is a tag in an address.
type TagPath struct {
	TagID string `path:"tag_id" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$"`
}

func (s *Service) tagRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-tags", Method: "GET", Path: "/tags", Summary: "List tags", Tag: "pool", Permission: "pool.read"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[Tag]], error) {
			items, err := s.Tags(ctx)
			return list(items, err)
		})
	httpx.Handle(r, httpx.Op{ID: "create-tag", Method: "POST", Path: "/tags", Summary: "Make a tag", Tag: "pool", Permission: "pool.settings", Status: 201},
		func(ctx context.Context, in *struct{ Body TagInput }) (*httpx.Body[Tag], error) {
			return answer(s.CreateTag(ctx, in.Body))
		})
	type patchIn struct {
		TagPath
		Body TagPatch
	}
	httpx.Handle(r, httpx.Op{ID: "update-tag", Method: "PATCH", Path: "/tags/{tag_id}", Summary: "Change a tag", Tag: "pool", Permission: "pool.settings"},
		func(ctx context.Context, in *patchIn) (*httpx.Body[Tag], error) {
			return answer(s.UpdateTag(ctx, in.TagID, in.Body))
		})
	httpx.Handle(r, httpx.Op{ID: "delete-tag", Method: "DELETE", Path: "/tags/{tag_id}", Summary: "Delete a tag", Tag: "pool", Permission: "pool.settings"},
		func(ctx context.Context, in *TagPath) (*none, error) { return nil, s.DeleteTag(ctx, in.TagID) })
	httpx.Handle(r, httpx.Op{ID: "tag-person", Method: "PUT", Path: "/persons/{id}/tags/{tag_id}", Summary: "Give a customer a tag", Tag: "pool", Permission: "pool.write"},
		func(ctx context.Context, in *PersonTagPath) (*none, error) {
			return nil, s.TagPersons(ctx, []string{in.ID}, []string{in.TagID}, nil)
		})
	httpx.Handle(r, httpx.Op{ID: "untag-person", Method: "DELETE", Path: "/persons/{id}/tags/{tag_id}", Summary: "Take a tag from a customer", Tag: "pool", Permission: "pool.write"},
		func(ctx context.Context, in *PersonTagPath) (*none, error) {
			return nil, s.TagPersons(ctx, []string{in.ID}, nil, []string{in.TagID})
		})
	httpx.Handle(r, httpx.Op{ID: "tag-persons", Method: "POST", Path: "/persons/tags", Summary: "Tag many customers", Tag: "pool", Permission: "pool.write"},
		func(ctx context.Context, in *struct{ Body TagMany }) (*none, error) {
			return nil, s.TagPersons(ctx, in.Body.PersonIDs, in.Body.Add, in.Body.Remove)
		})
}

// PersonTagPath is a person and a tag in an address.
type PersonTagPath struct {
	PersonPath
	TagPath
}

// TagMany says which tags many persons get and lose.
type TagMany struct {
	PersonIDs []string `json:"person_ids" minItems:"1" maxItems:"500" nullable:"false"`
	Add       []string `json:"add,omitempty" maxItems:"50" nullable:"false" doc:"Tag ids"`
	Remove    []string `json:"remove,omitempty" maxItems:"50" nullable:"false" doc:"Tag ids"`
}

// TraitPath is a trait in an address.
type TraitPath struct {
	Key string `path:"key" maxLength:"40" pattern:"^[a-z0-9_]+$"`
}

func (s *Service) traitRoutes(r *httpx.Router) {
	httpx.Handle(r, httpx.Op{ID: "list-traits", Method: "GET", Path: "/traits", Summary: "List declared traits", Tag: "pool", Permission: "pool.read"},
		func(ctx context.Context, _ *struct{}) (*httpx.Body[httpx.List[TraitDef]], error) {
			items, err := s.Traits(ctx)
			return list(items, err)
		})
	httpx.Handle(r, httpx.Op{ID: "create-trait", Method: "POST", Path: "/traits", Summary: "Declare a trait", Tag: "pool", Permission: "pool.settings", Status: 201},
		func(ctx context.Context, in *struct{ Body TraitInput }) (*httpx.Body[TraitDef], error) {
			return answer(s.CreateTrait(ctx, in.Body))
		})
	type patchIn struct {
		TraitPath
		Body TraitPatch
	}
	httpx.Handle(r, httpx.Op{ID: "update-trait", Method: "PATCH", Path: "/traits/{key}", Summary: "Change a trait's declaration", Tag: "pool", Permission: "pool.settings"},
		func(ctx context.Context, in *patchIn) (*httpx.Body[TraitDef], error) {
			return answer(s.UpdateTrait(ctx, in.Key, in.Body))
		})
	type deleteIn struct {
		TraitPath
		Force bool `query:"force" doc:"Also delete the values that persons have"`
	}
	httpx.Handle(r, httpx.Op{ID: "delete-trait", Method: "DELETE", Path: "/traits/{key}", Summary: "Delete a trait's declaration", Tag: "pool", Permission: "pool.settings"},
		func(ctx context.Context, in *deleteIn) (*none, error) {
			return nil, s.DeleteTrait(ctx, in.Key, in.Force)
		})
	type setIn struct {
		PersonPath
		Body map[string]any
	}
	httpx.Handle(r, httpx.Op{ID: "set-traits", Method: "PUT", Path: "/persons/{id}/traits", Summary: "Set traits of a customer; null takes one back", Tag: "pool", Permission: "pool.write"},
		func(ctx context.Context, in *setIn) (*httpx.Body[PersonDetail], error) {
			return answer(s.SetTraits(ctx, in.ID, in.Body))
		})
}
