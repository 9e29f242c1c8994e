package campaign

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
	"fishpond/internal/platform/killpoint"
	"fishpond/internal/platform/stats"
)

// cell is one of the lots that the people of a stage who are to get a campaign
// are dealt to: a variant, in the test or among the rest.
type cell struct {
	arm    string
	tested bool
	weight int64 // of the sum of all
}

// cells are those of a campaign; none when it has one text.
func (o Options) cells() (out []cell) {
	test := int64(wholeBP)
	if o.Winner != nil {
		test = int64(o.Winner.ShareBP)
	}
	for i, share := range o.shares() {
		name := o.Variants[i].Name
		out = append(out, cell{name, true, share * test})
		if rest := share * (wholeBP - test); rest > 0 {
			out = append(out, cell{name, false, rest})
		}
	}
	return out
}

const wholeCell = wholeBP * wholeBP

// deal gives each of these people of a stage, in the order of their hash, the lot
// that is furthest behind its share. What is owed is carried on to the next of the
// stage, so that the lots are as large as they are meant to be, to a person or
// two a stage, however the stage is cut into chunks.
func deal(id, stage string, cells []cell, people []*one, carry map[string]int64) {
	if len(cells) == 0 || len(people) == 0 {
		return
	}
	owed := make([]int64, len(cells))
	keys := make([]string, len(cells))
	for i, c := range cells {
		keys[i] = stage + map[bool]string{true: "/t/", false: "/r/"}[c.tested] + c.arm
		var ok bool
		if owed[i], ok = carry[keys[i]]; !ok { // else small stages would give all their people to the first
			owed[i] = int64(draw(id, keys[i]) % uint64(c.weight+1)) //nolint:gosec // below the weight
		}
	}
	for _, o := range people {
		best := 0
		for i := range cells {
			if owed[i] += cells[i].weight; owed[i] > owed[best] {
				best = i
			}
		}
		owed[best] -= wholeCell
		o.arm, o.tested = cells[best].arm, cells[best].tested
	}
	for i, k := range keys {
		carry[k] = owed[i]
	}
}

// restID is the outbox's plan of those who wait for the end of a test.
func restID(id string) string { return id + "_r" }

// IsRest tells whether a plan of the outbox is that of those who got what the
// test found, and not what they were dealt.
func IsRest(planID string) bool { return strings.HasSuffix(planID, "_r") }

// plans are those of a campaign in the outbox.
func (r *row) plans() []string {
	if r.kind == Series {
		return nil
	}
	if r.opt.Winner != nil {
		return []string{r.id, restID(r.id)}
	}
	return []string{r.id}
}

// progress is how far all plans of a campaign are.
func (s *Service) progress(ctx context.Context, tx *db.Tx, orgID string, r *row) (Progress, error) {
	p, err := s.Outbox.Progress(ctx, tx, orgID, r.id)
	if err != nil || r.opt.Winner == nil {
		return p, err
	}
	rest, err := s.Outbox.Progress(ctx, tx, orgID, restID(r.id))
	if err != nil {
		return p, err
	}
	return p.with(rest, r.decided > 0), nil
}

// inTest is the status of a campaign's messages while those of the test are
// through and the rest wait for what it finds.
const inTest = "testing"

// with adds the plan of the rest. Before the test has ended that one has not
// begun, and the campaign is not over when the test's messages are.
func (p Progress) with(rest Progress, decided bool) Progress {
	out := p
	switch {
	case decided && p.Over():
		out.Status, out.FinishedAt = rest.Status, rest.FinishedAt
	case decided && !rest.Over():
		out.Status = rest.Status
	case !decided && p.Status == "done":
		out.Status = inTest
	}
	if !out.Over() {
		out.FinishedAt = nil
	}
	out.Total, out.Planned, out.Sending, out.Sent = p.Total+rest.Total, p.Planned+rest.Planned, p.Sending+rest.Sending, p.Sent+rest.Sent
	out.Delivered, out.Read, out.Doubtful, out.Cancelled = p.Delivered+rest.Delivered, p.Read+rest.Read, p.Doubtful+rest.Doubtful, p.Cancelled+rest.Cancelled
	out.Asked = p.Asked + rest.Asked
	out.Waiting, out.Held, out.Failed = summed(p.Waiting, rest.Waiting), summed(p.Held, rest.Held), summed(p.Failed, rest.Failed)
	return out
}

func summed(a, b map[string]int64) map[string]int64 {
	out := make(map[string]int64, len(a)+len(b))
	for _, m := range []map[string]int64{a, b} {
		for k, n := range m {
			out[k] += n
		}
	}
	return out
}

