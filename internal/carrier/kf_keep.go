package carrier

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/carrier/wecom"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/timeline"
)

// keep writes a page: customers, messages, and where the next one begins. What
// another has passed meanwhile is left to them.
func (b *kfBatch) keep(ctx context.Context, tx *db.Tx) error {
	if err := lockTies(ctx, tx, b.a, ""); err != nil {
		return err
	}
	n, err := tx.Changed(ctx, `INSERT INTO carrier_kf (org_id, account_id, cursor, synced_at) VALUES (?, ?, ?, 0)
		ON CONFLICT (org_id, account_id) DO UPDATE SET cursor = excluded.cursor WHERE carrier_kf.cursor = ?`, b.a.org, b.a.id, b.page.Cursor, b.from)
	if err != nil {
		return err
	}
	if n == 0 {
		return errLost
	}
	people, err := b.keepPeople(ctx, tx)
	if err != nil {
		return err
	}
	members, err := b.s.kfMembers(ctx, tx, b.a)
	if err != nil {
		return err
	}
	k := &kfKeeping{kfBatch: b, tx: tx, people: people, members: members, sessions: map[string]kfSession{}}
	for _, m := range b.page.Messages {
		if err := k.take(ctx, m); err != nil {
			return err
		}
	}
	for external, st := range k.sessions {
		if err := saveKfSession(ctx, tx, b.a, external, st); err != nil {
			return err
		}
	}
	_, err = b.s.log.Append(ctx, tx, b.a.org, k.facts...)
	return err
}

