package org

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// Length of a password in characters.
const (
	minPassword = 10
	maxPassword = 256
)

// Passwords that everybody tries first, long enough to pass the length.
var tooCommon = []string{"1234567890", "0123456789", "0987654321", "12345678910", "1qaz2wsx3edc", "q1w2e3r4t5", "qwertyuiop", "password123", "password1234", "passw0rd123", "administrator", "woaini1314", "woaini520", "iloveyou123", "1234567890a", "a1234567890", "abcd123456", "abc1234567", "qwer123456", "qwerty123456", "fishpond123"}

// checkPassword refuses passwords that are short or that anybody would guess
// from the words (names, e-mail) that go with the account.
func checkPassword(path, password, email string, words ...string) error {
	n := utf8.RuneCountInString(password)
	switch {
	case n < minPassword:
		return errs.InvalidField(path, i18n.T("密码至少 %d 个字符", "A password has at least %d characters", minPassword))
	case n > maxPassword:
		return errs.InvalidField(path, i18n.T("密码最多 %d 个字符", "A password has at most %d characters", maxPassword))
	}
	key := nameKey(password)
	local, _, _ := strings.Cut(email, "@")
	for _, w := range append(append([]string{email, local}, tooCommon...), words...) {
		if nameKey(w) != "" && (key == nameKey(w) || key == nameKey(w+w)) {
			return errs.InvalidField(path, i18n.T("密码不能是邮箱、姓名、企业名称或常见密码", "The password cannot be the e-mail, a name, the org's name or a common one"))
		}
	}
	if strings.Trim(password, password[:1]) == "" {
		return errs.InvalidField(path, i18n.T("密码不能是同一个字符的重复", "The password cannot be one character repeated"))
	}
	return nil
}

// argonParams are the costs of a hash. They stand in each hash, so that they
// can be raised: older hashes are then made anew at the next sign-in.
type argonParams struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
}

const (
	saltBytes = 16
	hashBytes = 32
	// More callers than this waiting for a hash means an attack or a machine
	// that is too small; turning some away keeps the rest quick.
	maxWaiting = 64
)

// hasher hashes passwords with argon2id, a few at a time: memory is what
// makes the hash costly to attack, and would be our own undoing unbounded.
type hasher struct {
	params  argonParams
	slots   chan struct{}
	waiting atomic.Int32
}

func newHasher() *hasher {
	return &hasher{params: argonParams{memory: 32 * 1024, passes: 3, threads: 1}, slots: make(chan struct{}, max(2, min(4, runtime.GOMAXPROCS(0))))}
}

func (h *hasher) enter(ctx context.Context) (leave func(), err error) {
	if h.waiting.Add(1) > maxWaiting {
		h.waiting.Add(-1)
		return nil, &errs.Error{Code: errs.CodeUnavailable, Text: i18n.T("现在登录的人太多，请稍后再试", "Too many people are signing in; try again shortly"), RetryAfter: 5 * time.Second}
	}
	defer h.waiting.Add(-1)
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// hash gives the password's hash in PHC form.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	salt := make([]byte, saltBytes)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("org: salt: %w", err)
	}
	p := h.params
	sum := argon2.IDKey([]byte(password), salt, p.passes, p.memory, p.threads, hashBytes)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.memory, p.passes, p.threads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(sum)), nil
}

// verify compares a password with a stored hash in constant time. Without a
// hash it does the same work and says no, so that the time taken does not
// tell who has an account. stale: the hash has other costs than new ones.
func (h *hasher) verify(ctx context.Context, stored, password string) (ok, stale bool, err error) {
	p, salt, want := h.params, make([]byte, saltBytes), make([]byte, hashBytes)
	if stored != "" {
		if p, salt, want, err = parsePHC(stored); err != nil {
			return false, false, err
		}
	}
	leave, err := h.enter(ctx)
	if err != nil {
		return false, false, err
	}
	defer leave()
	got := argon2.IDKey([]byte(password), salt, p.passes, p.memory, p.threads, uint32(len(want)))
	same := subtle.ConstantTimeCompare(got, want) == 1
	return same && stored != "", p != h.params, nil
}

var errPHC = errors.New("org: stored password hash is not readable")

func parsePHC(s string) (p argonParams, salt, sum []byte, err error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, nil, nil, errPHC
	}
	if n, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.passes, &p.threads); err != nil || n != 3 {
		return p, nil, nil, errPHC
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	sum, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	// The bounds keep a damaged row from taking all memory.
	if err1 != nil || err2 != nil || len(salt) < 8 || len(sum) < 16 || len(sum) > 64 ||
		p.memory > 1<<20 || p.passes < 1 || p.passes > 16 || p.threads < 1 || p.threads > 16 {
		return p, nil, nil, errPHC
	}
	return p, salt, sum, nil
}
