package mall

import (
	_ "fishpond/internal/pool"
	_ "fishpond/internal/pool/poolevent"

	_ "modernc.org/sqlite"
)

const (
	joined  = `SELECT 1 FROM mall_order o JOIN person p ON p.id = o.person_id`
	written = "person_draft"
	prose   = "an update person by person, from person to person"
)
