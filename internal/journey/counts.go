package journey

import (
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"fishpond/internal/platform/db"
)

// StepCounts is how people fare at a step.
type StepCounts struct {
	Step       string           `json:"step"`
	Here       int64            `json:"here" doc:"Who is there now"`
	Entered    int64            `json:"entered" doc:"How often somebody came"`
	WentOn     int64            `json:"went_on"`
	Stopped    int64            `json:"stopped" doc:"Whose walk ended there, for whatever reason"`
	Failed     int64            `json:"failed" doc:"Of these: because it could not be done"`
	Converted  int64            `json:"converted" doc:"Who came by before they reached the goal"`
	SecondsP50 float64          `json:"seconds_p50" doc:"How long people stayed, to a fifth"`
	SecondsP90 float64          `json:"seconds_p90"`
	Outcomes   map[string]int64 `json:"outcomes"`
	Reasons    map[string]int64 `json:"reasons" doc:"Why walks ended there"`
}

// EdgeCounts is how many went a way.
type EdgeCounts struct {
	Step   string `json:"step"`
	Way    int    `json:"way" doc:"Index of the step's ways; -1: next"`
	People int64  `json:"people"`
}

// Progress is how people fare, step by step.
type Progress struct {
	Steps          []StepCounts `json:"steps" nullable:"false"`
	Edges          []EdgeCounts `json:"edges" nullable:"false"`
	WaitingToBegin int64        `json:"waiting_to_begin"`
	At             time.Time    `json:"at"`
}

// Progress tells how people fare in a version; 0: in all.
func (s *Service) Progress(ctx context.Context, id string, version int64) (out Progress, err error) {
	a := actor(ctx)
	var all []tallied
	err = s.db.Read(ctx, a.OrgID, func(tx *db.Tx) error {
		if _, err := load(ctx, tx, a.OrgID, id); err != nil {
			return err
		}
		all, err = tallies(ctx, tx, a.OrgID, id, version)
		return err
	})
	out = progressOf(all)
	out.At = s.now()
	return out, err
}

func progressOf(all []tallied) Progress {
	out := Progress{Steps: []StepCounts{}, Edges: []EdgeCounts{}}
	steps, stays, edges := map[string]*StepCounts{}, map[string]map[int]int64{}, map[string]map[int]int64{}
	for _, t := range all {
		if t.step == "" {
			if t.what == "begin" {
				out.WaitingToBegin += t.n
			}
			continue
		}
		c := steps[t.step]
		if c == nil {
			c = &StepCounts{Step: t.step, Outcomes: map[string]int64{}, Reasons: map[string]int64{}}
			steps[t.step], stays[t.step], edges[t.step] = c, map[int]int64{}, map[int]int64{}
		}
		c.add(t, stays[t.step], edges[t.step])
	}
	for _, id := range sorted(steps) {
		c := steps[id]
		c.SecondsP50, c.SecondsP90 = stayed(stays[id], 0.5), stayed(stays[id], 0.9)
		out.Steps = append(out.Steps, *c)
		for _, way := range sortedInts(edges[id]) {
			out.Edges = append(out.Edges, EdgeCounts{id, way, edges[id][way]})
		}
	}
	return out
}

func (c *StepCounts) add(t tallied, stays, edges map[int]int64) {
	n, _ := strconv.Atoi(t.part)
	switch t.what {
	case "here":
		c.Here += t.n
	case "entered":
		c.Entered += t.n
	case "converted":
		c.Converted += t.n
	case "outcome":
		c.Outcomes[t.part] += t.n
	case "stopped":
		c.Stopped += t.n
		c.Reasons[t.part] += t.n
	case "failed":
		c.Failed += t.n
	case "sec":
		stays[n] += t.n
	case "left":
		switch {
		case n >= -1:
			c.WentOn += t.n
			edges[n] += t.n
		case n == -2:
			c.Stopped += t.n
		}
	}
}

func sortedInts(m map[int]int64) []int {
	out := make([]int, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// stayed reads a share of stays off their buckets, each a quarter of a doubling.
func stayed(of map[int]int64, share float64) float64 {
	var all int64
	for _, n := range of {
		all += n
	}
	if all == 0 {
		return 0
	}
	left := int64(math.Ceil(share * float64(all)))
	for _, b := range sortedInts(of) {
		if left -= of[b]; left <= 0 {
			return math.Round((math.Exp2((float64(b)+0.5)/4)-1)*10) / 10
		}
	}
	return 0
}
