package lifecycle

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"sort"

	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
)

// Where thresholds come from.
const (
	SourceDefault = "default" // too few gaps to learn from
	SourceData    = "data"    // from the org's own gaps
	SourceManual  = "manual"  // set by staff
	// SourceProbability: from the probability that somebody still buys, where a
	// model can tell it; otherwise from the org's own gaps.
	SourceProbability = "probability"
)

// defaultRule holds until there is enough data to know better.
var defaultRule = Rule{SilentDays: 90, LostDays: 180}

const (
	minGaps   = 100 // fewer say too little
	minSilent = 7   // days: below a week, weekends alone would make people silent
	minApart  = 7   // days between silent and lost, so that there is time to act
	maxDays   = 3650
)

// Gaps describes how long the org's customers take to buy again: the days
// between a person's consecutive purchases. Gaps under a day are left out (a
// basket paid in two parts is not a return). Percentiles are weighted by
// person: each one's gaps count together as much as anybody else's, or a few
// who buy daily would make everybody else look lost.
type Gaps struct {
	Count int64   `json:"count" doc:"Gaps between purchases of at least a day"`
	P50   float64 `json:"p50" doc:"Days; half of the weight is at or below"`
	P80   float64 `json:"p80"`
	P90   float64 `json:"p90"`
	P95   float64 `json:"p95"`
}

// Suggest returns the thresholds that fit the gaps, and whether there are
// enough of them to tell. Silent is the 80th percentile, rounded up to whole
// days: four of five who come back have come back by then. Lost is the 95th:
// hardly anybody comes back later. Silent is at least 7 days, lost at least 7
// days more than silent.
//
// Only gaps that ended in a purchase are known, so where the data is short
// compared with the gaps, these are too short rather than too long; they grow
// with the data.
func Suggest(g Gaps) (Rule, bool) {
	if g.Count < minGaps {
		return defaultRule, false
	}
	r := Rule{SilentDays: min(maxDays-minApart, max(minSilent, int64(math.Ceil(g.P80))))}
	r.LostDays = min(maxDays, max(r.SilentDays+minApart, int64(math.Ceil(g.P95))))
	return r, true
}

// gapMeter collects gaps, weighted by person.
type gapMeter struct{ gaps []weighed }

type weighed struct {
	gap    int64 // microseconds
	weight float64
}

func (g *gapMeter) add(purchases []int64) {
	from := len(g.gaps)
	for i := 1; i < len(purchases); i++ {
		if gap := purchases[i] - purchases[i-1]; gap >= day {
			g.gaps = append(g.gaps, weighed{gap: gap})
		}
	}
	for i := from; i < len(g.gaps); i++ {
		g.gaps[i].weight = 1 / float64(len(g.gaps)-from)
	}
}

// result gives, for each percentile, the smallest gap at which that share of
// the weight has been reached, in days to two places.
func (g *gapMeter) result() Gaps {
	out := Gaps{Count: int64(len(g.gaps))}
	sort.Slice(g.gaps, func(i, j int) bool { return g.gaps[i].gap < g.gaps[j].gap })
	var total, sum float64
	for _, w := range g.gaps {
		total += w.weight
	}
	points := []struct {
		share float64
		into  *float64
	}{{0.50, &out.P50}, {0.80, &out.P80}, {0.90, &out.P90}, {0.95, &out.P95}}
	next := 0
	for _, w := range g.gaps {
		sum += w.weight
		for next < len(points) && sum >= points[next].share*total-1e-9 {
			*points[next].into = math.Round(float64(w.gap)/float64(day)*100) / 100
			next++
		}
	}
	return out
}

// RFM are scores from 1 to 5, 5 the best, among all buyers of the org.
type RFM struct {
	Recency   int64 `json:"recency" minimum:"1" maximum:"5"`
	Frequency int64 `json:"frequency" minimum:"1" maximum:"5"`
	Monetary  int64 `json:"monetary" minimum:"1" maximum:"5"`
}

// Quintiles are the boundaries of the scores: of n buyers in ascending order,
// the values at the places ⌈n/5⌉, ⌈2n/5⌉, ⌈3n/5⌉ and ⌈4n/5⌉. A value scores
// by how many boundaries it exceeds, so equal values score alike: where most
// people bought once, they share the lowest score of frequency and the next
// ones up stay empty.
type Quintiles struct {
	Buyers    int64    `json:"buyers"`
	Recency   [4]int64 `json:"recency"`   // whole days since the last purchase; fewer is better
	Frequency [4]int64 `json:"frequency"` // purchases
	Monetary  [4]int64 `json:"monetary"`  // paid less refunded, minor units
}

func boundaries(values []int64) (b [4]int64) {
	slices.Sort(values)
	for k := range b {
		if n := len(values); n > 0 {
			b[k] = values[((k+1)*n+4)/5-1]
		}
	}
	return b
}

func exceeded(v int64, b [4]int64) (n int64) {
	for _, x := range b {
		if v > x {
			n++
		}
	}
	return n
}

// score is computed when asked for: recency falls as time passes, without
// anything being written. It is nil for who has no purchase, and while
// nothing has been measured.
func (q Quintiles) score(p *person, now int64) *RFM {
	if p.orders == 0 || q.Buyers == 0 {
		return nil
	}
	return &RFM{Recency: 5 - exceeded(daysSince(p.last, now), q.Recency), Frequency: 1 + exceeded(p.orders, q.Frequency), Monetary: 1 + exceeded(p.gmv-p.refunded, q.Monetary)}
}

func daysSince(at, now int64) int64 { return max(0, (now-at)/day) }

