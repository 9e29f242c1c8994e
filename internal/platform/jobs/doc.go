// Package jobs runs what must happen later, outside a request: chunks of work,
// timers, calls to other systems. A job is enqueued in the caller's transaction, so
// that it exists exactly when the state that asks for it does; it then runs at
// least once, is tried again with growing pauses when it fails, and ends among the
// dead letters when it keeps failing, where an operator sees it, tries it again or
// throws it away.
//
// River does the work behind this package, on both engines through database/sql;
// no other package imports it. One job per chunk of a few thousand rows is right,
// one per person or per event is not: SQLite takes some 3,000 jobs a second.
//
// Because a job may run twice (the process can die between the work and its
// record), a handler's effects in the database must be idempotent, and its effects
// outside must carry an idempotency key; the job's id serves as one.
//
// Tables: those of River (river_job and its kin). Their rows carry the organisation
// in the metadata rather than in the key, because their shape is River's; every
// query of this package that serves an organisation filters by it.
package jobs
