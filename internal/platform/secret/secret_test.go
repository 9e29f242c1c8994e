package secret_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"fishpond/internal/platform/secret"
)

func ring(t *testing.T, keys ...[]byte) *secret.Keyring {
	t.Helper()
	r, err := secret.New(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSealedValueOpensOnlyInItsPlace(t *testing.T) {
	r := ring(t, secret.NewKey())
	sealed := r.Seal("org_a", "oidc", []byte("s3cret"))
	if strings.Contains(sealed, "s3cret") {
		t.Fatalf("sealed value holds the plain one: %s", sealed)
	}

	cases := []struct {
		name, org, purpose string
		want               error
	}{
		{"its place", "org_a", "oidc", nil},
		{"another organisation", "org_b", "oidc", secret.ErrTampered},
		{"another purpose", "org_a", "smtp", secret.ErrTampered},
		{"parts shifted", "org_ao", "idc", secret.ErrTampered},
		{"parts shifted over the separator", "org_a:o", "idc", secret.ErrTampered},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			plain, err := r.Open(c.org, c.purpose, sealed)
			if !errors.Is(err, c.want) {
				t.Fatalf("error %v, want %v", err, c.want)
			}
			if c.want == nil && string(plain) != "s3cret" {
				t.Fatalf("opened %q", plain)
			}
			if c.want != nil && plain != nil {
				t.Fatalf("a failed Open returned %d bytes", len(plain))
			}
		})
	}
}

func TestAnyAlteredCharacterIsNoticed(t *testing.T) {
	r := ring(t, secret.NewKey())
	sealed := r.Seal("org_a", "oidc", []byte("a client secret"))
	for i := range sealed {
		altered := []byte(sealed)
		altered[i] ^= 1
		plain, err := r.Open("org_a", "oidc", string(altered))
		if err == nil {
			t.Fatalf("character %d altered, opened %q", i, plain)
		}
	}
	for cut := range len(sealed) {
		if _, err := r.Open("org_a", "oidc", sealed[:cut]); err == nil {
			t.Fatalf("opened after %d of %d characters", cut, len(sealed))
		}
	}
}

func TestSealingTwiceDiffers(t *testing.T) {
	r := ring(t, secret.NewKey())
	if a, b := r.Seal("o", "p", []byte("x")), r.Seal("o", "p", []byte("x")); a == b {
		t.Fatal("equal values seal to equal text: an observer learns which are equal")
	}
}

func TestRotation(t *testing.T) {
	oldKey, newKey := secret.NewKey(), secret.NewKey()
	before := ring(t, oldKey)
	sealed := before.Seal("org_a", "oidc", []byte("kept"))

	after := ring(t, newKey, oldKey)
	plain, err := after.Open("org_a", "oidc", sealed)
	if err != nil || string(plain) != "kept" {
		t.Fatalf("after the change: %q, %v", plain, err)
	}
	if !after.Stale(sealed) {
		t.Error("a value under the old key is not reported as stale")
	}
	again := after.Seal("org_a", "oidc", plain)
	if after.Stale(again) {
		t.Error("a value under the new key is reported as stale")
	}
	if _, err := ring(t, newKey).Open("org_a", "oidc", sealed); !errors.Is(err, secret.ErrUnknownKey) {
		t.Errorf("without the old key: %v, want ErrUnknownKey", err)
	}
	if _, err := after.Open("org_a", "oidc", "plain text from before"); !errors.Is(err, secret.ErrMalformed) {
		t.Errorf("unsealed text: %v, want ErrMalformed", err)
	}
	if before.KeyID() == after.KeyID() {
		t.Error("two keys share a name")
	}
}

func TestNewRefusesBadKeys(t *testing.T) {
	if _, err := secret.New(); err == nil {
		t.Error("no key was accepted")
	}
	if _, err := secret.New(make([]byte, 16)); err == nil {
		t.Error("a short key was accepted")
	}
}

func TestParse(t *testing.T) {
	key := secret.NewKey()
	other := secret.NewKey()
	want := ring(t, key).KeyID()
	good := map[string]string{
		"base64":           base64.StdEncoding.EncodeToString(key),
		"base64, unpadded": base64.RawStdEncoding.EncodeToString(key),
		"base64url":        base64.URLEncoding.EncodeToString(key),
		"hexadecimal":      hex.EncodeToString(key),
		"several":          hex.EncodeToString(key) + ", " + hex.EncodeToString(other),
		"lines":            "# new\n" + hex.EncodeToString(key) + "\n\n# old\n" + hex.EncodeToString(other) + "\n",
	}
	for name, text := range good {
		r, err := secret.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if r.KeyID() != want {
			t.Errorf("%s: sealing key %s, want %s", name, r.KeyID(), want)
		}
	}

	for name, text := range map[string]string{
		"empty": "", "only a comment": "# nothing\n", "short": "aGVsbG8", "words": "correct horse battery staple",
	} {
		_, err := secret.Parse(text)
		if err == nil {
			t.Errorf("%s: accepted", name)
		} else if len(text) > 4 && strings.Contains(err.Error(), strings.TrimSpace(text)) {
			t.Errorf("%s: the error repeats the key: %v", name, err)
		}
	}
}

func TestKeyFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	first, err := secret.LoadOrCreate(dir)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, secret.KeyFileName)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("key file has mode %04o, want 0600", got)
	}

	second, err := secret.LoadOrCreate(dir)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := second.Open("o", "p", first.Seal("o", "p", []byte("x")))
	if err != nil || string(plain) != "x" {
		t.Errorf("after a restart: %q, %v", plain, err)
	}

	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := secret.LoadOrCreate(dir); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a file that others may read: %v, want a refusal that names the remedy", err)
	}

	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 {
		t.Errorf("%d files in the folder, want the key file alone", len(entries))
	}
}

func TestKeyFileMadeByOneOfManyStarters(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	ids := make([]string, 16)
	for i := range ids {
		wg.Go(func() {
			r, err := secret.LoadOrCreate(dir)
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = r.KeyID()
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("starters hold different keys: %v", ids)
		}
	}
}

func TestRedactedNeverShows(t *testing.T) {
	const value = "hunter2"
	r := secret.Redacted(value)
	type config struct {
		Password secret.Redacted `json:"password"`
		Nested   map[string]any  `json:"nested"`
	}
	c := config{Password: r, Nested: map[string]any{"again": r}}

	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "r", r, "c", c)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "r", r, "c", c)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&out, verb+" "+verb+"\n", r, c)
	}
	fmt.Fprintln(&out, fmt.Errorf("sign in with %v", r), r)
	encoded, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(encoded)

	for _, leak := range []string{value, hex.EncodeToString([]byte(value)), strings.ToUpper(hex.EncodeToString([]byte(value)))} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("shows %q:\n%s", leak, out.String())
		}
	}
	if r.Reveal() != value {
		t.Errorf("Reveal returned %q", r.Reveal())
	}
	if secret.Redacted("").String() != "" {
		t.Error("an empty value should show as empty")
	}

	var read config
	if err := json.Unmarshal([]byte(`{"password":"hunter2"}`), &read); err != nil {
		t.Fatal(err)
	}
	if read.Password.Reveal() != value {
		t.Errorf("read %q from JSON", read.Password.Reveal())
	}
}
