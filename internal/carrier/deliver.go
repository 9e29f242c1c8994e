package carrier

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"sync"

	"fishpond/internal/carrier/email"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
)

// Delivered is what became of a message of many.
type Delivered struct {
	Receipt
	Down    bool // the account is what does not work, not this message
	Untried bool // nothing was tried: the outbox was stopped before its turn
	Told    bool // the fact stands on the timeline already
}

// Outbox sends many messages over one account. Whether they may go, the record
// of each try, and what is said of them on the timeline are its caller's for
// mail; over other carriers each goes through [Service.Send] under its key.
type Outbox struct {
	s     *Service
	lines int // open to one mail server
	files bulkFiles

	mu    sync.Mutex
	pools map[string]*mailPool // account → its pool
}

type mailPool struct {
	digest string // of the settings that it was made with
	pool   *email.Pool
}

const otherLines = 8 // messages at once over carriers that take one at a time

// NewOutbox returns an outbox that opens at most so many lines to one mail
// server.
func (s *Service) NewOutbox(lines int) *Outbox {
	return &Outbox{s: s, lines: lines, pools: map[string]*mailPool{}}
}

// Close ends its lines. Nobody may send any more.
func (o *Outbox) Close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for id, p := range o.pools {
		p.pool.Close()
		delete(o.pools, id)
	}
}

// Repeatable tells whether a message over a kind of account can be tried again
// under its key without being sent twice.
func Repeatable(kind string) bool { return kind != KindEmail }

// Deliver tries all messages and tells of each exactly once, as soon as its
// outcome is known, from any goroutine. It returns when all are told of. What
// the messages say is the outbox's from then on.
func (o *Outbox) Deliver(ctx context.Context, orgID, accountID string, all []Outgoing, told func(i int, d Delivered)) {
	var a *account
	var sign *email.DKIM
	err := o.s.db.Read(ctx, orgID, func(tx *db.Tx) (err error) {
		if a, err = o.s.accountByID(ctx, tx, orgID, accountID); err == nil && a.kind == KindEmail {
			sign, err = o.s.signerOf(ctx, tx, orgID, accountID)
		}
		return err
	})
	switch {
	case err != nil:
		for i := range all {
			told(i, Delivered{Untried: ctx.Err() != nil, Down: true, Receipt: refused(err)})
		}
	case a.kind == KindEmail && a.status == StatusActive:
		o.mail(ctx, a, sign, all, told)
	case a.kind == KindWecom && a.status == StatusActive:
		o.s.askMembers(ctx, a, all, told)
	default:
		o.others(ctx, orgID, all, told)
	}
}

// others sends one by one, a few at a time.
func (o *Outbox) others(ctx context.Context, orgID string, all []Outgoing, told func(int, Delivered)) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, otherLines)
	for i, m := range all {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if ctx.Err() != nil {
				told(i, Delivered{Untried: true})
				return
			}
			r, err := o.s.Send(ctx, orgID, m)
			if errors.Is(err, errSending) {
				told(i, Delivered{Untried: true})
				return
			}
			if err != nil {
				told(i, Delivered{Receipt: refused(err)})
				return
			}
			told(i, Delivered{Receipt: r, Told: true, Down: r.Status == SendFailed && r.Again})
		})
	}
	wg.Wait()
}

// refused is the receipt of a message of which nothing was tried.
func refused(err error) Receipt {
	e := errs.As(err)
	r := Receipt{Status: SendFailed, Code: string(e.Code), Reason: e.Text, Again: e.Code == errs.CodeUnavailable || e.Code == errs.CodeTooMany || e.Code == errs.CodeInternal}
	if len(e.Fields) > 0 {
		r.Reason = e.Fields[0].Text
	}
	return r
}

