package carrier

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"fishpond/internal/carrier/wecom"
	"fishpond/internal/carrier/wire"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/killpoint"
)

const (
	massSettle  = 15 * time.Second
	massLease   = 2 * time.Minute
	massWithin  = 90 * time.Second // shorter than massLease
	massAtOnce  = 4
	massAhead   = 8
	massSoon    = 20 * time.Second // the shortest time between two looks
	massSeldom  = 15 * time.Minute // the longest
	massDoubt   = time.Minute      // how far the platform's clock may be from ours
	massUnheard = 24 * time.Hour   // after confirming, until which results must have come
)

// mass is a row of carrier_mass.
type mass struct {
	org, id, account, kind, origin, sender, digest, content, status, msgid string
	size, end, next, attempts, since, called, calledOff                    int64
	asked, confirmed, done, created                                        int64
	reminded, code                                                         string
	reason                                                                 i18n.Text
}

const massColumns = `id, account_id, kind, origin, sender, digest, content, status, msgid, size, end_at, next_at, attempts, since, called_at, called_off, asked_at, confirmed_at, done_at, created_at, reminded, code, error_zh, error_en`

func (m *mass) scan(row interface{ Scan(...any) error }) error {
	return row.Scan(&m.id, &m.account, &m.kind, &m.origin, &m.sender, &m.digest, &m.content, &m.status, &m.msgid, &m.size, &m.end, &m.next, &m.attempts, &m.since, &m.called, &m.calledOff,
		&m.asked, &m.confirmed, &m.done, &m.created, &m.reminded, &m.code, &m.reason.ZH, &m.reason.EN)
}

// rouseMass has this node look at once.
func (s *Service) rouseMass() {
	select {
	case s.wakeMass <- struct{}{}:
	default: // awake already
	}
}

// reclaimMass takes up at once what the process before us was working on.
func (s *Service) reclaimMass(ctx context.Context, tx *db.Tx, org string, now int64) error {
	if _, err := tx.Exec(ctx, "UPDATE carrier_mass SET next_at = ? WHERE org_id = ? AND status = 'asking' AND next_at > ?", now, org, now); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "UPDATE carrier_moment SET next_at = ? WHERE org_id = ? AND status IN ('asking', 'creating') AND next_at > ?", now, org, now)
	return err
}

const orgsAsking = `SELECT org_id FROM carrier_mass WHERE status IN ('gathering', 'asking', 'asked') AND next_at <= ?`

// massAll asks members for what is due, and looks what became of it.
func (s *Service) massAll(ctx context.Context) error {
	if err := s.eachOrg(ctx, s.workMass, orgsAsking, s.micros()); err != nil {
		return err
	}
	return s.eachOrg(ctx, s.workMoments, orgsPosting, s.micros())
}

// workMass does one round of what members are asked to send, and returns how
// much there was.
func (s *Service) workMass(ctx context.Context, org string) (int, error) {
	list, err := s.claimMass(ctx, org)
	if err != nil {
		return 0, err
	}
	var g errgroup.Group
	g.SetLimit(massAtOnce)
	for _, m := range list {
		g.Go(func() error {
			within, cancel := context.WithTimeout(ctx, massWithin)
			defer cancel()
			err := s.massOne(within, m)
			if err == nil || ctx.Err() != nil { // the process stops: the lease runs out
				return nil
			}
			s.logger.WarnContext(ctx, "a mass message could not be seen to, will try again", "account", m.account, "mass", m.id, "error", err)
			return s.massLater(ctx, m, massBackOff(m.attempts))
		})
	}
	return len(list), g.Wait()
}

func massBackOff(attempts int64) time.Duration {
	return min(time.Duration(min(attempts*attempts, 1000))*time.Second+time.Second, 30*time.Minute)
}

// claimMass takes what is due. What was being gathered is complete then.
func (s *Service) claimMass(ctx context.Context, org string) (out []*mass, err error) {
	now := s.micros()
	var due []string
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		due = nil
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			due = append(due, id)
			return err
		}, "SELECT id FROM carrier_mass WHERE org_id = ? AND status IN ('gathering', 'asking', 'asked') AND next_at <= ? ORDER BY next_at, id LIMIT ?", org, now, massAhead)
	})
	if err != nil || len(due) == 0 {
		return nil, err
	}
	err = s.db.Write(ctx, org, func(tx *db.Tx) error {
		out = nil
		where, arg := tx.In("id", due)
		return tx.Each(ctx, func(rows *sql.Rows) error {
			m := &mass{org: org}
			err := m.scan(rows)
			out = append(out, m)
			return err
		}, `UPDATE carrier_mass SET next_at = ?, attempts = attempts + 1, status = CASE WHEN status = 'gathering' THEN 'asking' ELSE status END
			WHERE org_id = ? AND status IN ('gathering', 'asking', 'asked') AND next_at <= ? AND `+where+" RETURNING "+massColumns, now+massLease.Microseconds(), org, now, arg)
	})
	return out, err
}

