package journey

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"fishpond/internal/journey/graph"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/stats"
)

// Report is what came of a journey.
type Report struct {
	Currency string        `json:"currency"`
	Early    bool          `json:"early" doc:"Of some people it is still counted what they do: the difference is not final"`
	Arms     []Arm         `json:"arms" nullable:"false" doc:"Those who walk, then those who were left out. Somebody counts once, by their first walk"`
	Mixed    int64         `json:"mixed" doc:"People who are not counted: they turned out to be one with somebody of the other arm"`
	Uplift   []Uplift      `json:"uplift" doc:"What the journey brought; empty without a hold-out: then nobody can tell"`
	Say      string        `json:"say" doc:"The same in a sentence"`
	Branches []Branching   `json:"branches"`
	Stops    []Stop        `json:"stops" doc:"Where people left before the end, the most first"`
	Steps    []StepCounts  `json:"steps" doc:"How people fare at each step, and how long they stay; of everybody, whenever they came in"`
	Days     []ReportDay   `json:"days" doc:"The last 90 days with anything"`
	From     *time.Time    `json:"from"`
	Until    *time.Time    `json:"until"`
	Goal     *graph.Target `json:"goal"`
}

// Arm is one of the two groups.
type Arm struct {
	Arm       string `json:"arm" enum:"treated,holdout"`
	People    int64  `json:"people"`
	Converted int64  `json:"converted" doc:"Who reached the goal"`
	Orders    int64  `json:"orders"`
	GMVMinor  int64  `json:"gmv_minor" doc:"Less refunds"`
}

// Uplift is what a journey did to one thing that people do.
type Uplift struct {
	stats.Outcome
	Say string `json:"say" doc:"What can be said of it, in words"`
}

// Branching is a step with several ways, and what became of those who took them.
type Branching struct {
	Step string      `json:"step"`
	Name string      `json:"name"`
	Kind string      `json:"kind" enum:"message,tag,trait,note,task,webhook,enter,wait,wait_until,wait_date,wait_event,branch,property,split,reachable,goal,exit"`
	Ways []WayReport `json:"ways"`
}

// WayReport is one way out of a step.
type WayReport struct {
	Way       int     `json:"way" doc:"-1: the default"`
	Name      string  `json:"name"`
	People    int64   `json:"people" doc:"How many times it was taken"`
	Converted int64   `json:"converted" doc:"Of those, by whom the goal was reached after they had come to the step"`
	Rate      float64 `json:"rate"`
	Low       float64 `json:"low" doc:"95 % interval of the rate (Wilson)"`
	High      float64 `json:"high"`
}

// Stop is where people left before the end.
type Stop struct {
	Step   string `json:"step"`
	Name   string `json:"name"`
	Status string `json:"status" enum:"exited,cancelled,failed"`
	Why    string `json:"why"`
	People int64  `json:"people"`
}

// ReportDay is one day, where the brand is.
type ReportDay struct {
	Day       string `json:"day" doc:"YYYY-MM-DD"`
	Entered   int64  `json:"entered"`
	Converted int64  `json:"converted" doc:"Who came in on any day and reached the goal on this one"`
}

// span is of whom is told: who came in from a time on and before another, with a
// version, or with any.
type span struct{ from, to, version int64 }

// always tells whether the time does not matter: then all is kept count of.
func (in span) always() bool { return in.from == 0 && in.to == math.MaxInt64 }

// came is what of walks they are told by.
func (in span) came() (string, []any) {
	where, args := "entered_at >= ? AND entered_at < ?", []any{in.from, in.to}
	if in.version > 0 {
		where, args = where+" AND came_version = ?", append(args, in.version)
	}
	return where, args
}

