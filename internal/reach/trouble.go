package reach

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/sheet"
	"fishpond/internal/reach/gate"
)

// MessageItem is a message as lists show it: not what it says.
type MessageItem struct {
	ID        string     `json:"id"`
	PlanID    string     `json:"plan_id"`
	PlanTitle string     `json:"plan_title"`
	PersonID  string     `json:"person_id"`
	Name      string     `json:"name"`
	AccountID string     `json:"account_id"`
	Carrier   string     `json:"carrier"`
	To        string     `json:"to" doc:"Masked for who lacks pool.reveal"`
	Variant   string     `json:"variant"`
	Status    string     `json:"status"`
	Why       string     `json:"why"`
	Reason    string     `json:"reason" doc:"The same in words"`
	Tries     int64      `json:"tries"`
	DueAt     *time.Time `json:"due_at" doc:"Waiting: until then"`
	ChangedAt time.Time  `json:"changed_at"`
}

// MessageFilter selects messages.
type MessageFilter struct {
	PlanID string `query:"plan_id" maxLength:"64"`
	Status string `query:"status" enum:"planned,waiting,held,sending,asked,sent,delivered,read,failed,doubtful,cancelled" default:"doubtful"`
	Why    string `query:"why" maxLength:"64"`
}

// messagePlace is where a page of messages goes on.
type messagePlace struct {
	Plan string
	N    int64
}

// Messages lists messages of the actor's org in the order of their plans. A
// state that most messages come to is only listed within one plan.
func (s *Service) Messages(ctx context.Context, f MessageFilter, after messagePlace, most int) (out []MessageItem, next messagePlace, err error) {
	if f.PlanID == "" && f.Status != Held && f.Status != Failed && f.Status != Doubtful {
		return nil, next, errs.InvalidField("query.plan_id", i18n.T("这种状态要指定发送计划", "Name a plan to list this state"))
	}
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		if f.PlanID != "" {
			if _, err := s.Progress(ctx, tx, org, f.PlanID); err != nil {
				return err
			}
		}
		out, next, err = s.messages(ctx, tx, org, f, after, most)
		return err
	})
	return out, next, err
}

// troubled are the states of messages that go no further by themselves.
var troubled = []string{Held, Failed, Doubtful}

func (s *Service) messages(ctx context.Context, tx *db.Tx, org string, f MessageFilter, after messagePlace, most int) (out []MessageItem, next messagePlace, err error) {
	query, args := "SELECT plan_id, n, id, person_id, account_id, carrier, recipient, variant, status, why, detail_zh, detail_en, tries, due_at, changed_at FROM reach_message WHERE org_id = ? AND status = ?", []any{org, f.Status}
	if slices.Contains(troubled, f.Status) { // PostgreSQL's index knows it by this name
		query, args = query+" AND trouble = ?", append(args, f.Status)
	}
	if f.PlanID != "" {
		query, args = query+" AND plan_id = ? AND n > ?", append(args, f.PlanID, after.N)
	} else if after.Plan != "" {
		query, args = query+" AND (plan_id, n) > (?, ?)", append(args, after.Plan, after.N)
	}
	if f.Why != "" {
		query, args = query+" AND why = ?", append(args, f.Why)
	}
	a, lang := actor(ctx), i18n.From(ctx)
	var persons []string
	var places []messagePlace
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var i MessageItem
		var p messagePlace
		var detail i18n.Text
		var due, changed int64
		if err := rows.Scan(&p.Plan, &p.N, &i.ID, &i.PersonID, &i.AccountID, &i.Carrier, &i.To, &i.Variant, &i.Status, &i.Why, &detail.ZH, &detail.EN, &i.Tries, &due, &changed); err != nil {
			return err
		}
		if !a.Can("pool.reveal") {
			i.To = masked(i.To)
		}
		if i.Reason = detail.In(lang); i.Reason == "" {
			i.Reason = WhyText(i.Why).In(lang)
		}
		i.PlanID, i.DueAt, i.ChangedAt = p.Plan, clock.Ptr(due), clock.Time(changed)
		out, persons, places = append(out, i), append(persons, i.PersonID), append(places, p)
		return nil
	}, query+" ORDER BY plan_id, n LIMIT ?", append(args, most+1)...); err != nil {
		return nil, next, err
	}
	if len(out) > most {
		out, next = out[:most], places[most-1]
	}
	if len(out) == 0 {
		return nil, next, nil
	}
	names, err := s.People.Names(ctx, tx, org, persons)
	if err != nil {
		return nil, next, err
	}
	titles, err := planTitles(ctx, tx, org, places)
	for i := range out {
		out[i].Name, out[i].PlanTitle = names[out[i].PersonID].Name, titles[out[i].PlanID]
	}
	return out, next, err
}

