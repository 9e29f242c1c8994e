// Package db has found a business word.
package db

import _ "fishpond/internal/timeline"
