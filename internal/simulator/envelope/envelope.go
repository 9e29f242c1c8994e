// Package envelope closes and signs callbacks as the platform does. Documentation
// pages: 「加解密方案说明」 of WeCom, 「消息加解密说明」 of the official account platform; both
// describe the same scheme.
package envelope

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the platform's signature is SHA-1
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// block is what PKCS#7 pads to: the platform uses 32 bytes, not the 16 of AES.
const block = 32

// Seal opens and closes envelopes of one receiver.
type Seal struct {
	token     string
	key       []byte
	receiveID string
}

// New makes a Seal. encodingAESKey has 43 characters; receiveID is the corp id, or
// the official account's app id.
func New(token, encodingAESKey, receiveID string) (*Seal, error) {
	key, err := Key(encodingAESKey)
	if err != nil {
		return nil, err
	}
	return &Seal{token: token, key: key, receiveID: receiveID}, nil
}

// Key decodes an EncodingAESKey of 43 characters to its 32 bytes.
func Key(encodingAESKey string) ([]byte, error) {
	if len(encodingAESKey) != 43 {
		return nil, fmt.Errorf("an EncodingAESKey has 43 characters, this one has %d", len(encodingAESKey))
	}
	// The last character may carry bits beyond 32 bytes; the platform ignores them.
	key, err := base64.StdEncoding.DecodeString(encodingAESKey + "=")
	if err != nil {
		return nil, fmt.Errorf("EncodingAESKey: %w", err)
	}
	return key, nil
}

// Sign is the hex SHA-1 of the sorted parts, joined.
func Sign(parts ...string) string {
	parts = slices.Clone(parts)
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, ""))) //nolint:gosec // as above
	return hex.EncodeToString(sum[:])
}

// Signature is the msg_signature over an encrypted text.
func (s *Seal) Signature(timestamp, nonce, encrypted string) string {
	return Sign(s.token, timestamp, nonce, encrypted)
}

// Encrypt closes a message: base64 of AES-256-CBC over 16 random bytes, the length,
// the message and the receive id.
func (s *Seal) Encrypt(message []byte) (string, error) {
	plain := make([]byte, 20, 20+len(message)+len(s.receiveID)+block)
	if _, err := rand.Read(plain[:16]); err != nil {
		return "", err
	}
	binary.BigEndian.PutUint32(plain[16:], uint32(len(message)))
	plain = append(plain, message...)
	plain = append(plain, s.receiveID...)
	pad := block - len(plain)%block
	plain = append(plain, bytes.Repeat([]byte{byte(pad)}, pad)...)
	c, err := aes.NewCipher(s.key)
	if err != nil {
		return "", err
	}
	cipher.NewCBCEncrypter(c, s.key[:aes.BlockSize]).CryptBlocks(plain, plain)
	return base64.StdEncoding.EncodeToString(plain), nil
}

var errEnvelope = errors.New("the envelope cannot be opened")

// Decrypt opens an encrypted text and returns the message and the receive id in it.
func (s *Seal) Decrypt(encrypted string) (message []byte, receiveID string, err error) {
	data, err := base64.StdEncoding.DecodeString(encrypted)
	if err != nil || len(data) == 0 || len(data)%aes.BlockSize != 0 {
		return nil, "", errEnvelope
	}
	c, err := aes.NewCipher(s.key)
	if err != nil {
		return nil, "", err
	}
	cipher.NewCBCDecrypter(c, s.key[:aes.BlockSize]).CryptBlocks(data, data)
	pad := int(data[len(data)-1])
	if pad < 1 || pad > block || len(data)-pad < 20 {
		return nil, "", errEnvelope
	}
	data = data[16 : len(data)-pad]
	n := int(binary.BigEndian.Uint32(data))
	if n > len(data)-4 {
		return nil, "", errEnvelope
	}
	return data[4 : 4+n], string(data[4+n:]), nil
}
