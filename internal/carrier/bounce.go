package carrier

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"regexp"
	"strings"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/carrier/email"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/timeline"
)

// How it stands with an address from which mail came back.
const (
	addressSoft       = "soft"       // full, away, refused for now: it is tried again
	addressHard       = "hard"       // there is no such mailbox
	addressComplained = "complained" // they called our mail spam
)

// What a send's code says of mail that came back.
const (
	codeSoftBounce = "soft_bounce" // the worse stays
	codeHardBounce = "hard_bounce"
	codeComplaint  = "complaint"
)

var (
	returnForm = regexp.MustCompile(`^bounce\+([a-z2-7]{26})$`)
	replyForm  = regexp.MustCompile(`^reply\+([a-z2-7]{26})$`)
	ourMail    = regexp.MustCompile(`^(snd|msg)\.([0-9a-f]{32})@`)
)

// listenBounces takes mail that comes back until ctx ends.
func (s *Service) listenBounces(ctx context.Context) {
	for ctx.Err() == nil {
		l, err := net.Listen("tcp", s.o.BounceListen)
		if err == nil {
			err = s.serveBounces(ctx, l)
		}
		if err == nil {
			return
		}
		s.logger.ErrorContext(ctx, "mail that comes back cannot be taken, will try again", "listen", s.o.BounceListen, "error", err)
		_ = s.o.Sleep(ctx, time.Minute) // the loop sees the end of ctx by itself
	}
}

func (s *Service) serveBounces(ctx context.Context, l net.Listener) error {
	inlet := &email.Inlet{Domain: "bounce.fishpond", Accept: s.acceptReturn, Take: s.takeReturn}
	return inlet.Serve(ctx, l)
}

// returned is a mail of ours that somebody tells of.
type returned struct{ org, id, account, person, to string }

// acceptReturn knows the addresses to which mail may come back: those of single
// mails, one of each bounce domain for complaints, and one for what a brand
// forwards from its own mailbox.
func (s *Service) acceptReturn(ctx context.Context, address string) error {
	local, domain, _ := strings.Cut(strings.ToLower(address), "@")
	m := returnForm.FindStringSubmatch(local)
	if m == nil {
		m = replyForm.FindStringSubmatch(local)
	}
	if m != nil {
		_, err := s.returnedBy(ctx, "token", m[1])
		return err
	}
	if local != "complaints" && local != forwarded || !domainText.MatchString(domain) {
		return email.ErrNobody
	}
	_, err := s.bounceDomain(ctx, domain)
	return err
}

// bounceDomain finds the account of any org that has a domain for bounces.
func (s *Service) bounceDomain(ctx context.Context, domain string) (*account, error) {
	var all []*account
	if err := s.db.Read(ctx, db.AllOrgs, func(tx *db.Tx) error {
		all = nil
		return tx.Each(ctx, func(rows *sql.Rows) error {
			a, err := s.scanAccount(rows)
			all = append(all, a)
			return err
		}, "SELECT "+accountColumns+" FROM carrier_account WHERE kind = 'email' AND status = 'active' AND settings LIKE ? LIMIT 20", "%\""+domain+"\"%")
	}); err != nil {
		return nil, err
	}
	for _, a := range all {
		if a.settings["bounce_domain"] == domain {
			return a, nil
		}
	}
	return nil, email.ErrNobody
}

// returnedBy finds a mail of any org by its token or id, which nobody can guess.
func (s *Service) returnedBy(ctx context.Context, column, value string) (m returned, err error) {
	query := "SELECT org_id, id, account_id, person_id, recipient FROM carrier_send WHERE token = ?"
	if column == "id" {
		query = "SELECT org_id, id, account_id, person_id, recipient FROM carrier_send WHERE id = ?"
	}
	err = s.db.Read(ctx, db.AllOrgs, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, query, value).Scan(&m.org, &m.id, &m.account, &m.person, &m.to)
	})
	if db.IsNoRows(err) {
		return s.bulkReturned(ctx, column, value)
	}
	return m, err
}

// takeReturn notes what a mail that came back says of the address to which ours
// went: our own record of it, whatever address the report names.
func (s *Service) takeReturn(ctx context.Context, addresses []string, data []byte) error {
	r, err := email.ParseReport(data)
	if err != nil {
		return err
	}
	if taken, err := s.takeAnswer(ctx, addresses, r, data); err != nil || taken {
		return err
	}
	if r.Kind == email.Other || r.Kind == email.Delay {
		return nil
	}
	var m returned
	err = email.ErrNobody
	for _, a := range append(addresses, r.Return) {
		local, _, _ := strings.Cut(strings.ToLower(a), "@")
		if f := returnForm.FindStringSubmatch(local); f != nil && errors.Is(err, email.ErrNobody) {
			m, err = s.returnedBy(ctx, "token", f[1])
		}
	}
	if f := ourMail.FindStringSubmatch(r.MessageID); f != nil && errors.Is(err, email.ErrNobody) {
		m, err = s.returnedBy(ctx, "id", f[1]+"_"+f[2])
	}
	if errors.Is(err, email.ErrNobody) {
		s.logger.InfoContext(ctx, "a report about no mail of ours", "kind", r.Kind)
		return nil
	}
	if err != nil {
		return err
	}
	return s.db.Write(ctx, m.org, func(tx *db.Tx) error { return s.noteReturn(ctx, tx, m, r) })
}

