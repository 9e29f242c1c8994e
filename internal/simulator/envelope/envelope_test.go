package envelope

import (
	"strings"
	"testing"
)

// The known answer that the platform publishes with its sample code.
const (
	knownToken     = "QDG6eK"
	knownKey       = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
	knownCorp      = "wx5823bf96d3bd56c7"
	knownTimestamp = "1409659589"
	knownNonce     = "263014780"
	knownEcho      = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
)

func TestKnownAnswer(t *testing.T) {
	s, err := New(knownToken, knownKey, knownCorp)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Signature(knownTimestamp, knownNonce, knownEcho), "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3"; got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
	message, receiver, err := s.Decrypt(knownEcho)
	if err != nil {
		t.Fatal(err)
	}
	if string(message) != "1616140317555161061" || receiver != knownCorp {
		t.Errorf("opened to %q for %q", message, receiver)
	}
}

func TestRoundTripOfEveryLength(t *testing.T) {
	s, err := New(knownToken, knownKey, knownCorp)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 100 {
		message := strings.Repeat("鱼", n)
		closed, err := s.Encrypt([]byte(message))
		if err != nil {
			t.Fatal(err)
		}
		opened, receiver, err := s.Decrypt(closed)
		if err != nil || string(opened) != message || receiver != knownCorp {
			t.Fatalf("length %d: %q for %q, %v", n, opened, receiver, err)
		}
	}
}

func TestWhatIsBrokenDoesNotOpen(t *testing.T) {
	s, err := New(knownToken, knownKey, knownCorp)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "not base64!", "AAAA", knownEcho[4:], strings.Repeat("A", 64)} {
		if message, _, err := s.Decrypt(text); err == nil && string(message) == "1616140317555161061" {
			t.Errorf("%q opened to %q", text, message)
		}
	}
	if _, err := New("t", "short", "c"); err == nil {
		t.Error("a key of 5 characters was taken")
	}
}
