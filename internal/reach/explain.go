package reach

import (
	"context"
	"fmt"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/reach/gate"
)

// RuleVerdict is one rule's word about one person.
type RuleVerdict struct {
	Rule   string     `json:"rule" enum:"do_not_contact,consent,window,platform_quota,quiet_hours,cap,carrier_cap,budget,account,rate"`
	Passed bool       `json:"passed"`
	Exempt bool       `json:"exempt" doc:"Not asked of such messages"`
	Until  *time.Time `json:"until" doc:"Not passed: when it would, by itself; null: not by waiting"`
	Text   string     `json:"text" doc:"In words, with the figures"`
}

// Verdict is the gate's word about one person at one time.
type Verdict struct {
	Allowed  bool          `json:"allowed"`
	Why      string        `json:"why" doc:"The first rule that stands in the way; empty: none"`
	Until    *time.Time    `json:"until" doc:"When all rules would pass as things stand; null: at once, or not by waiting"`
	PersonID string        `json:"person_id" doc:"Who speaks for them"`
	TimeZone string        `json:"time_zone"`
	Local    string        `json:"local" doc:"What the clock shows there: 2006-01-02 15:04"`
	Text     string        `json:"text"`
	Rules    []RuleVerdict `json:"rules" nullable:"false"`
}

// Explain says whether a message for a purpose would go to a person over an
// account at a time, and what each rule says of it. Nothing is sent or stored.
func (s *Service) Explain(ctx context.Context, orgID, personID, purpose, accountID string, at time.Time) (v Verdict, err error) {
	if !validPurpose(purpose) {
		return v, errs.InvalidField("purpose", i18n.T("用途应为 marketing、service 或 transactional", "A purpose is marketing, service or transactional"))
	}
	err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		v, err = s.explain(ctx, tx, orgID, personID, purpose, accountID, at)
		return err
	})
	return v, err
}

func (s *Service) explain(ctx context.Context, tx *db.Tx, orgID, personID, purpose, accountID string, at time.Time) (v Verdict, err error) {
	if v.PersonID, err = s.People.Speaker(ctx, tx, orgID, personID); err != nil {
		return v, err
	}
	accounts, err := s.Accounts.Accounts(ctx, tx, orgID)
	if err != nil {
		return v, err
	}
	account, ok := accounts[accountID]
	if !ok {
		return v, errs.NotFound(i18n.T("这个账号", "account"))
	}
	r, err := s.rulesOf(ctx, tx, orgID)
	if err != nil {
		return v, err
	}
	people, err := s.people(ctx, tx, orgID, []string{v.PersonID}, r, false)
	if err != nil {
		return v, err
	}
	p := people[v.PersonID]
	var f gate.Facts
	p.facts(purpose, r.zone, at, &f)
	if account.Window {
		w, err := s.Accounts.WindowOf(ctx, tx, orgID, accountID, v.PersonID)
		if err != nil {
			return v, err
		}
		f.Window = &w
	}
	ask := gate.Ask{Purpose: purpose, Carrier: account.Kind, At: at}
	e := explaining{r: r, f: &f, p: p, a: ask, lang: i18n.From(ctx)}
	v.TimeZone, v.Local = f.Zone.String(), at.In(f.Zone).Format("2006-01-02 15:04")
	for _, c := range r.Explain(&f, ask) {
		v.Rules = append(v.Rules, RuleVerdict{Rule: string(c.Rule), Passed: c.Passed, Exempt: c.Exempt, Until: ptr(c.Until), Text: e.text(c)})
	}
	d := r.Decide(&f, ask)
	v.Allowed, v.Why, v.Until = d.Go, string(d.Why), ptr(d.Until)
	state := &accountState{id: accountID, carrier: account.Kind, rate: r.rates[account.Kind]}
	states := map[string]*accountState{accountID: state}
	if err := readAccounts(ctx, tx, orgID, states); err != nil {
		return v, err
	}
	v.Rules = append(v.Rules, e.account(account, states[accountID]))
	if last := v.Rules[len(v.Rules)-1]; !last.Passed && v.Why == "" {
		v.Allowed, v.Why, v.Until = false, last.Rule, last.Until
	}
	v.Text = e.summary(v)
	return v, nil
}

