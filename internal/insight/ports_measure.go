package insight

import (
	"context"

	"github.com/RoaringBitmap/roaring/v2"

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

// PersonBehind is somebody as lists of people behind a figure show them.
type PersonBehind struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Stage  string `json:"stage"`
	Region string `json:"region"`
	Orders int64  `json:"orders"`
}

// Audience answers for the pool as it is now, and for segments. The bitmaps
// hold the numbers of those who speak for themselves.
type Audience interface {
	// Slices cuts the pool by a property of persons. key names the trait, or
	// the group of tags. Slices by tag and by lists may overlap.
	Slices(ctx context.Context, orgID, by, key string) ([]Slice, error)
	// Persons shows persons in the order given. Who has left meanwhile is left
	// out.
	Persons(ctx context.Context, orgID string, seqs []uint32) ([]PersonBehind, error)
	// SaveSegment makes a segment of exactly these persons, for the actor in
	// ctx.
	SaveSegment(ctx context.Context, orgID, name, description string, seqs []uint32) (segmentID string, err error)
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
	Later    Later // nil: what is asked for waits for the night
}

// SetMeasure tells the module those ports, once, before it is used.
func (s *Service) SetMeasure(p MeasurePorts) { s.measure = p }
