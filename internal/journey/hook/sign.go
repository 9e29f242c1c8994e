package hook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"time"

	"fishpond/internal/platform/secret"
)

// The headers of a call.
const (
	HeaderKey       = "Idempotency-Key"    // run:visit; the same for every attempt
	HeaderTimestamp = "Fishpond-Timestamp" // seconds since 1970, of the attempt
	HeaderSignature = "Fishpond-Signature" // see Sign
)

// Sign is the signature of a call: v1= and the HMAC-SHA256, in hexadecimal, under
// the secret, of the timestamp, a full stop and the body as it was sent. A receiver
// computes the same over what arrived, compares in constant time and refuses
// timestamps that are more than a few minutes off, so that nobody can send again
// what they overheard.
func Sign(key secret.Redacted, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(key.Reveal()))
	mac.Write([]byte(timestamp))
	mac.Write([]byte{'.'})
	mac.Write(body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

// Drift is how old a call may be for [Verify].
const Drift = 5 * time.Minute

// Verify is what a receiver does. It reports whether a request with these headers
// and this body was signed with the secret within [Drift] of now.
func Verify(key secret.Redacted, h http.Header, body []byte, now time.Time) bool {
	seconds, err := strconv.ParseInt(h.Get(HeaderTimestamp), 10, 64)
	if err != nil || key == "" {
		return false
	}
	if off := now.Sub(time.Unix(seconds, 0)); off > Drift || off < -Drift {
		return false
	}
	return hmac.Equal([]byte(h.Get(HeaderSignature)), []byte(Sign(key, h.Get(HeaderTimestamp), body)))
}