func ptr(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// explaining puts rules into words.
type explaining struct {
	r    *rules
	f    *gate.Facts
	p    *person
	a    gate.Ask
	lang i18n.Lang
}

func (e explaining) say(zh, en string, args ...any) string { return i18n.T(zh, en, args...).In(e.lang) }

// when is a time as the person's clock shows it.
func (e explaining) when(t time.Time) string { return t.In(e.f.Zone).Format("2006-01-02 15:04") }

func (e explaining) text(c gate.Check) string {
	switch c.Rule {
	case gate.DoNotContact:
		if c.Passed {
			return e.say("不在勿扰名单上", "Not on the do-not-contact list")
		}
		return e.say("在勿扰名单上，什么都不发", "On the do-not-contact list: nothing is sent")
	case gate.NoConsent:
		return e.consent(c)
	case gate.Window:
		return e.window(c)
	case gate.PlatformQuota:
		if c.Passed {
			return e.say("平台对这位客户还有余量，或没有限制", "The platform takes more for this person, or has no limit")
		}
		return e.say("平台对这位客户的条数已用完，%s 起恢复", "The platform takes no more for this person until %s", e.when(c.Until))
	case gate.QuietHours:
		return e.quiet(c)
	case gate.Cap:
		return e.caps(c, e.r.Caps, func(s gate.Send) bool { return !s.Exempt }, i18n.T("全部载体", "over all carriers"))
	case gate.CarrierCap:
		return e.caps(c, e.r.CarrierCaps[e.a.Carrier], func(s gate.Send) bool { return !s.Exempt && s.Carrier == e.a.Carrier }, i18n.T("这个载体", "over this carrier"))
	}
	return e.budget(c)
}

func (e explaining) consent(c gate.Check) string {
	switch {
	case c.Exempt:
		return e.say("交易类消息不需要同意", "Transactional messages need no consent")
	case e.f.Consent == gate.Granted:
		return e.say("已同意接收这类消息", "Has agreed to such messages")
	case e.f.Consent == gate.Withdrawn:
		return e.say("已拒绝或撤回同意", "Has refused, or withdrawn their consent")
	case c.Passed:
		return e.say("没有表示过，这类消息不要求事先同意", "Has said nothing; such messages need no consent beforehand")
	}
	return e.say("没有同意过，这类消息要事先同意", "Has not agreed; such messages need consent beforehand")
}

func (e explaining) window(c gate.Check) string {
	switch {
	case e.f.Window == nil:
		return e.say("这个平台没有回复窗口", "The platform has no window for writing")
	case c.Passed && e.f.Window.Until.IsZero():
		return e.say("回复窗口开着", "The window for writing is open")
	case c.Passed:
		return e.say("回复窗口开到 %s", "The window for writing is open until %s", e.when(e.f.Window.Until))
	}
	return e.say("回复窗口已关闭，要等客户再发消息", "The window for writing is shut until they write again")
}

func (e explaining) quiet(c gate.Check) string {
	hm := func(m int) string { return fmt.Sprintf("%02d:%02d", m/60, m%60) }
	local := e.a.At.In(e.f.Zone).Format("15:04")
	switch {
	case c.Exempt:
		return e.say("这类消息不受免打扰时段限制，或没有设置", "Quiet hours do not hold such messages, or there are none")
	case c.Passed:
		return e.say("当地 %s，不在免打扰时段 %s–%s", "It is %s there, outside quiet hours %s–%s", local, hm(e.r.QuietFrom), hm(e.r.QuietTo))
	}
	return e.say("当地 %s，在免打扰时段 %s–%s，%s 结束", "It is %s there, within quiet hours %s–%s, which end %s", local, hm(e.r.QuietFrom), hm(e.r.QuietTo), e.when(c.Until))
}

func (e explaining) caps(c gate.Check, limits []gate.Limit, counts func(gate.Send) bool, over i18n.Text) string {
	if c.Exempt {
		return e.say("交易类消息不受频次限制", "Transactional messages are exempt from caps")
	}
	if len(limits) == 0 {
		return e.say("%[1]s没有频次上限", "No cap %[2]s", over.ZH, over.EN)
	}
	zh, en := "", ""
	for i, l := range limits {
		n, days := 0, int(l.Span/(24*time.Hour))
		for _, s := range e.f.Sends {
			if counts(s) && s.At > e.a.At.Add(-l.Span).Unix() {
				n++
			}
		}
		if i > 0 {
			zh, en = zh+"，", en+", "
		}
		zh += fmt.Sprintf("%d 天 %d/%d", days, n, l.Most)
		en += fmt.Sprintf("%d of %d in %d days", n, l.Most, days)
	}
	if c.Passed {
		return e.say("%[1]s已收到：%[2]s", "Received %[3]s: %[4]s", over.ZH, zh, over.EN, en)
	}
	return e.say("%[1]s已到上限：%[2]s，%[5]s 起可以再发", "At the cap %[3]s: %[4]s; again from %[5]s", over.ZH, zh, over.EN, en, e.when(c.Until))
}

func (e explaining) budget(c gate.Check) string {
	have := float64(e.r.Purse.At(e.f.Purse, e.a.At)) / gate.Whole
	switch {
	case c.Exempt:
		return e.say("这类消息不消耗注意力额度，或没有启用", "Such messages use up no attention, or the budget is off")
	case c.Passed:
		return e.say("注意力额度还剩 %.1f / %d", "%.1f of %d messages of attention are left", have, e.r.Purse.Size)
	case c.Until.IsZero():
		return e.say("注意力额度只剩 %.1f，要等客户回复或下单", "%.1f messages of attention are left: not before they reply or buy", have)
	}
	return e.say("注意力额度只剩 %.1f，%s 恢复到 1；客户回复或下单会更早", "%.1f messages of attention are left, one from %s, or sooner when they reply or buy", have, e.when(c.Until))
}

func (e explaining) account(a Account, st *accountState) RuleVerdict {
	v := RuleVerdict{Rule: WhyAccount, Passed: true, Text: e.say("账号可用", "The account works")}
	why, until := st.admit(clock.Micros(e.a.At))
	switch {
	case !a.Active:
		v.Passed, v.Text = false, e.say("账号已停用", "The account is disabled")
	case st.paused == 1:
		v.Passed, v.Text = false, e.say("账号的发送已暂停", "Sending over the account is paused")
	case why == WhyAccount:
		v.Passed, v.Until = false, clock.Ptr(until)
		v.Text = e.say("账号连续发送失败，%[1]s 再试：%[2]s", "Sending over the account keeps failing; tried again %[1]s: %[3]s", e.when(clock.Time(until)), st.reason.ZH, st.reason.EN)
	case why == WhyRate:
		v.Rule, v.Passed, v.Until, v.Text = WhyRate, false, clock.Ptr(until), e.say("账号已按每分钟 %d 条的上限在发", "The account sends as fast as it may: %d a minute", st.rate)
	}
	return v
}

func (e explaining) summary(v Verdict) string {
	switch {
	case v.Allowed:
		return e.say("会发送", "It would be sent")
	case v.Until != nil:
		return e.say("不会立刻发送：%[1]s；照现在的情况，%[3]s 可以发", "Not at once: %[2]s; as things stand, from %[3]s", WhyText(v.Why).ZH, WhyText(v.Why).EN, e.when(*v.Until))
	}
	return e.say("不会发送：%[1]s", "Not sent: %[2]s", WhyText(v.Why).ZH, WhyText(v.Why).EN)
}

// AccountStatus is how it stands with sending over an account.
type AccountStatus struct {
	AccountID string     `json:"account_id"`
	Name      string     `json:"name"`
	Carrier   string     `json:"carrier"`
	State     string     `json:"state" enum:"open,paused,resting,probing,disabled" doc:"resting: it kept failing and is tried again later; probing: one message is on its way to see whether it works"`
	Reason    string     `json:"reason"`
	Until     *time.Time `json:"until" doc:"resting: until then"`
	Failures  int64      `json:"failures" doc:"In a row"`
	PerMinute int64      `json:"per_minute" doc:"0: as the carrier's rate says"`
}
