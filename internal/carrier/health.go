package carrier

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"fishpond/internal/carrier/carrierevent"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/timeline"
)

// How an account is.
const (
	HealthNew     = "new" // nobody has looked yet
	HealthOK      = "ok"
	HealthWarning = "warning"
	HealthFailing = "failing"
)

// Health is how an account is doing, and why.
type Health struct {
	Health            string     `json:"health" enum:"ok,warning,failing"`
	Problems          []Problem  `json:"problems" nullable:"false" doc:"The worst first"`
	TokenExpiresAt    *time.Time `json:"token_expires_at" doc:"Null: there is no token at present"`
	QuotaAPI          string     `json:"quota_api" doc:"The API that is used most within the hour"`
	QuotaMinuteLeft   int64      `json:"quota_minute_left" doc:"Calls of it that are left in this minute"`
	QuotaHourLeft     int64      `json:"quota_hour_left"`
	Calls             int64      `json:"calls" doc:"Calls in the last hour"`
	Failed            int64      `json:"failed" doc:"Of them, those that failed"`
	LastSyncAt        *time.Time `json:"last_sync_at"`
	LastCallbackAt    *time.Time `json:"last_callback_at"`
	VerifiedAt        *time.Time `json:"callback_verified_at" doc:"When the platform last verified the callback address; null: it has not"`
	CallbacksWaiting  int64      `json:"callbacks_waiting"`
	CallbacksFailed   int64      `json:"callbacks_failed"`
	CallbacksUnknown  int64      `json:"callbacks_unknown" doc:"In the last day, of kinds that nobody here understands"`
	WelcomesMissed    int64      `json:"welcomes_missed" doc:"In the last day"`
	Friends           int64      `json:"friends" doc:"Contacts who can be reached"`
	ProfilesDue       int64      `json:"profiles_due" doc:"Contacts of whom the platform has not told yet who they are"`
	UnmatchedStaff    int64      `json:"unmatched_staff" doc:"Members with customers who are nobody here"`
	SendsDoubtful     int64      `json:"sends_doubtful" doc:"Messages of the last day of which nobody knows whether they arrived"`
	Bounced           int64      `json:"bounced" doc:"Mail of the last two days that came back for good"`
	Complained        int64      `json:"complained" doc:"Mail of the last two days that was called spam"`
	Mailed            int64      `json:"mailed" doc:"Mail that was sent in the last two days"`
	LastVisitAt       *time.Time `json:"last_visit_at" doc:"Of a website: when somebody was last seen there; null: not lately"`
	OwnerActive       bool       `json:"owner_active" doc:"Somebody looks after the account, and still works here"`
	SecretExpiresAt   *time.Time `json:"secret_expires_at"`
	callbacksExpected bool
}

// Problem is something that is wrong with an account.
type Problem struct {
	Code  string `json:"code"`
	Level string `json:"level" enum:"warning,failing"`
	Text  string `json:"text" doc:"What it is and what to do"`
}

// finding is a problem in both languages.
type finding struct {
	code  string
	level string
	text  i18n.Text
}

// Health looks how an account is doing.
func (s *Service) Health(ctx context.Context, accountID string) (h Health, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		a, err := s.accountByID(ctx, tx, org, accountID)
		if err != nil {
			return err
		}
		var found []finding
		if h, found, err = s.examine(ctx, tx, a); err != nil {
			return err
		}
		h.Problems = []Problem{}
		for _, f := range found {
			h.Problems = append(h.Problems, Problem{Code: f.code, Level: f.level, Text: f.text.In(i18n.From(ctx))})
		}
		return nil
	})
	return h, err
}

func (s *Service) examine(ctx context.Context, tx *db.Tx, a *account) (h Health, found []finding, err error) {
	now := s.now()
	if err := s.measure(ctx, tx, a, &h); err != nil {
		return h, nil, fmt.Errorf("carrier: health: %w", err)
	}
	staff, err := s.ports.Staff.ActiveStaff(ctx, tx, a.org)
	if err != nil {
		return h, nil, err
	}
	h.OwnerActive = a.owner != "" && slices.ContainsFunc(staff, func(m StaffMember) bool { return m.ID == a.owner })
	h.SecretExpiresAt, h.VerifiedAt = clock.Ptr(a.expires), clock.Ptr(a.verified)
	k, _ := kindOf(a.kind)
	h.callbacksExpected = k.callbacks
	found = findings(a, h, now)
	h.Health = HealthOK
	for _, f := range found {
		if f.level == HealthFailing || h.Health == HealthOK {
			h.Health = f.level
		}
	}
	return h, found, nil
}