// planTitles reads what the plans are called to which messages belong.
func planTitles(ctx context.Context, tx *db.Tx, org string, places []messagePlace) (map[string]string, error) {
	out := map[string]string{}
	for _, p := range places {
		out[p.Plan] = ""
	}
	where, arg := tx.In("id", slices.Sorted(maps.Keys(out)))
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var id, title string
		err := rows.Scan(&id, &title)
		out[id] = title
		return err
	}, "SELECT id, title FROM reach_plan WHERE org_id = ? AND "+where, org, arg)
}

// masked hides an address but for what tells one from another.
func masked(to string) string {
	if local, domain, mail := strings.Cut(to, "@"); mail && local != "" {
		return local[:1] + "***@" + domain
	}
	if strings.HasPrefix(to, "+") && len(to) > 4 {
		return strings.Repeat("*", len(to)-4) + to[len(to)-4:]
	}
	return to
}

// Settle decides what a doubtful message was: "sent", or "again" sends it once
// more, whatever arrived.
func (s *Service) Settle(ctx context.Context, id, as string) error {
	a := actor(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		var plan, why string
		var n int64
		err := tx.QueryRow(ctx, "SELECT plan_id, n, why FROM reach_message WHERE org_id = ? AND id = ? AND status = 'doubtful'", a.OrgID, id).Scan(&plan, &n, &why)
		if db.IsNoRows(err) {
			return errs.NotFound(i18n.T("这条存疑的消息", "doubtful message"))
		}
		if err != nil {
			return err
		}
		to, toWhy := Sent, ""
		if as == "again" {
			to, toWhy = Waiting, WhyRetry
			p, err := s.lockPlan(ctx, tx, a.OrgID, plan)
			if err != nil {
				return err
			}
			if p.status == PlanCancelled || p.status == PlanCancelling {
				return errs.Conflict(i18n.T("发送计划已经取消", "The plan has been cancelled"))
			}
			end := p.end
			if end != 0 {
				end = max(end, clock.Micros(s.now().Add(24*time.Hour))) // there is time for it
			}
			if _, err := tx.Exec(ctx, "UPDATE reach_plan SET status = CASE WHEN status = 'done' THEN 'running' ELSE status END, end_at = ?, wake_at = 0 WHERE org_id = ? AND id = ?", end, a.OrgID, plan); err != nil {
				return err
			}
			tx.OnCommit(s.ring)
		}
		changed, err := tx.Changed(ctx, "UPDATE reach_message SET status = ?, why = ?, detail_zh = '', detail_en = '', due_at = ?, until_at = 0, changed_at = ? WHERE org_id = ? AND plan_id = ? AND n = ? AND status = 'doubtful'",
			to, toWhy, s.micros(), s.micros(), a.OrgID, plan, n)
		if err != nil || changed == 0 {
			return err
		}
		t := tally{}
		t.move(Doubtful, why, to, toWhy, 1)
		if err := t.keep(ctx, tx, a.OrgID, plan); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "reach.message_settled", "message", id, map[string]string{"as": as})
	})
}

// WhyText says in words why a message waits, is held or failed.
func WhyText(why string) i18n.Text {
	if t, ok := whyTexts[why]; ok {
		return t
	}
	if why == "" {
		return i18n.Text{}
	}
	return i18n.T("没有发出（%s）", "Not sent (%s)", why)
}

