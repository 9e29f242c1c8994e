//go:build !console

package web

import "embed"

// dist is empty without the build tag: Handler then serves the placeholder.
var dist embed.FS