// errMassTaken: another node has taken it meanwhile.
var errMassTaken = errors.New("carrier: the mass message was taken by another")

// set changes a message that this attempt still holds.
func (m *mass) set(ctx context.Context, tx *db.Tx, set string, args ...any) error {
	n, err := tx.Changed(ctx, "UPDATE carrier_mass SET "+set+" WHERE org_id = ? AND id = ? AND attempts = ? AND status IN ('asking', 'asked')", append(args, m.org, m.id, m.attempts)...)
	if err == nil && n == 0 {
		err = errMassTaken
	}
	return err
}

func (s *Service) massLater(ctx context.Context, m *mass, d time.Duration) error {
	err := s.db.Write(context.WithoutCancel(ctx), m.org, func(tx *db.Tx) error {
		return m.set(ctx, tx, "next_at = ?", clock.Micros(s.now().Add(d)))
	})
	if errors.Is(err, errMassTaken) {
		return nil
	}
	return err
}

// massOne brings one message a step further.
func (s *Service) massOne(ctx context.Context, m *mass) error {
	var a *account
	if err := s.db.Read(ctx, m.org, func(tx *db.Tx) (err error) {
		a, err = s.accountByID(ctx, tx, m.org, m.account)
		return err
	}); err != nil && !errs.Is(err, errs.CodeNotFound) {
		return err
	}
	over := m.calledOff == 1 || s.micros() >= m.end
	if a == nil || a.status != StatusActive {
		if over && m.since == 0 || a == nil {
			return s.massGiveUp(ctx, m)
		}
		return s.massLater(ctx, m, massBackOff(m.attempts))
	}
	c := s.massClient(a)
	switch {
	case m.status == massAsked:
		return s.massLook(ctx, a, c, m, over)
	case m.since > 0: // it may have been asked
		return s.massReconcile(ctx, a, c, m, over)
	case over:
		return s.massGiveUp(ctx, m)
	}
	return s.massCall(ctx, a, c, m)
}

// massClient makes calls of which none is made twice by itself when its answer
// was lost: the platform would ask a second time.
func (s *Service) massClient(a *account) *wecom.Client {
	o := wire.Options{Base: s.baseOf(a, "/cgi-bin"), HTTP: s.o.HTTP, Sleep: s.o.Sleep, Patient: time.Minute, Once: true}
	o.Tokens = &accountTokens{s: s, org: a.org, id: a.id, slot: slotContact, fetch: wecom.Fetch(o, a.settings["corp_id"], a.secrets["secret"].Reveal())}
	o.Quota = s.quotaOf(a, bulkShare)
	return wecom.New(o)
}

// massCall asks the platform. That it was asked stands in the row before.
func (s *Service) massCall(ctx context.Context, a *account, c *wecom.Client, m *mass) error {
	var parts []Part
	if err := json.Unmarshal([]byte(m.content), &parts); err != nil {
		return err
	}
	files, err := s.uploaded(ctx, a, c, parts)
	if err != nil {
		return s.massRefused(ctx, a, m, parts, err)
	}
	message, err := massMessage(files)
	if err != nil {
		return s.massRefused(ctx, a, m, parts, err)
	}
	var to []string
	if err := s.db.Write(ctx, m.org, func(tx *db.Tx) error {
		now := s.micros()
		if err := m.set(ctx, tx, "since = CASE WHEN since = 0 THEN ? ELSE since END, called_at = ?", now, now); err != nil {
			return err
		}
		to = nil
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			to = append(to, id)
			return err
		}, "SELECT recipient FROM carrier_mass_send WHERE org_id = ? AND mass_id = ? AND status = 'waiting' ORDER BY recipient", m.org, m.id)
	}); err != nil {
		if errors.Is(err, errMassTaken) {
			return nil
		}
		return err
	}
	ask := wecom.Mass{ChatType: m.kind, Sender: m.sender, Message: message}
	if m.kind == wecom.MassGroup {
		ask.Chats = to
	} else {
		ask.Customers = to
	}
	killpoint.Here("mass.asking")
	id, failed, err := c.AddMass(ctx, ask)
	killpoint.Here("mass.asked")
	if err != nil {
		if _, lost := errors.AsType[*wire.LostError](err); lost || ctx.Err() != nil {
			return s.massLater(ctx, m, 2*time.Second) // it is looked up then
		}
		return s.massRefused(ctx, a, m, parts, err)
	}
	return s.massAsked(ctx, m, id, failed)
}

