package insight

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"fishpond/internal/insight/steps"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/timeline"
)

// EventChoice is an event of any of some kinds that meets some conditions.
type EventChoice struct {
	Any   []string         `json:"any" minItems:"1" maxItems:"8" nullable:"false" doc:"Kinds of events: any of them"`
	Where []EventCondition `json:"where,omitempty" maxItems:"8" nullable:"false" doc:"All of these must be met"`
}

// Days are the days that a question is about, in the org's time zone.
type Days struct {
	From string `json:"from,omitempty" maxLength:"10" example:"2026-01-01" doc:"First day. With from and to empty: the 90 days up to the last event"`
	To   string `json:"to,omitempty" maxLength:"10" doc:"Last day, included"`
}

// DayPeriod is a span of whole days.
type DayPeriod struct {
	From     string    `json:"from" example:"2026-01-01"`
	To       string    `json:"to" example:"2026-03-31" doc:"Included"`
	TimeZone string    `json:"time_zone" doc:"Decides where a day begins"`
	StartAt  time.Time `json:"start_at"`
	EndAt    time.Time `json:"end_at" doc:"Not included"`
}

// Fresh says what an answer is made of.
type Fresh struct {
	CountedTo *time.Time `json:"counted_to" doc:"Events recorded up to here are counted; null when there are none"`
	Events    int64      `json:"events" doc:"Events of the kinds asked for that are kept, of all times"`
	Cannot    string     `json:"cannot" doc:"Why there is nothing to tell; empty when there is"`
}

const (
	usualDays = 90
	maxDays   = 3660 // ten years
	maxHours  = 24 * maxDays
)

// question turns what is asked into lanes.
type question struct {
	tx     *db.Tx
	orgID  string
	zone   *time.Location
	known  knows
	lanes  []lane
	laneOf map[string]int
	bits   []map[string]int // of each lane: a condition as JSON → its bit
	fresh  Fresh
	first  int64 // of the events of the lanes
	last   int64
	now    int64
}

