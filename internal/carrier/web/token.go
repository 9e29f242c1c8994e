package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"regexp"
	"strings"
)

// KeyBytes is the length of the key that signs an account's tokens.
const KeyBytes = 32

// visitorForm is what ids of browsers look like: a letter and 128 random bits.
var visitorForm = regexp.MustCompile(`^w[a-z2-7]{26}$`)

// lower writes bytes in letters and digits without capitals, so that the text
// survives systems that do not tell them apart.
var lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewVisitor makes up the id of a browser.
func NewVisitor() string {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic("web: no randomness: " + err.Error())
	}
	return "w" + lower.EncodeToString(b[:])
}

// NewKey makes a key for an account, as text.
func NewKey() string {
	var b [KeyBytes]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic("web: no randomness: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Token is what the browser keeps: its id and proof that it was given here, for
// this account.
func Token(key, account, visitor string) string { return visitor + "." + mark(key, account, visitor) }

// Read returns the browser's id from a token; ok is false for what was not
// given out for this account.
func Read(key, account, token string) (visitor string, ok bool) {
	visitor, signature, found := strings.Cut(token, ".")
	if !found || key == "" || !visitorForm.MatchString(visitor) {
		return "", false
	}
	if !hmac.Equal([]byte(signature), []byte(mark(key, account, visitor))) {
		return "", false
	}
	return visitor, true
}

func mark(key, account, visitor string) string {
	m := hmac.New(sha256.New, []byte(key))
	m.Write([]byte("fishpond web visitor 1\x00" + account + "\x00" + visitor)) // a hash never fails
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// FileMark proves that a visitor may read a file of their chat: pictures cannot
// carry a token.
func FileMark(key, account, visitor, file string) string {
	m := hmac.New(sha256.New, []byte(key))
	m.Write([]byte("fishpond web file 1\x00" + account + "\x00" + visitor + "\x00" + file)) // a hash never fails
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:18])
}

// MayRead checks a FileMark.
func MayRead(key, account, visitor, file, proof string) bool {
	return key != "" && visitorForm.MatchString(visitor) && hmac.Equal([]byte(proof), []byte(FileMark(key, account, visitor, file)))
}
