package followup

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/i18n"
)

// Facts are what was true of a person when they were listed, as far as a
// reason speaks of it.
type Facts struct {
	At             *time.Time `json:"at,omitempty" doc:"The occasion; of a day of the year or a date its midnight in UTC"`
	Day            string     `json:"day,omitempty" doc:"Its day, in the org's time zone"`
	Days           int        `json:"days" doc:"From that day to the list's; below 0: it is still to come"`
	LastOrderAt    *time.Time `json:"last_order_at,omitempty"`
	LastOrderDays  int        `json:"last_order_days,omitempty" doc:"From that order's day to the list's"`
	Orders         int64      `json:"orders"`
	GMVMinor       int64      `json:"gmv_minor"`
	Date           string     `json:"date,omitempty" doc:"The birthday, or the value of the trait"`
	Stage          string     `json:"stage,omitempty" doc:"The stage to come"`
	Account        string     `json:"account,omitempty" doc:"Where somebody waits"`
	ConversationID string     `json:"conversation_id,omitempty"`
	Conversations  int        `json:"conversations,omitempty" doc:"In how many they wait"`
	Promise        string     `json:"promise,omitempty" enum:"promise,next_step,postponed,task" doc:"What kind of promise"`
	Text           string     `json:"text,omitempty" doc:"What was promised"`
	By             string     `json:"by,omitempty" doc:"Staff id of who promised"`
}

// reason is why somebody is listed, before it is stored.
type reason struct {
	rule    *Rule
	promise string // id
	anchor  int64  // the occasion, UTC microseconds; 0: none
	facts   Facts
}

func (f Facts) encode() string {
	b, err := json.Marshal(f)
	if err != nil {
		panic("followup: facts: " + err.Error()) // plain values
	}
	return string(b)
}

// Reason is why somebody is on a list, in words.
type Reason struct {
	RuleID       string `json:"rule_id"`
	Rule         string `json:"rule" doc:"What the rule is called"`
	Builtin      string `json:"builtin" doc:"Key of a built-in rule; empty: made here"`
	Anchor       string `json:"anchor"`
	Text         string `json:"text" doc:"Why, in the reader's language"`
	Suggestion   string `json:"suggestion"`
	QuickReplyID string `json:"quick_reply_id,omitempty"`
	PromiseID    string `json:"promise_id,omitempty"`
	Facts        Facts  `json:"facts"`
}

// teller puts reasons into words.
type teller struct {
	lang   i18n.Lang
	zone   *time.Location
	staff  map[string]Member
	traits map[string]string // labels by key
	day    Day               // of the list
}

// date is a day as people say it: without the year when it is this one.
func (t *teller) date(d Day) string {
	if d.Civil().Year() == t.day.Civil().Year() {
		if t.lang == i18n.EN {
			return d.Civil().Format("2 Jan")
		}
		return d.Civil().Format("1月2日")
	}
	if t.lang == i18n.EN {
		return d.Civil().Format("2 Jan 2006")
	}
	return d.Civil().Format("2006年1月2日")
}

// moment is an instant with its hour.
func (t *teller) moment(at time.Time) string {
	local := at.In(t.zone)
	return t.date(DayOf(local)) + " " + local.Format("15:04")
}

func days(n int) i18n.Text {
	if n == 1 {
		return i18n.T("1 天", "1 day")
	}
	return i18n.T("%d 天", "%d days", n)
}

// ago is how long something is past, or how soon it comes.
func ago(n int) i18n.Text {
	switch {
	case n == 0:
		return i18n.T("今天", "today")
	case n == 1:
		return i18n.T("昨天", "yesterday")
	case n == -1:
		return i18n.T("明天", "tomorrow")
	case n < 0:
		d := days(-n)
		return i18n.Text{ZH: d.ZH + "后", EN: "in " + d.EN}
	}
	d := days(n)
	return i18n.Text{ZH: d.ZH + "前", EN: d.EN + " ago"}
}

// say puts a reason into words.
func (t *teller) say(r *Rule, f Facts) string {
	text := t.words(r, f)
	if b := builtinOf(r.Builtin); !b.because.IsZero() && r.SegmentID == "" && r.expr == b.rule.expr {
		text = i18n.Text{ZH: text.ZH + "，" + b.because.ZH, EN: text.EN + "; " + b.because.EN}
	}
	return text.In(t.lang)
}

var eventWords = map[string]i18n.Text{
	"message.received": i18n.T("发来消息", "wrote"), "message.sent": i18n.T("收到我们的消息", "was written to"),
	"page.viewed": i18n.T("浏览页面", "viewed a page"), "message.opened": i18n.T("打开消息", "opened a message"), "order.paid": i18n.T("下单", "ordered"), "order.refunded": i18n.T("退款", "was refunded"),
	"channel.arrived": i18n.T("从渠道到来", "came through a channel"), "note.added": i18n.T("被写下备注", "was noted"),
}

var stageWords = map[string]i18n.Text{"silent": i18n.T("沉默", "silent"), "lost": i18n.T("流失", "lost")}

