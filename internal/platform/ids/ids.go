// Package ids makes the opaque identifiers of rows and the secret tokens of
// links and sessions.
package ids

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"

	"github.com/google/uuid"
)

// New returns prefix, an underscore and a UUIDv7 (RFC 9562) in 32 hex digits:
// ids made later sort later, which keeps index inserts at the right edge.
func New(prefix string) string {
	u, err := uuid.NewV7()
	if err != nil {
		panic("ids: no randomness: " + err.Error()) // the system cannot run safely without it
	}
	return prefix + "_" + hex.EncodeToString(u[:])
}

// Token returns 256 random bits in base64url without padding (43 characters).
func Token() string {
	var b [32]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic("ids: no randomness: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Hash is the SHA-256 of a token in hex: what is stored in the token's place,
// so that a stolen database opens no session.
func Hash(token string) string {
	h := sha256.Sum256([]byte(token))
	return hex.EncodeToString(h[:])
}
