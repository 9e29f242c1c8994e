package wire

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the platform's signature is SHA-1; it cannot be chosen
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
)

// Why a callback was not accepted. None of them says more to the sender than
// that it was refused.
var (
	ErrKey       = errors.New("wire: the EncodingAESKey must be 43 characters that decode to 32 bytes")
	ErrSignature = errors.New("wire: the signature does not match")
	ErrCipher    = errors.New("wire: the content is not what the key encrypts")
	ErrReceiver  = errors.New("wire: the message is for another receiver")
)

// block is the platform's own PKCS#7 block in bytes: twice that of AES.
const block = 32

// Crypto opens and seals the callbacks of one account. It is safe for
// concurrent use.
type Crypto struct {
	token    string
	receiver string
	key      []byte
	aes      cipher.Block
}

// NewCrypto returns the crypto of an account: the token and the 43 characters
// of EncodingAESKey as typed into the platform's console, and the receive-id
// (the corp id of WeCom, the app id of an official account). The error is ErrKey.
func NewCrypto(token, encodingAESKey, receiver string) (*Crypto, error) {
	// The last of the 43 characters carries two bits that nobody reads, so not Strict.
	key, err := base64.StdEncoding.DecodeString(encodingAESKey + "=")
	if err != nil || len(key) != 32 {
		return nil, ErrKey
	}
	b, err := aes.NewCipher(key)
	if err != nil {
		return nil, ErrKey
	}
	return &Crypto{token: token, receiver: receiver, key: key, aes: b}, nil
}

// Sign is the platform's signature: the hexadecimal SHA-1 of the parts,
// sorted and joined.
func Sign(parts ...string) string {
	sorted := slices.Clone(parts)
	slices.Sort(sorted)
	sum := sha1.Sum([]byte(strings.Join(sorted, ""))) //nolint:gosec // see the import
	return hex.EncodeToString(sum[:])
}

// Signed reports, in constant time, whether signature is that of the parts.
func Signed(signature string, parts ...string) bool {
	want := Sign(parts...)
	return len(signature) == len(want) && subtle.ConstantTimeCompare([]byte(strings.ToLower(signature)), []byte(want)) == 1
}

// Open returns the message inside encrypted (base64). The signature is checked
// before anything is decrypted, and the receive-id before the message is given
// out. The error is ErrSignature, ErrCipher or ErrReceiver.
func (c *Crypto) Open(signature, timestamp, nonce, encrypted string) ([]byte, error) {
	if !Signed(signature, c.token, timestamp, nonce, encrypted) {
		return nil, ErrSignature
	}
	sealed, err := base64.StdEncoding.DecodeString(encrypted)
	if err != nil || len(sealed) == 0 || len(sealed)%aes.BlockSize != 0 {
		return nil, ErrCipher
	}
	plain := make([]byte, len(sealed))
	cipher.NewCBCDecrypter(c.aes, c.key[:aes.BlockSize]).CryptBlocks(plain, sealed)
	plain, ok := unpad(plain)
	const head = 16 + 4 // random bytes, then the length of the message
	if !ok || len(plain) < head {
		return nil, ErrCipher
	}
	n := uint64(binary.BigEndian.Uint32(plain[16:head]))
	if n > uint64(len(plain)-head) {
		return nil, ErrCipher
	}
	message, receiver := plain[head:head+n], plain[head+n:]
	if subtle.ConstantTimeCompare(receiver, []byte(c.receiver)) != 1 {
		return nil, ErrReceiver
	}
	return message, nil
}

// Seal encrypts a message as the platform does and signs it: for replies, and
// for whoever plays the platform.
func (c *Crypto) Seal(timestamp, nonce string, message []byte) (encrypted, signature string) {
	plain := make([]byte, 20, 20+len(message)+len(c.receiver)+block)
	_, _ = rand.Read(plain[:16]) // never fails: it ends the program without randomness
	binary.BigEndian.PutUint32(plain[16:], uint32(len(message)))
	plain = append(append(plain, message...), c.receiver...)
	pad := block - len(plain)%block
	for range pad {
		plain = append(plain, byte(pad))
	}
	cipher.NewCBCEncrypter(c.aes, c.key[:aes.BlockSize]).CryptBlocks(plain, plain)
	encrypted = base64.StdEncoding.EncodeToString(plain)
	return encrypted, Sign(c.token, timestamp, nonce, encrypted)
}

// unpad takes the padding off, all of whose bytes must say how long it is.
func unpad(b []byte) ([]byte, bool) {
	n := int(b[len(b)-1])
	if n < 1 || n > block || n > len(b) {
		return nil, false
	}
	for _, c := range b[len(b)-n:] {
		if int(c) != n {
			return nil, false
		}
	}
	return b[:len(b)-n], true
}