// keepPeople records who is in the page and returns their persons. The first
// that anybody does is their arrival.
func (b *kfBatch) keepPeople(ctx context.Context, tx *db.Tx) (map[string]string, error) {
	now := b.s.micros()
	seen := map[string]int{}
	var list []sighting
	for _, m := range b.page.Messages {
		external := kfExternal(m)
		if external == "" {
			continue
		}
		i, ok := seen[external]
		if !ok {
			i = len(list)
			seen[external] = i
			list = append(list, sighting{external: external, profile: b.profiles[external], change: &entry{at: occurredAt(m.Sent), change: changeAdded, source: fromCallback}})
			if now-list[i].change.at > kfStale.Microseconds() {
				list[i].change.source = fromSync
			}
		}
		if m.Type != "event" || m.Event.Type != wecom.KfEntered {
			continue
		}
		switch {
		case plainState.MatchString(m.Event.SceneParam):
			list[i].state = m.Event.SceneParam
		case m.Event.Scene != "" && m.Event.Scene != serviceScene:
			list[i].state = m.Event.Scene
		}
		if m.Event.WelcomeCode != "" && now-occurredAt(m.Sent) <= kfStale.Microseconds() {
			list[i].wants = m.Event.WelcomeCode
			list[i].change.at = occurredAt(m.Sent) // the welcome's seconds count from here
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	externals := make([]string, len(list))
	for i := range list {
		externals[i] = list[i].external
	}
	ties, err := tiesOf(ctx, tx, b.a.org, b.a.id, externals)
	if err != nil {
		return nil, err
	}
	at := map[string]int64{}
	for i := range list {
		at[list[i].external] = list[i].change.at
		if t := ties[[2]string{"", list[i].external}]; t != nil && len(t.history) > 0 {
			list[i].change = nil // they have been here before
		}
	}
	persons, err := b.s.record(ctx, tx, b.a, list)
	if err != nil {
		return nil, err
	}
	out := make(map[string]string, len(list))
	for i, g := range list {
		out[g.external] = persons[i]
		if g.wants == "" {
			continue
		}
		if text := b.a.settings["greeting"]; text != "" { // a code's own greeting is there already
			if err := b.s.keepWelcome(ctx, tx, b.a, g, persons[i], []Part{{Kind: PartText, Text: text}}, at[g.external]); err != nil {
				return nil, err
			}
		}
		b.welcomes = append(b.welcomes, g.wants)
	}
	return out, nil
}

// kfMembers are the members of the corp: those of its other accounts here are
// the same people.
func (s *Service) kfMembers(ctx context.Context, tx *db.Tx, a *account) (map[string]member, error) {
	out := map[string]member{}
	all, err := s.accounts(ctx, tx, a.org, KindWecom)
	if err != nil {
		return nil, err
	}
	for _, corp := range all {
		if corp.platform != a.settings["corp_id"] {
			continue
		}
		if out, err = membersOf(ctx, tx, a.org, corp.id); err != nil {
			return nil, err
		}
	}
	own, err := membersOf(ctx, tx, a.org, a.id)
	for id, m := range own {
		if had := out[id]; m.staff == "" && !m.byHand {
			m.staff = had.staff
		}
		out[id] = m
	}
	return out, err
}

// kfSession is how a conversation stands.
type kfSession struct {
	state int
	user  string
	at    int64
}

// saveKfSession notes how a conversation stands since a moment; what was later
// stays.
func saveKfSession(ctx context.Context, tx *db.Tx, a *account, external string, st kfSession) error {
	_, err := tx.Exec(ctx, `INSERT INTO carrier_kf_session (org_id, account_id, external_id, state, user_id, at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (org_id, account_id, external_id) DO UPDATE SET state = excluded.state, user_id = excluded.user_id, at = excluded.at WHERE carrier_kf_session.at <= excluded.at`,
		a.org, a.id, external, st.state, st.user, st.at)
	return err
}

func kfSessionOf(ctx context.Context, tx *db.Tx, a *account, external string) (st kfSession, err error) {
	err = tx.QueryRow(ctx, "SELECT state, user_id, at FROM carrier_kf_session WHERE org_id = ? AND account_id = ? AND external_id = ?", a.org, a.id, external).Scan(&st.state, &st.user, &st.at)
	if db.IsNoRows(err) {
		err = nil
	}
	return st, err
}

// kfKeeping is the transaction of a page.
type kfKeeping struct {
	*kfBatch
	tx       *db.Tx
	people   map[string]string
	members  map[string]member
	sessions map[string]kfSession
	facts    []timeline.Fact
}

func (k *kfKeeping) session(ctx context.Context, external string) (kfSession, error) {
	if st, ok := k.sessions[external]; ok {
		return st, nil
	}
	return kfSessionOf(ctx, k.tx, k.a, external)
}

func (k *kfKeeping) take(ctx context.Context, m wecom.KfMessage) error {
	at := occurredAt(m.Sent)
	if m.Type == "event" {
		return k.happened(ctx, m, at)
	}
	if m.External == "" || m.Origin != wecom.KfFromCustomer && m.Origin != wecom.KfFromServicer {
		return nil
	}
	st, err := k.session(ctx, m.External)
	if err != nil {
		return err
	}
	data := carrierevent.Message{AccountID: k.a.id, MessageID: m.ID, ExternalID: m.External}
	kind := carrierevent.MessageReceived
	if m.Origin == wecom.KfFromServicer {
		kind, data.UserID = carrierevent.MessageSent, oneLine(m.Servicer, maxID)
		st = kfSession{wecom.KfServed, data.UserID, at}
	} else {
		if st.state == wecom.KfServed {
			data.UserID = st.user
		}
		if st.state == wecom.KfEnded && st.at <= at { // it begins again
			st = kfSession{wecom.KfNew, "", at}
		}
		// Their clock may be ahead of ours, by which answers are counted.
		if err := heard(ctx, k.tx, k.a, m.External, min(at, k.s.micros())); err != nil {
			return err
		}
	}
	k.sessions[m.External] = st
	data.StaffID = k.members[data.UserID].staff
	person := k.people[m.External]
	if err := k.content(ctx, m, person, &data); err != nil {
		return err
	}
	k.facts = append(k.facts, timeline.Fact{Kind: kind, PersonID: person, OccurredAt: clock.Time(at), Source: k.a.kind, DedupeKey: kind + ":" + k.a.id + ":" + m.ID, Data: data})
	return nil
}

// content puts what a message says into the event.
func (k *kfKeeping) content(ctx context.Context, m wecom.KfMessage, person string, data *carrierevent.Message) error {
	data.Type = oneLine(m.Type, 32)
	link := func(kind, title, address string) {
		x := carrierevent.Attachment{Kind: kind, Title: oneLine(title, 200)}
		if webLink(address) && len(address) <= 2048 {
			x.URL = address
		}
		data.Attachments = append(data.Attachments, x)
	}
	switch m.Type {
	case "text":
		data.Text = cut(m.Text.Content, 8000)
	case "image", "voice", "video", "file":
		if r := k.files[m.ID]; r != nil {
			return r.keep(ctx, k.tx, k.a, m.External, person, data)
		}
	case "location":
		data.Attachments = append(data.Attachments, carrierevent.Attachment{Kind: carrierevent.AttachedLocation, Title: oneLine(strings.TrimSpace(m.Location.Name+" "+m.Location.Address), 200),
			URL: place(m.Location.Latitude.String(), m.Location.Longitude.String())})
	case "link":
		data.Text = cut(m.Link.Words, 2000)
		link(carrierevent.AttachedLink, m.Link.Title, m.Link.URL)
	case "miniprogram":
		data.Type = PartMiniProgram
		link(carrierevent.AttachedMiniProgram, m.MiniProgram.Title, "")
	case "business_card":
		data.Type, data.Text = "card", oneLine(m.Card.UserID, 200)
	case "msgmenu":
		data.Type, data.Text = "menu", cut(m.Menu.Head, 2000)
	case "channels_shop_product":
		data.Type = "product"
		link(carrierevent.AttachedOther, m.Product.Title, "")
	case "channels_shop_order":
		data.Type, data.Text = "order", oneLine(m.Order.ID, 100)
		link(carrierevent.AttachedOther, m.Order.Titles, "")
	case "channels":
		link(carrierevent.AttachedOther, strings.TrimSpace(m.Channels.Name+" "+m.Channels.Title), "")
	case "merged_msg":
		link(carrierevent.AttachedOther, m.Merged.Title, "")
	default: // of a kind that nobody here knows: that something was said is kept
		data.Type = "other"
		link(carrierevent.AttachedOther, m.Type, "")
	}
	return nil
}

// happened takes note of an event.
func (k *kfKeeping) happened(ctx context.Context, m wecom.KfMessage, at int64) error {
	e := m.Event
	switch e.Type {
	case wecom.KfSendFailed:
		return k.failed(ctx, m)
	case wecom.KfSession:
		if e.External == "" {
			return nil
		}
		st := kfSession{wecom.KfServed, oneLine(e.NewServicer, maxID), at}
		if e.Change == 3 {
			st = kfSession{wecom.KfEnded, "", at}
		}
		k.sessions[e.External] = st
	case wecom.KfServicer:
		if e.Servicer == "" || len(e.Servicer) > maxID {
			return nil
		}
		return k.s.saveMembers(ctx, k.tx, k.a, []wecom.Member{{UserID: e.Servicer, Status: 1}}, false)
	}
	return nil // that they entered stands in the contact
}

// kfFailures is why a message did not arrive after all.
var kfFailures = map[int]i18n.Text{
	0:  i18n.T("原因未知", "The platform does not say why"),
	1:  i18n.T("客服账号已删除", "The customer service account has been deleted"),
	2:  i18n.T("应用已关闭", "The app is switched off"),
	4:  i18n.T("客户超过 48 小时没有发消息", "The customer has not written for 48 hours"),
	5:  i18n.T("会话已结束", "The session has ended"),
	6:  i18n.T("客户上次发言后已发满 5 条", "Five messages were sent since the customer last wrote"),
	8:  i18n.T("企业主体没有验证", "The company has not been verified"),
	10: i18n.T("客户拒收", "The customer refuses messages"),
	11: i18n.T("企业没有成员登录企业微信", "Nobody of the company is signed in to WeCom"),
	12: i18n.T("客服不能发送这种消息", "Customer service may not send messages of this kind"),
	13: i18n.T("平台的安全限制", "The platform's safety rules forbid it"),
}

// failed takes back that a message was sent.
func (k *kfKeeping) failed(ctx context.Context, m wecom.KfMessage) error {
	why, ok := kfFailures[m.Event.FailType]
	if !ok {
		why = kfFailures[0]
	}
	send := kfSendID(m.Event.FailID)
	if send == "" {
		return nil // not one of ours
	}
	return k.s.outcome(ctx, k.tx, k.a, told{send: send, kind: carrierevent.MessageFailed, messageID: m.Event.FailID, code: fmt.Sprint("fail_type_", m.Event.FailType), reason: why, at: occurredAt(m.Sent)})
}

// kfMessageID is the platform's id of the n-th part of a message: the same for
// every try, so that the platform sends it once. It has at most 32 characters.
func kfMessageID(id string, n int64) string {
	_, digits, _ := strings.Cut(id, "_")
	raw, err := hex.DecodeString(strings.ReplaceAll(digits, "-", ""))
	if err != nil || len(raw) != 16 {
		return ""
	}
	return fmt.Sprintf("%s-%d", base64.RawURLEncoding.EncodeToString(raw), n)
}

// kfSendID is the message of ours that a platform's id stands for; empty: none.
func kfSendID(id string) string {
	if len(id) < 24 || id[22] != '-' {
		return ""
	}
	raw, err := base64.RawURLEncoding.DecodeString(id[:22])
	if err != nil {
		return ""
	}
	return "snd_" + hex.EncodeToString(raw)
}

// plain is a message as text alone.
func plain(parts []Part) string {
	var b strings.Builder
	for _, p := range parts {
		for _, s := range []string{p.Title, p.Text, p.URL} {
			if s != "" {
				if b.Len() > 0 {
					b.WriteByte('\n')
				}
				b.WriteString(s)
			}
		}
	}
	return cut(b.String(), 2048)
}
