package org

// Sealer keeps secrets at rest: sealed for one org and purpose, they open for
// no other. Satisfied by platform/secret's Keyring.
type Sealer interface {
	Seal(orgID, purpose string, plain []byte) string
	Open(orgID, purpose, sealed string) ([]byte, error)
}