func (t *teller) words(r *Rule, f Facts) i18n.Text {
	at, how := "", ago(f.Days)
	if d, ok := ParseDay(f.Day); ok {
		at = t.date(d)
	}
	switch r.Anchor {
	case FirstOrder:
		return i18n.T("%[1]s首次下单，%[2]s", "First order on %[1]s, %[3]s", at, how.ZH, how.EN)
	case LastOrder:
		return i18n.T("最近一次下单是%[1]s，%[2]s", "Last order on %[1]s, %[3]s", at, how.ZH, how.EN)
	case Created:
		return i18n.T("%[1]s成为客户，%[2]s", "A customer since %[1]s, %[3]s", at, how.ZH, how.EN)
	case Entered:
		return i18n.T("%[1]s进入人群，%[2]s", "In the segment since %[1]s, %[3]s", at, how.ZH, how.EN)
	case FirstEvent, LastEvent:
		return t.event(r, at, how)
	case Birthday:
		if f.Days == 0 {
			return i18n.T("今天生日（%[1]s）", "Birthday today (%[1]s)", at)
		}
		return i18n.T("%[2]s生日（%[1]s）", "Birthday %[3]s (%[1]s)", at, how.ZH, how.EN)
	case Date, Anniversary:
		label := t.traits[r.AnchorName]
		if label == "" {
			label = r.AnchorName
		}
		return i18n.T("“%[4]s”在%[1]s，%[2]s", "%[4]s on %[1]s, %[3]s", at, how.ZH, how.EN, label)
	case StageChange:
		return t.stage(f, at, how)
	case Waits:
		return t.waits(f)
	case Promised:
		return t.promise(f)
	}
	if f.LastOrderAt == nil {
		return i18n.T("在这个人群里，还没下过单", "In the segment; has not bought")
	}
	last := ago(f.LastOrderDays)
	return i18n.T("在这个人群里，最近一次下单是%[1]s，%[2]s", "In the segment; last order on %[1]s, %[3]s", t.date(dayAt(clock.Micros(*f.LastOrderAt), t.zone)), last.ZH, last.EN)
}

func (t *teller) event(r *Rule, at string, how i18n.Text) i18n.Text {
	if r.AnchorName == "friend.added" {
		return i18n.T("%[1]s加为好友，%[2]s", "A friend since %[1]s, %[3]s", at, how.ZH, how.EN)
	}
	what, ok := eventWords[r.AnchorName]
	if !ok {
		what = i18n.T("%s", "%s", r.AnchorName)
	}
	if r.Anchor == FirstEvent {
		return i18n.T("第一次%[4]s是%[1]s，%[2]s", "First %[5]s on %[1]s, %[3]s", at, how.ZH, how.EN, what.ZH, what.EN)
	}
	return i18n.T("最近一次%[4]s是%[1]s，%[2]s", "Last %[5]s on %[1]s, %[3]s", at, how.ZH, how.EN, what.ZH, what.EN)
}

func (t *teller) stage(f Facts, at string, how i18n.Text) i18n.Text {
	to := stageWords[f.Stage]
	if f.LastOrderAt == nil {
		return i18n.T("%[2]s（%[1]s）起算作%[4]s", "%[5]s %[3]s (%[1]s)", at, how.ZH, how.EN, to.ZH, strings.ToUpper(to.EN[:1])+to.EN[1:])
	}
	last := ago(f.LastOrderDays)
	on := t.date(dayAt(clock.Micros(*f.LastOrderAt), t.zone))
	return i18n.T("最近一次下单是%[1]s（%[2]s），再不来，%[4]s（%[3]s）起算作%[5]s", "Last order %[6]s (%[1]s); %[7]s from %[3]s on, %[8]s, unless they buy",
		on, last.ZH, at, how.ZH, to.ZH, last.EN, to.EN, how.EN)
}

func (t *teller) waits(f Facts) i18n.Text {
	if f.At == nil {
		return i18n.T("客户在等回复", "Waits for an answer")
	}
	text := i18n.T("%[1]s发来消息，一直没人回复", "Wrote on %[1]s, and nobody has answered", t.moment(*f.At))
	if f.Account != "" {
		text = i18n.T("%[1]s在“%[2]s”发来消息，一直没人回复", "Wrote on %[1]s at %[2]s, and nobody has answered", t.moment(*f.At), f.Account)
	}
	if f.Conversations > 1 {
		n := strconv.Itoa(f.Conversations)
		text = i18n.Text{ZH: text.ZH + "；共有 " + n + " 个会话在等", EN: text.EN + "; " + n + " conversations wait"}
	}
	return text
}

func (t *teller) promise(f Facts) i18n.Text {
	by := t.staff[f.By].Name
	when := ""
	if f.At != nil {
		when = t.moment(*f.At)
	}
	var text i18n.Text
	switch {
	case f.Promise == "postponed":
		text = i18n.T("%[1]s推迟到%[2]s", "Put off to %[2]s by %[1]s", by, t.dayOf(f))
	case f.Promise == kindTask:
		text = i18n.T("安排在%[1]s做", "Set for %[1]s", when)
	case f.Promise == "next_step":
		text = i18n.T("%[1]s定下的下一步，%[2]s", "Next step set by %[1]s, for %[2]s", by, when)
	default:
		text = i18n.T("%[1]s约好%[2]s联系", "Promised by %[1]s for %[2]s", by, when)
	}
	if f.Days > 0 {
		late := days(f.Days)
		text = i18n.Text{ZH: text.ZH + "，已过 " + late.ZH, EN: text.EN + ", " + late.EN + " overdue"}
	}
	if f.Text != "" {
		text = i18n.Text{ZH: text.ZH + "：" + f.Text, EN: text.EN + ": " + f.Text}
	}
	return text
}

func (t *teller) dayOf(f Facts) string {
	if d, ok := ParseDay(f.Day); ok {
		return t.date(d)
	}
	return f.Day
}