// findings says what is wrong, the worst first.
func findings(a *account, h Health, now time.Time) (out []finding) {
	add := func(wrong bool, level, code string, text i18n.Text) {
		if wrong {
			out = append(out, finding{code, level, text})
		}
	}
	day := 24 * time.Hour
	// A failure that people must act upon stays until they change the account, it works again, or a day without it.
	recent := a.errorCode != 0 && now.Sub(clock.Time(a.errorAt)) < day
	add(recent && blocked(a), HealthFailing, "blocked", i18n.Text{ZH: "账号被平台封禁或限制：" + a.errorText.ZH, EN: "The platform has blocked or restricted the account: " + a.errorText.EN})
	add(recent && !blocked(a), HealthFailing, "platform_error", a.errorText)
	add(a.expires != 0 && !now.Before(clock.Time(a.expires)), HealthFailing, "secret_expired", i18n.T("Secret 已过期，请更换", "The secret has ended; replace it"))
	add(h.Calls >= 20 && h.Failed*2 > h.Calls, HealthFailing, "calls_fail", i18n.T("最近一小时有一半以上的调用失败", "More than half of the calls of the last hour failed"))
	add(h.Mailed >= enoughMail && h.Bounced*10 > h.Mailed, HealthFailing, "bounces", i18n.T("最近两天有 %d 封邮件被退回，超过一成：名单太旧，再发会被各家邮箱拉黑", "%d mails of two days came back, more than one in ten: the list is stale, and providers will block the sender", h.Bounced))
	add(h.Mailed >= enoughMail && h.Complained*1000 > 3*h.Mailed, HealthFailing, "complaints", i18n.T("最近两天有 %d 封邮件被标记为垃圾邮件，超过千分之三", "%d mails of two days were called spam, more than 3 in 1,000", h.Complained))
	add(h.SendsDoubtful > 0, HealthWarning, "sends_doubtful", i18n.T("最近一天有 %d 条消息不知道是否送达", "Of %d messages of the last day nobody knows whether they arrived", h.SendsDoubtful))
	add(a.kind == KindWeb && h.LastVisitAt == nil && now.Sub(clock.Time(a.created)) > day, HealthWarning, "no_visits", i18n.T("最近没有收到访问：请检查网页里的脚本", "Nobody has been seen lately: check the script on the pages"))
	add(h.CallbacksFailed > 0, HealthWarning, "callbacks_failed", i18n.T("有 %d 条回调处理失败，等待重试", "%d callbacks failed and wait for somebody", h.CallbacksFailed))
	add(h.CallbacksWaiting > 1000, HealthWarning, "callbacks_waiting", i18n.T("有 %d 条回调在排队", "%d callbacks are waiting", h.CallbacksWaiting))
	add(h.callbacksExpected && h.LastCallbackAt == nil && h.VerifiedAt == nil, HealthWarning, "no_callbacks", i18n.T("还没有收到过回调：请在平台上填写回调地址", "No callback has come yet: enter the callback address on the platform"))
	add(h.WelcomesMissed > 0, HealthWarning, "welcomes_missed", i18n.T("最近一天有 %d 条欢迎语没有发出", "%d welcome messages of the last day were not sent", h.WelcomesMissed))
	add(a.kind == KindWecom && (h.LastSyncAt == nil || now.Sub(*h.LastSyncAt) > 2*day), HealthWarning, "not_synced", i18n.T("超过两天没有同步成功", "No sync has succeeded for two days"))
	add(h.QuotaAPI != "" && (h.QuotaMinuteLeft < callsMinute/10 || h.QuotaHourLeft < callsHour/10), HealthWarning, "quota", i18n.T("%s 的调用次数快用完了", "Few calls of %s are left", h.QuotaAPI))
	add(!h.OwnerActive, HealthWarning, "no_owner", i18n.T("没有在职的员工负责这个账号", "Nobody who still works here looks after the account"))
	add(h.UnmatchedStaff > 0, HealthWarning, "staff_unmatched", i18n.T("有 %d 位成员还没有对应到这里的员工", "%d members are not matched with staff", h.UnmatchedStaff))
	if left := clock.Time(a.expires).Sub(now); a.expires != 0 && left > 0 && left < 14*day {
		add(true, HealthWarning, "secret_expiring", i18n.T("Secret 还有 %d 天过期", "The secret ends in %d days", int(left/day)))
	}
	return out
}

