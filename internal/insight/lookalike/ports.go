package lookalike

import (
	"context"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/insight"
)

// Family is features of one kind, such as the values of one trait.
type Family struct {
	Key    string // tag, trait:skin, channel, region, owner, product, week
	Label  string // as people read it
	Slices []insight.Slice
}

// Audience answers for the pool as it is now, and for segments. The bitmaps hold the
// numbers of those who speak for themselves; they are shared and not to be changed.
type Audience interface {
	// Everybody is all people of the pool.
	Everybody(ctx context.Context, orgID string) (*roaring.Bitmap, error)
	// Segment is the name and the members of one; errs.CodeNotFound.
	Segment(ctx context.Context, orgID, id string) (name string, members *roaring.Bitmap, err error)
	// Families are what people are cut by: tags, traits, channels, regions, owners.
	Families(ctx context.Context, orgID string) ([]Family, error)
}

// Events answers for everybody's events.
type Events interface {
	Beginnings(ctx context.Context, orgID, stay string, days int) (insight.Beginnings, error)
}