// TestLine is how one variant did in the test.
type TestLine struct {
	Name         string  `json:"name"`
	People       int64   `json:"people"`
	Clicks       int64   `json:"clicks" doc:"People who clicked"`
	Visits       int64   `json:"visits" doc:"People who visited"`
	Orders       int64   `json:"orders" doc:"People who ordered"`
	MoneyMinor   int64   `json:"money_minor"`
	Unsubscribed int64   `json:"unsubscribed"`
	Value        float64 `json:"value" doc:"Of what is compared: a share, or minor units a person"`
	Best         float64 `json:"best_probability" doc:"That its true value is the highest; 0 with too few people"`
	P            float64 `json:"p_value" doc:"Of its difference from the one that is ahead, corrected for all comparisons (Holm); of that one, the largest of them"`
	Guard        bool    `json:"guard" doc:"More people unsubscribed than with another, beyond chance: it cannot win"`
}

// Why a variant was chosen.
const (
	ChosenWinner = "winner" // best beyond chance
	ChosenGuard  = "guard"  // the only one that did not drive people away
	ChosenByHand = "staff"
)

// Test is how the test of variants stands.
type Test struct {
	Phase     string     `json:"phase" enum:"planned,testing,decided"`
	From      *time.Time `json:"from"`
	DecideAt  *time.Time `json:"decide_at"`
	DecidedAt *time.Time `json:"decided_at"`
	Tested    int64      `json:"tested_people"`
	Rest      int64      `json:"rest_people"`
	Chosen    string     `json:"chosen" doc:"The variant that the rest get; empty: each the one they were dealt"`
	By        string     `json:"by" enum:",winner,guard,first,leader,even,staff" doc:"Why: it is the best beyond chance; the others drove people away; or what was to be done when one cannot tell"`
	Lines     []TestLine `json:"lines" doc:"What was known when it was decided; before, what is known now"`
	Said      string     `json:"said" doc:"In words"`
}

// finding is what a test found, as it is kept.
type finding struct {
	Chosen string     `json:"chosen"`
	By     string     `json:"by"`
	Lines  []TestLine `json:"lines"`
}

// judge compares the variants. groups are in the order of o.Variants.
func (o Options) judge(groups []*counted) finding {
	metric := ByOrders
	otherwise := OtherwiseFirst
	if o.Winner != nil {
		metric, otherwise = o.Winner.Metric, o.Winner.Otherwise
	}
	k := len(o.Variants)
	value, left := make([]stats.Sample, k), make([]stats.Sample, k)
	f := finding{Lines: make([]TestLine, k)}
	for i, g := range groups {
		value[i], left[i] = g.by(metric), g.unsubscribed
		f.Lines[i] = TestLine{Name: o.Variants[i].Name, People: g.money.N(), Clicks: g.clickers.Positive(), Visits: g.visitors.Positive(), Orders: g.buyers.Positive(),
			MoneyMinor: int64(g.money.Total() + 0.5), Unsubscribed: g.unsubscribed.Positive(), Value: value[i].Mean(), P: 1}
	}
	for _, d := range pairs(left) {
		if d.p < 1-stats.Level {
			f.Lines[d.higher()].Guard = true
		}
	}
	for i, p := range stats.Best(value) {
		f.Lines[i].Best = p
	}
	var allowed []int
	for i := range k {
		if !f.Lines[i].Guard {
			allowed = append(allowed, i)
		}
	}
	if len(allowed) == 0 { // cannot be: who has the fewest is never above another
		return f
	}
	lead := slices.MaxFunc(allowed, func(a, b int) int { return cmp.Compare(value[a].Mean(), value[b].Mean()) })
	first := allowed[0]
	sure := len(allowed) > 1
	for _, d := range pairs(value) {
		if d.a != lead && d.b != lead {
			continue
		}
		other := d.a + d.b - lead
		f.Lines[other].P = d.p
		if slices.Contains(allowed, other) && (d.p >= 1-stats.Level || d.higher() != lead) {
			sure = false
		}
	}
	f.Lines[lead].P = 0
	for i := range f.Lines {
		if i != lead && slices.Contains(allowed, i) {
			f.Lines[lead].P = max(f.Lines[lead].P, f.Lines[i].P)
		}
	}
	if len(allowed) == 1 {
		f.Lines[lead].P = 1
	}
	name := func(i int) string { return o.Variants[i].Name }
	switch {
	case sure:
		f.Chosen, f.By = name(lead), ChosenWinner
	case len(allowed) == 1:
		f.Chosen, f.By = name(lead), ChosenGuard
	case otherwise == OtherwiseLeader, otherwise == OtherwiseEven && len(allowed) < k:
		f.Chosen, f.By = name(lead), OtherwiseLeader
	case otherwise == OtherwiseEven:
		f.By = OtherwiseEven
	default:
		f.Chosen, f.By = name(first), OtherwiseFirst
	}
	return f
}

