package insight

import (
	"context"
	"fmt"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"fishpond/internal/insight/steps"
	"fishpond/internal/platform/clock"
	"fishpond/internal/platform/db"
	"fishpond/internal/platform/errs"
	"fishpond/internal/platform/i18n"
)

// FunnelStep is a step of a funnel.
type FunnelStep struct {
	EventChoice
	Name string `json:"name,omitempty" maxLength:"80"`
}

// FunnelInput asks how far people came.
type FunnelInput struct {
	Days
	Steps       []FunnelStep `json:"steps" maxItems:"8" nullable:"false" doc:"From 2 to 8"`
	Order       string       `json:"order,omitempty" enum:"ordered,unordered" default:"ordered" doc:"ordered: each step after the one before; unordered: any order"`
	WithinHours int64        `json:"within_hours" doc:"From the first event to the last, 1 to 87840"`
	By          string       `json:"by,omitempty" enum:"channel,stage,region,owner,trait,tag,month" doc:"Also apart by what persons are now, or by the month in which they entered"`
	Key         string       `json:"key,omitempty" maxLength:"80" doc:"Of by trait: its key. Of by tag: the group; empty: tags without one"`
}

// Funnel is how far people came.
type Funnel struct {
	Fresh
	Period DayPeriod     `json:"period" doc:"The first event is in it"`
	Steps  []FunnelCount `json:"steps" nullable:"false"`
	Open   int64         `json:"open" doc:"Not through yet, and their window is still open: the figures may still rise"`
	Groups []FunnelGroup `json:"groups" nullable:"false" doc:"By what was asked; the largest first, months in order"`
	// reached[k]: who did the first k+1 steps.
	reached []*roaring.Bitmap
	entered map[int64][]*roaring.Bitmap // by month of entry
}

// FunnelCount is one step's figures.
type FunnelCount struct {
	Name      string   `json:"name"`
	Any       []string `json:"any" nullable:"false"`
	Persons   int64    `json:"persons" doc:"Who did this step and those before it; merged ones are one"`
	Dropped   int64    `json:"dropped" doc:"Who did the step before and not this one"`
	OfFirst   *float64 `json:"of_first" doc:"Share of those who did the first step; null when nobody did"`
	OfBefore  *float64 `json:"of_before" doc:"Share of those who did the step before"`
	Median    *int64   `json:"median_seconds" doc:"Half of them took no longer since the step before; null at the first step or without anybody"`
	P90       *int64   `json:"p90_seconds"`
	MedianAll *int64   `json:"median_from_first_seconds" doc:"Since the first step"`
	P90All    *int64   `json:"p90_from_first_seconds"`
}

// FunnelGroup is the figures of those who have something in common.
type FunnelGroup struct {
	Value   string   `json:"value" doc:"Empty: who has none"`
	Label   string   `json:"label"`
	Persons []int64  `json:"persons" nullable:"false" doc:"Of each step"`
	Through *float64 `json:"through" doc:"Share of the first step's who did the last; null when nobody did the first"`
}

// Funnel answers.
func (s *Service) Funnel(ctx context.Context, orgID string, in FunnelInput) (out Funnel, err error) {
	if err = s.db.Read(ctx, orgID, func(tx *db.Tx) error {
		out, err = s.funnel(ctx, tx, orgID, in)
		return err
	}); err != nil {
		return out, err
	}
	out.Groups, err = s.funnelGroups(ctx, orgID, in, &out)
	return out, err
}

// walked is what one worker found.
type walked struct {
	reached []*roaring.Bitmap // by exactly how many steps
	entered map[int64][]*roaring.Bitmap
	since   [][]int64 // of each step: since the step before
	all     [][]int64 // since the first
	open    int64
}

func (s *Service) funnel(ctx context.Context, tx *db.Tx, orgID string, in FunnelInput) (out Funnel, err error) {
	q, err := s.ask(ctx, tx, orgID)
	if err != nil {
		return out, err
	}
	f, err := q.funnel(in)
	if err != nil {
		return out, err
	}
	if out.Period, err = q.days(in.Days); err != nil {
		return out, err
	}
	f.From, f.To = clock.Micros(out.Period.StartAt), clock.Micros(out.Period.EndAt)
	q.nothing(ctx)
	out.Fresh = q.fresh
	found := make([]walked, sweepWorkers())
	n := len(in.Steps)
	for i := range found {
		found[i] = walked{reached: bitmaps(n), since: make([][]int64, n), all: make([][]int64, n), entered: map[int64][]*roaring.Bitmap{}}
	}
	if err := q.sweep(ctx, f.From, f.To+f.Within, func(worker int, seq uint32, lanes []steps.Lane) {
		w := f.Walk(lanes)
		if w.Reached == 0 {
			return
		}
		my := &found[worker]
		my.reached[w.Reached-1].Add(seq)
		for k := 1; k < w.Reached; k++ {
			my.since[k] = append(my.since[k], w.Done[k]-w.Done[k-1])
			my.all[k] = append(my.all[k], w.Done[k]-w.Done[0])
		}
		if w.Reached < n && w.Done[0]+f.Within >= q.now {
			my.open++
		}
		if in.By == "month" {
			m := monthOf(w.Done[0], q.zone)
			if my.entered[m] == nil {
				my.entered[m] = bitmaps(n)
			}
			my.entered[m][w.Reached-1].Add(seq)
		}
	}); err != nil {
		return out, err
	}
	out.gather(in, found)
	return out, nil
}

func bitmaps(n int) []*roaring.Bitmap {
	out := make([]*roaring.Bitmap, n)
	for i := range out {
		out[i] = roaring.New()
	}
	return out
}

