package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// KeyBytes is the length of a key: AES-256.
const KeyBytes = 32

// sealedPrefix starts every sealed value and names the layout, so that another
// algorithm can follow without guessing.
const sealedPrefix = "fp1."

// Why a value could not be opened. ErrUnknownKey asks an operator to supply an
// older key; ErrTampered means that the value, its organisation or its purpose is
// not what was sealed. Neither says anything of the content.
var (
	ErrMalformed  = errors.New("secret: not a sealed value")
	ErrUnknownKey = errors.New("secret: sealed under a key that is not loaded")
	ErrTampered   = errors.New("secret: value does not belong here or was altered")
)

// Keyring seals values under its first key and opens them under any of its keys.
// It is safe for concurrent use and never changes after New.
type Keyring struct {
	current string
	ciphers map[string]cipher.AEAD
}

// New returns a keyring that seals under the first key and opens under all of
// them. It fails without a key, or with one that is not KeyBytes long.
func New(keys ...[]byte) (*Keyring, error) {
	if len(keys) == 0 {
		return nil, errors.New("secret: no key")
	}

	ring := &Keyring{current: keyID(keys[0]), ciphers: make(map[string]cipher.AEAD, len(keys))}
	for i, key := range keys {
		if len(key) != KeyBytes {
			return nil, fmt.Errorf("secret: key %d has %d bytes, want %d", i+1, len(key), KeyBytes)
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("secret: key %d: %w", i+1, err)
		}
		// A random nonce beside the value: at 96 bits one key may seal four
		// billion values before two nonces are likely to meet. Settings and
		// credentials stay many orders below that.
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, fmt.Errorf("secret: key %d: %w", i+1, err)
		}
		ring.ciphers[keyID(key)] = aead
	}
	return ring, nil
}

// Seal encrypts plain so that only Open with the same organisation and purpose
// reads it. The purpose names the column, such as "org.oidc_client_secret". The
// result is printable ASCII; sealing the same value twice gives two results.
func (k *Keyring) Seal(orgID, purpose string, plain []byte) string {
	box := k.ciphers[k.current].Seal(nil, nil, plain, associated(orgID, purpose))
	return sealedPrefix + k.current + "." + base64.RawURLEncoding.EncodeToString(box)
}

// Open decrypts what Seal made for the same organisation and purpose. The error is
// ErrMalformed, ErrUnknownKey or ErrTampered.
func (k *Keyring) Open(orgID, purpose, sealed string) ([]byte, error) {
	id, box, err := parse(sealed)
	if err != nil {
		return nil, err
	}
	aead, ok := k.ciphers[id]
	if !ok {
		return nil, ErrUnknownKey
	}
	plain, err := aead.Open(nil, nil, box, associated(orgID, purpose))
	if err != nil {
		return nil, ErrTampered
	}
	return plain, nil
}

// SealString is Seal for text.
func (k *Keyring) SealString(orgID, purpose string, plain Redacted) string {
	return k.Seal(orgID, purpose, []byte(plain))
}

// OpenString is Open for text. The result does not print itself.
func (k *Keyring) OpenString(orgID, purpose, sealed string) (Redacted, error) {
	plain, err := k.Open(orgID, purpose, sealed)
	return Redacted(plain), err
}

// Stale reports whether a sealed value should be sealed anew: it was sealed under
// another key than the one that seals now, or is not a sealed value at all.
func (k *Keyring) Stale(sealed string) bool {
	id, _, err := parse(sealed)
	return err != nil || id != k.current
}

// KeyID names the key that seals: eight hexadecimal characters that tell two keys
// apart and nothing about either. It may be logged.
func (k *Keyring) KeyID() string { return k.current }

func parse(sealed string) (id string, box []byte, err error) {
	rest, ok := strings.CutPrefix(sealed, sealedPrefix)
	if !ok {
		return "", nil, ErrMalformed
	}
	id, text, ok := strings.Cut(rest, ".")
	if !ok || id == "" {
		return "", nil, ErrMalformed
	}
	box, err = base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return "", nil, ErrMalformed
	}
	return id, box, nil
}

// associated binds a value to its place. The length before the organisation keeps
// ("ab", "c") and ("a", "bc") apart.
func associated(orgID, purpose string) []byte {
	return fmt.Appendf(nil, "%s%d:%s:%s", sealedPrefix, len(orgID), orgID, purpose)
}

// keyID derives a key's public name. The hash is over a label too, so that the name
// is of no use for anything else the key might serve for.
func keyID(key []byte) string {
	sum := sha256.Sum256(append([]byte("fishpond key id\x00"), key...))
	return hex.EncodeToString(sum[:4])
}

// NewKey returns a fresh random key.
func NewKey() []byte {
	key := make([]byte, KeyBytes)
	// crypto/rand.Read never fails: it ends the program when the system has no
	// randomness.
	_, _ = rand.Read(key)
	return key
}