// Report tells what came of a journey, of those who came in within [from, until) and
// with a version; a zero time is no bound, and version 0 is all. What steps count,
// and where people stopped, is of those who were in that version then.
func (s *Service) Report(ctx context.Context, id string, from, until time.Time, version int64) (out Report, err error) {
	a := actor(ctx)
	if !until.IsZero() && !until.After(from) {
		return out, errs.InvalidField("query.to", i18n.T("结束时间应晚于开始时间", "The end comes after the beginning"))
	}
	in := span{clock.Micros(from), clock.Micros(until), version}
	if from.IsZero() {
		in.from = 0
	}
	if until.IsZero() {
		in.to = math.MaxInt64
	}
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		r, err := load(ctx, tx, a.OrgID, id)
		if err != nil {
			return err
		}
		org, err := s.Orgs.Settings(ctx, tx, a.OrgID)
		if err != nil {
			return err
		}
		out = Report{Currency: org.Currency, Arms: []Arm{}, Uplift: []Uplift{}, Branches: []Branching{}, Stops: []Stop{}, Days: []ReportDay{}, From: clock.Ptr(clock.Micros(from)), Until: clock.Ptr(clock.Micros(until))}
		if version > r.version {
			return errNoVersion
		}
		c := &counting{Service: s, orgID: a.OrgID, id: id, in: in}
		steps, err := c.drawn(ctx, tx, r)
		if err != nil {
			return err
		}
		share := 0.0
		if r.version > 0 {
			e, err := s.edition(ctx, tx, a.OrgID, id, cmp.Or(version, r.version))
			if err != nil {
				return err
			}
			share, out.Goal = float64(e.HoldoutBP)/10_000, e.Goal
		}
		if c.tallied, err = tallies(ctx, tx, a.OrgID, id, version); err != nil {
			return err
		}
		if err := c.arms(ctx, tx, share, &out); err != nil {
			return err
		}
		if err := c.stops(ctx, tx, steps, &out); err != nil {
			return err
		}
		if err := c.branches(ctx, tx, steps, &out); err != nil {
			return err
		}
		out.Steps = progressOf(c.tallied).Steps
		return c.days(ctx, tx, org.Zone, &out)
	})
	return out, err
}

// counting is a report that is being made.
type counting struct {
	*Service
	orgID, id string
	in        span
	tallied   []tallied // of the version, or of all
	longest   int64     // days that orders of anybody are counted
}

// drawn are the steps of the version, or of all, the newest drawing of each first:
// some who are told of walked an older one.
func (c *counting) drawn(ctx context.Context, tx *db.Tx, r *row) (out []*graph.Step, err error) {
	seen := map[string]bool{}
	for v := r.version; v > 0; v-- {
		if c.in.version > 0 && v != c.in.version {
			continue
		}
		e, err := c.edition(ctx, tx, c.orgID, r.id, v)
		if err != nil {
			return nil, err
		}
		days := int64(measureDays)
		if e.Goal != nil {
			days = int64(e.Goal.Days)
		}
		c.longest = max(c.longest, days)
		for i := range e.Graph.Steps {
			if st := &e.Graph.Steps[i]; !seen[st.ID] {
				seen[st.ID] = true
				out = append(out, st)
			}
		}
	}
	return out, nil
}

// sample is what the people of an arm did.
type sample struct{ converted, buyers, orders, money stats.Sample }

func (m *sample) add(converted, orders, minor, n int64) {
	m.converted.AddTimes(0, float64(min(converted, 1)), n)
	m.buyers.AddTimes(0, float64(min(orders, 1)), n)
	m.orders.AddTimes(0, float64(orders), n)
	m.money.AddTimes(0, float64(minor), n)
}

func (m *sample) arm(name string) Arm {
	return Arm{Arm: name, People: m.money.N(), Converted: int64(m.converted.Total() + 0.5), Orders: int64(m.orders.Total() + 0.5), GMVMinor: whole(m.money.Total())}
}

func whole(x float64) int64 {
	if x < 0 {
		return int64(x - 0.5)
	}
	return int64(x + 0.5)
}

// firstOfMerged finds persons who came in as another than they are now: only of
// those there may be several first walks.
const firstOfMerged = "SELECT person_id FROM journey_run WHERE org_id = ? AND journey_id = ? AND came_as <> person_id"

