package insight

import (
	"context"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/insight/behind"
	"fishpond/internal/platform/db"
)

// Registry answers for the pool: persons have numbers there, which never
// change.
type Registry interface {
	// Numbers tells the own number of each of the persons that there are,
	// whoever speaks for them.
	Numbers(ctx context.Context, tx *db.Tx, orgID string, personIDs []string) (map[string]uint32, error)
}

// Slice is the persons who have something in common.
type Slice struct {
	Value   string // of the property
	Label   string // as people read it
	Members *roaring.Bitmap
}

// Audience answers for the pool as it is now. The bitmaps hold the numbers of those who speak for themselves.
type Audience interface {
	// Slices cuts the pool by a property of persons. key names the trait, or
	// the group of tags. Slices by tag and by lists may overlap.
	Slices(ctx context.Context, orgID, by, key string) ([]Slice, error)
}

// Later has work of an org done soon, outside the caller's transaction.
type Later interface {
	// Refit calls Service.RefitAsked for the org once the transaction has
	// committed. Calls while one waits are one.
	Refit(ctx context.Context, tx *db.Tx, orgID string) error
}

// MeasurePorts are what funnels, retention and paths need of others.
type MeasurePorts struct {
	People   Registry
	Audience Audience
	Desk     *behind.Desk
	Later    Later // nil: what is asked for waits for the night
}

// SetMeasure tells the module those ports, once, before it is used.
func (s *Service) SetMeasure(p MeasurePorts) { s.measure = p }