func (o *Outbox) poolOf(a *account) *email.Pool {
	sum := sha256.Sum256([]byte(strings.Join([]string{a.settings["server"], a.settings["user"], a.secrets["password"].Reveal()}, "\x00")))
	digest := hex.EncodeToString(sum[:8])
	o.mu.Lock()
	defer o.mu.Unlock()
	p := o.pools[a.id]
	if p != nil && p.digest == digest {
		return p.pool
	}
	// With other settings: what is under way ends over the old lines, which then
	// end by themselves.
	p = &mailPool{digest, email.NewPool(o.s.mailOptions(a), o.lines)}
	o.pools[a.id] = p
	return p.pool
}

func (o *Outbox) mail(ctx context.Context, a *account, sign *email.DKIM, all []Outgoing, told func(int, Delivered)) {
	_, domain, _ := strings.Cut(a.settings["from"], "@")
	files, err := o.files.of(ctx, o.s, a.org, all)
	if err != nil {
		for i := range all {
			told(i, Delivered{Untried: ctx.Err() != nil, Receipt: refused(err)})
		}
		return
	}
	mails, at := make([]email.Message, 0, len(all)), make([]int, 0, len(all)) // at: its place in all
	for i := range all {
		m := &all[i]
		attached, err := m.attached(files)
		if err != nil {
			told(i, Delivered{Receipt: refused(err)})
			continue
		}
		text, rich := m.mailText()
		out := email.Message{ID: mailID(m.Key, domain), From: mail.Address{Name: a.settings["from_name"], Address: a.settings["from"]}, To: mail.Address{Address: m.To},
			Subject: m.Subject, Text: text, HTML: rich, Unsubscribe: m.Unsubscribe, At: o.s.now(), Sign: sign, Begin: m.Begin, Files: attached}
		if bounce := a.settings["bounce_domain"]; bounce != "" {
			token := keyToken(m.Key)
			out.Return = "bounce+" + token + "@" + bounce
			if a.settings["replies"] != repliesSender {
				out.ReplyTo = "reply+" + token + "@" + bounce
			}
		}
		mails, at = append(mails, out), append(at, i)
		m.HTML, m.Parts = "", nil // what a mail says is kept in one place, and no longer than until it went: batches are large
	}
	var works, fails int64
	var mu sync.Mutex
	o.poolOf(a).Send(ctx, mails, func(i int, err error) {
		d := Delivered{Untried: errors.Is(err, email.ErrNotTried), Down: errors.Is(err, email.ErrDown) || errors.Is(err, email.ErrLost)}
		d.ID, d.PlatformID = all[at[i]].Key, mails[i].ID
		mails[i].Text, mails[i].HTML = "", ""
		var v sending
		v.verdict(err)
		d.Status, d.Code, d.Reason, d.Again = v.status, v.code, v.reason, v.again || errors.Is(err, email.ErrDown)
		mu.Lock()
		if err == nil {
			works++
		} else if !d.Untried {
			fails++
		}
		mu.Unlock()
		told(at[i], d)
	})
	o.s.countedMany(ctx, a, "smtp", works, fails)
}

// mailText is what a mail says, as text and as HTML.
func (m *Outgoing) mailText() (text, rich string) {
	if len(m.Parts) == 1 && m.Parts[0].Kind == PartText && m.HTML != "" { // nothing to put together
		return m.Parts[0].Text, m.HTML
	}
	text, rich = mailBody(m.Parts)
	if m.HTML != "" {
		rich = m.HTML
	}
	if text == "" {
		text = m.Subject
	}
	return text, rich
}

// mailID is the Message-ID of a mail under its caller's key.
func mailID(key, domain string) string { return strings.ReplaceAll(key, "_", ".") + "@" + domain }

var tokenForm = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// keyToken is the part of an address by which mail under a key comes back: of a
// key that ends in 32 hex digits, as ids do, these.
func keyToken(key string) string {
	_, digits, _ := strings.Cut(key, "_")
	raw, err := hex.DecodeString(digits)
	if err != nil || len(raw) != 16 {
		sum := sha256.Sum256([]byte(key))
		raw = sum[:16]
	}
	return tokenForm.EncodeToString(raw)
}