var whyTexts = map[string]i18n.Text{
	string(gate.DoNotContact):  i18n.T("在勿扰名单上", "On the do-not-contact list"),
	string(gate.NoConsent):     i18n.T("没有同意接收这类消息，或已经撤回", "Has not agreed to such messages, or has withdrawn"),
	string(gate.Window):        i18n.T("平台的回复窗口已关闭", "The platform's window for writing is shut"),
	string(gate.PlatformQuota): i18n.T("平台对这位客户的条数已用完", "The platform takes no more for this person now"),
	string(gate.QuietHours):    i18n.T("客户所在时区的免打扰时段", "Quiet hours where the person is"),
	string(gate.Cap):           i18n.T("已到全部载体合计的频次上限", "As many messages over all carriers as they are to get"),
	string(gate.CarrierCap):    i18n.T("已到这个载体的频次上限", "As many messages over this carrier as they are to get"),
	string(gate.Budget):        i18n.T("注意力额度已用完", "Their attention is used up"),
	WhyHoldout:                 i18n.T("对照组，特意不发", "Left out on purpose, to measure against"),
	WhyNoAddress:               i18n.T("没有可用的账号能联系到", "No account through which they can be reached"),
	WhyContent:                 i18n.T("内容没能为这位客户生成", "The message could not be made for this person"),
	WhyExpired:                 i18n.T("发送计划结束前没轮到", "The plan ended before it could go"),
	WhyDuplicate:               i18n.T("与计划里另一位是同一个人", "The same person as another of the plan"),
	WhyRetry:                   i18n.T("载体暂时没有接受，稍后再试", "The carrier did not take it for now; it is tried again"),
	WhyRate:                    i18n.T("账号已按最快速度在发", "The account sends as fast as it may"),
	WhyAccount:                 i18n.T("账号发不出去，或被暂停", "The account does not work, or is paused"),
	WhyLocalTime:               i18n.T("客户当地还没到时间", "Its hour has not come where the person is"),
	WhyBounced:                 i18n.T("这个邮箱退过信", "Mail to the address came back"),
	"complained":               i18n.T("对方投诉过", "They complained"),
	"lost":                     i18n.T("发出后没有收到回答，可能已经送达", "It was sent and no answer came; it may have arrived"),
}

// Blocked is somebody to whom nothing may be sent.
type Blocked struct {
	PersonID string    `json:"person_id"`
	Name     string    `json:"name"`
	Reason   string    `json:"reason"`
	By       string    `json:"by" doc:"Staff or API key that put them there"`
	At       time.Time `json:"at"`
}

// blockedPlace is where a page goes on, newest first.
type blockedPlace struct {
	At int64
	ID string
}

// BlockedList lists to whom nothing may be sent, the newest first. With a
// person only they are looked for, by whatever id they go by.
func (s *Service) BlockedList(ctx context.Context, personID string, after blockedPlace, most int) (out []Blocked, next blockedPlace, err error) {
	org := actor(ctx).OrgID
	err = s.db.Read(ctx, org, func(tx *db.Tx) error {
		query, args := "SELECT person_id, dnc_reason, dnc_by, dnc_at FROM reach_person WHERE org_id = ? AND dnc = 1", []any{org}
		if personID != "" {
			speaker, err := s.People.Speaker(ctx, tx, org, personID)
			if err != nil {
				return err
			}
			query, args = query+" AND speaker_id = ?", append(args, speaker)
		}
		if after != (blockedPlace{}) {
			query, args = query+" AND (dnc_at, person_id) < (?, ?)", append(args, after.At, after.ID)
		}
		out, next = nil, blockedPlace{}
		var persons []string
		if err := tx.Each(ctx, func(rows *sql.Rows) error {
			var b Blocked
			var at int64
			err := rows.Scan(&b.PersonID, &b.Reason, &b.By, &at)
			b.At = clock.Time(at)
			out, persons = append(out, b), append(persons, b.PersonID)
			return err
		}, query+" ORDER BY dnc_at DESC, person_id DESC LIMIT ?", append(args, most+1)...); err != nil {
			return err
		}
		if len(out) > most {
			out = out[:most]
			next = blockedPlace{clock.Micros(out[most-1].At), out[most-1].PersonID}
		}
		if len(out) == 0 {
			return nil
		}
		names, err := s.People.Names(ctx, tx, org, persons)
		for i := range out {
			out[i].Name = names[out[i].PersonID].Name
		}
		return err
	})
	return out, next, err
}

