// Package secret keeps what must not be read by whoever finds a copy of the
// database or of the log: it seals values at rest under a key that lives outside
// the database, and gives values that pass through memory a type that does not
// print itself.
//
// A [Keyring] holds one key that seals and any number of older ones that only
// open, so that a key can be changed without a moment at which old values are
// lost. Each sealed value names its key, and is bound to an organisation and a
// purpose: a value copied into another organisation's row, or into another column,
// does not open.
package secret
