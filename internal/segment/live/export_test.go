package live

import (
	"context"

	"github.com/RoaringBitmap/roaring/v2"
)

// Save saves an org's index, as Run does now and then.
func (e *Engine) Save(ctx context.Context, orgID string) error { return e.org(orgID).trySave(ctx) }

// Believed is what settling believes of everybody in the pool, looked at one by one.
func (e *Engine) Believed(ctx context.Context, orgID, id string, of *roaring.Bitmap) (*roaring.Bitmap, error) {
	v := e.org(orgID).view.Load()
	w := &view{o: v.o, snap: v.snap, defs: v.defs, known: map[string]*known{}}
	return w.among(ctx, id, of)
}

// Step follows a little and settles a little.
func (e *Engine) Step(ctx context.Context, orgID string) (more bool, err error) {
	return e.org(orgID).step(ctx)
}

// Follow follows a little and settles nothing yet.
func (e *Engine) Follow(ctx context.Context, orgID string) error {
	o := e.org(orgID)
	o.mu.Lock()
	defer o.mu.Unlock()
	_, err := o.follow(ctx)
	return err
}

// TurnSize is how many changes are recorded at once.
const TurnSize = turnSize