func (s *Service) ask(ctx context.Context, tx *db.Tx, orgID string) (*question, error) {
	org, err := s.orgs.Settings(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	q := &question{tx: tx, orgID: orgID, zone: org.Zone, known: knows{}, laneOf: map[string]int{}, now: clock.Micros(s.now())}
	kinds, err := eventKinds(ctx, tx, orgID)
	if err != nil {
		return nil, err
	}
	for i := range kinds {
		q.known[kinds[i].Kind] = &kinds[i]
	}
	var to int64
	err = tx.QueryRow(ctx, "SELECT counted_to FROM insight_stream_state WHERE org_id = ?", orgID).Scan(&to)
	if err != nil && !db.IsNoRows(err) {
		return nil, err
	}
	q.fresh.CountedTo = clock.Ptr(to)
	return q, nil
}

// what adds the lanes of a step.
func (q *question) what(w EventChoice, field string) (alts []steps.Alt, err error) {
	if len(w.Any) == 0 {
		return nil, errs.InvalidField(field+".any", i18n.T("请选择事件", "Choose an event"))
	}
	for i, kind := range w.Any {
		if err := q.kind(kind, field+".any"); err != nil {
			return nil, err
		}
		if slices.Contains(w.Any[:i], kind) {
			return nil, errs.InvalidField(field+".any", i18n.T("“%s”选了两次", "%s is there twice", kind))
		}
		a := steps.Alt{Lane: q.lane(kind)}
		for k := range w.Where {
			c := w.Where[k]
			at := fmt.Sprintf("%s.where[%d]", field, k)
			if q.known[kind].Events > 0 && !q.known.property(kind, c.Property) {
				return nil, errs.InvalidField(at+".property", i18n.T("事件“%s”没有可查询的属性“%.40s”", "%s has no property %.40s that can be asked for", kind, c.Property))
			}
			if err := c.compile(at); err != nil {
				return nil, err
			}
			bit, err := q.bit(a.Lane, c, at)
			if err != nil {
				return nil, err
			}
			a.Need |= 1 << bit
		}
		alts = append(alts, a)
	}
	return alts, nil
}

func (q *question) kind(kind, field string) error {
	if q.known[kind] != nil {
		return nil
	}
	if !timeline.ValidKind(kind) {
		return errs.InvalidField(field, i18n.T("事件名“%.80s”应写作 order.paid 这样的形式", "The event %.80s should be written like order.paid", kind))
	}
	return errs.InvalidField(field, i18n.T("没有“%s”这种事件：既不是系统事件，也从未上报过", "There is no event %s: it is none of the system's, and was never reported", kind))
}

func (q *question) lane(kind string) int {
	i, there := q.laneOf[kind]
	if there {
		return i
	}
	i = len(q.lanes)
	q.laneOf[kind] = i
	q.lanes, q.bits = append(q.lanes, lane{kind: kind}), append(q.bits, map[string]int{})
	if k := q.known[kind]; k.Events > 0 {
		if q.fresh.Events == 0 || clock.Micros(*k.FirstAt) < q.first {
			q.first = clock.Micros(*k.FirstAt)
		}
		if q.fresh.Events == 0 || clock.Micros(*k.LastAt) > q.last {
			q.last = clock.Micros(*k.LastAt)
		}
		q.fresh.Events += k.Events
	}
	return i
}

func (q *question) bit(lane int, c EventCondition, field string) (int, error) {
	key, err := json.Marshal(c)
	if err != nil {
		return 0, err
	}
	bit, there := q.bits[lane][string(key)]
	if there {
		return bit, nil
	}
	l := &q.lanes[lane]
	if bit = len(l.conds); bit >= maxConds {
		return 0, errs.InvalidField(field, i18n.T("同一事件最多 %d 个条件", "At most %d conditions on one event", maxConds))
	}
	l.conds = append(l.conds, c)
	q.bits[lane][string(key)] = bit
	return bit, nil
}

// days reads a period.
func (q *question) days(d Days) (p DayPeriod, err error) {
	day := func(field, value string) (time.Time, error) {
		t, err := time.ParseInLocation(time.DateOnly, value, q.zone)
		if err != nil || t.Year() < 1970 || t.Year() > 9000 {
			return t, errs.InvalidField(field, i18n.T("日期应写作 2026-03-15", "Write the date as 2026-03-15"))
		}
		return t, nil
	}
	now := clock.Time(q.now).In(q.zone)
	last := now
	if q.fresh.Events > 0 && q.last < q.now {
		last = clock.Time(q.last).In(q.zone)
	}
	to := time.Date(last.Year(), last.Month(), last.Day(), 0, 0, 0, 0, q.zone)
	if d.To != "" {
		if to, err = day("body.to", d.To); err != nil {
			return p, err
		}
	}
	from := to.AddDate(0, 0, 1-usualDays)
	if d.From != "" {
		if from, err = day("body.from", d.From); err != nil {
			return p, err
		}
		if d.To == "" && to.Before(from) {
			to = from
		}
	}
	end := to.AddDate(0, 0, 1)
	if from.After(to) {
		return p, errs.InvalidField("body.from", i18n.T("开始日期不能晚于结束日期", "from must not be after to"))
	}
	if end.After(from.AddDate(0, 0, maxDays)) {
		return p, errs.InvalidField("body.from", i18n.T("一次最多看 %d 天（十年）", "At most %d days (ten years) can be looked at", maxDays))
	}
	return DayPeriod{From: from.Format(time.DateOnly), To: to.Format(time.DateOnly), TimeZone: q.zone.String(), StartAt: from.UTC(), EndAt: end.UTC()}, nil
}

// within reads a window.
func within(hours int64) (int64, error) {
	if hours < 1 {
		return 0, errs.InvalidField("body.within_hours", i18n.T("转化窗口至少 1 小时：窗口为 0 时，任何两步之间都不会有人", "The window is at least 1 hour: within none, nobody takes two steps"))
	}
	if hours > maxHours {
		return 0, errs.InvalidField("body.within_hours", i18n.T("转化窗口最长 %d 小时（十年）", "The window is at most %d hours (ten years)", maxHours))
	}
	return hours * int64(time.Hour/time.Microsecond), nil
}

// nothing explains an empty answer.
func (q *question) nothing(ctx context.Context) {
	if q.fresh.Events > 0 {
		return
	}
	text := i18n.T("还没有这些事件，所以无法统计。导入订单、接入账号或上报事件之后再看", "There are no such events yet, so there is nothing to count. Import orders, connect an account or report events first")
	q.fresh.Cannot = text.In(i18n.From(ctx))
}

// sweep runs a sweep over the question's lanes.
func (q *question) sweep(ctx context.Context, from, to int64, visit func(worker int, seq uint32, lanes []steps.Lane)) error {
	if q.fresh.Events == 0 {
		return nil
	}
	w := &sweep{lanes: q.lanes, from: max(from, q.first), to: min(to, q.last), visit: visit}
	if w.from > w.to {
		return nil
	}
	return w.run(ctx, q.tx, q.orgID)
}
