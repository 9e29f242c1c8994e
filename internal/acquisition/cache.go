package acquisition

import (
	"context"
	"sync"
	"time"

	"fishpond/internal/acquisition/credit"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// Drawing a cube reads all facts. It is kept until the facts have changed;
// that of a large org for a minute in any case, as an org of that size has a
// new fact each moment.
const (
	maxCubes   = 8
	largeFacts = 200_000
	largeStays = time.Minute
)

type cubeKey struct {
	org    string
	model  credit.Model
	window int64
}

// cubes keeps the cubes that were asked for last.
type cubes struct {
	mu  sync.Mutex
	by  map[cubeKey]*cube
	use []cubeKey // the latest at the end
}

func (c *cubes) get(key cubeKey) *cube {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.by[key]
}

func (c *cubes) put(key cubeKey, made *cube) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil {
		c.by = map[cubeKey]*cube{}
	}
	if c.by[key] == nil {
		c.use = append(c.use, key)
		if len(c.use) > maxCubes {
			delete(c.by, c.use[0])
			c.use = c.use[1:]
		}
	}
	c.by[key] = made
}

func (s *Service) cubeOf(ctx context.Context, tx *db.Tx, orgID string, set OrgSettings, model credit.Model, windowDays int64) (*cube, error) {
	revision, facts, err := revisionOf(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	key := cubeKey{orgID, model, windowDays}
	now := clock.Micros(s.now())
	if c := s.cubes.get(key); c != nil && c.zone == set.Zone.String() && c.currency == set.Currency && now >= c.asOf {
		// Time alone makes persons ripe: not exact to the second, but to the minute.
		young := now-c.asOf < largeStays.Microseconds()
		if young && (c.revision == revision || facts >= largeFacts) {
			return c, nil
		}
	}
	c, err := s.build(ctx, tx, orgID, set, model, windowDays)
	if err != nil {
		return nil, err
	}
	c.revision = revision
	s.cubes.put(key, c)
	return c, nil
}