// countedMany counts calls for the account's health.
func (s *Service) countedMany(ctx context.Context, a *account, api string, works, fails int64) {
	if works+fails == 0 {
		return
	}
	err := s.db.Write(context.WithoutCancel(ctx), a.org, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO carrier_call (org_id, account_id, api, at, calls, failed) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (org_id, account_id, api, at) DO UPDATE SET calls = carrier_call.calls + excluded.calls, failed = carrier_call.failed + excluded.failed`, a.org, a.id, api, minuteOf(s.now()), works+fails, fails)
		if err == nil && works > 0 && a.errorCode != 0 {
			err = mend(ctx, tx, a.org, a.id)
		}
		return err
	})
	if err != nil {
		s.logger.WarnContext(ctx, "calls could not be counted", "account", a.id, "api", api, "error", fmt.Errorf("%d: %w", works+fails, err))
	}
}

// ReturnedOf tells to which of the addresses no more mail goes, and why: hard
// (there is no such mailbox) or complained.
func (s *Service) ReturnedOf(ctx context.Context, tx *db.Tx, orgID string, addresses []string) (map[string]string, error) {
	lower := make(map[string][]string, len(addresses))
	asked := make([]string, 0, len(addresses))
	for _, a := range addresses {
		l := strings.ToLower(a)
		lower[l], asked = append(lower[l], a), append(asked, l)
	}
	out := map[string]string{}
	where, arg := tx.In("address", asked)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var address, state string
		err := rows.Scan(&address, &state)
		for _, a := range lower[address] {
			out[a] = state
		}
		return err
	}, "SELECT address, state FROM carrier_address WHERE org_id = ? AND state <> 'soft' AND "+where, orgID, arg)
}

// WindowOf is the window of a person over an account, by their newest contact;
// shut when there is none.
func (s *Service) WindowOf(ctx context.Context, tx *db.Tx, orgID, accountID, personID string) (Window, error) {
	_, members, err := s.ports.People.Members(ctx, tx, orgID, personID)
	if err != nil {
		return Window{}, err
	}
	a, err := s.accountByID(ctx, tx, orgID, accountID)
	if err != nil {
		return Window{}, err
	}
	m := &sending{}
	if err := s.findContact(ctx, tx, a, m, members); err != nil {
		if errs.Is(err, errs.CodeConflict) {
			return Window{Why: "window"}, nil
		}
		return Window{}, err
	}
	return s.windowOf(ctx, tx, a, m.To)
}

// Recipients names persons as an account knows them, for accounts that write to
// whoever follows them or has written to them: by the tie of which was heard
// last. Who cannot be reached is left out.
func (s *Service) Recipients(ctx context.Context, tx *db.Tx, orgID, accountID string, personIDs []string) (map[string]string, error) {
	out := make(map[string]string, len(personIDs))
	where, arg := tx.In("person_id", personIDs)
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var person, external string
		err := rows.Scan(&person, &external)
		if out[person] == "" {
			out[person] = external
		}
		return err
	}, "SELECT person_id, external_id FROM carrier_contact WHERE org_id = ? AND account_id = ? AND user_id = '' AND status IN ('friend', 'visitor') AND "+where+" ORDER BY person_id, heard_at DESC, since DESC, external_id", orgID, accountID, arg)
}

// bulkReturned finds a mail that an outbox sent, by its token or key.
func (s *Service) bulkReturned(ctx context.Context, column, value string) (returned, error) {
	if column == "token" {
		raw, err := tokenForm.DecodeString(value)
		if err != nil {
			return returned{}, email.ErrNobody
		}
		value = "msg_" + hex.EncodeToString(raw)
	}
	if s.ports.Bulk == nil {
		return returned{}, email.ErrNobody
	}
	found, err := s.ports.Bulk.Mail(ctx, value)
	if err != nil {
		return returned{}, err
	}
	if found.OrgID == "" {
		return returned{}, email.ErrNobody
	}
	return returned{org: found.OrgID, id: value, account: found.AccountID, person: found.PersonID, to: found.To}, nil
}
