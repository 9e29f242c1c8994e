// Package segment measures how fast segments are found: by the index in
// memory, and by SQLite and PostgreSQL over the same made-up people with the
// best indexes that we know. `fishpond bench segment` runs it.
package segment
