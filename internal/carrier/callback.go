package carrier

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"fishpond/internal/carrier/wecom"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/ids"
)

// What becomes of a callback.
const (
	callbackStored  = "stored"  // to be worked off
	callbackDone    = "done"    // worked off
	callbackFailed  = "failed"  // tried too often; waits for a human
	callbackUnknown = "unknown" // of a kind that nobody here understands
)

const (
	maxCallback   = 64 << 10 // bytes of a body
	maxQuery      = 4 << 10  // bytes of a query
	storeWithin   = 4 * time.Second
	maxAccountID  = 64
	callbacksPath = "/callbacks/"
)

// incoming is a verified callback, ready to be stored.
type incoming struct {
	event    string
	subject  string
	dedupe   string
	occurred int64 // UTC microseconds, by the platform's clock
	payload  []byte
	known    bool
	desk     string // the customer service account that it is about; empty: none
}

// Callbacks answers the platforms: GET verifies the address, POST brings facts.
// Mount it at /callbacks/, outside of the API: there is no session, and who is
// not the platform learns nothing but that they were refused.
func (s *Service) Callbacks() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		answer, status := s.receive(r)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer) // the platform has gone: it will come again
	})
}

// receive returns what to answer. Everything that is not the platform's is 403,
// whatever was wrong with it; only our own trouble is 5xx, and asks the
// platform to come again.
func (s *Service) receive(r *http.Request) (answer string, status int) {
	ctx := r.Context()
	id := strings.TrimPrefix(r.URL.Path, callbacksPath)
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return "", http.StatusMethodNotAllowed
	}
	if len(id) > maxAccountID || strings.Contains(id, "/") || len(r.URL.RawQuery) > maxQuery {
		return "", http.StatusForbidden
	}
	var body []byte
	if r.Method == http.MethodPost {
		b, err := io.ReadAll(io.LimitReader(r.Body, maxCallback+1))
		if err != nil || len(b) > maxCallback {
			return "", http.StatusRequestEntityTooLarge
		}
		body = b
	}
	a, err := s.anyAccount(ctx, id)
	if err != nil {
		if errs.Is(err, errs.CodeNotFound) {
			return "", http.StatusForbidden
		}
		s.logger.ErrorContext(ctx, "callback refused: the account could not be read", "error", err)
		return "", http.StatusServiceUnavailable
	}
	q := r.URL.Query()
	if a.kind == KindSMS && r.Method == http.MethodPost {
		ctx, cancel := context.WithTimeout(ctx, storeWithin)
		defer cancel()
		switch err := s.receiveSMS(ctx, a, q.Get("key"), body); {
		case errors.Is(err, errNotStored):
			s.logger.ErrorContext(ctx, "callback refused: it could not be stored", "account", id, "error", err)
			return "", http.StatusServiceUnavailable
		case err != nil:
			s.logger.WarnContext(ctx, "callback refused", "account", id, "error", err)
			return "", http.StatusForbidden
		}
		return smsTaken, http.StatusOK
	}
	d, err := s.doorOf(a, q.Get("timestamp"))
	if err == nil && r.Method == http.MethodGet {
		var echo string
		if echo, err = d.verify(q.Get); err == nil {
			s.verified(ctx, a)
			return echo, http.StatusOK
		}
	}
	var in incoming
	if err == nil {
		in, err = d.open(q.Get, body)
	}
	if err != nil {
		s.logger.WarnContext(ctx, "callback refused", "account", id, "error", err)
		return "", http.StatusForbidden
	}
	ctx, cancel := context.WithTimeout(ctx, storeWithin)
	defer cancel()
	if a, in, err = s.deskOf(ctx, a, in); err != nil {
		s.logger.ErrorContext(ctx, "callback refused: its account could not be read", "account", id, "error", err)
		return "", http.StatusServiceUnavailable
	}
	if err := s.store(ctx, a, in); err != nil {
		s.logger.ErrorContext(ctx, "callback refused: it could not be stored", "account", id, "error", err)
		return "", http.StatusServiceUnavailable
	}
	return "success", http.StatusOK
}

// verified notes that the platform has verified the callback address: it was
// entered right, though nothing may happen for days. Not to have noted it is no
// reason to refuse the address.
func (s *Service) verified(ctx context.Context, a *account) {
	ctx, cancel := context.WithTimeout(ctx, storeWithin/2)
	defer cancel()
	if err := s.db.Write(ctx, a.org, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE carrier_account SET verified_at = ? WHERE org_id = ? AND id = ?", s.micros(), a.org, a.id)
		return err
	}); err != nil {
		s.logger.WarnContext(ctx, "that the callback address was verified could not be noted", "account", a.id, "error", err)
	}
}