func (s *Service) noteReturn(ctx context.Context, tx *db.Tx, m returned, r email.Report) error {
	fact := timeline.Fact{Kind: carrierevent.EmailBounced, PersonID: m.person, Source: KindEmail, OccurredAt: s.now(),
		Data: carrierevent.Bounce{AccountID: m.account, SendID: m.id, Hard: r.Hard, Status: r.Status, Reason: r.Reason}}
	state, code := addressSoft, codeSoftBounce
	reason := i18n.Text{ZH: "邮件被退回：" + r.Reason, EN: "The mail came back: " + r.Reason}
	switch {
	case r.Kind == email.Complaint:
		fact.Kind, state, code, reason = carrierevent.EmailComplained, addressComplained, codeComplaint, i18n.T("对方把邮件标记为垃圾邮件", "They called the mail spam")
	case r.Hard:
		state, code = addressHard, codeHardBounce
	}
	if fact.PersonID == "" {
		found, err := s.ports.People.Find(ctx, tx, m.org, []Identity{{"email", m.to}})
		if err != nil {
			return err
		}
		fact.PersonID = found[0]
	}
	fact.DedupeKey = "email.returned:" + m.id + ":" + code
	fresh, err := s.log.Append(ctx, tx, m.org, fact)
	if err != nil || !fresh[0] {
		return err
	}
	// What is worse stays: a full mailbox does not make a complaint undone.
	if _, err := tx.Exec(ctx, `INSERT INTO carrier_address (org_id, address, state, soft, status, reason, send_id, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (org_id, address) DO UPDATE SET soft = carrier_address.soft + excluded.soft, send_id = excluded.send_id, at = excluded.at, status = excluded.status, reason = excluded.reason,
			state = CASE WHEN carrier_address.state = 'complained' OR carrier_address.state = 'hard' AND excluded.state = 'soft' THEN carrier_address.state ELSE excluded.state END`,
		m.org, strings.ToLower(m.to), state, db.Bit(state == addressSoft), r.Status, r.Reason, m.id, s.micros()); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE carrier_send SET code = ?, error_zh = ?, error_en = ?, updated_at = ? WHERE org_id = ? AND id = ?
		AND code <> 'complaint' AND (code <> 'hard_bounce' OR ? <> 'soft_bounce')`, code, reason.ZH, reason.EN, s.micros(), m.org, m.id, code)
	return err
}

// mayMail notes on m that mail has come back from the address for good.
func mayMail(ctx context.Context, tx *db.Tx, a *account, m *sending) error {
	var state string
	err := tx.QueryRow(ctx, "SELECT state FROM carrier_address WHERE org_id = ? AND address = ?", a.org, strings.ToLower(m.To)).Scan(&state)
	if db.IsNoRows(err) {
		return nil
	}
	switch state {
	case addressHard:
		m.fail("bounced", false, i18n.T("这个邮箱不存在，之前的邮件被退回", "There is no such mailbox: earlier mail came back"))
	case addressComplained:
		m.fail("complained", false, i18n.T("对方把之前的邮件标记为垃圾邮件，不再发送", "They called earlier mail spam: nothing more is sent"))
	}
	return err
}

// ReturnedAddress is an address from which mail came back.
type ReturnedAddress struct {
	Address string    `json:"address" doc:"Masked for who lacks pool.reveal"`
	State   string    `json:"state" enum:"soft,hard,complained" doc:"soft: tried again; hard: there is no such mailbox; complained: they called it spam"`
	Soft    int64     `json:"soft" doc:"How often mail came back for now"`
	Status  string    `json:"status" doc:"As the server says: 5.1.1"`
	Reason  string    `json:"reason" doc:"The server's words"`
	SendID  string    `json:"send_id" doc:"The mail that came back last"`
	At      time.Time `json:"at"`
}

// returnedPlace is where a page goes on, newest first.
type returnedPlace struct {
	At     int64
	SendID string // not the address: whoever may not see it may turn pages
}

// Returned lists addresses from which mail came back, the newest first.
func (s *Service) Returned(ctx context.Context, state string, before returnedPlace, most int) (out []ReturnedAddress, err error) {
	a := actor(ctx)
	tail, args := "AND (? = '' OR state = ?)", []any{a.OrgID, state, state}
	if before != (returnedPlace{}) {
		tail, args = tail+" AND (at, send_id) < (?, ?)", append(args, before.At, before.SendID)
	}
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		out = nil
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var r ReturnedAddress
			var at int64
			err := rows.Scan(&r.Address, &r.State, &r.Soft, &r.Status, &r.Reason, &r.SendID, &at)
			r.At = clock.Time(at)
			if !a.Can("pool.reveal") {
				r.Address = masked(r.Address)
			}
			out = append(out, r)
			return err
		}, "SELECT address, state, soft, status, reason, send_id, at FROM carrier_address WHERE org_id = ? "+tail+" ORDER BY at DESC, send_id DESC LIMIT ?", append(args, most)...)
	})
	return out, err
}

// Release forgets that mail came back from an address: somebody has cleared it
// up with its owner.
func (s *Service) Release(ctx context.Context, address string) error {
	org := actor(ctx).OrgID
	return s.db.Write(ctx, org, func(tx *db.Tx) error {
		n, err := tx.Changed(ctx, "DELETE FROM carrier_address WHERE org_id = ? AND address = ?", org, strings.ToLower(strings.TrimSpace(address)))
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.NotFound(i18n.T("这个退信地址", "returned address"))
		}
		return s.ports.Auditor.Audit(ctx, tx, "carrier.address_released", "address", masked(address), nil)
	})
}