// Block puts somebody on the do-not-contact list: nothing is sent to them any
// more, not even what was planned before.
func (s *Service) Block(ctx context.Context, personID, reason string) error {
	a := actor(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		id, err := s.People.Speaker(ctx, tx, a.OrgID, personID)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO reach_person (org_id, person_id, speaker_id, dnc, dnc_at, dnc_by, dnc_reason) VALUES (?, ?, ?, 1, ?, ?, ?)
			ON CONFLICT (org_id, person_id) DO UPDATE SET dnc = 1, dnc_at = excluded.dnc_at, dnc_by = excluded.dnc_by, dnc_reason = excluded.dnc_reason`, a.OrgID, id, id, s.micros(), a.ID, reason); err != nil {
			return err
		}
		return s.Auditor.Audit(ctx, tx, "reach.blocked", "person", id, nil)
	})
}

// Unblock takes somebody off the list, whatever id they went by when they were
// put there.
func (s *Service) Unblock(ctx context.Context, personID string) error {
	a := actor(ctx)
	return s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		id, err := s.People.Speaker(ctx, tx, a.OrgID, personID)
		if err != nil {
			return err
		}
		n, err := tx.Changed(ctx, "UPDATE reach_person SET dnc = 0, dnc_at = 0, dnc_by = '', dnc_reason = '' WHERE org_id = ? AND speaker_id = ? AND dnc = 1", a.OrgID, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.NotFound(i18n.T("勿扰名单上的这位客户", "person on the list"))
		}
		return s.Auditor.Audit(ctx, tx, "reach.unblocked", "person", id, nil)
	})
}

// MessageSheet is the messages of a filter as a table: its header, and its
// rows, which are read a thousand at a time.
func (s *Service) MessageSheet(ctx context.Context, f MessageFilter) (header []string, rows func(sheet.Row) error, err error) {
	first, next, err := s.Messages(ctx, f, messagePlace{}, exportChunk)
	if err != nil {
		return nil, nil, err
	}
	a := actor(ctx)
	if err := s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		return s.Auditor.Audit(ctx, tx, "reach.messages_exported", "messages", f.Status, f)
	}); err != nil {
		return nil, nil, err
	}
	lang := i18n.From(ctx)
	for _, t := range []i18n.Text{i18n.T("编号", "ID"), i18n.T("发送计划", "Plan"), i18n.T("客户编号", "Person ID"), i18n.T("客户", "Person"), i18n.T("载体", "Carrier"), i18n.T("账号", "Account"), i18n.T("收件人", "To"),
		i18n.T("版本", "Variant"), i18n.T("状态", "State"), i18n.T("原因代码", "Reason code"), i18n.T("原因", "Reason"), i18n.T("尝试次数", "Tries"), i18n.T("更新时间", "Changed at")} {
		header = append(header, t.In(lang))
	}
	return header, func(row sheet.Row) error {
		for page := first; ; {
			for _, m := range page {
				if err := row(m.ID, m.PlanID, m.PersonID, m.Name, m.Carrier, m.AccountID, m.To, m.Variant, m.Status, m.Why, m.Reason, m.Tries, m.ChangedAt.Format(time.RFC3339)); err != nil {
					return err
				}
			}
			if next == (messagePlace{}) {
				return nil
			}
			var err error
			if page, next, err = s.Messages(ctx, f, next, exportChunk); err != nil {
				return err
			}
		}
	}, nil
}

const exportChunk = 1000