// massAsked notes that a member was asked, and who could not be reached.
func (s *Service) massAsked(ctx context.Context, m *mass, msgid string, failed []string) error {
	return s.db.Write(context.WithoutCancel(ctx), m.org, func(tx *db.Tx) error {
		now := s.micros()
		if err := m.set(ctx, tx, "status = 'asked', msgid = ?, asked_at = ?, next_at = ?, attempts = 0, code = '', error_zh = '', error_en = ''", msgid, now, now+massSoon.Microseconds()); err != nil {
			return err
		}
		m.status, m.msgid, m.asked, m.attempts = massAsked, msgid, now, 0
		results := make([]wecom.MassSend, len(failed))
		for i, id := range failed {
			results[i] = wecom.MassSend{External: id, Status: wecom.MassNotFriend}
		}
		if _, err := s.massResults(ctx, tx, m, results); err != nil {
			return err
		}
		return s.massFinish(ctx, tx, m)
	})
}

// massRefused notes that the platform did not take it: for now, or for good.
func (s *Service) massRefused(ctx context.Context, a *account, m *mass, parts []Part, cause error) error {
	shown := errs.As(wire.Show(cause))
	code := string(shown.Code)
	if c := wire.Code(cause); c != 0 {
		code = fmt.Sprint(c)
	}
	kind := wire.KindOf(cause)
	again := kind == wire.Operator || kind == wire.Token || kind == wire.Busy || kind == wire.Crowded || kind == wire.Limited || shown.Code == errs.CodeUnavailable || shown.Code == errs.CodeTooMany || shown.Code == errs.CodeInternal
	if wire.Code(cause) == 40007 && m.attempts < 3 { // a file that has gone from there is brought anew
		if err := s.forgetUploads(ctx, a, parts); err != nil {
			return err
		}
		again = true
	}
	return s.db.Write(context.WithoutCancel(ctx), m.org, func(tx *db.Tx) error {
		text := shown.Text
		if len(shown.Fields) > 0 {
			text = shown.Fields[0].Text
		}
		if again { // what was refused was not asked
			return m.set(ctx, tx, "since = 0, called_at = 0, next_at = ?, code = ?, error_zh = ?, error_en = ?", clock.Micros(s.now().Add(massBackOff(m.attempts))), code, text.ZH, text.EN)
		}
		if wire.Code(cause) == wecom.CodeNoReceivers {
			code, text = "not_friend", massWords["not_friend"]
		}
		if err := s.massEnd(ctx, tx, m, SendFailed, code, text); err != nil {
			return err
		}
		return m.set(ctx, tx, "status = 'failed', done_at = ?, code = ?, error_zh = ?, error_en = ?", s.micros(), code, text.ZH, text.EN)
	})
}

// massReconcile finds out whether the platform was asked, when the answer to
// that was lost: it looks for a message of the same time and text, from the same
// member to the same people. Only what it does not find, and could have found by
// now, is asked again.
func (s *Service) massReconcile(ctx context.Context, a *account, c *wecom.Client, m *mass, over bool) error {
	msgid, err := s.massFind(ctx, c, m)
	if err != nil {
		return err
	}
	if msgid != "" {
		err := s.massAsked(ctx, m, msgid, nil) // who could not be reached is not among its receivers: see massLook
		if err == nil {
			s.rouseMass()
		}
		return err
	}
	if wait := m.called + s.o.MassSettle.Microseconds() - s.micros(); wait > 0 {
		return s.massLater(ctx, m, min(time.Duration(wait)*time.Microsecond, 3*time.Second))
	}
	if over {
		return s.massGiveUp(ctx, m)
	}
	return s.massCall(ctx, a, c, m)
}

