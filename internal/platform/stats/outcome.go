package stats

// Outcome is what a treatment did to one thing that people do.
type Outcome struct {
	Key string `json:"key" enum:"visitors,buyers,orders,money,converted" doc:"Who visited, who bought, orders, money less refunds, who reached the goal"`
	Effect
	Per1000 Interval `json:"per_1000" doc:"What it brought for a thousand people who were to get it; money in minor units"`
	Total   Interval `json:"total" doc:"What it brought in all; money in minor units"`
	// NeededPeople is in all, with the hold-out.
	NeededPeople int64 `json:"needed_people,omitempty" doc:"About how many people it takes, hold-out included, to tell a difference of the size that is seen"`
}

// Interval is an estimate with its 95 % interval.
type Interval struct {
	Estimate float64 `json:"estimate"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
}

// helps is from which share of the variance on earlier behaviour is used. Below,
// it would change a plain difference of shares into something that needs to be
// explained, for next to nothing.
const helps = 0.02

// Judge compares two groups, with what people did before where that helps. How
// much it helps is no secret of the outcome: it is the same for both groups. share
// is that of the control group, from 0 to 1.
func Judge(key string, control, treated Sample, share float64) Outcome {
	e := Compare(control, treated, 0)
	if theta := Theta(control, treated); theta != 0 {
		if adjusted := Compare(control, treated, theta); adjusted.Known && adjusted.Reduction >= helps {
			e = adjusted
		}
	}
	o := Outcome{Key: key, Effect: e}
	d, low, high := e.Per1000()
	o.Per1000 = Interval{d, low, high}
	n := float64(e.Treated.N)
	o.Total = Interval{e.Difference * n, e.Low * n, e.High * n}
	if e.NeededEach > 0 && share > 0 && share < 1 {
		o.NeededPeople = WithShare(e.NeededEach, share)
	}
	return o
}