// arms compares those who walk with those who were left out. The lot is drawn by
// person, so people are what is counted: each by their first walk, whatever became
// of it. Who turned out to be one person counts as one, with what both did, and not
// at all when they were in different arms.
func (c *counting) arms(ctx context.Context, tx *db.Tx, share float64, out *Report) error {
	groups := map[string]*sample{Treated: {}, Holdout: {}}
	// People by what they did. They are put into the samples in one order, however
	// they were read: else the last digits of a mean depend on it.
	type deed struct {
		arm                      string
		converted, orders, minor int64
	}
	counts := map[deed]int64{}
	idle := map[string]int64{} // who did nothing, where that is known without looking
	some := ""
	if c.in.always() {
		some = " AND (converted_at > 0 OR orders <> 0 OR spent_minor <> 0)"
		for _, t := range c.tallied {
			if t.what == "first" && t.step == "" {
				idle[t.part] += t.n
			}
		}
	}
	came, args := c.in.came()
	args = append(append([]any{c.orgID, c.id}, args...), c.orgID, c.id)
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var arm string
		var converted, orders, minor, n int64
		if err := rows.Scan(&arm, &converted, &orders, &minor, &n); err != nil {
			return err
		}
		idle[arm] -= n
		counts[deed{arm, converted, orders, minor}] += n
		return nil
	}, `SELECT arm, CASE WHEN converted_at > 0 THEN 1 ELSE 0 END, orders, spent_minor, COUNT(*) FROM journey_run
		WHERE org_id = ? AND journey_id = ? AND first = 1`+some+` AND `+came+` AND person_id NOT IN (`+firstOfMerged+`)
		GROUP BY arm, CASE WHEN converted_at > 0 THEN 1 ELSE 0 END, orders, spent_minor`, args...); err != nil {
		return err
	}
	type sum struct {
		arm                      string
		converted, orders, minor int64
		mixed                    bool
	}
	together := map[string]*sum{}
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var person, arm string
		var converted, orders, minor int64
		if err := rows.Scan(&person, &arm, &converted, &orders, &minor); err != nil {
			return err
		}
		idle[arm]--
		one := together[person]
		if one == nil {
			one = &sum{arm: arm}
			together[person] = one
		}
		one.mixed = one.mixed || one.arm != arm
		one.converted, one.orders, one.minor = max(one.converted, converted), one.orders+orders, one.minor+minor
		return nil
	}, `SELECT person_id, arm, CASE WHEN converted_at > 0 THEN 1 ELSE 0 END, orders, spent_minor FROM journey_run
		WHERE org_id = ? AND journey_id = ? AND first = 1 AND `+came+` AND person_id IN (`+firstOfMerged+`)`, args...); err != nil {
		return err
	}
	for _, one := range together {
		if one.mixed {
			out.Mixed++
		} else {
			counts[deed{one.arm, one.converted, one.orders, one.minor}]++
		}
	}
	if c.in.always() {
		for arm := range groups {
			counts[deed{arm: arm}] += idle[arm]
		}
	}
	for _, d := range slices.SortedFunc(maps.Keys(counts), func(a, b deed) int {
		return cmp.Or(cmp.Compare(a.arm, b.arm), cmp.Compare(a.converted, b.converted), cmp.Compare(a.orders, b.orders), cmp.Compare(a.minor, b.minor))
	}) {
		if g := groups[d.arm]; g != nil {
			g.add(d.converted, d.orders, d.minor, counts[d])
		}
	}
	recent := c.in
	recent.from = max(recent.from, c.micros()-c.longest*day) // nobody's who came in before
	came, args = recent.came()
	var open int64
	if err := tx.QueryRow(ctx, "SELECT COUNT(*) FROM (SELECT 1 FROM journey_run WHERE org_id = ? AND journey_id = ? AND first = 1 AND "+came+" AND measure_to > ? LIMIT 1) t",
		append(append([]any{c.orgID, c.id}, args...), c.micros())...).Scan(&open); err != nil {
		return err
	}
	out.Early = open > 0
	treated, holdout := groups[Treated], groups[Holdout]
	out.Arms = []Arm{treated.arm(Treated), holdout.arm(Holdout)}
	out.judge(i18n.From(ctx), treated, holdout, share)
	return nil
}