// massFind looks for a message that the platform has and we do not.
func (s *Service) massFind(ctx context.Context, c *wecom.Client, m *mass) (string, error) {
	var parts []Part
	if err := json.Unmarshal([]byte(m.content), &parts); err != nil {
		return "", err
	}
	ours, err := massMessage(parts)
	if err != nil {
		return "", err
	}
	want := map[string]bool{}
	known := map[string]bool{}
	if err := s.db.Read(ctx, m.org, func(tx *db.Tx) error {
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			want[id] = true
			return err
		}, "SELECT recipient FROM carrier_mass_send WHERE org_id = ? AND mass_id = ?", m.org, m.id); err != nil {
			return err
		}
		return tx.Each(ctx, func(rows *sql.Rows) error {
			var id string
			err := rows.Scan(&id)
			known[id] = true
			return err
		}, "SELECT msgid FROM carrier_mass WHERE org_id = ? AND account_id = ? AND msgid <> '' AND asked_at >= ?", m.org, m.account, m.since-2*massDoubt.Microseconds())
	}); err != nil {
		return "", err
	}
	from := clock.Time(m.since).Add(-massDoubt)
	to := clock.Time(m.called).Add(massWithin + massDoubt)
	if to.Sub(from) > wecom.MaxMassSpan {
		from = to.Add(-wecom.MaxMassSpan)
	}
	for cursor := ""; ; {
		list, next, err := c.Masses(ctx, m.kind, from, to, cursor)
		if err != nil {
			return "", err
		}
		for _, r := range list {
			if known[r.ID] || r.CreateType != 0 || !sameMass(ours, r) {
				continue
			}
			if ok, err := sameReceivers(ctx, c, r.ID, m.sender, want); err != nil || ok {
				return r.ID, err
			}
		}
		if next == "" || next == cursor {
			return "", nil
		}
		cursor = next
	}
}

func sameMass(ours wecom.Message, r wecom.MassRecord) bool {
	text := ""
	if ours.Text != nil {
		text = ours.Text.Content
	}
	return strings.Join(strings.Fields(text), " ") == strings.Join(strings.Fields(r.Text.Content), " ") && len(ours.Attachments) == len(r.Attachments)
}

// sameReceivers tells whether a message was given to the member, and to nobody
// but those who are wanted.
func sameReceivers(ctx context.Context, c *wecom.Client, msgid, sender string, want map[string]bool) (bool, error) {
	list, _, err := c.MassResults(ctx, msgid, sender, "")
	if k := wire.KindOf(err); k == wire.Missing || k == wire.Other { // another member's
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, x := range list {
		if !want[x.Receiver()] {
			return false, nil
		}
	}
	return len(list) > 0, nil
}

// massGiveUp ends what was never asked.
func (s *Service) massGiveUp(ctx context.Context, m *mass) error {
	return s.db.Write(context.WithoutCancel(ctx), m.org, func(tx *db.Tx) error { return s.massCancelled(ctx, tx, m) })
}

func (s *Service) massCancelled(ctx context.Context, tx *db.Tx, m *mass) error {
	code := "unconfirmed"
	if m.calledOff == 1 {
		code = "called_off"
	}
	if err := s.massEnd(ctx, tx, m, SendCancelled, code, massWords[code]); err != nil {
		return err
	}
	return m.set(ctx, tx, "status = 'cancelled', done_at = ?, code = ?", s.micros(), code)
}

// massWords say to people what became of a message.
var massWords = map[string]i18n.Text{
	"not_friend":  i18n.T("已不是这位成员的好友（或不是群主的群）", "They are not this member's contact any more (or the group is not theirs)"),
	"too_many":    i18n.T("客户收到的群发已到平台上限", "They have got as many mass messages as the platform allows"),
	"unconfirmed": i18n.T("员工到结束时都没有确认", "Nobody confirmed it before the end"),
	"called_off":  i18n.T("确认之前已取消", "It was called off before anybody confirmed"),
	"unheard":     i18n.T("员工已确认，平台一直没有给出结果", "It was confirmed, and the platform never told what came of it"),
}

// massEnd ends for all who wait.
func (s *Service) massEnd(ctx context.Context, tx *db.Tx, m *mass, status, code string, reason i18n.Text) error {
	var gone []MassOutcome
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		o := MassOutcome{Status: status, Code: code, Reason: reason, At: s.now()}
		err := rows.Scan(&o.Key)
		gone = append(gone, o)
		return err
	}, "UPDATE carrier_mass_send SET status = ?, code = ?, done_at = ? WHERE org_id = ? AND mass_id = ? AND status = 'waiting' RETURNING key", status, code, s.micros(), m.org, m.id); err != nil {
		return err
	}
	return s.tellMass(ctx, tx, m, gone)
}

func (s *Service) tellMass(ctx context.Context, tx *db.Tx, m *mass, all []MassOutcome) error {
	if len(all) == 0 || s.ports.Told == nil || m.kind != wecom.MassSingle {
		return nil
	}
	slices.SortFunc(all, func(a, b MassOutcome) int { return strings.Compare(a.Key, b.Key) })
	return s.ports.Told.Told(ctx, tx, m.org, all)
}