// gather adds up what the workers found.
func (f *Funnel) gather(in FunnelInput, found []walked) {
	n := len(in.Steps)
	f.reached, f.entered = bitmaps(n), map[int64][]*roaring.Bitmap{}
	since, all := make([][]int64, n), make([][]int64, n)
	for _, w := range found {
		f.Open += w.open
		for k := range n {
			f.reached[k].Or(w.reached[k])
			since[k], all[k] = append(since[k], w.since[k]...), append(all[k], w.all[k]...)
		}
		for m, of := range w.entered {
			if f.entered[m] == nil {
				f.entered[m] = bitmaps(n)
			}
			for k := range of {
				f.entered[m][k].Or(of[k])
			}
		}
	}
	atLeast(f.reached)
	for _, of := range f.entered {
		atLeast(of)
	}
	f.Steps = make([]FunnelCount, n)
	for k, step := range in.Steps {
		c := FunnelCount{Name: step.Name, Any: step.Any, Persons: int64(f.reached[k].GetCardinality())} //nolint:gosec // at most 2³²
		c.OfFirst = share(c.Persons, int64(f.reached[0].GetCardinality()))                              //nolint:gosec // as above
		if k > 0 {
			before := f.Steps[k-1].Persons
			c.Dropped, c.OfBefore = before-c.Persons, share(c.Persons, before)
			slices.Sort(since[k])
			slices.Sort(all[k])
			c.Median, c.P90 = seconds(since[k], 50), seconds(since[k], 90)
			c.MedianAll, c.P90All = seconds(all[k], 50), seconds(all[k], 90)
		}
		f.Steps[k] = c
	}
}

// atLeast turns who did exactly so many steps into who did so many or more.
func atLeast(of []*roaring.Bitmap) {
	for k := len(of) - 2; k >= 0; k-- {
		of[k].Or(of[k+1])
	}
}

func share(n, of int64) *float64 {
	if of == 0 {
		return nil
	}
	v := float64(n) / float64(of)
	return &v
}

// seconds is the smallest of sorted durations that is not exceeded by so many
// per cent of them, in whole seconds.
func seconds(sorted []int64, percent int) *int64 {
	if len(sorted) == 0 {
		return nil
	}
	v := sorted[(len(sorted)*percent+99)/100-1] / 1_000_000
	return &v
}

// funnel reads the steps.
func (q *question) funnel(in FunnelInput) (f steps.Funnel, err error) {
	if len(in.Steps) < 2 {
		return f, errs.InvalidField("body.steps", i18n.T("漏斗至少要有两步，只有一步就没有转化可看", "A funnel has at least two steps: with one there is no way between"))
	}
	if len(in.Steps) > steps.MaxSteps {
		return f, errs.InvalidField("body.steps", i18n.T("漏斗最多 %d 步", "A funnel has at most %d steps", steps.MaxSteps))
	}
	f.Unordered = in.Order == "unordered"
	if f.Within, err = within(in.WithinHours); err != nil {
		return f, err
	}
	taken := map[string]bool{}
	for i, step := range in.Steps {
		field := fmt.Sprintf("body.steps[%d]", i)
		alts, err := q.what(step.EventChoice, field)
		if err != nil {
			return f, err
		}
		for _, kind := range step.Any {
			if f.Unordered && taken[kind] {
				return f, errs.InvalidField(field+".any", i18n.T("不分先后的漏斗里，同一事件“%s”不能用在两步里", "In a funnel without order, %s cannot be in two steps", kind))
			}
			taken[kind] = true
		}
		f.Steps = append(f.Steps, alts)
	}
	return f, checkBy(in.By, in.Key)
}

func checkBy(by, key string) error {
	if by == "trait" && key == "" {
		return errs.InvalidField("body.key", i18n.T("请选择按哪个属性拆分", "Choose the trait to break down by"))
	}
	return nil
}

// mostGroups is how many groups are shown; what is left is one more.
const mostGroups = 30

func (s *Service) funnelGroups(ctx context.Context, orgID string, in FunnelInput, f *Funnel) ([]FunnelGroup, error) {
	out := []FunnelGroup{}
	add := func(value, label string, of []*roaring.Bitmap) {
		g := FunnelGroup{Value: value, Label: label, Persons: make([]int64, len(of))}
		for k, b := range of {
			g.Persons[k] = int64(b.GetCardinality()) //nolint:gosec // at most 2³²
		}
		if g.Persons[0] == 0 {
			return
		}
		g.Through = share(g.Persons[len(of)-1], g.Persons[0])
		out = append(out, g)
	}
	if in.By == "" || f.Cannot != "" {
		return out, nil
	}
	if in.By == "month" {
		months := make([]int64, 0, len(f.entered))
		for m := range f.entered {
			months = append(months, m)
		}
		slices.Sort(months)
		for _, m := range months {
			add(monthName(m), monthName(m), f.entered[m])
		}
		return out, nil
	}
	cut, err := s.measure.Audience.Slices(ctx, orgID, in.By, in.Key)
	if err != nil {
		return nil, err
	}
	rest := f.reached[0].Clone()
	for _, sl := range cut {
		add(sl.Value, sl.Label, amongst(f.reached, sl.Members))
		rest.AndNot(sl.Members)
	}
	slices.SortStableFunc(out, func(a, b FunnelGroup) int { return int(b.Persons[0] - a.Persons[0]) })
	out = out[:min(len(out), mostGroups)]
	add("", i18n.T("无", "None").In(i18n.From(ctx)), amongst(f.reached, rest))
	return out, nil
}

func amongst(of []*roaring.Bitmap, members *roaring.Bitmap) []*roaring.Bitmap {
	out := make([]*roaring.Bitmap, len(of))
	for k, b := range of {
		out[k] = roaring.And(b, members)
	}
	return out
}