// pair is a comparison of two variants.
type pair struct {
	a, b int
	stats.Effect
	p float64 // corrected for all pairs; 1 when it is not judged
}

func (d pair) higher() int {
	if d.Difference > 0 {
		return d.b
	}
	return d.a
}

// fewestExpected is how many yes and no each of two groups must have been
// expected to give for their shares to be judged (Cochran, Some methods for
// strengthening the common χ² tests, Biometrics 10 (1954) 417–451): a single
// order is no evidence.
const fewestExpected = 5

func expected(e stats.Effect) bool {
	n := float64(e.Control.N + e.Treated.N)
	yes := e.Control.Total + e.Treated.Total
	small := float64(min(e.Control.N, e.Treated.N))
	return !e.Rate || n > 0 && small*min(yes, n-yes)/n >= fewestExpected
}

// pairs compares each with each, and corrects the p-values for that (Holm).
func pairs(groups []stats.Sample) (out []pair) {
	for a := range groups {
		for b := a + 1; b < len(groups); b++ {
			out = append(out, pair{a: a, b: b, Effect: stats.Compare(groups[a], groups[b], 0)})
		}
	}
	raw := make([]float64, len(out))
	for i, d := range out {
		if raw[i] = d.P; !d.Known || d.Why != "" || !expected(d.Effect) {
			raw[i] = 1
		}
	}
	for i, p := range stats.Holm(raw) {
		out[i].p = p
	}
	return out
}

// testedGroups reads what the people of the test did, by variant. all: also those
// who got theirs without a test.
func testedGroups(ctx context.Context, tx *db.Tx, orgID string, r *row) ([]*counted, error) {
	out := make([]*counted, len(r.opt.Variants))
	at := map[string]*counted{}
	for i, v := range r.opt.Variants {
		out[i] = &counted{}
		at[v.Name] = out[i]
	}
	return out, tx.Each(ctx, func(rows *sql.Rows) error {
		var arm string
		var d deeds
		if err := rows.Scan(&arm, &d.visits, &d.orders, &d.spent, &d.clicks, &d.left, &d.beforeOrders, &d.beforeMinor, &d.n); err != nil {
			return err
		}
		if g := at[arm]; g != nil {
			g.add(d)
		}
		return nil
	}, `SELECT arm, visits, orders, spent_minor, clicks, unsubscribed, before_orders, before_minor, COUNT(*) FROM campaign_person
		WHERE org_id = ? AND campaign_id = ? AND variant = 'treated' AND tested = 1 AND mixed = 0 GROUP BY arm, visits, orders, spent_minor, clicks, unsubscribed, before_orders, before_minor`, orgID, r.id)
}

// Decide ends a test by hand: the rest get this variant.
func (s *Service) Decide(ctx context.Context, id, chosen string) (Campaign, error) {
	a := actor(ctx)
	var r *row
	var groups []*counted
	err := s.db.Read(ctx, a.OrgID, func(tx *db.Tx) (err error) {
		if r, err = load(ctx, tx, a.OrgID, id); err == nil {
			groups, err = testedGroups(ctx, tx, a.OrgID, r)
		}
		return err
	})
	if err != nil {
		return Campaign{}, err
	}
	if r.opt.Winner == nil {
		return Campaign{}, errs.Conflict(i18n.T("这个群发没有在测试", "No test is on in this campaign"))
	}
	if _, ok := r.opt.variant(chosen); !ok {
		return Campaign{}, errs.InvalidField("body.chosen", i18n.T("没有这个版本", "There is no such variant"))
	}
	f := r.opt.judge(groups)
	f.Chosen, f.By = chosen, ChosenByHand
	err = s.db.Write(ctx, a.OrgID, func(tx *db.Tx) error {
		ok, err := s.decided(ctx, tx, a.OrgID, r, f)
		if err != nil {
			return err
		}
		if !ok {
			return errs.Conflict(i18n.T("测试还没开始，或已经有了结果", "The test has not begun, or is decided"))
		}
		return s.Auditor.Audit(ctx, tx, "campaign.decided", "campaign", id, map[string]any{"chosen": chosen})
	})
	if err != nil {
		return Campaign{}, err
	}
	return s.Get(ctx, id)
}