// measurement is what one look over all customers tells.
type measurement struct {
	gaps      Gaps
	quintiles Quintiles
}

// look reads everybody's facts and rows once; merged persons' facts count
// together.
func look(ctx context.Context, tx *db.Tx, orgID string, now int64) (m measurement, err error) {
	owner := map[string]string{}
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var id, speaker string
		if err := rows.Scan(&id, &speaker); err != nil {
			return err
		}
		owner[id], owner[speaker] = speaker, speaker
		return nil
	}, "SELECT person_id, canonical_id FROM lifecycle_alias WHERE org_id = ?", orgID); err != nil {
		return m, fmt.Errorf("lifecycle: aliases: %w", err)
	}
	var meter gapMeter
	joined := map[string][]fact{} // those of merged persons, until all are read
	var run []fact                // of the person being read
	flush := func() {
		if len(run) == 0 {
			return
		}
		if speaker, ok := owner[run[0].person]; ok {
			joined[speaker] = append(joined[speaker], run...)
		} else {
			meter.add(summarise(run, "").purchases)
		}
		run = run[:0]
	}
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var f fact
		if err := f.scan(rows); err != nil {
			return err
		}
		if len(run) > 0 && run[0].person != f.person {
			flush()
		}
		run = append(run, f)
		return nil
	}, "SELECT "+factColumns+" FROM lifecycle_fact WHERE org_id = ? AND kind > 0 ORDER BY person_id, at, seq", orgID); err != nil {
		return m, fmt.Errorf("lifecycle: facts: %w", err)
	}
	flush()
	for _, facts := range joined {
		meter.add(summarise(facts, "").purchases)
	}
	m.gaps = meter.result()
	var recency, frequency, monetary []int64
	if err := tx.Each(ctx, func(rows *sql.Rows) error {
		var orders, net, last int64
		if err := rows.Scan(&orders, &net, &last); err != nil {
			return err
		}
		recency, frequency, monetary = append(recency, daysSince(last, now)), append(frequency, orders), append(monetary, net)
		return nil
	}, "SELECT orders, gmv_minor - refunded_minor, last_order_at FROM lifecycle_person WHERE org_id = ? AND orders > 0", orgID); err != nil {
		return m, fmt.Errorf("lifecycle: buyers: %w", err)
	}
	m.quintiles = Quintiles{Buyers: int64(len(frequency)), Recency: boundaries(recency), Frequency: boundaries(frequency), Monetary: boundaries(monetary)}
	return m, nil
}

// Measure looks over all customers of an org, stores gaps and quintiles, and,
// unless staff set the thresholds, follows the data with them. It is for a
// nightly job and for the end of an import.
//
// Learned thresholds move only when one of them is off by a tenth or more:
// otherwise each night would redraw everybody for the sake of a day.
func (s *Service) Measure(ctx context.Context, orgID string) error {
	var m measurement
	var facts int64
	now := clock.Micros(s.now())
	if err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		st, err := settingsOf(ctx, tx, orgID)
		if err != nil {
			return err
		}
		facts = st.orderFacts
		m, err = look(ctx, tx, orgID, now)
		return err
	}); err != nil {
		return err
	}
	if err := s.db.Write(ctx, orgID, func(tx *db.Tx) error {
		d, err := s.sit(ctx, tx, orgID)
		if err != nil {
			return err
		}
		if d.st.replaying() {
			return nil
		}
		d.st.gaps, d.st.quintiles, d.st.measuredFacts, d.st.measuredAt = m.gaps, m.quintiles, facts, now
		if d.st.source != SourceManual {
			was := d.st.Rule
			if err := d.learn(ctx, false); err != nil {
				return err
			}
			if now := d.st.Rule; now != was {
				tx.OnCommit(func() {
					s.logger.InfoContext(ctx, "stage thresholds learned", "org", orgID, "silent_days", now.SilentDays, "lost_days", now.LostDays, "gaps", m.gaps.Count)
				})
			}
		}
		return d.st.save(ctx, tx, orgID)
	}); err != nil {
		return fmt.Errorf("lifecycle: measure: %w", err)
	}
	return s.Redraw(ctx, orgID)
}

// MeasureAll measures every org.
func (s *Service) MeasureAll(ctx context.Context) error {
	orgs, err := s.orgs.OrgIDs(ctx)
	if err != nil {
		return err
	}
	for _, org := range orgs {
		if err := s.Measure(ctx, org); err != nil {
			return fmt.Errorf("org %s: %w", org, err)
		}
	}
	return nil
}

// measureIfGrown measures when a tenth more orders are known than last time.
func (s *Service) measureIfGrown(ctx context.Context, orgID string) error {
	grown := false
	if err := s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		st, err := settingsOf(ctx, tx, orgID)
		grown = err == nil && !st.replaying() && st.orderFacts > st.measuredFacts+st.measuredFacts/10
		return err
	}); err != nil || !grown {
		return err
	}
	return s.Measure(ctx, orgID)
}

// learn takes the thresholds from the data. Unless at once, near ones stay.
func (d *desk) learn(ctx context.Context, atOnce bool) error {
	rule, enough := Suggest(d.st.gaps)
	source := SourceDefault
	if enough {
		source = SourceData
	}
	if !atOnce && d.st.source == SourceProbability { // the days are what it falls back to
		source = SourceProbability
	}
	if !atOnce && source == d.st.source && near(rule.SilentDays, d.st.SilentDays) && near(rule.LostDays, d.st.LostDays) {
		return nil
	}
	return d.adopt(ctx, rule, source)
}

func near(a, b int64) bool { return 10*max(a-b, b-a) < b }
