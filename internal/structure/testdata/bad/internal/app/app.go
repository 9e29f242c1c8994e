// Package app knows every module, as it may.
package app

import (
	_ "fishpond/internal/mall"
	_ "fishpond/internal/pool"
	_ "fishpond/internal/timeline"

	_ "github.com/riverqueue/river"
)

const peek = "SELECT count(*) FROM person WHERE org_id = ?"