// judge fills in what the journey brought.
func (out *Report) judge(lang i18n.Lang, treated, holdout *sample, share float64) {
	switch {
	case treated.money.N() == 0 && holdout.money.N() == 0:
		out.Say = i18n.T("还没有人进入", "Nobody has come in yet").In(lang)
		return
	case holdout.money.N() == 0:
		out.Say = i18n.T("没有对照组，看不出旅程本身带来了什么；在设置里留出一部分人就能看到", "Without a hold-out nobody can tell what the journey itself brought; leave some people out in its settings").In(lang)
		return
	case treated.money.N() == 0:
		out.Say = i18n.T("到现在只有对照组的人", "So far there are only people of the hold-out").In(lang)
		return
	}
	if share == 0 { // the hold-out is of an older version
		share = float64(holdout.money.N()) / float64(holdout.money.N()+treated.money.N())
	}
	for _, o := range []struct {
		key              string
		control, treated stats.Sample
	}{{"converted", holdout.converted, treated.converted}, {"buyers", holdout.buyers, treated.buyers}, {"orders", holdout.orders, treated.orders}, {"money", holdout.money, treated.money}} {
		if o.key == "converted" && out.Goal == nil {
			continue
		}
		u := Uplift{Outcome: stats.Judge(o.key, o.control, o.treated, share)}
		u.Say = sentence(u.Outcome).In(lang)
		out.Uplift = append(out.Uplift, u)
	}
	out.Say = out.Uplift[0].Say
}

var outcomeNames = map[string]i18n.Text{"converted": i18n.T("达成目标的人", "people who reach the goal"), "buyers": i18n.T("下单的人", "people who buy"),
	"orders": i18n.T("订单", "orders"), "money": i18n.T("消费", "money")}

// sentence is what can be said of an outcome.
func sentence(o stats.Outcome) i18n.Text {
	what := outcomeNames[o.Key]
	switch {
	case o.Verdict == stats.Higher:
		return i18n.T("%[1]s比对照组多，不像是偶然", "More %[2]s than in the hold-out, beyond chance", what.ZH, what.EN)
	case o.Verdict == stats.Lower:
		return i18n.T("%[1]s比对照组少，不像是偶然", "Fewer %[2]s than in the hold-out, beyond chance", what.ZH, what.EN)
	case o.Why == stats.TooUneven:
		return i18n.T("%[1]s：差别由少数几个大数决定，还不能判断", "%[2]s: a few very large values decide, it cannot be judged", what.ZH, what.EN)
	case o.NeededPeople > 0:
		return i18n.T("%[1]s：还看不出来，这么大的差别大约要 %[3]s 人才能看清", "%[2]s: cannot tell yet; it takes about %[3]s people to tell a difference of this size", what.ZH, what.EN, thousands(o.NeededPeople))
	}
	return i18n.T("%[1]s：还看不出来", "%[2]s: cannot tell yet", what.ZH, what.EN)
}

func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// stops finds where people left before the end.
func (c *counting) stops(ctx context.Context, tx *db.Tx, steps []*graph.Step, out *Report) error {
	names := map[string]string{}
	for _, st := range steps {
		names[st.ID] = st.Name
	}
	if c.in.always() {
		found := map[Stop]int64{}
		for _, t := range c.tallied {
			if t.what == "stop" {
				status, why, _ := strings.Cut(t.part, "/")
				found[Stop{Step: t.step, Name: names[t.step], Status: status, Why: why}] += t.n
			}
		}
		for st, n := range found {
			if st.People = n; n > 0 {
				out.Stops = append(out.Stops, st)
			}
		}
	} else if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var st Stop
		err := rows.Scan(&st.Step, &st.Status, &st.Why, &st.People)
		st.Name = names[st.Step]
		out.Stops = append(out.Stops, st)
		return err
	}, "SELECT step, status, why, COUNT(*) FROM journey_run WHERE org_id = ? AND journey_id = ? AND status IN ('exited', 'cancelled', 'failed') AND entered_at >= ? AND entered_at < ? AND (? = 0 OR version = ?) GROUP BY step, status, why",
		c.orgID, c.id, c.in.from, c.in.to, c.in.version, c.in.version); err != nil {
		return err
	}
	slices.SortFunc(out.Stops, func(a, b Stop) int {
		switch {
		case a.People != b.People:
			return int(b.People - a.People)
		case a.Step != b.Step:
			return strings.Compare(a.Step, b.Step)
		}
		return strings.Compare(a.Status+"/"+a.Why, b.Status+"/"+b.Why)
	})
	return nil
}