// enoughMail is how many mails a rate needs to say anything.
const enoughMail = 50

// blocks are the codes by which platforms say that an account as such is
// blocked or restricted.
var blocks = map[string][]int64{KindWecom: {50003}, KindOfficial: {48004, 50002}, KindMini: {48004, 50002}}

func blocked(a *account) bool { return slices.Contains(blocks[a.kind], a.errorCode) }

// measure counts what health is judged by.
func (s *Service) measure(ctx context.Context, tx *db.Tx, a *account, h *Health) error {
	now := s.now()
	day := clock.Micros(now.Add(-24 * time.Hour))
	number := func(into *int64, query string, args ...any) error {
		return tx.QueryRow(ctx, query, append([]any{a.org, a.id}, args...)...).Scan(into)
	}
	var token, synced, called int64
	twoDays := clock.Micros(now.Add(-48 * time.Hour))
	for _, q := range []error{
		number(&token, "SELECT COALESCE(max(expires_at), 0) FROM carrier_token WHERE org_id = ? AND account_id = ? AND slot = 'contact' AND sealed <> ''"),
		number(&synced, "SELECT COALESCE(max(finished_at), 0) FROM carrier_sync WHERE org_id = ? AND account_id = ? AND status = 'done'"),
		number(&called, "SELECT COALESCE((SELECT received_at FROM carrier_callback WHERE org_id = ? AND account_id = ? ORDER BY id DESC LIMIT 1), 0)"),
		number(&h.CallbacksWaiting, "SELECT count(*) FROM carrier_callback WHERE org_id = ? AND account_id = ? AND status = 'stored'"),
		number(&h.CallbacksFailed, "SELECT count(*) FROM carrier_callback WHERE org_id = ? AND account_id = ? AND status = 'failed'"),
		number(&h.CallbacksUnknown, "SELECT count(*) FROM carrier_callback WHERE org_id = ? AND account_id = ? AND status = 'unknown' AND received_at >= ?", day),
		number(&h.WelcomesMissed, "SELECT count(*) FROM carrier_welcome WHERE org_id = ? AND account_id = ? AND status = 'missed' AND done_at >= ?", day),
		number(&h.Friends, "SELECT count(*) FROM carrier_contact WHERE org_id = ? AND account_id = ? AND status IN ('friend', 'half')"),
		number(&h.ProfilesDue, "SELECT count(*) FROM carrier_contact WHERE org_id = ? AND account_id = ? AND profile_due = 1"),
		number(&h.UnmatchedStaff, "SELECT count(*) FROM carrier_staff WHERE org_id = ? AND account_id = ? AND staff_id = '' AND status = 'active'"),
		number(&h.SendsDoubtful, "SELECT count(*) FROM carrier_send WHERE org_id = ? AND account_id = ? AND status = 'doubtful' AND updated_at >= ?", day),
		number(&h.Bounced, "SELECT count(*) FROM carrier_send WHERE org_id = ? AND account_id = ? AND code IN ('hard_bounce', 'complaint') AND code = 'hard_bounce' AND updated_at >= ?", twoDays),
		number(&h.Complained, "SELECT count(*) FROM carrier_send WHERE org_id = ? AND account_id = ? AND code IN ('hard_bounce', 'complaint') AND code = 'complaint' AND updated_at >= ?", twoDays),
		number(&h.Mailed, "SELECT COALESCE(SUM(calls - failed), 0) FROM carrier_call WHERE org_id = ? AND account_id = ? AND api = 'smtp' AND at >= ?", twoDays),
	} {
		if q != nil {
			return q
		}
	}
	if token > clock.Micros(now) {
		h.TokenExpiresAt = clock.Ptr(token)
	}
	h.LastSyncAt, h.LastCallbackAt = clock.Ptr(synced), clock.Ptr(called)
	if a.kind == KindWeb {
		if err := s.lastVisit(ctx, tx, a, h); err != nil {
			return err
		}
	}
	var most int64
	return tx.Each(ctx, func(rows *sql.Rows) error {
		var api string
		var hour, failed, minute int64
		if err := rows.Scan(&api, &hour, &failed, &minute); err != nil {
			return err
		}
		h.Calls, h.Failed = h.Calls+hour, h.Failed+failed
		if hour > most {
			most, h.QuotaAPI, h.QuotaMinuteLeft, h.QuotaHourLeft = hour, api, max(callsMinute-minute, 0), max(callsHour-hour, 0)
		}
		return nil
	}, `SELECT api, SUM(calls), SUM(failed), SUM(CASE WHEN at = ? THEN calls ELSE 0 END) FROM carrier_call WHERE org_id = ? AND account_id = ? AND at > ? GROUP BY api ORDER BY api`,
		minuteOf(now), a.org, a.id, clock.Micros(now.Add(-time.Hour)))
}

