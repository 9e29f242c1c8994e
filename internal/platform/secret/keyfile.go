package secret

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// KeyFileName is the file in the data directory that holds the keys when none is
// configured.
const KeyFileName = "secret.key"

// Parse reads keys from configuration: one or several, separated by commas or line
// breaks, each 32 bytes in base64 (standard or URL alphabet) or hexadecimal. The
// first seals, the others only open. Lines that start with # are left out. The
// error never repeats what was given.
func Parse(text string) (*Keyring, error) {
	var keys [][]byte
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		for field := range strings.SplitSeq(line, ",") {
			key, err := parseKey(strings.TrimSpace(field))
			if err != nil {
				return nil, fmt.Errorf("secret: key %d: %w", len(keys)+1, err)
			}
			keys = append(keys, key)
		}
	}
	return New(keys...)
}

func parseKey(text string) ([]byte, error) {
	if len(text) == hex.EncodedLen(KeyBytes) {
		if key, err := hex.DecodeString(text); err == nil {
			return key, nil
		}
	}
	text = strings.TrimRight(text, "=")
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		if key, err := encoding.DecodeString(text); err == nil && len(key) == KeyBytes {
			return key, nil
		}
	}
	return nil, fmt.Errorf("want %d bytes in base64 or hexadecimal", KeyBytes)
}

// LoadOrCreate reads the keys in dir/secret.key and makes the file with a fresh key
// (mode 0600) when it is not there. It refuses a file that others may read: a key
// that everyone on the machine can copy protects nothing.
//
// Whoever loses this file loses the sealed values, and only those: it belongs into
// a backup that is kept apart from the database's.
func LoadOrCreate(dir string) (*Keyring, error) {
	path := filepath.Join(dir, KeyFileName)
	if err := createKeyFile(path); err != nil {
		return nil, err
	}

	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("secret: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("secret: %s may be read by others (mode %04o): type chmod 600 %s", path, mode, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("secret: %w", err)
	}
	ring, err := Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("%w (in %s)", err, path)
	}
	return ring, nil
}

// createKeyFile writes a key file unless there is one. It is written whole under
// another name and then linked: of two processes that start at once one wins, and a
// crash leaves no half a key behind.
func createKeyFile(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("secret: %w", err)
	}

	draft, err := os.CreateTemp(filepath.Dir(path), KeyFileName+".*")
	if err != nil {
		return fmt.Errorf("secret: %w", err)
	}
	defer func() { _ = os.Remove(draft.Name()) }()

	_, err = fmt.Fprintf(draft, "# Seals credentials in this installation's database. Keep a copy apart from the database.\n"+
		"# To change it put a new key on a line above the old one (openssl rand -base64 32).\n%s\n",
		base64.StdEncoding.EncodeToString(NewKey()))
	if err == nil {
		err = draft.Chmod(0o600)
	}
	if err == nil {
		err = draft.Sync()
	}
	if closeErr := draft.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		if err = os.Link(draft.Name(), path); errors.Is(err, fs.ErrExist) {
			err = nil
		}
	}
	if err != nil {
		return fmt.Errorf("secret: %w", err)
	}
	return nil
}
