package carrier

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/ids"
	"fishpond/internal/timeline"
)

var (
	stopped     = i18n.T("发送时系统中断，可能已经送达", "The system stopped while sending; it may have arrived")
	interrupted = i18n.T("发送时系统中断，可能已经送达；可以重试，不会重复发送", "The system stopped while sending and it may have arrived; trying again sends nothing twice")
)

// buryQueued says of messages whose sender has died that nobody knows whether
// they arrived.
func (s *Service) buryQueued(ctx context.Context, org string) error {
	now := s.micros()
	var any bool
	if err := s.db.Read(ctx, org, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM carrier_send WHERE org_id = ? AND status = 'queued' AND lease_until < ?)", org, now).Scan(&any)
	}); err != nil || !any {
		return err
	}
	return s.db.Write(ctx, org, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE carrier_send SET status = 'doubtful', again = 1, code = 'lost', error_zh = ?, error_en = ?, updated_at = ? WHERE org_id = ? AND status = 'queued' AND lease_until < ?
			AND account_id IN (SELECT id FROM carrier_account WHERE org_id = ? AND kind = ?)`, interrupted.ZH, interrupted.EN, now, org, now, org, KindKf); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "UPDATE carrier_send SET status = 'doubtful', code = 'lost', error_zh = ?, error_en = ?, updated_at = ? WHERE org_id = ? AND status = 'queued' AND lease_until < ?",
			stopped.ZH, stopped.EN, now, org, now)
		return err
	})
}

// begin finds or makes the row of a message, and takes the right to send it: m's
// status is queued then. A message on a web page is there at once.
func (s *Service) begin(ctx context.Context, tx *db.Tx, a *account, m *sending) error {
	now := s.micros()
	m.safe = a.kind == KindKf
	var digest string
	var again, lease int64
	m.id = ""
	err := tx.QueryRow(ctx, `SELECT id, digest, status, code, error_zh, error_en, again, parts_done, attempts, platform_id, token, created_at, updated_at, lease_until, person_id, recipient
		FROM carrier_send WHERE org_id = ? AND key = ?`, a.org, m.Key).
		Scan(&m.id, &digest, &m.status, &m.code, &m.reason.ZH, &m.reason.EN, &again, &m.done, &m.attempts, &m.platformID, &m.token, &m.created, &m.at, &lease, &m.PersonID, &m.To)
	switch {
	case db.IsNoRows(err):
		return s.beginFirst(ctx, tx, a, m, now)
	case err != nil:
		return err
	case digest != m.digest:
		return errs.Conflict(i18n.T("同一个编号已经用于别的消息", "The key has been used for another message"))
	}
	m.again, m.unsure = again == 1, m.code == "lost"
	from := m.status
	switch {
	case m.status == SendQueued && lease > now:
		return errSending
	case m.status == SendQueued && !m.safe: // whoever was sending died with it
		m.status, m.code, m.reason = SendDoubtful, "lost", stopped
		return s.keepSend(ctx, tx, a, m, SendQueued)
	case m.status == SendQueued:
		m.unsure = true // the platform is asked by our id, and sends nothing twice
	case m.status != SendFailed && m.status != SendDoubtful || !m.again:
		return nil
	}
	if !m.unsure { // what may be there already no window stands in the way of
		if err := s.mayReach(ctx, tx, a, m); err != nil {
			return err
		}
		if m.status == SendFailed && !m.again { // what has changed since stands in the way
			return s.keepSend(ctx, tx, a, m, SendFailed)
		}
	}
	m.status, m.attempts, m.at = SendQueued, m.attempts+1, now
	n, err := tx.Changed(ctx, "UPDATE carrier_send SET status = 'queued', code = '', attempts = ?, lease_until = ?, updated_at = ? WHERE org_id = ? AND id = ? AND status = ? AND attempts = ?",
		m.attempts, clock.Micros(s.now().Add(sendLease)), now, a.org, m.id, from, m.attempts-1)
	if err == nil && n == 0 {
		return errSending
	}
	return err
}

func (s *Service) beginFirst(ctx context.Context, tx *db.Tx, a *account, m *sending, now int64) error {
	if a.status != StatusActive {
		return errs.Conflict(i18n.T("账号已停用", "The account is disabled"))
	}
	if err := m.fits(a.kind); err != nil {
		return err
	}
	if err := s.findRecipient(ctx, tx, a, m); err != nil {
		return err
	}
	if a.kind == KindEmail && strings.TrimSpace(m.Subject) == "" { // an answer has that of what it answers
		if last, err := lastMailOf(ctx, tx, a, m.To); err != nil {
			return err
		} else if last.at == 0 {
			return errs.InvalidField("subject", i18n.T("邮件要有主题", "A mail needs a subject"))
		}
	}
	files, err := mediaOf(ctx, tx, a.org, m.Parts)
	if err != nil {
		return err
	}
	if err := m.fitFiles(a.kind, files); err != nil {
		return err
	}
	if err := useMedia(ctx, tx, a, m.To, m.PersonID, keysOf(files)...); err != nil {
		return err
	}
	m.id, m.status, m.attempts, m.created, m.at = ids.New("snd"), SendQueued, 1, now, now
	if a.kind == KindEmail && a.settings["bounce_domain"] != "" {
		m.token = newToken()
	}
	if err := s.mayReach(ctx, tx, a, m); err != nil {
		return err
	}
	if a.kind == KindWeb && m.status == SendQueued {
		if err := s.putMessage(ctx, tx, a, m, files); err != nil {
			return err
		}
	}
	n, err := tx.Changed(ctx, `INSERT INTO carrier_send (org_id, id, key, account_id, person_id, recipient, digest, content, status, again, attempts, lease_until, platform_id, token, code, error_zh, error_en, created_at, updated_at, staff_id, parts)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (org_id, key) DO NOTHING`, a.org, m.id, m.Key, a.id, m.PersonID, m.To, m.digest, m.content, m.status, db.Bit(m.again), m.attempts,
		clock.Micros(s.now().Add(sendLease)), m.platformID, m.token, m.code, m.reason.ZH, m.reason.EN, now, now, m.StaffID, len(m.Parts))
	if err == nil && n == 0 { // the other one was a moment faster
		return errSending
	}
	if err == nil && m.status == SendSent {
		err = s.tellSent(ctx, tx, a, m)
	}
	return err
}

// findRecipient finds where the message goes, and whose that is.
func (s *Service) findRecipient(ctx context.Context, tx *db.Tx, a *account, m *sending) error {
	var members []string
	if m.PersonID != "" {
		var err error
		if m.PersonID, members, err = s.ports.People.Members(ctx, tx, a.org, m.PersonID); err != nil {
			return err
		}
	}
	switch a.kind {
	case KindEmail:
		if !mailbox.MatchString(m.To) {
			return errs.InvalidField("to", i18n.T("邮箱地址不正确", "The address is not right"))
		}
		m.To = strings.ToLower(m.To) // one conversation, however it is written
	case KindSMS:
		if !number.MatchString(m.To) {
			return errs.InvalidField("to", i18n.T("号码要带国家码，例如 +8613800138000", "Numbers begin with the country, as +8613800138000"))
		}
	default:
		return s.findContact(ctx, tx, a, m, members)
	}
	if m.PersonID != "" {
		return nil
	}
	found, err := s.ports.People.Find(ctx, tx, a.org, []Identity{{map[string]string{KindEmail: "email", KindSMS: "phone"}[a.kind], m.To}})
	if err == nil {
		m.PersonID = found[0]
	}
	return err
}

// findContact finds the tie over which somebody can be reached.
func (s *Service) findContact(ctx context.Context, tx *db.Tx, a *account, m *sending, members []string) error {
	query, args := "SELECT external_id, person_id FROM carrier_contact WHERE org_id = ? AND account_id = ? AND status IN ('friend', 'visitor')", []any{a.org, a.id}
	if m.To != "" {
		query, args = query+" AND external_id = ?", append(args, m.To)
	}
	if members != nil {
		where, arg := tx.In("person_id", members)
		query, args = query+" AND "+where, append(args, arg)
	}
	err := tx.QueryRow(ctx, query+" ORDER BY heard_at DESC, since DESC, external_id LIMIT 1", args...).Scan(&m.To, &m.PersonID)
	if db.IsNoRows(err) {
		return errs.Conflict(i18n.T("这位客户现在不能通过这个账号联系", "The person cannot be reached over this account now"))
	}
	return err
}

// mayReach notes on m what stands in the way of sending now, without asking the
// platform: the window is over, or mail has come back from the address.
func (s *Service) mayReach(ctx context.Context, tx *db.Tx, a *account, m *sending) error {
	if a.kind == KindEmail {
		return mayMail(ctx, tx, a, m)
	}
	if a.kind == KindKf {
		return s.mayReachKf(ctx, tx, a, m)
	}
	if abilities[a.kind].window() == 0 {
		return nil
	}
	var heard, acted int64
	err := tx.QueryRow(ctx, "SELECT heard_at, acted_at FROM carrier_contact WHERE org_id = ? AND account_id = ? AND external_id = ? ORDER BY heard_at DESC LIMIT 1", a.org, a.id, m.To).Scan(&heard, &acted)
	if err != nil && !db.IsNoRows(err) {
		return err
	}
	if heard+acted != 0 && openingOf(abilities[a.kind].Capability, heard, acted, s.now()).since == 0 { // none: from before anybody noted it; the platform will say
		m.fail("window", false, i18n.T("对方超过 %d 小时没有互动，平台不允许再发", "They have not written for %d hours; the platform lets nothing be sent", abilities[a.kind].WindowHours))
	}
	return nil
}

// mayReachKf also counts: what is one too many would be refused there after the
// others have gone out.
func (s *Service) mayReachKf(ctx context.Context, tx *db.Tx, a *account, m *sending) error {
	w, err := s.windowOf(ctx, tx, a, m.To)
	switch {
	case err != nil:
		return err
	case w.Why == "window":
		m.fail("window", false, i18n.T("客户超过 48 小时没有发消息，平台不允许再发", "They have not written for 48 hours; the platform lets nothing be sent"))
	case w.Left < len(m.Parts)-int(m.done):
		m.fail("limit", false, i18n.T("客户上次发言后还能发 %d 条，这条消息有 %d 段；要等客户再发消息", "Since they last wrote, %d more may be sent, and this has %d parts; they have to write first", w.Left, len(m.Parts)))
	}
	return nil
}

// putMessage lays a message down for a visitor's browser: it is sent with the
// transaction.
func (s *Service) putMessage(ctx context.Context, tx *db.Tx, a *account, m *sending, files map[string]Media) error {
	if err := lockTies(ctx, tx, a, m.To); err != nil {
		return err
	}
	c := ChatMessage{From: fromStaff, Parts: namesOf(m.Parts, files), At: clock.Time(m.at)}
	if _, err := keepMessage(ctx, tx, a, m.To, m.id, &c); err != nil {
		return err
	}
	m.status, m.platformID, m.done = SendSent, fmt.Sprint(c.Seq), int64(len(m.Parts))
	tx.OnCommit(func() { s.chat.bells.ring(a.id, m.To) })
	return nil
}

// advance notes that the platform has taken one more part.
func (s *Service) advance(ctx context.Context, a *account, m *sending) error {
	m.done++
	return s.db.Write(ctx, a.org, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE carrier_send SET parts_done = ? WHERE org_id = ? AND id = ? AND status = 'queued' AND attempts = ?", m.done, a.org, m.id, m.attempts)
		return err
	})
}

// endSend keeps what became of a message. Whoever was thought dead and is not
// finds the row decided, and leaves it.
func (s *Service) endSend(ctx context.Context, a *account, m *sending, cause error) error {
	m.verdict(cause)
	m.at = s.micros()
	return s.db.Write(ctx, a.org, func(tx *db.Tx) error {
		if err := s.keepSend(ctx, tx, a, m, SendQueued); err != nil {
			return err
		}
		if m.status == SendSent {
			return s.tellSent(ctx, tx, a, m)
		}
		return nil
	})
}

func (s *Service) keepSend(ctx context.Context, tx *db.Tx, a *account, m *sending, from string) error {
	n, err := tx.Changed(ctx, `UPDATE carrier_send SET status = ?, code = ?, error_zh = ?, error_en = ?, again = ?, parts_done = ?, platform_id = ?, updated_at = ?
		WHERE org_id = ? AND id = ? AND status = ? AND attempts = ?`, m.status, m.code, m.reason.ZH, m.reason.EN, db.Bit(m.again), m.done, m.platformID, m.at, a.org, m.id, from, m.attempts)
	if err == nil && n == 0 {
		return errs.Conflict(i18n.T("这条消息的状态已经变了", "The message's state has moved on"))
	}
	return err
}

func (s *Service) tellSent(ctx context.Context, tx *db.Tx, a *account, m *sending) error {
	if m.PersonID == "" {
		return nil
	}
	data := carrierevent.Message{AccountID: a.id, MessageID: m.platformID, ExternalID: m.To, Type: PartTemplate, SendID: m.id, Key: m.Key, StaffID: m.StaffID, Text: m.Subject, Subject: m.Subject}
	for i, p := range m.Parts {
		if i == 0 {
			data.Type = p.Kind
		}
		if data.Text == "" {
			data.Text = cut(p.Text+p.Title, 2000)
		}
	}
	_, err := s.log.Append(ctx, tx, a.org, timeline.Fact{Kind: carrierevent.MessageSent, PersonID: m.PersonID, Source: a.kind, OccurredAt: clock.Time(m.at), DedupeKey: "message.sent:" + m.id, Data: data})
	return err
}

// heard notes that a contact has written, which lets us answer them.
func heard(ctx context.Context, tx *db.Tx, a *account, external string, at int64) error {
	return stamp(ctx, tx, a, "heard_at", external, at)
}

// acted notes that a contact has followed or scanned a code, which lets us write
// to them for a moment.
func acted(ctx context.Context, tx *db.Tx, a *account, external string, at int64) error {
	return stamp(ctx, tx, a, "acted_at", external, at)
}

func stamp(ctx context.Context, tx *db.Tx, a *account, column, external string, at int64) error {
	_, err := tx.Exec(ctx, "UPDATE carrier_contact SET "+column+" = ? WHERE org_id = ? AND account_id = ? AND user_id = '' AND external_id = ? AND "+column+" < ?", at, a.org, a.id, external, at)
	return err
}

// SendItem is a message as the list shows it: not what it says.
type SendItem struct {
	ID         string    `json:"id"`
	PersonID   string    `json:"person_id"`
	Status     string    `json:"status" enum:"queued,sent,failed,doubtful"`
	Attempts   int64     `json:"attempts"`
	PlatformID string    `json:"platform_id"`
	Code       string    `json:"code"`
	Reason     string    `json:"reason" doc:"Why it failed, or what is not known"`
	Again      bool      `json:"again" doc:"Trying again may succeed"`
	CreatedAt  time.Time `json:"created_at"`
	UpdatedAt  time.Time `json:"updated_at"`
}

// Sends lists messages that were sent over an account, the newest first.
func (s *Service) Sends(ctx context.Context, accountID, status, before string, most int) (out []SendItem, err error) {
	org, lang := actor(ctx).OrgID, i18n.From(ctx)
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		if _, err := s.accountByID(ctx, tx, org, accountID); err != nil {
			return err
		}
		out = nil
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var i SendItem
			var reason i18n.Text
			var again, created, updated int64
			err := rows.Scan(&i.ID, &i.PersonID, &i.Status, &i.Attempts, &i.PlatformID, &i.Code, &reason.ZH, &reason.EN, &again, &created, &updated)
			i.Reason, i.Again, i.CreatedAt, i.UpdatedAt = reason.In(lang), again == 1, clock.Time(created), clock.Time(updated)
			out = append(out, i)
			return err
		}, `SELECT id, person_id, status, attempts, platform_id, code, error_zh, error_en, again, created_at, updated_at FROM carrier_send
			WHERE org_id = ? AND account_id = ? AND (? = '' OR status = ?) AND (? = '' OR id < ?) ORDER BY id DESC LIMIT ?`, org, accountID, status, status, before, before, most)
	})
	return out, err
}