// lastVisit tells when somebody was last seen on a website, when that was lately.
func (s *Service) lastVisit(ctx context.Context, tx *db.Tx, a *account, h *Health) error {
	var seen, wrote int64
	if err := tx.QueryRow(ctx, `SELECT COALESCE((SELECT at FROM carrier_web_visit WHERE org_id = ? AND account_id = ? ORDER BY at DESC LIMIT 1), 0),
		COALESCE((SELECT heard_at FROM carrier_contact WHERE org_id = ? AND account_id = ? AND heard_at > 0 ORDER BY heard_at DESC LIMIT 1), 0)`, a.org, a.id, a.org, a.id).Scan(&seen, &wrote); err != nil {
		return err
	}
	if at := max(seen, wrote); s.now().Sub(clock.Time(at)) < 7*24*time.Hour {
		h.LastVisitAt = clock.Ptr(at)
	}
	return nil
}

// CheckHealth looks at every account of every org, and tells of those that have
// become worse. Call it every few minutes.
func (s *Service) CheckHealth(ctx context.Context) error {
	orgs, err := s.ports.Orgs.OrgIDs(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, org := range orgs {
		if err := s.checkOrg(ctx, org); err != nil {
			failed = append(failed, fmt.Errorf("org %s: %w", org, err))
		}
	}
	return errors.Join(failed...)
}

var healthRank = map[string]int{HealthNew: 0, HealthOK: 0, HealthWarning: 1, HealthFailing: 2}

// verdict is how an account is now, against what was known of it.
type verdict struct {
	a      *account
	health string
	found  []finding
}

func (s *Service) checkOrg(ctx context.Context, org string) error {
	if err := s.buryQueued(ctx, org); err != nil {
		return err
	}
	var verdicts []verdict
	open := map[string]map[string]alert{}
	if err := s.db.Read(ctx, org, func(tx *db.Tx) error {
		verdicts = nil
		all, err := s.accounts(ctx, tx, org, "")
		if err != nil {
			return err
		}
		for _, a := range all {
			v := verdict{a: a, health: a.health}
			if a.status == StatusActive {
				h, found, err := s.examine(ctx, tx, a)
				if err != nil {
					return err
				}
				v.health, v.found = h.Health, found
			}
			verdicts = append(verdicts, v)
		}
		open, err = alerts(ctx, tx, org)
		return err
	}); err != nil {
		return err
	}
	for _, v := range verdicts {
		changes := v.changes(open[v.a.id])
		if len(changes) == 0 && v.health == v.a.health {
			continue
		}
		if err := s.db.Write(ctx, org, func(tx *db.Tx) error { return s.note(ctx, tx, v, changes) }); err != nil {
			return err
		}
	}
	return nil
}

// note keeps a verdict, and tells of it when the account has become worse, or
// fails in a further way.
func (s *Service) note(ctx context.Context, tx *db.Tx, v verdict, changes []change) error {
	worse := healthRank[v.health] > healthRank[v.a.health]
	if v.health != v.a.health {
		n, err := tx.Changed(ctx, "UPDATE carrier_account SET health = ? WHERE org_id = ? AND id = ? AND health = ?", v.health, v.a.org, v.a.id, v.a.health)
		if err != nil {
			return err
		}
		worse = worse && n == 1
	}
	for _, c := range changes {
		began, err := c.keep(ctx, tx, v.a, s.micros())
		if err != nil {
			return err
		}
		worse = worse || began && c.level == HealthFailing
	}
	if !worse {
		return nil
	}
	var codes []string
	for _, f := range v.found {
		codes = append(codes, f.code)
	}
	_, err := s.log.Append(ctx, tx, v.a.org, timeline.Fact{Kind: carrierevent.AccountUnhealthy, Source: v.a.kind, OccurredAt: s.now(),
		Data: carrierevent.Unhealthy{AccountID: v.a.id, Health: v.health, Problems: codes}})
	return err
}