// door is how callbacks of one account are verified and opened.
type door struct {
	crypto  *wire.Crypto
	token   string
	parse   func(message []byte) (incoming, error)
	echoing bool // GET carries a signed secret to give back (WeCom), or only a signature (official accounts)
}

var (
	errClosed = errors.New("carrier: the account takes no callbacks")
	errStale  = errors.New("carrier: the timestamp is outside of the window")
)

// doorOf checks what can be checked without the message: the account's state
// and the age of the timestamp, which the signature covers.
func (s *Service) doorOf(a *account, timestamp string) (*door, error) {
	k, _ := kindOf(a.kind)
	if a.status != StatusActive || !k.callbacks {
		return nil, errClosed
	}
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return nil, errStale
	}
	if age := s.now().Sub(time.Unix(seconds, 0)); age > s.o.ReplayWindow || age < -s.o.ReplayWindow {
		return nil, errStale
	}
	crypto, err := wire.NewCrypto(a.secrets["callback_token"].Reveal(), a.secrets["callback_key"].Reveal(), a.receiver())
	if err != nil {
		return nil, err
	}
	d := &door{crypto: crypto, token: a.secrets["callback_token"].Reveal()}
	switch a.kind {
	case KindWecom, KindKf:
		d.echoing, d.parse = true, parseWecom
	default:
		d.parse = parseOfficial
	}
	return d, nil
}

// receiver is whom the platform writes its callbacks to.
func (a *account) receiver() string {
	if a.kind == KindKf { // the corp, of which it is a desk
		return a.settings["corp_id"]
	}
	return a.platform
}

// verify answers the platform's test of the address.
func (d *door) verify(q func(string) string) (string, error) {
	if d.echoing {
		echo, err := d.crypto.Open(q("msg_signature"), q("timestamp"), q("nonce"), q("echostr"))
		return string(echo), err
	}
	if !wire.Signed(q("signature"), d.token, q("timestamp"), q("nonce")) {
		return "", wire.ErrSignature
	}
	return q("echostr"), nil
}

// open verifies, decrypts and reads a callback.
func (d *door) open(q func(string) string, body []byte) (incoming, error) {
	e, err := wire.DecodeEnvelope(body)
	if err != nil {
		return incoming{}, err
	}
	message, err := d.crypto.Open(q("msg_signature"), q("timestamp"), q("nonce"), e.Encrypt)
	if err != nil {
		return incoming{}, err
	}
	return d.parse(message)
}

func parseWecom(message []byte) (incoming, error) {
	e, err := wecom.ParseEvent(message)
	if err != nil {
		return incoming{}, err
	}
	return incoming{event: oneLine(e.Kind(), 128), subject: oneLine(e.Subject(), 140), dedupe: e.Key(), occurred: clock.Micros(time.Unix(max(e.CreateTime, 0), 0)), payload: message, known: e.Known(), desk: e.OpenKfID}, nil
}

// store keeps a callback. The same fact twice is one row. What nobody
// understands is kept as well, and shown.
func (s *Service) store(ctx context.Context, a *account, in incoming) error {
	status := callbackStored
	if !in.known {
		status = callbackUnknown
	}
	now := s.micros()
	done := int64(0)
	if status != callbackStored {
		done = now
	}
	return s.db.Write(ctx, a.org, func(tx *db.Tx) error {
		n, err := tx.Changed(ctx, `INSERT INTO carrier_callback (org_id, id, account_id, dedupe, subject, event, occurred_at, received_at, payload, status, attempts, next_at, error, done_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, '', ?) ON CONFLICT (org_id, account_id, dedupe) DO NOTHING`,
			a.org, ids.New("cbk"), a.id, in.dedupe, in.subject, in.event, in.occurred, now, string(in.payload), status, now, done)
		if err == nil && n == 1 && status == callbackStored {
			tx.OnCommit(s.rouse)
		}
		return err
	})
}

// rouse has the worker look at what has come in.
func (s *Service) rouse() { nudge(s.wake) }

// rousePush has it look at what shall go out.
func (s *Service) rousePush() { nudge(s.wakePush) }

func nudge(wake chan<- struct{}) {
	select {
	case wake <- struct{}{}:
	default: // already awake
	}
}
