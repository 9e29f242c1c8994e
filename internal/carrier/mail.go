package carrier

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/carrier/email"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/timeline"
)

// Where answers to mail go.
const (
	repliesInbox  = "inbox"
	repliesSender = "sender"
)

const (
	forwarded    = "inbox" // the address at a bounce domain to which a brand's mailbox may forward
	mailsAnHour  = 60      // answers to one mail
	maxMailWords = 20_000  // bytes of text on the timeline
)

// takeAnswer takes a mail that somebody wrote to us, at the address for answers
// to one mail or at the one to which a brand forwards its mailbox. It reports
// false for what is none: mail that came back.
func (s *Service) takeAnswer(ctx context.Context, addresses []string, r email.Report, data []byte) (bool, error) {
	token, domain := "", ""
	for _, a := range addresses {
		local, d, _ := strings.Cut(strings.ToLower(a), "@")
		if f := replyForm.FindStringSubmatch(local); f != nil {
			token = f[1]
		} else if local == forwarded {
			domain = d
		}
	}
	if token == "" && domain == "" {
		return false, nil
	}
	in, err := email.ParseIncoming(data)
	if err != nil {
		return false, err
	}
	if in.Automatic && (r.Kind == email.Bounce || r.Kind == email.Complaint || r.Kind == email.Delay) {
		return false, nil // a server's words, not a customer's
	}
	if in.ID == "" {
		sum := sha256.Sum256(data)
		in.ID = hex.EncodeToString(sum[:16])
	}
	var m returned
	if token != "" {
		if err := s.limit("mail "+token, mailsAnHour, time.Hour); err != nil {
			return false, err
		}
		m, err = s.returnedBy(ctx, "token", token)
	} else {
		m, err = s.forwardedFor(ctx, domain, in)
	}
	if errors.Is(err, email.ErrNobody) {
		s.logger.InfoContext(ctx, "a mail from somebody whom nobody knows")
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return true, s.db.Write(ctx, m.org, func(tx *db.Tx) error { return s.keepAnswer(ctx, tx, m, in) })
}

// forwardedFor finds whose a forwarded mail is: of whom it answers a mail, or
// who is known by the address. Strangers are nobody: anybody may write anything
// there.
func (s *Service) forwardedFor(ctx context.Context, domain string, in email.Incoming) (returned, error) {
	a, err := s.bounceDomain(ctx, domain)
	if err != nil {
		return returned{}, err
	}
	for _, ref := range in.Refs {
		if f := ourMail.FindStringSubmatch(ref); f != nil {
			m, err := s.returnedBy(ctx, "id", f[1]+"_"+f[2])
			if err == nil && m.org == a.org {
				return m, nil
			}
			if err != nil && !errors.Is(err, email.ErrNobody) {
				return returned{}, err
			}
		}
	}
	m := returned{org: a.org, account: a.id, to: in.From.Address}
	err = s.db.Read(ctx, a.org, func(tx *db.Tx) error {
		found, err := s.ports.People.Find(ctx, tx, a.org, []Identity{{"email", in.From.Address}})
		if err == nil {
			m.person = found[0]
		}
		return err
	})
	if err == nil && (m.person == "" || !mailbox.MatchString(m.to)) {
		err = email.ErrNobody
	}
	return m, err
}

// keepAnswer tells of a mail, once.
func (s *Service) keepAnswer(ctx context.Context, tx *db.Tx, m returned, in email.Incoming) error {
	a, err := s.accountByID(ctx, tx, m.org, m.account)
	if err != nil {
		return err
	}
	address := strings.ToLower(m.to)
	if m.person == "" { // we wrote to them, and they have answered
		persons, err := s.ports.People.Resolve(ctx, tx, m.org, []Contact{{Source: a.kind, Identities: []Identity{{"email", address}}, SeenAt: s.now()}})
		if err != nil {
			return err
		}
		m.person = persons[0]
	}
	data := carrierevent.Message{AccountID: a.id, MessageID: oneLine(in.ID, 250), ExternalID: address, Type: "mail", Subject: oneLine(in.Subject, 300), Text: cut(in.Text, maxMailWords), Automatic: in.Automatic}
	now := s.micros()
	for i, f := range in.Files {
		r := &received{id: attachedID(a.id, in.ID, i), content: f.Content, at: now, Attachment: carrierevent.Attachment{Kind: carrierevent.AttachedFile, Name: f.Name}}
		if err := r.keep(ctx, tx, a, address, m.person, &data); err != nil {
			return err
		}
	}
	if in.Left > 0 {
		data.Attachments = append(data.Attachments, carrierevent.Attachment{Kind: carrierevent.AttachedOther, Title: fmt.Sprint(in.Left), Missing: "too_large"})
	}
	sum := sha256.Sum256([]byte(in.ID))
	if _, err := s.log.Append(ctx, tx, m.org, timeline.Fact{Kind: carrierevent.MessageReceived, PersonID: m.person, Source: a.kind, OccurredAt: clock.Time(now),
		DedupeKey: "message.received:" + a.id + ":" + hex.EncodeToString(sum[:16]), Data: data}); err != nil || in.Automatic {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO carrier_mail (org_id, account_id, address, message_id, subject, at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (org_id, account_id, address) DO UPDATE SET message_id = excluded.message_id, subject = excluded.subject, at = excluded.at`,
		m.org, a.id, address, cleanRef(in.ID), data.Subject, now)
	return err
}

// cleanRef is a mail's id as another mail may name it; empty when it cannot.
func cleanRef(id string) string {
	if !strings.Contains(id, "@") || len(id) > 250 || strings.ContainsAny(id, "<> \t\r\n") {
		return ""
	}
	return id
}

// lastMail is the last mail of a correspondent.
type lastMail struct {
	id, subject string
	at          int64 // 0: there is none
}

// answer is the subject of an answer to it.
func (l lastMail) answer() string {
	if low := strings.ToLower(l.subject); strings.HasPrefix(low, "re:") || strings.HasPrefix(l.subject, "回复：") || strings.HasPrefix(l.subject, "回复:") {
		return l.subject
	}
	return strings.TrimSpace("Re: " + l.subject)
}

func lastMailOf(ctx context.Context, tx *db.Tx, a *account, address string) (l lastMail, err error) {
	err = tx.QueryRow(ctx, "SELECT message_id, subject, at FROM carrier_mail WHERE org_id = ? AND account_id = ? AND address = ?", a.org, a.id, strings.ToLower(address)).Scan(&l.id, &l.subject, &l.at)
	if db.IsNoRows(err) {
		err = nil
	}
	return l, err
}
