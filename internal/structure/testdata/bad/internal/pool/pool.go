package pool

import (
	"time"

	_ "fishpond/internal/mall/mallevent"
	_ "fishpond/internal/platform/db"
	_ "fishpond/internal/pool/poolevent"
	_ "fishpond/internal/timeline"

	_ "github.com/danielgtaylor/huma/v2"
)

// own is the module's own table, which it may use.
const own = `
INSERT INTO person (org_id, id) SELECT org_id, id FROM person_draft`

func init() { _ = time.Now() }
