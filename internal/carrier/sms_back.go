package carrier

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/carrier/sms"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/platform/secret"
	"fishpond/internal/timeline"
)

// callbackKey is the secret in the address at which an SMS provider tells us
// things: it signs nothing. It is made up here.
const callbackKey = "callback_path"

const (
	smsReport = "sms/report"
	smsAnswer = "sms/answer"
	smsTaken  = `{"result":0,"errmsg":"OK"}`
)

// smsCallbackURL is where the provider brings answers and reports; empty for an
// account from before there was one, until it is tested or saved.
func (s *Service) smsCallbackURL(a *account) string {
	key := a.secrets[callbackKey].Reveal()
	if key == "" {
		return ""
	}
	return strings.TrimRight(s.publicURL(), "/") + callbacksPath + a.id + "?key=" + url.QueryEscape(key)
}

// giveCallbackKey makes the address of an account that was connected before
// there was one.
func (s *Service) giveCallbackKey(ctx context.Context, a *account) error {
	return s.db.Write(ctx, a.org, func(tx *db.Tx) error {
		now, err := s.accountByID(ctx, tx, a.org, a.id)
		if err != nil || now.secrets[callbackKey] != "" {
			return err
		}
		now.secrets[callbackKey] = secret.Redacted(ids.Token())
		return s.saveAccount(ctx, tx, now)
	})
}

// receiveSMS keeps what the provider brings.
func (s *Service) receiveSMS(ctx context.Context, a *account, key string, body []byte) error {
	if want := a.secrets[callbackKey].Reveal(); a.status != StatusActive || want == "" || subtle.ConstantTimeCompare([]byte(key), []byte(want)) != 1 {
		return errClosed
	}
	list, err := sms.ParseCallback(body)
	if err != nil {
		return err
	}
	for _, t := range list {
		payload, err := json.Marshal(t)
		if err != nil {
			return err
		}
		in := incoming{event: smsReport, subject: "contact:" + oneLine(t.Phone, 32), dedupe: "s:" + t.Key(), occurred: max(clock.Micros(t.At), 0), payload: payload, known: number.MatchString(t.Phone)}
		if t.Text != "" {
			in.event = smsAnswer
		}
		if err := s.store(ctx, a, in); err != nil {
			return fmt.Errorf("%w: %w", errNotStored, err)
		}
	}
	return nil
}

var errNotStored = fmt.Errorf("carrier: not stored")

// applySMS works off an answer, or a report of a message.
func (s *Service) applySMS(ctx context.Context, a *account, j job) error {
	var t sms.Told
	if err := json.Unmarshal(j.payload, &t); err != nil {
		return err
	}
	at := j.occurred
	if now := s.micros(); at <= 0 || at > now {
		at = now
	}
	return s.db.Write(ctx, j.org, func(tx *db.Tx) error {
		var err error
		if j.event == smsAnswer {
			err = s.keepSMS(ctx, tx, a, j, t, at)
		} else {
			err = s.noteSMS(ctx, tx, a, t, at)
		}
		if err != nil {
			return err
		}
		return s.finish(ctx, tx, j)
	})
}

func (s *Service) keepSMS(ctx context.Context, tx *db.Tx, a *account, j job, t sms.Told, at int64) error {
	persons, err := s.ports.People.Resolve(ctx, tx, a.org, []Contact{{Source: a.kind, Identities: []Identity{{"phone", t.Phone}}, SeenAt: clock.Time(at)}})
	if err != nil {
		return err
	}
	_, err = s.log.Append(ctx, tx, a.org, timeline.Fact{Kind: carrierevent.MessageReceived, PersonID: persons[0], Source: a.kind, OccurredAt: clock.Time(at), DedupeKey: "message.received:" + a.id + ":" + t.Key(),
		Data: carrierevent.Message{AccountID: a.id, MessageID: j.id, ExternalID: t.Phone, Type: "text", Text: cut(t.Text, 2000)}})
	return err
}

// smsFailures are the operators' words that people understand.
var smsFailures = map[string]i18n.Text{
	"MOBILE_BLACK": i18n.T("号码在运营商黑名单里", "The operator has the number on its blacklist"), "MK:0001": i18n.T("号码是空号", "There is no such number"),
	"MN:0001": i18n.T("号码是空号", "There is no such number"), "UNDELIV": i18n.T("没有送达", "It was not delivered"),
}

func (s *Service) noteSMS(ctx context.Context, tx *db.Tx, a *account, t sms.Told, at int64) error {
	var send string
	err := tx.QueryRow(ctx, "SELECT id FROM carrier_send WHERE org_id = ? AND account_id = ? AND platform_id = ? AND recipient = ? LIMIT 1", a.org, a.id, oneLine(t.Serial, 128), t.Phone).Scan(&send)
	if db.IsNoRows(err) || t.Serial == "" {
		return nil // not one of ours
	}
	if err != nil {
		return err
	}
	o := told{send: send, kind: carrierevent.MessageDelivered, messageID: t.Serial, at: at}
	if !t.OK {
		o.kind, o.code = carrierevent.MessageFailed, oneLine(t.Code, 64)
		if o.reason = smsFailures[t.Code]; o.reason.IsZero() {
			words := oneLine(t.Words, 200)
			o.reason = i18n.Text{ZH: "运营商没有送达：" + words, EN: "The operator did not deliver it: " + words}
		}
	}
	return s.outcome(ctx, tx, a, o)
}
