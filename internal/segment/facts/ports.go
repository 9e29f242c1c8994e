package facts

import (
	"context"

	"fishpond/internal/platform/db"
	"fishpond/internal/segment/predicate/plan"
)

// Place is a person's number and the number of who speaks for them now.
type Place struct{ Own, Speaker uint32 }

// Portrait is how a person is now, together with all whom they speak for.
type Portrait struct {
	ID      string
	Members map[string]uint32 // all whom they speak for, themselves too: id → number
	// Person holds what others know of them. Segments, Lists, Channel, scores
	// and Events are left out; traits are values as from JSON.
	Person plan.Person
}

// People answers for the rest of the house.
type People interface {
	// Places tells the numbers of persons by id; unknown ids are left out.
	Places(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]Place, error)
	// Portraits draws those who speak for the given persons, each once, by
	// ascending number.
	Portraits(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) ([]Portrait, error)
	// Traits lists the declared traits with their types.
	Traits(ctx context.Context, tx *db.Tx, orgID string) ([]plan.Attr, error)
	// Scores gives the RFM scores, in that order and from 1 to 5, of those who
	// have any, by the id of who speaks.
	Scores(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string][3]int64, error)
}

// Lists tells on which lists made by hand persons are, by their own ids.
type Lists interface {
	ListsOf(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string][]string, error)
}