// decided keeps what the test found and lets the rest go, once.
func (s *Service) decided(ctx context.Context, tx *db.Tx, orgID string, r *row, f finding) (bool, error) {
	kept, err := json.Marshal(f)
	if err != nil {
		return false, err
	}
	now := s.now()
	n, err := tx.Changed(ctx, "UPDATE campaign_campaign SET decided_at = ?, chosen = ?, verdict = ?, measure_to = ?, changed_at = ? WHERE org_id = ? AND id = ? AND status = 'sending' AND decide_at > 0 AND decided_at = 0",
		clock.Micros(now), f.Chosen, string(kept), clock.Micros(now.AddDate(0, 0, int(r.measureDays))), clock.Micros(now), orgID, r.id)
	if err != nil || n == 0 {
		return false, err
	}
	killpoint.Here("campaign.deciding")
	return true, s.Outbox.Start(ctx, tx, orgID, restID(r.id))
}

// settle decides the tests whose time has come. A campaign that is paused then is
// decided when it goes on.
func (s *Service) settle(ctx context.Context, orgID string) error {
	var due []*row
	var found []finding
	err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		due, found = nil, nil
		ids, err := texts(ctx, tx, "SELECT id FROM campaign_campaign WHERE org_id = ? AND status = 'sending' AND decided_at = 0 AND decide_at BETWEEN 1 AND ? ORDER BY id", orgID, s.micros())
		if err != nil {
			return err
		}
		for _, id := range ids {
			r, err := load(ctx, tx, orgID, id)
			if err != nil {
				return err
			}
			groups, err := testedGroups(ctx, tx, orgID, r)
			if err != nil {
				return err
			}
			due, found = append(due, r), append(found, r.opt.judge(groups))
		}
		return nil
	})
	for i := 0; i < len(due) && err == nil; i++ {
		err = s.db.Write(ctx, orgID, func(tx *db.Tx) error {
			_, err := s.decided(ctx, tx, orgID, due[i], found[i])
			return err
		})
		killpoint.Here("campaign.decided")
	}
	return err
}

// test is how a campaign's test is shown; nil without one.
func (s *Service) test(ctx context.Context, tx *db.Tx, orgID string, r *row) (*Test, error) {
	if r.opt.Winner == nil {
		return nil, nil
	}
	t := &Test{Phase: "planned", From: shown(r.measureFrom), DecideAt: shown(r.decideAt), DecidedAt: shown(r.decided), Tested: r.tested, Rest: max(0, r.treated-r.tested), Chosen: r.chosen, Lines: []TestLine{}}
	if r.measureFrom == 0 {
		return t, nil
	}
	if r.decided == 0 {
		t.Phase = "testing"
		groups, err := testedGroups(ctx, tx, orgID, r)
		if err != nil {
			return nil, err
		}
		t.Lines = r.opt.judge(groups).Lines
		t.Said = i18n.T("测试还在进行；现在的数字会变，请不要提前下结论", "The test is on; its numbers will change, do not conclude from them yet").In(i18n.From(ctx))
		return t, nil
	}
	var f finding
	if err := json.Unmarshal([]byte(r.verdict), &f); err != nil {
		return nil, err
	}
	t.Phase, t.By, t.Lines = "decided", f.By, f.Lines
	t.Said = f.said().In(i18n.From(ctx))
	return t, nil
}

func (f finding) said() i18n.Text {
	switch f.By {
	case ChosenWinner:
		return i18n.T("“%s”比其他版本都好，不像是偶然；其余的人收到它", "“%s” is better than every other, beyond chance; the rest get it", f.Chosen)
	case ChosenGuard:
		return i18n.T("其他版本的退订明显更多；其余的人收到“%s”", "With the others clearly more people unsubscribed; the rest get “%s”", f.Chosen)
	case OtherwiseLeader:
		return i18n.T("还说不准哪个更好；按约定，其余的人收到目前领先的“%s”", "It cannot be told which is better; as agreed, the rest get “%s”, which is ahead", f.Chosen)
	case OtherwiseEven:
		return i18n.T("还说不准哪个更好；按约定，其余的人照比例各收各的版本", "It cannot be told which is better; as agreed, the rest get each the one they were dealt")
	case ChosenByHand:
		return i18n.T("由员工选定：其余的人收到“%s”", "Chosen by staff: the rest get “%s”", f.Chosen)
	}
	return i18n.T("还说不准哪个更好；按约定，其余的人收到第一个版本“%s”", "It cannot be told which is better; as agreed, the rest get the first, “%s”", f.Chosen)
}
